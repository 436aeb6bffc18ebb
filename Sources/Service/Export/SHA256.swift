/// SHA-256 (FIPS 180-4), for the check of an export where there is no database to ask: the digests in a database are
/// PostgreSQL's own.
struct SHA256 {
    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]

    /// The hash so far, H(0) to H(7) (FIPS 180-4, 6.2).
    private var hash: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    /// What does not fill a block yet.
    private var rest: [UInt8] = []
    private var length: UInt64 = 0
    private var schedule = [UInt32](repeating: 0, count: 64)

    /// The digest of all of the bytes: 32 bytes.
    static func digest(_ parts: [UInt8]...) -> [UInt8] {
        var state = SHA256()
        for part in parts { state.update(part) }
        return state.finish()
    }

    /// Takes in the bytes that follow.
    mutating func update(_ bytes: [UInt8]) {
        length += UInt64(bytes.count)
        var index = 0
        if !rest.isEmpty {
            index = min(64 - rest.count, bytes.count)
            rest += bytes[..<index]
            guard rest.count == 64 else { return }
            let block = rest
            rest.removeAll(keepingCapacity: true)
            compress(block, at: 0)
        }
        while index + 64 <= bytes.count {
            compress(bytes, at: index)
            index += 64
        }
        rest += bytes[index...]
    }

    /// The digest; nothing can follow.
    consuming func finish() -> [UInt8] {
        let bits = length &* 8
        // A one bit, zeros up to eight bytes short of a block's end, then the length in bits (5.1.1).
        var padding: [UInt8] = [0x80]
        padding += [UInt8](repeating: 0, count: (119 - rest.count) % 64)
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            padding.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
        update(padding)
        return hash.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) } }
    }

    /// One block of 64 bytes (6.2.2).
    private mutating func compress(_ bytes: [UInt8], at start: Int) {
        for t in 0..<16 {
            let place = start + 4 * t
            schedule[t] =
                UInt32(bytes[place]) << 24 | UInt32(bytes[place + 1]) << 16 | UInt32(bytes[place + 2]) << 8
                | UInt32(bytes[place + 3])
        }
        for t in 16..<64 {
            let (before, far) = (schedule[t - 2], schedule[t - 15])
            let near = Self.rotate(before, 17) ^ Self.rotate(before, 19) ^ (before >> 10)
            let old = Self.rotate(far, 7) ^ Self.rotate(far, 18) ^ (far >> 3)
            schedule[t] = near &+ schedule[t - 7] &+ old &+ schedule[t - 16]
        }
        var (a, b, c, d, e, f, g, h) = (hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7])
        for t in 0..<64 {
            let choice = (e & f) ^ (~e & g)
            let majority = (a & b) ^ (a & c) ^ (b & c)
            let first =
                h &+ (Self.rotate(e, 6) ^ Self.rotate(e, 11) ^ Self.rotate(e, 25)) &+ choice &+ Self.constants[t]
                &+ schedule[t]
            let second = (Self.rotate(a, 2) ^ Self.rotate(a, 13) ^ Self.rotate(a, 22)) &+ majority
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
        }
        hash[0] &+= a
        hash[1] &+= b
        hash[2] &+= c
        hash[3] &+= d
        hash[4] &+= e
        hash[5] &+= f
        hash[6] &+= g
        hash[7] &+= h
    }

    /// By shifts that ask nothing of the count: with the others a debug build checks an export in twice the time.
    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word &>> count | word &<< (32 &- count) }
}

/// A short name for bytes, to tell two versions of a document apart (64 bits). It proves nothing.
enum Fingerprint {
    /// FNV-1a over words of eight bytes, then over the rest, with the length mixed in.
    static func of(_ bytes: [UInt8]) -> UInt64 {
        let prime: UInt64 = 0x100_0000_01b3
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ UInt64(bytes.count)
        bytes.withUnsafeBytes { bytes in
            let words = bytes.count / 8
            for word in 0..<words {
                hash = (hash ^ bytes.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self)) &* prime
                hash ^= hash >> 29
            }
            for byte in bytes.dropFirst(words * 8) { hash = (hash ^ UInt64(byte)) &* prime }
        }
        return hash ^ hash >> 32
    }
}

/// The payload of a seal (Y2), taken apart: what `traveler_private.seal_header` and the lines after it say.
struct SealText {
    /// Where one chain stood.
    struct Stand {
        var root: String
        var seq: Int
        var digest: [UInt8]
    }

    var org: String
    var number: Int
    /// The digest of the seal before it.
    var previous: [UInt8]
    var stands: [Stand] = []

    /// Nil for a text that is no seal, and for one that counts other chains than it holds.
    init?(_ payload: String) {
        var lines = payload.split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard lines.popFirst() == "traveler history seal 1", lines.popLast()?.isEmpty == true else { return nil }
        var head: [String: Substring] = [:]
        for name in ["org", "number", "sealed_at", "entries", "roots", "complete", "previous"] {
            guard let line = lines.popFirst(), line.hasPrefix("\(name) ") else { return nil }
            head[name] = line.dropFirst(name.count + 1)
        }
        guard let org = head["org"], let number = head["number"].flatMap({ Int($0) }),
            let previous = head["previous"].flatMap({ HexDigits.bytes($0) }), previous.count == 32
        else { return nil }
        self.org = String(org)
        self.number = number
        self.previous = previous
        for line in lines where !line.hasPrefix("detached ") {
            let words = line.split(separator: " ")
            guard words.count == 3, let seq = Int(words[1]), let digest = HexDigits.bytes(words[2]), digest.count == 32
            else {
                return nil
            }
            stands.append(Stand(root: String(words[0]), seq: seq, digest: digest))
        }
        guard head["roots"].flatMap({ Int($0) }) == stands.count else { return nil }
    }
}

/// Bytes as lower-case hex digits.
enum HexDigits {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Nil for anything but pairs of lower-case hex digits.
    static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        let digits = text.utf8.map { byte -> UInt8? in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
            default: nil
            }
        }
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

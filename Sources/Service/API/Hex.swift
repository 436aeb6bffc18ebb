import Postgres

/// Postgres's hex form of a `bytea`: `\x` and two digits a byte.
enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    static func bytea(_ bytes: [UInt8]) -> Value {
        var text: [UInt8] = [UInt8(ascii: "\\"), UInt8(ascii: "x")]
        text.reserveCapacity(2 + bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return .bytes(text)
    }

    /// The bytes of that form; nil for any other text.
    static func bytes(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.count >= 2, text.count % 2 == 0, text[0] == UInt8(ascii: "\\"), text[1] == UInt8(ascii: "x") else {
            return nil
        }
        var isHex = true
        let bytes = [UInt8](unsafeUninitializedCapacity: text.count / 2 - 1) { buffer, count in
            for place in 0..<(text.count / 2 - 1) {
                let high = value(text[2 + place * 2]), low = value(text[3 + place * 2])
                isHex = isHex && high < 16 && low < 16
                buffer.initializeElement(at: place, to: high << 4 | low & 15)
            }
            count = text.count / 2 - 1
        }
        return isHex ? bytes : nil
    }

    /// The value of a lower-case hex digit; 16 for any other byte.
    private static func value(_ digit: UInt8) -> UInt8 {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: 16
        }
    }
}

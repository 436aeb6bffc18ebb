/// A UUID as text, in the one form that the service takes and gives: 8-4-4-4-12 hex digits.
struct UUIDText: Hashable, Sendable {
    /// In lower case, as Postgres writes it.
    let text: String

    /// Nil for any other form, among them those that Postgres would take: braces, missing hyphens.
    init?(_ text: String) {
        let bytes = text.utf8
        guard bytes.count == 36 else { return nil }
        var hasUpperCase = false
        for (index, byte) in bytes.enumerated() {
            switch index {
            case 8, 13, 18, 23: guard byte == UInt8(ascii: "-") else { return nil }
            default:
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): break
                case UInt8(ascii: "A")...UInt8(ascii: "F"): hasUpperCase = true
                default: return nil
                }
            }
        }
        self.text = hasUpperCase ? text.lowercased() : text
    }

    /// From 32 lower-case hex digits, as a token has them.
    init(hex: ArraySlice<UInt8>) {
        text = String(unsafeUninitializedCapacity: 36) { buffer in
            var count = 0
            for byte in hex.prefix(32) {
                if count == 8 || count == 13 || count == 18 || count == 23 {
                    buffer[count] = UInt8(ascii: "-")
                    count += 1
                }
                buffer[count] = byte
                count += 1
            }
            return count
        }
    }
}

/// A form that a text must have beyond its length.
struct TextForm: Sendable {
    /// What it is called in a fault: "an e-mail address".
    var name: String
    /// The same as a regular expression of ECMA-262, for the document.
    var pattern: String
    var matches: @Sendable (String) -> Bool

    /// What Postgres takes for an address: one `@` with something on both sides and no space.
    static let email = TextForm(name: "an e-mail address", pattern: #"^[^@\s]+@[^@\s]+$"#) { text in
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && !text.contains(where: \.isWhitespace)
    }

    /// The slug of an org.
    static let slug = TextForm(name: "a slug", pattern: "^[a-z][a-z0-9-]{0,62}$") { text in
        isWord(text, allowing: UInt8(ascii: "-"))
    }

    /// The name of a role.
    static let word = TextForm(name: "a name of lower-case letters, digits and _", pattern: "^[a-z][a-z0-9_]{0,62}$") {
        isWord($0, allowing: UInt8(ascii: "_"))
    }

    /// A text that says something.
    static let notBlank = TextForm(name: "a text that is not blank", pattern: #"\S"#) { text in
        text.contains { !$0.isWhitespace }
    }

    /// A day as ISO 8601 writes it; whether the calendar has it is for Postgres to say.
    static let day = TextForm(name: "a date such as 2026-02-28", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$") { text in
        let bytes = Array(text.utf8)
        return bytes.count == 10
            && bytes.indices.allSatisfy { index in
                index == 4 || index == 7
                    ? bytes[index] == UInt8(ascii: "-")
                    : (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index])
            }
    }

    static let decimal = TextForm(name: "a decimal number", pattern: #"^-?[0-9]+(\.[0-9]+)?$"#) { text in
        !text.contains { $0 == "e" || $0 == "E" } && DecimalText(text) != nil
    }

    private static func isWord(_ text: String, allowing extra: UInt8) -> Bool {
        guard let first = text.utf8.first, isLetter(first), text.utf8.count <= 63 else { return false }
        return text.utf8.allSatisfy {
            isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == extra
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
}

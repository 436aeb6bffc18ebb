/// Times as RFC 3339 writes them, read strictly.
enum TimeText {
    /// Whether the text is a moment such as `2026-02-28T13:45:00.5Z`, on the calendar, of the years 2 to 9998, with
    /// at most six decimals and an offset that the database takes.
    static func isValid(_ text: String) -> Bool {
        var fields = Fields(text)
        guard let year = fields.number(4), (2...9998).contains(year), fields.skip("-"),
            let month = fields.number(2), (1...12).contains(month), fields.skip("-"),
            let day = fields.number(2), (1...days(in: month, of: year)).contains(day), fields.skip("T"),
            let hour = fields.number(2), hour < 24, fields.skip(":"),
            let minute = fields.number(2), minute < 60, fields.skip(":"),
            let second = fields.number(2), second < 60
        else { return false }
        if fields.skip("."), !(1...6).contains(fields.digits()) { return false }
        if fields.skip("Z") { return fields.isAtEnd }
        guard fields.skip("+") || fields.skip("-"), let hours = fields.number(2), hours < 16, fields.skip(":"),
            let minutes = fields.number(2), minutes < 60
        else { return false }
        return fields.isAtEnd
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private struct Fields {
        private var rest: ArraySlice<UInt8>

        init(_ text: String) { rest = Array(text.utf8)[...] }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func skip(_ byte: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: byte) else { return false }
            rest = rest.dropFirst()
            return true
        }

        /// Exactly `count` digits.
        mutating func number(_ count: Int) -> Int? {
            let field = rest.prefix(count)
            guard field.count == count else { return nil }
            rest = rest.dropFirst(count)
            return Int(strict: String(decoding: field, as: UTF8.self))
        }

        /// How many digits come next; steps over them.
        mutating func digits() -> Int {
            let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            rest = rest[digits.endIndex...]
            return digits.count
        }
    }
}

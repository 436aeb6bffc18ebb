/// Which decimals a member takes.
struct DecimalForm: Sendable {
    /// Digits before and after the point. What the database's column would round is refused instead.
    var wholeDigits: Int
    var fractionDigits: Int
    var mayBeNegative: Bool
    var mayBeZero: Bool

    /// A quantity: above zero, `numeric(20, 6)`.
    static let quantity = DecimalForm(wholeDigits: 14, fractionDigits: 6, mayBeNegative: false, mayBeZero: false)
    /// What was counted: a quantity, or nothing.
    static let count = DecimalForm(wholeDigits: 14, fractionDigits: 6, mayBeNegative: false, mayBeZero: true)
    /// By how much a count differs, up or down.
    static let difference = DecimalForm(wholeDigits: 14, fractionDigits: 6, mayBeNegative: true, mayBeZero: true)
    /// A limit or a target of a measurement.
    static let limit = DecimalForm(wholeDigits: 30, fractionDigits: 30, mayBeNegative: true, mayBeZero: true)
    /// A distance from a target.
    static let tolerance = DecimalForm(wholeDigits: 30, fractionDigits: 30, mayBeNegative: false, mayBeZero: true)

    /// The number as the database is told it; nil when it is none of these.
    func accept(_ text: String) -> String? {
        guard let number = DecimalText(text), number.whole.utf8.count <= wholeDigits,
            number.fraction.utf8.count <= fractionDigits, mayBeNegative || !number.isNegative || number.isZero,
            mayBeZero || !number.isZero
        else { return nil }
        return number.description
    }

    /// In words, for a fault: "a decimal number above 0 with ...".
    var meaning: String {
        let sign = mayBeNegative ? "" : mayBeZero ? " of 0 or more" : " above 0"
        return "a decimal number\(sign) with at most \(wholeDigits) digits before and \(fractionDigits) after the point"
    }

    /// The same for the strings among them, as a regular expression of ECMA-262.
    var pattern: String {
        let sign = mayBeNegative ? "-?" : mayBeZero ? "" : "(?=.*[1-9])"
        return "^\(sign)[0-9]{1,\(wholeDigits)}(\\.[0-9]{1,\(fractionDigits)})?$"
    }
}

/// A decimal number as text, exact: digits before and after the point, never a float.
struct DecimalText: Equatable {
    var isNegative: Bool
    /// Without leading zeros; empty for none.
    var whole: String
    /// Without trailing zeros; empty for none.
    var fraction: String

    /// Reads `-12.50`, and the exponents that a JSON number may have; nil for anything else and for exponents beyond
    /// ±``greatestExponent``, whose digits would fill the memory.
    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        guard rest.count <= 100 else { return nil }
        isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }
        let whole = Self.takeDigits(&rest)
        var fraction: [UInt8] = []
        guard !whole.isEmpty else { return nil }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = Self.takeDigits(&rest)
            guard !fraction.isEmpty else { return nil }
        }
        var exponent = 0
        if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
            guard let value = Int(String(decoding: rest.dropFirst(), as: UTF8.self)),
                abs(value) <= Self.greatestExponent
            else { return nil }
            exponent = value
            rest = []
        }
        guard rest.isEmpty else { return nil }
        let zero = UInt8(ascii: "0")
        var digits = whole + fraction
        var point = whole.count + exponent
        if point < 0 {
            digits.insert(contentsOf: repeatElement(zero, count: -point), at: 0)
            point = 0
        }
        if point > digits.count { digits.append(contentsOf: repeatElement(zero, count: point - digits.count)) }
        let end = digits[point...].lastIndex { $0 != zero }.map { $0 + 1 } ?? point
        self.whole = String(decoding: digits[..<point].drop { $0 == zero }, as: UTF8.self)
        self.fraction = String(decoding: digits[point..<end], as: UTF8.self)
    }

    static let greatestExponent = 40

    private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
        let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        rest = rest[digits.endIndex...]
        return Array(digits)
    }

    var isZero: Bool { whole.isEmpty && fraction.isEmpty }
}

extension DecimalText: CustomStringConvertible {
    var description: String {
        (isNegative && !isZero ? "-" : "") + (whole.isEmpty ? "0" : whole) + (fraction.isEmpty ? "" : "." + fraction)
    }
}

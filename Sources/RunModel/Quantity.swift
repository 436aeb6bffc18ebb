/// A quantity of a part in its unit, exact: a whole number of millionths, as `numeric(20, 6)` holds it.
///
/// Sums of as many quantities as memory holds fit; what is read from text is within the column's range.
package struct Quantity: Hashable, Sendable {
    /// How many millionths of the unit it is.
    package let millionths: Int128

    /// How many millionths a whole unit is.
    private static let scale: Int128 = 1_000_000
    /// Beyond the greatest `numeric(20, 6)`.
    private static let limit: Int128 = 100_000_000_000_000_000_000

    package static let zero = Quantity(millionths: 0)

    package init(millionths: Int128) {
        self.millionths = millionths
    }

    /// So many whole units.
    package init(_ units: Int) {
        self.init(millionths: Int128(units) * Self.scale)
    }

    /// Reads `-12.50`: digits, and up to six after the point that are not zeros at the end; nil for anything else and for
    /// what `numeric(20, 6)` can't hold.
    package init?(_ text: some StringProtocol) {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        var value: Int128 = 0
        for (index, part) in parts.enumerated() {
            guard !part.isEmpty else { return nil }
            var place = Self.scale
            for byte in part.utf8 {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                let digit = Int128(byte - UInt8(ascii: "0"))
                if index == 0 {
                    value = value * 10 + digit * Self.scale
                } else {
                    guard place > 1 || digit == 0 else { return nil }
                    place = max(1, place / 10)
                    value += digit * place
                }
                guard value < Self.limit else { return nil }
            }
        }
        self.init(millionths: digits.startIndex == text.startIndex ? value : -value)
    }

    /// The greatest whole number of units that is not above it.
    package var roundedDown: Quantity {
        let rest = millionths % Self.scale
        return Quantity(millionths: millionths - rest - (rest < 0 ? Self.scale : 0))
    }

    /// Its product with another that is not negative, rounded as a column of `numeric(20, 6)` rounds it: half away from zero.
    package func times(_ other: Quantity) -> Quantity {
        precondition(millionths >= 0 && other.millionths >= 0, "quantities multiply by their counts")
        let product = millionths.multipliedFullWidth(by: other.millionths)
        let (quotient, rest) = Self.scale.dividingFullWidth(product)
        return Quantity(millionths: quotient + (rest * 2 >= Self.scale ? 1 : 0))
    }

    /// Its share in the proportion of a part to a whole, neither negative nor above it, rounded down to a millionth.
    package func share(of part: Quantity, in whole: Quantity) -> Quantity {
        precondition(
            millionths >= 0 && part.millionths >= 0 && part <= whole && whole > .zero,
            "a share is a part of a whole"
        )
        let product = millionths.multipliedFullWidth(by: part.millionths)
        return Quantity(millionths: whole.millionths.dividingFullWidth(product).quotient)
    }
}

extension Quantity: Comparable {
    package static func < (left: Quantity, right: Quantity) -> Bool { left.millionths < right.millionths }
}

extension Quantity: AdditiveArithmetic {
    package static func + (left: Quantity, right: Quantity) -> Quantity {
        Quantity(millionths: left.millionths + right.millionths)
    }

    package static func - (left: Quantity, right: Quantity) -> Quantity {
        Quantity(millionths: left.millionths - right.millionths)
    }
}

extension Sequence<Quantity> {
    /// All of them together.
    package var sum: Quantity { reduce(.zero, +) }
}

extension Quantity: CustomStringConvertible {
    /// As documents have it: without zeros at the end.
    package var description: String {
        let (whole, fraction) = millionths.magnitude.quotientAndRemainder(dividingBy: Self.scale.magnitude)
        var text = (millionths < 0 ? "-" : "") + String(whole)
        guard fraction > 0 else { return text }
        let digits = String(fraction)
        text += "." + String(repeating: "0", count: 6 - digits.utf8.count) + digits
        while text.utf8.last == UInt8(ascii: "0") { text.removeLast() }
        return text
    }
}

extension Quantity: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let quantity = Quantity(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a numeric(20, 6)")
        }
        self = quantity
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

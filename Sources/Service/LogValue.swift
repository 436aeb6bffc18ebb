/// What a field of a log line can hold.
package enum LogValue: Sendable, Equatable {
    case text(String)
    case integer(Int)
    case boolean(Bool)
    /// Written in milliseconds with three decimals; such a field's name ends in `_ms`.
    case duration(Duration)
    /// Written as RFC 3339 in UTC with microseconds.
    case time(Timestamp)
    case null
}

extension LogValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
}

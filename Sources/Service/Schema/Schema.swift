/// The shape of a JSON value: what a request may send and what an answer holds. One description serves the validation
/// of bodies and the OpenAPI document, so that the two can't differ.
indirect enum Schema: Sendable {
    /// An object with these members and, unless it is open, no others.
    case object([Member], isOpen: Bool = false)
    case array(Schema, ClosedRange<Int> = 0...Int.max)
    /// A text with a number of characters (Unicode scalars, as Postgres counts them), none of them NUL.
    case text(ClosedRange<Int> = 0...Int.max, TextForm? = nil)
    case choice([String])
    case uuid
    /// An exact decimal: a string or a number in a request, always a string in an answer.
    case decimal(DecimalForm)
    case integer(ClosedRange<Int>)
    /// A plain number of an answer, with or without a fraction.
    case number
    case boolean
    /// A moment, RFC 3339.
    case time
    /// Any JSON value without NUL and without a number of absurd size.
    case any
    case nullable(Schema)
    /// A shape with a name in the document; the way for a shape to hold itself.
    case named(String, @Sendable () -> Schema)

    /// One member of an object.
    struct Member: Sendable {
        var name: String
        var schema: Schema
        var isRequired: Bool
        /// What it means, for the document; empty where the name says it.
        var meaning: String
    }
}

extension Schema.Member {
    static func required(_ name: String, _ schema: Schema, _ meaning: String = "") -> Schema.Member {
        Schema.Member(name: name, schema: schema, isRequired: true, meaning: meaning)
    }

    static func optional(_ name: String, _ schema: Schema, _ meaning: String = "") -> Schema.Member {
        Schema.Member(name: name, schema: schema, isRequired: false, meaning: meaning)
    }
}

extension Schema {
    /// A non-negative integer of an answer.
    static let count = Schema.integer(0...Int.max)
    /// The version of a record, which `If-Match` names.
    static let version = Schema.integer(1...Int.max)
    /// An exact decimal of an answer.
    static let exact = Schema.text(1...200, .decimal)
    /// Any text of an answer.
    static let string = Schema.text()
    /// Whoever acted: `user:<id>` or `system:<job>`.
    static let actor = Schema.text()
}

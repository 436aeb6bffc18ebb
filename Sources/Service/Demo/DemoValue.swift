import FoundationEssentials
import Postgres

/// The value of one field, as `traveler.enter_values` reads it.
enum DemoValue: Encodable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral {
    case text(String)
    case flag(Bool)
    case choices([String])

    init(stringLiteral value: String) { self = .text(value) }
    init(booleanLiteral value: Bool) { self = .flag(value) }
    init(arrayLiteral elements: String...) { self = .choices(elements) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .flag(let flag): try container.encode(flag)
        case .choices(let choices): try container.encode(choices)
        }
    }
}

extension Value {
    /// The JSON of a document, its keys in the spelling of SQL.
    static func json(_ document: some Encodable) throws -> Value {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return .bytes([UInt8](try encoder.encode(document)))
    }
}

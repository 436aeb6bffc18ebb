/// One bound value in PostgreSQL's text format; `nil` is NULL.
///
/// A value that holds a NUL byte is refused with ``PostgresError/Kind/invalidParameter`` before anything is sent:
/// libpq would cut it there without a word.
package enum Value: Sendable, Hashable {
    case null
    case text(String)
    /// Text as UTF-8 bytes already at hand, for example a JSON document.
    case bytes([UInt8])

    /// NULL when there is no text.
    package init(_ text: String?) {
        self = text.map(Value.text) ?? .null
    }

    package static func int(_ value: some BinaryInteger) -> Value { .text(String(value)) }

    package static func bool(_ value: Bool) -> Value { .text(value ? "t" : "f") }

    /// The literal of a one-dimensional array, for `unnest($1::text[])` and `= any($1)`; `nil` elements are NULL.
    package static func array(_ elements: some Sequence<String?>) -> Value {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        for element in elements {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            guard let element else {
                bytes.append(contentsOf: "NULL".utf8)
                continue
            }
            bytes.append(UInt8(ascii: "\""))
            for byte in element.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "}"))
        return .bytes(bytes)
    }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    package init(stringLiteral value: String) { self = .text(value) }

    package init(nilLiteral: ()) { self = .null }
}

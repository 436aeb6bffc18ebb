import HTTP
import Postgres

/// Writes rows as JSON objects, straight from the bytes of libpq's text format; column names are member names.
struct RowWriter {
    /// What a column's type makes of its text (`pg_type.oid`).
    private enum Form {
        case string, raw, boolean, decimal, time
    }

    private let columns: [(key: JSONKey, form: Form)]

    /// - Parameter hidden: how many columns at the end are not written.
    init(_ result: QueryResult, hidden: Int = 0) {
        columns = (0..<max(0, result.columnCount - hidden)).map {
            (JSONKey(result.columnName($0)), Self.form(result.columnType($0)))
        }
    }

    /// For rows like this one, of a stream.
    init(_ row: Row) {
        columns = (0..<row.columnCount).map { (JSONKey(row.columnName($0)), Self.form(row.columnType($0))) }
    }

    private static func form(_ type: UInt32) -> Form {
        switch type {
        case 16: .boolean
        case 20, 21, 23, 114, 3802: .raw
        case 1184: .time
        case 1700: .decimal
        default: .string
        }
    }

    func write(_ result: QueryResult, _ row: Int, into json: inout JSONWriter) {
        write(result.row(row), into: &json)
    }

    func write(_ row: Row, into json: inout JSONWriter) {
        json.beginObject()
        for (column, (key, form)) in columns.enumerated() {
            json.key(key)
            let isThere: Void? = row.withBytes(column) { bytes in
                switch form {
                case .string: json.string(utf8: bytes)
                case .raw: json.raw(bytes)
                case .boolean: json.bool(bytes.first == UInt8(ascii: "t"))
                case .decimal: json.string(utf8: Self.trimmed(bytes))
                case .time: Self.withTime(bytes) { json.string(utf8: $0) }
                }
            }
            if isThere == nil { json.null() }
        }
        json.endObject()
    }

    /// A decimal without the zeros at its end, as Postgres's documents have it.
    static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard bytes.contains(UInt8(ascii: ".")) else { return bytes }
        var end = bytes.count
        while end > 0, bytes[end - 1] == UInt8(ascii: "0") { end -= 1 }
        if end > 0, bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[..<end])
    }

    /// `2026-02-28 13:45:00.5+00` as `2026-02-28T13:45:00.500000Z`, the form of Postgres's documents. The session's
    /// time zone is UTC (``Fitness`` sees to it); another offset is kept as it is, which is still RFC 3339 but for its
    /// missing minutes.
    static func withTime(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        guard bytes.count >= 22, bytes[10] == UInt8(ascii: " "), bytes.suffix(3).elementsEqual("+00".utf8) else {
            return body(bytes)
        }
        withUnsafeTemporaryAllocation(byteCount: 27, alignment: 1) { text in
            let point = bytes.count > 22 ? bytes.count - 4 - 19 : 0
            for index in 0..<26 {
                text[index] =
                    switch index {
                    case 10: UInt8(ascii: "T")
                    case 0..<19: bytes[index]
                    case 19: UInt8(ascii: ".")
                    default: index - 20 < point ? bytes[index] : UInt8(ascii: "0")
                    }
            }
            text[26] = UInt8(ascii: "Z")
            body(UnsafeRawBufferPointer(text))
        }
    }
}

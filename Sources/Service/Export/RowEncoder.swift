import HTTP
import Postgres

/// Rows of one kind as CSV or as JSON lines, as they come.
struct RowEncoder {
    enum Format: String, CaseIterable, Sendable {
        case ndjson, csv

        var contentType: String {
            switch self {
            case .ndjson: "application/x-ndjson"
            case .csv: "text/csv; charset=utf-8; header=present"
            }
        }
    }

    let format: Format
    private(set) var rows = 0
    private var csv: CSVWriter?
    private var json: RowWriter?
    private var writer = JSONWriter(capacity: 4096)
    private var bytes: [UInt8] = []

    init(_ format: Format) { self.format = format }

    /// The bytes of the next row, with those of the header before the first.
    mutating func encode(_ row: Row) -> [UInt8] {
        bytes.removeAll(keepingCapacity: true)
        rows += 1
        switch format {
        case .csv:
            if csv == nil {
                csv = CSVWriter(row)
                bytes = CSVWriter.header((0..<row.columnCount).map { row.columnName($0) })
            }
            csv?.write(row, into: &bytes)
        case .ndjson:
            if json == nil { json = RowWriter(row) }
            writer.removeWritten()
            json?.write(row, into: &writer)
            bytes.append(contentsOf: writer.bytes)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    /// What is left to say when all rows have come: the header, if there were none.
    mutating func end(_ columns: QueryResult) -> [UInt8] {
        guard format == .csv, rows == 0 else { return [] }
        return CSVWriter.header((0..<columns.columnCount).map { columns.columnName($0) })
    }
}

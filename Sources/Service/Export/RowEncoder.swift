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
    /// What takes the place of the last column of a CSV, the document `attributes`; nil where rows have none.
    private let attributes: AttributeColumns?
    private(set) var rows = 0
    private var csv: CSVWriter?
    private var json: RowWriter?
    private var writer = JSONWriter(capacity: 4096)
    private var bytes: [UInt8] = []

    init(_ format: Format, attributes: AttributeColumns? = nil) {
        self.format = format
        self.attributes = attributes
    }

    /// The bytes of the next row, with those of the header before the first.
    mutating func encode(_ row: Row) throws -> [UInt8] {
        bytes.removeAll(keepingCapacity: true)
        rows += 1
        switch format {
        case .csv:
            if csv == nil {
                csv = CSVWriter(row, hidden: attributes == nil ? 0 : 1)
                bytes = header((0..<row.columnCount).map { row.columnName($0) })
            }
            try csv?.write(row, into: &bytes) { bytes in
                guard let attributes else { return }
                try row.withBytes(row.columnCount - 1) { try attributes.write($0, into: &bytes) }
            }
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
        return header((0..<columns.columnCount).map { columns.columnName($0) })
    }

    private func header(_ names: [String]) -> [UInt8] {
        CSVWriter.header(attributes.map { names.dropLast() + $0.names } ?? names)
    }
}

import Glibc
import HTTP
import Postgres

/// An export as a directory of CSV files, one a table, with `history.ndjson` and `manifest.json`: every file's size, rows
/// and SHA-256, and its own at its end. It stands under its name once it is whole, and not at all before.
final class ExportDirectory: ExportSink {
    static let history = "history.ndjson"
    static let manifest = "manifest.json"

    private let path: String
    private var headerLine: [UInt8] = []
    private var made: [String] = []
    private var isPlaced = false
    private let lines: ExportFile
    private let historyLines: ExportLines
    private var table: (file: ExportFile, csv: CSVWriter?, rows: Int)?
    private var buffer: [UInt8] = []
    private var files: [ExportManifest.File] = []

    private var partial: String { path + ".partial" }

    init(path: String) throws(ExportError) {
        self.path = path
        guard access(path, F_OK) != 0 else { throw .file(path, "there is something already") }
        guard mkdir(path + ".partial", 0o700) == 0 else { throw ExportFile.error(path + ".partial") }
        lines = try ExportFile(path: "\(path).partial/\(Self.history)")
        historyLines = ExportLines(lines, isDocument: false)
        made = [Self.history]
    }

    deinit {
        guard !isPlaced else { return }
        table = nil
        for name in made {
            unlink("\(partial)/\(name)")
            unlink("\(partial)/\(name).partial")
        }
        rmdir(partial)
    }

    var takesRecords: Bool { false }

    func header(_ json: UnsafeRawBufferPointer) throws {
        headerLine = Array(json)
        try historyLines.header(json)
    }

    func run(_ json: UnsafeRawBufferPointer) throws {
        let file = try make("run.json")
        try file.write(line: json)
        try place(file, "run.json", rows: 1)
    }

    func line(_ json: UnsafeRawBufferPointer) throws { try historyLines.line(json) }

    func begin(table name: String) throws { table = (try make("\(name).csv"), nil, 0) }

    func row(_ row: Row) throws {
        guard var table else { return }
        if table.csv == nil {
            table.csv = CSVWriter(row)
            buffer = CSVWriter.header((0..<row.columnCount).map { row.columnName($0) })
        }
        table.rows += 1
        table.csv?.write(row, into: &buffer)
        try table.file.write(buffer)
        buffer.removeAll(keepingCapacity: true)
        self.table = table
    }

    func end(table name: String, _ columns: QueryResult) throws {
        guard let table else { return }
        if table.rows == 0 {
            try table.file.write(CSVWriter.header((0..<columns.columnCount).map { columns.columnName($0) }))
        }
        try place(table.file, "\(name).csv", rows: table.rows)
        self.table = nil
    }

    func end(_ counts: OrgExport.Counts) throws {
        var counts = counts
        counts.records = []
        try historyLines.end(counts)
        try place(lines, Self.history, rows: counts.entries)
        let file = try make(Self.manifest)
        try file.write(ExportManifest(header: headerLine, files: files).bytes)
        try file.finish()
        guard rename(partial, path) == 0 else { throw ExportFile.error(path) }
        isPlaced = true
    }

    private func make(_ name: String) throws(ExportError) -> ExportFile {
        made.append(name)
        return try ExportFile(path: "\(partial)/\(name)")
    }

    private func place(_ file: ExportFile, _ name: String, rows: Int) throws(ExportError) {
        files.append(ExportManifest.File(name: name, bytes: file.count, rows: rows, digest: try file.digest()))
        try file.finish()
    }
}

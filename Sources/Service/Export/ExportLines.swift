import HTTP
import Postgres

/// An export as lines of JSON, one value each, or as one JSON document with a value on each of its lines.
///
/// Its last line ends with the SHA-256 of every byte before that, and the rest of the file is what these ask for: no byte can
/// change unseen. ``ExportVerifier`` reads it back.
final class ExportLines: ExportSink {
    private let file: ExportFile
    private let isDocument: Bool
    private var isFirst = true

    init(_ file: ExportFile, isDocument: Bool) {
        self.file = file
        self.isDocument = isDocument
    }

    var takesRecords: Bool { true }

    func header(_ json: UnsafeRawBufferPointer) throws {
        guard isDocument else { return try file.write(line: json) }
        try file.write("{\"header\":".utf8)
        try file.write(json)
        try file.write(",\n".utf8)
    }

    /// Lines are records and entries alone: who takes them reads the run from these.
    func run(_ json: UnsafeRawBufferPointer) throws {
        guard isDocument else { return }
        try file.write("\"run\":".utf8)
        try file.write(json)
        try file.write(",\n".utf8)
    }

    func line(_ json: UnsafeRawBufferPointer) throws {
        if isDocument { try file.write((isFirst ? "\"lines\":[\n" : ",").utf8) }
        isFirst = false
        try file.write(line: json)
    }

    func begin(table: String) {}

    func row(_ row: Row) throws { try row.withBytes(0) { try line($0) } }

    func end(table: String, _ columns: QueryResult) {}

    func end(_ counts: OrgExport.Counts) throws {
        if isDocument { try file.write((isFirst ? "\"lines\":[\n],\n" : "],\n").utf8) }
        try file.write(Self.beforeDigest(counts, isDocument: isDocument))
        try file.write(Self.digest(try file.digest()))
        try file.write((isDocument ? "}\n" : "\n").utf8)
    }

    /// The last line, without what makes a document of it. Without a digest: of format 1, which had no records.
    static func end(_ counts: OrgExport.Counts, digest: String?) -> [UInt8] {
        guard let digest else { return counted(counts, hasRecords: false) + Array("}".utf8) }
        return beforeDigest(counts, isDocument: false) + Self.digest(digest)
    }

    /// The last line up to its digest, which covers it too since format 3.
    static func beforeDigest(_ counts: OrgExport.Counts, isDocument: Bool) -> [UInt8] {
        Array((isDocument ? "\"end\":" : "").utf8) + counted(counts, hasRecords: true)
    }

    private static func digest(_ digest: String) -> [UInt8] { Array(",\"sha256\":\"\(digest)\"}".utf8) }

    /// The object of the last line, without its end.
    private static func counted(_ counts: OrgExport.Counts, hasRecords: Bool) -> [UInt8] {
        var json = JSONWriter(capacity: 2048)
        json.object { json in
            json.key("kind")
            json.string("end")
            json.key("history_anchors")
            json.number(counts.anchors)
            json.key("history_seals")
            json.number(counts.seals)
            json.key("history_entries")
            json.number(counts.entries)
            guard hasRecords else { return }
            json.key("records")
            json.object { json in
                for table in counts.records {
                    json.key(table.name)
                    json.number(table.rows)
                }
            }
        }
        return json.bytes.dropLast()
    }
}

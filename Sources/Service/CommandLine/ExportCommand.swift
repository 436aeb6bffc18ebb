import HTTP
import Postgres

/// `traveler export`: an org's data, or one run's, in a form that `traveler verify` checks without a database (E2, Y2);
/// or rows of many runs for other tools.
struct ExportCommand: Command {
    static let name = "export"
    static let arguments =
        "--org SLUG --format json|csv|ndjson|html --out FILE [--run ID] [--history] [--since FILE] [--rows KIND]"
    static let summary = """
        Writes all data of an org, or of one run, with its history and seals: json is one document, ndjson a line a \
        record, csv a directory of one file a table with a manifest, html (of a run) the page of its as-built record. \
        --history leaves the records out; --since writes the history that followed an earlier export. --rows writes one \
        kind of rows as csv or ndjson: runs, run_steps, run_step_fields or installations. `traveler verify` checks each \
        without a database.
        """
    static let needs: [Config.Setting] = [.migratorURL]

    enum Format: String, CaseIterable {
        case json, csv, ndjson, html
    }

    private let slug: String
    private let path: String
    private let format: Format
    private let run: String?
    private let historyOnly: Bool
    private let since: String?
    private let rows: RowExport?

    init(_ words: [String]) throws(UsageError) {
        let arguments = try Arguments(
            words,
            options: ["--org", "--format", "--out", "--run", "--since", "--rows"],
            flags: ["--history"]
        )
        slug = try arguments.required("--org")
        path = try arguments.required("--out")
        guard let format = Format(rawValue: try arguments.required("--format")) else {
            throw .invalidValue("--format", expected: "json, csv, ndjson or html")
        }
        self.format = format
        let id = arguments.value("--run")
        run = id.flatMap { UUIDText($0)?.text }
        guard id == nil || run != nil else { throw .invalidValue("--run", expected: "the id of a run") }
        since = arguments.value("--since")
        historyOnly = arguments.has("--history")
        let kind = arguments.value("--rows")
        rows = kind.flatMap { RowExport(rawValue: $0) }
        guard kind == nil || rows != nil else {
            throw .invalidValue("--rows", expected: RowExport.allCases.map(\.rawValue).joined(separator: ", "))
        }
        try Self.check(format, run, rows, isPartial: historyOnly || since != nil)
        guard since == nil || run == nil else { throw .invalidValue("--since", expected: "without --run") }
    }

    private static func check(
        _ format: Format,
        _ run: String?,
        _ rows: RowExport?,
        isPartial: Bool
    ) throws(UsageError) {
        switch format {
        case .html where run == nil: throw .missingOption("--run")
        case .html where rows != nil || isPartial, .json where rows != nil:
            throw .invalidValue("--format", expected: "csv or ndjson with these options")
        case .csv where isPartial: throw .invalidValue("--format", expected: "json or ndjson with --history or --since")
        default: break
        }
        guard rows == nil || !isPartial else {
            throw .invalidValue("--rows", expected: "without --history and --since")
        }
    }

    func run(_ context: CommandContext) throws -> ExitCode {
        let base = try since.map { try FileCheck.positions(of: $0) }
        let connection = try context.connectAsMigrator()
        if let rows { return try write(rows, over: connection, context.console) }
        if format == .html { return try writePage(over: connection, context.console) }
        let export = OrgExport(slug: slug, run: run, historyOnly: historyOnly, since: base)
        let counts: OrgExport.Counts
        if format == .csv {
            counts = try export.write(over: connection, to: ExportDirectory(path: path))
        } else {
            let file = try ExportFile(path: path)
            counts = try export.write(over: connection, to: ExportLines(file, isDocument: format == .json))
            try file.finish()
        }
        let records = counts.records.isEmpty ? "" : "\(counts.rows) records, "
        context.console.write(
            "\(records)\(counts.entries) history entries and \(counts.seals) seals in \(path)"
        )
        return .fine
    }

    private static let rowsOrg = Statement(
        "export_rows_org",
        "select o.org_id::text, set_config('timezone', 'UTC', true) from traveler.org o where o.slug = $1::text"
    )

    private func write(_ rows: RowExport, over connection: Connection, _ console: Console) throws -> ExitCode {
        let format: RowEncoder.Format = format == .csv ? .csv : .ndjson
        let file = try ExportFile(path: path)
        let count = try connection.transaction(.snapshot) { transaction in
            let org = try transaction.run([Query(Self.rowsOrg, [.text(slug)])])[0]
            guard let id = org.string(0, 0) else { throw ExportError.notFound }
            var values: [Value] = [.text(id), Value(run)]
            values += Array(repeating: .null, count: RowExport.filters.count - 1)
            return try rows.write(format, values, in: transaction) { try file.write($0) }
        }
        try Sidecar.place(file)
        console.write("\(count) rows in \(path), their SHA-256 in \(Sidecar.path(of: path))")
        return .fine
    }

    private static let page = Statement(
        "export_page",
        """
        select a.document, encode(a.digest, 'hex') from traveler.as_built_record a
        join traveler.org o on o.org_id = a.org_id and o.slug = $1::text
        where a.run_id = $2::uuid order by a.number desc limit 1
        """
    )

    private func writePage(over connection: Connection, _ console: Console) throws -> ExitCode {
        let result = try connection.execute(Query(Self.page, [.text(slug), Value(run)]))
        guard let document = result.withBytes(0, 0, { Array($0) }), let digest = result.string(0, 1) else {
            throw ExportError.notCompleted
        }
        let file = try ExportFile(path: path)
        let page = RecordPage(document: try JSONReader.read(document), digest: digest, superseding: nil)
        try file.write(page.html)
        try Sidecar.place(file)
        console.write("the as-built record in \(path), its SHA-256 in \(Sidecar.path(of: path))")
        return .fine
    }
}

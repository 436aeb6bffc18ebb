import Postgres

/// `traveler export`: an org's history, or one run's, with its seals, as a file that `traveler verify FILE` checks
/// without a database (Y2).
struct ExportCommand: Command {
    static let name = "export"
    static let arguments = "--org SLUG --format ndjson --out FILE [--run ID] --history"
    static let summary = """
        Writes the history of an org, or of one run, and the seals over it to a file: payloads as they were hashed, one \
        JSON object a line. `traveler verify FILE` checks it without a database.
        """
    static let needs: [Config.Setting] = [.migratorURL]

    private let export: HistoryExport
    private let path: String

    init(_ words: [String]) throws(UsageError) {
        let arguments = try Arguments(
            words,
            options: ["--org", "--format", "--out", "--run"],
            flags: ["--history"]
        )
        let run = arguments.value("--run")
        export = HistoryExport(slug: try arguments.required("--org"), run: run.flatMap { UUIDText($0)?.text })
        path = try arguments.required("--out")
        guard try arguments.required("--format") == "ndjson" else {
            throw .invalidValue("--format", expected: "ndjson")
        }
        guard run == nil || export.run != nil else { throw .invalidValue("--run", expected: "the id of a run") }
        guard arguments.has("--history") else { throw .missingOption("--history") }
    }

    func run(_ context: CommandContext) throws -> ExitCode {
        let file = try ExportFile(path: path)
        let counts = try export.write(over: context.connectAsMigrator()) { try file.write(line: $0) }
        try file.finish()
        context.console.write("\(counts.entries) history entries and \(counts.seals) seals in \(path)")
        return .fine
    }
}

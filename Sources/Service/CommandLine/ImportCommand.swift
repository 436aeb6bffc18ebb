import Glibc
import Postgres

/// `traveler import`: parts, mBOMs, stock or procedures from a table, as a user of the org, with that user's permissions:
/// all of it, or every fault with its row (T2, T3). The same file comes in once, unless it is meant again.
struct ImportCommand: Command {
    static let name = "import"
    static let arguments =
        "--org SLUG --kind parts|mboms|inventory|procedures --format csv|json FILE [--dry-run] [--again]"
    static let summary = """
        Imports a table as the user whose token TRAVELER_TOKEN is: all of its rows, or none and every fault with its row. \
        --dry-run only looks. A file that was imported already is not imported again, but with --again.
        """
    static let needs: [Config.Setting] = [.databaseURL, .token]

    /// The largest file, in bytes.
    private static let mostBytes = 128 << 20

    /// A hundred thousand rows take longer than a request may: ten minutes.
    private static let enter = Statement("import_enter", "select traveler.enter($1::text, 'import', 600000)")
    private static let org = Statement(
        "import_org",
        "select o.slug from traveler.org o where o.org_id = traveler.current_org()"
    )
    private static let rows = Statement(
        "import_file",
        "select traveler.import_file($1::jsonb, $2::bytea, $3::boolean)::text"
    )

    private let slug: String
    private let kind: ImportKind
    private let format: ImportTable.Format
    private let path: String
    private let isDryRun: Bool
    private let isMeantAgain: Bool

    init(_ words: [String]) throws(UsageError) {
        let arguments = try Arguments(
            words,
            options: ["--org", "--kind", "--format"],
            flags: ["--dry-run", "--again"],
            operands: 1
        )
        slug = try arguments.required("--org")
        guard let kind = ImportKind(rawValue: try arguments.required("--kind")) else {
            throw .invalidValue("--kind", expected: "parts, mboms, inventory or procedures")
        }
        self.kind = kind
        guard let format = ImportTable.Format(rawValue: try arguments.required("--format")) else {
            throw .invalidValue("--format", expected: "csv or json")
        }
        self.format = format
        guard let path = arguments.operands.first else { throw .missingOption("FILE") }
        self.path = path
        isDryRun = arguments.has("--dry-run")
        isMeantAgain = arguments.has("--again")
    }

    func run(_ context: CommandContext) throws -> ExitCode {
        guard let token = context.config.token else { throw ConfigErrors(faults: [.missing(.token)]) }
        let contents = try Self.contents(of: path)
        let table = ImportTable(contents, format, kind)
        var faults = table.faults
        var unlisted = 0
        var created = 0
        var earlier: String?
        // What can be read is judged by Postgres all the same, so that one look tells everything.
        if !table.rows.isEmpty {
            let enter = Query(Self.enter, [.text(token.reveal())])
            let digest = "\\x\(HexDigits.text(SHA256.digest(contents)))"
            let query = Query(Self.rows, [.bytes(table.request(kind)), .text(digest), .bool(isMeantAgain)])
            do {
                try context.connectAsService().transaction(.readWrite, preamble: [enter]) { transaction in
                    guard try transaction.run([Query(Self.org)])[0].string(0, 0) == slug else {
                        throw UsageError.invalidValue("--org", expected: "the org that TRAVELER_TOKEN is of")
                    }
                    let isKept = !isDryRun && faults.isEmpty
                    let result = try transaction.finish(with: [query], commit: isKept)[0]
                    let answer = try result.withBytes(0, 0) { try JSONReader.read(Array($0)) }
                    if case .number(let text)? = answer?["created"] { created = Int(text) ?? 0 }
                    earlier = Self.earlier(answer)
                }
            } catch let error as PostgresError {
                guard let told = Self.faults(in: error) else { throw error }
                faults += told.listed
                unlisted = told.unlisted
            }
        }
        guard faults.isEmpty else {
            for fault in faults.sorted(by: { ($0.row, $0.column) < ($1.row, $1.column) }) {
                context.console.write(fault.description)
            }
            if unlisted > 0 { context.console.write("\(Self.count(unlisted, "more fault")) not listed") }
            let all = Self.count(faults.count + unlisted, "fault")
            context.console.explain("traveler import: \(all); nothing was imported")
            return .refused
        }
        let rows = "\(Self.count(table.rows.count, "row")) of \(kind)"
        if let earlier {
            let (were, them) = table.rows.count == 1 ? ("was", "it") : ("were", "them")
            context.console.write(
                "\(rows) \(were) imported \(earlier) already, \(created) created: nothing was now "
                    + "(--again means \(them) once more)"
            )
            return .fine
        }
        context.console.write(
            isDryRun
                ? "\(rows) can be imported; nothing was" : "\(rows) imported: \(created) created"
        )
        return .fine
    }

    /// When and by whom the file was imported before; nil if it was not.
    private static func earlier(_ answer: JSONValue?) -> String? {
        guard let answer, let at = answer["imported_at"]?.text else { return nil }
        return "at \(at) by \(answer["imported_by"]?.text ?? "") <\(answer["email"]?.text ?? "")>"
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// The faults that a refused import lists, and how many more it has; nil if it was refused for something else.
    private static func faults(in error: PostgresError) -> (listed: [ImportFault], unlisted: Int)? {
        guard error.sqlState.rawValue == "TV422", let detail = error.detail,
            let document = try? JSONReader.read(Array(detail.utf8)), document["code"]?.text == "import_refused",
            case .array(let list)? = document["faults"]
        else { return nil }
        let faults = list.compactMap { ImportFault($0) }
        guard case .number(let text)? = document["fault_count"], let count = Int(text) else { return (faults, 0) }
        return (faults, max(0, count - faults.count))
    }

    private static func contents(of path: String) throws(ExportError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ExportFile.error(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        while bytes.count <= mostBytes {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return bytes }
            guard count > 0 || errno == EINTR else { throw ExportFile.error(path) }
            if count > 0 { bytes += piece[..<count] }
        }
        throw .file(path, "it has more than \(mostBytes >> 20) MiB: divide it")
    }
}

import Postgres

/// `traveler token create`: a bearer token for the API. It is shown this once; the database keeps a digest.
struct TokenCreateCommand: Command {
    static let name = "token create"
    static let arguments = "--org SLUG --user EMAIL [--name NAME]"
    static let summary = "Creates a bearer token of a user and prints it, and nothing else, on standard output."
    static let needs: [Config.Setting] = [.migratorURL]

    private static let create = Statement(
        "token_create",
        "select traveler.create_token($1::text, $2::text, $3::text)"
    )

    private let values: [Value]

    init(_ words: [String]) throws(UsageError) {
        let arguments = try Arguments(words, options: ["--org", "--user", "--name"])
        values = [
            .text(try arguments.required("--org")),
            .text(try arguments.required("--user")),
            .text(arguments.value("--name") ?? "command line"),
        ]
    }

    func run(_ context: CommandContext) throws -> ExitCode {
        let result = try context.connectAsMigrator().execute(Query(Self.create, values))
        context.console.write(result.string(0, 0) ?? "")
        return .fine
    }
}

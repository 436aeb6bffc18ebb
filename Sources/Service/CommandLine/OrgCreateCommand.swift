import Postgres

/// `traveler org create`: a new org (T1) with the built-in roles (T3).
struct OrgCreateCommand: Command {
    static let name = "org create"
    static let arguments = "--slug SLUG --name NAME"
    static let summary = "Creates an org and prints its id."
    static let needs: [Config.Setting] = [.migratorURL]

    private static let create = Statement("org_create", "select traveler.create_org($1::text, $2::text)")

    private let values: [Value]

    init(_ words: [String]) throws(UsageError) {
        let arguments = try Arguments(words, options: ["--slug", "--name"])
        values = [.text(try arguments.required("--slug")), .text(try arguments.required("--name"))]
    }

    func run(_ context: CommandContext) throws -> ExitCode {
        let result = try context.connectAsMigrator().execute(Query(Self.create, values))
        context.console.write(result.string(0, 0) ?? "")
        return .fine
    }
}

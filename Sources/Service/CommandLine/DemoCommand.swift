import Postgres

/// `traveler demo`: an org with published data to look at and to try things on.
struct DemoCommand: Command {
    static let name = "demo"
    static let arguments = "[--org SLUG]"
    static let summary = """
        Builds the demo's org (demo) where it is not there yet. Prints EMAIL PASSWORD of a user for each role, and \
        `token TOKEN`, the admin's. The passwords are well known: not for a service that others can reach.
        """
    static let needs: [Config.Setting] = [.migratorURL, .databaseURL]

    private let slug: String

    init(_ words: [String]) throws(UsageError) {
        slug = try Arguments(words, options: ["--org"]).value("--org") ?? "demo"
    }

    func run(_ context: CommandContext) throws -> ExitCode {
        let demo = Demo(
            operator: try context.connectAsMigrator(),
            service: try context.connectAsService(),
            slug: slug
        )
        try demo.build()
        let token = try demo.makeToken()
        for role in DemoRole.allCases { context.console.write("\(role.email) \(role.password)") }
        context.console.write("token \(token)")
        return .fine
    }
}

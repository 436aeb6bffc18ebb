import Postgres

/// `traveler analyst disable`: a login that signs in no more, and whose sessions end (E1).
struct AnalystDisableCommand: Command {
    static let name = "analyst disable"
    static let arguments = "--login LOGIN"
    static let summary = "Ends an analyst's sessions, and lets the login sign in no more."
    static let needs: [Config.Setting] = [.operatorURL]

    private static let disable = Statement("analyst_disable", "select extensions.disable_analyst($1::text)")

    private let login: Value

    init(_ words: [String]) throws(UsageError) {
        login = .text(try Arguments(words, options: ["--login"]).required("--login"))
    }

    func run(_ context: CommandContext) throws -> ExitCode {
        _ = try context.connectAsOperator().execute(Query(Self.disable, [login]))
        return .fine
    }
}

import Postgres

/// `traveler check`: whether this build could serve from the database: server, settings, schema, every statement.
struct CheckCommand: Command {
    static let name = "check"
    static let summary = "Checks that this build and the database go together, without serving (1: they don't)."
    static let needs: [Config.Setting] = [.databaseURL]

    init(_ words: [String]) throws(UsageError) {
        _ = try Arguments(words)
    }

    func run(_ context: CommandContext) throws -> ExitCode {
        guard let url = context.config.databaseURL else { throw ConfigErrors(faults: [.missing(.databaseURL)]) }
        let directory = try context.sqlDirectory()
        var options = Connection.Options()
        options.preparation = context.config.preparation
        let connection = try Connection(url: url.reveal(), options: options)
        try Fitness.require(directory, on: connection)
        let version = connection.serverVersion
        context.console.write("PostgreSQL \(version / 10000).\(version % 10000), migration \(directory.newest)")
        context.console.write("\(Fitness.statements.count) statements can be prepared")
        return .fine
    }
}

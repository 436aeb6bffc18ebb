/// `traveler serve`: answers the API and the page until SIGTERM or SIGINT.
struct ServeCommand: Command {
    static let name = "serve"
    static let summary = "Serves the API and the page until it is told to stop."
    static let needs: [Config.Setting] = [.databaseURL]

    init(_ words: [String]) throws(UsageError) {
        _ = try Arguments(words)
    }

    func run(_ context: CommandContext) throws -> ExitCode {
        guard let url = context.config.databaseURL else { throw ConfigErrors(faults: [.missing(.databaseURL)]) }
        let service = TravelerService(
            context.config,
            url: url,
            directory: try context.sqlDirectory(),
            log: Log(level: context.config.logLevel),
            handlesSignals: true
        )
        try service.run()
        return .fine
    }
}

import HTTP
import Postgres

/// `traveler work`: the background jobs, until SIGTERM or SIGINT.
struct WorkCommand: Command {
    static let name = "work"
    static let arguments = "[--once]"
    static let summary = """
        Runs the background jobs (seals of the history, its partitions ahead, the analysts' views and watchdog) until it \
        is told to stop; with --once runs each of them once (1: one of them failed).
        """
    static let needs: [Config.Setting] = [.workerURL]

    private let onlyOnce: Bool

    init(_ words: [String]) throws(UsageError) {
        onlyOnce = try Arguments(words, flags: ["--once"]).has("--once")
    }

    func run(_ context: CommandContext) throws -> ExitCode {
        guard let url = context.config.workerURL else { throw ConfigErrors(faults: [.missing(.workerURL)]) }
        var options = Connection.Options()
        options.preparation = context.config.preparation
        let worker = BackgroundWorker(
            url: url,
            options: options,
            jobs: [
                PartitionsJob(), SealJob(interval: context.config.workInterval), UploadsJob(), WatchdogJob(),
                AttributeViewsJob(),
            ],
            log: Log(level: context.config.logLevel)
        )
        if onlyOnce { return try worker.runOnce() ? .fine : .refused }
        let signals = try StopSignals()
        _ = HTTP.Thread.start("stop-signals") {
            signals.wait()
            worker.stop()
        }
        worker.run()
        return .fine
    }
}

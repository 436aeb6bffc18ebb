import Postgres

/// Ends the sessions of analysts that ran or idled too long (E1): every timeout of a session is its user's to change.
struct WatchdogJob: BackgroundJob {
    let name = "watchdog"
    let interval = Duration.seconds(15)

    private static let end = Statement("work_end_analyst_sessions", "select extensions.end_analyst_sessions()")

    func run(on connection: ReconnectingConnection) throws -> JobReport {
        let result = try connection.transaction(.readWrite) { try $0.finish(with: [Query(Self.end)])[0] }
        return JobReport(done: result.int(0, 0) ?? 0)
    }
}

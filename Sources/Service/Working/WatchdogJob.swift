import Postgres

/// Ends the sessions of analysts that ran or idled too long (E1): every timeout of a session is its user's to change.
struct WatchdogJob: BackgroundJob {
    let name = "watchdog"
    let interval = Duration.seconds(15)

    private static let end = Statement("work_end_analyst_sessions", "select extensions.end_analyst_sessions()")

    func run(on connection: ReconnectingConnection) throws -> JobReport {
        do {
            let result = try connection.transaction(.readWrite) { try $0.finish(with: [Query(Self.end)])[0] }
            return JobReport(done: result.int(0, 0) ?? 0)
        } catch let error as PostgresError where Self.isNotThere(error) {
            let what =
                "nothing ends what analysts run too long: run ops/bootstrap.sql in the database again, as a superuser "
                + "(\(error.message))"
            return JobReport(failures: [.init(error: what)])
        }
    }

    /// Whether the function, its schema or the right to call it is missing: bootstrap.sql makes them.
    private static func isNotThere(_ error: PostgresError) -> Bool {
        ["42883", "3F000", "42501"].contains(error.sqlState.rawValue)
    }
}

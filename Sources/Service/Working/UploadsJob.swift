import Postgres

/// Drops the uploads that nobody finished within a day (P4), with what had come of them.
struct UploadsJob: BackgroundJob {
    let name = "uploads"
    let interval = Duration.seconds(3600)
    /// How many one transaction drops at most.
    var limit = 100

    private static let drop = Statement("work_drop_uploads", "select traveler.drop_stale_uploads($1::integer)")

    func run(on connection: ReconnectingConnection) throws -> JobReport {
        try inEachOrg(on: connection) { org, report in
            var dropped: Int
            repeat {
                dropped = try connection.transaction(.readWrite, preamble: [enter(org)]) {
                    try $0.finish(with: [Query(Self.drop, [.int(limit)])])[0].int(0, 0) ?? 0
                }
                report.done += dropped
            } while dropped == limit
        }
    }
}

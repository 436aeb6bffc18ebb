import Postgres

/// Makes the history's monthly partitions ahead of time, so that no month begins without its own.
struct PartitionsJob: BackgroundJob {
    let name = "partitions"
    let interval = Duration.seconds(3600)

    private static let prepare = Statement("work_partitions", "select traveler.prepare_history_partitions()")

    func run(on connection: ReconnectingConnection) throws -> JobReport {
        let result = try connection.transaction(.readWrite) { try $0.finish(with: [Query(Self.prepare)])[0] }
        return JobReport(done: result.int(0, 0) ?? 0)
    }
}

import Postgres

/// Seals what was added to each org's history (Y2), so that a tail that is cut off a chain later shows.
struct SealJob: BackgroundJob {
    let name = "seal"
    let interval: Duration
    /// How many chains one seal holds at most; the next takes what is left.
    var limit = 10_000

    private static let orgs = Statement("work_orgs", "select o::text from traveler.work_orgs() o")
    private static let enter = Statement("work_enter", "select traveler.enter_system($1::uuid, $2::text)")
    private static let seal = Statement(
        "work_seal",
        """
        select (x.seal ->> 'entries')::bigint, (x.seal ->> 'complete')::boolean, (x.seal ->> 'lag_ms')::bigint
        from (select traveler.seal_history($1::integer) as seal) x where x.seal is not null
        """
    )

    func run(on connection: ReconnectingConnection) throws -> JobReport {
        var report = JobReport()
        let orgs = try connection.transaction(.readOnly) { try $0.finish(with: [Query(Self.orgs)])[0] }
        for row in 0..<orgs.rowCount {
            let org = orgs.string(row, 0) ?? ""
            do {
                while try sealOnce(org, on: connection, &report) {}
            } catch let error as PostgresError where !error.endsSession && error.kind != .cancelled {
                report.failures.append(.init(org: org, error: String(reflecting: error)))
            }
        }
        return report
    }

    /// Makes one seal; says whether there is more to seal.
    private func sealOnce(_ org: String, on connection: ReconnectingConnection, _ report: inout JobReport) throws
        -> Bool
    {
        let enter = Query(Self.enter, [.text(org), .text(name)])
        let seal = try connection.transaction(.readWrite, preamble: [enter]) {
            try $0.finish(with: [Query(Self.seal, [.int(limit)])])[0]
        }
        guard seal.rowCount > 0 else { return false }
        report.done += 1
        report.items += seal.int(0, 0) ?? 0
        if let lag = seal.int(0, 2) { report.lag = max(report.lag ?? .zero, .milliseconds(lag)) }
        return seal.bool(0, 1) == false
    }
}

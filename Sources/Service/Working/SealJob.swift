import Postgres

/// Seals what was added to each org's history (Y2), so that a tail that is cut off a chain later shows.
struct SealJob: BackgroundJob {
    let name = "seal"
    let interval: Duration
    /// How many chains one seal holds at most; the next takes what is left.
    var limit = 10_000

    private static let seal = Statement(
        "work_seal",
        """
        select (x.seal ->> 'entries')::bigint, (x.seal ->> 'complete')::boolean, (x.seal ->> 'lag_ms')::bigint
        from (select traveler.seal_history($1::integer) as seal) x where x.seal is not null
        """
    )

    func run(on connection: ReconnectingConnection) throws -> JobReport {
        try inEachOrg(on: connection) { org, report in
            while try sealOnce(org, on: connection, &report) {}
        }
    }

    /// Makes one seal; says whether there is more to seal.
    private func sealOnce(_ org: String, on connection: ReconnectingConnection, _ report: inout JobReport) throws
        -> Bool
    {
        let seal = try connection.transaction(.readWrite, preamble: [enter(org)]) {
            try $0.finish(with: [Query(Self.seal, [.int(limit)])])[0]
        }
        guard seal.rowCount > 0 else { return false }
        report.done += 1
        report.items += seal.int(0, 0) ?? 0
        if let lag = seal.int(0, 2) { report.lag = max(report.lag ?? .zero, .milliseconds(lag)) }
        return seal.bool(0, 1) == false
    }
}

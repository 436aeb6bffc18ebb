import Postgres

extension BackgroundJob {
    /// The first statement of a transaction of this job in an org (T2).
    func enter(_ org: String) -> Query { Query(JobStatements.enter, [.text(org), .text(name)]) }

    /// Does the job's work org by org; what goes wrong in one is reported, and does not keep it from the others.
    ///
    /// - Throws: ``PostgresError`` when the session ended or the work was cancelled, or the orgs can't be read.
    func inEachOrg(
        on connection: ReconnectingConnection,
        _ work: (_ org: String, inout JobReport) throws -> Void
    ) throws -> JobReport {
        var report = JobReport()
        let orgs = try connection.transaction(.readOnly) { try $0.finish(with: [Query(JobStatements.orgs)])[0] }
        for row in 0..<orgs.rowCount {
            let org = orgs.string(row, 0) ?? ""
            do {
                try work(org, &report)
            } catch let error as PostgresError where !error.endsSession && error.kind != .cancelled {
                report.failures.append(.init(org: org, error: String(reflecting: error)))
            }
        }
        return report
    }
}

private enum JobStatements {
    static let orgs = Statement("work_orgs", "select o::text from traveler.work_orgs() o")
    static let enter = Statement("work_enter", "select traveler.enter_system($1::uuid, $2::text)")
}

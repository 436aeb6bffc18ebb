import Postgres

/// `traveler verify`: walks every history chain, every as-built digest and every invariant that can be a query, over
/// all orgs, and names what does not hold (Y2, C5).
struct VerifyCommand: Command {
    static let name = "verify"
    static let summary = "Verifies every history chain, as-built digest and invariant (1: something is broken)."
    static let needs: [Config.Setting] = [.migratorURL]

    private static let counts = Statement(
        "verify_counts",
        """
        select (select count(*) from traveler.org),
            (select count(distinct (org_id, root_id)) from traveler.transaction_history),
            (select count(*) from traveler.transaction_history),
            (select count(*) from traveler.as_built_record)
        """
    )
    private static let violations = Statement(
        "verify_violations",
        """
        select v.rule, coalesce(o.slug, v.org_id::text), v.record, v.what
        from traveler.integrity_violations v left join traveler.org o on o.org_id = v.org_id
        order by 2, 1, 3, 4
        """
    )

    init(_ words: [String]) throws(UsageError) {
        _ = try Arguments(words)
    }

    func run(_ context: CommandContext) throws -> ExitCode {
        let connection = try context.connectAsMigrator()
        // One snapshot, so that what is counted is what is verified.
        let broken = try connection.transaction(.snapshot) { transaction in
            let results = try transaction.finish(with: [Query(Self.counts), Query(Self.violations)])
            let count = { (column: Int) in results[0].string(0, column) ?? "?" }
            context.console.write("history: \(count(1)) chains with \(count(2)) entries walked, in \(count(0)) orgs")
            context.console.write("as-built: \(count(3)) records, digests recomputed")
            for row in 0..<results[1].rowCount {
                let cell = { (column: Int) in results[1].string(row, column) ?? "?" }
                context.console.write("BROKEN \(cell(0)) in org \(cell(1)), record \(cell(2)): \(cell(3))")
            }
            return results[1].rowCount
        }
        context.console.write(broken == 0 ? "all of it holds" : "\(broken) violations")
        return broken == 0 ? .fine : .refused
    }
}

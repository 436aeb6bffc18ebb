import Postgres

/// `traveler verify`: walks every history chain, its seals, every as-built digest and every invariant that can be a
/// query, over all orgs, and names what does not hold (Y2, C5); of an export it checks every byte, the chains, the seals and
/// the records against them, without a database, and of increments after it that nothing is missing between them.
struct VerifyCommand: Command {
    static let name = "verify"
    static let arguments = "[FILE | DIRECTORY] [INCREMENT ...]"
    static let summary = """
        Verifies every history chain, seal, as-built digest and invariant, or an export's bytes, chains, seals and \
        records without a database (1: something is broken). Increments follow in their order, and are joined to what \
        is before them.
        """
    static let needs: [Config.Setting] = [.migratorURL]

    private static let counts = Statement(
        "verify_counts",
        """
        select (select count(*) from traveler.org),
            (select count(distinct (org_id, root_id)) from traveler.transaction_history),
            (select count(*) from traveler.transaction_history),
            (select count(*) from traveler.as_built_record),
            (select count(*) from traveler.history_seal),
            (select coalesce(sum(h.seq - coalesce(s.seq, 0)), 0) from traveler_private.history_head h
                left join traveler_private.history_sealed s on s.org_id = h.org_id and s.root_id = h.root_id)
        """
    )
    /// Up to when everything is sealed: of the org that lags furthest.
    private static let sealedTo = Statement(
        "verify_sealed_to",
        """
        select traveler.json_time(min(coalesce(x.complete_at, '-infinity'))) from (
            select c.complete_at from (
                select distinct h.org_id from traveler_private.history_head h
                left join traveler_private.history_sealed s on s.org_id = h.org_id and s.root_id = h.root_id
                where h.seq > coalesce(s.seq, 0)) o
            left join traveler_private.history_seal_head c on c.org_id = o.org_id) x
        having min(coalesce(x.complete_at, '-infinity')) > '-infinity'
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

    private let files: [String]

    init(_ words: [String]) throws(UsageError) {
        files = try Arguments(words, operands: .max).operands
    }

    /// A file is checked without any.
    var needs: [Config.Setting] { files.isEmpty ? Self.needs : [] }

    func run(_ context: CommandContext) throws -> ExitCode {
        if !files.isEmpty { return try verify(context.console) }
        let connection = try context.connectAsMigrator()
        // One snapshot, so that what is counted is what is verified.
        let broken = try connection.transaction(.snapshot) { transaction in
            let queries = [Query(Self.counts), Query(Self.sealedTo), Query(Self.violations)]
            let results = try transaction.finish(with: queries)
            let count = { (column: Int) in results[0].string(0, column) ?? "?" }
            context.console.write("history: \(count(1)) chains with \(count(2)) entries walked, in \(count(0)) orgs")
            let rest = count(5) == "0" ? "every entry is sealed" : "\(count(5)) entries are not sealed yet"
            let moment = results[1].string(0, 0).map { ", all before \($0) are" } ?? ""
            context.console.write("seals: \(count(4)) recomputed; \(rest)\(moment)")
            context.console.write("as-built: \(count(3)) records, digests recomputed")
            for row in 0..<results[2].rowCount {
                let cell = { (column: Int) in results[2].string(row, column) ?? "?" }
                context.console.write("BROKEN \(cell(0)) in org \(cell(1)), record \(cell(2)): \(cell(3))")
            }
            return results[2].rowCount
        }
        context.console.write(broken == 0 ? "all of it holds" : "\(broken) violations")
        return broken == 0 ? .fine : .refused
    }

    private func verify(_ console: Console) throws -> ExitCode {
        do {
            let lines = files.count == 1 ? try FileCheck.check(files[0]) : try FileCheck.check(joined: files)
            for line in lines { console.write(line) }
            console.write("all of it holds")
            return .fine
        } catch let fault as FileCheck.Fault {
            console.write("BROKEN \(fault)")
            return .refused
        }
    }
}

import FoundationEssentials
package import Postgres
import RunModel

/// Reads what runs are planned from, and has Postgres keep what was planned. Looking and applying differ in that, and in the locks (H3).
///
/// What is applied is what it was planned from: either nobody has looked at it, and it is locked before it is read; or somebody has, and
/// it is refused when it is another by then.
package enum ScheduleStore {
    private static let facts = Statement("plan_facts", "select traveler.plan_facts($1::jsonb)::text")

    private static let lock = Statement("plan_lock", "select traveler.lock_plan($1::jsonb)")

    private static let apply = Statement(
        "plan_apply",
        "select body, version from traveler.answer($1, $2::integer, traveler.set_schedule($3::jsonb))"
    )

    private static let reapply = Statement(
        "replan_apply",
        """
        select body, version from traveler.answer($1, $2::integer, traveler.set_schedule($3::jsonb) || jsonb_build_object('moves', $4::jsonb))
        """
    )

    private static let load = Statement(
        "load_facts",
        "select traveler.load_facts($1::uuid, $2::date, $3::integer)::text"
    )

    /// For preparing them before the first request.
    package static let statements = [facts, lock, apply, reapply, load]

    /// Runs to plan, as they are now.
    ///
    /// - Parameters:
    ///   - request: the JSON of the request, validated.
    ///   - isAll: whether the transaction ends with it, as nothing is to be done; else one of the acts ends it.
    ///   - locks: whether they are locked first, with the other runs of their batches, so that nobody changes them before that act.
    /// - Throws: ``PostgresError``; `DecodingError` when Postgres says what this build does not know.
    package static func facts(
        request: [UInt8],
        isAll: Bool,
        locks: Bool = false,
        in transaction: Transaction
    ) throws -> RunFacts? {
        // Each a statement of its own: one that waited for a lock would see what was before.
        let queries = (locks ? [lock, facts] : [facts]).map { Query($0, [.bytes(request)]) }
        let results = isAll ? try transaction.finish(with: queries) : try transaction.run(queries)
        guard let document = results.last?.string(0, 0) else { return nil }
        return try RunFacts(json: document)
    }

    /// Plans runs as they are now, and locks them until that is applied.
    ///
    /// - Throws: ``ScheduleRefusal``, besides what reading their facts does.
    package static func plan(
        request: [UInt8],
        capacity: Plan.Capacity,
        in transaction: Transaction
    ) throws -> RunPlan? {
        try facts(request: request, isAll: false, locks: true, in: transaction).map {
            try RunPlan($0, capacity: capacity)
        }
    }

    /// Schedules the steps that nobody has started yet as they were planned, and ends the transaction. One row: the answer's JSON,
    /// and no version.
    ///
    /// - Parameters:
    ///   - isLatest: whether each step is scheduled at the latest times that keep the due dates, not the earliest.
    ///   - basis: what it was planned from when it was looked at, which has to be so still; nil where it was not.
    ///   - key: the idempotency key that the answer is kept under; nil for none.
    ///   - commit: false for a dry run.
    package static func apply(
        _ plan: RunPlan,
        isLatest: Bool,
        basis: String?,
        key: String?,
        status: Int,
        commit: Bool,
        in transaction: Transaction
    ) throws -> QueryResult? {
        let times = plan.times(isLatest: isLatest)
        let steps = plan.toSchedule.compactMap { step in
            times[step.id].map { Schedule.Step(id: step.id, scheduledStart: $0.start.text, scheduledEnd: $0.end.text) }
        }
        let request = try Schedule(plan, steps, basis: basis).json()
        let values: [Value] = [Value(key), .int(status), .bytes(request)]
        return try transaction.finish(with: [Query(apply, values)], commit: commit).last
    }

    /// Schedules what moves where it moves to, and ends the transaction. One row, as ``apply(_:isLatest:basis:key:status:commit:in:)``.
    ///
    /// - Parameter moves: what the answer tells of them, as JSON.
    package static func apply(
        _ replan: Replan,
        moves: [UInt8],
        basis: String?,
        key: String?,
        status: Int,
        commit: Bool,
        in transaction: Transaction
    ) throws -> QueryResult? {
        let steps = replan.moves.map { move in
            Schedule.Step(id: move.step.id, scheduledStart: move.start?.text, scheduledEnd: move.end.text)
        }
        let request = try Schedule(replan.plan, steps, basis: basis).json()
        let values: [Value] = [Value(key), .int(status), .bytes(request), .bytes(moves)]
        return try transaction.finish(with: [Query(reapply, values)], commit: commit).last
    }

    /// What a work center can do on some days, and what it is to do (H6); nil where there is no such work center.
    ///
    /// - Parameter first: `YYYY-MM-DD`, in the zone of the work center's calendar.
    /// - Throws: ``ScheduleRefusal``; ``PostgresError``; `DecodingError` when Postgres says what this build does not know.
    package static func load(
        of location: String,
        from first: String,
        days: Int,
        in transaction: Transaction
    ) throws -> [DayLoad]? {
        let results = try transaction.finish(with: [Query(load, [.text(location), .text(first), .int(days)])])
        guard let document = results.last?.string(0, 0), let date = LocalDate(first) else { return nil }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(LoadFacts.self, from: Data(document.utf8)).days(from: date, count: days)
    }

    /// What Postgres is asked to keep. A run is named, so that it is told as it is then.
    private struct Schedule: Encodable {
        struct Run: Encodable {
            var id: String
        }

        struct Step: Encodable {
            var id: String
            /// What is not given stays.
            var scheduledStart: String?
            var scheduledEnd: String
        }

        var runs: [Run]
        var steps: [Step]
        /// What they were planned from, which still has to be so.
        var basis: String?

        init(_ plan: RunPlan, _ steps: [Step], basis: String?) {
            runs = plan.facts.runs.map { Run(id: $0.id) }
            self.steps = steps
            self.basis = basis
        }

        func json() throws -> [UInt8] {
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            return Array(try encoder.encode(self))
        }
    }
}

extension RunFacts {
    /// - Parameter json: as Postgres says it.
    /// - Throws: `DecodingError`.
    package init(json: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(RunFacts.self, from: Data(json.utf8))
    }
}

import FoundationEssentials
package import Postgres
import RunModel

/// Reads what runs are planned from, and has Postgres keep what was planned. Looking and applying differ in that alone (H3).
package enum ScheduleStore {
    private static let facts = Statement("plan_facts", "select traveler.plan_facts($1::jsonb)::text")

    private static let apply = Statement(
        "plan_apply",
        "select body, version from traveler.answer($1, $2::integer, traveler.set_schedule($3::jsonb))"
    )

    private static let load = Statement(
        "load_facts",
        "select traveler.load_facts($1::uuid, $2::date, $3::integer)::text"
    )

    /// For preparing them before the first request.
    package static let statements = [facts, apply, load]

    /// Plans runs as they are now.
    ///
    /// - Parameters:
    ///   - request: the JSON of the request, validated.
    ///   - isAll: whether the transaction ends with it, as nothing is to be done; else ``apply(_:at:key:status:commit:in:)`` ends it.
    /// - Throws: ``ScheduleRefusal``; ``PostgresError``; `DecodingError` when Postgres says what this build does not know.
    package static func plan(
        request: [UInt8],
        capacity: Plan.Capacity,
        isAll: Bool,
        in transaction: Transaction
    ) throws -> RunPlan? {
        let queries = [Query(facts, [.bytes(request)])]
        let results = isAll ? try transaction.finish(with: queries) : try transaction.run(queries)
        guard let document = results.last?.string(0, 0) else { return nil }
        return try RunPlan(try RunFacts(json: document), capacity: capacity)
    }

    /// Schedules the steps that nobody has started yet as they were planned, and ends the transaction. One row: the answer's JSON,
    /// and no version.
    ///
    /// - Parameters:
    ///   - isLatest: whether each step is scheduled at the latest times that keep the due dates, not the earliest.
    ///   - key: the idempotency key that the answer is kept under; nil for none.
    ///   - commit: false for a dry run.
    package static func apply(
        _ plan: RunPlan,
        isLatest: Bool,
        key: String?,
        status: Int,
        commit: Bool,
        in transaction: Transaction
    ) throws -> QueryResult? {
        let request = Schedule(
            runs: plan.facts.runs.map { Schedule.Run(id: $0.id) },
            steps: plan.toSchedule.map { step in
                let start = isLatest ? step.planned.latestStart : step.planned.start
                let end = isLatest ? step.planned.latestFinish : step.planned.finish
                return Schedule.Step(id: step.id, scheduledStart: start.text, scheduledEnd: end.text)
            }
        )
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let values: [Value] = [Value(key), .int(status), .bytes(Array(try encoder.encode(request)))]
        return try transaction.finish(with: [Query(apply, values)], commit: commit).last
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
            var scheduledStart: String
            var scheduledEnd: String
        }

        var runs: [Run]
        var steps: [Step]
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

import HTTP
import Postgres
import Scheduling

/// When a batch, an assembly, a work center or the org would end, if what is left of it were planned again now (H2, H3).
struct RollupProjection: Work {
    /// How many runs are planned at once.
    private static let runLimit = 1000

    static let endpoint = Endpoint(
        .get,
        "/v1/rollups/projection",
        "When a batch, assembly, work center or the org would end if what is left were planned again now (H2, H3).",
        tag: Schedule.tag,
        lane: .heavy,
        query: [
            QueryParameter("level", .choice(RollupStore.Level.allCases.map(\.rawValue)), "A batch, unless given."),
            QueryParameter("id", .uuid, "Which one; the org, if it is left out at that level."),
        ],
        response: .named("Projection") {
            .object([
                .required("runs", .count, "How many are planned again for it: those with something left to do."),
                .required("run_ids", .array(.uuid), "Which."),
                .required("projected_end", .nullable(.time), "When the last of what is left would end."),
                .required(
                    "projected_end_id",
                    .nullable(.uuid),
                    "Of which run that is; at a work center, of which step."
                ),
                .required("late", .count, "Runs that would end after they are due."),
            ])
        },
        refusals: [404, 409],
        .work(RollupProjection())
    )

    var mode: TransactionMode { .readOnly }
    var statements: [Statement] { ScheduleStore.statements + [RollupStore.statement] }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        let level = call.query["level"].flatMap(RollupStore.Level.init) ?? .batch
        let id = call.query["id"]
        guard level == .org || id != nil else { throw Problem.input(.query("id"), "id_missing", "Say which one.") }
        let results = try transaction.run([RollupStore.query(level, id: id, after: nil, limit: 1)])
        guard let group = results.last.flatMap({ RollupStore.groups($0).first }) else { throw Problem.notFound }
        guard group.runIDs.count <= Self.runLimit else {
            throw Problem(
                422,
                "too_many_runs",
                "\(group.runIDs.count) runs are in it; \(Self.runLimit) are planned at once.",
                rule: "H3",
                clear: "Ask for a batch, an assembly or a work center."
            )
        }
        guard !group.runIDs.isEmpty else {
            _ = try transaction.finish(with: [])
            return Self.answer(runs: [], end: nil, late: 0)
        }
        var request = JSONWriter(capacity: 32 + group.runIDs.count * 40)
        request.object { json in
            json.key("run_ids")
            json.array { json in for run in group.runIDs { json.string(run) } }
        }
        guard let facts = try ScheduleStore.facts(request: request.bytes, isAll: true, in: transaction) else {
            throw Problem.notFound
        }
        let replan = try facts.planned { try Replan($0, capacity: .finite, isEarlier: false) }
        let ends =
            level == .workCenter
            ? group.memberIDs.compactMap { step in replan.ends[step].map { (id: step, at: $0) } }
            : replan.runs.map { (id: $0.facts.id, at: $0.end) }
        return Self.answer(
            runs: replan.runs.map(\.facts.id),
            end: ends.max { ($0.at, $1.id) < ($1.at, $0.id) },
            late: replan.runs.count(where: { run in run.facts.due.map { Instant(seconds: $0) < run.end } ?? false })
        )
    }

    private static func answer(runs: [String], end: (id: String, at: Instant)?, late: Int) -> Answer {
        var json = JSONWriter(capacity: 256 + runs.count * 40)
        json.object { json in
            json.key("runs")
            json.number(runs.count)
            json.key("run_ids")
            json.array { json in for run in runs { json.string(run) } }
            for (name, text) in [("projected_end", end?.at.text), ("projected_end_id", end?.id)] {
                json.key(name)
                if let text { json.string(text) } else { json.null() }
            }
            json.key("late")
            json.number(late)
        }
        return Answer(status: 200, body: json.bytes)
    }
}

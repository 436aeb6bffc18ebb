import HTTP
import Scheduling

/// What is wrong with a schedule, as an answer tells it (H4).
enum Conflicts {
    private static let kinds = [
        "end_before_start", "before_upstream_ends", "past_due", "over_capacity", "starts_outside", "ends_outside",
    ]

    static let shape: Schema = .named("ScheduleConflict") {
        .object([
            .required(
                "kind",
                .choice(kinds),
                "Outside: before or after what was said of the run, or of the step, that it is in."
            ),
            .required("run_id", .uuid), .required("step_id", .nullable(.uuid), "null: it is the run's own."),
            .required("outer_id", .nullable(.uuid), "The step that it is outside of; null: the run."),
            .required("upstream_id", .nullable(.uuid)),
            .required("upstream_run_id", .nullable(.uuid), "The run of that step, or whose output it waits for."),
            .required("location_id", .nullable(.uuid)),
            .required("at", .time, "When it is scheduled, or from when on there is too much."),
            .required("limit", .time, "When it should be, or until when there is too much."),
            .required("most", .nullable(.count), "How many steps there are at once."),
        ])
    }
}

/// One, member by member.
private struct ToldConflict {
    var kind: String
    var run: String
    var step: String?
    var outer: String?
    var upstream: String?
    var upstreamRun: String?
    var location: String?
    var at: Instant
    var limit: Instant
    var most: Int?

    func write(into json: inout JSONWriter) {
        json.object { json in
            for (name, text) in [
                ("kind", kind), ("run_id", run), ("step_id", step), ("outer_id", outer), ("upstream_id", upstream),
                ("upstream_run_id", upstreamRun), ("location_id", location), ("at", at.text), ("limit", limit.text),
            ] {
                json.key(name)
                if let text { json.string(text) } else { json.null() }
            }
            json.key("most")
            if let most { json.number(most) } else { json.null() }
        }
    }
}

extension Conflict {
    func write(into json: inout JSONWriter, _ plan: RunPlan) {
        let (run, id) = (plan.runID(step), plan.stepID(step))
        switch self {
        case .endBeforeStart(_, let start, let end):
            ToldConflict(kind: "end_before_start", run: run, step: id, at: end, limit: start).write(into: &json)
        case .beforeUpstreamEnds(_, let at, let upstream, let ends):
            var told = ToldConflict(kind: "before_upstream_ends", run: run, step: id, at: at, limit: ends)
            told.upstream = plan.stepID(upstream)
            told.upstreamRun = plan.runID(upstream)
            told.write(into: &json)
        case .pastDue(_, let ends, let due):
            ToldConflict(kind: "past_due", run: run, step: id, at: ends, limit: due).write(into: &json)
        case .overCapacity(let center, let from, let until, let most, _, _):
            var told = ToldConflict(kind: "over_capacity", run: run, step: id, at: from, limit: until, most: most)
            told.location = plan.facts.workCenters[center].id
            told.write(into: &json)
        }
    }
}

extension RunConflict {
    func write(into json: inout JSONWriter) {
        let word =
            switch kind {
            case .endBeforeStart: "end_before_start"
            case .pastDue: "past_due"
            case .startsOutside: "starts_outside"
            case .endsOutside: "ends_outside"
            }
        ToldConflict(kind: word, run: run, step: step, outer: outer, at: at, limit: limit).write(into: &json)
    }
}

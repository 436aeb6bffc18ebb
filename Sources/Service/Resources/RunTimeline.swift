import HTTP
import Postgres
import Scheduling

/// A run in the timeline, opened: its steps, what comes after what, and what drives its end (H5).
enum RunTimeline {
    private static let step: Schema = .named("TimelineStep") {
        .object(
            [
                .required("id", .uuid), .required("parent_id", .nullable(.uuid)), .required("title", .string),
                .required("state", .choice(Steps.states)), .required("location_id", .nullable(.uuid)),
                .required("scheduled_start", .nullable(.time), "What was said."),
                .required("scheduled_end", .nullable(.time), "What was said."),
                .required(
                    "planned",
                    .nullable(.object(Plans.times)),
                    "Where a plan from now on has it; null: canceled."
                ),
            ]
        )
    }

    static let endpoint = Endpoint(
        .get,
        "/v1/runs/{id}/timeline",
        "The steps of a run, their dependencies and its critical path, as it would be planned now (H3, H5).",
        tag: Schedule.tag,
        response: .named("RunTimeline") {
            .object(
                [
                    .required("run_id", .uuid), .required("start", .time), .required("finish", .time),
                    .required("steps", .array(step)),
                    .required(
                        "dependencies",
                        .array(.object([.required("upstream_id", .uuid), .required("downstream_id", .uuid)]))
                    ),
                ] + Plans.rest
            )
        },
        .work(RunTimelineRead())
    )
}

struct RunTimelineRead: Work {
    var mode: TransactionMode { .readOnly }
    var statements: [Statement] { ScheduleStore.statements }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        let id = call.path("id").lowercased()
        var request = JSONWriter()
        request.object { json in
            json.key("run_ids")
            json.array { $0.string(id) }
            // The runs of its batch are not what is looked at.
            json.key("alone")
            json.bool(true)
        }
        guard let facts = try ScheduleStore.facts(request: request.bytes, isAll: true, in: transaction) else {
            throw Problem.notFound
        }
        let plan = try facts.planned { try RunPlan($0, capacity: .infinite) }
        let planned = Dictionary(uniqueKeysWithValues: plan.steps.map { ($0.id, $0) })
        var json = JSONWriter(capacity: 1024 + facts.steps.count * 512)
        json.object { json in
            for (name, text) in [
                ("run_id", id), ("start", plan.plan.facts.start.text), ("finish", plan.plan.finish.text),
            ] {
                json.key(name)
                json.string(text)
            }
            json.key("steps")
            json.array { json in
                for step in facts.steps {
                    json.object { json in
                        for (name, text) in [
                            ("id", step.id), ("parent_id", step.parentId), ("title", step.title), ("state", step.state),
                            ("location_id", step.locationId),
                            ("scheduled_start", step.scheduledStart.map { Instant(seconds: $0).text }),
                            ("scheduled_end", step.scheduledEnd.map { Instant(seconds: $0).text }),
                        ] {
                            json.key(name)
                            if let text { json.string(text) } else { json.null() }
                        }
                        json.key("planned")
                        if let one = planned[step.id] {
                            json.object { one.write(into: &$0, plan) }
                        } else {
                            json.null()
                        }
                    }
                }
            }
            json.key("dependencies")
            json.array { json in
                for pair in facts.dependencies where pair.count == 2 {
                    json.object { json in
                        json.key("upstream_id")
                        json.string(pair[0])
                        json.key("downstream_id")
                        json.string(pair[1])
                    }
                }
            }
            plan.writeRest(into: &json)
        }
        return Answer(status: 200, body: json.bytes)
    }
}

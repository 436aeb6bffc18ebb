import CompletionGating
import HTTP
import Postgres
import RunModel

/// What stands between a run and its completion (C1): the facts from Postgres, the judgement from `CompletionGating`.
struct CompletionReview: Work {
    private static let blocker: Schema = .named("ReviewBlocker") {
        .object([
            .required("kind", .choice(BlockerKind.allCases.map(\.rawValue))), .required("rule", .string),
            .required("subject_id", .uuid, "The step, field, requirement, installation or inventory row at fault."),
            .required(
                "step",
                .nullable(
                    .object([
                        .required("id", .uuid), .required("title", .string), .required("state", .choice(Steps.states)),
                        .required("location", .nullable(.string)), .required("available", .boolean),
                    ])
                ),
                "The step that it belongs to; null for what belongs to the run as a whole."
            ),
            .required("what", .string), .required("clear", .string), .required("since", .time),
            .required("actionable", .boolean, "Whether someone can clear it now."),
            .required("permission", .string, "What whoever clears it needs."),
        ])
    }

    static let shape: Schema = .named("CompletionReview") {
        .object([
            .required("run_id", .uuid), .required("number", .count), .required("status", .choice(Runs.statuses)),
            .required("version", .version), .required("completion_number", .count),
            .required("readiness", .choice(["completed", "ready", "blocked"])),
            .required("completes_by", .choice(["sign_off", "act"]), "How it completes once nothing blocks (C3)."),
            .required("steps_total", .count), .required("steps_completed", .count), .required("steps_canceled", .count),
            .required(
                "sections",
                .array(
                    .object([
                        .required("section", .choice(Section.allCases.map(\.rawValue))),
                        .required("blockers", .array(blocker)),
                    ])
                ),
                "Every blocker once, in the order to clear them."
            ),
            .required("advice", .array(blocker), "What someone can do now: the shortest way forward."),
        ])
    }

    static let endpoint = Endpoint(
        .get,
        "/v1/runs/{id}/review",
        "What stands between a run and its completion, in the order to clear it (C1).",
        tag: Runs.tag,
        response: shape,
        .work(CompletionReview())
    )

    var mode: TransactionMode { .readOnly }
    var statements: [Statement] { CompletionStore.statements }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        guard let org = call.credential?.org.text,
            let facts = try CompletionStore.facts(ofRun: call.path("id").lowercased(), org: org, in: transaction)
        else { throw Problem.notFound }
        return Answer(status: 200, body: Self.body(Review(facts)))
    }

    private static func body(_ review: Review) -> [UInt8] {
        let facts = review.facts
        var json = JSONWriter(capacity: 1024 + facts.blockers.count * 512)
        json.object { json in
            for (name, text) in [
                ("run_id", facts.runID), ("status", facts.status.rawValue), ("readiness", review.readiness.rawValue),
                ("completes_by", review.completesBy.rawValue),
            ] {
                json.key(name)
                json.string(text)
            }
            for (name, number) in [
                ("number", facts.number), ("version", facts.version), ("completion_number", facts.completionNumber),
                ("steps_total", facts.stepsTotal), ("steps_completed", facts.stepsCompleted),
                ("steps_canceled", facts.stepsCanceled),
            ] {
                json.key(name)
                json.number(number)
            }
            json.key("sections")
            json.array { json in
                for (section, blockers) in review.sections {
                    json.object { json in
                        json.key("section")
                        json.string(section.rawValue)
                        json.key("blockers")
                        json.array { json in for blocker in blockers { blocker.write(into: &json) } }
                    }
                }
            }
            json.key("advice")
            json.array { json in for blocker in review.advice { blocker.write(into: &json) } }
        }
        return json.bytes
    }
}

extension Blocker {
    fileprivate func write(into json: inout JSONWriter) {
        json.object { json in
            for (name, text) in [
                ("kind", kind.rawValue), ("rule", rule), ("subject_id", subjectID), ("what", what), ("clear", clear),
                ("since", since), ("permission", kind.permission.rawValue),
            ] {
                json.key(name)
                json.string(text)
            }
            json.key("actionable")
            json.bool(isActionable)
            json.key("step")
            guard let step else { return json.null() }
            json.object { json in
                for (name, text) in [("id", step.id), ("title", step.title), ("state", step.state.rawValue)] {
                    json.key(name)
                    json.string(text)
                }
                json.key("location")
                if let location = step.location { json.string(location) } else { json.null() }
                json.key("available")
                json.bool(step.isAvailable)
            }
        }
    }
}

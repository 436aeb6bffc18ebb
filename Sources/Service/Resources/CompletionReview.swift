import CompletionGating
import HTTP
import Postgres
import RunModel

/// What stands between a run and its completion (C1, C2): the facts from Postgres, the judgement from `CompletionGating`.
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

    private static let remark: Schema = .named("ReviewRemark") {
        .object([
            .required("kind", .choice(BlockerKind.allCases.map(\.rawValue))),
            .required("severity", .choice(["note", "warning"]), "As the org says (C2)."),
            .required("subject_id", .uuid, "The issue, step, deviation or redline that it is about."),
            .required("run_step_id", .nullable(.uuid)), .required("what", .string), .required("clear", .string),
            .required("since", .time), .required("stands", .string, "What an acknowledgment of it names."),
            .required("acknowledged_by", .nullable(.actor)), .required("waits", .boolean),
        ])
    }

    /// Warnings that a request acknowledges, each as it stands (C2).
    static let acknowledged: Schema = .array(
        .object([
            .required("kind", .choice(BlockerKind.allCases.map(\.rawValue))), .required("subject_id", .uuid),
            .required("stands", .text(1...200), "As the review has it."),
        ]),
        0...1000
    )

    static let shape: Schema = .named("CompletionReview") {
        .object([
            .required("run_id", .uuid), .required("number", .count), .required("status", .choice(Runs.statuses)),
            .required("version", .version), .required("completion_number", .count),
            .required("readiness", .choice(["completed", "ready", "waiting", "blocked"])),
            .required("completes_by", .choice(["sign_off", "act"]), "How it completes once nothing blocks (C3)."),
            .required("steps_total", .count), .required("steps_completed", .count), .required("steps_canceled", .count),
            .required(
                "sections",
                .array(
                    .object([
                        .required("section", .choice(Section.allCases.map(\.rawValue))),
                        .required("blockers", .array(blocker)), .required("remarks", .array(remark)),
                    ])
                ),
                "Every blocker once, in the order to clear them, and every remark."
            ),
            .required("advice", .array(blocker), "What someone can do now: the shortest way forward."),
            .required(
                "labor",
                .object([
                    .required("open_sessions", .count),
                    .required("flagged_sessions", .count, "Past the org's limit (L5)."),
                    .required("seconds", .count, "Open sessions up to now."),
                ])
            ),
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

    static let acknowledge = Endpoint(
        .post,
        "/v1/runs/{id}/acknowledge",
        "Acknowledges warnings of a run, each as it stands (C2); its next completion needs no more of them.",
        tag: Runs.tag,
        body: .object([.required("acknowledged", acknowledged)]),
        response: .object([
            .required("run_id", .uuid), .required("warnings", .array(Runs.completionWarning)),
        ]),
        refusals: [409],
        .work(
            Act(
                Statement(
                    "run_acknowledge",
                    """
                    select body, version from traveler.answer($1, $2::integer,
                        traveler.acknowledge_warnings($3::uuid, $4::jsonb -> 'acknowledged'))
                    """
                ),
                [.path("id"), .body]
            )
        )
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
                for (section, blockers, remarks) in review.sections {
                    json.object { json in
                        json.key("section")
                        json.string(section.rawValue)
                        json.key("blockers")
                        json.array { json in for blocker in blockers { blocker.write(into: &json) } }
                        json.key("remarks")
                        json.array { json in for remark in remarks { remark.write(into: &json) } }
                    }
                }
            }
            json.key("advice")
            json.array { json in for blocker in review.advice { blocker.write(into: &json) } }
            json.key("labor")
            json.object { json in
                for (name, number) in [
                    ("open_sessions", facts.labor.openSessions), ("flagged_sessions", facts.labor.flaggedSessions),
                    ("seconds", facts.labor.seconds),
                ] {
                    json.key(name)
                    json.number(number)
                }
            }
        }
        return json.bytes
    }
}

extension Remark {
    fileprivate func write(into json: inout JSONWriter) {
        json.object { json in
            for (name, text) in [
                ("kind", kind.rawValue), ("severity", severity.rawValue), ("subject_id", subjectID),
                ("run_step_id", stepID), ("what", what), ("clear", clear), ("since", since), ("stands", stands),
                ("acknowledged_by", acknowledgedBy),
            ] {
                json.key(name)
                if let text { json.string(text) } else { json.null() }
            }
            json.key("waits")
            json.bool(waits)
        }
    }
}

extension Blocker {
    fileprivate func write(into json: inout JSONWriter) {
        json.object { json in
            for (name, text) in [
                ("kind", kind.rawValue), ("rule", rule), ("subject_id", subjectID), ("what", what), ("clear", clear),
                ("since", since), ("permission", permission),
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

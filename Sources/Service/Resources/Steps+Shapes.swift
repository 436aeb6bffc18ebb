extension Steps {
    /// Where a step stands among those beside it: a number that no other of them has (D1).
    static let place = Schema.number
    static let placeMeaning = "Its place among the steps beside it, the least first; not a count, and not always whole."

    /// A step in a list.
    static let item: Schema = .named("StepItem") {
        .object([
            .required("id", .uuid), .required("run_id", .uuid), .required("run_number", .count),
            .required("run_title", .string), .required("parent_id", .nullable(.uuid)),
            .required("depth", .integer(1...5)), .required("position", place, placeMeaning),
            .required("title", .string), .required("location_id", .nullable(.uuid)), .required("required", .boolean),
            .required("state", .choice(states)), .required("attempt", .count),
            .required("started_at", .nullable(.time)), .required("completed_at", .nullable(.time)),
            .required("completed_by", .nullable(.actor)), .required("version", .version),
            .required("available", .boolean, "Whether it can be worked on now (A1)."),
        ])
    }

    private static let field: Schema = .named("RunStepField") {
        .object([
            .required("id", .uuid), .required("position", .count), .required("name", .string),
            .required("type", .choice(Procedures.fieldTypes)), .required("unit", .nullable(.string)),
            .required("required", .boolean), .required("allow_not_applicable", .boolean),
            .required("options", .nullable(.array(.string))), .required("peer", .boolean),
            .required("meaning", .nullable(.string), "What a signature in it says."),
            .required("batch_scope", Procedures.batchScope, "Whether its value is one for all runs of a batch (K3)."),
            .required("signoff_role", .nullable(.string)), .required("minimum", .nullable(.exact)),
            .required("maximum", .nullable(.exact)), .required("target", .nullable(.exact)),
            .required("tolerance_minus", .nullable(.exact)), .required("tolerance_plus", .nullable(.exact)),
            .required("datagrid", Procedures.datagrid), .required("compare", Procedures.compare),
            .required("value", .any),
            .required("value_detail", .any, "What was entered in another unit; a tool as it was; cells out of range."),
            .required("not_applicable", .boolean), .required("out_of_range", .boolean),
            .required("stale", .boolean, "What it signed has changed since (S13)."),
            .required("entered_by", .nullable(.actor)), .required("entered_at", .nullable(.time)),
            .required("version", .version),
        ])
    }

    /// What is told of an act that can be done, or why not (S16).
    static let actMembers: [Schema.Member] = [
        .required("act", .string), .required("permission", .string),
        .required("reason", .choice(["off", "optional", "required"]), "Whether it asks why (S10)."),
        .required("allowed", .boolean),
        .required(
            "refusals",
            .array(
                .object([
                    .required("code", .string), .required("rule", .string), .required("message", .string),
                    .required("clear", .nullable(.string)),
                ])
            )
        ),
    ]

    private static let act: Schema = .named("StepAct") {
        .object(actMembers + [.required("to_state", .choice(states))])
    }

    /// A step with all that belongs to it.
    static let detail: Schema = .named("Step") {
        .object([
            .required("id", .uuid), .required("run_id", .uuid), .required("parent_id", .nullable(.uuid)),
            .required("depth", .integer(1...5)), .required("position", place, placeMeaning),
            .required("title", .string), .required("instructions", .string), .required("location_id", .nullable(.uuid)),
            .required("lead_time_seconds", .nullable(.count)), .required("required", .boolean),
            .required("outside_process", .boolean, "A supplier does it: sending the units starts it (O1)."),
            .required("state", .choice(states)), .required("attempt", .count),
            .required(
                "standard_version_id",
                .nullable(.uuid),
                "The version that its standard step was pulled from (P2)."
            ),
            .required("started_at", .nullable(.time)), .required("completed_at", .nullable(.time)),
            .required("completed_by", .nullable(.actor)), AttributeDefinitions.values, .required("version", .version),
            .required("held_from", .nullable(.choice(states)), "On hold: what release brings it back to (S9)."),
            .required("state_reason", .nullable(.string)), .required("state_changed_at", .nullable(.time)),
            .required("state_changed_by", .nullable(.actor)),
            .required("acts", .array(act), "What can be done now, and why not (S16)."),
            .required("schedule", .object(Schedule.ofStep), "When it is planned (H1)."),
            .required("withdrawn_at", .nullable(.time), "When a redline withdrew it: it counts nowhere (D6)."),
            .required("redline", .nullable(Redlines.shape), "The open one (D1)."),
            .required("assignments", .array(Assignments.shape), "Whom it is assigned to by itself (S11)."),
            .required("upstream_ids", .array(.uuid)), .required("available", .boolean),
            .required("blockers", Runs.stepBlockers), .required("fields", .array(field)),
            .required("attachments", .array(.object(Attachments.content)), "The files of the step and of its fields."),
            .required(
                "sessions",
                .array(
                    .object([
                        .required("id", .uuid), .required("user_id", .uuid), .required("user_name", .string),
                        .required("started_at", .time), .required("ended_at", .nullable(.time)),
                    ])
                ),
                "Who worked on it, and when (L1)."
            ),
            .required("approvals", .array(Signatures.approval), "What it asks for, and what was decided (P5)."),
            .required("deviations", .array(Signatures.deviation)),
            .required("signatures", .array(Signatures.item), "Void ones included, in the order of their giving."),
            .required(
                "outside_processes",
                .array(OutsideProcesses.shape),
                "On which lines it went, or will, in each attempt (O1)."
            ),
        ])
    }

    /// What an act on steps answers: the steps as they are now, and their runs.
    static let acted: Schema = .named("StepsActed") {
        .object([
            .required(
                "steps",
                .array(
                    .object([
                        .required("id", .uuid), .required("run_id", .uuid), .required("state", .choice(states)),
                        .required("started_at", .nullable(.time)), .required("completed_at", .nullable(.time)),
                        .required("completed_by", .nullable(.actor)), .required("version", .version),
                    ])
                )
            ),
            .required(
                "runs",
                .array(
                    .object([
                        .required("id", .uuid), .required("number", .count),
                        .required("status", .choice(Runs.statuses)),
                        .required("version", .version), .required("completed_at", .nullable(.time)),
                        .required(
                            "completion_blockers",
                            Runs.completionBlockers,
                            "Told once no step is left to do."
                        ),
                        .required(
                            "completion_warnings",
                            .array(Runs.completionWarning),
                            "What waits to be acknowledged, told once no step is left to do."
                        ),
                    ])
                )
            ),
        ])
    }
}

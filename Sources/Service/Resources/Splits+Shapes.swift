extension Splits {
    private static let outcomes = ["merged", "rework", "scrapped", "used_as_is", "returned_to_vendor"]

    private static let summary: [Schema.Member] = [
        .required("id", .uuid), .required("run_id", .uuid, "The run that it left."), .required("run_number", .count),
        .required("number", .count, "Counts the groups of the run from 1."),
        .required("parent_id", .nullable(.uuid), "The group that it was split off from; null when that was the run."),
        .required("issue_id", .uuid, "The issue that holds it."), .required("issue_number", .count),
        .required("quantity", .exact, "How many units it has now."), .required("location_id", .nullable(.uuid)),
        .required("created_by", .actor), .required("created_at", .time),
        .required("outcome", .nullable(.choice(outcomes)), "What became of its units (X7); null while it is open."),
        .required("rework_run_id", .nullable(.uuid), "The run that they were put on."),
        .required("closed_at", .nullable(.time)), .required("version", .version),
    ]

    /// A group in a list.
    static let item: Schema = .named("SplitItem") { .object(summary) }

    private static let passedStep: Schema = .named("PassedStep") {
        .object([
            .required("run_step_id", .uuid), .required("title", .string),
            .required("attempt", .count, "Which attempt of the step it was (S14)."),
        ])
    }

    private static let side: Schema = .named("DividedRequirementSide") {
        .object([
            .required("needed", .exact, "Per unit times its units (X2)."),
            .required("installed", .exact, "What is its own alone."), .required("excepted", .exact),
            .required("open", .exact, "What it could be fed from then on, whatever becomes of what is shared (X3)."),
        ])
    }

    private static let sides: [Schema.Member] = [
        .required("part_number", .string), .required("revision", .string), .required("unit", .string),
        .required("quantity_per_unit", .exact), .required("continuing", side), .required("split", side),
        .required("shared", .exact, "What both share, and count once (X4)."),
    ]

    /// A requirement of a group beside that of whom it was split off from (X2).
    private static let requirement: Schema = .named("SplitRequirement") {
        .object(
            sides + [
                .required("id", .uuid, "The group's own: what its installations name."),
                .required("build_requirement_id", .uuid, "Of the run, or of the group that it was split off from."),
                .required("part_id", .uuid),
            ]
        )
    }

    private static let sharedMembers: [Schema.Member] = [
        .required("installation_id", .uuid), .required("part_number", .string),
        .required("serial_number", .nullable(.string)), .required("lot_number", .nullable(.string)),
        .required("quantity", .exact),
    ]

    private static let sharedInstallation: Schema = .named("SharedInstallation") {
        .object(
            sharedMembers + [
                .required("version", .version, "What If-Match names to resolve it."),
                .required(
                    "groups",
                    .array(.nullable(.uuid)),
                    "All that share it; null stands for the run's own units."
                ),
            ]
        )
    }

    private static let outcome: Schema = .named("SplitOutcome") {
        .object([
            .required("outcome", .choice(outcomes)), .required("allowed", .boolean),
            .required(
                "refusals",
                .array(
                    .object([
                        .required("code", .string), .required("rule", .string), .required("message", .string),
                        .required("clear", .string, "What would clear it."),
                    ])
                )
            ),
        ])
    }

    /// A group with all that belongs to it.
    static let shape: Schema = .named("Split") {
        .object(
            summary + [
                .required("reason", .nullable(.string)),
                .required("outcome_reason", .nullable(.string)), .required("closed_by", .nullable(.actor)),
                .required(
                    "units",
                    .array(
                        .object([
                            .required("part_inventory_id", .uuid), .required("serial_number", .nullable(.string)),
                            .required("lot_number", .nullable(.string)), .required("quantity", .exact),
                            .required("status", .choice(Inventory.statuses)),
                        ])
                    )
                ),
                .required("passed_steps", .array(passedStep), "Completed when they were split off (X9)."),
                .required("requirements", .array(requirement)),
                .required("shared", .array(sharedInstallation), "Each counts once (X4)."),
                .required(
                    "outcomes",
                    .nullable(.array(outcome)),
                    "What may become of it now, and why not the rest (X7); null once it is closed."
                ),
            ]
        )
    }

    /// What a split does, or would do: plan and act answer alike (X8).
    static let plan: Schema = .named("SplitPlan") {
        .object([
            .required(
                "split",
                .object([
                    .required("id", .nullable(.uuid), "Null in a plan."), .required("number", .count),
                    .required("run_id", .uuid),
                    .required("parent_id", .nullable(.uuid)), .required("quantity", .exact),
                    .required(
                        "units",
                        .array(
                            .object([
                                .required("part_inventory_id", .uuid), .required("serial_number", .nullable(.string)),
                            ])
                        ),
                        "The serialized units; none of a lot."
                    ),
                    .required("issue_id", .nullable(.uuid), "Null in a plan that would make the issue."),
                    .required("location_id", .nullable(.uuid)), .required("passed_steps", .array(passedStep)),
                ])
            ),
            .required(
                "requirements",
                .array(
                    .named("DividedRequirement") {
                        .object(
                            sides + [
                                .required("build_requirement_id", .uuid, "Of the run, or of the group that is split.")
                            ]
                        )
                    }
                )
            ),
            .required("shared", .array(.object(sharedMembers))),
            .required(
                "reserved",
                .array(
                    .object([
                        .required("part_inventory_id", .uuid, "The row that it is taken from."),
                        .required("part_number", .string), .required("serial_number", .nullable(.string)),
                        .required("quantity", .exact),
                    ])
                ),
                "What of the reserved stock follows the units (X6)."
            ),
        ])
    }

    static let unitProgress: Schema = .named("UnitProgress") {
        .object([
            .required("part_inventory_id", .uuid), .required("serial_number", .nullable(.string)),
            .required("lot_number", .nullable(.string)), .required("quantity", .exact),
            .required("run_split_id", .nullable(.uuid), "The group that it is in; null for the run's own."),
            .required("run_step_id", .nullable(.uuid), "Null for a unit that passed none."),
            .required("title", .nullable(.string)), .required("attempt", .nullable(.count)),
            .required("passed_at", .nullable(.time)),
        ])
    }
}

extension Runs {
    static let summary: [Schema.Member] = [
        .required("id", .uuid), .required("number", .count, "Counted per org from 1."), .required("title", .string),
        .required("status", .choice(statuses), "Derived from the steps (R1)."), .required("quantity", .exact),
        .required("procedure_id", .nullable(.uuid), "None where it was made without one (D7)."),
        .required("part_id", .uuid),
        .required("steps_total", .count), .required("steps_completed", .count), .required("steps_canceled", .count),
        .required("created_at", .time), .required("started_at", .nullable(.time)),
        .required("completed_at", .nullable(.time)),
        .required("completion_number", .count, "How often it was completed."), AttributeDefinitions.values,
        .required("version", .version),
    ]

    /// A run in a list.
    static let item: Schema = .named("RunItem") {
        .object(
            summary + [
                .required("part_number", .string), .required("revision", .string), .required("part_name", .string),
                .required("effective_start", .nullable(.time)), .required("effective_end", .nullable(.time)),
                .required("due_at", .nullable(.time)),
            ]
        )
    }

    /// Why a step can't be worked on (A1).
    static let stepBlockers: Schema = .array(
        .named("StepBlocker") {
            .object([
                .required("kind", .choice(["upstream", "parent"])), .required("blocking_step_id", .uuid),
                .required("title", .string), .required("state", .choice(Steps.states)),
            ])
        }
    )

    /// Why a run can't be completed (C1).
    static let completionBlockers: Schema = .array(
        .named("CompletionBlocker") {
            .object([
                .required("kind", .string), .required("rule", .string), .required("run_step_id", .nullable(.uuid)),
                .required("subject_id", .uuid), .required("what", .string), .required("clear", .string),
                .required("since", .time),
            ])
        }
    )

    /// What is remarked on a run's completion (C2).
    static let completionWarning: Schema = .named("CompletionWarning") {
        .object([
            .required("kind", .string), .required("rule", .string),
            .required("severity", .choice(["note", "warning"])),
            .required("run_step_id", .nullable(.uuid)), .required("subject_id", .uuid), .required("what", .string),
            .required("clear", .string), .required("since", .time), .required("stands", .string),
            .required("waits", .boolean), .required("acknowledged_by", .nullable(.actor)),
            .required("acknowledged_at", .nullable(.time)),
        ])
    }

    private static let act: Schema = .named("RunAct") { .object(Steps.actMembers) }

    private static let step: Schema = .named("RunStepItem") {
        .object([
            .required("id", .uuid), .required("parent_id", .nullable(.uuid)), .required("depth", .integer(1...5)),
            .required("position", Steps.place, Steps.placeMeaning), .required("title", .string),
            .required("location_id", .nullable(.uuid)),
            .required("location", .nullable(.string)), .required("required", .boolean),
            .required("sibling_id", .nullable(.uuid), "What it has in common with its siblings in a batch (K2)."),
            .required("outside_process", .boolean, "A supplier does it (O1)."),
            .required("state", .choice(Steps.states)), .required("started_at", .nullable(.time)),
            .required("completed_at", .nullable(.time)), .required("completed_by", .nullable(.actor)),
            .required("scheduled_start", .nullable(.time)), .required("scheduled_end", .nullable(.time)),
            .required("effective_start", .nullable(.time)), .required("effective_end", .nullable(.time)),
            .required("available", .boolean, "Whether it can be worked on now (A1)."),
            .required("blockers", stepBlockers), .required("upstream_ids", .array(.uuid)),
            .required("fields_total", .count), .required("fields_filled", .count), .required("version", .version),
        ])
    }

    /// What an earlier run installed in a unit that this one took, as far as it counts for a requirement (B1).
    private static let carried: Schema = .named("CarriedInstallation") {
        .object([
            .required("installation_id", .uuid), .required("run_id", .uuid, "The run that installed it."),
            .required("part_inventory_id", .uuid), .required("part_id", .uuid),
            .required("serial_number", .nullable(.string)), .required("lot_number", .nullable(.string)),
            .required("assembly_inventory_id", .uuid), .required("quantity", .exact, "How much of it counts."),
        ])
    }

    private static let requirement: Schema = .named("BuildRequirement") {
        .object([
            .required("id", .uuid), .required("run_step_id", .nullable(.uuid)), .required("part_id", .uuid),
            .required("part_number", .string), .required("revision", .string), .required("part_name", .string),
            .required("unit", .string), .required("quantity_per_unit", .exact), .required("quantity_needed", .exact),
            .required("quantity_installed", .exact, "What is its own alone."),
            .required("quantity_shared", .exact, "What it shares with units that were split off (X4)."),
            .required("quantity_excepted", .exact),
            .required("quantity_carried", .exact, "What taken units held already (B1)."),
            .required("carried", .array(carried), "The installations of earlier runs that count for it."),
            .required("reference_designators", .array(.string)),
            .required("made_on_assembly", .boolean, "Whether the run made it in its units (B7)."),
            .required(
                "made_inventory",
                .array(
                    .object([
                        .required("part_inventory_id", .uuid), .required("assembly_inventory_id", .nullable(.uuid)),
                        .required("serial_number", .nullable(.string)), .required("lot_number", .nullable(.string)),
                    ])
                ),
                "Of what is made on assembly, what is there now: what stands under it goes into one of these (B7)."
            ),
            .required("parent_id", .nullable(.uuid), "The made-on-assembly requirement that it stands under (B7)."),
            .required("quantity_per_assembly", .nullable(.exact), "Per one of the part that it stands under (B7)."),
            .required("substitute_part_ids", .array(.uuid)),
            .required("exceptions", .array(RequirementExceptions.item), "The live exceptions of it (B5)."),
        ])
    }

    /// A run with all that belongs to it.
    static let detail: Schema = .named("Run") {
        .object(
            summary + [
                .required(
                    "procedure",
                    .nullable(
                        .object([
                            .required("id", .uuid), .required("title", .string), .required("version_number", .version),
                        ])
                    ),
                    "None where it was made without one (D7)."
                ),
                .required(
                    "part",
                    .object([
                        .required("id", .uuid), .required("part_number", .string), .required("revision", .string),
                        .required("name", .string), .required("unit", .string),
                        .required("tracking", .choice(Parts.trackings)),
                    ])
                ),
                .required(
                    "units",
                    .array(
                        .object([
                            .required("part_inventory_id", .uuid), .required("serial_number", .nullable(.string)),
                            .required("lot_number", .nullable(.string)), .required("quantity", .exact),
                            .required("status", .choice(Inventory.statuses)),
                            .required("taken", .boolean, "Whether it was there before the run."),
                        ])
                    ),
                    "What the run builds (I3)."
                ),
                .required("splits", .array(Splits.shape), "The groups of units that were split off from it (X1)."),
                .required("schedule", .object(Schedule.ofRun), "When it is planned and due (H1)."),
                .required("batch", .nullable(Batches.reference), "The batch that it is in (K1)."),
                .required("steps", .array(step), "Without those that a redline withdrew (D6)."),
                .required("redlines", .array(Redlines.item)),
                .required("build_requirements", .array(requirement)),
                .required("assignments", .array(Assignments.shape), "Of the run and of its steps (S11)."),
                .required("acts", .array(act), "What can be done now with the run as a whole, and why not (S16)."),
                .required("completion_blockers", completionBlockers),
                .required(
                    "completion_warnings",
                    .array(completionWarning),
                    "All that is remarked, by what the org says (C2)."
                ),
                .required(
                    "as_built_records",
                    .array(
                        .object([
                            .required("number", .count), .required("digest", .string), .required("created_at", .time),
                            .required("superseded", .boolean, "Whether the run was reopened since (C6)."),
                        ])
                    )
                ),
                .required("reopenings", .array(Reopening.shape)),
                .required("superseded_content", .array(Reopening.content), "What it holds of superseded records (C6)."),
            ]
        )
    }

    /// An installation, live or reversed (B2, B4).
    static let installation: Schema = .named("Installation") {
        .object([
            .required("id", .uuid), .required("run_id", .uuid), .required("build_requirement_id", .uuid),
            .required("part_inventory_id", .uuid), .required("assembly_inventory_id", .nullable(.uuid)),
            .required(
                "run_split_id",
                .nullable(.uuid),
                "The group whose requirement it meets; null when it is the run's."
            ),
            .required("shared", .boolean, "Whether it may be in units of several groups of the run (X4)."),
            .required(
                "origin_id",
                .nullable(.uuid),
                "The installation that it continues, as it was resolved or merged (X5)."
            ),
            .required("quantity", .exact), .required("part_id", .uuid), .required("part_number", .string),
            .required("revision", .string), .required("serial_number", .nullable(.string)),
            .required("lot_number", .nullable(.string)), .required("made_on_assembly", .boolean),
            .required("reference_designator", .nullable(.string)), .required("installed_by", .actor),
            .required("installed_at", .time), .required("removed_by", .nullable(.actor)),
            .required("removed_at", .nullable(.time)), .required("removal_reason", .nullable(.string)),
            .required("removed_run_id", .nullable(.uuid), "The later run that took it out (B4)."),
            .required("version", .version),
        ])
    }
}

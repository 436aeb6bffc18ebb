extension Procedures {
    static let summary: [Schema.Member] = [
        .required("id", .uuid), .required("family_id", .uuid, "Shared by all versions of the procedure (P1)."),
        .required("version_number", .version), .required("title", .string), .required("description", .string),
        .required("part_id", .nullable(.uuid)), .required("state", .choice(states)),
        .required("released_at", .nullable(.time)), .required("created_at", .time),
        .required("standard", .boolean, "Whether it is a standard step, which steps of procedures refer to (P2)."),
        .required("version", .version),
    ]

    /// A version with its steps in a flat list, as it is kept.
    static let shape: Schema = .named("Procedure") { .object(members) }

    private static let members: [Schema.Member] =
        summary + [
            .required("saved_run_id", .nullable(.uuid), "The run that it was saved from (D7)."),
            AttributeDefinitions.values,
            .required("steps", .array(step)),
        ]

    /// A procedure that a run was saved as (D7).
    static let saved: Schema = .named("SavedProcedure") {
        .object(
            members + [
                .required(
                    "left_out",
                    .array(
                        .object([
                            .required("kind", .choice(["substitutes"])), .required("run_step_id", .uuid),
                            .required("procedure_step_id", .uuid), .required("title", .string, "The step's."),
                            .required("part_id", .uuid, "What is required there."), .required("part_number", .string),
                            .required("substitute_part_ids", .array(.uuid), "What the run approves in its place (B2)."),
                        ])
                    ),
                    "What the run has and a procedure's step can't: the substitutes of a step's requirements."
                )
            ]
        )
    }

    private static let step: Schema = .named("ProcedureStep") {
        .object([
            .required("id", .uuid), .required("parent_id", .nullable(.uuid)), .required("position", .count),
            .required("title", .string), .required("instructions", .string),
            .required("location_id", .nullable(.uuid)), .required("lead_time_seconds", .nullable(.count)),
            .required("required", .boolean),
            .required("lineage_id", .uuid, "The step that it is over the versions; the first one has its own id."),
            .required("outside_process", .boolean, "A supplier does it (O1)."),
            .required("standard_id", .nullable(.uuid), "The family of the standard step that it refers to (P2)."),
            AttributeDefinitions.values,
            .required("upstream_ids", .array(.uuid)),
            .required(
                "fields",
                .array(
                    .object([
                        .required("id", .uuid), .required("name", .string), .required("type", .choice(fieldTypes)),
                        .required("unit", .nullable(.string)), .required("required", .boolean),
                        .required("allow_not_applicable", .boolean), .required("options", .nullable(.array(.string))),
                        .required("signoff_role", .nullable(.string)), .required("peer", .boolean),
                        .required("meaning", .nullable(.string)), .required("batch_scope", .nullable(batchScope)),
                        .required("minimum", .nullable(.exact)), .required("maximum", .nullable(.exact)),
                        .required("target", .nullable(.exact)), .required("tolerance_minus", .nullable(.exact)),
                        .required("tolerance_plus", .nullable(.exact)), .required("datagrid", datagrid),
                        .required("compare", compare),
                    ])
                )
            ),
            .required(
                "requirements",
                .array(
                    .object([
                        .required("id", .uuid), .required("part_id", .uuid), .required("quantity_per_unit", .exact),
                        .required("reference_designators", .array(.string)),
                    ])
                )
            ),
            .required(
                "approvals",
                .array(
                    .object([
                        .required("id", .uuid), .required("role", .string), .required("approvers", .integer(1...20)),
                    ])
                ),
                "The approvals that it asks for (P5)."
            ),
        ])
    }

    /// A draft as it is written: nested steps, each with a key that others name in `after`.
    static let draft: Schema = .named("ProcedureDraft") {
        .object([
            .required("title", .text(1...200)), .optional("description", .text(0...10_000)),
            .optional("part_id", .nullable(.uuid), "The part that a run of it builds."),
            .optional("standard", .boolean, "A standard step: one step, which steps of procedures refer to (P2)."),
            AttributeDefinitions.given("A run inherits those that runs have as well (F3). Unless given, they stay."),
            .required("steps", .array(draftStep, 0...2000)),
        ])
    }

    private static let draftStep: Schema = .named("ProcedureDraftStep") { draftStepShape }

    private static let draftStepShape: Schema = .object([
        .optional("key", .text(1...100), "What other steps of the document call it in after."),
        .required("title", .text(1...200)), .optional("instructions", .text(0...100_000)),
        .optional("location_id", .nullable(.uuid)),
        .optional("lead_time_seconds", .nullable(.integer(0...2_147_483_647))),
        .optional("required", .boolean, "true, unless given."),
        .optional("lineage_id", .uuid, "The step that it was before; unless given, the one of its title, if any."),
        .optional("outside_process", .boolean, "A supplier does it: sending the units starts it (O1)."),
        .optional(
            "standard_id",
            .nullable(.uuid),
            "The family_id of a standard step: its latest release has the instructions and fields (P2)."
        ),
        AttributeDefinitions.given("What the step of a run starts with (P3, F3)."),
        .optional("after", .array(.text(1...100), 0...1000), "The keys of the steps that it waits for (P6)."),
        .optional("fields", .array(draftField, 0...1000)),
        .optional("requirements", .array(draftRequirement, 0...1000)),
        .optional(
            "approvals",
            .array(
                .object([
                    .required("role", .text(1...63, .word)),
                    .optional("approvers", .integer(1...20), "1, unless given."),
                ]),
                0...50
            ),
            "So many approvers of a role (P5)."
        ),
        .optional("steps", .array(draftStep, 0...2000), "The steps nested in it; five levels at most (P3)."),
    ])

    private static let draftField: Schema = .named("ProcedureDraftField") {
        .object(
            newFieldMembers + [
                .optional("compare", .nullable(draftCompare), "The number field that this one is held against.")
            ]
        )
    }

    /// A field as a draft or a redline defines it.
    static let newFieldMembers: [Schema.Member] =
        [.required("name", .text(1...200)), .required("type", .choice(fieldTypes))] + draftFieldMembers

    /// Whether a value is one for all runs of a batch (K3).
    static let batchScope: Schema = .choice(["per_run", "shared"])

    /// What a field is besides its name and type.
    static let draftFieldMembers: [Schema.Member] = [
        .optional("unit", .nullable(.text(1...20))), .optional("required", .boolean, "true, unless given."),
        .optional("allow_not_applicable", .boolean),
        .optional("options", .nullable(.array(.text(1...200), 1...1000)), "For select and multiselect."),
        .optional("signoff_role", .nullable(.text(1...63, .word)), "Who may sign; anyone, unless given."),
        .optional("peer", .boolean, "Signed by someone who did no work on the step."),
        .optional(
            "meaning",
            .nullable(.text(1...500, .notBlank)),
            "What the signature says: \"Performed and verified\"."
        ),
        .optional(
            "batch_scope",
            .nullable(batchScope),
            "Whether each run of a batch has its own value (K3); by the type, unless given."
        ),
        .optional("minimum", .nullable(.decimal(.limit))), .optional("maximum", .nullable(.decimal(.limit))),
        .optional("target", .nullable(.decimal(.limit))),
        .optional("tolerance_minus", .nullable(.decimal(.tolerance))),
        .optional("tolerance_plus", .nullable(.decimal(.tolerance))),
        .optional("datagrid", .nullable(draftDatagrid), "For datagrid: its columns and how many rows it takes."),
    ]

    /// What a number field is held against, as it is kept.
    static let compare: Schema = .nullable(
        .object([.required("op", .choice(comparisons)), .required("field_id", .uuid)])
    )

    /// The definition of a datagrid, as it is kept.
    static let datagrid: Schema = .nullable(
        .named("Datagrid") {
            .object([
                .required("minimum_rows", .count), .required("maximum_rows", .count),
                .required(
                    "columns",
                    .array(
                        .object([
                            .required("key", .string), .required("label", .string),
                            .required("type", .choice(columnTypes)), .required("required", .boolean),
                            .optional("unit", .string), .optional("options", .array(.string)),
                            .optional("minimum", .exact), .optional("maximum", .exact),
                        ])
                    )
                ),
            ])
        }
    )

    private static let columnTypes = [
        "text", "number", "boolean", "pass_fail", "date", "datetime", "select", "multiselect", "user", "part",
    ]

    private static let draftDatagrid: Schema = .named("DatagridDraft") {
        .object([
            .optional("minimum_rows", .integer(0...1000), "0, unless given."),
            .optional("maximum_rows", .integer(1...1000), "1,000, unless given."),
            .required(
                "columns",
                .array(
                    .object([
                        .required("key", .text(1...63, .word), "What the cells are called in a row."),
                        .required("label", .text(1...200)), .required("type", .choice(columnTypes)),
                        .optional("required", .boolean, "true, unless given."),
                        .optional("unit", .nullable(.text(1...20))),
                        .optional("options", .nullable(.array(.text(1...200), 1...1000))),
                        .optional("minimum", .nullable(.decimal(.limit))),
                        .optional("maximum", .nullable(.decimal(.limit))),
                    ]),
                    1...50
                )
            ),
        ])
    }

    private static let draftCompare: Schema = .object([
        .required("op", .choice(comparisons), "In range when the value stands so to that of the field."),
        .required("field", .text(1...200), "The name of the other field."),
        .optional("step", .nullable(.text(1...100)), "The key of its step; this step, unless given."),
    ])

    private static let draftRequirement: Schema = .object([
        .required("part_id", .uuid), .required("quantity_per_unit", .decimal(.quantity)),
        .optional("reference_designators", .array(.text(1...100), 0...10_000)),
    ])
}

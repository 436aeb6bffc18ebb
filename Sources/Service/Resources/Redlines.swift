import HTTP
import Postgres

/// Redlines: recorded changes to the steps of one run (D1, D3, D6). The acts that open and close them are moves of their
/// steps: ``StepMoves``.
enum Redlines {
    static let kinds = ["add", "modify", "remove"]
    private static let states = ["open", "submitted", "approved", "rejected", "released", "canceled"]

    private static let members: [Schema.Member] = [
        .required("id", .uuid), .required("run_id", .uuid), .required("run_step_id", .uuid),
        .required("title", .string, "The step's."), .required("number", .count, "Counted per run from 1."),
        .required("kind", .choice(kinds), "Releasing a removal withdraws the step (D6)."),
        .required("state", .choice(states)), .required("reason", .string), .required("author", .actor),
        .required("issue_id", .nullable(.uuid), "The issue that it is for (D1)."),
        .required("source_run_step_id", .nullable(.uuid), "The step of the run that the added one is a copy of."),
        .required(
            "source_procedure_step_id",
            .nullable(.uuid),
            "The procedure's step that the added one is a copy of."
        ),
        .required("came_from", .nullable(.choice(Steps.states)), "What canceling brings the step back to."),
        .required("opened_at", .time), .required("closed_by", .nullable(.actor)),
        .required("closed_at", .nullable(.time)),
        .required("applied_from_id", .nullable(.uuid), "The redline of another run that it began as (D4)."),
        .required("merged_into_id", .nullable(.uuid), "The version of the procedure that has it (D4)."),
        .required("version", .version),
    ]

    /// A redline as its run lists it.
    static let item: Schema = .named("RedlineItem") { .object(members) }

    /// A redline with the step's definition on both sides.
    static let shape: Schema = .named("Redline") {
        .object(
            members + [
                .required("before", .nullable(.object([], isOpen: true)), "The step as it was; null for an added one."),
                .required("after", .object([], isOpen: true), "As it is now or, once closed, as it was then."),
                .required("approvals", .array(RedlineApprovals.decision), "The decisions on it, void ones too (D3)."),
            ]
        )
    }

    /// What a number field is held against is a field of the run, by its id.
    private static let compare: Schema.Member = .optional("compare", Procedures.compare)

    private static let newField: Schema = .named("RedlineNewField") { .object(Procedures.newFieldMembers + [compare]) }

    /// Where a step goes: after another, first (null) or, left out, where it stands; a new one last.
    private static let after: Schema.Member = .optional(
        "after",
        .nullable(.uuid),
        "The step beside it that it comes after; null for the first place (D1)."
    )

    private static let definition: [Schema.Member] = [
        after,
        .optional("instructions", .text(0...100_000)), .optional("location_id", .nullable(.uuid)),
        .optional("lead_time_seconds", .nullable(.integer(0...2_147_483_647))), .optional("required", .boolean),
        AttributeDefinitions.given("null takes a value away, and what is not named stays (F2, F3)."),
        .optional("upstream_ids", .array(.uuid, 0...1000), "All the steps that it waits for (A4)."),
        .optional("add_fields", .array(newField, 0...1000)),
        .optional(
            "add_requirements",
            .array(
                .object(
                    [.required("part_id", .uuid), .required("quantity_per_unit", .decimal(.quantity))] + requirement
                ),
                0...1000
            ),
            "What is installed there besides, for each unit of the run (B1)."
        ),
    ]

    private static let requirement: [Schema.Member] = [
        .optional("reference_designators", .array(.text(1...100), 0...1000)),
        .optional("substitute_part_ids", .array(.uuid, 0...1000), "All that is approved in place of the part (B2)."),
    ]

    private static let changedField: Schema = .object(
        [.required("field_id", .uuid), .optional("name", .text(1...200))] + Procedures.draftFieldMembers + [compare]
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/runs/{id}/redlines",
            "The redlines of a run, each with the step before and after (D1).",
            tag: Runs.tag,
            response: .object([.required("items", .array(shape))]),
            .work(
                Document(
                    Statement(
                        "run_redlines",
                        """
                        select jsonb_build_object('items', d)::text, null::integer
                        from traveler.redlines_json($1::uuid) d where d is not null
                        """
                    ),
                    [.path("id")]
                )
            )
        ),
        Endpoint(
            .post,
            "/v1/runs/{id}/steps",
            "Adds a step to a run by a redline of its own; releasing it makes the step one to do (S1, D1).",
            tag: Runs.tag,
            bodyLimit: 1024 * 1024,
            body: .object(
                [
                    .required("reason", .text(1...1000, .notBlank)), .required("title", .text(1...200)),
                    .optional("parent_id", .nullable(.uuid), "The step that it is nested in; it comes last there."),
                    Batches.siblingRuns,
                ] + definition
            ),
            status: 201,
            response: Steps.detail,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "step_add",
                        "select body, version from traveler.answer($1, $2::integer, traveler.add_step($3::uuid, $4::jsonb))"
                    ),
                    [.path("id"), .body]
                )
            )
        ),
        Endpoint(
            .post,
            "/v1/runs/{id}/copied-steps",
            "Adds a copy of a step, with all that is nested in it, by redlines of their own; no value is copied (D1).",
            tag: Runs.tag,
            body: .object([
                .required("reason", .text(1...1000, .notBlank)),
                .optional("run_step_id", .uuid, "A step of the run; the copy waits for what it waits for."),
                .optional("procedure_step_id", .uuid, "Or a step of a released procedure."),
                .optional("title", .text(1...200), "The step's own, unless given."),
                .optional(
                    "parent_id",
                    .nullable(.uuid),
                    "Where it comes last; beside a step of the run, unless given."
                ),
                after,
                .optional("upstream_ids", .array(.uuid, 0...1000), "All the steps that it waits for (A4)."),
                Batches.siblingRuns,
            ]),
            status: 201,
            response: Steps.detail,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "step_copy",
                        "select body, version from traveler.answer($1, $2::integer, traveler.copy_step($3::uuid, $4::jsonb))"
                    ),
                    [.path("id"), .body]
                )
            )
        ),
        Endpoint(
            .patch,
            "/v1/steps/{id}",
            "Edits a step in redline: definition, place, fields, what it requires and waits for; all or nothing (S7, D1, A4).",
            tag: Steps.tag,
            bodyLimit: 1024 * 1024,
            body: .object(
                [.optional("title", .text(1...200))] + definition + [
                    .optional("change_fields", .array(changedField, 0...1000)),
                    .optional(
                        "withdraw_fields",
                        .array(.uuid, 0...1000),
                        "They are asked no more; values stay in the record."
                    ),
                    .optional(
                        "change_requirements",
                        .array(
                            .object(
                                [
                                    .required("build_requirement_id", .uuid), .optional("part_id", .uuid),
                                    .optional("quantity_per_unit", .decimal(.quantity)),
                                ] + requirement
                            ),
                            0...1000
                        ),
                        "Never below what is installed or excepted (B2)."
                    ),
                    .optional(
                        "withdraw_requirements",
                        .array(.uuid, 0...1000),
                        "Nothing is needed for them any more; what is installed is uninstalled first."
                    ),
                    .optional("remove", .boolean, "Whether releasing the redline withdraws the step (D6)."),
                    Batches.siblings,
                ]
            ),
            response: Steps.detail,
            refusals: [409, 412],
            .work(
                Act(
                    Statement(
                        "step_edit",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.edit_redline($3::uuid, $4::integer, $5::jsonb))
                        """
                    ),
                    [.path("id"), .version, .body]
                )
            )
        ),
    ]
}

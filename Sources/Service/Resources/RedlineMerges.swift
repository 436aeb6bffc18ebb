import HTTP
import Postgres

/// Merging a redline into a draft of the procedure that its run was made from (D4).
enum RedlineMerges {
    private static let sides = ["run", "procedure"]

    private static let body: Schema = .object([
        .optional(
            "procedure_step_id",
            .uuid,
            "The step of the newest version that it is of, where the versions do not say so themselves."
        ),
        .optional(
            "take",
            .object([], isOpen: true),
            "What is taken of a member: the run's, or the procedure's, as {\"title\": \"run\"}."
        ),
    ])

    private static let member: Schema = .object([
        .required("member", .string, "As title, after, field:Width, upstream:Press; step for the whole of it."),
        .required("then", .any, "In the version that the run was made from."),
        .required("now", .any, "In the newest version."), .required("run", .any, "After the redline."),
        .required("outcome", .choice(["take", "same", "conflict"])), .required("why", .nullable(.string)),
        .required("takable", .boolean, "Whether the run's can be taken."),
        .required("take", .nullable(.choice(sides)), "What the request says."),
    ])

    private static let preview: Schema = .named("RedlineMergePreview") {
        .object([
            .required("redline_id", .uuid), .required("family_id", .uuid),
            .required("then", .object([.required("procedure_id", .uuid), .required("version_number", .version)])),
            .required(
                "now",
                .object([
                    .required("procedure_id", .uuid), .required("version_number", .version),
                    .required("state", .choice(Procedures.states)),
                ])
            ),
            .required("members", .array(member), "What the redline changed."), .required("conflicts", .count),
            .required("merged_into_id", .nullable(.uuid)),
        ])
    }

    static let endpoints: [Endpoint] = [
        Endpoint(
            .post,
            "/v1/redlines/{id}/merge-preview",
            "What merging a released redline into its procedure would do; nothing is written (D4).",
            tag: Runs.tag,
            body: body,
            response: preview,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "redline_merge_preview",
                        """
                        select body, null::integer
                        from traveler.answer($1, $2::integer, traveler.redline_merge_preview($3::uuid, $4::jsonb))
                        """
                    ),
                    [.path("id"), .body]
                )
            )
        ),
        Endpoint(
            .post,
            "/v1/redlines/{id}/merge",
            "Merges a released redline into the family's draft, or a new one; conflicts are decided or refused (D4).",
            tag: Runs.tag,
            body: body,
            response: Procedures.shape,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "redline_merge",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.merge_redline($3::uuid, $4::jsonb))
                        """
                    ),
                    [.path("id"), .body]
                )
            )
        ),
    ]
}

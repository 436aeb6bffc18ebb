import HTTP
import Postgres

/// Applying a redline to other runs (D4): the same redline there, left open for its own release.
enum RedlineApplications {
    private static let sides = ["redline", "run"]

    private static let runs: [Schema.Member] = [
        .required("run_ids", .array(.uuid, 1...1000)), Batches.siblings,
        .optional(
            "take",
            .object([], isOpen: true),
            """
            Which side is taken of a member, the redline's or the run's, or of all of a kind, as \
            {"title": "redline", "field": "run"}; a conflict that nobody decides is refused.
            """
        ),
    ]

    /// A run, and its step that the redline is of; of an added one, the step around it.
    private static let place: [Schema.Member] = [
        .required("run_id", .uuid), .required("run_number", .count),
        .required("run_step_id", .nullable(.uuid), "The step there; of an added one, the step around it."),
        .required("state", .nullable(.choice(Steps.states))),
    ]

    private static let member: Schema = .object([
        .required("member", .string, "As title, after, field:Width, upstream:Press; step for the whole of it."),
        .required("before", .any, "What the redline found."), .required("now", .any, "What the run has."),
        .required("after", .any, "What the redline left."),
        .required(
            "outcome",
            .choice(["take", "same", "conflict"]),
            "take: it is as the redline found it; same: it is so already; conflict: the run has something else."
        ),
        .required("why", .nullable(.string)),
        .required("takable", .boolean, "Whether the redline's side can be taken."),
        .required("take", .nullable(.choice(sides)), "What the request says."),
        .required("written", .boolean, "Whether applying the redline writes it."),
    ])

    private static let preview: Schema = .named("RedlineApplicationPreview") {
        .object([
            .required("redline_id", .uuid), .required("kind", .choice(Redlines.kinds)),
            .required("before", .nullable(.object([], isOpen: true)), "The redline's own step, as it found it."),
            .required("after", .object([], isOpen: true), "The redline's own step, as it left it."),
            .required("able", .count, "How many of the runs could take it."),
            .required(
                "runs",
                .array(
                    .object(
                        place + [
                            .required("named", .boolean, "Whether the request names it, or a sibling of it (K3)."),
                            .required("able", .boolean), .required("code", .nullable(.string)),
                            .required("rule", .nullable(.string)),
                            .required("message", .nullable(.string), "Why it can't be applied there."),
                            .required("clear", .nullable(.string)), .required("members", .array(member)),
                        ]
                    )
                )
            ),
        ])
    }

    private static let answer: Schema = .named("RedlineApplication") {
        .object([
            .required("redline_id", .uuid),
            .required(
                "applied",
                .array(
                    .object([
                        .required("run_id", .uuid), .required("run_number", .count), .required("run_step_id", .uuid),
                        .required("redline_id", .uuid, "The redline that is open there now."),
                    ])
                )
            ),
            .required(
                "left_out",
                .array(
                    .object(
                        place + [
                            .required("code", .string), .required("rule", .string), .required("message", .string),
                            .required("clear", .nullable(.string)),
                        ]
                    )
                ),
                "Runs that can't take it, and why; those that were siblings of runs that can have left their batch."
            ),
        ])
    }

    static let endpoints: [Endpoint] = [
        Endpoint(
            .post,
            "/v1/redlines/{id}/apply-preview",
            "What applying a released redline to other runs would change in each; nothing is written (D4).",
            tag: Runs.tag,
            lane: .heavyAbove(bytes: Steps.manyBytes),
            bodyLimit: 1024 * 1024,
            body: .object(runs),
            response: preview,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "redline_application_preview",
                        """
                        select body, null::integer from traveler.answer($1, $2::integer,
                            traveler.redline_application_preview($3::uuid, $4::jsonb))
                        """
                    ),
                    [.path("id"), .body]
                )
            )
        ),
        Endpoint(
            .post,
            "/v1/redlines/{id}/apply",
            """
            Makes a released redline in other runs: the same change, in a redline that is left open there for its own \
            release. In all of them or in none, or in those that are able, the others named (D4, K3).
            """,
            tag: Runs.tag,
            lane: .heavyAbove(bytes: Steps.manyBytes),
            bodyLimit: 1024 * 1024,
            body: .object(runs + [.optional("reason", .text(1...1000, .notBlank), "The redline's own, unless given.")]),
            response: answer,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "redline_apply",
                        """
                        select body, null::integer
                        from traveler.answer($1, $2::integer, traveler.apply_redline($3::uuid, $4::jsonb))
                        """
                    ),
                    [.path("id"), .body]
                )
            )
        ),
    ]
}

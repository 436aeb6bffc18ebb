import HTTP
import Postgres

/// What the release of a redline waits for: submission, and approvals by the org's policy (D1, D3).
enum RedlineApprovals {
    private static let voidReasons = ["changed", "withdrawn"]

    /// A decision on a redline.
    static let decision: Schema = .named("RedlineApproval") {
        .object([
            .required("id", .uuid), .required("role", .string),
            .required("decision", .choice(["approved", "rejected"])),
            .required("reason", .nullable(.string)), .required("user_id", .uuid),
            .required("principal_id", .uuid, "In whose authority: it counts once."),
            .required("delegation_id", .nullable(.uuid)),
            .required("content_digest", .string, "SHA-256 of the kind and definition that were decided on."),
            .required("decided_at", .time), .required("voided_at", .nullable(.time)),
            .required(
                "void_reason",
                .nullable(.choice(voidReasons)),
                "changed: edited since; withdrawn: decided anew by the same person."
            ),
        ])
    }

    /// What the org asks for, as its settings have it.
    static let policy: Schema = .array(
        .object([.required("role", .text(1...63, .word)), .optional("approvers", .integer(1...20), "1 unless given.")]),
        0...100
    )

    private static func move(_ act: String) -> Act {
        Act(
            Statement(
                "redline_move",
                """
                select body, version
                from traveler.answer($1, $2::integer, traveler.move_redline($3, $4::uuid, $5::integer))
                """
            ),
            [.constant(act), .path("id"), .version]
        )
    }

    private static func decide(_ decision: String) -> Act {
        Act(
            Statement(
                "redline_decide",
                """
                select body, version from traveler.answer($1, $2::integer,
                    traveler.decide_redline($3, $4::uuid, $5::integer, $6::jsonb))
                """
            ),
            [.constant(decision), .path("id"), .version, .body]
        )
    }

    private static let role: Schema.Member = .optional(
        "role",
        .text(1...63, .word),
        "In which of the roles that the org asks for; unless given, in all that the caller may decide in."
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/redlines/{id}",
            "A redline with the step before and after, and the decisions on it (D1).",
            tag: Runs.tag,
            response: Redlines.shape,
            .work(
                Document(
                    Statement(
                        "redline_read",
                        """
                        select d::text, (d ->> 'version')::integer
                        from traveler.redline_json($1::uuid) d where d is not null
                        """
                    ),
                    [.path("id")]
                )
            )
        ),
        Endpoint(
            .patch,
            "/v1/redlines/{id}",
            "Links an open redline to the issue that it is for, or to none (D1).",
            tag: Runs.tag,
            body: .object([.optional("issue_id", .nullable(.uuid))]),
            response: Redlines.shape,
            refusals: [403, 409, 412],
            .work(
                Act(
                    Statement(
                        "redline_change",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.change_redline($3::uuid, $4::integer, $5::jsonb))
                        """
                    ),
                    [.path("id"), .version, .body]
                )
            )
        ),
        Endpoint(
            .post,
            "/v1/redlines/{id}/submit",
            "Submits a redline for the approvals that the org asks for; an edit opens it again (D1).",
            tag: Runs.tag,
            response: Redlines.shape,
            refusals: [403, 409, 412],
            .work(move("submit"))
        ),
        Endpoint(
            .post,
            "/v1/redlines/{id}/reopen",
            "Opens a submitted, approved or rejected redline again: what was decided is void (D3).",
            tag: Runs.tag,
            response: Redlines.shape,
            refusals: [403, 409, 412],
            .work(move("reopen"))
        ),
        Endpoint(
            .post,
            "/v1/redlines/{id}/approve",
            "Approves a submitted redline in a role that the org asks for (D3).",
            tag: Runs.tag,
            body: .object([role]),
            response: Redlines.shape,
            refusals: [403, 409, 412],
            .work(decide("approved"))
        ),
        Endpoint(
            .post,
            "/v1/redlines/{id}/reject",
            "Rejects a submitted redline, with a reason: it is edited and submitted again, or canceled (D1).",
            tag: Runs.tag,
            body: .object([.required("reason", .text(1...1000, .notBlank), "Why, for the record."), role]),
            response: Redlines.shape,
            refusals: [403, 409, 412],
            .work(decide("rejected"))
        ),
    ]
}

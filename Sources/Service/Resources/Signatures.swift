import HTTP
import Postgres

/// Signatures over steps: sign-offs, approvals (P5), deviations (D5). Where the org asks for it, whoever signs gives
/// their password again.
enum Signatures {
    static let tag = "Signatures"
    private static let kinds = ["step", "field", "approval", "deviation"]
    private static let voidReasons = ["changed", "attempt", "withdrawn"]

    /// The password in a body that signs.
    static let password: Schema.Member = .optional(
        "password",
        .text(1...1000),
        "The caller's own, where the org asks for it with a signature."
    )

    private static let voided: [Schema.Member] = [
        .required("voided_at", .nullable(.time)),
        .required("void_reason", .nullable(.choice(voidReasons)), "Why it is void: changed means stale (S13, S14)."),
    ]

    private static let common: [Schema.Member] =
        [
            .required("id", .uuid), .required("kind", .choice(kinds)), .required("run_step_field_id", .nullable(.uuid)),
            .required("attempt", .count), .required("meaning", .string), .required("signed_by", .actor),
            .required("printed_name", .string, "The signer's name as it was then."),
            .required("role", .nullable(.string)), .required("signed_at", .time),
            .required("digest", .string, "SHA-256 of the document that was signed."),
        ] + voided

    /// A signature, as its step lists it.
    static let item: Schema = .named("Signature") {
        .object(common + [.required("approval_id", .nullable(.uuid)), .required("deviation_id", .nullable(.uuid))])
    }

    /// A signature with what was signed.
    private static let detail: Schema = .named("SignatureDetail") {
        .object(
            common + [
                .required("run_id", .uuid), .required("run_step_id", .uuid),
                .required("covers", .array(.uuid), "The live signatures that it was given over."),
                .required("document", .string, "What was signed: canonical JSON."),
                .required("unchanged", .boolean, "Whether the step still reads so."), .required("version", .version),
            ]
        )
    }

    /// Approvals that a step asks for, with every decision.
    static let approval: Schema = .named("StepApproval") {
        .object([
            .required("id", .uuid), .required("role", .string), .required("approvers", .integer(1...20)),
            .required("given", .count), .required("refused", .boolean),
            .required(
                "decisions",
                .array(
                    .object(
                        [
                            .required("id", .uuid), .required("decision", .choice(["approved", "refused"])),
                            .required("reason", .nullable(.string)), .required("user_id", .uuid),
                            .required("principal_id", .uuid, "In whose authority: it counts once."),
                            .required("delegation_id", .nullable(.uuid)), .required("attempt", .count),
                            .required("decided_at", .time),
                        ] + voided
                    )
                )
            ),
        ])
    }

    /// An out-of-range value that was accepted.
    static let deviation: Schema = .named("Deviation") {
        .object(
            [
                .required("id", .uuid), .required("run_id", .uuid), .required("run_step_id", .uuid),
                .required("run_step_field_id", .uuid), .required("attempt", .count),
                .required("value", .any, "The value that it covers, and no other."), .required("rationale", .string),
                .required("accepted_by", .actor), .required("accepted_at", .time), .required("version", .version),
            ] + voided
        )
    }

    private static let decision = Statement(
        "approval_decide",
        """
        select body, version from traveler.answer($1, $2::integer,
            traveler.decide_approval($3, $4::uuid, $5::integer, $6::jsonb))
        """
    )

    private static func decide(_ decision: String) -> Act {
        Act(Self.decision, [.constant(decision), .path("id"), .version, .body])
    }

    private static let sign = Act(
        Statement(
            "steps_sign",
            "select body, version from traveler.answer($1, $2::integer, traveler.sign_steps($3::uuid[], $4::integer))"
        ),
        [.ids, .version]
    )

    private static let role: Schema.Member = .optional(
        "role",
        .text(1...63, .word),
        "In which of the roles that the step asks for; unless given, in all that the caller may decide in."
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .post,
            "/v1/steps/{id}/sign",
            "Gives the sign-off of a completed step again that went stale by a correction (S13).",
            tag: tag,
            lane: .signing(manyBytes: Steps.manyBytes),
            body: .object([password]),
            response: Steps.acted,
            refusals: [403, 409, 412],
            .work(sign)
        ),
        Endpoint(
            .post,
            "/v1/steps/{id}/approve",
            "Approves a step in progress in a role that it asks for (P5).",
            tag: tag,
            lane: .signing(manyBytes: Steps.manyBytes),
            body: .object([role, password]),
            response: Steps.acted,
            refusals: [403, 409, 412],
            .work(decide("approved"))
        ),
        Endpoint(
            .post,
            "/v1/steps/{id}/refuse-approval",
            "Refuses to approve a step, with a reason: it stands in the way until decided anew (P5).",
            tag: tag,
            body: .object([.required("reason", .text(1...1000, .notBlank), "Why, for the record."), role]),
            response: Steps.acted,
            refusals: [403, 409, 412],
            .work(decide("refused"))
        ),
        Endpoint(
            .post,
            "/v1/fields/{id}/deviations",
            "Accepts the out-of-range value that a field of a run's step has now (D5).",
            tag: tag,
            lane: .signing(manyBytes: Steps.manyBytes),
            body: .object([.required("rationale", .text(1...2000, .notBlank)), password]),
            status: 201,
            response: deviation,
            refusals: [403, 404, 409],
            .work(
                Act(
                    Statement(
                        "deviation_accept",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.accept_deviation($3::uuid, $4::jsonb))
                        """
                    ),
                    [.path("id"), .body]
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/signatures/{id}",
            "A signature with exactly what was signed, and whether it still stands so.",
            tag: tag,
            response: detail,
            .work(
                Document(
                    Statement(
                        "signature_read",
                        """
                        select d::text, (d ->> 'version')::integer
                        from traveler.signature_json($1::uuid) d where d is not null
                        """
                    ),
                    [.path("id")]
                )
            )
        ),
    ]
}

import HTTP
import Postgres

/// Who lets whom approve in a role of theirs, and until when (P5).
enum ApprovalDelegations {
    private static let shape: Schema = .named("ApprovalDelegation") {
        .object([
            .required("id", .uuid), .required("from_user_id", .uuid), .required("to_user_id", .uuid),
            .required("role", .string), .required("valid_from", .time), .required("valid_to", .time),
            .required("reason", .string), .required("ended_at", .nullable(.time), "Taken back before its time."),
            .required("created_at", .time), .required("version", .version),
        ])
    }

    private static let list = RowItems(
        Statement(
            "approval_delegation_list",
            """
            select d.id, d.from_user_id, d.to_user_id, r.name as role, d.valid_from, d.valid_to, d.reason, d.ended_at,
                d.created_at, d.version
            from traveler.approval_delegation d join traveler.role r on r.org_id = d.org_id and r.id = d.role_id
            where d.org_id = $1::uuid and d.ended_at is null and d.valid_to > now() order by d.id
            """
        ),
        [.org]
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/approval-delegations",
            "The delegations that hold now or will.",
            tag: Signatures.tag,
            response: RowItems.shape(shape),
            .work(list)
        ),
        Endpoint(
            .post,
            "/v1/approval-delegations",
            "Lets someone else approve in a role that the caller holds, for a time (P5).",
            tag: Signatures.tag,
            body: .object([
                .required("to_user_id", .uuid), .required("role", .text(1...63, .word)),
                .optional("valid_from", .time, "Now, unless given."), .required("valid_to", .time),
                .required("reason", .text(1...1000, .notBlank)),
            ]),
            status: 201,
            response: shape,
            refusals: [403],
            .work(
                Act(
                    Statement(
                        "approval_delegation_create",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.create_approval_delegation($3::jsonb))
                        """
                    ),
                    [.body]
                )
            )
        ),
        Endpoint(
            .post,
            "/v1/approval-delegations/{id}/end",
            "Takes a delegation back before its time; what was approved under it stays.",
            tag: Signatures.tag,
            response: shape,
            refusals: [403, 409, 412],
            .work(
                Act(
                    Statement(
                        "approval_delegation_end",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.end_approval_delegation($3::uuid, $4::integer))
                        """
                    ),
                    [.path("id"), .version]
                )
            )
        ),
    ]
}

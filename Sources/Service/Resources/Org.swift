import HTTP
import Postgres

/// The org's settings and its lists of reasons.
enum Org {
    static let tag = "Org"
    private static let policies = ["off", "optional", "required"]
    private static let gates = ["note", "warning", "gate"]
    /// What reasons are offered for: acts on steps, and the causes of issues.
    private static let acts = ["hold", "fail", "cancel", "redline", "reset", "reopen", "issue"]

    private static let shape: Schema = .named("Org") {
        .object([
            .required("org_id", .uuid), .required("slug", .string), .required("name", .string),
            .required("move_on_start", .boolean, "Whether starting a step moves the assembly to its location (S3)."),
            .required("complete_by_act", .boolean, "Whether completion always waits for its act (C3)."),
            .required("fail_reason", .choice(policies), "Whether failing a step asks why (S10)."),
            .required("cancel_reason", .choice(policies), "Whether canceling a step asks why (S10)."),
            .required("fail_creates_issue", .boolean, "Whether failing a step creates an issue (S6)."),
            .required("assignment_restricts", .boolean, "Whether only assignees may work on an assigned step (S11)."),
            .required("signature_password", .boolean, "Whether whoever signs gives their password again."),
            .required("deviation_by_enterer", .boolean, "Whether who entered a value may accept its deviation (D5)."),
            .required("redline_approvals", RedlineApprovals.policy, "What releasing a redline needs (D3)."),
            .required(
                "session_limit_minutes",
                .integer(1...10080),
                "A labor session longer than this is flagged (L5)."
            ),
            .required("open_issue_policy", .choice(gates), "What open issues are to completion (C2)."),
            .required("accepted_deviation_policy", .choice(gates), "What accepted deviations are to completion (C2)."),
            .required("undone_step_policy", .choice(gates), "What optional steps left undone are to completion (C2)."),
            .required(
                "unmerged_redline_policy",
                .choice(gates),
                "What released redlines that the procedure lacks are to completion (C2)."
            ),
            .required("attachment_limit_bytes", .integer(1_048_576...10_737_418_240), "The greatest attachment (P4)."),
            .required("created_at", .time), .required("version", .version),
        ])
    }

    private static let reason: Schema = .named("Reason") {
        .object([
            .required("id", .uuid), .required("act", .choice(acts)), .required("label", .string),
            .required("archived_at", .nullable(.time)), .required("created_at", .time), .required("version", .version),
        ])
    }

    private static let reasons = RowItems(
        Statement(
            "reason_list",
            """
            select r.id, r.act, r.label, r.archived_at, r.created_at, r.version from traveler.reason r
            where r.org_id = $1::uuid and r.archived_at is null order by r.act, r.label
            """
        ),
        [.org]
    )

    private static let read = Document(
        Statement(
            "org_read",
            "select d::text, (d ->> 'version')::integer from traveler.org_json() d where d is not null"
        ),
        []
    )

    private static let change = Act(
        Statement(
            "org_change",
            "select body, version from traveler.answer($1, $2::integer, traveler.change_org($3::integer, $4::jsonb))"
        ),
        [.version, .body]
    )

    private static let createReason = Act(
        Statement(
            "reason_create",
            "select body, version from traveler.answer($1, $2::integer, traveler.create_reason($3::jsonb))"
        ),
        [.body]
    )

    private static let archiveReason = Act(
        Statement(
            "reason_archive",
            "select body, version from traveler.answer($1, $2::integer, traveler.archive_reason($3::uuid, $4::integer))"
        ),
        [.path("id"), .version]
    )

    static let endpoints: [Endpoint] = [
        Endpoint(.get, "/v1/org", "The caller's org with its settings.", tag: tag, response: shape, .work(read)),
        Endpoint(
            .patch,
            "/v1/org",
            "Changes the org's settings.",
            tag: tag,
            body: .object([
                .optional("name", .text(1...200)), .optional("move_on_start", .boolean),
                .optional("complete_by_act", .boolean), .optional("fail_reason", .choice(policies)),
                .optional("cancel_reason", .choice(policies)), .optional("fail_creates_issue", .boolean),
                .optional("assignment_restricts", .boolean), .optional("open_issue_policy", .choice(gates)),
                .optional("accepted_deviation_policy", .choice(gates)),
                .optional("undone_step_policy", .choice(gates)), .optional("unmerged_redline_policy", .choice(gates)),
                .optional("session_limit_minutes", .integer(1...10080)),
                .optional("attachment_limit_bytes", .integer(1_048_576...10_737_418_240)),
                .optional("signature_password", .boolean), .optional("deviation_by_enterer", .boolean),
                .optional("redline_approvals", RedlineApprovals.policy, "All that it needs from now on (D3)."),
            ]),
            response: shape,
            refusals: [412],
            .work(change)
        ),
        Endpoint(
            .get,
            "/v1/reasons",
            "The reasons that the org offers for its acts (S10).",
            tag: tag,
            response: RowItems.shape(reason),
            .work(reasons)
        ),
        Endpoint(
            .post,
            "/v1/reasons",
            "Adds a reason to the list of an act.",
            tag: tag,
            body: .object([.required("act", .choice(acts)), .required("label", .text(1...200))]),
            status: 201,
            response: reason,
            refusals: [409],
            .work(createReason)
        ),
        Endpoint(
            .post,
            "/v1/reasons/{id}/archive",
            "Takes a reason off its list.",
            tag: tag,
            response: reason,
            refusals: [409, 412],
            .work(archiveReason)
        ),
    ]
}

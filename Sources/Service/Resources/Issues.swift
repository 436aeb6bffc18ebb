import HTTP
import Postgres

/// Issues: what went wrong, what was decided about it, and what it keeps from being used (Q1).
enum Issues {
    static let tag = "Issues"

    private static let list = AttributeListPage(
        plain: plain,
        statement: Statement(
            "issue_list_by_attributes",
            """
            select i.id, i.number, i.title, i.description, i.state, i.cause, i.run_id, i.run_step_id, i.assigned_to, i.created_by,
                i.created_at, i.version, t.name as disposition, i.resolved_at, i.attributes,
                f.value, f.record_number, f.record_id
            from traveler.records_by_attributes('issue', $6::jsonb, $7::text, $8::boolean, $2::integer, $3::text, $4::bigint,
                $5::uuid, $9::jsonb) with ordinality f (record_id, record_number, value, place)
            join traveler.issue i on i.org_id = $1::uuid and i.id = f.record_id
            left join traveler.disposition_type t on t.org_id = i.org_id and t.id = i.disposition_type_id
            order by f.place
            """
        )
    )

    private static let plain = ListPage(
        [
            ListPage.Sort(
                name: "-number",
                statement: Statement(
                    "issue_list",
                    """
                    select i.id, i.number, i.title, i.description, i.state, i.cause, i.run_id, i.run_step_id, i.assigned_to,
                        i.created_by, i.created_at, i.version, t.name as disposition, i.resolved_at,
                        i.attributes, i.number
                    from traveler.issue i
                    left join traveler.disposition_type t on t.org_id = i.org_id and t.id = i.disposition_type_id
                    where i.org_id = $1::uuid and ($3::bigint is null or i.number < $3)
                        and ($4::uuid is null or i.run_id = $4) and ($5::text is null or i.state = $5)
                        and ($6::boolean is null or $6 = (i.state <> 'resolved')) and ($7::uuid is null or i.assigned_to = $7)
                        and ($8::uuid is null or i.id in (select l.issue_id from traveler.issue_inventory l
                            where l.org_id = $1::uuid and l.part_inventory_id = $8 and l.unlinked_at is null))
                        and ($9::text is null or position(lower($9) in lower(i.title || ' ' || i.description)) > 0)
                    order by i.number desc limit $2::integer
                    """
                ),
                key: [.integer]
            )
        ],
        filters: [
            QueryParameter("run_id", .uuid, "The issues of this run."),
            QueryParameter("state", .choice(states), "Issues in this state."),
            QueryParameter("open", .boolean, "Issues that are not resolved, or that are."),
            QueryParameter("assigned_to", .uuid, "The issues of this user."),
            QueryParameter("part_inventory_id", .uuid, "The issues about this row of part inventory."),
            QueryParameter("search", .text(2...100), "Issues with this in their title or description."),
        ]
    )

    private static let read = Document(
        Statement(
            "issue_read",
            "select d::text, (d ->> 'version')::integer from traveler.issue_json($1::uuid) d where d is not null"
        ),
        [.path("id")]
    )

    private static let create = Act(
        Statement(
            "issue_create",
            "select body, version from traveler.answer($1, $2::integer, traveler.create_issue($3::jsonb))"
        ),
        [.body]
    )

    private static let change = Act(
        Statement(
            "issue_change",
            """
            select body, version
            from traveler.answer($1, $2::integer, traveler.change_issue($3::uuid, $4::integer, $5::jsonb))
            """
        ),
        [.path("id"), .version, .body]
    )

    private static let dispose = Act(
        Statement(
            "issue_dispose",
            """
            select body, version
            from traveler.answer($1, $2::integer, traveler.dispose_issue($3::uuid, $4::integer, $5::jsonb))
            """
        ),
        [.path("id"), .version, .body]
    )

    private static let approve = Act(
        Statement(
            "issue_approve",
            "select body, version from traveler.answer($1, $2::integer, traveler.approve_issue($3::uuid, $4::integer))"
        ),
        [.path("id"), .version]
    )

    private static let link = Act(
        Statement(
            "issue_link",
            "select body, version from traveler.answer($1, $2::integer, traveler.link_issue($3::uuid, $4::jsonb))"
        ),
        [.path("id"), .body]
    )

    private static let unlink = Act(
        Statement(
            "issue_unlink",
            "select body, version from traveler.answer($1, $2::integer, traveler.unlink_issue($3::uuid, $4::jsonb))"
        ),
        [.path("id"), .body]
    )

    private static let comment = Act(
        Statement(
            "issue_comment",
            "select body, version from traveler.answer($1, $2::integer, traveler.comment_issue($3::uuid, $4))"
        ),
        [.path("id"), .member("body")]
    )

    private static let move = Statement(
        "issue_move",
        "select body, version from traveler.answer($1, $2::integer, traveler.move_issue($3, $4::uuid, $5::integer, $6))"
    )

    private static let reason = Schema.text(1...1000, .notBlank)
    private static let rows = Schema.Member.required("part_inventory_ids", .array(.uuid, 1...1000))

    private static func act(_ name: String, _ summary: String, _ body: [Schema.Member]? = nil, _ work: Act) -> Endpoint
    {
        Endpoint(
            .post,
            "/v1/issues/{id}/\(name)",
            summary,
            tag: tag,
            body: body.map { .object($0) },
            response: detail,
            refusals: work.takesVersion ? [409, 412] : [409],
            .work(work)
        )
    }

    private static func move(_ name: String, _ summary: String, _ body: [Schema.Member]? = nil) -> Endpoint {
        act(name, summary, body, Act(move, [.constant(name), .path("id"), .version, .member("reason")]))
    }

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/issues",
            "The issues of the org, newest first (Q1).",
            tag: tag,
            query: list.parameters,
            response: ListPage.shape(item),
            .work(list)
        ),
        Endpoint(
            .post,
            "/v1/issues",
            "Reports an issue. Inventory that it is about is kept from being used until it is disposed (Q1, I2).",
            tag: tag,
            body: .object([
                .required("title", .text(1...300, .notBlank)), .optional("description", .text(0...20_000)),
                .optional("cause", .text(1...300, .notBlank), "One of the org's reasons for issues, or free text."),
                .optional("run_id", .uuid), .optional("run_step_id", .uuid), .optional("assigned_to", .uuid),
                .optional("part_inventory_ids", .array(.uuid, 0...1000)), AttributeDefinitions.given(""),
            ]),
            status: 201,
            response: detail,
            .work(create)
        ),
        Endpoint(
            .get,
            "/v1/issues/{id}",
            "An issue with its disposition, approvals, inventory, comments, and what its caller may do.",
            tag: tag,
            response: detail,
            .work(read)
        ),
        Endpoint(
            .patch,
            "/v1/issues/{id}",
            "Changes what is written of an open issue, and whom it is assigned to.",
            tag: tag,
            body: .object([
                .optional("title", .text(1...300, .notBlank)), .optional("description", .text(0...20_000)),
                .optional("cause", .nullable(.text(1...300, .notBlank))), .optional("assigned_to", .nullable(.uuid)),
                AttributeDefinitions.given("null takes a value away, and what is not named stays (F2)."),
            ]),
            response: detail,
            refusals: [409, 412],
            .work(change)
        ),
        act(
            "dispose",
            "Sets the disposition, or changes it: the issue goes back to pending and is approved anew (Q1).",
            [.required("disposition_type_id", .uuid), .optional("note", .text(1...4000, .notBlank))],
            dispose
        ),
        act("approve", "Approves the disposition, for the roles that it waits for and the caller holds.", nil, approve),
        move("start", "Takes an issue that is disposed into progress."),
        move("submit", "Submits an issue for its review."),
        move("return", "Returns an issue from its review; a reason is asked.", [.required("reason", reason)]),
        move(
            "resolve",
            "Resolves an issue that is approved, by a role that its disposition names.",
            [.optional("reason", reason)]
        ),
        move("reopen", "Opens a resolved issue again; a reason is asked.", [.required("reason", reason)]),
        act("link", "Links inventory to an open issue, which then decides whether it may be used (I2).", [rows], link),
        act("unlink", "Takes inventory off an open issue.", [rows, .optional("reason", reason)], unlink),
        act(
            "comment",
            "Says something to an issue, in whatever state it is.",
            [.required("body", .text(1...10_000, .notBlank))],
            comment
        ),
        History.endpoint(
            "/v1/issues/{id}/history",
            "The transaction history of an issue, newest first (Y1).",
            tag: tag,
            Statement(
                "issue_history",
                """
                select h::text, (h -> -1 ->> 'seq')::bigint
                from traveler.issue x, traveler.history_json(x.id, $3::bigint, $4::integer) h
                where x.org_id = $1::uuid and x.id = $2::uuid
                """
            )
        ),
    ]
}

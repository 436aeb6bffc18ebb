import HTTP
import Postgres

/// Procedures: drafts, review, release, versions (P1-P6).
enum Procedures {
    static let tag = "Procedures"
    static let states = ["draft", "in_review", "released", "archived"]
    static let fieldTypes = [
        "text", "number", "boolean", "pass_fail", "datetime", "date", "select", "multiselect", "signoff", "user",
        "part", "tool", "datagrid", "file",
    ]
    static let comparisons = ["<", "<=", "=", ">=", ">"]

    private static let list = AttributeListPage(
        plain: plain,
        statement: Statement(
            "procedure_list_by_attributes",
            """
            select p.id, p.family_id, p.version_number, p.title, p.description, p.part_id, p.state, p.released_at, p.created_at,
                p.standard, p.attributes, p.version,
                f.value, f.record_number, f.record_id
            from traveler.records_by_attributes('procedure', $6::jsonb, $7::text, $8::boolean, $2::integer, $3::text, $4::bigint,
                $5::uuid, $9::jsonb) with ordinality f (record_id, record_number, value, place)
            join traveler.procedure p on p.org_id = $1::uuid and p.id = f.record_id
            order by f.place
            """
        )
    )

    private static let plain = ListPage(
        [
            ListPage.Sort(
                name: "-id",
                statement: Statement(
                    "procedure_list",
                    """
                    select p.id, p.family_id, p.version_number, p.title, p.description, p.part_id, p.state, p.released_at,
                        p.created_at, p.standard, p.attributes, p.version, p.id
                    from traveler.procedure p
                    where p.org_id = $1::uuid and ($3::uuid is null or p.id < $3)
                        and ($4::uuid is null or p.family_id = $4) and ($5::uuid is null or p.part_id = $5)
                        and ($6::text is null or p.state = $6) and ($7::boolean is null or p.standard = $7)
                    order by p.id desc limit $2::integer
                    """
                ),
                key: [.uuid]
            )
        ],
        filters: [
            QueryParameter("family_id", .uuid, "The versions of one procedure."),
            QueryParameter("part_id", .uuid, "Procedures that build this part."),
            QueryParameter("state", .choice(states), "Versions in this state."),
            QueryParameter("standard", .boolean, "Standard steps, or procedures that are none (P2)."),
        ]
    )

    private static func move(_ word: String, _ summary: String, to state: String) -> Endpoint {
        Endpoint(
            .post,
            "/v1/procedures/{id}/\(word)",
            summary,
            tag: tag,
            response: shape,
            refusals: [409, 412],
            .work(Act(moveStatement, [.path("id"), .version, .constant(state)]))
        )
    }

    private static let moveStatement = Statement(
        "procedure_move",
        "select body, version from traveler.answer($1, $2::integer, traveler.move_procedure($3::uuid, $4::integer, $5))"
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/procedures",
            "The versions of all procedures, newest first.",
            tag: tag,
            query: list.parameters,
            response: ListPage.shape(.named("ProcedureItem") { .object(summary + [AttributeDefinitions.values]) }),
            .work(list)
        ),
        Endpoint(
            .post,
            "/v1/procedures",
            "Drafts the first version of a procedure (P1).",
            tag: tag,
            lane: .heavyAbove(bytes: 16 * 1024),
            bodyLimit: 4 * 1024 * 1024,
            body: draft,
            status: 201,
            response: shape,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "procedure_create",
                        "select body, version from traveler.answer($1, $2::integer, traveler.create_procedure($3::jsonb))"
                    ),
                    [.body]
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/procedures/{id}",
            "A version of a procedure with its steps, fields, dependencies and requirements.",
            tag: tag,
            response: shape,
            .work(
                Document(
                    Statement(
                        "procedure_read",
                        "select d::text, (d ->> 'version')::integer from traveler.procedure_json($1::uuid) d where d is not null"
                    ),
                    [.path("id")]
                )
            )
        ),
        Endpoint(
            .put,
            "/v1/procedures/{id}",
            "Replaces the content of a draft (P1).",
            tag: tag,
            lane: .heavyAbove(bytes: 16 * 1024),
            bodyLimit: 4 * 1024 * 1024,
            body: draft,
            response: shape,
            refusals: [409, 412],
            .work(
                Act(
                    Statement(
                        "procedure_replace",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.replace_procedure($3::uuid, $4::integer, $5::jsonb))
                        """
                    ),
                    [.path("id"), .version, .body]
                )
            )
        ),
        move("submit", "Submits a draft for review (P1).", to: "in_review"),
        move("return", "Returns a version in review to its author as a draft (P1).", to: "draft"),
        move("release", "Releases a version and archives the one before it (P1).", to: "released"),
        move("archive", "Archives a version (P1).", to: "archived"),
        Endpoint(
            .post,
            "/v1/procedures/{id}/new-version",
            "Drafts the next version of a procedure from this one (P1).",
            tag: tag,
            lane: .heavy,
            status: 201,
            response: shape,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "procedure_new_version",
                        "select body, version from traveler.answer($1, $2::integer, traveler.new_procedure_version($3::uuid))"
                    ),
                    [.path("id")]
                )
            )
        ),
        History.endpoint(
            "/v1/procedures/{id}/history",
            "The transaction history of a version of a procedure, newest first (Y1).",
            tag: tag,
            Statement(
                "procedure_history",
                """
                select h::text, (h -> -1 ->> 'seq')::bigint
                from traveler.procedure x, traveler.history_json(x.id, $3::bigint, $4::integer) h
                where x.org_id = $1::uuid and x.id = $2::uuid
                """
            )
        ),
    ]
}

import HTTP
import Postgres

/// Tools and their calibration (P4).
enum Tools {
    static let tag = "Tools"

    private static let shape: Schema = .named("Tool") {
        .object([
            .required("id", .uuid), .required("number", .string), .required("name", .string),
            .required("serial_number", .nullable(.string)),
            .required("calibration_due", .nullable(.string), "The last day (UTC) that it may be used on."),
            .required("overdue", .boolean, "Whether its calibration is overdue: it can't be used (P4)."),
            .required("archived_at", .nullable(.time)), .required("created_at", .time), .required("version", .version),
        ])
    }

    private static let list = ListPage(
        [
            ListPage.Sort(
                name: "number",
                statement: Statement(
                    "tool_list",
                    """
                    select t.id, t.number, t.name, t.serial_number, t.calibration_due::text,
                        coalesce(t.calibration_due < (now() at time zone 'UTC')::date, false) as overdue, t.archived_at,
                        t.created_at, t.version, t.number
                    from traveler.tool t
                    where t.org_id = $1::uuid and ($3::text is null or t.number > $3)
                        and ($4::boolean is null or $4 = (t.archived_at is not null))
                        and ($5::boolean is null
                            or $5 = coalesce(t.calibration_due < (now() at time zone 'UTC')::date, false))
                    order by t.number limit $2::integer
                    """
                ),
                key: [.text]
            )
        ],
        filters: [
            QueryParameter("archived", .boolean, "Tools that are, or aren't, archived."),
            QueryParameter("overdue", .boolean, "Tools whose calibration is, or isn't, overdue."),
        ]
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/tools",
            "The tools of the org.",
            tag: tag,
            query: list.parameters,
            response: ListPage.shape(shape),
            .work(list)
        ),
        Endpoint(
            .post,
            "/v1/tools",
            "Registers a tool.",
            tag: tag,
            body: .object([
                .required("number", .text(1...100), "Unique in the org; it never changes."),
                .required("name", .text(1...200)),
                .optional("serial_number", .nullable(.text(1...100))),
                .optional("calibration_due", .nullable(.text(10...10, .day)), "The last day (UTC) of its use."),
            ]),
            status: 201,
            response: shape,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "tool_create",
                        "select body, version from traveler.answer($1, $2::integer, traveler.create_tool($3::jsonb))"
                    ),
                    [.body]
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/tools/{id}",
            "A tool.",
            tag: tag,
            response: shape,
            .work(
                Document(
                    Statement(
                        "tool_read",
                        "select d::text, (d ->> 'version')::integer from traveler.tool_json($1::uuid) d where d is not null"
                    ),
                    [.path("id")]
                )
            )
        ),
        Endpoint(
            .patch,
            "/v1/tools/{id}",
            "Changes a tool, records when its calibration is due next, or archives it.",
            tag: tag,
            body: .object([
                .optional("name", .text(1...200)), .optional("serial_number", .nullable(.text(1...100))),
                .optional("calibration_due", .nullable(.text(10...10, .day)), "null: it needs no calibration."),
                .optional("archived", .boolean),
            ]),
            response: shape,
            refusals: [412],
            .work(
                Act(
                    Statement(
                        "tool_change",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.change_tool($3::uuid, $4::integer, $5::jsonb))
                        """
                    ),
                    [.path("id"), .version, .body]
                )
            )
        ),
        History.endpoint(
            "/v1/tools/{id}/history",
            "The transaction history of a tool, newest first (Y1): its calibrations among the rest.",
            tag: tag,
            Statement(
                "tool_history",
                """
                select h::text, (h -> -1 ->> 'seq')::bigint
                from traveler.tool x, traveler.history_json(x.id, $3::bigint, $4::integer) h
                where x.org_id = $1::uuid and x.id = $2::uuid
                """
            )
        ),
    ]
}

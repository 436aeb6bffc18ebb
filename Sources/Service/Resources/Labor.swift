import HTTP
import Postgres

/// Labor sessions: who worked on which step, and when (L1-L3, L5).
enum Labor {
    static let tag = "Labor"

    private static let session: [Schema.Member] = [
        .required("id", .uuid), .required("run_id", .uuid), .required("run_step_id", .uuid),
        .required("user_id", .uuid), .required("user_name", .string), .required("started_at", .time),
        .required("ended_at", .nullable(.time)),
        .required("flagged", .boolean, "Whether it is longer than the org's limit (L5)."),
        .required("version", .version),
    ]

    private static let detail: Schema = .named("Session") { .object(session) }
    private static let item: Schema = .named("SessionItem") {
        .object(
            session + [
                .required("overlapping", .boolean, "Whether the user is on another step at the same time (L1).")
            ]
        )
    }

    private static let list = ListPage(
        [
            ListPage.Sort(
                name: "id",
                statement: Statement(
                    "session_list",
                    """
                    select x.* from (
                        select l.id, l.run_id, l.run_step_id, l.user_id, u.name as user_name, l.started_at, l.ended_at,
                            exists (select from traveler.labor_session_flag f
                                where f.org_id = $1::uuid and f.labor_session_id = l.id) as flagged,
                            l.version,
                            exists (select from traveler.labor_session_overlap o
                                where o.org_id = $1::uuid and o.labor_session_id = l.id) as overlapping,
                            l.id
                        from traveler.labor_session l
                        join traveler.user_account u on u.org_id = l.org_id and u.id = l.user_id
                        where l.org_id = $1::uuid and ($3::uuid is null or l.id > $3)
                            and ($4::uuid is null or l.user_id = $4) and ($5::uuid is null or l.run_id = $5)
                            and ($6::uuid is null or l.run_step_id = $6)
                            and ($7::boolean is null or $7 = (l.ended_at is null))) x
                        (id, run_id, run_step_id, user_id, user_name, started_at, ended_at, flagged, version, overlapping, key)
                    where ($8::boolean is null or $8 = x.flagged) and ($9::boolean is null or $9 = x.overlapping)
                    order by x.key limit $2::integer
                    """
                ),
                key: [.uuid]
            )
        ],
        filters: [
            QueryParameter("user_id", .uuid, "The sessions of this user."),
            QueryParameter("run_id", .uuid, "The sessions of this run."),
            QueryParameter("run_step_id", .uuid, "The sessions of this step."),
            QueryParameter("open", .boolean, "Sessions that go on, or have ended."),
            QueryParameter("flagged", .boolean, "Sessions that are longer than the org's limit, or not (L5)."),
            QueryParameter("overlapping", .boolean, "Sessions of users who are on several steps at once, or not (L1)."),
        ]
    )

    private static let checkIn = Act(
        Statement(
            "session_check_in",
            "select body, version from traveler.answer($1, $2::integer, traveler.check_in($3::uuid, $4::integer))"
        ),
        [.path("id"), .version]
    )

    private static let checkOut = Act(
        Statement(
            "session_check_out",
            "select body, version from traveler.answer($1, $2::integer, traveler.check_out($3::uuid, $4::integer, $5))"
        ),
        [.path("id"), .version, .member("reason")]
    )

    private static let change = Act(
        Statement(
            "session_change",
            """
            select body, version
            from traveler.answer($1, $2::integer, traveler.change_session($3::uuid, $4::integer, $5::jsonb))
            """
        ),
        [.path("id"), .version, .body]
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .post,
            "/v1/steps/{id}/check-in",
            "Checks the caller in on a step in progress (L1, L2).",
            tag: tag,
            status: 201,
            response: detail,
            refusals: [409, 412],
            .work(checkIn)
        ),
        Endpoint(
            .post,
            "/v1/sessions/{id}/check-out",
            "Checks out: one's own session, or with session.update another's. Past the org's limit a reason is asked (L5).",
            tag: tag,
            body: .object([.optional("reason", .text(1...1000), "Why, for the record.")]),
            response: detail,
            refusals: [409, 412],
            .work(checkOut)
        ),
        Endpoint(
            .patch,
            "/v1/sessions/{id}",
            "Edits the times of a session; on a completed run a reason is asked (L3).",
            tag: tag,
            body: .object([
                .optional("started_at", .time), .optional("ended_at", .time),
                .optional("reason", .text(1...1000), "Why, for the record."),
            ]),
            response: detail,
            refusals: [409, 412],
            .work(change)
        ),
        Endpoint(
            .get,
            "/v1/sessions",
            "Labor sessions, in the order of their check-in.",
            tag: tag,
            query: list.parameters,
            response: ListPage.shape(item),
            .work(list)
        ),
    ]
}

import HTTP
import Postgres

/// Runs that wait for what other runs build (H2, H3).
enum RunSupplies {
    private static let states = ["waiting", "met", "delivered", "canceled", "ended"]

    private static let members: [Schema.Member] = [
        .required("id", .uuid), .required("run_id", .uuid), .required("run_number", .count),
        .required("build_requirement_id", .uuid),
        .required("run_step_id", .nullable(.uuid), "The step that waits; null: the run, from its start."),
        .required("supplying_run_id", .uuid), .required("supplying_run_number", .count), .required("part_id", .uuid),
        .required("quantity", .exact),
        .required(
            "state",
            .choice(states),
            "Met by what is installed, delivered by a completed run, canceled with the supplying run, ended, or waiting."
        ),
        .required("created_by", .actor), .required("created_at", .time), .required("ended_by", .nullable(.actor)),
        .required("ended_at", .nullable(.time)), .required("end_reason", .nullable(.string)),
        .required("version", .version),
    ]

    private static let detail: Schema = .named("RunSupply") { .object(members) }

    private static let list = ListPage(
        [
            ListPage.Sort(
                name: "newest",
                statement: Statement(
                    "run_supply_list",
                    """
                    select s.id, s.run_id, w.number as run_number, s.build_requirement_id, q.run_step_id, s.supplying_run_id,
                        r.number as supplying_run_number, r.part_id, s.quantity, traveler.supply_state(s.ended_at is not null,
                            q.quantity_installed + q.quantity_excepted + q.quantity_carried >= q.quantity_needed,
                            r.completed_at is not null, r.status = 'canceled') as state, s.created_by,
                        s.created_at, s.ended_by, s.ended_at, s.end_reason, s.version, s.id
                    from (
                        select s.* from traveler.run_supply s
                        where s.org_id = $1::uuid and ($3::uuid is null or s.id < $3) and ($4::uuid is null or s.run_id = $4)
                            and ($5::uuid is null or s.supplying_run_id = $5)
                            and ($6::boolean is null or $6 = (s.ended_at is null))
                        order by s.id desc limit $2::integer) s
                    join traveler.run w on w.org_id = $1::uuid and w.id = s.run_id
                    join traveler.run r on r.org_id = $1::uuid and r.id = s.supplying_run_id
                    join traveler.build_requirement q on q.org_id = $1::uuid and q.id = s.build_requirement_id
                    order by s.id desc
                    """
                ),
                key: [.uuid]
            )
        ],
        filters: [
            QueryParameter("run_id", .uuid, "What this run waits for."),
            QueryParameter("supplying_run_id", .uuid, "What waits for this run."),
            QueryParameter("live", .boolean, "Those that go on, or ended ones."),
        ]
    )

    private static let supply = Act(
        Statement(
            "requirement_supply",
            "select body, version from traveler.answer($1, $2::integer, traveler.supply_requirement($3::uuid, $4::jsonb))"
        ),
        [.path("id"), .body]
    )

    private static let end = Act(
        Statement(
            "run_supply_end",
            "select body, version from traveler.answer($1, $2::integer, traveler.end_run_supply($3::uuid, $4::integer, $5))"
        ),
        [.path("id"), .version, .member("reason")]
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .post,
            "/v1/build-requirements/{id}/supplies",
            "Has a build requirement wait for what another run builds: it is planned no earlier (H2, H3).",
            tag: Schedule.tag,
            body: .object([
                .required("supplying_run_id", .uuid, "A live run of the required part or a substitute."),
                .optional("quantity", .decimal(.quantity), "All that is open and left, unless given."),
            ]),
            status: 201,
            response: detail,
            refusals: [404, 409],
            .work(supply)
        ),
        Endpoint(
            .get,
            "/v1/run-supplies",
            "Which runs wait for what which other runs build, newest first (H2).",
            tag: Schedule.tag,
            query: list.parameters,
            response: ListPage.shape(detail),
            .work(list)
        ),
        Endpoint(
            .post,
            "/v1/run-supplies/{id}/end",
            "Ends that a run waits for what another builds (H3).",
            tag: Schedule.tag,
            body: .object([.required("reason", .text(1...1000, .notBlank))]),
            response: detail,
            refusals: [404, 409, 412],
            .work(end)
        ),
    ]
}

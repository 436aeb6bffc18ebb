import HTTP
import Postgres

/// Whom runs and steps are assigned to, and the org's teams (S11).
enum Assignments {
    static let tag = "Assignments"

    /// A live assignment, as runs and steps show it.
    static let shape: Schema = .named("Assignment") {
        .object([
            .required("id", .uuid),
            .required("run_step_id", .nullable(.uuid), "Null for the run as a whole."),
            .required("user_id", .nullable(.uuid)), .required("team_id", .nullable(.uuid)),
            .required("location_id", .nullable(.uuid), "A work center."),
            .required("name", .string, "Of the user, the team or the work center."),
            .required("assigned_by", .actor), .required("assigned_at", .time),
        ])
    }

    private static let assigned: Schema = .named("Assigned") {
        .object([
            .required("run_id", .uuid), .required("run_step_id", .nullable(.uuid)),
            .required("assignments", .array(shape)),
        ])
    }

    private static let team: Schema = .named("Team") {
        .object([
            .required("id", .uuid), .required("name", .string), .required("archived_at", .nullable(.time)),
            .required("created_at", .time),
            .required(
                "members",
                .array(.object([.required("user_id", .uuid), .required("name", .string)]))
            ),
            .required("version", .version),
        ])
    }

    private static let teamItem: Schema = .named("TeamItem") {
        .object([
            .required("id", .uuid), .required("name", .string), .required("archived_at", .nullable(.time)),
            .required("members_total", .count), .required("created_at", .time), .required("version", .version),
        ])
    }

    private static let teams = ListPage(
        [
            ListPage.Sort(
                name: "id",
                statement: Statement(
                    "team_list",
                    """
                    select t.id, t.name, t.archived_at, (select count(*) from traveler.team_member m
                            where m.org_id = t.org_id and m.team_id = t.id and m.left_at is null) as members_total,
                        t.created_at, t.version, t.id
                    from traveler.team t
                    where t.org_id = $1::uuid and ($3::uuid is null or t.id > $3)
                        and ($4::boolean is null or $4 = (t.archived_at is not null))
                    order by t.id limit $2::integer
                    """
                ),
                key: [.uuid]
            )
        ],
        filters: [QueryParameter("archived", .boolean, "Teams that are archived, or are not.")]
    )

    private static let createTeam = Act(
        Statement(
            "team_create",
            "select body, version from traveler.answer($1, $2::integer, traveler.create_team($3::jsonb))"
        ),
        [.body]
    )

    private static let changeTeam = Act(
        Statement(
            "team_change",
            """
            select body, version
            from traveler.answer($1, $2::integer, traveler.change_team($3::uuid, $4::integer, $5::jsonb))
            """
        ),
        [.path("id"), .version, .body]
    )

    private static let readTeam = Document(
        Statement(
            "team_read",
            "select d::text, (d ->> 'version')::integer from traveler.team_json($1::uuid) d where d is not null"
        ),
        [.path("id")]
    )

    private static let members = Schema.Member.optional("user_ids", .array(.uuid, 0...1000), "Exactly its members.")

    private static let assignRun = Statement(
        "run_assign",
        "select body, version from traveler.answer($1, $2::integer, traveler.assign($3::uuid, null, $4::jsonb))"
    )

    private static let assignStep = Statement(
        "step_assign",
        "select body, version from traveler.answer($1, $2::integer, traveler.assign(null, $3::uuid, $4::jsonb))"
    )

    private static func assign(_ path: String, _ summary: String, _ statement: Statement) -> Endpoint {
        Endpoint(
            .put,
            path,
            summary,
            tag: tag,
            body: .object([
                .optional("user_ids", .array(.uuid, 0...100)), .optional("team_ids", .array(.uuid, 0...100)),
                .optional("location_ids", .array(.uuid, 0...100), "Work centers."),
                Batches.siblings,
            ]),
            response: assigned,
            refusals: [409],
            .work(Act(statement, [.path("id"), .body]))
        )
    }

    static let endpoints: [Endpoint] = [
        assign(
            "/v1/runs/{id}/assignment",
            "Assigns a run to exactly these users, teams and work centers (S11).",
            assignRun
        ),
        assign(
            "/v1/steps/{id}/assignment",
            "Assigns a step to exactly these; one with users or teams of its own is not meant for its run's (S11).",
            assignStep
        ),
        Endpoint(
            .get,
            "/v1/teams",
            "The org's teams.",
            tag: tag,
            query: teams.parameters,
            response: ListPage.shape(teamItem),
            .work(teams)
        ),
        Endpoint(
            .post,
            "/v1/teams",
            "Makes a team of users.",
            tag: tag,
            body: .object([.required("name", .text(1...200, .notBlank)), members]),
            status: 201,
            response: team,
            refusals: [409],
            .work(createTeam)
        ),
        Endpoint(.get, "/v1/teams/{id}", "A team with its members.", tag: tag, response: team, .work(readTeam)),
        Endpoint(
            .patch,
            "/v1/teams/{id}",
            "Renames or archives a team, or says who is in it.",
            tag: tag,
            body: .object([.optional("name", .text(1...200, .notBlank)), members, .optional("archived", .boolean)]),
            response: team,
            refusals: [409, 412],
            .work(changeTeam)
        ),
    ]
}

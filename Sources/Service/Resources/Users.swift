import HTTP
import Postgres

/// The people of an org (T3, T4).
enum Users {
    static let tag = "Users"

    static let shape: Schema = .named("User") {
        .object([
            .required("id", .uuid), .required("email", .string), .required("name", .string),
            .required("active", .boolean), .required("roles", .array(.string)), .required("created_at", .time),
            .required("version", .version),
        ])
    }

    private static let list = ListPage(
        [
            ListPage.Sort(
                name: "email",
                statement: Statement(
                    "user_list",
                    """
                    select u.id, u.email, u.name, u.active,
                        (select coalesce(json_agg(r.name order by r.name), '[]') from traveler.user_role ur
                            join traveler.role r on r.org_id = ur.org_id and r.id = ur.role_id
                            where ur.org_id = $1::uuid and ur.user_id = u.id and ur.revoked_at is null) as roles,
                        u.created_at, u.version, u.email
                    from traveler.user_account u
                    where u.org_id = $1::uuid and ($3::text is null or u.email > $3)
                        and ($4::boolean is null or u.active = $4)
                    order by u.email limit $2::integer
                    """
                ),
                key: [.text]
            )
        ],
        filters: [QueryParameter("active", .boolean, "Users who are, or aren't, active.")]
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/users",
            "The users of the org.",
            tag: tag,
            query: list.parameters,
            response: ListPage.shape(shape),
            .work(list)
        ),
        Endpoint(
            .post,
            "/v1/users",
            "Adds a user with one role.",
            tag: tag,
            lane: .heavy,
            body: .object([
                .required("email", .text(1...254, .email)), .required("name", .text(1...200)),
                .required("role", .text(1...63, .word)),
                .optional("password", .text(12...72), "Without one the user signs in by token only."),
            ]),
            status: 201,
            response: shape,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "user_create",
                        "select body, version from traveler.answer($1, $2::integer, traveler.add_user($3::jsonb))"
                    ),
                    [.body]
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/users/{id}",
            "A user.",
            tag: tag,
            response: shape,
            .work(
                Document(
                    Statement(
                        "user_read",
                        "select d::text, (d ->> 'version')::integer from traveler.user_json($1::uuid) d where d is not null"
                    ),
                    [.path("id")]
                )
            )
        ),
        Endpoint(
            .patch,
            "/v1/users/{id}",
            "Changes a user's name, activity or roles; the last active admin stays one (T3).",
            tag: tag,
            body: .object([
                .optional("name", .text(1...200)), .optional("active", .boolean),
                .optional("roles", .array(.text(1...63, .word), 0...100), "The roles from now on."),
            ]),
            response: shape,
            refusals: [409, 412],
            .work(
                Act(
                    Statement(
                        "user_change",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.change_user($3::uuid, $4::integer, $5::jsonb))
                        """
                    ),
                    [.path("id"), .version, .body]
                )
            )
        ),
    ]
}

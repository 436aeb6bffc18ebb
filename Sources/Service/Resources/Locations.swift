import HTTP
import Postgres

/// Locations and work centers.
enum Locations {
    static let tag = "Locations"

    static let shape: Schema = .named("Location") {
        .object([
            .required("id", .uuid), .required("name", .string), .required("parent_id", .nullable(.uuid)),
            .required("work_center", .boolean),
            .required("available", .boolean, "Whether stock here may be used (I2)."),
            .required("work_calendar_id", .nullable(.uuid), "When the work center works; null: around the clock (H3)."),
            .required("capacity", .nullable(.count), "How many steps it takes at a time; null: any number (H3)."),
            .required("archived_at", .nullable(.time)), .required("created_at", .time), .required("version", .version),
        ])
    }

    private static let list = ListPage(
        [
            ListPage.Sort(
                name: "name",
                statement: Statement(
                    "location_list",
                    """
                    select l.id, l.name, l.parent_id, l.work_center, l.available, l.work_calendar_id, l.capacity, l.archived_at, l.created_at, l.version, l.name
                    from traveler.location l
                    where l.org_id = $1::uuid and ($3::text is null or l.name > $3)
                        and ($4::uuid is null or l.parent_id = $4) and ($5::boolean is null or l.work_center = $5)
                    order by l.name limit $2::integer
                    """
                ),
                key: [.text]
            )
        ],
        filters: [
            QueryParameter("parent_id", .uuid, "The locations inside this one."),
            QueryParameter("work_center", .boolean, "Locations that are, or aren't, work centers."),
        ]
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/locations",
            "The locations of the org.",
            tag: tag,
            query: list.parameters,
            response: ListPage.shape(shape),
            .work(list)
        ),
        Endpoint(
            .post,
            "/v1/locations",
            "Creates a location or work center.",
            tag: tag,
            body: .object([
                .required("name", .text(1...200)), .optional("parent_id", .nullable(.uuid)),
                .optional("work_center", .boolean), .optional("available", .boolean, "true, unless given."),
            ]),
            status: 201,
            response: shape,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "location_create",
                        "select body, version from traveler.answer($1, $2::integer, traveler.create_location($3::jsonb))"
                    ),
                    [.body]
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/locations/{id}",
            "A location.",
            tag: tag,
            response: shape,
            .work(
                Document(
                    Statement(
                        "location_read",
                        "select d::text, (d ->> 'version')::integer from traveler.location_json($1::uuid) d where d is not null"
                    ),
                    [.path("id")]
                )
            )
        ),
        Endpoint(
            .patch,
            "/v1/locations/{id}",
            "Says by which calendar a work center works, and how much it takes at a time (H3).",
            tag: tag,
            body: .object([
                .optional("work_calendar_id", .nullable(.uuid), "null: around the clock."),
                .optional("capacity", .nullable(.integer(1...10_000)), "null: any number of steps."),
            ]),
            response: shape,
            refusals: [412],
            .work(
                Act(
                    Statement(
                        "location_change",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.change_location($3::uuid, $4::integer, $5::jsonb))
                        """
                    ),
                    [.path("id"), .version, .body]
                )
            )
        ),
    ]
}

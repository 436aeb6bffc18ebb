import HTTP
import Postgres

/// When work centers work (H3).
enum WorkCalendars {
    private static let shift: Schema = .object([
        .required("weekday", .integer(1...7), "1 is Monday."),
        .required("start", .text(5...5), "HH:MM, by the zone's clock."),
        .required("end", .text(5...5), "HH:MM; at or before the start it is on the next day."),
    ])
    private static let extraDay: Schema = .object([
        .required("date", .text(10...10, .day)), .required("weekday", .integer(1...7), "Whose shifts it has."),
    ])

    private static let shape: Schema = .named("WorkCalendar") {
        .object([
            .required("id", .uuid), .required("name", .string), .required("time_zone", .string),
            .required("shifts", .array(shift)), .required("holidays", .array(.string)),
            .required("extra_days", .array(extraDay)),
            .required("location_ids", .array(.uuid), "The work centers that work by it."),
            .required("created_at", .time), .required("version", .version),
        ])
    }

    private static let rest: [Schema.Member] = [
        .optional("holidays", .array(.text(10...10, .day), 0...10_000), "No shift starts on them."),
        .optional("extra_days", .array(extraDay, 0...10_000), "Even where they are holidays."),
    ]

    private static let list = ListPage([
        ListPage.Sort(
            name: "name",
            statement: Statement(
                "work_calendar_list",
                """
                select c.id, c.name, c.time_zone, c.created_at, c.version, c.name
                from traveler.work_calendar c
                where c.org_id = $1::uuid and ($3::text is null or c.name > $3) order by c.name limit $2::integer
                """
            ),
            key: [.text]
        )
    ])

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/work-calendars",
            "The org's calendars.",
            tag: Schedule.tag,
            query: list.parameters,
            response: ListPage.shape(
                .object([
                    .required("id", .uuid), .required("name", .string), .required("time_zone", .string),
                    .required("created_at", .time), .required("version", .version),
                ])
            ),
            .work(list)
        ),
        Endpoint(
            .post,
            "/v1/work-calendars",
            "Writes down when work centers work (H3).",
            tag: Schedule.tag,
            body: .object(
                [
                    .required("name", .text(1...200, .notBlank)),
                    .required("time_zone", .text(1...64), "A name of the IANA database, such as Europe/Berlin."),
                    .required("shifts", .array(shift, 1...672)),
                ] + rest
            ),
            status: 201,
            response: shape,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "work_calendar_create",
                        "select body, version from traveler.answer($1, $2::integer, traveler.create_work_calendar($3::jsonb))"
                    ),
                    [.body]
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/work-calendars/{id}",
            "A calendar.",
            tag: Schedule.tag,
            response: shape,
            .work(
                Document(
                    Statement(
                        "work_calendar_read",
                        "select d::text, (d ->> 'version')::integer from traveler.work_calendar_json($1::uuid) d where d is not null"
                    ),
                    [.path("id")]
                )
            )
        ),
        Endpoint(
            .patch,
            "/v1/work-calendars/{id}",
            "Changes a calendar; what is planned already stays until it is planned anew (H3).",
            tag: Schedule.tag,
            body: .object(
                [
                    .optional("name", .text(1...200, .notBlank)), .optional("time_zone", .text(1...64)),
                    .optional("shifts", .array(shift, 1...672)),
                ] + rest
            ),
            response: shape,
            refusals: [409, 412],
            .work(
                Act(
                    Statement(
                        "work_calendar_change",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.change_work_calendar($3::uuid, $4::integer, $5::jsonb))
                        """
                    ),
                    [.path("id"), .version, .body]
                )
            )
        ),
    ]
}

import HTTP
import Postgres

/// What labor adds up to, and the rates by which it costs (L4).
enum LaborCost {
    private static let groups = ["step", "run", "user", "location", "day"]
    /// 10^8 - 1 at most: `numeric(12, 4)`.
    private static let money = DecimalForm(wholeDigits: 8, fractionDigits: 4, mayBeNegative: false, mayBeZero: false)

    private static let rate: Schema = .named("LaborRate") {
        .object([
            .required("id", .uuid), .required("role_id", .nullable(.uuid)), .required("location_id", .nullable(.uuid)),
            .required("hourly_rate", .exact, "In the org's own currency."),
            .required("valid_from", .string, "The first day, UTC."),
            .required("valid_to", .nullable(.string), "The day from which it holds no more."),
            .required("created_by", .actor), .required("created_at", .time), .required("version", .version),
        ])
    }

    private static let total: Schema = .named("LaborTotal") {
        .object([
            .required("id", .nullable(.uuid), "Of the step, run, user or location; null for none and for a day."),
            .required("day", .nullable(.string), "With by=day: the day, UTC."),
            .required("seconds", .count, "Whole seconds; an open session counts up to now."),
            .required("unrated_seconds", .count, "Those of them for which there is no rate."),
            .required("cost", .exact, "Hours by the rate of their day, in the org's own currency."),
        ])
    }

    private static let totals = RowItems(
        Statement(
            "labor_totals",
            """
            select case $2 when 'step' then d.run_step_id when 'run' then d.run_id when 'user' then d.user_id
                    when 'location' then d.location_id end as id,
                case $2 when 'day' then d.day::text end as day,
                sum(d.seconds)::bigint as seconds,
                coalesce(sum(d.seconds) filter (where d.hourly_rate is null), 0)::bigint as unrated_seconds,
                round(coalesce(sum(d.seconds * d.hourly_rate), 0) / 3600, 4) as cost
            from traveler.labor_day d
            where d.org_id = $1::uuid and ($3::uuid is null or d.run_id = $3) and ($4::uuid is null or d.run_step_id = $4)
                and ($5::uuid is null or d.user_id = $5) and ($6::uuid is null or d.location_id = $6)
                and ($7::timestamptz is null or d.day >= ($7 at time zone 'UTC')::date)
                and ($8::timestamptz is null or d.day < ($8 at time zone 'UTC')::date)
            group by 1, 2 order by 2, 1
            """
        ),
        [
            .org, .query("by"), .query("run_id"), .query("run_step_id"), .query("user_id"), .query("location_id"),
            .query("from"), .query("to"),
        ]
    )

    private static let parameters = [
        QueryParameter("by", .choice(groups), "What one total is of.", standard: "all in one"),
        QueryParameter("run_id", .uuid, "Labor on this run."),
        QueryParameter("run_step_id", .uuid, "Labor on this step."),
        QueryParameter("user_id", .uuid, "Labor of this user."),
        QueryParameter("location_id", .uuid, "Labor on steps at this location."),
        QueryParameter("from", .time, "From the UTC day of this time on."),
        QueryParameter("to", .time, "Before the UTC day of this time."),
    ]

    private static let rates = RowItems(
        Statement(
            "labor_rate_list",
            """
            select r.id, r.role_id, r.location_id, r.hourly_rate, r.valid_from::text, r.valid_to::text, r.created_by,
                r.created_at, r.version
            from traveler.labor_rate r where r.org_id = $1::uuid order by r.role_id, r.location_id, r.valid_from
            """
        ),
        [.org]
    )

    private static let create = Act(
        Statement(
            "labor_rate_create",
            "select body, version from traveler.answer($1, $2::integer, traveler.create_labor_rate($3::jsonb))"
        ),
        [.body]
    )

    private static let end = Act(
        Statement(
            "labor_rate_end",
            """
            select body, version
            from traveler.answer($1, $2::integer, traveler.end_labor_rate($3::uuid, $4::integer, $5::jsonb))
            """
        ),
        [.path("id"), .version, .body]
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/labor",
            "Labor in whole seconds and what it costs, by step, run, user, location or UTC day (L4).",
            tag: Labor.tag,
            query: parameters,
            response: RowItems.shape(total),
            .work(totals)
        ),
        Endpoint(
            .get,
            "/v1/labor-rates",
            "What an hour costs, by role or work center, now and before (L4).",
            tag: Labor.tag,
            response: RowItems.shape(rate),
            .work(rates)
        ),
        Endpoint(
            .post,
            "/v1/labor-rates",
            "Adds a rate of a role or a work center, later than those that there are (L4).",
            tag: Labor.tag,
            body: .object([
                .optional("role_id", .uuid), .optional("location_id", .uuid),
                .required("hourly_rate", .decimal(money), "In the org's own currency."),
                .required("valid_from", .time, "It holds from the UTC day of this time on."),
            ]),
            status: 201,
            response: rate,
            refusals: [409],
            .work(create)
        ),
        Endpoint(
            .post,
            "/v1/labor-rates/{id}/end",
            "Ends a rate, tomorrow or later (L4).",
            tag: Labor.tag,
            body: .object([.required("valid_to", .time, "From the UTC day of this time it holds no more.")]),
            response: rate,
            refusals: [409, 412],
            .work(end)
        ),
    ]
}

import HTTP
import Postgres

/// When runs and steps are planned (H).
enum Schedule {
    static let tag = "Schedule"

    /// When a step is planned, and where that comes from.
    static let ofStep: [Schema.Member] = [
        .required("scheduled_start", .nullable(.time), "What was said; it wins."),
        .required("scheduled_end", .nullable(.time), "What was said; it wins."),
        .required("effective_start", .nullable(.time), "The earliest of the steps inside, unless it was said (H1)."),
        .required("effective_start_from", .nullable(.choice(["explicit", "steps"]))),
        .required("effective_end", .nullable(.time), "The latest of the steps inside, unless it was said (H1)."),
        .required("effective_end_from", .nullable(.choice(["explicit", "steps"]))),
    ]

    /// When a run is planned and due, and where that comes from.
    static let ofRun: [Schema.Member] = ofStep + [.required("due_at", .nullable(.time))]

    private static let times: [Schema.Member] = [
        .required("id", .uuid),
        .optional("scheduled_start", .nullable(.time), "null: it follows from the steps inside."),
        .optional("scheduled_end", .nullable(.time), "null: it follows from the steps inside."),
    ]

    /// The runs and steps as they are planned then.
    static let scheduled: [Schema.Member] = [
        .required(
            "runs",
            .array(.object([.required("id", .uuid), .required("version", .version)] + ofRun))
        ),
        .required(
            "steps",
            .array(
                .object(
                    [.required("id", .uuid), .required("run_id", .uuid), .required("version", .version)]
                        + ofStep
                )
            )
        ),
    ]

    static let answer: Schema = .named("Scheduled") { .object(scheduled) }

    static let endpoints: [Endpoint] = [
        Endpoint(
            .put,
            "/v1/schedule",
            "Says when runs and steps are planned; siblings of the steps with them (H1, K3). What is not given stays.",
            tag: tag,
            lane: .heavyAbove(bytes: 2000),
            bodyLimit: 4 * 1024 * 1024,
            body: .object([
                .optional(
                    "runs",
                    .array(.object(times + [.optional("due_at", .nullable(.time))]), 0...10_000)
                ),
                .optional("steps", .array(.object(times), 0...10_000)),
            ]),
            response: answer,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "schedule_set",
                        "select body, version from traveler.answer($1, $2::integer, traveler.set_schedule($3::jsonb))"
                    ),
                    [.body]
                )
            )
        )
    ]
}

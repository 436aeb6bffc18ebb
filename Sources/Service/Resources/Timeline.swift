import HTTP
import Postgres

/// What is planned in a window, what is not planned, and what there is to do next (H5, H6).
enum Timeline {
    private static let bar: Schema = .named("TimelineRun") {
        .object([
            .required("id", .uuid), .required("number", .count), .required("title", .string),
            .required("status", .choice(Runs.statuses)), .required("quantity", .exact), .required("part_id", .uuid),
            .required("part_number", .string), .required("steps_total", .count), .required("steps_completed", .count),
            .required("steps_canceled", .count), .required("started_at", .nullable(.time)),
            .required("completed_at", .nullable(.time)),
            .required("scheduled_start", .nullable(.time), "What was said; it wins."),
            .required("scheduled_end", .nullable(.time), "What was said; it wins."),
            .required("effective_start", .nullable(.time)), .required("effective_end", .nullable(.time)),
            .required("due_at", .nullable(.time)),
            .required("late", .boolean, "Whether it is past its due date, or planned to be (H4)."),
            .required("version", .version),
        ])
    }

    private static let window = ListPage(
        [
            ListPage.Sort(
                name: "start",
                statement: Statement(
                    "timeline",
                    """
                    select t.id, t.number, t.title, t.status, t.quantity, t.part_id, t.part_number, t.steps_total, t.steps_completed,
                        t.steps_canceled, t.started_at, t.completed_at, t.scheduled_start, t.scheduled_end, t.effective_start,
                        t.effective_end, t.due_at, t.late, t.version, t.span_microseconds, t.id
                    from traveler.timeline($5::timestamptz, $6::timestamptz, $2::integer, $3::bigint, $4::uuid, $7::text,
                        $8::uuid, $9::uuid, $10::uuid, $11::uuid, $12::jsonb) t
                    where $1::uuid = traveler.current_org()
                    """
                ),
                key: [.integer, .uuid]
            )
        ],
        filters: [
            QueryParameter("from", .time, "Where the window starts; now, unless given."),
            QueryParameter("to", .time, "Where the window ends; 28 days later, unless given."),
            QueryParameter("status", .choice(Runs.statuses), "Runs with this derived status (R1)."),
            QueryParameter("part_id", .uuid, "Runs that build this part."),
            QueryParameter("location_id", .uuid, "Runs with a step at this work center."),
            QueryParameter("assigned_to", .uuid, "Runs that are assigned to this user, as a whole or in a step (S11)."),
            QueryParameter("batch_id", .uuid, "Runs that are in this batch now (K1)."),
        ],
        byAttributes: true
    )

    private static let unscheduled = ListPage(
        [
            ListPage.Sort(
                name: "number",
                statement: Statement(
                    "timeline_unscheduled",
                    """
                    select t.*, t.number
                    from traveler.unscheduled_runs($2::integer, $3::bigint, $5::text, $4::uuid, $6::uuid, $7::uuid, $8::uuid,
                        $9::jsonb) t
                    where $1::uuid = traveler.current_org()
                    """
                ),
                key: [.integer]
            )
        ],
        filters: [
            QueryParameter("part_id", .uuid, "Runs that build this part."),
            QueryParameter("status", .choice(Runs.statuses), "Runs with this derived status (R1)."),
            QueryParameter("location_id", .uuid, "Runs with a step at this work center."),
            QueryParameter("assigned_to", .uuid, "Runs that are assigned to this user, as a whole or in a step (S11)."),
            QueryParameter("batch_id", .uuid, "Runs that are in this batch now (K1)."),
        ],
        byAttributes: true
    )

    private static let queue = ListPage(
        [
            ListPage.Sort(
                name: "place",
                statement: Statement(
                    "work_queue",
                    """
                    select q.id, q.run_id, q.run_number, q.run_title, q.title, q.state, q.location_id, q.available, q.class, q.why,
                        q.effective_start, q.effective_end, q.due_at, q.lead_time_seconds, q.version, q.place
                    from traveler.work_queue($4::uuid, $5::uuid) q
                    where $1::uuid = traveler.current_org() and ($3::text is null or q.place > $3)
                        and ($6::text is null or q.class = $6)
                    order by q.place limit $2::integer
                    """
                ),
                key: [.text]
            )
        ],
        filters: [
            QueryParameter("location_id", .uuid, "The queue of this work center."),
            QueryParameter("assigned_to", .uuid, "The queue of this user: by name, by a team, or by the run (S11)."),
            QueryParameter("class", .choice(["overdue", "now", "next", "blocked"]), "Only what is in this class."),
        ]
    )

    private static let behind = ListPage([
        ListPage.Sort(
            name: "number",
            statement: Statement(
                "timeline_behind",
                """
                select b.id, b.number, b.title, b.status, b.part_number, b.effective_start, b.effective_end, b.due_at, b.late, b.version,
                    b.number
                from traveler.runs_behind($2::integer, $3::bigint) b where $1::uuid = traveler.current_org()
                """
            ),
            key: [.integer]
        )
    ])

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/timeline/behind",
            "The live runs that are late, or behind their schedule: what there is to plan again (H3, H4).",
            tag: Schedule.tag,
            query: behind.parameters,
            response: ListPage.shape(
                .named("RunBehind") {
                    .object([
                        .required("id", .uuid), .required("number", .count), .required("title", .string),
                        .required("status", .choice(Runs.statuses)), .required("part_number", .string),
                        .required("effective_start", .nullable(.time)), .required("effective_end", .nullable(.time)),
                        .required("due_at", .nullable(.time)),
                        .required("late", .boolean, "Whether it is past its due date, or planned to be (H4)."),
                        .required("version", .version),
                    ])
                }
            ),
            .work(behind)
        ),
        Endpoint(
            .get,
            "/v1/timeline",
            "The runs that are planned in a window, by their start (H5).",
            tag: Schedule.tag,
            query: window.parameters,
            response: ListPage.shape(bar),
            .work(window)
        ),
        Endpoint(
            .get,
            "/v1/timeline/unscheduled",
            "The live runs for which nothing is planned (H5).",
            tag: Schedule.tag,
            query: unscheduled.parameters,
            response: ListPage.shape(
                .named("UnscheduledRun") {
                    .object([
                        .required("id", .uuid), .required("number", .count), .required("title", .string),
                        .required("status", .choice(Runs.statuses)), .required("quantity", .exact),
                        .required("part_id", .uuid), .required("part_number", .string),
                        .required("steps_total", .count), .required("steps_completed", .count),
                        .required("steps_canceled", .count), .required("created_at", .time),
                        .required("started_at", .nullable(.time)), .required("due_at", .nullable(.time)),
                        .required("version", .version),
                    ])
                }
            ),
            .work(unscheduled)
        ),
        Endpoint(
            .get,
            "/v1/queue",
            "What a work center or a person has to do: open steps, overdue ones first, and why each is where it is (H6).",
            tag: Schedule.tag,
            query: queue.parameters,
            response: ListPage.shape(
                .named("QueuedStep") {
                    .object([
                        .required("id", .uuid), .required("run_id", .uuid), .required("run_number", .count),
                        .required("run_title", .string), .required("title", .string),
                        .required("state", .choice(Steps.states)), .required("location_id", .nullable(.uuid)),
                        .required("available", .boolean, "Whether it can be worked on now (A1)."),
                        .required(
                            "class",
                            .choice(["overdue", "now", "next", "blocked"]),
                            "The first that holds (H6)."
                        ),
                        .required("why", .string, "Why it is in this class."),
                        .required("effective_start", .nullable(.time)), .required("effective_end", .nullable(.time)),
                        .required("due_at", .nullable(.time), "When its run is due."),
                        .required("lead_time_seconds", .nullable(.count)), .required("version", .version),
                    ])
                }
            ),
            .work(queue)
        ),
    ]
}

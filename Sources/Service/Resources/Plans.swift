import HTTP
import Postgres
import Scheduling

/// Plans of runs: looked at first, then applied (H3, H4).
enum Plans {
    private static let request: [Schema.Member] = [
        .required(
            "run_ids",
            .array(.uuid, 1...1000),
            "They are planned together, and with them the other runs of their batches (K3)."
        ),
        .optional("start", .time, "Nothing is planned before; now, unless given."),
        .optional(
            "due",
            .time,
            "When all is to be done, where a run has no due date; else what planning forward finds."
        ),
        .optional(
            "finite",
            .boolean,
            "Whether work centers take no more steps at a time than their capacity, what other runs are scheduled for among them: least latest finish first, then least slack. A good plan, not always the shortest."
        ),
    ]

    private static let reason: [Schema.Member] = [
        .required("because", .choice(PlannedStep.Bound.kinds), "What keeps it from starting earlier."),
        .required(
            "because_step_id",
            .nullable(.uuid),
            "Which step does; of another run than those that are planned, too."
        ),
        .required(
            "because_run_id",
            .nullable(.uuid),
            "The run of that step; of a supply the run whose output it waits for."
        ),
        .required("because_closed", .boolean, "Whether its work center is closed just then."),
    ]

    /// When a step is planned, and why then.
    static let times: [Schema.Member] =
        [
            .required("start", .time, "The earliest."), .required("finish", .time, "The earliest."),
            .required("latest_start", .time), .required("latest_finish", .time),
            .required(
                "slack_seconds",
                .nullable(.integer(-4_000_000_000...4_000_000_000)),
                "How much later it could finish, in working time; negative when a due date is missed."
            ),
            .required("critical", .boolean),
        ] + reason

    private static let wait: Schema = .named("PlannedWait") {
        .object([
            .required("id", .uuid), .required("run_id", .uuid), .required("run_step_id", .nullable(.uuid)),
            .required("build_requirement_id", .uuid), .required("supplying_run_id", .uuid),
            .required("supplying_run_number", .count),
            .required(
                "state",
                .choice(RunPlan.Wait.State.allCases.map(\.rawValue)),
                "Planned with it, or scheduled; what is unscheduled or canceled holds up nothing here."
            ),
            .required("ends", .nullable(.time), "When the supplying run ends."),
        ])
    }

    /// What a plan says beside its steps.
    static let rest: [Schema.Member] = [
        .required("critical_step_ids", .array(.uuid), "The steps that drive the end, first to last."),
        .required("conflicts", .array(Conflicts.shape), "What is wrong with the schedule as it is now (H4)."),
        .required("waits", .array(wait), "The outputs of other runs that are waited for (H2)."),
    ]

    private static let basis: Schema.Member = .required(
        "basis",
        .string,
        "What it was planned from; given when it is applied, it is applied as it was looked at or not at all."
    )

    private static let expected: Schema.Member = .optional(
        "basis",
        .text(64...64),
        "As it was looked at: refused when what it was planned from has changed since. Without it, it waits for whoever is changing that, and is planned from how it is then."
    )

    private static let shape: Schema = .named("Plan") {
        .object(
            [
                basis,
                .required("start", .time), .required("finish", .time),
                .required("length_seconds", .count, "By the clock, from start to finish."),
                .required(
                    "steps",
                    .array(
                        .named("PlannedStep") {
                            .object([.required("id", .uuid), .required("run_id", .uuid)] + times)
                        }
                    )
                ),
            ] + rest
        )
    }

    private static let moves: Schema = .array(
        .named("ScheduleMove") {
            .object(
                [
                    .required("id", .uuid), .required("run_id", .uuid), .required("title", .string),
                    .required("start_before", .nullable(.time)), .required("end_before", .nullable(.time)),
                    .required("start", .nullable(.time), "null: it has started, and that stays."),
                    .required("end", .time),
                ] + reason + [.required("because_title", .nullable(.string), "The title of the step that does.")]
            )
        }
    )

    private static let replanned: Schema = .named("ReplannedRun") {
        .object([
            .required("id", .uuid), .required("number", .count), .required("title", .string),
            .required("scheduled_end", .nullable(.time), "What was said of the run itself; it wins, and stays (H1)."),
            .required("due_at", .nullable(.time)),
            .required("end_before", .nullable(.time), "When the last of its steps that are left was to end."),
            .required("end", .time, "When it is to end then."),
            .required("moves", .count, "How many of its steps move."),
        ])
    }

    /// Of planning again: only from now on.
    private static let again: [Schema.Member] = [
        request[0], request[3],
        .optional(
            "earlier",
            .boolean,
            "Whether steps move to earlier times, too, where something was canceled or went faster; else only what can't stay moves."
        ),
    ]

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/locations/{id}/load",
            "What a work center can do day by day, and what is scheduled for it (H6).",
            tag: Schedule.tag,
            query: [
                QueryParameter("from", .text(10...10), "The first day, in the zone of its calendar."),
                QueryParameter("days", .integer(1...3660), "How many days; 28, unless given."),
            ],
            response: .object([
                .required(
                    "days",
                    .array(
                        .named("DayLoad") {
                            .object([
                                .required("date", .string),
                                .required("capacity_seconds", .nullable(.count), "Working time, times its capacity."),
                                .required("load_seconds", .count, "Working time of what is scheduled."),
                            ])
                        }
                    )
                )
            ]),
            .work(LoadRead())
        ),
        Endpoint(
            .post,
            "/v1/plans",
            "Plans runs over their steps, lead times and calendars: what it would be, and nothing is written (H3).",
            tag: Schedule.tag,
            lane: .heavyAbove(bytes: 2000),
            body: .object(request),
            response: shape,
            refusals: [404, 409],
            .work(PlanAct(isPlan: true))
        ),
        Endpoint(
            .post,
            "/v1/plans/apply",
            "Plans runs and schedules what nobody has started yet accordingly (H3); siblings together (K3).",
            tag: Schedule.tag,
            lane: .heavyAbove(bytes: 2000),
            body: .object(
                request + [
                    expected,
                    .optional(
                        "times",
                        .choice(["earliest", "latest"]),
                        "The earliest, or the latest that keep the due dates; never before the earliest."
                    ),
                ]
            ),
            response: Schedule.answer,
            refusals: [404, 409],
            .work(PlanAct(isPlan: false))
        ),
        Endpoint(
            .post,
            "/v1/plans/replan",
            "What moves, and why, when what is left of runs is planned again from now on; nothing is written (H3).",
            tag: Schedule.tag,
            lane: .heavyAbove(bytes: 2000),
            body: .object(again),
            response: .named("Replan") {
                .object(
                    [
                        .required("start", .time), .required("finish", .time),
                        .required("finish_before", .nullable(.time), "When the last of what is left was to end."),
                        .required("moves", moves), .required("unmoved", .count, "How many steps stay where they are."),
                        .required("runs", .array(replanned), "Those with something left to do."),
                        basis,
                    ] + rest
                )
            },
            refusals: [404, 409],
            .work(ReplanAct(isLook: true))
        ),
        Endpoint(
            .post,
            "/v1/plans/replan/apply",
            "Plans what is left of runs again from now on: what is done stands, what can't stay moves (H3).",
            tag: Schedule.tag,
            lane: .heavyAbove(bytes: 2000),
            body: .object(again + [expected]),
            response: .named("Replanned") { .object(Schedule.scheduled + [.required("moves", moves)]) },
            refusals: [404, 409],
            .work(ReplanAct(isLook: false))
        ),
    ]
}

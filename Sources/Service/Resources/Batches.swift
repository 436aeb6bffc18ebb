import HTTP
import Postgres

/// Runs that are worked as one: a change to a step of one changes its siblings in the others (K1-K6).
enum Batches {
    static let tag = "Batches"

    /// What an act on a step does with its siblings.
    static let siblings: Schema.Member = .optional(
        "siblings",
        .choice(["all", "able", "none"]),
        """
        In a batch: on all siblings or not at all (all, unless given), on those that are able to follow while the others \
        leave the batch, or on this run alone, which leaves it (K3, K4).
        """
    )

    /// What an act on a whole run does with the others of its batch.
    static let siblingRuns: Schema.Member = .optional(
        "siblings",
        .choice(["all", "none"]),
        "In a batch: on all its runs (unless given), or on this run alone, which leaves it (K3, K4)."
    )

    /// A batch, as its runs name it.
    static let reference: Schema = .named("BatchReference") {
        .object([.required("id", .uuid), .required("number", .count), .required("title", .string)])
    }

    private static let list = ListPage(
        [
            ListPage.Sort(
                name: "newest",
                statement: Statement(
                    "batch_list",
                    """
                    select b.id, b.number, b.title, b.created_by, b.created_at, b.dissolved_at, b.version, b.id
                    from traveler.batch b
                    where b.org_id = $1::uuid and ($3::uuid is null or b.id < $3)
                        and ($4::uuid is null or b.id = any (array(
                            select x.batch_id from traveler.batch_run x where x.org_id = $1::uuid and x.run_id = $4)))
                        and ($5::boolean is null or $5 = (b.dissolved_at is null))
                    order by b.id desc limit $2::integer
                    """
                ),
                key: [.uuid]
            )
        ],
        filters: [
            QueryParameter("run_id", .uuid, "The batches that this run is or was in."),
            QueryParameter("open", .boolean, "Batches that go on, or dissolved ones."),
        ]
    )

    private static let members: [Schema.Member] = [
        .required("id", .uuid), .required("number", .count), .required("title", .string),
        .required("created_by", .actor),
        .required("created_at", .time), .required("dissolved_at", .nullable(.time)), .required("version", .version),
    ]

    private static let item: Schema = .named("BatchItem") { .object(members) }

    private static let shape: Schema = .named("Batch") {
        .object(
            members + [
                .required("dissolved_by", .nullable(.actor)),
                .required(
                    "runs",
                    .array(
                        .object([
                            .required("run_id", .uuid), .required("run_number", .count), .required("title", .string),
                            .required("status", .choice(Runs.statuses)), .required("joined_at", .time),
                            .required("left_at", .nullable(.time)), .required("left_by", .nullable(.actor)),
                            .required("left_reason", .nullable(.string)),
                        ])
                    ),
                    "Those that left, too."
                ),
                .required(
                    "siblings",
                    .array(
                        .object([
                            .required("sibling_id", .uuid), .required("title", .string), .required("steps", .count),
                            .required("state", .choice(Steps.states)),
                        ])
                    ),
                    "The steps that go together (K2)."
                ),
                .required("steps_alone", .count, "How many steps of its runs go on their own."),
                .optional("schedule", Rollups.shape, "When it is planned, as a read tells it (H2)."),
            ]
        )
    }

    private static let report: Schema = .named("SiblingReport") {
        .object([
            .required("run_step_id", .uuid), .required("act", .nullable(.string)), .required("count", .count),
            .required(
                "siblings",
                .array(
                    .object([
                        .required("run_id", .uuid), .required("run_number", .count), .required("run_step_id", .uuid),
                        .required("state", .choice(Steps.states)),
                    ])
                )
            ),
            .required(
                "misfits",
                .array(
                    .object([
                        .required("run_id", .uuid), .required("run_number", .count), .required("run_step_id", .uuid),
                        .required("state", .choice(Steps.states)), .required("code", .string),
                        .required("rule", .string),
                        .required("message", .string), .required("clear", .nullable(.string)),
                    ])
                ),
                "Those that could not follow the act now, and why."
            ),
        ])
    }

    private static let runIDs: Schema = .array(.uuid, 1...1000)

    private static func act(
        _ path: String,
        _ summary: String,
        _ members: [Schema.Member],
        status: Int = 200,
        _ statement: Statement,
        _ arguments: [Argument]
    ) -> Endpoint {
        Endpoint(
            .post,
            path,
            summary,
            tag: tag,
            lane: .heavyAbove(bytes: Steps.manyBytes),
            bodyLimit: 1024 * 1024,
            body: .object(members),
            status: status,
            response: shape,
            refusals: [409, 412],
            .work(Act(statement, arguments))
        )
    }

    static let endpoints: [Endpoint] = [
        act(
            "/v1/batches",
            "Makes a batch of runs that are there, or of runs of a procedure, or a part, that it makes (K1).",
            [
                .optional("title", .text(1...200, .notBlank)), .optional("run_ids", runIDs, "Runs that are there."),
                .optional("runs", .array(.object(Runs.creation), 1...1000), "The runs that it makes."),
            ] + Runs.executed,
            status: 201,
            Statement(
                "batch_create",
                "select body, version from traveler.answer($1, $2::integer, traveler.create_batch($3::jsonb))"
            ),
            [.body]
        ),
        Endpoint(
            .get,
            "/v1/batches",
            "Batches, newest first.",
            tag: tag,
            query: list.parameters,
            response: ListPage.shape(item),
            .work(list)
        ),
        Endpoint(
            .get,
            "/v1/batches/{id}",
            "A batch with its runs and the steps that go together.",
            tag: tag,
            response: shape,
            .work(
                BatchRead(
                    document: Document(
                        Statement(
                            "batch_read",
                            "select d::text, (d ->> 'version')::integer from traveler.batch_json($1::uuid) d where d is not null"
                        ),
                        [.path("id")]
                    )
                )
            )
        ),
        act(
            "/v1/batches/{id}/join",
            "Has runs join a batch: they take part in its later changes (K4).",
            [.required("run_ids", runIDs)],
            Statement(
                "batch_join",
                """
                select body, version from traveler.answer($1, $2::integer,
                    traveler.join_batch($3::uuid, $4::integer, $5::jsonb))
                """
            ),
            [.path("id"), .version, .body]
        ),
        act(
            "/v1/batches/{id}/dissolve",
            "Takes all runs out of a batch, for good (K4).",
            [],
            Statement(
                "batch_dissolve",
                "select body, version from traveler.answer($1, $2::integer, traveler.dissolve_batch($3::uuid, $4::integer))"
            ),
            [.path("id"), .version]
        ),
        act(
            "/v1/runs/{id}/leave-batch",
            "Has a run leave its batch with what it has, unless a step of it is in redline (K4).",
            [.required("reason", .text(1...1000, .notBlank))],
            Statement(
                "batch_leave",
                "select body, version from traveler.answer($1, $2::integer, traveler.leave_batch($3::uuid, $4::jsonb))"
            ),
            [.path("id"), .body]
        ),
        Endpoint(
            .get,
            "/v1/steps/{id}/siblings",
            "The siblings of a step and, of an act, those that could not follow it now, and why (K3).",
            tag: tag,
            query: [
                QueryParameter(
                    "act",
                    .choice([
                        "start", "complete", "hold", "release", "fail", "cancel", "reset", "retry", "restore", "reopen",
                        "redline",
                    ]),
                    "The act that is meant."
                )
            ],
            response: report,
            .work(
                Document(
                    Statement(
                        "sibling_report",
                        "select d::text, null::integer from traveler.sibling_report($1::uuid, $2) d where d is not null"
                    ),
                    [.path("id"), .query("act")]
                )
            )
        ),
    ]
}

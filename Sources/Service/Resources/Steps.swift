import HTTP
import Postgres
import RunModel

/// Run steps: starting, signing off, entering values.
enum Steps {
    static let tag = "Steps"
    static let states = StepState.allCases.map(\.rawValue)
    /// Bodies above this many bytes name 50 steps or more: an id in JSON takes 39.
    static let manyBytes = 50 * 39

    /// Of one run all is asked at once. Otherwise the blockers are asked for step by step, as far as the page goes: `not
    /// exists` would let the planner hash those of the whole org first.
    private static let list = ListPage(
        [
            ListPage.Sort(
                name: "id",
                statement: Statement(
                    "step_list",
                    """
                    select s.id, s.run_id, r.number as run_number, r.title as run_title, s.parent_id, s.depth, to_jsonb(s.position) as position, s.title, s.location_id,
                        s.required, s.state, s.attempt, s.started_at, s.completed_at, s.completed_by, s.version,
                        a.available, s.id
                    from traveler.run_step s join traveler.run r on r.org_id = s.org_id and r.id = s.run_id
                    left join traveler.available_steps($4) f (id) on f.id = s.id
                    cross join lateral (
                        select case when $4::uuid is not null then f.id is not null
                            else traveler.is_available(s.state, (select true from traveler.run_step_blocker b
                                where b.org_id = $1::uuid and b.run_step_id = s.id limit 1) is not null) end as available) a
                    where s.org_id = $1::uuid and ($3::uuid is null or s.id > $3)
                        and ($4::uuid is null or s.run_id = $4) and ($5::text is null or s.state = $5)
                        and ($6::uuid is null or s.location_id = $6)
                        and ($7::boolean is null or $7 = a.available)
                        and ($7::boolean is not true or s.state in ('todo', 'in_progress'))
                        and s.withdrawn_at is null
                        and ($8::uuid is null or s.id = any (array(
                            select e.run_step_id from traveler.step_assignee e
                            where e.org_id = $1::uuid and e.user_id = $8)))
                    order by s.id limit $2::integer
                    """
                ),
                key: [.uuid]
            )
        ],
        filters: [
            QueryParameter("run_id", .uuid, "The steps of this run."),
            QueryParameter("state", .choice(states), "Steps in this state."),
            QueryParameter("location_id", .uuid, "Steps that are done at this location."),
            QueryParameter("available", .boolean, "Steps that can, or can't, be worked on now (A1)."),
            QueryParameter(
                "assigned_to",
                .uuid,
                "Steps that are assigned to this user: by name, by a team, or by their run (S11)."
            ),
        ]
    )

    private static let start = Act(
        Statement(
            "steps_start",
            "select body, version from traveler.answer($1, $2::integer, traveler.start_steps($3::uuid[], $4::integer, $5))"
        ),
        [.ids, .version, .member("siblings")]
    )

    private static let complete = Act(
        Statement(
            "steps_complete",
            """
            select body, version from traveler.answer($1, $2::integer,
                traveler.complete_steps($3::uuid[], $4::integer, $5::jsonb -> 'acknowledged', $6))
            """
        ),
        [.ids, .version, .body, .member("siblings")]
    )

    private static let startMany = Act(
        Statement(
            "steps_start_many",
            "select body, version from traveler.answer($1, $2::integer, traveler.start_steps($3::uuid[], null, $4))"
        ),
        [.ids, .member("siblings")]
    )

    private static let completeMany = Act(
        Statement(
            "steps_complete_many",
            "select body, version from traveler.answer($1, $2::integer, traveler.complete_steps($3::uuid[], null, null, $4))"
        ),
        [.ids, .member("siblings")]
    )

    private static func act(
        _ path: String,
        _ summary: String,
        signs: Bool = false,
        body members: [Schema.Member] = [],
        _ work: Act
    ) -> Endpoint {
        Endpoint(
            .post,
            path,
            summary,
            tag: tag,
            lane: signs ? .signing(manyBytes: manyBytes) : .interactive,
            body: .object(members + [Batches.siblings] + (signs ? [Signatures.password] : [])),
            response: acted,
            refusals: [409, 412],
            .work(work)
        )
    }

    private static func actOnMany(_ path: String, _ summary: String, signs: Bool = false, _ work: Act) -> Endpoint {
        Endpoint(
            .post,
            path,
            summary,
            tag: tag,
            lane: signs ? .signing(manyBytes: manyBytes) : .heavyAbove(bytes: manyBytes),
            body: .object(
                [.required("ids", .array(.uuid, 1...1000)), Batches.siblings] + (signs ? [Signatures.password] : [])
            ),
            response: acted,
            refusals: [404, 409],
            .work(work)
        )
    }

    private static let values: Schema.Member = .required(
        "values",
        .array(
            .object([
                .required("field_id", .uuid),
                .optional("value", .any, "In the form of the field's type; null clears the field."),
                .optional(
                    "unit",
                    .nullable(.text(1...20)),
                    "The unit of a number, if not its field's; it is converted."
                ),
                .optional("not_applicable", .boolean),
            ]),
            1...1000
        )
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/steps",
            "Steps of runs.",
            tag: tag,
            query: list.parameters,
            response: ListPage.shape(item),
            .work(list)
        ),
        Endpoint(
            .get,
            "/v1/steps/{id}",
            "A step with its fields, sessions and what it waits for.",
            tag: tag,
            response: detail,
            .work(
                Document(
                    Statement(
                        "step_read",
                        "select d::text, (d ->> 'version')::integer from traveler.step_json($1::uuid) d where d is not null"
                    ),
                    [.path("id")]
                )
            )
        ),
        act("/v1/steps/{id}/start", "Starts an available step and checks the caller in (S3).", start),
        act(
            "/v1/steps/{id}/complete",
            "Signs a step off (S5); the last sign-off completes the run, if no warning waits that it does not acknowledge (C3).",
            signs: true,
            body: [.optional("acknowledged", CompletionReview.acknowledged, "Warnings of its run.")],
            complete
        ),
        actOnMany("/v1/steps/start", "Starts up to 1,000 steps at once: all or none (S3).", startMany),
        actOnMany(
            "/v1/steps/complete",
            "Signs up to 1,000 steps off at once: all or none (S5).",
            signs: true,
            completeMany
        ),
        Endpoint(
            .put,
            "/v1/steps/{id}/values",
            "Enters, clears or signs fields of a step in progress (P4, S13).",
            tag: tag,
            lane: .signing(manyBytes: 64 * 1024),
            bodyLimit: 1024 * 1024,
            body: .object([values, Batches.siblings, Signatures.password]),
            response: acted,
            refusals: [409, 412],
            .work(
                Act(
                    Statement(
                        "step_enter_values",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.enter_values($3::uuid, $4::integer, $5::jsonb))
                        """
                    ),
                    [.path("id"), .version, .body]
                )
            )
        ),
        Endpoint(
            .post,
            "/v1/steps/{id}/correct",
            "Corrects values of a completed step of a live run; its signatures must be given again (S13).",
            tag: tag,
            bodyLimit: 1024 * 1024,
            body: .object([.required("reason", .text(1...1000), "Why, for the record."), values, Batches.siblings]),
            response: acted,
            refusals: [409, 412],
            .work(
                Act(
                    Statement(
                        "step_correct_values",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.correct_values($3::uuid, $4::integer, $5::jsonb))
                        """
                    ),
                    [.path("id"), .version, .body]
                )
            )
        ),
    ]
}

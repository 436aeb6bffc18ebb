import HTTP
import Postgres
import RunModel

/// Runs: their creation, status, completion, history and as-built records.
enum Runs {
    static let tag = "Runs"
    static let statuses = RunStatus.allCases.map(\.rawValue)

    private static let list = AttributeListPage(
        plain: plain,
        statement: Statement(
            "run_list_by_attributes",
            """
            select r.id, r.number, r.title, r.status, r.quantity, r.procedure_id, r.part_id, p.part_number, p.revision,
                p.name as part_name, r.steps_total, r.steps_completed, r.steps_canceled, r.created_at, r.started_at, r.completed_at,
                r.completion_number, r.attributes, r.version, h.effective_start, h.effective_end, r.due_at,
                f.value, f.record_number, f.record_id
            from traveler.records_by_attributes('run', $6::jsonb, $7::text, $8::boolean, $2::integer, $3::text, $4::bigint,
                $5::uuid, $9::jsonb) with ordinality f (record_id, record_number, value, place)
            join traveler.run r on r.org_id = $1::uuid and r.id = f.record_id
            join traveler.part p on p.org_id = r.org_id and p.id = r.part_id
            left join traveler.run_schedule h on h.org_id = r.org_id and h.run_id = r.id
            order by f.place
            """
        )
    )

    private static let plain = ListPage(
        [
            ListPage.Sort(
                name: "-number",
                statement: Statement(
                    "run_list_newest",
                    """
                    select r.id, r.number, r.title, r.status, r.quantity, r.procedure_id, r.part_id, p.part_number, p.revision,
                        p.name as part_name, r.steps_total, r.steps_completed, r.steps_canceled, r.created_at, r.started_at,
                        r.completed_at, r.completion_number, r.attributes, r.version, h.effective_start, h.effective_end, r.due_at, r.number
                    from traveler.run r join traveler.part p on p.org_id = r.org_id and p.id = r.part_id
                    left join traveler.run_schedule h on h.org_id = r.org_id and h.run_id = r.id
                    where r.org_id = $1::uuid and ($3::bigint is null or r.number < $3)
                        and ($4::text is null or r.status = $4) and ($5::uuid is null or r.part_id = $5)
                        and ($6::uuid is null or r.procedure_id = $6)
                        and ($7::text is null or r.number::text = $7 or strpos(lower(r.title), lower($7)) > 0)
                        and ($8::uuid is null or r.id = any (array(
                            select e.run_id from traveler.assignee e where e.org_id = $1::uuid and e.user_id = $8)))
                    order by r.number desc limit $2::integer
                    """
                ),
                key: [.integer]
            ),
            ListPage.Sort(
                name: "number",
                statement: Statement(
                    "run_list_oldest",
                    """
                    select r.id, r.number, r.title, r.status, r.quantity, r.procedure_id, r.part_id, p.part_number, p.revision,
                        p.name as part_name, r.steps_total, r.steps_completed, r.steps_canceled, r.created_at, r.started_at,
                        r.completed_at, r.completion_number, r.attributes, r.version, h.effective_start, h.effective_end, r.due_at, r.number
                    from traveler.run r join traveler.part p on p.org_id = r.org_id and p.id = r.part_id
                    left join traveler.run_schedule h on h.org_id = r.org_id and h.run_id = r.id
                    where r.org_id = $1::uuid and ($3::bigint is null or r.number > $3)
                        and ($4::text is null or r.status = $4) and ($5::uuid is null or r.part_id = $5)
                        and ($6::uuid is null or r.procedure_id = $6)
                        and ($7::text is null or r.number::text = $7 or strpos(lower(r.title), lower($7)) > 0)
                        and ($8::uuid is null or r.id = any (array(
                            select e.run_id from traveler.assignee e where e.org_id = $1::uuid and e.user_id = $8)))
                    order by r.number limit $2::integer
                    """
                ),
                key: [.integer]
            ),
        ],
        filters: [
            QueryParameter("status", .choice(statuses), "Runs with this derived status (R1)."),
            QueryParameter("part_id", .uuid, "Runs that build this part."),
            QueryParameter("procedure_id", .uuid, "Runs of this version of a procedure."),
            QueryParameter("search", .text(1...200), "Runs with this number, or with this in their title."),
            QueryParameter(
                "assigned_to",
                .uuid,
                "Runs that are assigned to this user, as a whole or in a step, by name or by a team (S11)."
            ),
        ]
    )

    /// What to install, and where.
    static let installRequest: Schema = .object([
        .required("build_requirement_id", .uuid), .required("part_inventory_id", .uuid),
        .optional(
            "quantity",
            .decimal(.quantity),
            "What is open, what there is or what belongs in the unit, whichever is least, unless given."
        ),
        .optional(
            "assembly_inventory_id",
            .uuid,
            "The unit it goes into, or the child made on assembly; needed where there are several."
        ),
        .optional(
            "reference_designator",
            .text(1...100),
            "Where in it: one of the requirement's reference designators (B2)."
        ),
    ])

    /// What a new run executes.
    static let executed: [Schema.Member] = [
        .optional("procedure_id", .uuid, "A released version, which says what is built."),
        .optional("part_id", .uuid, "What is built without a procedure, in place of one (D7)."),
    ]

    /// What a new run is besides that.
    static let creation: [Schema.Member] = [
        .optional("title", .text(1...200), "The procedure's or, without one, the name of the part, unless given."),
        .optional("quantity", .decimal(.quantity), "As many as there are serial numbers, else 1."),
        .optional("serial_numbers", .array(.text(1...100), 0...10_000), "One a unit, for a serialized part."),
        .optional("lot_number", .text(1...100)),
        .optional("generate", .boolean, "Whether the numbers are the next of the part's number_pattern (I1)."),
        .optional("location_id", .uuid),
        .optional(
            "part_inventory_ids",
            .array(.uuid, 1...10_000),
            "Existing inventory to take instead: units, or one row, of which quantity splits off a part (I3, I5)."
        ),
        .optional(
            "requirements",
            .choice(["all", "procedure"]),
            "Of a run that takes inventory: the mBOM's and the procedure's, unless only the latter (B1)."
        ),
        AttributeDefinitions.given(
            "Values of the org's own attributes; the procedure's of the same key, else the defaults, unless given (F3)."
        ),
    ]

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/runs",
            "The runs of the org.",
            tag: tag,
            query: list.parameters,
            response: ListPage.shape(item),
            .work(list)
        ),
        Endpoint(
            .post,
            "/v1/runs",
            """
            Creates a run of a released procedure (P2): copies its steps, and makes or takes the inventory it builds (I3). \
            One of a part alone has no step yet: its steps are added by redlines as it flies (D7).
            """,
            tag: tag,
            lane: .heavyAbove(bytes: 2000),
            bodyLimit: 1024 * 1024,
            body: .object(executed + creation),
            status: 201,
            response: detail,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "run_create",
                        "select body, version from traveler.answer($1, $2::integer, traveler.create_run($3::jsonb))"
                    ),
                    [.body]
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/runs/{id}",
            "A run with its steps, what they wait for, what it must install and what blocks its completion.",
            tag: tag,
            response: detail,
            .work(
                Document(
                    Statement(
                        "run_read",
                        "select d::text, (d ->> 'version')::integer from traveler.run_json($1::uuid) d where d is not null"
                    ),
                    [.path("id")]
                )
            )
        ),
        Endpoint(
            .post,
            "/v1/runs/{id}/save-as-procedure",
            "Drafts a new procedure of the run's steps as they are now, and says what a procedure can't hold of them (D7).",
            tag: tag,
            lane: .heavy,
            body: .object([
                .optional("title", .text(1...200), "The run's, unless given."),
                .optional("description", .text(0...100_000)),
            ]),
            status: 201,
            response: Procedures.saved,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "run_save_as_procedure",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.save_run_as_procedure($3::uuid, $4::jsonb))
                        """
                    ),
                    [.path("id"), .body]
                )
            )
        ),
        Endpoint(
            .post,
            "/v1/runs/{id}/complete",
            "Completes a run that no gate blocks and no warning waits for, or whose warnings it acknowledges (C2-C4).",
            tag: tag,
            body: .object([.optional("acknowledged", CompletionReview.acknowledged)]),
            response: detail,
            refusals: [409, 412],
            .work(
                Act(
                    Statement(
                        "run_complete",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.complete_run($3::uuid, $4::integer,
                            $5::jsonb -> 'acknowledged'))
                        """
                    ),
                    [.path("id"), .version, .body]
                )
            )
        ),
        OpenBlockers.endpoint,
        CompletionReview.endpoint,
        CompletionReview.acknowledge,
        Reopening.endpoint,
        Reopening.difference,
        History.endpoint(
            "/v1/runs/{id}/history",
            "The transaction history of a run, newest first (Y1).",
            tag: tag,
            Statement(
                "run_history",
                """
                select h::text, (h -> -1 ->> 'seq')::bigint
                from traveler.run x, traveler.history_json(x.id, $3::bigint, $4::integer) h
                where x.org_id = $1::uuid and x.id = $2::uuid
                """
            )
        ),
        Endpoint(
            .get,
            "/v1/runs/{id}/as-built/{number}",
            "An as-built record: the exact bytes that its digest covers (C5).",
            tag: tag,
            response: .object([], isOpen: true),
            .work(AsBuilt())
        ),
        Endpoint(
            .get,
            "/v1/runs/{id}/as-built/{number}/page",
            "An as-built record as an HTML page that prints well (C5).",
            tag: tag,
            response: nil,
            .work(AsBuiltPage())
        ),
        Endpoint(
            .post,
            "/v1/runs/{id}/installations",
            "Installs inventory to meet a requirement of the run (B2); a part of a row is split off first (I5).",
            tag: tag,
            body: installRequest,
            status: 201,
            response: installation,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "installation_create",
                        "select body, version from traveler.answer($1, $2::integer, traveler.install($3::uuid, $4::jsonb))"
                    ),
                    [.path("id"), .body]
                )
            )
        ),
        Endpoint(
            .post,
            "/v1/installations/{id}/uninstall",
            "Takes an installation out again, with a reason, while its run, or a later one on its unit, is live (B4).",
            tag: tag,
            body: .object([.required("reason", .text(1...1000, .notBlank))]),
            response: installation,
            refusals: [409, 412],
            .work(
                Act(
                    Statement(
                        "installation_uninstall",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.uninstall($3::uuid, $4::integer, $5))
                        """
                    ),
                    [.path("id"), .version, .member("reason")]
                )
            )
        ),
    ]
}

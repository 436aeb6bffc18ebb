import HTTP
import Postgres
import SplitInventory

/// Groups of a run's units that were split off onto an issue, and what becomes of them (X1-X9).
enum Splits {
    static let tag = "Splits"

    private static let list = ListPage(
        [
            ListPage.Sort(
                name: "newest",
                statement: Statement(
                    "split_list",
                    """
                    select s.id, s.run_id, r.number as run_number, s.number, s.parent_id, s.issue_id, i.number as issue_number,
                        s.quantity, s.location_id, s.created_by, s.created_at, s.outcome, s.rework_run_id, s.closed_at, s.version, s.id
                    from traveler.run_split s
                    join traveler.run r on r.org_id = s.org_id and r.id = s.run_id
                    join traveler.issue i on i.org_id = s.org_id and i.id = s.issue_id
                    where s.org_id = $1::uuid and ($3::uuid is null or s.id < $3)
                        and ($4::uuid is null or s.run_id = $4) and ($5::uuid is null or s.issue_id = $5)
                        and ($6::boolean is null or $6 = (s.closed_at is null))
                    order by s.id desc limit $2::integer
                    """
                ),
                key: [.uuid]
            )
        ],
        filters: [
            QueryParameter("run_id", .uuid, "The groups of this run."),
            QueryParameter("issue_id", .uuid, "The groups that this issue holds."),
            QueryParameter("open", .boolean, "Groups that the issue still holds, or those that have their outcome."),
        ]
    )

    private static let request: [Schema.Member] = [
        .optional("quantity", .decimal(.quantity), "How many, where the units are not serialized."),
        .optional("part_inventory_ids", .array(.uuid, 1...10_000), "The serialized units, by id or else by number."),
        .optional("serial_numbers", .array(.text(1...100), 1...10_000)),
        .optional("issue_id", .uuid, "The open issue that they go onto: either this or a new one."),
        .optional(
            "issue",
            .object([.required("title", .text(1...300, .notBlank)), .optional("description", .text(0...20_000))])
        ),
        .optional("location_id", .uuid, "Where they go; where they are, unless given."),
        .optional("reason", reason),
    ]

    /// The split of a run's own units, or of a group's, and its plan: one request, one answer (X8).
    private static func split(_ path: String, _ what: String, _ origin: @escaping SplitAct.Origin) -> [Endpoint] {
        [
            Endpoint(
                .post,
                "\(path)/split",
                "Splits some of \(what) off onto an issue (X1), dividing needs, installed parts and reserved stock.",
                tag: tag,
                lane: .heavyAbove(bytes: 2000),
                bodyLimit: 1024 * 1024,
                body: .object(request),
                status: 201,
                response: plan,
                refusals: [409, 412],
                .work(SplitAct(origin: origin, isPlan: false))
            ),
            Endpoint(
                .post,
                "\(path)/split-plan",
                "What splitting some of \(what) off would do: the same answer, and nothing is written (X8).",
                tag: tag,
                lane: .heavyAbove(bytes: 2000),
                bodyLimit: 1024 * 1024,
                body: .object(request),
                response: plan,
                refusals: [404, 409],
                .work(SplitAct(origin: origin, isPlan: true))
            ),
        ]
    }

    private static let reason = Schema.text(1...1000, .notBlank)

    private static let close = Statement(
        "split_close",
        "select body, version from traveler.answer($1, $2::integer, traveler.close_split($3::uuid, $4::integer, $5, $6))"
    )

    /// `POST /v1/splits/{id}/<name>`: what becomes of a group.
    private static func outcome(_ name: String, _ summary: String, _ members: [Schema.Member], _ work: Act) -> Endpoint
    {
        Endpoint(
            .post,
            "/v1/splits/{id}/\(name)",
            summary,
            tag: tag,
            body: .object(members),
            response: shape,
            refusals: [409, 412],
            .work(work)
        )
    }

    private static func outcome(_ name: String, _ outcome: String, _ summary: String, _ member: Schema.Member)
        -> Endpoint
    {
        self.outcome(
            name,
            summary,
            [member],
            Act(close, [.path("id"), .version, .constant(outcome), .member("reason")])
        )
    }

    static let endpoints: [Endpoint] =
        split("/v1/runs/{id}", "a run's units") { .run($0) }
        + split("/v1/splits/{id}", "a group's units") { .split($0) } + [
            Endpoint(
                .get,
                "/v1/splits",
                "The groups that were split off from runs, newest first (X1).",
                tag: tag,
                query: list.parameters,
                response: ListPage.shape(item),
                .work(list)
            ),
            Endpoint(
                .get,
                "/v1/splits/{id}",
                "A group with its units, what they had passed, what they need and what they share (X9).",
                tag: tag,
                response: shape,
                .work(
                    Document(
                        Statement(
                            "split_read",
                            "select d::text, (d ->> 'version')::integer from traveler.split_json($1::uuid) d where d is not null"
                        ),
                        [.path("id")]
                    )
                )
            ),
            Endpoint(
                .post,
                "/v1/splits/{id}/installations",
                "Installs inventory to meet a requirement of a group (B2, X3); a part of a row is split off first (I5).",
                tag: tag,
                body: Runs.installRequest,
                status: 201,
                response: Runs.installation,
                refusals: [409],
                .work(
                    Act(
                        Statement(
                            "split_install",
                            """
                            select body, version
                            from traveler.answer($1, $2::integer, traveler.install_into_split($3::uuid, $4::jsonb))
                            """
                        ),
                        [.path("id"), .body]
                    )
                )
            ),
            outcome(
                "merge",
                "merged",
                "Puts a group's units back onto their run, when they have passed every step that is completed there (X7, X9).",
                .optional("reason", reason)
            ),
            outcome(
                "rework",
                "Puts a group's units on a run of their own, which starts from what is in them (X7, B1).",
                [
                    .required("procedure_id", .uuid, "A released procedure of their part."),
                    .optional("title", .text(1...200), "The procedure's, unless given."),
                    .optional(
                        "requirements",
                        .choice(["all", "procedure"]),
                        "All that the part is made of, unless given, or what the procedure asks for alone (B1)."
                    ),
                    AttributeDefinitions.given(
                        "Values of the org's own attributes; the procedure's of the same key, else the defaults, unless given (F3)."
                    ),
                    .optional("reason", reason),
                ],
                Act(
                    Statement(
                        "split_rework",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.rework_split($3::uuid, $4::integer, $5::jsonb))
                        """
                    ),
                    [.path("id"), .version, .body]
                )
            ),
            outcome("scrap", "scrapped", "Scraps a group's units (X7, I4).", .required("reason", reason)),
            outcome(
                "use-as-is",
                "used_as_is",
                "Makes a group's units stock as they are (X7).",
                .required("reason", reason)
            ),
            outcome(
                "return-to-vendor",
                "returned_to_vendor",
                "Sends a group's units back to their vendor (X7, I4).",
                .required("reason", reason)
            ),
        ] + [resolve, scrapRun, progress]

    private static let resolve = Endpoint(
        .post,
        "/v1/installations/{id}/resolve",
        "Says whose a shared installation is, whole or in quantities that add up (X5).",
        tag: tag,
        body: .object([
            .required(
                "assignments",
                .array(
                    .object([
                        .required("split_id", .nullable(.uuid), "The group; null for the run's own units."),
                        .optional("quantity", .decimal(.quantity), "All of it, unless given."),
                        .optional("assembly_inventory_id", .uuid, "The unit that it is in, where it is known."),
                    ]),
                    1...1000
                )
            )
        ]),
        response: .object([
            .required("installation_id", .uuid), .required("run_id", .uuid),
            .required("installations", .array(Runs.installation), "What it is now, one for each assignment."),
        ]),
        refusals: [409, 412],
        .work(
            Act(
                Statement(
                    "installation_resolve",
                    """
                    select body, version
                    from traveler.answer($1, $2::integer, traveler.resolve_installation($3::uuid, $4::integer, $5::jsonb))
                    """
                ),
                [.path("id"), .version, .body]
            )
        )
    )

    private static let scrapRun = Endpoint(
        .post,
        "/v1/runs/{id}/scrap",
        "Scraps all that is left of a run's units, and cancels its open steps (I4).",
        tag: tag,
        body: .object([.required("reason", reason)]),
        response: Runs.detail,
        refusals: [409, 412],
        .work(
            Act(
                Statement(
                    "run_scrap",
                    "select body, version from traveler.answer($1, $2::integer, traveler.scrap_run($3::uuid, $4::integer, $5::jsonb))"
                ),
                [.path("id"), .version, .body]
            )
        )
    )

    private static let progress = Endpoint(
        .get,
        "/v1/runs/{id}/unit-progress",
        "Which of a run's units, and of the groups split off from it, went through which step (X9).",
        tag: tag,
        lane: .heavy,
        response: RowItems.shape(unitProgress),
        .work(
            RowItems(
                Statement(
                    "run_unit_progress",
                    """
                    select p.part_inventory_id, p.serial_number, p.lot_number, p.quantity, p.run_split_id, p.run_step_id, p.title, p.attempt, p.passed_at
                    from traveler.unit_progress($1::uuid) p
                    """
                ),
                [.path("id")],
                existence: Statement("run_exists", "select r.id from traveler.run r where r.id = $1::uuid")
            )
        )
    )
}

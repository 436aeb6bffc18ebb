import HTTP
import Postgres

/// Steps that a supplier does: what is where, sending, receiving, and what will not come back (O1).
enum OutsideProcesses {
    private static let states = ["planned", "away", "returned", "short", "withdrawn"]

    private static let members: [Schema.Member] = [
        .required("id", .uuid), .required("state", .choice(states), "Derived: away while any of it is."),
        .required("run_id", .uuid), .required("run_number", .count), .required("run_step_id", .uuid),
        .required("title", .string, "Of the step."), .required("attempt", .count),
        .required("purchase_order_id", .uuid),
        .required("purchase_order_number", .count), .required("purchase_order_line_id", .uuid),
        .required("position", .count, "Of the line."), .required("supplier_id", .uuid),
        .required("supplier_name", .string), .required("location_id", .uuid, "The supplier's place."),
        .required("operation", .string), .required("need_date", .nullable(.string), "The last day, UTC."),
        .required("overdue", .boolean, "That day has passed, and not all is back."), .required("part_id", .uuid),
        .required("part_number", .string), .required("unit", .string), .required("quantity_sent", .exact),
        .required("quantity_received", .exact), .required("quantity_short", .exact), .required("created_by", .actor),
        .required("created_at", .time), .required("version", .version),
    ]

    private static let item: Schema = .named("OutsideProcessItem") { .object(members) }

    /// A process with all that went and came.
    static let shape: Schema = .named("OutsideProcess") {
        .object(
            members + [
                .required(
                    "units_away",
                    .array(
                        .object([
                            .required("part_inventory_id", .uuid), .required("serial_number", .nullable(.string)),
                        ])
                    ),
                    "The serialized units that the supplier has."
                ),
                .required("shipments", .array(shipment)),
            ]
        )
    }

    private static let shipment: Schema = .named("OutsideShipment") {
        .object([
            .required("id", .uuid), .required("kind", .choice(["send", "receive", "short"])),
            .required("quantity", .exact), .required("part_inventory_ids", .array(.uuid)),
            .required("location_id", .nullable(.uuid), "Where to; null where each unit is back where it was."),
            .required("reference", .nullable(.string)), .required("reason", .nullable(.string)),
            .required("issue_id", .nullable(.uuid)), .required("created_by", .actor), .required("created_at", .time),
        ])
    }

    private static let cost: Schema = .named("RunCost") {
        .object([
            .required("run_id", .uuid),
            .required(
                "labor",
                .object([
                    .required("seconds", .count, "Whole seconds; an open session counts up to now."),
                    .required("unrated_seconds", .count, "Those of them for which there is no rate."),
                    .required("cost", .exact, "In the org's own currency (L4)."),
                ])
            ),
            .required(
                "outside",
                .array(.object([.required("currency", .string), .required("cost", .exact)])),
                "What suppliers sent back, at the price of its line (O1)."
            ),
        ])
    }

    private static let list = ListPage(
        [
            ListPage.Sort(
                name: "newest",
                statement: Statement(
                    "outside_process_list",
                    """
                    select o.id, o.state, o.run_id, r.number as run_number, o.run_step_id, s.title, o.attempt,
                        d.id as purchase_order_id, d.number as purchase_order_number, o.purchase_order_line_id, l.position,
                        u.id as supplier_id, u.name as supplier_name, u.location_id, l.operation, l.need_date::text,
                        coalesce(l.need_date < (now() at time zone 'UTC')::date, false)
                            and o.state in ('planned', 'away') as overdue,
                        p.id as part_id, p.part_number, p.unit, o.quantity_sent, o.quantity_received, o.quantity_short,
                        o.created_by, o.created_at, o.version, o.id
                    from traveler.outside_process o
                    join traveler.run r on r.org_id = o.org_id and r.id = o.run_id
                    join traveler.part p on p.org_id = r.org_id and p.id = r.part_id
                    join traveler.run_step s on s.org_id = o.org_id and s.id = o.run_step_id
                    join traveler.purchase_order_line l on l.org_id = o.org_id and l.id = o.purchase_order_line_id
                    join traveler.purchase_order d on d.org_id = l.org_id and d.id = l.purchase_order_id
                    join traveler.supplier u on u.org_id = d.org_id and u.id = d.supplier_id
                    where o.org_id = $1::uuid and ($3::uuid is null or o.id < $3)
                        and ($4::text is null or o.state = $4) and ($5::uuid is null or o.run_id = $5)
                        and ($6::uuid is null or u.id = $6) and ($7::uuid is null or l.id = $7)
                        and ($8::boolean is null or $8 = (o.state in ('planned', 'away')
                            and coalesce(l.need_date < (now() at time zone 'UTC')::date, false)))
                    order by o.id desc limit $2::integer
                    """
                ),
                key: [.uuid]
            )
        ],
        filters: [
            QueryParameter("state", .choice(states), "Processes in this state: away says what is where."),
            QueryParameter("run_id", .uuid, "The processes of this run."),
            QueryParameter("supplier_id", .uuid, "The processes at this supplier."),
            QueryParameter("purchase_order_line_id", .uuid, "The processes on this line."),
            QueryParameter("overdue", .boolean, "Whether the day by which all was to be back has passed."),
        ]
    )

    private static let read = Document(
        Statement(
            "outside_process_read",
            "select d::text, (d ->> 'version')::integer from traveler.outside_process_json($1::uuid) d where d is not null"
        ),
        [.path("id")]
    )

    private static let readCost = Document(
        Statement(
            "run_cost",
            "select d::text, null::integer from traveler.run_cost_json($1::uuid) d where d is not null"
        ),
        [.path("id")]
    )

    private static let link = Act(
        Statement(
            "outside_process_link",
            """
            select body, version
            from traveler.answer($1, $2::integer, traveler.link_outside_process($3::uuid, $4::integer, $5::jsonb))
            """
        ),
        [.path("id"), .version, .body]
    )

    private static let unlink = Act(
        Statement(
            "outside_process_unlink",
            """
            select body, version
            from traveler.answer($1, $2::integer, traveler.unlink_outside_process($3::uuid, $4::integer))
            """
        ),
        [.path("id"), .version]
    )

    private static let sendUnits = Act(
        Statement(
            "outside_process_send",
            """
            select body, version
            from traveler.answer($1, $2::integer, traveler.send_outside($3::uuid, $4::integer, $5::jsonb))
            """
        ),
        [.path("id"), .version, .body]
    )

    private static let receive = Act(
        Statement(
            "outside_process_receive",
            """
            select body, version
            from traveler.answer($1, $2::integer, traveler.receive_outside($3::uuid, $4::integer, $5::jsonb))
            """
        ),
        [.path("id"), .version, .body]
    )

    private static let short = Act(
        Statement(
            "outside_process_short",
            """
            select body, version
            from traveler.answer($1, $2::integer, traveler.short_outside($3::uuid, $4::integer, $5::jsonb))
            """
        ),
        [.path("id"), .version, .body]
    )

    private static let units: [Schema.Member] = [
        .optional("quantity", .decimal(.quantity), "How many, where the units are not serialized; all, unless given."),
        .optional("part_inventory_ids", .array(.uuid, 1...10_000), "The serialized units, by id or else by number."),
        .optional("serial_numbers", .array(.text(1...100), 1...10_000)),
    ]
    private static let reference = Schema.Member.optional(
        "reference",
        .text(1...200, .notBlank),
        "The number of a packing slip, or the like."
    )

    private static func endpoint(
        _ path: String,
        _ summary: String,
        _ body: [Schema.Member]?,
        status: Int = 200,
        _ work: Act
    ) -> Endpoint {
        Endpoint(
            .post,
            path,
            summary,
            tag: PurchaseOrders.tag,
            lane: .heavyAbove(bytes: 2000),
            bodyLimit: 1024 * 1024,
            body: body.map { .object($0) },
            status: status,
            response: shape,
            refusals: [409, 412],
            .work(work)
        )
    }

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/outside-processes",
            "What suppliers do for runs: what is where, and what is overdue, newest first (O1).",
            tag: PurchaseOrders.tag,
            query: list.parameters,
            response: ListPage.shape(item),
            .work(list)
        ),
        Endpoint(
            .get,
            "/v1/outside-processes/{id}",
            "An outside process with what was sent, came back and is away.",
            tag: PurchaseOrders.tag,
            response: shape,
            .work(read)
        ),
        endpoint(
            "/v1/steps/{id}/link",
            "Links a step that a supplier does to a line of a purchase order, before anything is sent (O1).",
            [.required("purchase_order_line_id", .uuid)],
            status: 201,
            link
        ),
        endpoint(
            "/v1/steps/{id}/send",
            "Sends units of the run to the supplier, which starts the step; nobody is checked in (O1, S3).",
            units + [
                .optional("purchase_order_line_id", .uuid, "The one that the step is linked to, unless given."),
                reference,
            ],
            sendUnits
        ),
        endpoint(
            "/v1/outside-processes/{id}/receive",
            "Receives units back, in parts or all that is away (O1).",
            units + [
                .optional(
                    "location_id",
                    .uuid,
                    "Where they are now; the step's place or else where they were, unless given."
                ), reference,
            ],
            receive
        ),
        endpoint(
            "/v1/outside-processes/{id}/short",
            "Closes what will not come back onto an issue, which keeps it and decides about it (O1).",
            units + [
                .required("reason", .text(1...1000, .notBlank)), reference,
                .optional("issue_id", .uuid, "The open issue that it goes onto: either this or a new one."),
                .optional(
                    "issue",
                    .object([
                        .required("title", .text(1...300, .notBlank)), .optional("description", .text(0...20_000)),
                    ])
                ),
            ],
            short
        ),
        endpoint(
            "/v1/outside-processes/{id}/unlink",
            "Takes the link of a step to a line back, before anything was sent on it (O1).",
            nil,
            unlink
        ),
        Endpoint(
            .get,
            "/v1/runs/{id}/cost",
            "What a run cost so far: labor, and outside work by currency (L4, O1).",
            tag: PurchaseOrders.tag,
            response: cost,
            .work(readCost)
        ),
    ]
}

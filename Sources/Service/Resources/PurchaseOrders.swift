import HTTP
import Postgres

/// What is ordered of suppliers (O2): each line goes its way from draft to received, and the order's status follows.
enum PurchaseOrders {
    static let tag = "Purchase orders"
    static let states = ["draft", "requested", "approved", "ordered", "partially_received", "received", "canceled"]
    private static let price = DecimalForm(wholeDigits: 10, fractionDigits: 6, mayBeNegative: false, mayBeZero: true)

    private static let line: Schema = .named("PurchaseOrderLine") {
        .object([
            .required("id", .uuid), .required("purchase_order_id", .uuid), .required("position", .count),
            .required("part_id", .nullable(.uuid), "Only a run that builds it is sent on this line."),
            .required("part_number", .nullable(.string)), .required("description", .nullable(.string)),
            .required("operation", .string), .required("quantity", .exact), .required("unit_price", .exact),
            .required("currency", .string), .required("need_date", .nullable(.string), "The last day, UTC."),
            .required("state", .choice(states)), .required("state_reason", .nullable(.string)),
            .required("state_changed_by", .actor), .required("state_changed_at", .time),
            .required("requested_by", .nullable(.actor), "Who does not approve it."),
            .required("approved_by", .nullable(.actor)),
            .required("quantity_sent", .exact), .required("quantity_received", .exact),
            .required("quantity_short", .exact, "What will not come back, on issues."),
            .required(
                "acts",
                .array(.object(Steps.actMembers + [.required("to_state", .choice(states))])),
                "What can be done now, and why not (S16)."
            ),
            .required("created_at", .time), .required("version", .version),
        ])
    }

    private static let shape: Schema = .named("PurchaseOrder") {
        .object([
            .required("id", .uuid), .required("number", .count),
            .required("status", .choice(states), "Derived from the lines (O2)."), .required("supplier_id", .uuid),
            .required("supplier_code", .string), .required("supplier_name", .string), .required("note", .string),
            .required("lines", .array(line)), .required("created_by", .actor), .required("created_at", .time),
            .required("version", .version),
        ])
    }

    private static let item: Schema = .named("PurchaseOrderItem") {
        .object([
            .required("id", .uuid), .required("number", .count), .required("status", .choice(states)),
            .required("supplier_id", .uuid), .required("supplier_code", .string), .required("supplier_name", .string),
            .required("note", .string), .required("created_by", .actor), .required("created_at", .time),
            .required("version", .version),
        ])
    }

    private static let list = ListPage(
        [
            ListPage.Sort(
                name: "-number",
                statement: Statement(
                    "purchase_order_list",
                    """
                    select o.id, o.number, o.status, o.supplier_id, s.code as supplier_code, s.name as supplier_name, o.note,
                        o.created_by, o.created_at, o.version, o.number
                    from traveler.purchase_order o
                    join traveler.supplier s on s.org_id = o.org_id and s.id = o.supplier_id
                    where o.org_id = $1::uuid and ($3::bigint is null or o.number < $3)
                        and ($4::uuid is null or o.supplier_id = $4) and ($5::text is null or o.status = $5)
                    order by o.number desc limit $2::integer
                    """
                ),
                key: [.integer]
            )
        ],
        filters: [
            QueryParameter("supplier_id", .uuid, "The orders of this supplier."),
            QueryParameter("status", .choice(states), "Orders with this status."),
        ]
    )

    private static let lineMembers: [Schema.Member] = [
        .optional("part_id", .nullable(.uuid), "What is worked on: either a part"),
        .optional("description", .nullable(.text(1...500, .notBlank)), "or what it is, in words."),
        .required("operation", .text(1...500, .notBlank), "What the supplier does."),
        .required("quantity", .decimal(.quantity)), .required("unit_price", .decimal(price), "For one."),
        .required("currency", .text(3...3), "Three capital letters (ISO 4217)."),
        .optional("need_date", .nullable(.text(10...10, .day)), "The last day (UTC) by which all is to be back."),
    ]
    private static let lines = Schema.array(.object(lineMembers), 0...1000)
    private static let lineChanges = lineMembers.map { Schema.Member.optional($0.name, $0.schema, $0.meaning) }

    private static let create = Act(
        Statement(
            "purchase_order_create",
            "select body, version from traveler.answer($1, $2::integer, traveler.create_purchase_order($3::jsonb))"
        ),
        [.body]
    )

    private static let read = Document(
        Statement(
            "purchase_order_read",
            "select d::text, (d ->> 'version')::integer from traveler.purchase_order_json($1::uuid) d where d is not null"
        ),
        [.path("id")]
    )

    private static let change = Act(
        Statement(
            "purchase_order_change",
            """
            select body, version
            from traveler.answer($1, $2::integer, traveler.change_purchase_order($3::uuid, $4::integer, $5::jsonb))
            """
        ),
        [.path("id"), .version, .body]
    )

    private static let changeLine = Act(
        Statement(
            "purchase_order_line_change",
            """
            select body, version from traveler.answer($1, $2::integer,
                traveler.change_purchase_order_line($3::uuid, $4::integer, $5::jsonb))
            """
        ),
        [.path("id"), .version, .body]
    )

    private static let move = Statement(
        "purchase_order_act",
        """
        select body, version
        from traveler.answer($1, $2::integer, traveler.act_on_purchase_order($3, $4::uuid, $5::integer, $6::jsonb))
        """
    )

    private static let moves: [(act: String, summary: String)] = [
        ("request", "Asks for the approval of lines in draft (O2)."),
        ("return", "Returns lines that wait for approval to draft; a reason is asked (O2)."),
        ("approve", "Approves lines that someone else asked for (O2)."),
        ("revise", "Takes approved lines back to draft; a reason is asked (O2)."),
        ("order", "Records that approved lines are ordered: units can be sent on them (O2)."),
        ("close", "Closes lines on which nothing is away and nothing more will come; a reason is asked (O2)."),
        ("cancel", "Cancels lines on which nothing was sent; past draft a reason is asked (O2)."),
    ]

    private static let moveMembers: [Schema.Member] = [
        .optional("line_ids", .array(.uuid, 1...1000), "All lines that can go that way, unless given."),
        .optional("reason", .text(1...1000, .notBlank)),
    ]

    private static let history = History.endpoint(
        "/v1/purchase-orders/{id}/history",
        "The transaction history of a purchase order and its lines, newest first (Y1).",
        tag: tag,
        Statement(
            "purchase_order_history",
            """
            select h::text, (h -> -1 ->> 'seq')::bigint
            from traveler.purchase_order x, traveler.history_json(x.id, $3::bigint, $4::integer) h
            where x.org_id = $1::uuid and x.id = $2::uuid
            """
        )
    )

    static let endpoints: [Endpoint] =
        [
            Endpoint(
                .get,
                "/v1/purchase-orders",
                "The purchase orders of the org, newest first (O2).",
                tag: tag,
                query: list.parameters,
                response: ListPage.shape(item),
                .work(list)
            ),
            Endpoint(
                .post,
                "/v1/purchase-orders",
                "Drafts a purchase order of a supplier (O2).",
                tag: tag,
                body: .object([
                    .required("supplier_id", .uuid), .optional("note", .text(0...5000)), .required("lines", lines),
                ]),
                status: 201,
                response: shape,
                refusals: [409],
                .work(create)
            ),
            Endpoint(
                .get,
                "/v1/purchase-orders/{id}",
                "A purchase order with its lines.",
                tag: tag,
                response: shape,
                .work(read)
            ),
            Endpoint(
                .patch,
                "/v1/purchase-orders/{id}",
                "Changes a purchase order's note, or adds lines to it, in draft.",
                tag: tag,
                body: .object([.optional("note", .text(0...5000)), .optional("add_lines", lines)]),
                response: shape,
                refusals: [409, 412],
                .work(change)
            ),
            Endpoint(
                .patch,
                "/v1/purchase-order-lines/{id}",
                "Edits a line, in draft (O2).",
                tag: tag,
                body: .object(lineChanges),
                response: line,
                refusals: [409, 412],
                .work(changeLine)
            ),
            history,
        ]
        + moves.map { move in
            Endpoint(
                .post,
                "/v1/purchase-orders/{id}/\(move.act)",
                move.summary,
                tag: tag,
                body: .object(moveMembers),
                response: shape,
                refusals: [409, 412],
                .work(Act(Self.move, [.constant(move.act), .path("id"), .version, .body]))
            )
        }
}

import HTTP
import Postgres

/// Parts and their mBOMs.
enum Parts {
    static let tag = "Parts"
    static let trackings = ["serial", "lot", "none"]

    static let shape: Schema = .named("Part") { .object(columns + [.required("mbom_id", .nullable(.uuid))]) }

    private static let columns: [Schema.Member] = [
        .required("id", .uuid), .required("part_number", .string), .required("revision", .string),
        .required("name", .string), .required("description", .string),
        .required("tracking", .choice(trackings), "What identifies its inventory (I1)."), .required("unit", .string),
        .required("lot_traceability", .boolean),
        .required("number_pattern", .nullable(.string), "How generated serial or lot numbers read (I1)."),
        .required("archived_at", .nullable(.time)),
        .required("created_at", .time), .required("version", .version),
    ]

    private static let numberPattern =
        "How generated serial or lot numbers read: SN-{0000} counts from SN-0001. Zeros are the least width (I1)."

    private static let list = ListPage(
        [
            ListPage.Sort(
                name: "part_number",
                statement: Statement(
                    "part_list",
                    """
                    select p.id, p.part_number, p.revision, p.name, p.description, p.tracking, p.unit, p.lot_traceability,
                        p.number_pattern, p.archived_at, p.created_at, p.version, p.part_number, p.revision
                    from traveler.part p
                    where p.org_id = $1::uuid and ($3::text is null or (p.part_number, p.revision) > ($3, $4))
                        and ($5::text is null or p.part_number = $5) and ($6::text is null or p.tracking = $6)
                        and ($7::boolean is null or $7 = (p.archived_at is not null))
                    order by p.part_number, p.revision limit $2::integer
                    """
                ),
                key: [.text, .text]
            )
        ],
        filters: [
            QueryParameter("part_number", .text(1...100), "The revisions of this part number."),
            QueryParameter("tracking", .choice(trackings), "Parts with this tracking."),
            QueryParameter("archived", .boolean, "Parts that are, or aren't, archived."),
        ]
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/parts",
            "The parts of the org.",
            tag: tag,
            query: list.parameters,
            response: ListPage.shape(.named("PartItem") { .object(columns) }),
            .work(list)
        ),
        Endpoint(
            .post,
            "/v1/parts",
            "Creates a part at one revision.",
            tag: tag,
            body: .object([
                .required("part_number", .text(1...100)),
                .optional("revision", .text(1...20), "A, unless given."),
                .required("name", .text(1...200)),
                .optional("description", .text(0...10_000)),
                .optional("tracking", .choice(trackings), "none, unless given."),
                .optional("unit", .text(1...20), "each, unless given."),
                .optional("lot_traceability", .boolean),
                .optional("number_pattern", .text(1...60), numberPattern),
            ]),
            status: 201,
            response: shape,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "part_create",
                        "select body, version from traveler.answer($1, $2::integer, traveler.create_part($3::jsonb))"
                    ),
                    [.body]
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/parts/{id}",
            "A part.",
            tag: tag,
            response: shape,
            .work(
                Document(
                    Statement(
                        "part_read",
                        "select d::text, (d ->> 'version')::integer from traveler.part_json($1::uuid) d where d is not null"
                    ),
                    [.path("id")]
                )
            )
        ),
        Endpoint(
            .patch,
            "/v1/parts/{id}",
            "Changes a part's description, or archives it. Number, revision, tracking and unit never change.",
            tag: tag,
            body: .object([
                .optional("name", .text(1...200)), .optional("description", .text(0...10_000)),
                .optional("lot_traceability", .boolean), .optional("archived", .boolean),
                .optional("number_pattern", .nullable(.text(1...60)), numberPattern),
            ]),
            response: shape,
            refusals: [412],
            .work(
                Act(
                    Statement(
                        "part_change",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.change_part($3::uuid, $4::integer, $5::jsonb))
                        """
                    ),
                    [.path("id"), .version, .body]
                )
            )
        ),
        History.endpoint(
            "/v1/parts/{id}/history",
            "The transaction history of a part, newest first (Y1).",
            tag: tag,
            Statement(
                "part_history",
                """
                select h::text, (h -> -1 ->> 'seq')::bigint
                from traveler.part x, traveler.history_json(x.id, $3::bigint, $4::integer) h
                where x.org_id = $1::uuid and x.id = $2::uuid
                """
            )
        ),
    ]
}

import HTTP
import Postgres

/// Who does work for the org outside (O1).
enum Suppliers {
    private static let shape: Schema = .named("Supplier") {
        .object([
            .required("id", .uuid), .required("code", .string), .required("name", .string),
            .required("location_id", .uuid, "Where units are while the supplier has them."),
            .required("archived_at", .nullable(.time)), .required("created_at", .time), .required("version", .version),
        ])
    }

    private static let list = ListPage(
        [
            ListPage.Sort(
                name: "code",
                statement: Statement(
                    "supplier_list",
                    """
                    select s.id, s.code, s.name, s.location_id, s.archived_at, s.created_at, s.version, s.code
                    from traveler.supplier s
                    where s.org_id = $1::uuid and ($3::text is null or s.code > $3)
                        and ($4::boolean is null or $4 = (s.archived_at is not null))
                    order by s.code limit $2::integer
                    """
                ),
                key: [.text]
            )
        ],
        filters: [QueryParameter("archived", .boolean, "Suppliers that are, or aren't, archived.")]
    )

    private static let create = Act(
        Statement(
            "supplier_create",
            "select body, version from traveler.answer($1, $2::integer, traveler.create_supplier($3::jsonb))"
        ),
        [.body]
    )

    private static let read = Document(
        Statement(
            "supplier_read",
            "select d::text, (d ->> 'version')::integer from traveler.supplier_json($1::uuid) d where d is not null"
        ),
        [.path("id")]
    )

    private static let change = Act(
        Statement(
            "supplier_change",
            """
            select body, version
            from traveler.answer($1, $2::integer, traveler.change_supplier($3::uuid, $4::integer, $5::jsonb))
            """
        ),
        [.path("id"), .version, .body]
    )

    private static let history = History.endpoint(
        "/v1/suppliers/{id}/history",
        "The transaction history of a supplier, newest first (Y1).",
        tag: PurchaseOrders.tag,
        Statement(
            "supplier_history",
            """
            select h::text, (h -> -1 ->> 'seq')::bigint
            from traveler.supplier x, traveler.history_json(x.id, $3::bigint, $4::integer) h
            where x.org_id = $1::uuid and x.id = $2::uuid
            """
        )
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/suppliers",
            "The suppliers of the org (O1).",
            tag: PurchaseOrders.tag,
            query: list.parameters,
            response: ListPage.shape(shape),
            .work(list)
        ),
        Endpoint(
            .post,
            "/v1/suppliers",
            "Adds a supplier, with the place where units are while it has them (O1).",
            tag: PurchaseOrders.tag,
            body: .object([
                .required("code", .text(1...50, .notBlank), "Unique in the org; it never changes."),
                .required("name", .text(1...200, .notBlank)),
                .optional(
                    "location_id",
                    .uuid,
                    "A location that is no work center and where nothing is available; made by its name, unless given."
                ),
            ]),
            status: 201,
            response: shape,
            refusals: [409],
            .work(create)
        ),
        Endpoint(
            .get,
            "/v1/suppliers/{id}",
            "A supplier.",
            tag: PurchaseOrders.tag,
            response: shape,
            .work(read)
        ),
        Endpoint(
            .patch,
            "/v1/suppliers/{id}",
            "Renames a supplier, or archives it: nothing new is ordered of it.",
            tag: PurchaseOrders.tag,
            body: .object([.optional("name", .text(1...200, .notBlank)), .optional("archived", .boolean)]),
            response: shape,
            refusals: [412],
            .work(change)
        ),
        history,
    ]
}

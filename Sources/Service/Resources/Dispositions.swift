import HTTP
import Postgres

/// What an org can decide about what an issue is about (Q1).
enum Dispositions {
    static let availabilities = ["available_immediately", "release_on_resolve", "permanently_unavailable"]

    private static let shape: Schema = .named("DispositionType") {
        .object([
            .required("id", .uuid), .required("name", .string),
            .required("availability", .choice(availabilities), "What becomes of the issue's inventory."),
            .required("approver_roles", .array(.string), "Each of them approves, through someone who did not dispose."),
            .required(
                "closure_roles",
                .array(.string),
                "Who resolves: a holder of any; none for every holder of issue.resolve."
            ),
            .required("archived_at", .nullable(.time)), .required("created_at", .time), .required("version", .version),
        ])
    }

    private static let list = Document(
        Statement("disposition_type_list", "select d::text, null::integer from traveler.disposition_types_json() d"),
        []
    )

    private static let create = Act(
        Statement(
            "disposition_type_create",
            "select body, version from traveler.answer($1, $2::integer, traveler.create_disposition_type($3::jsonb))"
        ),
        [.body]
    )

    private static let archive = Act(
        Statement(
            "disposition_type_archive",
            """
            select body, version
            from traveler.answer($1, $2::integer, traveler.archive_disposition_type($3::uuid, $4::integer))
            """
        ),
        [.path("id"), .version]
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/disposition-types",
            "The disposition types that the org offers (Q1).",
            tag: Issues.tag,
            response: .object([.required("items", .array(shape))]),
            .work(list)
        ),
        Endpoint(
            .post,
            "/v1/disposition-types",
            "Adds a disposition type. It is never rewritten: archive it and make another.",
            tag: Issues.tag,
            body: .object([
                .required("name", .text(1...100, .notBlank)), .required("availability", .choice(availabilities)),
                .optional("approver_roles", .array(.text(1...63), 0...20), "Names of roles."),
                .optional("closure_roles", .array(.text(1...63), 0...20), "Names of roles."),
            ]),
            status: 201,
            response: shape,
            refusals: [409],
            .work(create)
        ),
        Endpoint(
            .post,
            "/v1/disposition-types/{id}/archive",
            "Offers a disposition type no more; issues that have it keep it.",
            tag: Issues.tag,
            response: shape,
            refusals: [409, 412],
            .work(archive)
        ),
    ]
}

import HTTP
import Postgres

/// What an org defines as attributes of its records (F1), and how requests give their values (F2).
enum AttributeDefinitions {
    static let tag = "Attributes"
    static let records = ["run", "run_step", "issue", "part_inventory", "procedure"]
    private static let types = [
        "text", "number", "boolean", "date", "datetime", "select", "multiselect", "file", "user", "part",
    ]
    private static let ends = ["creation", "completion"]

    /// The values of a record's attributes, by their keys.
    static let values = Schema.Member.required(
        "attributes",
        .object([], isOpen: true),
        "The org's own attributes by their keys (F2): numbers as decimal strings, times in UTC, users, parts and files by id."
    )
    /// Such values in a request.
    static func given(_ meaning: String) -> Schema.Member {
        .optional("attributes", .object([], isOpen: true), meaning)
    }

    private static let shape: Schema = .named("AttributeDefinition") {
        .object([
            .required("id", .uuid), .required("record", .choice(records), "Which records have it."),
            .required("key", .string), .required("label", .string), .required("type", .choice(types)),
            .required("options", .array(.string)),
            .required("retired_options", .array(.string), "Those that no value is given anew."),
            .required("required", .boolean), .required("required_from", .choice(ends)),
            .required("required_at", .nullable(.time), "Since when it is required."),
            .required("default_value", .nullable(.any)), .required("searchable", .boolean),
            .required("created_by", .actor), .required("created_at", .time),
            .required("archived_at", .nullable(.time)), .required("version", .version),
        ])
    }

    private static let options: Schema = .array(.text(1...200, .notBlank), 0...500)
    private static let rest: [Schema.Member] = [
        .optional("required", .boolean),
        .optional(
            "required_from",
            .choice(ends),
            "completion unless given; a run may ask for it at its creation: older live ones meet it as a gate."
        ),
        .optional("default_value", .nullable(.any), "What a new record has that is given no value and inherits none."),
        .optional("searchable", .boolean, "Whether lists are filtered and sorted by it (F4)."),
    ]

    private static let list = ListPage(
        [
            ListPage.Sort(
                name: "record",
                statement: Statement(
                    "attribute_definition_list",
                    """
                    select d.id, d.record, d.key, d.label, d.type, to_json(d.options) as options,
                        to_json(d.retired_options) as retired_options, d.required, d.required_from, d.required_at,
                        d.default_value, d.searchable, d.created_by, d.created_at, d.archived_at, d.version, d.record, d.key
                    from traveler.attribute_definition d
                    where d.org_id = $1::uuid and ($3::text is null or (d.record, d.key) > ($3, $4::text))
                        and ($5::text is null or d.record = $5)
                        and ($6::boolean is null or $6 = (d.archived_at is not null))
                    order by d.record, d.key limit $2::integer
                    """
                ),
                key: [.text, .text]
            )
        ],
        filters: [
            QueryParameter("record", .choice(records), "Attributes of this kind of record."),
            QueryParameter("archived", .boolean, "Attributes that are, or aren't, archived."),
        ]
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/attribute-definitions",
            "The attributes that the org defined.",
            tag: tag,
            query: list.parameters,
            response: ListPage.shape(shape),
            .work(list)
        ),
        Endpoint(
            .post,
            "/v1/attribute-definitions",
            "Defines an attribute of a kind of record (F1).",
            tag: tag,
            body: .object(
                [
                    .required("record", .choice(records)),
                    .required("key", .text(1...63, .word), "Its name in JSON and in views."),
                    .required("label", .text(1...200, .notBlank), "What people read."),
                    .required("type", .choice(types)),
                    .optional("options", options, "Of a select or multiselect."),
                ] + rest
            ),
            status: 201,
            response: shape,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "attribute_definition_create",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.create_attribute_definition($3::jsonb))
                        """
                    ),
                    [.body]
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/attribute-definitions/{id}",
            "The definition of an attribute.",
            tag: tag,
            response: shape,
            .work(
                Document(
                    Statement(
                        "attribute_definition_read",
                        """
                        select d::text, (d ->> 'version')::integer
                        from traveler.attribute_definition_json($1::uuid) d where d is not null
                        """
                    ),
                    [.path("id")]
                )
            )
        ),
        Endpoint(
            .patch,
            "/v1/attribute-definitions/{id}",
            """
            Changes how an attribute is called, what it may be and when it is required; its key and its type only while no \
            record has a value (F1).
            """,
            tag: tag,
            body: .object(
                [
                    .optional("key", .text(1...63, .word)), .optional("label", .text(1...200, .notBlank)),
                    .optional("type", .choice(types)), .optional("options", options, "Those to add."),
                    .optional("retire_options", options, "Values that are there may stay (F2)."),
                    .optional("restore_options", options),
                ] + rest
            ),
            response: shape,
            refusals: [409, 412],
            .work(
                Act(
                    Statement(
                        "attribute_definition_change",
                        """
                        select body, version from traveler.answer($1, $2::integer,
                            traveler.change_attribute_definition($3::uuid, $4::integer, $5::jsonb))
                        """
                    ),
                    [.path("id"), .version, .body]
                )
            )
        ),
        Endpoint(
            .post,
            "/v1/attribute-definitions/{id}/archive",
            "Ends an attribute: no record is given a value any more, and those that are there stay (T4).",
            tag: tag,
            response: shape,
            refusals: [409, 412],
            .work(
                Act(
                    Statement(
                        "attribute_definition_archive",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.archive_attribute_definition($3::uuid, $4::integer))
                        """
                    ),
                    [.path("id"), .version]
                )
            )
        ),
        Endpoint(
            .put,
            "/v1/runs/{id}/attributes",
            "Sets attributes of a live run: null takes a value away, and what is not named stays (F2).",
            tag: Runs.tag,
            bodyLimit: 256 * 1024,
            body: .object([values]),
            response: Runs.detail,
            refusals: [409, 412],
            .work(
                Act(
                    Statement(
                        "run_attributes_set",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.set_run_attributes($3::uuid, $4::integer, $5::jsonb))
                        """
                    ),
                    [.path("id"), .version, .body]
                )
            )
        ),
    ]
}

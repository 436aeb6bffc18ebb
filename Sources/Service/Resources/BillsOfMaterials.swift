import HTTP
import Postgres

/// Manufacturing bills of materials (B1).
enum BillsOfMaterials {
    private static let designators: Schema = .array(.text(1...100), 0...10_000)

    static let shape: Schema = .named("MBOM") {
        .object([
            .required("id", .uuid), .required("part_id", .uuid), .required("version_number", .version),
            .required("state", .choice(["draft", "released", "archived"])),
            .required("released_at", .nullable(.time)), .required("created_at", .time), .required("version", .version),
            .required(
                "lines",
                .array(
                    .object([
                        .required("id", .uuid), .required("position", .count), .required("part_id", .uuid),
                        .required("part_number", .string), .required("revision", .string),
                        .required("part_name", .string), .required("quantity_per_unit", .exact),
                        .required("reference_designators", .array(.string)),
                        .required("made_on_assembly", .boolean), .required("substitute_part_ids", .array(.uuid)),
                    ])
                )
            ),
        ])
    }

    static let endpoints: [Endpoint] = [
        Endpoint(
            .post,
            "/v1/parts/{id}/mboms",
            "Drafts the next version of a part's mBOM.",
            tag: Parts.tag,
            bodyLimit: 1024 * 1024,
            body: .object([
                .required(
                    "lines",
                    .array(
                        .object([
                            .required("part_id", .uuid), .required("quantity_per_unit", .decimal(.quantity)),
                            .optional("reference_designators", designators),
                            .optional(
                                "made_on_assembly",
                                .boolean,
                                "Whether the run that builds the assembly makes this part too, in it; its own mBOM is required under it (B7)."
                            ),
                            .optional("substitute_part_ids", .array(.uuid, 0...1000)),
                        ]),
                        0...5000
                    )
                )
            ]),
            status: 201,
            response: shape,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "mbom_create",
                        "select body, version from traveler.answer($1, $2::integer, traveler.create_mbom($3::uuid, $4::jsonb))"
                    ),
                    [.path("id"), .body]
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/mboms/{id}",
            "An mBOM with its lines.",
            tag: Parts.tag,
            response: shape,
            .work(
                Document(
                    Statement(
                        "mbom_read",
                        "select d::text, (d ->> 'version')::integer from traveler.mbom_json($1::uuid) d where d is not null"
                    ),
                    [.path("id")]
                )
            )
        ),
        Endpoint(
            .post,
            "/v1/mboms/{id}/release",
            "Releases a drafted mBOM and archives the one before it.",
            tag: Parts.tag,
            response: shape,
            refusals: [409, 412],
            .work(
                Act(
                    Statement(
                        "mbom_release",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.release_mbom($3::uuid, $4::integer))
                        """
                    ),
                    [.path("id"), .version]
                )
            )
        ),
    ]
}

import HTTP
import Postgres

/// What is in a unit, where a row or a lot went, and how that differs from what was to be (B6).
enum Genealogy {
    private static let asOf = QueryParameter(
        "as_of",
        .time,
        "As it was at this moment, which has passed; now, unless given."
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/inventory/{id}/abom",
            "The as-built BOM of a unit: itself and all that is installed in it, at all depths (B6).",
            tag: Inventory.tag,
            lane: .heavy,
            query: [asOf],
            response: RowItems.shape(node("AsBuiltItem", partIsKnown: true)),
            .work(
                RowItems(
                    Statement(
                        "inventory_abom",
                        """
                        select a.level, a.installation_id, a.assembly_inventory_id, a.part_inventory_id, a.part_id, a.part_number,
                            a.revision, a.part_name, a.unit, a.serial_number, a.lot_number, a.quantity, a.whole_run, a.shared,
                            a.from_origin, a.installed_at, a.removed_at, a.run_id
                        from traveler.abom($1::uuid, $2::timestamptz) a
                        """
                    ),
                    [.path("id"), .query("as_of")],
                    existence: exists
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/inventory/{id}/abom/difference",
            """
            How a unit differs from what was to be built, per unit of each assembly in it; or what is in it from what is \
            in another (B6).
            """,
            tag: Inventory.tag,
            lane: .heavy,
            query: [
                QueryParameter(
                    "against",
                    .choice(["run", "mbom"]),
                    """
                    run: what the run that built each assembly was to install; where none did, and for mbom everywhere, \
                    the released mBOM of its part.
                    """,
                    standard: "run"
                ),
                QueryParameter("with", .uuid, "The unit to compare with, instead."),
            ],
            response: difference,
            .work(
                Document(
                    Statement(
                        "inventory_abom_difference",
                        """
                        select x.d::text, null::integer
                        from (select case when $3::uuid is null then traveler.abom_difference($1::uuid, coalesce($2::text, 'run'))
                            else traveler.abom_comparison($1::uuid, $3::uuid) end as d) x
                        where x.d is not null
                        """
                    ),
                    [.path("id"), .query("against"), .query("with")]
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/inventory/{id}/where-used",
            "The assemblies that a row, or what was split from it, is installed in, at all levels up (B6).",
            tag: Inventory.tag,
            lane: .heavy,
            query: [asOf],
            response: RowItems.shape(node("WhereUsedItem", partIsKnown: false)),
            .work(
                RowItems(
                    Statement(
                        "inventory_where_used",
                        """
                        select w.level, w.installation_id, w.part_inventory_id, w.assembly_inventory_id, w.part_id, w.part_number,
                            w.revision, w.part_name, w.unit, w.serial_number, w.lot_number, w.quantity, w.whole_run, w.shared,
                            w.from_origin, w.installed_at, w.removed_at, w.run_id
                        from traveler.where_used($1::uuid, $2::timestamptz) w
                        """
                    ),
                    [.path("id"), .query("as_of")],
                    existence: exists
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/inventory/where-used",
            "Where a lot went: the assemblies that any of it is installed in, at all levels up (B6).",
            tag: Inventory.tag,
            lane: .heavy,
            query: [
                QueryParameter("part_id", .uuid, "The lot's part; required."),
                QueryParameter("lot_number", .text(1...100), "The lot; required."), asOf,
            ],
            response: RowItems.shape(node("WhereUsedItem", partIsKnown: false)),
            refusals: [404],
            .work(
                RowItems(
                    Statement(
                        "inventory_where_lot_used",
                        """
                        select w.level, w.installation_id, w.part_inventory_id, w.assembly_inventory_id, w.part_id, w.part_number,
                            w.revision, w.part_name, w.unit, w.serial_number, w.lot_number, w.quantity, w.whole_run, w.shared,
                            w.from_origin, w.installed_at, w.removed_at, w.run_id
                        from traveler.where_lot_used($1::uuid, $2::text, $3::timestamptz) w
                        """
                    ),
                    [.query("part_id"), .query("lot_number"), .query("as_of")],
                    existence: Statement(
                        "inventory_lot_exists",
                        """
                        select i.id, $3::timestamptz from traveler.part_inventory i
                        where i.part_id = $1::uuid and i.lot_number = $2::text limit 1
                        """
                    )
                )
            )
        ),
    ]

    private static let exists = Statement(
        "inventory_exists",
        "select i.id, $2::timestamptz from traveler.part_inventory i where i.id = $1::uuid"
    )

    /// A row of an as-built BOM, or of where something is used: there, the part and numbers are the assembly's.
    private static func node(_ name: String, partIsKnown: Bool) -> Schema {
        @Sendable func part(_ schema: Schema) -> Schema { partIsKnown ? schema : .nullable(schema) }
        return .named(name) {
            .object([
                .required("level", .count), .required("installation_id", .nullable(.uuid)),
                .required("assembly_inventory_id", .nullable(.uuid)), .required("part_inventory_id", .uuid),
                .required("part_id", part(.uuid)), .required("part_number", part(.string)),
                .required("revision", part(.string)), .required("part_name", part(.string)),
                .required("unit", part(.string)), .required("serial_number", .nullable(.string)),
                .required("lot_number", .nullable(.string)), .required("quantity", .exact, "All that was installed."),
                .required(
                    "whole_run",
                    .boolean,
                    "It was installed in a run as a whole: it may be in any of its units."
                ),
                .required(
                    "shared",
                    .boolean,
                    "Groups of a split run share it until it is resolved: it counts once (X4)."
                ),
                .required(
                    "from_origin",
                    .boolean,
                    "It was in the row that the assembly was split from: it is in that one or in this one."
                ),
                .required("installed_at", .nullable(.time)), .required("removed_at", .nullable(.time)),
                .required("run_id", .nullable(.uuid)),
            ])
        }
    }

    private static let unit: [Schema.Member] = [
        .required("part_inventory_id", .uuid), .required("part_id", .uuid), .required("part_number", .string),
        .required("revision", .string), .required("serial_number", .nullable(.string)),
        .required("lot_number", .nullable(.string)),
    ]
    private static let part: [Schema.Member] = [
        .required("part_id", .uuid), .required("part_number", .string), .required("revision", .string),
        .required("part_name", .string), .required("unit", .string),
    ]

    private static let difference: Schema = .named("AsBuiltDifference") {
        .object(
            unit + [
                .required("against", .choice(["run", "mbom", "unit"])),
                .required("with", .nullable(.object(unit)), "The unit that it is compared with."),
                .required("assemblies", .count, "How many assemblies were compared with what was to be in them."),
                .required(
                    "differences",
                    .array(.named("AsBuiltDeviation") { .object(deviation + part) }),
                    "From what was to be built; empty against a unit."
                ),
                .required(
                    "parts",
                    .array(
                        .named("AsBuiltPartDifference") {
                            .object(
                                part + [
                                    .required(
                                        "what",
                                        .choice(["only_in_this", "only_in_other", "quantity", "identity"])
                                    ),
                                    .required("this", .exact, "In one unit of this, over all levels."),
                                    .required("other", .exact, "In one unit of the other."),
                                    .required(
                                        "identities",
                                        .array(
                                            .object([
                                                .required("serial_number", .nullable(.string)),
                                                .required("lot_number", .nullable(.string)), .required("this", .exact),
                                                .required("other", .exact),
                                            ])
                                        ),
                                        "The serials and lots that one has more of."
                                    ),
                                ]
                            )
                        }
                    ),
                    "Between two units; empty otherwise."
                ),
            ]
        )
    }

    private static let deviation: [Schema.Member] = [
        .required("what", .choice(["missing", "extra", "substituted", "quantity"])),
        .required("level", .count, "The assembly's."), .required("assembly_inventory_id", .uuid),
        .required("assembly_part_number", .string), .required("assembly_revision", .string),
        .required("assembly_serial_number", .nullable(.string)), .required("assembly_lot_number", .nullable(.string)),
        .required("run_id", .nullable(.uuid), "The run that says what was to be in it."),
        .required("mbom_id", .nullable(.uuid), "Or the mBOM that does."),
        .required("expected", .exact, "Per unit of the assembly."),
        .required("found", .exact, "Per unit of the assembly, substitutes included."),
        .required("excepted", .exact, "What issues except from the run's requirement (B5), for all of its units."),
        .required(
            "substitute",
            .nullable(
                .object([
                    .required("part_id", .uuid), .required("part_number", .string), .required("revision", .string),
                    .required("found", .exact), .required("approved", .boolean),
                ])
            ),
            "What is there instead; a part that nobody approved may be another revision."
        ),
    ]
}

import HTTP
import Postgres

/// What is done with part inventory beside building and installing it: counted, moved, held, reserved, split, merged,
/// scrapped, shipped; and who moved what when (I2, I4, I5).
enum InventoryActs {
    private static let quantity: Schema.Member = .optional(
        "quantity",
        .decimal(.quantity),
        "All there is, unless given. A part is split off, and the answer is the part (I5)."
    )
    private static let reason: Schema.Member = .required("reason", .text(1...1000, .notBlank))
    private static let remark: Schema.Member = .optional("reason", .text(1...1000, .notBlank))

    /// `POST /v1/inventory/{id}/<act>`: one function of Postgres's, of the row, its version and the body.
    private static func act(_ name: String, _ summary: String, _ members: [Schema.Member], _ statement: Statement)
        -> Endpoint
    {
        Endpoint(
            .post,
            "/v1/inventory/{id}/\(name)",
            summary,
            tag: Inventory.tag,
            body: .object(members),
            response: Inventory.shape,
            refusals: [409, 412],
            .work(Act(statement, [.path("id"), .version, .body]))
        )
    }

    private static let movement: Schema = .named("InventoryMovement") {
        .object([
            .required("id", .uuid), .required("kind", .choice(kinds)),
            .required("from_inventory_id", .nullable(.uuid), "Null where it came into the org's stock."),
            .required("to_inventory_id", .nullable(.uuid), "Null where it left it."), .required("quantity", .exact),
            .required("run_id", .nullable(.uuid), "The run that built it, or for which it was split."),
            .required("reason", .nullable(.string)), .required("moved_by", .nullable(.actor)),
            .required("moved_at", .time),
        ])
    }
    private static let kinds = ["receive", "build", "split", "merge", "adjust", "scrap", "unscrap", "ship", "return"]

    private static let movements = ListPage(
        [
            ListPage.Sort(
                name: "newest",
                statement: Statement(
                    "inventory_movements",
                    """
                    select m.id, m.kind, m.from_inventory_id, m.to_inventory_id, m.quantity, m.run_id, m.reason, m.moved_by,
                        m.created_at as moved_at, m.id
                    from traveler.inventory_movement m
                    where m.org_id = $1::uuid and ($3::uuid is null or m.id < $3)
                        and (m.from_inventory_id = $4::uuid or m.to_inventory_id = $4)
                    order by m.id desc limit $2::integer
                    """
                ),
                key: [.uuid]
            )
        ],
        owner: Statement(
            "inventory_movements_owner",
            "select i.id from traveler.part_inventory i where i.org_id = $1::uuid and i.id = $2::uuid"
        )
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/inventory/{id}/movements",
            "Who moved what of a row, when and why, newest first (I4).",
            tag: Inventory.tag,
            query: movements.parameters,
            response: ListPage.shape(movement),
            .work(movements)
        ),
        act(
            "adjust",
            "Sets a row's quantity to what was counted, or changes it by a difference (I4).",
            [
                .optional("quantity", .decimal(.count), "What was counted. Either this or the difference."),
                .optional("difference", .decimal(.difference)), reason,
            ],
            Statement(
                "inventory_adjust",
                """
                select body, version from traveler.answer($1, $2::integer, traveler.adjust_inventory($3::uuid, $4::integer, $5::jsonb))
                """
            )
        ),
        act(
            "scrap",
            "Scraps a row, or a part of it (I4, I5).",
            [quantity, reason],
            Statement(
                "inventory_scrap",
                """
                select body, version from traveler.answer($1, $2::integer, traveler.scrap_inventory($3::uuid, $4::integer, $5::jsonb))
                """
            )
        ),
        act(
            "unscrap",
            "Brings back all that was scrapped of a row (I4).",
            [reason],
            Statement(
                "inventory_unscrap",
                """
                select body, version from traveler.answer($1, $2::integer, traveler.unscrap_inventory($3::uuid, $4::integer, $5::jsonb))
                """
            )
        ),
        act(
            "move",
            "Moves a row, or a part of it, to another location (B3, I5).",
            [.required("location_id", .uuid), quantity, remark],
            Statement(
                "inventory_move",
                """
                select body, version from traveler.answer($1, $2::integer, traveler.move_inventory($3::uuid, $4::integer, $5::jsonb))
                """
            )
        ),
        act(
            "hold",
            "Puts a row, or a part of it, on quality hold (I2, I5).",
            [quantity, reason],
            Statement(
                "inventory_hold",
                """
                select body, version from traveler.answer($1, $2::integer, traveler.hold_inventory($3::uuid, $4::integer, $5::jsonb))
                """
            )
        ),
        act(
            "release",
            "Takes a row off quality hold (I2).",
            [reason],
            Statement(
                "inventory_release",
                """
                select body, version from traveler.answer($1, $2::integer, traveler.release_inventory($3::uuid, $4::integer, $5::jsonb))
                """
            )
        ),
        act(
            "ship",
            "Ships a row, or a part of it (I4, I5).",
            [quantity, remark],
            Statement(
                "inventory_ship",
                """
                select body, version from traveler.answer($1, $2::integer, traveler.ship_inventory($3::uuid, $4::integer, $5::jsonb))
                """
            )
        ),
        act(
            "return",
            "Takes back what was shipped of a row, all or some of it (I4).",
            [
                .optional("quantity", .decimal(.quantity), "All that is out, unless given."),
                .optional("location_id", .uuid), remark,
            ],
            Statement(
                "inventory_return",
                """
                select body, version from traveler.answer($1, $2::integer, traveler.return_inventory($3::uuid, $4::integer, $5::jsonb))
                """
            )
        ),
        act(
            "split",
            "Splits a quantity off a row; the answer is the part (I5).",
            [.required("quantity", .decimal(.quantity)), remark],
            Statement(
                "inventory_split",
                """
                select body, version from traveler.answer($1, $2::integer, traveler.split_inventory($3::uuid, $4::integer, $5::jsonb))
                """
            )
        ),
        act(
            "merge",
            "Merges rows that differ in nothing but their quantity into this one (I4).",
            [.required("part_inventory_ids", .array(.uuid, 1...1000)), remark],
            Statement(
                "inventory_merge",
                """
                select body, version from traveler.answer($1, $2::integer, traveler.merge_inventory($3::uuid, $4::integer, $5::jsonb))
                """
            )
        ),
        act(
            "reserve",
            "Keeps a row, or a part of it, for a run that requires it, in a kit, or both (I2, B2, I5).",
            [
                .optional("run_id", .uuid, "Only this run may install it. Its completion or cancel frees it."),
                .optional("kit_name", .text(1...100, .notBlank)), quantity,
            ],
            Statement(
                "inventory_reserve",
                """
                select body, version from traveler.answer($1, $2::integer, traveler.reserve_inventory($3::uuid, $4::integer, $5::jsonb))
                """
            )
        ),
        Endpoint(
            .post,
            "/v1/inventory/{id}/unreserve",
            "Frees what is reserved or kitted (I2).",
            tag: Inventory.tag,
            response: Inventory.shape,
            refusals: [409, 412],
            .work(
                Act(
                    Statement(
                        "inventory_unreserve",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.unreserve_inventory($3::uuid, $4::integer))
                        """
                    ),
                    [.path("id"), .version]
                )
            )
        ),
    ]
}

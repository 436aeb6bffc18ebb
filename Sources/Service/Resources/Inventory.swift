import HTTP
import Postgres

/// Part inventory: receiving, identifying, moving (I1-I6).
enum Inventory {
    static let tag = "Inventory"
    static let statuses = [
        "available", "reserved", "kitted", "unavailable", "work_in_progress", "installed", "never_built", "scrapped",
    ]

    static let shape: Schema = .named("PartInventory") {
        .object([
            .required("id", .uuid), .required("part_id", .uuid), .required("part_number", .string),
            .required("revision", .string), .required("part_name", .string),
            .required("serial_number", .nullable(.string)), .required("lot_number", .nullable(.string)),
            .required("quantity", .exact), .required("unit", .string),
            .required("status", .choice(statuses), "Derived, never set (I2)."),
            .required("issue_hold", .boolean, "Whether an issue keeps it from being used (Q1)."),
            .required("hold_reason", .nullable(.string), "Why quality holds it; null when it does not (I2)."),
            .required("reserved_run_id", .nullable(.uuid), "The run that it is kept for (B2)."),
            .required(
                "reserved_split_id",
                .nullable(.uuid),
                "The group split off from that run that it is kept for (X6)."
            ),
            .required("run_split_id", .nullable(.uuid), "The open group of a split run that it is in (X9)."),
            .required("kit_name", .nullable(.string), "The kit that it is in; without a run, nobody may install it."),
            .required("quantity_scrapped", .exact), .required("quantity_shipped", .exact),
            .required("merged_into_id", .nullable(.uuid), "The row that took all of it (I4)."),
            .required("location_id", .nullable(.uuid), "An installed row is where its top assembly is (B3)."),
            .required("origin_id", .nullable(.uuid), "The row it was split from (I5)."),
            .required("installation_id", .nullable(.uuid)), .required("building_run_id", .nullable(.uuid)),
            .required("expires_at", .nullable(.time)), .required("created_at", .time), AttributeDefinitions.values,
            .required("version", .version),
        ])
    }

    private static let list = AttributeListPage(
        plain: plain,
        statement: Statement(
            "inventory_list_by_attributes",
            """
            select i.id, i.part_id, p.part_number, p.revision, p.name as part_name, i.serial_number, i.lot_number, i.quantity, p.unit,
                i.status, i.issue_hold, i.hold_reason, i.reserved_run_id, i.reserved_split_id, i.run_split_id, i.kit_name,
                i.quantity_scrapped, i.quantity_shipped, i.merged_into_id,
                case when i.installation_id is null then i.location_id else traveler.inventory_location(i.id) end as location_id,
                i.origin_id, i.installation_id, i.building_run_id, i.expires_at, i.created_at, i.attributes, i.version,
                f.value, f.record_number, f.record_id
            from traveler.records_by_attributes('part_inventory', $6::jsonb, $7::text, $8::boolean, $2::integer, $3::text, $4::bigint,
                $5::uuid, $9::jsonb) with ordinality f (record_id, record_number, value, place)
            join traveler.part_inventory i on i.org_id = $1::uuid and i.id = f.record_id
            join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
            order by f.place
            """
        )
    )

    private static let plain = ListPage(
        [
            ListPage.Sort(
                name: "id",
                statement: Statement(
                    "inventory_list",
                    """
                    select i.id, i.part_id, p.part_number, p.revision, p.name as part_name, i.serial_number, i.lot_number,
                        i.quantity, p.unit, i.status, i.issue_hold, i.hold_reason, i.reserved_run_id,
                        i.reserved_split_id, i.run_split_id, i.kit_name,
                        i.quantity_scrapped, i.quantity_shipped, i.merged_into_id,
                        case when i.installation_id is null then i.location_id else traveler.inventory_location(i.id) end as location_id,
                        i.origin_id, i.installation_id, i.building_run_id, i.expires_at, i.created_at, i.attributes, i.version,
                        i.id
                    from traveler.part_inventory i join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
                    where i.org_id = $1::uuid and ($3::uuid is null or i.id > $3)
                        and ($4::uuid is null or i.part_id = $4) and ($5::text is null or i.status = $5)
                        and ($6::uuid is null or i.location_id = $6) and ($7::text is null or i.serial_number = $7)
                        and ($8::text is null or i.lot_number = $8)
                        and ($9::uuid is null or i.reserved_run_id = $9) and ($10::text is null or i.kit_name = $10)
                    order by i.id limit $2::integer
                    """
                ),
                key: [.uuid]
            )
        ],
        filters: [
            QueryParameter("part_id", .uuid, "Inventory of this part."),
            QueryParameter("status", .choice(statuses), "Inventory with this derived status (I2)."),
            QueryParameter("location_id", .uuid, "Inventory that is here by itself, not in an assembly."),
            QueryParameter("serial_number", .text(1...100), "Units with this serial number."),
            QueryParameter("lot_number", .text(1...100), "Inventory of this lot."),
            QueryParameter("reserved_run_id", .uuid, "Inventory that is kept for this run."),
            QueryParameter("kit_name", .text(1...100), "Inventory in this kit."),
        ]
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/inventory",
            "The part inventory of the org.",
            tag: tag,
            query: list.parameters,
            response: ListPage.shape(shape),
            .work(list)
        ),
        Endpoint(
            .post,
            "/v1/inventory",
            "Receives a unit, a lot or an untracked quantity into stock (I1, I4).",
            tag: tag,
            body: .object([
                .required("part_id", .uuid), .optional("quantity", .decimal(.quantity), "1, unless given."),
                .optional("serial_number", .text(1...100)), .optional("lot_number", .text(1...100)),
                .optional("generate", .boolean, "Whether its number is the next of the part's number_pattern (I1)."),
                .optional("location_id", .nullable(.uuid)), .optional("expires_at", .nullable(.time)),
                AttributeDefinitions.given(""),
            ]),
            status: 201,
            response: shape,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "inventory_receive",
                        "select body, version from traveler.answer($1, $2::integer, traveler.receive_inventory($3::jsonb))"
                    ),
                    [.body]
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/inventory/{id}",
            "A row of part inventory.",
            tag: tag,
            response: shape,
            .work(
                Document(
                    Statement(
                        "inventory_read",
                        "select d::text, (d ->> 'version')::integer from traveler.inventory_json($1::uuid) d where d is not null"
                    ),
                    [.path("id")]
                )
            )
        ),
        Endpoint(
            .patch,
            "/v1/inventory/{id}",
            "Gives a row the serial or lot number that it lacks, moves it, or sets attributes of it (I1, B3, F2).",
            tag: tag,
            body: .object([
                .optional("serial_number", .text(1...100)), .optional("lot_number", .text(1...100)),
                .optional("location_id", .nullable(.uuid)),
                AttributeDefinitions.given("null takes a value away, and what is not named stays (F2)."),
            ]),
            response: shape,
            refusals: [409, 412],
            .work(
                Act(
                    Statement(
                        "inventory_change",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.change_inventory($3::uuid, $4::integer, $5::jsonb))
                        """
                    ),
                    [.path("id"), .version, .body]
                )
            )
        ),
        History.endpoint(
            "/v1/inventory/{id}/history",
            "The transaction history of a row of part inventory, newest first (Y1).",
            tag: tag,
            Statement(
                "inventory_history",
                """
                select h::text, (h -> -1 ->> 'seq')::bigint
                from traveler.part_inventory x, traveler.history_json(x.id, $3::bigint, $4::integer) h
                where x.org_id = $1::uuid and x.id = $2::uuid
                """
            )
        ),
    ]
}

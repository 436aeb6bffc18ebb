import HTTP

extension Issues {
    static let states = ["pending", "in_progress", "in_review", "resolved"]

    private static let summary: [Schema.Member] = [
        .required("id", .uuid), .required("number", .count), .required("title", .string),
        .required("description", .string), .required("state", .choice(states)), .required("cause", .nullable(.string)),
        .required("run_id", .nullable(.uuid)), .required("run_step_id", .nullable(.uuid)),
        .required("assigned_to", .nullable(.uuid)), .required("created_by", .actor), .required("created_at", .time),
        .required("version", .version),
    ]

    /// An issue in a list.
    static let item: Schema = .named("IssueItem") {
        .object(
            summary + [
                .required("disposition", .nullable(.string), "The name of its disposition type."),
                .required("resolved_at", .nullable(.time)), AttributeDefinitions.values,
            ]
        )
    }

    private static let disposition: Schema = .named("IssueDisposition") {
        .object([
            .required("disposition_type_id", .uuid), .required("name", .string),
            .required("availability", .choice(Dispositions.availabilities)), .required("note", .nullable(.string)),
            .required("number", .count, "Which of the issue's dispositions it is, from 1."),
            .required("disposed_by", .actor, "Who set it, and so does not approve it."),
            .required("disposed_at", .time),
        ])
    }

    private static let inventory: Schema = .named("IssueInventory") {
        .object([
            .required("part_inventory_id", .uuid), .required("part_id", .uuid), .required("part_number", .string),
            .required("revision", .string), .required("serial_number", .nullable(.string)),
            .required("lot_number", .nullable(.string)), .required("quantity", .exact),
            .required("status", .choice(Inventory.statuses)), .required("linked_at", .time),
        ])
    }

    private static let refusal: Schema = .object([
        .required("code", .string), .required("rule", .string), .required("message", .string),
        .required("clear", .string, "What would clear it."),
    ])

    private static let act: Schema = .named("IssueAct") {
        .object([
            .required("act", .string), .required("to_state", .choice(states)), .required("permission", .string),
            .required("reason", .choice(["off", "optional", "required"]), "Whether it asks why."),
            .required("allowed", .boolean), .required("refusals", .array(refusal)),
        ])
    }

    /// An issue with all that belongs to it.
    static let detail: Schema = .named("Issue") {
        .object(
            summary + [
                .required("run_number", .nullable(.count)), .required("state_reason", .nullable(.string)),
                .required("resolved_by", .nullable(.actor)), .required("resolved_at", .nullable(.time)),
                AttributeDefinitions.values,
                .required("disposition", .nullable(disposition)),
                .required(
                    "approvals",
                    .array(
                        .object([
                            .required("role", .string), .required("approved_by", .nullable(.actor)),
                            .required("approved_at", .nullable(.time)),
                        ])
                    ),
                    "One for each role that the disposition asks for; null until it is given."
                ),
                .required("inventory", .array(inventory)),
                .required("exceptions", .array(RequirementExceptions.detail)),
                .required("redlines", .array(Redlines.item), "The redlines that are for it (D1)."),
                .required(
                    "comments",
                    .array(
                        .object([
                            .required("id", .uuid), .required("body", .string), .required("created_by", .actor),
                            .required("created_at", .time),
                        ])
                    )
                ),
                .required("acts", .array(act), "What its caller may do now, and why not the rest."),
            ]
        )
    }
}

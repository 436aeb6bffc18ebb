import HTTP
import Postgres

/// A run as it was, and what changed of it between two moments, both from its history alone (Y3).
enum AsOf {
    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/runs/{id}/as-of",
            "A run as it was at a moment, from its history (Y3): what was committed by then, and nothing of what was not.",
            tag: Runs.tag,
            lane: .heavy,
            query: [
                QueryParameter("at", .time, "The moment, which has passed; at or seq is given."),
                QueryParameter("seq", .integer(1...Int.max), "The entry of the run's history after which it is shown."),
            ],
            response: run,
            refusals: [409],
            .work(
                Document(
                    Statement(
                        "run_as_of",
                        """
                        select d::text, (d ->> 'version')::integer
                        from traveler.run_as_of($1::uuid, $2::timestamptz, $3::bigint) d where d is not null
                        """
                    ),
                    [.path("id"), .query("at"), .query("seq")]
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/runs/{id}/difference",
            "What was added, removed and changed of a run between two moments, and by which acts (Y3).",
            tag: Runs.tag,
            lane: .heavy,
            query: [
                QueryParameter("from", .time, "The earlier moment; required."),
                QueryParameter("to", .time, "The later moment.", standard: "now"),
            ],
            response: difference,
            refusals: [409],
            .work(
                Document(
                    Statement(
                        "run_difference",
                        """
                        select d::text, null::integer
                        from traveler.run_difference($1::uuid, $2::timestamptz, $3::timestamptz) d where d is not null
                        """
                    ),
                    [.path("id"), .query("from"), .query("to")]
                )
            )
        ),
    ]

    /// The shapes are open: a record is shown with every column that it had, also those that came later.
    private static let step: Schema = .named("RunStepAsOf") {
        .object(
            [
                .required("id", .uuid), .required("parent_id", .nullable(.uuid)), .required("title", .string),
                .required("state", .choice(Steps.states)), .required("attempt", .count),
                .required("location", .nullable(.string), "By its present name."),
                .required("started_at", .nullable(.time)), .required("completed_at", .nullable(.time)),
                .required("completed_by", .nullable(.actor)), .required("upstream_ids", .array(.uuid)),
                .required(
                    "fields",
                    .array(
                        .object(
                            [
                                .required("id", .uuid), .required("name", .string), .required("type", .string),
                                .required("value", .any), .required("not_applicable", .boolean),
                                .required("entered_by", .nullable(.actor)), .required("entered_at", .nullable(.time)),
                                .required("version", .version),
                            ],
                            isOpen: true
                        )
                    )
                ),
                .required(
                    "sessions",
                    .array(
                        .object(
                            [
                                .required("id", .uuid), .required("user_id", .uuid),
                                .required("user_name", .string, "The present one."), .required("started_at", .time),
                                .required("ended_at", .nullable(.time)),
                            ],
                            isOpen: true
                        )
                    )
                ),
                .required("version", .version),
            ],
            isOpen: true
        )
    }

    private static let run: Schema = .named("RunAsOf") {
        .object(
            Runs.summary + [
                .required(
                    "as_of",
                    .object([
                        .required("at", .time), .required("seq", .count, "The last entry that counts."),
                        .required("entry_at", .time, "When it was written."),
                        .required("digest", .string, "Its digest: the state is what the chain says up to it (Y2)."),
                        .required("actor", .actor), .required("actor_name", .nullable(.string)),
                    ])
                ),
                .required(
                    "units",
                    .array(
                        .object([
                            .required("part_inventory_id", .uuid), .required("live", .boolean),
                            .required("serial_number", .nullable(.string)), .required("lot_number", .nullable(.string)),
                        ])
                    ),
                    "By their present numbers."
                ),
                .required("steps", .array(step)),
                .required("build_requirements", .array(.object([.required("id", .uuid)], isOpen: true))),
                .required("installations", .array(.object([.required("id", .uuid)], isOpen: true))),
                .required("as_built_records", .array(.object([.required("number", .count)], isOpen: true))),
                .required("reopenings", .array(Reopening.shape)),
                .required(
                    "records",
                    .object([], isOpen: true),
                    "All other records of the run by table, each as its entry holds it."
                ),
            ],
            isOpen: true
        )
    }

    private static let moment: Schema = .named("RunMoment") {
        .object([
            .required("at", .time), .required("seq", .count, "The last entry that counts; 0 before the first."),
            .required("status", .nullable(.choice(Runs.statuses)), "Null before there was the run."),
        ])
    }

    private static let difference: Schema = .named("RunDifference") {
        .object([
            .required("id", .uuid), .required("from", moment), .required("to", moment),
            .required(
                "changes",
                .array(
                    .named("RecordDifference") {
                        .object([
                            .required("table", .string), .required("row_id", .uuid),
                            .required("what", .choice(["added", "removed", "changed"])),
                            .required("label", .string, "For people, by present names."),
                            .required("seq", .count, "The last entry that is of it."),
                            .required("at", .time, "When that was written."), .required("actor", .actor),
                            .required(
                                "columns",
                                .array(
                                    .object([
                                        .required("column", .string), .required("before", .any),
                                        .required("after", .any), .required("seq", .count, "The entry that set it."),
                                    ])
                                )
                            ),
                        ])
                    }
                )
            ),
            .required(
                "acts",
                .array(
                    .named("ActBetween") {
                        .object([
                            .required("first_seq", .count), .required("last_seq", .count), .required("at", .time),
                            .required("actor", .actor), .required("via", .string),
                            .required("request_id", .nullable(.string)), .required("reason", .nullable(.string)),
                            .required("transaction", .string), .required("tables", .array(.string)),
                        ])
                    }
                ),
                "The transactions between, in their order."
            ),
            .required(
                "actors",
                .array(
                    .object([.required("actor", .actor), .required("name", .nullable(.string), "The present one.")])
                )
            ),
        ])
    }
}

import HTTP
import Postgres

/// Reopening a completed run, and what becomes of its as-built records (C6).
enum Reopening {
    /// A reopening, as its run lists it.
    static let shape: Schema = .named("Reopening") {
        .object([
            .required("record_number", .count, "The as-built record that it superseded."),
            .required("reason", .string),
            .required("acknowledged", .array(.uuid), "The installations that held what the run had built."),
            .required("reopened_by", .actor), .required("reopened_at", .time),
        ])
    }

    /// Something in a run that was built under a superseded record.
    static let content: Schema = .named("SupersededContent") {
        .object([
            .required("level", .count, "1 for what is installed in the run's own units."),
            .required("installation_id", .uuid), .required("part_inventory_id", .uuid),
            .required("run_id", .uuid, "The run that built it, and was reopened."), .required("run_number", .count),
            .required("record_number", .count), .required("reason", .string), .required("reopened_by", .actor),
            .required("reopened_at", .time),
        ])
    }

    /// Steps stay completed until one is reopened by name; while what the run built is installed elsewhere, the refusal
    /// lists those installations, each to be acknowledged by its id.
    static let endpoint = Endpoint(
        .post,
        "/v1/runs/{id}/reopen",
        "Reopens a completed run, with a reason and each installation of what it built acknowledged (C6).",
        tag: Runs.tag,
        body: .object([
            .required("reason", .text(1...1000, .notBlank)),
            .optional("acknowledged", .array(.uuid, 0...10_000), "Installations that hold what the run built."),
        ]),
        response: Runs.detail,
        refusals: [409, 412],
        .work(
            Act(
                Statement(
                    "run_reopen",
                    """
                    select body, version from traveler.answer($1, $2::integer, traveler.reopen_run($3::uuid, $4::integer, $5,
                        array(select jsonb_array_elements_text($6::jsonb -> 'acknowledged')::uuid)))
                    """
                ),
                [.path("id"), .version, .member("reason"), .body]
            )
        )
    )

    static let difference = Endpoint(
        .get,
        "/v1/runs/{id}/as-built/{number}/difference",
        "What differs between an as-built record and another of the run, the newest unless given (C6).",
        tag: Runs.tag,
        query: [
            QueryParameter("to", .integer(1...1_000_000), "The number of the other record.", standard: "the newest")
        ],
        response: .object([
            .required(
                "items",
                .array(
                    .named("AsBuiltDifference") {
                        .object([
                            .required("path", .string, "Where it is; what has an id stands under it."),
                            .required("before", .any, "Null where there was nothing."),
                            .required("after", .any, "Null where there is nothing now."),
                        ])
                    }
                )
            )
        ]),
        .work(
            Document(
                Statement(
                    "as_built_difference",
                    """
                    select jsonb_build_object('items', d)::text, null::integer
                    from traveler.as_built_difference($1::uuid, $2::integer, $3::integer) d where d is not null
                    """
                ),
                [.path("id"), .path("number"), .query("to")]
            )
        )
    )
}

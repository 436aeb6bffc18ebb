import HTTP
import Postgres

/// Build requirements that need not be met, in a quantity, by an issue that says why (B5).
enum RequirementExceptions {
    private static let common: [Schema.Member] = [
        .required("id", .uuid), .required("issue_id", .uuid), .required("quantity", .exact),
        .required("reason", .string), .required("created_by", .actor), .required("created_at", .time),
    ]

    /// A live exception, as its requirement lists it.
    static let item: Schema = .named("RequirementExceptionItem") {
        .object(common + [.required("version", .version)])
    }

    /// An exception, live or withdrawn.
    static let detail: Schema = .named("RequirementException") {
        .object(
            common + [
                .required("run_id", .uuid), .required("build_requirement_id", .uuid),
                .required("withdrawn_by", .nullable(.actor)), .required("withdrawn_at", .nullable(.time)),
                .required("withdrawal_reason", .nullable(.string)), .required("version", .version),
            ]
        )
    }

    private static let except = Act(
        Statement(
            "requirement_except",
            "select body, version from traveler.answer($1, $2::integer, traveler.except_requirement($3::uuid, $4::jsonb))"
        ),
        [.path("id"), .body]
    )

    private static let withdraw = Act(
        Statement(
            "exception_withdraw",
            """
            select body, version
            from traveler.answer($1, $2::integer, traveler.withdraw_exception($3::uuid, $4::integer, $5))
            """
        ),
        [.path("id"), .version, .member("reason")]
    )

    static let endpoints: [Endpoint] = [
        Endpoint(
            .post,
            "/v1/build-requirements/{id}/except",
            "Excepts a quantity of a build requirement by an open issue of its run, or of none (B5).",
            tag: Runs.tag,
            body: .object([
                .required("issue_id", .uuid),
                .optional("quantity", .decimal(.quantity), "All that is open, unless given."),
                .required("reason", .text(1...1000, .notBlank)),
            ]),
            status: 201,
            response: detail,
            refusals: [404, 409],
            .work(except)
        ),
        Endpoint(
            .post,
            "/v1/requirement-exceptions/{id}/withdraw",
            "Withdraws an exception while its run is live: its quantity is needed again (B5).",
            tag: Runs.tag,
            body: .object([.required("reason", .text(1...1000, .notBlank))]),
            response: detail,
            refusals: [409, 412],
            .work(withdraw)
        ),
    ]
}

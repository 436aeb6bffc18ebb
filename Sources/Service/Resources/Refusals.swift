import HTTP
import Postgres

/// Acts that were refused by a rule: who asked for what, and which rule it was (law 12 of the house).
enum Refusals {
    private static let list = ListPage(
        [
            ListPage.Sort(
                name: "-id",
                // The function knows the caller's org by itself.
                statement: Statement(
                    "refusal_list",
                    """
                    select r.*, r.id from traveler.refusals($2::integer, $3::uuid, $4::text, $5::text, $6::uuid, $7::uuid,
                        $8::timestamptz, $9::timestamptz) r
                    where $1::uuid is not null
                    """
                ),
                key: [.uuid]
            )
        ],
        filters: [
            QueryParameter("rule", .text(1...20), "Refusals by this rule."),
            QueryParameter("code", .text(1...100), "Refusals with this code."),
            QueryParameter("user_id", .uuid, "What this user was refused."),
            QueryParameter("run_id", .uuid, "What was asked of this run or of something in it."),
            QueryParameter("from", .time, "Refusals from then on."),
            QueryParameter("to", .time, "Refusals from before then."),
        ]
    )

    static let endpoint = Endpoint(
        .get,
        "/v1/refusals",
        "The acts that were refused, newest first, as well as they could be noted; needs refusal.read.",
        tag: Reference.tag,
        query: list.parameters,
        response: ListPage.shape(
            .named("Refusal") {
                .object([
                    .required("id", .uuid), .required("at", .time), .required("user_id", .uuid),
                    .required("user_name", .string), .required("request_id", .nullable(.string)),
                    .required("method", .string), .required("route", .string, "The template of the path."),
                    .required("status", .integer(400...499)), .required("code", .string),
                    .required("rule", .nullable(.string)), .required("message", .string),
                    .required("subject_ids", .array(.uuid), "What it was to be done to; of many, the first 50."),
                    .required("run_id", .nullable(.uuid)), .required("run_step_id", .nullable(.uuid)),
                ])
            }
        ),
        .work(list)
    )
}

import HTTP
import Postgres

/// Signing in and out, and who the caller is (T2).
enum Identity {
    static let tag = "Identity"

    static let me: Schema = .named("Me") {
        .object([
            .required("user_id", .uuid), .required("email", .string), .required("name", .string),
            .required(
                "org",
                .object([.required("org_id", .uuid), .required("slug", .string), .required("name", .string)])
            ),
            .required("roles", .array(.string)), .required("permissions", .array(.string)),
        ])
    }

    static let endpoints: [Endpoint] = [
        Endpoint(
            .post,
            "/v1/sign-in",
            "Signs a person in with a password and sets the page's cookie.",
            tag: tag,
            access: .anyone,
            lane: .heavy,
            bodyLimit: 4096,
            body: .object([
                .required("org", .text(1...63, .slug), "The org's slug."),
                .required("email", .text(1...254)),
                .required("password", .text(1...1000)),
            ]),
            response: me,
            refusals: [401, 429],
            .work(SignIn())
        ),
        Endpoint(
            .post,
            "/v1/sign-out",
            "Ends every session of the page that the caller has, and takes the cookie away.",
            tag: tag,
            status: 204,
            response: nil,
            .work(SignOut())
        ),
        Endpoint(
            .get,
            "/v1/me",
            "The caller, their org, roles and permissions.",
            tag: tag,
            response: me,
            .work(
                Document(Statement("me", "select m::text, null::integer from traveler.me() m where m is not null"), [])
            )
        ),
    ]
}

/// An answer that the server gives by itself.
struct Refusal: Sendable, Equatable {
    var status: Int
    /// Stable; part of the API.
    var code: String
    var detail: String
    /// For the Allow field.
    var allow: [Method] = []

    static let notFound = Refusal(status: 404, code: "not_found", detail: "There is nothing at this path.")
    static let malformedQuery = Refusal(
        status: 400,
        code: "malformed_query",
        detail: "The query holds a malformed escape, text that is not UTF-8 or too many parameters."
    )
    static let timeout = Refusal(
        status: 408,
        code: "request_timeout",
        detail: "The request did not arrive in time."
    )
    static let overloaded = Refusal(
        status: 503,
        code: "overloaded",
        detail: "The server has as many requests waiting as it takes. Try again shortly."
    )
    static let deadlinePassed = Refusal(
        status: 503,
        code: "deadline_passed",
        detail: "The request waited for its turn until its deadline. Try again shortly."
    )
    static let streamFailed = Refusal(
        status: 500,
        code: "internal",
        detail: "The answer could not be made."
    )

    static func methodNotAllowed(_ allow: [Method]) -> Refusal {
        Refusal(
            status: 405,
            code: "method_not_allowed",
            detail: "This path does not answer the request method.",
            allow: allow
        )
    }

    static func parse(_ failure: ParseFailure) -> Refusal {
        Refusal(status: failure.status, code: failure.rawValue, detail: failure.detail)
    }
}

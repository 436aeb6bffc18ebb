/// What the server asks of its owner, by the index of a route: the core of the server is not generic.
struct Application: Sendable {
    var router: Router<Int>
    var bodyLimit: @Sendable (Int) -> Int?
    var lane: @Sendable (Int, Request) -> Lane
    var immediate: @Sendable (Request, Int, PathParameters) -> Response?
    var shares: @Sendable (Request, Int, PathParameters) -> [(key: String, limit: Int)]
    var problem: @Sendable (Int, String, String, String) -> Response
    var observe: @Sendable (FinishedRequest<Int>) -> Void

    /// One of the server's own refusals of the request that `id` names.
    func refusal(_ refusal: Refusal, id: String) -> Response {
        var response = problem(refusal.status, refusal.code, refusal.detail, id)
        if refusal.status == 503, !response.headers.contains("retry-after") {
            response.headers["retry-after"] = "1"
        }
        if !refusal.allow.isEmpty {
            response.headers["allow"] = refusal.allow.map(\.rawValue).joined(separator: ", ")
        }
        return response
    }
}

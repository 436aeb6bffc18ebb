import HTTP

/// Nobody has all the workers of a lane: an org leaves one to the others, a run half of them.
enum Fairness {
    static func shares(
        _ request: Request,
        _ endpoint: Endpoint,
        _ parameters: PathParameters,
        workers: [Lane: Int]
    ) -> [(key: String, limit: Int)] {
        var shares: [(key: String, limit: Int)] = []
        let workers = workers[endpoint.lane.lane(for: request)] ?? 1
        // A made-up token may name any org; it spends a worker's time for no longer than it takes to refuse it.
        if endpoint.access == .credential, let credential = try? Credential(request) {
            shares.append(("org:\(credential.org.text)", max(1, workers - 1)))
        }
        // Whoever has no credential can't be told from anyone else, and a password takes long to check.
        if endpoint.access == .anyone, endpoint.work != nil {
            shares.append(("anyone", max(1, workers - 1)))
        }
        if endpoint.path.hasPrefix("/v1/runs/{id}"), let run = parameters["id"] {
            shares.append(("run:\(run.lowercased())", max(1, workers / 2)))
        }
        return shares
    }
}

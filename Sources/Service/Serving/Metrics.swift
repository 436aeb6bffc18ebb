import HTTP

/// Every series that the service exports, in one place. Updated under one lock, once a request.
struct Metrics {
    /// Upper bounds of the buckets of durations, in seconds.
    static let bounds = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    /// How long things took.
    struct Histogram {
        private(set) var counts = [Int](repeating: 0, count: Metrics.bounds.count)
        private(set) var count = 0
        private(set) var sum = Duration.zero

        mutating func add(_ duration: Duration) {
            count += 1
            sum += duration
            let seconds = duration / .seconds(1)
            if let bucket = Metrics.bounds.firstIndex(where: { seconds <= $0 }) { counts[bucket] += 1 }
        }
    }

    /// What one route did.
    struct Route {
        var answers: [Int: Int] = [:]
        var duration = Histogram()
    }

    /// Refused acts, by what became of the note of each.
    struct Refusals {
        var kept = 0
        var dropped = 0
        var failed = 0
        /// Of the last failure.
        var cause: String?

        mutating func add(_ outcome: RefusedAct.Outcome) {
            switch outcome {
            case .kept: kept += 1
            case .dropped: dropped += 1
            case .failed(let cause):
                failed += 1
                self.cause = cause
            }
        }
    }

    /// By route; requests that led to none are under `unrouted`.
    private(set) var routes: [String: Route] = [:]
    private(set) var queue = Histogram()
    private(set) var database = Histogram()
    private(set) var roundTrips = 0
    private(set) var retries = 0
    private(set) var bytesSent = 0
    private(set) var cut = 0
    private(set) var problems: [String: Int] = [:]
    private(set) var refusals = Refusals()

    mutating func observe(_ request: FinishedRequest<Endpoint>, _ note: RequestNote?) {
        let name = request.endpoint?.name ?? "unrouted"
        routes[name, default: Route()].answers[request.status, default: 0] += 1
        routes[name, default: Route()].duration.add(request.total)
        bytesSent += request.bytes
        if request.isCut { cut += 1 }
        if let code = note?.code ?? request.code { problems[code, default: 0] += 1 }
        guard let note else { return }
        queue.add(request.queue)
        database.add(note.database)
        roundTrips += note.roundTrips
        retries += note.retries
        if let refusal = note.refusal { refusals.add(refusal) }
    }
}

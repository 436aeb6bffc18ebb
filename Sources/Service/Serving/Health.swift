import HTTP

/// Whether the database can serve, as the monitor saw it last. Read by every worker and by the reactor.
final class Health: Sendable {
    enum State: Sendable, Equatable {
        /// Nobody has looked yet.
        case unknown
        case fit
        /// It can't be reached.
        case unreachable
        /// It can be reached and does not fit this build: a schema of another version, say.
        case unfit(String)
    }

    private let state = Lock(State.unknown)

    var current: State { state.withLock { $0 } }

    func set(_ next: State) { state.withLock { $0 = next } }

    /// Refuses work on a database that does not fit. One that can't be reached is for the worker to find out: it may
    /// have come back since.
    func requireFit() throws(Problem) {
        guard case .unfit = current else { return }
        throw .unavailable(
            "schema_mismatch",
            "The database and this build of the service don't go together; one of them is being upgraded.",
            retryAfter: 5
        )
    }
}

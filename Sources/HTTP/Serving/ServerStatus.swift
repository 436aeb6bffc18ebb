import Synchronization

/// What a server is doing, readable from any thread: for readiness and metrics.
package final class ServerStatus: Sendable {
    private let ready = Atomic(false)
    private let connectionCount = Atomic(0)
    private let acceptedCount = Atomic(0)
    private let waitingCount = Atomic(0)
    private let busyCount = Atomic(0)
    private let shedCount = Atomic(0)
    private let refusedCount = Atomic(0)
    private let timeoutCount = Atomic(0)

    package init() {}

    /// Whether the server listens and has not been asked to stop.
    package var isReady: Bool { ready.load(ordering: .acquiring) }
    /// Connections open now.
    package var connections: Int { connectionCount.load(ordering: .relaxed) }
    /// Connections accepted since the start.
    package var accepted: Int { acceptedCount.load(ordering: .relaxed) }
    /// Requests that wait for a worker, in both lanes.
    package var waiting: Int { waitingCount.load(ordering: .relaxed) }
    /// Workers with a request under way, in both lanes.
    package var busyWorkers: Int { busyCount.load(ordering: .relaxed) }
    /// Requests and connections answered 503 because the server was full or late.
    package var shed: Int { shedCount.load(ordering: .relaxed) }
    /// Messages refused by the parser.
    package var refused: Int { refusedCount.load(ordering: .relaxed) }
    /// Connections closed because the client was too slow.
    package var timedOut: Int { timeoutCount.load(ordering: .relaxed) }

    func setReady(_ value: Bool) { ready.store(value, ordering: .releasing) }
    func connectionOpened() {
        connectionCount.add(1, ordering: .relaxed)
        acceptedCount.add(1, ordering: .relaxed)
    }
    func connectionClosed() { connectionCount.subtract(1, ordering: .relaxed) }
    func waitingChanged(by difference: Int) { waitingCount.add(difference, ordering: .relaxed) }
    func busyChanged(by difference: Int) { busyCount.add(difference, ordering: .relaxed) }
    func requestShed() { shedCount.add(1, ordering: .relaxed) }
    func messageRefused() { refusedCount.add(1, ordering: .relaxed) }
    func clientTimedOut() { timeoutCount.add(1, ordering: .relaxed) }
}

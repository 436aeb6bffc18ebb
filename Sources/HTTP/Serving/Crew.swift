/// The threads of the workers, counted, so that the server can wait for their end.
final class Crew: Sendable {
    private let alive = Lock(0)

    /// Starts a thread.
    func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(ServerError) {
        alive.withLock { $0 += 1 }
        let isStarted = Thread.start(name) { [self] in
            body()
            leave()
        }
        guard isStarted else {
            leave()
            throw .cannotStartThread
        }
    }

    /// Waits until all have ended, at most `timeout`: one that is stuck must not keep the process alive.
    func join(within timeout: Duration) {
        alive.wait(atMost: timeout) { $0 == 0 ? () : nil }
    }

    private func leave() {
        alive.withLock { $0 -= 1 }
        alive.broadcast()
    }
}

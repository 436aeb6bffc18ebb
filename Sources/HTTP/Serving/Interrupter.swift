/// A thread for interruptions, which may block where the reactor must not.
final class Interrupter: Sendable {
    private struct State {
        var pending: [@Sendable () -> Void] = []
        var isClosed = false
    }

    private let state = Lock(State())

    func start() throws(ServerError) {
        guard Thread.start("http-interrupt", { [self] in run() }) else { throw .cannotStartThread }
    }

    func submit(_ interrupts: [@Sendable () -> Void]) {
        guard !interrupts.isEmpty else { return }
        state.withLock { $0.pending.append(contentsOf: interrupts) }
        state.signal()
    }

    /// Ends the thread after what is pending.
    func close() {
        state.withLock { $0.isClosed = true }
        state.signal()
    }

    private func run() {
        while let batch = nextBatch() {
            for interrupt in batch { interrupt() }
        }
    }

    private func nextBatch() -> [@Sendable () -> Void]? {
        state.wait { state -> [@Sendable () -> Void]?? in
            guard state.pending.isEmpty else {
                defer { state.pending = [] }
                return .some(state.pending)
            }
            return state.isClosed ? .some(nil) : nil
        }
    }
}

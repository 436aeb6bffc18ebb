import CLibPQ
import Glibc

/// How the wait of one operation is bounded.
struct WaitState {
    /// Why the server was told to cancel.
    enum Interruption {
        case deadline, cancel
        /// Who received a stream has thrown and wants no more of it.
        case receiver
    }

    /// When to lose patience: first with the server's work, then, once interrupted, with its silence.
    var limit: ContinuousClock.Instant?
    var interruption: Interruption?
    /// Whether the job's cancellation counts; it doesn't for the clean-up after it.
    var heedsCancel = true
    /// Set when libpq found the connection broken; the reason is in the result it has made of that.
    var isBroken = false
}

extension Connection {
    /// Starts the bounds of an operation that is about to send.
    ///
    /// Work is bounded by the job. A clean-up isn't, since it must happen after a deadline too; it has its own time.
    func beginWaiting(cleanup: Bool = false) throws(PostgresError) {
        if isStreaming { throw PostgresError(.invalidUse, "a stream is under way on the connection") }
        wait = WaitState(limit: scope.deadline)
        if cleanup {
            wait.heedsCancel = false
            wait.interruption = .deadline
            wait.limit = .now + options.cleanupTimeout
        } else {
            try scope.check()
        }
    }

    /// The next result (`PQgetResult`), nil at the end of a statement; waits for it, sending what is unsent.
    func nextResult(_ pointer: OpaquePointer) throws(PostgresError) -> QueryResult? {
        // A broken connection never blocks here: libpq answers with a result that says so.
        while !wait.isBroken, PQisBusy(pointer) == 1 { try awaitInput(pointer) }
        return PQgetResult(pointer).map { QueryResult($0, notices) }
    }

    /// Hands everything queued to the kernel, reading meanwhile so that the server never waits for us to.
    func flush(_ pointer: OpaquePointer) throws(PostgresError) {
        while !wait.isBroken, PQflush(pointer) == 1 { try turn(pointer, sends: true) }
    }

    /// Sends what the kernel takes and waits for something to read, after everything has been asked.
    func awaitInput(_ pointer: OpaquePointer) throws(PostgresError) {
        // A failed flush isn't reported here: the server's last words, if any, are still to be read.
        try turn(pointer, sends: PQflush(pointer) == 1)
    }

    /// One turn: waits for the socket, a cancellation or the limit, and reads what is there.
    ///
    /// With `sends` it ends as well once the kernel takes more. The caller has looked whether anything is unsent and must
    /// not look again before the wait: if the server took the rest in between, and the Sync is not queued yet, no answer
    /// would ever come.
    func turn(_ pointer: OpaquePointer, sends: Bool) throws(PostgresError) {
        let watched = wait.heedsCancel && wait.interruption == nil ? scope.signal.readEnd : -1
        var sockets = (
            pollfd(fd: PQsocket(pointer), events: Int16(POLLIN | (sends ? POLLOUT : 0)), revents: 0),
            pollfd(fd: watched, events: Int16(POLLIN), revents: 0)
        )
        let ready = withUnsafeMutablePointer(to: &sockets) { pair in
            pair.withMemoryRebound(to: pollfd.self, capacity: 2) { poll($0, 2, wait.limit?.pollTimeout ?? -1) }
        }
        if sockets.0.revents != 0 {
            if PQconsumeInput(pointer) == 0 { wait.isBroken = true }
        } else if ready == 0 {
            try interrupt(.deadline)
        }
        if sockets.1.revents != 0 {
            if scope.signal.isRequested { try interrupt(.cancel) } else { scope.signal.drain() }
        }
    }

    /// Looks up from a stream that never has to wait, so that its deadline and cancellation are heeded too.
    func heedInterruption() throws(PostgresError) {
        guard wait.interruption == nil else { return }
        if scope.signal.isRequested { return try interrupt(.cancel) }
        if let limit = wait.limit, limit <= .now { try interrupt(.deadline) }
    }

    /// Has the server cancel what it is doing or, when that was asked before, gives the connection up.
    func interrupt(_ reason: WaitState.Interruption) throws(PostgresError) {
        guard wait.interruption == nil else {
            discard("no answer within \(options.cleanupTimeout) of a cancel or for a clean-up")
            throw PostgresError(
                interrupted ?? .connectionLost,
                "the server stayed silent; the connection was discarded"
            )
        }
        wait.interruption = reason
        if let failure = requestCancel() {
            discard("the server could not be reached for a cancel: \(failure)")
            throw PostgresError(interrupted ?? .connectionLost, "no cancel: \(failure); the connection was discarded")
        }
        wait.limit = .now + options.cleanupTimeout
    }

    /// What the operation throws because of its interruption; nil when nothing interrupted it, and for a clean-up.
    private var interrupted: PostgresError.Kind? {
        switch wait.interruption {
        case .deadline where wait.heedsCancel: .deadlineExceeded
        case .cancel: .cancelled
        default: nil
        }
    }

    /// A server's error as the caller should see it: the one that our own cancel brought about bears its reason.
    func attributed(_ error: PostgresError) -> PostgresError {
        guard error.kind == .server, error.sqlState == .queryCanceled, let kind = interrupted else { return error }
        var error = error
        error.kind = kind
        return error
    }
}

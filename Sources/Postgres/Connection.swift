import CLibPQ
import Glibc

/// One connection to PostgreSQL, owned by the thread that made it.
///
/// The class isn't `Sendable`, so the compiler proves that no connection crosses threads; only its ``cancellation``
/// does. Calls block until the server has answered, the deadline passes or the job is cancelled. All of them run over
/// libpq's non-blocking mode: input is read while output waits for room, so no amount of statements or rows can bring
/// both sides to wait for each other.
///
/// **After an error** the connection is either as good as before or discarded; it is discarded when it broke, when the
/// server's answers came in an order the protocol doesn't know, and when it stayed silent after a cancel. Calls on a
/// discarded connection throw ``PostgresError/Kind/connectionLost``; ``ReconnectingConnection`` replaces it.
package final class Connection {
    let options: Options
    let scope: JobScope
    /// The `PGconn`; nil once discarded.
    private(set) var pointer: OpaquePointer?
    private var canceller: OpaquePointer?
    let notices: NoticeBox
    private var discardReason = ""
    var prepared = PreparedStatements()
    var wait = WaitState()
    /// Whether a transaction's body is running, which owns the connection until it returns.
    var isInBody = false
    /// Whether a stream's receiver is running; nothing else can be sent until the stream is read to its end.
    var isStreaming = false {
        didSet { if !isStreaming, isCloseWanted { close() } }
    }
    private var isCloseWanted = false
    package internal(set) var statistics = Statistics()

    /// Connects; `url` is a libpq URI or keyword string.
    ///
    /// Throws ``PostgresError/Kind/connectionFailed`` when no server lets us in within the timeout, and
    /// ``PostgresError/Kind/unsupportedServer`` when the database's or the connection's encoding isn't UTF8.
    package convenience init(url: String, options: Options = Options()) throws(PostgresError) {
        try self.init(url: url, options: options, scope: JobScope())
    }

    init(url: String, options: Options, scope: JobScope) throws(PostgresError) {
        let notices = NoticeBox(options.onNotice)
        let pointer = try Connector(url: url, options: options, scope: scope, notices: notices).connect()
        self.options = options
        self.scope = scope
        self.notices = notices
        self.pointer = pointer
        canceller = PQgetCancel(pointer)
    }

    deinit { close() }

    /// Closes the connection; an open transaction is rolled back by the server. Later calls throw.
    ///
    /// Inside a stream's receiver it is closed once the stream is over, which still reads from it.
    package func close() {
        isCloseWanted = true
        if !isStreaming { discard("the connection was closed") }
    }

    /// Finishes the connection and remembers why.
    func discard(_ reason: String) {
        guard let pointer else { return }
        if let canceller { PQfreeCancel(canceller) }
        canceller = nil
        PQfinish(pointer)
        self.pointer = nil
        discardReason = reason
    }

    /// The `PGconn`, or the error of a connection that was discarded.
    func live() throws(PostgresError) -> OpaquePointer {
        guard let pointer else { throw PostgresError(.connectionLost, "the connection is gone: \(discardReason)") }
        return pointer
    }

    /// Sends a cancel and waits until the server has delivered it to the session (`PQcancel`); says why it couldn't.
    ///
    /// Delivered means that the session's process has been signalled: a statement of ours sent afterwards can't be
    /// hit, since a session drops a cancel that finds it idle. A pooler in between may be later than that; it is for
    /// the pooler to hold the session back until then (pgbouncer 1.18).
    func requestCancel() -> String? {
        guard let canceller else { return "no cancel key" }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            buffer.initialize(repeating: 0)
            return PQcancel(canceller, buffer.baseAddress, 256) == 1 ? nil : String(trimmed: buffer.baseAddress)
        }
    }
}

extension Connection {
    /// Whether the connection looks fit for the next job, without a round trip: it isn't discarded, no transaction is
    /// open, and the socket doesn't hold the end of the session.
    package var isUsable: Bool {
        guard let pointer else { return false }
        var socket = pollfd(fd: PQsocket(pointer), events: Int16(POLLIN), revents: 0)
        // Idle, yet something to read: a notice, a changed parameter, or the end, which may come in two pieces.
        while poll(&socket, 1, 0) > 0 {
            if PQconsumeInput(pointer) == 0 { return false }
            _ = PQisBusy(pointer)
        }
        return PQstatus(pointer) == CONNECTION_OK && !notices.sessionEnded
            && PQtransactionStatus(pointer) == PQTRANS_IDLE
    }

    /// The handle that stops, from any thread, the current job: the ``job(deadline:_:)`` it is read in or, outside of
    /// one, the call that comes next.
    package var cancellation: CancelHandle { scope.handle }

    /// Runs `body` as one job: its calls share a deadline and a ``cancellation``.
    ///
    /// Past the deadline the server is told to cancel, and calls throw ``PostgresError/Kind/deadlineExceeded``.
    package func job<R>(deadline: ContinuousClock.Instant? = nil, _ body: () throws -> R) rethrows -> R {
        try scope.job(deadline: deadline, body)
    }

    /// The server's version as libpq counts it: 150018 is 15.18.
    package var serverVersion: Int { pointer.map { Int(PQserverVersion($0)) } ?? 0 }

    /// The process id of the server's session, or 0 when the connection is gone.
    package var processID: Int { pointer.map { Int(PQbackendPID($0)) } ?? 0 }
}

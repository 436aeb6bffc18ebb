/// What a worker thread holds: a connection that is replaced when it is lost, when it has grown old, and when
/// PostgreSQL has been restarted.
///
/// The first attempt after a loss is made at once; after a failed attempt the next ones wait as ``Backoff`` says, and
/// until then calls throw ``PostgresError/Kind/unavailable`` without trying, so that work can be refused quickly. A
/// worker with nothing to do uses ``connect()`` to wait for the server.
package final class ReconnectingConnection {
    private let url: String
    private let options: Connection.Options
    private let lifetime: Duration
    private let scope = JobScope()
    private var current: Connection?
    private var expiry = ContinuousClock.now
    private var backoff: Backoff
    private var nextAttempt: ContinuousClock.Instant?
    private var lastFailure = ""
    private var finished = Statistics()
    /// How many connections were made.
    package private(set) var connects = 0

    /// Connects with the first call, not here. A connection is replaced, between jobs, when it is older than
    /// `lifetime`, give or take a tenth.
    package init(
        url: String,
        options: Connection.Options = Connection.Options(),
        backoff: Backoff = Backoff(),
        lifetime: Duration = .seconds(30 * 60)
    ) {
        self.url = url
        self.options = options
        self.backoff = backoff
        self.lifetime = lifetime
    }

    /// A connection that looks fit for use: the one at hand, or a new one.
    ///
    /// Throws ``PostgresError/Kind/connectionFailed`` when the attempt fails, and ``PostgresError/Kind/unavailable``
    /// when it is too early for one; ``retryAfter`` says for how long.
    package func connection() throws(PostgresError) -> Connection {
        if let current {
            if current.isInBody { throw PostgresError(.invalidUse, "a transaction is under way on the connection") }
            if current.isUsable, .now < expiry { return current }
            drop()
        }
        if let wait = retryAfter {
            throw PostgresError(.unavailable, "no connection, next attempt in \(wait); the last one: \(lastFailure)")
        }
        do throws(PostgresError) {
            let connection = try Connection(url: url, options: options, scope: scope)
            connects += 1
            backoff.reset()
            nextAttempt = nil
            expiry = .now + lifetime * Double.random(in: 0.9...1.1)
            current = connection
            return connection
        } catch {
            if error.kind == .connectionFailed || error.kind == .unsupportedServer {
                lastFailure = error.message
                nextAttempt = .now + backoff.next()
            }
            throw error
        }
    }

    /// Waits until there is a connection, however long that takes; throws when the job is cancelled or its deadline
    /// passes, and when the server can't be used.
    package func connect() throws(PostgresError) {
        scope.enter()
        defer { scope.leave() }
        while true {
            do throws(PostgresError) {
                _ = try connection()
                return
            } catch {
                guard error.kind == .connectionFailed || error.kind == .unavailable else { throw error }
                if !scope.sleep(for: retryAfter ?? .zero) {
                    try scope.check()
                    throw error
                }
            }
        }
    }

    /// Closes the connection; the next call makes another.
    package func close() { drop() }

    /// Whether a connection is at hand and fit for use, without a round trip.
    package var isUsable: Bool { current?.isUsable ?? false }

    /// How long calls will throw ``PostgresError/Kind/unavailable``; nil when the next one may try to connect.
    package var retryAfter: Duration? {
        guard let nextAttempt else { return nil }
        let wait = nextAttempt - .now
        return wait > .zero ? wait : nil
    }

    /// The sums over all connections.
    package var statistics: Statistics { current.map { finished + $0.statistics } ?? finished }

    private func drop() {
        if let current {
            finished = finished + current.statistics
            current.close()
        }
        current = nil
    }
}

extension ReconnectingConnection {
    /// As ``Connection/cancellation``; it holds across a change of connections within the job.
    package var cancellation: CancelHandle { scope.handle }

    /// As ``Connection/job(deadline:_:)``.
    package func job<R>(deadline: ContinuousClock.Instant? = nil, _ body: () throws -> R) rethrows -> R {
        try scope.job(deadline: deadline, body)
    }

    /// As ``Connection/execute(_:)``, on a connection that looks fit for use.
    package func execute(_ query: Query) throws(PostgresError) -> QueryResult {
        try connection().execute(query)
    }

    /// As ``Connection/pipeline(_:)``, on a connection that looks fit for use.
    package func pipeline(_ queries: [Query]) throws(PostgresError) -> [QueryResult] {
        try connection().pipeline(queries)
    }

    /// As ``Connection/transaction(_:retry:preamble:_:)`` and, when the connection is lost before COMMIT is under way,
    /// once more on a new one.
    @discardableResult
    package func transaction<R>(
        _ mode: TransactionMode,
        retry: RetryPolicy = .standard,
        preamble: [Query] = [],
        _ body: (Transaction) throws -> R
    ) throws -> R {
        scope.enter()
        defer { scope.leave() }
        var tries = RetryPolicy.Tries()
        while true {
            let connection = try connection()
            switch try connection.attempt(mode, preamble: preamble, body) {
            case .done(let value): return value
            case .failed(let error, let cause):
                guard let cause, let remedy = retry.remedy(for: cause, &tries),
                    connection.recover(by: remedy, retry, tries)
                else { throw error }
            }
        }
    }
}

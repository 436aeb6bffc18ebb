import Glibc
import HTTP
import Postgres

/// A thread with a connection of its own that looks after the database: whether it is there, and whether its schema is
/// still the one that this build knows.
final class Monitor: Sendable {
    private let url: Secret
    private let options: Connection.Options
    private let directory: SQLDirectory
    private let health: Health
    private let log: Log
    private let interval: Duration
    private let afterLook: @Sendable () -> Void
    private let isStopped = Lock(false)

    init(
        url: Secret,
        options: Connection.Options,
        directory: SQLDirectory,
        health: Health,
        log: Log,
        interval: Duration = .seconds(1),
        afterLook: @escaping @Sendable () -> Void = {}
    ) {
        self.url = url
        self.options = options
        self.directory = directory
        self.health = health
        self.log = log
        self.interval = interval
        self.afterLook = afterLook
    }

    /// Looks once on the calling thread. Throws when the database can be reached and does not fit, which is for the
    /// operator to mend; one that can't be reached is waited for.
    func lookFirst() throws {
        do {
            let connection = try Connection(url: url.reveal(), options: options)
            try Fitness.require(directory, on: connection)
            note(.fit)
        } catch let error as PostgresError where Self.meansAbsence(error) {
            note(.unreachable, error)
        }
    }

    /// Begins to look at every interval, until ``stop()``.
    @discardableResult
    func start() -> Bool {
        HTTP.Thread.start("db-monitor") { [self] in
            let backoff = Backoff(first: interval, most: interval)
            let connection = ReconnectingConnection(url: url.reveal(), options: options, backoff: backoff)
            var connects = -1
            while isStopped.wait(atMost: interval, until: { $0 ? true : nil }) == nil {
                look(connection, &connects)
                afterLook()
            }
        }
    }

    func stop() {
        isStopped.withLock { $0 = true }
        isStopped.broadcast()
    }

    private func look(_ connection: ReconnectingConnection, _ connects: inout Int) {
        do {
            let live = try connection.connection()
            // All of it for a new connection or after trouble: the server may be another than before.
            if connects != connection.connects || health.current != .fit {
                try Fitness.require(directory, on: live)
                connects = connection.connects
            } else {
                try SchemaVersion.require(directory, on: live)
            }
            note(.fit)
        } catch let error as PostgresError where Self.meansAbsence(error) {
            note(.unreachable, error)
        } catch {
            note(.unfit(String(describing: error)), error)
        }
    }

    private static func meansAbsence(_ error: PostgresError) -> Bool {
        error.endsSession && error.kind != .unsupportedServer
    }

    private func note(_ next: Health.State, _ error: (any Error)? = nil) {
        let before = health.current
        health.set(next)
        guard next != before else { return }
        switch next {
        case .fit: log.info("the database is ready")
        case .unreachable, .unknown:
            log.error("the database can't be reached", ["error": .text(error.map { String(reflecting: $0) } ?? "")])
        case .unfit(let why): log.error("the database does not fit this build", ["error": .text(why)])
        }
    }
}

package import HTTP
import Postgres

/// The HTTP service put together: routes, workers, monitor, metrics, log.
package final class TravelerService: Sendable {
    private static let headers: Headers = [
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "cross-origin-resource-policy": "same-origin",
    ]

    private let server: Server<Endpoint, ServiceWorker>
    private let monitor: Monitor
    private let log: Log
    let health = Health()

    /// - Parameters:
    ///   - url: of the service's login.
    ///   - handlesSignals: whether SIGTERM and SIGINT stop it.
    package init(
        _ config: Config,
        url: Secret,
        directory: SQLDirectory,
        log: Log,
        handlesSignals: Bool = false,
        monitorInterval: Duration = .seconds(1)
    ) {
        let options = Self.options(config)
        self.log = log
        let metrics = Lock(Metrics())
        let losses = Lock(RefusalLosses())
        monitor = Monitor(
            url: url,
            options: options,
            directory: directory,
            health: health,
            log: log,
            interval: monitorInterval,
            afterLook: {
                let counts = metrics.withLock { $0.refusals }
                guard let fields = losses.withLock({ $0.due(counts, at: .now()) }) else { return }
                log.warning("refused acts were not noted", fields)
            }
        )
        var configuration = ServerConfiguration(listen: config.listen.forServer)
        configuration.interactiveWorkers = config.workers
        configuration.heavyWorkers = max(2, config.workers / 4)
        let workers: [Lane: Int] = [
            .interactive: configuration.interactiveWorkers, .heavy: configuration.heavyWorkers,
        ]
        configuration.handlesSignals = handlesSignals
        configuration.commonHeaders = Self.headers
        let refusals = Lock(RefusalLimit())
        let status = ServerStatus()
        let desk = FrontDesk(status: status, health: health, metrics: metrics)
        server = Server(
            configuration: configuration,
            router: Router(API.endpoints.map { ($0.method, $0.path, $0) }),
            status: status,
            makeWorker: { [health] _, _ in ServiceWorker(url: url, options: options, health: health, refusals: refusals)
            },
            lane: { endpoint, request in endpoint.lane.lane(for: request) },
            immediate: { request, endpoint, parameters in desk.answer(request, endpoint, parameters) },
            shares: { request, endpoint, parameters in Fairness.shares(request, endpoint, parameters, workers: workers)
            },
            bodyLimit: { $0.bodyLimit },
            problem: { status, code, detail, id in Problem(status, code, detail).response(id: id) },
            observe: { finished in
                let note = finished.note as? RequestNote
                metrics.withLock { $0.observe(finished, note) }
                AccessLog.write(finished, note, to: log)
            }
        )
    }

    private static func options(_ config: Config) -> Connection.Options {
        var options = Connection.Options()
        options.preparation = config.preparation
        return options
    }

    /// Serves on the calling thread until stopped.
    ///
    /// - Throws: before it listens, when the database can be reached and does not fit; ``ServerError`` when it can't
    ///   listen.
    package func run() throws {
        try monitor.lookFirst()
        let address = try server.bind()
        monitor.start()
        defer { monitor.stop() }
        log.info("listening", ["address": .text(address.description), "version": .text(Version.current)])
        try server.run()
        log.info("stopped")
    }

    /// Where it listens; nil before ``run()`` has got there.
    package var address: HTTP.ListenAddress? { server.boundAddress }

    /// Begins to listen before ``run()``, so that the port is known.
    @discardableResult
    package func bind() throws -> HTTP.ListenAddress { try server.bind() }

    /// Asks it to stop, from any thread.
    package func stop() { server.stop() }
}

extension ListenAddress {
    /// The same for the server.
    fileprivate var forServer: HTTP.ListenAddress {
        switch self {
        case .tcp(let host, let port): .tcp(host: host, port: port)
        case .unix(let path): .unix(path: path)
        }
    }
}

extension Endpoint.LanePolicy {
    func lane(for request: Request) -> Lane {
        switch self {
        case .interactive: .interactive
        case .heavy: .heavy
        case .heavyAbove(let bytes): request.body.count > bytes ? .heavy : .interactive
        case .signing(let bytes):
            request.body.count > bytes || Self.mayHoldPassword(request.body) ? .heavy : .interactive
        }
    }

    /// A guess by the bytes, before the body is read: a name that is written otherwise only takes the other lane.
    private static func mayHoldPassword(_ body: [UInt8]) -> Bool {
        let name = Array("\"password\"".utf8)
        guard body.count > name.count else { return false }
        return (0...body.count - name.count).contains { body[$0..<$0 + name.count].elementsEqual(name) }
    }
}

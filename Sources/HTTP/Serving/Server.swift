/// The HTTP/1.1 origin server: one reactor thread that parses and sheds, and workers that may block.
package final class Server<Endpoint: Sendable, W: Worker>: Sendable where W.Endpoint == Endpoint {
    private struct State {
        var listener: Listener?
        var address: ListenAddress?
        var waker: Waker?
        var isStopRequested = false
    }

    /// Descriptors for what is no client: databases, files, logs, the server's own.
    private static var otherDescriptors: Int { 128 }

    private let configuration: ServerConfiguration
    private let application: Application
    private let endpoints: [Endpoint]
    private let makeWorker: @Sendable (Lane, Int) -> W
    private let state = Lock(State())
    /// What the server is doing.
    package let status: ServerStatus

    /// - Parameters:
    ///   - status: made by the caller when `immediate` answers for readiness or metrics from it.
    ///   - makeWorker: makes the worker with an index in a lane, on the thread that will use it.
    ///   - lane: the workers that a request goes to; called on the reactor, like the next three, so it must not block.
    ///   - immediate: the answer to a request that needs no worker, or nil. Its body is no stream.
    ///   - shares: fairness: at most `limit` requests of each key are under way at once; others wait and let those
    ///     behind them pass. A lane counts for itself.
    ///   - bodyLimit: the greatest body of an endpoint in bytes; nil for the configuration's.
    ///   - problem: how the server's own refusals look: status, stable code, detail, the request's id.
    ///   - observe: told of every answer, on the thread that gave it.
    package init(
        configuration: ServerConfiguration,
        router: Router<Endpoint>,
        status: ServerStatus = ServerStatus(),
        makeWorker: @escaping @Sendable (Lane, Int) -> W,
        lane: @escaping @Sendable (Endpoint, Request) -> Lane = { _, _ in .interactive },
        immediate: @escaping @Sendable (Request, Endpoint, PathParameters) -> Response? = { _, _, _ in nil },
        shares: @escaping @Sendable (Request, Endpoint, PathParameters) -> [(key: String, limit: Int)] = { _, _, _ in
            []
        },
        bodyLimit: @escaping @Sendable (Endpoint) -> Int? = { _ in nil },
        problem: @escaping @Sendable (_ status: Int, _ code: String, _ detail: String, _ id: String) -> Response,
        observe: @escaping @Sendable (FinishedRequest<Endpoint>) -> Void = { _ in }
    ) {
        let endpoints = router.routes.map(\.endpoint)
        self.configuration = configuration
        self.status = status
        self.endpoints = endpoints
        self.makeWorker = makeWorker
        application = Application(
            router: Router(router.routes.enumerated().map { ($1.method, $1.template, $0) }),
            bodyLimit: { bodyLimit(endpoints[$0]) },
            lane: { lane(endpoints[$0], $1) },
            immediate: { immediate($0, endpoints[$1], $2) },
            shares: { shares($0, endpoints[$1], $2) },
            problem: problem,
            observe: { observe($0.map { endpoints[$0] }) }
        )
    }

    /// Begins to listen, so that the address is known before `run()`; connections wait until then.
    @discardableResult
    package func bind() throws(ServerError) -> ListenAddress {
        if let bound = boundAddress { return bound }
        let listener = try Listener(configuration.listen)
        let waker = try Waker()
        state.withLock { state in
            state.listener = listener
            state.address = listener.address
            state.waker = waker
        }
        return listener.address
    }

    /// What the server listens on, the port filled in; nil before `bind()`.
    package var boundAddress: ListenAddress? {
        state.withLock { $0.address }
    }

    /// Serves on the calling thread until stopped, by `stop()` or, if the configuration says so, by a signal. Requests
    /// under way are answered first, as long as the drain timeout allows. A server runs once.
    package func run() throws(ServerError) {
        try bind()
        guard let (listener, waker) = takeListener() else { return }
        DescriptorLimit.raise(to: configuration.maximumConnections + Self.otherDescriptors)
        let signals = configuration.handlesSignals ? try StopSignals() : nil
        let poller = try Poller()
        let interrupter = Interrupter()
        try interrupter.start()
        defer { interrupter.close() }
        let sender = ResponseSender(application: application, configuration: configuration, status: status)
        let crew = Crew()
        var queues: [Lane: WorkQueue] = [:]
        defer { for queue in queues.values { queue.close() } }
        for lane in Lane.allCases {
            let count = max(1, lane == .heavy ? configuration.heavyWorkers : configuration.interactiveWorkers)
            let queue = WorkQueue(workers: count, capacity: configuration.maximumQueue, status: status)
            queues[lane] = queue
            for worker in 0..<count {
                let loop = WorkerLoop(worker: worker, queue: queue, poller: poller, sender: sender)
                try crew.start("http-\(lane == .heavy ? "h" : "w")\(worker)") { [endpoints, makeWorker] in
                    let own = makeWorker(lane, worker)
                    var loop = loop
                    loop.run(interrupt: own.interrupt) { job in
                        own.respond(to: job.request, endpoint: endpoints[job.route], parameters: job.parameters)
                    }
                }
            }
        }
        let reactor = Reactor(
            listener: listener,
            waker: waker,
            signals: signals,
            poller: poller,
            queues: queues,
            interrupter: interrupter,
            sender: sender
        )
        try reactor.run { [state] in state.withLock { $0.isStopRequested } }
        for queue in queues.values { queue.close() }
        crew.join(within: .seconds(2))
    }

    /// Asks the server to stop, from any thread, before or during `run()`. A second time ends its patience.
    package func stop() {
        let waker = state.withLock { state in
            state.isStopRequested = true
            return state.waker
        }
        waker?.wake()
    }

    /// The listener goes to the reactor, which closes it when it stops.
    private func takeListener() -> (Listener, Waker)? {
        state.withLock { state in
            guard let listener = state.listener, let waker = state.waker else { return nil }
            state.listener = nil
            return (listener, waker)
        }
    }
}

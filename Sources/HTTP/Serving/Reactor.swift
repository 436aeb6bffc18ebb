import CLinux
import Glibc

/// The one thread that accepts, reads, parses, routes and sheds. Long work goes to the queues; what the application
/// answers at once, and what is refused, is answered here.
///
/// Used by the thread that runs it alone.
final class Reactor {
    private static let listenerToken = UInt64.max
    private static let wakerToken = UInt64.max - 1
    private static let signalsToken = UInt64.max - 2
    /// Between two looks at requests under way and, while stopping, at the connections.
    static let busyTick = Duration.milliseconds(250)
    static let stoppingTick = Duration.milliseconds(20)
    static let idleTick = Duration.seconds(1)

    let configuration: ServerConfiguration
    let application: Application
    let status: ServerStatus
    let poller: Poller
    let queues: [Lane: WorkQueue]
    let interrupter: Interrupter
    var sender: ResponseSender
    var connections: [Int32: ClientConnection] = [:]
    var stopDeadline: MonotonicTime?
    /// Bytes of unfinished bodies.
    private(set) var bodyMemory = 0
    private var listener: Listener?
    private var isAccepting = true
    private let waker: Waker
    private let signals: StopSignals?
    private var generation: UInt32 = 0
    private var lastSweep = MonotonicTime.now()
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)
    private let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 256)

    init(
        listener: Listener,
        waker: Waker,
        signals: StopSignals?,
        poller: Poller,
        queues: [Lane: WorkQueue],
        interrupter: Interrupter,
        sender: ResponseSender
    ) {
        self.listener = listener
        self.waker = waker
        self.signals = signals
        self.poller = poller
        self.queues = queues
        self.interrupter = interrupter
        self.sender = sender
        configuration = sender.configuration
        application = sender.application
        status = sender.status
    }

    deinit {
        scratch.deallocate()
        events.deallocate()
    }

    /// Serves until `isStopRequested`, looked at whenever the waker fires, and until requests under way have been
    /// answered or the drain timeout has passed.
    func run(isStopRequested: () -> Bool) throws(ServerError) {
        guard let listener, poller.watch(listener.descriptor, token: Self.listenerToken),
            poller.watch(waker.descriptor, token: Self.wakerToken),
            signals.map({ poller.watch($0.descriptor, token: Self.signalsToken) }) ?? true
        else { throw .cannotPrepare(call: "epoll_ctl", errno: errno) }
        status.setReady(true)
        if isStopRequested() { beginStop() }
        while !hasStopped() {
            for index in 0..<poller.wait(events, timeout: waitTime()) {
                switch events[index].data.u64 {
                case Self.listenerToken: accept()
                case Self.wakerToken:
                    waker.clear()
                    if isStopRequested() { beginStop() }
                case Self.signalsToken:
                    signals?.clear()
                    beginStop()
                case let token: deliver(token)
                }
            }
            let now = MonotonicTime.now()
            if now >= lastSweep + tick {
                sweep(now)
                lastSweep = now
            }
        }
        for connection in connections.values where connection.deadline() != nil { close(connection) }
    }

    /// Ends a connection that the reactor owns.
    func close(_ connection: ClientConnection) {
        connections[connection.descriptor] = nil
        budget(connection, 0)
        Glibc.close(connection.descriptor)
        status.connectionClosed()
        if !isAccepting, let listener { isAccepting = poller.watch(listener.descriptor, token: Self.listenerToken) }
    }

    /// Notes how much of an unfinished body a connection holds.
    func budget(_ connection: ClientConnection, _ bytes: Int) {
        bodyMemory += bytes - connection.budgeted
        connection.budgeted = bytes
    }

    private var tick: Duration {
        if stopDeadline != nil { return Self.stoppingTick }
        return status.busyWorkers + status.waiting > 0 ? Self.busyTick : Self.idleTick
    }

    private func waitTime() -> Duration {
        max(.zero, lastSweep + tick - .now())
    }

    private func hasStopped() -> Bool {
        guard let stopDeadline else { return false }
        return connections.isEmpty || MonotonicTime.now() >= stopDeadline + .seconds(2)
    }

    /// Stops accepting; the sweep then closes idle connections, and answers say `Connection: close`. A second request
    /// to stop ends the patience with requests under way.
    private func beginStop() {
        guard stopDeadline == nil else {
            stopDeadline = .now()
            return
        }
        stopDeadline = .now() + configuration.drainTimeout
        status.setReady(false)
        if let listener {
            poller.unwatch(listener.descriptor)
            listener.end()
        }
        listener = nil
    }

    private func accept() {
        guard let listener else { return }
        for _ in 0..<64 {
            guard let (descriptor, peer) = listener.accept() else {
                // Out of descriptors: wait until a connection is closed, else the event would come again at once.
                if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM, !connections.isEmpty {
                    poller.unwatch(listener.descriptor)
                    isAccepting = false
                    _ = evictIdle()
                }
                return
            }
            generation &+= 1
            let connection = ClientConnection(
                descriptor: descriptor,
                generation: generation,
                peer: peer,
                limits: configuration.limits
            )
            connections[descriptor] = connection
            status.connectionOpened()
            guard poller.add(connection, until: .now() + configuration.idleTimeout) else {
                close(connection)
                continue
            }
            if connections.count > configuration.maximumConnections, !evictIdle(otherThan: connection) {
                connection.takeOver()
                status.requestShed()
                refuse(.overloaded, on: connection)
            }
        }
    }

    private func deliver(_ token: UInt64) {
        let descriptor = Int32(truncatingIfNeeded: token)
        guard let connection = connections[descriptor], connection.token == token else { return }
        connection.takeOver()
        proceed(connection)
    }
}

/// How a server listens, how many threads it has and how long it waits.
package struct ServerConfiguration: Sendable {
    package var listen: ListenAddress
    package var interactiveWorkers = 4
    package var heavyWorkers = 1
    package var limits = Limits()
    /// Fields of every answer that does not set them itself, the server's own refusals among them.
    package var commonHeaders = Headers()

    /// From the first byte of a head to its end.
    package var headTimeout = Duration.seconds(10)
    /// For a body to come, to which `minimumRate` adds.
    package var bodyTimeout = Duration.seconds(10)
    /// Between requests on a connection.
    package var idleTimeout = Duration.seconds(60)
    /// For the client to take an answer, to which `minimumRate` adds; for one piece of a stream.
    package var writeTimeout = Duration.seconds(10)
    /// Bytes a second below which a client is too slow: one more second is granted for each.
    package var minimumRate = 8 * 1024
    /// From the arrival of a request until it is interrupted, per lane.
    package var requestDeadline = Duration.seconds(10)
    package var heavyRequestDeadline = Duration.seconds(120)
    /// For a whole streamed body.
    package var streamDeadline = Duration.seconds(15 * 60)
    /// From the request to stop until requests under way are interrupted.
    package var drainTimeout = Duration.seconds(20)

    /// Requests waiting in one lane; the next is answered 503. One fairness key has at most half of them.
    package var maximumQueue = 256
    /// Connections open at once; the one that has been idle longest makes way for another, if there is one.
    package var maximumConnections = 4096
    /// Bytes of unfinished bodies in memory at once; who would go beyond is answered 503.
    package var maximumBodyMemory = 128 * 1024 * 1024
    /// Whether SIGTERM and SIGINT stop the server. They are then blocked in the thread that calls `run()`, which should
    /// be the first of the process, so that the others inherit it.
    package var handlesSignals = false

    package init(listen: ListenAddress) {
        self.listen = listen
    }

    /// The time that a client has to take `count` bytes.
    func writeTime(_ count: Int) -> Duration {
        writeTimeout + .seconds(count / max(1, minimumRate))
    }
}

import Glibc

extension Reactor {
    /// The status under which a request is observed whose client went before a worker took it; nobody receives it.
    private static let clientGoneStatus = 499

    /// Ends connections that are past their deadline and requests that nobody waits for.
    func sweep(_ now: MonotonicTime) {
        for connection in connections.values {
            // Without a deadline the connection is a worker's or in the queue.
            guard let deadline = connection.deadline() else { continue }
            let isIdle = connection.phase == .idle || connection.phase == .resuming
            if deadline <= now || (stopDeadline != nil && isIdle) { end(connection) }
        }
        guard status.busyWorkers + status.waiting > 0 else { return }
        let isOver = stopDeadline.map { $0 <= now } ?? false
        for queue in queues.values {
            let inspection = queue.inspect(now: now, all: isOver)
            for job in inspection.abandoned { abandon(job, now) }
            for job in inspection.expired {
                status.requestShed()
                refuse(.deadlinePassed, on: job.connection, since: job.request.receivedAt)
            }
            interrupter.submit(inspection.interrupts)
        }
    }

    /// Ends the connection that has been idle longest, so that another can be served; false when none is idle.
    func evictIdle(otherThan newcomer: ClientConnection? = nil) -> Bool {
        let idle = connections.values.filter {
            $0 !== newcomer && $0.deadline() != nil && ($0.phase == .idle || $0.phase == .resuming)
        }
        guard let oldest = idle.min(by: { $0.phaseStart < $1.phaseStart }) else { return false }
        end(oldest)
        return true
    }

    /// Shuts a connection that the reactor owns; the event that follows closes it. The socket is not closed here: a
    /// worker may have handed the connection over and be about to arm the socket.
    private func end(_ connection: ClientConnection) {
        switch connection.phase {
        case .broken: return
        case .head, .body:
            status.clientTimedOut()
            if connection.head == nil { connection.exchange = .refused }
            connection.exchange.keepsAlive = false
            answer(
                application.refusal(.timeout, id: connection.exchange.id),
                on: connection,
                code: Refusal.timeout.code
            )
        case .writing: status.clientTimedOut()
        case .idle, .resuming, .handling, .lingering: break
        }
        connection.enter(.broken)
        shutdown(connection.descriptor, Int32(SHUT_RDWR))
    }

    private func abandon(_ job: Job, _ now: MonotonicTime) {
        application.observe(
            FinishedRequest(
                endpoint: job.route,
                method: job.request.method,
                path: job.request.path,
                id: job.request.id,
                peer: job.request.peer,
                status: Self.clientGoneStatus,
                code: "client_gone",
                queue: now - job.request.receivedAt,
                total: now - job.request.receivedAt,
                bytes: 0,
                isCut: true
            )
        )
        close(job.connection)
    }
}

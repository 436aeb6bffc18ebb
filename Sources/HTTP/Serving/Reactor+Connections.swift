import Glibc

extension Reactor {
    /// Bytes that are read and dropped from a client that goes on sending after the last answer.
    private static let lingerLimit = 1024 * 1024
    private static let readsPerEvent = 4

    /// Goes on with a connection for which an event has come.
    func proceed(_ connection: ClientConnection) {
        switch connection.phase {
        case .broken, .handling: close(connection)
        case .lingering: linger(connection)
        case .writing:
            if case .broken = connection.flush() { return close(connection) }
            follow(connection)
        case .resuming: if parse(connection) { read(connection) }
        case .idle, .head, .body: read(connection)
        }
    }

    /// Answers a request that no worker sees, and goes on with the connection.
    func refuse(_ refusal: Refusal, on connection: ClientConnection, since start: MonotonicTime = .now()) {
        answer(
            application.refusal(refusal, id: connection.exchange.id),
            on: connection,
            code: refusal.code,
            since: start
        )
        follow(connection)
    }

    /// Sends an answer and tells the observer.
    func answer(
        _ response: Response,
        on connection: ClientConnection,
        code: String? = nil,
        since start: MonotonicTime = .now()
    ) {
        let exchange = connection.exchange
        let result = sender.send(response, on: connection)
        application.observe(
            FinishedRequest(
                endpoint: exchange.route,
                method: exchange.method,
                path: exchange.path,
                id: exchange.id,
                peer: connection.peer,
                status: result.status,
                code: code,
                queue: .zero,
                total: .now() - start,
                bytes: result.bytes,
                note: response.note,
                isCut: result.isCut
            )
        )
    }

    /// Goes on after an answer: with what the parser holds already, then with the socket.
    private func follow(_ connection: ClientConnection) {
        if isSettled(connection), parse(connection) { rearm(connection) }
    }

    /// Settles a connection after an answer; whether the next request may be parsed here and now.
    private func isSettled(_ connection: ClientConnection) -> Bool {
        switch sender.settle(connection) {
        case .keepAlive: return true
        case .arm(let interest, let deadline): poller.arm(connection, for: interest, until: deadline)
        case .close: close(connection)
        }
        return false
    }

    private func read(_ connection: ClientConnection) {
        for _ in 0..<Self.readsPerEvent {
            let count = recv(connection.descriptor, scratch.baseAddress, scratch.count, 0)
            if count > 0 {
                connection.parser.append(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
                guard parse(connection) else { return }
                if count < scratch.count { break }
            } else if count < 0, errno == EINTR {
                continue
            } else if count < 0, errno == EAGAIN || errno == EWOULDBLOCK {
                break
            } else {
                return close(connection)
            }
        }
        rearm(connection)
    }

    private func linger(_ connection: ClientConnection) {
        for _ in 0..<Self.readsPerEvent {
            let count = recv(connection.descriptor, scratch.baseAddress, scratch.count, 0)
            if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { break }
            connection.lingered += max(0, count)
            guard count > 0, connection.lingered <= Self.lingerLimit else { return close(connection) }
        }
        poller.arm(connection, for: .input, until: connection.phaseStart + ResponseSender.lingerTimeout)
    }

    /// Takes steps until the parser needs bytes; false when the connection has gone elsewhere meanwhile.
    private func parse(_ connection: ClientConnection) -> Bool {
        while true {
            switch connection.parser.next() {
            case .needsBytes:
                enterReadingPhase(connection)
                budget(connection, connection.parser.receivedBodyBytes)
                guard bodyMemory > configuration.maximumBodyMemory, connection.phase == .body else { return true }
                status.requestShed()
                connection.exchange.keepsAlive = false
                answer(
                    application.refusal(.overloaded, id: connection.exchange.id),
                    on: connection,
                    code: Refusal.overloaded.code
                )
                guard isSettled(connection) else { return false }
            case .head(let head):
                admit(head, on: connection)
                if let refusal = earlyRefusal(connection) {
                    connection.exchange.keepsAlive = false
                    answer(application.refusal(refusal, id: connection.exchange.id), on: connection, code: refusal.code)
                    guard isSettled(connection) else { return false }
                }
            case .body(let body):
                guard dispatch(body, on: connection), isSettled(connection) else { return false }
            case .failure(let failure):
                status.messageRefused()
                if connection.head == nil { connection.exchange = .refused }
                connection.exchange.keepsAlive = false
                let refusal = Refusal.parse(failure)
                answer(application.refusal(refusal, id: connection.exchange.id), on: connection, code: refusal.code)
                guard isSettled(connection) else { return false }
            }
        }
    }

    private func enterReadingPhase(_ connection: ClientConnection) {
        guard connection.parser.isReadingBody else {
            return connection.enter(connection.parser.isIdle ? .idle : .head)
        }
        connection.enter(.body)
        guard connection.exchange.awaitsContinue else { return }
        connection.exchange.awaitsContinue = false
        // A client that has begun to send needs no leave (RFC 9110 section 10.1.1).
        if connection.parser.receivedBodyBytes == 0, !connection.parser.hasBufferedBytes {
            connection.output.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8)
            if connection.flush() != .done { connection.enter(.broken) }
        }
    }

    /// Waits for more bytes, as long as the phase allows.
    private func rearm(_ connection: ClientConnection) {
        let timeout: Duration
        switch connection.phase {
        case .head: timeout = configuration.headTimeout
        case .body:
            let granted = connection.parser.receivedBodyBytes / max(1, configuration.minimumRate)
            timeout = configuration.bodyTimeout + .seconds(granted)
        case .broken: return close(connection)
        default:
            if stopDeadline != nil { return close(connection) }
            timeout = configuration.idleTimeout
        }
        poller.arm(connection, for: .input, until: connection.phaseStart + timeout)
    }
}

extension Reactor {
    /// Looks up where a head leads, which decides how much body it may have.
    func admit(_ head: RequestHead, on connection: ClientConnection) {
        connection.exchange = Exchange(head)
        connection.match = application.router.match(head.method, head.target.path)
        var limit = configuration.limits.bodyBytes
        if case .found(let route, _) = connection.match {
            connection.exchange.route = route
            limit = application.bodyLimit(route) ?? limit
        }
        connection.head = head
        connection.parser.acceptBody(limit: limit)
    }

    /// The answer to a client that asks first and would send its body in vain.
    func earlyRefusal(_ connection: ClientConnection) -> Refusal? {
        guard connection.exchange.awaitsContinue else { return nil }
        switch connection.match {
        case .found: return nil
        case .methodNotAllowed(let allow): return .methodNotAllowed(allow)
        case .notFound: return .notFound
        }
    }

    /// Answers a complete request here or queues it. Whether it has been answered; if not, the connection is a worker's.
    func dispatch(_ body: [UInt8], on connection: ClientConnection) -> Bool {
        guard let head = connection.head.take() else { return true }
        budget(connection, 0)
        let now = MonotonicTime.now()
        guard case .found(let route, let parameters) = connection.match else {
            answerUnrouted(head, on: connection, since: now)
            return true
        }
        guard let query = FormDecoder.decode(Array(head.target.rawQuery.utf8)[...]) else {
            answer(.malformedQuery, on: connection, since: now)
            return true
        }
        var request = Request(
            method: head.method,
            path: head.target.path,
            rawQuery: head.target.rawQuery,
            query: query,
            headers: head.headers,
            body: body,
            receivedAt: now,
            deadline: now + configuration.requestDeadline,
            id: connection.exchange.id,
            peer: connection.peer
        )
        if let response = application.immediate(request, route, parameters) {
            answer(response, on: connection, since: now)
            return true
        }
        let lane = application.lane(route, request)
        if lane == .heavy { request.deadline = now + configuration.heavyRequestDeadline }
        connection.enter(.handling, at: now)
        let job = Job(
            connection: connection,
            exchange: connection.exchange,
            request: request,
            route: route,
            parameters: parameters,
            shares: application.shares(request, route, parameters)
        )
        if queues[lane]?.add(job) == true { return false }
        status.requestShed()
        answer(.overloaded, on: connection, since: now)
        return true
    }

    private func answerUnrouted(_ head: RequestHead, on connection: ClientConnection, since start: MonotonicTime) {
        if head.method == .options, let allow = application.router.allowedMethods(head.target.path) {
            let fields: Headers = ["allow": allow.map(\.rawValue).joined(separator: ", ")]
            answer(Response(status: 204, headers: fields), on: connection, since: start)
        } else if case .methodNotAllowed(let allow) = connection.match {
            answer(.methodNotAllowed(allow), on: connection, since: start)
        } else {
            answer(.notFound, on: connection, since: start)
        }
    }

    private func answer(_ refusal: Refusal, on connection: ClientConnection, since start: MonotonicTime) {
        answer(
            application.refusal(refusal, id: connection.exchange.id),
            on: connection,
            code: refusal.code,
            since: start
        )
    }
}

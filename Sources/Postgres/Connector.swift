import CLibPQ
import Glibc

/// Makes a connection without ever waiting longer than the timeout, the job's deadline or its cancellation.
struct Connector {
    let url: String
    let options: Connection.Options
    let scope: JobScope
    let notices: NoticeBox

    /// Connects, in non-blocking mode, and checks that both sides speak UTF8.
    func connect() throws(PostgresError) -> OpaquePointer {
        try scope.check()
        guard let pointer = start() else { throw PostgresError(.connectionFailed, "out of memory") }
        do throws(PostgresError) {
            notices.install(on: pointer)
            try establish(pointer)
            try checkEncoding(pointer, "server_encoding")
            try checkEncoding(pointer, "client_encoding")
            guard PQsetnonblocking(pointer, 1) == 0 else {
                throw PostgresError(.connectionFailed, String(trimmed: PQerrorMessage(pointer)))
            }
        } catch {
            PQfinish(pointer)
            throw error
        }
        return pointer
    }

    /// Keywords and values go to `PQconnectStartParams` as arrays, so nothing in them needs quoting.
    private func start() -> OpaquePointer? {
        let parameters = options.parameters(url: url)
        var keywords: [UnsafeMutablePointer<CChar>?] = parameters.map { strdup($0.keyword) }
        var values: [UnsafeMutablePointer<CChar>?] = parameters.map { strdup($0.value) }
        defer { for text in keywords + values { free(text) } }
        keywords.append(nil)
        values.append(nil)
        return PQconnectStartParams(keywords.map { UnsafePointer($0) }, values.map { UnsafePointer($0) }, 1)
    }

    private func establish(_ pointer: OpaquePointer) throws(PostgresError) {
        let limit = ContinuousClock.now + options.connectTimeout
        var state = PGRES_POLLING_WRITING
        while state != PGRES_POLLING_OK {
            guard state != PGRES_POLLING_FAILED, PQstatus(pointer) != CONNECTION_BAD else {
                throw PostgresError(.connectionFailed, String(trimmed: PQerrorMessage(pointer)))
            }
            try scope.check()
            var sockets = [
                pollfd(
                    fd: PQsocket(pointer),
                    events: Int16(state == PGRES_POLLING_READING ? POLLIN : POLLOUT),
                    revents: 0
                ),
                pollfd(fd: scope.signal.readEnd, events: Int16(POLLIN), revents: 0),
            ]
            let until = scope.deadline.map { min($0, limit) } ?? limit
            let ready = poll(&sockets, 2, until.pollTimeout)
            if sockets[1].revents != 0, !scope.signal.isRequested { scope.signal.drain() }
            if ready <= 0, ContinuousClock.now >= limit {
                throw PostgresError(.connectionFailed, "no connection within \(options.connectTimeout)")
            }
            if sockets[0].revents != 0 { state = PQconnectPoll(pointer) }
        }
    }

    private func checkEncoding(_ pointer: OpaquePointer, _ name: String) throws(PostgresError) {
        let encoding = PQparameterStatus(pointer, name).map { String(cString: $0) } ?? "unknown"
        if encoding != "UTF8" { throw PostgresError(.unsupportedServer, "\(name) is \(encoding), it must be UTF8") }
    }
}

extension ContinuousClock.Instant {
    /// Milliseconds from now for `poll`, rounded up, never negative.
    var pollTimeout: Int32 { Int32(clamping: Swift.max(0, (self - .now).milliseconds)) }
}

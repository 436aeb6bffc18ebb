import Glibc

/// Sends answers on connections that the calling thread owns, and says how each connection goes on. Each thread has its
/// own.
struct ResponseSender {
    /// What became of an answer.
    struct Result {
        var status: Int
        var bytes: Int
        var isCut: Bool
    }

    /// How a connection goes on once its answer has been given to the socket as far as it takes it.
    enum Continuation {
        /// The next request may be read.
        case keepAlive
        /// Armed for `interest`, the connection is the reactor's until `deadline`.
        case arm(Poller.Interest, until: MonotonicTime)
        case close
    }

    /// How long a client may go on sending after an answer that ends the connection.
    static let lingerTimeout = Duration.seconds(2)
    /// Room for a head of the usual size, in bytes.
    private static let headRoom = 384

    let application: Application
    let configuration: ServerConfiguration
    let status: ServerStatus
    private var encoder = ResponseEncoder()

    init(application: Application, configuration: ServerConfiguration, status: ServerStatus) {
        self.application = application
        self.configuration = configuration
        self.status = status
    }

    /// Encodes and sends what the socket takes; the rest stays in the connection's output. A stream is run to its end,
    /// waiting for the client, if the caller may block; if not, it is answered 500.
    mutating func send(
        _ response: Response,
        on connection: ClientConnection,
        mayBlock: Bool = false
    ) -> Result {
        let exchange = connection.exchange
        let keepsAlive = exchange.keepsAlive && status.isReady
        switch response.body {
        case .stream(let write) where exchange.method != .head && !Self.isBodiless(response.status):
            guard mayBlock else { return send(application.refusal(.streamFailed, id: exchange.id), on: connection) }
            return stream(response, write, on: connection, keepsAlive: keepsAlive)
        case .stream:
            return finish(response, .chunked, body: [], on: connection, keepsAlive: keepsAlive)
        case .bytes(let bytes):
            let body = exchange.method == .head ? [] : bytes
            return finish(response, .length(bytes.count), body: body, on: connection, keepsAlive: keepsAlive)
        case .none:
            return finish(response, .length(0), body: [], on: connection, keepsAlive: keepsAlive)
        }
    }

    /// Settles the connection's next phase after an answer, or after more of its output has been sent.
    func settle(_ connection: ClientConnection) -> Continuation {
        if connection.phase == .broken { return .close }
        let now = MonotonicTime.now()
        if connection.pendingOutput > 0 {
            connection.enter(.writing, at: now)
            return .arm(.output, until: connection.phaseStart + configuration.writeTime(connection.output.count))
        }
        if connection.closesAfterOutput {
            shutdown(connection.descriptor, Int32(SHUT_WR))
            connection.enter(.lingering, at: now)
            return .arm(.input, until: now + Self.lingerTimeout)
        }
        connection.enter(.resuming, at: now)
        return .keepAlive
    }

    private static func isBodiless(_ status: Int) -> Bool {
        status == 204 || status == 304
    }

    private mutating func finish(
        _ response: Response,
        _ framing: ResponseEncoder.Framing,
        body: [UInt8],
        on connection: ClientConnection,
        keepsAlive: Bool
    ) -> Result {
        let isBodiless = Self.isBodiless(response.status)
        let before = connection.output.count
        connection.output.reserveCapacity(before + body.count + Self.headRoom)
        encodeHead(response, isBodiless ? .none : framing, on: connection, keepsAlive: keepsAlive)
        if !isBodiless { connection.output.append(contentsOf: body) }
        let bytes = connection.output.count - before
        let isCut = flush(connection)
        return Result(status: response.status, bytes: bytes, isCut: isCut)
    }

    private mutating func encodeHead(
        _ response: Response,
        _ framing: ResponseEncoder.Framing,
        on connection: ClientConnection,
        keepsAlive: Bool
    ) {
        connection.closesAfterOutput = !keepsAlive
        encoder.encodeHead(
            response,
            id: connection.exchange.id,
            common: configuration.commonHeaders,
            framing: framing,
            closes: !keepsAlive,
            keepsAliveExplicitly: !connection.exchange.isVersion11,
            into: &connection.output
        )
    }

    /// Sends what the socket takes; true when it is broken.
    private func flush(_ connection: ClientConnection) -> Bool {
        guard case .broken = connection.flush() else { return false }
        connection.enter(.broken)
        return true
    }

    private mutating func stream(
        _ response: Response,
        _ write: (BodyWriter) throws -> Void,
        on connection: ClientConnection,
        keepsAlive: Bool
    ) -> Result {
        let isChunked = connection.exchange.isVersion11
        let keepsAlive = keepsAlive && isChunked
        var head: [UInt8] = []
        encoder.encodeHead(
            response,
            id: connection.exchange.id,
            common: configuration.commonHeaders,
            framing: isChunked ? .chunked : .untilClose,
            closes: !keepsAlive,
            keepsAliveExplicitly: false,
            into: &head
        )
        var total = 0
        let configuration = configuration
        let writer = BodyWriter { piece in
            connection.output.append(contentsOf: head)
            head = []
            if isChunked {
                ResponseEncoder.encodeChunk(piece, into: &connection.output)
            } else {
                connection.output.append(contentsOf: piece)
            }
            total += connection.output.count
            try Self.drain(connection, configuration)
        }
        do {
            try write(writer)
            // A body that fits one piece has a length after all.
            guard total > 0 else {
                let body = writer.takeGathered()
                return finish(response, .length(body.count), body: body, on: connection, keepsAlive: keepsAlive)
            }
            try writer.flush()
            if isChunked { ResponseEncoder.encodeLastChunk(into: &connection.output) }
            total += isChunked ? 5 : 0
            try Self.drain(connection, configuration)
            connection.closesAfterOutput = !keepsAlive
            return Result(status: response.status, bytes: total, isCut: false)
        } catch {
            guard total > 0 else {
                return send(application.refusal(.streamFailed, id: connection.exchange.id), on: connection)
            }
            connection.enter(.broken)
            return Result(status: response.status, bytes: total, isCut: true)
        }
    }

    /// Sends all output, waiting for the client as long as the write timeout allows.
    private static func drain(
        _ connection: ClientConnection,
        _ configuration: ServerConfiguration
    ) throws(StreamFailure) {
        let deadline = MonotonicTime.now() + configuration.writeTime(connection.pendingOutput)
        while true {
            switch connection.flush() {
            case .done: return
            case .broken: throw .clientGone
            case .blocked:
                let left = deadline - .now()
                guard left > .zero else { throw .clientTooSlow }
                var socket = pollfd(fd: connection.descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&socket, 1, left.wholeMilliseconds)
            }
        }
    }
}

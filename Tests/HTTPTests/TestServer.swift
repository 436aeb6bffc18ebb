import Glibc
import Synchronization

@testable import HTTP

/// A running server with endpoints that show one trait each.
final class TestServer: Sendable {
    enum Endpoint: Sendable, Hashable, CaseIterable {
        case hello, echo, held, wait, stream, endless, broken, immediate, heavy, shared, large, header
    }

    static let router = Router<Endpoint>([
        (.get, "/hello", .hello),
        (.post, "/echo/{name}", .echo),
        (.get, "/held", .held),
        (.get, "/wait", .wait),
        (.get, "/stream/{pieces}", .stream),
        (.get, "/endless", .endless),
        (.get, "/broken/{pieces}", .broken),
        (.get, "/immediate", .immediate),
        (.get, "/heavy", .heavy),
        (.get, "/shared/{key}", .shared),
        (.post, "/large", .large),
        (.get, "/header", .header),
    ])

    /// What the workers did.
    struct Record: Sendable {
        var started: [String] = []
        var interrupted = 0
        var streamedPieces = 0
        var streamFailure: String?
        var finished: [FinishedRequest<Endpoint>] = []
        var mostShared = 0
        var shared = 0
    }

    final class TestWorker: Worker {
        private let record: Lock<Record>
        private let gate: Gate
        /// Set by `interrupt`, which `/wait` waits for.
        private let isInterrupted = Signal()

        init(_ record: Lock<Record>, _ gate: Gate) {
            self.record = record
            self.gate = gate
        }

        var interrupt: @Sendable () -> Void {
            { [isInterrupted, record] in
                record.withLock { $0.interrupted += 1 }
                isInterrupted.raise()
            }
        }

        func respond(to request: Request, endpoint: Endpoint, parameters: PathParameters) -> Response {
            record.withLock { $0.started.append(request.path) }
            switch endpoint {
            case .hello: return Response(status: 200, contentType: "text/plain", bytes: Array("hello".utf8))
            case .echo:
                let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
                let head = "\(request.method.rawValue) \(parameters["name"] ?? "") \(query) "
                return Response(status: 200, contentType: "text/plain", bytes: Array(head.utf8) + request.body)
            case .held, .heavy:
                gate.pass()
                return Response(status: 200, contentType: "text/plain", bytes: Array("held".utf8))
            case .wait:
                let wasRaised = isInterrupted.wait(atMost: .seconds(30))
                return Response(status: wasRaised ? 503 : 200)
            case .stream, .broken:
                let pieces = Int(parameters["pieces"] ?? "") ?? 0
                return Response(
                    status: 200,
                    headers: ["content-type": "text/plain"],
                    body: .stream { writer in
                        for piece in 0..<pieces { try writer.write("\(piece)\n") }
                        if endpoint == .broken { throw TestClient.Failure(description: "broken") }
                    }
                )
            case .endless:
                return Response(
                    status: 200,
                    body: .stream { [record] writer in
                        let piece = [UInt8](repeating: 0x78, count: BodyWriter.pieceSize)
                        do {
                            while true {
                                try writer.write(piece)
                                record.withLock { $0.streamedPieces += 1 }
                            }
                        } catch {
                            record.withLock { $0.streamFailure = "\(error)" }
                            throw error
                        }
                    }
                )
            case .shared:
                record.withLock { record in
                    record.shared += 1
                    record.mostShared = max(record.mostShared, record.shared)
                }
                gate.pass()
                record.withLock { $0.shared -= 1 }
                return Response(status: 200)
            case .large:
                return Response(status: 200, contentType: "text/plain", bytes: Array("\(request.body.count)".utf8))
            case .header:
                return Response(
                    status: 200,
                    headers: ["x-test": "a\r\nx-evil: b", "server": "x", "content-length": "9"]
                )
            case .immediate: return Response(status: 500)
            }
        }
    }

    let port: UInt16
    let record: Lock<Record>
    /// Before it wait the requests for `/held`, `/heavy` and `/shared/{key}`; shut until a test opens it.
    let gate: Gate
    let server: Server<Endpoint, TestWorker>
    private let ended = Signal()
    private let thread = Lock<pthread_t>(0)

    init(_ configure: (inout ServerConfiguration) -> Void = { _ in }) throws {
        var configuration = ServerConfiguration(listen: .tcp(host: "127.0.0.1", port: 0))
        configuration.interactiveWorkers = 2
        configure(&configuration)
        let record = Lock(Record())
        let gate = Gate()
        self.record = record
        self.gate = gate
        server = Server(
            configuration: configuration,
            router: Self.router,
            makeWorker: { _, _ in TestWorker(record, gate) },
            lane: { endpoint, _ in endpoint == .heavy ? .heavy : .interactive },
            immediate: { _, endpoint, _ in
                endpoint == .immediate
                    ? Response(status: 200, contentType: "text/plain", bytes: Array("now".utf8)) : nil
            },
            shares: { _, endpoint, parameters in
                endpoint == .shared ? [(parameters["key"] ?? "", 1)] : []
            },
            bodyLimit: { $0 == .large ? 8 * 1024 * 1024 : nil },
            problem: { status, code, detail, id in
                Response(status: status, contentType: "application/problem+json", bytes: Array(code.utf8))
            },
            observe: { finished in record.withLock { $0.finished.append(finished) } }
        )
        switch try server.bind() {
        case .tcp(_, let port): self.port = port
        case .unix: port = 0
        }
        let isStarted = Thread.start("test-server") { [server, ended, thread] in
            thread.withLock { $0 = pthread_self() }
            try? server.run()
            ended.raise()
        }
        guard isStarted else { throw TestClient.Failure(description: "no thread") }
    }

    deinit {
        gate.open()
        server.stop()
    }

    func client() throws -> TestClient {
        try TestClient(port: port)
    }

    /// Sends a signal to the server's thread, the only one here that waits for it.
    func signal(_ number: Int32) {
        pthread_kill(thread.withLock { $0 }, number)
    }

    /// Whether `run()` returns within a time.
    func hasEnded(within timeout: Duration) -> Bool {
        ended.wait(atMost: timeout)
    }
}

/// A flag that one thread raises and others wait for.
final class Signal: Sendable {
    private let isRaised = Lock(false)

    func raise() {
        isRaised.withLock { $0 = true }
        isRaised.broadcast()
    }

    /// Whether it was raised within the time; lowered again.
    func wait(atMost timeout: Duration) -> Bool {
        isRaised.wait(atMost: timeout) { raised in
            defer { raised = false }
            return raised ? true : nil
        } ?? false
    }
}

/// What holds threads back until it is opened, once and for all.
final class Gate: Sendable {
    private let isOpen = Lock(false)

    func open() {
        isOpen.withLock { $0 = true }
        isOpen.broadcast()
    }

    /// Returns once the gate is open.
    func pass() {
        isOpen.wait { $0 ? () : nil }
    }
}

/// Waits until `condition` holds, at most thirty seconds: far more than it takes, on any machine.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<6000 {
        if condition() { return true }
        usleep(5_000)
    }
    return false
}

import HTTP

/// What the reactor answers by itself: refusals at the door, and all that is in memory. Nothing here may block.
struct FrontDesk: Sendable {
    let status: ServerStatus
    let health: Health
    let metrics: Lock<Metrics>
    private let start = MonotonicTime.now()

    init(status: ServerStatus, health: Health, metrics: Lock<Metrics>) {
        self.status = status
        self.health = health
        self.metrics = metrics
    }

    /// The answer, or nil for a request that goes to a worker.
    func answer(_ request: Request, _ endpoint: Endpoint, _ parameters: PathParameters) -> Response? {
        do throws(Problem) {
            try Admission.check(request, endpoint, parameters)
        } catch {
            return refusal(error, request)
        }
        switch endpoint.handling {
        case .work: return nil
        case .immediate(let kind): return answer(kind, request)
        }
    }

    private func refusal(_ problem: Problem, _ request: Request) -> Response {
        var response = problem.response(id: request.id)
        response.note = RequestNote(code: problem.code)
        return response
    }

    private func answer(_ kind: Endpoint.Immediate, _ request: Request) -> Response {
        switch kind {
        case .asset: return PageFiles.assets.response(to: request) ?? Problem.notFound.response(id: request.id)
        case .document: return Self.documentAssets.response(to: request) ?? Problem.notFound.response(id: request.id)
        case .health: return Self.condition("alive", 200)
        case .readiness:
            guard status.isReady else { return notReady("stopping", request) }
            switch health.current {
            case .fit: return Self.condition("ready", 200)
            case .unknown, .unreachable: return notReady("database_unavailable", request)
            case .unfit: return notReady("schema_mismatch", request)
            }
        case .metrics:
            let text = metrics.withLock { $0 }.text(status, health.current, uptime: .now() - start)
            return Response(
                status: 200,
                contentType: "text/plain; version=0.0.4; charset=utf-8",
                bytes: Array(text.utf8)
            )
        }
    }

    private func notReady(_ code: String, _ request: Request) -> Response {
        refusal(.unavailable(code, "The service is not ready to serve."), request)
    }

    private static func condition(_ word: String, _ status: Int) -> Response {
        Response(status: status, contentType: "application/json", bytes: Array("{\"status\":\"\(word)\"}".utf8))
    }

    /// The OpenAPI document, made once.
    private static let documentAssets: Assets = {
        var assets = Assets()
        assets.add(path: "/v1/openapi.json", contentType: "application/json", bytes: OpenAPIDocument.bytes(API.routes))
        return assets
    }()
}

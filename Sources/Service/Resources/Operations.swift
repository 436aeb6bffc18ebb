import HTTP

/// What the operator's tools and developers' tools ask, answered without a worker.
enum Operations {
    static let tag = "Operations"

    private static let condition: Schema = .object([.required("status", .string)])

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/openapi.json",
            "This document: OpenAPI 3.1.",
            tag: tag,
            access: .anyone,
            response: .object([], isOpen: true),
            .immediate(.document)
        ),
        Endpoint(
            .get,
            "/healthz",
            "Whether the process lives.",
            tag: tag,
            access: .anyone,
            response: condition,
            .immediate(.health)
        ),
        Endpoint(
            .get,
            "/readyz",
            "Whether it can serve: the database is there and fits, and nobody has asked it to stop.",
            tag: tag,
            access: .anyone,
            response: condition,
            refusals: [503],
            .immediate(.readiness)
        ),
        Endpoint(
            .get,
            "/metrics",
            "Metrics in Prometheus's text format.",
            tag: tag,
            access: .anyone,
            response: nil,
            .immediate(.metrics)
        ),
    ]
}

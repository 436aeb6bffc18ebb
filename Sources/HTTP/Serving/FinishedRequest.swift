/// What became of one request, for logs and metrics.
package struct FinishedRequest<Endpoint: Sendable>: Sendable {
    /// Nil when no route was found or the message was refused.
    package var endpoint: Endpoint?
    /// Nil when the message was refused.
    package var method: Method?
    package var path: String?
    package var id: String
    package var peer: String
    package var status: Int
    /// The stable code of the server's own refusal, nil for an answer of the application.
    package var code: String?
    /// Waiting for a worker.
    package var queue: Duration
    /// From the last byte of the request to the last byte of the answer handed to the system.
    package var total: Duration
    /// Bytes of the answer, its head included.
    package var bytes: Int
    /// What the answer carried for whoever observes it.
    package var note: (any Sendable)?
    /// Whether the answer could not be handed over whole, because the client was gone or too slow or a stream failed.
    package var isCut: Bool
}

extension FinishedRequest {
    /// The same with another kind of endpoint.
    func map<Other: Sendable>(_ transform: (Endpoint) -> Other) -> FinishedRequest<Other> {
        FinishedRequest<Other>(
            endpoint: endpoint.map(transform),
            method: method,
            path: path,
            id: id,
            peer: peer,
            status: status,
            code: code,
            queue: queue,
            total: total,
            bytes: bytes,
            note: note,
            isCut: isCut
        )
    }
}

/// A complete request, checked and decoded.
package struct Request: Sendable {
    package var method: Method
    /// Percent-decoded, dot segments resolved, always beginning with a slash; `*` for `OPTIONS *`.
    package var path: String
    /// The target's query as written, without the question mark.
    package var rawQuery: String
    /// The target's query decoded, in order, repeated names kept.
    package var query: [(name: String, value: String)]
    package var headers: Headers
    package var body: [UInt8]
    /// When the last byte of the request had come.
    package var receivedAt: MonotonicTime
    /// When the answer is due; the worker is interrupted then.
    package var deadline: MonotonicTime
    /// The client's `X-Request-Id`, if it is 1 to 64 letters, digits, dots, underscores or hyphens; else one made for
    /// it. The answer repeats it.
    package var id: String
    /// The address that the connection came from, without the port; empty on a Unix socket.
    package var peer: String

    package init(
        method: Method,
        path: String,
        rawQuery: String = "",
        query: [(name: String, value: String)] = [],
        headers: Headers = [:],
        body: [UInt8] = [],
        receivedAt: MonotonicTime = .now(),
        deadline: MonotonicTime = .now() + .seconds(10),
        id: String = "",
        peer: String = ""
    ) {
        self.method = method
        self.path = path
        self.rawQuery = rawQuery
        self.query = query
        self.headers = headers
        self.body = body
        self.receivedAt = receivedAt
        self.deadline = deadline
        self.id = id
        self.peer = peer
    }

    /// The first value of a query parameter.
    package func query(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }
}

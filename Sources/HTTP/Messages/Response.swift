/// An answer. Not `Sendable`: it is made and written by one thread, so its stream may use what that thread owns.
package struct Response {
    /// What follows the head.
    package enum Body {
        case none
        case bytes([UInt8])
        /// Written by the closure on the worker's own thread, chunk by chunk, at the speed at which the client reads.
        /// When it throws, the connection is cut, so that the client sees that the answer is incomplete.
        case stream((BodyWriter) throws -> Void)
    }

    package var status: Int
    package var headers: Headers
    package var body: Body
    /// Not sent: given to the server's `observe`, so that a log line can tell what only the worker knows.
    package var note: (any Sendable)?

    package init(status: Int, headers: Headers = [:], body: Body = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer with a content type and bytes.
    package init(status: Int, contentType: String, bytes: [UInt8]) {
        self.init(status: status, headers: ["content-type": contentType], body: .bytes(bytes))
    }

    /// The whole body in memory, a stream run to its end. For tests and for keeping answers.
    package func collectBody() throws -> [UInt8] {
        switch body {
        case .none: return []
        case .bytes(let bytes): return bytes
        case .stream(let write):
            var collected: [UInt8] = []
            let writer = BodyWriter { collected.append(contentsOf: $0) }
            try write(writer)
            try writer.flush()
            return collected
        }
    }
}

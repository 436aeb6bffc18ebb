/// Writes response heads and bodies as bytes. Each thread has its own.
struct ResponseEncoder {
    /// How the end of the body is told (RFC 9112 section 6).
    enum Framing {
        /// 204 and 304 have no body, so no length either.
        case none
        case length(Int)
        case chunked
        /// For HTTP/1.0 clients, which know no chunks.
        case untilClose
    }

    /// Fields that only the server writes; `server` is written by nobody.
    private static let own: Set<String> = [
        "connection", "content-length", "date", "server", "transfer-encoding", "x-request-id",
    ]

    private var date = DateField()

    /// Appends the head of `response` to `output`, with the request's `id` and those of the `common` fields that it
    /// does not set itself.
    mutating func encodeHead(
        _ response: Response,
        id: String,
        common: Headers,
        framing: Framing,
        closes: Bool,
        keepsAliveExplicitly: Bool,
        into output: inout [UInt8]
    ) {
        output.append(contentsOf: "HTTP/1.1 ".utf8)
        output.append(contentsOf: String(response.status).utf8)
        output.append(ASCII.space)
        output.append(contentsOf: StatusText.phrase(response.status).utf8)
        output.append(contentsOf: "\r\ndate: ".utf8)
        output.append(contentsOf: date.current())
        switch framing {
        case .none, .untilClose: break
        case .length(let length):
            output.append(contentsOf: "\r\ncontent-length: ".utf8)
            output.append(contentsOf: String(length).utf8)
        case .chunked: output.append(contentsOf: "\r\ntransfer-encoding: chunked".utf8)
        }
        if closes {
            output.append(contentsOf: "\r\nconnection: close".utf8)
        } else if keepsAliveExplicitly {
            output.append(contentsOf: "\r\nconnection: keep-alive".utf8)
        }
        output.append(contentsOf: "\r\nx-request-id: ".utf8)
        output.append(contentsOf: id.utf8)
        for field in response.headers.fields where !Self.own.contains(field.name) { append(field, to: &output) }
        for field in common.fields where !response.headers.contains(field.name) { append(field, to: &output) }
        output.append(contentsOf: "\r\n\r\n".utf8)
    }

    private func append(_ field: Headers.Field, to output: inout [UInt8]) {
        output.append(contentsOf: "\r\n".utf8)
        output.append(contentsOf: field.name.utf8)
        output.append(contentsOf: ": ".utf8)
        output.append(contentsOf: field.value.utf8)
    }

    /// Appends one chunk; `bytes` are not empty, an empty chunk would end the body.
    static func encodeChunk(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        output.append(contentsOf: String(bytes.count, radix: 16).utf8)
        output.append(contentsOf: "\r\n".utf8)
        output.append(contentsOf: bytes)
        output.append(contentsOf: "\r\n".utf8)
    }

    /// The end of a chunked body.
    static func encodeLastChunk(into output: inout [UInt8]) {
        output.append(contentsOf: "0\r\n\r\n".utf8)
    }
}

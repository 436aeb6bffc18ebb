#if canImport(HTTP)
    @testable import HTTP
#endif

/// What the parser says of a stream of bytes that comes in pieces.
struct ParserRun: Equatable, CustomStringConvertible {
    enum Event: Equatable {
        case head(RequestHead)
        case body([UInt8])
        case failure(ParseFailure)
    }

    private(set) var events: [Event] = []
    /// Whether the stream ends between two messages.
    private(set) var isIdle = false

    /// Feeds `pieces` one after the other. Bodies may have `bodyLimit` bytes.
    init(_ pieces: [ArraySlice<UInt8>], limits: Limits = Limits(), bodyLimit: Int = 64) {
        var parser = RequestParser(limits: limits)
        for piece in pieces {
            piece.withUnsafeBytes { parser.append($0) }
            steps: while true {
                switch parser.next() {
                case .needsBytes: break steps
                case .head(let head):
                    events.append(.head(head))
                    parser.acceptBody(limit: bodyLimit)
                case .body(let body): events.append(.body(body))
                case .failure(let failure):
                    events.append(.failure(failure))
                    return
                }
            }
        }
        isIdle = parser.isIdle
    }

    init(_ text: String, limits: Limits = Limits(), bodyLimit: Int = 64) {
        self.init([Array(text.utf8)[...]], limits: limits, bodyLimit: bodyLimit)
    }

    var failure: ParseFailure? {
        guard case .failure(let failure) = events.last else { return nil }
        return failure
    }

    var heads: [RequestHead] {
        events.compactMap { event in
            guard case .head(let head) = event else { return nil }
            return head
        }
    }

    var bodies: [[UInt8]] {
        events.compactMap { event in
            guard case .body(let body) = event else { return nil }
            return body
        }
    }

    var description: String { "\(events), idle: \(isIdle)" }
}

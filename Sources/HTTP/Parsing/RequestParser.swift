/// The parser of one connection: bytes in, steps out, no I/O. What it says of a stream of bytes depends on the bytes
/// alone, not on how they were cut.
///
/// After `.head` the caller sets the body's limit with `acceptBody(limit:)`; after `.failure` nothing more comes.
struct RequestParser {
    enum Step: Equatable {
        case needsBytes
        case head(RequestHead)
        /// The body that belongs to the last head; the message is complete.
        case body([UInt8])
        case failure(ParseFailure)
    }

    private enum State {
        case requestLine
        case fields(count: Int)
        case awaitingLimit(RequestHead.Framing)
        case lengthBody(total: Int)
        case chunkedBody(ChunkedDecoder, limit: Int)
        case failed(ParseFailure)
    }

    /// Room for the method, the version and the spaces around a target of the greatest length.
    private static let requestLineAllowance = 64

    /// Consumed bytes that may stay in front of others, so that many small pipelined requests are not moved each time.
    private static let compactionThreshold = 16 * 1024

    private let limits: Limits
    private var state = State.requestLine
    /// The head whose fields are being read.
    private var head: RequestHead?
    private var buffer: [UInt8] = []
    /// The first byte not yet consumed.
    private var position = 0
    /// Where the head began, its leading empty line included.
    private var headStart = 0
    private var hasSkippedEmptyLine = false
    /// Where the scan of an unfinished line goes on.
    private var resume: Int?
    private var body: [UInt8] = []

    init(limits: Limits) {
        self.limits = limits
    }

    /// Whether no byte of a next message has come, but perhaps an empty line before it.
    var isIdle: Bool {
        guard case .requestLine = state else { return false }
        return position == buffer.count
    }

    /// Whether bytes wait that no step has consumed.
    var hasBufferedBytes: Bool { position < buffer.count }

    /// Whether a head has been given out whose body is not complete.
    var isReadingBody: Bool {
        switch state {
        case .awaitingLimit, .lengthBody, .chunkedBody: true
        case .requestLine, .fields, .failed: false
        }
    }

    /// Bytes of the present body that have come.
    var receivedBodyBytes: Int { body.count }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        buffer.append(contentsOf: bytes)
    }

    /// The next step. Call again until it needs bytes.
    mutating func next() -> Step {
        do throws(ParseFailure) {
            return try advance()
        } catch {
            state = .failed(error)
            buffer = []
            position = 0
            return .failure(error)
        }
    }

    /// Sets the body's limit, in bytes, after a head; the next step then fails if the declared length is over it.
    mutating func acceptBody(limit: Int) {
        guard case .awaitingLimit(let framing) = state else { return }
        switch framing {
        case .none: state = .lengthBody(total: 0)
        case .length(let length): state = length > limit ? .failed(.bodyTooLarge) : .lengthBody(total: length)
        case .chunked: state = .chunkedBody(ChunkedDecoder(), limit: limit)
        }
    }

    private mutating func advance() throws(ParseFailure) -> Step {
        while true {
            switch state {
            case .requestLine:
                guard let line = try nextLine(window: limits.targetBytes + Self.requestLineAllowance, .targetTooLong)
                else { return .needsBytes }
                if line.isEmpty, !hasSkippedEmptyLine {
                    hasSkippedEmptyLine = true
                    continue
                }
                head = try RequestHead(requestLine: line, limits: limits)
                state = .fields(count: 0)
            case .fields(let count):
                let window = headStart + limits.headBytes - position
                guard let line = try nextLine(window: window, .headTooLarge) else { return .needsBytes }
                if line.isEmpty, var complete = head.take() {
                    try complete.finish()
                    state = .awaitingLimit(complete.framing)
                    return .head(complete)
                }
                guard count < limits.fields else { throw .headTooLarge }
                try head?.append(FieldLine(line))
                state = .fields(count: count + 1)
            case .awaitingLimit:
                return .needsBytes
            case .lengthBody(let total):
                let taken = min(total - body.count, buffer.count - position)
                body.append(contentsOf: buffer[position..<(position + taken)])
                position += taken
                guard body.count == total else {
                    _ = compact()
                    return .needsBytes
                }
                return finishMessage()
            case .chunkedBody(var decoder, let limit):
                let step = try decoder.decode(
                    buffer,
                    position: &position,
                    into: &body,
                    bodyLimit: limit,
                    limits: limits
                )
                if step == .done { return finishMessage() }
                decoder.dropped(compact())
                state = .chunkedBody(decoder, limit: limit)
                return .needsBytes
            case .failed(let failure):
                throw failure
            }
        }
    }

    private mutating func finishMessage() -> Step {
        let complete = body
        body = []
        state = .requestLine
        hasSkippedEmptyLine = false
        _ = compact()
        headStart = position
        return .body(complete)
    }

    /// Frees what has been consumed, once it is all or much, and returns how many bytes went. A connection that waits
    /// for its next request holds no buffer at all.
    private mutating func compact() -> Int {
        let consumed = position
        if consumed == buffer.count {
            buffer = []
        } else if consumed >= Self.compactionThreshold {
            buffer.removeFirst(consumed)
        } else {
            return 0
        }
        position = 0
        return consumed
    }

    /// The next line of the head, which must end within `window` bytes from here, or nil when it is incomplete.
    private mutating func nextLine(
        window: Int,
        _ tooLong: ParseFailure
    ) throws(ParseFailure) -> ArraySlice<UInt8>? {
        switch LineScan.next(in: buffer, from: resume ?? position, windowEnd: position + window) {
        case .line(let end):
            let line = buffer[position..<end]
            position = end + 2
            resume = nil
            return line
        case .incomplete(let resumeAt):
            resume = resumeAt
            return nil
        case .tooLong: throw tooLong
        case .failure(let failure): throw failure
        }
    }
}

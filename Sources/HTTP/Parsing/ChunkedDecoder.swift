/// Decodes the chunked coding (RFC 9112 section 7.1) out of a growing buffer. Extensions and trailers are checked and
/// dropped.
struct ChunkedDecoder {
    enum Step: Equatable {
        case needsBytes
        case done
    }

    private enum State {
        case size
        case data(remaining: Int)
        case dataEnd
        case trailer(start: Int, fields: Int)
    }

    private var state = State.size
    /// Where the scan of an unfinished line goes on.
    private var resume: Int?

    /// Consumes what it can of `bytes` from `position` on, appending data to `body`, and moves `position` past it.
    mutating func decode(
        _ bytes: [UInt8],
        position: inout Int,
        into body: inout [UInt8],
        bodyLimit: Int,
        limits: Limits
    ) throws(ParseFailure) -> Step {
        while true {
            switch state {
            case .size:
                let windowEnd = position + limits.chunkLineBytes
                guard let line = try line(bytes, &position, windowEnd: windowEnd, tooLong: .malformedChunk) else {
                    return .needsBytes
                }
                let size = try Self.size(line)
                guard body.count + size <= bodyLimit else { throw .bodyTooLarge }
                state = size == 0 ? .trailer(start: position, fields: 0) : .data(remaining: size)
            case .data(let remaining):
                let taken = min(remaining, bytes.count - position)
                body.append(contentsOf: bytes[position..<(position + taken)])
                position += taken
                state = taken == remaining ? .dataEnd : .data(remaining: remaining - taken)
                if taken < remaining { return .needsBytes }
            case .dataEnd:
                guard position < bytes.count else { return .needsBytes }
                guard bytes[position] == ASCII.carriageReturn else { throw .malformedChunk }
                guard position + 1 < bytes.count else { return .needsBytes }
                guard bytes[position + 1] == ASCII.lineFeed else { throw .malformedChunk }
                position += 2
                state = .size
            case .trailer(let start, let fields):
                let windowEnd = start + limits.headBytes
                guard let line = try line(bytes, &position, windowEnd: windowEnd, tooLong: .headTooLarge) else {
                    return .needsBytes
                }
                if line.isEmpty { return .done }
                guard fields < limits.fields else { throw .headTooLarge }
                do { _ = try FieldLine(line) } catch { throw .malformedTrailer }
                state = .trailer(start: start, fields: fields + 1)
            }
        }
    }

    /// Tells the decoder that `count` bytes before its position have left the buffer.
    mutating func dropped(_ count: Int) {
        resume = resume.map { $0 - count }
        if case .trailer(let start, let fields) = state { state = .trailer(start: start - count, fields: fields) }
    }

    private mutating func line(
        _ bytes: [UInt8],
        _ position: inout Int,
        windowEnd: Int,
        tooLong: ParseFailure
    ) throws(ParseFailure) -> ArraySlice<UInt8>? {
        switch LineScan.next(in: bytes, from: resume ?? position, windowEnd: windowEnd) {
        case .line(let end):
            let line = bytes[position..<end]
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

    /// The size of a chunk: one to eight hexadecimal digits, then perhaps extensions.
    private static func size(_ line: ArraySlice<UInt8>) throws(ParseFailure) -> Int {
        let digits = line.prefix { ASCII.hexValue($0) != nil }
        guard (1...8).contains(digits.count), areExtensions(line[digits.endIndex...]) else { throw .malformedChunk }
        return digits.reduce(0) { $0 << 4 | Int(ASCII.hexValue($1) ?? 0) }
    }

    /// Whether `bytes` are `*( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )`.
    private static func areExtensions(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        func skipBlanks() { rest = rest.drop(while: ASCII.isBlank) }
        func takeToken() -> Bool {
            let token = rest.prefix(while: ASCII.isToken)
            rest = rest[token.endIndex...]
            return !token.isEmpty
        }
        func takeQuoted() -> Bool {
            rest.removeFirst()
            while let byte = rest.popFirst() {
                if byte == ASCII.quote { return true }
                if byte == ASCII.backslash, rest.popFirst() == nil { return false }
            }
            return false
        }
        while !rest.isEmpty {
            skipBlanks()
            guard rest.popFirst() == ASCII.semicolon else { return false }
            skipBlanks()
            guard takeToken() else { return false }
            let afterName = rest
            skipBlanks()
            guard rest.first == ASCII.equals else {
                rest = afterName
                continue
            }
            rest.removeFirst()
            skipBlanks()
            guard rest.first == ASCII.quote ? takeQuoted() : takeToken() else { return false }
        }
        return true
    }
}

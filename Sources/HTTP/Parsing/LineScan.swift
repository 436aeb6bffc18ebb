/// The result of looking for the end of a line, byte by byte and strictly: only CRLF ends a line, and no control
/// character but the horizontal tab stands in one.
enum LineScan: Equatable {
    /// The line from the start to here, exclusive, is followed by CRLF.
    case line(end: Int)
    /// Nothing wrong so far; look again from here when there are more bytes.
    case incomplete(resumeAt: Int)
    /// The window is full and the line has not ended.
    case tooLong
    case failure(ParseFailure)

    /// Scans `bytes` from `start`. The line and its end must lie before `windowEnd`; what is found depends on the bytes
    /// alone, never on how many of them have come so far.
    static func next(in bytes: [UInt8], from start: Int, windowEnd: Int) -> LineScan {
        let end = min(bytes.count, windowEnd)
        var index = start
        while index < end {
            let byte = bytes[index]
            guard ASCII.isControl(byte) else {
                index += 1
                continue
            }
            switch byte {
            case ASCII.carriageReturn:
                guard index + 1 < end else { return end == windowEnd ? .tooLong : .incomplete(resumeAt: index) }
                return bytes[index + 1] == ASCII.lineFeed ? .line(end: index) : .failure(.bareCarriageReturn)
            case ASCII.lineFeed: return .failure(.bareLineFeed)
            default: return .failure(.controlCharacter)
            }
        }
        return end == windowEnd ? .tooLong : .incomplete(resumeAt: index)
    }
}

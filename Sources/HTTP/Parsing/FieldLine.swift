/// One field line of a head or a trailer (RFC 9112 section 5), split and checked. Its bytes hold no control characters:
/// the line scan has seen to that.
struct FieldLine {
    let name: ArraySlice<UInt8>
    let value: ArraySlice<UInt8>

    /// Fails on obsolete folding, on a name that is empty or not a token, and on a blank before the colon.
    init(_ line: ArraySlice<UInt8>) throws(ParseFailure) {
        if let first = line.first, ASCII.isBlank(first) { throw .obsoleteFolding }
        guard let colon = line.firstIndex(of: ASCII.colon) else { throw .malformedField }
        name = line[..<colon]
        guard ASCII.isToken(name) else { throw .malformedField }
        value = ASCII.trimmed(line[(colon + 1)...])
    }
}

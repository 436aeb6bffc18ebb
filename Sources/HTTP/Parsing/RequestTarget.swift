/// The target of a request (RFC 9112 section 3.2) in origin, absolute or asterisk form, decoded and normalised once.
struct RequestTarget: Equatable {
    /// Decoded, dot segments resolved; `*` for the asterisk form.
    var path: String
    var rawQuery: String

    /// Fails on a fragment, a byte outside ASCII, a malformed escape, an encoded slash, an encoded control character or
    /// a form that the method doesn't have.
    init(_ bytes: ArraySlice<UInt8>, method: Method) throws(ParseFailure) {
        guard !bytes.isEmpty, bytes.allSatisfy({ $0 > ASCII.space && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
            throw .malformedTarget
        }
        if bytes.elementsEqual("*".utf8) {
            guard method == .options else { throw .malformedTarget }
            (path, rawQuery) = ("*", "")
            return
        }
        let origin = bytes.first == ASCII.slash ? bytes : try Self.origin(ofAbsolute: bytes)
        let question = origin.firstIndex(of: ASCII.question) ?? origin.endIndex
        path = try Self.normalise(origin[..<question])
        rawQuery = String(decoding: origin[question...].dropFirst(), as: UTF8.self)
    }

    /// The path and query of an absolute form. The authority is checked and dropped: one origin answers for all names.
    private static func origin(ofAbsolute bytes: ArraySlice<UInt8>) throws(ParseFailure) -> ArraySlice<UInt8> {
        let lowercased = bytes.prefix(8).map { ASCII.lowercased($0) }
        let authorityStart: Int
        if lowercased.starts(with: "http://".utf8) {
            authorityStart = bytes.startIndex + 7
        } else if lowercased.starts(with: "https://".utf8) {
            authorityStart = bytes.startIndex + 8
        } else {
            throw .malformedTarget
        }
        let rest = bytes[authorityStart...]
        let end = rest.firstIndex { $0 == ASCII.slash || $0 == ASCII.question } ?? rest.endIndex
        guard HostField.isValid(rest[..<end]) else { throw .malformedTarget }
        let origin = rest[end...]
        return origin.first == ASCII.slash ? origin : [ASCII.slash] + origin
    }

    /// Decodes first and resolves dot segments after (RFC 3986 section 6.2.2), so that `%2e%2e` is no way around.
    private static func normalise(_ raw: ArraySlice<UInt8>) throws(ParseFailure) -> String {
        let hasEscapes = raw.contains(ASCII.percent)
        if hasEscapes {
            for index in raw.indices.dropLast(2) where raw[index] == ASCII.percent {
                guard !(raw[index + 1] == UInt8(ascii: "2") && raw[index + 2] | 0x20 == UInt8(ascii: "f")) else {
                    throw .malformedTarget
                }
            }
        }
        let decoded = hasEscapes ? PercentDecoding.decode(raw, plusIsSpace: false)?[...] : raw
        guard let decoded, !decoded.contains(where: { ASCII.isControl($0) || $0 == ASCII.tab }) else {
            throw .malformedTarget
        }
        let mayHaveDots = zip(decoded, decoded.dropFirst()).contains { $0 == ASCII.slash && $1 == ASCII.dot }
        let resolved = mayHaveDots ? removeDotSegments(decoded) : Array(decoded)
        guard let path = String(validating: resolved, as: UTF8.self) else { throw .malformedTarget }
        return path
    }

    /// RFC 3986 section 5.2.4; `..` at the root stays there.
    private static func removeDotSegments(_ path: ArraySlice<UInt8>) -> [UInt8] {
        var kept: [ArraySlice<UInt8>] = []
        let segments = path.dropFirst().split(separator: ASCII.slash, omittingEmptySubsequences: false)
        for (position, segment) in segments.enumerated() {
            let isLast = position == segments.count - 1
            if segment.elementsEqual(".".utf8) {
                if isLast { kept.append([]) }
            } else if segment.elementsEqual("..".utf8) {
                _ = kept.popLast()
                if isLast { kept.append([]) }
            } else {
                kept.append(segment)
            }
        }
        return [ASCII.slash] + Array(kept.joined(separator: [ASCII.slash]))
    }
}

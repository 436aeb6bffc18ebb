/// Decodes `application/x-www-form-urlencoded` pairs, the form of queries and of posted forms.
package enum FormDecoder {
    /// The pairs in order, or nil when an escape is malformed, a name or value is not UTF-8 or holds NUL, or there are
    /// more than `maximumPairs`. A piece without an equals sign has an empty value; empty pieces are skipped.
    package static func decode(_ bytes: ArraySlice<UInt8>, maximumPairs: Int = 256) -> [(name: String, value: String)]?
    {
        var pairs: [(name: String, value: String)] = []
        for piece in bytes.split(separator: UInt8(ascii: "&")) {
            let equals = piece.firstIndex(of: ASCII.equals)
            let rawName = piece[..<(equals ?? piece.endIndex)]
            let rawValue = equals.map { piece[($0 + 1)...] } ?? []
            guard pairs.count < maximumPairs, let name = PercentDecoding.decodeText(rawName, plusIsSpace: true),
                let value = PercentDecoding.decodeText(rawValue, plusIsSpace: true)
            else { return nil }
            pairs.append((name, value))
        }
        return pairs
    }
}

/// Why bytes are no JSON document that the service takes.
struct JSONFault: Error, Equatable {
    enum Kind: Equatable {
        case notUTF8
        case unexpectedEnd
        case unexpectedByte
        case badNumber
        case badEscape
        /// A control character in a string, which must be escaped.
        case bareControl
        /// A `\u` escape of half a surrogate pair.
        case loneSurrogate
        case repeatedName
        case tooDeep
        /// Something after the document.
        case trailingBytes
    }

    var kind: Kind
    /// Where, in bytes from the beginning.
    var offset: Int

    /// A sentence for the client's developer.
    var detail: String {
        let what =
            switch kind {
            case .notUTF8: "bytes that are not UTF-8"
            case .unexpectedEnd: "the end before the document is complete"
            case .unexpectedByte: "a byte that can't stand there"
            case .badNumber: "a number that is not well formed"
            case .badEscape: "an escape that is not well formed"
            case .bareControl: "a control character that is not escaped"
            case .loneSurrogate: "half of a surrogate pair"
            case .repeatedName: "a member name for the second time in its object"
            case .tooDeep: "more than \(JSONReader.deepest) levels of nesting"
            case .trailingBytes: "something after the end of the document"
            }
        return "The body is not a JSON document as RFC 8259 has it: \(what), at byte \(offset)."
    }
}

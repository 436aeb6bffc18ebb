/// One thing that is wrong with a request's input.
struct InputFault: Equatable, Sendable {
    /// Where it is.
    enum Place: Equatable, Sendable {
        /// In the body, by JSON Pointer (RFC 6901); empty for the body itself.
        case body(String)
        /// A parameter of the query.
        case query(String)
        /// A field of the head.
        case header(String)
    }

    var place: Place
    /// Stable.
    var code: String
    var detail: String
}

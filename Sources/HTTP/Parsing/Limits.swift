/// How much of a message the parser takes before it refuses.
package struct Limits: Sendable {
    /// The request line and the fields together, in bytes, their line ends included.
    package var headBytes = 16 * 1024
    package var fields = 100
    /// The request target, in bytes.
    package var targetBytes = 8 * 1024
    /// The body of an endpoint that sets no limit of its own, in bytes.
    package var bodyBytes = 1024 * 1024
    /// One line of a chunked body: the size and the extensions, in bytes.
    package var chunkLineBytes = 1024

    package init() {}
}

/// Handles requests, one at a time, on one thread: the one it was made on. It may therefore own what is not `Sendable`,
/// such as a database connection.
package protocol Worker: AnyObject, SendableMetatype {
    associatedtype Endpoint

    /// Answers a request. A streamed body is run on this thread right after, before the next request.
    func respond(to request: Request, endpoint: Endpoint, parameters: PathParameters) -> Response

    /// Makes the request under way end soon, from any thread; it may block. Read once, when the worker has been made.
    /// It is called only while a request is under way whose client has gone or whose deadline has passed, and the next
    /// request waits until it has returned.
    var interrupt: @Sendable () -> Void { get }
}

extension Worker {
    package var interrupt: @Sendable () -> Void { {} }
}

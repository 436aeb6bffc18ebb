/// What the worker knows of a request beyond its answer, for the log and the metrics.
struct RequestNote: Sendable {
    var org: UUIDText?
    var credential: UUIDText?
    /// The stable code of the problem it was answered by.
    var code: String?
    /// The cause of a failure, in full.
    var cause: String?
    /// Waiting for Postgres.
    var database = Duration.zero
    var roundTrips = 0
    var retries = 0
    /// Whether the refusal of an act was noted; nil for everything else.
    var refusal: RefusedAct.Outcome?
}

import Postgres

/// Work that no person asks for, done again and again by `traveler work`, as `system:<name>`.
///
/// A job must be fit to run in several processes at once: it takes its locks by SKIP LOCKED, and what it does is done in
/// transactions each of which stands by itself.
protocol BackgroundJob: Sendable {
    var name: String { get }
    /// From the beginning of one run to that of the next.
    var interval: Duration { get }
    /// Does what is due.
    func run(on connection: ReconnectingConnection) throws -> JobReport
}

/// What a run of a job has done, for its line in the log.
struct JobReport: Equatable {
    /// How many pieces of work were done.
    var done = 0
    /// How many things they were made of: entries sealed, say.
    var items = 0
    /// For how long the oldest work may have waited; nil where none had.
    var lag: Duration?
    /// What went wrong in one org and did not keep the job from the others.
    var failures: [Failure] = []
    /// What waits for a person; the job has done what it could.
    var waits: [Failure] = []

    struct Failure: Equatable {
        /// Empty where it is of no org.
        var org = ""
        var error: String
    }
}

import HTTP
import Postgres

/// What a route does with the database, in one transaction that has entered the caller's org.
protocol Work: Sendable {
    var mode: TransactionMode { get }
    /// All of its statements, so that they can be prepared before the first request.
    var statements: [Statement] { get }
    /// Whether it judges the version that `If-Match` names.
    var takesVersion: Bool { get }
    /// Statements between `enter` and the work, in the same round trip.
    var preamble: [Query] { get }

    /// Does it. It ends the transaction itself, so that COMMIT rides with the last statements; `call.isDryRun` says
    /// that it ends in ROLLBACK. It may run more than once.
    func perform(_ call: Call, in transaction: Transaction) throws -> Answer
}

extension Work {
    var takesVersion: Bool { false }
    var preamble: [Query] { [] }
}

/// What work answers.
struct Answer {
    var status: Int
    var body: [UInt8] = []
    var contentType = "application/json"
    var tag: EntityTag?
    var headers: Headers = [:]
    /// What follows `body`, when the whole is more than should be in memory at once.
    var rest: Rest?
    /// The whole body, in place of `body`, when it is spooled.
    var spool: Spool?

    /// The pieces of a body that are fetched while it is sent, each in a transaction of its own: none waits for the
    /// client.
    struct Rest {
        var pieces: Range<Int>
        /// One piece; nil if it is gone, which cuts the answer.
        var fetch: (Int, Transaction) throws -> [UInt8]?
    }
}

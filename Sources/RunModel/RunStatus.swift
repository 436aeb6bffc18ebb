/// The status of a run, derived from its steps by Postgres and only read here (R1, R2).
package enum RunStatus: String, CaseIterable, Sendable {
    case redline
    case hold
    case failed
    case inProgress = "in_progress"
    case canceled
    case complete
    case partialComplete = "partial_complete"
    case todo
}

/// The state of a run step, by its name in SQL and JSON (S2).
package enum StepState: String, CaseIterable, Sendable {
    case todo
    case inProgress = "in_progress"
    case hold
    case redline
    case completed
    case failed
    case canceled
}

package import RunModel

/// All that a review is made from: one run as a transaction saw it.
package struct CompletionFacts: Equatable, Sendable {
    package var runID: String
    package var number: Int
    package var status: RunStatus
    package var version: Int
    /// How often the run's completion was recorded (C5, C6).
    package var completionNumber: Int
    package var isCompleted: Bool
    /// Whether the org lets no run complete with its last sign-off (C3).
    package var completesByActOnly: Bool
    package var stepsTotal: Int
    package var stepsCompleted: Int
    package var stepsCanceled: Int
    /// Every row of the gate's definition for this run.
    package var blockers: [Blocker]
    /// Every remark that is no gate for the org (C2).
    package var remarks: [Remark]
    package var labor: LaborSummary

    package init(
        runID: String,
        number: Int,
        status: RunStatus,
        version: Int,
        completionNumber: Int,
        isCompleted: Bool,
        completesByActOnly: Bool,
        stepsTotal: Int,
        stepsCompleted: Int,
        stepsCanceled: Int,
        blockers: [Blocker],
        remarks: [Remark],
        labor: LaborSummary
    ) {
        self.runID = runID
        self.number = number
        self.status = status
        self.version = version
        self.completionNumber = completionNumber
        self.isCompleted = isCompleted
        self.completesByActOnly = completesByActOnly
        self.stepsTotal = stepsTotal
        self.stepsCompleted = stepsCompleted
        self.stepsCanceled = stepsCanceled
        self.blockers = blockers
        self.remarks = remarks
        self.labor = labor
    }
}

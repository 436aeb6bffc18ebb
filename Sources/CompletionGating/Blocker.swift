package import RunModel

/// One row of the gate: what blocks, where, since when, and what would clear it (C1).
package struct Blocker: Equatable, Sendable {
    package var kind: BlockerKind
    /// The rule that it stands on.
    package var rule: String
    /// The step, field, requirement, installation or inventory row at fault.
    package var subjectID: String
    /// The step that it belongs to; nil for what belongs to the run as a whole.
    package var step: Step?
    package var what: String
    package var clear: String
    /// RFC 3339, UTC.
    package var since: String
    /// The permission that whoever clears it needs (T3).
    package var permission: String

    package init(
        kind: BlockerKind,
        rule: String,
        subjectID: String,
        step: Step? = nil,
        what: String,
        clear: String,
        since: String,
        permission: String
    ) {
        self.kind = kind
        self.rule = rule
        self.subjectID = subjectID
        self.step = step
        self.what = what
        self.clear = clear
        self.since = since
        self.permission = permission
    }

    /// Where a blocker stands.
    package struct Step: Equatable, Sendable {
        package var id: String
        package var title: String
        package var state: StepState
        /// The name of its work center; nil when the step has none.
        package var location: String?
        /// Whether it can be worked on now (A1).
        package var isAvailable: Bool

        package init(id: String, title: String, state: StepState, location: String?, isAvailable: Bool) {
            self.id = id
            self.title = title
            self.state = state
            self.location = location
            self.isAvailable = isAvailable
        }
    }

    /// Whether someone can clear it now, or only after something upstream of it.
    package var isActionable: Bool {
        switch kind {
        case .fieldMissing: step?.state == .inProgress
        case .fieldOutOfRange, .signatureStale, .approvalMissing:
            step?.state == .inProgress || step?.state == .completed
        case .requiredStepOpen, .stepOpen, .undoneStep: step?.isAvailable ?? false
        case .noStepCompleted: false
        case .requirementUnmet:
            switch step?.state {
            case .hold, .redline, .canceled: false
            case .todo, .inProgress, .completed, .failed, nil: true
            }
        // Once the step is open to it: what is not sent is sent, what is away comes back.
        case .outsideProcessOpen: step?.state == .inProgress || step?.isAvailable ?? false
        case .installationNamesNoUnit, .unitUnidentified, .attributeMissing, .stepAttributeMissing,
            .unitAttributeMissing, .openIssue, .acceptedDeviation,
            .unmergedRedline:
            true
        }
    }
}

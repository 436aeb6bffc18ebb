/// What stands between a run and its completion, as a person goes through it: a pure function of the facts (C1, C3).
///
/// It adds nothing to the gate and takes nothing from it: every blocker of the facts is in exactly one section.
package struct Review: Equatable, Sendable {
    package enum Readiness: String, Sendable {
        /// The completion is recorded.
        case completed
        /// No gate blocks: the act of completion would go through now.
        case ready
        /// A gate blocks, and Postgres refuses the completion (C4).
        case blocked
    }

    /// How the run will complete once nothing blocks (C3).
    package enum CompletesBy: String, Sendable {
        /// With the sign-off that leaves no required step open.
        case signOff = "sign_off"
        /// Only by the act of a holder of `run.complete`.
        case act
    }

    package let facts: CompletionFacts
    package let readiness: Readiness
    package let completesBy: CompletesBy
    /// The blockers by section, each section's in the order to clear them: what can be done now first, the oldest first.
    package let sections: [(section: Section, blockers: [Blocker])]
    /// What someone can do now, over all sections, at most ``adviceLimit``: the shortest way forward.
    package let advice: [Blocker]

    /// As many as a person takes in at a glance.
    package static let adviceLimit = 5

    package init(_ facts: CompletionFacts) {
        self.facts = facts
        readiness = facts.isCompleted ? .completed : facts.blockers.isEmpty ? .ready : .blocked
        // A reopened run, and one whose last step is signed off already, has no sign-off left to complete with.
        let signOffIsLeft = facts.blockers.contains { $0.kind.section == .steps && $0.kind != .noStepCompleted }
        completesBy = facts.completesByActOnly || facts.completionNumber > 0 || !signOffIsLeft ? .act : .signOff
        sections = Section.allCases.map { section in
            (section, facts.blockers.filter { $0.kind.section == section }.sorted(by: Self.clearsFirst))
        }
        advice = Array(sections.flatMap(\.blockers).filter(\.isActionable).prefix(Self.adviceLimit))
    }

    private static func clearsFirst(_ left: Blocker, _ right: Blocker) -> Bool {
        if left.isActionable != right.isActionable { return left.isActionable }
        return (left.since, left.subjectID) < (right.since, right.subjectID)
    }

    package static func == (left: Review, right: Review) -> Bool { left.facts == right.facts }
}

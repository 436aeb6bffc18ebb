/// What stands between a run and its completion, as a person goes through it: a pure function of the facts (C1, C3).
///
/// It adds nothing to the gate and takes nothing from it: every blocker and every remark of the facts is in exactly one
/// section.
package struct Review: Equatable, Sendable {
    package enum Readiness: String, Sendable {
        /// The completion is recorded.
        case completed
        /// No gate blocks and no warning waits: the act of completion would go through now.
        case ready
        /// No gate blocks, and a warning waits to be acknowledged (C2).
        case waiting
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
    /// What blocks and what is remarked, by section: blockers in the order to clear them (what can be done now first, the
    /// oldest first), remarks that wait before those that don't.
    package let sections: [(section: Section, blockers: [Blocker], remarks: [Remark])]
    /// What someone can do now, over all sections, at most ``adviceLimit``: the shortest way forward.
    package let advice: [Blocker]

    /// As many as a person takes in at a glance.
    package static let adviceLimit = 5

    package init(_ facts: CompletionFacts) {
        self.facts = facts
        readiness = Self.readiness(facts)
        // A reopened run, and one whose last step is signed off already, has no sign-off left to complete with.
        let signOffIsLeft = facts.blockers.contains { $0.kind.section == .steps && $0.kind != .noStepCompleted }
        completesBy = facts.completesByActOnly || facts.completionNumber > 0 || !signOffIsLeft ? .act : .signOff
        sections = Section.allCases.map { section in
            (
                section,
                facts.blockers.filter { $0.kind.section == section }.sorted(by: Self.clearsFirst),
                facts.remarks.filter { $0.kind.section == section }.sorted(by: Self.waitsFirst)
            )
        }
        advice = Array(sections.flatMap(\.blockers).filter(\.isActionable).prefix(Self.adviceLimit))
    }

    private static func readiness(_ facts: CompletionFacts) -> Readiness {
        if facts.isCompleted { return .completed }
        if !facts.blockers.isEmpty { return .blocked }
        return facts.remarks.contains(where: \.waits) ? .waiting : .ready
    }

    private static func waitsFirst(_ left: Remark, _ right: Remark) -> Bool {
        if left.waits != right.waits { return left.waits }
        return (left.since, left.subjectID) < (right.since, right.subjectID)
    }

    private static func clearsFirst(_ left: Blocker, _ right: Blocker) -> Bool {
        if left.isActionable != right.isActionable { return left.isActionable }
        return (left.since, left.subjectID) < (right.since, right.subjectID)
    }

    package static func == (left: Review, right: Review) -> Bool { left.facts == right.facts }
}

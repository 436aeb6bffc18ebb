import CompletionGating
import RunModel
import Testing

@Suite struct ReviewTests {
    @Test func isReadyExactlyWhenNothingBlocks() {
        #expect(Review(facts([])).readiness == .ready)
        for kind in BlockerKind.allCases {
            #expect(Review(facts([blocker(kind)])).readiness == .blocked, "\(kind)")
        }
        var done = facts([])
        done.isCompleted = true
        #expect(Review(done).readiness == .completed)
    }

    @Test func showsEveryBlockerInExactlyOneSection() {
        var generator = SeededGenerator(seed: 20_260_101)
        for _ in 0..<500 {
            let blockers = (0..<Int.random(in: 0...40, using: &generator)).map { index in
                blocker(
                    BlockerKind.allCases.randomElement(using: &generator) ?? .stepOpen,
                    subject: "\(index)",
                    state: StepState.allCases.randomElement(using: &generator) ?? .todo,
                    isAvailable: Bool.random(using: &generator),
                    since: "2026-01-0\(Int.random(in: 1...9, using: &generator))T00:00:00.000000Z"
                )
            }
            let review = Review(facts(blockers))
            let shown = review.sections.flatMap(\.blockers).map(\.subjectID)
            #expect(shown.sorted() == blockers.map(\.subjectID).sorted())
            for (section, members, _) in review.sections {
                #expect(members.allSatisfy { $0.kind.section == section })
                let firstWaiting = members.firstIndex { !$0.isActionable } ?? members.count
                #expect(members[firstWaiting...].allSatisfy { !$0.isActionable })
            }
            #expect(review.advice.allSatisfy { $0.isActionable })
            #expect(review.advice.count == min(Review.adviceLimit, blockers.filter(\.isActionable).count))
        }
    }

    @Test func advisesOnlyWhatCanBeDoneNow() {
        let waiting = blocker(.requiredStepOpen, subject: "b", state: .todo, isAvailable: false)
        let available = blocker(.requiredStepOpen, subject: "a", state: .todo, isAvailable: true)
        let review = Review(facts([waiting, available]))
        #expect(review.advice.map(\.subjectID) == ["a"])
        #expect(review.sections[0].blockers.map(\.subjectID) == ["a", "b"])
    }

    @Test(arguments: [StepState.hold, .redline, .canceled])
    func holdsPartsBackWhileTheirStepIsClosed(state: StepState) {
        #expect(!blocker(.requirementUnmet, state: state, isAvailable: false).isActionable)
        #expect(blocker(.requirementUnmet, state: .todo, isAvailable: false).isActionable)
    }

    @Test func completesByActWhenNoSignOffIsLeft() {
        let open = blocker(.stepOpen, state: .inProgress, isAvailable: true)
        #expect(Review(facts([open])).completesBy == .signOff)
        #expect(Review(facts([blocker(.requirementUnmet)])).completesBy == .act)
        var byAct = facts([open])
        byAct.completesByActOnly = true
        #expect(Review(byAct).completesBy == .act)
        var reopened = facts([open])
        reopened.completionNumber = 1
        #expect(Review(reopened).completesBy == .act)
    }

    @Test func waitsForWarningsOnceNothingBlocks() {
        var waiting = facts([])
        waiting.remarks = [remark("a", waits: false), remark("b", waits: true)]
        #expect(Review(waiting).readiness == .waiting)
        #expect(Review(waiting).sections.flatMap(\.remarks).map(\.subjectID) == ["b", "a"])
        waiting.blockers = [blocker(.stepOpen)]
        #expect(Review(waiting).readiness == .blocked)
        waiting.blockers = []
        waiting.remarks.removeLast()
        #expect(Review(waiting).readiness == .ready)
    }

    @Test func showsEveryRemarkInExactlyOneSection() {
        for kind in BlockerKind.allCases {
            var remarked = facts([])
            remarked.remarks = [remark("a", kind: kind, waits: true)]
            let shown = Review(remarked).sections.filter { !$0.remarks.isEmpty }
            #expect(shown.map(\.section) == [kind.section])
        }
    }

    private func remark(_ subject: String, kind: BlockerKind = .openIssue, waits: Bool) -> Remark {
        Remark(
            kind: kind,
            severity: .warning,
            subjectID: subject,
            what: "what",
            clear: "clear",
            since: "2026-01-01T00:00:00.000000Z",
            stands: "1",
            waits: waits
        )
    }

    private func facts(_ blockers: [Blocker]) -> CompletionFacts {
        CompletionFacts(
            runID: "r",
            number: 1,
            status: .inProgress,
            version: 1,
            completionNumber: 0,
            isCompleted: false,
            completesByActOnly: false,
            stepsTotal: 3,
            stepsCompleted: 1,
            stepsCanceled: 0,
            blockers: blockers,
            remarks: [],
            labor: LaborSummary(openSessions: 0, flaggedSessions: 0, seconds: 0)
        )
    }

    private func blocker(
        _ kind: BlockerKind,
        subject: String = "x",
        state: StepState = .todo,
        isAvailable: Bool = false,
        since: String = "2026-01-01T00:00:00.000000Z"
    ) -> Blocker {
        Blocker(
            kind: kind,
            rule: "C1",
            subjectID: subject,
            step: Blocker.Step(id: "s", title: "Step", state: state, location: nil, isAvailable: isAvailable),
            what: "what",
            clear: "clear",
            since: since,
            permission: "run_step.update"
        )
    }
}

import RunModel
import Scheduling
import Testing

@Suite struct WorkQueueTests {
    private let now = Instant(seconds: 1000)

    private func step(
        _ id: String = "s",
        _ state: StepState = .todo,
        isAvailable: Bool = true,
        start: Int64? = nil,
        end: Int64? = nil,
        due: Int64? = nil
    ) -> WorkQueue.Step {
        WorkQueue.Step(
            id: id,
            state: state,
            isAvailable: isAvailable,
            start: start.map(Instant.init(seconds:)),
            end: end.map(Instant.init(seconds:)),
            due: due.map(Instant.init(seconds:))
        )
    }

    /// All that a step can be, against H6 read aloud.
    @Test func takesTheFirstSectionThatHolds() {
        let moments: [Int64?] = [nil, 999, 1000, 1001]
        for state in StepState.allCases {
            for isAvailable in [false, true] {
                for start in moments {
                    for end in moments {
                        for due in moments {
                            let step = step("s", state, isAvailable: isAvailable, start: start, end: end, due: due)
                            let entry = WorkQueue.entry(of: step, at: now)
                            let isOpen = state != .completed && state != .canceled
                            let isWorkable = isAvailable && (state == .todo || state == .inProgress)
                            let expected: WorkQueue.Section? =
                                !isOpen
                                ? nil
                                : !isWorkable
                                    ? .blocked
                                    : [end, due].contains { $0 ?? 1000 < 1000 }
                                        ? .overdue : state == .inProgress || start ?? 1001 <= 1000 ? .now : .next
                            #expect(entry?.section == expected, "\(step)")
                        }
                    }
                }
            }
        }
    }

    @Test func saysWhy() {
        func why(_ step: WorkQueue.Step) -> WorkQueue.Why? { WorkQueue.entry(of: step, at: now)?.why }
        #expect(why(step("s", .failed)) == .state(.failed))
        #expect(why(step(isAvailable: false, due: 1)) == .waits)
        #expect(why(step(end: 900, due: 800)) == .pastDue(Instant(seconds: 800)))
        #expect(why(step(end: 700, due: 800)) == .pastEnd(Instant(seconds: 700)))
        #expect(why(step("s", .inProgress, start: 2000)) == .inProgress)
        #expect(why(step(start: 1000)) == .startReached(Instant(seconds: 1000)))
        #expect(why(step(start: 1001)) == .startsLater(Instant(seconds: 1001)))
        #expect(why(step()) == .unscheduled)
    }

    @Test func putsWhatCallsForWorkFirstHoweverItIsGiven() {
        let expected = [
            step("overdue long", start: 1, end: 100),
            step("overdue", .inProgress, due: 900),
            step("now soon", start: 900, end: 1100),
            step("now later", start: 100, due: 1200),
            step("now earlier start", start: 100),
            step("now", .inProgress),
            step("next", start: 1500, due: 9000),
            step("next too", start: 1500),
            step("next later", start: 1600, due: 1700),
            step("next some day", due: 5000),
            step("next unscheduled a"),
            step("next unscheduled b"),
            step("blocked due", .hold, due: 10),
            step("blocked", isAvailable: false),
        ]
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<20 {
            let given = expected.shuffled(using: &generator) + [step("done", .completed), step("gone", .canceled)]
            #expect(WorkQueue.entries(of: given, at: now).map(\.step.id) == expected.map(\.id))
        }
    }
}

import Testing

@testable import Postgres

@Suite struct PipelineReadingTests {
    typealias Event = PipelineReading.Event

    static let steps: [PipelineReading.Step] = [.prepare(0), .run(0), .run(1), .prepare(2), .run(2)]

    /// What a server answers when nothing fails, or when the step at `failing` does; the Sync's place is the last.
    static func answers(failingAt failing: Int? = nil) -> [Event] {
        var events: [Event] = []
        for step in steps.indices {
            events += [failing.map { $0 == step ? .failure : $0 < step ? .aborted : .success } ?? .success, .end]
        }
        return events + (failing == steps.count ? [.failure, .end, .sync] : [.sync])
    }

    static func actions(for events: [Event]) -> [PipelineReading.Action] {
        var reading = PipelineReading(steps)
        return events.map { reading.receive($0) }
    }

    @Test func keepsEveryResultWhenNothingFails() {
        let actions = Self.actions(for: Self.answers()).filter { $0 != .skip }
        #expect(actions == [.markPrepared(0), .keep(0), .keep(1), .markPrepared(2), .keep(2), .finished])
    }

    @Test(arguments: 0..<5) func reportsTheStepThatFailedAndKeepsNothingAfterIt(position: Int) {
        let actions = Self.actions(for: Self.answers(failingAt: position)).filter { $0 != .skip }
        let whole = Self.actions(for: Self.answers()).filter { $0 != .skip }
        #expect(actions == whole.prefix(position) + [.fail(Self.steps[position]), .finished])
    }

    @Test func reportsAFailureOfTheSyncItself() {
        let actions = Self.actions(for: Self.answers(failingAt: 5)).filter { $0 != .skip }
        #expect(actions.suffix(2) == [.fail(nil), .finished])
    }

    @Test func anEmptyPipelineIsFinishedByItsSync() {
        var reading = PipelineReading([])
        #expect(reading.receive(.sync) == .finished)
    }

    /// Every right sequence, disturbed at every place by every other event, must be noticed there or later, unless it
    /// has become another right sequence.
    @Test(arguments: [nil, 0, 2, 4, 5]) func discardsEveryDisturbedSequence(failing: Int?) {
        let right = Self.answers(failingAt: failing)
        let allowed = [Self.answers()] + (0...5).map { Self.answers(failingAt: $0) }
        for place in right.indices {
            for event: Event in [.success, .failure, .aborted, .sync, .end, .other] {
                var disturbed = right
                disturbed[place] = event
                if allowed.contains(disturbed) { continue }
                let actions = Self.actions(for: disturbed)
                let isNoticed = actions.contains { if case .discard = $0 { true } else { false } }
                #expect(isNoticed || actions.last != .finished, "\(event) at \(place): \(actions)")
            }
        }
    }

    @Test(arguments: [nil, 0, 2, 4, 5]) func neverFinishesAheadOfAMissingAnswer(failing: Int?) {
        let right = Self.answers(failingAt: failing)
        for place in right.indices.dropLast() {
            var short = right
            short.remove(at: place)
            let actions = Self.actions(for: short)
            let isNoticed = actions.contains { if case .discard = $0 { true } else { false } }
            #expect(isNoticed || actions.last != .finished, "without \(place): \(actions)")
        }
    }
}

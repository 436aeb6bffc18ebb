import Scheduling
import Testing

/// What moves when what is left is planned again (H3).
@Suite struct ReplanTests {
    private static let day =
        #"{"id":"K","name":"Day","time_zone":"UTC","holidays":[],"extra_days":[],"shifts":["#
        + (1...5).map { #"{"weekday":\#($0),"start":"08:00","end":"16:00"}"# }.joined(separator: ",") + "]}"
    private static let center = #"{"id":"L","name":"Bench","work_calendar_id":"K","capacity":null}"#
    private let hour: Int64 = 3600

    /// Four hours of work, begun on a Friday an hour before closing; now it is nine on Monday.
    private func weekend(_ state: String, stopped: Int64 = 0) -> RunWorld {
        RunWorld(
            runs: ["A": 2],
            states: ["A0": state],
            now: 1804496400,
            began: 1804258800,
            changed: stopped,
            leadTime: 14_400,
            center: Self.center,
            calendar: Self.day
        )
    }

    @Test func whatIsInProgressCountsTheWorkingTimeThatPassed() throws {
        let plan = try weekend("in_progress").plan()
        #expect(plan.steps.map(\.planned.finish.text) == ["2027-03-08T11:00:00Z", "2027-03-08T15:00:00Z"])
        // What stopped on Friday half an hour after it began has done no more since.
        let held = try weekend("hold", stopped: 1804260600).plan()
        #expect(held.steps.first?.planned.finish.text == "2027-03-08T12:30:00Z")
    }

    @Test func whatIsLateMovesAndTheRestStays() throws {
        let now: Int64 = 1_000_000
        var world = RunWorld(runs: ["A": 3, "B": 1], states: ["A0": "completed"])
        world.schedule = [
            "A1": (now - 2 * hour, now - hour), "A2": (now - hour, now + hour), "B0": (now + 9 * hour, now + 10 * hour),
        ]
        let replan = try world.replan()
        #expect(replan.moves.map(\.step.id) == ["A1", "A2"] && replan.unmoved == 1)
        #expect(replan.moves.map(\.start) == [Instant(seconds: now), Instant(seconds: now + hour)])
        // What was scheduled to take two hours still does.
        #expect(replan.moves.map(\.end) == [Instant(seconds: now + hour), Instant(seconds: now + 3 * hour)])
        #expect(replan.moves.map(\.startBefore) == [Instant(seconds: now - 2 * hour), Instant(seconds: now - hour)])
        #expect(replan.moves[0].step.planned.reason.bound == .planStart)
        #expect(replan.moves[1].step.planned.reason.bound == .upstream(1))
        #expect(replan.finishBefore == Instant(seconds: now + 10 * hour))
        // Each run with when it was to end, and is to end then.
        #expect(replan.runs.map(\.facts.id) == ["A", "B"] && replan.runs.map(\.moves) == [2, 0])
        #expect(replan.runs.map(\.endBefore) == [Instant(seconds: now + hour), Instant(seconds: now + 10 * hour)])
        #expect(replan.runs.map(\.end) == [Instant(seconds: now + 3 * hour), Instant(seconds: now + 10 * hour)])
        #expect(replan.ends["A1"] == Instant(seconds: now + hour) && replan.ends["A0"] == nil)
        let earlier = try world.replan(isEarlier: true)
        #expect(earlier.moves.map(\.step.id) == ["A1", "A2", "B0"] && earlier.unmoved == 0)
        #expect(earlier.moves.last?.start == Instant(seconds: now))
        // Where the first one is canceled what waited for it keeps its place.
        world.states["A1"] = "canceled"
        world.schedule["A2"] = (now + hour, now + 2 * hour)
        #expect(try world.replan().moves.isEmpty)
        #expect(try world.replan(isEarlier: true).moves.map(\.step.id) == ["A2", "B0"])
    }

    @Test func whatIsInProgressKeepsItsStart() throws {
        let now: Int64 = 1_000_000
        var world = RunWorld(runs: ["A": 2], states: ["A0": "in_progress"], began: now - hour / 2)
        world.schedule = ["A0": (now - 3 * hour, now - 2 * hour), "A1": (now - 2 * hour, now - hour)]
        let replan = try world.replan()
        #expect(replan.moves.map(\.start) == [nil, Instant(seconds: now + hour / 2)])
        #expect(replan.moves.map(\.end) == [Instant(seconds: now + hour / 2), Instant(seconds: now + 3 * hour / 2)])
        world.schedule = ["A0": (now, now + hour), "A1": (now + hour, now + 2 * hour)]
        #expect(try world.replan().moves.isEmpty)
    }

    @Test func whatWasReplannedStays() throws {
        for seed in UInt64(0)..<100 {
            var generator = SeededGenerator(seed: seed)
            var world = RunWorld(runs: ["A": 4, "B": 3, "C": 2], isInOrder: Bool.random(using: &generator))
            world.supplies = [("A", nil, "B", nil, false)]
            for run in world.runs {
                for index in 0..<run.value where Int.random(in: 0..<4, using: &generator) > 0 {
                    let start = 1_000_000 + Int64.random(in: -50_000...50_000, using: &generator)
                    world.schedule[run.key + String(index)] = (
                        start, start + Int64.random(in: 0...9000, using: &generator)
                    )
                }
            }
            for move in try world.replan(isEarlier: Bool.random(using: &generator)).moves {
                guard let start = move.start else { continue }
                world.schedule[move.step.id] = (start.seconds, move.end.seconds)
            }
            let again = try world.replan()
            #expect(again.moves.isEmpty && again.plan.conflicts.isEmpty, "seed \(seed)")
        }
    }
}

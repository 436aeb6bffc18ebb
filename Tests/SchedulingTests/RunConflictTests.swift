import Scheduling
import Testing

/// What is wrong with a run itself, and with steps outside what was said of what they are in (H4).
@Suite struct RunConflictTests {
    private let open = #""is_over":false"#

    private func at(_ seconds: Int64) -> Instant { Instant(seconds: seconds) }

    @Test func aRunThatEndsBeforeItStartsIsNamedWithTheStepsThatDo() throws {
        var world = RunWorld(runs: ["A": 1])
        world.late = ["A"]
        world.schedule = ["A0": (1_100_000, 1_200_000)]
        world.said["A"] =
            #"\#(open),"not_before":1500000,"effective_start":1500000,"effective_end":1200000,"planned_until":1500000,"due":1400000"#
        #expect(
            try world.plan().runConflicts == [
                RunConflict(kind: .endBeforeStart, run: "A", at: at(1_200_000), limit: at(1_500_000)),
                RunConflict(kind: .pastDue, run: "A", at: at(1_500_000), limit: at(1_400_000)),
                RunConflict(kind: .startsOutside, run: "A", step: "A0", at: at(1_100_000), limit: at(1_500_000)),
            ]
        )
        world.said["A"] = world.said["A"]?.replacing(#""is_over":false"#, with: #""is_over":true"#)
        world.states["A0"] = "completed"
        #expect(try world.plan().runConflicts.isEmpty, "what is over is in conflict with nothing")
    }

    @Test func aLateRunIsNamedOnceByItsStepsAndByWhatWasSaidOfIt() throws {
        var world = RunWorld(runs: ["A": 1])
        world.late = ["A"]
        world.schedule = ["A0": (1_100_000, 1_600_000)]
        let late = #"\#(open),"due":1400000,"planned_until":1600000"#
        world.said["A"] = #"\#(late),"effective_end":1300000,"scheduled_end":1300000"#
        var plan = try world.plan()
        #expect(plan.conflicts == [.pastDue(step: 0, ends: at(1_600_000), due: at(1_400_000))])
        #expect(
            plan.runConflicts == [
                RunConflict(kind: .endsOutside, run: "A", step: "A0", at: at(1_600_000), limit: at(1_300_000))
            ]
        )
        world.said["A"] = #"\#(late),"effective_end":1500000,"scheduled_end":1500000"#
        plan = try world.plan()
        #expect(plan.runConflicts.map(\.kind) == [.pastDue, .endsOutside])
        #expect(plan.runConflicts.first?.at == at(1_500_000))
        // One without steps left is late by the clock.
        world = RunWorld(runs: ["A": 1], states: ["A0": "canceled"])
        world.late = ["A"]
        world.said["A"] = #"\#(open),"due":900000"#
        #expect(
            try world.plan().runConflicts == [
                RunConflict(kind: .pastDue, run: "A", at: at(1_000_000), limit: at(900_000))
            ]
        )
    }

    @Test func theNextAroundAStepOfWhichAnythingWasSaidCounts() throws {
        // A0 > A1 > A2 > A3; nothing is said of A1, and A2 is canceled.
        var world = RunWorld(runs: ["A": 4], states: ["A2": "canceled"], isInOrder: false)
        world.parents = ["A1": "A0", "A2": "A1", "A3": "A2"]
        world.schedule = ["A0": (1_200_000, 1_300_000), "A2": (1, 2), "A3": (1_100_000, 1_400_000)]
        world.said["A"] = #"\#(open),"not_before":1150000,"scheduled_end":1350000"#
        func outside(_ kind: RunConflict.Kind, _ time: Int64, _ limit: Int64) -> RunConflict {
            RunConflict(kind: kind, run: "A", step: "A3", outer: "A0", at: at(time), limit: at(limit))
        }
        let expected = [outside(.startsOutside, 1_100_000, 1_200_000), outside(.endsOutside, 1_400_000, 1_300_000)]
        #expect(try world.plan().runConflicts == expected)
        // What has started did so when it did; what is right on the limit is inside.
        world.states["A3"] = "in_progress"
        #expect(try world.plan().runConflicts == [expected[1]])
        world.schedule["A3"] = (1_200_000, 1_300_000)
        world.states["A3"] = nil
        #expect(try world.plan().runConflicts.isEmpty)
    }
}

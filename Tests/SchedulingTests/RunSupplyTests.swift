import Scheduling
import Testing

/// Runs that wait for what other runs build (H2, H3).
@Suite struct RunSupplyTests {
    /// Hours after the start at which each step starts.
    private func starts(_ plan: RunPlan) -> [String: Double] {
        Dictionary(
            uniqueKeysWithValues: plan.steps.map { ($0.id, Double($0.planned.start.seconds - 1_000_000) / 3600) }
        )
    }

    @Test func aRunWaitsForAllThatASuppliedRunDoes() throws {
        let world = RunWorld(
            runs: ["A": 2, "B": 3, "C": 1],
            supplies: [("A", nil, "B", nil, false), ("B", "B1", "C", nil, false)]
        )
        let plan = try world.plan()
        #expect(starts(plan) == ["A0": 3, "A1": 4, "B0": 0, "B1": 1, "B2": 2, "C0": 0])
        #expect(plan.criticalPath.compactMap(plan.stepID) == ["B0", "B1", "B2", "A0", "A1"])
        let first = try #require(plan.steps.first { $0.id == "A0" })
        guard case .upstream(let cause) = first.planned.reason.bound else {
            Issue.record("A0 waits for \(first.planned.reason.bound)")
            return
        }
        #expect(plan.stepID(cause) == "B2" && plan.runID(cause) == "B")
        #expect(plan.waits.map(\.state) == [.planned, .planned])
        #expect(plan.waits.map(\.ends) == [Instant(seconds: 1_010_800), Instant(seconds: 1_003_600)])
        #expect(plan.steps.first { $0.id == "C0" }?.planned.slack == 0)
        #expect(plan.plan.finish == Instant(seconds: 1_018_000))
    }

    @Test func ofARunThatIsNotPlannedItsScheduleCounts() throws {
        let world = RunWorld(
            runs: ["A": 2],
            supplies: [
                ("A", "A1", "B", 1_036_000, false), ("A", nil, "C", nil, false), ("A", nil, "D", 9_000_000, true),
                ("A", nil, "E", 900_000, false),
            ]
        )
        let plan = try world.plan()
        #expect(starts(plan) == ["A0": 0, "A1": 10])
        #expect(plan.waits.map(\.state) == [.scheduled, .unscheduled, .canceled, .scheduled])
        #expect(plan.criticalPath.compactMap(plan.stepID) == ["A1"])
        #expect(plan.conflicts.isEmpty)
        let second = try #require(plan.steps.first { $0.id == "A1" })
        guard case .upstream(let cause) = second.planned.reason.bound else {
            Issue.record("A1 waits for \(second.planned.reason.bound)")
            return
        }
        #expect(plan.stepID(cause) == nil && plan.runID(cause) == "B")
    }

    @Test func runsWithoutWorkLeftHoldUpNothing() throws {
        let world = RunWorld(
            runs: ["A": 1, "B": 1, "C": 0],
            states: ["B0": "completed"],
            supplies: [("A", nil, "B", nil, false), ("A", nil, "C", nil, false)]
        )
        let plan = try world.plan()
        #expect(starts(plan)["A0"] == 0)
        #expect(plan.criticalPath.compactMap(plan.stepID) == ["A0"])
        // One that has nothing to do itself hands on what it waits for.
        let chain = RunWorld(
            runs: ["A": 1, "B": 0, "C": 2],
            supplies: [("A", nil, "B", nil, false), ("B", nil, "C", nil, false)]
        )
        #expect(starts(try chain.plan())["A0"] == 2)
    }

    /// Each pair of steps says the same as their runs do.
    @Test func agreesWithDependenciesOfAllTheirSteps() throws {
        for seed in UInt64(0)..<200 {
            var generator = SeededGenerator(seed: seed)
            var world = RunWorld(isInOrder: Bool.random(using: &generator))
            let names = ["A", "B", "C", "D", "E", "F"]
            for name in names { world.runs[name] = Int.random(in: 1...4, using: &generator) }
            for name in names {
                for index in 0..<(world.runs[name] ?? 0) {
                    world.states[name + String(index)] = [
                        "todo", "todo", "todo", "in_progress", "completed", "canceled",
                    ]
                    .randomElement(using: &generator)
                }
            }
            // A run in which nothing is left to do hands on what it waits for, its completed steps alone would not.
            for name in names { world.states[name + "0"] = "todo" }
            var slow = world
            for (place, name) in names.enumerated() where place > 0 {
                for supplier in names[..<place] where Int.random(in: 0..<3, using: &generator) == 0 {
                    let waiting = (0..<(world.runs[name] ?? 0)).map { name + String($0) }
                    // Nothing is waited for by a step that is done.
                    let open = waiting.filter { ["todo", "in_progress"].contains(world.states[$0]) }
                    let one = Bool.random(using: &generator) ? open.randomElement(using: &generator) : nil
                    world.supplies.append((name, one, supplier, nil, false))
                    for step in one.map({ [$0] }) ?? waiting {
                        for index in 0..<(world.runs[supplier] ?? 0) {
                            slow.dependencies.append((supplier + String(index), step))
                        }
                    }
                }
            }
            let (plan, expected) = (try world.plan(), try slow.plan())
            #expect(starts(plan) == starts(expected), "seed \(seed)")
            #expect(plan.plan.finish == expected.plan.finish, "seed \(seed)")
            #expect(
                plan.steps.map(\.planned.slack) == expected.steps.map(\.planned.slack),
                "seed \(seed)"
            )
        }
    }
}

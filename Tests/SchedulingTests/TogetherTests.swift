import Scheduling
import Testing

/// Siblings are planned for the same time: when the last of them can start (K3).
@Suite struct TogetherTests {
    private func starts(_ plan: RunPlan) -> [String: Double] {
        Dictionary(
            uniqueKeysWithValues: plan.steps.map { ($0.id, Double($0.planned.start.seconds - 1_000_000) / 3600) }
        )
    }

    @Test func siblingsStartWhenTheLastOfThemCan() throws {
        var world = RunWorld(runs: ["A": 3, "B": 2], siblings: ["A1": "s", "B0": "s", "A2": "t", "B1": "t"])
        let plan = try world.plan()
        #expect(starts(plan) == ["A0": 0, "A1": 1, "A2": 2, "B0": 1, "B1": 2])
        let held = try #require(plan.steps.first { $0.id == "B0" })
        #expect(held.planned.reason.bound == .sibling(1))
        #expect(plan.criticalPath.compactMap(plan.stepID).first == "A0")
        // One at a time: what is worked as one takes the room of one.
        world.center = #"{"id":"L","name":"Oven","work_calendar_id":null,"capacity":1}"#
        #expect(starts(try world.plan(.finite)) == ["A0": 0, "A1": 1, "A2": 2, "B0": 1, "B1": 2])
    }

    @Test func inAnotherOrderTheyAreRefused() throws {
        let world = RunWorld(runs: ["A": 2, "B": 2], siblings: ["A0": "s", "B1": "s", "A1": "t", "B0": "t"])
        #expect(throws: ScheduleRefusal.self) { try world.plan() }
        #expect(throws: ScheduleRefusal.self) { try world.plan(.finite) }
    }

    @Test func whatIsWorkedAsOneTakesTheRoomOfOne() throws {
        let now: Int64 = 1_000_000
        var world = RunWorld(runs: ["A": 1, "B": 1, "C": 1], siblings: ["A0": "s", "B0": "s"])
        world.center = #"{"id":"L","name":"Oven","work_calendar_id":null,"capacity":1}"#
        world.schedule = ["A0": (now, now + 3600), "B0": (now, now + 3600), "C0": (now + 3600, now + 7200)]
        #expect(try world.plan().conflicts.isEmpty)
        world.siblings = [:]
        #expect(try world.plan().conflicts.count == 1)
    }

    /// Of random dependencies: the same as if each group were one step that waits for all that its steps wait for.
    @Test func agreesWithOneStepForEachGroup() throws {
        for seed in UInt64(0)..<200 {
            var generator = SeededGenerator(seed: seed)
            let start = Instant(seconds: 1_000_000)
            let count = 24
            // Steps of one group are apart by eight; all dependencies go from lesser to greater places, so that no group waits for itself.
            var facts = PlanFacts(start: start)
            var merged = PlanFacts(start: start)
            let group = (0..<count).map { $0 % 8 < 4 ? $0 % 8 : 100 + $0 }
            var position: [Int: Int] = [:]
            for step in 0..<count {
                let lead = Int64(1 + step % 8) * 60
                facts.steps.append(PlanFacts.Step(id: String(step), leadTime: lead, together: group[step]))
                if position[group[step]] == nil {
                    position[group[step]] = merged.steps.count
                    merged.steps.append(PlanFacts.Step(id: String(step), leadTime: lead))
                }
            }
            for _ in 0..<30 {
                let from = Int.random(in: 0..<count, using: &generator)
                let to = Int.random(in: 0..<count, using: &generator)
                guard from % 8 < to % 8 else { continue }
                facts.dependencies.append(PlanFacts.Dependency(from: from, to: to))
                merged.dependencies.append(
                    PlanFacts.Dependency(from: position[group[from]] ?? 0, to: position[group[to]] ?? 0)
                )
            }
            let (plan, one) = (try Plan(facts), try Plan(merged))
            for step in 0..<count {
                #expect(
                    plan.steps[step]?.start == one.steps[position[group[step]] ?? 0]?.start,
                    "seed \(seed), step \(step)"
                )
            }
            #expect(plan.finish == one.finish, "seed \(seed)")
        }
    }
}

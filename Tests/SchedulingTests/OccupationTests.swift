import Scheduling
import Testing

/// What is planned elsewhere takes room at the same work centers (H3, H4).
@Suite struct OccupationTests {
    private func oven(_ taken: [(Int64, Int64)], steps: [Int64]) -> PlanFacts {
        var facts = PlanFacts(start: Instant(seconds: 0))
        facts.workCenters = [PlanFacts.WorkCenter(name: "oven", capacity: 1)]
        facts.steps = steps.enumerated().map { PlanFacts.Step(id: "s\($0)", workCenter: 0, leadTime: $1) }
        facts.occupied = taken.enumerated().map { number, taken in
            PlanFacts.Occupation(
                stepID: "other\(number)",
                runID: "run",
                workCenter: 0,
                start: Instant(seconds: taken.0),
                end: Instant(seconds: taken.1)
            )
        }
        return facts
    }

    @Test func leavesRoomToWhatIsNotPlannedHere() throws {
        var facts = oven([(-50, 100), (130, 150)], steps: [30])
        let waits = try #require(try Plan(facts, capacity: .finite).steps[0])
        #expect(waits.start.seconds == 100)
        #expect(waits.reason.bound == .occupied(0))
        #expect(waits.reason.at.seconds == 100)
        facts.steps[0].leadTime = 31
        let tooLong = try #require(try Plan(facts, capacity: .finite).steps[0])
        #expect(tooLong.start.seconds == 150)
        #expect(tooLong.reason.bound == .occupied(1))
        #expect(try Plan(facts).steps[0]?.start.seconds == 0)
        facts.workCenters[0].capacity = 2
        #expect(try Plan(facts, capacity: .finite).steps[0]?.start.seconds == 0)
        // Nobody plans a century ahead, whatever is scheduled there.
        facts = oven([(0, 100), (1 << 40, 1 << 41)], steps: [30])
        #expect(try Plan(facts, capacity: .finite).steps[0]?.start.seconds == 100)
    }

    @Test func namesWhatIsOverWithOthersButNotWhatIsOverWithoutIt() throws {
        func conflicts(_ taken: [(Int64, Int64)], _ start: Int64, _ end: Int64) throws -> [Conflict] {
            try Conflict.all(
                in: oven(taken, steps: [1]),
                schedule: [Conflict.Times(start: Instant(seconds: start), end: Instant(seconds: end))]
            )
        }
        func over(_ from: Int64, _ until: Int64, _ most: Int) -> [Conflict] {
            [
                .overCapacity(
                    workCenter: 0,
                    from: Instant(seconds: from),
                    until: Instant(seconds: until),
                    most: most,
                    capacity: 1,
                    step: 0
                )
            ]
        }
        #expect(try conflicts([(10, 20)], 0, 15) == over(10, 15, 2))
        #expect(try conflicts([(10, 20)], 15, 30) == over(15, 20, 2))
        #expect(try conflicts([(10, 20), (5, 12)], 0, 11) == over(5, 11, 3))
        #expect(try conflicts([(10, 20)], 0, 10) == [])
        #expect(try conflicts([(10, 20)], 20, 30) == [])
        #expect(try conflicts([(10, 20), (10, 20)], 30, 40) == [])
        #expect(try conflicts([(10, 20), (30, 40)], 0, 50) == over(10, 20, 2) + over(30, 40, 2))
    }

    /// Planned one after the other, two plans never have more at once than there is room for.
    @Test func twoPlansShareTheRoom() throws {
        let random = try RandomPlan()
        var waits = 0
        for seed in UInt64(0)..<100 {
            var facts = random.facts(seed: seed, steps: 12, hasProgress: false, capacity: 1...2)
            guard let first = try? Plan(facts, capacity: .finite) else { continue }
            let outer = Set(facts.steps.compactMap(\.parent))
            facts.occupied = facts.steps.enumerated().compactMap { step, values in
                guard let center = values.workCenter, let planned = first.steps[step], !outer.contains(step),
                    values.leadTime > 0
                else { return nil }
                return PlanFacts.Occupation(
                    stepID: "first \(values.id)",
                    runID: "first",
                    workCenter: center,
                    start: planned.start,
                    end: planned.finish
                )
            }
            let second = try Plan(facts, capacity: .finite)
            for (center, values) in facts.workCenters.enumerated() {
                let capacity = try #require(values.capacity)
                var time = try WorkTime(values.calendar.map { facts.calendars[$0] } ?? .always, around: facts.start)
                var ranges: [Range<Int64>] = []
                for taken in facts.occupied where taken.workCenter == center {
                    ranges.append(try time.position(of: taken.start)..<time.position(of: taken.end))
                }
                for (step, step2) in facts.steps.enumerated() where step2.workCenter == center && step2.leadTime > 0 {
                    guard let planned = second.steps[step], !outer.contains(step) else { continue }
                    ranges.append(try time.position(of: planned.start)..<time.position(of: planned.finish))
                    if case .occupied(let number) = planned.reason.bound {
                        waits += 1
                        #expect(facts.occupied[number].end == planned.reason.at, "seed \(seed), step \(step)")
                    }
                }
                for range in ranges {
                    #expect(ranges.count { $0.contains(range.lowerBound) } <= capacity, "seed \(seed)")
                }
            }
        }
        #expect(waits > 50)
    }

    /// What can't be kept any more is not planned into the past: each step is as late as its due date lets it be, or as early as it can.
    @Test func theLatestIsNeverBeforeTheEarliest() throws {
        var world = RunWorld(runs: ["A": 3, "B": 1])
        world.due = world.now + 2 * 3600
        let plan = try world.plan()
        let times = plan.times(isLatest: true)
        let earliest = plan.times(isLatest: false)
        #expect(times["A0"]?.start == earliest["A0"]?.start)
        #expect(times["A2"]?.end == earliest["A2"]?.end)
        #expect(times["B0"]?.end.seconds == world.now + 2 * 3600)
    }
}

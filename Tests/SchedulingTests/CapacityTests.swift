import Scheduling
import Testing

@Suite struct CapacityTests {
    /// Every step in its own working time, after all that it waits for, never more at once than there is room for, and none that
    /// could start earlier with the others where they are.
    @Test func placesEveryStepWhereThereIsRoomAndNoneLaterThanItMust() throws {
        let random = try RandomPlan()
        var waits = 0
        for seed in UInt64(0)..<150 {
            let facts = random.facts(seed: seed, steps: 12, hasProgress: false, capacity: 1...2)
            guard let plan = try? Plan(facts, capacity: .finite), let free = try? Plan(facts) else { continue }
            let outer = Set(facts.steps.compactMap(\.parent))
            let slow = SlowPlanner(facts, walks: random.walks)
            // By work center, in working time: which steps are worked on from where to where.
            var times = try facts.workCenters.map { center in
                try WorkTime(center.calendar.map { facts.calendars[$0] } ?? .always, around: facts.start)
            }
            var taken: [[(step: Int, range: Range<Int64>)]] = Array(repeating: [], count: facts.workCenters.count)
            for (step, values) in facts.steps.enumerated() where !outer.contains(step) && values.leadTime > 0 {
                guard let center = values.workCenter, let planned = plan.steps[step] else { continue }
                let range =
                    try times[center].position(of: planned.start)..<times[center].position(of: planned.finish)
                #expect(Int64(range.count) == values.leadTime)
                taken[center].append((step, range))
            }
            for (step, values) in facts.steps.enumerated() where !outer.contains(step) {
                let planned = try #require(plan.steps[step])
                #expect(planned.start >= (try #require(free.steps[step])).start, "seed \(seed), step \(step)")
                var release = max(facts.start, values.notBefore ?? facts.start)
                for one in [step] + slow.ancestors(step) {
                    if let notBefore = facts.steps[one].notBefore { release = max(release, notBefore) }
                    if let until = facts.steps[one].hold?.until { release = max(release, until) }
                    for other in slow.upstream(one) {
                        release = max(release, try #require(plan.steps[other]).finish)
                    }
                }
                #expect(planned.start >= release, "seed \(seed), step \(step)")
                guard let center = values.workCenter, values.leadTime > 0 else {
                    #expect(values.workCenter != nil || planned.start == release, "seed \(seed), step \(step)")
                    continue
                }
                let capacity = try #require(facts.workCenters[center].capacity)
                let others = taken[center].filter { $0.step != step }.map(\.range)
                func hasRoom(_ at: Int64) -> Bool {
                    let range = at..<at + values.leadTime
                    let starts = [at] + others.map(\.lowerBound).filter(range.contains)
                    return starts.allSatisfy { start in others.count { $0.contains(start) } < capacity }
                }
                let at = try times[center].position(of: planned.start)
                let earliest = try times[center].position(of: release)
                #expect(hasRoom(at), "seed \(seed), step \(step)")
                let earlier = ([earliest] + others.map(\.upperBound)).filter {
                    (earliest..<max(earliest, at)).contains($0)
                }
                #expect(!earlier.contains(where: hasRoom), "seed \(seed), step \(step)")
                if case .capacity(let taker) = planned.reason.bound {
                    waits += 1
                    #expect(facts.steps[taker].workCenter == center)
                    #expect(plan.steps[taker]?.finish == planned.reason.at)
                    #expect(at > earliest)
                } else {
                    #expect(at == earliest, "seed \(seed), step \(step)")
                }
            }
        }
        #expect(waits > 100)
    }

    @Test func isThePlanWithoutCapacityWhereThereIsRoomForAll() throws {
        let random = try RandomPlan()
        for seed in UInt64(0)..<100 {
            let facts = random.facts(seed: seed, capacity: 100...100)
            guard let plan = try? Plan(facts) else { continue }
            let finite = try Plan(facts, capacity: .finite)
            #expect(finite.steps.map { $0?.start } == plan.steps.map { $0?.start }, "seed \(seed)")
            #expect(finite.steps.map { $0?.finish } == plan.steps.map { $0?.finish }, "seed \(seed)")
            #expect(finite.steps.map { $0?.slack } == plan.steps.map { $0?.slack }, "seed \(seed)")
        }
    }

    @Test func letsTheMostUrgentGoFirst() throws {
        var facts = PlanFacts(start: Instant(seconds: 0), due: Instant(seconds: 1000))
        facts.workCenters = [PlanFacts.WorkCenter(name: "oven", capacity: 1)]
        facts.steps = [
            PlanFacts.Step(id: "d", workCenter: 0, leadTime: 10),
            PlanFacts.Step(id: "a", workCenter: 0, leadTime: 10),
            PlanFacts.Step(id: "slow", workCenter: 0, leadTime: 20),
            PlanFacts.Step(id: "urgent", workCenter: 0, leadTime: 10, due: Instant(seconds: 500)),
            PlanFacts.Step(
                id: "doing",
                workCenter: 0,
                leadTime: 10,
                progress: .started(at: Instant(seconds: -5), remaining: 5)
            ),
        ]
        let plan = try Plan(facts, capacity: .finite)
        // By latest finish, then slack, then id; work in progress keeps its place.
        #expect(plan.steps.map { $0?.start.seconds } == [45, 35, 15, 5, -5])
        #expect(
            plan.steps.map { $0?.reason.bound }
                == [.capacity(1), .capacity(2), .capacity(3), .capacity(4), .actual]
        )
        #expect(plan.criticalPath == [4, 3, 2, 1, 0])
        #expect(plan.length == 55)
        #expect(try Plan(facts).length == 20)
    }

    @Test func fillsAGapThatIsLongEnough() throws {
        var facts = PlanFacts(start: Instant(seconds: 0))
        facts.workCenters = [PlanFacts.WorkCenter(name: "oven", capacity: 1)]
        facts.steps = [
            PlanFacts.Step(id: "later", workCenter: 0, leadTime: 50, notBefore: Instant(seconds: 30)),
            PlanFacts.Step(id: "long", workCenter: 0, leadTime: 31, due: Instant(seconds: 1000)),
            PlanFacts.Step(id: "short", workCenter: 0, leadTime: 30, due: Instant(seconds: 2000)),
        ]
        let plan = try Plan(facts, capacity: .finite)
        #expect(plan.steps.map { $0?.start.seconds } == [30, 80, 0])
    }
}

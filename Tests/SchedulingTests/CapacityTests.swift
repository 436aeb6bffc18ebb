import Scheduling
import Testing

@Suite struct CapacityTests {
    /// Every step in its own working time, after all that it waits for, never more at once than there is room for, and none that
    /// could start earlier with the others where they are. Work in progress takes its place whether there is room or not.
    @Test(arguments: [false, true])
    func placesEveryStepWhereThereIsRoomAndNoneLaterThanItMust(hasProgress: Bool) throws {
        let random = try RandomPlan()
        var waits = 0
        var full = 0
        for seed in UInt64(0)..<(hasProgress ? 400 : 150) {
            let facts = random.facts(seed: seed, steps: 12, hasProgress: hasProgress, capacity: 1...2)
            guard let plan = try? Plan(facts, capacity: .finite), let free = try? Plan(facts) else { continue }
            let slow = SlowPlanner(facts, walks: random.walks)
            // By work center, in working time: which steps are worked on from where to where.
            var times = try facts.workCenters.map { center in
                try WorkTime(center.calendar.map { facts.calendars[$0] } ?? .always, around: facts.start)
            }
            var taken: [[(step: Int, range: Range<Int64>)]] = Array(repeating: [], count: facts.workCenters.count)
            /// From when on it could be worked on, with what it waits for where that is.
            func release(_ step: Int) throws -> Instant {
                var release = facts.start
                for one in [step] + slow.ancestors(step) {
                    for other in slow.upstream(one) {
                        release = max(release, try #require(plan.steps[other]).finish)
                    }
                    let values = facts.steps[one]
                    if slow.isCanceled(one) { continue }
                    if values.progress == .todo, let notBefore = values.notBefore { release = max(release, notBefore) }
                    if let until = values.hold?.until { release = max(release, until) }
                }
                return release
            }
            let worked = facts.steps.indices.filter {
                !slow.isCanceled($0) && !slow.isCompleted($0) && slow.inside($0).isEmpty
            }
            // What is in progress, and waits for something none the less, takes its place after others have theirs.
            var late: Set<Int> = []
            for step in worked where slow.work(step) > 0 {
                guard let center = facts.steps[step].workCenter, let planned = plan.steps[step] else { continue }
                let isTodo = facts.steps[step].progress == .todo
                let begins = isTodo ? planned.start : try release(step)
                let range = try times[center].position(of: begins)..<times[center].position(of: planned.finish)
                #expect(Int64(range.count) == slow.work(step), "seed \(seed), step \(step)")
                if !isTodo, begins > facts.start { late.insert(step) }
                taken[center].append((step, range))
            }
            for step in worked where facts.steps[step].progress == .todo {
                let values = facts.steps[step]
                let planned = try #require(plan.steps[step])
                #expect(planned.start >= (try #require(free.steps[step])).start, "seed \(seed), step \(step)")
                let release = try release(step)
                #expect(planned.start >= release, "seed \(seed), step \(step)")
                guard let center = values.workCenter, values.leadTime > 0 else {
                    #expect(values.workCenter != nil || planned.start == release, "seed \(seed), step \(step)")
                    continue
                }
                let capacity = try #require(facts.workCenters[center].capacity)
                let others = taken[center].filter { $0.step != step }.map(\.range)
                let before = taken[center].filter { $0.step != step && !late.contains($0.step) }.map(\.range)
                func hasRoom(_ at: Int64, among others: [Range<Int64>]) -> Bool {
                    let range = at..<at + values.leadTime
                    let starts = [at] + others.map(\.lowerBound).filter(range.contains)
                    return starts.allSatisfy { start in others.count { $0.contains(start) } < capacity }
                }
                let at = try times[center].position(of: planned.start)
                let earliest = try times[center].position(of: release)
                #expect(hasRoom(at, among: before), "seed \(seed), step \(step)")
                let earlier = ([earliest] + others.map(\.upperBound)).filter {
                    (earliest..<max(earliest, at)).contains($0)
                }
                #expect(!earlier.contains { hasRoom($0, among: others) }, "seed \(seed), step \(step)")
                if case .capacity(let taker) = planned.reason.bound {
                    waits += 1
                    if facts.steps[taker].progress != .todo { full += 1 }
                    #expect(facts.steps[taker].workCenter == center)
                    #expect(plan.steps[taker]?.finish == planned.reason.at)
                    #expect(at > earliest)
                } else {
                    #expect(at == earliest, "seed \(seed), step \(step)")
                }
            }
        }
        #expect(waits > 100)
        #expect(!hasProgress || full > 20, "\(full) steps waited for work in progress")
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

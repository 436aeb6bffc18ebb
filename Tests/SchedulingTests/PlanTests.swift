import Scheduling
import Testing

@Suite struct PlanTests {
    @Test func agreesWithAPlannerByTheRulesOwnWords() throws {
        let random = try RandomPlan()
        var planned = 0
        for seed in UInt64(0)..<400 {
            let facts = random.facts(seed: seed)
            let plan: Plan
            do throws(ScheduleRefusal) {
                plan = try Plan(facts)
            } catch {
                // A step that waits for what it is nested in.
                guard case .cycle = error else { throw error }
                continue
            }
            planned += 1
            let slow = SlowPlanner(facts, walks: random.walks)
            for (step, times) in plan.steps.enumerated() {
                let comment: Comment = "seed \(seed), step \(step)"
                guard let times else {
                    #expect(slow.isCanceled(step), comment)
                    continue
                }
                #expect(!slow.isCanceled(step), comment)
                #expect(times.start.seconds == slow.start(step), comment)
                #expect(times.finish.seconds == slow.finish(step), comment)
                #expect(times.latestFinish.seconds == slow.latestFinish(step), comment)
                #expect(times.slack == slow.slack(step), comment)
                // One in which work is done starts where that did.
                if facts.steps[step].progress == .todo, !slow.inside(step).contains(where: slow.isCompleted) {
                    let latest = slow.inside(step).map(slow.latestStart).min() ?? slow.latestStart(step)
                    #expect(times.latestStart.seconds == latest, comment)
                }
            }
            #expect(plan.finish.seconds == slow.end ?? random.start, "seed \(seed)")
            checkReasons(plan, slow, "seed \(seed)")
        }
        #expect(planned > 100)
    }

    /// The longest path, by way of all paths.
    @Test func isAsLongAsTheLongestPath() throws {
        for seed in UInt64(0)..<300 {
            var generator = SeededGenerator(seed: seed)
            let lengths = (0..<10).map { _ in Int64.random(in: 0...9, using: &generator) }
            var facts = PlanFacts(start: Instant(seconds: 0))
            facts.steps = lengths.enumerated().map { PlanFacts.Step(id: "\($0)", leadTime: $1) }
            for to in 1..<10 {
                for from in 0..<to where Int.random(in: 0..<3, using: &generator) == 0 {
                    facts.dependencies.append(PlanFacts.Dependency(from: from, to: to))
                }
            }
            func longest(from step: Int) -> Int64 {
                let after = facts.dependencies.filter { $0.from == step }.map { longest(from: $0.to) }
                return lengths[step] + (after.max() ?? 0)
            }
            let plan = try Plan(facts)
            #expect(plan.length == (0..<10).map(longest).max(), "seed \(seed)")
            // Around the clock, what drives the end has no slack, and is as long as the plan.
            #expect(plan.criticalPath.allSatisfy { plan.steps[$0]?.slack == 0 }, "seed \(seed)")
            #expect(plan.criticalPath.map { lengths[$0] }.reduce(0, +) == plan.length, "seed \(seed)")
        }
    }

    /// A step that starts at its latest start makes nothing late; one second of work later, and the end is late.
    @Test func hasExactlyTheSlackThatItSays() throws {
        let random = try RandomPlan()
        var tried = 0
        for seed in UInt64(1000)..<1150 {
            var facts = random.facts(seed: seed, hasProgress: false)
            facts.due = nil
            for step in facts.steps.indices { facts.steps[step].due = nil }
            guard let plan = try? Plan(facts) else { continue }
            let outer = Set(facts.steps.compactMap(\.parent))
            for step in facts.steps.indices where !outer.contains(step) && facts.steps[step].leadTime > 0 {
                let latest = try #require(plan.steps[step]).latestStart
                var changed = facts
                changed.steps[step].notBefore = latest
                #expect(try Plan(changed).finish == plan.finish, "seed \(seed), step \(step)")
                changed.steps[step].notBefore = Instant(seconds: latest.seconds + 1)
                #expect(try Plan(changed).finish > plan.finish, "seed \(seed), step \(step)")
                tried += 1
            }
        }
        #expect(tried > 200)
    }

    @Test func leavesCompletedWorkAndMovesTheRest() throws {
        let start = Instant(seconds: 1_000_000)
        func moment(_ hours: Int64) -> Instant { Instant(seconds: start.seconds + hours * 3600) }
        var facts = PlanFacts(start: start)
        facts.steps = [
            PlanFacts.Step(id: "done", leadTime: 3600, progress: .completed(start: moment(-9), end: moment(-3))),
            PlanFacts.Step(id: "doing", leadTime: 7200, progress: .started(at: moment(-2), remaining: 3600)),
            PlanFacts.Step(id: "held", leadTime: 3600, hold: PlanFacts.Hold(until: moment(5))),
            PlanFacts.Step(id: "gone", leadTime: 360_000, progress: .canceled),
            PlanFacts.Step(id: "last", leadTime: 3600),
        ]
        facts.dependencies = (0..<4).map { PlanFacts.Dependency(from: $0, to: $0 + 1) }
        let plan = try Plan(facts)
        #expect(plan.steps.map { $0?.start } == [moment(-9), moment(-2), moment(5), nil, moment(6)])
        #expect(plan.steps.map { $0?.finish } == [moment(-3), moment(1), moment(6), nil, moment(7)])
        #expect(plan.steps.map { $0?.reason.bound } == [.actual, .actual, .hold(2), nil, .upstream(2)])
        #expect(plan.steps.map { $0?.slack } == [nil, 4 * 3600, 0, nil, 0])
        #expect(plan.criticalPath == [2, 4])
        // What if the hold were released now.
        facts.steps[2].hold = nil
        let sooner = try Plan(facts)
        #expect(sooner.finish == moment(3))
        #expect(sooner.criticalPath == [1, 2, 4])
        // And all due an hour ago.
        facts.due = moment(-1)
        #expect(try Plan(facts).steps.map { $0?.slack } == [nil, -4 * 3600, -4 * 3600, nil, -4 * 3600])
    }

    @Test func spansWhatIsNested() throws {
        var facts = PlanFacts(start: Instant(seconds: 0))
        facts.steps = [
            PlanFacts.Step(id: "before", leadTime: 10),
            PlanFacts.Step(id: "outer", leadTime: 1000),
            PlanFacts.Step(id: "first", parent: 1, leadTime: 5),
            PlanFacts.Step(id: "second", parent: 1, leadTime: 7),
            PlanFacts.Step(id: "after", leadTime: 1),
        ]
        facts.dependencies = [(0, 1), (2, 3), (1, 4)].map { PlanFacts.Dependency(from: $0.0, to: $0.1) }
        let plan = try Plan(facts)
        #expect(plan.steps[1]?.start.seconds == 10 && plan.steps[1]?.finish.seconds == 22)
        #expect(plan.steps[1]?.reason.bound == .nested(2))
        #expect(plan.steps[2]?.reason.bound == .upstream(0))
        #expect(plan.steps[4]?.reason.bound == .upstream(3))
        #expect(plan.criticalPath == [0, 2, 3, 4])
        // With nothing left in it, its own lead time counts.
        facts.steps[2].progress = .canceled
        facts.steps[3].progress = .canceled
        #expect(try Plan(facts).length == 1011)
    }

    /// Whoever waited for a canceled step waits for what that waited for, but neither for its dates nor its hold, nor for those
    /// of what it is nested in.
    @Test func handsOnNoDatesOfACanceledStep() throws {
        let far = Instant(seconds: 1000)
        var facts = PlanFacts(start: Instant(seconds: 0))
        facts.steps = [
            PlanFacts.Step(id: "before", leadTime: 10),
            PlanFacts.Step(id: "outer", leadTime: 5, notBefore: far, hold: PlanFacts.Hold(until: far)),
            PlanFacts.Step(
                id: "gone",
                parent: 1,
                progress: .canceled,
                notBefore: far,
                hold: PlanFacts.Hold(until: far)
            ),
            PlanFacts.Step(id: "after", leadTime: 1),
            PlanFacts.Step(id: "left in it", parent: 2, leadTime: 1),
        ]
        facts.dependencies = [PlanFacts.Dependency(from: 0, to: 1), PlanFacts.Dependency(from: 2, to: 3)]
        facts.steps[1].progress = .canceled
        let plan = try Plan(facts)
        #expect(plan.steps[3]?.start.seconds == 10)
        #expect(plan.steps[3]?.reason.bound == .upstream(0))
        #expect(plan.steps[4]?.start.seconds == 10)
        facts.steps[1].progress = .todo
        #expect(try Plan(facts).steps.map { $0?.start.seconds } == [0, 1000, nil, 10, 1000])
    }

    @Test func plansNothingFromNoSteps() throws {
        let plan = try Plan(PlanFacts(start: Instant(seconds: 5)))
        #expect(plan.steps.isEmpty && plan.criticalPath.isEmpty && plan.length == 0)
    }

    /// Each reason is true, and accounts for the start.
    private func checkReasons(_ plan: Plan, _ slow: SlowPlanner, _ comment: Comment) {
        for (step, times) in plan.steps.enumerated() {
            guard let times, slow.inside(step).isEmpty, plan.facts.steps[step].progress == .todo else { continue }
            #expect(times.reason.at.seconds == slow.release(step), comment)
            #expect(times.reason.isClosed == (times.start > times.reason.at), comment)
            switch times.reason.bound {
            case .planStart: #expect(times.reason.at == plan.facts.start, comment)
            case .upstream(let other): #expect(plan.steps[other]?.finish == times.reason.at, comment)
            case .notBefore(let other): #expect(plan.facts.steps[other].notBefore == times.reason.at, comment)
            case .hold(let other): #expect(plan.facts.steps[other].hold?.until == times.reason.at, comment)
            case .actual, .capacity, .occupied, .sibling, .nested: Issue.record("\(times.reason.bound)")
            }
        }
    }
}

import Scheduling
import Testing

@Suite struct ConflictTests {
    private let start = Instant(seconds: 1_000_000)

    private func moment(_ seconds: Int64) -> Instant { Instant(seconds: start.seconds + seconds) }

    private func times(_ start: Int64?, _ end: Int64?) -> Conflict.Times {
        Conflict.Times(start: start.map(moment), end: end.map(moment))
    }

    @Test func findsNoneInWhatItPlannedItself() throws {
        let random = try RandomPlan()
        for seed in UInt64(0)..<150 {
            var facts = random.facts(seed: seed, hasProgress: false, capacity: 1...2)
            facts.due = nil
            for step in facts.steps.indices { facts.steps[step].due = nil }
            guard let plan = try? Plan(facts, capacity: .finite) else { continue }
            let schedule = plan.steps.map { Conflict.Times(start: $0?.start, end: $0?.finish) }
            #expect(try Conflict.all(in: facts, schedule: schedule) == [], "seed \(seed)")
        }
    }

    @Test func agreesWithTheRulesOwnWords() throws {
        let random = try RandomPlan()
        var kinds = [0, 0, 0, 0]
        for seed in UInt64(0)..<200 {
            let facts = random.facts(seed: seed, steps: 8, capacity: 1...2)
            var generator = SeededGenerator(seed: seed + 7)
            let schedule = facts.steps.map { _ in
                // Whole minutes, so that a walk over minutes sees all.
                let start = random.start + Int64.random(in: -60...5000, using: &generator) * 60
                return Conflict.Times(
                    start: Int.random(in: 0..<5, using: &generator) == 0 ? nil : Instant(seconds: start),
                    end: Int.random(in: 0..<5, using: &generator) == 0
                        ? nil : Instant(seconds: start + Int64.random(in: -20...900, using: &generator) * 60)
                )
            }
            let found: [Conflict]
            do throws(ScheduleRefusal) {
                found = try Conflict.all(in: facts, schedule: schedule)
            } catch {
                guard case .cycle = error else { throw error }
                continue
            }
            #expect(Set(found).count == found.count)
            let slow = SlowPlanner(facts, walks: random.walks)
            func first(_ step: Int) -> Instant? {
                switch facts.steps[step].progress {
                case .todo: schedule[step].start
                case .started(let at, _), .completed(let at, _): at
                case .canceled: nil
                }
            }
            // What is set wins at each level, so that only the next one down counts.
            func outmost(in step: Int) -> [Int] {
                slow.inside(step).filter { inner in slow.ancestors(inner).first { !slow.isCanceled($0) } == step }
            }
            func end(_ step: Int) -> Instant? {
                if case .completed(_, let end) = facts.steps[step].progress { return end }
                return slow.isCanceled(step) ? nil : schedule[step].end ?? outmost(in: step).compactMap(end).max()
            }
            func latest(_ step: Int) -> Instant? {
                let direct = ([step] + slow.ancestors(step)).reduce(into: Set<Int>()) {
                    $0.formUnion(slow.upstream($1))
                }
                return direct.flatMap { [end($0), slow.isCompleted($0) ? nil : latest($0)] }.compactMap { $0 }.max()
            }
            for step in facts.steps.indices {
                let comment: Comment = "seed \(seed), step \(step)"
                let isOpen = !slow.isCompleted(step) && !slow.isCanceled(step)
                let isTodo = facts.steps[step].progress == .todo
                let before = found.compactMap { conflict in
                    if case .beforeUpstreamEnds(step, _, let upstream, let ends) = conflict {
                        (upstream, ends)
                    } else {
                        nil
                    }
                }
                if isTodo, let at = first(step) ?? end(step), let last = latest(step), at < last {
                    kinds[0] += 1
                    #expect(before.count == 1 && before[0].1 == last && end(before[0].0) == last, comment)
                } else {
                    #expect(before.isEmpty, comment)
                }
                let isBackwards = isOpen && first(step).flatMap { first in end(step).map { $0 < first } } ?? false
                let backwards = found.contains {
                    if case .endBeforeStart(step, first(step), end(step)) = $0 { true } else { false }
                }
                #expect(backwards == isBackwards, comment)
                if isBackwards { kinds[1] += 1 }
                let around = [step] + slow.ancestors(step).filter { !slow.isCanceled($0) }
                let due = around.compactMap { facts.steps[$0].due }.first ?? facts.due
                let isLate = isOpen && due.map { $0 < max(end(step) ?? facts.start, facts.start) } ?? false
                let late = found.contains { if case .pastDue(step, _, due) = $0 { true } else { false } }
                #expect(late == isLate, comment)
                if isLate { kinds[2] += 1 }
            }
            for (center, values) in facts.workCenters.enumerated() {
                guard let calendar = values.calendar, let capacity = values.capacity else { continue }
                let walk = random.walks[calendar]
                let over = found.compactMap { conflict in
                    if case .overCapacity(center, let from, let until, let most, _, _) = conflict {
                        (from, until, most)
                    } else {
                        nil
                    }
                }
                let spans = facts.steps.indices.compactMap { step -> Range<Instant>? in
                    guard facts.steps[step].workCenter == center, !slow.isCompleted(step), slow.inside(step).isEmpty,
                        let first = first(step), let end = end(step), first < end
                    else { return nil }
                    return first..<end
                }
                var isWrong = false
                var most = 0
                for minute in 0..<7000 {
                    let at = Instant(seconds: random.start + Int64(minute) * 60)
                    guard walk.works[Int(at.seconds - walk.start) / 60] else { continue }
                    let count = spans.count { $0.contains(at) }
                    most = max(most, count)
                    let isOver = over.contains { $0.0 <= at && at < $0.1 }
                    if isOver != (count > capacity) { isWrong = true }
                }
                kinds[3] += over.count
                #expect(!isWrong, "seed \(seed), work center \(center)")
                #expect(over.map(\.2).max() ?? most == most, "seed \(seed), work center \(center)")
            }
        }
        #expect(kinds.allSatisfy { $0 > 10 }, "\(kinds)")
    }

    @Test func namesEachWithItsReason() throws {
        var facts = PlanFacts(start: start, due: moment(100))
        facts.workCenters = [PlanFacts.WorkCenter(name: "mill", capacity: 1)]
        facts.steps = ["a", "gone", "b", "c"].map { PlanFacts.Step(id: $0, workCenter: 0, leadTime: 10) }
        facts.steps[1].progress = .canceled
        facts.dependencies = [(0, 1), (1, 2)].map { PlanFacts.Dependency(from: $0.0, to: $0.1) }
        let schedule = [times(0, 50), times(0, 1), times(40, 60), times(120, 110)]
        #expect(
            try Conflict.all(in: facts, schedule: schedule) == [
                .beforeUpstreamEnds(step: 2, at: moment(40), upstream: 0, ends: moment(50)),
                .endBeforeStart(step: 3, start: moment(120), end: moment(110)),
                .pastDue(step: 3, ends: moment(110), due: moment(100)),
                .overCapacity(workCenter: 0, from: moment(40), until: moment(50), most: 2, capacity: 1, step: 2),
            ]
        )
        // What follows right on is none.
        let well = [times(0, 50), times(nil, nil), times(50, 60), times(60, 100)]
        #expect(try Conflict.all(in: facts, schedule: well) == [])
    }

    @Test func refusesAScheduleOfOtherStepsAndMomentsAThousandYearsAway() {
        var facts = PlanFacts(start: start)
        facts.steps = [PlanFacts.Step(id: "a")]
        #expect(throws: ScheduleRefusal.noSuchPosition(what: "schedule", position: 0)) {
            try Conflict.all(in: facts, schedule: [])
        }
        #expect(throws: ScheduleRefusal.stepBeyondReach(step: "a")) {
            try Conflict.all(in: facts, schedule: [times(10 * Instant.reach, nil)])
        }
        #expect(throws: ScheduleRefusal.stepBeyondReach(step: "a")) {
            try Conflict.all(in: facts, schedule: [Conflict.Times(end: Instant(seconds: Int64.max))])
        }
    }
}

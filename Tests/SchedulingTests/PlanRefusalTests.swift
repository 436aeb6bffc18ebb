import Scheduling
import Testing

@Suite struct PlanRefusalTests {
    private let start = Instant(seconds: 1_000_000)

    private func refusal(_ change: (inout PlanFacts) -> Void) -> ScheduleRefusal? {
        var facts = PlanFacts(start: start)
        facts.workCenters = [PlanFacts.WorkCenter(name: "mill")]
        facts.steps = ["a", "b", "c"].map { PlanFacts.Step(id: $0, workCenter: 0, leadTime: 60) }
        facts.dependencies = [PlanFacts.Dependency(from: 0, to: 1), PlanFacts.Dependency(from: 1, to: 2)]
        change(&facts)
        do throws(ScheduleRefusal) {
            _ = try Plan(facts)
            return nil
        } catch {
            return error
        }
    }

    @Test func takesWhatIsWell() {
        #expect(refusal { _ in } == nil)
    }

    @Test func refusesANegativeLeadTime() {
        #expect(refusal { $0.steps[1].leadTime = -1 } == .negativeLeadTime(step: "b", seconds: -1))
        #expect(
            refusal { $0.steps[1].progress = .started(at: start, remaining: Int64.min) }
                == .negativeLeadTime(step: "b", seconds: Int64.min)
        )
    }

    @Test func refusesAnEndBeforeItsStart() {
        let end = Instant(seconds: start.seconds - 10)
        let wrong = PlanFacts.Progress.completed(start: Instant(seconds: end.seconds + 1), end: end)
        #expect(refusal { $0.steps[0].progress = wrong } == .endBeforeStart(step: "a"))
    }

    @Test func refusesWorkOfTheFuture() {
        let later = Instant(seconds: start.seconds + 1)
        #expect(refusal { $0.steps[0].progress = .started(at: later, remaining: 0) } == .notYet(step: "a"))
        #expect(refusal { $0.steps[0].progress = .completed(start: start, end: later) } == .notYet(step: "a"))
    }

    @Test func refusesMomentsAThousandYearsAway() {
        for far in [start.seconds + 10 * Instant.reach, Int64.max, Int64.min, start.seconds - 10 * Instant.reach]
            .map(Instant.init(seconds:))
        {
            #expect(refusal { $0.start = far } == .outsidePlannableTime(far))
            #expect(refusal { $0.due = far } == .outsidePlannableTime(far))
            #expect(refusal { $0.steps[2].due = far } == .stepBeyondReach(step: "c"))
            #expect(refusal { $0.steps[2].notBefore = far } == .stepBeyondReach(step: "c"))
            #expect(refusal { $0.steps[2].hold = PlanFacts.Hold(until: far) } == .stepBeyondReach(step: "c"))
        }
    }

    @Test func refusesWorkOfAThousandYears() {
        for long in [10 * Instant.reach, Int64.max, Instant.reach + 1] {
            #expect(refusal { $0.steps[0].leadTime = long } == .beyondReach(calendar: "24/7"))
        }
        #expect(
            refusal { for step in 0..<3 { $0.steps[step].leadTime = Instant.reach / 2 } }
                == .beyondReach(calendar: "24/7")
        )
    }

    @Test func refusesPositionsThatAreNot() {
        #expect(refusal { $0.steps[0].workCenter = 1 } == .noSuchPosition(what: "work center", position: 1))
        #expect(refusal { $0.steps[0].parent = -1 } == .noSuchPosition(what: "parent", position: -1))
        #expect(refusal { $0.workCenters[0].calendar = 0 } == .noSuchPosition(what: "calendar", position: 0))
        #expect(refusal { $0.dependencies[0].to = 3 } == .noSuchPosition(what: "dependency", position: 3))
        #expect(refusal { $0.dependencies[0].from = Int.max } == .noSuchPosition(what: "dependency", position: Int.max))
    }

    @Test func refusesAWorkCenterWithoutRoom() {
        #expect(refusal { $0.workCenters[0].capacity = 0 } == .capacityNotPositive(workCenter: "mill", capacity: 0))
    }

    @Test func namesTheStepsOfACycle() {
        #expect(refusal { $0.dependencies.append(.init(from: 2, to: 1)) } == .cycle(steps: ["b", "c"]))
        #expect(refusal { $0.dependencies.append(.init(from: 1, to: 1)) } == .cycle(steps: ["b"]))
        // A step after what it is nested in, and before.
        #expect(refusal { $0.steps[1].parent = 0 } == .cycle(steps: ["a", "b"]))
        #expect(refusal { $0.steps[0].parent = 1 } == .cycle(steps: ["a", "b"]))
        #expect(refusal { $0.steps[0].parent = 0 } == .cycle(steps: ["a"]))
        // Through two steps that are nested in each other's neighbours.
        #expect(
            refusal {
                $0.dependencies = [.init(from: 2, to: 0)]
                $0.steps[1].parent = 0
                $0.steps[2].parent = 1
            } == .cycle(steps: ["a", "b", "c"])
        )
    }

    /// Rings among random graphs: found exactly where one step reaches itself, and every two neighbours in it are tied.
    @Test func findsACycleExactlyWhereThereIsOne() throws {
        let random = try RandomPlan()
        var found = 0
        for seed in UInt64(0)..<300 {
            let facts = random.facts(seed: seed, steps: 7, backwards: 0.03)
            var reaches = Array(repeating: Array(repeating: false, count: 14), count: 14)
            for (step, values) in facts.steps.enumerated() {
                reaches[2 * step][2 * step + 1] = true
                if let parent = values.parent {
                    reaches[2 * parent][2 * step] = true
                    reaches[2 * step + 1][2 * parent + 1] = true
                }
            }
            for dependency in facts.dependencies { reaches[2 * dependency.from + 1][2 * dependency.to] = true }
            for via in 0..<14 {
                for from in 0..<14 where reaches[from][via] {
                    for to in 0..<14 where reaches[via][to] { reaches[from][to] = true }
                }
            }
            let hasRing = (0..<14).contains { reaches[$0][$0] }
            do throws(ScheduleRefusal) {
                _ = try Plan(facts)
                #expect(!hasRing, "seed \(seed)")
            } catch {
                guard case .cycle(let ids) = error else { throw error }
                found += 1
                #expect(hasRing, "seed \(seed)")
                let ring = ids.compactMap { id in facts.steps.firstIndex { $0.id == id } }
                #expect(!ring.isEmpty && ring.count == ids.count, "seed \(seed)")
                for (one, next) in zip(ring, ring.dropFirst() + ring.prefix(1)) where ring.count > 1 {
                    let isTied =
                        facts.dependencies.contains(.init(from: one, to: next)) || facts.steps[one].parent == next
                        || facts.steps[next].parent == one
                    #expect(isTied, "seed \(seed)")
                }
            }
        }
        #expect((50..<250).contains(found))
    }
}

import Scheduling
import Testing

/// Who a refusal to plan is about.
@Suite struct RefusedStepTests {
    private let far: Int64 = 9_000_000_000

    private func refused(_ world: RunWorld) throws -> [RefusedStep] {
        let facts = try RunFacts(json: world.json())
        do throws(ScheduleRefusal) {
            _ = try RunPlan(facts, capacity: .infinite)
            return []
        } catch {
            return facts.refused(error)
        }
    }

    private func refused(said: String) throws -> [RefusedStep.Moment?] {
        var world = RunWorld(runs: ["A": 1])
        world.said["A"] = #""is_over":false,"is_late":false,\#(said)"#
        return try refused(world).map(\.far)
    }

    @Test func namesTheStepAndWhichOfItsMomentsIsOutOfReach() throws {
        var world = RunWorld(runs: ["A": 2])
        world.schedule["A1"] = (1_000_000, far)
        let step = try #require(try refused(world).first)
        #expect(step.id == "A1" && step.title == "A1" && step.runID == "A" && step.runNumber == 1)
        #expect(step.far == .scheduledEnd(Instant(seconds: far)))
        world.schedule["A1"] = (far, far)
        #expect(try refused(world).map(\.far) == [.scheduledStart(Instant(seconds: far))])
        #expect(try refused(said: #""not_before":\#(far)"#) == [.runStart(Instant(seconds: far))])
        #expect(try refused(said: #""due":\#(far)"#) == [.runDue(Instant(seconds: far))])
        world = RunWorld(runs: ["A": 1], states: ["A0": "completed"], began: -far)
        #expect(try refused(world).map(\.far) == [.started(Instant(seconds: -far))])
    }

    @Test func namesTheRunThatIsWaitedFor() throws {
        let step = try #require(try refused(RunWorld(runs: ["A": 1], supplies: [("A", nil, "B", far, false)])).first)
        #expect(step.id == nil && step.title == nil && step.runID == "B" && step.runNumber == 1)
        #expect(step.far == .runEnd(Instant(seconds: far)))
    }

    @Test func namesAllOfARing() throws {
        let world = RunWorld(runs: ["A": 2, "B": 1], dependencies: [("A1", "A0")])
        #expect(try refused(world).map(\.id) == ["A0", "A1"])
    }

    @Test func namesWhoCantStartWithItsSiblings() throws {
        var world = RunWorld(runs: ["A": 2, "B": 2], siblings: ["A0": "x", "B1": "x", "A1": "y", "B0": "y"])
        let named = try refused(world)
        #expect(named.count == 1 && named[0].title == named[0].id && named[0].runNumber == 1)
        world.siblings = [:]
        #expect(try refused(world).isEmpty)
    }
}

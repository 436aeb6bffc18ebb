/// A schedule: earliest and latest times, slack and what drives the end (H3). A pure function of its facts, which writes nothing.
///
/// Completed work stays where it was, work in progress has its remainder from the start on, all else moves. Without capacity
/// the times are exact and cost steps plus dependencies, each with a search in its calendar.
package struct Plan: Sendable {
    package let facts: PlanFacts
    /// One for each of the facts' steps, in their order; nil for a canceled one.
    package let steps: [PlannedStep?]
    /// When the last step ends; the start, if there is none.
    package let finish: Instant
    /// The steps that drive the end, by position, first to last: each starts as soon as the one before it and its own work
    /// center let it. What is completed is not in it.
    package let criticalPath: [Int]

    /// Whether work centers take any number of steps at a time, or as many as they have room for.
    package enum Capacity: Sendable {
        case infinite
        /// Steps are placed one by one where there is room: of those that wait for no other, first the one with the least latest
        /// finish, then the least slack, then the least id (serial schedule generation). This is a heuristic: a good plan in
        /// which every step has a reason, but finding the shortest one is beyond any quick method (NP-hard). Work in progress
        /// keeps its place whatever the capacity, and so does what is not planned here. It costs several times what infinite does, and where the work of one work
        /// center leaves many gaps, at worst the square of its steps.
        case finite
    }

    /// - Throws: ``ScheduleRefusal``.
    package init(_ facts: PlanFacts, capacity: Capacity = .infinite) throws(ScheduleRefusal) {
        try facts.check()
        let network = try PlanNetwork(facts)
        var times = try PlanTimes(facts)
        var together = Together(facts)
        var forward = try Self.forward(facts, network, &times, &together, priorities: nil)
        var backward = BackwardPass(facts)
        try backward.run(network, forward, &times)
        if capacity == .finite {
            forward = try Self.forward(facts, network, &times, &together, priorities: backward)
            backward = BackwardPass(facts)
            try backward.run(network, forward, &times)
        }
        self.facts = facts
        steps = facts.steps.indices.map { forward.planned($0, backward) }
        finish = Instant(seconds: forward.end ?? facts.start.seconds)
        criticalPath = forward.criticalPath()
    }

    /// Plans forward until what is worked as one starts together.
    private static func forward(
        _ facts: PlanFacts,
        _ network: PlanNetwork,
        _ times: inout PlanTimes,
        _ together: inout Together,
        priorities: BackwardPass?
    ) throws(ScheduleRefusal) -> ForwardPass {
        var apart = 0
        for _ in 0..<together.rounds {
            var forward = ForwardPass(facts, together)
            if let priorities {
                try forward.run(network, &times, priorities)
            } else {
                try forward.run(network, &times)
            }
            guard let step = together.hold(forward.start) else { return forward }
            apart = step
        }
        throw .siblingsApart(step: facts.steps[apart].id)
    }

    /// Seconds by the clock from where planning starts to where the last step ends.
    package var length: Int64 { max(0, finish.seconds - facts.start.seconds) }
}

/// The working time of each work center, shared by those of one calendar.
struct PlanTimes: Sendable {
    private var times: [WorkTime]
    /// Of each step, the position in ``times``.
    private let ofStep: [Int32]

    init(_ facts: PlanFacts) throws(ScheduleRefusal) {
        times = [try WorkTime(.always, around: facts.start)]
        for calendar in facts.calendars { times.append(try WorkTime(calendar, around: facts.start)) }
        ofStep = facts.steps.map { step in
            Int32((step.workCenter.flatMap { facts.workCenters[$0].calendar } ?? -1) + 1)
        }
    }

    mutating func position(_ step: Int, _ seconds: Int64) throws(ScheduleRefusal) -> Int64 {
        try times[Int(ofStep[step])].position(of: Instant(seconds: seconds))
    }

    mutating func opening(_ step: Int, _ position: Int64) throws(ScheduleRefusal) -> Int64 {
        try times[Int(ofStep[step])].opening(at: position).seconds
    }

    mutating func closing(_ step: Int, _ position: Int64) throws(ScheduleRefusal) -> Int64 {
        try times[Int(ofStep[step])].closing(at: position).seconds
    }

    /// ``PlanFacts/range(of:in:)``.
    mutating func range(
        of taken: PlanFacts.Occupation,
        _ facts: PlanFacts
    ) throws(ScheduleRefusal) -> Range<Int64>? {
        try facts.range(of: taken, in: &times[(facts.workCenters[taken.workCenter].calendar ?? -1) + 1])
    }

    func sum(_ step: Int, _ position: Int64, _ seconds: Int64) throws(ScheduleRefusal) -> Int64 {
        try times[Int(ofStep[step])].sum(position, seconds)
    }
}

/// What is wrong with a schedule as it stands, and why (H4); steps and work centers by position.
///
/// Conflicts are named, never mended: a schedule with them can be kept.
package enum Conflict: Hashable, Sendable {
    /// It is to end before it starts.
    case endBeforeStart(step: Int, start: Instant, end: Instant)
    /// It is to start, or, where only its end is set, to end, before this step upstream of it, at any depth, ends.
    case beforeUpstreamEnds(step: Int, at: Instant, upstream: Int, ends: Instant)
    /// It ends after its due date, or isn't done although that has passed.
    case pastDue(step: Int, ends: Instant, due: Instant)
    /// More is to be worked on at once than the work center takes: up to `most`, that of others among it, from the moment on that
    /// `step` starts, or another while it lasts.
    case overCapacity(workCenter: Int, from: Instant, until: Instant, most: Int, capacity: Int, step: Int)

    /// The step that it is about.
    package var step: Int {
        switch self {
        case .endBeforeStart(let step, _, _), .beforeUpstreamEnds(let step, _, _, _), .pastDue(let step, _, _),
            .overCapacity(_, _, _, _, _, let step):
            step
        }
    }

    /// When a step is to start and to end, as far as that is set (H1).
    package struct Times: Hashable, Sendable {
        package var start: Instant?
        package var end: Instant?

        package init(start: Instant? = nil, end: Instant? = nil) {
            self.start = start
            self.end = end
        }
    }

    /// All conflicts of a schedule, by step, then by work center; in time linear in steps and dependencies, but for sorting what
    /// each work center works on.
    ///
    /// What happened counts as it did, whatever was scheduled: both times of a completed step, the start of one in progress. A
    /// step with others nested in it ends, if nothing is set, with the last of them. Work over capacity counts from the facts'
    /// start on, within working hours, where both times are set.
    /// - Parameters:
    ///   - facts: `start` is now.
    ///   - schedule: one for each of the facts' steps.
    /// - Throws: ``ScheduleRefusal``.
    package static func all(in facts: PlanFacts, schedule: [Times]) throws(ScheduleRefusal) -> [Conflict] {
        try facts.check()
        guard schedule.count == facts.steps.count else {
            throw .noSuchPosition(what: "schedule", position: min(schedule.count, facts.steps.count))
        }
        for (step, times) in schedule.enumerated() {
            guard facts.isInReach(times.start), facts.isInReach(times.end) else {
                throw .stepBeyondReach(step: facts.steps[step].id)
            }
        }
        var search = ConflictSearch(facts, schedule, try PlanNetwork(facts))
        return search.ofSteps() + (try search.ofWorkCenters())
    }
}

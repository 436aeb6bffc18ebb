/// A plan of runs, with the steps by their ids, and what is wrong with it (H3, H4).
package struct RunPlan: Sendable {
    /// A step, unless it is canceled.
    package struct Step: Sendable {
        package var id: String
        package var runID: String
        package var planned: PlannedStep
        /// Whether it drives the end.
        package var isCritical: Bool
    }

    package let facts: RunFacts
    package let plan: Plan
    package let steps: [Step]
    /// Of the schedule that is kept now, before this plan is applied.
    package let conflicts: [Conflict]

    /// - Throws: ``ScheduleRefusal``.
    init(_ facts: RunFacts, capacity: Plan.Capacity) throws(ScheduleRefusal) {
        let values = try facts.planFacts()
        let plan = try Plan(values, capacity: capacity)
        let critical = Set(plan.criticalPath)
        self.facts = facts
        self.plan = plan
        var steps: [Step] = []
        for (position, planned) in plan.steps.enumerated() {
            guard let planned else { continue }
            let step = facts.steps[position]
            steps.append(
                Step(id: step.id, runID: step.runId, planned: planned, isCritical: critical.contains(position))
            )
        }
        self.steps = steps
        conflicts = try Conflict.all(
            in: values,
            schedule: facts.steps.map {
                Conflict.Times(
                    start: $0.scheduledStart.map(Instant.init(seconds:)),
                    end: $0.scheduledEnd.map(Instant.init(seconds:))
                )
            }
        )
    }

    /// The steps whose times are for the plan to say: nobody has started them, and nothing that counts is nested in them, which would
    /// say it for them (H1).
    var toSchedule: [Step] {
        var isOuter: Set<String> = []
        for step in facts.steps where step.state != "canceled" {
            if let parent = step.parentId { isOuter.insert(parent) }
        }
        let states = Dictionary(uniqueKeysWithValues: facts.steps.map { ($0.id, $0) })
        return steps.filter { step in
            guard let known = states[step.id], !isOuter.contains(step.id) else { return false }
            return known.state != "completed" && known.startedAt == nil
        }
    }

    /// The id of the step at a position of the plan.
    package func id(_ position: Int) -> String { facts.steps[position].id }
}

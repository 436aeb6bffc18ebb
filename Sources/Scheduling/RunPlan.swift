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

    /// A run that waits for another's output, and when that comes.
    package struct Wait: Sendable {
        package var supply: RunFacts.Supply
        package var state: State
        /// When the supplying run ends, as far as that is known.
        package var ends: Instant?

        package enum State: String, CaseIterable, Sendable {
            /// The supplying run is planned with it.
            case planned
            /// It is not, and ends when it was scheduled to.
            case scheduled
            /// Nobody knows when it ends; it holds up nothing here.
            case unscheduled
            /// It was canceled, and holds up nothing here.
            case canceled
        }
    }

    package let facts: RunFacts
    package let plan: Plan
    package let steps: [Step]
    /// Of the schedule that is kept now, before this plan is applied.
    package let conflicts: [Conflict]
    package let runConflicts: [RunConflict]
    package let waits: [Wait]
    /// The steps of the critical path.
    package let criticalPath: [Int]

    /// - Throws: ``ScheduleRefusal``.
    package init(
        _ facts: RunFacts,
        capacity: Plan.Capacity,
        keeping: RunFacts.Keeping = .nothing
    ) throws(ScheduleRefusal) {
        let values = try facts.planFacts(keeping: keeping)
        let plan = try Plan(values, capacity: capacity)
        // What stands for a run is no step.
        criticalPath = plan.criticalPath.filter { $0 < facts.steps.count }
        let critical = Set(criticalPath)
        self.facts = facts
        self.plan = plan
        var steps: [Step] = []
        for (position, planned) in plan.steps.prefix(facts.steps.count).enumerated() {
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
            } + facts.scheduleOfAdded(values)
        ).filter { $0.step < facts.steps.count }
        runConflicts = RunConflict.all(in: facts, beside: conflicts)
        waits = Self.waits(facts, plan)
    }

    private static func waits(_ facts: RunFacts, _ plan: Plan) -> [Wait] {
        let planned = Set(facts.runs.map(\.id))
        var ends: [String: Instant] = [:]
        for (step, times) in zip(plan.facts.steps, plan.steps).dropFirst(facts.steps.count) {
            ends[step.id] = times?.finish
        }
        return facts.supplies.map { supply in
            if supply.isCanceled { return Wait(supply: supply, state: .canceled, ends: nil) }
            if planned.contains(supply.supplyingRunId) {
                return Wait(supply: supply, state: .planned, ends: ends[supply.supplyingRunId])
            }
            let end = supply.effectiveEnd.map(Instant.init(seconds:))
            return Wait(supply: supply, state: end == nil ? .unscheduled : .scheduled, ends: end)
        }
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

    /// When each step is to be scheduled, by its id: siblings all at once, from when the last of them can start, or at the latest
    /// when the first of them must (K3); never before they can: what is late is planned for the earliest.
    package func times(isLatest: Bool) -> [String: (start: Instant, end: Instant)] {
        let siblings = Dictionary(uniqueKeysWithValues: facts.steps.map { ($0.id, $0.siblingId) })
        var times: [String: (start: Instant, end: Instant)] = [:]
        var shared: [String: (start: Instant, end: Instant)] = [:]
        for step in toSchedule {
            let start = isLatest ? max(step.planned.latestStart, step.planned.start) : step.planned.start
            let end = isLatest ? max(step.planned.latestFinish, step.planned.finish) : step.planned.finish
            times[step.id] = (start, end)
            guard let sibling = siblings[step.id] ?? nil else { continue }
            let known = shared[sibling] ?? (start, end)
            shared[sibling] =
                isLatest
                ? (min(known.start, start), min(known.end, end)) : (max(known.start, start), max(known.end, end))
        }
        for id in times.keys {
            if let sibling = siblings[id] ?? nil, let one = shared[sibling] { times[id] = one }
        }
        return times
    }

    /// The id of the step at a position of the plan; nil where that stands for a run as a whole.
    package func stepID(_ position: Int) -> String? {
        position < facts.steps.count ? facts.steps[position].id : nil
    }

    /// The id of the run that the step at a position is of, or stands for.
    package func runID(_ position: Int) -> String {
        position < facts.steps.count ? facts.steps[position].runId : plan.facts.steps[position].id
    }
}

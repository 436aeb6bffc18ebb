/// What is wrong with a run as it stands, and why (H4): what was said of the run, or of a step with others nested in it, against
/// what is in it. All by their ids.
package struct RunConflict: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// The run is to end before it starts: one of the two was said, and its steps have the other.
        case endBeforeStart
        /// The run, or what is in it, is planned beyond its due date, or isn't done although that has passed.
        case pastDue
        /// A step is to start before what it is in does, which is a run or a step.
        case startsOutside
        /// A step is to end after what it is in does.
        case endsOutside
    }

    package var kind: Kind
    package var run: String
    /// Nil where it is the run's own.
    package var step: String?
    /// The step that it is outside of; nil: the run.
    package var outer: String?
    /// When it is planned.
    package var at: Instant
    /// When it should be, at the latest or the earliest.
    package var limit: Instant

    package init(
        kind: Kind,
        run: String,
        step: String? = nil,
        outer: String? = nil,
        at: Instant,
        limit: Instant
    ) {
        self.kind = kind
        self.run = run
        self.step = step
        self.outer = outer
        self.at = at
        self.limit = limit
    }

    /// All that there are, by run. One that is past its due date is named where no step of it is, or where the end that was said of
    /// it is, too: so of each run that is late a conflict says so.
    ///
    /// - Parameter conflicts: those of the steps.
    static func all(in facts: RunFacts, beside conflicts: [Conflict]) -> [RunConflict] {
        var late: Set<String> = []
        for case .pastDue(let step, _, _) in conflicts where step < facts.steps.count {
            late.insert(facts.steps[step].runId)
        }
        let lateRuns = Set(facts.lateRuns)
        let outside = Dictionary(grouping: ofSteps(facts), by: \.run)
        return facts.runs.flatMap { run -> [RunConflict] in
            guard !run.isOver else { return [] }
            var found: [RunConflict] = []
            func add(_ kind: Kind, _ at: Int64, _ limit: Int64) {
                found.append(
                    RunConflict(kind: kind, run: run.id, at: Instant(seconds: at), limit: Instant(seconds: limit))
                )
            }
            if let start = run.effectiveStart, let end = run.effectiveEnd, end < start {
                add(.endBeforeStart, end, start)
            }
            if lateRuns.contains(run.id), let due = run.due {
                if !late.contains(run.id) {
                    add(.pastDue, max(run.plannedUntil ?? facts.now, facts.now), due)
                } else if let end = run.scheduledEnd, end > due {
                    add(.pastDue, end, due)
                }
            }
            return found + (outside[run.id] ?? [])
        }
    }

    /// The open steps of which a time was said that lies outside what was said of the next around them.
    private static func ofSteps(_ facts: RunFacts) -> [RunConflict] {
        let steps = Dictionary(uniqueKeysWithValues: facts.steps.map { ($0.id, $0) })
        let runs = Dictionary(uniqueKeysWithValues: facts.runs.map { ($0.id, $0) })
        func around(
            _ step: RunFacts.Step,
            _ ofStep: (RunFacts.Step) -> Int64?,
            _ ofRun: (RunFacts.Run) -> Int64?
        ) -> (outer: String?, limit: Int64)? {
            var parent = step.parentId.flatMap { steps[$0] }
            while let outer = parent {
                if outer.state != "canceled", let limit = ofStep(outer) { return (outer.id, limit) }
                parent = outer.parentId.flatMap { steps[$0] }
            }
            return runs[step.runId].flatMap(ofRun).map { (nil, $0) }
        }
        var found: [RunConflict] = []
        func add(_ kind: Kind, _ step: RunFacts.Step, _ outer: String?, _ at: Int64, _ limit: Int64) {
            let (at, limit) = (Instant(seconds: at), Instant(seconds: limit))
            found.append(RunConflict(kind: kind, run: step.runId, step: step.id, outer: outer, at: at, limit: limit))
        }
        for step in facts.steps where step.state != "completed" && step.state != "canceled" {
            // What has started did so when it did.
            if step.startedAt == nil, let at = step.scheduledStart,
                let (outer, limit) = around(step, \.scheduledStart, \.notBefore), at < limit
            {
                add(.startsOutside, step, outer, at, limit)
            }
            if let at = step.scheduledEnd, let (outer, limit) = around(step, \.scheduledEnd, \.scheduledEnd),
                at > limit
            {
                add(.endsOutside, step, outer, at, limit)
            }
        }
        return found
    }
}

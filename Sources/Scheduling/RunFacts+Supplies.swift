extension RunFacts {
    /// Has runs wait for what others build (H3): a run that is planned here is one more step around its own, which ends with the
    /// last of them; one that is not ends when it is scheduled to. A canceled one, or one that nobody scheduled, holds up nothing:
    /// the plan names it (``RunPlan/Wait``).
    ///
    /// The added steps come after all others and bear the ids of their runs.
    func addSupplies(to facts: inout PlanFacts, _ positions: [String: Int]) {
        let runs = Dictionary(uniqueKeysWithValues: runs.map { ($0.id, $0) })
        var added: [String: Int] = [:]
        func run(_ id: String, endsAt end: Int64?) -> Int {
            if let position = added[id] { return position }
            let position = facts.steps.count
            added[id] = position
            let due = runs[id]?.due.map(Instant.init(seconds:))
            facts.steps.append(PlanFacts.Step(id: id, notBefore: end.map(Instant.init(seconds:)), due: due))
            return position
        }
        for supply in supplies where !supply.isCanceled {
            let isPlanned = runs[supply.supplyingRunId] != nil
            guard isPlanned || supply.effectiveEnd != nil else { continue }
            let from = run(supply.supplyingRunId, endsAt: isPlanned ? nil : supply.effectiveEnd)
            let to = supply.runStepId.flatMap { positions[$0] } ?? run(supply.runId, endsAt: nil)
            facts.dependencies.append(PlanFacts.Dependency(from: from, to: to))
        }
        guard !added.isEmpty else { return }
        for (position, step) in steps.enumerated() where step.parentId == nil {
            facts.steps[position].parent = added[step.runId]
        }
    }

    /// When what was added for runs is scheduled to end: those that are not planned here.
    func scheduleOfAdded(_ facts: PlanFacts) -> [Conflict.Times] {
        facts.steps[steps.count...].map { Conflict.Times(end: $0.notBefore) }
    }
}

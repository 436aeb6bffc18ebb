/// What of a schedule moves when what is left of its runs is planned again, from now on (H3).
///
/// What is done stands. What is in progress keeps its start, and is to end when what is left of it is worked off. All else keeps
/// its place while it can; what it can't keep it leaves for the first that it can.
package struct Replan: Sendable {
    /// A step whose schedule changes, and why it can't be earlier.
    package struct Move: Sendable {
        package var step: RunPlan.Step
        package var title: String
        package var startBefore: Instant?
        package var endBefore: Instant?
        /// Nil where it has started: that stays.
        package var start: Instant?
        package var end: Instant
    }

    /// A run with something left to do: when the last of its steps was to end, and is to end then.
    package struct Run: Sendable {
        package var facts: RunFacts.Run
        package var endBefore: Instant?
        package var end: Instant
        /// How many of its steps move.
        package var moves: Int
    }

    package let plan: RunPlan
    /// In the order of their ids.
    package let runs: [Run]
    package let moves: [Move]
    /// When each step that is left ends then, by its id.
    package let ends: [String: Instant]
    /// How many steps that are left stay where they are.
    package let unmoved: Int
    /// When the last of what is left was scheduled to end.
    package let finishBefore: Instant?

    /// - Parameter isEarlier: whether steps move to earlier times, too, where something was canceled or went faster.
    /// - Throws: ``ScheduleRefusal``.
    package init(_ facts: RunFacts, capacity: Plan.Capacity, isEarlier: Bool) throws(ScheduleRefusal) {
        plan = try RunPlan(facts, capacity: capacity, keeping: isEarlier ? .lengths : .starts)
        let times = plan.times(isLatest: false)
        let known = Dictionary(uniqueKeysWithValues: facts.steps.map { ($0.id, $0) })
        var moves: [Move] = []
        var unmoved = 0
        var finishBefore: Int64?
        var ends: [String: Instant] = [:]
        var endsOfRuns: [String: Ends] = [:]
        for step in plan.steps {
            guard let before = known[step.id], before.state != "completed" else { continue }
            var move = Move(
                step: step,
                title: before.title,
                startBefore: before.scheduledStart.map(Instant.init(seconds:)),
                endBefore: before.scheduledEnd.map(Instant.init(seconds:)),
                end: step.planned.finish
            )
            if let time = times[step.id] {
                move.start = time.start
                move.end = time.end
                if move.startBefore == move.start, move.endBefore == move.end { move.start = nil }
                if move.start == nil { unmoved += 1 } else { moves.append(move) }
            } else if before.startedAt != nil, let end = move.endBefore {
                // One that is late, or with others nested in it that end later; what nobody said follows by itself.
                if end < step.planned.finish || isEarlier && end > step.planned.finish && move.isInOrder {
                    moves.append(move)
                } else {
                    unmoved += 1
                }
            }
            if let end = before.scheduledEnd { finishBefore = max(finishBefore ?? end, end) }
            let isMoved = moves.last?.step.id == step.id
            let end = isMoved ? move.end : move.endBefore ?? move.end
            ends[step.id] = end
            endsOfRuns[step.runID, default: Ends()].add(before: move.endBefore, after: end, isMoved: isMoved)
        }
        self.moves = moves
        self.ends = ends
        runs = facts.runs.compactMap { run in
            endsOfRuns[run.id].flatMap { ends in
                ends.after.map { Run(facts: run, endBefore: ends.before, end: $0, moves: ends.moves) }
            }
        }
        self.unmoved = unmoved
        self.finishBefore = finishBefore.map(Instant.init(seconds:))
    }
}

/// The last end of some steps, before and after.
private struct Ends {
    var before: Instant?
    var after: Instant?
    var moves = 0

    mutating func add(before: Instant?, after: Instant, isMoved: Bool) {
        if let before { self.before = max(self.before ?? before, before) }
        self.after = max(self.after ?? after, after)
        if isMoved { moves += 1 }
    }
}

extension Replan.Move {
    /// Whether the new end is after the start that was scheduled.
    fileprivate var isInOrder: Bool { startBefore.map { $0 <= end } ?? true }
}

/// When each step must be done at the latest: from the due dates, back along the order of events.
struct BackwardPass: Sendable {
    private let facts: PlanFacts
    private(set) var start: [Int64]
    private(set) var finish: [Int64]
    private(set) var slack: [Int64?]
    /// What each step is held to when nothing comes after it.
    private var due: [Int64]
    /// When each step must be done, and must have begun; `Int64.max` while nothing says so.
    private var deadline: [Int64]
    private var mustBegin: [Int64]

    init(_ facts: PlanFacts) {
        self.facts = facts
        let count = facts.steps.count
        start = Array(repeating: Int64.max, count: count)
        finish = Array(repeating: Int64.min, count: count)
        slack = Array(repeating: nil, count: count)
        due = Array(repeating: 0, count: count)
        deadline = Array(repeating: Int64.max, count: count)
        mustBegin = Array(repeating: Int64.max, count: count)
    }

    mutating func run(
        _ network: PlanNetwork,
        _ forward: ForwardPass,
        _ times: inout PlanTimes
    ) throws(ScheduleRefusal) {
        let end = facts.due?.seconds ?? forward.end ?? facts.start.seconds
        for event in network.order.reversed() {
            let step = Int(event / 2)
            if event % 2 == 0 {
                try begin(step, network, forward, &times)
            } else {
                self.end(step, end, network)
            }
        }
    }

    private mutating func end(_ step: Int, _ end: Int64, _ network: PlanNetwork) {
        let outer = Int(network.outer[step])
        due[step] = facts.steps[step].due?.seconds ?? (outer >= 0 ? due[outer] : end)
        if facts.steps[step].progress != .canceled {
            deadline[step] = outer >= 0 ? min(due[step], deadline[outer]) : due[step]
        }
        for successor in network.successors[step] {
            deadline[step] = min(deadline[step], mustBegin[Int(successor)])
        }
    }

    private mutating func begin(
        _ step: Int,
        _ network: PlanNetwork,
        _ forward: ForwardPass,
        _ times: inout PlanTimes
    ) throws(ScheduleRefusal) {
        switch facts.steps[step].progress {
        case .completed:
            // It waits for nothing any more.
            (start[step], finish[step], mustBegin[step]) = (forward.start[step], forward.finish[step], Int64.max)
            return
        case .canceled: mustBegin[step] = min(mustBegin[step], deadline[step])
        case .todo where network.isOuter[step], .started where network.isOuter[step]:
            mustBegin[step] = min(mustBegin[step], deadline[step])
            if slack[step] == nil {
                // All that is nested in it is done, and it is not.
                finish[step] = deadline[step]
                start[step] = forward.start[step]
                slack[step] = try slack(step, forward, &times)
            }
        case .todo, .started:
            try place(step, &times)
            slack[step] = try slack(step, forward, &times)
        }
        if case .started(let at, _) = facts.steps[step].progress { start[step] = at.seconds }
        if let parent = facts.steps[step].parent { mustBegin[parent] = min(mustBegin[parent], mustBegin[step]) }
        let outer = Int(network.outer[step])
        guard outer >= 0, let slack = slack[step] else { return }
        start[outer] = min(start[outer], start[step])
        finish[outer] = max(finish[outer], finish[step])
        self.slack[outer] = min(self.slack[outer] ?? slack, slack)
    }

    private mutating func place(_ step: Int, _ times: inout PlanTimes) throws(ScheduleRefusal) {
        let work = facts.steps[step].work
        if work > 0 {
            let position = try times.position(step, deadline[step])
            finish[step] = try times.closing(step, position)
            mustBegin[step] = try times.opening(step, times.sum(step, position, -work))
        } else {
            finish[step] = deadline[step]
            mustBegin[step] = deadline[step]
        }
        start[step] = mustBegin[step]
    }

    private func slack(
        _ step: Int,
        _ forward: ForwardPass,
        _ times: inout PlanTimes
    ) throws(ScheduleRefusal) -> Int64 {
        try times.position(step, deadline[step]) - times.position(step, forward.finish[step])
    }

    /// Whether a step comes before another where both want the same room.
    func comesFirst(_ step: Int, _ other: Int) -> Bool {
        if finish[step] != finish[other] { return finish[step] < finish[other] }
        if slack[step] != slack[other] { return slack[step] ?? 0 < slack[other] ?? 0 }
        if facts.steps[step].id != facts.steps[other].id { return facts.steps[step].id < facts.steps[other].id }
        return step < other
    }
}

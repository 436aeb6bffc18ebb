/// When each step can be done at the earliest: from the start, along the order of events.
struct ForwardPass: Sendable {
    private let facts: PlanFacts
    /// When all that each step and its ancestors depend on is done; `Int64.min` for nothing. What a canceled step hands on (A2):
    /// neither its own dates and holds nor its ancestors'.
    private var upstream: [Bounded]
    /// From when each step can be worked on.
    private var release: [Bounded]
    private var isClosed: [Bool]
    private(set) var start: [Int64]
    private(set) var finish: [Int64]
    /// Of a step with others nested in it, the one of them without any that ends last; else the step.
    private var last: [Int32]
    /// Of what is nested in each step: the first start and the last finish, and whose they are.
    private var innerStart: [Int64]
    private var innerFirst: [Int32]
    private var innerFinish: [Int64]
    private var innerLast: [Int32]
    /// When the last step ends; nil while there is none.
    private(set) var end: Int64?
    private var endedBy = -1
    private let together: Together
    /// Where steps that are worked as one have room already, by their number.
    private var taken: [Int: Int64] = [:]

    /// A moment, and what sets it.
    private struct Bounded {
        var time = Int64.min
        var bound = PlannedStep.Bound.planStart

        /// Not before that either; of two that say the same the first stays, and what is upstream is always told first.
        mutating func raise(to other: Bounded) {
            if other.time > time { self = other }
        }
    }

    /// - Parameter together: when steps that are worked as one start, as far as that is known.
    init(_ facts: PlanFacts, _ together: Together) {
        self.facts = facts
        self.together = together
        let count = facts.steps.count
        upstream = Array(repeating: Bounded(), count: count)
        release = Array(repeating: Bounded(), count: count)
        isClosed = Array(repeating: false, count: count)
        start = Array(repeating: 0, count: count)
        finish = Array(repeating: 0, count: count)
        last = facts.steps.indices.map(Int32.init)
        innerStart = Array(repeating: Int64.max, count: count)
        innerFirst = Array(repeating: -1, count: count)
        innerFinish = Array(repeating: Int64.min, count: count)
        innerLast = Array(repeating: -1, count: count)
    }

    /// Any number of steps at a time.
    mutating func run(_ network: PlanNetwork, _ times: inout PlanTimes) throws(ScheduleRefusal) {
        for event in network.order {
            let step = Int(event / 2)
            if event % 2 == 0 {
                begin(step)
                if isWork(step, network) { try place(step, &times) }
            } else {
                end(step, network)
            }
        }
    }

    /// Only as many steps at a time as each work center has room for.
    ///
    /// - Parameter latest: what gives the priorities.
    mutating func run(
        _ network: PlanNetwork,
        _ times: inout PlanTimes,
        _ latest: BackwardPass
    ) throws(ScheduleRefusal) {
        var loads = facts.workCenters.map { WorkLoad(capacity: $0.capacity) }
        for (number, taken) in facts.occupied.enumerated() where loads[taken.workCenter].capacity != nil {
            guard let range = try times.range(of: taken, facts) else { continue }
            loads[taken.workCenter].take(range, by: .occupied(number))
        }
        var left = network.waitsFor
        var ready = left.indices.filter { left[$0] == 0 }
        var queue = PriorityQueue { latest.comesFirst($0, $1) }
        while true {
            let event: Int
            if let next = ready.popLast() {
                let step = next / 2
                if next == PlanNetwork.end(step) {
                    end(step, network)
                } else {
                    begin(step)
                    if isWork(step, network) {
                        if facts.steps[step].progress == .todo, let center = facts.steps[step].workCenter,
                            loads[center].capacity != nil
                        {
                            queue.push(step)
                            continue
                        }
                        try place(step, &times)
                        try hold(step, &loads, &times)
                    }
                }
                event = next
            } else if let step = queue.pop() {
                try place(step, &loads, &times)
                event = PlanNetwork.begin(step)
            } else {
                break
            }
            network.follow(event, facts) { follower in
                left[follower] -= 1
                if left[follower] == 0 { ready.append(follower) }
            }
        }
    }

    /// All that it waits for is known.
    private mutating func begin(_ step: Int) {
        let values = facts.steps[step]
        if let parent = values.parent { upstream[step].raise(to: upstream[parent]) }
        if case .completed = values.progress { return }
        release[step] = upstream[step]
        if let parent = values.parent { release[step].raise(to: release[parent]) }
        if values.progress == .canceled { return }
        release[step].raise(to: Bounded(time: facts.start.seconds, bound: .planStart))
        if values.progress == .todo, let notBefore = values.notBefore {
            release[step].raise(to: Bounded(time: notBefore.seconds, bound: .notBefore(step)))
        }
        if let until = values.hold?.until {
            release[step].raise(to: Bounded(time: until.seconds, bound: .hold(step)))
        }
        if values.progress == .todo, let last = together.last(of: step) {
            release[step].raise(to: Bounded(time: last.start, bound: .sibling(last.step)))
        }
    }

    /// Whether it has work of its own that is left to place.
    private func isWork(_ step: Int, _ network: PlanNetwork) -> Bool {
        switch facts.steps[step].progress {
        case .canceled, .completed: false
        case .todo, .started: !network.isOuter[step]
        }
    }

    private mutating func place(_ step: Int, _ times: inout PlanTimes) throws(ScheduleRefusal) {
        try place(step, at: times.position(step, release[step].time), &times)
    }

    private mutating func place(
        _ step: Int,
        at position: Int64,
        _ times: inout PlanTimes
    ) throws(ScheduleRefusal) {
        let work = facts.steps[step].work
        if work > 0 {
            start[step] = try times.opening(step, position)
            finish[step] = try times.closing(step, times.sum(step, position, work))
            isClosed[step] = start[step] > release[step].time
        } else {
            start[step] = release[step].time
            finish[step] = release[step].time
        }
        if case .started(let at, _) = facts.steps[step].progress { start[step] = at.seconds }
    }

    /// Where its work center first has room for it.
    private mutating func place(
        _ step: Int,
        _ loads: inout [WorkLoad],
        _ times: inout PlanTimes
    ) throws(ScheduleRefusal) {
        guard let center = facts.steps[step].workCenter, facts.steps[step].work > 0 else {
            return try place(step, &times)
        }
        let earliest = try times.position(step, release[step].time)
        if let taken = facts.steps[step].together.flatMap({ taken[$0] }), taken >= earliest {
            return try place(step, at: taken, &times)
        }
        let position = loads[center].room(for: facts.steps[step].work, from: earliest)
        if position > earliest, let taker = loads[center].takes(until: position) {
            release[step] = Bounded(time: try times.closing(step, position), bound: taker)
        }
        try place(step, at: position, &times)
        loads[center].take(position..<position + facts.steps[step].work, by: .capacity(step))
        if let number = facts.steps[step].together { taken[number] = position }
    }

    /// Takes room for work in progress, whether there is any or not.
    private mutating func hold(_ step: Int, _ loads: inout [WorkLoad], _ times: inout PlanTimes) throws(ScheduleRefusal)
    {
        guard let center = facts.steps[step].workCenter, loads[center].capacity != nil, facts.steps[step].work > 0
        else {
            return
        }
        let position = try times.position(step, release[step].time)
        if let number = facts.steps[step].together {
            if taken[number] == position { return }
            taken[number] = position
        }
        loads[center].take(position..<position + facts.steps[step].work, by: .capacity(step))
    }

    /// It and all that is nested in it is done.
    private mutating func end(_ step: Int, _ network: PlanNetwork) {
        let progress = facts.steps[step].progress
        switch progress {
        case .canceled:
            for successor in network.successors[step] { upstream[Int(successor)].raise(to: upstream[step]) }
            return
        case .completed(let first, let last):
            start[step] = first.seconds
            finish[step] = last.seconds
            release[step] = Bounded(time: first.seconds, bound: .actual)
        case .todo, .started:
            if network.isOuter[step] { endOuter(step) }
        }
        if end.map({ $0 < finish[step] }) ?? true {
            end = finish[step]
            endedBy = Int(last[step])
        }
        let done = Bounded(time: finish[step], bound: .upstream(Int(last[step])))
        for successor in network.successors[step] { upstream[Int(successor)].raise(to: done) }
        let outer = Int(network.outer[step])
        guard outer >= 0 else { return }
        if start[step] < innerStart[outer] {
            innerStart[outer] = start[step]
            innerFirst[outer] = Int32(step)
        }
        if finish[step] > innerFinish[outer] {
            innerFinish[outer] = finish[step]
            innerLast[outer] = last[step]
        }
    }

    /// It starts with its first nested step and ends with its last; not before it can, if those are all done.
    private mutating func endOuter(_ step: Int) {
        if case .started(let at, _) = facts.steps[step].progress {
            start[step] = at.seconds
        } else {
            start[step] = innerStart[step]
        }
        finish[step] = max(innerFinish[step], release[step].time)
        if innerFinish[step] >= release[step].time { last[step] = innerLast[step] }
        isClosed[step] = false
    }

    /// - Returns: nil for a canceled step.
    func planned(_ step: Int, _ latest: BackwardPass) -> PlannedStep? {
        var reason = PlannedStep.Reason(
            bound: release[step].bound,
            at: Instant(seconds: release[step].time),
            isClosed: isClosed[step]
        )
        switch facts.steps[step].progress {
        case .canceled: return nil
        case .started(let at, _):
            if reason.bound == .planStart { reason = PlannedStep.Reason(bound: .actual, at: at, isClosed: false) }
        case .todo:
            if innerFirst[step] >= 0 {
                reason = PlannedStep.Reason(
                    bound: .nested(Int(innerFirst[step])),
                    at: Instant(seconds: start[step]),
                    isClosed: false
                )
            }
        case .completed: break
        }
        return PlannedStep(
            start: Instant(seconds: start[step]),
            finish: Instant(seconds: finish[step]),
            latestStart: Instant(seconds: latest.start[step]),
            latestFinish: Instant(seconds: latest.finish[step]),
            slack: latest.slack[step],
            reason: reason
        )
    }

    /// Back from the last end, from each step to the one that it waited for.
    func criticalPath() -> [Int] {
        var path: [Int] = []
        var step = endedBy
        while step >= 0 {
            if case .completed = facts.steps[step].progress { break }
            path.append(step)
            switch release[step].bound {
            case .upstream(let other), .capacity(let other), .sibling(let other): step = other
            case .planStart, .actual, .notBefore, .hold, .occupied, .nested: step = -1
            }
        }
        return path.reversed()
    }
}

extension PlanFacts.Step {
    /// Working seconds that are left of it, if nothing is nested in it.
    var work: Int64 {
        switch progress {
        case .todo: leadTime
        case .started(_, let remaining): remaining
        case .completed, .canceled: 0
        }
    }
}

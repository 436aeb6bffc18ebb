/// The search for conflicts over the network.
struct ConflictSearch {
    private let facts: PlanFacts
    private let network: PlanNetwork
    /// As they count: what is canceled has none, what happened is as it did.
    private var times: [Conflict.Times]

    init(_ facts: PlanFacts, _ schedule: [Conflict.Times], _ network: PlanNetwork) {
        self.facts = facts
        self.network = network
        times = zip(facts.steps, schedule).map { step, scheduled in
            switch step.progress {
            case .todo: scheduled
            case .started(let at, _): Conflict.Times(start: at, end: scheduled.end)
            case .completed(let start, let end): Conflict.Times(start: start, end: end)
            case .canceled: Conflict.Times()
            }
        }
    }

    mutating func ofSteps() -> [Conflict] {
        // The last end upstream of each step, as far as any is known.
        var upstream = [(ends: Instant, step: Int)?](repeating: nil, count: facts.steps.count)
        var due = [Instant?](repeating: nil, count: facts.steps.count)
        var innerEnd = [Instant?](repeating: nil, count: facts.steps.count)
        func later(_ one: (ends: Instant, step: Int)?, _ other: (ends: Instant, step: Int)?) -> (Instant, Int)? {
            guard let one else { return other }
            guard let other else { return one }
            return one.ends >= other.ends ? one : other
        }
        for event in network.order {
            let step = Int(event / 2)
            let outer = Int(network.outer[step])
            if event % 2 == 0 {
                due[step] = facts.steps[step].due ?? (outer >= 0 ? due[outer] : facts.due)
                if let parent = facts.steps[step].parent { upstream[step] = later(upstream[step], upstream[parent]) }
                continue
            }
            times[step].end = times[step].end ?? innerEnd[step]
            // What is upstream of completed work no longer matters to what follows it.
            var done = upstream[step]
            if case .completed = facts.steps[step].progress { done = nil }
            done = later(times[step].end.map { ($0, step) }, done)
            for successor in network.successors[step] {
                upstream[Int(successor)] = later(upstream[Int(successor)], done)
            }
            if outer >= 0, let end = times[step].end { innerEnd[outer] = max(innerEnd[outer] ?? end, end) }
        }
        var conflicts: [Conflict] = []
        for (step, values) in facts.steps.enumerated() {
            switch values.progress {
            case .completed, .canceled: continue
            case .todo:
                if let at = times[step].start ?? times[step].end, let upstream = upstream[step], at < upstream.ends {
                    conflicts.append(
                        .beforeUpstreamEnds(step: step, at: at, upstream: upstream.step, ends: upstream.ends)
                    )
                }
            case .started: break
            }
            if let start = times[step].start, let end = times[step].end, end < start {
                conflicts.append(.endBeforeStart(step: step, start: start, end: end))
            }
            let ends = max(times[step].end ?? facts.start, facts.start)
            if let due = due[step], ends > due { conflicts.append(.pastDue(step: step, ends: ends, due: due)) }
        }
        return conflicts
    }

    /// Where more steps are worked on at once than there is room for: a sweep over where they begin and end, in working time.
    func ofWorkCenters() throws(ScheduleRefusal) -> [Conflict] {
        var byCenter = [[Int]](repeating: [], count: facts.workCenters.count)
        for (step, values) in facts.steps.enumerated() where !network.isOuter[step] {
            switch values.progress {
            case .todo, .started: if let center = values.workCenter { byCenter[center].append(step) }
            case .completed, .canceled: continue
            }
        }
        let others = Dictionary(grouping: facts.occupied, by: \.workCenter)
        var conflicts: [Conflict] = []
        for (center, values) in facts.workCenters.enumerated() {
            let others = others[center] ?? []
            guard let capacity = values.capacity, !byCenter[center].isEmpty,
                byCenter[center].count + others.count > capacity
            else { continue }
            var time = try WorkTime(values.calendar.map { facts.calendars[$0] } ?? .always, around: facts.start)
            var turns: [(at: Int64, step: Int, change: Int)] = []
            for taken in others {
                guard let range = try facts.range(of: taken, in: &time) else { continue }
                turns += [(range.lowerBound, -1, 1), (range.upperBound, -1, -1)]
            }
            // What is worked as one takes the room of one.
            var counted: Set<[Int64]> = []
            for step in byCenter[center] {
                guard let start = times[step].start, let end = times[step].end, start < end, end > facts.start else {
                    continue
                }
                let begins = try time.position(of: max(start, facts.start))
                let ends = try time.position(of: end)
                guard begins < ends else { continue }
                if let number = facts.steps[step].together, !counted.insert([Int64(number), begins, ends]).inserted {
                    continue
                }
                turns += [(begins, step, 1), (ends, step, -1)]
            }
            // What ends at a moment makes room for what begins there.
            turns.sort { ($0.at, $0.change, $0.step) < ($1.at, $1.change, $1.step) }
            var count = 0
            // What is over by others alone is no conflict of these steps.
            var open: [Int] = []
            var over: (from: Int64, most: Int, step: Int)?
            for (index, turn) in turns.enumerated() {
                count += turn.change
                if turn.step >= 0 {
                    if turn.change > 0 { open.append(turn.step) } else { open.removeAll { $0 == turn.step } }
                }
                if count > capacity, let last = open.last {
                    over = (over?.from ?? turn.at, max(over?.most ?? 0, count), over?.step ?? last)
                } else if let found = over, !(index + 1 < turns.count && turns[index + 1].at == turn.at) {
                    over = nil
                    conflicts.append(
                        .overCapacity(
                            workCenter: center,
                            from: try time.opening(at: found.from),
                            until: try time.closing(at: turn.at),
                            most: found.most,
                            capacity: capacity,
                            step: found.step
                        )
                    )
                }
            }
        }
        return conflicts
    }
}

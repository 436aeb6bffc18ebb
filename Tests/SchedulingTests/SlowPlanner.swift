import Scheduling

/// A planner by the rules' own words: it asks, for each step, what it waits for and who waits for it, and walks calendars minute
/// by minute. What ``Plan`` must agree with.
final class SlowPlanner {
    private let facts: PlanFacts
    private let walks: [MinuteWalk]
    private var finishes: [Int: Int64] = [:]
    private var deadlines: [Int: Int64] = [:]

    /// - Parameter walks: one for each of the facts' calendars.
    init(_ facts: PlanFacts, walks: [MinuteWalk]) {
        self.facts = facts
        self.walks = walks
    }

    // MARK: The graph

    func isCanceled(_ step: Int) -> Bool { facts.steps[step].progress == .canceled }

    func isCompleted(_ step: Int) -> Bool {
        if case .completed = facts.steps[step].progress { true } else { false }
    }

    func ancestors(_ step: Int) -> [Int] {
        facts.steps[step].parent.map { [$0] + ancestors($0) } ?? []
    }

    /// What is nested in it at any depth and isn't canceled.
    func inside(_ step: Int) -> [Int] {
        facts.steps.indices.filter { !isCanceled($0) && ancestors($0).contains(step) }
    }

    /// A2: what it depends on, seen through canceled steps.
    func upstream(_ step: Int) -> Set<Int> {
        var found: Set<Int> = []
        for dependency in facts.dependencies where dependency.to == step {
            if isCanceled(dependency.from) {
                for through in [dependency.from] + ancestors(dependency.from) { found.formUnion(upstream(through)) }
            } else {
                found.insert(dependency.from)
            }
        }
        return found
    }

    // MARK: Earliest

    func release(_ step: Int) -> Int64 {
        var release = facts.start.seconds
        for one in [step] + ancestors(step) {
            for other in upstream(one) { release = max(release, finish(other)) }
            let values = facts.steps[one]
            if isCanceled(one) { continue }
            if values.progress == .todo, let notBefore = values.notBefore { release = max(release, notBefore.seconds) }
            if let until = values.hold?.until { release = max(release, until.seconds) }
        }
        return release
    }

    func start(_ step: Int) -> Int64 {
        switch facts.steps[step].progress {
        case .started(let at, _): return at.seconds
        case .completed(let start, _): return start.seconds
        case .todo, .canceled: break
        }
        if let first = inside(step).map(start).min() { return first }
        return work(step) == 0 ? release(step) : walk(step)?.next(from: release(step)) ?? release(step)
    }

    func finish(_ step: Int) -> Int64 {
        if let known = finishes[step] { return known }
        let finish: Int64
        if case .completed(_, let end) = facts.steps[step].progress {
            finish = end.seconds
        } else if let last = inside(step).map(self.finish).max() {
            finish = max(last, release(step))
        } else {
            finish = walk(step)?.adding(work(step), to: release(step)) ?? release(step) + work(step)
        }
        finishes[step] = finish
        return finish
    }

    var end: Int64? { facts.steps.indices.filter { !isCanceled($0) }.map(finish).max() }

    // MARK: Latest

    func deadline(_ step: Int) -> Int64 {
        if let known = deadlines[step] { return known }
        let around = [step] + ancestors(step).filter { !isCanceled($0) }
        var deadline =
            around.compactMap { facts.steps[$0].due?.seconds }.first ?? facts.due?.seconds ?? end ?? facts.start.seconds
        for outer in around.dropFirst() { deadline = min(deadline, self.deadline(outer)) }
        for other in facts.steps.indices where !isCanceled(other) && !isCompleted(other) {
            // It waits for what its ancestors wait for, as far as they do.
            if ([other] + ancestors(other)).contains(where: { upstream($0).contains(step) }) {
                deadline = min(deadline, latestStart(other))
            }
        }
        deadlines[step] = deadline
        return deadline
    }

    /// When it must have begun, or gone on, to be done by its deadline.
    func latestStart(_ step: Int) -> Int64 {
        let inner = inside(step).filter { !isCompleted($0) }
        if !inside(step).isEmpty { return min(deadline(step), inner.map(latestStart).min() ?? Int64.max) }
        if work(step) == 0 { return deadline(step) }
        return walk(step)?.subtracting(work(step), from: deadline(step)) ?? deadline(step) - work(step)
    }

    /// The last moment at which it may be done: of the working time before its deadline, or of what is nested in it.
    func latestFinish(_ step: Int) -> Int64 {
        if case .completed(_, let end) = facts.steps[step].progress { return end.seconds }
        if let last = inside(step).filter({ !isCompleted($0) }).map(latestFinish).max() { return last }
        if !inside(step).isEmpty || work(step) == 0 { return deadline(step) }
        return walk(step)?.previous(from: deadline(step)) ?? deadline(step)
    }

    func slack(_ step: Int) -> Int64? {
        if isCompleted(step) { return nil }
        let inner = inside(step).filter { !isCompleted($0) }
        if let least = inner.compactMap(slack).min() { return least }
        return walk(step)?.seconds(from: finish(step), to: deadline(step)) ?? deadline(step) - finish(step)
    }

    func work(_ step: Int) -> Int64 {
        switch facts.steps[step].progress {
        case .todo: facts.steps[step].leadTime
        case .started(_, let remaining): remaining
        case .completed, .canceled: 0
        }
    }

    private func walk(_ step: Int) -> MinuteWalk? {
        facts.steps[step].workCenter.flatMap { facts.workCenters[$0].calendar }.map { walks[$0] }
    }
}

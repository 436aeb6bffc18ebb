/// The graph of "after", "starts inside" and "ends inside" (P6): two events for each step, that it can begin and that it is
/// done.
///
/// Arrays of 32-bit positions throughout; laid out and ordered in time linear in steps and dependencies.
struct PlanNetwork: Sendable {
    /// The steps after each step.
    let successors: Adjacency
    /// The steps directly nested in each.
    let nested: Adjacency
    /// Events, each after all that come before it: ``begin(_:)`` and ``end(_:)``.
    let order: [Int32]
    /// For each event, how many events must come just before it.
    let waitsFor: [Int32]
    /// The nearest ancestor of each step that isn't canceled; -1 for none.
    let outer: [Int32]
    /// Whether a step has others nested in it that aren't canceled, so that its times are theirs.
    let isOuter: [Bool]

    static func begin(_ step: Int) -> Int { 2 * step }
    static func end(_ step: Int) -> Int { 2 * step + 1 }

    /// - Parameter facts: checked.
    /// - Throws: ``ScheduleRefusal/cycle(steps:)``.
    init(_ facts: PlanFacts) throws(ScheduleRefusal) {
        let count = facts.steps.count
        let successors = Adjacency(count: count, pairs: facts.dependencies.lazy.map { ($0.from, $0.to) })
        let nested = Adjacency(
            count: count,
            pairs: facts.steps.lazy.enumerated().compactMap { step, value in value.parent.map { ($0, step) } }
        )
        var waitsFor = [Int32](repeating: 0, count: 2 * count)
        for step in 0..<count {
            Self.follow(Self.begin(step), facts, successors, nested) { waitsFor[$0] += 1 }
            Self.follow(Self.end(step), facts, successors, nested) { waitsFor[$0] += 1 }
        }
        var order = (0..<2 * count).filter { waitsFor[$0] == 0 }.map(Int32.init)
        order.reserveCapacity(2 * count)
        var left = waitsFor
        var next = 0
        while next < order.count {
            let event = Int(order[next])
            next += 1
            Self.follow(event, facts, successors, nested) { follower in
                left[follower] -= 1
                if left[follower] == 0 { order.append(Int32(follower)) }
            }
        }
        guard order.count == 2 * count else {
            throw .cycle(steps: Self.cycle(among: left, facts, successors, nested).map { facts.steps[$0].id })
        }
        var outer = [Int32](repeating: -1, count: count)
        var isOuter = [Bool](repeating: false, count: count)
        // Parents begin before what is nested in them.
        for event in order where event % 2 == 0 {
            let step = Int(event / 2)
            guard let parent = facts.steps[step].parent else { continue }
            let ancestor = facts.steps[parent].progress == .canceled ? outer[parent] : Int32(parent)
            outer[step] = ancestor
            if ancestor >= 0, facts.steps[step].progress != .canceled { isOuter[Int(ancestor)] = true }
        }
        self.successors = successors
        self.nested = nested
        self.order = order
        self.waitsFor = waitsFor
        self.outer = outer
        self.isOuter = isOuter
    }

    /// Calls with each event that must wait for this one.
    func follow(_ event: Int, _ facts: PlanFacts, _ body: (Int) -> Void) {
        Self.follow(event, facts, successors, nested, body)
    }

    private static func follow(
        _ event: Int,
        _ facts: PlanFacts,
        _ successors: Adjacency,
        _ nested: Adjacency,
        _ body: (Int) -> Void
    ) {
        let step = event / 2
        if event % 2 == 0 {
            body(end(step))
            for inner in nested[step] { body(begin(Int(inner))) }
        } else {
            if let parent = facts.steps[step].parent { body(end(parent)) }
            for successor in successors[step] { body(begin(Int(successor))) }
        }
    }

    /// One ring among the events that wait for others still.
    private static func cycle(
        among left: [Int32],
        _ facts: PlanFacts,
        _ successors: Adjacency,
        _ nested: Adjacency
    ) -> [Int] {
        // Each of them has one before it that is left too: going back from any, one is met again.
        var before = [Int](repeating: -1, count: left.count)
        for event in left.indices where left[event] > 0 {
            follow(event, facts, successors, nested) { before[$0] = event }
        }
        guard var event = left.firstIndex(where: { $0 > 0 }) else { return [] }
        var isSeen = [Bool](repeating: false, count: left.count)
        while !isSeen[event] {
            isSeen[event] = true
            event = before[event]
        }
        var ring: [Int] = []
        let last = event
        repeat {
            if ring.last != event / 2 { ring.append(event / 2) }
            event = before[event]
        } while event != last
        if ring.count > 1, ring.first == ring.last { ring.removeLast() }
        ring.reverse()
        // The same ring has one name, wherever it was entered.
        let least = ring.indices.min { ring[$0] < ring[$1] } ?? 0
        return Array(ring[least...] + ring[..<least])
    }
}

/// Lists of positions, one after another in one array.
struct Adjacency: Sendable {
    private var offsets: [Int32]
    private var targets: [Int32]

    /// - Parameter pairs: whose list, and what is in it; each list keeps their order.
    init(count: Int, pairs: some Sequence<(Int, Int)>) {
        offsets = [Int32](repeating: 0, count: count + 1)
        var total = 0
        for (from, _) in pairs {
            offsets[from + 1] += 1
            total += 1
        }
        for index in 0..<count { offsets[index + 1] += offsets[index] }
        targets = [Int32](repeating: 0, count: total)
        var next = offsets
        for (from, to) in pairs {
            targets[Int(next[from])] = Int32(to)
            next[from] += 1
        }
    }

    subscript(index: Int) -> ArraySlice<Int32> { targets[Int(offsets[index])..<Int(offsets[index + 1])] }
}

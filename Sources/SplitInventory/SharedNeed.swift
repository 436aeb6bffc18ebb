package import RunModel

/// What the groups of a run may still take of one requirement, and what they share of it: whether it can be resolved, and how
/// much more each can be fed (X3).
///
/// Feeding a group is allowed while some resolution keeps every group within its need. Whom a shared quantity may go to is a
/// set of groups, and after merges these sets can cross, so that no formula over pairs would do: a resolution is looked for,
/// and each step of the search moves what it can from group to group.
package struct SharedNeed: Sendable {
    /// A quantity that belongs to one of several groups, nobody knows which.
    private struct Shared {
        var groups: [Int]
        /// How much of it goes to each of `groups` in the resolution found so far.
        var given: [Quantity]
    }

    private var shared: [Shared]
    /// What each group could take beyond what that resolution gives it.
    private var spare: [Quantity]
    /// Whether some resolution keeps every group within its need.
    package private(set) var isResolvable = false

    /// - Parameters:
    ///   - capacities: by group, its need less what is its own and what is excepted.
    ///   - shared: quantities, each with the groups that it may belong to; at least one.
    package init(capacities: [Quantity], shared: [(quantity: Quantity, groups: Set<Int>)]) {
        spare = capacities
        self.shared = []
        guard capacities.allSatisfy({ $0 >= .zero }) else { return }
        var bySet: [Set<Int>: Quantity] = [:]
        for (quantity, groups) in shared { bySet[groups, default: .zero] += quantity }
        let sets = bySet.map { (groups: $0.sorted(), quantity: $1) }
        self.shared = sets.map { Shared(groups: $0.groups, given: $0.groups.map { _ in .zero }) }
        isResolvable = true
        for (index, set) in sets.enumerated() {
            var rest = set.quantity
            for (position, group) in set.groups.enumerated() where rest > .zero {
                let taken = take(rest, into: group)
                self.shared[index].given[position] += taken
                rest -= taken
            }
            if rest > .zero { isResolvable = false }
        }
    }

    /// How much more this group could be fed; zero when nothing can be resolved any more.
    package func room(of group: Int) -> Quantity {
        guard isResolvable else { return .zero }
        var copy = self
        var room = Quantity.zero
        // A group never takes more than its need, so this is the whole of it.
        while case let step = copy.take(nil, into: group), step > .zero { room += step }
        return room
    }

    /// Gives a group up to so much, or as much as one path allows for nil, by moving what is shared on to groups that have
    /// room. What it took.
    private mutating func take(_ most: Quantity?, into group: Int) -> Quantity {
        var taken = Quantity.zero
        while most.map({ taken < $0 }) ?? (taken == .zero), let path = path(from: group) {
            var amount = spare[path.end]
            for move in path.moves { amount = min(amount, shared[move.shared].given[move.from]) }
            if let most { amount = min(amount, most - taken) }
            for move in path.moves {
                shared[move.shared].given[move.from] -= amount
                shared[move.shared].given[move.to] += amount
            }
            spare[path.end] -= amount
            taken += amount
        }
        return taken
    }

    /// A quantity's move from one of its groups to another, by position.
    private struct Move {
        var shared: Int
        var from: Int
        var to: Int
    }

    /// The shortest way from a group to one that has room, so that the search ends after few of them (Edmonds and Karp).
    private func path(from start: Int) -> (moves: [Move], end: Int)? {
        var cameBy: [Int: (move: Move, group: Int)] = [:]
        var queue = [start]
        var next = 0
        while next < queue.count {
            let group = queue[next]
            next += 1
            if spare[group] > .zero {
                var moves: [Move] = []
                var at = group
                while at != start, let step = cameBy[at] {
                    moves.append(step.move)
                    at = step.group
                }
                return (moves, group)
            }
            for (index, set) in shared.enumerated() {
                guard let from = set.groups.firstIndex(of: group), set.given[from] > .zero else { continue }
                for (to, other) in set.groups.enumerated() where other != start && cameBy[other] == nil {
                    cameBy[other] = (Move(shared: index, from: from, to: to), group)
                    queue.append(other)
                }
            }
        }
        return nil
    }
}

/// When steps that are worked as one can start (K3): when the last of them can. Found by planning again, until all of them do.
struct Together: Sendable {
    private let groups: [[Int]]
    /// Of each step, the start that it is held to, and whose that is.
    private var held: [Int: (start: Int64, step: Int)] = [:]

    init(_ facts: PlanFacts) {
        var groups: [Int: [Int]] = [:]
        for (position, step) in facts.steps.enumerated() where step.progress == .todo {
            if let number = step.together { groups[number, default: []].append(position) }
        }
        self.groups = groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    }

    func last(of step: Int) -> (start: Int64, step: Int)? { held[step] }

    /// How often planning again can help: each time one more group is where it stays, unless the runs have them in another order.
    var rounds: Int { groups.isEmpty ? 1 : 2 * groups.count + 8 }

    /// Holds the others back to the last of each group.
    ///
    /// - Returns: a step of a group whose steps start apart; nil when all start together.
    mutating func hold(_ start: [Int64]) -> Int? {
        var apart: Int?
        for group in groups {
            guard let last = group.max(by: { start[$0] < start[$1] }) else { continue }
            for step in group where start[step] < start[last] {
                held[step] = (start[last], last)
                apart = apart ?? step
            }
        }
        return apart
    }
}

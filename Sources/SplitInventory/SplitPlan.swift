package import RunModel

/// What a split makes of a run's units, its requirements and its stock: decided here, applied and judged by Postgres.
package struct SplitPlan: Equatable, Sendable {
    package let facts: SplitFacts
    /// One line for each of the facts' requirements, in their order.
    package let requirements: [Line]
    /// What of the reserved stock follows the units, by row (X6).
    package let reserved: [Part]
    /// What of the exceptions follows them, by exception (B5).
    package let excepted: [Part]

    /// One requirement, divided (X2).
    package struct Line: Equatable, Sendable {
        package var requirement: SplitFacts.Requirement
        package var continuing: Side
        package var split: Side
        /// What both share with each other, and maybe with more groups (X4).
        package var shared: Quantity
    }

    /// A requirement of one group.
    package struct Side: Equatable, Sendable {
        /// Per unit times its units (X2).
        package var needed: Quantity
        /// What is its own alone.
        package var installed: Quantity
        package var excepted: Quantity
        /// What it could be fed from now on, whatever the others are (X3).
        package var open: Quantity
    }

    /// So much of a row, or of an exception.
    package struct Part: Equatable, Sendable {
        package var id: String
        package var quantity: Quantity
    }

    /// Plans a split. The cost grows as the facts do.
    ///
    /// - Throws: ``SplitRefusal``.
    package init(_ facts: SplitFacts) throws(SplitRefusal) {
        guard facts.quantity > .zero, facts.quantity < facts.from.quantity else {
            throw .notSome(quantity: facts.quantity, of: facts.from.quantity)
        }
        self.facts = facts
        let whole = Dictionary(grouping: facts.whole, by: \.requirementID)
        let exceptions = Dictionary(grouping: facts.exceptions, by: \.requirementID)
        let sharing = Dictionary(grouping: facts.sharing, by: \.requirementID)
        let elsewhere = Dictionary(grouping: facts.elsewhere, by: \.requirementID)
        var lines: [Line] = []
        var excepted: [Part] = []
        for requirement in facts.requirements {
            let (line, parts) = try Self.divide(
                requirement,
                of: facts,
                whole: whole[requirement.id] ?? [],
                exceptions: exceptions[requirement.id] ?? [],
                sharing: sharing[requirement.id] ?? [],
                elsewhere: elsewhere[requirement.id] ?? []
            )
            lines.append(line)
            excepted += parts
        }
        requirements = lines
        self.excepted = excepted
        reserved = Self.reserved(facts)
    }

    /// One requirement and its exceptions, divided between who stays and who leaves.
    private static func divide(
        _ requirement: SplitFacts.Requirement,
        of facts: SplitFacts,
        whole: [SplitFacts.WholeInstallation],
        exceptions: [SplitFacts.Exception],
        sharing: [SplitFacts.SharingRequirement],
        elsewhere: [SplitFacts.SharedElsewhere]
    ) throws(SplitRefusal) -> (Line, [Part]) {
        var continuing = Side(
            needed: requirement.quantityPerUnit.times(facts.from.quantity - facts.quantity),
            installed: requirement.installedKept,
            excepted: .zero,
            open: .zero
        )
        var split = Side(
            needed: requirement.quantityPerUnit.times(facts.quantity),
            installed: requirement.installedSplit,
            excepted: .zero,
            open: .zero
        )
        // In proportion, but no more stays than what the continuing group can still use, and no more leaves than the other can.
        let all = exceptions.map(\.quantity).sum
        var leaving = all.share(of: facts.quantity, in: facts.from.quantity)
        if requirement.isCounted { leaving = leaving.roundedDown }
        leaving = max(leaving, all - (continuing.needed - continuing.installed))
        leaving = max(.zero, min(leaving, all, split.needed - split.installed))
        let parts = take(leaving, from: exceptions.map { Part(id: $0.id, quantity: $0.quantity) })
        continuing.excepted = all - leaving
        split.excepted = leaving

        // Groups by position: who stays, who leaves, then whoever else shares.
        let positions = Dictionary(sharing.enumerated().map { ($1.splitID, $0 + 2) }) { first, _ in first }
        let need = SharedNeed(
            capacities: [continuing.capacity, split.capacity] + sharing.map { $0.needed - $0.installed - $0.excepted },
            shared: whole.map { ($0.quantity, Set([0, 1] + $0.groups.compactMap { positions[$0] })) }
                + elsewhere.map { ($0.quantity, Set($0.groups.compactMap { positions[$0] })) }
        )
        continuing.open = need.room(of: 0)
        split.open = need.room(of: 1)
        let shared = whole.map(\.quantity).sum
        let line = Line(requirement: requirement, continuing: continuing, split: split, shared: shared)
        guard need.isResolvable else { throw .aboveNeed(line) }
        return (line, parts)
    }

    /// What of the reserved stock follows: of each part the group's proportion in whole units, row after row, and of the last
    /// row no part that is not whole units (X6).
    private static func reserved(_ facts: SplitFacts) -> [Part] {
        let byPart = Dictionary(grouping: facts.reserved, by: \.partID)
        var parts: [Part] = []
        for rows in byPart.values {
            let all = rows.map(\.quantity).sum
            let leaving = all.share(of: facts.quantity, in: facts.from.quantity).roundedDown
            let sorted = rows.sorted { $0.inventoryID < $1.inventoryID }.map {
                Part(id: $0.inventoryID, quantity: $0.quantity)
            }
            var taken = take(leaving, from: sorted)
            if let last = taken.last, last.quantity < sorted[taken.count - 1].quantity {
                taken[taken.count - 1].quantity = last.quantity.roundedDown
            }
            parts += taken.filter { $0.quantity > .zero }
        }
        return parts.sorted { $0.id < $1.id }
    }

    /// So much of these, first to last; the last one in part.
    private static func take(_ quantity: Quantity, from all: [Part]) -> [Part] {
        var rest = quantity
        var taken: [Part] = []
        for part in all where rest > .zero {
            let amount = min(rest, part.quantity)
            taken.append(Part(id: part.id, quantity: amount))
            rest -= amount
        }
        return taken
    }
}

extension SplitPlan.Side {
    /// What it may still take, if nothing that is shared were its own.
    fileprivate var capacity: Quantity { needed - installed - excepted }
}

extension SplitFacts.Requirement {
    /// Whether a part of a unit of it makes no sense.
    fileprivate var isCounted: Bool { unit == "each" }
}

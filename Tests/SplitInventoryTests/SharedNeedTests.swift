import RunModel
import SplitInventory
import Testing

/// X3 against its own words: every way to resolve what is shared, tried one after another.
@Suite struct SharedNeedTests {
    @Test func agreesWithEveryResolutionThatThereIs() {
        var resolvable = 0
        for seed in 0..<3000 {
            var generator = SeededGenerator(seed: UInt64(seed))
            let groups = Int.random(in: 1...4, using: &generator)
            let capacities = (0..<groups).map { _ in Int.random(in: 0...3, using: &generator) }
            let shared = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                var set = Set((0..<groups).filter { _ in Bool.random(using: &generator) })
                set.insert(Int.random(in: 0..<groups, using: &generator))
                return (quantity: Int.random(in: 1...2, using: &generator), groups: set)
            }
            let need = SharedNeed(
                capacities: capacities.map(Quantity.init),
                shared: shared.map { (Quantity($0.quantity), $0.groups) }
            )
            let singles = shared.flatMap { Array(repeating: $0.groups.sorted(), count: $0.quantity) }
            let exists = canResolve(singles[...], capacities)
            #expect(need.isResolvable == exists, "seed \(seed)")
            if exists { resolvable += 1 }
            for group in 0..<groups {
                let room = (0...9).last { more in
                    var less = capacities
                    less[group] -= more
                    return less[group] >= 0 && canResolve(singles[...], less)
                }
                #expect(need.room(of: group) == Quantity(room ?? 0), "seed \(seed), group \(group)")
            }
        }
        // A test of either answer needs both.
        #expect(resolvable > 500 && resolvable < 2900)
    }

    /// Two groups: own1 <= need1, own2 <= need2, own1 + own2 + shared <= need1 + need2.
    @Test func isTheFormulaForTwoGroups() {
        for first in -1...4 {
            for second in -1...4 {
                for shared in 0...8 {
                    let need = SharedNeed(
                        capacities: [Quantity(first), Quantity(second)],
                        shared: [(Quantity(shared), [0, 1])]
                    )
                    let isPossible = first >= 0 && second >= 0 && shared <= first + second
                    #expect(need.isResolvable == isPossible)
                    #expect(need.room(of: 0) == Quantity(isPossible ? min(first, first + second - shared) : 0))
                }
            }
        }
    }

    @Test func resolvesThousandsOfMillionths() {
        let huge = Quantity(99_999_999_999_999)
        let need = SharedNeed(
            capacities: [huge, huge, huge],
            shared: (0..<3000).map { (Quantity(millionths: 1), [$0 % 3, ($0 + 1) % 3]) }
        )
        #expect(need.isResolvable)
        #expect(need.room(of: 1) == huge)
    }

    private func canResolve(_ singles: ArraySlice<[Int]>, _ capacities: [Int]) -> Bool {
        guard capacities.allSatisfy({ $0 >= 0 }) else { return false }
        guard let first = singles.first else { return true }
        return first.contains { group in
            var less = capacities
            less[group] -= 1
            return canResolve(singles.dropFirst(), less)
        }
    }
}

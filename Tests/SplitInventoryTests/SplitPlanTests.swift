import RunModel
import SplitInventory
import Testing

@Suite struct SplitPlanTests {
    /// The worked example of the rules: 5 units, each of 3 A, 2 B and 1 C; 2 A and 1 B are installed; 2 units leave.
    @Test func dividesTheWorkedExample() throws {
        let plan = try SplitPlan(example())
        #expect(plan.requirements.map(\.continuing.needed) == [9, 6, 3].map(Quantity.init))
        #expect(plan.requirements.map(\.split.needed) == [6, 4, 2].map(Quantity.init))
        #expect(plan.requirements.map(\.shared) == [2, 1, 0].map(Quantity.init))
        #expect(plan.requirements.allSatisfy { $0.continuing.installed == .zero && $0.split.installed == .zero })
        // 13 A are still missing: all 9 of the one may come first, or all 6 of the other.
        #expect(plan.requirements.map(\.continuing.open) == [9, 6, 3].map(Quantity.init))
        #expect(plan.requirements.map(\.split.open) == [6, 4, 2].map(Quantity.init))
    }

    @Test func leavesNoGroupMoreThanWhatAllOfThemLack() throws {
        var facts = example()
        facts.whole[0].quantity = Quantity(14)
        let line = try SplitPlan(facts).requirements[0]
        #expect(line.continuing.open == Quantity(1) && line.split.open == Quantity(1))
    }

    @Test func installationsThatNameAUnitFollowIt() throws {
        var facts = example()
        facts.requirements[0].installedKept = Quantity(4)
        facts.requirements[0].installedSplit = Quantity(6)
        let line = try SplitPlan(facts).requirements[0]
        #expect(line.continuing.installed == Quantity(4) && line.split.installed == Quantity(6))
        #expect(line.split.open == .zero && line.continuing.open == Quantity(3))
    }

    @Test func refusesWhatNoResolutionCouldMend() {
        var facts = example()
        facts.requirements[0].installedKept = Quantity(10)
        #expect(throws: SplitRefusal.self) { try SplitPlan(facts) }
        facts.requirements[0].installedKept = Quantity(9)
        facts.requirements[0].installedSplit = Quantity(5)
        #expect(throws: SplitRefusal.self) { try SplitPlan(facts) }
        facts.whole[0].quantity = Quantity(1)
        #expect(throws: Never.self) { try SplitPlan(facts) }
    }

    @Test(arguments: ["0", "-1", "5", "5.000001"])
    func refusesToSplitOffNothingOrAll(_ quantity: String) throws {
        var facts = example()
        facts.quantity = try #require(Quantity(quantity))
        #expect(throws: SplitRefusal.notSome(quantity: facts.quantity, of: Quantity(5))) { try SplitPlan(facts) }
    }

    @Test func exceptionsDivideInProportionAndToWhomCanUseThem() throws {
        var facts = example()
        facts.whole = []
        func excepted(_ quantities: [Int]) throws -> [String] {
            facts.exceptions = quantities.enumerated().map {
                .init(id: "e\($0)", requirementID: "A", quantity: Quantity($1))
            }
            let plan = try SplitPlan(facts)
            let line = plan.requirements[0]
            #expect(line.split.excepted == plan.excepted.map(\.quantity).sum)
            #expect(line.continuing.excepted + line.split.excepted == facts.exceptions.map(\.quantity).sum)
            return plan.excepted.map { "\($0.id) \($0.quantity)" }
        }
        #expect(try excepted([4]) == ["e0 1"])
        #expect(try excepted([1, 4]) == ["e0 1", "e1 1"])
        // What stays is no more than what the units that stay can still use.
        facts.requirements[0].installedKept = Quantity(7)
        #expect(try excepted([1, 4]) == ["e0 1", "e1 2"])
        // Nor does more leave than the others can.
        facts.requirements[0].installedKept = .zero
        facts.requirements[0].installedSplit = Quantity(5)
        #expect(try excepted([9]) == ["e0 1"])
        // What is measured, and not counted, divides exactly.
        facts.requirements[0].installedSplit = .zero
        facts.requirements[0].unit = "m"
        #expect(try excepted([1, 3]) == ["e0 1", "e1 0.6"])
    }

    @Test func reservedStockFollowsInWholeUnits() throws {
        var facts = example()
        facts.reserved =
            (1...3).reversed().map {
                .init(inventoryID: "s\($0)", partID: "serial", serialNumber: "S\($0)", quantity: Quantity(1))
            } + [
                .init(inventoryID: "l1", partID: "lot", quantity: Quantity(2)),
                .init(inventoryID: "l2", partID: "lot", quantity: Quantity(10)),
                .init(inventoryID: "l3", partID: "lot", quantity: Quantity(1)),
                .init(inventoryID: "w", partID: "wire", quantity: try #require(Quantity("2.4"))),
            ]
        let follows = try SplitPlan(facts).reserved.map { "\($0.id) \($0.quantity)" }
        #expect(follows == ["l1 2", "l2 3", "s1 1"])
    }

    /// 1 of the 3 units that stayed leaves too: what was shared with the first group is now shared by three.
    @Test func countsTheOtherGroupsThatShare() throws {
        var facts = example()
        facts.from.quantity = Quantity(3)
        facts.quantity = Quantity(1)
        facts.whole[0].quantity = Quantity(14)
        facts.whole[0].groups = ["first"]
        facts.sharing = [
            .init(requirementID: "A", splitID: "first", needed: Quantity(6), installed: .zero, excepted: .zero)
        ]
        let line = try SplitPlan(facts).requirements[0]
        #expect(line.continuing.needed == Quantity(6) && line.split.needed == Quantity(3))
        #expect(line.continuing.open == Quantity(1) && line.split.open == Quantity(1))
    }

    @Test func aSplitOfASplitDividesTheGroup() throws {
        var facts = example()
        facts.from = .init(splitID: "first", quantity: Quantity(2))
        facts.quantity = Quantity(1)
        facts.whole[0].groups = [nil]
        facts.sharing = [
            .init(requirementID: "A", splitID: nil, needed: Quantity(9), installed: Quantity(9), excepted: .zero)
        ]
        let line = try SplitPlan(facts).requirements[0]
        #expect(line.continuing.needed == Quantity(3) && line.split.needed == Quantity(3))
        // The run needs no more of them, so the 2 that are shared fall to these two units.
        #expect(line.continuing.open == Quantity(3) && line.split.open == Quantity(3))
        facts.whole[0].quantity = Quantity(5)
        let full = try SplitPlan(facts).requirements[0]
        #expect(full.continuing.open == Quantity(1) && full.split.open == Quantity(1))
    }

    /// What two others share leaves them less of what all three share.
    @Test func countsWhatOthersShareAmongThemselves() throws {
        var facts = example()
        facts.from.quantity = Quantity(3)
        facts.quantity = Quantity(1)
        facts.whole[0].quantity = Quantity(8)
        facts.whole[0].groups = [nil, "first", "second"]
        facts.sharing = ["first", "second"].map {
            .init(requirementID: "A", splitID: $0, needed: Quantity(3), installed: .zero, excepted: .zero)
        }
        #expect(try SplitPlan(facts).requirements[0].continuing.open == Quantity(6))
        facts.elsewhere = [.init(requirementID: "A", quantity: Quantity(4), groups: ["first", "second"])]
        let line = try SplitPlan(facts).requirements[0]
        #expect(line.continuing.open == Quantity(3) && line.split.open == Quantity(3))
        facts.elsewhere[0].quantity = Quantity(6)
        let full = try SplitPlan(facts).requirements[0]
        #expect(full.continuing.open == Quantity(1) && full.split.open == Quantity(1))
        facts.elsewhere[0].quantity = Quantity(7)
        #expect(throws: SplitRefusal.self) { try SplitPlan(facts) }
    }

    @Test func sumsAreConservedWhateverIsSplit() throws {
        for seed in 0..<400 {
            var generator = SeededGenerator(seed: UInt64(seed))
            let facts = random(&generator)
            guard let plan = try? SplitPlan(facts) else { continue }
            for (requirement, line) in zip(facts.requirements, plan.requirements) {
                let exceptions = facts.exceptions.filter { $0.requirementID == requirement.id }.map(\.quantity).sum
                #expect(line.continuing.excepted + line.split.excepted == exceptions, "seed \(seed)")
                #expect(
                    line.continuing.needed + line.split.needed
                        == requirement.quantityPerUnit.times(facts.from.quantity),
                    "seed \(seed)"
                )
                for side in [line.continuing, line.split] {
                    #expect(side.installed + side.excepted + side.open <= side.needed, "seed \(seed)")
                    #expect(side.open >= .zero && side.excepted >= .zero, "seed \(seed)")
                }
            }
            for part in Set(facts.reserved.map(\.partID)) {
                let rows = facts.reserved.filter { $0.partID == part }
                let ids = Set(rows.map(\.inventoryID))
                let follows = plan.reserved.filter { ids.contains($0.id) }
                let all = rows.map(\.quantity).sum
                let proportion = all.share(of: facts.quantity, in: facts.from.quantity).roundedDown
                let sum = follows.map(\.quantity).sum
                #expect(sum <= proportion && proportion < sum + Quantity(1), "seed \(seed)")
                // No unit is divided: a row follows whole, or whole units of it.
                let whole = follows.filter { part in
                    rows.contains { $0.inventoryID == part.id && $0.quantity == part.quantity }
                }
                let divided = follows.filter { !whole.contains($0) }
                #expect(divided.count <= 1, "seed \(seed)")
                #expect(divided.allSatisfy { $0.quantity == $0.quantity.roundedDown }, "seed \(seed)")
            }
            for (id, quantity) in plan.reserved.map({ ($0.id, $0.quantity) }) {
                let row = facts.reserved.first { $0.inventoryID == id }
                #expect(quantity > .zero && quantity <= row?.quantity ?? .zero, "seed \(seed)")
            }
        }
    }

    private func example() -> SplitFacts {
        SplitFacts(
            run: .init(id: "r", number: 1),
            from: .init(quantity: Quantity(5)),
            quantity: Quantity(2),
            requirements: [("A", 3), ("B", 2), ("C", 1)].map {
                .init(id: $0, partNumber: $0, quantityPerUnit: Quantity($1))
            },
            whole: [
                .init(id: "i1", requirementID: "A", quantity: Quantity(2)),
                .init(id: "i2", requirementID: "B", quantity: Quantity(1)),
            ]
        )
    }

    private func random(_ generator: inout SeededGenerator) -> SplitFacts {
        let units = Int.random(in: 2...9, using: &generator)
        let split = Int.random(in: 1..<units, using: &generator)
        var facts = SplitFacts(
            run: .init(id: "r", number: 1),
            from: .init(quantity: Quantity(units)),
            quantity: Quantity(split)
        )
        for line in 0..<Int.random(in: 1...4, using: &generator) {
            let perUnit = Int.random(in: 1...4, using: &generator)
            let kept = Int.random(in: 0...perUnit * (units - split), using: &generator)
            let left = Int.random(in: 0...perUnit * split, using: &generator)
            facts.requirements.append(
                .init(
                    id: "\(line)",
                    unit: Bool.random(using: &generator) ? "each" : "m",
                    quantityPerUnit: Quantity(perUnit),
                    installedKept: Quantity(kept),
                    installedSplit: Quantity(left)
                )
            )
            var open = perUnit * units - kept - left
            for number in 0..<3 where open > 0 && Bool.random(using: &generator) {
                let quantity = Int.random(in: 1...open, using: &generator)
                open -= quantity
                if Bool.random(using: &generator) {
                    facts.whole.append(
                        .init(id: "\(line)/\(number)", requirementID: "\(line)", quantity: Quantity(quantity))
                    )
                } else {
                    facts.exceptions.append(
                        .init(id: "\(line)/\(number)", requirementID: "\(line)", quantity: Quantity(quantity))
                    )
                }
            }
        }
        for row in 0..<Int.random(in: 0...6, using: &generator) {
            let isSerial = Bool.random(using: &generator)
            facts.reserved.append(
                .init(
                    inventoryID: "\(row)",
                    partID: isSerial ? "serial" : "lot",
                    quantity: isSerial
                        ? Quantity(1) : Quantity(millionths: Int128.random(in: 1...9_000_000, using: &generator))
                )
            )
        }
        return facts
    }
}

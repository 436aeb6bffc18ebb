import RunModel
import SplitInventory

extension Problem {
    /// A refusal to plan, in the words of its rule.
    init(_ refusal: SplitRefusal) {
        switch refusal {
        case .notSome(let quantity, let all):
            self.init(
                422,
                "split_not_some",
                "There are \(all) units: \(quantity) can't be split off. Some are split off, and some stay.",
                rule: "X1",
                clear: "Split off more than 0 and less than \(all)."
            )
        case .aboveNeed(let line):
            self.init(
                409,
                "split_above_need",
                "Of part \(line.requirement.partNumber) the units that stay need \(line.continuing.needed) and have "
                    + "\(line.continuing.installed), those that leave need \(line.split.needed) and have "
                    + "\(line.split.installed), \(line.shared) are shared and "
                    + "\(line.continuing.excepted + line.split.excepted) excepted: that is more than is needed.",
                rule: "X3",
                clear: "Uninstall what is too much, or withdraw an exception, first."
            )
        }
    }
}

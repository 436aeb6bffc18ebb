package import RunModel

/// Why a split can't be planned.
package enum SplitRefusal: Error, Equatable {
    /// X1: more than nothing and less than all of the units are split off.
    case notSome(quantity: Quantity, of: Quantity)
    /// X3: however what is shared is resolved, a group would have more of a part than it needs.
    case aboveNeed(SplitPlan.Line)
}

/// Where a plan puts a step, how far it could slide, and why it is there.
package struct PlannedStep: Equatable, Sendable {
    /// The earliest start that the network allows, or the one that capacity leaves; the actual one of a step that has started.
    package var start: Instant
    package var finish: Instant
    /// The latest times that keep every due date after it; of a completed step its own. Capacity is not looked at.
    package var latestStart: Instant
    package var latestFinish: Instant
    /// How much later it could finish without a due date missed, in working seconds of its own work center; negative when one
    /// is missed already; of a step with others nested in it the least of theirs. Nil for a completed step.
    package var slack: Int64?
    package var reason: Reason

    /// Why a step doesn't start earlier; of one in progress, why what is left of it doesn't.
    package struct Reason: Equatable, Sendable {
        package var bound: Bound
        /// The moment that the bound sets.
        package var at: Instant
        /// Whether its work center is closed at that moment, so that it waits for the opening.
        package var isClosed: Bool
    }

    /// What holds a step where it is; steps by position.
    package enum Bound: Hashable, Sendable {
        /// Nothing: it could start when planning does.
        case planStart
        /// It happened: the step is in progress or completed.
        case actual
        /// This step ends only then. Of one with others nested in it, it is the nested one that ends last; canceled ones are
        /// seen through.
        case upstream(Int)
        /// This step, itself or one that it is nested in, is not to be started before.
        case notBefore(Int)
        /// This step, itself or one that it is nested in, is on hold.
        case hold(Int)
        /// Its work center is taken, by this step last.
        case capacity(Int)
        /// Its work center is taken, by this one of ``PlanFacts/occupied`` last.
        case occupied(Int)
        /// It is worked as one with this step, which can't start earlier (K3).
        case sibling(Int)
        /// It starts with this step, which is nested in it.
        case nested(Int)
    }
}

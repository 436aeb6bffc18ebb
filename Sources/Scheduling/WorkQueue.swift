package import RunModel

/// A work center's queue, or a person's: its open steps in the order in which they call for work, each with why (H6).
package enum WorkQueue {
    /// Where a step stands in the queue; the first that holds, in this order.
    package enum Section: String, CaseIterable, Sendable {
        /// Not available (A1).
        case blocked
        /// Past its end or its due date.
        case overdue
        /// In progress, or its start is reached.
        case now
        /// Scheduled later or not at all.
        case next

        /// What can be worked on comes before what can't.
        fileprivate var rank: Int {
            switch self {
            case .overdue: 0
            case .now: 1
            case .next: 2
            case .blocked: 3
            }
        }
    }

    /// Why a step stands in its section.
    package enum Why: Hashable, Sendable {
        /// It is on hold, in redline or failed.
        case state(StepState)
        /// Something upstream isn't completed, or what it is nested in isn't in progress (A1).
        case waits
        case pastEnd(Instant)
        case pastDue(Instant)
        case inProgress
        case startReached(Instant)
        case startsLater(Instant)
        case unscheduled
    }

    /// A step as the queue is asked for.
    package struct Step: Hashable, Sendable {
        package var id: String
        package var state: StepState
        /// Whether it can be worked on (A1).
        package var isAvailable: Bool
        package var start: Instant?
        package var end: Instant?
        package var due: Instant?

        package init(
            id: String,
            state: StepState,
            isAvailable: Bool,
            start: Instant? = nil,
            end: Instant? = nil,
            due: Instant? = nil
        ) {
            self.id = id
            self.state = state
            self.isAvailable = isAvailable
            self.start = start
            self.end = end
            self.due = due
        }

        /// The earlier of its end and its due date.
        fileprivate var limit: Instant? {
            guard let end, let due else { return end ?? due }
            return min(end, due)
        }
    }

    package struct Entry: Hashable, Sendable {
        package var step: Step
        package var section: Section
        package var why: Why
    }

    /// The open steps among these: overdue ones, then those for now, then the next, at last the blocked ones.
    ///
    /// Within a section first who is to be done first, by the earlier of end and due date; among the next who starts first. Who
    /// has no such moment comes after those who have, and the other moment, then the id decide: the same steps always come in
    /// the same order.
    package static func entries(of steps: [Step], at now: Instant) -> [Entry] {
        steps.compactMap { entry(of: $0, at: now) }.sorted(by: comesFirst)
    }

    /// - Returns: nil for a step that isn't open.
    package static func entry(of step: Step, at now: Instant) -> Entry? {
        switch step.state {
        case .completed, .canceled: return nil
        case .hold, .redline, .failed: return Entry(step: step, section: .blocked, why: .state(step.state))
        case .todo, .inProgress: break
        }
        if !step.isAvailable { return Entry(step: step, section: .blocked, why: .waits) }
        if let limit = step.limit, limit < now {
            return Entry(step: step, section: .overdue, why: step.end == limit ? .pastEnd(limit) : .pastDue(limit))
        }
        if step.state == .inProgress { return Entry(step: step, section: .now, why: .inProgress) }
        guard let start = step.start else { return Entry(step: step, section: .next, why: .unscheduled) }
        return start <= now
            ? Entry(step: step, section: .now, why: .startReached(start))
            : Entry(step: step, section: .next, why: .startsLater(start))
    }

    private static func comesFirst(_ left: Entry, _ right: Entry) -> Bool {
        key(left) < key(right)
    }

    /// What the order looks at; no moment is later than any.
    private static func key(_ entry: Entry) -> (Int, Int64, Int64, String) {
        let start = entry.step.start?.seconds ?? Int64.max
        let limit = entry.step.limit?.seconds ?? Int64.max
        return entry.section == .next
            ? (entry.section.rank, start, limit, entry.step.id) : (entry.section.rank, limit, start, entry.step.id)
    }
}

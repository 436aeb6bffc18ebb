/// All that a schedule is planned from, as plain values. What if: change a copy, and plan that.
///
/// Steps, work centers and calendars refer to each other by position in their arrays. Steps of many runs can be planned
/// together: a run that waits for another's output is one more dependency.
package struct PlanFacts: Sendable {
    /// Before this moment nothing that is left to do is planned: now, or when a project is to begin.
    package var start: Instant
    /// When all is to be done, where a step says nothing itself; nil: at the end that planning forward finds.
    package var due: Instant?
    package var calendars: [WorkCalendar]
    package var workCenters: [WorkCenter]
    package var steps: [Step]
    package var dependencies: [Dependency]
    package var occupied: [Occupation]

    package init(
        start: Instant,
        due: Instant? = nil,
        calendars: [WorkCalendar] = [],
        workCenters: [WorkCenter] = [],
        steps: [Step] = [],
        dependencies: [Dependency] = [],
        occupied: [Occupation] = []
    ) {
        self.start = start
        self.due = due
        self.calendars = calendars
        self.workCenters = workCenters
        self.steps = steps
        self.dependencies = dependencies
        self.occupied = occupied
    }

    /// Where steps are worked on.
    package struct WorkCenter: Sendable {
        /// What refusals call it.
        package var name: String
        /// Position in ``PlanFacts/calendars``; nil: around the clock.
        package var calendar: Int?
        /// How many steps it takes at a time; nil: any number.
        package var capacity: Int?

        package init(name: String, calendar: Int? = nil, capacity: Int? = nil) {
            self.name = name
            self.calendar = calendar
            self.capacity = capacity
        }
    }

    /// The step at position `to` starts after the one at `from` is done.
    package struct Dependency: Hashable, Sendable {
        package var from: Int
        package var to: Int

        package init(from: Int, to: Int) {
            self.from = from
            self.to = to
        }
    }

    /// Room for one at a work center that a step takes which is not planned here: it stays as it is scheduled.
    package struct Occupation: Sendable {
        package var stepID: String
        package var runID: String
        /// Position in ``PlanFacts/workCenters``.
        package var workCenter: Int
        package var start: Instant
        package var end: Instant

        package init(stepID: String, runID: String, workCenter: Int, start: Instant, end: Instant) {
            self.stepID = stepID
            self.runID = runID
            self.workCenter = workCenter
            self.start = start
            self.end = end
        }
    }

    package struct Step: Sendable {
        package var id: String
        /// The step that it is nested in, by position: it starts with its first nested step and ends with its last (P6). Its own
        /// lead time counts only while nothing is nested in it, canceled steps aside.
        package var parent: Int?
        /// Position in ``PlanFacts/workCenters``; nil: anywhere, around the clock.
        package var workCenter: Int?
        /// Working seconds of its work center.
        package var leadTime: Int64
        package var progress: Progress
        /// Not to be started before; what is nested in it neither.
        package var notBefore: Instant?
        /// When it is to be done; what is nested in it too.
        package var due: Instant?
        package var hold: Hold?
        /// Steps with the same number are worked as one (K3): all of them start when the last of them can, and at a work center they
        /// take the room of one.
        package var together: Int?

        package init(
            id: String,
            parent: Int? = nil,
            workCenter: Int? = nil,
            leadTime: Int64 = 0,
            progress: Progress = .todo,
            notBefore: Instant? = nil,
            due: Instant? = nil,
            hold: Hold? = nil,
            together: Int? = nil
        ) {
            self.id = id
            self.parent = parent
            self.workCenter = workCenter
            self.leadTime = leadTime
            self.progress = progress
            self.notBefore = notBefore
            self.due = due
            self.hold = hold
            self.together = together
        }
    }

    /// How far a step is.
    package enum Progress: Hashable, Sendable {
        case todo
        /// Its start stays; so many working seconds are left.
        case started(at: Instant, remaining: Int64)
        /// Stays where it was, and no longer waits for anything.
        case completed(start: Instant, end: Instant)
        /// Takes no part; whoever waited for it waits for what it waited for, and what its ancestors waited for (A2).
        case canceled
    }

    /// A step that can't be worked on, nor what is nested in it: on hold, in redline, failed.
    package struct Hold: Hashable, Sendable {
        /// When work is expected to go on; nil: nobody knows, and it is planned as if released at ``PlanFacts/start``.
        package var until: Instant?

        package init(until: Instant? = nil) {
            self.until = until
        }
    }
}

extension PlanFacts {
    /// - Throws: what can't be, by name.
    func check() throws(ScheduleRefusal) {
        guard Instant.plannable.contains(start) else { throw .outsidePlannableTime(start) }
        if let due, !isInReach(due) { throw .outsidePlannableTime(due) }
        for center in workCenters {
            try check(center.calendar, "calendar", in: calendars.count)
            if let capacity = center.capacity, capacity < 1 {
                throw .capacityNotPositive(workCenter: center.name, capacity: capacity)
            }
        }
        for step in steps { try check(step) }
        for dependency in dependencies {
            try check(dependency.from, "dependency", in: steps.count)
            try check(dependency.to, "dependency", in: steps.count)
        }
        for taken in occupied { try check(taken.workCenter, "work center", in: workCenters.count) }
    }

    /// The working time from ``start`` on that it takes, as far as planning reaches; nil for none.
    func range(of taken: Occupation, in time: inout WorkTime) throws(ScheduleRefusal) -> Range<Int64>? {
        let first = max(taken.start, start)
        let last = min(taken.end, Instant(seconds: start.seconds + Instant.reach))
        guard first < last else { return nil }
        let (begins, ends) = (try time.position(of: first), try time.position(of: last))
        return begins < ends ? begins..<ends : nil
    }

    private func check(_ step: Step) throws(ScheduleRefusal) {
        try check(step.parent, "parent", in: steps.count)
        try check(step.workCenter, "work center", in: workCenters.count)
        guard step.leadTime >= 0 else { throw .negativeLeadTime(step: step.id, seconds: step.leadTime) }
        var moments = [step.notBefore, step.due, step.hold?.until]
        switch step.progress {
        case .todo, .canceled: break
        case .started(let at, let remaining):
            guard remaining >= 0 else { throw .negativeLeadTime(step: step.id, seconds: remaining) }
            guard at <= start else { throw .notYet(step: step.id) }
            moments.append(at)
        case .completed(let first, let last):
            guard first <= last else { throw .endBeforeStart(step: step.id) }
            guard last <= start else { throw .notYet(step: step.id) }
            moments += [first, last]
        }
        guard moments.allSatisfy(isInReach) else { throw .stepBeyondReach(step: step.id) }
    }

    private func check(_ position: Int?, _ what: String, in count: Int) throws(ScheduleRefusal) {
        if let position, !(0..<count).contains(position) { throw .noSuchPosition(what: what, position: position) }
    }

    /// Whether planning from ``start`` reaches it; nothing is in reach.
    func isInReach(_ instant: Instant?) -> Bool {
        guard let instant else { return true }
        return (start.seconds - Instant.reach...start.seconds + Instant.reach).contains(instant.seconds)
    }
}

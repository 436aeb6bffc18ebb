/// What Postgres says of the runs that are planned, by their ids. Times are whole seconds since 1970-01-01T00:00:00Z.
package struct RunFacts: Decodable, Sendable {
    package struct Run: Decodable, Sendable {
        package var id: String
        package var number: Int
        package var title: String
        var notBefore: Int64?
        /// What was said of the run itself; it wins over its steps (H1).
        package var scheduledEnd: Int64?
        package var due: Int64?
        /// As was said, else as its steps are (H1).
        var effectiveStart: Int64?
        var effectiveEnd: Int64?
        /// The last moment for which anything of it is planned.
        var plannedUntil: Int64?
        /// Completed or canceled.
        var isOver: Bool
    }

    struct Calendar: Decodable, Sendable {
        struct Shift: Decodable, Sendable {
            var weekday: Int
            var start: String
            var end: String
        }

        struct ExtraDay: Decodable, Sendable {
            var date: String
            var weekday: Int
        }

        var id: String
        var name: String
        var timeZone: String
        var shifts: [Shift]
        var holidays: [String]
        var extraDays: [ExtraDay]
    }

    package struct WorkCenter: Decodable, Sendable {
        package var id: String
        package var name: String
        var workCalendarId: String?
        var capacity: Int?
    }

    package struct Step: Decodable, Sendable {
        package var id: String
        package var runId: String
        package var title: String
        package var parentId: String?
        package var state: String
        package var locationId: String?
        var leadTimeSeconds: Int64
        var startedAt: Int64?
        var completedAt: Int64?
        var stateChangedAt: Int64?
        var siblingId: String?
        package var scheduledStart: Int64?
        package var scheduledEnd: Int64?
    }

    /// A run that waits for what another builds (H2): at this step, or as a whole.
    package struct Supply: Decodable, Sendable {
        package var id: String
        package var runId: String
        package var runStepId: String?
        package var buildRequirementId: String
        package var supplyingRunId: String
        package var supplyingRunNumber: Int
        var isCanceled: Bool
        /// When the supplying run is scheduled to end.
        var effectiveEnd: Int64?
    }

    /// A step of another run at one of the work centers, as it is scheduled.
    struct Occupation: Decodable, Sendable {
        var locationId: String
        var stepId: String
        var runId: String
        var start: Int64
        var end: Int64
    }

    /// What tells these facts, apart from the time of day, from any others.
    package var basis: String?
    var now: Int64
    var start: Int64
    var due: Int64?
    /// The runs that are past their due date, or planned to be (H4).
    var lateRuns: [String]
    package var runs: [Run]
    var calendars: [Calendar]
    package var workCenters: [WorkCenter]
    package var steps: [Step]
    package var supplies: [Supply]
    var occupied: [Occupation]
    /// Pairs of what comes first and what comes after it.
    package var dependencies: [[String]]
}

extension RunFacts {
    /// What a plan keeps of the schedule that there is.
    package enum Keeping: Sendable {
        /// Nothing: all that is left is planned anew.
        case nothing
        /// What was scheduled takes as long as it was scheduled to, and may start earlier.
        case lengths
        /// Nor does it start earlier.
        case starts
    }

    /// The same by position, for the planner.
    ///
    /// What is in progress needs what is left of its lead time after the working time, by its work center's calendar, since it
    /// began; what stopped (on hold, in redline, failed) did so when it stopped. What is not to start before a run was said to
    /// start, and is due when the run is. Siblings are worked as one.
    func planFacts(keeping: Keeping = .nothing) throws(ScheduleRefusal) -> PlanFacts {
        let positions = Dictionary(uniqueKeysWithValues: steps.enumerated().map { ($1.id, $0) })
        let calendarPositions = Dictionary(uniqueKeysWithValues: calendars.enumerated().map { ($1.id, $0) })
        let centerPositions = Dictionary(uniqueKeysWithValues: workCenters.enumerated().map { ($1.id, $0) })
        let runs = Dictionary(uniqueKeysWithValues: runs.map { ($0.id, $0) })
        var facts = PlanFacts(start: Instant(seconds: start), due: due.map(Instant.init(seconds:)))
        for calendar in calendars { facts.calendars.append(try WorkCalendar(calendar)) }
        facts.workCenters = workCenters.map { center in
            PlanFacts.WorkCenter(
                name: center.name,
                calendar: center.workCalendarId.flatMap { calendarPositions[$0] },
                capacity: center.capacity
            )
        }
        var times = [try WorkTime(.always, around: facts.start)]
        for calendar in facts.calendars { times.append(try WorkTime(calendar, around: facts.start)) }
        var siblings: [String: Int] = [:]
        for step in steps {
            let run = runs[step.runId]
            let center = step.locationId.flatMap { centerPositions[$0] }
            let calendar = (center.flatMap { facts.workCenters[$0].calendar } ?? -1) + 1
            var values = PlanFacts.Step(
                id: step.id,
                parent: step.parentId.flatMap { positions[$0] },
                workCenter: center,
                leadTime: step.leadTimeSeconds,
                notBefore: run?.notBefore.map(Instant.init(seconds:)),
                due: run?.due.map(Instant.init(seconds:)),
                hold: step.isStopped ? PlanFacts.Hold() : nil
            )
            if keeping != .nothing, let from = step.scheduledStart, let to = step.scheduledEnd, from < to {
                let length = try times[calendar].seconds(from: Instant(seconds: from), to: Instant(seconds: to))
                if length > 0 { values.leadTime = length }
            }
            if keeping == .starts, let from = step.scheduledStart {
                values.notBefore = max(values.notBefore ?? Instant(seconds: from), Instant(seconds: from))
            }
            values.progress = try progress(of: step, leadTime: values.leadTime, &times[calendar])
            if let sibling = step.siblingId {
                siblings[sibling] = siblings[sibling] ?? siblings.count
                values.together = siblings[sibling]
            }
            facts.steps.append(values)
        }
        for pair in dependencies where pair.count == 2 {
            if let from = positions[pair[0]], let to = positions[pair[1]] {
                facts.dependencies.append(PlanFacts.Dependency(from: from, to: to))
            }
        }
        addSupplies(to: &facts, positions)
        facts.occupied = occupied.compactMap { taken in
            centerPositions[taken.locationId].map {
                PlanFacts.Occupation(
                    stepID: taken.stepId,
                    runID: taken.runId,
                    workCenter: $0,
                    start: Instant(seconds: taken.start),
                    end: Instant(seconds: taken.end)
                )
            }
        }
        return facts
    }

    private func progress(
        of step: Step,
        leadTime: Int64,
        _ times: inout WorkTime
    ) throws(ScheduleRefusal) -> PlanFacts.Progress {
        switch (step.state, step.startedAt) {
        case ("canceled", _): return .canceled
        case ("completed", let began?):
            let end = min(step.completedAt ?? began, start)
            return .completed(start: Instant(seconds: min(began, end)), end: Instant(seconds: end))
        case ("todo", _), (_, nil): return .todo
        case (_, let began?):
            var worked = now
            if step.isStopped, let stopped = step.stateChangedAt { worked = min(now, stopped) }
            let passed =
                worked > began ? try times.seconds(from: Instant(seconds: began), to: Instant(seconds: worked)) : 0
            return .started(at: Instant(seconds: min(began, start)), remaining: max(0, leadTime - passed))
        }
    }
}

extension RunFacts.Step {
    /// Whether it can't be worked on until somebody lets it go on.
    var isStopped: Bool { ["hold", "redline", "failed"].contains(state) }
}

/// What Postgres says of a work center whose load is asked for.
struct LoadFacts: Decodable, Sendable {
    var capacity: Int?
    var calendar: RunFacts.Calendar?
    /// Start and end of each scheduled step.
    var work: [[Int64]]

    /// - Throws: ``ScheduleRefusal``.
    func days(from first: LocalDate, count: Int) throws(ScheduleRefusal) -> [DayLoad] {
        var calendar = WorkCalendar.always
        if let known = self.calendar { calendar = try WorkCalendar(known) }
        return try DayLoad.days(
            from: first,
            count: count,
            calendar: calendar,
            capacity: capacity,
            work: work.filter { $0.count == 2 }.map { (Instant(seconds: $0[0]), Instant(seconds: $0[1])) }
        )
    }
}

extension WorkCalendar {
    fileprivate init(_ calendar: RunFacts.Calendar) throws(ScheduleRefusal) {
        var shifts: [Shift] = []
        for shift in calendar.shifts {
            let (start, end) = (Self.minutes(shift.start), Self.minutes(shift.end))
            guard let weekday = Weekday(rawValue: shift.weekday) else {
                throw .shiftOutsideDay(calendar: calendar.name, start: start, end: end)
            }
            shifts.append(Shift(weekday, start: start, end: end))
        }
        var extraDays: [LocalDate: Weekday] = [:]
        for day in calendar.extraDays {
            guard let date = LocalDate(day.date), let weekday = Weekday(rawValue: day.weekday) else { continue }
            extraDays[date] = weekday
        }
        try self.init(
            name: calendar.name,
            zone: try ZoneRules(named: calendar.timeZone),
            shifts: shifts,
            holidays: Set(calendar.holidays.compactMap { LocalDate($0) }),
            extraDays: extraDays
        )
    }

    /// Minutes after midnight of `HH:MM`, which Postgres has checked.
    private static func minutes(_ text: String) -> Int {
        let parts = text.split(separator: ":").compactMap { Int($0) }
        return parts.count == 2 ? parts[0] * 60 + parts[1] : -1
    }
}

extension LocalDate {
    /// Of `YYYY-MM-DD`.
    package init?(_ text: String) {
        let parts = text.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3 else { return nil }
        self.init(year: parts[0], month: parts[1], day: parts[2])
    }
}

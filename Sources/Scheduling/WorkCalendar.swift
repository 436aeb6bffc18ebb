/// When a work center works: shifts of the week by the clock of its zone, less holidays, plus extra days (H3).
///
/// A shift belongs to the date on which it starts: a holiday takes away the night shift that starts on it, to its end in the
/// morning after, and leaves the one that runs into it. Shifts that overlap count once. A shift over a clock change is as much
/// longer or shorter as the change makes it.
package struct WorkCalendar: Equatable, Sendable {
    /// What refusals call it.
    package let name: String
    /// Nil: around the clock, every day.
    package let week: Week?

    /// A calendar that is ever closed.
    package struct Week: Equatable, Sendable {
        package let shifts: [Shift]
        package let holidays: Set<LocalDate>
        package let extraDays: [LocalDate: Weekday]
        package let zone: ZoneRules
    }

    /// A time of work on one day of the week.
    package struct Shift: Hashable, Sendable {
        package var weekday: Weekday
        /// Minutes after midnight by the clock, 0 to 1439.
        package var start: Int
        /// Minutes after midnight by the clock, 0 to 1440. At or before the start: of the next day, so that 22:00 to 6:00 is a
        /// night shift and 0:00 to 0:00 a whole day.
        package var end: Int

        package init(_ weekday: Weekday, start: Int, end: Int) {
            self.weekday = weekday
            self.start = start
            self.end = end
        }

        /// Minutes after the midnight before its start.
        var endFromStartDay: Int { end <= start ? end + 1440 : end }
    }

    /// How many shifts a week may have: one for each quarter of an hour.
    package static let shiftLimit = 672

    /// Around the clock: what holds where a work center has no calendar.
    package static let always = WorkCalendar(name: "24/7", week: nil)

    private init(name: String, week: Week?) {
        self.name = name
        self.week = week
    }

    /// - Parameters:
    ///   - holidays: dates on which no shift starts.
    ///   - extraDays: dates that have the shifts of that day of the week in place of their own, even where they are holidays.
    /// - Throws: ``ScheduleRefusal``: a shift outside its day, too many of them, a calendar without any.
    package init(
        name: String,
        zone: ZoneRules,
        shifts: [Shift],
        holidays: Set<LocalDate> = [],
        extraDays: [LocalDate: Weekday] = [:]
    ) throws(ScheduleRefusal) {
        if let wrong = shifts.first(where: { !(0..<1440 ~= $0.start && 0...1440 ~= $0.end) }) {
            throw .shiftOutsideDay(calendar: name, start: wrong.start, end: wrong.end)
        }
        guard !shifts.isEmpty else { throw .noWorkingHour(calendar: name) }
        guard shifts.count <= Self.shiftLimit else { throw .tooManyShifts(calendar: name) }
        self.init(name: name, week: Week(shifts: shifts, holidays: holidays, extraDays: extraDays, zone: zone))
    }
}

extension WorkCalendar.Week {
    /// The spans of work of the shifts that start on these days, ascending, with neither overlap nor contact.
    func spans(of days: Range<Int64>) -> [Range<Int64>] {
        let byWeekday = Dictionary(grouping: shifts.sorted { $0.start < $1.start }, by: \.weekday)
        var spans: [Range<Int64>] = []
        for date in days.lazy.map(LocalDate.init(day:)) {
            let extra = extraDays[date]
            if extra == nil && holidays.contains(date) { continue }
            for shift in byWeekday[extra ?? date.weekday] ?? [] {
                let start = zone.first(Int64(shift.start) * 60, on: date).seconds
                let end = zone.first(Int64(shift.endFromStartDay) * 60, on: date).seconds
                // A shift that the clock skips is none.
                guard start < end else { continue }
                // Starts ascend, as the clock's times do.
                if let last = spans.last, start <= last.upperBound {
                    spans[spans.count - 1] = last.lowerBound..<max(last.upperBound, end)
                } else {
                    spans.append(start..<end)
                }
            }
        }
        return spans
    }
}

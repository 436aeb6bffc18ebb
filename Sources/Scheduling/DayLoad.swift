/// What a work center can do on a day, and what it is to do (H6).
package struct DayLoad: Equatable, Sendable {
    /// In the calendar's zone; UTC around the clock.
    package var date: LocalDate
    /// Working seconds, times how many steps it takes at a time; nil: any number of them.
    package var capacity: Int64?
    /// Working seconds of what is scheduled, each step by itself.
    package var load: Int64

    /// How many days are told at once: ten years.
    package static let dayLimit = 3660

    /// The days from a date on; a step that goes on over several has its part in each.
    ///
    /// - Parameters:
    ///   - count: 0 to ``dayLimit``.
    ///   - capacity: how many steps at a time; nil: any number.
    ///   - work: when steps start and end; what ends before it starts is none.
    /// - Throws: ``ScheduleRefusal``.
    package static func days(
        from first: LocalDate,
        count: Int,
        calendar: WorkCalendar,
        capacity: Int?,
        work: [(start: Instant, end: Instant)]
    ) throws(ScheduleRefusal) -> [DayLoad] {
        guard 0...dayLimit ~= count else { throw .tooManyDays(count) }
        let zone = calendar.week?.zone ?? .utc
        let anchor = zone.first(0, on: first)
        var time = try WorkTime(calendar, around: anchor)
        var midnights: [Int64] = []
        for day in 0...count {
            midnights.append(try time.position(of: zone.first(0, on: LocalDate(day: first.day + Int64(day)))))
        }
        guard let low = midnights.first, let high = midnights.last else { return [] }
        let end = zone.first(0, on: LocalDate(day: first.day + Int64(count)))
        // At each position, how many begin there less how many end: sorted, they are swept once along the days.
        var turns: [(at: Int64, change: Int64)] = []
        for span in work where span.start < span.end && span.start < end && span.end > anchor {
            let starts = span.start <= anchor ? low : try time.position(of: span.start)
            let ends = span.end >= end ? high : try time.position(of: span.end)
            turns += [(starts, 1), (ends, -1)]
        }
        turns.sort { $0.at < $1.at }
        var days: [DayLoad] = []
        var (next, open, at) = (0, Int64(0), low)
        for day in 0..<count {
            let until = midnights[day + 1]
            var load: Int64 = 0
            while next < turns.count, turns[next].at <= until {
                load += open * (turns[next].at - at)
                at = turns[next].at
                open += turns[next].change
                next += 1
            }
            load += open * (until - at)
            at = until
            days.append(
                DayLoad(
                    date: LocalDate(day: first.day + Int64(day)),
                    capacity: capacity.map { room($0, times: until - midnights[day]) },
                    load: load
                )
            )
        }
        return days
    }

    /// As much as a number can say, for more.
    private static func room(_ capacity: Int, times seconds: Int64) -> Int64 {
        let (product, isOver) = Int64(capacity).multipliedReportingOverflow(by: seconds)
        return isOver ? Int64.max : product
    }
}

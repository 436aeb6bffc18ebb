import Foundation
import Scheduling

/// A calendar minute by minute, from Foundation's zones: what ``WorkTime`` must agree with, by a way as different as it gets.
struct MinuteWalk {
    /// The first minute's moment.
    let start: Int64
    /// Whether each minute is worked.
    private(set) var works: [Bool]

    /// - Parameters:
    ///   - zone: the calendar's zone, as Foundation knows it.
    ///   - start: a whole quarter of an hour: clocks change at no other time.
    init(_ week: WorkCalendar.Week, zone: TimeZone, from start: Int64, days: Int) {
        self.start = start
        let count = days * 1440
        works = Array(repeating: false, count: count)
        // What the clock shows, in minutes since 1970; the highest so far, so that what comes twice is found once.
        var highest: [Int64] = []
        var offset = 0
        for minute in 0..<count {
            let seconds = start + Int64(minute) * 60
            if minute % 15 == 0 { offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))) }
            highest.append(max(highest.last ?? Int64.min, (seconds + Int64(offset)) / 60))
        }
        func first(_ local: Int64) -> Int {
            var minute = 0
            while minute < count && highest[minute] < local {
                // No more than a day's minutes are skipped at once.
                minute += max(1, min(Int(local - highest[minute]) - 1560, 100_000))
            }
            return minute
        }
        let firstDay = (start / 86_400) - 2
        for day in firstDay..<firstDay + Int64(days) + 4 {
            let date = LocalDate(day: day)
            let weekday: Weekday
            if let extra = week.extraDays[date] {
                weekday = extra
            } else if week.holidays.contains(date) {
                continue
            } else {
                weekday = date.weekday
            }
            for shift in week.shifts where shift.weekday == weekday {
                let length = shift.end > shift.start ? shift.end - shift.start : shift.end + 1440 - shift.start
                let open = first(day * 1440 + Int64(shift.start))
                let close = first(day * 1440 + Int64(shift.start + length))
                for minute in open..<max(open, close) where minute < count { works[minute] = true }
            }
        }
    }

    private func isWorked(_ second: Int64) -> Bool { works[Int((second - start) / 60)] }

    /// Second by second within a minute, minute by minute otherwise: when so much work that begins then is done.
    func adding(_ seconds: Int64, to instant: Int64) -> Int64 {
        var (rest, at) = (seconds, instant)
        while rest > 0 {
            let step = min(60 - (at - start) % 60, rest)
            if isWorked(at) {
                rest -= step
                at += step
            } else {
                at += 60 - (at - start) % 60
            }
        }
        return at
    }

    func subtracting(_ seconds: Int64, from instant: Int64) -> Int64 {
        var (rest, at) = (seconds, instant)
        while rest > 0 {
            let into = (at - start) % 60
            let step = into == 0 ? 60 : into
            if isWorked(at - 1) {
                let used = min(step, rest)
                rest -= used
                at -= used
            } else {
                at -= step
            }
        }
        // The latest start with the same work: a closed time just before it would not do, one just after it is jumped over.
        return next(from: at)
    }

    func next(from instant: Int64) -> Int64 {
        var at = instant
        while !isWorked(at) { at += 60 - (at - start) % 60 }
        return at
    }

    func previous(from instant: Int64) -> Int64 {
        var at = instant
        while !isWorked(at - 1) {
            let into = (at - start) % 60
            at -= into == 0 ? 60 : into
        }
        return at
    }

    func seconds(from first: Int64, to last: Int64) -> Int64 {
        var total: Int64 = 0
        var at = min(first, last)
        while at < max(first, last) {
            let step = min(60 - (at - start) % 60, max(first, last) - at)
            if isWorked(at) { total += step }
            at += step
        }
        return first <= last ? total : -total
    }
}

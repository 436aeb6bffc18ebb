/// The rule that a compiled zone ends with: POSIX's TZ string with RFC 9636's extension of the hours (3.3.1), as
/// `EST5EDT,M3.2.0,M11.1.0` or `<+1030>-10:30<+11>-11,M10.1.0,M4.1.0`.
struct PosixZone {
    /// Seconds ahead of UTC, as everywhere but in the text, which counts the other way.
    private var standard: Int64 = 0
    private var daylight: (offset: Int64, start: Change, end: Change)?

    /// A day of each year, and a time of it by the clock that shows until then, in seconds after midnight; may be negative.
    private struct Change {
        var day: Day
        var time: Int64 = 7200
    }

    private enum Day {
        /// 1 to 365; February 29 is never counted.
        case julian(Int)
        /// 0 to 365; February 29 is counted.
        case ordinal(Int)
        /// The so many-th (5: the last) of a weekday (0: Sunday) in a month.
        case weekday(month: Int, week: Int, weekday: Int)
    }

    /// - Returns: nil for what is no such rule.
    init?(_ text: ArraySlice<UInt8>) {
        var scanner = Scanner(rest: text)
        guard scanner.name(), let west = scanner.time() else { return nil }
        standard = -west
        if scanner.rest.isEmpty { return }
        guard scanner.name() else { return nil }
        var offset = standard + 3600
        if scanner.rest.first != UInt8(ascii: ",") {
            guard let west = scanner.time() else { return nil }
            offset = -west
        }
        guard let start = scanner.change(), let end = scanner.change(), scanner.rest.isEmpty else { return nil }
        daylight = (offset, start, end)
    }

    /// The changes between two moments, neither included.
    func changes(after first: Int64, until last: Int64) -> [(at: Int64, offset: Int64)] {
        guard let daylight else { return [(first, standard)].filter { $0.0 > Int64.min } }
        let range = max(first, -10_000_000_000)..<last
        let years =
            LocalDate(day: range.lowerBound / 86_400).civil.year - 1...LocalDate(day: last / 86_400).civil.year + 1
        var changes: [(at: Int64, offset: Int64)] = []
        for year in years {
            changes.append((at(daylight.start, in: year) - standard, daylight.offset))
            changes.append((at(daylight.end, in: year) - daylight.offset, standard))
        }
        return changes.sorted { $0.at < $1.at }.filter { $0.at > first && $0.at < last }
    }

    /// By the clock, in seconds since 1970-01-01T00:00.
    private func at(_ change: Change, in year: Int) -> Int64 {
        let day: Int64
        switch change.day {
        case .ordinal(let number): day = LocalDate.days(year: year, month: 1, day: 1) + Int64(number)
        case .julian(let number):
            let isLeap = LocalDate(year: year, month: 2, day: 29) != nil
            day = LocalDate.days(year: year, month: 1, day: 1) + Int64(isLeap && number >= 60 ? number : number - 1)
        case .weekday(let month, let week, let weekday):
            let first = LocalDate.days(year: year, month: month, day: 1)
            let next = LocalDate.days(year: month == 12 ? year + 1 : year, month: month == 12 ? 1 : month + 1, day: 1)
            // 1970-01-01 was a Thursday, 4.
            let weekdayOfFirst = ((first + 4) % 7 + 7) % 7
            var candidate = first + (Int64(weekday) - weekdayOfFirst + 7) % 7 + Int64(week - 1) * 7
            if candidate >= next { candidate -= 7 }
            day = candidate
        }
        return day * 86_400 + change.time
    }

    /// Takes the text's parts from the front.
    private struct Scanner {
        var rest: ArraySlice<UInt8>

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }

        mutating func number() -> Int64? {
            let digits = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
            guard 1...4 ~= digits.count else { return nil }
            rest = rest.dropFirst(digits.count)
            return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        }

        /// `EST`, or `<+1030>`.
        mutating func name() -> Bool {
            if take("<") {
                rest = rest.drop { $0 != UInt8(ascii: ">") }
                return take(">")
            }
            let letters = rest.prefix {
                UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0
            }
            rest = rest.dropFirst(letters.count)
            return letters.count >= 3
        }

        /// `[+-]hh[:mm[:ss]]` in seconds; up to 167 hours.
        mutating func time() -> Int64? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard var seconds = number().map({ $0 * 3600 }), seconds <= 167 * 3600 else { return nil }
            for unit: Int64 in [60, 1] where take(":") {
                guard let part = number(), part < 60 else { return nil }
                seconds += part * unit
            }
            return isNegative ? -seconds : seconds
        }

        /// `,M3.2.0/2`, `,J60` or `,59`.
        mutating func change() -> Change? {
            guard take(",") else { return nil }
            var change: Change
            if take("M") {
                guard let month = number(), 1...12 ~= month, take("."), let week = number(), 1...5 ~= week, take("."),
                    let weekday = number(), 0...6 ~= weekday
                else { return nil }
                change = Change(day: .weekday(month: Int(month), week: Int(week), weekday: Int(weekday)))
            } else if take("J") {
                guard let number = number(), 1...365 ~= number else { return nil }
                change = Change(day: .julian(Int(number)))
            } else {
                guard let number = number(), 0...365 ~= number else { return nil }
                change = Change(day: .ordinal(Int(number)))
            }
            if take("/") {
                guard let time = time() else { return nil }
                change.time = time
            }
            return change
        }
    }
}

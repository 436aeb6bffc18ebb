import Foundation
import Scheduling
import Testing

@Suite struct WorkTimeTests {
    /// Random weeks around both clock changes and a leap day, against a walk over all minutes.
    @Test(arguments: [
        "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia",
    ])
    func agreesWithAWalkOverAllMinutes(name: String) throws {
        let zone = try #require(TimeZone(identifier: name))
        var wrong: [String] = []
        // Before the changes of spring and autumn 2026, the leap days of 2024 and 2028, and the day that Apia left out.
        for (index, base) in [
            1_772_000_000, 1_793_000_000, 1_711_500_000, 1_790_500_000, 1_708_800_000, 1_835_000_000, 1_325_000_000,
        ]
        .enumerated() {
            for seed in 0..<3 {
                var generator = SeededGenerator(seed: UInt64(index * 100 + seed))
                let calendar = try randomCalendar(in: name, near: Int64(base), using: &generator)
                let week = try #require(calendar.week)
                let start = Int64(base) / 900 * 900
                let walk = MinuteWalk(week, zone: zone, from: start - 35 * 86_400, days: 80)
                let anchor = start + Int64.random(in: 0...200_000, using: &generator)
                var time = try WorkTime(calendar, around: Instant(seconds: anchor))
                for _ in 0..<60 {
                    let at = Int64.random(in: start...start + 12 * 86_400, using: &generator)
                    let other = Int64.random(in: start...start + 12 * 86_400, using: &generator)
                    let work = Int64.random(in: 1...36_000, using: &generator)
                    let instant = Instant(seconds: at)
                    let isRight =
                        try time.next(from: instant).seconds == walk.next(from: at)
                        && time.previous(from: instant).seconds == walk.previous(from: at)
                        && time.adding(work, to: instant).seconds == walk.adding(work, to: at)
                        && time.subtracting(work, from: instant).seconds == walk.subtracting(work, from: at)
                        && time.seconds(from: instant, to: Instant(seconds: other)) == walk.seconds(from: at, to: other)
                    if !isRight { wrong.append("base \(base) seed \(seed) at \(at) work \(work) other \(other)") }
                }
            }
        }
        #expect(wrong.isEmpty)
    }

    @Test func takesBackWhatItAdded() throws {
        let calendar = try dayShifts("Europe/Berlin")
        var generator = SeededGenerator(seed: 3)
        var time = try WorkTime(calendar, around: Instant(seconds: 1_700_000_000))
        for _ in 0..<3000 {
            let start = Instant(
                seconds: 1_700_000_000 + Int64.random(in: -400_000_000...400_000_000, using: &generator)
            )
            let work = Int64.random(in: 1...20_000_000, using: &generator)
            let end = try time.adding(work, to: start)
            #expect(try time.seconds(from: start, to: end) == work)
            #expect(try time.subtracting(work, from: end) == time.next(from: start))
            #expect(try time.previous(from: end) == end)
        }
    }

    @Test func worksLongerInTheNightOfAutumnAndShorterInThatOfSpring() throws {
        for (name, month, day, lost) in [
            ("America/New_York", 3, 8, Int64(3600)), ("America/New_York", 11, 1, -3600), ("Europe/Berlin", 3, 29, 3600),
            ("Europe/Berlin", 10, 25, -3600), ("Australia/Lord_Howe", 10, 4, 1800),
            ("Australia/Lord_Howe", 4, 5, -1800),
            ("Asia/Kolkata", 3, 29, 0),
        ] {
            let zone = try ZoneRules(named: name)
            let night = WorkCalendar.Shift(.saturday, start: 22 * 60, end: 6 * 60)
            let calendar = try WorkCalendar(name: "night", zone: zone, shifts: [night])
            let sunday = try #require(LocalDate(year: 2026, month: month, day: day))
            let noon = zone.first(43_200, on: LocalDate(day: sunday.day - 1))
            var time = try WorkTime(calendar, around: noon)
            let length = try time.seconds(from: noon, to: Instant(seconds: noon.seconds + 86_400))
            #expect(length == 8 * 3600 - lost, "\(name) \(month)")
        }
    }

    @Test func worksOnTheLeapDay() throws {
        let zone = try ZoneRules(named: "Asia/Kolkata")
        var time = try WorkTime(dayShifts("Asia/Kolkata"), around: Instant(seconds: 1_835_000_000))
        // A Monday to Friday week has the leap day 2028-02-29, a Tuesday: Monday's last hour and Tuesday's first.
        let monday = try #require(LocalDate(year: 2028, month: 2, day: 28))
        let leap = try #require(LocalDate(year: 2028, month: 2, day: 29))
        let end = try time.adding(7200, to: zone.first(15 * 3600, on: monday))
        #expect(end == zone.first(9 * 3600, on: leap))
    }

    @Test func endsAtTheClosingAndStartsAtTheOpening() throws {
        let zone = try ZoneRules(named: "Europe/Berlin")
        let friday = try #require(LocalDate(year: 2026, month: 1, day: 9))
        var time = try WorkTime(dayShifts("Europe/Berlin"), around: zone.first(0, on: friday))
        let closing = zone.first(16 * 3600, on: friday)
        let opening = zone.first(8 * 3600, on: LocalDate(day: friday.day + 3))
        #expect(try time.adding(8 * 3600, to: zone.first(0, on: friday)) == closing)
        #expect(try time.next(from: closing) == opening)
        #expect(try time.previous(from: opening) == closing)
        #expect(try time.adding(0, to: closing) == closing)
        #expect(try time.position(of: closing) == time.position(of: opening))
    }

    @Test func countsShiftsThatOverlapOnce() throws {
        let shifts = [
            WorkCalendar.Shift(.monday, start: 0, end: 0), .init(.monday, start: 60, end: 120),
            .init(.monday, start: 60, end: 30),
            .init(.tuesday, start: 0, end: 60),
        ]
        let calendar = try WorkCalendar(name: "overlap", zone: .utc, shifts: shifts)
        let monday = Instant(seconds: 4 * 86_400)
        var time = try WorkTime(calendar, around: monday)
        #expect(try time.seconds(from: monday, to: Instant(seconds: monday.seconds + 6 * 86_400)) == 25 * 3600)
    }

    @Test func isEveryMomentAroundTheClock() throws {
        var time = try WorkTime(.always, around: Instant(seconds: 1_000_000_000))
        #expect(try time.adding(77, to: Instant(seconds: 5)) == Instant(seconds: 82))
        #expect(try time.subtracting(77, from: Instant(seconds: 5)) == Instant(seconds: -72))
        #expect(try time.next(from: Instant(seconds: 5)) == Instant(seconds: 5))
    }

    @Test func takesExtraDaysAndLeavesOutHolidays() throws {
        let saturday = try #require(LocalDate(year: 2026, month: 1, day: 10))
        let monday = LocalDate(day: saturday.day + 2)
        let tuesday = LocalDate(day: saturday.day + 3)
        let calendar = try dayShifts(
            "UTC",
            holidays: [monday, tuesday],
            extraDays: [saturday: .friday, tuesday: .monday]
        )
        let start = Instant(seconds: saturday.day * 86_400)
        var time = try WorkTime(calendar, around: start)
        for (day, hours) in [(0, 8), (1, 0), (2, 0), (3, 8), (4, 8)] {
            let from = Instant(seconds: start.seconds + Int64(day) * 86_400)
            let worked = try time.seconds(from: from, to: Instant(seconds: from.seconds + 86_400))
            #expect(worked == Int64(hours) * 3600)
        }
    }

    @Test func refusesACalendarWithoutAnyWorkingHour() {
        #expect(throws: ScheduleRefusal.noWorkingHour(calendar: "idle")) {
            try WorkCalendar(name: "idle", zone: .utc, shifts: [])
        }
    }

    @Test func endsAnEndlessHoliday() throws {
        let start = Instant(seconds: 1_700_000_000)
        let first = ZoneRules.utc.date(at: start).day
        let forever = Set((first - 40_000...first + 40_000).map(LocalDate.init(day:)))
        var time = try WorkTime(dayShifts("UTC", holidays: forever), around: start)
        #expect(throws: ScheduleRefusal.beyondReach(calendar: "day")) { try time.next(from: start) }
        #expect(throws: ScheduleRefusal.beyondReach(calendar: "day")) { try time.previous(from: start) }
        #expect(throws: ScheduleRefusal.beyondReach(calendar: "day")) { try time.adding(1, to: start) }
        #expect(try time.seconds(from: start, to: Instant(seconds: start.seconds + Instant.reach)) == 0)
    }

    @Test func refusesAWindowOfAThousandYears() throws {
        let start = Instant(seconds: 1_700_000_000)
        for calendar in [try dayShifts("America/New_York"), .always] {
            var time = try WorkTime(calendar, around: start)
            for far in [start.seconds + 10 * Instant.reach, start.seconds - 10 * Instant.reach, Int64.max, Int64.min] {
                #expect(throws: ScheduleRefusal.beyondReach(calendar: calendar.name)) {
                    try time.seconds(from: start, to: Instant(seconds: far))
                }
            }
            for work in [10 * Instant.reach, -10 * Instant.reach, Instant.reach, Int64.max, Int64.min + 1, Int64.min] {
                #expect(throws: ScheduleRefusal.beyondReach(calendar: calendar.name)) {
                    try time.adding(work, to: Instant(seconds: start.seconds + 1))
                }
            }
        }
        #expect(throws: ScheduleRefusal.outsidePlannableTime(Instant(seconds: 30_000_000_000))) {
            try WorkTime(.always, around: Instant(seconds: 30_000_000_000))
        }
    }

    @Test(arguments: [(-1, 60), (1440, 60), (0, 1441), (0, -1), (Int.max, Int.min)])
    func refusesAShiftOutsideItsDay(start: Int, end: Int) {
        #expect(throws: ScheduleRefusal.shiftOutsideDay(calendar: "odd", start: start, end: end)) {
            try WorkCalendar(name: "odd", zone: .utc, shifts: [.init(.monday, start: start, end: end)])
        }
    }

    @Test func refusesMoreShiftsThanAWeekHolds() {
        let shifts = Array(repeating: WorkCalendar.Shift(.monday, start: 0, end: 1), count: WorkCalendar.shiftLimit + 1)
        #expect(throws: ScheduleRefusal.tooManyShifts(calendar: "many")) {
            try WorkCalendar(name: "many", zone: .utc, shifts: shifts)
        }
    }

    /// Monday to Friday, 8:00 to 16:00.
    private func dayShifts(
        _ zone: String,
        holidays: Set<LocalDate> = [],
        extraDays: [LocalDate: Weekday] = [:]
    ) throws -> WorkCalendar {
        try WorkCalendar(
            name: "day",
            zone: ZoneRules(named: zone),
            shifts: Weekday.allCases.prefix(5).map { .init($0, start: 8 * 60, end: 16 * 60) },
            holidays: holidays,
            extraDays: extraDays
        )
    }

    /// A few shifts, some past midnight, some within the hours that clock changes skip or repeat; some holidays and extra days.
    private func randomCalendar(
        in zone: String,
        near base: Int64,
        using generator: inout SeededGenerator
    ) throws -> WorkCalendar {
        let shifts = (0..<Int.random(in: 4...14, using: &generator)).map { _ in
            WorkCalendar.Shift(
                Weekday.allCases.randomElement(using: &generator) ?? .monday,
                start: Bool.random(using: &generator)
                    ? Int.random(in: 0..<1440, using: &generator) : Int.random(in: 0..<240, using: &generator),
                end: Bool.random(using: &generator)
                    ? Int.random(in: 0...1440, using: &generator) : Int.random(in: 0..<240, using: &generator)
            )
        }
        let day = base / 86_400
        return try WorkCalendar(
            name: "random",
            zone: ZoneRules(named: zone),
            shifts: shifts,
            holidays: Set((0..<3).map { _ in LocalDate(day: day + Int64.random(in: -2...14, using: &generator)) }),
            extraDays: [
                LocalDate(day: day + Int64.random(in: -2...14, using: &generator)): shifts[0].weekday
            ]
        )
    }
}

import Scheduling
import Testing

@Suite struct DayLoadTests {
    @Test func agreesWithAWalkOverAllMinutes() throws {
        let random = try RandomPlan()
        for (calendar, walk) in zip(random.calendars, random.walks) {
            for seed in UInt64(0)..<10 {
                var generator = SeededGenerator(seed: seed)
                let work = (0..<20).map { _ in
                    let start = random.start + Int64.random(in: -900_000...900_000, using: &generator)
                    let end = start + Int64.random(in: -5000...300_000, using: &generator)
                    return (start: Instant(seconds: start), end: Instant(seconds: end))
                }
                let zone = try #require(calendar.week).zone
                let first = LocalDate(day: zone.date(at: Instant(seconds: random.start)).day - 3)
                let days = try DayLoad.days(from: first, count: 14, calendar: calendar, capacity: 3, work: work)
                #expect(days.map(\.date) == (0..<14).map { LocalDate(day: first.day + $0) })
                for day in days {
                    let from = zone.first(0, on: day.date).seconds
                    let until = zone.first(0, on: LocalDate(day: day.date.day + 1)).seconds
                    #expect(day.capacity == 3 * walk.seconds(from: from, to: until))
                    let load = work.map { span in
                        let (start, end) = (max(from, span.start.seconds), min(until, span.end.seconds))
                        return start < end ? walk.seconds(from: start, to: end) : 0
                    }
                    #expect(day.load == load.reduce(0, +), "\(calendar.name), seed \(seed), day \(day.date)")
                }
            }
        }
    }

    @Test func refusesMoreDaysThanTenYears() throws {
        let first = try #require(LocalDate(year: 2026, month: 1, day: 1))
        for count in [-1, DayLoad.dayLimit + 1, 365_000, Int.max] {
            #expect(throws: ScheduleRefusal.tooManyDays(count)) {
                try DayLoad.days(from: first, count: count, calendar: .always, capacity: nil, work: [])
            }
        }
        let far = try #require(LocalDate(year: 3026, month: 1, day: 1))
        #expect(throws: ScheduleRefusal.self) {
            try DayLoad.days(from: far, count: 1, calendar: .always, capacity: nil, work: [])
        }
        let most = try DayLoad.days(
            from: first,
            count: DayLoad.dayLimit,
            calendar: .always,
            capacity: Int.max,
            work: []
        )
        #expect(most.count == DayLoad.dayLimit && most[0].capacity == Int64.max && most[0].load == 0)
        #expect(try DayLoad.days(from: first, count: 0, calendar: .always, capacity: nil, work: []) == [])
    }
}

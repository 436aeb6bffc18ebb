import Foundation
import Scheduling
import Testing

/// The zones as Foundation's own database knows them: another reader of other files.
@Suite struct ZoneRulesTests {
    static let zones = [
        "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Kathmandu",
        "America/St_Johns",
        "Pacific/Apia", "Pacific/Chatham", "Europe/Dublin", "Etc/GMT+5", "UTC",
    ]

    @Test(arguments: zones) func showsWhatFoundationShows(name: String) throws {
        let rules = try ZoneRules(named: name)
        let zone = try #require(TimeZone(identifier: name))
        var generator = SeededGenerator(seed: 7)
        var wrong: [Int64] = []
        for _ in 0..<20_000 {
            // 1975 to 2120.
            let seconds = Int64.random(in: 157_766_400..<4_733_510_400, using: &generator)
            let expected = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
            if rules.offset(at: Instant(seconds: seconds)) != Int64(expected) { wrong.append(seconds) }
        }
        #expect(wrong.isEmpty)
        var change = Date(timeIntervalSince1970: 946_684_800)
        while let next = zone.nextDaylightSavingTimeTransition(after: change),
            next.timeIntervalSince1970 < 4_000_000_000
        {
            for second in [-1, 0] {
                let seconds = Int64(next.timeIntervalSince1970) + Int64(second)
                let expected = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
                #expect(rules.offset(at: Instant(seconds: seconds)) == Int64(expected), "\(next)")
            }
            change = next
        }
    }

    @Test func jumpsOverWhatIsSkippedAndTakesTheFirstOfWhatComesTwice() throws {
        let newYork = try ZoneRules(named: "America/New_York")
        let spring = try #require(LocalDate(year: 2025, month: 3, day: 9))
        // 2025-03-09T07:00Z: 2:00 EST is 3:00 EDT.
        #expect(newYork.first(2 * 3600, on: spring) == Instant(seconds: 1_741_503_600))
        #expect(newYork.first(2 * 3600 + 1800, on: spring) == Instant(seconds: 1_741_503_600))
        #expect(newYork.first(3 * 3600, on: spring) == Instant(seconds: 1_741_503_600))
        let autumn = try #require(LocalDate(year: 2025, month: 11, day: 2))
        // 2025-11-02T05:30Z: 1:30 EDT; it comes again an hour later.
        #expect(newYork.first(3600 + 1800, on: autumn) == Instant(seconds: 1_762_061_400))
        #expect(newYork.first(2 * 3600, on: autumn) == Instant(seconds: 1_762_066_800))
    }

    @Test(arguments: [
        "Mars/Olympus", "", "/etc/passwd", "../../etc/passwd", "America/../UTC", "America/", "america/new_york",
        "tzdata.zi",
        "Europe/Berlin\0", "zone1970.tab", "right/UTC", "America", "Europe//Berlin",
        String(repeating: "A", count: 5000), "localtime", "posixrules", "Factory",
    ])
    func refusesWhatIsNoZone(name: String) {
        #expect(throws: ScheduleRefusal.unknownZone(name)) { try ZoneRules(named: name) }
    }

    @Test func countsDaysAsFoundationDoes() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        var wrong: [Int64] = []
        for day in Int64(-25_600)..<84_000 {
            let parts = calendar.dateComponents(
                [.year, .month, .day, .weekday],
                from: Date(timeIntervalSince1970: Double(day) * 86_400)
            )
            let (year, month, dayOfMonth) = (parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
            let date = LocalDate(day: day)
            let isRight =
                date == LocalDate(year: year, month: month, day: dayOfMonth) && date.civil == (year, month, dayOfMonth)
                && date.weekday.rawValue % 7 + 1 == parts.weekday
            if !isRight { wrong.append(day) }
        }
        #expect(wrong.isEmpty)
        #expect(LocalDate(year: 2028, month: 2, day: 29) != nil)
        for (year, month, day) in [
            (2025, 2, 29), (2100, 2, 29), (2025, 4, 31), (2025, 13, 1), (2025, 0, 1), (2025, 1, 0),
        ] {
            #expect(LocalDate(year: year, month: month, day: day) == nil)
        }
    }
}

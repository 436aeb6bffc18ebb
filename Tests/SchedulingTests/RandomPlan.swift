import Foundation
import Scheduling

/// Small random plans: calendars in several zones around their clock changes, nesting, cancellations, holds, work done.
struct RandomPlan {
    let calendars: [WorkCalendar]
    let walks: [MinuteWalk]
    /// 2026-03-27T12:00Z, a Friday: Berlin's clocks go forward two days later, Lord Howe's back in nine.
    let start: Int64 = 1_774_612_800

    init() throws {
        var calendars: [WorkCalendar] = []
        var walks: [MinuteWalk] = []
        for (index, name) in ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata"].enumerated() {
            let day = start / 86_400
            let calendar = try WorkCalendar(
                name: name,
                zone: ZoneRules(named: name),
                shifts: Weekday.allCases.prefix(5 + index % 3).flatMap { weekday in
                    [
                        WorkCalendar.Shift(weekday, start: 8 * 60, end: 12 * 60),
                        WorkCalendar.Shift(weekday, start: 13 * 60, end: index == 1 ? 3 * 60 : 17 * 60),
                    ]
                },
                holidays: [LocalDate(day: day + 4)],
                extraDays: [LocalDate(day: day + 1): .monday]
            )
            calendars.append(calendar)
            if let week = calendar.week, let zone = TimeZone(identifier: name) {
                walks.append(MinuteWalk(week, zone: zone, from: start - 40 * 86_400, days: 100))
            }
        }
        self.calendars = calendars
        self.walks = walks
    }

    func facts(
        seed: UInt64,
        steps count: Int = 9,
        hasProgress: Bool = true,
        capacity: ClosedRange<Int>? = nil,
        backwards: Double = 0
    ) -> PlanFacts {
        var generator = SeededGenerator(seed: seed)
        func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &generator) < probability }
        func moment(_ range: ClosedRange<Int64>) -> Instant {
            Instant(seconds: start + Int64.random(in: range, using: &generator))
        }
        var facts = PlanFacts(start: Instant(seconds: start), calendars: calendars)
        facts.workCenters = (0..<4).map { index in
            PlanFacts.WorkCenter(
                name: "center \(index)",
                calendar: index < 3 ? index : nil,
                capacity: capacity.map { Int.random(in: $0, using: &generator) }
            )
        }
        for step in 0..<count {
            var values = PlanFacts.Step(id: "step \(step)")
            if step > 0, chance(0.4) { values.parent = Int.random(in: 0..<step, using: &generator) }
            if chance(0.9) { values.workCenter = Int.random(in: 0..<4, using: &generator) }
            values.leadTime = chance(0.1) ? 0 : Int64.random(in: 1...30_000, using: &generator)
            let outer = values.parent.map { facts.steps[$0].progress }
            values.progress =
                hasProgress
                ? progress(in: outer, chance(0.25), Int.random(in: 0..<3, using: &generator), moment) : .todo
            if chance(0.2) { values.notBefore = moment(-90_000...300_000) }
            if chance(0.2) { values.due = moment(0...900_000) }
            if chance(0.1) { values.hold = PlanFacts.Hold(until: chance(0.5) ? moment(-9000...200_000) : nil) }
            facts.steps.append(values)
        }
        func isNested(_ step: Int, in outer: Int) -> Bool {
            guard let parent = facts.steps[step].parent else { return false }
            return parent == outer || isNested(parent, in: outer)
        }
        let forwards = capacity == nil ? 0.25 : 0.08
        for from in 0..<count {
            for to in 0..<count where from != to && chance(from < to ? forwards : backwards) {
                if backwards == 0 && isNested(to, in: from) { continue }
                facts.dependencies.append(PlanFacts.Dependency(from: from, to: to))
            }
        }
        if chance(0.5) { facts.due = moment(200_000...900_000) }
        return facts
    }

    /// As the state machine leaves steps: what is nested in a completed one is done, in a canceled one too, in one that hasn't
    /// started not.
    private func progress(
        in outer: PlanFacts.Progress?,
        _ isRare: Bool,
        _ which: Int,
        _ moment: (ClosedRange<Int64>) -> Instant
    ) -> PlanFacts.Progress {
        let completed = PlanFacts.Progress.completed(start: moment(-200_000 ... -100_000), end: moment(-90_000...0))
        let started = PlanFacts.Progress.started(at: moment(-90_000...0), remaining: Int64(which) * 7000)
        switch outer {
        case .completed, .canceled: return isRare ? completed : .canceled
        case .todo: return isRare ? .canceled : .todo
        case .started, nil:
            return isRare ? [.canceled, completed, started][which] : which == 0 ? started : .todo
        }
    }
}

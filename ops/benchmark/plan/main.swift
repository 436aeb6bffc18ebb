// Plans 100,000 steps with 300,000 dependencies, for ops/bench: what each plan takes of the processor, in seconds, one a line.
//
//     plan-bench [finite] [TIMES]

import Glibc
import Scheduling

let arguments = CommandLine.arguments.dropFirst()
let capacity: Plan.Capacity = arguments.contains("finite") ? .finite : .infinite
let times = arguments.compactMap { Int($0) }.first ?? 3
let count = 100_000

/// The same numbers every time (SplitMix64).
struct Numbers: RandomNumberGenerator {
    var state: UInt64 = 42

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

var numbers = Numbers()
var facts = PlanFacts(start: Instant(seconds: 1_798_761_600))
facts.calendars = [
    try WorkCalendar(
        name: "Day",
        zone: .utc,
        shifts: Weekday.allCases.prefix(5).map { WorkCalendar.Shift($0, start: 8 * 60, end: 16 * 60) }
    )
]
facts.workCenters = (0..<50).map { PlanFacts.WorkCenter(name: String($0), calendar: 0, capacity: 40) }
for step in 0..<count {
    facts.steps.append(
        PlanFacts.Step(
            id: String(step),
            workCenter: Int.random(in: 0..<50, using: &numbers),
            leadTime: Int64.random(in: 1...7200, using: &numbers)
        )
    )
}
// Each step waits for three of the five hundred before it: a network some hundreds of steps long.
for step in 0..<count where step > 0 {
    for _ in 0..<3 {
        facts.dependencies.append(
            PlanFacts.Dependency(from: Int.random(in: max(0, step - 500)..<step, using: &numbers), to: step)
        )
    }
}
for _ in 0..<times {
    var before = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before)
    let plan = try Plan(facts, capacity: capacity)
    var after = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after)
    precondition(plan.finish > facts.start)
    let taken = after.tv_sec - before.tv_sec
    print(Double(taken) + Double(after.tv_nsec - before.tv_nsec) / 1e9)
}

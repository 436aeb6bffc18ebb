import HTTP
import Testing

@testable import Service

@Suite struct RefusalLimitTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    private func org(_ number: Int) -> UUIDText {
        let digits = String(number, radix: 16)
        return UUIDText(hex: Array((String(repeating: "0", count: 32 - digits.count) + digits).utf8)[...])
    }

    /// How many of so many tries are let through.
    private func taken(_ tries: Int, _ limit: inout RefusalLimit, _ number: Int = 1, after: Duration = .zero) -> Int {
        var taken = 0
        for _ in 0..<tries where limit.take(org(number), at: Self.start + after) { taken += 1 }
        return taken
    }

    @Test func takesABurstAndThenOneAnInterval() {
        var limit = RefusalLimit(burst: 5, interval: .milliseconds(100))
        let counts = [
            taken(20, &limit), taken(1, &limit, after: .milliseconds(99)), taken(9, &limit, after: .milliseconds(100)),
            // What was not taken in an hour does not add up.
            taken(20, &limit, after: .seconds(3600)),
        ]
        #expect(counts == [5, 0, 1, 5])
    }

    @Test func oneOrgTakesNothingFromAnother() {
        var limit = RefusalLimit(burst: 2, interval: .seconds(1))
        let counts = (1...3).map { taken(9, &limit, $0) }
        #expect(counts == [2, 2, 2])
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func neverTakesMoreThanTheBurstAndTheTimeThatPassed(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        var limit = RefusalLimit(burst: 7, interval: .milliseconds(10))
        var (passed, count) = (Duration.zero, 0)
        for _ in 0..<2000 {
            passed += .microseconds(Int64.random(in: 0...9000, using: &random))
            count += taken(1, &limit, after: passed)
            #expect(count <= 7 + Int(passed / .milliseconds(10)))
        }
        // And what there is room for is taken: tries come twice as often as room does.
        #expect(count >= Int(passed / .milliseconds(10)) * 9 / 10)
    }

    @Test func whatItForgetsWasWhole() {
        var limit = RefusalLimit(burst: 1, interval: .seconds(1))
        let first = taken(1, &limit, 0)
        let others = (1...3000).map { taken(1, &limit, $0, after: .milliseconds(500)) }.reduce(0, +)
        let counts = [
            first, others, taken(1, &limit, 0, after: .milliseconds(999)), taken(1, &limit, 0, after: .seconds(1)),
        ]
        #expect(counts == [1, 3000, 0, 1])
    }

    @Test func lossesAreToldOnceAMinute() {
        var losses = RefusalLosses()
        var counts = Metrics.Refusals()
        counts.add(.kept)
        var told = [losses.due(counts, at: Self.start)]
        for _ in 0..<3 { counts.add(.dropped) }
        counts.add(.failed("no connection"))
        told.append(losses.due(counts, at: Self.start))
        counts.add(.dropped)
        for seconds in [59, 60, 200] { told.append(losses.due(counts, at: Self.start + .seconds(seconds))) }
        #expect(told.map { $0 != nil } == [false, true, false, true, false])
        let text = told.compactMap { $0 }.map { String(describing: $0) }
        #expect(text[0].contains("integer(3)") && text[0].contains("integer(1)") && text[0].contains("no connection"))
        #expect(text[1].contains("integer(1)") && !text[1].contains("no connection"))
    }
}

import Scheduling
import Testing

/// What the levels above the run add up to (H2).
@Suite struct RollupTests {
    @Test func addsUpWhatIsInIt() throws {
        for seed in UInt64(0)..<300 {
            var generator = SeededGenerator(seed: seed)
            func some(_ range: ClosedRange<Int64>) -> Int64? {
                Bool.random(using: &generator) ? Int64.random(in: range, using: &generator) : nil
            }
            let members = (0..<Int.random(in: 0...12, using: &generator)).map { index in
                Rollup.Member(
                    id: String(index + 10),
                    start: some(0...20),
                    end: some(10...30),
                    isStartSaid: Bool.random(using: &generator),
                    isEndSaid: Bool.random(using: &generator),
                    due: some(0...30),
                    state: [.live, .live, .completed, .canceled].randomElement(using: &generator) ?? .live,
                    isLate: Bool.random(using: &generator),
                    began: some(0...20),
                    over: some(10...30)
                )
            }
            let rollup = Rollup(members.shuffled(using: &generator))
            let counted = members.filter { $0.state != .canceled }
            let first = counted.compactMap(\.start).min()
            let last = counted.compactMap(\.end).max()
            #expect(rollup.start?.at == first && rollup.end?.at == last, "seed \(seed)")
            #expect(rollup.start?.id == counted.first { $0.start != nil && $0.start == first }?.id, "seed \(seed)")
            let ender = counted.first { $0.end != nil && $0.end == last }
            #expect(rollup.end?.id == ender?.id && rollup.end?.isSaid == ender?.isEndSaid, "seed \(seed)")
            #expect(rollup.began == counted.compactMap(\.began).min(), "seed \(seed)")
            let isOver = counted.allSatisfy { $0.state == .completed }
            #expect(rollup.over == (isOver ? counted.compactMap(\.over).max() : nil), "seed \(seed)")
            let live = members.filter { $0.state == .live }
            #expect(rollup.begun == live.filter { $0.began != nil }.count, "seed \(seed)")
            #expect(rollup.due?.at == live.compactMap(\.due).min(), "seed \(seed)")
            #expect(rollup.unscheduled == live.filter { $0.start == nil && $0.end == nil }.count, "seed \(seed)")
            #expect(rollup.members == members.count && rollup.late == members.filter(\.isLate).count, "seed \(seed)")
            #expect(rollup.completed == members.filter { $0.state == .completed }.count, "seed \(seed)")
            #expect(rollup.canceled == members.filter { $0.state == .canceled }.count, "seed \(seed)")
        }
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"), (1_798_761_600_000_001, "2027-01-01T00:00:00.000001Z"),
        (-1, "1969-12-31T23:59:59.999999Z"), (-1_000_000, "1969-12-31T23:59:59.000000Z"),
    ])
    func tellsMomentsAsPostgresDoes(microseconds: Int64, text: String) {
        #expect(Rollup.text(microseconds) == text)
    }
}

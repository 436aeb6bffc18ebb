import RunModel
import Testing

@Suite struct QuantityTests {
    @Test(arguments: [
        ("0", "0"), ("5", "5"), ("12.50", "12.5"), ("-0.000001", "-0.000001"), ("-0", "0"), ("1.0000000", "1"),
        ("99999999999999.999999", "99999999999999.999999"),
    ])
    func readsDecimals(_ text: String, _ written: String) {
        #expect(Quantity(text)?.description == written)
    }

    @Test(arguments: [
        "", "-", ".", "1.", ".5", "1e3", "+1", "1,5", "0.0000001", "100000000000000", "1.2.3", " 1", "NaN", "--1",
    ])
    func refusesWhatIsNoQuantity(_ text: String) {
        #expect(Quantity(text) == nil)
    }

    @Test func multipliesAsAColumnOfPostgresRounds() {
        func product(_ left: String, _ right: String) -> String? {
            guard let left = Quantity(left), let right = Quantity(right) else { return nil }
            return left.times(right).description
        }
        #expect(product("0.333333", "3") == "0.999999")
        #expect(product("0.000001", "0.5") == "0.000001")
        #expect(product("0.000001", "0.499999") == "0")
        #expect(product("99999999999999.999999", "99999999") == "9999999899999999999900.000001")
    }

    @Test func sharesAreRoundedDownAndNeverAboveTheWhole() {
        var generator = SeededGenerator(seed: 20_261_124)
        for _ in 0..<2000 {
            let whole = Quantity(millionths: Int128.random(in: 1...99_999_999_999_999_999_999, using: &generator))
            let part = Quantity(millionths: Int128.random(in: 0...whole.millionths, using: &generator))
            let all = Quantity(millionths: Int128.random(in: 0...99_999_999_999_999_999_999, using: &generator))
            let share = all.share(of: part, in: whole)
            let rest = all.share(of: whole - part, in: whole)
            #expect(share >= .zero && share <= all)
            // Both together lose less than a millionth each.
            #expect((all - share - rest).millionths <= 1 && share + rest <= all)
        }
        #expect(Quantity(7).share(of: Quantity(2), in: Quantity(5)).description == "2.8")
    }

    @Test func roundsDownToWholeUnits() {
        for (text, down) in [("2.8", "2"), ("2", "2"), ("0.999999", "0"), ("-0.5", "-1"), ("-1", "-1")] {
            #expect(Quantity(text)?.roundedDown.description == down)
        }
    }
}

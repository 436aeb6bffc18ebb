import FoundationEssentials
import Testing

@testable import Service

/// The small readers: decimals, times, UUIDs, Base64, cursors.
@Suite struct TextFormTests {
    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("000", "0"), ("007.50", "7.5"), ("-12.500", "-12.5"), ("1e3", "1000"),
        ("1E+2", "100"),
        ("12.5e-1", "1.25"), ("12e-3", "0.012"), ("5e-40", "0." + String(repeating: "0", count: 39) + "5"),
        ("0.0", "0"),
        ("100", "100"), ("1.5e1", "15"), ("0e40", "0"), ("10e-1", "1"),
    ])
    func readsDecimals(_ text: String, _ value: String) {
        #expect(DecimalText(text)?.description == value)
    }

    @Test(arguments: [
        "", "-", "+1", ".5", "5.", "1e", "1e41", "1e-41", "1e400000", "1.2.3", " 1", "1 ", "NaN", "Infinity", "0x1",
        "１",
        "1,5", "--1", "1e1.5", "1_000", String(repeating: "9", count: 101),
    ])
    func refusesWhatIsNoDecimal(_ text: String) {
        #expect(DecimalText(text) == nil)
    }

    /// A decimal written out means what its text meant.
    @Test(arguments: 0..<10)
    func aDecimalSurvivesItsOwnDescription(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<500 {
            let length = Int.random(in: 0...8, using: &random)
            let text = String((0..<length).map { _ in "0123456789.-e".randomElement(using: &random) ?? "0" })
            guard let number = DecimalText(text) else { continue }
            let again = try #require(DecimalText(number.description), "seed \(seed): \(text)")
            #expect(again == number || number.isZero, "seed \(seed): \(text)")
            let exact = try #require(Decimal(string: text)), written = try #require(Decimal(string: number.description))
            #expect(exact == written, "seed \(seed): \(text)")
        }
    }

    @Test func formsBoundDecimals() {
        #expect(DecimalForm.quantity.accept("99999999999999.999999") == "99999999999999.999999")
        #expect(DecimalForm.quantity.accept("0.000001") == "0.000001")
        #expect(DecimalForm.quantity.accept("2.5000000000") == "2.5")
        for text in ["0", "0.000", "-1", "100000000000000", "1.0000001"] {
            #expect(DecimalForm.quantity.accept(text) == nil)
        }
        #expect(DecimalForm.limit.accept("-0.5") == "-0.5")
        #expect(DecimalForm.tolerance.accept("0") == "0")
        #expect(DecimalForm.tolerance.accept("-0.1") == nil)
    }

    @Test(arguments: [
        "2026-02-28T13:45:00Z", "2024-02-29T00:00:00.123456Z", "2000-02-29T23:59:59+05:30", "0002-01-01T00:00:00-15:59",
        "9998-12-31T23:59:59.9Z",
    ])
    func takesTimes(_ text: String) {
        #expect(TimeText.isValid(text))
    }

    @Test(arguments: [
        "", "2026-02-28", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-10T00:00:00Z",
        "2026-04-31T00:00:00Z", "2026-04-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z", "2026-01-01 00:00:00Z", "2026-01-01t00:00:00z", "2026-01-01T00:00:00",
        "2026-1-1T0:0:0Z",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00+16:00", "2026-01-01T00:00:00+05",
        "2026-01-01T00:00:00ZZ", "0001-12-31T00:00:00Z", "9999-12-31T00:00:00Z", "+026-01-01T00:00:00Z", "infinity",
        "now",
    ])
    func refusesWhatIsNoTime(_ text: String) {
        #expect(!TimeText.isValid(text))
    }

    @Test func readsUUIDsInOneForm() {
        #expect(UUIDText("0190A0B4-7C1E-7000-8000-00000000000f")?.text == "0190a0b4-7c1e-7000-8000-00000000000f")
        #expect(
            UUIDText(hex: Array("0190a0b47c1e7000800000000000000f".utf8)[...]).text
                == "0190a0b4-7c1e-7000-8000-00000000000f"
        )
        for text in [
            "", "0190a0b47c1e7000800000000000000f", "{0190a0b4-7c1e-7000-8000-00000000000f}",
            "0190a0b4-7c1e-7000-8000-00000000000g", "0190a0b4-7c1e-7000-8000-00000000000f ",
            "0190a0b4-7c1e-7000-8000-0000000000é", "0190a0b4_7c1e_7000_8000_00000000000f",
        ] { #expect(UUIDText(text) == nil) }
    }

    @Test func encodesBase64AsItsStandardDoes() {
        let pairs = [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ]
        for (plain, coded) in pairs { #expect(Base64.encode(Array(plain.utf8)) == coded) }
        #expect(Base64.encodeURL([0xFB, 0xFF, 0xFE]) == "-__-")
    }

    @Test(arguments: 0..<5)
    func decodesWhatItEncodesAndNothingElse(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        for length in 0..<64 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Base64.encodeURL(bytes)
            #expect(Base64.decodeURL(text) == bytes, "seed \(seed)")
            #expect(Base64.decodeURL(text + "=") == nil && Base64.decodeURL(text + "+") == nil)
        }
        #expect(Base64.decodeURL("Zh") == nil, "bits that no byte has")
        #expect(Base64.decodeURL("Z") == nil)
    }

    @Test func aCursorIsGoodForItsOwnListAlone() {
        let cursor = Cursor(sort: "number", key: ["41", "0190a0b4-7c1e-7000-8000-00000000000f"])
        #expect(Cursor(cursor.text, sort: "number", parts: [.integer, .uuid]) == cursor)
        #expect(Cursor(cursor.text, sort: "-number", parts: [.integer, .uuid]) == nil)
        #expect(Cursor(cursor.text, sort: "number", parts: [.integer]) == nil)
        #expect(Cursor(cursor.text, sort: "number", parts: [.uuid, .uuid]) == nil)
        #expect(Cursor(cursor.text + "A", sort: "number", parts: [.integer, .uuid]) == nil)
        #expect(Cursor("", sort: "number", parts: []) == nil)
        let nul = Cursor(sort: "name", key: ["a\0b"])
        #expect(Cursor(nul.text, sort: "name", parts: [.text]) == nil)
    }
}

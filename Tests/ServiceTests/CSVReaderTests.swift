import Testing

@testable import Service

/// Tables as people send them (RFC 4180), and what is wrong with them, row by row.
@Suite struct CSVReaderTests {
    @Test func fieldsAreWhatStandsInThem() {
        let table = Self.read("\u{FEFF}a,b,c\r\n1,,\"\"\n\"x,y\",\"say \"\"so\"\"\",\"two\r\nlines\"\r\n\r\nä,'=1,''x")
        #expect(table.faults.isEmpty && table.header == ["a", "b", "c"])
        #expect(table.records.map(\.row) == [2, 3, 5])
        #expect(
            table.records.map(\.fields) == [
                ["1", nil, ""], ["x,y", "say \"so\"", "two\r\nlines"], ["ä", "=1", "'x"],
            ]
        )
    }

    @Test(arguments: [
        ("1", "2  field_count"), ("1,2,3", "2  field_count"), ("=1+1,x", "2 a formula"),
        ("x,\"@SUM(A1)\"", "2 b formula"),
        ("+1-1,x", "2 a formula"), ("-,x", "2 a formula"), ("\"\t1\",x", "2 a formula"), ("a\"b,x", "2 a malformed"),
        ("\"a\"b,x", "2 a malformed"), ("x,\"open", "2 b malformed"), ("a\rb,x", "2 a malformed"),
        ("a\0b,x", "2 a nul"),
    ])
    func aFaultHasItsRowAndColumn(line: String, fault: String) {
        let table = Self.read("a,b\n\(line)\n")
        #expect(table.faults.map { "\($0.row) \($0.column) \($0.code)" } == [fault])
    }

    @Test(arguments: ["-1.5,+2", "x=1,a@b", "'tis,'"])
    func numbersAndOtherTextsAreNoFormulas(line: String) {
        #expect(Self.read("a,b\n\(line)\n").faults.isEmpty)
    }

    @Test func otherEncodingsAreTold() {
        let latin = CSVReader(Array("a\n".utf8) + [0xE4, 0x0A], mostRows: 10)
        #expect(latin.faults == [ImportFault(2, "a", "not_utf8", "A field is not in UTF-8.")])
        #expect(CSVReader([0xFF, 0xFE, 0x61, 0x00], mostRows: 10).faults.map(\.code) == ["not_utf8"])
        #expect(CSVReader([], mostRows: 10).faults.map(\.code) == ["header_missing"])
    }

    @Test func aFileTooLongIsLeftAtTheFirstRowTooMany() {
        let table = CSVReader(Array(("a\n" + String(repeating: "1\n", count: 1_000_000)).utf8), mostRows: 100_000)
        #expect(
            table.records.isEmpty && table.faults.map(\.row) == [100_002] && table.faults[0].code == "too_many_rows"
        )
    }

    /// What leaves comes in again as it was, whatever it holds.
    @Test func aTextThatWasWrittenIsReadBack() {
        var random = SplitMix(seed: 11)
        let letters = Array("=+-@'\t\r\n\",;a1. ä")
        for _ in 0..<5000 {
            let text = String(
                (0..<Int(random.next() % 8)).map { _ in letters[Int(random.next() % UInt64(letters.count))] }
            )
            let table = Self.read("a,b\r\n\(CSVWriterTests.field(text)),x\r\n")
            #expect(table.faults.isEmpty && table.records.first?.fields.first == text, "\(text.debugDescription)")
        }
    }

    static func read(_ text: String) -> CSVReader { CSVReader(Array(text.utf8), mostRows: 100) }
}

import Testing

@testable import Service

/// Fields of CSV (RFC 4180), and what is done to those that a spreadsheet would compute.
@Suite struct CSVWriterTests {
    @Test(arguments: [
        ("plain", "plain"),
        ("", "\"\""),
        ("a,b", "\"a,b\""),
        ("say \"so\"", "\"say \"\"so\"\"\""),
        ("two\r\nlines", "\"two\r\nlines\""),
        (" led", "\" led\""),
        ("ä€😀", "ä€😀"),
        ("=1+1", "\"'=1+1\""),
        ("+1+1", "\"'+1+1\""),
        ("-1+1", "\"'-1+1\""),
        ("@SUM(A1)", "\"'@SUM(A1)\""),
        ("\t=1", "\"'\t=1\""),
        ("\r=1", "\"'\r=1\""),
        ("-", "\"'-\""),
        ("=", "\"'=\""),
        ("'=1", "\"''=1\""),
        ("''", "\"'''\""),
        ("'tis", "'tis"),
        ("'", "'"),
        ("-12.5", "-12.5"),
        ("+7", "+7"),
        ("-1.", "\"'-1.\""),
        ("-1.2.3", "\"'-1.2.3\""),
        ("a=1", "a=1"),
    ])
    func aTextIsAField(text: String, field: String) {
        #expect(Self.field(text) == field)
    }

    @Test func theHeaderIsALine() {
        #expect(CSVWriter.header(["a", "b,c"]) == Array("a,\"b,c\"\r\n".utf8))
    }

    static func field(_ text: String) -> String {
        var text = text
        var bytes: [UInt8] = []
        text.withUTF8 { CSVWriter.text(UnsafeRawBufferPointer($0), into: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

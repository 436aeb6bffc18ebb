import Testing

@testable import HTTP

@Suite struct HeadersTests {
    @Test func joinsTheValuesOfAName() {
        var headers: Headers = ["Accept": "a", "cookie": "x=1"]
        headers.append("accept", "b")
        headers.append("cookie", "y=2")
        #expect(headers["accept"] == "a, b")
        #expect(headers["cookie"] == "x=1; y=2")
        #expect(headers.values("accept") == ["a", "b"])
        #expect(headers["host"] == nil)
    }

    @Test func replacesAndRemoves() {
        var headers: Headers = ["a": "1", "b": "2", "a": "3"]
        headers["a"] = "4"
        #expect(headers.values("a") == ["4"])
        headers["a"] = nil
        #expect(headers.fields.map(\.name) == ["b"])
    }

    @Test(arguments: ["a\r\nb", "a\nb", "a\rb", "a\0b", "a\u{7F}b"])
    func holdsNoControlCharacter(value: String) {
        var headers = Headers()
        headers["x"] = value
        #expect(headers["x"]?.utf8.contains { $0 < 0x20 || $0 == 0x7F } == false)
        #expect(headers["x"]?.hasPrefix("a ") == true)
    }
}

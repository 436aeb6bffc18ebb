import Testing

@testable import HTTP

@Suite struct FormDecoderTests {
    private func decode(_ text: String, maximumPairs: Int = 256) -> [[String]]? {
        FormDecoder.decode(Array(text.utf8)[...], maximumPairs: maximumPairs)?.map { [$0.name, $0.value] }
    }

    @Test(
        arguments: [
            ("", []), ("a=1", [["a", "1"]]), ("a=1&a=2", [["a", "1"], ["a", "2"]]), ("a", [["a", ""]]),
            ("&&a=&", [["a", ""]]), ("a=b=c", [["a", "b=c"]]), ("a+b=%2B%26%3D+", [["a b", "+&= "]]),
            ("=x", [["", "x"]]),
            ("%C3%A9=%E2%82%AC", [["é", "€"]]),
        ] as [(String, [[String]])]
    )
    func decodesPairs(text: String, pairs: [[String]]) {
        #expect(decode(text) == pairs)
    }

    @Test(arguments: ["a=%", "a=%4", "a=%zz", "%=1", "a=%00", "a=%FF", "a=%C0%80", "a=%ED%A0%80"])
    func refusesWhatIsNotText(text: String) {
        #expect(decode(text) == nil)
    }

    @Test func refusesTooManyPairs() {
        #expect(decode("a&b&c", maximumPairs: 3)?.count == 3)
        #expect(decode("a&b&c", maximumPairs: 2) == nil)
    }
}

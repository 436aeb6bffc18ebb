import Glibc
import Testing

@testable import Service

@Suite struct LogTests {
    @Test func aLineIsOneJSONObjectWithTheFixedFieldsFirst() throws {
        let text = try written { log in
            log.warning("slow", ["org": "acme", "status": 200, "dry_run": false, "user": .null])
        }
        #expect(text.hasPrefix(#"{"ts":"20"#))
        #expect(
            text.hasSuffix(
                #"Z","level":"warning","msg":"slow","org":"acme","status":200,"dry_run":false,"user":null}"# + "\n"
            )
        )
    }

    @Test func whatWouldBreakTheLineIsEscaped() throws {
        let text = try written { log in log.error("a\n\"b\"\\\u{1}é", ["k\n": "v"]) }
        #expect(text.contains(#""msg":"a\n\"b\"\\\u0001é","k\n":"v"}"#))
        #expect(text.split(separator: "\n").count == 1)
    }

    @Test func belowTheLevelNeitherMessageNorFieldsAreMade() throws {
        var made = 0
        func make() -> String {
            made += 1
            return "made"
        }
        let text = try written { log in
            log.debug(make(), ["field": .text(make())])
            log.info(make(), ["field": .text(make())])
        }
        #expect(made == 2)
        #expect(text.split(separator: "\n").count == 1)
    }

    @Test(arguments: [
        (Duration.microseconds(1_234_567), "1234.567"), (.zero, "0.000"), (.microseconds(-1_500), "-1.500"),
        (.nanoseconds(999), "0.000"), (.seconds(3), "3000.000"),
    ])
    func aDurationIsMillisecondsWithThreeDecimals(duration: Duration, text: String) {
        var line = LogLine()
        line.add("total_ms", .duration(duration))
        #expect(String(decoding: line.end(), as: UTF8.self) == "{\"total_ms\":\(text)}\n")
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"), (1_772_353_800_000_250, "2026-03-01T08:30:00.000250Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
    ])
    func aTimestampIsUTCWithMicroseconds(microseconds: Int, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
    }

    /// What `body` logs at level info.
    private func written(_ body: (Log) -> Void) throws -> String {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        body(Log(level: .info, descriptor: ends[1]))
        close(ends[1])
        defer { close(ends[0]) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(ends[0], &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}

import Testing

@testable import HTTP

@Suite struct RequestParserTests {
    @Test(arguments: MessageCorpus.refused)
    func refuses(_ refused: MessageCorpus.Refused) {
        #expect(ParserRun(refused.message).failure == refused.failure)
    }

    @Test(arguments: MessageCorpus.accepted)
    func accepts(_ message: String) {
        let run = ParserRun(message)
        #expect(run.failure == nil)
        #expect(run.isIdle)
        #expect(run.heads.count == run.bodies.count)
        #expect(!run.heads.isEmpty)
    }

    @Test(arguments: MessageCorpus.refused.map(\.message) + MessageCorpus.accepted)
    func givesTheSameAnswerWhereverTheMessageIsSplit(_ message: String) {
        let bytes = Array(message.utf8)
        let whole = ParserRun([bytes[...]])
        #expect(ParserRun(bytes.indices.map { bytes[$0...$0] }) == whole)
        // Beyond 2 KiB a message repeats itself; each hundredth byte and those at the limits stand for the others.
        for cut in bytes.indices where bytes.count < 2048 || cut % 100 == 0 || (8180...8270).contains(cut) {
            #expect(ParserRun([bytes[..<cut], bytes[cut...]]) == whole, "cut at \(cut)")
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func givesTheSameAnswerToMutatedMessagesHoweverTheyAreCut(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        let corpus = (MessageCorpus.accepted + MessageCorpus.refused.map(\.message)).filter { $0.utf8.count < 512 }
        for round in 0..<3000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes += (corpus.randomElement(using: &generator) ?? "").utf8
            }
            for _ in 0..<Int.random(in: 0...4, using: &generator) { Self.mutate(&bytes, &generator) }
            let whole = ParserRun([bytes[...]])
            #expect(ParserRun(Self.cut(bytes, &generator)) == whole, "seed \(seed), round \(round)")
        }
    }

    private static func mutate(_ bytes: inout [UInt8], _ generator: inout SplitMix) {
        let alphabet = Array("\r\n\0\t :;,=\"%/.?#abcGET019HTTP\u{7F}".utf8) + [0x80, 0xFF]
        let index = Int.random(in: 0..<max(1, bytes.count), using: &generator)
        let byte = alphabet.randomElement(using: &generator) ?? 0
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes.insert(byte, at: index)
        case 1 where !bytes.isEmpty: bytes.remove(at: index)
        case 2: bytes.removeSubrange(index...)
        case 3:
            let end = Int.random(in: index...bytes.count, using: &generator)
            bytes.insert(contentsOf: bytes[index..<end], at: index)
        default: if !bytes.isEmpty { bytes[index] = byte }
        }
    }

    private static func cut(_ bytes: [UInt8], _ generator: inout SplitMix) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = min(rest.count, Int.random(in: 1...40, using: &generator))
            pieces.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    @Test func acceptsAHeadOfExactlyTheLimitAndNoMore() {
        let start = "GET / HTTP/1.1\r\nHost: t\r\nA: "
        func head(_ total: Int) -> String {
            start + String(repeating: "b", count: total - start.utf8.count - 4) + "\r\n\r\n"
        }
        #expect(ParserRun(head(16 * 1024)).failure == nil)
        #expect(ParserRun(head(16 * 1024 + 1)).failure == .headTooLarge)
    }

    @Test func acceptsATargetOfExactlyTheLimit() {
        let target = "/" + String(repeating: "a", count: 8191)
        #expect(ParserRun("GET \(target) HTTP/1.1\r\nHost: t\r\n\r\n").heads.first?.target.path == target)
    }

    @Test func acceptsAHundredFields() {
        let fields = String(repeating: "A: b\r\n", count: 99)
        #expect(ParserRun("GET / HTTP/1.1\r\nHost: t\r\n\(fields)\r\n").heads.first?.headers.values("a").count == 99)
    }

    @Test(arguments: [
        ("/", "/", ""), ("/a?b=c?d", "/a", "b=c?d"), ("/a%20b", "/a b", ""), ("/%C3%A9", "/é", ""),
        ("/a/../b", "/b", ""), ("/../..", "/", ""), ("/a/%2E%2e/b", "/b", ""), ("/a/.", "/a/", ""),
        ("/a/b/..", "/a/", ""), ("/a//b", "/a//b", ""), ("/%252F", "/%2F", ""), ("/...", "/...", ""),
        ("/a?%00", "/a", "%00"), ("http://x", "/", ""), ("https://x?y", "/", "y"), ("http://x:1/y", "/y", ""),
    ])
    func decodesAndNormalisesTheTarget(raw: String, path: String, query: String) throws {
        let target = try RequestTarget(Array(raw.utf8)[...], method: .get)
        #expect(target.path == path)
        #expect(target.rawQuery == query)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: t\r\n", true), ("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n", false),
        ("GET / HTTP/1.1\r\nHost: t\r\nConnection: a, CLOSE\r\n", false), ("GET / HTTP/1.0\r\n", false),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n", true),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n", false),
    ])
    func knowsWhetherTheConnectionStays(head: String, keepsAlive: Bool) {
        #expect(ParserRun(head + "\r\n").heads.first?.keepsAlive == keepsAlive)
    }

    @Test func decodesChunksAndDropsTheTrailer() {
        let run = ParserRun(MessageCorpus.accepted[15] + MessageCorpus.accepted[16])
        #expect(run.bodies == [Array("abc0123456789".utf8), Array("abc".utf8)])
        #expect(run.heads.last?.headers.contains("trailer") == false)
    }

    @Test func acceptsManyPipelinedRequestsAtOnce() {
        let message = "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        let run = ParserRun(String(repeating: message, count: 2000))
        #expect(run.failure == nil)
        #expect(run.bodies.count == 2000)
    }

    @Test(arguments: [7, 8] as [UInt64])
    func decodesALargeBodyHoweverItIsCut(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        let content = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        var message = Array("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        var rest = content[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(Int.random(in: 1...30_000, using: &generator))
            message += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + Array("\r\n".utf8)
            rest = rest.dropFirst(chunk.count)
        }
        message += Array("0\r\n\r\n".utf8)
        var pieces: [ArraySlice<UInt8>] = []
        var left = message[...]
        while !left.isEmpty {
            pieces.append(left.prefix(Int.random(in: 1...40_000, using: &generator)))
            left = left.dropFirst(pieces.last?.count ?? 0)
        }
        let run = ParserRun(pieces, bodyLimit: content.count)
        #expect(run.bodies == [content], "seed \(seed)")
        #expect(run.isIdle)
    }

    @Test func saysNothingMoreAfterAFailure() {
        var parser = RequestParser(limits: Limits())
        Array("BAD\r\n".utf8).withUnsafeBytes { parser.append($0) }
        #expect(parser.next() == .failure(.malformedRequestLine))
        Array("GET / HTTP/1.1\r\nHost: t\r\n\r\n".utf8).withUnsafeBytes { parser.append($0) }
        #expect(parser.next() == .failure(.malformedRequestLine))
    }
}

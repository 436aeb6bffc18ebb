import Glibc
import Testing

@testable import HTTP

@Suite struct ServerStreamTests {
    private func numbers(_ count: Int) -> String {
        (0..<count).map { "\($0)\n" }.joined()
    }

    @Test func givesAShortStreamALength() throws {
        let server = try TestServer()
        let answer = try server.client().get("/stream/10")
        #expect(answer.headers["content-length"] == "20")
        #expect(answer.headers["transfer-encoding"] == nil)
        #expect(answer.text == numbers(10))
    }

    @Test func sendsALongStreamInChunksAndKeepsTheConnection() throws {
        let server = try TestServer()
        let client = try server.client()
        for _ in 0..<2 {
            let answer = try client.get("/stream/100000")
            #expect(answer.headers["transfer-encoding"] == "chunked")
            #expect(answer.headers["content-length"] == nil)
            #expect(answer.text == numbers(100_000))
        }
        #expect(try client.get("/hello").text == "hello")
    }

    @Test func endsAStreamToAnOldClientWithTheConnection() throws {
        let server = try TestServer()
        let client = try server.client()
        client.send("GET /stream/100000 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let answer = try client.answer()
        #expect(answer.headers["transfer-encoding"] == nil)
        #expect(answer.headers["connection"] == "close")
        #expect(String(decoding: client.rest(), as: UTF8.self) == numbers(100_000))
    }

    @Test func answersFiveHundredWhenAStreamFailsBeforeItHasBegun() throws {
        let server = try TestServer()
        let client = try server.client()
        #expect(try client.get("/broken/10").status == 500)
        #expect(try client.get("/hello").status == 200)
    }

    @Test func cutsTheConnectionWhenAStreamFailsLater() throws {
        let server = try TestServer()
        let client = try server.client()
        client.send("GET /broken/100000 HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(throws: TestClient.Failure.self) { try client.answer() }
        #expect(eventually { server.record.withLock { $0.finished.first?.isCut } == true })
    }

    @Test func writesNoFasterThanTheClientReads() throws {
        let server = try TestServer()
        let client = try TestClient(port: server.port, receiveBuffer: 64 * 1024)
        client.send("GET /endless HTTP/1.1\r\nHost: t\r\n\r\n")
        _ = try client.bytes(1024)
        var before = -1
        #expect(
            eventually {
                usleep(100_000)
                let now = server.record.withLock { $0.streamedPieces }
                defer { before = now }
                return now == before
            }
        )
        let pieces = server.record.withLock { $0.streamedPieces }
        #expect(pieces * BodyWriter.pieceSize < 16 * 1024 * 1024)
        _ = try client.bytes(4 * 1024 * 1024)
        #expect(eventually { server.record.withLock { $0.streamedPieces } > pieces })
        client.end()
        #expect(eventually { server.record.withLock { $0.streamFailure } == "clientGone" })
        #expect(try server.client().get("/hello").status == 200)
    }

    @Test func dropsAClientThatStopsReading() throws {
        let server = try TestServer {
            $0.writeTimeout = .milliseconds(200)
            $0.minimumRate = 1024 * 1024 * 1024
        }
        let client = try TestClient(port: server.port, receiveBuffer: 64 * 1024)
        client.send("GET /endless HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(eventually { server.record.withLock { $0.streamFailure } == "clientTooSlow" })
    }
}

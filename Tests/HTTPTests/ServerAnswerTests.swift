import Glibc
import Testing

@testable import HTTP

/// What the server answers by itself, and how it frames what the application answers.
@Suite struct ServerAnswerTests {
    @Test func answersHeadLikeGetWithoutTheBody() throws {
        let server = try TestServer()
        let client = try server.client()
        let get = try client.get("/hello")
        var head = try client.get("/hello", method: "HEAD")
        #expect(head.body.isEmpty)
        for field in ["date", "x-request-id"] { head.headers[field] = get.headers[field] }
        #expect(head.headers == get.headers)
        #expect(try client.get("/nowhere", method: "HEAD").status == 404)
        #expect(try client.get("/stream/100000", method: "HEAD").headers["transfer-encoding"] == "chunked")
        #expect(try client.get("/hello").text == "hello")
    }

    @Test func answersOptionsFromTheTable() throws {
        let server = try TestServer()
        let client = try server.client()
        let answer = try client.get("/hello", method: "OPTIONS")
        #expect(answer.status == 204)
        #expect(answer.headers["allow"] == "GET, HEAD, OPTIONS")
        #expect(answer.headers["content-length"] == nil)
        #expect(try client.get("*", method: "OPTIONS").headers["allow"] == "GET, HEAD, POST, OPTIONS")
        #expect(try client.get("/nowhere", method: "OPTIONS").status == 404)
    }

    @Test func namesTheMethodsWhenOneIsNotAllowed() throws {
        let server = try TestServer()
        let client = try server.client()
        let answer = try client.get("/hello", method: "POST", body: "x")
        #expect(answer.status == 405)
        #expect(answer.headers["allow"] == "GET, HEAD, OPTIONS")
        #expect(answer.text == "method_not_allowed")
        #expect(try client.get("/nowhere").text == "not_found")
        #expect(try client.get("/hello?a=%zz").text == "malformed_query")
    }

    @Test func closesTheConnectionAfterARefusedMessage() throws {
        let server = try TestServer()
        let client = try server.client()
        client.send("GET / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send("GET /hello HTTP/1.1\r\nHost: t\r\n\r\n")
        let answer = try client.answer()
        #expect(answer.status == 400)
        #expect(answer.headers["connection"] == "close")
        #expect(answer.text == "length_and_transfer_encoding")
        #expect(client.isAtEnd())
        #expect(server.record.withLock { $0.started.isEmpty })
        #expect(server.server.status.refused == 1)
    }

    @Test func closesWhenTheClientAsksForIt() throws {
        let server = try TestServer()
        let client = try server.client()
        let answer = try client.get("/hello", headers: "Connection: close\r\n")
        #expect(answer.headers["connection"] == "close")
        #expect(client.isAtEnd())
        let old = try server.client()
        old.send("GET /hello HTTP/1.0\r\n\r\n")
        #expect(try old.answer().headers["connection"] == "close")
        #expect(old.isAtEnd())
        let kept = try server.client()
        kept.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(try kept.answer().headers["connection"] == "keep-alive")
        #expect(try kept.get("/hello").status == 200)
    }

    @Test func givesLeaveToSendABodyOnlyWhenItWillBeTaken() throws {
        let server = try TestServer()
        let client = try server.client()
        let fields = "Host: t\r\nExpect: 100-continue\r\n"
        client.send("POST /echo/a HTTP/1.1\r\n\(fields)Content-Length: 3\r\n\r\n")
        #expect(try client.answer().status == 100)
        client.send("abc")
        #expect(try client.answer().text == "POST a  abc")
        client.send("POST /echo/b HTTP/1.1\r\n\(fields)Content-Length: 3\r\n\r\nabc")
        #expect(try client.answer().text == "POST b  abc")
        client.send("POST /echo/c HTTP/1.1\r\n\(fields)Content-Length: 99999999\r\n\r\n")
        #expect(try client.answer().status == 413)
        #expect(client.isAtEnd())
        let lost = try server.client()
        lost.send("POST /nowhere HTTP/1.1\r\n\(fields)Content-Length: 3\r\n\r\n")
        #expect(try lost.answer().status == 404)
        #expect(lost.isAtEnd())
    }

    @Test func limitsBodiesByEndpoint() throws {
        let server = try TestServer()
        let client = try server.client()
        let body = String(repeating: "a", count: 3 * 1024 * 1024)
        #expect(try client.get("/large", method: "POST", body: body).text == "\(body.utf8.count)")
        client.send("POST /echo/a HTTP/1.1\r\nHost: t\r\nContent-Length: 3145728\r\n\r\n" + body)
        let answer = try client.answer()
        #expect(answer.status == 413)
        #expect(answer.text == "body_too_large")
        #expect(answer.headers["connection"] == "close")
    }

    @Test func refusesBodiesBeyondTheMemoryForThem() throws {
        let server = try TestServer { $0.maximumBodyMemory = 100_000 }
        let half = String(repeating: "a", count: 80_000)
        let message = "POST /echo/a HTTP/1.1\r\nHost: t\r\nContent-Length: 160000\r\n\r\n" + half
        let first = try server.client()
        first.send(message)
        // What is answered later is read later: by the end of these turns the server holds what the first has sent.
        for _ in 0..<5 { #expect(try server.client().get("/immediate").status == 200) }
        let second = try server.client()
        second.send(message)
        #expect(try second.answer().status == 503)
        second.end()
        #expect(eventually { server.server.status.connections == 1 })
        for _ in 0..<3 { #expect(try server.client().get("/echo/b", method: "POST", body: "b").status == 200) }
        first.end()
        #expect(server.server.boundAddress == .tcp(host: "127.0.0.1", port: server.port))
    }

    @Test func letsNoValueStartALineOfItsOwn() throws {
        let server = try TestServer()
        let answer = try server.client().get("/header")
        #expect(answer.headers["x-test"] == "a  x-evil: b")
        #expect(answer.headers["x-evil"] == nil)
        #expect(answer.headers["server"] == nil)
        #expect(answer.headers["content-length"] == "0")
    }

    @Test func tellsTheObserverWhatBecameOfEachRequest() throws {
        let server = try TestServer()
        let client = try server.client()
        var answers: [TestClient.Answer] = []
        for message in [
            "GET /hello HTTP/1.1\r\nX-Request-Id: abc-1", "GET /nowhere HTTP/1.1\r\nX-Request-Id: a b", "BAD",
        ] {
            client.send(message + "\r\nHost: t\r\n\r\n")
            answers.append(try client.answer())
            // The observer is told a moment after the client has the answer.
            #expect(eventually { server.record.withLock { $0.finished.count } == answers.count })
        }
        let finished = server.record.withLock { $0.finished }
        #expect(finished.map(\.status) == [200, 404, 400])
        #expect(finished.map(\.endpoint) == [.hello, nil, nil])
        #expect(finished.map(\.id) == answers.map { $0.headers["x-request-id"] })
        #expect(finished[0].id == "abc-1")
        #expect(finished[1].id.utf8.count == 16 && finished[1].id != finished[2].id)
        #expect(finished.map(\.code) == [nil, "not_found", "malformed_request_line"])
        #expect(finished.map(\.peer) == ["127.0.0.1", "127.0.0.1", "127.0.0.1"])
        #expect(finished.allSatisfy { $0.bytes > 0 && !$0.isCut && $0.total >= .zero })
    }

    @Test func addsTheCommonFieldsToEveryAnswerThatDoesNotSetThem() throws {
        let server = try TestServer { $0.commonHeaders = ["x-test": "common", "x-common": "1"] }
        let client = try server.client()
        #expect(try client.get("/header").headers["x-test"] == "a  x-evil: b")
        for target in ["/header", "/hello", "/nowhere", "/stream/3"] {
            #expect(try client.get(target).headers["x-common"] == "1")
        }
        #expect(try client.get("/hello", method: "OPTIONS").headers["x-common"] == "1")
    }
}

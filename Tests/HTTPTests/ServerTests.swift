import Glibc
import Testing

@testable import HTTP

@Suite struct ServerTests {
    @Test func answersFromAWorkerAndKeepsTheConnection() throws {
        let server = try TestServer()
        let client = try server.client()
        for _ in 0..<3 {
            let answer = try client.get("/hello")
            #expect(answer.status == 200)
            #expect(answer.text == "hello")
            #expect(answer.headers["content-length"] == "5")
            #expect(answer.headers["server"] == nil)
            #expect(answer.headers["connection"] == nil)
            #expect(answer.headers["date"]?.hasSuffix(" GMT") == true)
        }
        #expect(server.server.status.accepted == 1)
    }

    @Test func handsOverBodyQueryAndParameters() throws {
        let server = try TestServer()
        let client = try server.client()
        let answer = try client.get("/echo/a%20b?x=1&y=%C3%A9+z", method: "POST", body: "content")
        #expect(answer.text == "POST a b x=1&y=é z content")
        #expect(server.server.status.refused == 0)
    }

    @Test func answersPipelinedRequestsInOrder() throws {
        let server = try TestServer()
        let client = try server.client()
        var all = ""
        for index in 0..<50 {
            switch index % 4 {
            case 0: all += "POST /echo/\(index) HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nok"
            case 1: all += "GET /immediate HTTP/1.1\r\nHost: t\r\n\r\n"
            case 2:
                all +=
                    "POST /echo/\(index) HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
            default: all += "GET /nowhere HTTP/1.1\r\nHost: t\r\n\r\n"
            }
        }
        client.send(all)
        for index in 0..<50 {
            let answer = try client.answer()
            switch index % 4 {
            case 0, 2: #expect(answer.text == "POST \(index)  ok")
            case 1: #expect(answer.text == "now")
            default: #expect(answer.status == 404)
            }
        }
    }

    @Test func endsWhenStopped() throws {
        let server = try TestServer()
        #expect(try server.client().get("/hello").status == 200)
        server.server.stop()
        #expect(server.hasEnded(within: .seconds(30)))
        #expect(!server.server.status.isReady)
    }
}

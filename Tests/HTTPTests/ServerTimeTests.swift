import Glibc
import Testing

@testable import HTTP

/// Clients that are slow, many or gone.
@Suite struct ServerTimeTests {
    @Test func dropsSlowHeadsAndServesOthersMeanwhile() throws {
        let server = try TestServer { $0.headTimeout = .seconds(2) }
        let slow = try (0..<100).map { _ in try server.client() }
        for client in slow { client.send("GET /hello HTTP/1.1\r\nHost: t\r\n") }
        let client = try server.client()
        for _ in 0..<5 {
            for other in slow { other.send("X: y\r\n") }
            #expect(try client.get("/hello").status == 200)
            usleep(50_000)
        }
        for client in slow {
            #expect(try client.answer().status == 408)
            #expect(client.isAtEnd())
        }
        #expect(eventually { server.server.status.timedOut == 100 })
        #expect(try client.get("/hello").status == 200)
    }

    @Test func dropsSlowBodies() throws {
        let server = try TestServer { $0.bodyTimeout = .milliseconds(300) }
        let client = try server.client()
        client.send("POST /echo/a HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc")
        let answer = try client.answer()
        #expect(answer.status == 408)
        #expect(answer.headers["connection"] == "close")
        #expect(client.isAtEnd())
    }

    @Test func closesIdleConnectionsWithoutAWord() throws {
        let server = try TestServer { $0.idleTimeout = .seconds(1) }
        let client = try server.client()
        #expect(try client.get("/hello").status == 200)
        #expect(client.isAtEnd())
        #expect(server.server.status.timedOut == 0)
        #expect(eventually { server.server.status.connections == 0 })
    }

    @Test func dropsAClientThatDoesNotTakeItsAnswer() throws {
        let server = try TestServer {
            $0.writeTimeout = .milliseconds(300)
            $0.minimumRate = 1024 * 1024 * 1024
        }
        let client = try TestClient(port: server.port, receiveBuffer: 4096)
        let body = String(repeating: "a", count: 1024 * 1024)
        for _ in 0..<12 {
            client.send("POST /echo/a HTTP/1.1\r\nHost: t\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        }
        #expect(eventually { server.server.status.timedOut == 1 })
        #expect(eventually { server.server.status.connections == 0 })
    }

    @Test func keepsAThousandIdleConnections() throws {
        DescriptorLimit.raise(to: 4096)
        let server = try TestServer()
        let clients = try (0..<1000).map { _ in try server.client() }
        for client in clients { #expect(try client.get("/hello").status == 200) }
        #expect(server.server.status.connections == 1000)
        for client in clients { #expect(try client.get("/immediate").text == "now") }
        #expect(server.server.status.accepted == 1000)
    }

    @Test func makesRoomForANewcomerByClosingTheLongestIdle() throws {
        let server = try TestServer { $0.maximumConnections = 2 }
        let first = try server.client()
        #expect(try first.get("/hello").status == 200)
        // A connection is idle from when its request is told of, a moment after the client has the answer.
        #expect(eventually { server.record.withLock { $0.finished.count } == 1 })
        let second = try server.client()
        #expect(try second.get("/hello").status == 200)
        #expect(eventually { server.record.withLock { $0.finished.count } == 2 })
        #expect(try server.client().get("/hello").status == 200)
        #expect(first.isAtEnd())
        #expect(try second.get("/hello").status == 200)
    }

    @Test func refusesAConnectionWhenAllAreBusy() throws {
        let server = try TestServer { $0.maximumConnections = 1 }
        let busy = try server.client()
        busy.send("GET /held HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(eventually { server.server.status.busyWorkers == 1 })
        let answer = try server.client().answer()
        #expect(answer.status == 503)
        #expect(answer.headers["retry-after"] == "1")
        server.gate.open()
        #expect(try busy.answer().status == 200)
    }

    @Test func interruptsTheWorkerWhenTheClientGoes() throws {
        let server = try TestServer()
        let client = try server.client()
        client.send("GET /wait HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(eventually { server.server.status.busyWorkers == 1 })
        client.end()
        #expect(eventually { server.server.status.busyWorkers == 0 })
        #expect(server.record.withLock { $0.interrupted } == 1)
        #expect(eventually { server.server.status.connections == 0 })
    }

    @Test func interruptsTheWorkerAtTheDeadline() throws {
        let server = try TestServer { $0.requestDeadline = .seconds(2) }
        let client = try server.client()
        #expect(try client.get("/wait").status == 503)
        #expect(server.record.withLock { $0.interrupted } == 1)
        #expect(try client.get("/hello").status == 200)
    }
}

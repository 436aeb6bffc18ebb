import Glibc
import Testing

@testable import HTTP

/// More requests than workers, and the end of service.
@Suite struct ServerLoadTests {
    private func begin(_ path: String, on server: TestServer) throws -> TestClient {
        let client = try server.client()
        client.send("GET \(path) HTTP/1.1\r\nHost: t\r\n\r\n")
        return client
    }

    @Test func shedsWhatTheQueueDoesNotTake() throws {
        let server = try TestServer {
            $0.interactiveWorkers = 1
            $0.maximumQueue = 2
        }
        let busy = try begin("/held", on: server)
        #expect(eventually { server.server.status.busyWorkers == 1 })
        let waiting = try (0..<2).map { _ in try begin("/hello", on: server) }
        #expect(eventually { server.server.status.waiting == 2 })
        let client = try server.client()
        let shed = try client.get("/hello")
        #expect(shed.status == 503)
        #expect(shed.text == "overloaded")
        #expect(shed.headers["retry-after"] == "1")
        #expect(shed.headers["connection"] == nil)
        #expect(try client.get("/immediate").status == 200)
        #expect(server.server.status.shed == 1)
        server.gate.open()
        #expect(try busy.answer().status == 200)
        for client in waiting { #expect(try client.answer().status == 200) }
    }

    @Test func refusesARequestThatWaitedUntilItsDeadline() throws {
        let server = try TestServer {
            $0.interactiveWorkers = 1
            $0.requestDeadline = .seconds(2)
        }
        let busy = try begin("/held", on: server)
        #expect(eventually { server.server.status.busyWorkers == 1 })
        let late = try server.client()
        let answer = try late.get("/hello")
        #expect(answer.status == 503)
        #expect(answer.text == "deadline_passed")
        server.gate.open()
        #expect(try busy.answer().status == 200)
        #expect(try late.get("/hello").status == 200)
        #expect(server.record.withLock { $0.started } == ["/held", "/hello"])
    }

    @Test func forgetsAWaitingRequestWhoseClientHasGone() throws {
        let server = try TestServer { $0.interactiveWorkers = 1 }
        let busy = try begin("/held", on: server)
        #expect(eventually { server.server.status.busyWorkers == 1 })
        let gone = try begin("/hello", on: server)
        #expect(eventually { server.server.status.waiting == 1 })
        gone.end()
        #expect(eventually { server.server.status.waiting == 0 })
        server.gate.open()
        #expect(try busy.answer().status == 200)
        #expect(server.record.withLock { $0.started } == ["/held"])
        #expect(eventually { server.record.withLock { $0.finished.first?.status } == 499 })
    }

    @Test func letsOthersPassARequestWhoseKeyIsAtItsLimit() throws {
        let server = try TestServer { $0.interactiveWorkers = 3 }
        let same = try (0..<6).map { _ in try begin("/shared/a", on: server) }
        #expect(eventually { server.server.status.busyWorkers == 1 && server.server.status.waiting == 5 })
        #expect(try server.client().get("/hello").status == 200)
        #expect(server.server.status.waiting == 5)
        server.gate.open()
        for client in same { #expect(try client.answer().status == 200) }
        #expect(server.record.withLock { $0.mostShared } == 1)
    }

    @Test func leavesHalfTheQueueToOthers() throws {
        let server = try TestServer {
            $0.interactiveWorkers = 2
            $0.maximumQueue = 4
        }
        var same = [try begin("/shared/a", on: server)]
        #expect(eventually { server.server.status.busyWorkers == 1 })
        for _ in 0..<2 { same.append(try begin("/shared/a", on: server)) }
        #expect(eventually { server.server.status.waiting == 2 })
        #expect(try server.client().get("/shared/a").status == 503)
        let other = try begin("/shared/b", on: server)
        #expect(eventually { server.server.status.busyWorkers == 2 })
        server.gate.open()
        #expect(try other.answer().status == 200)
        for client in same { #expect(try client.answer().status == 200) }
    }

    @Test func keepsTheInteractiveLaneFreeOfHeavyRequests() throws {
        let server = try TestServer { $0.interactiveWorkers = 1 }
        let heavy = try (0..<3).map { _ in try begin("/heavy", on: server) }
        #expect(eventually { server.server.status.busyWorkers == 1 && server.server.status.waiting == 2 })
        #expect(try server.client().get("/hello").status == 200)
        #expect(eventually { server.server.status.busyWorkers == 1 })
        server.gate.open()
        for client in heavy { #expect(try client.answer().status == 200) }
    }

    @Test func answersRequestsUnderWayBeforeItEnds() throws {
        let server = try TestServer { $0.interactiveWorkers = 1 }
        let idle = try server.client()
        #expect(try idle.get("/hello").status == 200)
        let running = try begin("/held", on: server)
        let waiting = try begin("/held", on: server)
        #expect(eventually { server.server.status.busyWorkers == 1 && server.server.status.waiting == 1 })
        server.server.stop()
        #expect(eventually { !server.server.status.isReady })
        #expect(idle.isAtEnd())
        #expect(throws: TestClient.Failure.self) { try server.client().get("/hello") }
        server.gate.open()
        for client in [running, waiting] {
            let answer = try client.answer()
            #expect(answer.status == 200)
            #expect(answer.headers["connection"] == "close")
            #expect(client.isAtEnd())
            client.end()
        }
        #expect(server.hasEnded(within: .seconds(30)))
    }

    @Test func interruptsWhatOutlivesTheDrain() throws {
        let server = try TestServer { $0.drainTimeout = .milliseconds(200) }
        let client = try begin("/wait", on: server)
        #expect(eventually { server.server.status.busyWorkers == 1 })
        server.server.stop()
        #expect(try client.answer().status == 503)
        client.end()
        #expect(server.hasEnded(within: .seconds(30)))
        #expect(server.record.withLock { $0.interrupted } == 1)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func stopsOnASignal(number: Int32) throws {
        let server = try TestServer { $0.handlesSignals = true }
        #expect(try server.client().get("/hello").status == 200)
        server.signal(number)
        #expect(server.hasEnded(within: .seconds(30)))
    }

    @Test func servesAUnixSocketAndRemovesIt() throws {
        let path = "/tmp/http-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).sock"
        let address = try #require(ListenAddress("unix:\(path)"))
        for _ in 0..<2 {
            // The second round finds the file of a server that died.
            let server = try TestServer { $0.listen = address }
            let client = try TestClient(path: path)
            #expect(try client.get("/hello").text == "hello")
            #expect(throws: ServerError.cannotListen(address, errno: EADDRINUSE)) {
                try Listener(address).descriptor
            }
            client.end()
            server.server.stop()
            #expect(server.hasEnded(within: .seconds(30)))
            #expect(access(path, F_OK) != 0)
            TestClient.leaveStaleSocket(path)
        }
        unlink(path)
    }
}

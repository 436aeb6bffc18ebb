import Testing

@testable import Postgres

extension ServerTests {
    @Suite struct ReconnectingConnectionTests {
        static let pid = Query(Statement("pid", "select pg_backend_pid()"))

        @Test func connectsWithTheFirstCallAndKeepsTheConnection() throws {
            let connection = ReconnectingConnection(url: Database.url)
            #expect(connection.connects == 0)
            let first = try connection.execute(Self.pid).int(0, 0)
            #expect(try connection.execute(Self.pid).int(0, 0) == first)
            #expect(connection.connects == 1)
        }

        @Test func replacesAConnectionThatWasLostWhileIdleWithoutAnyoneNoticing() throws {
            let connection = ReconnectingConnection(url: Database.url)
            try connection.connect()
            try Database.terminate(connection.connection())
            #expect(!connection.isUsable)
            #expect(try connection.execute(Self.pid).rowCount == 1)
            #expect(connection.connects == 2)
            #expect(connection.statistics.roundTrips == 1)
        }

        @Test func runsATransactionAgainThatLostItsConnectionBeforeCommit() throws {
            let connection = ReconnectingConnection(url: Database.url)
            let die = Query(Statement("die", "select pg_terminate_backend(pg_backend_pid())"))
            var runs = 0
            let pid = try connection.transaction(.readWrite) { transaction in
                runs += 1
                if runs == 1 { _ = try transaction.run([die]) }
                return try transaction.finish(with: [Self.pid])[0].int(0, 0)
            }
            #expect(try connection.connection().processID == pid)
            #expect(runs == 2)
            #expect(
                failure { try connection.transaction(.readWrite) { try $0.finish(with: [die]) } }?.kind
                    == .connectionLost
            )
        }

        @Test func replacesAConnectionThatHasGrownOld() throws {
            let connection = ReconnectingConnection(url: Database.url, lifetime: .zero)
            let first = try connection.execute(Self.pid).int(0, 0)
            #expect(try connection.execute(Self.pid).int(0, 0) != first)
        }

        @Test func refusesATransactionInsideATransactionAndKeepsTheOuterOne() throws {
            let connection = ReconnectingConnection(url: Database.url)
            try connection.transaction(.readWrite) { transaction in
                _ = try transaction.run([Self.pid])
                #expect(failure { try connection.execute(Self.pid) }?.kind == .invalidUse)
                #expect(try transaction.finish(with: [Self.pid]).count == 1)
            }
            #expect(connection.connects == 1)
        }

        /// The database lets nobody in for a while, as a server does that is being restarted.
        @Test func failsFastWhileTheServerIsAwayAndComesBackByItself() throws {
            let name = "postgres_tests_away_\(UInt64.random(in: 0...UInt64.max))"
            let server = try Database.connect()
            try server.script("create database \(name)")
            let backoff = Backoff(first: .seconds(2), most: .seconds(2))
            let connection = ReconnectingConnection(url: Database.uri(Database.url, "dbname", name), backoff: backoff)
            try connection.connect()
            try server.script("alter database \(name) allow_connections false")
            try Database.terminate(connection.connection())

            #expect(failure { try connection.execute(Self.pid) }?.kind == .connectionFailed)
            #expect(failure { try connection.execute(Self.pid) }?.kind == .unavailable)
            #expect(connection.retryAfter.map { $0 <= .seconds(2) } == true)
            let error = connection.job(deadline: .now + .milliseconds(300)) { failure { try connection.connect() } }
            #expect(error != nil)

            try server.script("alter database \(name) allow_connections true")
            try connection.connect()
            #expect(try connection.execute(Self.pid).rowCount == 1)
            connection.close()
            try server.script("drop database \(name) with (force)")
        }

        @Test func stopsWaitingForTheServerWhenCancelled() throws {
            let connection = ReconnectingConnection(url: "postgresql:///postgres?host=/nowhere/at/all")
            let handle = connection.cancellation
            let thread = Background {
                pause(milliseconds: 30)
                handle.cancel()
            }
            #expect(failure { try connection.connect() }?.kind == .cancelled)
            thread.join()
        }

        @Test func aCancellationHoldsAcrossAChangeOfConnections() throws {
            let connection = ReconnectingConnection(url: Database.url)
            try connection.job {
                let handle = connection.cancellation
                try Database.terminate(connection.connection())
                _ = try connection.execute(Self.pid)
                handle.cancel()
                #expect(failure { try connection.execute(Self.pid) }?.kind == .cancelled)
            }
            #expect(try connection.execute(Self.pid).rowCount == 1)
        }
    }
}

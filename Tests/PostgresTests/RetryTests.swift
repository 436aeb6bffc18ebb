import Testing

@testable import Postgres

extension ServerTests {
    @Suite struct RetryTests {
        /// A connection with a function that fails with `state` until it was called `times` times: a sequence counts,
        /// which no rollback undoes.
        static func connect(failing times: Int, with state: SQLState) throws -> Connection {
            let connection = try Database.connect()
            try connection.script(
                """
                create temp sequence calls;
                create function pg_temp.act() returns bigint language plpgsql as $$
                declare call bigint := nextval('pg_temp.calls');
                begin
                    if call <= \(times) then raise exception 'conflict' using errcode = '\(state)'; end if;
                    return call;
                end $$
                """
            )
            return connection
        }

        static let act = Query(Statement("act", "select pg_temp.act()"))

        struct Mapped: Error {}

        @Test(arguments: [SQLState.serializationFailure, .deadlockDetected])
        func runsTheWholeBodyAgainAfterAConflict(state: SQLState) throws {
            let connection = try Self.connect(failing: 3, with: state)
            var runs = 0
            let call = try connection.transaction(.readWrite) { transaction in
                runs += 1
                return try transaction.finish(with: [Self.act])[0].int(0, 0)
            }
            #expect(call == 4)
            #expect(runs == 4)
            #expect(connection.statistics.retries == 3)
        }

        @Test func givesUpAfterThree() throws {
            let connection = try Self.connect(failing: 9, with: .serializationFailure)
            let error = failure { try connection.transaction(.readWrite) { try $0.finish(with: [Self.act]) } }
            #expect(error?.sqlState == .serializationFailure)
            #expect(connection.statistics.retries == 3)
            #expect(connection.isUsable)
        }

        @Test func retriesALockTimeoutWhenAsked() throws {
            let connection = try Self.connect(failing: 1, with: .lockNotAvailable)
            let error = failure { try connection.transaction(.readWrite) { try $0.finish(with: [Self.act]) } }
            #expect(error?.sqlState == .lockNotAvailable)
            let other = try Self.connect(failing: 1, with: .lockNotAvailable)
            try other.transaction(.readWrite, retry: .withLockTimeout) { try $0.finish(with: [Self.act]) }
        }

        @Test func seesAConflictThroughTheBodysOwnError() throws {
            let connection = try Self.connect(failing: 1, with: .serializationFailure)
            try connection.transaction(.readWrite) { transaction in
                do { try transaction.finish(with: [Self.act]) } catch { throw Mapped() }
            }
            #expect(connection.statistics.retries == 1)
        }

        @Test func doesntRetryWhatTheBodyItselfThrew() throws {
            let connection = try Self.connect(failing: 0, with: .serializationFailure)
            var runs = 0
            #expect(throws: Mapped.self) {
                try connection.transaction(.readWrite) { transaction in
                    runs += 1
                    _ = try transaction.run([Self.act])
                    throw Mapped()
                }
            }
            #expect(runs == 1)
        }

        @Test func resolvesARealSerializationFailure() throws {
            let connection = try Database.connect()
            try connection.script("create table counter (n int); insert into counter values (0)")
            let add = Query(Statement("add", "update counter set n = n + 1 returning n"))
            let isolate = Query(Statement("isolate", "set transaction isolation level repeatable read"))
            let look = Query(Statement("look", "select n from counter"))
            var runs = 0
            let n = try connection.transaction(.readWrite, preamble: [isolate]) { transaction in
                runs += 1
                _ = try transaction.run([look])
                if runs == 1 { _ = try Database.connect().execute(add) }
                return try transaction.finish(with: [add])[0].int(0, 0)
            }
            #expect(n == 2)
            #expect(runs == 2)
        }

        @Test func preparesAgainAfterTheTableChangedAndRunsOnceMore() throws {
            let connection = try Database.connect()
            try connection.script("create temp table moving (i int); insert into moving values (1)")
            let all = Query(Statement("all_moving", "select * from moving"))
            _ = try connection.transaction(.readOnly) { try $0.finish(with: [all]) }
            try connection.script("alter table moving add j int")
            let columns = try connection.transaction(.readOnly) { try $0.finish(with: [all])[0].columnCount }
            #expect(columns == 2)
        }
    }
}

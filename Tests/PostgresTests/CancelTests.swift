import Synchronization
import Testing

@testable import Postgres

extension ServerTests {
    @Suite struct CancelTests {
        static let sleep = Query(Statement("sleep", "select pg_sleep(10)"))
        static let one = Query(Statement("one", "select 1"))

        /// Runs `body` while another thread cancels after `delay` milliseconds; returns what it throws.
        static func cancelling<R>(_ connection: Connection, after delay: UInt32, _ body: () throws -> R)
            -> PostgresError?
        {
            let handle = connection.cancellation
            let thread = Background {
                pause(milliseconds: delay)
                handle.cancel()
            }
            defer { thread.join() }
            return failure(body)
        }

        @Test func stopsAQueryFromAnotherThread() throws {
            let connection = try Database.connect()
            let start = ContinuousClock.now
            let error = Self.cancelling(connection, after: 30) { try connection.execute(Self.sleep) }
            #expect(error?.kind == .cancelled)
            #expect(ContinuousClock.now - start < .seconds(3))
            #expect(connection.isUsable)
            #expect(try connection.execute(Self.one).int(0, 0) == 1)
        }

        @Test func stopsATransactionAndRollsItBack() throws {
            let connection = try Database.connect()
            try connection.script("create temp table t (i int)")
            let insert = Query(Statement("insert", "insert into t values (1)"))
            let error = Self.cancelling(connection, after: 30) {
                try connection.transaction(.readWrite) { try $0.finish(with: [insert, Self.sleep]) }
            }
            #expect(error?.kind == .cancelled)
            #expect(error?.statementIndex == 1)
            #expect(connection.isUsable)
            #expect(try connection.execute(Query(Statement("count", "select count(*) from t"))).int(0, 0) == 0)
        }

        @Test func sendsNothingMoreForAJobThatWasCancelled() throws {
            let connection = try Database.connect()
            connection.job {
                connection.cancellation.cancel()
                #expect(failure { try connection.execute(Self.one) }?.kind == .cancelled)
                #expect(failure { try connection.script("select 1") }?.kind == .cancelled)
                #expect(failure { try connection.stream(Self.one) { _ in } }?.kind == .cancelled)
            }
            #expect(connection.statistics.roundTrips == 0)
            #expect(try connection.execute(Self.one).int(0, 0) == 1)
        }

        @Test func neverReachesALaterJob() throws {
            let connection = try Database.connect()
            let handle = connection.job { connection.cancellation }
            handle.cancel()
            try connection.job {
                handle.cancel()
                let one = try connection.execute(Self.one).int(0, 0)
                #expect(one == 1)
            }
        }

        /// Jobs and cancels race; a job that wasn't cancelled itself must never notice.
        @Test func neverHitsTheNextTransactionHoweverLateItComes() throws {
            let connection = try Database.connect()
            let short = Query(Statement("short", "select pg_sleep(0.0005)"))
            // The job to cancel, or 0: a number that no job has by then.
            let target = Atomic<UInt64>(0)
            let isDone = Atomic(false)
            let signal = connection.scope.signal
            let thread = Background {
                while !isDone.load(ordering: .acquiring) {
                    let job = target.exchange(0, ordering: .acquiringAndReleasing)
                    if job != 0 { CancelHandle(signal: signal, job: job).cancel() }
                    pause(milliseconds: 0)
                }
            }
            _ = try connection.execute(short)
            var cancelled = 0
            for round in 0..<300 {
                let isTarget = round.isMultiple(of: 2)
                do throws(PostgresError) {
                    target.store(isTarget ? connection.cancellation.job : 0, ordering: .releasing)
                    _ = try connection.execute(short)
                } catch {
                    #expect(error.kind == .cancelled && isTarget, "round \(round): \(error)")
                    cancelled += 1
                }
                target.store(0, ordering: .releasing)
            }
            isDone.store(true, ordering: .releasing)
            thread.join()
            #expect(cancelled > 0)
            #expect(connection.isUsable)
        }

        @Test func stopsAtTheDeadline() throws {
            let connection = try Database.connect()
            let start = ContinuousClock.now
            connection.job(deadline: .now + .milliseconds(50)) {
                #expect(failure { try connection.execute(Self.sleep) }?.kind == .deadlineExceeded)
                #expect(failure { try connection.execute(Self.one) }?.kind == .deadlineExceeded)
            }
            #expect(ContinuousClock.now - start < .seconds(3))
            #expect(connection.isUsable)
            #expect(try connection.execute(Self.one).int(0, 0) == 1)
        }

        @Test func anInnerDeadlineDoesntOutlastAnOuterOne() throws {
            let connection = try Database.connect()
            connection.job(deadline: .now) {
                connection.job(deadline: .now + .seconds(60)) {
                    #expect(failure { try connection.execute(Self.one) }?.kind == .deadlineExceeded)
                }
            }
        }

        @Test func rollsBackEvenPastTheDeadline() throws {
            let connection = try Database.connect()
            try connection.script("create temp table t (i int)")
            let insert = Query(Statement("insert", "insert into t values (1)"))
            let error = connection.job(deadline: .now + .milliseconds(80)) {
                failure {
                    try connection.transaction(.readWrite) { transaction in
                        _ = try transaction.run([insert])
                        _ = try transaction.run([Self.sleep])
                    }
                }
            }
            #expect(error?.kind == .deadlineExceeded)
            #expect(connection.isUsable)
        }

        @Test func leavesAServersOwnTimeoutItsName() throws {
            let connection = try Database.connect()
            try connection.script("set statement_timeout = 20")
            let error = failure { try connection.execute(Self.sleep) }
            #expect(error?.kind == .server)
            #expect(error?.sqlState == .queryCanceled)
        }

        @Test func stopsTheWaitBeforeARetry() throws {
            let connection = try RetryTests.connect(failing: 9, with: .serializationFailure)
            let start = ContinuousClock.now
            let error = Self.cancelling(connection, after: 30) {
                try connection.transaction(.readWrite, retry: RetryPolicy(delay: .seconds(30))) { transaction in
                    try transaction.finish(with: [RetryTests.act])
                }
            }
            #expect(error?.sqlState == .serializationFailure)
            #expect(ContinuousClock.now - start < .seconds(3))
        }

        /// The session catches every cancel (the server signals twice for one) and goes on sleeping. Without a commit on its
        /// way nothing can stay of it.
        @Test(arguments: [PostgresError.Kind.deadlineExceeded, .outcomeUnknown])
        func givesUpASessionThatStaysSilent(expected: PostgresError.Kind) throws {
            var options = Connection.Options()
            options.cleanupTimeout = .milliseconds(100)
            let connection = try Database.connect(options)
            try connection.script(
                """
                create function pg_temp.stubborn() returns void language plpgsql as $$
                begin
                    loop
                        begin
                            perform pg_sleep(5);
                            return;
                        exception when query_canceled then null;
                        end;
                    end loop;
                end $$
                """
            )
            let stubborn = Query(Statement("stubborn", "select pg_temp.stubborn()"))
            let start = ContinuousClock.now
            let error = connection.job(deadline: .now + .milliseconds(300)) {
                failure {
                    try connection.transaction(.readWrite) { transaction in
                        if expected == .outcomeUnknown { return try transaction.finish(with: [stubborn]) }
                        return try transaction.run([stubborn])
                    }
                }
            }
            #expect(error?.kind == expected)
            #expect(ContinuousClock.now - start < .seconds(4))
            #expect(!connection.isUsable)
        }
    }
}

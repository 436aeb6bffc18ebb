import Synchronization
import Testing

@testable import Postgres

extension ServerTests {
    @Suite struct CancelTests {
        static let sleep = Query(Statement("sleep", "select pg_sleep(600)"))
        static let one = Query(Statement("one", "select 1"))

        /// Where a session can be seen to have got to, by another one.
        static let isAsleep = Statement("asleep", "select wait_event = 'PgSleep' from pg_stat_activity where pid = $1")
        static let isAtWork = Statement("at_work", "select state = 'active' from pg_stat_activity where pid = $1")
        static let hasRolledBack = Statement(
            "rolled_back",
            "select state = 'idle' and query ilike 'rollback%' from pg_stat_activity where pid = $1"
        )

        /// Runs `body` while another thread cancels as soon as the session is where it should be; returns what it throws.
        static func cancelling<R>(_ connection: Connection, once place: Statement, _ body: () throws -> R) throws
            -> PostgresError?
        {
            let handle = connection.cancellation
            let question = Query(place, [.int(connection.processID)])
            let url = Database.url
            let thread = Background {
                do {
                    let observer = try Connection(url: url)
                    while try observer.execute(question).bool(0, 0) != true { pause(milliseconds: 5) }
                } catch {
                    Issue.record(error)
                }
                handle.cancel()
            }
            defer { thread.join() }
            return failure(body)
        }

        @Test func stopsAQueryFromAnotherThread() throws {
            let connection = try Database.connect()
            let error = try Self.cancelling(connection, once: Self.isAsleep) { try connection.execute(Self.sleep) }
            #expect(error?.kind == .cancelled)
            #expect(connection.isUsable)
            #expect(try connection.execute(Self.one).int(0, 0) == 1)
        }

        @Test func stopsATransactionAndRollsItBack() throws {
            let connection = try Database.connect()
            try connection.script("create temp table t (i int)")
            let insert = Query(Statement("insert", "insert into t values (1)"))
            let error = try Self.cancelling(connection, once: Self.isAsleep) {
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
            var round = 0
            let limit = ContinuousClock.now + .seconds(60)
            // 300 rounds, or more where the machine has not let the two meet once.
            while round < 300 || (cancelled == 0 && .now < limit) {
                defer { round += 1 }
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
            connection.job(deadline: .now + .milliseconds(50)) {
                #expect(failure { try connection.execute(Self.sleep) }?.kind == .deadlineExceeded)
                #expect(failure { try connection.execute(Self.one) }?.kind == .deadlineExceeded)
            }
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
            let error = try Self.cancelling(connection, once: Self.hasRolledBack) {
                try connection.transaction(.readWrite, retry: RetryPolicy(delay: .seconds(600))) { transaction in
                    try transaction.finish(with: [RetryTests.act])
                }
            }
            #expect(error?.sqlState == .serializationFailure)
            #expect(connection.statistics.retries == 1)
        }

        /// How a session that stays silent is met: at a deadline, by a cancel, by a cancel with the commit on its way.
        enum Impatience: CaseIterable {
            case deadline, cancel, cancelOfACommit

            var kind: PostgresError.Kind {
                switch self {
                case .deadline: .deadlineExceeded
                case .cancel: .cancelled
                case .cancelOfACommit: .outcomeUnknown
                }
            }
        }

        /// The session catches every cancel and goes on sleeping. Without a commit on its way nothing can stay of it.
        @Test(arguments: Impatience.allCases)
        func givesUpASessionThatStaysSilent(impatience: Impatience) throws {
            var options = Connection.Options()
            options.cleanupTimeout = .milliseconds(100)
            let connection = try Database.connect(options)
            // Two blocks, because the server signals twice for one cancel, and the second may come between two sleeps.
            try connection.script(
                """
                create function pg_temp.stubborn() returns void language plpgsql as $$
                begin
                    loop
                        begin
                            loop
                                begin
                                    perform pg_sleep(600);
                                exception when query_canceled then null;
                                end;
                            end loop;
                        exception when query_canceled then null;
                        end;
                    end loop;
                end $$
                """
            )
            let stubborn = Query(Statement("stubborn", "select pg_temp.stubborn()"))
            let act = {
                try connection.transaction(.readWrite) { transaction in
                    if impatience == .cancelOfACommit { return try transaction.finish(with: [stubborn]) }
                    return try transaction.run([stubborn])
                }
            }
            // Long enough for any machine to fall asleep first.
            let error =
                impatience == .deadline
                ? connection.job(deadline: .now + .seconds(3)) { failure(act) }
                : try Self.cancelling(connection, once: Self.isAsleep, act)
            #expect(error?.kind == impatience.kind)
            #expect(!connection.isUsable)
        }
    }
}

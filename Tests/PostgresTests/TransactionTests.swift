import Testing

@testable import Postgres

extension ServerTests {
    @Suite struct TransactionTests {
        static let insert = Statement("insert_t", "insert into t values ($1)")
        static let count = Statement("count_t", "select count(*) from t")
        static let divide = Statement("divide", "select 1 / $1::int")
        static let one = Statement("one", "select 1")

        struct Refused: Error {}

        /// A connection with an empty temporary table `t`.
        static func connect() throws -> Connection {
            let connection = try Database.connect()
            try connection.script("create temp table t (i int)")
            return connection
        }

        static func rows(_ connection: Connection) throws -> Int? {
            try connection.execute(Query(count)).int(0, 0)
        }

        @Test func aWholeTransactionIsOneRoundTrip() throws {
            let connection = try Database.connect()
            let enter = Query(Statement("enter", "select set_config('traveler.org', $1, true)"), ["7"])
            let read = Query(Statement("read_org", "select current_setting('traveler.org')"))
            let before = connection.statistics.roundTrips
            let org = try connection.transaction(.readWrite, preamble: [enter]) { transaction in
                let org = try transaction.finish(with: [read])[0].string(0, 0)
                #expect(transaction.preambleResults.map { $0.string(0, 0) } == ["7"])
                return org
            }
            #expect(org == "7")
            #expect(connection.statistics.roundTrips == before + 1)
        }

        @Test func sendsNothingForABodyThatAsksNothing() throws {
            let connection = try Database.connect()
            try connection.transaction(.readWrite, preamble: [Query(Self.one)]) { _ in }
            try connection.transaction(.readWrite) { try $0.rollback() }
            #expect(connection.statistics.roundTrips == 0)
        }

        @Test func commitsWhenTheBodyReturns() throws {
            let connection = try Self.connect()
            try connection.transaction(.readWrite) { transaction in
                _ = try transaction.run([Query(Self.insert, ["1"])])
                _ = try transaction.run([Query(Self.insert, ["2"])])
            }
            #expect(try Self.rows(connection) == 2)
        }

        @Test func rollsBackWhenTheBodyThrowsAndThrowsItsError() throws {
            let connection = try Self.connect()
            #expect(throws: Refused.self) {
                try connection.transaction(.readWrite) { transaction in
                    _ = try transaction.run([Query(Self.insert, ["1"])])
                    throw Refused()
                }
            }
            #expect(connection.isUsable)
            #expect(try Self.rows(connection) == 0)
        }

        @Test func leavesNothingOfADryRun() throws {
            let connection = try Self.connect()
            let before = connection.statistics.roundTrips
            let seen = try connection.transaction(.readWrite) { transaction in
                try transaction.finish(with: [Query(Self.insert, ["1"]), Query(Self.count)], commit: false)[1].int(0, 0)
            }
            #expect(seen == 1)
            #expect(connection.statistics.roundTrips == before + 1)
            #expect(try Self.rows(connection) == 0)
        }

        @Test func keepsToItsMode() throws {
            let connection = try Self.connect()
            try connection.script("create table if not exists kept (i int)")
            let write = Query(Statement("write_kept", "insert into kept values (1)"))
            for mode in [TransactionMode.readOnly, .snapshot] {
                let error = failure { try connection.transaction(mode) { try $0.finish(with: [write]) } }
                #expect(error?.sqlState == .readOnlyTransaction)
            }
            let isolation = Query(Statement("isolation", "show transaction_isolation"))
            let seen = try [TransactionMode.readWrite, .readOnly, .snapshot].map { mode in
                try connection.transaction(mode) { try $0.finish(with: [isolation])[0].string(0, 0) }
            }
            #expect(seen == ["read committed", "read committed", "repeatable read"])
        }

        /// BEGIN, a preamble of one, four queries and COMMIT in one pipeline, with a fault in each of the queries' and
        /// the preamble's places: nothing stays, the connection is idle, and the index is the caller's own.
        @Test(arguments: -1..<4) func reportsAnErrorAtEveryPosition(position: Int) throws {
            let connection = try Self.connect()
            var queries = [Query(Self.one)] + (0..<4).map { Query(Self.insert, [.int($0)]) }
            queries[position + 1] = Query(Self.divide, ["0"])
            let error = failure {
                try connection.transaction(.readWrite, preamble: [queries[0]]) { transaction in
                    try transaction.finish(with: Array(queries[1...]))
                }
            }
            #expect(error?.sqlState == .divisionByZero)
            #expect(error?.statementIndex == (position < 0 ? nil : position))
            #expect(error?.statement == "divide")
            #expect(connection.isUsable)
            #expect(try Self.rows(connection) == 0)
        }

        @Test func throwsAnErrorThatTheBodySwallowed() throws {
            let connection = try Self.connect()
            let error = failure {
                try connection.transaction(.readWrite) { transaction in
                    _ = try transaction.run([Query(Self.insert, ["1"])])
                    _ = try? transaction.run([Query(Self.divide, ["0"])])
                    #expect(failure { try transaction.run([Query(Self.one)]) }?.sqlState == .divisionByZero)
                }
            }
            #expect(error?.sqlState == .divisionByZero)
            #expect(try Self.rows(connection) == 0)
        }

        @Test func neverTakesACommitAnsweredByRollbackForASuccess() throws {
            let connection = try Self.connect()
            let error = failure {
                try connection.transaction(.readWrite) { transaction in
                    _ = try transaction.run([Query(Self.insert, ["1"])])
                    // Fails on the server behind the transaction's back.
                    _ = try? connection.simple("select 1/0")
                    try transaction.finish()
                }
            }
            #expect(error?.kind == .rolledBack)
            #expect(connection.isUsable)
            #expect(try Self.rows(connection) == 0)
        }

        @Test func reportsAConstraintThatCommitFinds() throws {
            let connection = try Database.connect()
            try connection.script(
                """
                create temp table parent (i int primary key);
                create temp table child (i int constraint child_parent references parent deferrable initially deferred)
                """
            )
            let orphan = Query(Statement("orphan", "insert into child values (1)"))
            let error = failure { try connection.transaction(.readWrite) { try $0.finish(with: [orphan]) } }
            #expect(error?.kind == .server)
            #expect(error?.constraint == "child_parent")
            #expect(error?.statement == "commit")
            #expect(error?.statementIndex == nil)
            #expect(connection.isUsable)
        }

        @Test func refusesCallsInTheWrongState() throws {
            let connection = try Self.connect()
            var escaped: Transaction?
            try connection.transaction(.readWrite) { transaction in
                escaped = transaction
                #expect(failure { try connection.execute(Query(Self.one)) }?.kind == .invalidUse)
                #expect(failure { try connection.script("select 1") }?.kind == .invalidUse)
                #expect(failure { try connection.transaction(.readOnly) { _ in } }?.kind == .invalidUse)
                try transaction.finish(with: [Query(Self.insert, ["1"])])
                #expect(failure { try transaction.run([Query(Self.one)]) }?.kind == .invalidUse)
            }
            #expect(failure { try escaped?.run([Query(Self.one)]) }?.kind == .invalidUse)
            #expect(try Self.rows(connection) == 1)
            try connection.script("begin")
            #expect(failure { try connection.transaction(.readOnly) { _ in } }?.kind == .invalidUse)
        }

        @Test func saysThatTheOutcomeIsUnknownWhenTheConnectionIsLostAtCommit() throws {
            let connection = try Database.connect()
            try connection.script(
                """
                create temp table doomed (i int);
                create function pg_temp.die() returns trigger language plpgsql
                    as $$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(5); return null; end $$;
                create constraint trigger die after insert on doomed deferrable initially deferred
                    for each row execute function pg_temp.die()
                """
            )
            let insert = Query(Statement("insert_doomed", "insert into doomed values (1)"))
            var runs = 0
            let error = failure {
                try connection.transaction(.readWrite) { transaction in
                    runs += 1
                    try transaction.finish(with: [insert])
                }
            }
            #expect(error?.kind == .outcomeUnknown)
            #expect(error?.sqlState == .resolutionUnknown)
            #expect(runs == 1)
            #expect(!connection.isUsable)
        }

        @Test func knowsThatNothingStaysWhenTheSessionEndsBeforeCommit() throws {
            let die = Query(Statement("die", "select pg_terminate_backend(pg_backend_pid())"))
            let connection = try Database.connect()
            let error = failure { try connection.transaction(.readWrite) { try $0.finish(with: [die]) } }
            #expect(error?.kind == .connectionLost)
        }
    }
}

import Testing

@testable import Postgres

extension ServerTests {
    @Suite struct PipelineTests {
        static let echo = Statement("echo", "select $1::text")
        static let one = Statement("one", "select 1")
        /// Fails when it runs.
        static let divide = Statement("divide", "select 1 / $1::int")
        /// Fails when it is prepared.
        static let nonsense = Statement("nonsense", "select nonsense")
        static let insert = Statement("insert_t", "insert into t values ($1)")
        static let count = Statement("count_t", "select count(*) from t")

        @Test func answersEveryQueryInOrderInOneRoundTrip() throws {
            let connection = try Database.connect()
            let results = try connection.pipeline((0..<50).map { Query(Self.echo, [.int($0)]) })
            #expect(results.map { $0.int(0, 0) } == Array(0..<50))
            #expect(connection.statistics.roundTrips == 1)
            #expect(connection.statistics.prepared == 1)
            #expect(try connection.pipeline([]).isEmpty)
        }

        @Test func preparesAStatementOncePerConnection() throws {
            let connection = try Database.connect()
            for _ in 0..<3 { _ = try connection.pipeline([Query(Self.one), Query(Self.one)]) }
            let names = Statement("names", "select string_agg(name, ',' order by name) from pg_prepared_statements")
            #expect(try connection.execute(Query(names)).string(0, 0) == "names,one")
            #expect(connection.statistics.prepared == 2)
        }

        @Test func preparesNothingWhenUnnamed() throws {
            var options = Connection.Options()
            options.preparation = .unnamed
            let connection = try Database.connect(options)
            #expect(try connection.pipeline([Query(Self.echo, ["a"]), Query(Self.one)]).count == 2)
            try connection.prepare([Self.one])
            let names = Statement("count_names", "select count(*) from pg_prepared_statements")
            #expect(try connection.execute(Query(names)).int(0, 0) == 0)
        }

        /// Seven queries with a fault at each place, by a run and by a Prepare: the error is the fault's, nothing before
        /// it stays, and the connection is as good as before.
        @Test(arguments: 0..<7, [divide, nonsense])
        func reportsAnErrorAtEveryPosition(position: Int, fault: Statement) throws {
            let connection = try Database.connect()
            try connection.script("create temp table t (i int)")
            var queries = (0..<7).map { Query(Self.insert, [.int($0)]) }
            queries[position] = Query(fault, fault == Self.divide ? ["0"] : [])
            let error = failure { try connection.pipeline(queries) }
            #expect(error?.kind == .server)
            #expect(error?.statementIndex == position)
            #expect(error?.statement == fault.name.description)
            #expect(error?.sqlState == (fault == Self.divide ? .divisionByZero : SQLState("42703")))
            #expect(connection.isUsable)
            #expect(try connection.execute(Query(Self.count)).int(0, 0) == 0)
            queries.remove(at: position)
            #expect(try connection.pipeline(queries).count == 6)
            #expect(try connection.execute(Query(Self.count)).int(0, 0) == 6)
        }

        @Test func reportsWhatFailsAtTheVeryEnd() throws {
            let connection = try Database.connect()
            try connection.script(
                """
                create temp table parent (i int primary key);
                create temp table child (i int references parent deferrable initially deferred)
                """
            )
            let orphan = Query(Statement("orphan", "insert into child values (1)"))
            let error = failure { try connection.pipeline([Query(Self.one), orphan, Query(Self.one)]) }
            #expect(error?.sqlState == .foreignKeyViolation)
            #expect(connection.isUsable)
            #expect(try connection.execute(Query(Self.one)).int(0, 0) == 1)
        }

        @Test func doesntTakeAFailedPrepareForAPreparedStatement() throws {
            let connection = try Database.connect()
            let late = Statement("late", "select * from created_later")
            #expect(failure { try connection.execute(Query(late)) }?.sqlState == .undefinedTable)
            // Skipped by the server after an error, so not prepared either.
            #expect(failure { try connection.pipeline([Query(Self.nonsense), Query(Self.one)]) }?.statementIndex == 0)
            try connection.script("create temp table created_later (i int)")
            #expect(try connection.pipeline([Query(late), Query(Self.one)]).count == 2)
        }

        /// Far more than both sockets hold, each way at once.
        @Test func neverDeadlocksHoweverMuchGoesBothWays() throws {
            let connection = try Database.connect()
            let text = String(repeating: "x", count: 20_000)
            let results = try connection.pipeline((0..<1_000).map { _ in Query(Self.echo, [.text(text)]) })
            #expect(results.count == 1_000)
            #expect(results.allSatisfy { $0.withBytes(0, 0) { $0.count } == 20_000 })
            #expect(connection.statistics.roundTrips == 1)
        }

        /// The server may take the rest while the client makes up its mind to wait: no answer comes to half a pipeline.
        @Test func waitsForNoAnswerWhileItSends() throws {
            let connection = try Database.connect()
            let pointer = try connection.live()
            try connection.job(deadline: .now + .seconds(60)) {
                try connection.beginWaiting()
                try connection.turn(pointer, sends: true)
            }
            #expect(try connection.execute(Query(Self.one)).rowCount == 1)
        }

        @Test func preparesAgainWhenATableHasChanged() throws {
            let connection = try Database.connect()
            try connection.script("create temp table changing (i int); insert into changing values (1)")
            let all = Query(Statement("all_changing", "select * from changing"))
            #expect(try connection.execute(all).columnCount == 1)
            try connection.script("alter table changing add j int")
            #expect(try connection.execute(all).columnCount == 2)
            #expect(connection.statistics.retries == 1)
        }

        @Test func preparesAgainWhatTheServerHasForgotten() throws {
            let connection = try Database.connect()
            _ = try connection.execute(Query(Self.one))
            // By whoever else uses the session, such as a pooler.
            try connection.script("deallocate all")
            #expect(try connection.pipeline([Query(Self.one), Query(Self.one)]).count == 2)
        }

        @Test func refusesTwoTextsUnderOneNameBeforeAnythingIsSent() throws {
            let connection = try Database.connect()
            let twins = [Query(Self.one), Query(Statement("one", "select 2"))]
            #expect(failure { try connection.pipeline(twins) }?.kind == .invalidUse)
            #expect(connection.statistics.roundTrips == 0)
        }

        @Test func preparesWithoutRunning() throws {
            let connection = try Database.connect()
            try connection.script("create temp table t (i int)")
            try connection.prepare([Self.insert, Self.one])
            #expect(try connection.execute(Query(Self.count)).int(0, 0) == 0)
            let error = failure { try connection.prepare([Self.one, Self.divide, Self.nonsense]) }
            #expect(error?.statement == "nonsense")
            #expect(error?.statementIndex == 2)
        }

        @Test func discardsTheConnectionWhenTheSessionEndsHalfway() throws {
            let connection = try Database.connect()
            let suicide = Query(Statement("suicide", "select pg_terminate_backend(pg_backend_pid())"))
            let error = failure { try connection.pipeline([Query(Self.one), suicide, Query(Self.one)]) }
            #expect(error?.kind == .connectionLost)
            #expect(error?.sqlState == .adminShutdown)
            #expect(!connection.isUsable)
            #expect(failure { try connection.execute(Query(Self.one)) }?.kind == .connectionLost)
        }

        @Test func discardsTheConnectionWhenAPipelineStartsACopy() throws {
            let connection = try Database.connect()
            let copy = Query(Statement("copy_out", "copy (select 1) to stdout"))
            let error = failure { try connection.pipeline([Query(Self.one), copy]) }
            #expect(error?.endsSession == true)
            #expect(!connection.isUsable)
        }
    }
}

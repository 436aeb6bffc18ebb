import Synchronization
import Testing

@testable import Postgres

extension ServerTests {
    @Suite struct ConnectionTests {
        @Test func executesAQueryAndReadsItsValues() throws {
            let connection = try Database.connect()
            let statement = Statement("values", "select $1::int, $2::text, $3::bool, $4::text, $5::bytea as b")
            let result = try connection.execute(
                Query(statement, ["-42", "zwölf", "t", nil, .bytes(Array("\\x00".utf8))])
            )
            #expect(result.rowCount == 1)
            #expect(result.columnCount == 5)
            #expect(result.int(0, 0) == -42)
            #expect(result.string(0, 1) == "zwölf")
            #expect(result.bool(0, 2) == true)
            #expect(result.isNull(0, 3))
            #expect(result.string(0, 3) == nil)
            #expect(result.withBytes(0, 4) { Array($0) } == Array("\\x00".utf8))
            #expect(result.columnName(4) == "b")
            #expect(result.columnType(0) == 23)
        }

        @Test func readsNumbersToTheirLimitsAndNothingElse() throws {
            let connection = try Database.connect()
            let statement = Statement(
                "numbers",
                """
                select '9223372036854775807', '-9223372036854775808', '9223372036854775808', '-9223372036854775809',
                    '1.5', '', '-', '12a', '+1', 't', 'f', 'true'
                """
            )
            let row = try connection.execute(Query(statement)).row(0)
            #expect([row.int(0), row.int(1)] == [.max, .min])
            #expect((2...8).map { row.int($0) } == Array(repeating: nil, count: 7))
            #expect([row.bool(9), row.bool(10), row.bool(11)] == [true, false, nil])
        }

        @Test func readsCellsThatDontExistAsNULL() throws {
            let result = try Database.connect().execute(Query(Statement("one", "select 1")))
            for (row, column) in [(1, 0), (0, 1), (-1, 0), (0, -1), (.max, .max)] {
                #expect(result.isNull(row, column))
                #expect(result.int(row, column) == nil)
            }
            #expect(result.columnName(9) == "")
            #expect(result.columnType(-1) == 0)
        }

        @Test func aResultOutlivesItsConnection() throws {
            var connection: Connection? = try Database.connect()
            let result = try connection?.execute(Query(Statement("text", "select 'still here'")))
            connection = nil
            #expect(result?.string(0, 0) == "still here")
        }

        @Test func bindsArraysAsTheyWereGiven() throws {
            let texts = ["a", nil, "", "NULL", #"b"c\d"#, "{x, y}", "\n\t'"]
            let statement = Statement("unnest", "select unnest($1::text[])")
            let result = try Database.connect().execute(Query(statement, [.array(texts)]))
            #expect((0..<result.rowCount).map { result.string($0, 0) } == texts)
        }

        @Test func countsTheRowsACommandTouched() throws {
            let connection = try Database.connect()
            try connection.script("create temp table t (i int)")
            let insert = Query(Statement("insert", "insert into t select generate_series(1, 3)"))
            #expect(try connection.execute(insert).affectedRows == 3)
            #expect(try connection.execute(Query(Statement("show", "show port"))).affectedRows == 0)
        }

        @Test func refusesNULBeforeAnythingIsSent() throws {
            let connection = try Database.connect()
            let echo = Statement("echo", "select $1::text")
            let error = failure { try connection.pipeline([Query(echo, ["a"]), Query(echo, ["a\0b"])]) }
            #expect(error?.kind == .invalidParameter)
            #expect(error?.statementIndex == 1)
            #expect(failure { try connection.script("select 1\0") }?.kind == .invalidParameter)
            #expect(connection.statistics.roundTrips == 0)
            #expect(try connection.execute(Query(echo, ["a"])).string(0, 0) == "a")
        }

        @Test func carriesEverythingTheServerSaysAboutAnError() throws {
            let connection = try Database.connect()
            try connection.script("create temp table part (id int constraint part_id_key unique)")
            let insert = Query(Statement("insert_part", "insert into part values (7)"))
            _ = try connection.execute(insert)
            let error = failure { try connection.execute(insert) }
            #expect(error?.kind == .server)
            #expect(error?.sqlState == .uniqueViolation)
            #expect(error?.severity == "ERROR")
            #expect(error?.constraint == "part_id_key")
            #expect(error?.table == "part")
            #expect(error?.detail == "Key (id)=(7) already exists.")
            #expect(error?.statement == "insert_part")
            #expect(error?.statementIndex == 0)
            let raise = """
                do $$ begin raise exception 'refused' using errcode = 'TR001', hint = 'wait', detail = 'open'; end $$
                """
            let raised = failure { try connection.script(raise) }
            #expect(raised?.sqlState == SQLState("TR001"))
            #expect(raised?.hint == "wait")
            #expect(raised?.context?.contains("PL/pgSQL") == true)
            #expect(failure { try connection.script("select\nnonsense") }?.position == 8)
        }

        @Test func runsAScriptOfManyStatementsAsOneTransaction() throws {
            let connection = try Database.connect()
            try connection.script("create temp table s (i int); insert into s values (1); insert into s values (2);")
            #expect(
                failure { try connection.script("insert into s values (3); select 1/0") }?.sqlState == .divisionByZero
            )
            let count = Query(Statement("count_s", "select count(*) from s"))
            #expect(try connection.execute(count).int(0, 0) == 2)
            try connection.script("")
        }

        @Test func handsNoticesOver() throws {
            let messages = Mutex<[String]>([])
            var options = Connection.Options()
            options.onNotice = { notice in messages.withLock { $0.append("\(notice.severity) \(notice.message)") } }
            let connection = try Database.connect(options)
            try connection.script("do $$ begin raise notice 'one'; raise warning 'two'; end $$")
            #expect(messages.withLock { $0 } == ["NOTICE one", "WARNING two"])
        }

        @Test func setsItsOptionsAndLetsTheURLWin() throws {
            let name = Query(Statement("name", "show application_name"))
            #expect(try Database.connect().execute(name).string(0, 0) == "traveler")
            let url = Database.uri(Database.url, "application_name", "other")
            #expect(try Connection(url: url).execute(name).string(0, 0) == "other")
        }

        @Test func refusesADatabaseThatIsntUTF8() throws {
            let name = "postgres_tests_ascii_\(UInt64.random(in: 0...UInt64.max))"
            let connection = try Database.connect()
            try connection.script(
                "create database \(name) encoding 'sql_ascii' lc_collate 'C' lc_ctype 'C' template template0"
            )
            let error = failure { try Connection(url: Database.uri(Database.url, "dbname", name)) }
            #expect(error?.kind == .unsupportedServer)
            try connection.script("drop database \(name)")
        }

        @Test func saysWhyItCouldntConnect() throws {
            let error = failure { try Connection(url: "postgresql:///postgres?host=/nowhere/at/all") }
            #expect(error?.kind == .connectionFailed)
            #expect(error?.message.contains("/nowhere/at/all") == true)
            #expect(failure { try Connection(url: "postgresql://[nonsense") }?.kind == .connectionFailed)
        }

        @Test func givesUpOnAServerThatDoesntAnswer() throws {
            let silent = try SilentServer()
            var options = Connection.Options()
            options.connectTimeout = .milliseconds(150)
            let start = ContinuousClock.now
            let error = failure { try Connection(url: silent.url, options: options) }
            #expect(error?.kind == .connectionFailed)
            #expect(ContinuousClock.now - start < .seconds(30))
        }

        @Test func throwsOnceClosed() throws {
            let connection = try Database.connect()
            connection.close()
            #expect(!connection.isUsable)
            let one = Query(Statement("one", "select 1"))
            #expect(failure { try connection.execute(one) }?.kind == .connectionLost)
            #expect(failure { try connection.script("select 1") }?.kind == .connectionLost)
            #expect(failure { try connection.stream(one) { _ in } }?.kind == .connectionLost)
            #expect(failure { try connection.transaction(.readOnly) { _ in } }?.kind == .connectionLost)
        }

        @Test func seesWithoutARoundTripThatTheSessionHasEnded() throws {
            let connection = try Database.connect()
            #expect(connection.isUsable)
            try Database.terminate(connection)
            #expect(!connection.isUsable)
            #expect(connection.statistics.roundTrips == 0)
            #expect(failure { try connection.script("select 1") }?.kind == .connectionLost)
        }

        @Test func isntUsableWhileATransactionIsOpen() throws {
            let connection = try Database.connect()
            try connection.script("begin")
            #expect(!connection.isUsable)
            try connection.script("rollback")
            #expect(connection.isUsable)
        }
    }
}

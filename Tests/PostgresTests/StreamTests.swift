import Testing

@testable import Postgres

extension ServerTests {
    @Suite struct StreamTests {
        static let series = Statement("series", "select generate_series(1, $1::int), repeat('x', 200)")
        static let one = Query(Statement("one", "select 1"))

        struct Enough: Error {}

        @Test func handsOverEveryRowInOrder() throws {
            let connection = try Database.connect()
            var seen: [Int] = []
            try connection.stream(Query(Self.series, ["1000"])) { row in
                #expect(row.columnCount == 2)
                row.int(0).map { seen.append($0) }
            }
            #expect(seen == Array(1...1000))
            #expect(connection.isUsable)
        }

        @Test func copiesEveryLineOut() throws {
            let connection = try Database.connect()
            var text = ""
            try connection.copyOut("copy (select i, null from generate_series(1, 3) i) to stdout (format csv)") {
                line in
                text += String(decoding: line, as: UTF8.self)
            }
            #expect(text == "1,\n2,\n3,\n")
            #expect(connection.isUsable)
        }

        /// 100 MB each, of which a small part may be resident at a time.
        @Test func staysSmallHoweverMuchComes() throws {
            let connection = try Database.connect()
            let before = try residentBytes()
            var most = before
            var bytes = 0
            try connection.copyOut("copy (select repeat('x', 10000) from generate_series(1, 10000)) to stdout") {
                line in
                bytes += line.count
                if bytes % 500 == 0 { most = max(most, try residentBytes()) }
            }
            #expect(bytes == 100_010_000)
            let wide = Statement("wide", "select repeat('x', 10000) from generate_series(1, 10000)")
            try connection.stream(Query(wide)) { row in
                bytes += row.withBytes(0) { $0.count } ?? 0
                if bytes % 500_000 == 0 { most = max(most, try residentBytes()) }
            }
            #expect(bytes == 200_010_000)
            #expect(most - before < 20_000_000)
        }

        @Test func stopsCleanlyWhenTheReceiverThrows() throws {
            let connection = try Database.connect()
            var rows = 0
            let start = ContinuousClock.now
            #expect(throws: Enough.self) {
                try connection.stream(Query(Self.series, ["1000000000"])) { _ in
                    rows += 1
                    if rows == 10 { throw Enough() }
                }
            }
            #expect(throws: Enough.self) {
                try connection.copyOut("copy (select generate_series(1, 1000000000)) to stdout") { _ in
                    rows += 1
                    if rows == 20 { throw Enough() }
                }
            }
            #expect(rows == 20)
            // All of the rows would take minutes.
            #expect(ContinuousClock.now - start < .seconds(30))
            #expect(connection.isUsable)
            #expect(try connection.execute(Self.one).int(0, 0) == 1)
        }

        @Test func reportsAnErrorThatComesAfterRows() throws {
            let connection = try Database.connect()
            let late = Query(Statement("late", "select 1 / (1000 - i) from generate_series(1, 2000) i"))
            var rows = 0
            #expect(failure { try connection.stream(late) { _ in rows += 1 } }?.sqlState == .divisionByZero)
            #expect(rows == 999)
            let error = failure {
                try connection.copyOut("copy (select 1 / (1000 - i) from generate_series(1, 2000) i) to stdout") { _ in
                    rows += 1
                }
            }
            #expect(error?.sqlState == .divisionByZero)
            #expect(connection.isUsable)
        }

        @Test func heedsTheDeadlineAndTheCancellationOfAStreamThatNeverWaits() throws {
            let connection = try Database.connect()
            connection.job(deadline: .now + .milliseconds(50)) {
                let error = failure { try connection.stream(Query(Self.series, ["100000000"])) { _ in } }
                #expect(error?.kind == .deadlineExceeded)
            }
            let error = try CancelTests.cancelling(connection, once: CancelTests.isAtWork) {
                try connection.copyOut("copy (select generate_series(1, 100000000)) to stdout") { _ in }
            }
            #expect(error?.kind == .cancelled)
            #expect(connection.isUsable)
        }

        @Test func streamsInsideATransactionUnderItsSettings() throws {
            let connection = try Database.connect()
            let enter = Query(Statement("enter", "select set_config('traveler.org', $1, true)"), ["7"])
            let org = Query(Statement("org", "select current_setting('traveler.org')"))
            var seen: [String] = []
            try connection.transaction(.snapshot, preamble: [enter]) { transaction in
                try transaction.stream(org) { row in row.string(0).map { seen.append($0) } }
                try transaction.copyOut("copy (select current_setting('traveler.org')) to stdout") { line in
                    seen.append(String(decoding: line, as: UTF8.self))
                }
            }
            #expect(seen == ["7", "7\n"])
        }

        @Test func aTransactionFailsWithItsStream() throws {
            let connection = try Database.connect()
            try connection.script("create temp table t (i int)")
            let insert = Query(Statement("insert", "insert into t values (1)"))
            let error = failure {
                try connection.transaction(.readWrite) { transaction in
                    _ = try transaction.run([insert])
                    try? transaction.stream(Query(Self.series, ["10000000"])) { _ in throw Enough() }
                }
            }
            #expect(error?.kind == .cancelled)
            #expect(connection.isUsable)
            #expect(try connection.execute(Query(Statement("count", "select count(*) from t"))).int(0, 0) == 0)
        }

        @Test func refusesOtherCallsUntilTheStreamIsOver() throws {
            let connection = try Database.connect()
            try connection.stream(Query(Self.series, ["3"])) { _ in
                #expect(failure { try connection.execute(Self.one) }?.kind == .invalidUse)
                #expect(failure { try connection.stream(Self.one) { _ in } }?.kind == .invalidUse)
            }
            try connection.transaction(.readOnly) { transaction in
                try transaction.stream(Query(Self.series, ["3"])) { _ in
                    #expect(failure { try transaction.run([Self.one]) } != nil)
                }
            }
            #expect(connection.isUsable)
        }

        @Test func closesOnlyAfterTheStreamThatAsksForIt() throws {
            let connection = try Database.connect()
            var rows = 0
            try connection.stream(Query(Self.series, ["1000"])) { _ in
                rows += 1
                connection.close()
            }
            #expect(rows == 1000)
            #expect(!connection.isUsable)
        }

        @Test func refusesWhatIsNoCopyOut() throws {
            let connection = try Database.connect()
            #expect(failure { try connection.copyOut("select 1") { _ in } }?.kind == .invalidUse)
            #expect(connection.isUsable)
            try connection.script("create temp table t (i int)")
            #expect(failure { try connection.copyOut("copy t from stdin") { _ in } }?.endsSession == true)
            #expect(!connection.isUsable)
        }

        @Test func losesTheConnectionWithTheSession() throws {
            let connection = try Database.connect()
            let die = Query(
                Statement(
                    "die",
                    "select case i when 500 then pg_terminate_backend(pg_backend_pid()) end from generate_series(1, 1000) i"
                )
            )
            #expect(failure { try connection.stream(die) { _ in } }?.kind == .connectionLost)
            #expect(!connection.isUsable)
        }
    }
}

import Testing

@testable import Postgres

extension ServerTests {
    /// What is reported when the network breaks at any byte.
    @Suite struct LossTests {
        static let insert = Statement("insert_kept", "insert into kept values ($1)")
        static let read = Statement("read_kept", "select count(*) from kept where i = $1")

        /// Acts once over a whole connection to count its answer's bytes, then cuts the answer at every one of them.
        static func cutAtEveryByte(
            _ expected: PostgresError.Kind,
            _ act: (Connection, _ value: Int) throws -> Void
        ) throws {
            let direct = try Database.connect()
            try direct.script("create table if not exists kept (i int)")
            let proxy = try CuttingProxy(before: direct)
            let thread = Background { proxy.serve() }
            defer {
                proxy.close()
                thread.join()
            }
            let whole = try Connection(url: proxy.url)
            proxy.cut(after: -1)
            try act(whole, -1)
            let total = proxy.count
            whole.close()
            #expect(total > 20)
            for bytes in 0..<total {
                let connection = try Connection(url: proxy.url)
                proxy.cut(after: bytes)
                let error = failure { try act(connection, bytes) }
                proxy.cut(after: -1)
                #expect(error?.kind == expected, "cut after \(bytes) of \(total)")
                #expect(!connection.isUsable)
            }
        }

        @Test func anAnswerCutBeforeItsEndLeavesTheOutcomeOfAWriteUnknown() throws {
            try Self.cutAtEveryByte(.outcomeUnknown) { connection, value in
                var runs = 0
                defer { #expect(runs == 1) }
                try connection.transaction(.readWrite) { transaction in
                    runs += 1
                    try transaction.finish(with: [Query(Self.insert, [.int(value)])])
                }
            }
        }

        @Test func anAnswerCutBeforeItsEndIsALostConnectionForARead() throws {
            try Self.cutAtEveryByte(.connectionLost) { connection, value in
                try connection.transaction(.readOnly) { transaction in
                    _ = try transaction.finish(with: [Query(Self.read, [.int(value)])])
                }
            }
        }

        @Test func anAnswerCutBeforeItsEndLeavesTheOutcomeOfAQueryAloneUnknown() throws {
            try Self.cutAtEveryByte(.outcomeUnknown) { connection, value in
                _ = try connection.execute(Query(Self.insert, [.int(value)]))
            }
        }

        @Test func anAnswerCutBeforeItsEndLeavesTheOutcomeOfAScriptUnknown() throws {
            try Self.cutAtEveryByte(.outcomeUnknown) { connection, value in
                try connection.script("insert into kept values (\(value)); insert into kept values (\(value))")
            }
        }
    }
}

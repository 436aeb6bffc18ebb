import Testing

@testable import Postgres

extension ServerTests {
    /// What is reported when the network breaks at any byte.
    @Suite struct LossTests {
        static let insert = Statement("insert_kept", "insert into kept values ($1)")
        static let read = Statement("read_kept", "select count(*) from kept where i = $1")

        /// Runs the transaction once over a whole connection to count its answer's bytes, then cuts the answer at every
        /// one of them.
        static func cutAtEveryByte(_ mode: TransactionMode, _ statement: Statement, _ expected: PostgresError.Kind)
            throws
        {
            let direct = try Database.connect()
            try direct.script("create table if not exists kept (i int)")
            let proxy = try CuttingProxy(before: direct)
            let thread = Background { proxy.serve() }
            defer {
                proxy.close()
                thread.join()
            }
            let connection = try Connection(url: proxy.url)
            proxy.cut(after: -1)
            try connection.transaction(mode) { try $0.finish(with: [Query(statement, ["-1"])]) }
            let total = proxy.count
            connection.close()
            #expect(total > 50)
            for bytes in 0..<total {
                let connection = try Connection(url: proxy.url)
                proxy.cut(after: bytes)
                var runs = 0
                let error = failure {
                    try connection.transaction(mode) { transaction in
                        runs += 1
                        try transaction.finish(with: [Query(statement, [.int(bytes)])])
                    }
                }
                proxy.cut(after: -1)
                #expect(error?.kind == expected, "cut after \(bytes) of \(total)")
                #expect(runs == 1)
                #expect(!connection.isUsable)
            }
        }

        @Test func anAnswerCutBeforeItsEndLeavesTheOutcomeOfAWriteUnknown() throws {
            try Self.cutAtEveryByte(.readWrite, Self.insert, .outcomeUnknown)
        }

        @Test func anAnswerCutBeforeItsEndIsALostConnectionForARead() throws {
            try Self.cutAtEveryByte(.readOnly, Self.read, .connectionLost)
        }
    }
}

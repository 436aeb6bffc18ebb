import Testing

@testable import Postgres

extension ServerTests {
    @Suite struct TransactionTests {
        @Test func aWholeTransactionIsOneRoundTrip() throws {
            let connection = try Database.connect()
            let enter = Query(Statement("enter", "select set_config('traveler.org', $1, true)"), ["7"])
            let read = Query(Statement("read_org", "select current_setting('traveler.org')"))
            let before = connection.statistics.roundTrips
            let org = try connection.transaction(.readWrite, preamble: [enter]) { transaction in
                try transaction.finish(with: [read])[0].string(0, 0)
            }
            #expect(org == "7")
            #expect(connection.statistics.roundTrips == before + 1)
        }
    }
}

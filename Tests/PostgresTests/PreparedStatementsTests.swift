import Testing

@testable import Postgres

@Suite struct PreparedStatementsTests {
    @Test func knowsAStatementWhereverItsLiteralsLie() throws {
        var prepared = PreparedStatements()
        let name = try prepared.admit(Statement("one", "select 1"))
        prepared.markReady(name)
        #expect(try prepared.isReady(prepared.admit(Statement("one", "select 1"))))
        prepared.forget()
        #expect(!prepared.isReady(name))
    }

    @Test func refusesTwoTextsUnderOneName() throws {
        var prepared = PreparedStatements()
        _ = try prepared.admit(Statement("one", "select 1"))
        let error = failure { try prepared.admit(Statement("one", "select 2")) }
        #expect(error?.kind == .invalidUse)
    }

    @Test func refusesNamesThatTheServerWouldCutOrMistake() {
        var prepared = PreparedStatements()
        let long = Statement("a234567890123456789012345678901234567890123456789012345678901234", "select 1")
        #expect(failure { try prepared.admit(long) }?.kind == .invalidUse)
        #expect(failure { try prepared.admit(Statement("", "select 1")) }?.kind == .invalidUse)
    }
}

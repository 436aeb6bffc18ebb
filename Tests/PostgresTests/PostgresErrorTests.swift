import Testing

@testable import Postgres

@Suite struct PostgresErrorTests {
    @Test func describesItselfWithoutGivingAnythingAway() {
        var error = PostgresError(.server, "duplicate key value")
        error.sqlState = .uniqueViolation
        error.detail = "Key (email)=(a@example.org) already exists."
        error.constraint = "person_email_unique"
        #expect("\(error)" == "database error: server (23505)")
        #expect(String(reflecting: error).contains("a@example.org"))
        #expect(String(reflecting: error).contains("person_email_unique"))
    }

    @Test func givesErrorsOfThisSideTheStandardsCodes() {
        #expect(PostgresError(.outcomeUnknown, "").sqlState == SQLState("08007"))
        #expect(PostgresError(.connectionLost, "").sqlState.category == "08")
        #expect(PostgresError(.cancelled, "").sqlState == .queryCanceled)
    }
}

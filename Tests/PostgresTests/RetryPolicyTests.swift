import Testing

@testable import Postgres

@Suite struct RetryPolicyTests {
    static func error(_ state: SQLState, _ message: String = "") -> PostgresError {
        var error = PostgresError(.server, message)
        error.sqlState = state
        return error
    }

    static func remedies(_ policy: RetryPolicy, _ error: PostgresError, times: Int) -> [RetryPolicy.Remedy?] {
        var tries = RetryPolicy.Tries()
        return (0..<times).map { _ in policy.remedy(for: error, &tries) }
    }

    @Test(arguments: [SQLState.serializationFailure, .deadlockDetected])
    func retriesAConflictThreeTimes(state: SQLState) {
        #expect(Self.remedies(.standard, Self.error(state), times: 4) == [.pause, .pause, .pause, nil])
        #expect(Self.remedies(.none, Self.error(state), times: 1) == [nil])
    }

    @Test func retriesALockTimeoutOnlyWhenAsked() {
        let error = Self.error(.lockNotAvailable)
        #expect(Self.remedies(.standard, error, times: 1) == [nil])
        #expect(Self.remedies(.withLockTimeout, error, times: 1) == [.pause])
    }

    @Test(arguments: [
        error(.featureNotSupported, "cached plan must not change result type"), error(.unknownStatementName),
        error(.duplicateStatementName),
    ])
    func preparesAgainOnce(error: PostgresError) {
        #expect(Self.remedies(.none, error, times: 2) == [.prepareAgain, nil])
    }

    @Test func reconnectsOnceAndNeverWhenTheOutcomeIsUnknown() {
        #expect(Self.remedies(.standard, PostgresError(.connectionLost, ""), times: 2) == [.reconnect, nil])
        #expect(Self.remedies(.standard, PostgresError(.outcomeUnknown, ""), times: 1) == [nil])
    }

    @Test(arguments: [
        error(.uniqueViolation), error(.queryCanceled), error(.featureNotSupported, "not implemented"),
        PostgresError(.cancelled, ""), PostgresError(.deadlineExceeded, ""), PostgresError(.rolledBack, ""),
    ])
    func leavesEverythingElseAlone(error: PostgresError) {
        #expect(Self.remedies(.withLockTimeout, error, times: 1) == [nil])
    }

    @Test(arguments: 1...4) func waitsTwiceAsLongEachTimeGiveOrTakeAHalf(retry: Int) {
        let middle = RetryPolicy.standard.delay * (1 << (retry - 1))
        for _ in 0..<100 {
            let pause = RetryPolicy.standard.pause(before: retry)
            #expect(pause >= middle * 0.5 && pause <= middle * 1.5)
        }
    }
}

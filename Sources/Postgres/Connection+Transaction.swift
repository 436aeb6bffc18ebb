import CLibPQ

extension Connection {
    /// Runs `body` in a transaction and returns what it returns, once the transaction is committed.
    ///
    /// The body ends the transaction by ``Transaction/finish(with:commit:)`` or leaves that to its return. When it
    /// throws, everything is rolled back and its error thrown on. **The body may run more than once**: after a conflict
    /// with other transactions as `retry` says, and once when the statements must be prepared anew; apart from the
    /// database it must change nothing that doesn't bear repeating.
    ///
    /// BEGIN and `preamble` leave with the body's first call; a body that makes none sends nothing.
    @discardableResult
    package func transaction<R>(
        _ mode: TransactionMode,
        retry: RetryPolicy = .standard,
        preamble: [Query] = [],
        _ body: (Transaction) throws -> R
    ) throws -> R {
        scope.enter()
        defer { scope.leave() }
        var tries = RetryPolicy.Tries()
        while true {
            switch try attempt(mode, preamble: preamble, body) {
            case .done(let value): return value
            case .failed(let error, let cause):
                guard let cause, let remedy = retry.remedy(for: cause, &tries), remedy != .reconnect,
                    recover(by: remedy, retry, tries)
                else { throw error }
            }
        }
    }

    /// How one try of a transaction ended: what the body threw, and the database error behind it if there is one.
    enum Attempt<R> {
        case done(R)
        case failed(any Error, cause: PostgresError?)
    }

    func attempt<R>(
        _ mode: TransactionMode,
        preamble: [Query],
        _ body: (Transaction) throws -> R
    ) throws(PostgresError) -> Attempt<R> {
        guard try isOutsideTransaction() else {
            throw PostgresError(.invalidUse, "a transaction is open on the connection")
        }
        let transaction = Transaction(self, mode, preamble: preamble)
        isInBody = true
        defer { isInBody = false }
        do {
            let value = try body(transaction)
            if let failure = transaction.failure { throw failure }
            if !transaction.hasFinished { try transaction.finish() }
            return .done(value)
        } catch {
            transaction.abandon()
            return .failed(error, cause: transaction.failure)
        }
    }

    /// Prepares for the next try; false when that isn't possible, or the job ends meanwhile.
    func recover(by remedy: RetryPolicy.Remedy, _ retry: RetryPolicy, _ tries: RetryPolicy.Tries) -> Bool {
        statistics.retries += 1
        switch remedy {
        case .reconnect: return true
        case .pause: return scope.sleep(for: retry.pause(before: tries.conflicts))
        case .prepareAgain:
            do throws(PostgresError) {
                try resetPrepared()
                return true
            } catch {
                return false
            }
        }
    }

    /// Whether the session has a transaction open, failed or not.
    var isInTransaction: Bool {
        guard let pointer else { return false }
        return PQtransactionStatus(pointer) != PQTRANS_IDLE
    }
}

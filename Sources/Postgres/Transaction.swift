/// A transaction under way, inside ``Connection/transaction(_:retry:preamble:_:)``.
///
/// BEGIN and the preamble are held back and leave with the first call, so a transaction whose only call is
/// ``finish(with:commit:)`` is one round trip. After an error every further call throws that error again, unless the
/// call itself was at fault and nothing was sent.
package final class Transaction {
    private enum State {
        /// Nothing is sent yet.
        case held
        case open
        case failed(PostgresError)
        case finished
    }

    private static let commit = Statement("commit", "commit")
    private static let rollback = Statement("rollback", "rollback")

    let connection: Connection
    private let mode: TransactionMode
    private let preamble: [Query]
    private var state = State.held
    /// What the preamble's queries answered; empty before the first call.
    package private(set) var preambleResults: [QueryResult] = []

    init(_ connection: Connection, _ mode: TransactionMode, preamble: [Query]) {
        self.connection = connection
        self.mode = mode
        self.preamble = preamble
    }

    /// Runs the queries in one round trip, as one pipeline, and returns their results.
    package func run(_ queries: [Query]) throws(PostgresError) -> [QueryResult] {
        if queries.isEmpty, preamble.isEmpty { return [] }
        return try send(queries, ending: nil)
    }

    /// Runs the last queries and ends the transaction, in one round trip: by COMMIT, or by ROLLBACK for a dry run.
    ///
    /// When it throws ``PostgresError/Kind/outcomeUnknown`` the connection broke before COMMIT was answered; every
    /// other error means that nothing stays.
    @discardableResult
    package func finish(with queries: [Query] = [], commit: Bool = true) throws(PostgresError) -> [QueryResult] {
        if case .held = state, queries.isEmpty {
            state = .finished
            return []
        }
        return try send(queries, ending: commit ? Self.commit : Self.rollback)
    }

    /// Ends the transaction so that nothing of it stays.
    package func rollback() throws(PostgresError) {
        try finish(commit: false)
    }

    /// Sends what is held back, for work that can't ride in a pipeline.
    func open() throws(PostgresError) {
        switch state {
        case .held: _ = try send([], ending: nil)
        case .open: break
        case .failed(let error): throw error
        case .finished: throw PostgresError(.invalidUse, "the transaction has ended")
        }
    }

    private func send(_ queries: [Query], ending: Statement?) throws(PostgresError) -> [QueryResult] {
        var all: [Query] = []
        switch state {
        case .failed(let error): throw error
        case .finished: throw PostgresError(.invalidUse, "the transaction has ended")
        case .held: all = [Query(mode.begin)] + preamble
        case .open: break
        }
        let offset = all.count
        all += queries
        if let ending { all.append(Query(ending)) }
        do throws(PostgresError) {
            var results = try connection.exchange(
                all,
                commit: ending == Self.commit && mode.writes ? all.count - 1 : nil
            )
            if let ending {
                let tag = results.removeLast().commandTag
                if ending == Self.commit, tag != "COMMIT" {
                    throw PostgresError(.rolledBack, "COMMIT was answered by \(tag)")
                }
                state = .finished
            } else {
                state = .open
            }
            if offset > 0 { preambleResults = Array(results[1..<offset]) }
            return Array(results[offset...])
        } catch {
            var error = error
            if let index = error.statementIndex {
                let own = index - offset
                error.statementIndex = queries.indices.contains(own) ? own : nil
            }
            if !error.sentNothing { state = .failed(error) }
            throw error
        }
    }
}

extension Transaction {
    /// The error that made the transaction fail, whatever the body has made of it since.
    var failure: PostgresError? {
        if case .failed(let error) = state { error } else { nil }
    }

    var hasFinished: Bool {
        if case .finished = state { true } else { false }
    }

    /// Records a failure met outside of a pipeline.
    func fail(_ error: PostgresError) { state = .failed(error) }

    /// Ends a transaction whose body threw: rolls back what is open on the session, or gives the connection up.
    func abandon() {
        if connection.isInTransaction {
            do throws(PostgresError) {
                _ = try connection.exchange([Query(Self.rollback)], cleanup: true)
            } catch {
                connection.discard("ROLLBACK failed: \(error.message)")
            }
        }
        if case .failed = state { return }
        state = .finished
    }
}

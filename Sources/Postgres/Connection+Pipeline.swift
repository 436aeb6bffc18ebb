extension Connection {
    /// Runs one query in a transaction of its own, in one round trip.
    ///
    /// When the connection breaks before the answer is complete, the error is ``PostgresError/Kind/outcomeUnknown``.
    package func execute(_ query: Query) throws(PostgresError) -> QueryResult {
        try pipeline([query])[0]
    }

    /// Runs the queries in order in one round trip, as one implicit transaction, and returns their results.
    ///
    /// The first error is thrown, with the query's index; the server skips what follows it and undoes what came
    /// before. Queries must not control transactions; that is what ``transaction(_:retry:preamble:_:)`` is for.
    ///
    /// When a changed table has made a plan stale, or the server no longer knows a statement, the statements are
    /// prepared again and the queries run once more. When the connection breaks before the answer is complete, the error
    /// is ``PostgresError/Kind/outcomeUnknown``, unless the server ended the session before the last query was done.
    package func pipeline(_ queries: [Query]) throws(PostgresError) -> [QueryResult] {
        scope.enter()
        defer { scope.leave() }
        if queries.isEmpty { return [] }
        let isAlone = try isOutsideTransaction()
        // The Sync commits what belongs to no transaction, after the last query.
        let commit = isAlone ? queries.count : nil
        do throws(PostgresError) {
            return try exchange(queries, commit: commit)
        } catch {
            guard isAlone, error.meansStalePlan else { throw error }
            try resetPrepared()
            statistics.retries += 1
            return try exchange(queries, commit: commit)
        }
    }

    /// Prepares statements without running them, in one round trip, so that a fault in one shows before it is needed.
    ///
    /// The first error is thrown, with the statement's index and name. Those prepared under their names are ready for
    /// use from then on.
    package func prepare(_ statements: [Statement]) throws(PostgresError) {
        scope.enter()
        defer { scope.leave() }
        _ = try isOutsideTransaction()
        _ = try exchange(statements.map { Query($0) }, run: false)
    }

    /// Sends the queries as one pipeline with one Sync and reads every answer.
    ///
    /// `commit` is the index of the COMMIT whose fate matters when the connection breaks; behind the last query it is the
    /// Sync's own. A `cleanup` has
    /// its own time, past the job's deadline and cancellation. Without `run` the statements are prepared only.
    func exchange(
        _ queries: [Query],
        commit: Int? = nil,
        cleanup: Bool = false,
        run: Bool = true
    ) throws(PostgresError) -> [QueryResult] {
        let pointer = try live()
        var pipeline = Pipeline(queries, runs: run)
        try pipeline.admit(&prepared)
        try beginWaiting(cleanup: cleanup)
        let start = ContinuousClock.now
        defer { statistics.waiting += .now - start }
        do throws(PostgresError) {
            try pipeline.send(on: self, pointer)
            return try pipeline.read(on: self, pointer)
        } catch {
            // What the server had said before the connection went is the answer; later news can't change it.
            if let failure = pipeline.failure, failure.kind != .connectionLost { throw failure }
            // While a COMMIT is under way, only the server's word settles what became of it.
            guard let commit, self.pointer == nil, !error.precedes(commit) else { throw error }
            throw PostgresError(.outcomeUnknown, "the connection was lost during the commit: \(error.message)")
        }
    }

    /// Whether no transaction is open on the session; throws when the connection can't take a call now.
    func isOutsideTransaction() throws(PostgresError) -> Bool {
        _ = try live()
        if isInBody {
            throw PostgresError(.invalidUse, "the connection belongs to the transaction that is under way")
        }
        return !isInTransaction
    }

    /// Drops the server's prepared statements, so that each is prepared anew.
    func resetPrepared() throws(PostgresError) {
        prepared.forget()
        try beginWaiting()
        try simple("deallocate all")
    }
}

extension PostgresError {
    /// Whether the server prepared under other circumstances than it runs in: the statement must be prepared again.
    var meansStalePlan: Bool {
        guard kind == .server else { return false }
        return sqlState == .unknownStatementName || sqlState == .duplicateStatementName
            || (sqlState == .featureNotSupported && message == "cached plan must not change result type")
    }

    /// Whether the server itself ended the session, by its operator's will, while it worked on an earlier query.
    ///
    /// Answers come in order: the COMMIT behind that query never ran.
    fileprivate func precedes(_ commit: Int) -> Bool {
        guard let statementIndex, sqlState.category == "57", severity == "FATAL" else { return false }
        return statementIndex < commit
    }
}

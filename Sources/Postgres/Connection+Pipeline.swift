import CLibPQ

extension Connection {
    /// Runs one query in a transaction of its own, in one round trip.
    ///
    /// A plan that a changed table has made stale, or a statement the server no longer knows, is prepared again and
    /// the query run once more.
    package func execute(_ query: Query) throws(PostgresError) -> QueryResult {
        scope.enter()
        defer { scope.leave() }
        let outside = try isOutsideTransaction()
        do throws(PostgresError) {
            return try exchange([query])[0]
        } catch {
            guard outside, error.meansStalePlan else { throw error }
            try resetPrepared()
            return try exchange([query])[0]
        }
    }

    /// Runs the queries in order in one round trip, as one implicit transaction, and returns their results.
    ///
    /// The first error is thrown, with the query's index; the server skips what follows it and undoes what came
    /// before. Queries must not control transactions; that is what ``transaction(_:retry:preamble:_:)`` is for.
    package func pipeline(_ queries: [Query]) throws(PostgresError) -> [QueryResult] {
        scope.enter()
        defer { scope.leave() }
        if queries.isEmpty { return [] }
        _ = try isOutsideTransaction()
        return try exchange(queries)
    }

    /// Whether no transaction is open on the session; throws when the connection can't take a call now.
    func isOutsideTransaction() throws(PostgresError) -> Bool {
        let pointer = try live()
        if isBusy { throw PostgresError(.invalidUse, "the connection is in the middle of a transaction or a stream") }
        return PQtransactionStatus(pointer) == PQTRANS_IDLE
    }

    /// Sends the queries as one pipeline with one Sync and reads every answer.
    ///
    /// `commit` is the index of the COMMIT among them whose fate matters when the connection breaks. A `cleanup` runs
    /// on its own time, past the job's deadline and cancellation.
    func exchange(
        _ queries: [Query],
        commit: Int? = nil,
        cleanup: Bool = false
    ) throws(PostgresError) -> [QueryResult] {
        let pointer = try live()
        for (index, query) in queries.enumerated() {
            if let fault = Parameters.fault(in: query.values) {
                throw PostgresError(.invalidParameter, fault).at(index, in: queries)
            }
        }
        let names = try queries.map { query throws(PostgresError) in try prepared.admit(query.statement) }
        try beginWaiting(cleanup: cleanup)
        let start = ContinuousClock.now
        defer { statistics.waiting += .now - start }
        do throws(PostgresError) {
            let steps = try send(queries, names, pointer)
            return try read(PipelineReading(steps), queries, names, pointer)
        } catch {
            // While a COMMIT is under way, only the server's word settles what became of it.
            guard let commit, self.pointer == nil, !error.precedes(commit) else { throw error }
            var unknown = PostgresError(.outcomeUnknown, "the connection was lost during COMMIT: \(error.message)")
            unknown.detail = error.detail
            throw unknown
        }
    }

    private func send(
        _ queries: [Query],
        _ names: [String],
        _ pointer: OpaquePointer
    ) throws(PostgresError) -> [PipelineReading.Step] {
        guard PQenterPipelineMode(pointer) == 1 else { throw unsendable(pointer) }
        var steps: [PipelineReading.Step] = []
        steps.reserveCapacity(queries.count)
        var queued: Set<String> = []
        for (index, query) in queries.enumerated() {
            let (statement, name) = (query.statement, names[index])
            if options.preparation == .named, !prepared.isReady(name), queued.insert(name).inserted {
                guard PQsendPrepare(pointer, statement.name.cString, statement.sql.cString, 0, nil) == 1 else {
                    throw unsendable(pointer)
                }
                steps.append(.prepare(index))
                statistics.prepared += 1
            }
            let sent = Parameters.withPointers(query.values) { values, count in
                switch options.preparation {
                case .named: PQsendQueryPrepared(pointer, statement.name.cString, count, values, nil, nil, 0)
                case .unnamed: PQsendQueryParams(pointer, statement.sql.cString, count, nil, values, nil, nil, 0)
                }
            }
            guard sent == 1 else { throw unsendable(pointer) }
            steps.append(.run(index))
        }
        guard PQpipelineSync(pointer) == 1 else { throw unsendable(pointer) }
        statistics.statements += queries.count
        statistics.roundTrips += 1
        return steps
    }

    private func read(
        _ reading: PipelineReading,
        _ queries: [Query],
        _ names: [String],
        _ pointer: OpaquePointer
    ) throws(PostgresError) -> [QueryResult] {
        var reading = reading
        var results: [QueryResult] = []
        results.reserveCapacity(queries.count)
        var failure: PostgresError?
        while true {
            let result = try nextResult(pointer).map { QueryResult($0) }
            switch reading.receive(PipelineReading.Event(result)) {
            case .markPrepared(let index): prepared.markReady(names[index])
            case .keep: if let result { results.append(result) }
            case .skip: break
            case .fail(let step):
                var error = result.map { attributed(PostgresError(result: $0.pointer)) }
                error = step.map { step in error?.at(step.query, in: queries) } ?? error
                failure = error
                if let error, error.endsSession || PQstatus(pointer) == CONNECTION_BAD { throw lost(error) }
            case .discard(let reason):
                discard(reason)
                throw PostgresError(.protocolViolation, "the connection was discarded: \(reason)")
            case .finished:
                guard PQexitPipelineMode(pointer) == 1 else { throw unsendable(pointer) }
                if let failure { throw failure }
                return results
            }
        }
    }

    /// Discards a connection that refuses to take or leave a state which it should; libpq says why.
    func unsendable(_ pointer: OpaquePointer) -> PostgresError {
        lost(PostgresError(.connectionLost, String(trimmed: PQerrorMessage(pointer))))
    }

    /// Discards a connection that an error has ended, and returns that error as one of a lost connection.
    func lost(_ error: PostgresError) -> PostgresError {
        var error = error
        error.kind = .connectionLost
        discard(error.message)
        return error
    }

    /// Drops the server's prepared statements, so that each is prepared anew.
    func resetPrepared() throws(PostgresError) {
        prepared.forget()
        try simple("deallocate all")
    }
}

extension PipelineReading.Event {
    init(_ result: QueryResult?) {
        guard let result else {
            self = .end
            return
        }
        switch PQresultStatus(result.pointer) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: self = .success
        case PGRES_FATAL_ERROR: self = .failure
        case PGRES_PIPELINE_ABORTED: self = .aborted
        case PGRES_PIPELINE_SYNC: self = .sync
        default: self = .other
        }
    }
}

extension PostgresError {
    /// The same error, with the query that it belongs to.
    func at(_ index: Int, in queries: [Query]) -> PostgresError {
        var error = self
        error.statementIndex = index
        error.statement = queries[index].statement.name.description
        return error
    }

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

import CLibPQ

/// Wraps what a stream's receiver threw, to tell it from the database's own errors on the way out.
struct ReceiverFailure: Error {
    let error: any Error
}

extension Connection {
    /// Runs one query in a transaction of its own and hands over its rows as they arrive, in constant memory
    /// (`PQsetSingleRowMode`).
    ///
    /// When `row` throws, the server is told to cancel, what it has sent already is dropped, and that error is thrown;
    /// the connection stays fit for use. An error of the server may come after rows were handed over. It is meant for
    /// reading: that something written was committed can't be told when the connection breaks.
    package func stream(_ query: Query, row: (Row) throws -> Void) throws {
        scope.enter()
        defer { scope.leave() }
        _ = try isOutsideTransaction()
        do {
            try receiveRows(query, row)
        } catch let failure as ReceiverFailure {
            throw failure.error
        }
    }

    /// Runs a `COPY ... TO STDOUT` in a transaction of its own and hands over its lines, each with its line end, as
    /// they arrive, in constant memory (`PQgetCopyData`).
    ///
    /// The bytes are valid until `sink` returns. A `sink` that throws ends the COPY as it ends a ``stream(_:row:)``.
    package func copyOut(_ sql: StaticString, sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        scope.enter()
        defer { scope.leave() }
        _ = try isOutsideTransaction()
        do {
            try receiveCopy(sql, sink)
        } catch let failure as ReceiverFailure {
            throw failure.error
        }
    }

    /// Streams without looking at the transaction; what `row` throws arrives as a ``ReceiverFailure``.
    ///
    /// The statement isn't prepared: against a stream's length a parse is nothing.
    /// `end` gets the last result: no rows, and the columns that they have.
    func receiveRows(
        _ query: Query,
        _ row: (Row) throws -> Void,
        end: (QueryResult) throws -> Void = { _ in }
    ) throws {
        let pointer = try live()
        if let fault = Parameters.fault(in: query.values) {
            throw PostgresError(.invalidParameter, fault)
        }
        try beginWaiting()
        let sent = Parameters.withPointers(query.values) { values, count in
            PQsendQueryParams(pointer, query.statement.sql.cString, count, nil, values, nil, nil, 0)
        }
        guard sent == 1, PQsetSingleRowMode(pointer) == 1 else { throw unsendable(pointer) }
        try receive { reception throws(PostgresError) in
            while let result = try nextResult(pointer) {
                switch PQresultStatus(result.pointer) {
                case PGRES_SINGLE_TUPLE: try reception.hand(to: self) { try row(Row(result: result, index: 0)) }
                case PGRES_TUPLES_OK: try reception.hand(to: self) { try end(result) }
                case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: continue
                default: try fail(result, &reception)
                }
            }
        }
    }

    /// Copies without looking at the transaction; what `sink` throws arrives as a ``ReceiverFailure``.
    func receiveCopy(_ sql: StaticString, _ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        let pointer = try live()
        try beginWaiting()
        guard PQsendQuery(pointer, sql.cString) == 1 else { throw unsendable(pointer) }
        try receive { reception throws(PostgresError) in
            while let result = try nextResult(pointer) {
                switch PQresultStatus(result.pointer) {
                case PGRES_COPY_OUT: try copyLines(pointer, &reception, sink)
                case PGRES_COMMAND_OK: continue
                case PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
                    reception.failure = PostgresError(.invalidUse, "not a COPY ... TO STDOUT")
                default: try fail(result, &reception)
                }
            }
        }
    }

    private func copyLines(
        _ pointer: OpaquePointer,
        _ reception: inout Reception,
        _ sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws(PostgresError) {
        while true {
            var line: UnsafeMutablePointer<CChar>?
            let length = Int(PQgetCopyData(pointer, &line, 1))
            if length > 0, let line {
                defer { PQfreemem(line) }
                try reception.hand(to: self) { try sink(UnsafeRawBufferPointer(start: line, count: length)) }
            } else if length == 0, !wait.isBroken {
                try awaitInput(pointer)
            } else {
                // The end, or an error: the next result says which.
                return
            }
        }
    }

    /// Runs a reading loop to its end and throws what went wrong in it, the receiver's error first.
    private func receive(_ read: (inout Reception) throws(PostgresError) -> Void) throws {
        var reception = Reception()
        statistics.statements += 1
        statistics.roundTrips += 1
        isStreaming = true
        defer { isStreaming = false }
        do throws(PostgresError) {
            try read(&reception)
        } catch {
            reception.failure = error
        }
        if let thrown = reception.thrown { throw ReceiverFailure(error: thrown) }
        if let failure = reception.failure { throw failure }
    }

    private func fail(_ result: QueryResult, _ reception: inout Reception) throws(PostgresError) {
        guard PQresultStatus(result.pointer) == PGRES_FATAL_ERROR else {
            discard("a stream was answered by \(result.commandTag)")
            throw PostgresError(.protocolViolation, "a result that doesn't belong in a stream")
        }
        let error = attributed(PostgresError(result: result.pointer))
        if isOver(after: error) { throw lost(error) }
        reception.failure = error
    }
}

/// How a stream is going: what has failed, and what its receiver has thrown.
private struct Reception {
    var failure: PostgresError?
    var thrown: (any Error)?
    private var count = 0

    /// Hands one item to the receiver, unless it has thrown already: what comes after that is dropped.
    mutating func hand(to connection: Connection, _ body: () throws -> Void) throws(PostgresError) {
        count += 1
        // Every item would be a clock read too many, none would let a fast stream outrun its deadline.
        if count.isMultiple(of: 64) { try connection.heedInterruption() }
        guard thrown == nil else { return }
        do {
            try body()
        } catch {
            thrown = error
            if connection.wait.interruption == nil { try connection.interrupt(.receiver) }
        }
    }
}

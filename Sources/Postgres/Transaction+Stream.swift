extension Transaction {
    /// Streams one query's rows inside the transaction, as ``Connection/stream(_:row:)`` does.
    ///
    /// What is held back leaves first, in a round trip of its own. A `row` that throws has the transaction fail. `end`
    /// gets the last result, which has no rows, and tells which columns they have even when there were none.
    package func stream(
        _ query: Query,
        row: (Row) throws -> Void,
        end: (QueryResult) throws -> Void = { _ in }
    ) throws {
        try receive { try connection.receiveRows(query, row, end: end) }
    }

    /// Copies out inside the transaction, as ``Connection/copyOut(_:sink:)`` does, where row security and the settings
    /// of the preamble hold.
    package func copyOut(_ sql: StaticString, sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        try receive { try connection.receiveCopy(sql, sink) }
    }

    private func receive(_ body: () throws -> Void) throws {
        try open()
        do {
            try body()
        } catch let failure as ReceiverFailure {
            fail(PostgresError(.cancelled, "the receiver of a stream threw"))
            throw failure.error
        } catch let error as PostgresError {
            if !error.sentNothing { fail(error) }
            throw error
        }
    }
}

import CLibPQ

extension Connection {
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

    /// Whether nothing can be sent any more after this error.
    func isOver(after error: PostgresError) -> Bool {
        guard let pointer else { return true }
        return error.endsSession || PQstatus(pointer) == CONNECTION_BAD
    }
}

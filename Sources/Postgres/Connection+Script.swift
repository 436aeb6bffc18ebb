import CLibPQ

extension Connection {
    /// Runs the statements of a script one after the other by the simple protocol, without parameters, and drops
    /// their rows: for migrations.
    ///
    /// Unless the script says otherwise it is one transaction (PostgreSQL manual, 55.2.2.1). The first error ends it.
    /// When the connection breaks on the way, the error is ``PostgresError/Kind/outcomeUnknown``.
    package func script(_ sql: String) throws(PostgresError) {
        scope.enter()
        defer { scope.leave() }
        _ = try isOutsideTransaction()
        if sql.utf8.contains(0) { throw PostgresError(.invalidParameter, "the script holds a NUL byte") }
        try beginWaiting()
        try simple(sql)
    }

    /// Runs a script within bounds that are set already.
    func simple(_ sql: String) throws(PostgresError) {
        let pointer = try live()
        let start = ContinuousClock.now
        defer { statistics.waiting += .now - start }
        guard PQsendQuery(pointer, sql) == 1 else { throw unsendable(pointer) }
        statistics.statements += 1
        statistics.roundTrips += 1
        var failure: PostgresError?
        do throws(PostgresError) {
            while let result = try nextResult(pointer) {
                switch PQresultStatus(result.pointer) {
                case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: continue
                case PGRES_FATAL_ERROR:
                    let error = attributed(PostgresError(result: result.pointer))
                    if isOver(after: error) { throw lost(error) }
                    failure = error
                default:
                    discard("a script started a COPY")
                    throw PostgresError(.protocolViolation, "a script can't COPY to or from its client")
                }
            }
        } catch {
            throw failure ?? PostgresError(.outcomeUnknown, "the connection was lost during a script: \(error.message)")
        }
        if let failure { throw failure }
    }
}

import CLibPQ

/// One pipeline on its way: what is sent with it, and what has come back.
struct Pipeline {
    /// Bytes queued in libpq before they are handed to the kernel; libpq's own threshold.
    private static let flushThreshold = 65_536

    private let queries: [Query]
    private let runs: Bool
    private var names: [String] = []
    private var steps: [PipelineReading.Step] = []
    /// The first error the server answered with.
    private(set) var failure: PostgresError?

    init(_ queries: [Query], runs: Bool) {
        self.queries = queries
        self.runs = runs
    }

    /// Checks everything that can be checked before the first byte is sent.
    mutating func admit(_ prepared: inout PreparedStatements) throws(PostgresError) {
        names.reserveCapacity(queries.count)
        for (index, query) in queries.enumerated() {
            if let fault = Parameters.fault(in: query.values) {
                throw at(index, PostgresError(.invalidParameter, fault))
            }
            names.append(try prepared.admit(query.statement))
        }
    }

    /// Queues every statement, each behind its Prepare where the server doesn't have it yet, and the Sync.
    mutating func send(on connection: Connection, _ pointer: OpaquePointer) throws(PostgresError) {
        guard PQenterPipelineMode(pointer) == 1 else { throw connection.unsendable(pointer) }
        steps.reserveCapacity(queries.count)
        let isNamed = connection.options.preparation == .named
        var queued: Set<String> = []
        var bytes = 0
        for (index, query) in queries.enumerated() {
            let (statement, name) = (query.statement, names[index])
            if isNamed ? !connection.prepared.isReady(name) : !runs, queued.insert(name).inserted {
                let cName = isNamed ? statement.name.cString : StaticString("").cString
                guard PQsendPrepare(pointer, cName, statement.sql.cString, 0, nil) == 1 else {
                    throw connection.unsendable(pointer)
                }
                steps.append(.prepare(index))
                bytes += statement.sql.utf8CodeUnitCount
                connection.statistics.prepared += 1
            }
            if runs {
                guard send(query, isNamed, pointer) else { throw connection.unsendable(pointer) }
                steps.append(.run(index))
                bytes += Parameters.size(of: query.values)
            }
            if bytes >= Self.flushThreshold {
                // Left to itself the queue would be moved in memory with each statement added to it.
                try connection.flush(pointer)
                bytes = 0
            }
        }
        guard PQpipelineSync(pointer) == 1 else { throw connection.unsendable(pointer) }
        connection.statistics.statements += runs ? queries.count : 0
        connection.statistics.roundTrips += 1
    }

    private func send(_ query: Query, _ isNamed: Bool, _ pointer: OpaquePointer) -> Bool {
        Parameters.withPointers(query.values) { values, count in
            isNamed
                ? PQsendQueryPrepared(pointer, query.statement.name.cString, count, values, nil, nil, 0)
                : PQsendQueryParams(pointer, query.statement.sql.cString, count, nil, values, nil, nil, 0)
        } == 1
    }

    /// Reads until the Sync is answered; throws the first error, or the loss of the connection.
    mutating func read(on connection: Connection, _ pointer: OpaquePointer) throws(PostgresError) -> [QueryResult] {
        var reading = PipelineReading(steps)
        var results: [QueryResult] = []
        results.reserveCapacity(queries.count)
        while true {
            let result = try connection.nextResult(pointer)
            switch reading.receive(PipelineReading.Event(result)) {
            case .markPrepared(let index):
                if connection.options.preparation == .named { connection.prepared.markReady(names[index]) }
            case .keep: if let result { results.append(result) }
            case .skip: break
            case .fail(let step):
                guard let result else { break }
                let error = connection.attributed(PostgresError(result: result.pointer))
                let placed = step.map { at($0.query, error) } ?? error
                failure = placed
                if connection.isOver(after: placed) { throw connection.lost(placed) }
            case .discard(let reason):
                connection.discard(reason)
                throw PostgresError(.protocolViolation, "the connection was discarded: \(reason)")
            case .finished:
                guard PQexitPipelineMode(pointer) == 1 else { throw connection.unsendable(pointer) }
                if let failure { throw failure }
                return results
            }
        }
    }

    /// The error with the query that it belongs to.
    private func at(_ index: Int, _ error: PostgresError) -> PostgresError {
        var error = error
        error.statementIndex = index
        error.statement = queries[index].statement.name.description
        return error
    }
}

extension PipelineReading.Event {
    fileprivate init(_ result: QueryResult?) {
        guard let result else {
            self = .end
            return
        }
        self =
            switch PQresultStatus(result.pointer) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: .success
            case PGRES_FATAL_ERROR: .failure
            case PGRES_PIPELINE_ABORTED: .aborted
            case PGRES_PIPELINE_SYNC: .sync
            default: .other
            }
    }
}

/// Stops, from any thread, what a connection does in one job; see ``Connection/cancellation``.
package struct CancelHandle: Sendable {
    let signal: CancelSignal
    let job: UInt64

    /// Asks the connection's thread to stop its job; returns at once and never blocks.
    ///
    /// That thread tells the server (`PQcancel`), reads the answer to its end and throws
    /// ``PostgresError/Kind/cancelled``; until the job ends, its further calls throw the same without sending anything.
    /// When the job has ended already, or its work is done before the server hears of it, nothing happens: a request
    /// never reaches a later job.
    package func cancel() {
        _ = signal.request(job: job)
    }
}

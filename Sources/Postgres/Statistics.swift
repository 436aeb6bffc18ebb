/// What a connection has done since it was opened.
package struct Statistics: Sendable {
    /// Waits for the server's answer to everything sent so far: a pipeline is one.
    package var roundTrips = 0
    /// Statements sent, BEGIN and COMMIT among them.
    package var statements = 0
    /// Statements prepared.
    package var prepared = 0
    /// Transactions run again after a failure that allows it.
    package var retries = 0
    /// Time spent waiting for the server.
    package var waiting: Duration = .zero
}

extension Statistics {
    static func + (a: Statistics, b: Statistics) -> Statistics {
        Statistics(
            roundTrips: a.roundTrips + b.roundTrips,
            statements: a.statements + b.statements,
            prepared: a.prepared + b.prepared,
            retries: a.retries + b.retries,
            waiting: a.waiting + b.waiting
        )
    }
}

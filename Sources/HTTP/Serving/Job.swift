/// A request on its way to a worker, with its connection.
final class Job: Sendable {
    let connection: ClientConnection
    let exchange: Exchange
    let request: Request
    let route: Int
    let parameters: PathParameters
    let shares: [(key: String, limit: Int)]

    init(
        connection: ClientConnection,
        exchange: Exchange,
        request: Request,
        route: Int,
        parameters: PathParameters,
        shares: [(key: String, limit: Int)]
    ) {
        self.connection = connection
        self.exchange = exchange
        self.request = request
        self.route = route
        self.parameters = parameters
        self.shares = shares
    }
}

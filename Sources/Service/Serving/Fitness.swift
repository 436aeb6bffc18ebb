import Postgres

/// Whether a database fits this build: server, encoding, settings, schema, and every statement that routes will send.
enum Fitness {
    private static let settings = Statement(
        "fitness_settings",
        "select current_setting('server_encoding'), current_setting('TimeZone')"
    )

    /// Throws ``FitnessError``, ``MigrationError`` or, for a database that can't be asked, ``PostgresError``.
    static func require(_ directory: SQLDirectory, on connection: Connection) throws {
        try ServerVersion.require(on: connection)
        let result = try connection.execute(Query(settings))
        let (encoding, zone) = (result.string(0, 0) ?? "", result.string(0, 1) ?? "")
        guard encoding == "UTF8" else { throw FitnessError.encoding(encoding) }
        guard zone == "UTC" || zone == "Etc/UTC" else { throw FitnessError.timeZone(zone) }
        try SchemaVersion.require(directory, on: connection)
        try prepareAll(on: connection)
    }

    /// Every statement of every route, once each.
    static var statements: [Statement] {
        var seen: Set<String> = []
        let all = ServiceWorker.statements + API.endpoints.flatMap { $0.work?.statements ?? [] }
        return all.filter { seen.insert($0.name.description).inserted }
    }

    /// Has Postgres parse and analyse every statement and forgets them again: a misspelt column fails here and not at
    /// the first request.
    static func prepareAll(on connection: Connection) throws {
        for statement in statements where !isUtility(statement) {
            do {
                // In one message: a pooler may give the next one to another session.
                try connection.script("prepare traveler_fitness as \(statement.sql); deallocate traveler_fitness")
            } catch {
                // A database that went away meanwhile says nothing about the statement.
                if error.endsSession { throw error }
                throw FitnessError.statement(statement.name.description, error)
            }
        }
    }

    /// SQL's PREPARE takes no utility statements; the protocol's does.
    private static func isUtility(_ statement: Statement) -> Bool {
        statement.sql.description.hasPrefix("set ")
    }
}

/// Why a database that can be reached can't be served from. For the operator.
enum FitnessError: Error, CustomStringConvertible {
    case encoding(String)
    case timeZone(String)
    case statement(String, PostgresError)

    var description: String {
        switch self {
        case .encoding(let found): "the database's encoding is \(found) and must be UTF8"
        case .timeZone(let found):
            "the session's time zone is \(found) and must be UTC: ops/bootstrap.sql sets it for the service's role"
        case .statement(let name, let error): "the statement \(name) can't be prepared: \(error.operatorDescription)"
        }
    }
}

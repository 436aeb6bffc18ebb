package import Postgres

/// The agreement between a build and a database on the schema.
package enum SchemaVersion {
    private static let read = Statement("schema_version", "select traveler.schema_version()")

    /// Refuses a database that is at another migration than this build's newest: an older build doesn't know a newer
    /// schema's rules, and a newer build's statements don't fit an older one.
    ///
    /// Any role that may use the schema can ask.
    package static func require(_ directory: SQLDirectory, on connection: Connection) throws {
        let database = try current(on: connection)
        if database > directory.newest {
            throw MigrationError.databaseIsNewer(database: database, build: directory.newest)
        }
        if database < directory.newest {
            throw MigrationError.databaseIsOlder(database: database, build: directory.newest)
        }
    }

    /// The number of the newest migration applied; 0 in a database that was never migrated.
    package static func current(on connection: Connection) throws(PostgresError) -> Int {
        do {
            return try connection.execute(Query(read)).int(0, 0) ?? 0
        } catch  where error.sqlState == .undefinedFunction || error.sqlState == .undefinedSchema {
            return 0
        }
    }
}

extension SQLState {
    static let undefinedFunction = SQLState("42883")
    static let undefinedSchema = SQLState("3F000")
}

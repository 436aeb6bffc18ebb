package import Postgres

/// What a command works with.
package struct CommandContext {
    package var config: Config
    package var console: Console

    package init(config: Config, console: Console) {
        self.config = config
        self.console = console
    }

    /// Connects as an operator's command does: as `traveler_migrator`. Warnings go to standard error.
    ///
    /// - Throws: ``ConfigErrors`` if the setting is missing, else ``PostgresError``.
    package func connectAsMigrator() throws -> Connection {
        guard let url = config.migratorURL else { throw ConfigErrors(faults: [.missing(.migratorURL)]) }
        var options = Connection.Options()
        options.onNotice = { Console.put("\($0.severity): \($0.message)", 2) }
        options.preparation = config.preparation
        return try Connection(url: url.reveal(), options: options)
    }

    /// Connects as the operator: as a superuser, who alone may make roles.
    ///
    /// - Throws: ``ConfigErrors`` if the setting is missing, else ``PostgresError``.
    package func connectAsOperator() throws -> Connection {
        guard let url = config.operatorURL else { throw ConfigErrors(faults: [.missing(.operatorURL)]) }
        return try Connection(url: url.reveal())
    }

    /// Connects as the service does: as `traveler_service`.
    ///
    /// - Throws: ``ConfigErrors`` if the setting is missing, else ``PostgresError``.
    package func connectAsService() throws -> Connection {
        guard let url = config.databaseURL else { throw ConfigErrors(faults: [.missing(.databaseURL)]) }
        var options = Connection.Options()
        options.preparation = config.preparation
        return try Connection(url: url.reveal(), options: options)
    }

    /// The SQL that belongs to this build.
    ///
    /// - Throws: ``ConfigErrors`` if there is none, ``MigrationError`` if it can't be used.
    package func sqlDirectory() throws -> SQLDirectory {
        guard let path = config.sqlDirectory else { throw ConfigErrors(faults: [.missing(.sqlDirectory)]) }
        return try SQLDirectory(path: path)
    }
}

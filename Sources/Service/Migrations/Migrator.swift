import Glibc
package import Postgres

/// Brings a database's schema to where this build needs it.
///
/// Migrations are applied once, in order, each in a transaction of its own; the logic (functions, triggers, views,
/// policies, grants) is applied anew as a whole, in one transaction, whenever a file of it or a migration is new. All
/// of it runs as `traveler_owner`, which the connection's role must be a member of. Any number of migrators may start
/// at once: one works, the others wait and find nothing left to do.
package struct Migrator {
    let ledger: MigrationLedger
    private let connection: Connection
    private let directory: SQLDirectory
    private let report: (String) -> Void
    /// How long to wait for another migrator.
    package var patience: Duration = .seconds(300)
    /// How often a transaction is tried that could not get a lock in time, or met a deadlock.
    package var attempts = 20

    /// - Parameters:
    ///   - connection: as `traveler_migrator`, or another member of `traveler_owner`, directly to the server.
    ///   - report: is told in a line what was done.
    package init(_ connection: Connection, _ directory: SQLDirectory, report: @escaping (String) -> Void = { _ in }) {
        self.connection = connection
        self.directory = directory
        self.report = report
        ledger = MigrationLedger(connection: connection)
    }

    /// Applies what is missing.
    ///
    /// - Throws: ``MigrationError``, before anything is changed if the files or the database are not as they should
    ///   be, else for the file that failed: those before it stay applied.
    package func migrate() throws {
        try ServerVersion.require(on: connection)
        try lock()
        defer { try? ledger.unlock() }
        try ledger.create()
        let plan = try self.plan()
        for step in plan.pending {
            try apply(step.migration, digest: step.digest)
            report("applied \(step.migration.file.name)")
        }
        if plan.isLogicDue {
            try applyLogic(plan.logic)
            report("applied the logic: \(plan.logic.count) files")
        }
        if plan.pending.isEmpty, !plan.isLogicDue {
            report("nothing to do: the database is at migration \(directory.newest)")
        }
    }

    /// What ``migrate()`` would do, and what was done when. Changes nothing.
    package func plan() throws -> MigrationPlan {
        let files = directory.migrations.map(\.file) + directory.logic
        let digests = try ledger.digests(of: files)
        let exists = try ledger.exists()
        return try MigrationPlan(
            directory,
            digests: digests,
            applied: exists ? ledger.applied() : [],
            appliedLogic: exists ? ledger.appliedLogic() : [:]
        )
    }

    /// Polls for the lock rather than waiting in it: a waiting session holds a snapshot that CREATE INDEX CONCURRENTLY
    /// of the session at work would wait for in turn.
    private func lock() throws {
        let end = ContinuousClock.now + patience
        while try !ledger.tryLock() {
            guard ContinuousClock.now < end else { throw MigrationError.locked(patience) }
            usleep(UInt32.random(in: 20_000...100_000))
        }
    }

    private func apply(_ migration: Migration, digest: String) throws {
        let name = migration.file.name
        if migration.isConcurrent {
            defer { try? ledger.reset() }
            try ledger.prepareConcurrent()
            try run(migration.file)
            if let index = try ledger.invalidIndex() { throw MigrationError.leftInvalidIndex(name, index: index) }
            try ledger.record(migration, digest: digest)
        } else {
            try transaction {
                // First, so that a migrator which slipped past the lock, through a pooler say, fails here.
                try ledger.record(migration, digest: digest)
                try run(migration.file)
            }
        }
    }

    private func applyLogic(_ logic: [MigrationPlan.Logic]) throws {
        try transaction {
            try ledger.record(logic)
            for step in logic { try run(step.file) }
        }
    }

    /// Runs a file, and sees to it that the transaction it began in, if any, is still the one.
    private func run(_ file: SQLFile) throws {
        let before = try ledger.transactionNumber()
        do {
            try connection.script(file.text)
        } catch {
            throw MigrationError.failed(file.name, line: error.position.map { file.line(at: $0) }, error)
        }
        guard try ledger.transactionNumber() == before else { throw MigrationError.endedItsTransaction(file.name) }
    }

    /// Runs `body` as one transaction of the owner's; again if it could not get its locks.
    private func transaction(_ body: () throws -> Void) throws {
        var attempt = 1
        while true {
            do {
                try ledger.begin()
                try body()
                try ledger.commit()
                return
            } catch {
                try? ledger.rollback()
                guard attempt < attempts, error.isWorthAnotherTry else { throw error }
                report("waiting for locks (\(attempt) of \(attempts))")
                usleep(UInt32.random(in: 100_000...500_000))
                attempt += 1
            }
        }
    }
}

extension Error {
    /// Whether the transaction lost against others and may win next time.
    fileprivate var isWorthAnotherTry: Bool {
        let cause =
            switch self as? MigrationError {
            case .failed(_, _, let error): error
            default: self as? PostgresError
            }
        guard let cause, cause.kind == .server else { return false }
        return [.lockNotAvailable, .deadlockDetected, .serializationFailure].contains(cause.sqlState)
    }
}

extension SQLFile {
    /// The line, from 1, of a character that the server counts from 1.
    func line(at position: Int) -> Int {
        text.unicodeScalars.prefix(max(0, position - 1)).count(where: { $0 == "\n" }) + 1
    }
}

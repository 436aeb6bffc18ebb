package import Postgres

/// Why the schema can't be brought, or isn't, where this build needs it. The description is for the operator: it names
/// the file and the way out.
package enum MigrationError: Error, Sendable {
    case unreadable(String)
    case badName(String)
    /// A number is missing, or stands twice.
    case outOfOrder(String, expected: Int)
    case noHeader(String)
    /// The file names another digest than the migration before it has.
    case brokenChain(String, names: String, previous: String, digest: String)
    /// A migration that this database has applied reads differently now.
    case edited(String, applied: String, found: String)
    /// A migration that this database has applied has another name now.
    case renamed(String, applied: String)
    case databaseIsNewer(database: Int, build: Int)
    case databaseIsOlder(database: Int, build: Int)
    /// Another migrator held the lock for as long as we were ready to wait.
    case locked(Duration)
    case failed(String, line: Int?, PostgresError)
    /// The file ended the transaction that it runs in.
    case endedItsTransaction(String)
    case leftInvalidIndex(String, index: String)
    case unsupportedServer(Int)
}

extension MigrationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let path):
            "\(path) can't be read, or is not UTF-8 text"
        case .badName(let name):
            "\(name): the name must be a number, _ and lower-case words, such as 0007_serials.sql; migrations have four digits"
        case .outOfOrder(let name, let expected):
            "\(name): the next migration must have number \(expected)"
        case .noHeader(let name):
            "\(name): the first line must be `-- previous: ` and the SHA-256 of the migration before it (`none` in 0001)"
        case .brokenChain(let name, let names, let previous, let digest):
            """
            \(name) follows another \(previous) than this one.
              it names  \(names)
              \(previous) has \(digest)
            Restore \(previous) if it was edited after \(name) was written; else give \(name) the digest above.
            """
        case .edited(let name, let applied, let found):
            """
            \(name) was edited after this database had applied it.
              applied  \(applied)
              now      \(found)
            A migration is never edited once released: restore the file, and write the change as a new migration.
            """
        case .renamed(let name, let applied):
            "\(name) was applied to this database as \(applied): restore its name"
        case .databaseIsNewer(let database, let build):
            "the database is at migration \(database), and this build knows \(build): use a newer build"
        case .databaseIsOlder(let database, let build):
            "the database is at migration \(database), and this build needs \(build): run `traveler migrate`"
        case .locked(let patience):
            "another migrator has been at work for \(patience.components.seconds) seconds; run again when it has ended"
        case .failed(let name, let line, let error):
            "\(name)\(line.map { ":\($0)" } ?? ""): \(error.operatorDescription)"
                + (error.context.map { "\n  context: \($0)" } ?? "")
        case .endedItsTransaction(let name):
            "\(name) ends the transaction that it runs in: take BEGIN, COMMIT and ROLLBACK out of it"
        case .leftInvalidIndex(let name, let index):
            "\(name) left the index \(index) invalid; run again, and it is built anew"
        case .unsupportedServer(let version):
            """
            PostgreSQL \(version / 10000).\(version % 10000) is too old: 15.9, 16.5, 17.1 or newer is needed, for older \
            ones may use a plan under the wrong row security policy (CVE-2024-10976)
            """
        }
    }
}

extension PostgresError {
    /// All that helps the operator at a terminal: more than a caller of the API may see.
    package var operatorDescription: String {
        var lines = ["\(message) (\(sqlState))"]
        if let detail { lines.append("detail: \(detail)") }
        if let hint, !hint.isEmpty { lines.append("hint: \(hint)") }
        return lines.joined(separator: "\n  ")
    }
}

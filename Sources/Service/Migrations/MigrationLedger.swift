import Postgres

/// What a database remembers of its migrations, and the few statements around them.
struct MigrationLedger {
    let connection: Connection

    /// Whether the database was ever migrated.
    func exists() throws(PostgresError) -> Bool {
        try connection.execute(Query(Self.exists)).bool(0, 0) == true
    }

    /// Makes the tables where they are missing.
    func create() throws(PostgresError) {
        guard try !exists() else { return }
        try connection.script(Self.tables)
    }

    func tryLock() throws(PostgresError) -> Bool {
        try connection.execute(Query(Self.lock)).bool(0, 0) == true
    }

    func unlock() throws(PostgresError) {
        _ = try connection.execute(Query(Self.unlock))
    }

    /// By number, from 1.
    func applied() throws(PostgresError) -> [MigrationPlan.Applied] {
        let result = try connection.execute(Query(Self.applied))
        return (0..<result.rowCount).map { row in
            MigrationPlan.Applied(
                number: result.int(row, 0) ?? 0,
                name: result.string(row, 1) ?? "",
                digest: result.string(row, 2) ?? "",
                appliedAt: result.string(row, 3) ?? ""
            )
        }
    }

    /// The digests of the logic as it was applied last, by file name.
    func appliedLogic() throws(PostgresError) -> [String: String] {
        let result = try connection.execute(Query(Self.appliedLogic))
        return (0..<result.rowCount).reduce(into: [:]) { digests, row in
            digests[result.string(row, 0) ?? ""] = result.string(row, 1)
        }
    }

    /// The SHA-256 of each file's bytes in hex, as `sha256sum` prints it, by file name.
    ///
    /// Postgres computes it: neither Foundation on Linux nor libpq brings a hash.
    func digests(of files: [SQLFile]) throws(PostgresError) -> [String: String] {
        let contents = Value.array(files.map { "\\x" + hex($0.text.utf8) })
        let result = try connection.execute(Query(Self.digests, [contents]))
        return zip(files, 0..<result.rowCount).reduce(into: [:]) { digests, pair in
            digests[pair.0.name] = result.string(pair.1, 0)
        }
    }

    func record(_ migration: Migration, digest: String) throws(PostgresError) {
        let values: [Value] = [
            .int(migration.number), .text(migration.file.name), .text(digest), .text(Version.current),
        ]
        _ = try connection.execute(Query(Self.insert, values))
    }

    func record(_ logic: [MigrationPlan.Logic]) throws(PostgresError) {
        let values: [Value] = [.array(logic.map(\.file.name)), .array(logic.map(\.digest))]
        _ = try connection.execute(Query(Self.forgetLogic))
        _ = try connection.execute(Query(Self.insertLogic, values))
    }

    func begin() throws(PostgresError) {
        try connection.script("begin; set local role traveler_owner; set local lock_timeout = '3s'")
    }

    func commit() throws(PostgresError) {
        try connection.script("commit")
        try reset()
    }

    func rollback() throws(PostgresError) {
        try connection.script("rollback")
        try reset()
    }

    /// Forgets what a file has set for the session.
    func reset() throws(PostgresError) {
        try connection.script("reset role; reset all")
    }

    /// The number of the transaction under way, if it has written; otherwise, and outside of one, nil.
    func transactionNumber() throws(PostgresError) -> String? {
        try connection.execute(Query(Self.transaction)).string(0, 0)
    }

    /// Clears the way for one concurrent statement: what an earlier, broken try left invalid is dropped, or IF NOT
    /// EXISTS would take it for the real thing. The waits of such a statement hold nobody up, so no lock_timeout.
    func prepareConcurrent() throws(PostgresError) {
        try begin()
        try connection.script(Self.dropInvalidIndexes)
        try commit()
        try connection.script("set role traveler_owner; set lock_timeout = 0")
    }

    /// An index of ours that is not valid, if there is one.
    func invalidIndex() throws(PostgresError) -> String? {
        let result = try connection.execute(Query(Self.invalidIndexes))
        return result.rowCount > 0 ? result.string(0, 0) : nil
    }

    private func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

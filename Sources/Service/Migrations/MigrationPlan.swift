/// The difference between a build's SQL and a database: what was applied, and what is due. Made of values, so that its
/// judgement is tested without a database.
package struct MigrationPlan: Sendable {
    /// A migration as the database remembers it.
    package struct Applied: Sendable, Equatable {
        package var number: Int
        package var name: String
        package var digest: String
        package var appliedAt: String
    }

    /// A file with the SHA-256 of its bytes, in hex.
    package struct Logic: Sendable {
        package var file: SQLFile
        package var digest: String
    }

    package var applied: [Applied]
    package var pending: [(migration: Migration, digest: String)]
    package var logic: [Logic]
    /// Whether the logic has to be applied: a file of it is new, changed or gone, or a migration comes before it.
    package var isLogicDue: Bool

    /// - Throws: ``MigrationError`` if an applied migration was edited or renamed, the database knows more migrations
    ///   than the build, or a migration does not name the digest of the one before it.
    init(
        _ directory: SQLDirectory,
        digests: [String: String],
        applied: [Applied],
        appliedLogic: [String: String]
    ) throws(MigrationError) {
        let known = directory.migrations.map { ($0, digests[$0.file.name] ?? "") }
        // Edits first: one also breaks the chain behind it, and is the cause.
        for (recorded, (migration, digest)) in zip(applied, known) {
            if digest != recorded.digest {
                throw .edited(migration.file.name, applied: recorded.digest, found: digest)
            }
            if migration.file.name != recorded.name { throw .renamed(migration.file.name, applied: recorded.name) }
        }
        guard applied.count <= known.count else {
            throw .databaseIsNewer(database: applied.count, build: known.count)
        }
        for ((before, digest), (migration, _)) in zip(known, known.dropFirst()) where migration.previous != digest {
            throw .brokenChain(
                migration.file.name,
                names: migration.previous ?? "none",
                previous: before.file.name,
                digest: digest
            )
        }
        self.applied = applied
        pending = known.dropFirst(applied.count).map { (migration: $0, digest: $1) }
        logic = directory.logic.map { Logic(file: $0, digest: digests[$0.name] ?? "") }
        let current = Dictionary(uniqueKeysWithValues: logic.map { ($0.file.name, $0.digest) })
        isLogicDue = current != appliedLogic || (!pending.isEmpty && !logic.isEmpty)
    }
}

import FoundationEssentials

/// The SQL that this build brings: the folder `sql` with `migrations` and `logic` in it.
package struct SQLDirectory: Sendable {
    /// By number, from 1 without a gap.
    package var migrations: [Migration]
    /// Functions, triggers, views, policies, grants: in the order in which they are applied.
    package var logic: [SQLFile]

    /// Reads the folder.
    ///
    /// - Throws: a ``MigrationError`` that names the file at fault.
    package init(path: String) throws(MigrationError) {
        guard Self.isOne(path) else { throw .unreadable("\(path)/migrations") }
        try self.init(
            migrations: try SQLFile.all(in: "\(path)/migrations").map(Migration.init),
            logic: try SQLFile.all(in: "\(path)/logic")
        )
    }

    /// - Throws: ``MigrationError/outOfOrder(_:expected:)`` unless the migrations are numbered from 1 without a gap.
    init(migrations: [Migration], logic: [SQLFile]) throws(MigrationError) {
        for (index, migration) in migrations.enumerated() where migration.number != index + 1 {
            throw .outOfOrder(migration.file.name, expected: index + 1)
        }
        self.migrations = migrations
        self.logic = logic
    }

    /// The number of the newest migration; 0 when there is none.
    package var newest: Int { migrations.count }

    /// Whether a folder looks like one of these.
    package static func isOne(_ path: String) -> Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: "\(path)/migrations", isDirectory: &isFolder) && isFolder
    }

    /// The folder that belongs to the running binary: `sql` in one of the five folders above it, as in a checkout,
    /// else where a package installs it; nil if neither is there.
    package static func besideTheBinary() -> String? {
        var folder = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        for _ in 0..<5 {
            guard let slash = folder.lastIndex(of: "/") else { break }
            folder = String(folder[..<slash])
            if isOne("\(folder)/sql") { return "\(folder)/sql" }
        }
        return isOne("/usr/share/traveler/sql") ? "/usr/share/traveler/sql" : nil
    }
}

package import Postgres

/// Which servers can be trusted with row level security.
package enum ServerVersion {
    /// The oldest minor of each major that never applies a plan made for another role's policies (CVE-2024-10976).
    private static let oldest = [15: 150009, 16: 160005, 17: 170001]

    /// Refuses a server older than the fixes that tenancy (T1) rests on.
    package static func require(on connection: Connection) throws(MigrationError) {
        let version = connection.serverVersion
        guard isSafe(version) else { throw .unsupportedServer(version) }
    }

    /// - Parameter version: as libpq counts it: 150018 is 15.18.
    static func isSafe(_ version: Int) -> Bool {
        version >= oldest[version / 10000] ?? 180000
    }
}

/// What one connection knows about statement names: which text each stands for, and which the server has prepared.
struct PreparedStatements {
    /// A statement by the place of its literals, which is quick to hash; equal literals may lie in several places.
    private struct Place: Hashable {
        let name: UnsafePointer<UInt8>
        let sql: UnsafePointer<UInt8>

        init(_ statement: Statement) {
            name = statement.name.utf8Start
            sql = statement.sql.utf8Start
        }
    }

    private var admitted: [Place: String] = [:]
    private var texts: [String: StaticString] = [:]
    private var ready: Set<String> = []

    /// The statement's name as a key, after checking that it can be prepared under it.
    mutating func admit(_ statement: Statement) throws(PostgresError) -> String {
        let place = Place(statement)
        if let name = admitted[place] { return name }
        let name = statement.name.description
        guard (1...63).contains(statement.name.utf8CodeUnitCount) else {
            throw PostgresError(.invalidUse, "statement name \"\(name)\" must have 1 to 63 bytes")
        }
        if let text = texts[name], !text.isIdentical(to: statement.sql) {
            throw PostgresError(.invalidUse, "two statements are named \"\(name)\"")
        }
        texts[name] = statement.sql
        admitted[place] = name
        return name
    }

    func isReady(_ name: String) -> Bool { ready.contains(name) }

    mutating func markReady(_ name: String) { ready.insert(name) }

    /// Forgets what the server has prepared, after it has lost or dropped it.
    mutating func forget() { ready.removeAll() }
}

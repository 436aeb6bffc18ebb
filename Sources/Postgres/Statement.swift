/// A statement the program knows at compile time: a stable name, and SQL whose parameters are `$1`, `$2`, ...
///
/// Both parts are `StaticString`, so SQL is never put together from input. A connection prepares a statement under its
/// name the first time it runs there; a name must therefore stand for one SQL text in the whole program (a connection
/// refuses a second text under a known name with ``PostgresError/Kind/invalidUse``) and hold 1 to 63 bytes, the length
/// beyond which the server would cut it.
///
///     static let start = Statement("run_step_start", "select traveler.start_step($1, $2)")
package struct Statement: Sendable {
    package let name: StaticString
    package let sql: StaticString

    package init(_ name: StaticString, _ sql: StaticString) {
        self.name = name
        self.sql = sql
    }
}

extension Statement: Hashable {
    package static func == (a: Statement, b: Statement) -> Bool {
        a.name.isIdentical(to: b.name) && a.sql.isIdentical(to: b.sql)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(bytes: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }
}

extension StaticString {
    /// Whether both hold the same bytes; equal literals usually share their storage, which settles it at once.
    func isIdentical(to other: StaticString) -> Bool {
        let a = UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
        let b = UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount)
        return a.count == b.count && (a.baseAddress == b.baseAddress || a.elementsEqual(b))
    }

    /// The literal as libpq takes it: a literal's bytes end in NUL and live as long as the program.
    var cString: UnsafePointer<CChar> {
        UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }
}

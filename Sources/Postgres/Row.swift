/// One row of a result. In a stream it is valid only inside the closure that received it.
package struct Row {
    let result: QueryResult
    let index: Int

    package var columnCount: Int { result.columnCount }

    package func columnName(_ column: Int) -> String { result.columnName(column) }

    /// The oid of the column's type (`pg_type.oid`).
    package func columnType(_ column: Int) -> UInt32 { result.columnType(column) }

    package func isNull(_ column: Int) -> Bool { result.isNull(index, column) }

    /// The value as text; nil for NULL.
    package func string(_ column: Int) -> String? { result.string(index, column) }

    /// The value as a whole number; nil for NULL and for anything that isn't one or doesn't fit.
    package func int(_ column: Int) -> Int? { result.int(index, column) }

    /// The value as a truth value; nil for NULL and for anything but `t` and `f`.
    package func bool(_ column: Int) -> Bool? { result.bool(index, column) }

    /// Runs `body` with the value's bytes, which are valid until it returns; nil for NULL.
    package func withBytes<R>(_ column: Int, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R? {
        try result.withBytes(index, column, body)
    }
}

/// What a transaction may do and what it sees.
package enum TransactionMode: Sendable {
    /// Reads and writes; each statement sees what was committed before it (read committed).
    case readWrite
    /// Reads only; each statement sees what was committed before it.
    case readOnly
    /// Reads only, and every statement sees the same moment (repeatable read): for what must agree with itself, such
    /// as an export.
    case snapshot

    /// Whether a COMMIT can make something last, so that its loss leaves a question.
    var writes: Bool { self == .readWrite }

    var begin: Statement {
        switch self {
        case .readWrite: Statement("begin_read_write", "begin isolation level read committed read write")
        case .readOnly: Statement("begin_read_only", "begin isolation level read committed read only")
        case .snapshot: Statement("begin_snapshot", "begin isolation level repeatable read read only")
        }
    }
}

/// What went wrong between this process and PostgreSQL, with all that the server said about it.
///
/// `description` names the kind and the SQLSTATE only, so an error that slips into a response gives nothing away;
/// `String(reflecting:)` has everything and belongs in the log.
package struct PostgresError: Error, Sendable {
    /// What the caller may conclude; each case says what is known about the work.
    package enum Kind: String, Sendable {
        /// The server answered with an error. An open transaction has failed; nothing of it stays.
        case server
        /// No connection could be made; nothing was sent.
        case connectionFailed
        /// No connection, and it is too early to try again; nothing was sent.
        case unavailable
        /// The connection broke or was discarded, and no commit was under way: nothing stays.
        case connectionLost
        /// The connection broke while a commit was under way, by COMMIT or of a query without a transaction: the work
        /// may or may not stay.
        case outcomeUnknown
        /// COMMIT was answered by ROLLBACK: the transaction had failed before; nothing of it stays.
        case rolledBack
        /// The deadline passed. Nothing was committed.
        case deadlineExceeded
        /// The work was cancelled by its ``CancelHandle``. Nothing was committed.
        case cancelled
        /// A parameter can't be bound (NUL, or too many of them); nothing was sent.
        case invalidParameter
        /// The caller's fault: a call in the wrong state, or one statement name for two texts; nothing was sent.
        case invalidUse
        /// The server answered in an order that the protocol doesn't allow; the connection was discarded.
        case protocolViolation
        /// The server can't be used, for example because its encoding isn't UTF8.
        case unsupportedServer
    }

    package var kind: Kind
    /// The server's SQLSTATE or, for an error found on this side, the standard's code for it.
    package var sqlState: SQLState
    /// `ERROR`, `FATAL` or `PANIC`, never translated; `ERROR` for an error found on this side.
    package var severity: String = "ERROR"
    package var message: String
    package var detail: String?
    package var hint: String?
    package var schema: String?
    package var table: String?
    package var column: String?
    package var constraint: String?
    package var context: String?
    /// Where in the SQL the fault lies, in characters, from 1.
    package var position: Int?
    /// Which of the caller's queries failed, from 0; nil when it was none of them (BEGIN, a preamble, COMMIT).
    package var statementIndex: Int?
    /// The name of the statement that failed.
    package var statement: String?

    /// An error found on this side of the wire, with the SQLSTATE the standard has for it.
    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
        self.sqlState =
            switch kind {
            case .server: .protocolViolation
            case .connectionFailed, .unavailable: .cannotConnect
            case .connectionLost: .connectionFailure
            case .outcomeUnknown: .resolutionUnknown
            case .rolledBack: .transactionRollback
            case .deadlineExceeded, .cancelled: .queryCanceled
            case .invalidParameter: .characterNotInRepertoire
            case .invalidUse: .invalidTransactionState
            case .protocolViolation: .protocolViolation
            case .unsupportedServer: .connectionRejected
            }
    }

    /// Whether the call was refused on this side, which leaves an open transaction as it was.
    var sentNothing: Bool { kind == .invalidUse || kind == .invalidParameter }

    /// Whether the connection is gone, so that the next call needs another one.
    package var endsSession: Bool {
        switch kind {
        case .connectionFailed, .unavailable, .connectionLost, .outcomeUnknown, .protocolViolation, .unsupportedServer:
            true
        default: severity == "FATAL" || severity == "PANIC"
        }
    }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "database error: \(kind.rawValue) (\(sqlState))" }

    package var debugDescription: String {
        let parts: [(String, String?)] = [
            ("statement", statement), ("index", statementIndex.map(String.init)), ("detail", detail), ("hint", hint),
            ("schema", schema), ("table", table), ("column", column), ("constraint", constraint),
            ("position", position.map(String.init)), ("context", context),
        ]
        return parts.reduce("\(kind.rawValue) \(severity) \(sqlState): \(message)") { text, part in
            part.1.map { "\(text); \(part.0): \($0)" } ?? text
        }
    }
}

/// A five-character SQLSTATE: two of class, three of condition (PostgreSQL manual, appendix A).
package struct SQLState: RawRepresentable, Hashable, Sendable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package init(_ rawValue: String) { self.rawValue = rawValue }

    /// The first two characters, the class of the condition: `23` is every broken constraint.
    package var category: Substring { rawValue.prefix(2) }

    // Class 08: the connection.
    package static let cannotConnect = SQLState("08001")
    package static let connectionRejected = SQLState("08004")
    package static let connectionFailure = SQLState("08006")
    package static let resolutionUnknown = SQLState("08007")
    package static let protocolViolation = SQLState("08P01")
    // Classes 0A to 28: what was asked.
    package static let featureNotSupported = SQLState("0A000")
    package static let characterNotInRepertoire = SQLState("22021")
    package static let divisionByZero = SQLState("22012")
    package static let foreignKeyViolation = SQLState("23503")
    package static let uniqueViolation = SQLState("23505")
    package static let invalidTransactionState = SQLState("25000")
    package static let readOnlyTransaction = SQLState("25006")
    package static let unknownStatementName = SQLState("26000")
    // Classes 40 to 42: the transaction, access and syntax.
    package static let transactionRollback = SQLState("40000")
    package static let serializationFailure = SQLState("40001")
    package static let deadlockDetected = SQLState("40P01")
    package static let duplicateStatementName = SQLState("42P05")
    package static let undefinedTable = SQLState("42P01")
    // Classes 55 to 57: objects in use, the operator.
    package static let lockNotAvailable = SQLState("55P03")
    package static let queryCanceled = SQLState("57014")
    package static let adminShutdown = SQLState("57P01")
    package static let crashShutdown = SQLState("57P02")
    package static let cannotConnectNow = SQLState("57P03")
}

extension SQLState: CustomStringConvertible {
    package var description: String { rawValue }
}

import HTTP
import Postgres

/// A read of one record: one statement whose row is the document and the record's version. No row: 404.
struct Document: Work {
    let statement: Statement
    let arguments: [Argument]

    init(_ statement: Statement, _ arguments: [Argument]) {
        self.statement = statement
        self.arguments = arguments
    }

    var mode: TransactionMode { .readOnly }
    var statements: [Statement] { [statement] }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        let results = try transaction.finish(with: [Query(statement, arguments.map { $0.value(in: call) })])
        guard let result = results.last, let body = result.withBytes(0, 0, { Array($0) }) else {
            throw Problem.notFound
        }
        var answer = Answer(status: call.endpoint.status, body: body)
        answer.tag = Self.tag(body, version: result.int(0, 1))
        return answer
    }

    /// The version, and a fingerprint of the bytes: a document also shows what its record's version does not count,
    /// such as the steps of a run.
    static func tag(_ body: [UInt8], version: Int?) -> EntityTag {
        let fingerprint = String(Fingerprint.of(body), radix: 16)
        return EntityTag(version.map { "\($0)-\(fingerprint)" } ?? fingerprint)
    }
}

import HTTP
import Postgres

/// A write: one function of Postgres's, whose answer is JSON that Postgres built, kept under the request's key.
struct Act: Work {
    /// `select body, version from traveler.answer($1, $2::integer, ...)`: $1 is the key, $2 the status, the arguments
    /// come from $3 on.
    let statement: Statement
    let arguments: [Argument]

    init(_ statement: Statement, _ arguments: [Argument]) {
        self.statement = statement
        self.arguments = arguments
    }

    var mode: TransactionMode { .readWrite }
    var statements: [Statement] { [statement] }
    var takesVersion: Bool { arguments.contains(where: \.isVersion) }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        let key = call.isDryRun ? nil : call.key
        let values = [Value(key), .int(call.endpoint.status)] + arguments.map { $0.value(in: call) }
        let results = try transaction.finish(with: [Query(statement, values)], commit: !call.isDryRun)
        guard let result = results.last, let body = result.withBytes(0, 0, { Array($0) }) else {
            throw Problem.notFound
        }
        var answer = Answer(status: call.endpoint.status, body: body)
        answer.tag = result.int(0, 1).map { EntityTag(String($0)) }
        return answer
    }
}

import HTTP
import Postgres

/// A read of rows that belong together and come whole: `{"items": [...]}`.
struct RowItems: Work {
    let statement: Statement
    let arguments: [Argument]
    /// A statement with the same arguments that has a row if the record exists; 404 if it has none.
    let existence: Statement?

    init(_ statement: Statement, _ arguments: [Argument] = [], existence: Statement? = nil) {
        self.statement = statement
        self.arguments = arguments
        self.existence = existence
    }

    var mode: TransactionMode { .readOnly }
    var statements: [Statement] { [statement] + (existence.map { [$0] } ?? []) }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        let values = arguments.map { $0.value(in: call) }
        var queries = [Query(statement, values)]
        if let existence { queries.append(Query(existence, values)) }
        let results = try transaction.finish(with: queries)
        if existence != nil, results.last?.rowCount == 0 { throw Problem.notFound }
        guard let result = results.first else { throw Problem.notFound }
        var json = JSONWriter(capacity: 512 + result.rowCount * 256)
        json.object { json in
            json.key("items")
            json.array { json in
                let writer = RowWriter(result)
                for row in 0..<result.rowCount { writer.write(result, row, into: &json) }
            }
        }
        return Answer(status: 200, body: json.bytes)
    }

    /// The shape of such an answer.
    static func shape(_ item: Schema) -> Schema { .object([.required("items", .array(item))]) }
}

import HTTP
import Postgres

/// The transaction history of one record (Y1), newest first. Chains have no gaps and begin at 1, so the last number
/// shown says whether there is more.
struct History: Work {
    /// $1 is the org, $2 the record, $3 the number before which to begin, $4 how many. No row: no such record.
    let statement: Statement

    static let parameters = [
        QueryParameter("before", .integer(1...Int.max), "Entries before this number in the chain."),
        QueryParameter.limit,
    ]

    static let shape: Schema = .named("History") {
        .object([
            .required(
                "items",
                .array(
                    .object([
                        .required("seq", .count, "The place in the record's chain, from 1."), .required("at", .time),
                        .required("table", .string), .required("row_id", .uuid),
                        .required("operation", .choice(["insert", "update", "delete"])),
                        .required("actor", .actor, "user:<id> or system:<job>."),
                        .required("actor_name", .nullable(.string)), .required("via", .string),
                        .required("role", .string), .required("request_id", .nullable(.string)),
                        .required("reason", .nullable(.string)), .required("transaction", .string),
                        .required("digest", .string, "SHA-256 of the entry before it and this one's bytes (Y2)."),
                        .required("before", .any), .required("after", .any),
                    ])
                )
            ),
            .required("next_cursor", .nullable(.string), "What to give as before= to go on; null at the beginning."),
        ])
    }

    var mode: TransactionMode { .readOnly }
    var statements: [Statement] { [statement] }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        let values: [Value] = [
            Argument.org.value(in: call), Argument.path("id").value(in: call), Argument.query("before").value(in: call),
            .int(call.query.integer("limit", default: 50)),
        ]
        let results = try transaction.finish(with: [Query(statement, values)])
        guard let result = results.last, result.rowCount > 0 else { throw Problem.notFound }
        var json = JSONWriter(capacity: 64 * 1024)
        json.object { json in
            json.key("items")
            result.withBytes(0, 0) { json.raw($0) } ?? json.raw("[]")
            json.key("next_cursor")
            if let last = result.int(0, 1), last > 1 { json.string(String(last)) } else { json.null() }
        }
        return Answer(status: 200, body: json.bytes)
    }

    /// The route of the history of one kind of record.
    static func endpoint(_ path: String, _ summary: String, tag: String, _ statement: Statement) -> Endpoint {
        Endpoint(
            .get,
            path,
            summary,
            tag: tag,
            query: parameters,
            response: shape,
            .work(History(statement: statement))
        )
    }
}

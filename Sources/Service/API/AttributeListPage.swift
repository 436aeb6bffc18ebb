import HTTP
import Postgres

/// A list that can be filtered and sorted by the org's own attributes too (F4): `attribute.KEY=value`, and
/// `sort=attribute.KEY` or, downwards, `sort=-attribute.KEY`.
///
/// Without either it is the plain list. Postgres says what is wrong with a key or a value, all of them at once.
struct AttributeListPage: Work {
    static let prefix = "attribute."

    let plain: ListPage
    /// $1 to $4 are the org, how many rows, and the value and number after which to go on; then the filters of the
    /// plain list, the attributes wanted as an object of texts, the key to sort by and whether downwards. Its rows are
    /// those of the plain list, with the value and the number last.
    let statement: Statement

    /// The parameters of the query of a route that does this.
    var parameters: [QueryParameter] {
        let family = QueryParameter(
            Self.prefix + "KEY",
            .text(1...10_000),
            "Records that have this value of the searchable attribute KEY, or have it among its values (F4)."
        )
        return plain.parameters.map { parameter in
            guard parameter.name == "sort", case .choice(let names) = parameter.kind else { return parameter }
            var sort = parameter
            sort.kind = .order(names)
            sort.meaning = "The order; attribute.KEY and -attribute.KEY list the records that have a value by it (F4)."
            return sort
        } + [family]
    }

    var mode: TransactionMode { .readOnly }
    var statements: [Statement] { plain.statements + [statement] }
    var preamble: [Query] { plain.preamble }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        let wanted = call.query.family(Self.prefix)
        let sort = call.query["sort"] ?? plain.sorts[0].name
        let isDown = sort.hasPrefix("-")
        let order = isDown ? sort.dropFirst() : sort[...]
        let key = order.hasPrefix(Self.prefix) ? String(order.dropFirst(Self.prefix.count)) : nil
        guard !wanted.isEmpty || key != nil else { return try plain.perform(call, in: transaction) }
        let limit = call.query.integer("limit", default: 50)
        let page = ListPage.Sort(name: sort, statement: statement, key: [.text, .integer])
        let after = try page.after(call)
        var object = JSONWriter()
        object.object { json in
            for (name, value) in wanted {
                json.key(name)
                json.string(value)
            }
        }
        let values: [Value] =
            [Argument.org.value(in: call), .int(limit + 1), Value(after?[0]), Value(after?[1])]
            + plain.filters.map { Value(call.query[$0.name]) }
            + [.bytes(object.bytes), Value(key), .text(isDown ? "true" : "false")]
        let results = try transaction.finish(with: [Query(statement, values)])
        guard let result = results.last else { throw Problem.notFound }
        return Answer(status: 200, body: ListPage.body(result, page, limit))
    }
}

import HTTP
import Postgres

/// A list that can be filtered and sorted by the org's own attributes too (F4): `attribute.KEY=value` and what else
/// `AttributeFilter` takes, and `sort=attribute.KEY` or, downwards, `sort=-attribute.KEY`.
///
/// Without any of it, it is the plain list. Postgres finds the ids of the page; its rows are those of the plain list.
struct AttributeListPage: Work {
    private static let genericPlan = Statement("generic_plan", "set local plan_cache_mode = force_generic_plan")

    let plain: ListPage
    /// $1 to $5 are the org, how many rows, and the value, number and id after which to go on; then the attributes wanted as
    /// an object of texts, the key to sort by, whether downwards, and the filters of the plain list as an object. Its rows
    /// are those of the plain list, with the value, number and id last.
    ///
    /// It is planned once for all: the ids of a page, each looked up.
    let statement: Statement

    /// The parameters of the query of a route that does this.
    var parameters: [QueryParameter] {
        let names = plain.sorts.map(\.name)
        let meaning = "The order; attribute.KEY and -attribute.KEY list the records that have a value by it (F4)."
        let sort = QueryParameter("sort", .order(names), meaning, standard: names.first)
        let rest = plain.parameters.dropFirst(plain.filters.count).filter { $0.name != "sort" }
        return plain.filters + [sort] + rest + AttributeFilter.parameters
    }

    var mode: TransactionMode { .readOnly }
    var statements: [Statement] { plain.statements + [statement, Self.genericPlan] }
    var preamble: [Query] { plain.preamble }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        let wanted = AttributeFilter.wanted(call)
        let sort = call.query["sort"] ?? plain.sorts[0].name
        let isDown = sort.hasPrefix("-")
        let order = isDown ? sort.dropFirst() : sort[...]
        let prefix = AttributeFilter.prefix
        let key = order.hasPrefix(prefix) ? String(order.dropFirst(prefix.count)) : nil
        if wanted == .null, key == nil { return try plain.perform(call, in: transaction) }
        let limit = call.query.integer("limit", default: 50)
        let page = ListPage.Sort(name: sort, statement: statement, key: [.text, .integer, .uuid])
        let after = try page.after(call)
        let filters = plain.filters.compactMap { filter in
            call.query[filter.name].map { (name: filter.name, value: $0) }
        }
        let values: [Value] =
            [Argument.org.value(in: call), .int(limit + 1)] + page.key.indices.map { Value(after?[$0]) }
            + [
                wanted == .null ? AttributeFilter.object([]) : wanted, Value(key), .text(isDown ? "true" : "false"),
                AttributeFilter.object(filters),
            ]
        let results = try transaction.finish(with: [Query(Self.genericPlan), Query(statement, values)])
        guard let result = results.last else { throw Problem.notFound }
        return Answer(status: 200, body: ListPage.body(result, page, limit))
    }
}

import HTTP
import Postgres

/// A read of a page of a list, ordered and continued by a unique key (never by an offset: rows that come and go
/// meanwhile make no row show twice or not at all).
struct ListPage: Work {
    /// One order of a list.
    struct Sort: Sendable {
        /// What `sort=` calls it.
        var name: String
        /// $1 is the org, $2 how many rows, then the parts of the key after which to go on (NULL for the beginning),
        /// then the filters. The last columns of its rows are the key and not shown.
        var statement: Statement
        var key: [Cursor.Part]

        /// The key after which the call's cursor goes on; nil at the beginning.
        func after(_ call: Call) throws(Problem) -> [String]? {
            guard let text = call.query["cursor"] else { return nil }
            guard let cursor = Cursor(text, sort: name, parts: key) else {
                let detail = "This is not a next_cursor of this list in this order."
                throw .input(.query("cursor"), "cursor_invalid", detail)
            }
            return cursor.key
        }
    }

    private static let customPlan = Statement("custom_plan", "set local plan_cache_mode = force_custom_plan")

    /// The first is the one without `sort=`.
    let sorts: [Sort]
    let filters: [QueryParameter]
    /// Of a list of what belongs to one record: a statement of the org and the record's id that has a row if it exists.
    /// The id follows the filters.
    let owner: Statement?
    /// Whether the org's own attributes filter it, too: what is asked of them follows the filters as an object, or NULL.
    let byAttributes: Bool

    init(_ sorts: [Sort], filters: [QueryParameter] = [], owner: Statement? = nil, byAttributes: Bool = false) {
        self.sorts = sorts
        self.filters = filters
        self.owner = owner
        self.byAttributes = byAttributes
    }

    /// The parameters of the query of a route that does this.
    var parameters: [QueryParameter] {
        let names = sorts.map(\.name)
        let sort = QueryParameter("sort", .choice(names), "The order.", standard: names.first)
        return filters + (sorts.count > 1 ? [sort] : []) + [.limit, .cursor]
            + (byAttributes ? AttributeFilter.parameters : [])
    }

    var mode: TransactionMode { .readOnly }
    var statements: [Statement] { sorts.map(\.statement) + [Self.customPlan] + (owner.map { [$0] } ?? []) }
    /// Which filters are given decides the plan, so each page is planned for its own.
    var preamble: [Query] { [Query(Self.customPlan)] }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        let sort = sorts.first { $0.name == call.query["sort"] } ?? sorts[0]
        let limit = call.query.integer("limit", default: 50)
        let after = try sort.after(call)
        let org = Argument.org.value(in: call)
        let id = owner == nil ? [] : [Argument.path("id").value(in: call)]
        let values: [Value] =
            [org, .int(limit + 1)] + sort.key.indices.map { Value(after?[$0]) }
            + filters.map { Value(call.query[$0.name]) }
            + (byAttributes ? [AttributeFilter.wanted(call)] : []) + id
        var queries = [Query(sort.statement, values)]
        if let owner { queries.append(Query(owner, [org] + id)) }
        let results = try transaction.finish(with: queries)
        if owner != nil, results.last?.rowCount == 0 { throw Problem.notFound }
        guard let result = results.dropLast(owner == nil ? 0 : 1).last else { throw Problem.notFound }
        return Answer(status: 200, body: Self.body(result, sort, limit))
    }

    /// The rows as a page, the key of the last one shown as its cursor.
    static func body(_ result: QueryResult, _ sort: Sort, _ limit: Int) -> [UInt8] {
        let rows = min(result.rowCount, limit)
        var json = JSONWriter(capacity: 512 + rows * 512)
        json.beginObject()
        json.key("items")
        json.beginArray()
        let writer = RowWriter(result, hidden: sort.key.count)
        for row in 0..<rows { writer.write(result, row, into: &json) }
        json.endArray()
        json.key("next_cursor")
        if result.rowCount > limit {
            let first = result.columnCount - sort.key.count
            let key = sort.key.indices.map { result.string(rows - 1, first + $0) ?? "" }
            json.string(Cursor(sort: sort.name, key: key).text)
        } else {
            json.null()
        }
        json.endObject()
        return json.bytes
    }

    /// The shape of a page of such items.
    static func shape(_ item: Schema) -> Schema {
        .object([.required("items", .array(item)), .required("next_cursor", .nullable(.string))])
    }
}

import HTTP
import Postgres
import Scheduling

/// When batches, assemblies, work centers and the org are planned: what is in them, added up (H2).
enum Rollups {
    private static func value(_ name: String, _ meaning: String) -> [Schema.Member] {
        [
            .required("effective_\(name)", .nullable(.time), meaning),
            .required(
                "effective_\(name)_from",
                .nullable(.choice(["explicit", "steps"])),
                "Whether it was said, or follows."
            ),
            .required("effective_\(name)_id", .nullable(.uuid), "Of which run it is; at a work center, of which step."),
        ]
    }

    private static let members: [Schema.Member] =
        value("start", "The earliest of what is in it; canceled runs and steps don't count (H1).")
        + value("end", "The latest of what is in it.") + [
            .required("due_at", .nullable(.time), "The first due date of what is not over."),
            .required("due_id", .nullable(.uuid)),
            .required("members", .count, "Its runs; of a work center its open steps."),
            .required("completed", .count), .required("canceled", .count),
            .required("begun", .count, "Live ones on which work has begun."),
            .required("started_at", .nullable(.time), "When work really began on the first that isn't canceled."),
            .required("completed_at", .nullable(.time), "When the last was completed; null while something is left."),
            .required("unscheduled", .count, "Live ones for which nothing is planned."),
            .required("late", .count, "Past their due date, or planned to be (H4)."),
        ]

    static let shape: Schema = .named("Rollup") { .object(members) }

    static let endpoint = Endpoint(
        .get,
        "/v1/rollups",
        "When each batch, assembly (a run with all that it waits for), work center or the org is planned (H2).",
        tag: Schedule.tag,
        query: [
            QueryParameter(
                "level",
                .choice(RollupStore.Level.allCases.map(\.rawValue)),
                "What is added up; batches, unless given."
            ),
            QueryParameter("id", .uuid, "Only this batch, run, work center or org."),
            .limit, .cursor,
        ],
        response: ListPage.shape(
            .named("RolledUp") {
                .object(
                    [
                        .required("id", .uuid), .required("number", .nullable(.count), "Of the batch or run."),
                        .required("title", .string),
                    ] + members
                )
            }
        ),
        refusals: [404],
        .work(RollupRead())
    )
}

/// The page of a level, or one group of it.
struct RollupRead: Work {
    private static let sort = "id"

    var mode: TransactionMode { .readOnly }
    var statements: [Statement] { [RollupStore.statement, RollupStore.orgStatement] }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        let level = call.query["level"].flatMap(RollupStore.Level.init) ?? .batch
        let limit = call.query.integer("limit", default: 50)
        var after: String?
        if let text = call.query["cursor"] {
            guard let cursor = Cursor(text, sort: Self.sort, parts: [.uuid]) else {
                throw Problem.input(.query("cursor"), "cursor_invalid", "This is no cursor of this list.")
            }
            after = cursor.key[0]
        }
        let id = call.query["id"]
        // One more tells whether there is another page.
        let query =
            level == .org
            ? RollupStore.orgQuery(id: id, after: after)
            : RollupStore.query(level, id: id, after: after, limit: limit + 1)
        guard let result = try transaction.finish(with: [query]).last else { throw Problem.notFound }
        let groups = level == .org ? RollupStore.org(result) : RollupStore.groups(result)
        if id != nil, groups.isEmpty { throw Problem.notFound }
        var json = JSONWriter(capacity: 64 + groups.count * 512)
        json.object { json in
            json.key("items")
            json.array { json in
                for group in groups.prefix(limit) {
                    json.object { json in
                        json.key("id")
                        json.string(group.id)
                        json.key("number")
                        if let number = group.number { json.number(number) } else { json.null() }
                        json.key("title")
                        json.string(group.title)
                        group.rollup.write(into: &json)
                    }
                }
            }
            json.key("next_cursor")
            if groups.count > limit {
                json.string(Cursor(sort: Self.sort, key: [groups[limit - 1].id]).text)
            } else {
                json.null()
            }
        }
        return Answer(status: 200, body: json.bytes)
    }
}

/// A batch, as Postgres tells it, with when it is planned.
struct BatchRead: Work {
    let document: Document

    var mode: TransactionMode { .readOnly }
    var statements: [Statement] { document.statements + [RollupStore.statement] }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        let queries = [
            Query(document.statement, document.arguments.map { $0.value(in: call) }),
            RollupStore.query(.batch, id: call.path("id"), after: nil, limit: 1),
        ]
        let results = try transaction.finish(with: queries)
        guard results.count >= 2, let body = results[results.count - 2].withBytes(0, 0, { Array($0) }),
            let group = RollupStore.groups(results[results.count - 1]).first
        else { throw Problem.notFound }
        var json = JSONWriter(capacity: 512)
        json.object { group.rollup.write(into: &$0) }
        // Both are objects: the one is put into the other.
        let whole = Array(body.dropLast()) + Array(#","schedule":"#.utf8) + json.bytes + Array("}".utf8)
        var answer = Answer(status: call.endpoint.status, body: whole)
        answer.tag = Document.tag(whole, version: results[results.count - 2].int(0, 1))
        return answer
    }
}

extension Rollup {
    fileprivate func write(into json: inout JSONWriter) {
        for (name, value) in [("start", start), ("end", end)] {
            json.key("effective_" + name)
            if let value { json.string(Self.text(value.at)) } else { json.null() }
            json.key("effective_" + name + "_from")
            if let value { json.string(value.isSaid ? "explicit" : "steps") } else { json.null() }
            json.key("effective_" + name + "_id")
            if let value { json.string(value.id) } else { json.null() }
        }
        json.key("due_at")
        if let due { json.string(Self.text(due.at)) } else { json.null() }
        json.key("due_id")
        if let due { json.string(due.id) } else { json.null() }
        for (name, count) in [
            ("members", members), ("completed", completed), ("canceled", canceled), ("begun", begun),
            ("unscheduled", unscheduled), ("late", late),
        ] {
            json.key(name)
            json.number(count)
        }
        for (name, time) in [("started_at", began), ("completed_at", over)] {
            json.key(name)
            if let time { json.string(Self.text(time)) } else { json.null() }
        }
    }
}

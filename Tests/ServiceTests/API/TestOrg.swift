import Postgres
import Testing

@testable import Service

/// An org with users, and the few records that most tests need.
final class TestOrg {
    let api: ServedAPI
    let slug: String
    /// Acts as the org's admin.
    let admin: APIClient
    static let password = "correct horse battery"

    init(_ api: ServedAPI) throws {
        self.api = api
        slug = "o\(UInt32.random(in: 0...UInt32.max))"
        let migrator = try api.connect(as: "traveler_migrator")
        _ = try migrator.execute(
            Query(Statement("test_org", "select traveler.create_org($1, $1)"), [.text(slug)])
        )
        admin = APIClient(port: api.port, token: try Self.token(migrator, slug, "admin"))
    }

    /// A client that acts as a new user with a role.
    func user(_ role: String) throws -> APIClient {
        APIClient(port: api.port, token: try Self.token(api.connect(as: "traveler_migrator"), slug, role))
    }

    private static func token(_ migrator: Connection, _ slug: String, _ role: String) throws -> String {
        let email = "\(role)@\(slug).test"
        _ = try migrator.execute(
            Query(
                Statement("test_user", "select traveler.create_user($1, $2, $3, $4, $5)"),
                [.text(slug), .text(email), .text("The \(role)"), .text(role), .text(password)]
            )
        )
        let result = try migrator.execute(
            Query(Statement("test_token", "select traveler.create_token($1, $2, 'test')"), [.text(slug), .text(email)])
        )
        return try #require(result.string(0, 0))
    }

    /// How many entries the history of the org has: what nothing changed by leaves as it is.
    func historyCount() throws -> Int {
        let statement = Statement(
            "test_history_count",
            """
            select count(*) from traveler.transaction_history h
            join traveler.org o on o.org_id = h.org_id where o.slug = $1
            """
        )
        return try #require(try api.connect().execute(Query(statement, [.text(slug)])).int(0, 0))
    }

    func part(_ number: String = "P-1", tracking: String = "none") throws -> String {
        let answer = try admin.post(
            "/v1/parts",
            #"{"part_number":"\#(number)","name":"Part \#(number)","tracking":"\#(tracking)"}"#
        )
        try #require(answer.status == 201, "\(answer.text)")
        return answer.id
    }

    /// A released procedure that builds a part, with steps after one another.
    func procedure(_ steps: Int = 2, part: String? = nil) throws -> String {
        let part = try part ?? self.part("P-\(UInt32.random(in: 0...UInt32.max))")
        let list = (0..<steps).map { step in
            #"{"key":"\#(step)","title":"Step \#(step)"\#(step > 0 ? #","after":["\#(step - 1)"]"# : "")}"#
        }
        let draft = try admin.post(
            "/v1/procedures",
            #"{"title":"Build it","part_id":"\#(part)","steps":[\#(list.joined(separator: ","))]}"#
        )
        try #require(draft.status == 201, "\(draft.text)")
        try #require(try admin.post("/v1/procedures/\(draft.id)/release").status == 200)
        return draft.id
    }

    /// A run, as it is answered.
    func run(_ procedure: String) throws -> APIClient.Answer {
        let answer = try admin.post("/v1/runs", #"{"procedure_id":"\#(procedure)"}"#)
        try #require(answer.status == 201, "\(answer.text)")
        return answer
    }

    /// The ids of a run's steps in their order.
    static func steps(_ run: APIClient.Answer) -> [String] {
        (run.json["steps"]?.elements ?? []).compactMap { $0["id"]?.text }
    }
}

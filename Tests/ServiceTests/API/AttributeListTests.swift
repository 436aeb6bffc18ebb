import HTTP
import Testing

@testable import Service

/// A list that is asked for attributes finds by its own filters what it finds by them alone (F4): a filter stands in the
/// plain list's statement and in `traveler_private.list_filter`.
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct AttributeListTests {
    private static let lists = [
        "run": "runs", "issue": "issues", "part_inventory": "inventory", "procedure": "procedures",
    ]

    /// An org with records of each kind, of which all have the attribute "mark" and none is like the others.
    private struct World {
        let admin: APIClient
        /// What filters are given that are no member of what they list.
        var others: [String: [String]] = [:]

        init() throws {
            let org = try #require(ServedAPI.shared).org()
            admin = org.admin
            for record in lists.keys {
                let mark = #""key":"mark","label":"Mark","type":"text","searchable":true,"default_value":"x""#
                #expect(try admin.post("/v1/attribute-definitions", #"{"record":"\#(record)",\#(mark)}"#).status == 201)
            }
            let me = try #require(try admin.get("/v1/me").json["user_id"]?.text)
            let shelf = try made("/v1/locations", #"{"name":"Shelf"}"#).id
            let glue = try org.part("GLUE", tracking: "lot")
            let wheel = try org.part("WHEEL", tracking: "serial")
            let line = #"{"part_id":"\#(glue)","quantity_per_unit":"1"}"#
            let mbom = try made("/v1/parts/\(wheel)/mboms", #"{"lines":[\#(line)]}"#).id
            try made("/v1/mboms/\(mbom)/release", nil)
            let procedure = try org.procedure(1, part: wheel)
            try made("/v1/procedures", #"{"title":"Glue it","standard":true,"steps":[{"title":"Glue"}]}"#)
            try made("/v1/procedures/\(procedure)/new-version", nil)
            let run = try made("/v1/runs", #"{"procedure_id":"\#(procedure)","title":"Front"}"#)
            try made("/v1/steps/\(TestOrg.steps(run)[0])/start", nil)
            try made("/v1/runs/\(run.id)/assignment", #"{"user_ids":["\#(me)"]}"#, "PUT")
            try made("/v1/runs", #"{"part_id":"\#(glue)","quantity":"2","title":"Rear"}"#)
            let lot = try made("/v1/inventory", #"{"part_id":"\#(glue)","quantity":"5","lot_number":"L1"}"#).id
            try made("/v1/inventory", #"{"part_id":"\#(wheel)","serial_number":"W1","location_id":"\#(shelf)"}"#)
            try made("/v1/inventory/\(lot)/reserve", #"{"run_id":"\#(run.id)","kit_name":"Kit"}"#)
            let about = #""run_id":"\#(run.id)","part_inventory_ids":["\#(lot)"],"assigned_to":"\#(me)""#
            let torn = try made("/v1/issues", #"{"title":"Torn","description":"At its edge",\#(about)}"#).id
            let type = #"{"name":"Usable","availability":"available_immediately"}"#
            let disposition = try made("/v1/disposition-types", type).id
            try made("/v1/issues/\(torn)/dispose", #"{"disposition_type_id":"\#(disposition)"}"#)
            for act in ["start", "submit", "resolve"] { try made("/v1/issues/\(torn)/\(act)", nil) }
            try made("/v1/issues", #"{"title":"Bent"}"#)
            others = [
                "runs search": ["fro", "1"], "runs assigned_to": [me], "issues search": ["EDGE", "ent"],
                "issues open": ["true", "false"], "issues part_inventory_id": [lot],
            ]
        }

        /// Makes something, or does something to it.
        @discardableResult
        func made(_ path: String, _ body: String?, _ method: String = "POST") throws -> APIClient.Answer {
            let answer = try admin.send(method, path, body: body.map { Array($0.utf8) })
            try #require(answer.status < 300, "\(path): \(answer.text)")
            return answer
        }

        func ids(_ path: String) throws -> [String] {
            let answer = try admin.get(path)
            try #require(answer.status == 200, "\(path): \(answer.text)")
            return answer.items.compactMap { $0["id"]?.text }.sorted()
        }
    }

    @Test func aFilterFindsTheSameBesideAnAttribute() throws {
        let world = try World()
        for list in Self.lists.values {
            let path = "/v1/\(list)"
            let items = try world.admin.get(path).items
            let endpoint = try #require(API.endpoints.first { $0.method == .get && $0.path == path })
            let filters = endpoint.query.map(\.name).filter { !$0.hasPrefix("attribute.") }
            for filter in filters where !["sort", "limit", "cursor"].contains(filter) {
                let shown = items.compactMap { item in
                    if case .boolean(let flag) = item[filter] { flag ? "true" : "false" } else { item[filter]?.text }
                }
                let given = world.others["\(list) \(filter)"] ?? Array(Set(shown))
                var found: Set<[String]> = []
                for value in given {
                    let plain = try world.ids("\(path)?\(filter)=\(value)")
                    let beside = try world.ids("\(path)?\(filter)=\(value)&attribute.mark=x")
                    #expect(beside == plain, "\(list) by \(filter)")
                    found.insert(plain)
                }
                let tells = found.contains { !$0.isEmpty && $0.count < items.count }
                #expect(tells, "\(list) by \(filter): some are found, and not all")
            }
        }
    }
}

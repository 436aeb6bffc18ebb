import Testing

@testable import Service

/// What labor adds up to: by step, run, user, work center and day, of what is asked for (L4).
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct LaborTotalsTests {
    /// Two runs of a step at a bench, which has a rate, and one at no work center: a technician and an admin worked on
    /// them for four hours and three quarters, on two days.
    private final class Floor {
        let admin: APIClient
        let technician: APIClient
        let bench: String
        let runs: [APIClient.Answer]

        init(_ org: TestOrg) throws {
            admin = org.admin
            technician = try org.user("technician")
            bench = try admin.post("/v1/locations", #"{"name":"Bench"}"#).id
            let rate = #"{"location_id":"\#(bench)","hourly_rate":"36","valid_from":"2026-01-01T00:00:00Z"}"#
            #expect(try admin.post("/v1/labor-rates", rate).status == 201)
            let steps = #"[{"title":"A","location_id":"\#(bench)"},{"title":"B"}]"#
            let part = try org.part()
            let procedure = try admin.post(
                "/v1/procedures",
                #"{"title":"Labor","part_id":"\#(part)","steps":\#(steps)}"#
            ).id
            #expect(try admin.post("/v1/procedures/\(procedure)/release").status == 200)
            runs = try [org.run(procedure), org.run(procedure)]
            try work(technician, step(0, 0), "2026-03-01T22:00:00Z", "2026-03-02T01:00:00Z")
            try work(admin, step(0, 0), "2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z", "check-in")
            try work(technician, step(0, 1), "2026-03-02T08:30:00Z", "2026-03-02T09:00:00Z")
            try work(technician, step(1, 0), "2026-03-02T08:00:00Z", "2026-03-02T08:15:00Z")
        }

        func step(_ run: Int, _ step: Int) -> String { TestOrg.steps(runs[run])[step] }

        /// Someone's session on a step, whose times are set afterwards.
        private func work(
            _ client: APIClient,
            _ step: String,
            _ from: String,
            _ to: String,
            _ act: String = "start"
        ) throws {
            let start = try client.post("/v1/steps/\(step)/\(act)")
            try #require([200, 201].contains(start.status), "\(start.text)")
            let open = try admin.get("/v1/sessions?run_step_id=\(step)&open=true").items
            let id = try #require(open.first?["id"]?.text)
            let times = #"{"started_at":"\#(from)","ended_at":"\#(to)"}"#
            let edit = try admin.send("PATCH", "/v1/sessions/\(id)", body: Array(times.utf8))
            try #require(edit.status == 200, "\(edit.text)")
        }

        /// Each total as `name seconds unrated cost`, in the order of the names.
        func totals(_ query: String, _ names: [String: String] = [:]) throws -> [String] {
            try admin.get("/v1/labor?\(query)").items.map { total in
                let id = total["id"]?.text ?? total["day"]?.text ?? "-"
                let numbers = [total["seconds"]?.digits, total["unrated_seconds"]?.digits, total["cost"]?.text]
                return ([names[id] ?? id] + numbers.map { $0 ?? "?" }).joined(separator: " ")
            }.sorted()
        }
    }

    @Test func laborAddsUpByEachOfWhatItIsOf() throws {
        let floor = try Floor(try #require(ServedAPI.shared).org())
        #expect(try floor.totals("run_id=\(floor.runs[0].id)") == ["- 16200 1800 144"])
        #expect(try floor.totals("") == ["- 17100 1800 153"])
        let steps = [floor.step(0, 0): "A", floor.step(0, 1): "B", floor.step(1, 0): "A again"]
        #expect(try floor.totals("by=step", steps) == ["A 14400 0 144", "A again 900 0 9", "B 1800 1800 0"])
        let runs = [floor.runs[0].id: "one", floor.runs[1].id: "two"]
        #expect(try floor.totals("by=run", runs) == ["one 16200 1800 144", "two 900 0 9"])
        #expect(try floor.totals("by=location", [floor.bench: "bench"]) == ["- 1800 1800 0", "bench 15300 0 153"])
        #expect(try floor.totals("by=day") == ["2026-03-01 7200 0 72", "2026-03-02 9900 1800 81"])
        let technician = try #require(try floor.technician.get("/v1/me").json["user_id"]?.text)
        let users = try floor.totals("by=user", [technician: "technician"])
        #expect(users.count == 2 && users.contains("technician 13500 1800 117"))
        #expect(users.contains { $0.hasSuffix(" 3600 0 36") })
    }

    @Test func totalsAreOfWhatIsAskedFor() throws {
        let floor = try Floor(try #require(ServedAPI.shared).org())
        let technician = try #require(try floor.technician.get("/v1/me").json["user_id"]?.text)
        for (query, totals) in [
            ("from=2026-03-02T00:00:00Z", ["- 9900 1800 81"]), ("to=2026-03-02T00:00:00Z", ["- 7200 0 72"]),
            ("from=2026-03-01T23:59:59Z&to=2026-03-02T23:59:59Z", ["- 7200 0 72"]),
            ("run_id=\(floor.runs[1].id)", ["- 900 0 9"]), ("run_step_id=\(floor.step(0, 1))", ["- 1800 1800 0"]),
            ("user_id=\(technician)", ["- 13500 1800 117"]), ("location_id=\(floor.bench)", ["- 15300 0 153"]),
            ("user_id=\(technician)&location_id=\(floor.bench)&from=2026-03-02T00:00:00Z", ["- 4500 0 45"]),
        ] {
            #expect(try floor.totals(query) == totals, "\(query)")
        }
        let stranger = try #require(ServedAPI.shared).org()
        #expect(try stranger.admin.get("/v1/labor?by=step").items.isEmpty)
    }
}

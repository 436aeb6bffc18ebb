import Postgres
import Testing

@testable import Service

/// Refused acts are kept: who, what, which rule (law 12 of the house).
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct RefusalsTests {
    private func codes(_ org: TestOrg, _ query: String = "") throws -> [String] {
        try org.admin.get("/v1/refusals?limit=200\(query)").items.compactMap { $0["code"]?.text }
    }

    @Test func aRefusedActIsKeptAndListed() throws {
        let org = try #require(ServedAPI.shared).org()
        let run = try org.run(try org.procedure(2))
        let steps = TestOrg.steps(run)
        let technician = try org.user("technician")
        let refused = try technician.post("/v1/steps/\(steps[1])/start")
        #expect(refused.status == 409)
        let item = try #require(try org.admin.get("/v1/refusals").items.first)
        #expect(item["user_name"]?.text == "The technician" && item["status"]?.digits == "409")
        #expect(item["method"]?.text == "POST" && item["route"]?.text == "/v1/steps/{id}/start")
        #expect(item["code"]?.text == refused.code && item["rule"] == refused.json["rule"])
        #expect(item["message"] == refused.json["detail"])
        #expect(item["request_id"]?.text == refused.headers["x-request-id"])
        #expect(item["run_id"]?.text == run.id && item["run_step_id"]?.text == steps[1])
        #expect(try technician.post("/v1/steps/start", #"{"ids":["\#(steps[1])","\#(steps[0])"]}"#).status == 409)
        let many = try #require(try org.admin.get("/v1/refusals?limit=1").items.first)
        #expect(many["subject_ids"]?.elements?.count == 2 && many["run_id"]?.text == run.id)
    }

    @Test func eachKindOfRefusalByARuleIsKeptAndNothingElse() throws {
        let org = try #require(ServedAPI.shared).org()
        let part = try org.part("A")
        let (viewer, admin) = (try org.user("viewer"), org.admin)
        let kept: [(APIClient.Answer, Int)] = [
            (try viewer.post("/v1/parts", #"{"part_number":"B","name":"x"}"#), 403),
            (try admin.post("/v1/reasons", #"{"act":"hold","label":"L"}"#), 201),
            (try admin.send("PATCH", "/v1/parts/\(part)", body: Array("{}".utf8), headers: ["If-Match": "\"7\""]), 412),
            (try admin.post("/v1/runs/\(try org.run(try org.procedure(1)).id)/complete"), 409),
        ]
        for (answer, status) in kept { #expect(answer.status == status, "\(answer.text)") }
        #expect(try codes(org).count == 3)
        #expect(try codes(org, "&rule=T3") == ["permission_missing"])
        #expect(try codes(org, "&code=stale") == ["stale"])
        // Bad input, what is not there, reads and questions are no refused acts.
        for (answer, status) in [
            (try admin.post("/v1/parts", "{"), 400), (try admin.post("/v1/parts", "{}"), 422),
            (try admin.post("/v1/parts/\(part)/mboms/x", "{}"), 404), (try viewer.get("/v1/refusals"), 403),
            (try viewer.post("/v1/parts?dry_run=true", #"{"part_number":"B","name":"x"}"#), 403),
        ] { #expect(answer.status == status, "\(answer.text)") }
        #expect(try codes(org).count == 3)
    }

    @Test func whatAKeyRepeatsIsNotKeptAgain() throws {
        let org = try #require(ServedAPI.shared).org()
        let key = ["Idempotency-Key": "k"], body = #"{"part_number":"A","name":"x"}"#
        for _ in 0..<3 { #expect(try org.admin.post("/v1/parts", body, key).status == 201) }
        #expect(try org.admin.post("/v1/locations", #"{"name":"L"}"#, key).status == 422)
        #expect(try codes(org).isEmpty)
    }

    @Test func theListIsPagedAndFiltered() throws {
        let org = try #require(ServedAPI.shared).org()
        let run = try org.run(try org.procedure(2))
        let viewer = try org.user("viewer")
        let step = TestOrg.steps(run)[1]
        for _ in 0..<5 { #expect(try viewer.post("/v1/steps/\(step)/start").status == 403) }
        for _ in 0..<2 { #expect(try org.admin.post("/v1/steps/\(step)/start").status == 409) }
        var (ids, path) = ([String](), "/v1/refusals?limit=3")
        for _ in 0..<4 {
            let page = try org.admin.get(path)
            ids += page.items.compactMap { $0["id"]?.text }
            guard let cursor = page.json["next_cursor"]?.text else { break }
            path = "/v1/refusals?limit=3&cursor=\(cursor)"
        }
        #expect(ids.count == 7 && Set(ids).count == 7 && ids == ids.sorted(by: >))
        let user = try #require(try org.admin.get("/v1/refusals?rule=T3&limit=1").items.first?["user_id"]?.text)
        #expect(try codes(org, "&user_id=\(user)").count == 5)
        #expect(try codes(org, "&run_id=\(run.id)").count == 7)
        #expect(try codes(org, "&run_id=\(run.id)&rule=A1&to=9000-01-01T00:00:00Z").count == 2)
        #expect(try codes(org, "&from=9000-01-01T00:00:00Z").isEmpty)
        #expect(try codes(org, "&to=2026-01-01T00:00:00Z").isEmpty)
        #expect(try org.admin.get("/v1/refusals?cursor=x").status == 422)
    }

    @Test func whoMayNotReadThemIsTold() throws {
        let api = try #require(ServedAPI.shared)
        let org = try api.org()
        _ = try org.user("viewer").post("/v1/parts", #"{"part_number":"B","name":"x"}"#)
        let answer = try org.user("technician").get("/v1/refusals")
        #expect(answer.status == 403 && answer.json["permission"]?.text == "refusal.read")
        #expect(try org.user("quality").get("/v1/refusals").items.count == 1)
        #expect(try api.org().admin.get("/v1/refusals").items.isEmpty)
    }

    @Test func aLoopIsToldEachTimeAndFillsNothing() throws {
        let org = try #require(ServedAPI.shared).org()
        let viewer = try org.user("viewer")
        for _ in 0..<150 { #expect(try viewer.post("/v1/parts", #"{"part_number":"B","name":"x"}"#).status == 403) }
        let first = try codes(org).count
        #expect((100..<150).contains(first))
        let metrics = try org.admin.get("/metrics").text
        #expect(metrics.contains(#"traveler_refusals_total{outcome="kept"}"#))
        #expect(!metrics.contains(#"traveler_refusals_total{outcome="dropped"} 0\#n"#))
    }

    @Test func aNoteThatFailsChangesNoAnswer() throws {
        let api = try #require(ServedAPI.shared)
        let org = try api.org()
        let viewer = try org.user("viewer")
        let id = try #require(org.admin.token).split(separator: "_")[1]
        try api.connect().script(
            "alter table traveler.refusal add constraint broken check (org_id <> '\(id)'::uuid) not valid"
        )
        let answer = try viewer.post("/v1/parts", #"{"part_number":"B","name":"x"}"#)
        try api.connect().script("alter table traveler.refusal drop constraint broken")
        #expect(answer.status == 403 && answer.code == "permission_missing")
        #expect(try codes(org).isEmpty)
        #expect(try viewer.post("/v1/parts", #"{"part_number":"B","name":"x"}"#).status == 403)
        #expect(try codes(org).count == 1)
        #expect(try org.admin.get("/metrics").text.contains(#"traveler_refusals_total{outcome="failed"} 1"#))
    }
}

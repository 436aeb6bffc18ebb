import HTTP
import Testing

@testable import Service

/// Safe retries and dry runs.
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct RepetitionTests {
    @Test func theSameKeyAndBodyIsDoneOnceAndAnsweredByTheSameBytes() throws {
        let org = try #require(ServedAPI.shared).org()
        let body = #"{"part_number":"A","name":"x"}"#, key = ["Idempotency-Key": "k-1"]
        let first = try org.admin.post("/v1/parts", body, key)
        #expect(first.status == 201)
        let before = try org.historyCount()
        // What the answer said stays said, whatever became of the record since.
        _ = try org.admin.send("PATCH", "/v1/parts/\(first.id)", body: Array(#"{"name":"y"}"#.utf8))
        for _ in 0..<3 {
            let again = try org.admin.post("/v1/parts", body, key)
            #expect(again.status == 201 && again.body == first.body && again.headers["etag"] == first.headers["etag"])
            #expect(again.headers["traveler-replayed"] == "true")
        }
        #expect(try org.historyCount() == before + 1)
    }

    @Test func aKeyIsForOneRequest() throws {
        let org = try #require(ServedAPI.shared).org()
        let key = ["Idempotency-Key": "k-1"]
        #expect(try org.admin.post("/v1/parts", #"{"part_number":"A","name":"x"}"#, key).status == 201)
        let before = try org.historyCount()
        let others = [("/v1/parts", #"{"part_number":"B","name":"x"}"#), ("/v1/locations", #"{"name":"L"}"#)]
        for (path, body) in others {
            let answer = try org.admin.post(path, body, key)
            #expect(answer.status == 422 && answer.code == "idempotency_key_reused", "\(answer.text)")
        }
        #expect(try org.historyCount() == before)
        let other = try org.user("engineer")
        #expect(try other.post("/v1/parts", #"{"part_number":"B","name":"x"}"#, key).status == 201)
    }

    @Test func aRefusalTakesNoKey() throws {
        let org = try #require(ServedAPI.shared).org()
        _ = try org.part("A")
        let key = ["Idempotency-Key": "k-1"]
        #expect(try org.admin.post("/v1/parts", #"{"part_number":"A","name":"x"}"#, key).status == 409)
        #expect(try org.admin.post("/v1/parts", #"{"part_number":"B","name":"x"}"#, key).status == 201)
    }

    @Test func manyAtOnceWithOneKeyAreDoneOnce() throws {
        let org = try #require(ServedAPI.shared).org()
        let procedure = try org.procedure(1)
        let (port, token) = (org.api.port, org.admin.token)
        let answers = Lock<[[UInt8]]>([])
        let threads = (0..<8).map { _ in
            WorkThread {
                let client = APIClient(port: port, token: token)
                let answer = try? client.post(
                    "/v1/runs",
                    #"{"procedure_id":"\#(procedure)"}"#,
                    ["Idempotency-Key": "k"]
                )
                guard let answer, answer.status == 201 else {
                    Issue.record("\(answer?.text ?? "no answer")")
                    return
                }
                answers.withLock { $0.append(answer.body) }
            }
        }
        for thread in threads { thread.join() }
        let bodies = answers.withLock { $0 }
        #expect(bodies.count == 8 && Set(bodies).count == 1)
        #expect(try org.admin.get("/v1/runs").items.count == 1)
    }

    @Test func anActOnAStepIsReplayedToo() throws {
        let org = try #require(ServedAPI.shared).org()
        let step = try #require(TestOrg.steps(try org.run(try org.procedure(1))).first)
        let key = ["Idempotency-Key": "k"]
        let first = try org.admin.post("/v1/steps/\(step)/start", nil, key)
        #expect(first.status == 200)
        #expect(try org.admin.post("/v1/steps/\(step)/start").status == 409)
        #expect(try org.admin.post("/v1/steps/\(step)/start", nil, key).body == first.body)
    }

    @Test func aDryRunSaysWhatWouldComeOfItAndChangesNothing() throws {
        let org = try #require(ServedAPI.shared).org()
        let procedure = try org.procedure(1), run = try org.run(procedure)
        let step = try #require(TestOrg.steps(run).first)
        let before = try org.historyCount()
        let start = try org.admin.post("/v1/steps/\(step)/start?dry_run=true", nil, ["Idempotency-Key": "k"])
        #expect(start.status == 200 && start.headers["traveler-dry-run"] == "true" && start.headers["etag"] == nil)
        #expect(start.json["steps"]?.elements?.first?["state"]?.text == "in_progress")
        let made = try org.admin.post("/v1/runs?dry_run=true", #"{"procedure_id":"\#(procedure)"}"#)
        #expect(made.status == 200 && made.headers["traveler-dry-run"] == "true")
        let refused = try org.admin.post("/v1/steps/\(step)/complete?dry_run=true")
        #expect(refused.status == 409, "a dry run refuses what the act would")
        #expect(try org.historyCount() == before)
        #expect(try org.admin.get("/v1/steps/\(step)").json["state"]?.text == "todo")
        #expect(try org.admin.get("/v1/runs/\(made.id)").status == 404)
        // The key of a dry run is still free.
        #expect(
            try org.admin.post("/v1/parts", #"{"part_number":"A","name":"x"}"#, ["Idempotency-Key": "k"]).status == 201
        )
    }

    @Test func everyWriteTakesADryRun() throws {
        for endpoint in API.routes where endpoint.writes && endpoint.access == .credential {
            #expect(endpoint.query.contains { $0.name == "dry_run" }, "\(endpoint.name)")
            // Bytes under their own path and number are the same when they come again.
            #expect(endpoint.takesKey || endpoint.takes == .bytes && endpoint.method == .put, "\(endpoint.name)")
        }
    }
}

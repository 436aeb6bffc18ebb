import Testing

@testable import Service

/// Rows of many runs over HTTP: one snapshot, one digest, one org's (E2, T1).
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct ExportRowsTests {
    @Test func theDigestIsThatOfTheBytes() throws {
        let org = try #require(ServedAPI.shared).org()
        let procedure = try org.procedure(3)
        for _ in 0..<4 { _ = try org.run(procedure) }
        for (kind, rows) in [("runs", 4), ("run-steps", 12), ("run-step-fields", 0), ("installations", 0)] {
            let lines = try org.admin.get("/v1/exports/\(kind)")
            #expect(lines.status == 200 && lines.headers["content-type"] == "application/x-ndjson")
            #expect(lines.text.split(separator: "\n").count == rows, "\(kind)")
            let table = try org.admin.get("/v1/exports/\(kind)?format=csv")
            #expect(table.text.split(separator: "\r\n").count == rows + 1, "\(kind)")
            for answer in [lines, table] {
                let digest = Base64.encode(SHA256.digest(answer.body))
                #expect(answer.headers["repr-digest"] == "sha-256=:\(digest):")
            }
        }
    }

    @Test func onlyTheOrgsOwnRowsAndThoseAskedFor() throws {
        let api = try #require(ServedAPI.shared)
        let (org, other) = (try api.org(), try api.org())
        let run = try org.run(try org.procedure(2))
        _ = try org.run(try org.procedure(2))
        _ = try other.run(try other.procedure(2))
        #expect(try org.admin.get("/v1/exports/run-steps").text.split(separator: "\n").count == 4)
        let one = try org.admin.get("/v1/exports/run-steps?run_id=\(run.id)")
        #expect(one.text.split(separator: "\n").count == 2)
        #expect(try other.admin.get("/v1/exports/run-steps?run_id=\(run.id)").body.isEmpty)
        #expect(try org.admin.get("/v1/exports/runs?status=complete").body.isEmpty)
        #expect(try org.admin.get("/v1/exports/runs?created_from=2999-01-01T00:00:00Z").body.isEmpty)
    }

    @Test func whatItDoesNotKnowIsRefused() throws {
        let org = try #require(ServedAPI.shared).org()
        #expect(try org.admin.get("/v1/exports/runs?format=xml").status == 422)
        #expect(try org.admin.get("/v1/exports/runs?run_id=7").status == 422)
        #expect(try org.admin.get("/v1/exports/runs?colour=red").status == 422)
        #expect(try org.api.stranger().get("/v1/exports/runs").status == 401)
        #expect(try org.admin.get("/v1/exports/walks").status == 404)
    }
}

extension Walk {
    /// The rows of what was walked, as files; and a part that comes in as one.
    func export() throws {
        try send("POST", "/v1/imports", #"{"kind":"parts","rows":[{"part_number":"IMPORTED","name":"Imported"}]}"#, 201)
        for rows in ["runs", "run-steps", "run-step-fields", "installations"] {
            #expect(try client.get("/v1/exports/\(rows)?format=csv").text.contains(rows == "runs" ? "number" : run))
        }
    }
}

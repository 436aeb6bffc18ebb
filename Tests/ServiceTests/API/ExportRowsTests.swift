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

    /// The org's own attributes: a document in JSON, a column each in CSV, where no cell computes (E2, F2).
    @Test func attributesLeaveWithTheirRows() throws {
        let org = try #require(ServedAPI.shared).org()
        let definitions = [
            #""run","key":"number","type":"text""#, #""run","key":"weight","type":"number""#,
            #""run","key":"tags","type":"multiselect","options":["a","b"]"#, #""run_step","key":"note","type":"text""#,
        ]
        for definition in definitions {
            let body = #"{"label":"X","record":\#(definition)}"#
            #expect(try org.admin.post("/v1/attribute-definitions", body).status == 201)
        }
        let first = try org.run(try org.procedure(1))
        let part = try #require(first.json["part_id"]?.text)
        let given = #"{"number":"=1+\"1\"","weight":"-12.50","tags":["a","b"]}"#
        let run = try org.admin.post("/v1/runs", #"{"part_id":"\#(part)","attributes":\#(given)}"#)
        #expect(run.status == 201)
        let lines = try org.admin.get("/v1/exports/runs").text.split(separator: "\n").map {
            try JSONReader.read(Array($0.utf8))["attributes"]
        }
        #expect(lines.count == 2 && lines[0] == .object([]))
        #expect(lines[1]?["number"]?.text == #"=1+"1""# && lines[1]?["weight"]?.text == "-12.50")
        let table = try org.admin.get("/v1/exports/runs?format=csv").text.split(separator: "\r\n")
        #expect(table[0].hasSuffix(",version,attribute.number,attribute.weight,attribute.tags"))
        #expect(table[1].hasSuffix(",,,"))
        #expect(table[2].hasSuffix(#","'=1+""1""",-12.50,"[""a"",""b""]""#))
        let none = try org.admin.get("/v1/exports/runs?format=csv&status=complete").text
        #expect(none == table[0] + "\r\n")
        let steps = try org.admin.get("/v1/exports/run-steps?format=csv").text.split(separator: "\r\n")
        #expect(steps[0].hasSuffix(",version,attribute.note") && steps[1].hasSuffix(","))
        #expect(try org.admin.get("/v1/exports/run-steps").text.contains(#""attributes":{}"#))
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

import Testing

@testable import Service

/// A run as it was, and two moments compared (Y3).
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct AsOfTests {
    /// The database's clock, as a parameter of a query.
    private func now(_ org: TestOrg) throws -> String {
        let text = try org.admin.post(
            "/v1/parts",
            #"{"part_number":"T\#(UInt32.random(in: 0...UInt32.max))","name":"x"}"#
        )
        return try #require(text.json["created_at"]?.text)
    }

    @Test func aRunIsShownAsItWasAndComparedWithWhatItBecame() throws {
        let org = try #require(ServedAPI.shared).org()
        let before = try now(org)
        let run = try org.run(try org.procedure(2))
        let step = try #require(TestOrg.steps(run).first)
        let made = try now(org)
        #expect(try org.admin.post("/v1/steps/\(step)/start").status == 200)
        let started = try now(org)
        #expect(try org.admin.post("/v1/steps/\(step)/complete").status == 200)
        let path = "/v1/runs/\(run.id)"
        #expect(try org.admin.get("\(path)/as-of?at=\(before)").status == 404)
        for (moment, states) in [
            (made, ["todo", "todo"]), (started, ["in_progress", "todo"]), (try now(org), ["completed", "todo"]),
        ] {
            let then = try org.admin.get("\(path)/as-of?at=\(moment)")
            #expect(then.json["steps"]?.elements?.compactMap { $0["state"]?.text } == states)
            #expect(then.json["as_of"]?["at"]?.text == moment)
            let entry = try #require(then.json["as_of"]?["seq"]?.digits)
            let again = try org.admin.get("\(path)/as-of?seq=\(entry)")
            #expect(again.json["steps"] == then.json["steps"] && again.json["status"] == then.json["status"])
        }
        let present = try org.admin.get(path).json, past = try org.admin.get("\(path)/as-of?at=\(try now(org))").json
        for key in ["id", "number", "title", "status", "quantity", "version", "started_at", "steps_completed", "part"] {
            #expect(present[key] == past[key], "\(key)")
        }
        let difference = try org.admin.get("\(path)/difference?from=\(made)&to=\(started)")
        #expect(difference.json["from"]?["status"]?.text == "todo")
        #expect(difference.json["to"]?["status"]?.text == "in_progress")
        let changes = difference.json["changes"]?.elements ?? []
        let moved = try #require(changes.first { $0["row_id"]?.text == step })
        #expect(moved["label"]?.text == "Step 0" && moved["what"]?.text == "changed")
        let state = moved["columns"]?.elements?.first { $0["column"]?.text == "state" }
        #expect(state?["before"]?.text == "todo" && state?["after"]?.text == "in_progress")
        #expect(difference.json["acts"]?.elements?.count == 1)
        #expect(difference.json["actors"]?.elements?.first?["name"]?.text == "The admin")
        #expect(try org.admin.get("\(path)/difference?from=\(before)").json["acts"]?.elements?.count == 3)
    }

    @Test func anUnchangedPastHasAnUnchangedTag() throws {
        let org = try #require(ServedAPI.shared).org()
        let run = try org.run(try org.procedure(1))
        let path = "/v1/runs/\(run.id)/as-of?at=\(try now(org))"
        let first = try org.admin.get(path)
        _ = try org.admin.post("/v1/steps/\(TestOrg.steps(run)[0])/start")
        let again = try org.admin.get(path, ["If-None-Match": first.headers["etag"] ?? ""])
        #expect(first.status == 200 && again.status == 304)
    }

    @Test func aMomentThatIsNoneIsRefused() throws {
        let org = try #require(ServedAPI.shared).org()
        let path = "/v1/runs/\(try org.run(try org.procedure(1)).id)"
        for (query, code) in [
            ("as-of", "moment_missing"), ("as-of?at=2026-01-01T00:00:00Z&seq=1", "moment_missing"),
            ("as-of?at=9000-01-01T00:00:00Z", "moment_in_future"), ("as-of?at=yesterday", "input_invalid"),
            ("as-of?seq=0", "input_invalid"), ("as-of?seq=x", "input_invalid"), ("difference", "moment_missing"),
            ("difference?to=2026-01-01T00:00:00Z", "moment_missing"),
            ("difference?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "moments_reversed"),
            ("difference?from=9000-01-01T00:00:00Z", "moment_in_future"),
            ("difference?from=2026-01-01T00:00:00Z&to=9000-01-01T00:00:00Z", "moment_in_future"),
            ("difference?from=2026-02-30T00:00:00Z", "input_invalid"),
        ] {
            let answer = try org.admin.get("\(path)/\(query)")
            #expect(answer.status == 422 && answer.code == code, "\(query): \(answer.text)")
        }
        #expect(try org.admin.get("\(path)/as-of?seq=999999999").status == 404)
    }

    @Test func anotherOrgsPastDoesNotExist() throws {
        let api = try #require(ServedAPI.shared)
        let theirs = try api.org()
        let run = try theirs.run(try theirs.procedure(1)).id
        let moment = try now(theirs)
        let client = try api.org().admin
        #expect(try client.get("/v1/runs/\(run)/as-of?at=\(moment)").status == 404)
        #expect(try client.get("/v1/runs/\(run)/as-of?seq=1").status == 404)
        #expect(try client.get("/v1/runs/\(run)/difference?from=2026-01-01T00:00:00Z").status == 404)
        #expect(try theirs.user("viewer").get("/v1/runs/\(run)/as-of?at=\(moment)").status == 200)
    }
}

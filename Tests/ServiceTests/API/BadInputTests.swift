import Testing

@testable import Service

/// What a client can send wrongly: each a clear problem with a stable code, and nothing changed.
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct BadInputTests {
    /// Sends to a fresh org and sees that its history stays as it is.
    private func refuse(
        _ method: String,
        _ path: String,
        _ body: [UInt8]? = nil,
        _ headers: [String: String] = [:],
        status: Int,
        code: String,
        faults: [String]? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let org = try #require(ServedAPI.shared).org()
        let before = try org.historyCount()
        let answer = try org.admin.send(method, path, body: body, headers: headers)
        #expect(answer.status == status, "\(answer.text)", sourceLocation: sourceLocation)
        #expect(answer.code == code, "\(answer.text)", sourceLocation: sourceLocation)
        if let faults { #expect(answer.faults == faults, sourceLocation: sourceLocation) }
        #expect(answer.json["request_id"]?.text == answer.headers["x-request-id"], sourceLocation: sourceLocation)
        #expect(try org.historyCount() == before, sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        "{", "{\"part_number\":\"A\",}", "[1,2", "{'part_number':'A'}", "{\"a\":1}{\"b\":2}", "nonsense", "{\"a\":01}",
        "{\"a\":1,\"a\":2}", "{\"a\":\"\\ud800\"}", "\u{feff}{}",
    ])
    func malformedJSON(_ body: String) throws {
        try refuse("POST", "/v1/parts", Array(body.utf8), status: 400, code: "malformed_json")
    }

    @Test func invalidUTF8() throws {
        let body = Array(#"{"part_number":""#.utf8) + [0xFF, 0xFE] + Array(#"","name":"x"}"#.utf8)
        try refuse("POST", "/v1/parts", body, status: 400, code: "malformed_json")
    }

    @Test(arguments: [
        (#"{}"#, ["/part_number missing", "/name missing"]),
        (
            #"{"part_number":1,"name":true,"tracking":"some","colour":"red"}"#,
            ["/part_number wrong_type", "/name wrong_type", "/tracking not_a_choice", "/colour unknown"]
        ),
        (#"{"part_number":"A\u0000B","name":"x"}"#, ["/part_number nul"]),
        (#"{"part_number":"","name":"x"}"#, ["/part_number wrong_length"]),
        (#"["part_number"]"#, [" wrong_type"]),
    ])
    func wrongMembers(_ body: String, _ faults: [String]) throws {
        try refuse("POST", "/v1/parts", Array(body.utf8), status: 422, code: "input_invalid", faults: faults)
    }

    @Test(arguments: [
        #""0""#, #""-1""#, "-1", "1e15", "1e400", #""1e3""#, #""NaN""#, "0.0000001", "999999999999999", "null", #""""#,
        "[]",
    ])
    func numbersOutOfRange(_ quantity: String) throws {
        let org = try #require(ServedAPI.shared).org()
        let part = try org.part()
        let before = try org.historyCount()
        let answer = try org.admin.post("/v1/inventory", #"{"part_id":"\#(part)","quantity":\#(quantity)}"#)
        #expect(answer.status == 422 && answer.code == "input_invalid", "\(answer.text)")
        #expect(answer.faults.first?.hasPrefix("/quantity ") == true)
        #expect(try org.historyCount() == before)
    }

    @Test func deepNesting() throws {
        let body = String(repeating: #"{"a":"#, count: 40) + "1" + String(repeating: "}", count: 40)
        try refuse("POST", "/v1/parts", Array(body.utf8), status: 400, code: "malformed_json")
    }

    @Test func noBodyWhereOneIsDue() throws {
        try refuse("POST", "/v1/parts", status: 422, code: "input_invalid", faults: [" body_missing"])
    }

    @Test func aBodyWhereNoneIsTaken() throws {
        let org = try #require(ServedAPI.shared).org()
        let run = try org.run(try org.procedure())
        let step = try #require(TestOrg.steps(run).first)
        let answer = try org.admin.post("/v1/steps/\(step)/start", #"{"force":true}"#)
        #expect(answer.status == 422 && answer.faults == ["/force unknown"])
        #expect(try org.admin.post("/v1/steps/\(step)/start", "{}").status == 200)
    }

    @Test(arguments: [
        ["Content-Type": "text/plain"], ["Content-Type": "application/x-www-form-urlencoded"], ["Content-Type": ""],
        ["Content-Type": "application/jsonp"], ["Content-Type": "application/json; charset=iso-8859-1"],
    ])
    func anotherContentType(_ headers: [String: String]) throws {
        let body = Array(#"{"part_number":"A","name":"x"}"#.utf8)
        try refuse("POST", "/v1/parts", body, headers, status: 415, code: "unsupported_media_type")
    }

    @Test func contentTypeWithItsParameters() throws {
        let org = try #require(ServedAPI.shared).org()
        let answer = try org.admin.post(
            "/v1/parts",
            #"{"part_number":"A","name":"x"}"#,
            ["Content-Type": "Application/JSON; charset=\"UTF-8\""]
        )
        #expect(answer.status == 201)
    }

    @Test(arguments: [
        ("/v1/runs?colour=red", ["colour parameter_unknown"]), ("/v1/runs?status=done", ["status parameter_invalid"]),
        ("/v1/runs?limit=0", ["limit parameter_invalid"]), ("/v1/runs?limit=201", ["limit parameter_invalid"]),
        ("/v1/runs?limit=+5", ["limit parameter_invalid"]), ("/v1/runs?limit=1&limit=2", ["limit parameter_repeated"]),
        ("/v1/runs?part_id=1&sort=up", ["part_id parameter_invalid", "sort parameter_invalid"]),
        ("/v1/runs?cursor=abc", ["cursor cursor_invalid"]), ("/v1/runs?cursor=", ["cursor cursor_invalid"]),
        ("/v1/steps?available=yes", ["available parameter_invalid"]), ("/v1/me?x=1", ["x parameter_unknown"]),
        ("/v1/inventory/0190a0b4-7c1e-7000-8000-000000000000/abom?as_of=now", ["as_of parameter_invalid"]),
    ])
    func wrongParameters(_ path: String, _ faults: [String]) throws {
        try refuse("GET", path, status: 422, code: "input_invalid", faults: faults)
    }

    @Test(arguments: ["/v1/runs?search=%00", "/v1/runs?search=%ff", "/v1/runs?search=%zz"])
    func malformedQueries(_ path: String) throws {
        try refuse("GET", path, status: 400, code: "malformed_query")
    }

    @Test(arguments: [
        ("GET", "/v1/runs/1"), ("GET", "/v1/runs/0190a0b4-7c1e-7000-8000-000000000000"),
        ("GET", "/v1/runs/0190a0b4-7c1e-7000-8000-000000000000/history"),
        ("GET", "/v1/runs/0190a0b4-7c1e-7000-8000-000000000000/as-built/1"),
        ("GET", "/v1/runs/0190a0b4-7c1e-7000-8000-000000000000/as-built/0"),
        ("GET", "/v1/runs/0190a0b4-7c1e-7000-8000-000000000000/as-built/x"),
        ("GET", "/v1/inventory/0190a0b4-7c1e-7000-8000-000000000000/abom"),
        ("GET", "/v1/inventory/0190a0b4-7c1e-7000-8000-000000000000/where-used"),
        ("POST", "/v1/steps/{}/start"), ("GET", "/v1/nothing"),
    ])
    func recordsThatDoNotExist(_ method: String, _ path: String) throws {
        try refuse(method, path, status: 404, code: "not_found")
    }

    @Test(arguments: [
        ["If-Match": "3"], ["If-Match": "\"x\""], ["If-Match": "W/\"3\""], ["If-Match": "\"1\", \"2\""],
        ["If-Match": "\"9999999999\""], ["If-Match": "\"-1\""], ["If-Match": "\"\""],
    ])
    func preconditionsThatAreNone(_ headers: [String: String]) throws {
        let path = "/v1/parts/0190a0b4-7c1e-7000-8000-000000000000"
        try refuse(
            "PATCH",
            path,
            Array("{}".utf8),
            headers,
            status: 422,
            code: "input_invalid",
            faults: [
                "If-Match precondition_invalid"
            ]
        )
    }

    @Test func aPreconditionWhereNoneIsJudged() throws {
        let body = Array(#"{"part_number":"A","name":"x"}"#.utf8)
        let faults = ["If-Match precondition_invalid"]
        try refuse("POST", "/v1/parts", body, ["If-Match": "\"1\""], status: 422, code: "input_invalid", faults: faults)
    }

    @Test(arguments: ["a b", String(repeating: "k", count: 256), "ключ"])
    func idempotencyKeysThatAreNone(_ key: String) throws {
        let body = Array(#"{"part_number":"A","name":"x"}"#.utf8)
        let faults = ["Idempotency-Key idempotency_key_invalid"]
        try refuse(
            "POST",
            "/v1/parts",
            body,
            ["Idempotency-Key": key],
            status: 422,
            code: "input_invalid",
            faults: faults
        )
    }

    @Test func aStaleVersionSaysWhoChangedWhatSince() throws {
        let org = try #require(ServedAPI.shared).org()
        let part = try org.part()
        func change(_ name: String, _ tag: String) throws -> APIClient.Answer {
            try org.admin.send(
                "PATCH",
                "/v1/parts/\(part)",
                body: Array(#"{"name":"\#(name)"}"#.utf8),
                headers: ["If-Match": tag]
            )
        }
        let read = try org.admin.get("/v1/parts/\(part)")
        let tag = try #require(read.headers["etag"])
        let first = try change("First", tag)
        #expect(first.status == 200 && first.headers["etag"] == "\"2\"")
        let before = try org.historyCount()
        let second = try change("Second", tag)
        #expect(second.status == 412 && second.code == "stale", "\(second.text)")
        #expect(second.json["version"]?.digits == "2")
        let changes = second.json["changes"]?.elements ?? []
        #expect(changes.count == 1 && changes[0]["changed"]?.elements?.contains(.string("name")) == true)
        #expect(try org.historyCount() == before)
        #expect(try change("Third", "\"2\"").status == 200)
        #expect(try change("Fourth", "*").status == 200)
    }

    @Test func aDraftWhoseStepsChangedIsStale() throws {
        let org = try #require(ServedAPI.shared).org()
        let draft = try org.admin.post("/v1/procedures", #"{"title":"T","steps":[{"title":"A"}]}"#)
        func replace(_ title: String) throws -> APIClient.Answer {
            let body = #"{"title":"T","steps":[{"title":"\#(title)"}]}"#
            return try org.admin.send(
                "PUT",
                "/v1/procedures/\(draft.id)",
                body: Array(body.utf8),
                headers: ["If-Match": draft.headers["etag"] ?? ""]
            )
        }
        #expect(try replace("B").status == 200)
        let stale = try replace("C")
        #expect(stale.status == 412, "two authors would overwrite each other unseen: \(stale.text)")
    }

    @Test func bodiesAboveTheLimit() throws {
        let body = #"{"part_number":"A","name":"\#(String(repeating: "x", count: 70_000))"}"#
        try refuse("POST", "/v1/parts", Array(body.utf8), status: 413, code: "body_too_large")
    }

    @Test func aRuleRefusesWithItsNumber() throws {
        let org = try #require(ServedAPI.shared).org()
        let run = try org.run(try org.procedure())
        let second = try #require(TestOrg.steps(run).last)
        let before = try org.historyCount()
        let answer = try org.admin.post("/v1/steps/\(second)/start")
        #expect(answer.status == 409 && answer.code == "step_not_available")
        #expect(answer.json["rule"]?.text == "A1")
        #expect(answer.json["blockers"]?.elements?.count == 1)
        #expect(answer.json["clear"]?.text?.isEmpty == false)
        #expect(try org.historyCount() == before)
    }

    @Test func oneBadIdOfManyChangesNothing() throws {
        let org = try #require(ServedAPI.shared).org()
        let run = try org.run(try org.procedure(1)), step = try #require(TestOrg.steps(run).first)
        let before = try org.historyCount()
        let ids = #"{"ids":["\#(step)","0190a0b4-7c1e-7000-8000-000000000000"]}"#
        let answer = try org.admin.post("/v1/steps/start", ids)
        #expect(answer.status == 404 && answer.code == "step_unknown")
        #expect(try org.historyCount() == before)
    }

    @Test func constraintsSpeakLikeRules() throws {
        let org = try #require(ServedAPI.shared).org()
        _ = try org.part("A")
        let twice = try org.admin.post("/v1/parts", #"{"part_number":"A","name":"x"}"#)
        #expect(twice.status == 409 && twice.code == "part_exists")
        let nowhere = try org.admin.post(
            "/v1/locations",
            #"{"name":"L","parent_id":"0190a0b4-7c1e-7000-8000-000000000000"}"#
        )
        #expect(nowhere.status == 422 && nowhere.code == "location_unknown")
    }
}

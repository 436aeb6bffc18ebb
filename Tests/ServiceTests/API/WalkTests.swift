import HTTP
import Testing

@testable import Service

/// A run from nothing to its as-built record, over HTTP alone; and with it, the document against every route.
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct WalkTests {
    @Test func aRunIsWalkedToComplete() throws {
        let org = try #require(ServedAPI.shared).org()
        let client = org.admin
        let walk = try Walk(org)
        try walk.define()
        try walk.build()
        try walk.stumble()
        try walk.redline()
        try walk.approveRedline()
        try walk.fly()
        try walk.standardStep()
        try walk.clock()
        try walk.decide()
        try walk.sign()
        try walk.assign()
        try walk.keepStock()
        try walk.split()
        try walk.batch()
        try walk.takeUnit()
        try walk.fields()
        try walk.schedule()
        try walk.sendOut()
        try walk.attributes()
        try walk.read()
        try walk.export()
        try walk.people()
        // What the walk leaves out is what the walk forgot: each route answered, in the shape that its document has.
        let succeeded = client.succeeded.union(walk.quality.succeeded)
        let forgotten = API.routes.map(\.name).filter { !succeeded.contains($0) }
        #expect(forgotten.isEmpty)
    }

    @Test func theDocumentNamesEveryRouteAndOnlyRoutes() throws {
        let answer = try #require(ServedAPI.shared).stranger().get("/v1/openapi.json")
        guard case .object(let paths)? = answer.json["paths"] else { throw APIClient.Failure(description: "no paths") }
        var documented: Set<String> = []
        for path in paths {
            guard case .object(let operations) = path.value else { continue }
            for operation in operations { documented.insert("\(operation.name.uppercased()) \(path.name)") }
        }
        #expect(documented == Set(API.routes.map(\.name)))
    }

    @Test func everyNamedShapeOfTheDocumentIsThere() throws {
        let answer = try #require(ServedAPI.shared).stranger().get("/v1/openapi.json")
        guard case .object(let schemas)? = answer.json["components"]?["schemas"] else {
            throw APIClient.Failure(description: "no schemas")
        }
        let names = Set(schemas.map(\.name))
        let references = answer.text.matches(of: #/"#\/components\/schemas\/([A-Za-z]+)"/#).map { String($0.1) }
        #expect(!references.isEmpty && Set(references) == names)
    }

    @Test func operationsHaveNamesOfTheirOwn() throws {
        let answer = try #require(ServedAPI.shared).stranger().get("/v1/openapi.json")
        let names = answer.text.matches(of: #/"operationId":"([A-Za-z]+)"/#).map { String($0.1) }
        #expect(names.count == API.routes.count && Set(names).count == names.count)
    }
}

/// The steps of the walk.
final class Walk {
    let org: TestOrg
    let client: APIClient
    /// Decides where two are needed.
    let quality: APIClient
    var deck = "", bolt = "", bench = "", stock = "", procedure = "", run = "", unit = ""

    init(_ org: TestOrg) throws {
        self.org = org
        client = org.admin
        quality = try org.user("quality")
    }

    /// Sends a body and expects a status.
    @discardableResult
    func send(_ method: String, _ path: String, _ body: String? = nil, _ status: Int = 200) throws
        -> APIClient.Answer
    {
        let answer = try client.send(method, path, body: body.map { Array($0.utf8) })
        try #require(answer.status == status, "\(method) \(path): \(answer.text)")
        return answer
    }

    func define() throws {
        deck = try org.part("DECK", tracking: "serial")
        bolt = try org.part("BOLT")
        try send("PATCH", "/v1/parts/\(bolt)", #"{"description":"M6"}"#)
        try send("GET", "/v1/parts/\(bolt)")
        let mbom = try send(
            "POST",
            "/v1/parts/\(deck)/mboms",
            #"{"lines":[{"part_id":"\#(bolt)","quantity_per_unit":8.0,"reference_designators":["B1-8"]}]}"#,
            201
        ).id
        try send("GET", "/v1/mboms/\(mbom)")
        try send("POST", "/v1/mboms/\(mbom)/release")
        bench = try send("POST", "/v1/locations", #"{"name":"Bench","work_center":true}"#, 201).id
        try send("GET", "/v1/locations/\(bench)")
        stock = try send(
            "POST",
            "/v1/inventory",
            #"{"part_id":"\#(bolt)","quantity":"100.5","expires_at":"2900-01-01T00:00:00Z"}"#,
            201
        ).id
        try send("PATCH", "/v1/inventory/\(stock)", #"{"location_id":"\#(bench)"}"#)
        #expect(try send("GET", "/v1/inventory/\(stock)").json["quantity"]?.text == "100.5")
        let steps = """
            [{"key":"press","title":"Press","location_id":"\(bench)","lead_time_seconds":600,"fields":[
                {"name":"Width","type":"number","unit":"mm","minimum":"10","maximum":20.5},
                {"name":"Seen","type":"signoff","required":false,"allow_not_applicable":true}]},
             {"title":"Pack","after":["press"],"steps":[{"title":"Box","required":false}]}]
            """
        let draft = #"{"title":"Build a deck","part_id":"\#(deck)","steps":\#(steps)}"#
        procedure = try send("POST", "/v1/procedures", draft, 201).id
        try send("PUT", "/v1/procedures/\(procedure)", draft)
        try send("POST", "/v1/procedures/\(procedure)/submit")
        try send("POST", "/v1/procedures/\(procedure)/return")
        try send("POST", "/v1/procedures/\(procedure)/release")
        try send("GET", "/v1/procedures/\(procedure)")
        let next = try send("POST", "/v1/procedures/\(procedure)/new-version", nil, 201)
        #expect(next.json["version_number"]?.digits == "2")
        try send("POST", "/v1/procedures/\(next.id)/archive")
    }

    /// A second run, on which everything goes wrong that can: each move of a step, alone and of many, and the acts on a run.
    func stumble() throws {
        try send("PATCH", "/v1/org", #"{"fail_creates_issue":true,"fail_reason":"required"}"#)
        let reason = try send("POST", "/v1/reasons", #"{"act":"hold","label":"No material"}"#, 201).id
        #expect(try send("GET", "/v1/reasons").json["items"]?.elements?.count == 1)
        try send("POST", "/v1/reasons/\(reason)/archive")
        let made = try send("POST", "/v1/runs", #"{"procedure_id":"\#(procedure)","serial_numbers":["SN-2"]}"#, 201)
        let steps = TestOrg.steps(made)
        let press = "/v1/steps/\(steps[0])"
        let ids = #""ids":["\#(steps[0])"]"#
        let why = #""reason":"Dropped.""#
        func both(_ act: String, _ members: String, _ back: () throws -> Void) throws {
            try send("POST", "\(press)/\(act)", members.isEmpty ? nil : "{\(members)}")
            try back()
            try send("POST", "/v1/steps/\(act)", "{\([ids, members].filter { !$0.isEmpty }.joined(separator: ","))}")
        }
        #expect(try send("POST", "\(press)/hold", "{}", 422).json["code"]?.text == "reason_missing")
        try both("hold", why) { try send("POST", "\(press)/release") }
        try send("POST", "/v1/steps/release", "{\(ids)}")
        try both("cancel", why) { try send("POST", "\(press)/restore", #"{"all":true}"#) }
        try send("POST", "/v1/steps/restore", "{\(ids)}")
        try send("POST", "\(press)/start")
        try both("reset", why) { try send("POST", "\(press)/start") }
        try send("POST", "\(press)/start")
        try both("fail", why) {
            try send("POST", "\(press)/retry")
            try send("POST", "\(press)/start")
        }
        #expect(try send("GET", "/v1/issues?run_id=\(made.id)").json["items"]?.elements?.count == 2)
        try send("POST", "/v1/steps/retry", "{\(ids)}")
        let field = try send("GET", press).json["fields"]?.elements?.first?["id"]?.text ?? ""
        func finish() throws {
            try send("POST", "\(press)/start")
            try send("PUT", "\(press)/values", #"{"values":[{"field_id":"\#(field)","value":"12"}]}"#)
            try send("POST", "\(press)/complete")
        }
        try finish()
        let correction = #"{"reason":"Misread.","values":[{"field_id":"\#(field)","value":"12.5"}]}"#
        try send("POST", "\(press)/correct", correction)
        try both("reopen", why, finish)
        try send("POST", "/v1/runs/\(made.id)/hold", "{\(why)}")
        try send("POST", "/v1/runs/\(made.id)/release")
        let canceled = try send("POST", "/v1/runs/\(made.id)/cancel", "{\(why)}")
        #expect(canceled.json["status"]?.text == "canceled")
        try send("PATCH", "/v1/org", #"{"fail_creates_issue":false,"fail_reason":"optional"}"#)
        #expect(try send("GET", "/v1/org").json["fail_reason"]?.text == "optional")
    }

    /// A team, and work assigned to it, found again by those who are in it.
    func assign() throws {
        try send("PATCH", "/v1/org", #"{"assignment_restricts":false}"#)
        let me = try send("GET", "/v1/me").json["user_id"]?.text ?? ""
        let team = try send("POST", "/v1/teams", #"{"name":"Night","user_ids":["\#(me)"]}"#, 201).id
        try send("PATCH", "/v1/teams/\(team)", #"{"name":"Late"}"#)
        #expect(try send("GET", "/v1/teams/\(team)").json["members"]?.elements?.count == 1)
        #expect(try send("GET", "/v1/teams?archived=false").items.count == 1)
        let made = try send("POST", "/v1/runs", #"{"procedure_id":"\#(procedure)","serial_numbers":["SN-4"]}"#, 201)
        let steps = TestOrg.steps(made)
        #expect(try send("GET", "/v1/runs?assigned_to=\(me)").items.isEmpty)
        try send("PUT", "/v1/runs/\(made.id)/assignment", #"{"team_ids":["\#(team)"],"location_ids":["\#(bench)"]}"#)
        #expect(try send("GET", "/v1/runs?assigned_to=\(me)").items.map { $0["id"]?.text } == [made.id])
        #expect(try send("GET", "/v1/steps?assigned_to=\(me)").items.count == steps.count)
        let step = try send("PUT", "/v1/steps/\(steps[0])/assignment", #"{"user_ids":["\#(me)"]}"#)
        #expect(step.json["assignments"]?.elements?.count == 1)
        #expect(try send("GET", "/v1/runs/\(made.id)").json["assignments"]?.elements?.count == 3)
        try send("PATCH", "/v1/teams/\(team)", #"{"archived":true}"#)
        let planned = try send(
            "PUT",
            "/v1/schedule",
            #"{"steps":[{"id":"\#(steps[0])","scheduled_start":"2027-03-01T08:00:00Z"}],"#
                + #""runs":[{"id":"\#(made.id)","due_at":"2027-03-02T08:00:00Z"}]}"#
        )
        #expect(planned.json["runs"]?.elements?.first?["effective_start"]?.text == "2027-03-01T08:00:00.000000Z")
        try send("PUT", "/v1/schedule", #"{"runs":[]}"#, 422)
        let day = try send(
            "POST",
            "/v1/work-calendars",
            #"{"name":"Day","time_zone":"Europe/Berlin","shifts":[{"weekday":1,"start":"08:00","end":"16:00"}]}"#,
            201
        ).id
        try send("PATCH", "/v1/work-calendars/\(day)", #"{"holidays":["2027-12-27"]}"#)
        #expect(try send("GET", "/v1/work-calendars").items.count == 1)
        try send("PATCH", "/v1/locations/\(bench)", #"{"work_calendar_id":"\#(day)","capacity":1}"#)
        #expect(try send("GET", "/v1/work-calendars/\(day)").json["location_ids"]?.elements?.count == 1)
        let asked = #"{"run_ids":["\#(made.id)"],"start":"2027-03-01T00:00:00Z","finite":true"#
        let plan = try send("POST", "/v1/plans", asked + "}")
        #expect(plan.json["steps"]?.elements?.count == steps.count)
        let applied = try send("POST", "/v1/plans/apply", asked + #","times":"latest"}"#)
        func times(_ of: APIClient.Answer, _ start: String, _ end: String) -> [String: String] {
            let steps = of.json["steps"]?.elements ?? []
            // In a plan whole seconds, of a record microseconds.
            return Dictionary(
                uniqueKeysWithValues: steps.map { step in
                    let told = [start, end].map { step[$0]?.text?.split(whereSeparator: ".Z".contains).first ?? "" }
                    return (step["id"]?.text ?? "", told.joined(separator: " "))
                }
            )
        }
        let latest = times(plan, "latest_start", "latest_finish")
        let scheduled = times(applied, "scheduled_start", "scheduled_end")
        #expect(!scheduled.isEmpty && scheduled.allSatisfy { latest[$0.key] == $0.value })
        #expect(latest != times(plan, "start", "finish"))
        #expect(
            try send("GET", "/v1/locations/\(bench)/load?from=2027-03-01&days=7").json["days"]?.elements?.count == 7
        )
        let window = "from=2027-03-01T00:00:00Z&to=2027-03-02T00:00:00Z"
        #expect(try send("GET", "/v1/timeline?\(window)").items.map { $0["id"]?.text } == [made.id])
        #expect(try send("GET", "/v1/timeline/unscheduled").items.allSatisfy { $0["id"]?.text != made.id })
        #expect(try send("GET", "/v1/queue?assigned_to=\(me)").items.map { $0["class"]?.text }.contains("next"))
    }

    /// Labor on a step: in and out, an edit, what it costs.
    func clock() throws {
        try send("PATCH", "/v1/org", #"{"session_limit_minutes":60}"#)
        let made = try send("POST", "/v1/runs", #"{"procedure_id":"\#(procedure)","serial_numbers":["SN-3"]}"#, 201)
        let step = TestOrg.steps(made)[0]
        try send("POST", "/v1/steps/\(step)/start")
        let first = try #require(try send("GET", "/v1/sessions?run_step_id=\(step)&open=true").items.first)
        let id = first["id"]?.text ?? ""
        #expect(first["flagged"] == .boolean(false) && first["overlapping"] == .boolean(false))
        let early = #"{"started_at":"2026-01-01T23:59:59.5Z"}"#
        #expect(try send("PATCH", "/v1/sessions/\(id)", early).json["flagged"] == .boolean(true))
        #expect(try send("GET", "/v1/sessions?flagged=true&run_id=\(made.id)").items.count == 1)
        #expect(try send("POST", "/v1/sessions/\(id)/check-out", "{}", 422).json["rule"]?.text == "L5")
        try send("POST", "/v1/sessions/\(id)/check-out", #"{"reason":"Forgot to check out."}"#)
        try send("PATCH", "/v1/sessions/\(id)", #"{"ended_at":"2026-01-02T01:00:00Z"}"#)
        try send("POST", "/v1/steps/\(step)/check-in", nil, 201)
        #expect(try send("GET", "/v1/sessions?run_step_id=\(step)").items.count == 2)
        let made2 = #"{"location_id":"\#(bench)","hourly_rate":"36.5","valid_from":"2026-01-01T00:00:00Z"}"#
        let rate = try send("POST", "/v1/labor-rates", made2, 201)
        #expect(rate.json["valid_from"]?.text == "2026-01-01" && rate.json["hourly_rate"]?.text == "36.5")
        #expect(try send("POST", "/v1/labor-rates", made2, 409).json["rule"]?.text == "L4")
        try send("POST", "/v1/labor-rates/\(rate.id)/end", #"{"valid_to":"2900-01-01T00:00:00Z"}"#)
        #expect(try send("GET", "/v1/labor-rates").items.count == 1)
        let days = try send("GET", "/v1/labor?by=day&run_step_id=\(step)&to=2026-01-03T00:00:00Z").items
        #expect(days.map { $0["day"]?.text } == ["2026-01-01", "2026-01-02"])
        #expect(days.map { $0["seconds"]?.digits } == ["0", "3600"])
        #expect(days.map { $0["cost"]?.text } == ["0", "36.5"])
        for group in ["step", "run", "user", "location"] {
            #expect(try !send("GET", "/v1/labor?by=\(group)").items.isEmpty)
        }
    }

    func build() throws {
        let made = try send("POST", "/v1/runs", #"{"procedure_id":"\#(procedure)","serial_numbers":["SN-1"]}"#, 201)
        run = made.id
        let steps = TestOrg.steps(made)
        #expect(steps.count == 3)
        unit = made.json["units"]?.elements?.first?["part_inventory_id"]?.text ?? ""
        let need = made.json["build_requirements"]?.elements?.first?["id"]?.text ?? ""
        let blocked = try send("GET", "/v1/runs/\(run)/review")
        #expect(blocked.json["readiness"]?.text == "blocked")
        let open = try send("GET", "/v1/completion-blockers?location_id=\(bench)&limit=1")
        #expect(open.items.count == 1 && open.items.allSatisfy { $0["location"]?.text == "Bench" })
        let rest = try send(
            "GET",
            "/v1/completion-blockers?cursor=\(open.json["next_cursor"]?.text ?? "")&location_id=\(bench)"
        )
        #expect(rest.items.allSatisfy { item in !open.items.contains { $0["subject_id"] == item["subject_id"] } })
        let me = try send("GET", "/v1/me").json["user_id"]?.text ?? ""
        #expect(try send("GET", "/v1/completion-blockers?user_id=\(me)").items.isEmpty)
        #expect(blocked.json["sections"]?.elements?.count == 8 && blocked.json["advice"]?.elements?.isEmpty == false)
        try send("POST", "/v1/steps/\(steps[0])/start")
        let step = try send("GET", "/v1/steps/\(steps[0])")
        let fields = (step.json["fields"]?.elements ?? []).compactMap { $0["id"]?.text }
        #expect(step.json["sessions"]?.elements?.count == 1)
        try send(
            "PUT",
            "/v1/steps/\(steps[0])/values",
            #"{"values":[{"field_id":"\#(fields[0])","value":12.50},{"field_id":"\#(fields[1])","not_applicable":true}]}"#
        )
        #expect(try send("GET", "/v1/steps/\(steps[0])").json["fields"]?.elements?[0]["value"]?.text == "12.50")
        try send("POST", "/v1/steps/\(steps[0])/complete")
        try send("POST", "/v1/steps/start", #"{"ids":["\#(steps[1])"]}"#)
        let signed = try send("POST", "/v1/steps/complete", #"{"ids":["\#(steps[1])"]}"#)
        let kinds = signed.json["runs"]?.elements?.first?["status"]?.text
        #expect(kinds == "in_progress")
        let install = #"{"build_requirement_id":"\#(need)","part_inventory_id":"\#(stock)"}"#
        let wrong = try send("POST", "/v1/runs/\(run)/installations", install, 201).id
        try send("POST", "/v1/installations/\(wrong)/uninstall", #"{"reason":"The wrong bolts."}"#)
        try send("POST", "/v1/runs/\(run)/installations", install, 201)
        let ready = try send("GET", "/v1/runs/\(run)/review")
        #expect(ready.json["readiness"]?.text == "ready" && ready.json["completes_by"]?.text == "act")
        try warn()
        try send("POST", "/v1/runs/\(run)/complete")
        #expect(try send("GET", "/v1/runs/\(run)").json["status"]?.text == "complete")
    }

    /// An optional step left undone becomes a warning, waits, and is acknowledged as it stands (C2).
    private func warn() throws {
        try send("PATCH", "/v1/org", #"{"undone_step_policy":"warning"}"#)
        let review = try send("GET", "/v1/runs/\(run)/review").json
        #expect(review["readiness"]?.text == "waiting")
        let remarks = (review["sections"]?.elements ?? []).flatMap { $0["remarks"]?.elements ?? [] }
        let waiting = try #require(remarks.first)
        let refused = try send("POST", "/v1/runs/\(run)/complete", "{}", 409)
        #expect(refused.json["code"]?.text == "warnings_waiting" && refused.json["rule"]?.text == "C2")
        func acknowledged(_ stands: String) -> String {
            let subject = waiting["subject_id"]?.text ?? ""
            return #"{"acknowledged":[{"kind":"undone_step","subject_id":"\#(subject)","stands":"\#(stands)"}]}"#
        }
        let path = "/v1/runs/\(run)/acknowledge"
        #expect(try send("POST", path, acknowledged("of old"), 409).json["code"]?.text == "warning_changed")
        let done = try send("POST", path, acknowledged(waiting["stands"]?.text ?? ""))
        #expect(done.json["warnings"]?.elements?.first?["waits"] == .boolean(false))
        #expect(try send("GET", "/v1/runs/\(run)/review").json["readiness"]?.text == "ready")
        try send("PATCH", "/v1/org", #"{"undone_step_policy":"note"}"#)
    }

    func read() throws {
        let record = try send("GET", "/v1/runs/\(run)/as-built/1")
        let digest = try #require(record.headers["etag"]).dropFirst().dropLast()
        let page = try send("GET", "/v1/runs/\(run)/as-built/1/page")
        #expect(page.headers["content-type"] == "text/html; charset=utf-8" && page.text.contains("\(digest)</p>"))
        #expect(page.headers["content-security-policy"]?.contains("sandbox") == true)
        let listed = try send("GET", "/v1/runs/\(run)").json["as_built_records"]?.elements?.first
        #expect(listed?["digest"]?.text == String(digest))
        #expect(record.json["format"]?.text == "traveler.as-built/1")
        #expect(record.headers["repr-digest"]?.hasPrefix("sha-256=:") == true)
        #expect(try send("GET", "/v1/inventory/\(unit)/abom").items.count == 2)
        #expect(try send("GET", "/v1/inventory/\(stock)/where-used").items.count == 1)
        try lookInside()
        for root in ["runs/\(run)", "parts/\(bolt)", "inventory/\(stock)", "procedures/\(procedure)"] {
            #expect(try !send("GET", "/v1/\(root)/history?limit=3").items.isEmpty)
        }
        for list in ["parts", "locations", "inventory", "procedures", "runs", "steps"] {
            #expect(try !send("GET", "/v1/\(list)").items.isEmpty)
        }
        let made = try #require(try send("GET", "/v1/runs/\(run)").json["created_at"]?.text)
        #expect(try send("GET", "/v1/runs/\(run)/as-of?seq=1").json["status"]?.text == "todo")
        #expect(try send("GET", "/v1/runs/\(run)/difference?from=\(made)").json["to"]?["status"]?.text == "complete")
        for list in ["step-transitions", "permissions", "roles", "refusals", "units"] {
            #expect(try !send("GET", "/v1/\(list)").items.isEmpty)
        }
        #expect(try send("GET", "/v1/history/seals").items.isEmpty)
        for path in ["/v1/openapi.json", "/healthz", "/readyz", "/metrics"] { try send("GET", path) }
        try reopen()
    }

    func reopen() throws {
        let path = "/v1/runs/\(run)"
        #expect(try send("POST", "\(path)/reopen", #"{"reason":" "}"#, 422).status == 422)
        let reopened = try send("POST", "\(path)/reopen", #"{"reason":"A bolt was loose.","acknowledged":[]}"#)
        #expect(reopened.json["status"]?.text == "in_progress")
        #expect(reopened.json["as_built_records"]?.elements?.first?["superseded"] == .boolean(true))
        #expect(reopened.json["reopenings"]?.elements?.first?["reason"]?.text == "A bolt was loose.")
        try send("POST", "\(path)/reopen", #"{"reason":"Again."}"#, 409)
        #expect(try send("POST", "\(path)/complete").json["completion_number"]?.digits == "2")
        let differing = try send("GET", "\(path)/as-built/1/difference").items.compactMap { $0["path"]?.text }
        #expect(differing.contains("/run/completion_number"))
        #expect(try send("GET", "\(path)/as-built/2/difference?to=2").items.isEmpty)
        try send("GET", "\(path)/as-built/2/difference?to=3", nil, 404)
    }

    func people() throws {
        let user = try send(
            "POST",
            "/v1/users",
            #"{"email":"Ann@Example.test","name":"Ann","role":"technician","password":"twelve letters"}"#,
            201
        )
        #expect(user.json["email"]?.text == "ann@example.test")
        try send("PATCH", "/v1/users/\(user.id)", #"{"roles":["viewer","quality"]}"#)
        #expect(
            try send("GET", "/v1/users/\(user.id)").json["roles"] == .array([.string("quality"), .string("viewer")])
        )
        #expect(try send("GET", "/v1/users").items.count == 3)
        try send("GET", "/v1/me")
        let signedIn = try send(
            "POST",
            "/v1/sign-in",
            #"{"org":"\#(org.slug)","email":"ann@example.test","password":"twelve letters"}"#
        )
        #expect(signedIn.json["name"]?.text == "Ann")
        try send("POST", "/v1/sign-out", nil, 204)
    }
}

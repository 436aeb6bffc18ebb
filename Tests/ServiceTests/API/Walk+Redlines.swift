import Testing

@testable import Service

extension Walk {
    /// A redline for an issue, that someone else has to approve: rejected, edited, approved, released.
    func approveRedline() throws {
        func asQuality(_ path: String, _ body: String) throws -> APIClient.Answer {
            let answer = try quality.send("POST", path, body: Array(body.utf8))
            try #require(answer.status == 200, "\(path): \(answer.text)")
            return answer
        }
        let asked = try send("PATCH", "/v1/org", #"{"redline_approvals":[{"role":"quality"}]}"#)
        #expect(asked.json["redline_approvals"]?.elements?.count == 1)
        let made = try send("POST", "/v1/runs", #"{"procedure_id":"\#(procedure)","serial_numbers":["SN-RA"]}"#, 201)
        let step = "/v1/steps/\(TestOrg.steps(made)[0])"
        try send("POST", "\(step)/redline", #"{"reason":"Too slow."}"#)
        let id = try send("GET", step).json["redline"]?["id"]?.text ?? ""
        let redline = "/v1/redlines/\(id)"
        let issue = try send("POST", "/v1/issues", #"{"title":"The press is slow"}"#, 201)
        try send("PATCH", redline, #"{"issue_id":"\#(issue.id)"}"#)
        #expect(try send("GET", "/v1/issues/\(issue.id)").json["redlines"]?.elements?.count == 1)
        #expect(try send("POST", "\(step)/release-redline", nil, 409).code == "redline_not_approved")
        try send("POST", "\(redline)/submit")
        try send("POST", "\(redline)/reopen")
        try send("POST", "\(redline)/submit")
        let rejected = try asQuality("\(redline)/reject", #"{"reason":"By how much?"}"#)
        #expect(rejected.json["state"]?.text == "rejected")
        try send("PATCH", step, #"{"title":"Press faster"}"#)
        #expect(try send("GET", redline).json["state"]?.text == "open")
        try send("POST", "\(redline)/submit")
        let approved = try asQuality("\(redline)/approve", "{}")
        #expect(approved.json["state"]?.text == "approved" && approved.json["approvals"]?.elements?.count == 2)
        try send("POST", "\(step)/release-redline")
        try send("PATCH", "/v1/org", #"{"redline_approvals":[]}"#)
        let other = try send("POST", "/v1/runs", #"{"procedure_id":"\#(procedure)","serial_numbers":["SN-B"]}"#, 201)
        let runs = #"{"run_ids":["\#(other.id)"]}"#
        let foreseen = try send("POST", "\(redline)/apply-preview", runs)
        #expect(foreseen.json["runs"]?.elements?[0]["members"]?.elements?.map { $0["outcome"]?.text } == ["take"])
        let sided = #"{"run_ids":["\#(other.id)"],"take":{"title":"run"}}"#
        let left = try send("POST", "\(redline)/apply-preview", sided).json["runs"]?.elements?[0]
        #expect(left?["members"]?.elements?.map { $0["written"] } == [.boolean(false)])
        #expect(left?["able"] == .boolean(false))
        let theirs = sided.replacing(#""run"}}"#, with: #""theirs"}}"#)
        #expect(try send("POST", "\(redline)/apply", theirs, 422).code == "take_side")
        let applied = try send("POST", "\(redline)/apply", runs)
        let copy = applied.json["applied"]?.elements?[0]["redline_id"]?.text ?? ""
        #expect(try send("GET", "/v1/redlines/\(copy)").json["state"]?.text == "open")
        #expect(try send("POST", "\(redline)/apply", runs, 409).json["code"]?.text == "redline_misfits")
        let preview = try send("POST", "\(redline)/merge-preview", "{}")
        #expect(preview.json["members"]?.elements?.map { $0["outcome"]?.text } == ["take"])
        let merged = try send("POST", "\(redline)/merge", #"{"take":{"title":"run"}}"#)
        #expect(merged.json["steps"]?.elements?[0]["title"]?.text == "Press faster")
        #expect(try send("GET", redline).json["merged_into_id"]?.text == merged.id)
        try send("POST", "/v1/procedures/\(merged.id)/archive")
    }

    /// A standard step: released, referred to, released anew, and pulled when a run's step starts.
    func standardStep() throws {
        let draft = #"{"title":"Torque","standard":true,"steps":[{"title":"It","instructions":"Tighten."}]}"#
        let standard = try send("POST", "/v1/procedures", draft, 201).id
        let part = try org.part("FASTENED")
        let steps = #"[{"title":"Fasten","standard_id":"\#(standard)"}]"#
        let made = try send(
            "POST",
            "/v1/procedures",
            #"{"title":"Fasten","part_id":"\#(part)","steps":\#(steps)}"#,
            201
        )
        #expect(try send("POST", "/v1/procedures/\(made.id)/release", nil, 409).code == "standard_step_not_released")
        try send("POST", "/v1/procedures/\(standard)/release")
        try send("POST", "/v1/procedures/\(made.id)/release")
        let run = try send("POST", "/v1/runs", #"{"procedure_id":"\#(made.id)"}"#, 201)
        let next = try send("POST", "/v1/procedures/\(standard)/new-version", nil, 201).id
        try send("PUT", "/v1/procedures/\(next)", draft.replacing("Tighten.", with: "Tighten twice."))
        try send("POST", "/v1/procedures/\(next)/release")
        #expect(try send("GET", "/v1/procedures?standard=true&family_id=\(standard)").items.count == 2)
        let step = "/v1/steps/\(TestOrg.steps(run)[0])"
        #expect(try send("GET", step).json["instructions"]?.text == "Tighten.")
        try send("POST", "\(step)/start")
        let started = try send("GET", step).json
        #expect(started["instructions"]?.text == "Tighten twice." && started["standard_version_id"]?.text == next)
        try send("POST", "\(step)/complete")
    }

    /// A run without a procedure: its step is added as it flies, and what came of it is saved as a procedure, which runs.
    func fly() throws {
        let part = try org.part("FLOWN", tracking: "none")
        let made = try send("POST", "/v1/runs", #"{"part_id":"\#(part)","title":"Prototype"}"#, 201)
        #expect(made.json["procedure"] == .null && made.json["status"]?.text == "todo")
        #expect(try send("POST", "/v1/runs", "{}", 422).code == "procedure_or_part")
        let save = "/v1/runs/\(made.id)/save-as-procedure"
        #expect(try send("POST", save, "{}", 409).code == "run_without_steps")
        let body = #"{"reason":"First.","title":"Try","add_fields":[{"name":"Seen","type":"text"}]}"#
        let added = try send("POST", "/v1/runs/\(made.id)/steps", body, 201)
        try send("POST", "/v1/steps/\(added.id)/release-redline")
        let saved = try send("POST", save, #"{"title":"As flown"}"#, 201)
        #expect(saved.json["state"]?.text == "draft" && saved.json["saved_run_id"]?.text == made.id)
        #expect(saved.json["steps"]?.elements?.map { $0["title"]?.text } == ["Try"])
        #expect(saved.json["left_out"]?.elements?.isEmpty == true)
        try send("POST", "/v1/procedures/\(saved.id)/release")
        #expect(TestOrg.steps(try send("POST", "/v1/runs", #"{"procedure_id":"\#(saved.id)"}"#, 201)).count == 1)
        #expect(try send("GET", "/v1/runs?part_id=\(part)").items.count == 2)
    }

    /// A third run, changed as it flies: a step edited, one added, and a redline that comes to nothing.
    func redline() throws {
        let made = try send("POST", "/v1/runs", #"{"procedure_id":"\#(procedure)","serial_numbers":["SN-R"]}"#, 201)
        let steps = TestOrg.steps(made)
        let press = "/v1/steps/\(steps[0])"
        #expect(try send("PATCH", press, #"{"title":"Cut"}"#, 409).json["code"]?.text == "run_is_a_copy")
        try send("POST", "\(press)/redline", #"{"reason":"The old press is gone."}"#)
        let width = try send("GET", press).json["fields"]?.elements?[0]["id"]?.text ?? ""
        let edit = """
            {"title":"Cut","lead_time_seconds":30,"add_fields":[{"name":"Blade","type":"text"}],
             "change_fields":[{"field_id":"\(width)","maximum":"30"}]}
            """
        let edited = try send("PATCH", press, edit)
        #expect(edited.json["redline"]?["before"]?["title"]?.text == "Press")
        #expect(edited.json["redline"]?["after"]?["title"]?.text == "Cut")
        #expect(edited.json["fields"]?.elements?.count == 3)
        try send("POST", "\(press)/release-redline")
        #expect(try send("GET", press).json["redline"] == .null)
        let ids = #""ids":["\#(steps[0])"]"#
        try send("POST", "/v1/steps/redline", #"{\#(ids),"reason":"Once more."}"#)
        let screw = try send("POST", "/v1/parts", #"{"part_number":"RED-1","name":"Screw","tracking":"none"}"#, 201).id
        let more =
            #"{"add_requirements":[{"part_id":"\#(screw)","quantity_per_unit":"2","reference_designators":["X1"]}]}"#
        let need = try send("PATCH", press, more).json["redline"]?["after"]?["requirements"]?.elements?.last?["id"]?
            .text
        let less = #"{"build_requirement_id":"\#(need ?? "")","quantity_per_unit":"1.5","substitute_part_ids":[]}"#
        try send("PATCH", press, #"{"change_requirements":[\#(less)]}"#)
        let without = try send("PATCH", press, #"{"withdraw_requirements":["\#(need ?? "")"]}"#)
        #expect(
            without.json["redline"]?["after"]?["requirements"] == without.json["redline"]?["before"]?["requirements"]
        )
        try send("POST", "/v1/steps/release-redline", "{\(ids)}")
        let body = #"{"reason":"Forgotten.","title":"Clean","upstream_ids":["\#(steps[0])"]}"#
        let added = try send("POST", "/v1/runs/\(made.id)/steps", body, 201)
        #expect(added.json["state"]?.text == "redline" && added.json["position"]?.digits == "3")
        let again = #"{"reason":"Twice.","run_step_id":"\#(steps[0])","title":"Cut again"}"#
        let copied = try send("POST", "/v1/runs/\(made.id)/copied-steps", again, 201)
        #expect(copied.json["title"]?.text == "Cut again" && copied.json["fields"]?.elements?.count == 3)
        let after = try send("PATCH", "/v1/steps/\(copied.id)", #"{"after":"\#(steps[0])"}"#)
        #expect(after.json["position"]?.digits == "1.5")
        #expect(after.json["redline"]?["after"]?["position"]?.digits == "1.5")
        #expect(try send("PATCH", "/v1/steps/\(copied.id)", #"{"after":null}"#).json["position"]?.digits == "0.5")
        let itself = #"{"after":"\#(copied.id)"}"#
        #expect(try send("PATCH", "/v1/steps/\(copied.id)", itself, 422).code == "after_itself")
        #expect(try send("GET", "/v1/steps?run_id=\(made.id)").items.contains { $0["position"]?.digits == "0.5" })
        try send("POST", "/v1/steps/\(copied.id)/cancel-redline")
        try send("POST", "/v1/steps/\(added.id)/cancel-redline")
        #expect(try send("GET", "/v1/steps/\(added.id)").json["withdrawn_at"] != .null)
        try send("POST", "/v1/steps/redline", #"{\#(ids),"reason":"Or not."}"#)
        try send("POST", "/v1/steps/cancel-redline", "{\(ids)}")
        let list = try send("GET", "/v1/runs/\(made.id)/redlines").items
        #expect(list.map { $0["state"]?.text } == ["released", "released", "canceled", "canceled", "canceled"])
        #expect(list.map { $0["source_run_step_id"]?.text } == [nil, nil, nil, steps[0], nil])
        #expect(try send("GET", "/v1/runs/\(made.id)").json["steps"]?.elements?.count == 3)
        #expect(try send("GET", "/v1/steps?run_id=\(made.id)").items.count == 3)
    }
}

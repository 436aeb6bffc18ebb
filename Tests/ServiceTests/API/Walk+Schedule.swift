import Testing

@testable import Service

extension Walk {
    /// A run that waits for what another builds.
    func schedule() throws {
        let steps = #"[{"title":"Turn","lead_time_seconds":7200}]"#
        let turning = try send(
            "POST",
            "/v1/procedures",
            #"{"title":"Turn bolts","part_id":"\#(bolt)","steps":\#(steps)}"#,
            201
        ).id
        try send("POST", "/v1/procedures/\(turning)/release")
        let bolts = try send("POST", "/v1/runs", #"{"procedure_id":"\#(turning)","quantity":"10"}"#, 201).id
        let made = try send("POST", "/v1/runs", #"{"procedure_id":"\#(procedure)","serial_numbers":["SN-S"]}"#, 201)
        let need = made.json["build_requirements"]?.elements?.first?["id"]?.text ?? ""
        let path = "/v1/build-requirements/\(need)/supplies"
        let wait = try send("POST", path, #"{"supplying_run_id":"\#(bolts)"}"#, 201)
        #expect(wait.json["quantity"]?.text == "8" && wait.json["state"]?.text == "waiting")
        try send("POST", path, #"{"supplying_run_id":"\#(made.id)"}"#, 409)
        #expect(try send("GET", "/v1/run-supplies?run_id=\(made.id)&live=true").items.count == 1)
        #expect(try send("GET", "/v1/run-supplies?supplying_run_id=\(bolts)").items.map { $0["id"]?.text } == [wait.id])
        let plan = try send("POST", "/v1/plans", #"{"run_ids":["\#(made.id)","\#(bolts)"]}"#)
        let waits = plan.json["waits"]?.elements ?? []
        #expect(waits.map { $0["state"]?.text } == ["planned"])
        let supplied = plan.json["steps"]?.elements?.filter { $0["because"]?.text == "supply" } ?? []
        #expect(!supplied.isEmpty && supplied.allSatisfy { $0["because_run_id"]?.text == bolts })
        try send("PUT", "/v1/schedule", #"{"runs":[{"id":"\#(bolts)","scheduled_end":"2027-03-05T08:00:00Z"}]}"#)
        let many = repeatElement(#"{"id":"\#(bolt)","due_at":"2027-03-05T08:00:00Z"}"#, count: 10_000)
        try send("PUT", "/v1/schedule", #"{"steps":[],"runs":[\#(many.joined(separator: ","))]}"#, 422)
        let alone = try send("POST", "/v1/plans", #"{"run_ids":["\#(made.id)"],"start":"2027-03-01T08:00:00Z"}"#)
        #expect(alone.json["waits"]?.elements?.first?["ends"]?.text == "2027-03-05T08:00:00Z")
        let whole = try send("GET", "/v1/rollups?level=assembly&id=\(made.id)").items[0]
        #expect(whole["members"] == .number("2") && whole["unscheduled"] == .number("1"))
        #expect(
            whole["effective_end"]?.text == "2027-03-05T08:00:00.000000Z" && whole["effective_end_id"]?.text == bolts
        )
        #expect(whole["effective_end_from"]?.text == "explicit" && whole["effective_start"] == .null)
        try add(bolts, made.id)
        try evenOut(turning)
        let opened = try send("GET", "/v1/runs/\(bolts)/timeline")
        #expect(opened.json["critical_step_ids"]?.elements?.count == 1)
        #expect(opened.json["steps"]?.elements?.first?["planned"]?["critical"] == .boolean(true))
        let late = TestOrg.steps(try send("GET", "/v1/runs/\(bolts)"))[0]
        try send(
            "PUT",
            "/v1/schedule",
            #"{"steps":[{"id":"\#(late)","scheduled_start":"2026-01-05T08:00:00Z","scheduled_end":"2026-01-05T12:00:00Z"}]}"#
        )
        let look = try send("POST", "/v1/plans/replan", #"{"run_ids":["\#(bolts)"]}"#)
        #expect(look.json["moves"]?.elements?.first?["start_before"]?.text == "2026-01-05T08:00:00Z")
        let run = look.json["runs"]?.elements?.first
        #expect(run?["id"]?.text == bolts && run?["end_before"]?.text == "2026-01-05T12:00:00Z")
        #expect(run?["moves"] == .number("1"))
        #expect(try send("GET", "/v1/timeline/behind").items.contains { $0["id"]?.text == bolts })
        let projected = try send("GET", "/v1/rollups/projection?level=assembly&id=\(made.id)").json
        #expect(projected["runs"] == .number("2") && projected["run_ids"]?.elements?.count == 2)
        try send("GET", "/v1/rollups/projection", nil, 422)
        try send("GET", "/v1/rollups/projection?id=\(made.id)", nil, 404)
        let basis = look.json["basis"]?.text ?? ""
        let stale = String(basis.reversed())
        try send("POST", "/v1/plans/replan/apply", #"{"run_ids":["\#(bolts)"],"basis":"\#(stale)"}"#, 409)
        let moved = try send("POST", "/v1/plans/replan/apply", #"{"run_ids":["\#(bolts)"],"basis":"\#(basis)"}"#)
        #expect(moved.json["moves"]?.elements?.map { $0["id"]?.text } == [late])
        #expect(moved.json["steps"]?.elements?.first?["scheduled_start"]?.text?.hasPrefix("2026-01-05") == false)
        #expect(
            try send("POST", "/v1/run-supplies/\(wait.id)/end", #"{"reason":"Bought."}"#).json["state"]?.text == "ended"
        )
        try contradict(turning)
    }

    /// What is said of a run and of its step doesn't fit: all of it is named, and the timeline says the same.
    private func contradict(_ procedure: String) throws {
        let run = try send("POST", "/v1/runs", #"{"procedure_id":"\#(procedure)","quantity":"1"}"#, 201).id
        let step = TestOrg.steps(try send("GET", "/v1/runs/\(run)"))[0]
        func said(_ ofRun: String, _ ofStep: String) throws -> [String] {
            let schedule = #"{"runs":[{"id":"\#(run)",\#(ofRun)}],"steps":[{"id":"\#(step)",\#(ofStep)}]}"#
            try send("PUT", "/v1/schedule", schedule)
            let found = try send("GET", "/v1/runs/\(run)/timeline").json["conflicts"]?.elements ?? []
            #expect(found.allSatisfy { $0["run_id"]?.text == run && $0["outer_id"] == .null })
            let window = try send("GET", "/v1/timeline?from=2096-12-01T00:00:00Z&to=2097-12-01T00:00:00Z").items
            let isLate = window.first { $0["id"]?.text == run }?["late"] == .boolean(true)
            let kinds = found.compactMap { $0["kind"]?.text }
            #expect(kinds.contains("past_due") == isLate)
            return zip(kinds, found).map { $0 + ($1["step_id"] == .null ? "" : " of a step") }
        }
        let kinds = try said(
            #""scheduled_start":"2097-06-01T00:00:00Z","due_at":"2097-05-01T00:00:00Z""#,
            #""scheduled_start":"2097-01-04T08:00:00Z","scheduled_end":"2097-01-04T12:00:00Z""#
        )
        #expect(kinds == ["end_before_start", "past_due", "starts_outside of a step"])
        let ends = try said(
            #""scheduled_start":null,"scheduled_end":"2097-01-05T00:00:00Z","due_at":"2097-01-06T00:00:00Z""#,
            #""scheduled_end":"2097-02-01T00:00:00Z""#
        )
        #expect(ends == ["past_due of a step", "ends_outside of a step"])
        let well = try said(
            #""scheduled_end":"2097-02-01T00:00:00Z","due_at":"2097-02-01T00:00:00Z""#,
            #""scheduled_end":"2097-02-01T00:00:00Z""#
        )
        #expect(well == [])
        // What can't be planned names the step, and what would clear it.
        let far = #"{"steps":[{"id":"\#(step)","scheduled_start":"2300-01-01T00:00:00Z","scheduled_end":null}]}"#
        try send("PUT", "/v1/schedule", far)
        for refused in [
            try send("GET", "/v1/runs/\(run)/timeline", nil, 422),
            try send("POST", "/v1/plans", #"{"run_ids":["\#(run)"]}"#, 422),
            try send("POST", "/v1/plans/apply", #"{"run_ids":["\#(run)"]}"#, 422),
            try send("POST", "/v1/plans/replan", #"{"run_ids":["\#(run)"]}"#, 422),
        ] {
            let named = refused.json["steps"]?.elements ?? []
            #expect(named.map { $0["id"]?.text } == [step] && named.map { $0["run_id"]?.text } == [run])
            #expect(refused.json["detail"]?.text?.hasPrefix("\"Turn\" of run ") == true)
            #expect(refused.json["detail"]?.text?.contains(" is scheduled for 2300-01-01T00:00:00Z, ") == true)
            #expect(refused.json["clear"]?.text?.isEmpty == false)
        }
    }

    /// Siblings are planned for one time: that of the last of them, which is named.
    private func evenOut(_ procedure: String) throws {
        let runs = try (0..<2).map { _ in
            try send("POST", "/v1/runs", #"{"procedure_id":"\#(procedure)","quantity":"1"}"#, 201).id
        }
        let ids = runs.map { "\"\($0)\"" }.joined(separator: ",")
        try send("POST", "/v1/batches", #"{"run_ids":[\#(ids)]}"#, 201)
        try send("PUT", "/v1/schedule", #"{"runs":[{"id":"\#(runs[0])","scheduled_start":"2027-06-01T08:00:00Z"}]}"#)
        let plan = try send("POST", "/v1/plans", #"{"run_ids":[\#(ids)]}"#)
        let held = plan.json["steps"]?.elements?.first { $0["run_id"]?.text == runs[1] }
        #expect(held?["because"]?.text == "sibling" && held?["because_run_id"]?.text == runs[0])
        let applied = try send("POST", "/v1/plans/apply", #"{"run_ids":[\#(ids)]}"#)
        let starts = applied.json["steps"]?.elements?.compactMap { $0["scheduled_start"]?.text }
        #expect(starts == ["2027-06-01T08:00:00.000000Z", "2027-06-01T08:00:00.000000Z"])
    }

    /// What the levels above runs add up to, of a batch as its document tells it, too.
    private func add(_ runs: String...) throws {
        let ids = runs.map { "\"\($0)\"" }.joined(separator: ",")
        let batch = try send("POST", "/v1/batches", #"{"run_ids":[\#(ids)]}"#, 201).id
        let read = try send("GET", "/v1/batches/\(batch)").json["schedule"]
        #expect(read?["members"] == .number("2") && read?["effective_end"]?.text == "2027-03-05T08:00:00.000000Z")
        let listed = try send("GET", "/v1/rollups?limit=200").items.first { $0["id"]?.text == batch }
        #expect(listed?["effective_end"] == read?["effective_end"] && listed?["members"] == read?["members"])
        #expect(try send("GET", "/v1/timeline/unscheduled?batch_id=\(batch)&status=todo").items.count == 1)
        for level in ["work_center", "org"] { #expect(try !send("GET", "/v1/rollups?level=\(level)").items.isEmpty) }
        try send("GET", "/v1/rollups?id=\(runs[0])", nil, 404)
        let page = try send("GET", "/v1/rollups?level=assembly&limit=1")
        #expect(page.items.count == 1)
        try send("POST", "/v1/batches/\(batch)/dissolve")
    }
}

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
        let alone = try send("POST", "/v1/plans", #"{"run_ids":["\#(made.id)"],"start":"2027-03-01T08:00:00Z"}"#)
        #expect(alone.json["waits"]?.elements?.first?["ends"]?.text == "2027-03-05T08:00:00Z")
        #expect(
            try send("POST", "/v1/run-supplies/\(wait.id)/end", #"{"reason":"Bought."}"#).json["state"]?.text == "ended"
        )
    }
}

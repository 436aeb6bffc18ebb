import Testing

@testable import Service

extension Walk {
    /// Runs that are worked as one, from their making to the batch's end.
    func batch() throws {
        let procedure = try org.procedure(2, part: try org.part("BATCHED"))
        let made = try send("POST", "/v1/batches", #"{"procedure_id":"\#(procedure)","runs":[{},{},{}]}"#, 201)
        let runs = made.json["runs"]?.elements?.compactMap { $0["run_id"]?.text } ?? []
        #expect(runs.count == 3 && made.json["siblings"]?.elements?.count == 2)
        let step = try send("GET", "/v1/runs/\(runs[0])").json["steps"]?.elements?.first?["id"]?.text ?? ""
        try send("POST", "/v1/steps/\(step)/start", #"{"siblings":"all"}"#)
        let report = try send("GET", "/v1/steps/\(step)/siblings?act=hold")
        #expect(report.json["siblings"]?.elements?.count == 2 && report.json["misfits"]?.elements?.isEmpty == true)
        for run in runs {
            let state = try send("GET", "/v1/runs/\(run)").json["steps"]?.elements?.first?["state"]?.text
            #expect(state == "in_progress", "a sibling follows")
        }
        try send("POST", "/v1/steps/\(step)/hold", #"{"reason":"This one alone.","siblings":"none"}"#)
        let left = try send("GET", "/v1/batches/\(made.id)").json["runs"]?.elements?.first {
            $0["run_id"]?.text == runs[0]
        }
        #expect(left?["left_at"]?.text != nil)
        try send("POST", "/v1/steps/\(step)/release")
        try send("POST", "/v1/batches/\(made.id)/join", #"{"run_ids":["\#(runs[0])"]}"#)
        try send("POST", "/v1/runs/\(runs[1])/leave-batch", #"{"reason":"It is wanted sooner."}"#)
        #expect(try send("GET", "/v1/batches?open=true&run_id=\(runs[1])").items.count == 1)
        try send("POST", "/v1/batches/\(made.id)/dissolve")
    }
}

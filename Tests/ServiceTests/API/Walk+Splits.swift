import Testing

@testable import Service

extension Walk {
    /// Units that are split off a run, and what becomes of each group of them.
    func split() throws {
        let nut = try org.part("NUT")
        let body = try org.part("BODY", tracking: "lot")
        let line = #"{"part_id":"\#(nut)","quantity_per_unit":"2"}"#
        let mbom = try send("POST", "/v1/parts/\(body)/mboms", #"{"lines":[\#(line)]}"#, 201).id
        try send("POST", "/v1/mboms/\(mbom)/release")
        let nuts = try send("POST", "/v1/inventory", #"{"part_id":"\#(nut)","quantity":"100"}"#, 201).id
        let made = try send(
            "POST",
            "/v1/runs",
            #"{"procedure_id":"\#(try org.procedure(1, part: body))","quantity":"12","lot_number":"B-1"}"#,
            201
        )
        let run = "/v1/runs/\(made.id)"
        let need = made.json["build_requirements"]?.elements?.first?["id"]?.text ?? ""
        func install(_ path: String, _ need: String, _ quantity: Int) throws -> String {
            try send(
                "POST",
                "\(path)/installations",
                #"{"build_requirement_id":"\#(need)","part_inventory_id":"\#(nuts)","quantity":"\#(quantity)"}"#,
                201
            ).id
        }
        /// Splits two off onto an issue with a disposition that is approved already; the group.
        func group(_ path: String, _ disposition: String) throws -> APIClient.Answer {
            let issue = try send("POST", "/v1/issues", #"{"title":"Dents","run_id":"\#(made.id)"}"#, 201).id
            let request = #"{"quantity":"2","issue_id":"\#(issue)","reason":"Dented."}"#
            try send("POST", "\(path)/split-plan", request)
            let split = try send("POST", "\(path)/split", request, 201)
            let type = try send(
                "POST",
                "/v1/disposition-types",
                #"{"name":"\#(issue.prefix(20))","availability":"\#(disposition)","closure_roles":["admin"]}"#,
                201
            ).id
            try send("POST", "/v1/issues/\(issue)/dispose", #"{"disposition_type_id":"\#(type)"}"#)
            return try send("GET", "/v1/splits/\(split.json["split"]?["id"]?.text ?? "")")
        }
        let shared = try install(run, need, 1)
        let first = try group(run, "available_immediately")
        let own = first.json["requirements"]?.elements?.first?["id"]?.text ?? ""
        _ = try install("/v1/splits/\(first.id)", own, 3)
        let resolution = #"{"assignments":[{"split_id":"\#(first.id)"}]}"#
        try send("POST", "/v1/installations/\(shared)/resolve", resolution)
        let reason = #"{"reason":"So be it."}"#
        #expect(try send("POST", "/v1/splits/\(first.id)/use-as-is", reason).json["outcome"]?.text == "used_as_is")
        let second = try group(run, "available_immediately")
        #expect(try send("POST", "/v1/splits/\(second.id)/merge").json["outcome"]?.text == "merged")
        let reworked = try group(run, "release_on_resolve")
        let procedure = try org.procedure(1, part: body)
        let given = #"{"procedure_id":"\#(procedure)","attributes":{"undefined":"1"}}"#
        let refused = try send("POST", "/v1/splits/\(reworked.id)/rework", given, 422)
        #expect(refused.json["code"]?.text == "attributes_refused")
        let again = try send(
            "POST",
            "/v1/splits/\(reworked.id)/rework",
            #"{"procedure_id":"\#(procedure)","requirements":"procedure"}"#
        )
        let rework = try send("GET", "/v1/runs/\(again.json["rework_run_id"]?.text ?? "")")
        #expect(rework.json["quantity"]?.text == "2")
        let third = try group(run, "permanently_unavailable")
        #expect(try send("POST", "/v1/splits/\(third.id)/scrap", reason).json["outcome"]?.text == "scrapped")
        let fourth = try group(run, "permanently_unavailable")
        let returned = try send("POST", "/v1/splits/\(fourth.id)/return-to-vendor", reason)
        #expect(returned.json["outcome"]?.text == "returned_to_vendor")
        #expect(try send("GET", "/v1/splits?run_id=\(made.id)&open=false").items.count == 5)
        #expect(try send("GET", run).json["quantity"]?.text == "4")
        #expect(try send("GET", "\(run)/unit-progress").items.count == 6)
        try nest(run, group)
        #expect(try send("POST", "\(run)/scrap", reason).json["status"]?.text == "canceled")
    }

    /// A group that is split again.
    private func nest(_ run: String, _ group: (String, String) throws -> APIClient.Answer) throws {
        let issue = #""issue":{"title":"Scratches"}"#
        let split = try send("POST", "\(run)/split", #"{"quantity":"3",\#(issue)}"#, 201)
        let path = "/v1/splits/\(split.json["split"]?["id"]?.text ?? "")"
        let nested = try group(path, "available_immediately")
        #expect(nested.json["parent_id"]?.text == path.split(separator: "/").last.map(String.init))
        #expect(try send("GET", path).json["quantity"]?.text == "1")
    }
}

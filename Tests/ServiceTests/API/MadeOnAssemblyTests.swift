import Testing

@testable import Service

/// Children that a run makes in its units, from their mBOM to the as-built record (B7), and reference designators (B2).
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct MadeOnAssemblyTests {
    @Test func aRunMakesItsUnitsChildrenAndFillsThem() throws {
        let org = try #require(ServedAPI.shared).org()
        let client = org.admin
        func post(_ path: String, _ body: String) throws -> APIClient.Answer {
            let answer = try client.post(path, body)
            try #require([200, 201].contains(answer.status), "\(path): \(answer.text)")
            return answer
        }
        let rack = try org.part("RACK", tracking: "serial")
        let drawer = try org.part("DRAWER", tracking: "serial")
        let screw = try org.part("SCREW")
        let inner = try post(
            "/v1/parts/\(drawer)/mboms",
            #"{"lines":[{"part_id":"\#(screw)","quantity_per_unit":2,"reference_designators":["A","B"]}]}"#
        )
        #expect(try post("/v1/mboms/\(inner.id)/release", "{}").status == 200)
        let line = #"{"part_id":"\#(drawer)","quantity_per_unit":2,"made_on_assembly":true}"#
        let substituted = try client.post(
            "/v1/parts/\(rack)/mboms",
            #"{"lines":[{"part_id":"\#(drawer)","quantity_per_unit":2,"made_on_assembly":true,"substitute_part_ids":["\#(screw)"]}]}"#
        )
        #expect(substituted.status == 422 && substituted.json["code"]?.text == "made_has_no_substitute")
        let outer = try post("/v1/parts/\(rack)/mboms", #"{"lines":[\#(line)]}"#)
        #expect(outer.json["lines"]?.elements?.first?["made_on_assembly"] == .boolean(true))
        _ = try post("/v1/mboms/\(outer.id)/release", "{}")
        let procedure = try post(
            "/v1/procedures",
            #"{"title":"Build a rack","part_id":"\#(rack)","steps":[{"title":"Assemble"}]}"#
        )
        _ = try post("/v1/procedures/\(procedure.id)/release", "{}")
        let run = try post("/v1/runs", #"{"procedure_id":"\#(procedure.id)","serial_numbers":["R1"]}"#)
        let requirements = try #require(run.json["build_requirements"]?.elements)
        let drawers = try #require(requirements.first { $0["part_id"]?.text == drawer })
        let screws = try #require(requirements.first { $0["part_id"]?.text == screw })
        let made = (drawers["made_inventory"]?.elements ?? []).compactMap { $0["part_inventory_id"]?.text }
        #expect(made.count == 2 && screws["parent_id"]?.text == drawers["id"]?.text)
        #expect(screws["quantity_needed"]?.text == "4" && screws["quantity_per_assembly"]?.text == "2")
        let stock = try post("/v1/inventory", #"{"part_id":"\#(screw)","quantity":10}"#).id

        let need = #""build_requirement_id":"\#(screws["id"]?.text ?? "")","part_inventory_id":"\#(stock)""#
        let path = "/v1/runs/\(run.id)/installations"
        #expect(try client.post(path, "{\(need)}").json["code"]?.text == "unit_not_named")
        let place = #"{\#(need),"assembly_inventory_id":"\#(made[0])","reference_designator":"B"}"#
        let installed = try post(path, place)
        #expect(installed.json["quantity"]?.text == "1" && installed.json["reference_designator"]?.text == "B")
        let full = try client.post(path, place)
        #expect(full.status == 409 && full.json["code"]?.text == "designator_full")
        let inside = try client.get("/v1/inventory/\(made[0])/abom").items
        #expect(inside.count == 2)
        #expect(try client.get("/v1/inventory/\(made[0])").json["status"]?.text == "installed")
    }
}

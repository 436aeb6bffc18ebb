import Testing

@testable import Service

/// What is in a unit and where a lot went, over HTTP (B6).
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct GenealogyTests {
    /// An org whose run of so many serialized units has a lot installed in it as a whole.
    private struct Line {
        let org: TestOrg
        let lot: String
        let glue: String
        let run: APIClient.Answer
        let installation: String

        init(units: Int) throws {
            org = try #require(ServedAPI.shared).org()
            glue = try org.part("GLUE", tracking: "lot")
            let wheel = try org.part("WHEEL", tracking: "serial")
            let mbom = try org.admin.post(
                "/v1/parts/\(wheel)/mboms",
                #"{"lines":[{"part_id":"\#(glue)","quantity_per_unit":"0.1"}]}"#
            )
            #expect(try org.admin.post("/v1/mboms/\(mbom.id)/release").status == 200)
            lot = try org.admin.post(
                "/v1/inventory",
                #"{"part_id":"\#(glue)","quantity":"500","lot_number":"L1"}"#
            ).id
            run = try org.admin.post(
                "/v1/runs",
                #"{"procedure_id":"\#(try org.procedure(1, part: wheel))","quantity":"\#(units)"}"#
            )
            let need = try #require(run.json["build_requirements"]?.elements?.first?["id"]?.text)
            installation = try org.admin.post(
                "/v1/runs/\(run.id)/installations",
                #"{"build_requirement_id":"\#(need)","part_inventory_id":"\#(lot)"}"#
            ).id
        }

        var units: [String] { (run.json["units"]?.elements ?? []).compactMap { $0["part_inventory_id"]?.text } }
    }

    @Test func aLotInARunAsAWholeIsFoundInEachOfItsUnits() throws {
        let line = try Line(units: 1_000)
        let admin = line.org.admin
        let used = try admin.get("/v1/inventory/\(line.lot)/where-used").items
        #expect(used.count == 1_000)
        #expect(used.allSatisfy { $0["whole_run"] == .boolean(true) && $0["quantity"]?.text == "100" })
        #expect(Set(used.compactMap { $0["assembly_inventory_id"]?.text }) == Set(line.units))
        let byLot = try admin.get("/v1/inventory/where-used?part_id=\(line.glue)&lot_number=L1").items
        #expect(byLot.count == 1_000)
        let unit = try #require(line.units.last)
        let inside = try admin.get("/v1/inventory/\(unit)/abom").items
        #expect(inside.count == 2 && inside.last?["whole_run"] == .boolean(true))
        let difference = try admin.get("/v1/inventory/\(unit)/abom/difference").json
        #expect(difference["differences"]?.elements?.isEmpty == true, "each unit has its part of it")
    }

    @Test func aPastMomentShowsWhatWasThereThen() throws {
        let line = try Line(units: 1)
        let admin = line.org.admin
        let unit = try #require(line.units.first)
        let installed = try #require(
            try admin.get("/v1/inventory/\(unit)/abom").items.last?["installed_at"]?.text
        )
        let removed = try admin.post("/v1/installations/\(line.installation)/uninstall", #"{"reason":"Wrong lot."}"#)
        #expect(removed.status == 200)
        #expect(try admin.get("/v1/inventory/\(unit)/abom").items.count == 1)
        #expect(try admin.get("/v1/inventory/\(unit)/abom?as_of=\(installed)").items.count == 2)
        #expect(try admin.get("/v1/inventory/\(line.lot)/where-used?as_of=\(installed)").items.count == 1)
        let missing = try admin.get("/v1/inventory/\(unit)/abom/difference").json["differences"]?.elements?.first
        #expect(missing?["what"]?.text == "missing" && missing?["expected"]?.text == "0.1")
        let future = try admin.get("/v1/inventory/\(unit)/abom?as_of=2999-01-01T00:00:00Z")
        #expect(future.status == 422 && future.json["code"]?.text == "moment_in_future")
    }

    @Test func anotherOrgsUnitIsNotFound() throws {
        let line = try Line(units: 1), stranger = try #require(ServedAPI.shared).org().admin
        let unit = try #require(line.units.first)
        for path in ["\(unit)/abom", "\(unit)/abom/difference", "\(unit)/where-used"] {
            #expect(try stranger.get("/v1/inventory/\(path)").status == 404)
        }
        let lot = "/v1/inventory/where-used?part_id=\(line.glue)&lot_number=L1"
        #expect(try stranger.get(lot).status == 404)
        #expect(try line.org.admin.get("/v1/inventory/\(unit)/abom/difference?with=\(line.glue)").status == 404)
    }
}

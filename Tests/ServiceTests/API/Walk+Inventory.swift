import Testing

@testable import Service

extension Walk {
    /// Stock from its receipt out of the door: counted, split, moved, held, kept for a run, merged, scrapped, shipped.
    func keepStock() throws {
        let received = #"{"part_id":"\#(bolt)","quantity":"10","location_id":"\#(bench)"}"#
        let row = "/v1/inventory/\(try send("POST", "/v1/inventory", received, 201).id)"
        func act(_ act: String, _ body: String? = nil, on path: String? = nil) throws -> APIClient.Answer {
            try send("POST", "\(path ?? row)/\(act)", body)
        }
        #expect(try act("adjust", #"{"quantity":"12","reason":"Counted."}"#).json["quantity"]?.text == "12")
        #expect(try act("adjust", #"{"difference":-0.5,"reason":"Bent."}"#).json["quantity"]?.text == "11.5")
        #expect(try send("POST", "\(row)/adjust", #"{"quantity":"-1","reason":"x"}"#, 422).json["code"]?.text != nil)
        #expect(try send("POST", "\(row)/scrap", #"{"quantity":"99","reason":"x"}"#, 409).json["rule"]?.text == "I6")
        let part = try act("split", #"{"quantity":"2"}"#)
        #expect(part.json["quantity"]?.text == "2")
        #expect(try act("merge", #"{"part_inventory_ids":["\#(part.id)"]}"#).json["quantity"]?.text == "11.5")
        #expect(try send("GET", "/v1/inventory/\(part.id)").json["merged_into_id"]?.text != nil)
        let shelf = try send("POST", "/v1/locations", #"{"name":"Shelf"}"#, 201).id
        let moved = try act("move", #"{"location_id":"\#(shelf)","quantity":"1"}"#)
        #expect(moved.json["location_id"]?.text == shelf)
        let held = try act("hold", #"{"reason":"Rust.","quantity":"1.5"}"#)
        #expect(held.json["status"]?.text == "unavailable" && held.json["hold_reason"]?.text == "Rust.")
        let released = try act("release", #"{"reason":"Clean."}"#, on: "/v1/inventory/\(held.id)")
        #expect(released.json["status"]?.text == "available")
        let made = try send("POST", "/v1/runs", #"{"procedure_id":"\#(procedure)","serial_numbers":["SN-50"]}"#, 201)
        let kept = try act("reserve", #"{"run_id":"\#(made.id)","kit_name":"K1","quantity":"3"}"#)
        #expect(kept.json["status"]?.text == "kitted")
        for query in ["reserved_run_id=\(made.id)", "kit_name=K1", "status=kitted"] {
            #expect(try send("GET", "/v1/inventory?\(query)").items.map { $0["id"]?.text } == [kept.id])
        }
        let freed = try act("unreserve", on: "/v1/inventory/\(kept.id)")
        #expect(freed.json["status"]?.text == "available")
        let scrapped = try act("scrap", #"{"quantity":"1","reason":"Torn."}"#)
        #expect(scrapped.json["status"]?.text == "scrapped" && scrapped.json["quantity_scrapped"]?.text == "1")
        #expect(
            try act("unscrap", #"{"reason":"Not torn."}"#, on: "/v1/inventory/\(scrapped.id)").json["quantity"]?.text
                == "1"
        )
        let shipped = try act("ship", #"{"quantity":"2","reason":"Sold."}"#)
        #expect(shipped.json["quantity_shipped"]?.text == "2")
        #expect(
            try act("return", #"{"quantity":"1"}"#, on: "/v1/inventory/\(shipped.id)").json["quantity"]?.text == "1"
        )
        let newest = try send("GET", "\(row)/movements?limit=3")
        #expect(newest.items.map { $0["kind"]?.text } == ["split", "split", "split"])
        let cursor = try #require(newest.json["next_cursor"]?.text)
        let older = try send("GET", "\(row)/movements?cursor=\(cursor)").items
        #expect(older.last?["kind"]?.text == "receive" && older.last?["moved_by"]?.text?.hasPrefix("user:") == true)
        try send("GET", "/v1/inventory/\(bench)/movements", nil, 404)
        try send("PATCH", "/v1/parts/\(deck)", #"{"number_pattern":"D-{000}"}"#)
        let next = try send("POST", "/v1/inventory", #"{"part_id":"\#(deck)","generate":true}"#, 201)
        #expect(next.json["serial_number"]?.text == "D-001")
        try send("POST", "/v1/runs", #"{"procedure_id":"\#(procedure)","quantity":"2","generate":true}"#, 201)
        #expect(try send("GET", "/v1/inventory?serial_number=D-003").items.count == 1)
    }

    /// What the unit differs in from what was to be built, and from another; where a lot went (B6).
    func lookInside() throws {
        let path = "/v1/inventory/\(unit)/abom/difference"
        let built = try send("GET", path).json
        #expect(built["against"]?.text == "run" && built["differences"]?.elements?.isEmpty == true)
        #expect(try send("GET", "\(path)?against=mbom").json["assemblies"]?.digits == "1")
        let other = try send("GET", "\(path)?with=\(stock)").json
        #expect(other["with"]?["part_inventory_id"]?.text == stock)
        #expect(other["parts"]?.elements?.first?["what"]?.text == "only_in_this")
        let glue = try org.part("GLUE", tracking: "lot")
        let lot = "/v1/inventory/where-used?part_id=\(glue)&lot_number=L1"
        try send("GET", lot, nil, 404)
        try send("POST", "/v1/inventory", #"{"part_id":"\#(glue)","lot_number":"L1"}"#, 201)
        #expect(try send("GET", lot).items.isEmpty)
        try send("GET", "/v1/inventory/where-used?part_id=\(bolt)", nil, 422)
    }

    /// The unit of the first run on another: what is in it counts, is taken out and replaced; canceled, the run frees it.
    func takeUnit() throws {
        let body = #"{"procedure_id":"\#(procedure)","part_inventory_ids":["\#(unit)"]}"#
        let made = try send("POST", "/v1/runs", body, 201)
        #expect(made.json["units"]?.elements?.first?["taken"] == .boolean(true))
        #expect(try send("POST", "/v1/runs", body, 409).json["code"]?.text == "inventory_unavailable")
        let need = try #require(made.json["build_requirements"]?.elements?.first)
        let old = try #require(need["carried"]?.elements?.first?["installation_id"]?.text)
        #expect(need["quantity_carried"]?.text == "8")
        let removed = try send("POST", "/v1/installations/\(old)/uninstall", #"{"reason":"Worn."}"#)
        #expect(removed.json["removed_run_id"]?.text == made.id && removed.json["run_id"]?.text == run)
        let install = #"{"build_requirement_id":"\#(need["id"]?.text ?? "")","part_inventory_id":"\#(stock)"}"#
        try send("POST", "/v1/runs/\(made.id)/installations", install, 201)
        try send("POST", "/v1/runs/\(made.id)/cancel", #"{"reason":"Not now."}"#)
        #expect(try send("GET", "/v1/inventory/\(unit)").json["status"]?.text == "available")
        let rework = #"{"procedure_id":"\#(procedure)","part_inventory_ids":["\#(unit)"],"requirements":"procedure"}"#
        let again = try send("POST", "/v1/runs", rework, 201)
        #expect(again.json["build_requirements"]?.elements?.isEmpty == true)
        try send("POST", "/v1/runs/\(again.id)/cancel", #"{"reason":"Not now."}"#)
    }
}

import Testing

@testable import Service

extension Walk {
    /// A step that a supplier does, from the supplier and its order to what came back and what did not.
    func sendOut() throws {
        let supplier = try send("POST", "/v1/suppliers", #"{"code":"ACE","name":"Ace Plating"}"#, 201)
        #expect(try send("GET", "/v1/suppliers?archived=false").items.count == 1)
        try send("PATCH", "/v1/suppliers/\(supplier.id)", #"{"name":"Ace Plating Ltd"}"#)
        #expect(try send("GET", "/v1/suppliers/\(supplier.id)").json["name"]?.text == "Ace Plating Ltd")
        #expect(try send("GET", "/v1/suppliers/\(supplier.id)/history").items.count == 2)
        let steps = #"[{"title":"Plate","outside_process":true,"location_id":"\#(bench)"}]"#
        let draft = #"{"title":"Plate a bolt","part_id":"\#(bolt)","steps":\#(steps)}"#
        let plating = try send("POST", "/v1/procedures", draft, 201).id
        try send("POST", "/v1/procedures/\(plating)/release")
        let made = try send("POST", "/v1/runs", #"{"procedure_id":"\#(plating)","quantity":"10"}"#, 201)
        let step = "/v1/steps/\(TestOrg.steps(made)[0])"
        let order = try order(of: supplier.id)
        let line = order.json["lines"]?.elements?.first?["id"]?.text ?? ""
        let onLine = #"{"purchase_order_line_id":"\#(line)"}"#
        let planned = try send("POST", "\(step)/link", onLine, 201)
        try send("POST", "/v1/outside-processes/\(planned.id)/unlink")
        #expect(try send("POST", "\(step)/start", nil, 409).json["code"]?.text == "sent_to_start")
        let sent = try send("POST", "\(step)/send", onLine)
        let path = "/v1/outside-processes/\(sent.id)"
        #expect(sent.json["state"]?.text == "away" && sent.json["quantity_sent"]?.text == "10")
        #expect(try send("GET", "/v1/outside-processes?state=away&overdue=true").items.count == 1)
        #expect(try send("POST", "\(step)/fail", #"{"reason":"x"}"#, 409).json["code"]?.text == "units_away")
        #expect(try send("GET", step).json["outside_processes"]?.elements?.count == 2)
        try send("POST", "\(path)/receive", #"{"quantity":"8","reference":"PS-1"}"#)
        #expect(try send("POST", "\(path)/receive", #"{"quantity":"3"}"#, 409).json["code"]?.text == "more_than_away")
        let short = try send("POST", "\(path)/short", #"{"reason":"Lost.","issue":{"title":"Two bolts are lost"}}"#)
        #expect(short.json["state"]?.text == "short")
        #expect(try send("GET", path).json["shipments"]?.elements?.count == 3)
        try send("POST", "\(step)/complete")
        let cost = try send("GET", "/v1/runs/\(made.id)/cost")
        #expect(cost.json["outside"]?.elements?.first?["cost"]?.text == "20")
        #expect(try send("GET", "/v1/purchase-orders?status=received").items.count == 1)
    }

    /// A purchase order that has been everywhere that one can be, and is ordered.
    private func order(of supplier: String) throws -> APIClient.Answer {
        let line = #"{"part_id":"\#(bolt)","operation":"Plate","quantity":"9","unit_price":"2.50","currency":"EUR"}"#
        let made = try send(
            "POST",
            "/v1/purchase-orders",
            #"{"supplier_id":"\#(supplier)","lines":[\#(line)]}"#,
            201
        )
        let path = "/v1/purchase-orders/\(made.id)"
        let first = made.json["lines"]?.elements?.first?["id"]?.text ?? ""
        try send("PATCH", "/v1/purchase-order-lines/\(first)", #"{"quantity":"10","need_date":"2020-01-31"}"#)
        let two = try send("PATCH", path, #"{"note":"Soon","add_lines":[\#(line),\#(line)]}"#)
        let others = (two.json["lines"]?.elements ?? []).dropFirst().compactMap { $0["id"]?.text }
        try send("POST", "\(path)/cancel", #"{"line_ids":["\#(others[0])"]}"#)
        try send("POST", "\(path)/request")
        #expect(try send("POST", "\(path)/approve", nil, 409).json["code"]?.text == "own_request")
        try send("POST", "\(path)/return", #"{"reason":"Too dear."}"#)
        try send("POST", "\(path)/request")
        #expect(try quality.post("\(path)/approve", "{}").status == 200)
        try send("POST", "\(path)/revise", #"{"reason":"More."}"#)
        #expect(try quality.post("\(path)/approve", "{}").status == 409)
        try send("POST", "\(path)/request")
        #expect(try quality.post("\(path)/approve", "{}").status == 200)
        try send("POST", "\(path)/order")
        try send("POST", "\(path)/close", #"{"line_ids":["\#(others[1])"],"reason":"Done here."}"#)
        #expect(try send("GET", "\(path)/history").items.isEmpty == false)
        return try send("GET", path)
    }
}

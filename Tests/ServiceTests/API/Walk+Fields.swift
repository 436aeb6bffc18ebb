import Testing

@testable import Service

extension Walk {
    /// Fields beyond numbers and signatures: a tool, a grid, a value in another unit, one field against another.
    func fields() throws {
        let wrench = #"{"number":"TW-7","name":"Torque wrench","calibration_due":"2000-01-01"}"#
        let tool = try send("POST", "/v1/tools", wrench, 201)
        #expect(tool.json["overdue"] == .boolean(true))
        #expect(try send("GET", "/v1/tools?overdue=true").items.count == 1)
        let steps = """
            [{"title":"Torque","fields":[{"name":"Limit","type":"number","unit":"N·m"},
                {"name":"Torque","type":"number","unit":"N·m","compare":{"op":"<=","field":"Limit"}},
                {"name":"Wrench","type":"tool"},
                {"name":"Holes","type":"datagrid","datagrid":{"minimum_rows":1,"columns":[
                    {"key":"hole","label":"Hole","type":"text"},
                    {"key":"depth","label":"Depth","type":"number","unit":"mm","minimum":9.5,"maximum":"10.5"}]}},
                {"name":"Photo","type":"file"}]}]
            """
        let draft = #"{"title":"Torque a deck","part_id":"\#(deck)","steps":\#(steps)}"#
        let made = try send("POST", "/v1/procedures", draft, 201)
        try send("POST", "/v1/procedures/\(made.id)/release")
        let built = try send("POST", "/v1/runs", #"{"procedure_id":"\#(made.id)","serial_numbers":["SN-Torque"]}"#, 201)
        let step = "/v1/steps/\(TestOrg.steps(built)[0])"
        try send("POST", "\(step)/start")
        let ids = (try send("GET", step).json["fields"]?.elements ?? []).compactMap { $0["id"]?.text }
        func enter(_ values: String, _ status: Int = 200) throws -> APIClient.Answer {
            try send("PUT", "\(step)/values", #"{"values":[\#(values)]}"#, status)
        }
        let overdue = try enter(#"{"field_id":"\#(ids[2])","value":"\#(tool.id)"}"#, 409)
        #expect(overdue.code == "tool_overdue" && overdue.json["calibration_due"]?.text == "2000-01-01")
        try send("PATCH", "/v1/tools/\(tool.id)", #"{"calibration_due":"2900-01-01"}"#)
        #expect(try send("GET", "/v1/tools/\(tool.id)").json["overdue"] == .boolean(false))
        #expect(try send("GET", "/v1/tools/\(tool.id)/history").items.count == 2)
        #expect(try enter(#"{"field_id":"\#(ids[0])","value":"1","unit":"kg"}"#, 422).code == "unit_not_convertible")
        let grid = #"[{"hole":"A1","depth":10},{"hole":"A2","depth":"10.51"}]"#
        _ = try enter(
            """
            {"field_id":"\(ids[0])","value":"10"},{"field_id":"\(ids[1])","value":8.0,"unit":"lbf·ft"},
            {"field_id":"\(ids[2])","value":"\(tool.id)"},{"field_id":"\(ids[3])","value":\(grid)}
            """
        )
        let fields = try send("GET", step).json["fields"]?.elements ?? []
        #expect(fields.map { $0["out_of_range"] == .boolean(true) } == [false, true, false, true, false])
        #expect(fields[1]["value"]?.text == "10.8465435866512032")
        #expect(fields[1]["value_detail"]?["unit"]?.text == "lbf·ft")
        #expect(fields[2]["value_detail"]?["calibration_due"]?.text == "2900-01-01")
        #expect(fields[3]["value"]?.elements?[0]["depth"]?.text == "10")
        try attach(step, ids[4])
    }

    /// A file of a field: declared, sent, finished, entered, read; and one of the step, archived.
    private func attach(_ step: String, _ field: String) throws {
        let uploads = "/v1/attachment-uploads"
        let file = #""file_name":"Deck 1.txt","content_type":"text/plain","byte_size":5"#
        let declared = try send("POST", uploads, #"{"run_step_field_id":"\#(field)",\#(file)}"#, 201)
        let bytes = ["Content-Type": "application/octet-stream", "Content-Length": "5"]
        let part = "\(uploads)/\(declared.id)/parts/1"
        #expect(try client.send("PUT", part, body: Array("hello".utf8), headers: bytes).status == 200)
        #expect(try send("GET", "\(uploads)/\(declared.id)").json["received"]?.elements?.count == 1)
        let made = try send("POST", "\(uploads)/\(declared.id)/finish", nil, 201)
        try send("PUT", "\(step)/values", #"{"values":[{"field_id":"\#(field)","value":"\#(made.id)"}]}"#)
        #expect(try send("GET", step).json["attachments"]?.elements?.first?["file_name"]?.text == "Deck 1.txt")
        let other = try send("POST", uploads, #"{"run_step_id":"\#(step.suffix(36))",\#(file)}"#, 201).id
        _ = try client.send("PUT", "\(uploads)/\(other)/parts/1", body: Array("other".utf8), headers: bytes)
        try send("POST", "\(uploads)/\(other)/finish", nil, 201)
        try send("POST", "/v1/attachments/\(other)/archive")
        #expect(try send("GET", "/v1/attachments?archived=false&run_step_id=\(step.suffix(36))").items.count == 1)
        #expect(try send("GET", "/v1/attachments/\(made.id)").json["digest"]?.text == made.json["digest"]?.text)
        #expect(try send("GET", "/v1/attachments/\(made.id)/content").text == "hello")
    }
}

import Testing

@testable import Service

extension Walk {
    /// An issue from its report to its resolution, and what it excepts.
    func decide() throws {
        try send("POST", "/v1/reasons", #"{"act":"issue","label":"Humidity"}"#, 201)
        let roles = #""approver_roles":["admin"],"closure_roles":["admin"]"#
        let type = try send(
            "POST",
            "/v1/disposition-types",
            #"{"name":"Clean","availability":"release_on_resolve",\#(roles)}"#,
            201
        ).id
        let spare = try send(
            "POST",
            "/v1/disposition-types",
            #"{"name":"Ask","availability":"available_immediately"}"#,
            201
        ).id
        try send("POST", "/v1/disposition-types/\(spare)/archive")
        #expect(try send("GET", "/v1/disposition-types").json["items"]?.elements?.count == 5)
        let made = try send("POST", "/v1/runs", #"{"procedure_id":"\#(procedure)","serial_numbers":["SN-40"]}"#, 201)
        let need = made.json["build_requirements"]?.elements?.first?["id"]?.text ?? ""
        let rows = #""part_inventory_ids":["\#(stock)"]"#
        let report = #"{"title":"Rusty bolts","cause":"Humidity","run_id":"\#(made.id)",\#(rows)}"#
        let issue = try send("POST", "/v1/issues", report, 201)
        let path = "/v1/issues/\(issue.id)"
        #expect(issue.json["acts"]?.elements?.first { $0["act"]?.text == "start" }?["allowed"] == .boolean(false))
        #expect(try send("GET", "/v1/inventory/\(stock)").json["status"]?.text == "unavailable")
        for query in ["part_inventory_id=\(stock)", "search=RUSTY", "open=true&run_id=\(made.id)"] {
            #expect(try send("GET", "/v1/issues?\(query)").items.count == 1)
        }
        #expect(try send("GET", "/v1/issues?open=false").items.isEmpty)
        try send("PATCH", path, #"{"description":"All of them.","assigned_to":null}"#)
        try send("POST", "\(path)/comment", #"{"body":"Wet."}"#)
        try send("POST", "\(path)/unlink", #"{"reason":"Only some.",\#(rows)}"#)
        try send("POST", "\(path)/link", "{\(rows)}")
        let disposition = #"{"disposition_type_id":"\#(type)","note":"Brush them."}"#
        try send("POST", "\(path)/dispose", disposition)
        #expect(try send("POST", "\(path)/approve", nil, 409).json["code"]?.text == "own_disposition")
        let other = try quality.post("\(path)/dispose", #"{"disposition_type_id":"\#(type)"}"#)
        #expect(other.status == 200 && other.json["state"]?.text == "pending")
        #expect(try send("POST", "\(path)/approve").json["approvals"]?.elements?.first?["role"]?.text == "admin")
        try send("POST", "\(path)/start")
        try send("POST", "\(path)/submit")
        try send("POST", "\(path)/return", #"{"reason":"Not all."}"#)
        let except = #"{"issue_id":"\#(issue.id)","quantity":"2","reason":"Two are lost."}"#
        let exception = try send("POST", "/v1/build-requirements/\(need)/except", except, 201)
        let requirement = try send("GET", "/v1/runs/\(made.id)").json["build_requirements"]?.elements?.first
        #expect(requirement?["quantity_excepted"]?.text == "2" && requirement?["exceptions"]?.elements?.count == 1)
        try send("POST", "/v1/requirement-exceptions/\(exception.id)/withdraw", #"{"reason":"Found them."}"#)
        try send("POST", "\(path)/submit")
        #expect(try send("POST", "\(path)/resolve", "{}").json["state"]?.text == "resolved")
        try send("POST", "\(path)/reopen", #"{"reason":"Rust again."}"#)
        try send("POST", "\(path)/submit")
        try send("POST", "\(path)/resolve")
        #expect(try send("GET", path).json["comments"]?.elements?.count == 1)
        #expect(try send("GET", "/v1/inventory/\(stock)").json["status"]?.text == "available")
        #expect(try !send("GET", "\(path)/history?limit=3").items.isEmpty)
    }
}

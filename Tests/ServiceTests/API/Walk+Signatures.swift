import Testing

@testable import Service

extension Walk {
    /// Signatures, approvals, a deviation; with the password again, where the org asks for it.
    func sign() throws {
        func asQuality(_ path: String, _ body: String, _ status: Int) throws -> APIClient.Answer {
            let answer = try quality.send("POST", path, body: Array(body.utf8))
            try #require(answer.status == status, "\(path): \(answer.text)")
            return answer
        }
        let steps =
            #"[{"title":"Gauge","fields":[{"name":"Gap","type":"number","maximum":"1"},"#
            + #"{"name":"Seen","type":"signoff","meaning":"Seen and measured"}],"#
            + #""approvals":[{"role":"admin"},{"role":"quality"}]},{"title":"Pack"}]"#
        let draft = #"{"title":"Gauge a bolt","part_id":"\#(bolt)","steps":\#(steps)}"#
        let gauge = try send("POST", "/v1/procedures", draft, 201)
        try send("POST", "/v1/procedures/\(gauge.id)/release")
        let made = try send("POST", "/v1/runs", #"{"procedure_id":"\#(gauge.id)"}"#, 201)
        let step = "/v1/steps/\(TestOrg.steps(made)[0])"
        try send("POST", "\(step)/start")
        let fields = (try send("GET", step).json["fields"]?.elements ?? []).compactMap { $0["id"]?.text }
        try send("PATCH", "/v1/org", #"{"signature_password":true}"#)
        let gap = #"{"field_id":"\#(fields[0])","value":"2"}"#
        let seen = #"{"field_id":"\#(fields[1])","value":true}"#
        let unproven = try send("PUT", "\(step)/values", #"{"values":[\#(gap),\#(seen)]}"#, 403)
        #expect(unproven.code == "signature_password_missing" && unproven.json["rule"]?.text == "T2")
        let password = #""password":"\#(TestOrg.password)""#
        try send("PUT", "\(step)/values", #"{"values":[\#(gap),\#(seen)],\#(password)}"#)
        try send("POST", "\(step)/approve", "{\(password)}")
        let refusal = #"{"reason":"The gap.","role":"quality"}"#
        _ = try asQuality("\(step)/refuse-approval", refusal, 200)
        #expect(try send("GET", step).json["approvals"]?.elements?.last?["refused"] == .boolean(true))
        _ = try asQuality("\(step)/approve", "{\(password)}", 200)
        let rationale = #"{"rationale":"The customer agreed.",\#(password)}"#
        let deviation = try asQuality("/v1/fields/\(fields[0])/deviations", rationale, 201)
        #expect(deviation.json["value"]?.text == "2")
        try send("POST", "\(step)/complete", "{\(password)}")
        let correction = #"{"reason":"Misread.","values":[{"field_id":"\#(fields[0])","value":"0.5"}]}"#
        _ = try asQuality("\(step)/correct", correction, 200)
        // The step is signed over all the rest, which comes first.
        #expect(try send("POST", "\(step)/sign", "{\(password)}", 409).code == "step_not_complete")
        try send("PUT", "\(step)/values", #"{"values":[\#(seen)],\#(password)}"#)
        try send("POST", "\(step)/approve", "{\(password)}")
        _ = try asQuality("\(step)/approve", "{\(password)}", 200)
        try send("POST", "\(step)/sign", "{\(password)}")
        let signatures = try send("GET", step).json["signatures"]?.elements ?? []
        #expect(signatures.map { $0["kind"]?.text }.last == "step" && signatures.count == 9)
        let last = try send("GET", "/v1/signatures/\(signatures[8]["id"]?.text ?? "")")
        #expect(last.json["unchanged"] == .boolean(true) && last.json["printed_name"]?.text == "The admin")
        try send("PATCH", "/v1/org", #"{"signature_password":false}"#)
        let me = try #require(quality.get("/v1/me").json["user_id"]?.text)
        let delegation =
            #"{"to_user_id":"\#(me)","role":"admin","valid_to":"2900-01-01T00:00:00Z","reason":"Holidays."}"#
        let given = try send("POST", "/v1/approval-delegations", delegation, 201)
        #expect(try send("GET", "/v1/approval-delegations").items.count == 1)
        try send("POST", "/v1/approval-delegations/\(given.id)/end")
    }
}

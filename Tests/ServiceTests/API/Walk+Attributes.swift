import Testing

@testable import Service

extension Walk {
    /// Attributes of the org's own: defined, given to runs, refused, waited for, ended (F1, F2).
    func attributes() throws {
        let definitions = "/v1/attribute-definitions"
        let colour = try send(
            "POST",
            definitions,
            #"{"record":"run","key":"colour","label":"Größe \"☃\"","type":"select","options":["red","blue"]}"#,
            201
        )
        let weight = try send(
            "POST",
            definitions,
            #"{"record":"run","key":"weight","label":"Weight","type":"number","default_value":1.50}"#,
            201
        )
        #expect(weight.json["default_value"]?.text == "1.50")
        #expect(
            try send("POST", definitions, #"{"record":"run","key":"a'b","label":"X","type":"text"}"#, 422).faults == [
                "/key wrong_form"
            ]
        )
        let twice = #"{"record":"run","key":"weight","label":"X","type":"text"}"#
        #expect(try send("POST", definitions, twice, 409).code == "attribute_exists")
        #expect(try send("GET", "\(definitions)?record=run").items.map { $0["key"]?.text } == ["colour", "weight"])
        let made = try send("POST", "/v1/runs", #"{"part_id":"\#(bolt)","attributes":{"colour":"red"}}"#, 201)
        #expect(made.json["attributes"]?["colour"]?.text == "red" && made.json["attributes"]?["weight"]?.text == "1.50")
        let path = "/v1/runs/\(made.id)/attributes"
        let changed = try send("PUT", path, #"{"attributes":{"colour":null,"weight":12}}"#)
        #expect(changed.json["attributes"]?["colour"] == nil && changed.json["attributes"]?["weight"]?.text == "12")
        let refused = try send("PUT", path, #"{"attributes":{"colour":"green","weight":"x","n'\"☃":1}}"#, 422)
        #expect(refused.code == "attributes_refused" && refused.json["rule"]?.text == "F2")
        let faults = refused.json["attributes"]?.elements ?? []
        #expect(faults.map { $0["key"]?.text } == ["colour", "n'\"☃", "weight"])
        #expect(faults.map { $0["code"]?.text } == ["option_unknown", "attribute_unknown", "wrong_type"])
        let long = String(repeating: "x", count: 100_000)
        #expect(try send("PUT", path, #"{"attributes":{"\#(long)":1}}"#, 422).code == "attributes_too_large")
        try send("PUT", path, #"{"attributes":{"colour":"\#(long)\#(long)\#(long)"}}"#, 413)
        let required = #"{"required":true,"retire_options":["blue"]}"#
        try send("PATCH", "\(definitions)/\(colour.id)", required)
        #expect(try send("GET", "\(definitions)/\(colour.id)").json["retired_options"]?.elements?.count == 1)
        let waiting = try send("GET", "/v1/completion-blockers?kind=attribute_missing").items
        let mine = waiting.first { $0["run_id"]?.text == made.id }
        #expect(mine?["subject_id"]?.text == colour.id && mine?["permission"]?.text == "run.update")
        let review = try send("GET", "/v1/runs/\(made.id)/review").json["sections"]?.elements ?? []
        let section = review.first { $0["section"]?.text == "attributes" }
        #expect(section?["blockers"]?.elements?.count == 1)
        // Found and sorted by (F4).
        let search = "/v1/runs?attribute.weight=12.0"
        let unfit = try send("GET", search, nil, 422)
        #expect(unfit.code == "attributes_refused" && unfit.json["rule"]?.text == "F4")
        try send("PATCH", "\(definitions)/\(weight.id)", #"{"searchable":true}"#)
        #expect(try send("GET", "\(search)&status=todo").items.map { $0["id"]?.text } == [made.id])
        #expect(try send("GET", "/v1/runs?attribute.weight=12.5").items.isEmpty)
        let heavy = #"{"part_id":"\#(bolt)","attributes":{"weight":"100"}}"#
        let second = try send("POST", "/v1/runs", heavy, 201)
        let first = try send("GET", "/v1/runs?sort=-attribute.weight&limit=1")
        #expect(first.items.map { $0["id"]?.text } == [second.id])
        let cursor = try #require(first.json["next_cursor"]?.text)
        let next = try send("GET", "/v1/runs?sort=-attribute.weight&limit=1&cursor=\(cursor)")
        #expect(next.items.map { $0["id"]?.text } == [made.id])
        try send("GET", "/v1/runs?sort=attribute.weight&cursor=\(cursor)", nil, 422)
        try send("GET", "/v1/runs?sort=attribute.nothing", nil, 422)
        try send("GET", "/v1/runs?attribute.weight=heavy", nil, 422)
        try send("GET", "/v1/runs?attribute.=1", nil, 422)
        try send("GET", "/v1/runs?attribute.weight.from=x", nil, 422)
        let range = "attribute.weight.from=12&attribute.weight.to=100"
        #expect(try send("GET", "/v1/runs?\(range)").items.map { $0["id"]?.text } == [made.id])
        // The timeline takes the same (H5).
        let start = #"{"runs":[{"id":"\#(made.id)","scheduled_start":"2031-03-01T08:00:00Z"}]}"#
        try send("PUT", "/v1/schedule", start)
        let window = "/v1/timeline?from=2031-02-01T00:00:00Z&to=2031-04-01T00:00:00Z"
        #expect(try send("GET", "\(window)&\(range)").items.map { $0["id"]?.text } == [made.id])
        #expect(try send("GET", "\(window)&attribute.weight=100").items.isEmpty)
        let rest = "/v1/timeline/unscheduled?limit=1&attribute.weight"
        #expect(try send("GET", "\(rest).from=100").items.map { $0["id"]?.text } == [second.id])
        for path in ["\(window)&attribute.", "/v1/timeline/unscheduled?attribute."] {
            let fault = try send("GET", path + "nothing=1", nil, 422)
            #expect(fault.code == "attributes_refused" && fault.json["rule"]?.text == "F4")
        }
        try attributesOfOthers()
        for definition in [colour.id, weight.id] { try send("POST", "\(definitions)/\(definition)/archive") }
        #expect(try send("GET", "\(definitions)?archived=false&record=run").items.isEmpty)
    }

    /// Of procedures and their steps, of issues and inventory.
    private func attributesOfOthers() throws {
        for record in ["procedure", "run_step", "issue", "part_inventory"] {
            let body = #"{"record":"\#(record)","key":"note","label":"Note","type":"text","searchable":true}"#
            try send("POST", "/v1/attribute-definitions", body, 201)
        }
        let given = #""attributes":{"note":"a"}"#
        let wrong = #""attributes":{"note":1}"#
        func note(_ answer: APIClient.Answer) -> String? { answer.json["attributes"]?["note"]?.text }
        let steps = #""steps":[{"title":"Gauge",\#(given)},{"title":"Pack"}]"#
        let draft = #"{"title":"Noted","part_id":"\#(bolt)",\#(given),\#(steps)}"#
        let procedure = try send("POST", "/v1/procedures", draft, 201)
        #expect(note(procedure) == "a")
        #expect(
            try send("POST", "/v1/procedures", #"{"title":"X",\#(wrong),"steps":[]}"#, 422).code == "attributes_refused"
        )
        try send("POST", "/v1/procedures/\(procedure.id)/release")
        let made = try send("POST", "/v1/runs", #"{"procedure_id":"\#(procedure.id)"}"#, 201)
        let path = "/v1/steps/\(TestOrg.steps(made)[0])"
        #expect(note(try send("GET", path)) == "a")
        #expect(try send("PATCH", path, "{\(given)}", 409).json["rule"]?.text == "P2")
        try send("POST", "\(path)/redline", #"{"reason":"A better note."}"#)
        #expect(note(try send("PATCH", path, #"{"attributes":{"note":"b"}}"#)) == "b")
        try send("POST", "\(path)/cancel-redline")
        #expect(note(try send("GET", path)) == "a")
        let issue = try send("POST", "/v1/issues", #"{"title":"Bent",\#(given)}"#, 201)
        #expect(note(issue) == "a")
        #expect(note(try send("PATCH", "/v1/issues/\(issue.id)", #"{"attributes":{"note":"b"}}"#)) == "b")
        try send("PATCH", "/v1/issues/\(issue.id)", "{\(wrong)}", 422)
        let stock = try send("POST", "/v1/inventory", #"{"part_id":"\#(bolt)",\#(given)}"#, 201)
        #expect(note(stock) == "a")
        // Their lists are found and sorted by them as that of runs is, beside their own filters (F4).
        let filters = ["issues": "b&open=true", "inventory": "a&part_id=\(bolt)", "procedures": "a&state=released"]
        for (list, id) in [("issues", issue.id), ("inventory", stock.id), ("procedures", procedure.id)] {
            let found = try send("GET", "/v1/\(list)?attribute.note=\(filters[list] ?? "")").items
            #expect(found.map { $0["id"]?.text } == [id] && found.allSatisfy { $0["attributes"]?["note"] != nil })
            let sorted = try send("GET", "/v1/\(list)?sort=-attribute.note&limit=1")
            #expect(sorted.items.map { $0["id"]?.text } == [id])
            if let cursor = sorted.json["next_cursor"]?.text {
                #expect(try send("GET", "/v1/\(list)?sort=-attribute.note&cursor=\(cursor)").items.isEmpty)
            }
            #expect(try send("GET", "/v1/\(list)?limit=1").items.allSatisfy { $0["attributes"] != nil })
            let refused = try send("GET", "/v1/\(list)?attribute.note.from=a&attribute.nothing=1", nil, 422)
            #expect(refused.code == "attributes_refused" && refused.json["attributes"]?.elements?.count == 2)
        }
        #expect(note(try send("PATCH", "/v1/inventory/\(stock.id)", #"{"attributes":{"note":null}}"#)) == nil)
    }
}

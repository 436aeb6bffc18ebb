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
        for definition in [colour.id, weight.id] { try send("POST", "\(definitions)/\(definition)/archive") }
        #expect(try send("GET", "\(definitions)?archived=false").items.isEmpty)
    }
}

import Testing

@testable import Service

/// What a file becomes before Postgres sees it.
@Suite struct ImportTableTests {
    @Test(arguments: [
        ("part_number,nam\nx,y\n", ["1 nam column_unknown", "1 name column_missing"]),
        ("part_number,name,name\nx,y,z\n", ["1 name column_twice"]),
        ("name\nx\n", ["1 part_number column_missing"]), ("part_number,name\n", ["1  no_rows"]),
        ("", ["1  header_missing"]),
        ("part_number,name\nx,=1\ny\nz,z\n", ["2 name formula", "3  field_count"]),
    ])
    func aTableIsHeldAgainstItsKind(text: String, faults: [String]) {
        let table = ImportTable(Array(text.utf8), .csv, .parts)
        #expect(table.faults.map { "\($0.row) \($0.column) \($0.code)" } == faults)
    }

    @Test func aRowWithAFaultIsNotSent() {
        let table = ImportTable(Array("part_number,name\nx,=1\nz,\n".utf8), .csv, .parts)
        #expect(
            String(decoding: table.request(.parts), as: UTF8.self)
                == #"{"kind":"parts","rows":[{"row":3,"part_number":"z"}]}"#
        )
    }

    @Test(arguments: [
        ("{}", "1  not_an_array"), ("[1]", "1  not_an_object"), ("[{},", "1  malformed_json"), ("[]", "1  no_rows"),
        ("[{\"a\":1,\"a\":2}]", "1  malformed_json"),
    ])
    func aDocumentIsAnArrayOfObjects(text: String, fault: String) {
        let table = ImportTable(Array(text.utf8), .json, .parts)
        #expect(table.faults.map { "\($0.row) \($0.column) \($0.code)" } == [fault])
    }

    /// Whatever the key: Postgres knows which there are.
    @Test func attributesAreColumnsOfTheKindsThatHaveThem() {
        let odd = #""attribute.a ""b"", ü""#
        let wrong = ImportTable(
            Array("part_number,attribute.x,attributes,step_attribute.x\nP,1,2,3\n".utf8),
            .csv,
            .inventory
        )
        #expect(wrong.faults.map(\.column) == ["attributes", "step_attribute.x"])
        #expect(wrong.faults.first?.detail.hasSuffix(", expires_at, attribute.KEY.") == true)
        let right = "part_number,quantity,attribute.quantity,\(odd)\nP,1,2,\nP,,,'=3\n"
        let expected = #"""
            {"kind":"inventory","rows":[{"row":2,"part_number":"P","quantity":"1","attribute.quantity":"2"},\#
            {"row":3,"part_number":"P","attribute.a \"b\", ü":"=3"}]}
            """#
        let table = ImportTable(Array(right.utf8), .csv, .inventory)
        #expect(table.faults.isEmpty && String(decoding: table.request(.inventory), as: UTF8.self) == expected)
        let none = ImportTable(Array("part_number,name,attribute.x\nP,p,1\n".utf8), .csv, .parts)
        #expect(none.faults.map { "\($0.row) \($0.column) \($0.code)" } == ["1 attribute.x column_unknown"])
        let twice = ImportTable(Array("part_number,attribute.x,attribute.x\nP,1,2\n".utf8), .csv, .inventory)
        #expect(twice.faults.map(\.code) == ["column_twice"])
    }

    @Test func proceduresAndTheirStepsHaveAttributes() {
        let text = """
            title,attribute.line,step,step_attribute.torque,step_attribute.step
            Build,a,Glue,4,x
            ,,Press,,
            """
        let expected = #"""
            {"kind":"procedures","rows":[{"row":2,"title":"Build","attribute.line":"a","steps":[\#
            {"row":2,"title":"Glue","attribute.torque":"4","attribute.step":"x"},{"row":3,"title":"Press"}]}]}
            """#
        let table = ImportTable(Array(text.utf8), .csv, .procedures)
        #expect(table.faults.isEmpty && String(decoding: table.request(.procedures), as: UTF8.self) == expected)
        let lost = "title,step,field,attribute.line,step_attribute.torque\nBuild,Glue,,,\n,Press,,a,\n,,Depth,,4\n"
        let faults = ImportTable(Array(lost.utf8), .csv, .procedures).faults
        #expect(
            faults.map { "\($0.row) \($0.column) \($0.code)" } == [
                "3 attribute.line misplaced", "4 step_attribute.torque misplaced",
            ]
        )
    }

    @Test func rowsBecomeProcedures() {
        let text = """
            title,part_number,key,step,after,field,field_type,unit,maximum
            Build,DECK,a,Glue,,,,,
            ,,,,,Torque,number,Nm,2
            ,,b,Press,a; c,Force,number,N,
            Sweep,,,Floor,,,,,
            """
        let table = ImportTable(Array(text.utf8), .csv, .procedures)
        #expect(table.faults.isEmpty)
        let expected = """
            {"kind":"procedures","rows":[{"row":2,"title":"Build","part_number":"DECK","steps":[\
            {"row":2,"title":"Glue","key":"a",\
            "fields":[{"name":"Torque","unit":"Nm","maximum":"2","type":"number"}]},\
            {"row":4,"title":"Press","key":"b","after":["a","c"],"fields":[{"name":"Force","unit":"N","type":"number"}]}]},\
            {"row":5,"title":"Sweep","steps":[{"row":5,"title":"Floor"}]}]}
            """
        #expect(String(decoding: table.request(.procedures), as: UTF8.self) == expected)
        let orphan = ImportTable(Array("title,step,field\n,Glue,\nBuild,,Torque\n".utf8), .csv, .procedures)
        #expect(orphan.faults.map(\.code) == ["missing", "no_step"])
    }
}

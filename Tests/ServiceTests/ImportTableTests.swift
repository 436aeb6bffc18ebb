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
            {"kind":"procedures","rows":[{"row":2,"title":"Build","part_number":"DECK","steps":[{"title":"Glue","key":"a",\
            "fields":[{"name":"Torque","unit":"Nm","maximum":"2","type":"number"}]},{"title":"Press","key":"b","after":["a","c"],\
            "fields":[{"name":"Force","unit":"N","type":"number"}]}]},{"row":5,"title":"Sweep","steps":[{"title":"Floor"}]}]}
            """
        #expect(String(decoding: table.request(.procedures), as: UTF8.self) == expected)
        let orphan = ImportTable(Array("title,step,field\n,Glue,\nBuild,,Torque\n".utf8), .csv, .procedures)
        #expect(orphan.faults.map(\.code) == ["missing", "no_step"])
    }
}

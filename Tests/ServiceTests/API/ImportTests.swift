import FoundationEssentials
import Postgres
import Testing

@testable import Service

/// Tables come in by the command and over HTTP: all of their rows, or none and every fault.
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct ImportTests {
    @Test func rowsComeInOverHTTPOnceUnderAKey() throws {
        let org = try #require(ServedAPI.shared).org()
        let body =
            #"{"kind":"parts","rows":[{"part_number":"A","name":"a"},{"part_number":"B","name":"b","tracking":"lot"}]}"#
        let looked = try org.admin.post("/v1/imports?dry_run=true", body)
        #expect(looked.status == 200 && looked.json["created"]?.digits == "2")
        #expect(try org.admin.get("/v1/parts").items.isEmpty)
        let first = try org.admin.post("/v1/imports", body, ["Idempotency-Key": "k"])
        let again = try org.admin.post("/v1/imports", body, ["Idempotency-Key": "k"])
        #expect(first.status == 201 && again.body == first.body)
        #expect(try org.admin.get("/v1/parts").items.count == 2)
        let refused = try org.admin.post("/v1/imports", body)
        #expect(refused.status == 422 && refused.code == "import_refused")
        #expect(refused.json["fault_count"]?.digits == "2")
        let rows = (refused.json["faults"]?.elements ?? []).compactMap { $0["row"]?.digits }
        #expect(rows == ["1", "2"])
        #expect(try org.user("viewer").post("/v1/imports", body).status == 403)
        #expect(try org.admin.post("/v1/imports", #"{"kind":"stars","rows":[{}]}"#).status == 422)
        #expect(try org.admin.post("/v1/imports", #"{"kind":"parts","rows":[]}"#).status == 422)
        #expect(try org.admin.post("/v1/imports", #"{"kind":"parts","rows":[7]}"#).code == "import_row_invalid")
    }

    @Test func theCommandTellsEveryFaultAndWritesNothing() throws {
        let org = try #require(ServedAPI.shared).org()
        let parts = "part_number,name,tracking\nBOLT,Bolt,\nDECK,Deck,serial\n"
        #expect(try run(org, parts, "parts", "--dry-run").lines == ["2 rows of parts can be imported; nothing was"])
        #expect(try org.admin.get("/v1/parts").items.isEmpty)
        #expect(try run(org, parts, "parts").code == .fine)
        let (code, lines) = try run(org, "part_number,name,tracking\nNEW,New,\nBOLT,Bolt,\n=X,x,\nY,,box\n", "parts")
        #expect(code == .refused)
        #expect(
            lines.dropLast() == [
                "row 3, part_number: There is a part BOLT, revision A already.",
                "row 4, part_number: A spreadsheet would compute this: put an apostrophe before it, if it is meant as text.",
                "row 5, name: A part has a name.", "row 5, tracking: Tracking is serial, lot or none, not box.",
            ]
        )
        #expect(try org.admin.get("/v1/parts").items.count == 2)
        #expect(try run(org, "part_number,quantity\nBOLT,12.5\n", "inventory").code == .fine)
        let lines2 = "part_number,component_part_number,quantity_per_unit\nDECK,BOLT,4\n"
        #expect(try run(org, lines2, "mboms").code == .fine)
        #expect(
            try run(org, "title,part_number,step\nBuild,DECK,Screw it on\n,,Look at it\n", "procedures").code == .fine
        )
        #expect(try org.admin.get("/v1/inventory").items.count == 1)
        #expect(try org.admin.get("/v1/procedures").items.count == 1)
    }

    /// The org's own attributes are columns as an export names them, and judged as anyone's values are.
    @Test func attributesComeInUnderTheNamesThatAnExportGivesThem() throws {
        let org = try #require(ServedAPI.shared).org()
        for (record, key, type) in [
            ("part_inventory", "supplier", "text"), ("part_inventory", "quantity", "number"),
            ("part_inventory", "tags", "multiselect"), ("procedure", "price", "number"),
            ("run_step", "torque", "number"),
        ] {
            let options = type == "multiselect" ? #","options":["a","b"]"# : ""
            let body = #"{"record":"\#(record)","key":"\#(key)","label":"\#(key)","type":"\#(type)"\#(options)}"#
            #expect(try org.admin.post("/v1/attribute-definitions", body).status == 201)
        }
        #expect(try run(org, "part_number,name\nBOLT,Bolt\n", "parts").code == .fine)
        let header = "part_number,quantity,attribute.supplier,attribute.quantity,attribute.tags\n"
        let wrong = try run(org, header + "BOLT,1,'=x,heavy,c\nBOLT,1,,,\n", "inventory", "--dry-run")
        #expect(
            wrong.lines == [
                #"row 2, attribute.quantity: "quantity" is a decimal number such as "12.50"."#,
                #"row 2, attribute.tags: "tags" has no option "c"."#,
                "traveler import: 2 faults; nothing was imported",
            ]
        )
        let unknown = try run(org, "part_number,\"attribute.maß \"\"x\"\"\"\nBOLT,1\n", "inventory")
        #expect(
            unknown.lines == [
                #"row 2, attribute.maß "x": "maß "x"" is no attribute of this kind of record."#,
                "traveler import: 1 fault; nothing was imported",
            ]
        )
        #expect(try org.admin.get("/v1/inventory").items.isEmpty)
        let good = try run(
            org,
            header + "BOLT,1,'=x,7.5,\"[\"\"a\"\",\"\"b\"\"]\"\nBOLT,1,,,a;b\n",
            "inventory"
        )
        #expect(good.lines == ["2 rows of inventory imported: 2 created"])
        let stock = try org.admin.get("/v1/inventory").items.compactMap { $0["attributes"] }
        #expect(stock.compactMap { $0["supplier"]?.text } == ["=x"])
        #expect(stock.compactMap { $0["quantity"]?.text } == ["7.5"])
        #expect(stock.map { $0["tags"]?.elements?.compactMap(\.text) } == [["a", "b"], ["a", "b"]])
        let documents = #"""
            [{"part_number":"BOLT","attributes":{"quantity":3}},{"part_number":"BOLT","attributes":{"tags":"a"}}]
            """#
        let told = try run(org, documents, "inventory", token: org.admin.token, format: "json")
        #expect(told.lines.first == #"row 2, attribute.tags: "tags" is a list of its options."#)
        let steps = "title,attribute.price,step,step_attribute.torque\nBuild,9.90,Glue,4\n,,Press,"
        #expect(
            try run(org, steps + "x\n", "procedures").lines.first
                == #"row 3, step_attribute.torque: Step Press: "torque" is a decimal number such as "12.50"."#
        )
        #expect(try run(org, steps + "5\n", "procedures").code == .fine)
        let procedure = try #require(try org.admin.get("/v1/procedures").items.first)
        #expect(procedure["attributes"]?["price"]?.text == "9.90")
    }

    /// Who retries, and a colleague who has the same file, import nothing more.
    @Test func theSameFileComesInOnce() throws {
        let org = try #require(ServedAPI.shared).org()
        #expect(try run(org, "part_number,name\nBOLT,Bolt\n", "parts").code == .fine)
        let stock = "part_number,quantity\nBOLT,12.5\n"
        #expect(try run(org, stock, "inventory").lines == ["1 row of inventory imported: 1 created"])
        for token in [org.admin.token, try org.user("inventory").token] {
            let again = try run(org, stock, "inventory", token: token)
            #expect(again.code == .fine)
            #expect(again.lines.first?.hasPrefix("1 row of inventory was imported at 20") == true, "\(again.lines)")
            #expect(again.lines.first?.contains("<admin@\(org.slug).test> already, 1 created: nothing was now") == true)
        }
        #expect(try run(org, stock, "inventory", "--dry-run").lines.first?.contains("already") == true)
        #expect(try org.admin.get("/v1/inventory").items.count == 1)
        #expect(try run(org, stock, "inventory", "--again").lines == ["1 row of inventory imported: 1 created"])
        #expect(try org.admin.get("/v1/inventory").items.count == 2)
        #expect(try run(org, stock + "\n", "inventory").lines == ["1 row of inventory imported: 1 created"])
    }

    /// The published bill of materials of a real product, as it stands: its names of columns are not ours, and said so.
    @Test func aRealTableIsRenamedAndImported() throws {
        let org = try #require(ServedAPI.shared).org()
        let file = try DemoFile.text("skateboard/parts.csv")
        let wrong = try run(org, file, "parts")
        #expect(wrong.code == .refused && wrong.lines.contains("row 1, part_number: The column is missing."))
        let lines = file.split(whereSeparator: \.isNewline).dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        let parts =
            lines.map { "\($0[0]),\($0[1]),\($0[2])" } + ["SKA-100,Skateboard,", "TR-01,Truck,", "WH-01,Wheel,"]
        let made = try run(org, (["part_number,name,description"] + parts).joined(separator: "\n"), "parts")
        #expect(made.code == .fine, "\(made.lines)")
        let bom = try DemoFile.lines("skateboard/bom.csv").dropFirst()
        let mboms = try run(
            org,
            (["part_number,component_part_number,quantity_per_unit"] + bom).joined(separator: "\n"),
            "mboms"
        )
        #expect(mboms.lines == ["11 rows of mboms imported: 3 created"], "\(mboms.lines)")
    }

    @Test func whoImportsIsAUserOfTheOrg() throws {
        let api = try #require(ServedAPI.shared)
        let (org, other) = (try api.org(), try api.org())
        let parts = "part_number,name\nBOLT,Bolt\n"
        #expect(try run(org, parts, "parts", token: other.admin.token).code == .usage)
        #expect(try run(org, parts, "parts", token: try org.user("viewer").token).code == .refused)
        #expect(try run(org, parts, "parts", token: "tvl_x").code == .refused)
        #expect(try run(org, parts, "parts", token: nil).code == .usage)
        #expect(try run(org, parts, "stars").code == .usage)
        #expect(try org.admin.get("/v1/parts").items.isEmpty)
    }

    private func run(_ org: TestOrg, _ table: String, _ kind: String, _ flags: String...) throws -> (
        code: ExitCode, lines: [String]
    ) {
        try run(org, table, kind, token: org.admin.token, flags)
    }

    private func run(
        _ org: TestOrg,
        _ table: String,
        _ kind: String,
        token: String?,
        _ flags: [String] = [],
        format: String = "csv"
    ) throws -> (code: ExitCode, lines: [String]) {
        final class Lines { var all: [String] = [] }
        let path = "\(URL.temporaryDirectory.path)/traveler-import-\(UInt64.random(in: 0...UInt64.max)).csv"
        try Data(table.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let lines = Lines()
        let console = Console(write: { lines.all.append($0) }, explain: { lines.all.append($0) }, readLine: { nil })
        var environment = ["TRAVELER_DATABASE_URL": ServedAPI.url(of: org.api.name, as: "traveler_service")]
        environment["TRAVELER_TOKEN"] = token
        let words = ["import", "--org", org.slug, "--kind", kind, "--format", format, path] + flags
        return (Program.run(words, environment: environment, console: console), lines.all)
    }
}

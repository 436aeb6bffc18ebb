import HTTP
import Testing

@testable import Service

/// Splitting a run's units over HTTP: the plan is what the act then does, and what can't be split is refused by rule (X1-X8).
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct SplitTests {
    /// A run of 5 units, each of 3 A, 2 B and 1 C, in which 2 A and 1 B are installed in the whole.
    private struct Bench {
        let org: TestOrg
        var client: APIClient { org.admin }
        let procedure: String
        let run: APIClient.Answer
        /// The stock of A, B and C.
        var stock: [String] = []

        /// The ids of the run's requirements of A, B and C.
        var needs: [String] { SplitTests.lines(run.json, "build_requirements").map { $0["id"]?.text ?? "" } }

        init(tracking: String) throws {
            org = try #require(ServedAPI.shared).org()
            let part = try org.part("UNIT", tracking: tracking)
            var lines: [String] = []
            for (number, perUnit) in [("A", 3), ("B", 2), ("C", 1)] {
                let id = try org.part(number)
                lines.append(#"{"part_id":"\#(id)","quantity_per_unit":"\#(perUnit)"}"#)
                let received = try org.admin.post("/v1/inventory", #"{"part_id":"\#(id)","quantity":"100"}"#)
                stock.append(received.id)
            }
            let mbom = try org.admin.post(
                "/v1/parts/\(part)/mboms",
                #"{"lines":[\#(lines.joined(separator: ","))]}"#
            )
            _ = try org.admin.post("/v1/mboms/\(mbom.id)/release")
            procedure = try org.procedure(2, part: part)
            let numbers =
                tracking == "serial"
                ? #""serial_numbers":["S1","S2","S3","S4","S5"]"# : #""quantity":"5","lot_number":"L1""#
            run = try org.admin.post("/v1/runs", #"{"procedure_id":"\#(procedure)",\#(numbers)}"#)
            try #require(run.status == 201, "\(run.text)")
            for (need, quantity) in [(0, 2), (1, 1)] {
                let answer = try install(need, stock[need], quantity)
                try #require(answer.status == 201, "\(answer.text)")
            }
        }

        func install(_ need: Int, _ row: String, _ quantity: Int) throws -> APIClient.Answer {
            try client.post(
                "/v1/runs/\(run.id)/installations",
                #"{"build_requirement_id":"\#(needs[need])","part_inventory_id":"\#(row)","quantity":"\#(quantity)"}"#
            )
        }

        /// What the answer of a plan or an act says of A, B and C: need, own and open of both, and what they share.
        func divided(_ answer: APIClient.Answer) -> [[String]] {
            SplitTests.lines(answer.json, "requirements").map { line in
                ["continuing", "split"].flatMap { side in
                    ["needed", "installed", "open"].map { line[side]?[$0]?.text ?? "?" }
                } + [line["shared"]?.text ?? "?"]
            }
        }
    }

    /// Lines of a run, or of a split, in the order of their parts.
    private static func lines(_ json: JSONValue, _ member: String) -> [JSONValue] {
        (json[member]?.elements ?? []).sorted { ($0["part_number"]?.text ?? "") < ($1["part_number"]?.text ?? "") }
    }

    private static let example = [
        ["9", "0", "9", "6", "0", "6", "2"], ["6", "0", "6", "4", "0", "4", "1"], ["3", "0", "3", "2", "0", "2", "0"],
    ]

    @Test(arguments: [
        ("serial", #""serial_numbers":["S2","S4"]"#), ("lot", #""quantity":"2""#),
    ])
    func theWorkedExampleIsPlannedAndDone(_ tracking: String, _ units: String) throws {
        let bench = try Bench(tracking: tracking)
        let path = "/v1/runs/\(bench.run.id)"
        let body = #"{\#(units),"issue":{"title":"Scratches"}}"#
        let before = try bench.org.historyCount()
        // A plan keeps nothing, not even the key of who asks under one.
        let key = ["Idempotency-Key": "split-\(tracking)"]
        let plan = try bench.client.post("\(path)/split-plan", body, key)
        #expect(plan.status == 200, "\(plan.text)")
        #expect(bench.divided(plan) == Self.example)
        #expect(try bench.org.historyCount() == before)
        let dry = try bench.client.post("\(path)/split?dry_run=true", body)
        #expect(dry.status == 200 && Self.comparable(dry.json) == Self.comparable(plan.json))
        #expect(try bench.org.historyCount() == before)

        let split = try bench.client.post("\(path)/split", body, key)
        try #require(split.status == 201, "\(split.text)")
        #expect(Self.comparable(split.json) == Self.comparable(plan.json))
        #expect(try bench.client.post("\(path)/split", body, key).body == split.body)

        let run = try bench.client.get(path)
        #expect(run.json["quantity"]?.text == "3")
        #expect(Self.lines(run.json, "build_requirements").map { $0["quantity_needed"]?.text } == ["9", "6", "3"])
        let id = split.json["split"]?["id"]?.text ?? ""
        let group = try bench.client.get("/v1/splits/\(id)")
        #expect(group.json["quantity"]?.text == "2" && group.json["run_id"]?.text == bench.run.id)
        #expect(bench.divided(group) == Self.example)
        #expect(group.json["shared"]?.elements?.count == 2)
        for query in ["run_id=\(bench.run.id)", "issue_id=\(group.json["issue_id"]?.text ?? "")", "open=true"] {
            #expect(try bench.client.get("/v1/splits?\(query)").items.map { $0["id"]?.text } == [id], "\(query)")
        }
        #expect(try bench.client.get("/v1/splits?open=false").items.isEmpty)
        try resolve(bench, id)
    }

    /// Both wait until what they share is somebody's, then each has its own.
    private func resolve(_ bench: Bench, _ id: String) throws {
        let kinds = SplitTests.lines(try bench.client.get("/v1/runs/\(bench.run.id)").json, "completion_blockers")
            .map { $0["rule"]?.text }
        #expect(kinds.contains("X5"), "\(kinds)")
        let group = try bench.client.get("/v1/splits/\(id)").json
        let outcomes = group["outcomes"]?.elements ?? []
        #expect(!outcomes.isEmpty && outcomes.allSatisfy { $0["allowed"] == .boolean(false) })
        let shared = Self.lines(group, "shared")
        func resolve(_ index: Int, _ assignments: String) throws -> APIClient.Answer {
            let version = shared[index]["version"]?.digits ?? ""
            let path = "/v1/installations/\(shared[index]["installation_id"]?.text ?? "")/resolve"
            return try bench.client.post(path, #"{"assignments":[\#(assignments)]}"#, ["If-Match": "\"\(version)\""])
        }
        let part = try resolve(0, #"{"split_id":null,"quantity":"1"}"#)
        #expect(part.status == 409 && part.json["rule"]?.text == "X5", "\(part.text)")
        let both = try resolve(0, #"{"split_id":null,"quantity":"1"},{"split_id":"\#(id)","quantity":"1"}"#)
        #expect(both.status == 200 && both.json["installations"]?.elements?.count == 2, "\(both.text)")
        #expect(try resolve(1, #"{"split_id":"\#(id)"}"#).status == 200)
        let divided = try bench.client.get("/v1/splits/\(id)")
        #expect(
            bench.divided(divided) == [
                ["9", "1", "8", "6", "1", "5", "0"], ["6", "0", "6", "4", "1", "3", "0"],
                ["3", "0", "3", "2", "0", "2", "0"],
            ]
        )
    }

    @Test func aGroupIsSplitAgainAndFedOnItsOwn() throws {
        let bench = try Bench(tracking: "serial")
        let issue = #""issue":{"title":"Scratches"}"#
        let first = try bench.client.post(
            "/v1/runs/\(bench.run.id)/split",
            #"{"serial_numbers":["S1","S2","S3"],\#(issue)}"#
        )
        try #require(first.status == 201, "\(first.text)")
        let group = first.json["split"]?["id"]?.text ?? ""
        let body = #"{"serial_numbers":["S3"],\#(issue)}"#
        let plan = try bench.client.post("/v1/splits/\(group)/split-plan", body)
        #expect(plan.status == 200, "\(plan.text)")
        let second = try bench.client.post("/v1/splits/\(group)/split", body)
        try #require(second.status == 201, "\(second.text)")
        #expect(Self.comparable(second.json) == Self.comparable(plan.json))
        #expect(bench.divided(second)[0] == ["6", "0", "6", "3", "0", "3", "2"])
        // 13 A are missing in all three groups together: what one is fed leaves less to the others only in the end.
        let id = second.json["split"]?["id"]?.text ?? ""
        let own = Self.lines(try bench.client.get("/v1/splits/\(id)").json, "requirements")
        let unit = try bench.client.get("/v1/splits/\(id)").json["units"]?.elements?.first?["part_inventory_id"]?.text
        let fed = try bench.client.post(
            "/v1/splits/\(id)/installations",
            """
            {"build_requirement_id":"\(own[0]["id"]?.text ?? "")","part_inventory_id":"\(bench.stock[0])","quantity":"3",
             "assembly_inventory_id":"\(unit ?? "")"}
            """
        )
        #expect(fed.status == 201, "\(fed.text)")
        #expect(bench.divided(try bench.client.get("/v1/splits/\(id)"))[0] == ["6", "0", "6", "3", "3", "0", "2"])
        let progress = try bench.client.get("/v1/runs/\(bench.run.id)/unit-progress")
        #expect(Set(progress.items.map { $0["run_split_id"]?.text }).count == 3)
    }

    @Test(arguments: [
        ("serial", #""serial_numbers":["S1","S2","S3","S4","S5"]"#, 409, "X1"),
        ("serial", #""serial_numbers":["S9"]"#, 409, "X1"),
        ("serial", #""quantity":"2""#, 422, "X1"),
        ("serial", #""reason":"No unit.""#, 422, "X1"),
        ("serial", #""quantity":"2","serial_numbers":["S1"]"#, 422, "X1"),
        ("lot", #""quantity":"5""#, 409, "X1"),
        ("lot", #""quantity":"7""#, 409, "X1"),
        ("lot", #""quantity":"0.5""#, 422, "X1"),
        ("lot", #""serial_numbers":["S1"]"#, 409, "X1"),
    ])
    func refusesWhatIsNoPartOfTheRun(_ tracking: String, _ units: String, _ status: Int, _ rule: String) throws {
        let bench = try Bench(tracking: tracking)
        let before = try bench.org.historyCount()
        let codes = try ["split-plan", "split"].map { act in
            let answer = try bench.client.post(
                "/v1/runs/\(bench.run.id)/\(act)",
                #"{\#(units),"issue":{"title":"Scratches"}}"#
            )
            #expect(answer.status == status && answer.json["rule"]?.text == rule, "\(act): \(answer.text)")
            return answer.code
        }
        #expect(codes[0] == codes[1])
        #expect(try bench.org.historyCount() == before)
    }

    @Test func refusesNothingAndAStranger() throws {
        let bench = try Bench(tracking: "lot")
        let path = "/v1/runs/\(bench.run.id)"
        let zero = try bench.client.post("\(path)/split", #"{"quantity":"0","issue":{"title":"x"}}"#)
        #expect(zero.status == 422 && zero.faults.first?.hasPrefix("/quantity") == true)
        let homeless = try bench.client.post("\(path)/split", #"{"quantity":"1"}"#)
        #expect(homeless.status == 422 && homeless.code == "issue_missing", "\(homeless.text)")
        let stale = try bench.client.post(
            "\(path)/split",
            #"{"quantity":"1","issue":{"title":"x"}}"#,
            ["If-Match": "\"99\""]
        )
        #expect(stale.status == 412, "\(stale.text)")
        let done = try bench.client.post("\(path)/split", #"{"quantity":"1","issue":{"title":"x"}}"#)
        let group = done.json["split"]?["id"]?.text ?? ""
        let other = try #require(ServedAPI.shared).org().admin
        for path in [path, "/v1/splits/\(group)"] {
            for act in ["split", "split-plan"] {
                let answer = try other.post("\(path)/\(act)", #"{"quantity":"1","issue":{"title":"x"}}"#)
                #expect(answer.status == 404, "\(act): \(answer.text)")
            }
        }
        #expect(try other.get("/v1/splits/\(group)").status == 404)
        #expect(try other.get("/v1/splits").items.isEmpty)
        #expect(try other.get("\(path)/unit-progress").status == 404)
        #expect(try other.post("/v1/splits/\(group)/merge").status == 404)
    }

    /// A plan, or an answer, without the ids that only the act gives.
    private static func comparable(_ answer: JSONValue) -> JSONValue {
        guard case .object(let members) = answer else { return answer }
        return .object(
            members.map { member in
                guard member.name == "split", case .object(let split) = member.value else {
                    return .init(name: member.name, value: sorted(member.value))
                }
                let kept = split.filter { $0.name != "id" && $0.name != "issue_id" }
                return .init(name: "split", value: sorted(.object(kept)))
            }.sorted { $0.name < $1.name }
        )
    }

    private static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members):
            .object(
                members.map { .init(name: $0.name, value: sorted($0.value)) }.sorted { $0.name < $1.name }
            )
        case .array(let elements): .array(elements.map(sorted))
        default: value
        }
    }
}

import HTTP
import Testing

@testable import Service

@Suite struct SchemaTests {
    private static let shape: Schema = .object([
        .required("name", .text(1...5)), .optional("email", .text(1...50, .email)),
        .optional("id", .uuid), .optional("count", .integer(1...10)), .optional("amount", .decimal(.quantity)),
        .optional("flag", .boolean), .optional("at", .time), .optional("kind", .choice(["a", "b"])),
        .optional("maybe", .nullable(.uuid)), .optional("any", .any),
        .optional("list", .array(.object([.required("x", .integer(0...9))]), 1...3)),
    ])

    @Test func writesWhatItAcceptsInOneForm() throws {
        let accepted = try accept(
            #"""
            {"name" : "\u00e9", "id":"0190A0B4-7C1E-7000-8000-00000000000F","amount":1.50e1,"count":7,"flag":false,
             "at":"2026-02-28T13:45:00Z","kind":"b","maybe":null,"any":{"a":[1.50,"x"]},"list":[{"x":0}]}
            """#
        )
        #expect(
            accepted
                == #"{"name":"é","id":"0190a0b4-7c1e-7000-8000-00000000000f","amount":"15","count":7,"flag":false,"#
                + #""at":"2026-02-28T13:45:00Z","kind":"b","maybe":null,"any":{"a":[1.50,"x"]},"list":[{"x":0}]}"#
        )
    }

    @Test(arguments: [
        (#"{}"#, ["/name missing"]), (#"{"name":""}"#, ["/name wrong_length"]), (#"{"name":"ééééé"}"#, []),
        (#"{"name":"éééééé"}"#, ["/name wrong_length"]), (#"{"name":"a\u0000"}"#, ["/name nul"]),
        (#"{"name":7}"#, ["/name wrong_type"]), (#"{"name":null}"#, ["/name wrong_type"]),
        (#"{"name":"a","nmae":1}"#, ["/nmae unknown"]), (#"{"name":"a","a/b~c":1}"#, ["/a~1b~0c unknown"]),
        (#"{"name":"a","email":"a b@c"}"#, ["/email wrong_form"]),
        (#"{"name":"a","email":"@"}"#, ["/email wrong_form"]),
        (#"{"name":"a","id":"x"}"#, ["/id not_a_uuid"]), (#"{"name":"a","count":0}"#, ["/count out_of_range"]),
        (#"{"name":"a","count":11}"#, ["/count out_of_range"]), (#"{"name":"a","count":1.0}"#, ["/count out_of_range"]),
        (#"{"name":"a","count":1e0}"#, ["/count out_of_range"]), (#"{"name":"a","count":"1"}"#, ["/count wrong_type"]),
        (#"{"name":"a","count":99999999999999999999}"#, ["/count out_of_range"]),
        (#"{"name":"a","amount":0}"#, ["/amount out_of_range"]),
        (#"{"name":"a","amount":"1e3"}"#, ["/amount wrong_type"]),
        (#"{"name":"a","amount":"NaN"}"#, ["/amount out_of_range"]),
        (#"{"name":"a","amount":true}"#, ["/amount wrong_type"]),
        (#"{"name":"a","amount":1e400}"#, ["/amount out_of_range"]),
        (#"{"name":"a","flag":"true"}"#, ["/flag wrong_type"]),
        (#"{"name":"a","at":"2026-02-30T00:00:00Z"}"#, ["/at not_a_time"]),
        (#"{"name":"a","kind":"c"}"#, ["/kind not_a_choice"]),
        (#"{"name":"a","any":[{"b":"\u0000"}]}"#, ["/any/0/b nul"]),
        (#"{"name":"a","any":{"\u0000":1}}"#, ["/any/\0 nul"]),
        (#"{"name":"a","any":1e131071}"#, ["/any out_of_range"]), (#"{"name":"a","list":[]}"#, ["/list wrong_count"]),
        (#"{"name":"a","list":[{"x":1},{"x":1},{"x":1},{"x":1}]}"#, ["/list wrong_count"]),
        (#"{"name":"a","list":[{"x":1},{"x":10},{}]}"#, ["/list/1/x out_of_range", "/list/2/x missing"]),
        (#"[]"#, [" wrong_type"]), (#""a""#, [" wrong_type"]), (#"null"#, [" wrong_type"]),
        (#"{"id":1,"flag":1,"x":1}"#, ["/name missing", "/id wrong_type", "/flag wrong_type", "/x unknown"]),
    ])
    func namesEveryFaultByItsPlace(_ text: String, _ faults: [String]) throws {
        switch SchemaValidator.validate(try JSONReader.read(Array(text.utf8)), Self.shape) {
        case .success: #expect(faults.isEmpty)
        case .failure(let found):
            let named = found.list.map { fault in
                guard case .body(let pointer) = fault.place else { return "?" }
                return "\(pointer) \(fault.code)"
            }
            #expect(named == faults)
        }
    }

    @Test func listsAHundredFaultsAtMost() throws {
        let body = "{" + (0..<1000).map { "\"u\($0)\":1" }.joined(separator: ",") + "}"
        guard case .failure(let faults) = SchemaValidator.validate(try JSONReader.read(Array(body.utf8)), Self.shape)
        else {
            throw APIClient.Failure(description: "accepted")
        }
        #expect(faults.list.count == SchemaValidator.mostFaults)
    }

    /// What was validated is what the schema accepts: validating it again changes nothing.
    @Test(arguments: 0..<10)
    func whatIsAcceptedIsAcceptedAgainAsItIs(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let values = [
            #""a""#, #""\u00e9\n""#, "1", "1.50", "-1", "true", "null", "[]", "{}", #"[{"x":3}]"#, #""b""#, "2e2",
            #""2026-01-01T00:00:00Z""#, #""0190A0B4-7C1E-7000-8000-00000000000F""#, #""x@y""#,
        ]
        let names = ["email", "id", "count", "amount", "flag", "at", "kind", "maybe", "any", "list"]
        var accepted = 0
        for _ in 0..<2000 {
            let others = names.shuffled(using: &random).prefix(2)
            let members = (["name"] + others).map { name in
                "\"\(name)\":\(name == "name" ? #""a""# : values.randomElement(using: &random) ?? "1")"
            }
            let value = try JSONReader.read(Array("{\(members.joined(separator: ","))}".utf8))
            guard case .success(let bytes) = SchemaValidator.validate(value, Self.shape) else { continue }
            accepted += 1
            let again = SchemaValidator.validate(try JSONReader.read(bytes), Self.shape)
            #expect((try? again.get()) == bytes, "seed \(seed): \(members)")
        }
        #expect(accepted > 0)
    }

    private func accept(_ text: String) throws -> String {
        let bytes = try SchemaValidator.validate(try JSONReader.read(Array(text.utf8)), Self.shape).get()
        return String(decoding: bytes, as: UTF8.self)
    }
}

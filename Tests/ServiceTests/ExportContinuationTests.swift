import HTTP
import Testing

@testable import Service

/// An increment is held against its base by the bytes of both alone (E2, Y2). They are made by hand: a base with two
/// chains and a seal, and an increment with an entry more of one, a chain of its own and a seal.
@Suite struct ExportContinuationTests {
    @Test func anIncrementThatGoesOnHolds() throws {
        let end = try Forged.base.end()
        #expect(end.positions.positions.map(\.root) == ["a", "b"] && end.isComplete && end.lastSeal?.number == 1)
        let next = try Forged.increment.end(after: end)
        #expect(next.positions.positions.map(\.seq).sorted() == [1, 1, 3] && next.isComplete)
        #expect(next.lastSeal?.number == 2)
    }

    /// What the increment says, digests and counts mended, and what is said of it.
    @Test(arguments: [
        ("org", "it is of org 02, and base is of org 01"),
        ("whole", "it is a whole export, and no increment of base"),
        ("since", "it goes on from the export with digest 00, and base ends with "),
        ("no anchor", "chain a: it begins anew, and base has it up to entry 2"),
        ("no still anchor", "it does not say where it goes on with chain b"),
        ("gap", "chain a: entries 3 to 3 are missing"),
        ("rewound", "chain a: it goes on after entry 1, and base ends with entry 2"),
        ("another entry", "chain a, entry 2: it differs from that of base"),
        ("unknown chain", "chain d: entries 1 to 4 are missing, base does not have it"),
        ("another seal", "seal 1: it differs from that of base"),
        ("no seals", "seals 1 to 1 of base are gone"),
        ("another record", "it changes a record of part that is another in base"),
        ("made twice", "it makes a record of part that is there already in base"),
        ("not there", "it changes a record of part that is not there in base"),
    ])
    func whatContradictsTheBaseIsNamed(attack: String, finding: String) throws {
        let end = try Forged.base.end()
        var increment = Forged.increment
        increment.attack(attack)
        let fault = #expect(throws: ExportVerifier.Fault.self) { _ = try increment.end(after: end) }
        #expect(fault?.what.hasPrefix(finding) == true, "\(fault?.description ?? "")")
    }

    /// A column that a record has no more, or has anew, is not compared; a deleted record may be made again.
    @Test func whatChangedItsShapeGoesOn() throws {
        var images = RecordImages()
        func say(_ before: String?, _ after: String?) -> String? {
            let members = [before.map { "\"before\":\($0)" }, after.map { "\"after\":\($0)" }].compactMap { $0 }
            return images.follow("{\"table\":\"part\",\(members.joined(separator: ","))}", mayLackHistory: false)
        }
        #expect(say(nil, #"{"id":"x","name":"A","color":"red"}"#) == nil)
        #expect(say(#"{"id":"x","name":"A","unit":"each"}"#, #"{"id":"x","name":"B","unit":"each"}"#) == nil)
        #expect(say(#"{"id":"x","name":"B","unit":"each","more":1}"#, nil) == nil)
        #expect(say(nil, #"{"id":"x","name":"C","unit":"each"}"#) == nil)
        #expect(say(#"{"id":"x","name":"B","unit":"each"}"#, nil) != nil)
    }
}

/// An export that is written from what it is to say, with digests and counts that hold.
private struct Forged {
    var org = "01"
    var content: String
    var since: String?
    /// Seals, by what they say of chains.
    var seals: [[String]]
    var anchors: [(root: String, seq: Int, digest: [UInt8])] = []
    var entries: [(root: String, payload: String)]

    static let base = Forged(
        content: "history",
        seals: [["a1"]],
        entries: [("a", made("x", 1)), ("a", changed("x", 1, 2)), ("b", made("y", 1))]
    )
    static let increment = Forged(
        content: "increment",
        since: try? base.end().positions.digest,
        seals: [["a1"], ["a3"]],
        anchors: [("a", 2, digest("a", 2)), ("b", 1, digest("b", 1))],
        entries: [("a", changed("x", 2, 3)), ("c", made("z", 1))]
    )

    static func made(_ id: String, _ value: Int) -> String { #"{"table":"part","after":\#(record(id, value))}"# }
    static func changed(_ id: String, _ old: Int, _ new: Int) -> String {
        #"{"table":"part","before":\#(record(id, old)),"after":\#(record(id, new))}"#
    }
    private static func record(_ id: String, _ value: Int) -> String { #"{"id":"\#(id)","value":\#(value)}"# }

    /// An entry's digest, as the base has it.
    private static func digest(_ root: String, _ seq: Int) -> [UInt8] {
        base.entries.filter { $0.root == root }.prefix(seq)
            .reduce(genesis(root)) { SHA256.digest($0, Array($1.payload.utf8)) }
    }

    private static func genesis(_ root: String) -> [UInt8] { SHA256.digest(Array("traveler:1:01:\(root)".utf8)) }

    mutating func attack(_ name: String) {
        let a2 = Self.digest("a", 2)
        switch name {
        case "org": org = "02"
        case "whole": content = "all"
        case "since": since = "00"
        case "no anchor": anchors.removeFirst()
        case "no still anchor": anchors.removeLast()
        case "gap": anchors[0] = ("a", 3, a2)
        case "rewound": anchors[0] = ("a", 1, Self.digest("a", 1))
        case "another entry": anchors[0].digest = Self.digest("a", 1)
        case "unknown chain": anchors.append(("d", 4, a2))
        case "another seal": seals[0] = ["b1"]
        case "no seals": seals = []
        case "another record": entries[0].payload = Self.changed("x", 1, 3)
        case "made twice": entries[1].payload = Self.made("y", 1)
        default: entries[1].payload = Self.changed("z", 1, 2)
        }
    }

    func end(after base: ExportEnd? = nil) throws -> ExportEnd {
        var verifier = ExportVerifier(keepsEnd: true, after: base)
        for line in lines { try verifier.take(line) }
        _ = try verifier.finish()
        return verifier.end(as: base == nil ? "base" : "increment")
    }

    private var lines: [[UInt8]] {
        var told: [[UInt8]] = []
        var links: [String: (seq: Int, digest: [UInt8])] = [:]
        for (root, seq, digest) in anchors {
            links[root] = (seq, digest)
            let texts: KeyValuePairs = ["kind": "history_anchor", "root": root, "digest": HexDigits.text(digest)]
            told.append(Self.object(texts, ["seq": seq]))
        }
        let start = told.count
        for (root, payload) in entries {
            let last = links[root] ?? (0, Self.genesis(root))
            let link = (seq: last.seq + 1, digest: SHA256.digest(last.digest, Array(payload.utf8)))
            links[root] = link
            let digest = HexDigits.text(link.digest)
            told.append(
                Self.object(
                    ["kind": "history_entry", "root": root, "digest": digest, "payload": payload],
                    ["seq": link.seq]
                )
            )
        }
        told.insert(contentsOf: sealLines, at: start)
        let header: KeyValuePairs = [
            "kind": "export", "org": org, "slug": "acme", "scope": "org", "content": content, "since": since ?? "",
        ]
        told.insert(Self.object(header, ["format": 2]), at: 0)
        let digest = SHA256.digest(told.flatMap { $0 + [UInt8(ascii: "\n")] })
        let counts = OrgExport.Counts(anchors: anchors.count, seals: seals.count, entries: entries.count)
        return told + [ExportLines.end(counts, digest: HexDigits.text(digest))]
    }

    private var sealLines: [[UInt8]] {
        var previous = SHA256.digest(Array("traveler:seal:1:\(org)".utf8))
        return seals.enumerated()
            .map { index, stands in
                let rows = stands.map { stand in
                    let (root, seq) = (String(stand.prefix(1)), Int(stand.dropFirst()) ?? 0)
                    let digest =
                        seq > 2
                        ? SHA256.digest(Self.digest(root, 2), Array(entries[0].payload.utf8)) : Self.digest(root, seq)
                    return "\(root) \(seq) \(HexDigits.text(digest))\n"
                }
                let payload =
                    "traveler history seal 1\norg \(org)\nnumber \(index + 1)\nsealed_at 2026-01-01T00:00:00Z\nentries 1\n"
                    + "roots \(stands.count)\ncomplete true\nprevious \(HexDigits.text(previous))\n" + rows.joined()
                previous = SHA256.digest(Array(payload.utf8))
                return Self.object(
                    ["kind": "history_seal", "digest": HexDigits.text(previous), "payload": payload],
                    ["number": index + 1]
                )
            }
    }

    private static func object(_ texts: KeyValuePairs<String, String>, _ numbers: KeyValuePairs<String, Int>) -> [UInt8]
    {
        var json = JSONWriter(capacity: 256)
        json.object { json in
            for (name, text) in texts {
                json.key(name)
                json.string(text)
            }
            for (name, number) in numbers {
                json.key(name)
                json.number(number)
            }
        }
        return json.bytes
    }
}

import HTTP
import Testing

@testable import Service

/// An export is checked by its bytes alone (Y2). The exports here are made by hand: two chains of three entries and one
/// of two behind an anchor, two seals.
@Suite struct ExportVerifierTests {
    @Test func anExportThatHoldsIsCounted() throws {
        let summary = try Self.verify(Export().lines)
        #expect(summary.chains == 3 && summary.entries == 8 && summary.seals == 2)
        #expect(summary.lastSeal?.number == 2)
    }

    @Test func linesOfOtherKindsArePassedOver() throws {
        var lines = Export().lines
        lines.insert(#"{"kind":"record","table":"part","id":1}"#, at: 3)
        #expect(try Self.verify(lines).entries == 8)
    }

    /// What is done to the lines, and what is said of it.
    @Test(arguments: [
        ("payload", "chain b, entry 2: the digest does not match the entry and the one before it"),
        ("entry", "chain b: entries 2 to 2 are missing"),
        ("tail", "chain b, entry 3: it is gone, and a seal holds it: the chain was cut after entry 2"),
        ("chain", "chain b, entry 2: it is gone, and a seal holds it: the chain was cut after entry 0"),
        ("rewritten", "chain b, entry 3: it differs from what a seal holds"),
        ("anchor", "chain c: entries 1 to 4 are missing"),
        ("forged anchor", "chain c, entry 5: the digest does not match the entry and the one before it"),
        ("first seal", "seals 1 to 1 are missing"),
        ("seal", "seal 1: the digest does not match the seal"),
        ("forged seal", "seal 2: it does not follow the seal before it"),
        ("end", "the export ends before its end: it is cut off"),
        ("count", "it counts other history_entries than there are: 8"),
        ("header", "an export begins with its header, and has one"),
        ("org", "seal 1: it does not read as a seal of this org"),
        ("order", "chain a comes after chain b"),
        ("junk", "it is no JSON"),
        ("after", "something follows the end"),
    ])
    func theFirstBrokenLinkIsNamed(attack: String, finding: String) throws {
        var export = Export()
        export.attack(attack)
        let fault = #expect(throws: ExportVerifier.Fault.self) { try Self.verify(export.lines) }
        #expect(fault?.what == finding)
    }

    @Test func aRunsExportNeedsOnlyTheSealsThatNameIt() throws {
        var export = Export()
        export.narrow(to: "b")
        #expect(try Self.verify(export.lines).seals == 1)
        export.lines.remove(at: export.lines.count - 2)
        #expect(throws: ExportVerifier.Fault.self) { try Self.verify(export.lines) }
    }

    static func verify(_ lines: [String]) throws -> ExportVerifier.Summary {
        var verifier = ExportVerifier()
        for line in lines { try verifier.take(Array(line.utf8)) }
        return try verifier.finish()
    }
}

/// An export that holds, and what can be done to it. Lines: 0 header, 1 anchor, 2 and 3 seals, 4 to 6 chain a, 7 to 9
/// chain b, 10 and 11 chain c, 12 end.
private struct Export {
    static let org = "01a20d49-7e4b-7578-b6ea-9fee961dc493"
    var lines: [String] = []
    private var digests: [String: [UInt8]] = [:]
    private var payloads: [String] = []

    init() {
        let anchor = SHA256.digest(Array("detached".utf8))
        var entries: [String] = []
        for (root, first, last) in [("a", 1, 3), ("b", 1, 3), ("c", 5, 6)] {
            var digest = first == 1 ? SHA256.digest(Array("traveler:1:\(Self.org):\(root)".utf8)) : anchor
            for seq in first...last {
                let payload = #"{"v":1,"root":"\#(root)","text":"\"ä\" \#(seq)"}"#
                digest = SHA256.digest(digest, Array(payload.utf8))
                digests["\(root)\(seq)"] = digest
                entries.append(Self.entry(root, seq, digest, payload))
            }
        }
        digests["c4"] = anchor
        let genesis = SHA256.digest(Array("traveler:seal:1:\(Self.org)".utf8))
        payloads = [seal(1, genesis, ["a3", "b2", "c3"])]
        payloads.append(seal(2, SHA256.digest(Array(payloads[0].utf8)), ["b3", "c5"]))
        lines =
            [
                Self.object(["kind": "export", "org": Self.org, "slug": "acme", "scope": "org"], ["format": 1]),
                Self.object(["kind": "history_anchor", "root": "c", "digest": HexDigits.text(anchor)], ["seq": 4]),
                line(ofSeal: 1), line(ofSeal: 2),
            ] + entries
        lines.append(
            Self.object(["kind": "end"], ["history_anchors": 1, "history_seals": 2, "history_entries": 8])
        )
    }

    private func seal(_ number: Int, _ previous: [UInt8], _ stands: [String]) -> String {
        let rows = stands.map { stand in
            "\(stand.prefix(1)) \(stand.dropFirst()) \(HexDigits.text(digests[stand] ?? SHA256.digest(Array(stand.utf8))))\n"
        }
        return "traveler history seal 1\norg \(Self.org)\nnumber \(number)\nsealed_at 2026-01-01T00:00:00Z\nentries 1\n"
            + "roots \(stands.count)\ncomplete true\nprevious \(HexDigits.text(previous))\n"
            + "detached 2025-01 1 00 00\n" + rows.joined()
    }

    private func line(ofSeal number: Int) -> String {
        let payload = payloads[number - 1]
        return Self.object(
            ["kind": "history_seal", "digest": HexDigits.text(SHA256.digest(Array(payload.utf8))), "payload": payload],
            ["number": number]
        )
    }

    private static func entry(_ root: String, _ seq: Int, _ digest: [UInt8], _ payload: String) -> String {
        object(
            ["kind": "history_entry", "root": root, "digest": HexDigits.text(digest), "payload": payload],
            ["seq": seq]
        )
    }

    private static func object(_ texts: KeyValuePairs<String, String>, _ numbers: KeyValuePairs<String, Int>) -> String
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
        return String(decoding: json.bytes, as: UTF8.self)
    }

    mutating func attack(_ name: String) {
        switch name {
        case "payload": lines[8] = lines[8].replacing("ä", with: "a")
        case "entry": lines.remove(at: 8)
        case "tail": lines.remove(at: 9)
        case "chain": lines.removeSubrange(7...9)
        case "rewritten":
            let digest = SHA256.digest(digests["b2"] ?? [], Array("other".utf8))
            lines[9] = Self.entry("b", 3, digest, "other")
        case "anchor": lines.remove(at: 1)
        case "forged anchor":
            lines[1] = Self.object(
                ["kind": "history_anchor", "root": "c", "digest": HexDigits.text(SHA256.digest([]))],
                ["seq": 4]
            )
        case "first seal": lines.remove(at: 2)
        case "seal": lines[2] = lines[2].replacing("complete true", with: "complete null")
        case "forged seal":
            payloads[0] = payloads[0].replacing("a 3 ", with: "a 2 ")
            lines[2] = line(ofSeal: 1)
        case "end": lines.removeLast()
        case "count": lines[12] = lines[12].replacing("8", with: "9")
        case "header": lines.removeFirst()
        case "org": lines[0] = lines[0].replacing("01a2", with: "01a3")
        case "order": lines = Array(lines[...3]) + lines[7...9] + lines[4...6] + lines[10...]
        case "junk": lines[5].removeLast()
        default: lines.append(lines[12])
        }
    }

    /// The export of one run: its chain, and the seals that name it.
    mutating func narrow(to root: String) {
        lines =
            [
                Self.object(
                    ["kind": "export", "org": Self.org, "slug": "acme", "scope": "run", "run": root],
                    ["format": 1]
                ),
                lines[3],
            ] + lines[7...9]
        lines.append(
            Self.object(["kind": "end"], ["history_anchors": 0, "history_seals": 1, "history_entries": 3])
        )
    }
}

import Foundation
import Postgres
import Testing

@testable import Service

/// C1-C4 as a property: runs with gaps at random complete exactly when a rule of their own, read from the page of the model
/// and not from the gate, finds nothing missing; over HTTP and by direct SQL, in dry runs and for real.
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct CompletionGateTests {
    private static let runs = 2000
    private static let seed = 0.417

    @Test func aRunCompletesExactlyWhenNothingIsMissing() throws {
        let api = try #require(ServedAPI.shared)
        let org = try api.org()
        let quality = try org.user("quality")
        let operatorConnection = try api.connect()
        try operatorConnection.script(try String(contentsOfFile: Self.script, encoding: .utf8))
        _ = try operatorConnection.execute(
            Query(
                Statement("gap_prepare", "select gap.prepare($1, $2, $3, $4::float8)"),
                [
                    .text(org.slug), .text(org.admin.token ?? ""), .text(quality.token ?? ""), .text("\(Self.seed)"),
                ]
            )
        )
        // Plans made while the tables were empty would be kept as they fill.
        for batch in 1...Self.runs / 50 {
            try operatorConnection.script("select gap.work(50); analyze")
            if batch == 4 { try Self.expectEachKindAlone(org.admin) }
        }
        let judged = try operatorConnection.execute(
            Query(Statement("gap_judged", "select j.run_id, j.gaps from gap.judged j order by j.number"))
        )
        try #require(judged.rowCount == Self.runs)
        var completed = 0
        for row in 0..<judged.rowCount {
            let run = try #require(judged.string(row, 0))
            let gaps = judged.string(row, 1) ?? ""
            let happens: Bool
            if row.isMultiple(of: 2) {
                let asked = try org.admin.post("/v1/runs/\(run)/complete?dry_run=true", "{}")
                let answer = try org.admin.post("/v1/runs/\(run)/complete", "{}")
                #expect(
                    asked.status == answer.status,
                    "a dry run of \(run) says \(asked.status), then it is \(answer.status)"
                )
                happens = answer.status == 200
                #expect(happens || ["completion_blocked", "warnings_waiting"].contains(answer.code), "\(answer.text)")
            } else {
                let result = try operatorConnection.execute(
                    Query(Statement("gap_by_hand", "select gap.by_hand($1::uuid)"), [.text(run)])
                )
                happens = result.bool(0, 0) == true
            }
            #expect(
                happens == gaps.isEmpty,
                "run \(row) of seed \(Self.seed), \(run): completed \(happens), missing: \(gaps)"
            )
            if happens { completed += 1 }
        }
        // A test of either answer needs both.
        #expect(completed > Self.runs / 10 && completed < Self.runs * 9 / 10, "\(completed) of \(Self.runs) completed")
        let kinds = try operatorConnection.execute(
            Query(Statement("gap_kinds", "select string_agg(distinct g, ' ') from gap.judged j, unnest(j.kinds) g"))
        )
        let met = Set((kinds.string(0, 0) ?? "").split(separator: " ").map(String.init))
        let wanted: Set = ["step", "field", "range", "signature", "approval", "part", "lot", "warning", "nothing_done"]
        #expect(wanted.subtracting(met).isEmpty, "never missing: \(wanted.subtracting(met))")
    }

    /// Of one kind alone, the org's blockers are those of this kind among all of them, with every remark made a gate.
    private static func expectEachKindAlone(_ admin: APIClient) throws {
        let policies = ["open_issue", "accepted_deviation", "undone_step", "unmerged_redline"]
        func change(_ severity: (String) -> String) throws {
            let members = policies.map { #""\#($0)_policy":"\#(severity($0))""# }.joined(separator: ",")
            let answer = try admin.send("PATCH", "/v1/org", body: Array("{\(members)}".utf8))
            #expect(answer.status == 200, "\(answer.text)")
        }
        try change { _ in "gate" }
        let all = Dictionary(grouping: try blockers(admin), by: \.kind)
        #expect(all.count > 1, "\(all.keys.sorted())")
        for kind in all.keys.sorted() + ["installation_names_no_unit"] {
            #expect(try blockers(admin, "&kind=\(kind)") == all[kind] ?? [], "\(kind)")
        }
        try change { $0 == "open_issue" ? "warning" : "note" }
    }

    private struct Standing: Equatable {
        let run, kind, subject: String
    }

    private static func blockers(_ client: APIClient, _ filter: String = "") throws -> [Standing] {
        var found: [Standing] = []
        var cursor: String?
        repeat {
            let after = cursor.map { "&cursor=\($0)" } ?? ""
            let page = try client.get("/v1/completion-blockers?limit=200\(filter)\(after)")
            found += page.items.map {
                Standing(
                    run: $0["run_id"]?.text ?? "",
                    kind: $0["kind"]?.text ?? "",
                    subject: $0["subject_id"]?.text ?? ""
                )
            }
            cursor = page.json["next_cursor"]?.text
        } while cursor != nil
        return found
    }

    private static let script = ServedAPI.root + "/Tests/SQL/support/gaps.sql"
}

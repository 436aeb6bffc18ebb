import FoundationEssentials
import HTTP
import Postgres
import Testing

@testable import Service

/// The background jobs against the demo, and what they make possible: a tail that is cut with its head is named, and an
/// export is checked without a database (Y2).
@Suite(.enabled(if: DemoDatabase.isAvailable), BuiltDemo(), .serialized) struct WorkCommandTests {
    @Test func eachJobRunsOnceAndEverythingIsSealed() throws {
        #expect(try run(["work", "--once"]).code == .fine)
        let unsealed = try database().rows(
            """
            select count(*) from traveler_private.history_head h
            left join traveler_private.history_sealed s using (org_id, root_id) where h.seq > coalesce(s.seq, 0)
            """
        )
        #expect(unsealed == [["0"]])
        let (code, lines) = try run(["verify"])
        #expect(code == .fine)
        #expect(
            lines.contains { $0.hasPrefix("seals: ") && $0.hasSuffix("recomputed; every entry is sealed") },
            "\(lines)"
        )
    }

    @Test func whatNobodyFinishedUploadingIsDropped() throws {
        let superuser = try Connection(url: database().url(as: "postgres"))
        try superuser.script(
            """
            set session_replication_role = replica;
            insert into traveler.attachment_upload (org_id, run_id, file_name, content_type, byte_size, created_by, created_at)
            select r.org_id, r.id, 'stale ' || n || '.txt', 'text/plain', 5, 'user:x', now() - make_interval(hours => 20 + n)
            from (select x.org_id, x.id from traveler.run x order by x.number limit 1) r, generate_series(1, 10) n;
            reset session_replication_role;
            """
        )
        #expect(try run(["work", "--once"]).code == .fine)
        let left = try database().rows("select count(*) from traveler.attachment_upload where file_name like 'stale %'")
        #expect(left == [["3"]])
        try superuser.script("delete from traveler.attachment_upload where file_name like 'stale %'")
    }

    @Test func aTailThatIsCutWithItsHeadIsNamed() throws {
        #expect(try run(["work", "--once"]).code == .fine)
        let superuser = try Connection(url: database().url(as: "postgres"))
        try superuser.script(
            """
            create table public.kept as select * from traveler.transaction_history h where (h.org_id, h.root_id, h.seq) in (
                select x.org_id, x.root_id, x.seq from traveler_private.history_head x where x.root_table = 'run' order by x.root_id limit 1);
            alter table traveler.transaction_history disable trigger _010_refuse_change;
            delete from traveler.transaction_history h using public.kept k where h.root_id = k.root_id and h.seq = k.seq;
            update traveler_private.history_head h set seq = e.seq, digest = e.digest
            from public.kept k join traveler.transaction_history e on e.root_id = k.root_id and e.seq = k.seq - 1 where h.root_id = k.root_id;
            """
        )
        let kept = try database().rows("select root_id, seq, seq - 1 from public.kept")[0]
        let (code, lines) = try run(["verify"])
        #expect(code == .refused)
        let finding = "record \(kept[0]): history of run, entry \(kept[1]): it is gone, and seal "
        #expect(
            lines.contains {
                $0.contains(finding) && $0.hasSuffix("the chain was cut after entry \(kept[2])")
            },
            "\(lines)"
        )
        try superuser.script(
            """
            insert into traveler.transaction_history select * from public.kept;
            update traveler_private.history_head h set seq = k.seq, digest = k.digest from public.kept k where h.root_id = k.root_id;
            alter table traveler.transaction_history enable always trigger _010_refuse_change;
            drop table public.kept;
            """
        )
        #expect(try run(["verify"]).code == .fine)
    }

    @Test func anExportIsCheckedWithoutADatabase() throws {
        #expect(try run(["work", "--once"]).code == .fine)
        let path = "/tmp/traveler-export-\(UInt64.random(in: 0...UInt64.max)).ndjson"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let export = ["export", "--org", "demo", "--format", "ndjson", "--out", path, "--history"]
        #expect(try run(export).code == .fine)
        let (code, lines) = try run(["verify", path], environment: [:])
        #expect(code == .fine && lines.last == "all of it holds", "\(lines)")
        let counts = try database().rows(
            """
            select 'history of org demo: ' || count(distinct h.root_id) || ' chains with ' || count(*) || ' entries walked'
            from traveler.transaction_history h join traveler.org o on o.org_id = h.org_id where o.slug = 'demo'
            """
        )
        #expect(lines.first == counts[0][0])
        // One byte of one payload.
        var bytes = try Data(contentsOf: URL(filePath: path))
        let place = try #require(bytes.lastIndex(of: UInt8(ascii: "v")))
        bytes[place] = UInt8(ascii: "w")
        try bytes.write(to: URL(filePath: path))
        let after = try run(["verify", path], environment: [:])
        #expect(
            after.code == .refused && after.lines.count == 1 && after.lines[0].hasPrefix("BROKEN line "),
            "\(after.lines)"
        )
    }

    @Test func oneRunIsExportedWithTheSealsThatNameIt() throws {
        #expect(try run(["work", "--once"]).code == .fine)
        let id = try database().rows("select r.id from traveler.run r order by r.number limit 1")[0][0]
        let path = "/tmp/traveler-export-\(UInt64.random(in: 0...UInt64.max)).ndjson"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let export = ["export", "--org", "demo", "--format", "ndjson", "--out", path, "--history"]
        #expect(try run(export + ["--run", id]).code == .fine)
        let (code, lines) = try run(["verify", path], environment: [:])
        #expect(code == .fine && lines[0].contains(": 1 chains with "), "\(lines)")
        #expect(try run(export + ["--run", "00000000-0000-0000-0000-000000000000"]).code == .refused)
    }

    @Test(arguments: [
        ["export", "--org", "demo", "--format", "csv", "--out", "/tmp/x", "--history"],
        ["export", "--org", "demo", "--format", "ndjson"],
        ["export", "--org", "demo", "--format", "ndjson", "--out", "/tmp/x", "--history", "--run", "7"],
        ["verify", "--seals"], ["work", "--twice"],
    ])
    func whatCanNotBeDoneIsWrongUsage(words: [String]) throws {
        #expect(try run(words).code == .usage)
    }

    @Test func aFileThatIsNotThereIsRefused() throws {
        let (code, lines) = try run(["verify", "/nonexistent/export"], environment: [:])
        #expect(code == .refused)
        #expect(lines.contains { $0.contains("/nonexistent/export: No such file") }, "\(lines)")
    }

    /// It waits between its jobs, and is told to stop while it does; then while its database is not there.
    @Test(arguments: [true, false]) func stopsWithinASecond(isThere: Bool) throws {
        let url = isThere ? try database().url(as: "traveler_worker") : "postgresql:///none?host=/nonexistent"
        let worker = BackgroundWorker(
            url: Secret(url),
            options: Connection.Options(),
            jobs: [PartitionsJob(), SealJob(interval: .seconds(60))],
            log: Log(level: .error, descriptor: -1)
        )
        let ended = Lock(false)
        #expect(
            HTTP.Thread.start("worker-test") {
                worker.run()
                ended.withLock { $0 = true }
                ended.broadcast()
            }
        )
        #expect(ended.wait(atMost: .seconds(1), until: { $0 ? true : nil }) == nil)
        worker.stop()
        #expect(ended.wait(atMost: .seconds(1), until: { $0 ? true : nil }) == true)
    }

    private func database() throws -> DemoDatabase { try #require(DemoDatabase.shared) }

    private func run(_ words: [String], environment: [String: String]? = nil) throws -> (
        code: ExitCode, lines: [String]
    ) {
        let database = try database()
        let lines = Lines()
        let console = Console(write: { lines.all.append($0) }, explain: { lines.all.append($0) }, readLine: { nil })
        let code = Program.run(
            words,
            environment: environment ?? [
                "TRAVELER_MIGRATOR_URL": database.url(as: "traveler_migrator"),
                "TRAVELER_WORKER_URL": database.url(as: "traveler_worker"), "TRAVELER_LOG": "error",
            ],
            console: console
        )
        return (code, lines.all)
    }

    private final class Lines {
        var all: [String] = []
    }
}

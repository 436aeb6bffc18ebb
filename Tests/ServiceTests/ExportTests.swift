import FoundationEssentials
import Postgres
import Testing

@testable import Service

/// What leaves by `traveler export` is checked by `traveler verify` without a database, and no byte of it can change
/// unseen (E2, Y2).
@Suite(.enabled(if: DemoDatabase.isAvailable), BuiltDemo(), .serialized) struct ExportTests {
    private static let seed = ProcessInfo.processInfo.environment["TRAVELER_TEST_SEED"].flatMap { UInt64($0) } ?? 1

    private let database: DemoDatabase
    private let place: ExportPlace

    init() throws {
        database = try #require(DemoDatabase.shared)
        place = try ExportPlace(database)
    }

    @Test(arguments: ["json", "ndjson", "csv"])
    func allOfAnOrgHolds(format: String) throws {
        let path = place.file("org.\(format)")
        #expect(try run(["export", "--org", "small", "--format", format, "--out", path]).code == .fine)
        let (code, lines) = try run(["verify", path])
        #expect(code == .fine && lines.last == "all of it holds", "\(lines)")
        if format == "csv" {
            let table = try String(contentsOfFile: "\(path)/part.csv", encoding: .utf8)
            #expect(table.hasPrefix("org_id,id,part_number,") && table.split(separator: "\r\n").count == 21)
            let manifest = try String(contentsOfFile: "\(path)/manifest.json", encoding: .utf8)
            #expect(manifest.contains("\"name\":\"part.csv\"") && manifest.contains("\"rows\":20,"))
        } else {
            #expect(try String(contentsOfFile: path, encoding: .utf8).contains("\"part\":20,"))
        }
        if format == "json" { _ = try JSONReader.read(Array(Data(contentsOf: URL(filePath: path)))) }
    }

    /// Every table of an org is there, and every column: nothing is asked of whoever adds one.
    @Test func noTableIsForgotten() throws {
        let path = place.file("org")
        #expect(try run(["export", "--org", "demo", "--format", "csv", "--out", path]).code == .fine)
        let (code, lines) = try run(["verify", path])
        #expect(code == .fine, "\(lines)")
        let columns = try database.rows(
            """
            select c.relname, string_agg(a.attname, ',' order by a.attnum) from pg_class c
            join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            where c.relnamespace = 'traveler'::regnamespace and c.relkind = 'r' and not c.relispartition
                and (c.relname, a.attname) <> ('credential', 'digest')
            group by 1 having bool_or(a.attname = 'org_id')
            """
        )
        let kept = ["idempotency_key", "refusal", "attachment_upload", "history_seal"]
        for table in columns where !kept.contains(table[0]) {
            let text = try String(contentsOfFile: "\(path)/\(table[0]).csv", encoding: .utf8)
            #expect(text.hasPrefix(table[1] + "\r\n"), "\(table[0])")
        }
        #expect(columns.count > 60)
    }

    /// One run, each form, each byte.
    @Test(arguments: ["json", "ndjson", "csv", "html"])
    func aFlippedByteIsCaught(format: String) throws {
        let path = place.file("run.\(format)")
        let id = try database.rows("select id from traveler.run where completed_at is not null order by number limit 1")
        let words = ["export", "--org", "demo", "--run", id[0][0], "--format", format, "--out", path]
        let made = try run(words)
        #expect(made.code == .fine, "\(made.lines)")
        let whole = try run(["verify", path])
        #expect(whole.code == .fine, "\(whole.lines)")
        var random = SplitMix(seed: Self.seed)
        let files =
            format == "csv" ? try FileManager.default.contentsOfDirectory(atPath: path).map { "\(path)/\($0)" } : [path]
        for file in files.sorted() {
            var bytes = try Array(Data(contentsOf: URL(filePath: file)))
            for place in 0..<(format == "csv" ? 3 : 25) {
                // The first and the last bytes, then any.
                let index = place == 0 ? 0 : place == 1 ? bytes.count - 1 : Int(random.next() % UInt64(bytes.count))
                let mask = UInt8(1 << (random.next() % 8))
                bytes[index] ^= mask
                try Data(bytes).write(to: URL(filePath: file))
                let after = try run(["verify", path])
                #expect(
                    after.code == .refused,
                    "seed \(Self.seed): byte \(index) of \(file) by \(mask): \(after.lines)"
                )
                bytes[index] ^= mask
            }
            try Data(bytes).write(to: URL(filePath: file))
        }
        #expect(try run(["verify", path]).code == .fine)
    }

    /// Who changes a record and mends the digest as well meets the history; who adds, takes or renames one does too.
    @Test(arguments: ["changed", "taken", "added"])
    func aForgedRecordIsNotWhatTheHistoryHas(attack: String) throws {
        let path = place.file("org.ndjson")
        #expect(try run(["export", "--org", "small", "--format", "ndjson", "--out", path]).code == .fine)
        var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
        let index = try #require(lines.firstIndex { $0.contains("\"table\" : \"part\"") })
        let count = 20
        var rows = count
        switch attack {
        case "changed": lines[index] = lines[index].replacing("\"name\":\"", with: "\"name\":\"X")
        case "taken":
            lines.remove(at: index)
            rows -= 1
        default:
            lines.insert(lines[index].replacing("\"id\":\"0", with: "\"id\":\"1"), at: index)
            rows += 1
        }
        lines.append(lines.removeLast().replacing("\"part\":\(count),", with: "\"part\":\(rows),"))
        try ExportPlace.withDigest(lines).write(to: URL(filePath: path))
        let (code, said) = try run(["verify", path])
        #expect(code == .refused)
        let expected = [
            "changed": "record of part: it differs from its newest image in the history",
            "taken": "a record of part is in the history and not here",
            "added": "record of part: the history does not have it",
        ]
        #expect(said.last?.hasSuffix(expected[attack] ?? "?") == true, "\(said)")
    }

    /// A run's title that a spreadsheet would compute leaves as text; its quantity stays a number.
    @Test func rowsOfRunsAreMadeHarmless() throws {
        let path = place.file("runs.csv")
        let superuser = try Connection(url: database.url(as: "postgres"))
        try superuser.script(
            """
            begin;
            select traveler.enter_system((select org_id from traveler.org where slug = 'demo'), 'test');
            update traveler.run set title = '=HYPERLINK("http://evil","x")'
            where id = (select id from traveler.run where status = 'in_progress' limit 1);
            commit
            """
        )
        #expect(try run(["export", "--org", "demo", "--format", "csv", "--rows", "runs", "--out", path]).code == .fine)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.hasPrefix("number,id,title,status,quantity,"))
        #expect(text.contains(#","'=HYPERLINK(""http://evil"",""x"")","#))
        #expect(try run(["verify", path]).code == .fine)
        let lines = place.file("steps.ndjson")
        #expect(
            try run(["export", "--org", "demo", "--format", "ndjson", "--rows", "run_steps", "--out", lines]).code
                == .fine
        )
        let rows = try String(contentsOfFile: lines, encoding: .utf8).split(separator: "\n")
        #expect(String(rows.count) == (try database.rows("select count(*) from traveler.run_step")[0][0]))
        #expect(try JSONReader.read(Array(rows[0].utf8))["run_number"] == .number("1"))
    }

    @Test(arguments: [
        ["--format", "xml"], ["--format", "html"], ["--format", "csv", "--history"],
        ["--format", "json", "--rows", "runs"],
        ["--format", "csv", "--rows", "walks"], ["--format", "json", "--run", "7"],
    ])
    func whatCantBeAskedIsUsage(words: [String]) throws {
        #expect(try run(["export", "--org", "demo", "--out", place.file("x")] + words).code == .usage)
    }

    @Test func whatIsNotThereIsRefusedAndLeavesNothing() throws {
        for format in ["json", "csv", "ndjson"] {
            #expect(
                try run(["export", "--org", "nobody", "--format", format, "--out", place.file("x")]).code == .refused
            )
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).isEmpty)
    }

    private func run(_ words: [String]) throws -> (code: ExitCode, lines: [String]) { place.run(words) }
}

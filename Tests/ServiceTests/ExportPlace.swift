import FoundationEssentials
import Postgres

@testable import Service

/// A directory for exports, gone with the test, of a database that has a small org beside the demo's.
final class ExportPlace {
    let path = "\(URL.temporaryDirectory.path)/traveler-export-\(UInt64.random(in: 0...UInt64.max))"
    private let database: DemoDatabase

    init(_ database: DemoDatabase) throws {
        self.database = database
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        // An org that is told in a moment.
        try Connection(url: database.url(as: "postgres")).script(
            """
            do $$ begin
                if not exists (select from traveler.org where slug = 'small') then
                    perform traveler.enter_system(traveler.create_org('small', 'Small'), 'test');
                    perform traveler.create_part(jsonb_build_object('part_number', 'P-' || n, 'name', 'Part ' || n))
                    from generate_series(1, 20) n;
                end if;
            end $$
            """
        )
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// The lines of an export, some of them changed, with a digest at their end that is theirs.
    static func withDigest(_ lines: [String]) -> Data {
        let head = Array(lines.joined(separator: "\n").utf8.dropLast(64 + #","sha256":""}"#.utf8.count))
        return Data(head + Array(",\"sha256\":\"\(HexDigits.text(SHA256.digest(head)))\"}\n".utf8))
    }

    /// One entry more in the history of the small org.
    func describe(_ part: String, _ text: String) throws {
        try Connection(url: database.url(as: "postgres")).script(
            """
            begin;
            select traveler.enter_system((select org_id from traveler.org where slug = 'small'), 'test');
            update traveler.part set description = '\(text)' where id = (select id from traveler.part where part_number = '\(part)');
            commit
            """
        )
    }

    /// What the command says; `verify` knows no database.
    func run(_ words: [String]) -> (code: ExitCode, lines: [String]) {
        final class Lines { var all: [String] = [] }
        let lines = Lines()
        let console = Console(write: { lines.all.append($0) }, explain: { lines.all.append($0) }, readLine: { nil })
        let environment = words[0] == "verify" ? [:] : ["TRAVELER_MIGRATOR_URL": database.url(as: "traveler_migrator")]
        return (Program.run(words, environment: environment, console: console), lines.all)
    }
}

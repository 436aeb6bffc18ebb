import Postgres
import Testing

@testable import Service

/// `traveler analyst`: logins of Postgres itself, bound to one org, made and ended by the operator (E1).
@Suite(.enabled(if: DemoDatabase.isAvailable)) struct AnalystCommandTests {
    @Test func anAnalystIsMadeListedSignedInAndDisabled() throws {
        let database = try DemoDatabase()
        defer { try? database.drop() }
        #expect(run(["org", "create", "--slug", "acme", "--name", "Acme"], in: database).code == .fine)
        let made = run(["analyst", "create", "--org", "acme", "--name", "Reports"], in: database)
        try #require(made.code == .fine, "\(made.lines)")
        let words = made.lines.map { $0.split(separator: " ").map(String.init) }
        let login = words[0][1]
        defer { forget(login, in: database) }
        #expect(words.map(\.first) == ["login", "password", "psql"])
        #expect(words[1][1].count == 48)
        #expect(made.lines[2].contains("dbname=\(database.name) user=\(login)"))
        #expect(
            try database.rows("select left(rolpassword, 14) from pg_authid where rolname = $1", .text(login))
                == [["SCRAM-SHA-256$"]]
        )

        let analyst = try Connection(url: database.url(as: login))
        let rows = try analyst.execute(Query(Statement("t", "select count(*) from runs")))
        #expect(rows.string(0, 0) == "0")
        let listed = run(["analyst", "list", "--org", "acme"], in: database).lines
        #expect(listed.count == 1 && listed[0].hasPrefix("\(login) acme active ") && listed[0].hasSuffix(" Reports"))

        #expect(run(["analyst", "create", "--org", "acme", "--name", "Reports"], in: database).code == .refused)
        #expect(run(["analyst", "disable", "--login", login], in: database).code == .fine)
        #expect(throws: PostgresError.self) { try analyst.execute(Query(Statement("u", "select 1"))) }
        #expect(throws: PostgresError.self) { try Connection(url: database.url(as: login)) }
        #expect(run(["analyst", "list"], in: database).lines.first?.contains(" disabled ") == true)
        #expect(run(["analyst", "disable", "--login", login], in: database).code == .refused)
    }

    @Test func aGivenPasswordIsNotShownAndAShortOneIsRefused() throws {
        let database = try DemoDatabase()
        defer { try? database.drop() }
        #expect(run(["org", "create", "--slug", "acme", "--name", "Acme"], in: database).code == .fine)
        let words = ["analyst", "create", "--org", "acme", "--name", "Reports", "--password-stdin"]
        #expect(run(words, in: database, input: "short").code == .usage)
        let made = run(words, in: database, input: "a long password")
        #expect(made.code == .fine)
        #expect(!made.lines.joined().contains("password"))
        forget(made.lines[0].split(separator: " ").last.map(String.init) ?? "", in: database)
    }

    /// A view of the org's attributes that can't follow them is told, with whose saved view it waits for.
    @Test func whatWaitsForAnAnalystIsListed() throws {
        let database = try DemoDatabase()
        defer { try? database.drop() }
        #expect(run(["org", "create", "--slug", "acme", "--name", "Acme"], in: database).code == .fine)
        let made = run(["analyst", "create", "--org", "acme", "--name", "Reports"], in: database)
        let login = try #require(made.lines.first?.split(separator: " ").last.map(String.init))
        defer { forget(login, in: database) }
        let superuser = try Connection(url: database.url(as: "postgres"))
        let enter =
            "begin; select traveler.enter_system((select org_id from traveler.org where slug = 'acme'), 'test');"
        let keep = "select traveler.keep_attribute_views(); commit;"
        try superuser.script(
            """
            \(enter) select traveler.create_attribute_definition('{"record": "run", "key": "weight", "label": "Weight", "type": "number"}'); \(keep)
            """
        )
        try Connection(url: database.url(as: login)).script("create view mine as select weight from run_attributes")
        try superuser.script(
            "\(enter) select traveler.change_attribute_definition(d.id, null, '{\"key\": \"mass\"}') "
                + "from traveler.attribute_definition d; \(keep)"
        )
        let listed = run(["analyst", "list"], in: database).lines
        #expect(
            listed.count == 2 && listed.last?.hasPrefix("run_attributes of acme keeps its old columns since 20") == true
        )
        #expect(listed.last?.hasSuffix(": \(login) (Reports) has to drop mine") == true, "\(listed)")
    }

    @Test(arguments: ["0", "101", "many"])
    func connectionsAreAFewToAHundred(count: String) {
        #expect(throws: UsageError.self) {
            try AnalystCreateCommand(["--org", "acme", "--name", "Reports", "--connections", count])
        }
    }

    private func run(_ words: [String], in database: DemoDatabase, input: String? = nil) -> (
        code: ExitCode, lines: [String]
    ) {
        var lines: [String] = []
        let console = Console(write: { lines.append($0) }, explain: { lines.append($0) }, readLine: { input })
        let code = Program.run(
            words,
            environment: [
                "TRAVELER_MIGRATOR_URL": database.url(as: "traveler_migrator"),
                "TRAVELER_OPERATOR_URL": database.url(as: "postgres"),
            ],
            console: console
        )
        return (code, lines)
    }

    /// Roles are the cluster's, and outlive the database.
    private func forget(_ login: String, in database: DemoDatabase) {
        try? Connection(url: database.url(as: "postgres")).script(
            """
            drop owned by \(login) cascade; drop schema \(login) cascade; drop role \(login);
            """
        )
    }
}

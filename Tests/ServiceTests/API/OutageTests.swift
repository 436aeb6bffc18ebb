import FoundationEssentials
import Glibc
import Postgres
import Testing

@testable import Service

/// The database away, back, broken off, or of another age.
@Suite(.enabled(if: ServedAPI.isAvailable), .serialized) struct OutageTests {
    /// The way to the cluster's socket, which a test can close: the service connects through a link.
    private final class Door {
        let folder: String
        private let target: String

        init() throws {
            target = try OutageTests.serverSocket()
            folder = FileManager.default.temporaryDirectory.path + "/door-\(UInt32.random(in: 0...UInt32.max))"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        private var link: String { "\(folder)/\(target.split(separator: "/").last ?? "")" }

        func open() throws { try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target) }
        func close() throws { try FileManager.default.removeItem(atPath: link) }
    }

    /// The path of the cluster's socket.
    private static func serverSocket() throws -> String {
        let result = try Connection(url: try #require(DemoDatabase.clusterURL)).execute(
            Query(
                Statement("test_socket", "select current_setting('unix_socket_directories'), current_setting('port')")
            )
        )
        let directory = try #require(result.string(0, 0)?.split(separator: ",").first)
        return "\(directory)/.s.PGSQL.\(result.string(0, 1) ?? "5432")"
    }

    /// Asks until the answer has the status, thirty seconds at most.
    private func wait(_ client: APIClient, _ path: String, for status: Int) throws -> APIClient.Answer {
        var answer = try client.get(path)
        for _ in 0..<600 where answer.status != status {
            usleep(50_000)
            answer = try client.get(path)
        }
        return answer
    }

    @Test func theServiceStartsWithoutADatabaseAndServesOnceItIsThere() throws {
        let door = try Door()
        let api = try ServedAPI(socket: door.folder)
        defer { try? api.stop() }
        let org = try api.org()
        #expect(try api.stranger().get("/healthz").status == 200)
        let ready = try api.stranger().get("/readyz")
        #expect(ready.status == 503 && ready.code == "database_unavailable")
        let down = try org.admin.get("/v1/me")
        #expect(down.status == 503 && down.code == "database_unavailable")
        #expect((Int(down.headers["retry-after"] ?? "") ?? 0) >= 1)
        #expect(!down.text.contains(door.folder), "what is wrong with the database is not the client's business")
        try door.open()
        #expect(try wait(org.admin, "/v1/me", for: 200).status == 200)
        #expect(try wait(api.stranger(), "/readyz", for: 200).status == 200)

        try door.close()
        try endSessions(api)
        #expect(try wait(api.stranger(), "/readyz", for: 503).status == 503)
        let lost = try org.admin.post("/v1/parts", #"{"part_number":"A","name":"x"}"#)
        #expect(lost.status == 503 && lost.headers["retry-after"] != nil)
        try door.open()
        #expect(try wait(org.admin, "/v1/parts", for: 200).items.isEmpty)
        #expect(try org.admin.post("/v1/parts", #"{"part_number":"A","name":"x"}"#).status == 201)
    }

    @Test func sessionsThatAreEndedBetweenRequestsAreNotNoticed() throws {
        let api = try ServedAPI()
        defer { try? api.stop() }
        let org = try api.org()
        for round in 0..<5 {
            let answer = try org.admin.post("/v1/parts", #"{"part_number":"\#(round)","name":"x"}"#)
            #expect(answer.status == 201, "\(answer.text)")
            try endSessions(api)
        }
    }

    @Test func aCommitWhoseAnswerIsLostIsDoneOnceAndAnsweredUnderItsKey() throws {
        let thief = try CommitThief(before: try Self.serverSocket())
        let api = try ServedAPI(socket: thief.folder)
        defer { try? api.stop() }
        let org = try api.org()
        #expect(try wait(org.admin, "/v1/parts", for: 200).items.isEmpty)
        thief.steal("stolen-1")
        let kept = try org.admin.post("/v1/parts", #"{"part_number":"stolen-1","name":"x"}"#, ["Idempotency-Key": "k"])
        #expect(thief.isDone && kept.status == 201 && kept.headers["traveler-replayed"] == "true", "\(kept.text)")
        #expect(try org.admin.get("/v1/parts").items.map { $0["id"]?.text } == [kept.id])

        thief.steal("stolen-2")
        let unknown = try org.admin.post("/v1/parts", #"{"part_number":"stolen-2","name":"x"}"#)
        #expect(thief.isDone && unknown.status == 503 && unknown.code == "outcome_unknown", "\(unknown.text)")
        #expect(try org.admin.get("/v1/parts").items.count == 2, "it was done, and nobody could know")

        // A read has no outcome to lose: it is asked again.
        thief.steal("part_list")
        #expect(try org.admin.get("/v1/parts").items.count == 2 && thief.isDone)
    }

    @Test func aClientThatGoesAwayFreesItsWorker() throws {
        let api = try ServedAPI()
        defer { try? api.stop() }
        let org = try api.org()
        let part = try org.part()
        let holder = try api.connect()
        try holder.script("begin; select from traveler.part where id = '\(part)' for update")
        // Left alone, it would wait for the lock until that is refused as busy.
        let gone = APIClient(port: api.port, token: org.admin.token)
        try gone.leave("PATCH /v1/parts/\(part)", #"{"name":"y"}"#)
        var text = ""
        for _ in 0..<200 where !text.contains(#"{route="PATCH /v1/parts/{id}""#) {
            usleep(50_000)
            text = try api.stranger().get("/metrics").text
        }
        #expect(text.contains(#"traveler_http_problems_total{code="deadline_passed"} 1.0"#), "it was not stopped")
        try holder.script("rollback")
        #expect(try org.admin.get("/v1/parts/\(part)").json["version"]?.digits == "1")
    }

    @Test func aDatabaseThatDoesNotFitIsNotServedFromTheBeginning() throws {
        let database = try DemoDatabase()
        defer { try? database.drop() }
        var directory = try SQLDirectory(path: ServedAPI.root + "/sql")
        directory.migrations.removeLast()
        var config = Config()
        config.listen = .tcp(host: "127.0.0.1", port: 0)
        let url = Secret(database.url(as: "traveler_service"))
        let service = TravelerService(config, url: url, directory: directory, log: Log(level: .error))
        #expect(throws: MigrationError.self) { try service.run() }
        #expect(service.address == nil)
    }

    @Test func aNewerSchemaIsServedByNobody() throws {
        let api = try ServedAPI()
        defer { try? api.stop() }
        let org = try api.org()
        #expect(try wait(org.admin, "/v1/me", for: 200).status == 200)
        let table = try #require(
            try api.connect().execute(
                Query(
                    Statement(
                        "test_ledger",
                        """
                        select c.oid::regclass::text from pg_class c join pg_attribute a on a.attrelid = c.oid
                        where c.relnamespace = 'traveler_private'::regnamespace and c.relname ~ 'migration' and c.relkind = 'r'
                        limit 1
                        """
                    )
                )
            ).string(0, 0)
        )
        try api.connect().script(
            """
            insert into \(table) select (r).* from (
                select jsonb_populate_record(m, jsonb_build_object('number', m.number + 1, 'name', 'a_later_one')) as r
                from \(table) m order by m.number desc limit 1) x
            """
        )
        let ready = try wait(api.stranger(), "/readyz", for: 503)
        #expect(ready.status == 503 && ready.code == "schema_mismatch")
        let answer = try org.admin.get("/v1/me")
        #expect(answer.status == 503 && answer.code == "schema_mismatch" && answer.headers["retry-after"] != nil)
        try api.connect().script("delete from \(table) where name = 'a_later_one'")
        #expect(try wait(org.admin, "/v1/me", for: 200).status == 200)
    }

    @Test func aLockedRecordIsTriedAgainAndThenRefused() throws {
        let api = try ServedAPI()
        defer { try? api.stop() }
        let org = try api.org()
        let part = try org.part()
        let holder = try api.connect()
        try holder.script("begin; select from traveler.part where id = '\(part)' for update")
        let busy = try org.admin.send("PATCH", "/v1/parts/\(part)", body: Array(#"{"name":"y"}"#.utf8))
        #expect(busy.status == 503 && busy.code == "busy" && busy.headers["retry-after"] != nil)
        let asked = try org.admin.send("PATCH", "/v1/parts/\(part)?dry_run=true", body: Array(#"{"name":"y"}"#.utf8))
        #expect(asked.status == 503 && asked.code == "busy")
        try holder.script("rollback")
        #expect(try org.admin.send("PATCH", "/v1/parts/\(part)", body: Array(#"{"name":"y"}"#.utf8)).status == 200)
    }

    @Test func theMetricsTellOfIt() throws {
        let api = try ServedAPI()
        defer { try? api.stop() }
        let org = try api.org()
        _ = try org.part()
        _ = try org.admin.get("/v1/runs/nothing")
        let expected = [
            #"traveler_http_requests_total{route="POST /v1/parts",status="201"} 1.0"#,
            #"traveler_http_problems_total{code="not_found"} 1.0"#,
            #"traveler_http_request_duration_seconds_bucket{route="POST /v1/parts",le="+Inf"} 1.0"#,
            // One request is one round trip.
            "traveler_database_round_trips_total 1.0",
        ]
        // A request is counted when its answer has left, a moment after the client has it.
        var text = ""
        for _ in 0..<600 where !expected.allSatisfy(text.contains) {
            usleep(50_000)
            text = try api.stranger().get("/metrics").text
        }
        for series in expected { #expect(text.contains(series)) }
    }

    /// Ends every session of the service on the database.
    private func endSessions(_ api: ServedAPI) throws {
        let end = Statement(
            "test_end_sessions",
            """
            select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity
            where datname = $1 and usename = 'traveler_service'
            """
        )
        _ = try api.connect().execute(Query(end, [.text(api.name)]))
    }
}

import Postgres
import Testing

@testable import Service

/// What `traveler check` and `traveler serve` refuse before the first request.
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct FitnessTests {
    @Test func theDatabaseThatWasMigratedFits() throws {
        let api = try #require(ServedAPI.shared)
        try Fitness.require(try directory(), on: api.connect(as: "traveler_service"))
    }

    @Test func aSchemaOfAnotherVersionIsRefused() throws {
        let connection = try #require(ServedAPI.shared).connect(as: "traveler_service")
        var newer = try directory()
        newer.migrations.removeLast()
        #expect(throws: MigrationError.self) { try Fitness.require(newer, on: connection) }
        var older = try directory()
        older.migrations.append(try #require(older.migrations.last))
        #expect(throws: MigrationError.self) { try Fitness.require(older, on: connection) }
    }

    @Test func anotherTimeZoneIsRefused() throws {
        let connection = try #require(ServedAPI.shared).connect(as: "traveler_service")
        try connection.script("set timezone = 'Asia/Tokyo'")
        #expect(throws: FitnessError.self) { try Fitness.require(try directory(), on: connection) }
    }

    @Test func aStatementThatDoesNotFitTheSchemaIsRefused() throws {
        let database = try DemoDatabase()
        defer { try? database.drop() }
        try Fitness.require(try directory(), on: Connection(url: database.url(as: "traveler_service")))
        try Connection(url: database.url(as: "postgres")).script(
            "alter table traveler.run rename column title to heading"
        )
        #expect(throws: FitnessError.self) {
            try Fitness.require(try directory(), on: Connection(url: database.url(as: "traveler_service")))
        }
    }

    @Test func aDatabaseThatGoesAwayMeanwhileIsNotCalledUnfit() throws {
        let api = try #require(ServedAPI.shared)
        let connection = try api.connect(as: "traveler_service")
        let end = Statement("test_end_session", "select pg_terminate_backend($1, 5000)")
        _ = try api.connect().execute(Query(end, [.int(connection.processID)]))
        #expect(throws: PostgresError.self) { try Fitness.prepareAll(on: connection) }
    }

    @Test func everyStatementHasANameOfItsOwn() {
        var texts: [String: String] = [:]
        for statement in ServiceWorker.statements + API.endpoints.flatMap({ $0.work?.statements ?? [] }) {
            let (name, sql) = (statement.name.description, statement.sql.description)
            #expect(texts[name] ?? sql == sql, "\(name) stands for two texts")
            #expect(name.utf8.count <= 63)
            texts[name] = sql
        }
    }

    private func directory() throws -> SQLDirectory {
        try SQLDirectory(path: ServedAPI.root + "/sql")
    }
}

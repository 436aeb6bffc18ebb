import FoundationEssentials
import Testing

@testable import Postgres

/// A database of its own for a suite, in the cluster that `TRAVELER_TEST_DATABASE_URL` names, dropped when it is over.
struct Database: SuiteTrait, TestScoping {
    /// The superuser's URI of a throw-away cluster; suites that need one are skipped without it.
    static let clusterURL = ProcessInfo.processInfo.environment["TRAVELER_TEST_DATABASE_URL"]

    /// The URI of the database of the suite that is running.
    @TaskLocal static var url = ""

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        guard let cluster = Self.clusterURL else { return try await function() }
        let name = "postgres_tests_\(UInt64.random(in: 0...UInt64.max))"
        try Connection(url: cluster).script("create database \(name)")
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await Self.$url.withValue(Self.uri(cluster, "dbname", name)) { try await function() }
            )
        } catch {
            result = .failure(error)
        }
        try Connection(url: cluster).script("drop database \(name) with (force)")
        try result.get()
    }

    /// The URI with one more parameter, which wins over what it says already.
    static func uri(_ base: String, _ keyword: String, _ value: String) -> String {
        base + (base.contains("?") ? "&" : "?") + keyword + "=" + value
    }

    /// A new connection to the suite's database.
    static func connect(_ options: Connection.Options = Connection.Options()) throws -> Connection {
        try Connection(url: url, options: options)
    }
}

extension Database {
    /// Ends the session of `connection` from another one and returns once it is gone.
    static func terminate(_ connection: Connection) throws {
        let terminate = Statement("terminate", "select pg_terminate_backend($1, 5000)")
        let gone = try connect().execute(Query(terminate, [.int(connection.processID)])).bool(0, 0)
        #expect(gone == true)
    }
}

extension Trait where Self == Database {
    static var database: Database { Database() }
}

/// The suites that talk to a server.
@Suite(.enabled(if: Database.clusterURL != nil), .database, .serialized) struct ServerTests {}

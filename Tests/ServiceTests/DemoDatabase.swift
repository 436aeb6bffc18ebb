import FoundationEssentials
import Postgres
import Testing

@testable import Service

/// A database of its own, cloned from the migrated template that `TRAVELER_TEST_TEMPLATE` names in the cluster of
/// `TRAVELER_TEST_DATABASE_URL`, with or without the demo in it.
struct DemoDatabase: Sendable {
    static let clusterURL = ProcessInfo.processInfo.environment["TRAVELER_TEST_DATABASE_URL"]
    static let template = ProcessInfo.processInfo.environment["TRAVELER_TEST_TEMPLATE"]
    static var isAvailable: Bool { clusterURL != nil && template != nil }

    /// The one that a suite with the trait ``BuiltDemo`` shares.
    @TaskLocal static var shared: DemoDatabase?

    let name = "demo_\(UInt64.random(in: 0...UInt64.max))"

    init() throws {
        let cluster = try #require(Self.clusterURL)
        try Connection(url: cluster).script("create database \(name) template \(try #require(Self.template))")
    }

    func drop() throws {
        try Connection(url: try #require(Self.clusterURL)).script("drop database \(name) with (force)")
    }

    func url(as role: String) -> String { "\(Self.clusterURL ?? "")&dbname=\(name)&user=\(role)" }

    func demo(slug: String = "demo") throws -> Demo {
        Demo(
            operator: try Connection(url: url(as: "traveler_migrator")),
            service: try Connection(url: url(as: "traveler_service")),
            slug: slug
        )
    }

    /// The rows that a superuser sees, of all orgs; NULL is the empty text.
    func rows(_ sql: StaticString, _ values: Value...) throws -> [[String]] {
        try Self.texts(Connection(url: url(as: "postgres")).execute(Query(Statement("demo_test_rows", sql), values)))
    }

    /// The rows that the service sees for the demo's admin.
    func rowsOfService(_ sql: StaticString, _ values: Value...) throws -> [[String]] {
        let enter = Query(
            Statement("demo_test_enter", "select traveler.enter($1::text)"),
            [.text(try demo().makeToken())]
        )
        let query = Query(Statement("demo_test_rows", sql), values)
        let connection = try Connection(url: url(as: "traveler_service"))
        return try connection.transaction(.readOnly, preamble: [enter]) { Self.texts(try $0.finish(with: [query])[0]) }
    }

    private static func texts(_ result: QueryResult) -> [[String]] {
        (0..<result.rowCount).map { row in (0..<result.columnCount).map { result.string(row, $0) ?? "" } }
    }
}

/// Builds the demo once for all tests of a suite, in ``DemoDatabase/shared``.
struct BuiltDemo: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        let database = try DemoDatabase()
        do {
            try database.demo().build()
            try await DemoDatabase.$shared.withValue(database) { try await function() }
        } catch {
            try database.drop()
            throw error
        }
        try database.drop()
    }
}

/// One of the demo's data files, as it stands in the checkout.
enum DemoFile {
    static func text(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "Sources/Service/Demo/Data/\(path)"), encoding: .utf8)
    }

    static func lines(_ path: String) throws -> [String] {
        try text(path).split(whereSeparator: \.isNewline).map(String.init)
    }
}

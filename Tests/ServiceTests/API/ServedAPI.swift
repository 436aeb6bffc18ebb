import FoundationEssentials
import HTTP
import Postgres
import Testing

@testable import Service

/// The service, live on a free port, on a database of its own.
struct ServedAPI: Sendable {
    static let isAvailable = DemoDatabase.isAvailable

    /// The checkout.
    static let root = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL.path

    /// The one that a suite with the trait ``Served`` shares.
    @TaskLocal static var shared: ServedAPI?

    let name = "api_\(UInt64.random(in: 0...UInt64.max))"
    let service: TravelerService
    let port: UInt16

    /// - Parameters:
    ///   - socket: the host of the service's own connections, where it is not the cluster's.
    ///   - configure: changes the settings.
    init(socket: String? = nil, _ configure: (inout Config) -> Void = { _ in }) throws {
        let cluster = try #require(DemoDatabase.clusterURL)
        let template = try #require(DemoDatabase.template)
        let url = Self.url(of: name, as: "traveler_service", host: socket)
        try Connection(url: cluster).script("create database \(name) template \(template)")
        var config = Config()
        config.listen = .tcp(host: "127.0.0.1", port: 0)
        config.workers = 4
        configure(&config)
        let service = TravelerService(
            config,
            url: Secret(url),
            directory: try SQLDirectory(path: Self.root + "/sql"),
            log: Log(level: .error),
            monitorInterval: .milliseconds(100)
        )
        guard case .tcp(_, let port) = try service.bind() else { throw APIClient.Failure(description: "no port") }
        self.service = service
        self.port = port
        let isStarted = HTTP.Thread.start("test-service") {
            do { try service.run() } catch { Issue.record(error) }
        }
        try #require(isStarted)
    }

    static func url(of database: String, as role: String, host: String? = nil) -> String {
        let base = "\(DemoDatabase.clusterURL ?? "")&dbname=\(database)&user=\(role)"
        return host.map { "\(base)&host=\($0)" } ?? base
    }

    func stop() throws {
        service.stop()
        try Connection(url: try #require(DemoDatabase.clusterURL)).script("drop database \(name) with (force)")
    }

    /// A connection to its database as the operator, or another role.
    func connect(as role: String = "postgres") throws -> Connection {
        try Connection(url: Self.url(of: name, as: role))
    }

    /// A new org and a client that acts as its admin.
    func org() throws -> TestOrg { try TestOrg(self) }

    /// A client that is nobody.
    func stranger() -> APIClient { APIClient(port: port, token: nil) }
}

/// Serves once for all tests of a suite, in ``ServedAPI/shared``.
struct Served: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        guard ServedAPI.isAvailable else { return try await function() }
        let api = try ServedAPI()
        do {
            try await ServedAPI.$shared.withValue(api) { try await function() }
        } catch {
            try api.stop()
            throw error
        }
        try api.stop()
    }
}

extension Trait where Self == Served {
    static var served: Served { Served() }
}

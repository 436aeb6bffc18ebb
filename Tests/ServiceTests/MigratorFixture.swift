import FoundationEssentials
import Glibc
import Postgres
import Testing

@testable import Service

/// A database with the three schemas and nothing in them, and a folder of SQL to migrate it with; both go when the test
/// ends. It stands in the cluster that `TRAVELER_TEST_DATABASE_URL` names, where ops/bootstrap.sql has made the roles.
final class MigratorFixture {
    static let clusterURL = ProcessInfo.processInfo.environment["TRAVELER_TEST_DATABASE_URL"]

    let name = "migrator_\(UInt64.random(in: 0...UInt64.max))"
    let folder: String
    private var previous = "none"
    private let cluster: Connection

    init() throws {
        let url = try #require(Self.clusterURL)
        cluster = try Connection(url: url)
        folder = FileManager.default.temporaryDirectory.path + "/" + name
        try FileManager.default.createDirectory(atPath: folder + "/migrations", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: folder + "/logic", withIntermediateDirectories: true)
        try cluster.script("create database \(name) template template0")
        try admin().script(
            """
            create schema traveler authorization traveler_owner;
            create schema traveler_private authorization traveler_owner;
            create schema analytics authorization traveler_owner;
            grant usage on schema traveler to traveler_service
            """
        )
    }

    deinit {
        try? cluster.script("drop database \(name) with (force)")
        try? FileManager.default.removeItem(atPath: folder)
    }

    func url(as role: String) -> String { "\(Self.clusterURL ?? "")&dbname=\(name)&user=\(role)" }
    func admin() throws -> Connection { try Connection(url: url(as: "postgres")) }

    /// Writes the next migration under its header; returns the digest of the file.
    @discardableResult
    func add(_ file: String, _ sql: String, mark: String = "") throws -> String {
        let text = "-- previous: \(previous)\n\(mark)\(sql)\n"
        try write("migrations/\(file)", text)
        let digests = try MigrationLedger(connection: cluster).digests(of: [SQLFile(name: file, text: text)])
        previous = try #require(digests[file])
        return previous
    }

    func write(_ path: String, _ text: String) throws {
        try text.write(toFile: "\(folder)/\(path)", atomically: true, encoding: .utf8)
    }

    func remove(_ path: String) throws {
        try FileManager.default.removeItem(atPath: "\(folder)/\(path)")
    }

    /// Migrates on a connection of its own; returns the lines reported.
    @discardableResult
    func migrate(_ adjust: (inout Migrator) -> Void = { _ in }) throws -> [String] {
        var lines: [String] = []
        let connection = try Connection(url: url(as: "traveler_migrator"))
        var migrator = Migrator(connection, try SQLDirectory(path: folder)) { lines.append($0) }
        adjust(&migrator)
        try migrator.migrate()
        return lines
    }

    /// The first value that the query gives a superuser, or another role.
    func value(_ sql: StaticString, as role: String = "postgres") throws -> String? {
        try Connection(url: url(as: role)).execute(Query(Statement("fixture_value", sql))).string(0, 0)
    }

    /// The schema as `pg_dump` writes it, without the lines that differ from dump to dump.
    func dump() throws -> String {
        let command = "pg_dump --schema-only --dbname='\(url(as: "postgres"))'"
        let pipe = try #require(popen(command, "r"))
        var text = ""
        var buffer = [CChar](repeating: 0, count: 65536)
        while fgets(&buffer, Int32(buffer.count), pipe) != nil {
            let line = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if !line.hasPrefix("\\restrict"), !line.hasPrefix("\\unrestrict") { text += line }
        }
        try #require(pclose(pipe) == 0)
        return text
    }
}

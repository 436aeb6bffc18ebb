import FoundationEssentials
import Glibc
import Postgres
import Testing

@testable import Service

/// What is wrong with a job is told when it begins and when it ends, with what to do, and not each time that it runs.
@Suite(.enabled(if: DemoDatabase.isAvailable)) struct BackgroundWorkerTests {
    @Test func aProblemIsToldOnce() throws {
        let database = try DemoDatabase()
        let path = "\(URL.temporaryDirectory.path)/traveler-log-\(UInt64.random(in: 0...UInt64.max))"
        let log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer {
            close(log)
            unlink(path)
            try? database.drop()
        }
        let worker = BackgroundWorker(
            url: Secret(database.url(as: "traveler_worker")),
            options: Connection.Options(),
            jobs: [WatchdogJob()],
            log: Log(level: .info, descriptor: log)
        )
        let superuser = try Connection(url: database.url(as: "postgres"))
        let function = "function extensions.end_analyst_sessions(interval, interval, interval, interval)"
        #expect(try worker.runOnce())
        try superuser.script("revoke execute on \(function) from traveler_worker")
        for _ in 0..<3 { #expect(try worker.runOnce() == false) }
        try superuser.script("alter \(function) rename to another")
        #expect(try worker.runOnce() == false)
        try superuser.script(
            """
            alter function extensions.another(interval, interval, interval, interval) rename to end_analyst_sessions;
            grant execute on \(function) to traveler_worker
            """
        )
        for _ in 0..<2 { #expect(try worker.runOnce()) }
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let told = lines.filter { !$0.contains("job done") }
        #expect(told.count == 3, "\(told)")
        #expect(told.prefix(2).allSatisfy { $0.contains("job failed") && $0.contains("run ops/bootstrap.sql") })
        #expect(told.last?.contains("job goes well again") == true)
    }
}

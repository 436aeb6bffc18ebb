import FoundationEssentials
import Testing

@testable import Postgres

/// The database error that `body` throws, or nil with an issue recorded.
func failure<R>(_ body: () throws -> R) -> PostgresError? {
    do {
        _ = try body()
        Issue.record("nothing was thrown")
    } catch let error as PostgresError {
        return error
    } catch {
        Issue.record("not a database error: \(error)")
    }
    return nil
}

/// The memory of this process that is resident, in bytes.
func residentBytes() throws -> Int {
    let statm = try String(contentsOf: URL(filePath: "/proc/self/statm"), encoding: .utf8)
    return (Int(statm.split(separator: " ")[1]) ?? 0) * 4096
}

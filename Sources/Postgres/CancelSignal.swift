import Glibc
import Synchronization

/// The word and the pipe by which other threads reach the thread that waits in `poll` for PostgreSQL.
///
/// The word holds the number of the current job, shifted left by one, and whether it was asked to stop. A request
/// names its job and succeeds only while that job is current, so it can never reach a later one.
final class CancelSignal: Sendable {
    private let word = Atomic<UInt64>(0)
    /// Readable when a request was made, perhaps for a job that has ended since; -1 when no pipe could be had.
    let readEnd: Int32
    private let writeEnd: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        if pipe(&ends) != 0 { ends = [-1, -1] }
        for end in ends where end >= 0 {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        if readEnd >= 0 { close(readEnd) }
        if writeEnd >= 0 { close(writeEnd) }
    }

    /// The number of the current job. Owner's thread only.
    var job: UInt64 { word.load(ordering: .relaxed) >> 1 }

    /// Whether the current job was asked to stop. Owner's thread only.
    var isRequested: Bool { word.load(ordering: .acquiring) & 1 == 1 }

    /// Asks `job` to stop and wakes its thread; false when it has ended or was asked already. Any thread.
    func request(job: UInt64) -> Bool {
        let (asked, _) = word.compareExchange(
            expected: job << 1,
            desired: job << 1 | 1,
            ordering: .acquiringAndReleasing
        )
        guard asked else { return false }
        // At most one byte a job, each read before the next job waits: the pipe never fills.
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
        return true
    }

    /// Ends the current job: handles given out for it do nothing from here on. Owner's thread only.
    func advance() {
        let old = word.load(ordering: .relaxed) >> 1
        let last = word.exchange((old + 1) << 1, ordering: .acquiringAndReleasing)
        if last & 1 == 1 { drain() }
    }

    /// Empties the pipe, so that a request for a job that has ended wakes nobody twice. Owner's thread only.
    func drain() {
        var byte: UInt8 = 0
        while read(readEnd, &byte, 1) == 1 {}
    }
}

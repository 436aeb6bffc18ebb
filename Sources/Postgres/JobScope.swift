import Glibc

/// What bounds the work in progress on one thread: a deadline, a cancel signal, and how deeply calls are nested.
///
/// Shared by the connections that one ``ReconnectingConnection`` opens in turn, so that a job keeps its handle and
/// its deadline across them.
final class JobScope {
    let signal = CancelSignal()
    var deadline: ContinuousClock.Instant?
    private var depth = 0

    var handle: CancelHandle { CancelHandle(signal: signal, job: signal.job) }

    func enter() { depth += 1 }

    /// Leaves one level; leaving the outermost ends the job.
    func leave() {
        depth -= 1
        if depth == 0 { signal.advance() }
    }

    /// Says why nothing more may be sent for this job, or nothing when it may.
    func check() throws(PostgresError) {
        if signal.isRequested { throw PostgresError(.cancelled, "the job was cancelled") }
        if let deadline, deadline <= .now { throw PostgresError(.deadlineExceeded, "the job's deadline has passed") }
    }

    /// Runs `body` as one job with a deadline; an outer job's earlier deadline stays in force.
    func job<R>(deadline: ContinuousClock.Instant?, _ body: () throws -> R) rethrows -> R {
        let outer = self.deadline
        if let deadline { self.deadline = outer.map { min($0, deadline) } ?? deadline }
        enter()
        defer {
            leave()
            self.deadline = outer
        }
        return try body()
    }
}

extension JobScope {
    /// Waits; false when the job is cancelled meanwhile, or its deadline comes first.
    func sleep(for duration: Duration) -> Bool {
        let until = ContinuousClock.now + duration
        if let deadline, deadline <= until { return false }
        while !signal.isRequested {
            let remaining = until.pollTimeout
            if remaining == 0 { return true }
            var socket = pollfd(fd: signal.readEnd, events: Int16(POLLIN), revents: 0)
            if poll(&socket, 1, remaining) > 0, !signal.isRequested { signal.drain() }
        }
        return false
    }
}

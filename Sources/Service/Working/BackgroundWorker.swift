import HTTP
import Postgres

/// Runs the background jobs on the calling thread, over one connection, each when it is due, until it is told to stop.
///
/// A database that goes away is waited for, with growing pauses; a job that fails is tried again at its next time.
final class BackgroundWorker: Sendable {
    private struct State {
        var isStopped = false
        /// What stops the job that is running.
        var running: CancelHandle?
        /// What was said to be wrong last, by job and org, so that it is said once.
        var told: [JobPlace: String] = [:]
    }

    private struct JobPlace: Hashable {
        var job: String
        var org: String
    }

    private let url: Secret
    private let options: Connection.Options
    private let jobs: [any BackgroundJob]
    private let log: Log
    private let state = Lock(State())

    init(url: Secret, options: Connection.Options, jobs: [any BackgroundJob], log: Log) {
        self.url = url
        self.options = options
        self.jobs = jobs
        self.log = log
    }

    /// Runs each job once; says whether all of them went well. A database that can't be reached is an error.
    func runOnce() throws -> Bool {
        let connection = ReconnectingConnection(url: url.reveal(), options: options)
        var isFine = true
        for job in jobs {
            do {
                isFine = try perform(job, on: connection) && isFine
            } catch let error as PostgresError where !error.endsSession {
                isFine = false
            }
        }
        return isFine
    }

    /// Runs the jobs until ``stop()``.
    func run() {
        let connection = ReconnectingConnection(url: url.reveal(), options: options)
        var due = jobs.map { _ in ContinuousClock.now }
        log.info(
            "working",
            ["jobs": .text(jobs.map(\.name).joined(separator: " ")), "version": .text(Version.current)]
        )
        while let next = due.indices.min(by: { due[$0] < due[$1] }) {
            if state.wait(atMost: max(.zero, due[next] - .now), until: { $0.isStopped ? true : nil }) != nil { break }
            let began = ContinuousClock.now
            do {
                _ = try perform(jobs[next], on: connection)
                due[next] = began + jobs[next].interval
            } catch let error as PostgresError where error.endsSession {
                due[next] = .now + max(connection.retryAfter ?? .zero, .milliseconds(100))
            } catch {
                due[next] = began + jobs[next].interval
            }
        }
        connection.close()
        log.info("stopped")
    }

    /// Has ``run()`` return, and cancels what it is at; from any thread.
    func stop() {
        let running = state.withLock { state in
            state.isStopped = true
            return state.running
        }
        running?.cancel()
        state.broadcast()
    }

    /// Runs one job and writes its line; says whether it went well.
    private func perform(_ job: any BackgroundJob, on connection: ReconnectingConnection) throws -> Bool {
        let began = ContinuousClock.now
        do {
            let report = try connection.job {
                let handle = connection.cancellation
                let isStopped = state.withLock { state in
                    state.running = handle
                    return state.isStopped
                }
                if isStopped { handle.cancel() }
                return try job.run(on: connection)
            }
            tell(job, report.failures, waits: report.waits)
            log.info(
                "job done",
                [
                    "job": .text(job.name), "done": .integer(report.done), "items": .integer(report.items),
                    "lag_ms": report.lag.map { .duration($0) } ?? .null,
                    "total_ms": .duration(began.duration(to: .now)),
                ]
            )
            return report.failures.isEmpty
        } catch let error as PostgresError where error.kind == .cancelled {
            log.info("job stopped", ["job": .text(job.name)])
            throw error
        } catch {
            tell(job, [.init(error: String(reflecting: error))])
            throw error
        }
    }

    /// Writes what is wrong with a job when it begins, changes and ends, and not each time that it runs.
    private func tell(_ job: any BackgroundJob, _ failures: [JobReport.Failure], waits: [JobReport.Failure] = []) {
        func texts(_ problems: [JobReport.Failure]) -> [JobPlace: String] {
            Dictionary(grouping: problems) { JobPlace(job: job.name, org: $0.org) }
                .mapValues { $0.map(\.error).joined(separator: "; ") }
        }
        let (wrong, waiting) = (texts(failures), texts(waits))
        let all = waiting.merging(wrong) { _, failure in failure }
        let told = state.withLock { state in
            let told = state.told.filter { $0.key.job == job.name }
            for place in told.keys { state.told[place] = nil }
            state.told.merge(all) { _, new in new }
            return told
        }
        func fields(_ place: JobPlace, _ text: String?) -> Log.Fields {
            [
                "job": .text(job.name), "org": place.org.isEmpty ? .null : .text(place.org),
                "error": text.map { .text($0) } ?? .null,
            ]
        }
        for (place, text) in all where told[place] != text {
            if wrong[place] != nil {
                log.error("job failed", fields(place, text))
            } else {
                log.warning("job waits", fields(place, text))
            }
        }
        for place in told.keys where all[place] == nil { log.info("job goes well again", fields(place, nil)) }
    }
}

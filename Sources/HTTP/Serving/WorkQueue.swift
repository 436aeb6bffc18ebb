/// The requests of one lane that wait, and those under way, one slot for each worker.
///
/// A request that would put a fairness key over its limit stays in place while others pass it. Requests whose client
/// has gone or whose deadline has passed are found by `inspect`, which the reactor calls at every tick.
final class WorkQueue: Sendable {
    /// What `inspect` found.
    struct Inspection {
        /// Taken out of the queue: their client has gone.
        var abandoned: [Job] = []
        /// Taken out of the queue: their deadline has passed.
        var expired: [Job] = []
        /// Workers to interrupt, to be called on a thread that may block. Each must be called once.
        var interrupts: [@Sendable () -> Void] = []
    }

    private struct Slot {
        var job: Job?
        var deadline = MonotonicTime(nanoseconds: 0)
        var interrupt: @Sendable () -> Void = {}
        var isInterrupted = false
    }

    private struct State {
        var waiting: [Job] = []
        var slots: [Slot]
        var underWay: [String: Int] = [:]
        var waitingByKey: [String: Int] = [:]
        var isClosed = false
    }

    private let state: Lock<State>
    /// Workers whose interruption is being carried out. A lock of its own: who waits here must not be woken in place of
    /// a worker that waits for a request. Taken after `state`, never before.
    private let interrupting = Lock<Set<Int>>([])
    private let capacity: Int
    private let status: ServerStatus

    init(workers: Int, capacity: Int, status: ServerStatus) {
        state = Lock(State(slots: Array(repeating: Slot(), count: workers)))
        self.capacity = capacity
        self.status = status
    }

    /// Adds a request; false when the queue is full, or half full of one key's requests.
    func add(_ job: Job) -> Bool {
        let isAdded = state.withLock { state in
            guard state.waiting.count < capacity,
                job.shares.allSatisfy({ state.waitingByKey[$0.key, default: 0] < max(1, capacity / 2) })
            else { return false }
            state.waiting.append(job)
            for share in job.shares { state.waitingByKey[share.key, default: 0] += 1 }
            status.waitingChanged(by: 1)
            return true
        }
        if isAdded { state.signal() }
        return isAdded
    }

    /// Keeps how to interrupt a worker.
    func register(_ worker: Int, interrupt: @escaping @Sendable () -> Void) {
        state.withLock { $0.slots[worker].interrupt = interrupt }
    }

    /// Waits for the next request whose keys have room; nil when the queue is closed.
    func take(_ worker: Int) -> Job? {
        let (job, hasMore) = state.wait { state -> (Job?, Bool)? in
            guard let index = Self.firstEligible(state) else { return state.isClosed ? (nil, false) : nil }
            let job = state.waiting.remove(at: index)
            Self.forget(job, &state)
            for share in job.shares { state.underWay[share.key, default: 0] += 1 }
            state.slots[worker].job = job
            state.slots[worker].deadline = job.request.deadline
            state.slots[worker].isInterrupted = false
            status.busyChanged(by: 1)
            status.waitingChanged(by: -1)
            return (job, !state.waiting.isEmpty)
        }
        // A finished request may have made room for two others: whoever takes one looks that the next is not left.
        if hasMore { state.signal() }
        return job
    }

    /// Sets a new deadline for the worker's request: a stream has one of its own.
    func extend(_ worker: Int, until deadline: MonotonicTime) {
        state.withLock { $0.slots[worker].deadline = deadline }
    }

    /// Ends the worker's request. Afterwards it is not interrupted any more; a running interruption is waited for.
    func release(_ worker: Int) {
        let wasInterrupted = state.withLock { state in
            for share in state.slots[worker].job?.shares ?? [] {
                let left = state.underWay[share.key, default: 1] - 1
                state.underWay[share.key] = left > 0 ? left : nil
            }
            state.slots[worker].job = nil
            return state.slots[worker].isInterrupted
        }
        if wasInterrupted { interrupting.wait { $0.contains(worker) ? nil : () } }
        status.busyChanged(by: -1)
    }

    /// Finds the requests that nobody waits for any more or that are late. With `all`, every request is late.
    func inspect(now: MonotonicTime, all: Bool = false) -> Inspection {
        let inspection = state.withLock { state in
            var inspection = Inspection()
            let running = state.slots.indices.filter { state.slots[$0].job != nil && !state.slots[$0].isInterrupted }
            let jobs = state.waiting + running.compactMap { state.slots[$0].job }
            guard !jobs.isEmpty else { return inspection }
            let gone = PeerWatch.gone(jobs.map(\.connection.descriptor))
            var kept: [Job] = []
            for (job, isGone) in zip(state.waiting, gone) {
                if isGone {
                    inspection.abandoned.append(job)
                } else if all || job.request.deadline <= now {
                    inspection.expired.append(job)
                } else {
                    kept.append(job)
                }
            }
            for job in inspection.abandoned + inspection.expired { Self.forget(job, &state) }
            for (worker, isGone) in zip(running, gone.dropFirst(state.waiting.count))
            where isGone || all || state.slots[worker].deadline <= now {
                state.slots[worker].isInterrupted = true
                _ = interrupting.withLock { $0.insert(worker) }
                let interrupt = state.slots[worker].interrupt
                inspection.interrupts.append { [interrupting] in
                    interrupt()
                    _ = interrupting.withLock { $0.remove(worker) }
                    interrupting.broadcast()
                }
            }
            state.waiting = kept
            return inspection
        }
        status.waitingChanged(by: -(inspection.abandoned.count + inspection.expired.count))
        return inspection
    }

    /// Lets the workers go once nothing waits any more.
    func close() {
        state.withLock { $0.isClosed = true }
        state.broadcast()
    }

    private static func firstEligible(_ state: State) -> Int? {
        state.waiting.firstIndex { job in
            job.shares.allSatisfy { state.underWay[$0.key, default: 0] < max(1, $0.limit) }
        }
    }

    private static func forget(_ job: Job, _ state: inout State) {
        for share in job.shares {
            let left = state.waitingByKey[share.key, default: 1] - 1
            state.waitingByKey[share.key] = left > 0 ? left : nil
        }
    }
}

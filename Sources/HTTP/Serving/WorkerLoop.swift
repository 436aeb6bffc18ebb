/// What a worker's thread does: take a request, answer it, hand the connection back.
struct WorkerLoop {
    let worker: Int
    let queue: WorkQueue
    let poller: Poller
    private var sender: ResponseSender

    init(worker: Int, queue: WorkQueue, poller: Poller, sender: ResponseSender) {
        self.worker = worker
        self.queue = queue
        self.poller = poller
        self.sender = sender
    }

    /// Runs until the queue is closed and empty.
    mutating func run(interrupt: @escaping @Sendable () -> Void, respond: (Job) -> Response) {
        queue.register(worker, interrupt: interrupt)
        while let job = queue.take(worker) {
            handle(job, respond)
        }
    }

    private mutating func handle(_ job: Job, _ respond: (Job) -> Response) {
        let started = MonotonicTime.now()
        let isLate = started >= job.request.deadline
        if isLate { sender.status.requestShed() }
        let refusal = isLate ? Refusal.deadlinePassed : nil
        let response = refusal.map { sender.application.refusal($0, id: job.request.id) } ?? respond(job)
        if case .stream = response.body {
            queue.extend(worker, until: .now() + sender.configuration.streamDeadline)
        }
        let connection = job.connection
        let result = sender.send(response, on: connection, mayBlock: true)
        queue.release(worker)
        switch sender.settle(connection) {
        case .keepAlive:
            let interest = connection.parser.hasBufferedBytes ? Poller.Interest.now : .input
            poller.arm(connection, for: interest, until: .now() + sender.configuration.idleTimeout)
        case .arm(let interest, let deadline): poller.arm(connection, for: interest, until: deadline)
        case .close: poller.arm(connection, for: .now, until: .now())
        }
        sender.application.observe(
            FinishedRequest(
                endpoint: job.route,
                method: job.request.method,
                path: job.request.path,
                id: job.request.id,
                peer: job.request.peer,
                status: result.status,
                code: refusal?.code,
                queue: started - job.request.receivedAt,
                total: .now() - job.request.receivedAt,
                bytes: result.bytes,
                note: response.note,
                isCut: result.isCut
            )
        )
    }
}

/// Follows the server's answers to one pipeline: a pure state machine that says what each one means.
///
/// libpq answers every step with one result and an end mark, and the Sync with a last result. An error makes the server
/// skip to the Sync; the steps between are reported as aborted. Anything else means that the two sides disagree about
/// where they are, and the connection must go.
struct PipelineReading {
    /// What was sent, in order.
    enum Step: Equatable {
        /// A Prepare for the statement of the query with this index.
        case prepare(Int)
        /// The query with this index.
        case run(Int)

        var query: Int {
            switch self {
            case .prepare(let query), .run(let query): query
            }
        }
    }

    /// What `PQgetResult` returned.
    enum Event: Equatable {
        /// A success: rows or a command's tag.
        case success
        case failure
        /// Skipped because an earlier step failed (`PGRES_PIPELINE_ABORTED`).
        case aborted
        /// The Sync's answer (`PGRES_PIPELINE_SYNC`).
        case sync
        /// The nil after a step's result.
        case end
        /// A result no step of a pipeline has, such as the start of a COPY.
        case other
    }

    /// What to do about it.
    enum Action: Equatable {
        case markPrepared(Int)
        case keep(Int)
        /// Remember the error; `nil` when it is the Sync itself that failed, as a deferred constraint makes it.
        case fail(Step?)
        case skip
        case finished
        /// Not a sequence the protocol has; the text says why.
        case discard(String)
    }

    private let steps: [Step]
    private var position = 0
    private var isAnswered = false
    private var hasFailed = false

    init(_ steps: [Step]) { self.steps = steps }

    mutating func receive(_ event: Event) -> Action {
        switch event {
        case .end: return end()
        case .sync: return isAtSync ? .finished : .discard("Sync answered at step \(position) of \(steps.count)")
        case .other: return .discard("a result that doesn't belong in a pipeline, at step \(position)")
        case .success, .failure, .aborted: return answer(event)
        }
    }

    private var isAtSync: Bool { position == steps.count && !isAnswered }

    private mutating func end() -> Action {
        guard isAnswered else { return .discard("no result for step \(position) of \(steps.count)") }
        isAnswered = false
        if position < steps.count { position += 1 }
        return .skip
    }

    private mutating func answer(_ event: Event) -> Action {
        guard !isAnswered else { return .discard("two results for step \(position)") }
        guard (event == .aborted) == hasFailed else {
            return .discard(hasFailed ? "an answer after a failure, at step \(position)" : "aborted before a failure")
        }
        isAnswered = true
        guard position < steps.count else {
            guard event == .failure else { return .discard("a result after the last step") }
            hasFailed = true
            return .fail(nil)
        }
        switch event {
        case .aborted: return .skip
        case .failure:
            hasFailed = true
            return .fail(steps[position])
        default:
            switch steps[position] {
            case .prepare(let query): return .markPrepared(query)
            case .run(let query): return .keep(query)
            }
        }
    }
}

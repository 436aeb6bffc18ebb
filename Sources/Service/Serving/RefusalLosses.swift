import HTTP

/// What the log is told of refused acts that were not noted: their sum, once a minute at most.
struct RefusalLosses {
    private var told = Metrics.Refusals()
    private var next: MonotonicTime?

    /// What has been lost since it was told last; nil when nothing was, or when it is too early to tell.
    mutating func due(_ counts: Metrics.Refusals, at now: MonotonicTime) -> Log.Fields? {
        let (dropped, failed) = (counts.dropped - told.dropped, counts.failed - told.failed)
        guard dropped + failed > 0 else { return nil }
        if let next, now < next { return nil }
        told = counts
        next = now + .seconds(60)
        return [
            "dropped": .integer(dropped), "failed": .integer(failed),
            "cause": failed > 0 ? .text(counts.cause ?? "") : .null,
        ]
    }
}

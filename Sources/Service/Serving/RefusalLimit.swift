import HTTP

/// How many refused acts of one org are noted: a number at once, and in the long run so many a second. A client that
/// tries the same thing in a loop is told each time, and fills no disk.
struct RefusalLimit {
    /// How many may come at once.
    let burst: Int
    /// The time in which room for one more comes up.
    let interval: Duration
    /// Until when what was taken is paid for, by org; an org that is not here, or whose time has passed, has it all.
    private var paidUntil: [UUIDText: MonotonicTime] = [:]
    /// How many orgs it remembers before it forgets those that have it all.
    private let most = 1024

    init(burst: Int = 100, interval: Duration = .milliseconds(100)) {
        self.burst = burst
        self.interval = interval
    }

    /// Takes room for one; false when there is none.
    mutating func take(_ org: UUIDText, at now: MonotonicTime) -> Bool {
        let paid = max(paidUntil[org] ?? now, now) + interval
        guard paid - now <= interval * burst else { return false }
        if paidUntil.count >= most { paidUntil = paidUntil.filter { $0.value > now } }
        paidUntil[org] = paid
        return true
    }
}

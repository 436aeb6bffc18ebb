/// When a transaction that failed is run again from its beginning.
package struct RetryPolicy: Sendable {
    /// How often a transaction may be run again after a conflict with others.
    package var conflictRetries: Int
    /// Whether a lock that wasn't had in time (`lock_timeout`, 55P03) counts as such a conflict.
    package var retriesLockTimeout: Bool
    /// The wait before the first retry, on average; it doubles with each further one.
    package var delay: Duration

    package init(conflictRetries: Int = 3, retriesLockTimeout: Bool = false, delay: Duration = .milliseconds(5)) {
        self.conflictRetries = conflictRetries
        self.retriesLockTimeout = retriesLockTimeout
        self.delay = delay
    }

    /// Three retries of serialization failures (40001) and deadlocks (40P01).
    package static let standard = RetryPolicy()
    /// As ``standard``, and for lock timeouts (55P03) too.
    package static let withLockTimeout = RetryPolicy(retriesLockTimeout: true)
    /// None of them; a stale plan and a connection lost before COMMIT are still dealt with.
    package static let none = RetryPolicy(conflictRetries: 0)

    /// How one transaction's tries have gone so far.
    struct Tries {
        var conflicts = 0
        var stalePlans = 0
        var lostConnections = 0
    }

    /// What comes before the next try.
    enum Remedy: Equatable {
        /// Wait as long as ``RetryPolicy/pause(before:)`` says.
        case pause
        /// Have the statements prepared anew.
        case prepareAgain
        /// Get another connection.
        case reconnect
    }

    /// Decides about a failure, counting it; nil when the transaction isn't to be run again.
    func remedy(for error: PostgresError, _ tries: inout Tries) -> Remedy? {
        if error.meansStalePlan {
            tries.stalePlans += 1
            return tries.stalePlans == 1 ? .prepareAgain : nil
        }
        if error.kind == .connectionLost {
            tries.lostConnections += 1
            return tries.lostConnections == 1 ? .reconnect : nil
        }
        guard error.kind == .server else { return nil }
        switch error.sqlState {
        case .serializationFailure, .deadlockDetected: break
        case .lockNotAvailable where retriesLockTimeout: break
        default: return nil
        }
        tries.conflicts += 1
        return tries.conflicts <= conflictRetries ? .pause : nil
    }

    /// The wait before a retry, from 1: doubling, and spread over half to one and a half so that those who met once
    /// don't meet again.
    func pause(before retry: Int) -> Duration {
        delay * Double(1 << min(retry - 1, 10)) * Double.random(in: 0.5...1.5)
    }
}

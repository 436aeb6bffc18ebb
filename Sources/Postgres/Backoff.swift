/// The waits between attempts to connect: doubling from ``first`` to ``most``, each cut by up to half at random so that
/// many who lost their connection together don't come back together.
package struct Backoff: Sendable {
    package var first: Duration
    package var most: Duration
    private var failures = 0

    package init(first: Duration = .milliseconds(50), most: Duration = .seconds(10)) {
        self.first = first
        self.most = most
    }

    /// The wait after one more failure; `random` is from 0 to 1.
    mutating func next(random: Double = .random(in: 0...1)) -> Duration {
        // 2^20 times any sensible first wait is beyond any sensible last one.
        let full = min(first * (1 << min(failures, 20)), most)
        failures += 1
        return full * (1 - random / 2)
    }

    /// Starts over, after a success.
    mutating func reset() { failures = 0 }
}

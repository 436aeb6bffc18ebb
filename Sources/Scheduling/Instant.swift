/// A moment, in whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted (as POSIX and Postgres count).
package struct Instant: Hashable, Comparable, Sendable {
    package var seconds: Int64

    package init(seconds: Int64) {
        self.seconds = seconds
    }

    /// RFC 3339 in UTC: `2026-03-01T08:30:00Z`.
    package var text: String {
        let date = ZoneRules.utc.date(at: self)
        let time = seconds - date.day * 86_400
        func digits(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(date.text)T\(digits(time / 3600)):\(digits(time / 60 % 60)):\(digits(time % 60))Z"
    }

    package static func < (left: Instant, right: Instant) -> Bool { left.seconds < right.seconds }

    /// How far planning looks, either way, from the moment that it starts at: a hundred years of 365.25 days, in seconds.
    package static let reach: Int64 = 36_525 * 86_400

    /// The moments that can be planned from: of the years 1900 to 2199, UTC. A reach to either side of them is known too.
    package static let plannable = Instant(seconds: -2_208_988_800)..<Instant(seconds: 7_258_118_400)
}

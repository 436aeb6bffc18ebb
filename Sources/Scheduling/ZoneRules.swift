/// What the clocks of a time zone show, for all moments that can be planned with: from the IANA database.
///
/// Foundation knows zones only with all of ICU behind it, four times the size of the program; the database's own files (RFC 9636)
/// are small, and Postgres reads the same ones.
package struct ZoneRules: Equatable, Sendable {
    /// As America/New_York.
    package let name: String
    /// From when each offset holds, ascending; the first since ever.
    private let starts: [Int64]
    /// Seconds that the clocks are ahead of UTC.
    private let offsets: [Int64]

    package static let utc = ZoneRules(name: "UTC", first: 0, changes: [])

    /// - Parameters:
    ///   - first: the offset before all changes, in seconds ahead of UTC.
    ///   - changes: ascending by moment.
    init(name: String, first: Int64, changes: [(at: Int64, offset: Int64)]) {
        self.name = name
        starts = [Int64.min] + changes.map(\.at)
        offsets = [first] + changes.map(\.offset)
    }

    /// Seconds that the clocks are ahead of UTC at that moment.
    package func offset(at instant: Instant) -> Int64 {
        offsets[segment(at: instant.seconds)]
    }

    /// The date on the wall at that moment.
    package func date(at instant: Instant) -> LocalDate {
        let local = instant.seconds + offset(at: instant)
        return LocalDate(day: local >= 0 ? local / 86_400 : (local - 86_399) / 86_400)
    }

    /// The first moment at which the clocks show that time of that date, or a later one.
    ///
    /// So a time that is skipped in spring is the moment of the jump, and one that comes twice in autumn is its first coming;
    /// what follows on what by the clock follows on it in truth, with neither gap nor overlap.
    /// - Parameter seconds: after midnight by the clock; may run on into the next days.
    package func first(_ seconds: Int64, on date: LocalDate) -> Instant {
        let local = date.day * 86_400 + seconds
        // No offset is over 26 hours (RFC 9636, 3.2): before this moment no clock shows the time yet.
        var segment = segment(at: local - 26 * 3600)
        while true {
            let candidate = max(starts[segment], local - offsets[segment])
            guard segment + 1 < starts.count, candidate >= starts[segment + 1] else {
                return Instant(seconds: candidate)
            }
            segment += 1
        }
    }

    /// The last segment that has started at that moment.
    private func segment(at seconds: Int64) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= seconds { low = middle } else { high = middle }
        }
        return low
    }
}

/// The working time of a calendar around a moment: an axis of working seconds on which the closed hours take no room.
///
/// Each moment has a position, the working seconds between the anchor and it. A position has two moments where the calendar is
/// closed in between: work that ends there ends at the closing, work that starts there starts at the opening. All planning is
/// sums on this axis.
///
/// The spans of work are laid out as far as they are asked for, doubling each time, so that a question costs a binary search.
package struct WorkTime: Sendable {
    package let calendar: WorkCalendar
    /// The moment at position 0.
    package let anchor: Instant
    /// The spans of work between ``low`` and ``high``.
    private var spans: [Range<Int64>] = []
    /// The position of each span's start.
    private var positions: [Int64] = []
    /// What is laid out: all working time from `low` to `high` is in ``spans``.
    private var low: Int64
    private var high: Int64

    /// - Throws: ``ScheduleRefusal/outsidePlannableTime(_:)``.
    package init(_ calendar: WorkCalendar, around anchor: Instant) throws(ScheduleRefusal) {
        guard Instant.plannable.contains(anchor) else { throw .outsidePlannableTime(anchor) }
        self.calendar = calendar
        self.anchor = anchor
        low = anchor.seconds
        high = anchor.seconds
    }

    /// Working seconds between the anchor and this moment; negative before it.
    ///
    /// - Throws: ``ScheduleRefusal/beyondReach(calendar:)``, as all that follow.
    package mutating func position(of instant: Instant) throws(ScheduleRefusal) -> Int64 {
        try check(instant)
        guard calendar.week != nil else { return instant.seconds - anchor.seconds }
        while instant.seconds < low { try grow(backward: true) }
        while instant.seconds > high { try grow(backward: false) }
        // The last span that starts at or before it.
        let index = lastIndex { spans[$0].lowerBound <= instant.seconds }
        guard index >= 0 else { return positions.first ?? 0 }
        return positions[index] + min(instant.seconds, spans[index].upperBound) - spans[index].lowerBound
    }

    /// The last moment at this position: where work that is next done starts.
    package mutating func opening(at position: Int64) throws(ScheduleRefusal) -> Instant {
        guard calendar.week != nil else { return try always(at: position) }
        while position < firstPosition { try grow(backward: true) }
        while position >= endPosition { try grow(backward: false) }
        let index = lastIndex { positions[$0] <= position }
        return try checked(Instant(seconds: spans[index].lowerBound + position - positions[index]))
    }

    /// The first moment at this position: where work that is done by then ends.
    package mutating func closing(at position: Int64) throws(ScheduleRefusal) -> Instant {
        guard calendar.week != nil else { return try always(at: position) }
        while position <= firstPosition { try grow(backward: true) }
        while position > endPosition { try grow(backward: false) }
        let index = lastIndex { positions[$0] < position }
        return try checked(Instant(seconds: spans[index].lowerBound + position - positions[index]))
    }

    /// The first moment of work at or after this one.
    package mutating func next(from instant: Instant) throws(ScheduleRefusal) -> Instant {
        try opening(at: position(of: instant))
    }

    /// The last moment at or before this one that ends a second of work.
    package mutating func previous(from instant: Instant) throws(ScheduleRefusal) -> Instant {
        try closing(at: position(of: instant))
    }

    /// When so many working seconds, started at or after this moment as soon as the calendar opens, are done; for none, the
    /// moment itself.
    package mutating func adding(_ seconds: Int64, to instant: Instant) throws(ScheduleRefusal) -> Instant {
        if seconds == 0 { return try checked(instant) }
        return try closing(at: sum(position(of: instant), seconds))
    }

    /// The latest moment at which so many working seconds can start to be done by this one; for none, the moment itself.
    package mutating func subtracting(_ seconds: Int64, from instant: Instant) throws(ScheduleRefusal) -> Instant {
        if seconds == 0 { return try checked(instant) }
        return try opening(at: sum(position(of: instant), -seconds))
    }

    /// Working seconds from one moment to another; negative when the other comes first.
    package mutating func seconds(from start: Instant, to end: Instant) throws(ScheduleRefusal) -> Int64 {
        try position(of: end) - position(of: start)
    }

    /// A position so much further, or so much before.
    func sum(_ position: Int64, _ seconds: Int64) throws(ScheduleRefusal) -> Int64 {
        guard abs(position) <= Instant.reach, -Instant.reach...Instant.reach ~= seconds else {
            throw .beyondReach(calendar: calendar.name)
        }
        return position + seconds
    }

    private var firstPosition: Int64 { positions.first ?? 0 }
    private var endPosition: Int64 {
        guard let start = positions.last, let span = spans.last else { return 0 }
        return start + span.upperBound - span.lowerBound
    }

    private func always(at position: Int64) throws(ScheduleRefusal) -> Instant {
        try checked(Instant(seconds: sum(0, position) + anchor.seconds))
    }

    private func check(_ instant: Instant) throws(ScheduleRefusal) {
        let bounds = anchor.seconds - Instant.reach...anchor.seconds + Instant.reach
        guard bounds.contains(instant.seconds) else { throw .beyondReach(calendar: calendar.name) }
    }

    private func checked(_ instant: Instant) throws(ScheduleRefusal) -> Instant {
        try check(instant)
        return instant
    }

    /// The last span for which this holds, as it does for all before it; -1 for none.
    private func lastIndex(where holds: (Int) -> Bool) -> Int {
        var below = -1
        var above = spans.count
        while above - below > 1 {
            let middle = (below + above) / 2
            if holds(middle) { below = middle } else { above = middle }
        }
        return below
    }

    /// Lays out twice as much, at least a quarter of a year, to one side, at most the reach: an endless holiday ends there.
    private mutating func grow(backward: Bool) throws(ScheduleRefusal) {
        guard let week = calendar.week else { return }
        let quarter: Int64 = 91 * 86_400
        let bound = backward ? anchor.seconds - Instant.reach : anchor.seconds + Instant.reach
        guard backward ? low > bound : high < bound else { throw .beyondReach(calendar: calendar.name) }
        if backward {
            low = max(bound, anchor.seconds - max(quarter, 2 * (anchor.seconds - low)))
        } else {
            high = min(bound, anchor.seconds + max(quarter, 2 * (high - anchor.seconds)))
        }
        // A shift that starts on one date can end on the next.
        let days =
            week.zone.date(at: Instant(seconds: low)).day - 1..<week.zone.date(at: Instant(seconds: high)).day + 1
        spans = week.spans(of: days).map { $0.clamped(to: low..<high) }.filter { !$0.isEmpty }
        positions = []
        positions.reserveCapacity(spans.count)
        var position: Int64 = 0
        var before: Int64 = 0
        for span in spans {
            positions.append(position)
            position += span.upperBound - span.lowerBound
            before += max(0, min(anchor.seconds, span.upperBound) - span.lowerBound)
        }
        for index in positions.indices { positions[index] -= before }
    }
}

/// When what people plan by is planned: a batch, a run with all that it waits for, a work center, the org (H2). A pure function of
/// what is in it.
package struct Rollup: Equatable, Sendable {
    /// A run, or at a work center a step. Moments are microseconds since 1970-01-01T00:00:00Z.
    package struct Member: Equatable, Sendable {
        package enum State: String, Sendable {
            case live, completed, canceled
        }

        package var id: String
        package var start: Int64?
        package var end: Int64?
        /// Whether somebody said it of the member itself; else it follows from what is nested.
        package var isStartSaid: Bool
        package var isEndSaid: Bool
        package var due: Int64?
        package var state: State
        /// Whether it is past its due date, or planned to be (H4).
        package var isLate: Bool
        /// When it really began, and was completed.
        package var began: Int64?
        package var over: Int64?

        package init(
            id: String,
            start: Int64? = nil,
            end: Int64? = nil,
            isStartSaid: Bool = false,
            isEndSaid: Bool = false,
            due: Int64? = nil,
            state: State = .live,
            isLate: Bool = false,
            began: Int64? = nil,
            over: Int64? = nil
        ) {
            self.id = id
            self.start = start
            self.end = end
            self.isStartSaid = isStartSaid
            self.isEndSaid = isEndSaid
            self.due = due
            self.state = state
            self.isLate = isLate
            self.began = began
            self.over = over
        }
    }

    /// A moment, which member it is of, and whether it was said of that or follows from its steps.
    package struct Value: Equatable, Sendable {
        package var at: Int64
        package var id: String
        package var isSaid: Bool

        package init(at: Int64, id: String, isSaid: Bool) {
            self.at = at
            self.id = id
            self.isSaid = isSaid
        }
    }

    /// The earliest start and the latest end, each by itself; canceled members don't count (H1).
    package private(set) var start: Value?
    package private(set) var end: Value?
    /// The first due date of what is not over.
    package private(set) var due: Value?
    package private(set) var members = 0
    package private(set) var completed = 0
    package private(set) var canceled = 0
    /// Live ones for which nothing is planned.
    package private(set) var unscheduled = 0
    package private(set) var late = 0
    /// Live ones on which work has begun.
    package private(set) var begun = 0
    /// When work really began on the first; canceled members don't count.
    package private(set) var began: Int64?
    /// When the last was completed, once nothing is left to do.
    package var over: Int64? { members == completed + canceled ? lastOver : nil }
    private var lastOver: Int64?

    /// One that was added up where its members are: none of them is over.
    package init(
        start: Value?,
        end: Value?,
        due: Value?,
        began: Int64?,
        members: Int,
        begun: Int,
        unscheduled: Int,
        late: Int
    ) {
        self.start = start
        self.end = end
        self.due = due
        self.began = began
        self.members = members
        self.begun = begun
        self.unscheduled = unscheduled
        self.late = late
    }

    /// Of two members with the same moment the one with the lesser id is told, in whatever order they come.
    package init(_ all: some Sequence<Member>) {
        for member in all { add(member) }
    }

    private mutating func add(_ member: Member) {
        members += 1
        if member.isLate { late += 1 }
        switch member.state {
        case .canceled:
            canceled += 1
            return
        case .completed: completed += 1
        case .live:
            if member.began != nil { begun += 1 }
            if member.start == nil, member.end == nil { unscheduled += 1 }
            if let at = member.due { Self.keep(&due, Value(at: at, id: member.id, isSaid: true), <) }
        }
        if let at = member.began { began = min(began ?? at, at) }
        if let at = member.over { lastOver = max(lastOver ?? at, at) }
        if let at = member.start { Self.keep(&start, Value(at: at, id: member.id, isSaid: member.isStartSaid), <) }
        if let at = member.end { Self.keep(&end, Value(at: at, id: member.id, isSaid: member.isEndSaid), >) }
    }

    private static func keep(_ kept: inout Value?, _ value: Value, _ isBetter: (Int64, Int64) -> Bool) {
        guard let now = kept else {
            kept = value
            return
        }
        if isBetter(value.at, now.at) || value.at == now.at && value.id < now.id { kept = value }
    }

    /// RFC 3339 in UTC with microseconds, as Postgres tells moments.
    package static func text(_ microseconds: Int64) -> String {
        var seconds = microseconds / 1_000_000
        var rest = microseconds % 1_000_000
        if rest < 0 {
            seconds -= 1
            rest += 1_000_000
        }
        let digits = String(rest)
        return Instant(seconds: seconds).text.dropLast() + "." + String(repeating: "0", count: 6 - digits.count)
            + digits
            + "Z"
    }
}

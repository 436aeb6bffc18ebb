/// Why nothing can be planned: what the facts say can't be, by name (H3).
package enum ScheduleRefusal: Error, Equatable {
    /// No zone of the IANA database has this name.
    case unknownZone(String)
    /// A shift whose times are not minutes of a day: `start` 0 to 1439, `end` 0 to 1440.
    case shiftOutsideDay(calendar: String, start: Int, end: Int)
    /// More shifts a week than ``WorkCalendar/shiftLimit``.
    case tooManyShifts(calendar: String)
    /// A calendar on which nobody ever works.
    case noWorkingHour(calendar: String)
    /// Before 1900 or after 2199.
    case outsidePlannableTime(Instant)
    /// What is asked lies further than ``Instant/reach`` from where the planning starts: a moment, or the working time that
    /// would be needed on that calendar.
    case beyondReach(calendar: String)
    /// A moment of that step lies further than ``Instant/reach`` from where the planning starts.
    case stepBeyondReach(step: String)
    case negativeLeadTime(step: String, seconds: Int64)
    /// The record says that it ended before it started.
    case endBeforeStart(step: String)
    /// It started, or ended, after the moment that is planned from.
    case notYet(step: String)
    /// A position that the facts' arrays don't have.
    case noSuchPosition(what: String, position: Int)
    /// A work center that takes fewer than one step at a time.
    case capacityNotPositive(workCenter: String, capacity: Int)
    /// A window of more days than ``DayLoad/dayLimit``, or of fewer than none.
    case tooManyDays(Int)
    /// That step and those that it is worked as one with can't start together: their runs have them in another order.
    case siblingsApart(step: String)
    /// Steps that wait for each other in a ring, each to come before the next: by dependencies, nesting, or both (P6).
    case cycle(steps: [String])
}

import Scheduling

extension Problem {
    /// A refusal to plan, in the words of its rule.
    init(_ refusal: ScheduleRefusal) {
        func invalid(_ code: String, _ detail: String, _ clear: String? = nil) -> Problem {
            Problem(422, code, detail, rule: "H3", clear: clear)
        }
        self =
            switch refusal {
            case .unknownZone(let name): invalid("time_zone_unknown", "There is no time zone \"\(name)\" here.")
            case .shiftOutsideDay(let calendar, _, _), .tooManyShifts(let calendar):
                invalid("calendar_invalid", "The calendar \"\(calendar)\" has a shift that can't be, or too many.")
            case .noWorkingHour(let calendar):
                invalid("no_working_hour", "Nobody ever works by the calendar \"\(calendar)\".", "Give it a shift.")
            case .outsidePlannableTime:
                invalid(
                    "time_invalid",
                    "Plans are made from the years 1900 to 2199 on.",
                    "Give an earlier or later time."
                )
            case .beyondReach(let calendar):
                invalid(
                    "beyond_reach",
                    "By the calendar \"\(calendar)\" it would take more than a hundred years.",
                    "Give the calendar more hours, or the steps shorter lead times."
                )
            case .stepBeyondReach: invalid("beyond_reach", "A step's time is more than a hundred years away.")
            case .negativeLeadTime: invalid("lead_time_invalid", "A lead time is not negative.")
            case .endBeforeStart: invalid("schedule_order", "A step does not end before it starts.")
            case .notYet: invalid("time_invalid", "A step can't have started after the moment that is planned from.")
            case .noSuchPosition, .tooManyDays: invalid("input_invalid", "That can't be planned.")
            case .capacityNotPositive(let center, _):
                invalid("capacity_invalid", "The work center \"\(center)\" takes fewer than one step at a time.")
            case .siblingsApart:
                Problem(
                    409,
                    "siblings_apart",
                    "Steps that are worked as one can't be planned for the same time: their runs have them in another order.",
                    rule: "K3",
                    clear: "Plan fewer runs at once, or take one of the runs out of its batch."
                )
            case .cycle(let steps):
                Problem(
                    409,
                    "dependency_cycle",
                    "\(steps.count) steps wait for each other in a ring.",
                    rule: "P6",
                    clear: "Take one of the dependencies out."
                )
            }
    }
}

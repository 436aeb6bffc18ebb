import HTTP
import Scheduling

extension Problem {
    /// A refusal to plan, in the words of its rule.
    ///
    /// - Parameter facts: what was to be planned, so that steps are named as people know them, with their ids as `steps`.
    init(_ refusal: ScheduleRefusal, _ facts: RunFacts? = nil) {
        let steps = facts?.refused(refusal) ?? []
        self = Self.told(refusal, steps)
        guard !steps.isEmpty else { return }
        let told = steps.map { step -> JSONValue in
            let members: [(String, JSONValue)] = [
                ("id", step.id.map(JSONValue.string) ?? .null), ("run_id", .string(step.runID)),
                ("run_number", step.runNumber.map { .number(String($0)) } ?? .null),
                ("title", step.title.map(JSONValue.string) ?? .null),
            ]
            return .object(members.map(JSONValue.Member.init))
        }
        extra.append(JSONValue.Member(name: "steps", value: .array(told)))
    }

    private static func told(_ refusal: ScheduleRefusal, _ steps: [RefusedStep]) -> Problem {
        func refused(_ status: Int, _ code: String, _ rule: String, _ detail: String, _ clear: String?) -> Problem {
            Problem(status, code, detail, rule: rule, clear: clear)
        }
        func invalid(_ code: String, _ detail: String, _ clear: String? = nil) -> Problem {
            refused(422, code, "H3", detail, clear)
        }
        let step = steps.first?.name ?? "A step"
        switch refusal {
        case .unknownZone(let name):
            return invalid(
                "time_zone_unknown",
                "There is no time zone \"\(name)\" here.",
                "Give the calendar a name of the IANA database, such as \"Europe/Berlin\"."
            )
        case .shiftOutsideDay(let calendar, _, _), .tooManyShifts(let calendar):
            return invalid(
                "calendar_invalid",
                "The calendar \"\(calendar)\" has a shift that can't be, or too many.",
                "Give it shifts between 00:00 and 24:00."
            )
        case .noWorkingHour(let calendar):
            return invalid(
                "no_working_hour",
                "Nobody ever works by the calendar \"\(calendar)\".",
                "Give it a shift."
            )
        case .outsidePlannableTime:
            return invalid(
                "time_invalid",
                "Plans are made from the years 1900 to 2199 on.",
                "Give an earlier or later time."
            )
        case .beyondReach(let calendar):
            return invalid(
                "beyond_reach",
                "By the calendar \"\(calendar)\" it would take more than a hundred years.",
                "Give the calendar more hours, or the steps shorter lead times."
            )
        case .stepBeyondReach:
            let (what, clear) = steps.first.map(far) ?? ("A step's time is", "Give it a time that is nearer.")
            return invalid("beyond_reach", "\(what) more than a hundred years from where the plan starts.", clear)
        case .negativeLeadTime:
            return invalid("lead_time_invalid", "The lead time of \(step) is negative.", "Give it one that is not.")
        case .endBeforeStart:
            return invalid("schedule_order", "\(step) ended before it started.", "Reopen it, and complete it again.")
        case .notYet:
            return invalid(
                "time_invalid",
                "\(step) can't have started after the moment that is planned from.",
                "Plan from a later moment."
            )
        case .noSuchPosition, .tooManyDays: return invalid("input_invalid", "That can't be planned.")
        case .capacityNotPositive(let center, _):
            return invalid(
                "capacity_invalid",
                "The work center \"\(center)\" takes fewer than one step at a time.",
                "Give it a capacity of one or more."
            )
        case .siblingsApart:
            return refused(
                409,
                "siblings_apart",
                "K3",
                "\(step) and the steps that it is worked as one with can't be planned for the same time: their runs have them in another order.",
                "Plan fewer runs at once, or take one of the runs out of its batch."
            )
        case .cycle(let ids):
            let names = steps.prefix(5).map(\.name) + (steps.count > 5 ? ["\(steps.count - 5) more"] : [])
            return refused(
                409,
                "dependency_cycle",
                "P6",
                "\(ids.count) steps wait for each other in a ring\(names.isEmpty ? "" : ": " + names.joined(separator: ", ")).",
                "Take one of the dependencies between them out, or end that one run waits for what another builds."
            )
        }
    }

    /// Which moment of a step is out of reach, up to "is", and what would clear it.
    private static func far(_ step: RefusedStep) -> (what: String, clear: String) {
        let run = step.run
        switch step.far {
        case .scheduledStart(let at)?, .scheduledEnd(let at)?:
            return ("\(step.name) is scheduled for \(at.text), which is", "Schedule it for a nearer time, or for none.")
        case .started(let at)?:
            return ("\(step.name) was worked on at \(at.text), which is", "Plan the run from a nearer moment.")
        case .runStart(let at)?:
            return ("\(run) is scheduled to start \(at.text), which is", "Give it a nearer scheduled start, or none.")
        case .runEnd(let at)?:
            return ("\(run) is waited for, and ends \(at.text), which is", "Give it a nearer scheduled end.")
        case .runDue(let at)?: return ("\(run) is due \(at.text), which is", "Give it a nearer due date, or none.")
        case nil: return ("A time of \(step.name) is", "Give it a nearer time.")
        }
    }
}

extension RefusedStep {
    fileprivate var run: String { runNumber.map { "Run \($0)" } ?? "A run" }

    fileprivate var name: String {
        guard let title else { return run }
        return runNumber.map { "\"\(title)\" of run \($0)" } ?? "\"\(title)\""
    }
}

extension RunFacts {
    /// What is planned of them; what refuses it names their steps.
    ///
    /// - Throws: ``Problem`` for a ``ScheduleRefusal``.
    func planned<Planned>(_ plan: (RunFacts) throws -> Planned) throws -> Planned {
        do {
            return try plan(self)
        } catch let refusal as ScheduleRefusal {
            throw Problem(refusal, self)
        }
    }
}

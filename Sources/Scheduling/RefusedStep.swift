/// A step that a refusal to plan is about, as people know it.
package struct RefusedStep: Equatable, Sendable {
    /// Nil where it stands for a run as a whole.
    package var id: String?
    package var title: String?
    package var runID: String
    /// Nil where the facts don't have the run.
    package var runNumber: Int?
    /// Of one that is out of reach, which moment is.
    package var far: Moment?

    /// A moment, by the member that says it.
    package enum Moment: Equatable, Sendable {
        case scheduledStart(Instant)
        case scheduledEnd(Instant)
        case started(Instant)
        case runStart(Instant)
        case runEnd(Instant)
        case runDue(Instant)

        package var at: Instant {
            switch self {
            case .scheduledStart(let at), .scheduledEnd(let at), .started(let at), .runStart(let at), .runEnd(let at),
                .runDue(let at):
                at
            }
        }
    }
}

extension ScheduleRefusal {
    /// The ids of the steps that it names.
    package var steps: [String] {
        switch self {
        case .stepBeyondReach(let step), .negativeLeadTime(let step, _), .endBeforeStart(let step), .notYet(let step),
            .siblingsApart(let step):
            [step]
        case .cycle(let steps): steps
        case .unknownZone, .shiftOutsideDay, .tooManyShifts, .noWorkingHour, .outsidePlannableTime, .beyondReach,
            .noSuchPosition, .capacityNotPositive, .tooManyDays:
            []
        }
    }
}

extension RunFacts {
    /// The steps that a refusal names; a run stands for itself where others wait for it.
    package func refused(_ refusal: ScheduleRefusal) -> [RefusedStep] {
        let ids = Set(refusal.steps)
        let named = Dictionary(uniqueKeysWithValues: steps.filter { ids.contains($0.id) }.map { ($0.id, $0) })
        let runs = Dictionary(uniqueKeysWithValues: runs.map { ($0.id, $0) })
        return refusal.steps.map { id in
            let step = named[id]
            let run = step?.runId ?? id
            var refused = RefusedStep(id: step?.id, title: step?.title, runID: run, runNumber: runs[run]?.number)
            let supply = supplies.first { $0.supplyingRunId == run }
            refused.runNumber = refused.runNumber ?? supply?.supplyingRunNumber
            if case .stepBeyondReach = refusal {
                let moments: [(Int64?, (Instant) -> RefusedStep.Moment)] = [
                    (step?.scheduledStart, RefusedStep.Moment.scheduledStart),
                    (step?.scheduledEnd, RefusedStep.Moment.scheduledEnd),
                    (step?.startedAt, RefusedStep.Moment.started), (step?.completedAt, RefusedStep.Moment.started),
                    (runs[run]?.notBefore, RefusedStep.Moment.runStart), (runs[run]?.due, RefusedStep.Moment.runDue),
                    (step == nil ? supply?.effectiveEnd : nil, RefusedStep.Moment.runEnd),
                ]
                for (seconds, moment) in moments where refused.far == nil {
                    guard let seconds, abs(seconds - start) > Instant.reach else { continue }
                    refused.far = moment(Instant(seconds: seconds))
                }
            }
            return refused
        }
    }
}

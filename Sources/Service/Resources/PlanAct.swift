import HTTP
import Postgres
import Scheduling

/// The plan of some runs, or its application: the facts from Postgres, their plan from `Scheduling`, and unless only the plan is
/// asked for, the act by Postgres again, in one transaction (H3).
struct PlanAct: Work {
    let isPlan: Bool

    var mode: TransactionMode { isPlan ? .readOnly : .readWrite }
    var statements: [Statement] { ScheduleStore.statements }
    var takesVersion: Bool { false }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        guard let facts = try call.runFacts(isLook: isPlan, in: transaction) else { throw Problem.notFound }
        let plan = try facts.planned { try RunPlan($0, capacity: call.isTrue("finite") ? .finite : .infinite) }
        if isPlan { return Answer(status: call.endpoint.status, body: Self.body(plan)) }
        let result = try ScheduleStore.apply(
            plan,
            isLatest: call.document["times"]?.text == "latest",
            basis: call.basis,
            key: call.isDryRun ? nil : call.key,
            status: call.endpoint.status,
            commit: !call.isDryRun,
            in: transaction
        )
        guard let body = result?.withBytes(0, 0, { Array($0) }) else { throw Problem.notFound }
        return Answer(status: call.endpoint.status, body: body)
    }

    private static func body(_ plan: RunPlan) -> [UInt8] {
        var json = JSONWriter(capacity: 1024 + plan.steps.count * 384)
        json.object { json in
            json.key("start")
            json.string(plan.plan.facts.start.text)
            json.key("finish")
            json.string(plan.plan.finish.text)
            json.key("length_seconds")
            json.number(plan.plan.length)
            json.key("steps")
            json.array { json in
                for step in plan.steps {
                    json.object { json in
                        json.key("id")
                        json.string(step.id)
                        json.key("run_id")
                        json.string(step.runID)
                        step.write(into: &json, plan)
                    }
                }
            }
            json.key("basis")
            json.string(plan.facts.basis ?? "")
            plan.writeRest(into: &json)
        }
        return json.bytes
    }
}

extension Call {
    /// What the plan that is applied was looked at from; nil when nobody looked.
    var basis: String? { document["basis"]?.text }

    /// What the runs are planned from. When it is applied and nobody looked, it is locked before it is read; a dry run holds nobody up
    /// while it plans.
    func runFacts(isLook: Bool, in transaction: Transaction) throws -> RunFacts? {
        try ScheduleStore.facts(
            request: body,
            isAll: isLook,
            locks: !isLook && !isDryRun && basis == nil,
            in: transaction
        )
    }

    /// Whether that member of the body is there and true.
    func isTrue(_ name: String) -> Bool {
        if case .boolean(true)? = document[name] { return true }
        return false
    }
}

extension RunPlan {
    /// What a plan says beside its steps.
    func writeRest(into json: inout JSONWriter) {
        json.key("critical_step_ids")
        json.array { json in for step in criticalPath.compactMap(stepID) { json.string(step) } }
        json.key("conflicts")
        json.array { json in
            for conflict in conflicts { conflict.write(into: &json, self) }
            for conflict in runConflicts { conflict.write(into: &json) }
        }
        json.key("waits")
        json.array { json in for wait in waits { wait.write(into: &json) } }
    }
}

extension RunPlan.Step {
    /// When it is planned, and why then.
    func write(into json: inout JSONWriter, _ plan: RunPlan) {
        for (name, time) in [
            ("start", planned.start), ("finish", planned.finish), ("latest_start", planned.latestStart),
            ("latest_finish", planned.latestFinish),
        ] {
            json.key(name)
            json.string(time.text)
        }
        json.key("slack_seconds")
        if let slack = planned.slack { json.number(slack) } else { json.null() }
        json.key("critical")
        json.bool(isCritical)
        writeReason(into: &json, plan)
    }

    func writeReason(into json: inout JSONWriter, _ plan: RunPlan) {
        let (kind, other) = planned.reason.bound.told
        var step = other.flatMap(plan.stepID)
        var run = other.map(plan.runID)
        if case .occupied(let number) = planned.reason.bound {
            step = plan.plan.facts.occupied[number].stepID
            run = plan.plan.facts.occupied[number].runID
        }
        let isSupplied = kind == "upstream" && run != runID
        json.key("because")
        json.string(isSupplied ? "supply" : kind)
        json.key("because_step_id")
        if let step { json.string(step) } else { json.null() }
        json.key("because_run_id")
        if let run { json.string(run) } else { json.null() }
        json.key("because_closed")
        json.bool(planned.reason.isClosed)
    }
}

extension RunPlan {
    /// The title of the step that a reason names.
    func stepTitle(_ reason: PlannedStep.Reason) -> String? {
        reason.bound.told.step.flatMap { $0 < facts.steps.count ? facts.steps[$0].title : nil }
    }
}

extension PlannedStep.Bound {
    /// The word for it, and the step that it names, by position.
    fileprivate var told: (kind: String, step: Int?) {
        switch self {
        case .planStart: ("plan_start", nil)
        case .actual: ("actual", nil)
        case .upstream(let step): ("upstream", step)
        case .notBefore(let step): ("not_before", step)
        case .hold(let step): ("hold", step)
        case .capacity(let step): ("capacity", step)
        case .occupied: ("occupied", nil)
        case .sibling(let step): ("sibling", step)
        case .nested(let step): ("nested", step)
        }
    }

    static let kinds = [
        "plan_start", "actual", "upstream", "supply", "not_before", "hold", "capacity", "occupied", "sibling", "nested",
    ]
}

extension RunPlan.Wait {
    fileprivate func write(into json: inout JSONWriter) {
        json.object { json in
            for (name, text) in [
                ("id", supply.id), ("run_id", supply.runId), ("build_requirement_id", supply.buildRequirementId),
                ("supplying_run_id", supply.supplyingRunId), ("state", state.rawValue),
            ] {
                json.key(name)
                json.string(text)
            }
            json.key("supplying_run_number")
            json.number(supply.supplyingRunNumber)
            json.key("run_step_id")
            if let step = supply.runStepId { json.string(step) } else { json.null() }
            json.key("ends")
            if let ends { json.string(ends.text) } else { json.null() }
        }
    }
}

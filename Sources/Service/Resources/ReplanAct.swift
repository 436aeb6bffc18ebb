import HTTP
import Postgres
import Scheduling

/// What moves when runs are planned again from now on, looked at or done (H3).
struct ReplanAct: Work {
    let isLook: Bool

    var mode: TransactionMode { isLook ? .readOnly : .readWrite }
    var statements: [Statement] { ScheduleStore.statements }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        guard let facts = try call.runFacts(isLook: isLook, in: transaction) else { throw Problem.notFound }
        let replan = try facts.planned {
            try Replan(
                $0,
                capacity: call.isTrue("finite") ? .finite : .infinite,
                isEarlier: call.isTrue("earlier")
            )
        }
        if isLook { return Answer(status: call.endpoint.status, body: Self.body(replan)) }
        var moves = JSONWriter(capacity: 64 + replan.moves.count * 384)
        Self.write(replan.moves, of: replan.plan, into: &moves)
        let result = try ScheduleStore.apply(
            replan,
            moves: moves.bytes,
            basis: call.basis,
            key: call.isDryRun ? nil : call.key,
            status: call.endpoint.status,
            commit: !call.isDryRun,
            in: transaction
        )
        guard let body = result?.withBytes(0, 0, { Array($0) }) else { throw Problem.notFound }
        return Answer(status: call.endpoint.status, body: body)
    }

    private static func body(_ replan: Replan) -> [UInt8] {
        var json = JSONWriter(capacity: 1024 + replan.moves.count * 384)
        json.object { json in
            json.key("start")
            json.string(replan.plan.plan.facts.start.text)
            json.key("finish")
            json.string(replan.plan.plan.finish.text)
            json.key("finish_before")
            if let time = replan.finishBefore { json.string(time.text) } else { json.null() }
            json.key("moves")
            write(replan.moves, of: replan.plan, into: &json)
            json.key("unmoved")
            json.number(replan.unmoved)
            json.key("runs")
            json.array { json in for run in replan.runs { run.write(into: &json) } }
            json.key("basis")
            json.string(replan.plan.facts.basis ?? "")
            replan.plan.writeRest(into: &json)
        }
        return json.bytes
    }

    private static func write(_ moves: [Replan.Move], of plan: RunPlan, into json: inout JSONWriter) {
        json.array { json in
            for move in moves {
                json.object { json in
                    for (name, text) in [
                        ("id", move.step.id), ("run_id", move.step.runID), ("title", move.title),
                        ("end", move.end.text),
                    ] {
                        json.key(name)
                        json.string(text)
                    }
                    for (name, time) in [
                        ("start_before", move.startBefore), ("end_before", move.endBefore), ("start", move.start),
                    ] {
                        json.key(name)
                        if let time { json.string(time.text) } else { json.null() }
                    }
                    move.step.writeReason(into: &json, plan)
                    json.key("because_title")
                    if let title = plan.stepTitle(move.step.planned.reason) { json.string(title) } else { json.null() }
                }
            }
        }
    }
}

extension Replan.Run {
    fileprivate func write(into json: inout JSONWriter) {
        json.object { json in
            json.key("id")
            json.string(facts.id)
            json.key("number")
            json.number(facts.number)
            json.key("title")
            json.string(facts.title)
            for (name, time) in [
                ("scheduled_end", facts.scheduledEnd.map(Instant.init(seconds:))),
                ("due_at", facts.due.map(Instant.init(seconds:))), ("end_before", endBefore), ("end", end),
            ] {
                json.key(name)
                if let time { json.string(time.text) } else { json.null() }
            }
            json.key("moves")
            json.number(moves)
        }
    }
}

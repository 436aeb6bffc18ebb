import Scheduling

/// What Postgres says of some runs, each with steps of an hour, all of them after one another unless said otherwise.
struct RunWorld {
    var runs: [String: Int] = [:]
    var states: [String: String] = [:]
    var dependencies: [(String, String)] = []
    /// The waiting run or step, the supplying run, and what is known of that.
    var supplies: [(run: String, step: String?, supplier: String, end: Int64?, isCanceled: Bool)] = []
    var isInOrder = true
    /// Of steps: when they are scheduled, and which of them are siblings.
    var schedule: [String: (start: Int64, end: Int64)] = [:]
    var siblings: [String: String] = [:]
    var parents: [String: String] = [:]
    /// Of runs: what is said of them, as members of JSON; nothing, unless given.
    var said: [String: String] = [:]
    /// Runs that are.
    var late: [String] = []
    var now: Int64 = 1_000_000
    /// When what has started did, and when it stopped.
    var began: Int64 = 900_000
    var changed: Int64 = 950_000
    /// Seconds that each step takes.
    var leadTime = 3600
    /// When all runs are due.
    var due: Int64?
    /// Where all steps are: a work center with a calendar and a capacity.
    var center = ""
    var calendar = ""

    func json() -> String {
        let steps = runs.keys.sorted().flatMap { run in
            (0..<(runs[run] ?? 0)).map { index in
                let id = run + String(index)
                let state = states[id] ?? "todo"
                let began = state == "todo" || state == "canceled" ? "null" : String(began)
                let parent = parents[id].map { "\"\($0)\"" } ?? "null"
                let ended = state == "completed" ? "950000" : "null"
                return #"{"id":"\#(id)","run_id":"\#(run)","title":"\#(id)","parent_id":\#(parent),"#
                    + #""state":"\#(state)","#
                    + #""location_id":\#(center.isEmpty ? "null" : "\"L\""),"lead_time_seconds":\#(leadTime),"started_at":\#(began),"completed_at":\#(ended),"#
                    + #""state_changed_at":\#(changed),"sibling_id":\#(siblings[id].map { "\"\($0)\"" } ?? "null"),"#
                    + #""scheduled_start":\#(schedule[id].map { String($0.start) } ?? "null"),"scheduled_end":\#(schedule[id].map { String($0.end) } ?? "null")}"#
            }
        }
        var pairs = dependencies
        if isInOrder {
            for (run, count) in runs where count > 1 {
                for index in 1..<count { pairs.append((run + String(index - 1), run + String(index))) }
            }
        }
        let waits = supplies.enumerated().map { index, supply in
            #"{"id":"u\#(index)","run_id":"\#(supply.run)","run_step_id":\#(supply.step.map { "\"\($0)\"" } ?? "null"),"#
                + #""build_requirement_id":"q\#(index)","supplying_run_id":"\#(supply.supplier)","supplying_run_number":1,"#
                + #""is_canceled":\#(supply.isCanceled),"effective_end":\#(supply.end.map(String.init) ?? "null")}"#
        }
        let told = runs.keys.sorted().map { run in
            let said = said[run] ?? #""is_over":false,"due":\#(due.map(String.init) ?? "null")"#
            return #"{"id":"\#(run)","number":1,"title":"\#(run)",\#(said)}"#
        }
        return
            #"{"now":\#(now),"start":\#(now),"due":null,"late_runs":[\#(late.map { "\"\($0)\"" }.joined())],"#
            + #""calendars":[\#(calendar)],"work_centers":[\#(center)],"runs":[\#(told.joined(separator: ","))],"occupied":[],"#
            + #""steps":[\#(steps.joined(separator: ","))],"supplies":[\#(waits.joined(separator: ","))],"#
            + #""dependencies":[\#(pairs.map { #"["\#($0.0)","\#($0.1)"]"# }.joined(separator: ","))]}"#
    }

    func plan(_ capacity: Plan.Capacity = .infinite) throws -> RunPlan {
        try RunPlan(try RunFacts(json: json()), capacity: capacity)
    }

    func replan(isEarlier: Bool = false) throws -> Replan {
        try Replan(try RunFacts(json: json()), capacity: .infinite, isEarlier: isEarlier)
    }
}

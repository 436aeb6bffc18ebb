import FoundationEssentials
import Postgres
import Scheduling

/// What is planned in the demo: around the day on which it is built, for every open run but the last. Three of the runs are late.
struct DemoSchedule {
    /// Hours from the midnight (UTC) before.
    private struct Planned: Encodable {
        let run: String
        let start: Int
        let end: Int
        let due: Int

        init(_ run: String, _ hours: ClosedRange<Int>, due: Int) {
            (self.run, start, end, self.due) = (run, hours.lowerBound, hours.upperBound, due)
        }
    }

    private static let planned = [
        Planned("Skateboard SB-0002", -42...20, due: -4),
        Planned("Skateboard SB-0004", -66 ... -34, due: 30),
        Planned("Skateboard SB-0003", 31...80, due: 84),
        Planned("HAHN-0002", -20...15, due: 40),
        Planned("HAHN-0003", 6...62, due: 38),
        Planned("HAHN-0004", 54...134, due: 160),
        Planned("LUTZ3-0002", -40...14, due: 36),
        Planned("LUTZ3-0003", 7...39, due: 60),
        Planned("LUTZ3-0004", 55...110, due: 135),
        Planned("WEE-MAG-0002", -44...16, due: 12),
        Planned("WEE-MAG-0003", 5...63, due: 84),
        Planned("WEE-MAG-0004", 79...134, due: 136),
    ]

    // A run that can't be found has no id, which the act refuses.
    private static let say = Statement(
        "demo_say_schedule",
        """
        select traveler.set_schedule(jsonb_build_object('runs', jsonb_agg(jsonb_build_object('id', r.id,
            'scheduled_start', traveler.json_time(d.day + make_interval(hours => x.start)),
            'scheduled_end', traveler.json_time(d.day + make_interval(hours => x."end")),
            'due_at', traveler.json_time(d.day + make_interval(hours => x.due))))))
        from jsonb_to_recordset($1::jsonb) as x (run text, start integer, "end" integer, due integer)
        cross join (select date_trunc('day', now(), 'UTC') as day) d
        left join traveler.run r on r.org_id = (select traveler.current_org()) and r.title = x.run
        """
    )
    private static let named = Statement(
        "demo_named_runs",
        """
        select jsonb_build_object('run_ids', jsonb_agg(r.id))::text
        from jsonb_to_recordset($1::jsonb) as x (run text)
        join traveler.run r on r.org_id = (select traveler.current_org()) and r.title = x.run
        """
    )

    let crew: DemoCrew

    /// The planner says when the runs are worked and due; then their steps are planned in them.
    func plan() throws {
        let runs = try Value.json(Self.planned)
        try crew.act(as: .planner, [Query(Self.say, [runs])])
        let request = try crew.read(as: .planner, Query(Self.named, [runs])).string(0, 0) ?? ""
        try crew.act(as: .planner) { transaction in
            guard
                let plan = try ScheduleStore.plan(
                    request: Array(request.utf8),
                    capacity: .finite,
                    in: transaction
                )
            else { return }
            _ = try ScheduleStore.apply(
                plan,
                isLatest: false,
                basis: nil,
                key: nil,
                status: 200,
                commit: true,
                in: transaction
            )
        }
    }
}

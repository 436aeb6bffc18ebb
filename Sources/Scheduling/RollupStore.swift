package import Postgres

/// Reads what the levels above the run are made of, in one query a page, and adds it up (H2).
package enum RollupStore {
    package enum Level: String, CaseIterable, Sendable {
        case batch, assembly, org
        case workCenter = "work_center"
    }

    /// A batch, an assembly's run, a work center or the org.
    package struct Group: Sendable {
        package var id: String
        package var number: Int?
        package var title: String
        package var rollup: Rollup
        /// The live runs in it, each once; of a work center those with an open step there.
        package var runIDs: [String]
        /// The ids of its live members.
        package var memberIDs: [String]
    }

    package static let statement = Statement(
        "rollup_members",
        """
        select m.group_id, m.group_number, m.group_title, m.member_id, m.starts, m.ends, m.start_said, m.end_said, m.due, m.state, m.late,
            m.run_id, m.began, m.ended
        from traveler.rollup_members($1, $2::uuid, $3::uuid, $4::integer) m order by m.group_id
        """
    )

    /// The org's live runs, added up by Postgres: they may be too many to be told one by one.
    package static let orgStatement = Statement(
        "org_rollup",
        """
        select o.group_id, o.group_title, o.starts, o.start_id, o.start_said, o.ends, o.end_id, o.end_said, o.due, o.due_id, o.began,
            o.members, o.begun, o.unscheduled, o.late
        from traveler.org_rollup($1::uuid, $2::uuid) o
        """
    )

    package static func orgQuery(id: String?, after: String?) -> Query {
        Query(orgStatement, [Value(id), Value(after)])
    }

    /// What ``orgQuery(id:after:)`` answered: none, or the org, whose runs are not named.
    package static func org(_ result: QueryResult) -> [Group] {
        (0..<result.rowCount).map { row in
            func value(_ column: Int, isSaid: Bool?) -> Rollup.Value? {
                guard let at = result.int(row, column), let id = result.string(row, column + 1) else { return nil }
                return Rollup.Value(at: Int64(at), id: id, isSaid: isSaid ?? false)
            }
            return Group(
                id: result.string(row, 0) ?? "",
                number: nil,
                title: result.string(row, 1) ?? "",
                rollup: Rollup(
                    start: value(2, isSaid: result.bool(row, 4)),
                    end: value(5, isSaid: result.bool(row, 7)),
                    due: value(8, isSaid: true),
                    began: result.int(row, 10).map(Int64.init),
                    members: result.int(row, 11) ?? 0,
                    begun: result.int(row, 12) ?? 0,
                    unscheduled: result.int(row, 13) ?? 0,
                    late: result.int(row, 14) ?? 0
                ),
                runIDs: [],
                memberIDs: []
            )
        }
    }

    /// - Parameters:
    ///   - id: of the one group that is asked for; nil for all, by their ids from the one after `after` on.
    package static func query(_ level: Level, id: String?, after: String?, limit: Int) -> Query {
        Query(statement, [.text(level.rawValue), Value(id), Value(after), .int(limit)])
    }

    package static func groups(_ result: QueryResult) -> [Group] {
        var groups: [Group] = []
        var first = 0
        while first < result.rowCount {
            let id = result.string(first, 0)
            var next = first
            while next < result.rowCount, result.string(next, 0) == id { next += 1 }
            let members = (first..<next).lazy.compactMap { row -> Rollup.Member? in
                guard let id = result.string(row, 3),
                    let state = result.string(row, 9).flatMap(Rollup.Member.State.init)
                else { return nil }
                return Rollup.Member(
                    id: id,
                    start: result.int(row, 4).map(Int64.init),
                    end: result.int(row, 5).map(Int64.init),
                    isStartSaid: result.bool(row, 6) ?? false,
                    isEndSaid: result.bool(row, 7) ?? false,
                    due: result.int(row, 8).map(Int64.init),
                    state: state,
                    isLate: result.bool(row, 10) ?? false,
                    began: result.int(row, 12).map(Int64.init),
                    over: result.int(row, 13).map(Int64.init)
                )
            }
            let live = (first..<next).filter { result.string($0, 9) == Rollup.Member.State.live.rawValue }
            groups.append(
                Group(
                    id: id ?? "",
                    number: result.int(first, 1),
                    title: result.string(first, 2) ?? "",
                    rollup: Rollup(members),
                    runIDs: Array(Set(live.compactMap { result.string($0, 11) })).sorted(),
                    memberIDs: live.compactMap { result.string($0, 3) }
                )
            )
            first = next
        }
        return groups
    }
}

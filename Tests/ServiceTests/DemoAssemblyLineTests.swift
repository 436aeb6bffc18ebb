import FoundationEssentials
import Postgres
import Testing

@testable import Service

extension BuiltDemoTests {
    /// The assembly lines in the database against what was published of them.
    @Suite struct DemoAssemblyLineTests {
        private let database: DemoDatabase

        init() throws {
            database = try #require(DemoDatabase.shared)
        }

        @Test(arguments: ["HAHN", "LUTZ3", "WEE-MAG"])
        func theProcedureIsThePublishedLine(name: String) throws {
            let published = try Published.line(name)
            let steps = try database.rows(
                """
                select s.title, s.lead_time_seconds from traveler.procedure p
                join traveler.procedure_step s on s.org_id = p.org_id and s.procedure_id = p.id
                where p.title = 'Assembly line ' || $1::text and p.state = 'released' order by s.position
                """,
                .text(name)
            )
            let edges = try database.rows(
                """
                select u.position, d.position from traveler.procedure p
                join traveler.procedure_step_edge e on e.org_id = p.org_id and e.procedure_id = p.id
                join traveler.procedure_step u on u.org_id = e.org_id and u.id = e.upstream_id
                join traveler.procedure_step d on d.org_id = e.org_id and d.id = e.downstream_id
                where p.title = 'Assembly line ' || $1::text and p.state = 'released' order by 1, 2
                """,
                .text(name)
            )
            #expect(steps.map { $0[0] } == (1...published.tasks).map { "Operation \($0)" })
            try expect(steps.compactMap { Int($0[1]) }, edges, equal: published)
        }

        @Test(arguments: ["HAHN", "LUTZ3", "WEE-MAG"])
        func everyRunIsACopyOfIt(name: String) throws {
            let published = try Published.line(name)
            for unit in 1...4 {
                let title = "\(name)-000\(unit)"
                let steps = try database.rows(
                    """
                    select s.lead_time_seconds from traveler.run r
                    join traveler.run_step s on s.org_id = r.org_id and s.run_id = r.id
                    where r.title = $1::text order by s.position
                    """,
                    .text(title)
                )
                let edges = try database.rows(
                    """
                    select u.position, d.position from traveler.run r
                    join traveler.run_step_edge e on e.org_id = r.org_id and e.run_id = r.id
                    join traveler.run_step u on u.org_id = e.org_id and u.id = e.upstream_id
                    join traveler.run_step d on d.org_id = e.org_id and d.id = e.downstream_id
                    where r.title = $1::text order by 1, 2
                    """,
                    .text(title)
                )
                try expect(steps.compactMap { Int($0[0]) }, edges, equal: published)
            }
        }

        private func expect(_ durations: [Int], _ edges: [[String]], equal published: Published) throws {
            var successors = [[Int]](repeating: [], count: published.tasks)
            for edge in edges {
                let (upstream, downstream) = (try #require(Int(edge[0])), try #require(Int(edge[1])))
                successors[upstream - 1].append(downstream)
            }
            #expect(durations.count == published.tasks)
            #expect(edges.count == published.arcs)
            #expect(durations.reduce(0, +) == published.sumTimes)
            #expect(durations == published.dur)
            #expect(successors == published.succ.map { $0.sorted() })
            #expect(longestPath(durations, successors) == published.criticalPath)
        }

        /// The longest way through the graph by the times on it; every arc leads from a lower to a higher place.
        private func longestPath(_ durations: [Int], _ successors: [[Int]]) -> Int {
            var ends = durations
            for index in durations.indices.reversed() {
                ends[index] += successors[index].map { ends[$0 - 1] }.max() ?? 0
            }
            return ends.max() ?? 0
        }

        /// A line of `expected.jsonl`.
        private struct Published: Decodable {
            let instance: String
            let tasks: Int
            let arcs: Int
            let sumTimes: Int
            let criticalPath: Int
            let dur: [Int]
            let succ: [[Int]]

            static func line(_ name: String) throws -> Published {
                let decoder = JSONDecoder()
                decoder.keyDecodingStrategy = .convertFromSnakeCase
                let all = try DemoFile.lines("assembly-line/expected.jsonl").map {
                    try decoder.decode(Published.self, from: Data($0.utf8))
                }
                return try #require(all.first { $0.instance == name })
            }
        }
    }
}

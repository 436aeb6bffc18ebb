import Postgres
import Testing

@testable import Service

/// What is asked of one demo, built once.
@Suite(.enabled(if: DemoDatabase.isAvailable), BuiltDemo()) enum BuiltDemoTests {}

extension BuiltDemoTests {
    @Suite(.serialized) struct DemoTests {
        private let database: DemoDatabase

        init() throws {
            database = try #require(DemoDatabase.shared)
        }

        @Test func theSkateboardsFlattenedAsBuiltEqualsThePublishedTotals() throws {
            let totals = try database.rowsOfService(
                """
                with tree as (
                    select b.* from traveler.part_inventory i, traveler.abom(i.id) b where i.serial_number = 'SB-0001'
                )
                select 'SKA-100', t.part_number, traveler.json_decimal(sum(t.quantity)) from tree t
                where not exists (select from tree c where c.assembly_inventory_id = t.part_inventory_id)
                group by t.part_number order by t.part_number
                """
            )
            let published = try DemoFile.lines("skateboard/expected_flat.csv")
            #expect(totals.map { $0.joined(separator: ",") } == Array(published.dropFirst()))
            #expect(published.first == "root,part,total_qty" && published.count == 8)
        }

        @Test func everyFinishedAssemblyHoldsWhatItsPublishedBOMSays() throws {
            let counted = try database.rowsOfService(
                """
                select distinct p.part_number, c.part_number, traveler.json_decimal(c.quantity)
                from traveler.run r
                join traveler.part p on p.org_id = r.org_id and p.id = r.part_id
                join traveler.run_inventory ri on ri.org_id = r.org_id and ri.run_id = r.id
                cross join lateral (
                    select b.part_number, sum(b.quantity) as quantity
                    from traveler.abom(ri.part_inventory_id) b where b.level = 1 group by b.part_number) c
                where r.status = 'complete'
                """
            )
            let published = try DemoFile.lines("skateboard/bom.csv").dropFirst()
            #expect(Set(counted.map { $0.joined(separator: ",") }) == Set(published))
        }

        @Test func theFinishedSkateboardsRecordCitesThoseOfItsTrucksAndWheels() throws {
            let cited = try database.rows(
                """
                select i ->> 'serial_number',
                    exists (select from traveler.as_built_record c
                        where encode(c.digest, 'hex') = i -> 'as_built' ->> 'digest')
                from traveler.run r
                join traveler.as_built_record a on a.org_id = r.org_id and a.run_id = r.id
                cross join jsonb_array_elements(a.document::jsonb -> 'build_requirements') q
                cross join jsonb_array_elements(q -> 'installations') i
                where r.title = 'Skateboard SB-0001' and i -> 'as_built' <> 'null' order by 1
                """
            )
            let expected = ["T-0001", "T-0002", "W-0001", "W-0002", "W-0003", "W-0004"].map { [$0, "t"] }
            #expect(cited == expected)
        }

        @Test func aNutLotIsTracedToEverySkateboardItWentInto() throws {
            let tops = try database.rowsOfService(
                """
                select distinct w.serial_number from traveler.part_inventory i, traveler.where_used(i.id) w
                where i.lot_number = 'LOT-SK1007-01' and i.origin_id is null and w.part_number = 'SKA-100' order by 1
                """
            )
            #expect(tops == [["SB-0001"], ["SB-0002"], ["SB-0004"]])
        }

        @Test func runsStandInEveryStateThatThisWorkReaches() throws {
            let runs = try database.rows(
                """
                select r.title, r.status, r.steps_completed, r.steps_in_progress, r.steps_total
                from traveler.run r where r.title not similar to '(Wheel|Truck)%' order by r.number
                """
            )
            let expected: [[String]] = [
                ["Skateboard SB-0001", "complete", "8", "0", "8"],
                ["Skateboard SB-0002", "in_progress", "2", "2", "8"],
                ["Skateboard SB-0003", "todo", "0", "0", "8"],
                ["Skateboard SB-0004", "in_progress", "8", "0", "8"],
                ["HAHN-0001", "complete", "53", "0", "53"],
                ["HAHN-0002", "in_progress", "27", "0", "53"],
                ["HAHN-0003", "in_progress", "0", "2", "53"],
                ["HAHN-0004", "todo", "0", "0", "53"],
                ["LUTZ3-0001", "complete", "89", "0", "89"],
                ["LUTZ3-0002", "in_progress", "46", "0", "89"],
                ["LUTZ3-0003", "in_progress", "0", "2", "89"],
                ["LUTZ3-0004", "todo", "0", "0", "89"],
                ["WEE-MAG-0001", "complete", "75", "0", "75"],
                ["WEE-MAG-0002", "in_progress", "45", "0", "75"],
                ["WEE-MAG-0003", "in_progress", "0", "1", "75"],
                ["WEE-MAG-0004", "todo", "0", "0", "75"],
                ["Pack skateboard SB-0001", "todo", "0", "0", "3"],
            ]
            #expect(runs == expected)
            let parts = try database.rows(
                """
                select status, count(*), sum(quantity)::integer from traveler.run
                where title similar to '(Wheel|Truck)%' group by 1
                """
            )
            #expect(parts == [["complete", "8", "18"]])
        }

        @Test func everyOpenRunButTheLastIsPlannedAndThreeAreLate() throws {
            let planned = try database.rowsOfService(
                """
                select t.title, t.late from traveler.timeline(now() - interval '9 days',
                    now() + interval '9 days', 100, null, null, null, null, null, null, null, null) t order by t.number
                """
            )
            #expect(planned.count == 12)
            let late = planned.filter { $0[1] == "t" }.map { $0[0] }
            #expect(late == ["Skateboard SB-0002", "HAHN-0003", "WEE-MAG-0002"])
            let steps = try database.rows(
                """
                select distinct r.title from traveler.run r
                join traveler.run_step s on s.org_id = r.org_id and s.run_id = r.id
                where s.state = 'todo' and s.scheduled_start is null and not exists (select from traveler.run_step n
                    where n.org_id = s.org_id and n.parent_id = s.id)
                """
            )
            #expect(steps == [[Demo.lastRun]])
        }

        @Test func theBlockedSkateboardLacksOneNutAndNothingElse() throws {
            let blockers = try database.rows(
                """
                select b.kind, b.what from traveler.completion_blocker b
                join traveler.run r on r.org_id = b.org_id and r.id = b.run_id
                where r.title = 'Skateboard SB-0004'
                """
            )
            #expect(blockers == [["requirement_unmet", "Part SK1007-01: 3 of 4 installed."]])
        }

        @Test func peersSignedWhatTheyDidNotWorkOn() throws {
            let signatures = try database.rows(
                """
                select distinct u.name, exists (select from traveler.labor_session l where l.org_id = f.org_id
                    and l.run_step_id = f.run_step_id and l.user_id = u.id)
                from traveler.run_step_field f
                join traveler.user_account u on u.org_id = f.org_id and f.entered_by = 'user:' || u.id
                where f.peer and f.value is not null
                """
            )
            #expect(signatures == [["Demo quality", "f"]])
        }

        @Test func noInvariantIsViolated() throws {
            let operatorsConnection = try Connection(url: database.url(as: "traveler_migrator"))
            let query = Query(Statement("demo_test_integrity", "select * from traveler.integrity_violations"))
            #expect(try operatorsConnection.execute(query).rowCount == 0)
        }

        @Test func everyRoleSignsInWithThePasswordThatIsPrinted() throws {
            let service = try Connection(url: database.url(as: "traveler_service"))
            let signIn = Statement(
                "demo_test_sign_in",
                "select token from traveler.sign_in('demo', $1::text, $2::text)"
            )
            let enter = Statement("demo_test_enter", "select traveler.enter($1::text)")
            let me = Statement("demo_test_me", "select traveler.me() ->> 'name', traveler.me() -> 'roles' ->> 0")
            for role in DemoRole.allCases {
                let signedIn = try service.execute(Query(signIn, [.text(role.email), .text(role.password)]))
                let token = try #require(signedIn.string(0, 0))
                let result = try service.transaction(.readOnly, preamble: [Query(enter, [.text(token)])]) {
                    try $0.finish(with: [Query(me)])[0]
                }
                #expect(result.string(0, 0) == "Demo \(role.rawValue)")
                #expect(result.string(0, 1) == role.rawValue)
            }
        }

        /// Nothing but the new token's own entry.
        @Test func theCommandRunAgainChangesNothingAndPrintsTheSignInsAgain() throws {
            let before = try database.rows(Self.entries)
            var output: [[String]] = []
            for _ in 0..<2 {
                var lines: [String] = []
                let console = Console(write: { lines.append($0) }, explain: { _ in }, readLine: { nil })
                let environment = [
                    "TRAVELER_MIGRATOR_URL": database.url(as: "traveler_migrator"),
                    "TRAVELER_DATABASE_URL": database.url(as: "traveler_service"),
                ]
                #expect(Program.run(["demo"], environment: environment, console: console) == .fine)
                output.append(lines)
            }
            #expect(try database.rows(Self.entries) == before)
            #expect(output[0].dropLast() == output[1].dropLast())
            #expect(output[0].dropLast() == DemoRole.allCases.map { "\($0.email) \($0.password)" }[...])
            #expect(output[0].last != output[1].last)
            #expect(output.allSatisfy { $0.last?.hasPrefix("token tvl_") == true })
        }

        @Test func anOrgThatIsNoDemoIsLeftAlone() throws {
            let make = Statement("demo_test_org", "select traveler.create_org('acme', 'Acme')")
            _ = try Connection(url: database.url(as: "traveler_migrator")).execute(Query(make))
            let before = try database.rows(Self.entries)
            #expect(throws: DemoError.orgIsNoDemo(slug: "acme")) { try database.demo(slug: "acme").build() }
            #expect(try database.rows(Self.entries) == before)
        }

        private static let entries: StaticString =
            "select count(*), max(at) from traveler.transaction_history where table_name <> 'credential'"
    }
}

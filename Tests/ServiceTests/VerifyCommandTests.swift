import Postgres
import Testing

@testable import Service

/// What a superuser changes around every trigger is found and named (Y2, C5).
@Suite(.enabled(if: DemoDatabase.isAvailable), BuiltDemo(), .serialized) struct VerifyCommandTests {
    @Test func saysThatAllHolds() throws {
        let (code, lines) = try verify()
        #expect(code == .fine)
        #expect(lines.last == "all of it holds")
        #expect(lines.contains { $0.hasPrefix("history: ") && $0.contains(" chains with ") })
        #expect(lines.contains { $0.hasPrefix("as-built: ") && !$0.hasPrefix("as-built: 0") })
    }

    /// Each change is one statement that a superuser runs with the triggers off, and what verification says of it.
    @Test(arguments: [
        (
            "update traveler.transaction_history set payload = overlay(payload placing 'X' from length(payload) - 3)",
            "where (root_id, seq) = (select root_id, 5 from traveler.transaction_history where root_table = 'run' limit 1)",
            "entry 5: the digest does not match the entry and the one before it"
        ),
        (
            "update traveler.transaction_history set actor = 'user:nobody'",
            "where (root_id, seq) = (select root_id, 6 from traveler.transaction_history where root_table = 'run' limit 1)",
            "entry 6: a column differs from the payload"
        ),
        (
            "delete from traveler.transaction_history",
            "where (root_id, seq) = (select root_id, 7 from traveler.transaction_history where root_table = 'run' limit 1)",
            "entries 7 to 7 are missing"
        ),
        (
            "update traveler.run_step_field set value = '\"13.37\"'",
            "where id = (select id from traveler.run_step_field where type = 'number' and value is not null limit 1)",
            "the record differs from its newest history entry in: number_value"
        ),
        (
            "update traveler.run set completed_at = completed_at + interval '1 microsecond'",
            "where id = (select id from traveler.run where completed_at is not null limit 1)",
            "the record differs from its newest history entry in: completed_at"
        ),
        (
            "update traveler.run set steps_todo = steps_todo + 1",
            "where id = (select id from traveler.run limit 1)",
            "counters"
        ),
        (
            """
            update traveler.as_built_record
            set document = replace(document, 'a', 'b'), digest = sha256(convert_to(replace(document, 'a', 'b'), 'UTF8'))
            """,
            "where id = (select id from traveler.as_built_record limit 1)",
            "the digest is not the one that the history keeps"
        ),
    ])
    func namesWhatASuperuserChanged(change: String, place: String, finding: String) throws {
        let database = try #require(DemoDatabase.shared)
        let superuser = try Connection(url: database.url(as: "postgres"))
        // A trigger that is ENABLE ALWAYS fires under any session setting; only its owner or a superuser can turn it off.
        let tables = ["transaction_history", "run_step_field", "run", "as_built_record"]
        try superuser.script(
            tables.map { "create table public.kept_\($0) as select * from traveler.\($0);" }.joined()
                + tables.map { "alter table traveler.\($0) disable trigger user;" }.joined() + "\(change) \(place)"
        )
        let (code, lines) = try verify()
        #expect(code == .refused)
        #expect(lines.contains { $0.hasPrefix("BROKEN ") && $0.contains(finding) }, "\(lines)")
        try restore(tables, superuser)
        let after = try verify()
        #expect(after.code == .fine, "the test put back what it broke: \(after.lines)")
    }

    private func restore(_ tables: [String], _ superuser: Connection) throws {
        for table in tables {
            // Whole rows as they were kept; generated columns follow from the others.
            try superuser.script(
                """
                do $$ declare v_columns text; begin
                    select string_agg(quote_ident(attname), ', ') into v_columns from pg_attribute
                    where attrelid = 'traveler.\(table)'::regclass and attnum > 0 and not attisdropped and attgenerated = '';
                    set local session_replication_role = replica;
                    execute 'delete from traveler.\(table)';
                    execute format('insert into traveler.\(table) (%1$s) select %1$s from public.kept_\(table)', v_columns);
                end $$;
                drop table public.kept_\(table);
                """
            )
            try superuser.script("alter table traveler.\(table) enable trigger user")
            try superuser.script(
                """
                do $$ declare v_trigger text; begin
                    for v_trigger in select tgname from pg_trigger
                        where tgrelid = 'traveler.\(table)'::regclass and not tgisinternal and tgname ~ '^_(010|900)_'
                    loop
                        execute format('alter table traveler.\(table) enable always trigger %I', v_trigger);
                    end loop;
                end $$
                """
            )
        }
    }

    private func verify() throws -> (code: ExitCode, lines: [String]) {
        let database = try #require(DemoDatabase.shared)
        let lines = Lines()
        let console = Console(write: { lines.all.append($0) }, explain: { lines.all.append($0) }, readLine: { nil })
        let code = Program.run(
            ["verify"],
            environment: ["TRAVELER_MIGRATOR_URL": database.url(as: "traveler_migrator")],
            console: console
        )
        return (code, lines.all)
    }

    private final class Lines {
        var all: [String] = []
    }
}

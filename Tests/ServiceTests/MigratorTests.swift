import Glibc
import Postgres
import Synchronization
import Testing

@testable import Service

@Suite(.enabled(if: MigratorFixture.clusterURL != nil)) struct MigratorTests {
    private let fixture: MigratorFixture

    init() throws {
        fixture = try MigratorFixture()
    }

    @Test func anEmptyDatabaseIsMigratedOnceAndForAll() throws {
        try fixture.add("0001_run.sql", "create table traveler.run (id integer);")
        try fixture.add("0002_step.sql", "create table traveler.step (id integer);")
        try fixture.write("logic/10_count.sql", Self.count("select count(*) from traveler.run"))
        #expect(
            try fixture.migrate() == ["applied 0001_run.sql", "applied 0002_step.sql", "applied the logic: 1 files"]
        )
        #expect(try fixture.migrate() == ["nothing to do: the database is at migration 2"])
        #expect(try fixture.value("select tableowner from pg_tables where tablename = 'run'") == "traveler_owner")
        #expect(
            try fixture.value("select string_agg(name, ' ' order by number) from traveler_private.migration")
                == "0001_run.sql 0002_step.sql"
        )
    }

    @Test func twentyAtOnceApplyEachMigrationOnce() throws {
        try fixture.add("0001_run.sql", "create table traveler.run (id integer);")
        try fixture.add("0002_row.sql", "insert into traveler.run values (1);")
        try fixture.write("logic/10_count.sql", Self.count("select count(*) from traveler.run"))
        let gate = try fixture.admin()
        try gate.script("select pg_advisory_lock(7237118400001)")
        let lines = Mutex<[String]>([])
        let errors = Mutex<[String]>([])
        let (url, folder) = (fixture.url(as: "traveler_migrator"), fixture.folder)
        let threads = (0..<20).map { _ in
            WorkThread {
                do {
                    let connection = try Connection(url: url)
                    try Migrator(connection, SQLDirectory(path: folder)) { line in lines.withLock { $0.append(line) } }
                        .migrate()
                } catch {
                    errors.withLock { $0.append(String(reflecting: error)) }
                }
            }
        }
        // All of them have found the lock taken before the first can have it.
        while try fixture.value(Self.migratorsAtWork) != "20", errors.withLock(\.isEmpty) { usleep(20_000) }
        try gate.script("select pg_advisory_unlock(7237118400001)")
        for thread in threads { thread.join() }
        #expect(errors.withLock { $0 } == [])
        #expect(lines.withLock { $0.filter { $0 == "applied 0002_row.sql" }.count } == 1)
        #expect(lines.withLock { $0.filter { $0.hasPrefix("nothing to do") }.count } == 19)
        #expect(try fixture.value("select count(*) from traveler.run") == "1")
    }

    @Test func anEditedMigrationIsRefusedWithBothDigestsAndTheWayOut() throws {
        let digest = try fixture.add("0001_run.sql", "create table traveler.run (id integer);")
        try fixture.add("0002_step.sql", "create table traveler.step (id integer);")
        try fixture.migrate()
        try fixture.write("migrations/0001_run.sql", "-- previous: none\ncreate table traveler.run (id bigint);\n")
        let message = try refusal()
        #expect(message.hasPrefix("0001_run.sql was edited after this database had applied it."))
        #expect(message.contains("applied  \(digest)\n"))
        #expect(message.contains("now      "))
        #expect(message.contains("write the change as a new migration"))
    }

    @Test func aRenamedMigrationIsRefused() throws {
        try fixture.add("0001_run.sql", "create table traveler.run (id integer);")
        try fixture.migrate()
        try fixture.remove("migrations/0001_run.sql")
        try fixture.write("migrations/0001_batch.sql", "-- previous: none\ncreate table traveler.run (id integer);\n")
        #expect(try refusal() == "0001_batch.sql was applied to this database as 0001_run.sql: restore its name")
    }

    @Test func aBrokenChainIsRefusedBeforeAnythingIsApplied() throws {
        try fixture.add("0001_run.sql", "create table traveler.run (id integer);")
        let digest = String(repeating: "0", count: 64)
        try fixture.write(
            "migrations/0002_step.sql",
            "-- previous: \(digest)\ncreate table traveler.step (id integer);"
        )
        #expect(try refusal().hasPrefix("0002_step.sql follows another 0001_run.sql than this one."))
        #expect(try fixture.value("select to_regclass('traveler.run')") == nil)
    }

    @Test func aMissingNumberIsRefused() throws {
        try fixture.add("0001_run.sql", "select 1;")
        try fixture.add("0003_step.sql", "select 1;")
        #expect(try refusal() == "0003_step.sql: the next migration must have number 2")
    }

    @Test func aMigrationThatFailsLeavesNothingOfItselfAndNamesItsLine() throws {
        try fixture.add("0001_run.sql", "create table traveler.run (id integer);")
        try fixture.add("0002_step.sql", "create table traveler.step (id integer);\nselect nonsense;")
        let message = try refusal()
        #expect(message.hasPrefix("0002_step.sql:3: column \"nonsense\" does not exist (42703)"))
        #expect(try fixture.value("select to_regclass('traveler.step')") == nil)
        #expect(try fixture.value("select traveler.schema_version()") == "1")
    }

    @Test func aMigrationThatEndsItsTransactionIsRefused() throws {
        try fixture.add("0001_run.sql", "create table traveler.run (id integer); commit; begin;")
        #expect(try refusal().hasPrefix("0001_run.sql ends the transaction that it runs in"))
    }

    @Test func whatAFileSetsForTheSessionEndsWithIt() throws {
        try fixture.add("0001_run.sql", "reset role; set search_path = public;")
        try fixture.add(
            "0002_step.sql",
            "create table traveler.step (path text); insert into traveler.step values (current_setting('search_path'));"
        )
        try fixture.migrate()
        #expect(try fixture.value("select path from traveler.step") == "pg_catalog, pg_temp")
        #expect(try fixture.value("select tableowner from pg_tables where tablename = 'step'") == "traveler_owner")
    }

    @Test func aTransactionThatLostIsTriedAgain() throws {
        try fixture.add("0001_run.sql", "create table traveler.run (id integer); create sequence traveler.tries;")
        try fixture.add(
            "0002_step.sql",
            """
            insert into traveler.run values (1);
            do $$
            begin
                if nextval('traveler.tries') < 3 then
                    raise exception using errcode = 'lock_not_available';
                end if;
            end
            $$;
            """
        )
        #expect(throws: MigrationError.self) { try fixture.migrate { $0.attempts = 1 } }
        #expect(try fixture.migrate().contains("applied 0002_step.sql"))
        #expect(try fixture.value("select count(*) from traveler.run") == "1")
    }

    @Test func aConcurrentMigrationRunsOutsideATransactionAndRepairsABrokenTry() throws {
        try fixture.add("0001_run.sql", "create table traveler.run (id integer);")
        try fixture.migrate()
        // What is left of a build that was cut short.
        let admin = try fixture.admin()
        try admin.script("set role traveler_owner; create index run_id on traveler.run (id); reset role")
        try admin.script("update pg_index set indisvalid = false where indexrelid = 'traveler.run_id'::regclass")
        try fixture.add(
            "0002_index.sql",
            "create index concurrently if not exists run_id on traveler.run (id);",
            mark: "-- concurrently: re-runnable\n"
        )
        #expect(try fixture.migrate() == ["applied 0002_index.sql"])
        #expect(
            try fixture.value("select indisvalid from pg_index where indexrelid = 'traveler.run_id'::regclass") == "t"
        )
    }

    @Test func theLogicIsAppliedAnewWhenItChangedAndOnlyThen() throws {
        try fixture.write("logic/10_count.sql", Self.count("select 1"))
        try fixture.write("logic/20_use.sql", "select traveler.count();")
        try fixture.migrate()
        #expect(try fixture.value("select traveler.count()") == "1")
        #expect(try fixture.migrate() == ["nothing to do: the database is at migration 0"])
        try fixture.write("logic/10_count.sql", Self.count("select 2"))
        #expect(try fixture.migrate() == ["applied the logic: 2 files"])
        #expect(try fixture.value("select traveler.count()") == "2")
    }

    @Test func logicThatFailsLeavesTheOldInPlace() throws {
        try fixture.write("logic/10_count.sql", Self.count("select 1"))
        try fixture.migrate()
        try fixture.write("logic/10_count.sql", Self.count("select 2"))
        try fixture.write("logic/20_broken.sql", "select nonsense;")
        #expect(try refusal().hasPrefix("20_broken.sql:1: "))
        #expect(try fixture.value("select traveler.count()") == "1")
    }

    @Test func anUpgradedSchemaEqualsAFreshOneAndARunAgainChangesNothing() throws {
        let second = try MigratorFixture()
        try fixture.write("logic/10_count.sql", Self.count("select 1"))
        for migration in Self.history {
            try fixture.add(migration.file, migration.sql)
            try fixture.migrate()
            try second.add(migration.file, migration.sql)
        }
        try fixture.write("logic/10_count.sql", Self.count("select count(*) from traveler.run"))
        try second.write("logic/10_count.sql", Self.count("select count(*) from traveler.run"))
        try fixture.migrate()
        try second.migrate()
        let upgraded = try fixture.dump()
        #expect(upgraded.contains("CREATE TABLE traveler.run"))
        #expect(try upgraded == second.dump())
        try fixture.migrate()
        #expect(try upgraded == fixture.dump())
    }

    @Test func aBuildAndADatabaseThatDisagreeRefuseEachOther() throws {
        try fixture.add("0001_run.sql", "create table traveler.run (id integer);")
        let older = try SQLDirectory(path: fixture.folder)
        try fixture.add("0002_step.sql", "create table traveler.step (id integer);")
        let newer = try SQLDirectory(path: fixture.folder)
        let service = try Connection(url: fixture.url(as: "traveler_service"))
        #expect(try SchemaVersion.current(on: service) == 0)
        #expect(
            refusal { try SchemaVersion.require(older, on: service) }
                == "the database is at migration 0, and this build needs 1: run `traveler migrate`"
        )
        try fixture.migrate()
        try SchemaVersion.require(newer, on: service)
        let message = "the database is at migration 2, and this build knows 1: use a newer build"
        #expect(refusal { try SchemaVersion.require(older, on: service) } == message)
        let migrator = Migrator(try Connection(url: fixture.url(as: "traveler_migrator")), older)
        #expect(refusal { try migrator.migrate() } == message)
    }

    @Test func aMigratorWaitsForAnotherNoLongerThanItsPatience() throws {
        let other = try fixture.admin()
        try other.script("select pg_advisory_lock(7237118400001)")
        let start = ContinuousClock.now
        #expect(throws: MigrationError.self) { try fixture.migrate { $0.patience = .milliseconds(300) } }
        #expect((.milliseconds(300)...(.seconds(5))).contains(.now - start))
        other.close()
        #expect(try fixture.migrate().count == 1)
    }

    @Test func thePlanTellsWithoutChangingAnything() throws {
        try fixture.add("0001_run.sql", "create table traveler.run (id integer);")
        let connection = try Connection(url: fixture.url(as: "traveler_migrator"))
        let plan = try Migrator(connection, SQLDirectory(path: fixture.folder)).plan()
        #expect(plan.pending.map(\.migration.file.name) == ["0001_run.sql"])
        #expect(try fixture.value("select to_regclass('traveler_private.migration')") == nil)
    }

    @Test func theServiceCanNotTouchTheLedger() throws {
        try fixture.migrate()
        let service = try Connection(url: fixture.url(as: "traveler_service"))
        #expect(throws: PostgresError.self) { try service.script("select from traveler_private.migration") }
        #expect(throws: PostgresError.self) { try service.script("create table traveler.mine ()") }
    }

    private static let history = [
        (file: "0001_run.sql", sql: "create table traveler.run (id integer constraint run_pkey primary key);"),
        (file: "0002_name.sql", sql: "alter table traveler.run add name text constraint run_named not null;"),
        (
            file: "0003_step.sql",
            sql: "create table traveler.step (run_id integer constraint step_run references traveler.run);"
        ),
    ]

    private static let migratorsAtWork: StaticString = """
        select count(*) from pg_stat_activity
        where datname = current_database() and usename = 'traveler_migrator' and query like '%pg_try_advisory_lock%'
        """

    private static func count(_ body: String) -> String {
        "create or replace function traveler.count() returns bigint language sql as $$ \(body) $$;\n"
    }

    /// What a migration of the fixture is refused with.
    private func refusal() throws -> String {
        refusal { try fixture.migrate() } ?? "nothing was refused"
    }

    private func refusal(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return "\(error)"
        }
    }
}

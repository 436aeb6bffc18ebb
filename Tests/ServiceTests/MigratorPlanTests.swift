import Testing

@testable import Service

@Suite struct MigratorPlanTests {
    private let digests = [
        "0001_a.sql": String(repeating: "a", count: 64), "0002_b.sql": String(repeating: "b", count: 64),
        "10_x.sql": String(repeating: "c", count: 64),
    ]

    @Test func anEmptyDatabaseIsDueEverything() throws {
        let plan = try plan(applied: [])
        #expect(plan.pending.map(\.migration.number) == [1, 2])
        #expect(plan.isLogicDue)
    }

    @Test func anUpToDateDatabaseIsDueNothing() throws {
        let plan = try plan(applied: ["0001_a.sql", "0002_b.sql"], logic: ["10_x.sql": digests["10_x.sql"]])
        #expect(plan.pending.isEmpty)
        #expect(!plan.isLogicDue)
    }

    @Test func theLogicIsDueWhenAFileIsNewChangedOrGoneOrAMigrationIs() throws {
        let current = ["10_x.sql": digests["10_x.sql"]]
        #expect(try plan(applied: ["0001_a.sql", "0002_b.sql"], logic: [:]).isLogicDue)
        #expect(try plan(applied: ["0001_a.sql", "0002_b.sql"], logic: ["10_x.sql": "other"]).isLogicDue)
        #expect(
            try plan(applied: ["0001_a.sql", "0002_b.sql"], logic: current.merging(["20_y.sql": "gone"]) { $1 })
                .isLogicDue
        )
        #expect(try plan(applied: ["0001_a.sql"], logic: current).isLogicDue)
    }

    @Test func aDatabaseThatKnowsMoreIsNewer() {
        #expect(
            throws: MigrationError.self,
            performing: { try plan(applied: ["0001_a.sql", "0002_b.sql", "0003_c.sql"]) }
        )
    }

    @Test(arguments: [
        "", "create table a ();", "-- previous: none", "-- previous: ABC", "--previous: none",
        "\n-- previous: " + String(repeating: "a", count: 64), "-- previous: " + String(repeating: "A", count: 64),
    ])
    func aMigrationWithoutItsHeaderIsRefused(text: String) {
        #expect(throws: MigrationError.self) { try Migration(SQLFile(name: "0002_b.sql", text: text)) }
    }

    @Test(arguments: ["1_a.sql", "00001_a.sql", "0001a.sql", "0001_.sql", "0001_A.sql", "0001_a b.sql", "+001_a.sql"])
    func aMigrationOfAnotherNameIsRefused(name: String) {
        #expect(throws: MigrationError.self) { try Migration(SQLFile(name: name, text: "-- previous: none\n")) }
    }

    /// The owner that a migration runs as is held by the policies and has no context: over rows it would be refused.
    @Test func aForeignKeyOfATableThatWasThereIsLeftToTheMigratorToValidate() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let released = 6
        for migration in try SQLDirectory(path: "/\(root)/sql").migrations where migration.number > released {
            let text = migration.file.text
            let made = Set(text.matches(of: /create table ([a-z_.]+)/).map(\.1))
            for statement in text.split(separator: ";") {
                guard let table = statement.firstMatch(of: /alter table ([a-z_.]+)/)?.1, !made.contains(table) else {
                    continue
                }
                for key in statement.matches(of: /foreign key \([^)]*\) references [a-z_.]+ \([^)]*\)([^,]*)/) {
                    #expect(key.1.contains("not valid"), "\(migration.file.name): \(table)")
                }
            }
        }
    }

    @Test func onlyTheSecondLineMarksAConcurrentMigration() throws {
        let header = "-- previous: none\n"
        let mark = "-- concurrently: re-runnable"
        #expect(try Migration(SQLFile(name: "0001_a.sql", text: header + mark)).isConcurrent)
        #expect(try Migration(SQLFile(name: "0001_a.sql", text: header + mark + "\nselect 1")).isConcurrent)
        #expect(try !Migration(SQLFile(name: "0001_a.sql", text: header + "\n" + mark)).isConcurrent)
        #expect(try !Migration(SQLFile(name: "0001_a.sql", text: header + mark + " not")).isConcurrent)
    }

    @Test(arguments: [
        (150008, false), (150009, true), (160004, false), (160005, true), (170000, false), (170001, true),
        (180000, true),
        (140020, false),
    ])
    func aServerWithoutTheFixesForRowSecurityIsRefused(version: Int, isSafe: Bool) {
        #expect(ServerVersion.isSafe(version) == isSafe)
    }

    /// The plan for two migrations and one file of logic, after those of the names given were applied.
    private func plan(applied: [String], logic: [String: String?] = [:]) throws -> MigrationPlan {
        let first = SQLFile(name: "0001_a.sql", text: "-- previous: none\n")
        let second = SQLFile(name: "0002_b.sql", text: "-- previous: \(digests["0001_a.sql"] ?? "")\n")
        return try MigrationPlan(
            SQLDirectory(
                migrations: [first, second].map(Migration.init),
                logic: [SQLFile(name: "10_x.sql", text: "")]
            ),
            digests: digests,
            applied: applied.enumerated().map {
                .init(number: $0 + 1, name: $1, digest: digests[$1] ?? "", appliedAt: "")
            },
            appliedLogic: logic.compactMapValues { $0 }
        )
    }
}

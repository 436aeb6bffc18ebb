/// `traveler migrate`: brings the database's schema to where this build needs it, or says where it is.
struct MigrateCommand: Command {
    static let name = "migrate"
    static let arguments = "[--status]"
    static let summary =
        "Applies the migrations and the logic that are due; with --status only tells (1: some are due)."
    static let needs: [Config.Setting] = [.migratorURL]

    private let onlyTells: Bool

    init(_ words: [String]) throws(UsageError) {
        onlyTells = try Arguments(words, flags: ["--status"]).has("--status")
    }

    func run(_ context: CommandContext) throws -> ExitCode {
        let directory = try context.sqlDirectory()
        let migrator = Migrator(try context.connectAsMigrator(), directory, report: context.console.write)
        if onlyTells { return tell(try migrator.plan(), context.console) }
        try migrator.migrate()
        return .fine
    }

    private func tell(_ plan: MigrationPlan, _ console: Console) -> ExitCode {
        for applied in plan.applied { console.write("\(applied.name)  applied \(applied.appliedAt)") }
        for step in plan.pending { console.write("\(step.migration.file.name)  due") }
        console.write("logic  \(plan.isLogicDue ? "due" : "up to date")")
        return plan.pending.isEmpty && !plan.isLogicDue ? .fine : .refused
    }
}

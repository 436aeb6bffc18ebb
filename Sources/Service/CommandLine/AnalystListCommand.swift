import Postgres

/// `traveler analyst list`: whose the analysts' logins are (E1).
struct AnalystListCommand: Command {
    static let name = "analyst list"
    static let arguments = "[--org SLUG]"
    static let summary = """
        Lists the logins of analysts, one a line: login, org, state, day of creation, name; and says which views of \
        attributes wait for analysts to drop views of theirs.
        """
    static let needs: [Config.Setting] = [.migratorURL]

    private static let list = Statement(
        "analyst_list",
        """
        select a.login, o.slug, case when a.disabled_at is not null then 'disabled'
                when not exists (select from pg_catalog.pg_roles r where r.rolname = a.login) then 'missing' else 'active' end,
            (a.created_at at time zone 'UTC')::date, a.name
        from traveler_private.analyst a join traveler.org o on o.org_id = a.org_id
        where $1::text is null or o.slug = $1
        order by o.slug, a.created_at, a.login
        """
    )

    private static let waits = Statement(
        "analyst_waits",
        """
        select o.slug, w.view_name, traveler.json_time(w.waits_since), w.login, w.saved_view, coalesce(w.analyst, '')
        from traveler_private.attribute_view_waits() w join traveler.org o on o.org_id = w.org_id
        where $1::text is null or o.slug = $1
        order by 1, 2, 4, 5
        """
    )

    private let org: Value

    init(_ words: [String]) throws(UsageError) {
        org = try Arguments(words, options: ["--org"]).value("--org").map(Value.text) ?? .null
    }

    func run(_ context: CommandContext) throws -> ExitCode {
        let connection = try context.connectAsMigrator()
        let result = try connection.execute(Query(Self.list, [org]))
        for row in 0..<result.rowCount {
            let words = (0..<result.columnCount).map { result.string(row, $0) ?? "" }
            context.console.write(words.joined(separator: " "))
        }
        let waits = try connection.execute(Query(Self.waits, [org]))
        for row in 0..<waits.rowCount {
            let cell = { (column: Int) in waits.string(row, column) ?? "" }
            context.console.explain(
                "\(cell(1)) of \(cell(0)) keeps its old columns since \(cell(2)): \(cell(3)) (\(cell(5))) has to drop \(cell(4))"
            )
        }
        return .fine
    }
}

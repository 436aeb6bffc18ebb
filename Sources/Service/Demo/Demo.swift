import Postgres

/// The demo's org: a skateboard works and three assembly lines, built from published data (see `Data/README.md`).
///
/// The operator makes the org and its users; all else is done by these users through the service's own door, with the
/// acts that the API calls.
struct Demo {
    private static let state = Statement(
        "demo_state",
        """
        select exists (select from traveler.user_account u where u.org_id = o.org_id and u.email = $2::text),
            exists (select from traveler.run r where r.org_id = o.org_id and r.title = $3::text)
        from traveler.org o where o.slug = $1::text
        """
    )
    private static let createOrg = Statement("demo_create_org", "select traveler.create_org($1::text, $2::text)")
    private static let createUser = Statement(
        "demo_create_user",
        "select traveler.create_user($1::text, $2::text, $3::text, $4::text, $5::text)"
    )
    private static let createToken = Statement(
        "demo_create_token",
        "select traveler.create_token($1::text, $2::text, 'demo')"
    )

    private let operatorsConnection: Connection
    private let service: Connection
    private let slug: String

    /// - Parameters:
    ///   - operator: a connection as `traveler_migrator`.
    ///   - service: a connection as `traveler_service`.
    init(operator: Connection, service: Connection, slug: String) {
        operatorsConnection = `operator`
        self.service = service
        self.slug = slug
    }

    /// Builds what is not there yet: all of it, the rest of a build that was cut short, or nothing.
    ///
    /// - Throws: ``DemoError``, or ``PostgresError`` for what the database refuses.
    func build() throws {
        let state = try operatorsConnection.execute(
            Query(Self.state, [.text(slug), .text(DemoRole.admin.email), .text(Self.lastRun)])
        )
        if state.rowCount == 0 {
            try createOrg()
        } else if state.bool(0, 0) != true {
            throw DemoError.orgIsNoDemo(slug: slug)
        } else if state.bool(0, 1) == true {
            return
        }
        let crew = DemoCrew(service: service, slug: slug)
        let (skateboard, lines) = (try Skateboard(), try AssemblyLine.all())
        let site = try layOut(skateboard, lines, crew)
        try releaseProcedures(lines, site, crew)
        try SkateboardWork(skateboard: skateboard, site: site, crew: crew).run()
        let lineWork = lines.map { AssemblyLineWork(line: $0, site: site, crew: crew) }
        try analyze()
        for line in lineWork { try line.plan() }
        try analyze()
        for line in lineWork { try line.work() }
        try DemoSchedule(crew: crew).plan()
        try crew.act(
            as: .planner,
            [
                DemoAct.create(
                    .init(
                        title: Self.lastRun,
                        procedure: SkateboardProcedures.packing,
                        serialNumbers: ["BOX-0001"],
                        locationId: site.location(.packing)
                    )
                )
            ]
        )
        try crew.signOut()
    }

    /// A new API token of the demo's admin.
    func makeToken() throws -> String {
        let values: [Value] = [.text(slug), .text(DemoRole.admin.email)]
        return try operatorsConnection.execute(Query(Self.createToken, values)).string(0, 0) ?? ""
    }

    /// The run that is created last: where it is, the demo is whole.
    static let lastRun = "Pack skateboard SB-0001"

    private func createOrg() throws {
        let org = Query(Self.createOrg, [.text(slug), .text(DemoSite.Place.works.rawValue)])
        let users = DemoRole.allCases.map { role in
            Query(
                Self.createUser,
                [.text(slug), .text(role.email), .text(role.name), .text(role.rawValue), .text(role.password)]
            )
        }
        try operatorsConnection.transaction(.readWrite) { try $0.finish(with: [org] + users) }
    }

    /// Plans made while the tables were empty scan a whole org for one step; statistics have them made again.
    private func analyze() throws {
        try operatorsConnection.script(
            """
            analyze traveler.procedure_step, traveler.procedure_step_edge, traveler.run, traveler.run_step,
                traveler.run_step_edge, traveler.run_step_field, traveler.run_inventory, traveler.part_inventory,
                traveler.installation, traveler.build_requirement, traveler.labor_session
            """
        )
    }

    private func releaseProcedures(_ lines: [AssemblyLine], _ site: DemoSite, _ crew: DemoCrew) throws {
        let procedures = SkateboardProcedures(site: site)
        let documents =
            [procedures.wheel, procedures.truck, procedures.board, procedures.pack]
            + lines.map { AssemblyLineWork.procedure(of: $0, site) }
        for document in documents { try crew.act(as: .engineer, DemoAct.release(document)) }
    }
}

import Postgres

/// The acts of the service that build the demo, as queries. Records are named as a person names them (runs and steps by
/// their titles, inventory by its serial or lot number), so that no act waits for the answer of another.
enum DemoAct {
    private static let createReason = Statement("demo_create_reason", "select traveler.create_reason($1::jsonb)")
    private static let createAttribute = Statement(
        "demo_create_attribute",
        "select traveler.create_attribute_definition($1::jsonb)"
    )
    private static let createLocation = Statement(
        "demo_create_location",
        """
        select traveler.create_location($1::jsonb || jsonb_build_object('parent_id', (
            select l.id from traveler.location l
            where l.org_id = (select traveler.current_org()) and l.name = $1::jsonb ->> 'parent')))
        """
    )
    private static let createPart = Statement("demo_create_part", "select traveler.create_part($1::jsonb)")
    private static let createMBOM = Statement("demo_create_mbom", "select traveler.create_mbom($1::uuid, $2::jsonb)")
    private static let releaseMBOM = Statement(
        "demo_release_mbom",
        """
        select traveler.release_mbom(m.id, null) from traveler.mbom m
        where m.org_id = (select traveler.current_org()) and m.part_id = $1::uuid and m.state = 'draft'
        """
    )
    private static let receive = Statement("demo_receive", "select traveler.receive_inventory($1::jsonb)")
    private static let createProcedure = Statement(
        "demo_create_procedure",
        "select traveler.create_procedure($1::jsonb)"
    )
    private static let releaseProcedure = Statement(
        "demo_release_procedure",
        """
        select traveler.move_procedure(p.id, null, 'released') from traveler.procedure p
        where p.org_id = (select traveler.current_org()) and p.title = $1::text and p.state = 'draft'
        """
    )
    private static let createRun = Statement(
        "demo_create_run",
        """
        select traveler.create_run($1::jsonb || jsonb_build_object('procedure_id', (
            select p.id from traveler.procedure p
            where p.org_id = (select traveler.current_org()) and p.title = $1::jsonb ->> 'procedure'
                and p.state = 'released')))
        """
    )
    private static let startSteps = Statement(
        "demo_start_steps",
        """
        select traveler.start_steps(array(
            select s.id from traveler.run r join traveler.run_step s on s.org_id = r.org_id and s.run_id = r.id
            where r.org_id = (select traveler.current_org()) and r.title = any ($1::text[])
                and s.title = any ($2::text[])))
        """
    )
    private static let completeSteps = Statement(
        "demo_complete_steps",
        """
        select traveler.complete_steps(array(
            select s.id from traveler.run r join traveler.run_step s on s.org_id = r.org_id and s.run_id = r.id
            where r.org_id = (select traveler.current_org()) and r.title = any ($1::text[])
                and s.title = any ($2::text[])))
        """
    )
    // A name that the step has no field of leaves its id null, which the act refuses.
    private static let enterValues = Statement(
        "demo_enter_values",
        """
        select traveler.enter_values(s.id, null, jsonb_build_object('values', (
            select jsonb_agg(jsonb_build_object('field_id', f.id, 'value', v.value))
            from jsonb_each(e.entry) v
            left join traveler.run_step_field f on f.org_id = s.org_id and f.run_step_id = s.id and f.name = v.key)))
        from unnest($1::text[]) with ordinality t (title, number)
        join jsonb_array_elements($3::jsonb) with ordinality e (entry, number) on e.number = t.number
        join traveler.run r on r.org_id = (select traveler.current_org()) and r.title = t.title
        join traveler.run_step s on s.org_id = r.org_id and s.run_id = r.id and s.title = $2::text
        """
    )
    // What can't be found is null, which the act refuses.
    private static let install = Statement(
        "demo_install",
        """
        select traveler.install(r.id, jsonb_build_object('build_requirement_id', q.id, 'part_inventory_id', i.id,
            'assembly_inventory_id', u.id, 'quantity', x.quantity))
        from jsonb_to_recordset($1::jsonb)
            as x (run text, unit text, part_number text, serial_number text, lot_number text, quantity text)
        left join traveler.run r on r.org_id = (select traveler.current_org()) and r.title = x.run
        left join traveler.part p on p.org_id = r.org_id and p.part_number = x.part_number
        left join traveler.build_requirement q on q.org_id = r.org_id and q.run_id = r.id and q.part_id = p.id
        left join traveler.part_inventory i on i.org_id = r.org_id and i.part_id = p.id
            and (i.serial_number = x.serial_number or i.lot_number = x.lot_number and i.origin_id is null)
        left join traveler.part_inventory u on u.org_id = r.org_id and u.part_id = r.part_id
            and u.serial_number = x.unit
        """
    )

    struct Reason: Encodable {
        let act: String
        let label: String
    }

    struct Attribute: Encodable {
        let record: String
        let key: String
        let label: String
        let type: String
        var options: [String] = []
        var searchable = false
    }

    struct Location: Encodable {
        let name: String
        var parent: String?
        var workCenter = false
        var available = true
    }

    struct Part: Encodable {
        let partNumber: String
        let name: String
        let description: String
        let tracking: String
    }

    struct MBOM: Encodable {
        let lines: [ProcedureDocument.Requirement]
    }

    struct Receipt: Encodable {
        let partId: String?
        var serialNumber: String?
        var lotNumber: String?
        let quantity: String
        let locationId: String?
    }

    struct Run: Encodable {
        let title: String
        let procedure: String
        var serialNumbers: [String] = []
        let locationId: String?
        var attributes: [String: DemoValue] = [:]
    }

    /// One quantity of one inventory row, named by its serial or its lot, into one unit of a run.
    struct Installation: Encodable {
        let run: String
        let unit: String
        let partNumber: String
        var serialNumber: String?
        var lotNumber: String?
        let quantity: String
    }

    static func create(_ reason: Reason) throws -> Query { Query(createReason, [try .json(reason)]) }
    static func create(_ attribute: Attribute) throws -> Query { Query(createAttribute, [try .json(attribute)]) }
    static func create(_ location: Location) throws -> Query { Query(createLocation, [try .json(location)]) }
    static func create(_ part: Part) throws -> Query { Query(createPart, [try .json(part)]) }

    /// Drafts and releases the mBOM of a part.
    static func release(_ mbom: MBOM, of part: String?) throws -> [Query] {
        [Query(createMBOM, [Value(part), try .json(mbom)]), Query(releaseMBOM, [Value(part)])]
    }

    static func receive(_ receipt: Receipt) throws -> Query { Query(receive, [try .json(receipt)]) }

    /// Drafts and releases a procedure.
    static func release(_ procedure: ProcedureDocument) throws -> [Query] {
        [Query(createProcedure, [try .json(procedure)]), Query(releaseProcedure, [.text(procedure.title)])]
    }

    static func create(_ run: Run) throws -> Query { Query(createRun, [try .json(run)]) }

    /// Starts the steps with these titles in all of the runs.
    static func start(_ steps: String..., in runs: [String]) -> Query { start(steps, in: runs) }

    static func start(_ steps: [String], in runs: [String]) -> Query {
        Query(startSteps, [.array(runs), .array(steps)])
    }

    /// Signs the steps with these titles off in all of the runs.
    static func complete(_ steps: String..., in runs: [String]) -> Query { complete(steps, in: runs) }

    static func complete(_ steps: [String], in runs: [String]) -> Query {
        Query(completeSteps, [.array(runs), .array(steps)])
    }

    /// Enters values in the step with this title in each of the runs: those that `values` gives for the run's place.
    static func enter(_ step: String, in runs: [String], _ values: (Int) -> [String: DemoValue]) throws -> Query {
        Query(enterValues, [.array(runs), .text(step), try .json(runs.indices.map(values))])
    }

    static func install(_ installations: [Installation]) throws -> Query {
        Query(install, [try .json(installations)])
    }
}

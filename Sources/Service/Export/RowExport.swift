import Postgres

/// Rows of many runs, one kind at a time, as people and their tools read them: what belongs to a row is named in it (E2).
enum RowExport: String, CaseIterable, Sendable {
    case runs
    case runSteps = "run_steps"
    case runStepFields = "run_step_fields"
    case installations

    /// Parameters of every statement: the org, then the filters in this order; NULL asks for all.
    static let filters: [QueryParameter] = [
        QueryParameter("run_id", .uuid, "Of this run."),
        QueryParameter("status", .choice(Runs.statuses), "Of runs with this derived status (R1)."),
        QueryParameter("part_id", .uuid, "Of runs that build this part."),
        QueryParameter("procedure_id", .uuid, "Of runs of this version of a procedure."),
        QueryParameter("created_from", .time, "Of runs created at or after."),
        QueryParameter("created_before", .time, "Of runs created before."),
    ]

    var statement: Statement {
        switch self {
        case .runs: Self.ofRuns
        case .runSteps: Self.ofRunSteps
        case .runStepFields: Self.ofRunStepFields
        case .installations: Self.ofInstallations
        }
    }

    /// Whose attributes its rows have, as their last column (F2); nil where they have none.
    private var record: String? {
        switch self {
        case .runs: "run"
        case .runSteps: "run_step"
        case .runStepFields, .installations: nil
        }
    }

    private static let ofRuns = Statement(
        "export_rows_runs",
        """
        select r.number, r.id, r.title, r.status, r.quantity, r.part_id, p.part_number, p.revision, p.name as part_name,
            r.procedure_id, d.title as procedure_title, d.version_number as procedure_version, r.steps_total, r.steps_todo,
            r.steps_in_progress, r.steps_hold, r.steps_redline, r.steps_completed, r.steps_failed, r.steps_canceled, r.created_at,
            r.started_at, r.completed_at, r.completed_by, r.completion_number, h.effective_start, h.effective_end, r.due_at, r.version,
            r.attributes
        from traveler.run r
        join traveler.part p on p.org_id = r.org_id and p.id = r.part_id
        left join traveler.procedure d on d.org_id = r.org_id and d.id = r.procedure_id
        left join traveler.run_schedule h on h.org_id = r.org_id and h.run_id = r.id
        where r.org_id = $1::uuid and ($2::uuid is null or r.id = $2) and ($3::text is null or r.status = $3)
            and ($4::uuid is null or r.part_id = $4) and ($5::uuid is null or r.procedure_id = $5)
            and ($6::timestamptz is null or r.created_at >= $6) and ($7::timestamptz is null or r.created_at < $7)
        order by r.number
        """
    )
    private static let ofRunSteps = Statement(
        "export_rows_run_steps",
        """
        select r.number as run_number, s.run_id, s.id, s.parent_id, s.depth, s.position, s.title, s.state, s.state_reason,
            s.state_changed_at, s.state_changed_by, s.attempt, s.required, s.outside_process, s.location_id,
            l.name as location_name, s.lead_time_seconds, s.scheduled_start, s.scheduled_end, s.started_at, s.completed_at,
            s.completed_by, s.withdrawn_at, s.created_at, s.version, s.attributes
        from traveler.run_step s
        join traveler.run r on r.org_id = s.org_id and r.id = s.run_id
        left join traveler.location l on l.org_id = s.org_id and l.id = s.location_id
        where s.org_id = $1::uuid and ($2::uuid is null or s.run_id = $2) and ($3::text is null or r.status = $3)
            and ($4::uuid is null or r.part_id = $4) and ($5::uuid is null or r.procedure_id = $5)
            and ($6::timestamptz is null or r.created_at >= $6) and ($7::timestamptz is null or r.created_at < $7)
        order by r.number, s.id
        """
    )
    private static let ofRunStepFields = Statement(
        "export_rows_run_step_fields",
        """
        select r.number as run_number, f.run_id, f.run_step_id, s.title as step_title, f.id, f.position, f.name, f.type, f.unit,
            f.value #>> '{}' as value, f.number_value, f.not_applicable, f.out_of_range, f.stale, f.minimum, f.maximum, f.target,
            f.tolerance_minus, f.tolerance_plus, f.required, f.entered_by, f.entered_at, f.withdrawn_at, f.version
        from traveler.run_step_field f
        join traveler.run_step s on s.org_id = f.org_id and s.run_id = f.run_id and s.id = f.run_step_id
        join traveler.run r on r.org_id = f.org_id and r.id = f.run_id
        where f.org_id = $1::uuid and ($2::uuid is null or f.run_id = $2) and ($3::text is null or r.status = $3)
            and ($4::uuid is null or r.part_id = $4) and ($5::uuid is null or r.procedure_id = $5)
            and ($6::timestamptz is null or r.created_at >= $6) and ($7::timestamptz is null or r.created_at < $7)
        order by r.number, f.run_step_id, f.position
        """
    )
    private static let ofInstallations = Statement(
        "export_rows_installations",
        """
        select r.number as run_number, i.run_id, i.id, i.build_requirement_id, q.run_step_id, i.part_inventory_id, p.part_number,
            p.revision, n.serial_number, n.lot_number, i.quantity, i.assembly_inventory_id, a.serial_number as assembly_serial_number,
            i.reference_designator, i.made_on_assembly, i.installed_by, i.installed_at, i.removed_by, i.removed_at, i.removal_reason,
            i.version
        from traveler.installation i
        join traveler.run r on r.org_id = i.org_id and r.id = i.run_id
        join traveler.build_requirement q on q.org_id = i.org_id and q.run_id = i.run_id and q.id = i.build_requirement_id
        join traveler.part_inventory n on n.org_id = i.org_id and n.id = i.part_inventory_id
        join traveler.part p on p.org_id = n.org_id and p.id = n.part_id
        left join traveler.part_inventory a on a.org_id = i.org_id and a.id = i.assembly_inventory_id
        where i.org_id = $1::uuid and ($2::uuid is null or i.run_id = $2) and ($3::text is null or r.status = $3)
            and ($4::uuid is null or r.part_id = $4) and ($5::uuid is null or r.procedure_id = $5)
            and ($6::timestamptz is null or r.created_at >= $6) and ($7::timestamptz is null or r.created_at < $7)
        order by r.number, i.id
        """
    )

    /// Hands over the bytes of all rows as they come, row by row.
    ///
    /// - Returns: how many rows there were.
    func write(
        _ format: RowEncoder.Format,
        _ values: [Value],
        in transaction: Transaction,
        to sink: ([UInt8]) throws -> Void
    ) throws -> Int {
        var attributes: AttributeColumns?
        if format == .csv, let record {
            attributes = try AttributeColumns(of: record, org: values[0], in: transaction)
        }
        var encoder = RowEncoder(format, attributes: attributes)
        try transaction.stream(
            Query(statement, values),
            row: { try sink(try encoder.encode($0)) },
            end: { try sink(encoder.end($0)) }
        )
        return encoder.rows
    }
}

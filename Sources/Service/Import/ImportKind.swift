/// What can be imported, with the columns of its tables.
enum ImportKind: String, CaseIterable, Sendable {
    case parts, mboms, inventory, procedures

    /// The most rows that one import takes.
    static let mostRows = 100_000

    /// Columns without which a table makes no sense.
    var required: [String] {
        switch self {
        case .parts: ["part_number", "name"]
        case .mboms: ["part_number", "component_part_number", "quantity_per_unit"]
        case .inventory: ["part_number"]
        case .procedures: ["title", "step"]
        }
    }

    /// How columns of the org's own attributes begin, before the key (F2): as an export names them. A row of a procedure may
    /// be that of a step as well, whose attributes are told apart.
    var attributes: [String] {
        switch self {
        case .parts, .mboms: []
        case .inventory: [AttributeFilter.prefix]
        case .procedures: [AttributeFilter.prefix, ProcedureRows.stepAttribute]
        }
    }

    /// The columns that a CSV file may have besides.
    var optional: [String] {
        switch self {
        case .parts: ["revision", "description", "tracking", "unit", "lot_traceability", "number_pattern"]
        case .mboms:
            ["revision", "component_revision", "reference_designators", "made_on_assembly", "substitutes"]
        case .inventory: ["revision", "serial_number", "lot_number", "quantity", "location", "expires_at"]
        case .procedures: ProcedureRows.columns
        }
    }
}

/// Makes documents of procedures out of the rows of a table: a row with a `title` begins a procedure, one with a `step` a
/// step of it, and one with a `field` adds a field to the step; a row may do all three. Steps follow one another only where
/// `after` names the keys of others, with semicolons between them. Attributes stand in the row of what has them:
/// `attribute.KEY` in the procedure's, `step_attribute.KEY` in the step's.
struct ProcedureRows {
    /// What is said of a procedure, of a step and of a field.
    private static let ofProcedure = ["description", "part_number", "revision", "standard"]
    private static let ofStep = [
        "key", "instructions", "location", "lead_time_seconds", "required", "outside_process", "after",
    ]
    private static let ofField = ["field", "field_type", "unit", "minimum", "maximum", "field_required"]

    /// How the column of a step's attribute begins; the step itself has it as any record does.
    static let stepAttribute = "step_" + AttributeFilter.prefix

    /// All but title and step.
    static let columns = ofProcedure + ofStep + ofField

    private(set) var documents: [JSONValue] = []
    private(set) var faults: [ImportFault] = []

    /// The columns of attributes that the table has.
    private let attributes: [String]
    private let stepAttributes: [String]

    private var procedure: [JSONValue.Member] = []
    private var steps: [JSONValue] = []
    private var step: [JSONValue.Member] = []
    private var fields: [JSONValue] = []

    init(_ records: [(row: Int, cells: [String: String])], header: [String]) {
        attributes = header.filter { $0.hasPrefix(AttributeFilter.prefix) }
        stepAttributes = header.filter { $0.hasPrefix(Self.stepAttribute) }
        for (row, cells) in records {
            if cells["title"] == nil { misplaced(attributes, row, cells, "a procedure", "its title") }
            if cells["step"] == nil { misplaced(stepAttributes, row, cells, "a step", "the step") }
            if let title = cells["title"] {
                endProcedure()
                procedure = [
                    JSONValue.Member(name: "row", value: .number(String(row))),
                    JSONValue.Member(name: "title", value: .string(title)),
                ]
                procedure += Self.members(Self.ofProcedure + attributes, cells)
            } else if procedure.isEmpty {
                faults.append(ImportFault(row, "title", "missing", "The first row of a procedure has its title."))
                continue
            }
            if let title = cells["step"] {
                endStep()
                step = [
                    JSONValue.Member(name: "row", value: .number(String(row))),
                    JSONValue.Member(name: "title", value: .string(title)),
                ]
                step += Self.members(Self.ofStep.dropLast(), cells)
                step += stepAttributes.compactMap { column in
                    let name = AttributeFilter.prefix + column.dropFirst(Self.stepAttribute.count)
                    return cells[column].map { JSONValue.Member(name: name, value: .string($0)) }
                }
                if let after = cells["after"] { step.append(JSONValue.Member(name: "after", value: Self.keys(after))) }
            }
            guard let name = cells["field"] else { continue }
            if step.isEmpty {
                faults.append(ImportFault(row, "field", "no_step", "A field belongs to a step: none came before it."))
            }
            fields.append(Self.field(name, cells))
        }
        endProcedure()
    }

    /// What stands in a row that begins nothing which could have it.
    private mutating func misplaced(
        _ columns: [String],
        _ row: Int,
        _ cells: [String: String],
        _ what: String,
        _ place: String
    ) {
        for column in columns where cells[column] != nil {
            let detail = "An attribute of \(what) stands in the row of \(place)."
            faults.append(ImportFault(row, column, "misplaced", detail))
        }
    }

    private mutating func endStep() {
        guard !step.isEmpty else { return }
        if !fields.isEmpty { step.append(JSONValue.Member(name: "fields", value: .array(fields))) }
        steps.append(.object(step))
        (step, fields) = ([], [])
    }

    private mutating func endProcedure() {
        endStep()
        guard !procedure.isEmpty else { return }
        documents.append(.object(procedure + [JSONValue.Member(name: "steps", value: .array(steps))]))
        (procedure, steps, fields) = ([], [], [])
    }

    private static func members(_ names: some Sequence<String>, _ cells: [String: String]) -> [JSONValue.Member] {
        names.compactMap { name in cells[name].map { JSONValue.Member(name: name, value: .string($0)) } }
    }

    private static func keys(_ text: String) -> JSONValue {
        .array(text.split(separator: ";").map { .string(String($0.trimmingPrefix { $0 == " " })) })
    }

    private static func field(_ name: String, _ cells: [String: String]) -> JSONValue {
        let names = [("field_type", "type"), ("field_required", "required")]
        return .object(
            [
                JSONValue.Member(name: "name", value: .string(name))
            ] + members(["unit", "minimum", "maximum"], cells)
                + names.compactMap { column, member in
                    cells[column].map { JSONValue.Member(name: member, value: .string($0)) }
                }
        )
    }
}

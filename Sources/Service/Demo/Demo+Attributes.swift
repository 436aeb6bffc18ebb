import Postgres

extension Demo {
    /// What the works wants to know beside what is built in (F1), as a factory of flight hardware would.
    private static let attributes = [
        DemoAct.Attribute(
            record: "run",
            key: "hardware_class",
            label: "Hardware class",
            type: "select",
            options: ["Flight", "Qualification", "Development"],
            searchable: true
        ),
        DemoAct.Attribute(record: "run", key: "work_order", label: "Work order", type: "text", searchable: true),
        DemoAct.Attribute(record: "run", key: "needed_on", label: "Needed on", type: "date", searchable: true),
        DemoAct.Attribute(record: "run", key: "mass", label: "Mass as built (g)", type: "number", searchable: true),
        DemoAct.Attribute(
            record: "run",
            key: "quality_clauses",
            label: "Quality clauses",
            type: "multiselect",
            options: ["First article", "Source inspection", "Material certificates"],
            searchable: true
        ),
        DemoAct.Attribute(
            record: "run",
            key: "engineer",
            label: "Responsible engineer",
            type: "user",
            searchable: true
        ),
        DemoAct.Attribute(record: "run_step", key: "drawing", label: "Drawing", type: "text"),
        DemoAct.Attribute(record: "part_inventory", key: "certificate", label: "Material certificate", type: "text"),
    ]

    /// The definitions of the attributes.
    static func attributeDefinitions() throws -> [Query] { try attributes.map(DemoAct.create) }
}

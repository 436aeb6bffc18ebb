/// A procedure as `traveler.create_procedure` reads it (P3-P5). The names are those of its JSON, in Swift's spelling.
struct ProcedureDocument: Encodable {
    let title: String
    let description: String
    let partId: String?
    let steps: [Step]

    struct Step: Encodable {
        /// What other steps name in ``after``.
        let key: String
        let title: String
        var instructions = ""
        var locationId: String?
        var leadTimeSeconds: Int?
        var required = true
        var after: [String] = []
        var fields: [Field] = []
        var requirements: [Requirement] = []
        var attributes: [String: String] = [:]
        var steps: [Step] = []
    }

    struct Requirement: Encodable {
        let partId: String?
        let quantityPerUnit: String
    }

    /// A field of a step (P4). Decimals are written as text, as everywhere in the API.
    struct Field: Encodable {
        let name: String
        let type: String
        var required = true
        var unit: String?
        var minimum: String?
        var maximum: String?
        var target: String?
        var toleranceMinus: String?
        var tolerancePlus: String?
        var options: [String]?
        var signoffRole: String?
        var peer = false
    }
}

extension ProcedureDocument.Field {
    static func number(_ name: String, _ unit: String, from minimum: String? = nil, to maximum: String? = nil) -> Self {
        Self(name: name, type: "number", unit: unit, minimum: minimum, maximum: maximum)
    }

    static func number(_ name: String, _ unit: String, target: String, within tolerance: String) -> Self {
        Self(
            name: name,
            type: "number",
            unit: unit,
            target: target,
            toleranceMinus: tolerance,
            tolerancePlus: tolerance
        )
    }

    static func passFail(_ name: String) -> Self { Self(name: name, type: "pass_fail") }
    static func yesNo(_ name: String) -> Self { Self(name: name, type: "boolean") }
    static func date(_ name: String) -> Self { Self(name: name, type: "date") }
    static func note(_ name: String) -> Self { Self(name: name, type: "text", required: false) }

    static func select(_ name: String, _ options: String...) -> Self {
        Self(name: name, type: "select", options: options)
    }

    static func multiselect(_ name: String, _ options: String...) -> Self {
        Self(name: name, type: "multiselect", options: options)
    }

    /// A signature of somebody who holds the role; a peer's, of somebody who did no work on the step.
    static func signOff(_ name: String, by role: DemoRole, isPeer: Bool = false) -> Self {
        Self(name: name, type: "signoff", signoffRole: role.rawValue, peer: isPeer)
    }
}

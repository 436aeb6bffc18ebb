import HTTP
import Postgres
import RunModel
import SplitInventory

/// The split of units, or its plan: the facts from Postgres, their division from `SplitInventory`, and unless only the plan is
/// asked for, the act by Postgres again, in one transaction (X1-X8).
struct SplitAct: Work {
    typealias Origin = @Sendable (_ id: String) -> SplitStore.Origin

    let origin: Origin
    let isPlan: Bool

    var mode: TransactionMode { isPlan ? .readOnly : .readWrite }
    var statements: [Statement] { SplitStore.statements }
    var takesVersion: Bool { !isPlan }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        let origin = origin(call.path("id").lowercased())
        let plan = try SplitStore.plan(origin, request: call.body, isAll: isPlan, in: transaction)
        guard let plan else { throw Problem.notFound }
        if isPlan { return Answer(status: call.endpoint.status, body: Self.body(plan, call)) }
        let result = try SplitStore.apply(
            plan,
            version: call.version,
            request: call.body,
            key: call.isDryRun ? nil : call.key,
            status: call.endpoint.status,
            commit: !call.isDryRun,
            in: transaction
        )
        guard let body = result?.withBytes(0, 0, { Array($0) }) else { throw Problem.notFound }
        var answer = Answer(status: call.endpoint.status, body: body)
        answer.tag = result?.int(0, 1).map { EntityTag(String($0)) }
        return answer
    }

    /// The answer that the act would give.
    private static func body(_ plan: SplitPlan, _ call: Call) -> [UInt8] {
        let facts = plan.facts
        var json = JSONWriter(capacity: 1024 + facts.units.count * 128 + plan.requirements.count * 512)
        json.object { json in
            json.key("split")
            json.object { json in
                json.members([
                    ("id", nil), ("run_id", facts.run.id), ("parent_id", facts.from.splitID),
                    ("quantity", facts.quantity.description),
                    ("issue_id", call.document["issue_id"]?.text?.lowercased()),
                    ("location_id", call.document["location_id"]?.text?.lowercased()),
                ])
                json.key("number")
                json.number(facts.nextNumber)
                json.objects("units", facts.units) {
                    [("part_inventory_id", $0.id), ("serial_number", $0.serialNumber)]
                }
                json.key("passed_steps")
                json.array { json in
                    for step in facts.passedSteps {
                        json.object { json in
                            json.members([("run_step_id", step.runStepID), ("title", step.title)])
                            json.key("attempt")
                            json.number(step.attempt)
                        }
                    }
                }
            }
            json.key("requirements")
            json.array { json in for line in plan.requirements { line.write(into: &json) } }
            json.objects("shared", facts.whole) {
                [
                    ("installation_id", $0.id), ("part_number", $0.partNumber), ("serial_number", $0.serialNumber),
                    ("lot_number", $0.lotNumber), ("quantity", $0.quantity.description),
                ]
            }
            let rows = Dictionary(facts.reserved.map { ($0.inventoryID, $0) }) { first, _ in first }
            json.objects("reserved", plan.reserved) { part in
                [
                    ("part_inventory_id", part.id), ("part_number", rows[part.id]?.partNumber),
                    ("serial_number", rows[part.id]?.serialNumber), ("quantity", part.quantity.description),
                ]
            }
        }
        return json.bytes
    }
}

extension SplitPlan.Line {
    fileprivate func write(into json: inout JSONWriter) {
        json.object { json in
            json.members([
                ("build_requirement_id", requirement.id), ("part_number", requirement.partNumber),
                ("revision", requirement.revision), ("unit", requirement.unit),
                ("quantity_per_unit", requirement.quantityPerUnit.description), ("shared", shared.description),
            ])
            for (name, side) in [("continuing", continuing), ("split", split)] {
                json.key(name)
                json.object { json in
                    json.members([
                        ("needed", side.needed.description), ("installed", side.installed.description),
                        ("excepted", side.excepted.description), ("open", side.open.description),
                    ])
                }
            }
        }
    }
}

extension JSONWriter {
    /// Members that are texts or null.
    fileprivate mutating func members(_ members: [(name: String, text: String?)]) {
        for (name, text) in members {
            key(name)
            if let text { string(text) } else { null() }
        }
    }

    /// A member that is an array of such objects.
    fileprivate mutating func objects<Element>(
        _ name: String,
        _ elements: some Sequence<Element>,
        _ members: (Element) -> [(name: String, text: String?)]
    ) {
        key(name)
        array { json in
            for element in elements { json.object { json in json.members(members(element)) } }
        }
    }
}

/// How the skateboard and what goes into it are built, checked and signed off. The instructions and limits are the
/// demo's own; parts and quantities are the published ones.
struct SkateboardProcedures {
    typealias Step = ProcedureDocument.Step

    static let packing = "Pack a skateboard"
    static let packedPart = "SKA-100-BOX"

    let site: DemoSite

    var wheel: ProcedureDocument {
        ProcedureDocument(
            title: "Assemble a wheel assembly",
            description: "Seats the bearing, fits the nuts and proves that the assembly spins freely.",
            partId: site.part(Skateboard.wheel),
            steps: [
                Step(
                    key: "check",
                    title: "Check the parts",
                    instructions: "Wipe the bearing seats clean. Reject wheels with chips, flats or a cracked core.",
                    locationId: site.location(.wheelBench),
                    leadTimeSeconds: 120,
                    fields: [
                        .passFail("Bearing seats clean"),
                        .number("Wheel hardness", "Shore A", target: "99", within: "2"),
                        .note("Remarks"),
                    ]
                ),
                Step(
                    key: "fit",
                    title: "Fit the bearing",
                    instructions: "Work through the nested steps in order.",
                    locationId: site.location(.wheelBench),
                    leadTimeSeconds: 240,
                    after: ["check"],
                    steps: [
                        Step(
                            key: "press",
                            title: "Press the bearing in",
                            instructions: "Press on the outer ring only, until it sits on the shoulder.",
                            locationId: site.location(.wheelBench),
                            leadTimeSeconds: 150,
                            fields: [.number("Press force", "N", from: "400", to: "900")]
                        ),
                        Step(
                            key: "seat",
                            title: "Measure the seat",
                            instructions: "Measure from the face of the hub to the outer ring.",
                            locationId: site.location(.wheelBench),
                            leadTimeSeconds: 90,
                            after: ["press"],
                            fields: [.number("Seat depth", "mm", target: "7.00", within: "0.05")]
                        ),
                    ]
                ),
                Step(
                    key: "spin",
                    title: "Spin test",
                    instructions: "Run the nuts on by hand. Spin the wheel once and time it until it stands.",
                    locationId: site.location(.wheelBench),
                    leadTimeSeconds: 180,
                    after: ["fit"],
                    fields: [
                        .number("Spin time", "s", from: "20"),
                        .select("Noise", "none", "slight", "rough"),
                    ]
                ),
                release(
                    after: "spin",
                    fields: [
                        .date("Date of assembly"),
                        .signOff("Assembled as instructed", by: .technician),
                        .signOff("Released by a second person", by: .quality, isPeer: true),
                    ]
                ),
            ]
        )
    }

    var truck: ProcedureDocument {
        ProcedureDocument(
            title: "Assemble a truck",
            description: "Joins the fixed and the movable half and sets the steering.",
            partId: site.part(Skateboard.truck),
            steps: [
                Step(
                    key: "check",
                    title: "Check both halves",
                    instructions: "Look at the pivot and at the axle threads of both halves under the lamp.",
                    locationId: site.location(.truckBench),
                    leadTimeSeconds: 120,
                    fields: [
                        .passFail("No cracks"),
                        .multiselect("Checked", "pivot", "axle threads", "baseplate"),
                    ]
                ),
                Step(
                    key: "join",
                    title: "Join the halves",
                    instructions: "Seat the movable half in the pivot, run the nut on and tighten it to the torque.",
                    locationId: site.location(.truckBench),
                    leadTimeSeconds: 300,
                    after: ["check"],
                    fields: [.number("Nut torque", "N·m", target: "4.0", within: "0.5")]
                ),
                Step(
                    key: "steer",
                    title: "Check the steering",
                    instructions: "Lean the movable half to both stops. It comes back to the middle by itself.",
                    locationId: site.location(.truckBench),
                    leadTimeSeconds: 120,
                    after: ["join"],
                    fields: [
                        .number("Steering angle", "deg", from: "20", to: "30"),
                        .yesNo("Returns to the middle"),
                    ]
                ),
                release(
                    after: "steer",
                    fields: [
                        .signOff("Assembled as instructed", by: .technician),
                        .signOff("Released", by: .quality),
                    ]
                ),
            ]
        )
    }

    var pack: ProcedureDocument {
        ProcedureDocument(
            title: Self.packing,
            description: "Boxes one finished skateboard.",
            partId: site.part(Self.packedPart),
            steps: [
                Step(
                    key: "clean",
                    title: "Clean for display",
                    instructions: "Only for a skateboard that goes to a shop window.",
                    locationId: site.location(.packing),
                    leadTimeSeconds: 300,
                    required: false
                ),
                Step(
                    key: "box",
                    title: "Box the skateboard",
                    instructions: "Scan the skateboard's serial number, then lay it in wheels up.",
                    locationId: site.location(.packing),
                    leadTimeSeconds: 180,
                    fields: [.signOff("Boxed", by: .technician)],
                    requirements: [.init(partId: site.part(Skateboard.product), quantityPerUnit: "1")]
                ),
                Step(
                    key: "label",
                    title: "Label the box",
                    instructions: "The label names the part, its revision and its serial number.",
                    locationId: site.location(.packing),
                    leadTimeSeconds: 60,
                    after: ["box"],
                    fields: [.passFail("Label matches the skateboard")]
                ),
            ]
        )
    }

    /// The last step of what is built here.
    func release(after key: String, fields: [ProcedureDocument.Field]) -> Step {
        Step(
            key: "release",
            title: "Release",
            instructions: "Check that every step above is signed off. The last signature is not the technician's.",
            locationId: site.location(.testTrack),
            leadTimeSeconds: 60,
            after: [key],
            fields: fields
        )
    }
}

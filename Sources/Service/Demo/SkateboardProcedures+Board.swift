extension SkateboardProcedures {
    var board: ProcedureDocument {
        ProcedureDocument(
            title: "Assemble a skateboard",
            description: "Mounts two trucks and four wheel assemblies on a board and tests the whole.",
            partId: site.part(Skateboard.product),
            steps: [
                Step(
                    key: "inspect",
                    title: "Inspect the board",
                    instructions: "Lay the board on the flat plate. It rests on the plate along both edges.",
                    locationId: site.location(.boardBench),
                    leadTimeSeconds: 180,
                    fields: [
                        .passFail("No warp"),
                        .multiselect("Checked", "edges", "truck holes", "lamination"),
                    ]
                ),
                Step(
                    key: "trucks",
                    title: "Mount the trucks",
                    instructions: "Front truck first. The pivots point to the middle of the board.",
                    locationId: site.location(.boardBench),
                    leadTimeSeconds: 600,
                    after: ["inspect"],
                    attributes: ["drawing": "SKA-100 sheet 2"],
                    steps: [
                        mount(key: "front", title: "Mount the front truck"),
                        mount(key: "rear", title: "Mount the rear truck"),
                        Step(
                            key: "tighten",
                            title: "Tighten the truck screws",
                            instructions: "Tighten the eight screws crosswise, in two rounds.",
                            locationId: site.location(.boardBench),
                            leadTimeSeconds: 240,
                            after: ["front", "rear"],
                            fields: [
                                .number("Screw torque", "N·m", target: "3.0", within: "0.3"),
                                .passFail("Screw heads flush"),
                            ]
                        ),
                    ]
                ),
                Step(
                    key: "wheels",
                    title: "Mount the wheels",
                    instructions: "Four wheel assemblies. Each spins freely and has no more play than the limit.",
                    locationId: site.location(.boardBench),
                    leadTimeSeconds: 480,
                    after: ["trucks"],
                    fields: [
                        .number("Axle nut torque", "N·m", from: "2.5", to: "4.0"),
                        .number("Largest axial play", "mm", from: "0.1", to: "0.5"),
                    ]
                ),
                Step(
                    key: "roll",
                    title: "Roll test",
                    instructions: "Let the skateboard roll down the ramp three times, and measure the worst drift.",
                    locationId: site.location(.testTrack),
                    leadTimeSeconds: 300,
                    after: ["wheels"],
                    fields: [
                        .yesNo("Rolls straight"),
                        .number("Drift over 5 m", "mm", to: "50"),
                        .date("Date of test"),
                    ]
                ),
                release(
                    after: "roll",
                    fields: [
                        .select("Finish grade", "A", "B"),
                        .signOff("Built as instructed", by: .technician),
                        .signOff("Released by a second person", by: .quality, isPeer: true),
                    ]
                ),
            ]
        )
    }

    private func mount(key: String, title: String) -> Step {
        Step(
            key: key,
            title: title,
            instructions: "Four screws, from above, by hand until they sit.",
            locationId: site.location(.boardBench),
            leadTimeSeconds: 180,
            fields: [.passFail("Baseplate lies flat")]
        )
    }
}

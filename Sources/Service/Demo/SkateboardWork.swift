import Postgres

/// The skateboards of the demo, worked step by step: one is complete with all that is in it, one is in the middle of
/// the work, one is not begun, and one has all its steps signed off and can't be completed, because a nut is missing.
struct SkateboardWork {
    private let skateboard: Skateboard
    private let site: DemoSite
    private let crew: DemoCrew
    private let procedures: SkateboardProcedures
    /// The day of the work, in UTC.
    private let today = String(Timestamp.now.description.prefix(10))

    /// What the first skateboard needs has runs of its own, the others' come from one run each.
    private let wheels = Self.builds("Wheel assembly W-", [1...1, 2...2, 3...3, 4...4, 5...12])
    private let trucks = Self.builds("Truck T-", [1...1, 2...2, 3...6])
    private let complete = Build("Skateboard SB-", 1...1)
    private let halfway = Build("Skateboard SB-", 2...2)
    private let untouched = Build("Skateboard SB-", 3...3)
    private let blocked = Build("Skateboard SB-", 4...4)

    /// The attributes of the skateboards' runs (F2).
    private static let attributes: [[String: DemoValue]] = [
        [
            "hardware_class": "Qualification", "work_order": "WO-1001", "quality_clauses": ["First article"],
            "mass": "2480.5",
        ],
        [
            "hardware_class": "Flight", "work_order": "WO-1002",
            "quality_clauses": ["Source inspection", "Material certificates"],
        ],
        ["hardware_class": "Flight", "work_order": "WO-1002"],
        ["hardware_class": "Development", "work_order": "WO-1003"],
    ]

    private static let screw = "SK1005-01"
    private static let nut = "SK1007-01"

    init(skateboard: Skateboard, site: DemoSite, crew: DemoCrew) {
        (self.skateboard, self.site, self.crew) = (skateboard, site, crew)
        procedures = SkateboardProcedures(site: site)
    }

    /// A run by its title, and the serial numbers of the units it builds.
    struct Build {
        let title: String
        let units: [String]

        /// Titled by its units: `prefix` ends with what their serial numbers begin with.
        init(_ prefix: String, _ numbers: ClosedRange<Int>) {
            let stem = prefix.split(separator: " ").last.map(String.init) ?? prefix
            units = numbers.map { stem + String("\(10000 + $0)".dropFirst()) }
            let range = [units[0]] + (units.count > 1 ? [units[units.count - 1]] : [])
            title = prefix.dropLast(stem.count) + range.joined(separator: " to ")
        }
    }

    private static func builds(_ prefix: String, _ ranges: [ClosedRange<Int>]) -> [Build] {
        ranges.map { Build(prefix, $0) }
    }

    func run() throws {
        try create(wheels, by: procedures.wheel, at: .wheelBench)
        try create(trucks, by: procedures.truck, at: .truckBench)
        try create([complete, halfway, untouched, blocked], by: procedures.board, at: .boardBench, Self.attributes)
        try buildWheels(wheels.map(\.title))
        try buildTrucks(trucks.map(\.title))
        try buildSkateboards()
    }

    private func create(
        _ builds: [Build],
        by procedure: ProcedureDocument,
        at place: DemoSite.Place,
        _ attributes: [[String: DemoValue]] = []
    ) throws {
        let runs = builds.enumerated().map { index, build in
            DemoAct.Run(
                title: build.title,
                procedure: procedure.title,
                serialNumbers: build.units,
                locationId: site.location(place),
                attributes: index < attributes.count ? attributes[index] : [:]
            )
        }
        try crew.act(as: .planner, runs.map(DemoAct.create))
    }

    private func buildWheels(_ runs: [String]) throws {
        try technician(DemoAct.start("Check the parts", in: runs))
        try technician(
            DemoAct.enter("Check the parts", in: runs) {
                ["Bearing seats clean": "pass", "Wheel hardness": .text("\(98 + $0 % 3)")]
            },
            DemoAct.complete("Check the parts", in: runs),
            DemoAct.start("Fit the bearing", in: runs),
            DemoAct.start("Press the bearing in", in: runs)
        )
        try technician(
            DemoAct.install(contents(of: Skateboard.wheel, in: wheels)),
            DemoAct.enter("Press the bearing in", in: runs) { ["Press force": .text("\(610 + 17 * $0)")] },
            DemoAct.complete("Press the bearing in", in: runs),
            DemoAct.start("Measure the seat", in: runs)
        )
        try technician(
            DemoAct.enter("Measure the seat", in: runs) { ["Seat depth": .text("7.0\($0 % 4)")] },
            DemoAct.complete("Measure the seat", in: runs),
            DemoAct.complete("Fit the bearing", in: runs),
            DemoAct.start("Spin test", in: runs)
        )
        try technician(
            DemoAct.enter("Spin test", in: runs) { ["Spin time": .text("\(34 + 3 * $0).5"), "Noise": "none"] },
            DemoAct.complete("Spin test", in: runs),
            DemoAct.start("Release", in: runs)
        )
        try release(
            runs,
            values: ["Date of assembly": .text(today), "Assembled as instructed": true],
            signature: "Released by a second person"
        )
    }

    private func buildTrucks(_ runs: [String]) throws {
        try technician(DemoAct.start("Check both halves", in: runs))
        try technician(
            DemoAct.enter("Check both halves", in: runs) { _ in
                ["No cracks": "pass", "Checked": ["pivot", "axle threads", "baseplate"]]
            },
            DemoAct.complete("Check both halves", in: runs),
            DemoAct.start("Join the halves", in: runs)
        )
        try technician(
            DemoAct.install(contents(of: Skateboard.truck, in: trucks)),
            DemoAct.enter("Join the halves", in: runs) { ["Nut torque": .text("4.\($0)")] },
            DemoAct.complete("Join the halves", in: runs),
            DemoAct.start("Check the steering", in: runs)
        )
        try technician(
            DemoAct.enter("Check the steering", in: runs) {
                ["Steering angle": .text("\(24 + $0)"), "Returns to the middle": true]
            },
            DemoAct.complete("Check the steering", in: runs),
            DemoAct.start("Release", in: runs)
        )
        try release(runs, values: ["Assembled as instructed": true], signature: "Released")
    }

    private func buildSkateboards() throws {
        let begun = [complete, halfway, blocked]
        let finished = [complete, blocked]
        let (all, runs) = (begun.map(\.title), finished.map(\.title))
        let lineUp = zip(begun, Demo.boards).enumerated().map { (build: $1.0, board: $1.1, first: $0) }
        let (trucks, wheels) = (trucks.flatMap(\.units), wheels.flatMap(\.units))

        try technician(DemoAct.start("Inspect the board", in: all))
        try technician(
            DemoAct.install(lineUp.map { unit(Skateboard.board, $0.board, into: $0.build) }),
            DemoAct.enter("Inspect the board", in: all) { _ in
                ["No warp": "pass", "Checked": ["edges", "truck holes", "lamination"]]
            },
            DemoAct.complete("Inspect the board", in: all),
            DemoAct.start("Mount the trucks", in: all),
            DemoAct.start("Mount the front truck", in: all)
        )
        try technician(
            DemoAct.install(lineUp.map { unit(Skateboard.truck, trucks[2 * $0.first], into: $0.build) }),
            DemoAct.enter("Mount the front truck", in: all) { _ in ["Baseplate lies flat": "pass"] },
            DemoAct.complete("Mount the front truck", in: all),
            DemoAct.start("Mount the rear truck", in: all)
        )
        // The halfway one stays here, its rear truck not on yet.
        let rest = lineUp.filter { $0.build.title != halfway.title }
        try technician(
            DemoAct.install(rest.map { unit(Skateboard.truck, trucks[2 * $0.first + 1], into: $0.build) }),
            DemoAct.enter("Mount the rear truck", in: runs) { _ in ["Baseplate lies flat": "pass"] },
            DemoAct.complete("Mount the rear truck", in: runs),
            DemoAct.start("Tighten the truck screws", in: runs)
        )
        try technician(
            DemoAct.install(
                finished.flatMap {
                    [lot(Self.screw, 0, into: $0), lot(Self.nut, $0.title == blocked.title ? 1 : 0, into: $0)]
                }
            ),
            DemoAct.enter("Tighten the truck screws", in: runs) {
                ["Screw torque": .text("3.\($0)"), "Screw heads flush": "pass"]
            },
            DemoAct.complete("Tighten the truck screws", in: runs),
            DemoAct.complete("Mount the trucks", in: runs),
            DemoAct.start("Mount the wheels", in: runs)
        )
        try technician(
            DemoAct.install(
                rest.flatMap { row in
                    (0..<4).map { unit(Skateboard.wheel, wheels[4 * row.first + $0], into: row.build) }
                }
            ),
            DemoAct.enter("Mount the wheels", in: runs) {
                ["Axle nut torque": .text("3.\($0)"), "Largest axial play": "0.25"]
            },
            DemoAct.complete("Mount the wheels", in: runs),
            DemoAct.start("Roll test", in: runs)
        )
        try technician(
            DemoAct.enter("Roll test", in: runs) {
                [
                    "Rolls straight": true, "Drift over 5 m": .text("\(12 + 9 * $0)"),
                    "Date of test": .text(today),
                ]
            },
            DemoAct.complete("Roll test", in: runs),
            DemoAct.start("Release", in: runs)
        )
        try release(
            runs,
            values: ["Finish grade": "A", "Built as instructed": true],
            signature: "Released by a second person"
        )
    }

    /// The technician enters what there is to sign, quality signs it, and the technician signs the step off; where nothing
    /// blocks, that completes the run (C3).
    private func release(_ runs: [String], values: [String: DemoValue], signature: String) throws {
        try technician(DemoAct.enter("Release", in: runs) { _ in values })
        try crew.act(as: .quality, [DemoAct.enter("Release", in: runs) { _ in [signature: true] }])
        try technician(DemoAct.complete("Release", in: runs))
    }

    private func technician(_ queries: Query...) throws { try crew.act(as: .technician, queries) }

    /// All that the published BOM puts into the units of some runs, out of stock.
    private func contents(of assembly: String, in builds: [Build]) -> [DemoAct.Installation] {
        builds.flatMap { build in
            build.units.flatMap { unit in
                skateboard.lines(of: assembly).map { line in
                    DemoAct.Installation(
                        run: build.title,
                        unit: unit,
                        partNumber: line.child,
                        lotNumber: Demo.lot(of: line.child),
                        quantity: "\(line.quantity)"
                    )
                }
            }
        }
    }

    /// One serialized part into the skateboard of a run.
    private func unit(_ part: String, _ serial: String, into build: Build) -> DemoAct.Installation {
        DemoAct.Installation(
            run: build.title,
            unit: build.units[0],
            partNumber: part,
            serialNumber: serial,
            quantity: "1"
        )
    }

    /// What the published BOM puts of a part into a skateboard, less what is missing.
    private func lot(_ part: String, _ missing: Int, into build: Build) -> DemoAct.Installation {
        let needed = skateboard.lines(of: Skateboard.product).first { $0.child == part }?.quantity ?? 0
        return DemoAct.Installation(
            run: build.title,
            unit: build.units[0],
            partNumber: part,
            lotNumber: Demo.lot(of: part),
            quantity: "\(needed - missing)"
        )
    }
}

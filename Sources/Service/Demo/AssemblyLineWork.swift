import Postgres

/// A published assembly line as a procedure, and four units on it: finished, half done, just begun, waiting.
struct AssemblyLineWork {
    private let line: AssemblyLine
    private let site: DemoSite
    private let crew: DemoCrew

    init(line: AssemblyLine, site: DemoSite, crew: DemoCrew) {
        (self.line, self.site, self.crew) = (line, site, crew)
    }

    /// A step for each operation, in the published order, with its time and what must precede it.
    static func procedure(of line: AssemblyLine, _ site: DemoSite) -> ProcedureDocument {
        let before = Dictionary(grouping: line.arcs, by: \.after).mapValues { $0.map { "\($0.before)" } }
        return ProcedureDocument(
            title: "Assembly line \(line.name)",
            description:
                "The published line of \(line.durations.count) operations; a published unit of time is a second.",
            partId: site.part(line.partNumber),
            steps: line.durations.enumerated().map { index, duration in
                ProcedureDocument.Step(
                    key: "\(index + 1)",
                    title: title(of: index + 1),
                    locationId: site.location(line.workCenter),
                    leadTimeSeconds: duration,
                    after: before[index + 1] ?? []
                )
            }
        )
    }

    private var units: [String] { (1...4).map { "\(line.name)-000\($0)" } }

    /// Creates the runs of the four units.
    func plan() throws {
        let procedure = Self.procedure(of: line, site).title
        try crew.act(
            as: .planner,
            units.map { unit in
                try DemoAct.create(
                    .init(
                        title: unit,
                        procedure: procedure,
                        serialNumbers: [unit],
                        locationId: site.location(line.workCenter),
                        attributes: ["work_order": .text("WO-\(line.name)")]
                    )
                )
            }
        )
    }

    /// Works on three of them.
    func work() throws {
        let layers = line.layers.map { $0.map(Self.title) }
        guard let first = layers.first, let last = layers.last else { return }
        let half = halfway()
        try crew.act(as: .technician, [DemoAct.start(first, in: Array(units.prefix(3)))])
        // A transaction signs a layer off and starts the next. The third unit stays in its first layer.
        for (layer, next) in zip(1..., layers.dropFirst()) {
            let begun = Array(units.prefix(layer <= half ? 2 : 1))
            let busy = Array(units.prefix(layer < half ? 2 : 1))
            try crew.act(
                as: .technician,
                [DemoAct.complete(layers[layer - 1], in: begun), DemoAct.start(next, in: busy)]
            )
        }
        try crew.act(as: .technician, [DemoAct.complete(last, in: [units[0]])])
    }

    /// How many layers hold half of the operations.
    private func halfway() -> Int {
        var done = 0
        for (index, layer) in line.layers.enumerated() {
            done += layer.count
            if 2 * done >= line.durations.count { return index + 1 }
        }
        return line.layers.count
    }

    private static func title(of operation: Int) -> String { "Operation \(operation)" }
}

import Postgres

extension Demo {
    /// Lot numbers of the purchased parts that are tracked by lot.
    static func lot(of part: String) -> String { "LOT-\(part)" }
    /// Serial numbers of the boards, one for each skateboard that is begun.
    static let boards = ["BD-0001", "BD-0002", "BD-0003", "BD-0004"]

    private static let lotQuantity = 100

    /// What the floor picks from when an act asks why (S10).
    private static let reasons = [
        "hold": ["Waiting for material", "Waiting for a tool", "Question to engineering"],
        "fail": ["Out of tolerance", "Damaged part"],
        "cancel": ["Not needed for this order"],
        "reset": ["Wrong step", "Wrong unit"],
        "reopen": ["Found after sign-off"],
    ]

    /// Reasons, attributes, places, parts, mBOMs and stock.
    func layOut(_ skateboard: Skateboard, _ lines: [AssemblyLine], _ crew: DemoCrew) throws -> DemoSite {
        let reasons = Self.reasons.sorted { $0.key < $1.key }.flatMap { act, labels in
            labels.map { DemoAct.Reason(act: act, label: $0) }
        }
        try crew.act(as: .admin, reasons.map(DemoAct.create) + Self.attributeDefinitions())
        try crew.act(as: .engineer, places(lines))
        try crew.act(as: .engineer, parts(skateboard, lines))
        let site = try DemoSite(crew)
        try crew.act(as: .engineer, mboms(skateboard, site))
        try crew.act(as: .inventory, receipts(skateboard, site))
        return site
    }

    private func places(_ lines: [AssemblyLine]) throws -> [Query] {
        let works = DemoSite.Place.works.rawValue
        let own = DemoSite.Place.allCases.map { place in
            DemoAct.Location(
                name: place.rawValue,
                parent: place == .works ? nil : works,
                workCenter: ![.works, .stores, .quarantine].contains(place),
                available: place != .quarantine
            )
        }
        let workCenters = lines.map { DemoAct.Location(name: $0.workCenter, parent: works, workCenter: true) }
        return try (own + workCenters).map(DemoAct.create)
    }

    private func parts(_ skateboard: Skateboard, _ lines: [AssemblyLine]) throws -> [Query] {
        let purchased = skateboard.purchased.map { part in
            DemoAct.Part(
                partNumber: part.number,
                name: part.name,
                description: part.description,
                tracking: part.number == Skateboard.board ? "serial" : "lot"
            )
        }
        let made = Skateboard.assemblies.map {
            DemoAct.Part(partNumber: $0.number, name: $0.name, description: $0.description, tracking: "serial")
        }
        let packed = DemoAct.Part(
            partNumber: SkateboardProcedures.packedPart,
            name: "Skateboard, packed",
            description: "One skateboard in its box",
            tracking: "serial"
        )
        let builtOnLines = lines.map { line in
            DemoAct.Part(
                partNumber: line.partNumber,
                name: "Unit of line \(line.name)",
                description: "What the published assembly line \(line.name) builds",
                tracking: "serial"
            )
        }
        return try (purchased + made + [packed] + builtOnLines).map(DemoAct.create)
    }

    private func mboms(_ skateboard: Skateboard, _ site: DemoSite) throws -> [Query] {
        try Skateboard.assemblies.flatMap { assembly in
            let lines = skateboard.lines(of: assembly.number).map {
                ProcedureDocument.Requirement(partId: site.part($0.child), quantityPerUnit: "\($0.quantity)")
            }
            return try DemoAct.release(.init(lines: lines), of: site.part(assembly.number))
        }
    }

    private func receipts(_ skateboard: Skateboard, _ site: DemoSite) throws -> [Query] {
        try skateboard.purchased.flatMap { part in
            let receipts =
                part.number == Skateboard.board
                ? Self.boards.map { board in
                    DemoAct.Receipt(
                        partId: site.part(part.number),
                        serialNumber: board,
                        quantity: "1",
                        locationId: site.location(.stores)
                    )
                }
                : [
                    DemoAct.Receipt(
                        partId: site.part(part.number),
                        lotNumber: Self.lot(of: part.number),
                        quantity: "\(Self.lotQuantity)",
                        locationId: site.location(.stores)
                    )
                ]
            return try receipts.map(DemoAct.receive)
        }
    }
}

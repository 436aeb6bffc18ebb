/// The skateboard as published: what is bought, and what goes into what.
struct Skateboard {
    struct Part: Equatable {
        let number: String
        let name: String
        let description: String
    }

    /// How many of a child one parent holds.
    struct Line: Equatable {
        let parent: String
        let child: String
        let quantity: Int
    }

    static let product = "SKA-100"
    static let truck = "TR-01"
    static let wheel = "WH-01"
    static let board = "SK1002-01"
    /// What is made here; the source names these by number only.
    static let assemblies = [
        Part(number: wheel, name: "Wheel assembly", description: "Wheels with their bearing and nuts"),
        Part(number: truck, name: "Truck assembly", description: "Fixed and movable half, joined"),
        Part(number: product, name: "Skateboard", description: "Board with two trucks and four wheel assemblies"),
    ]

    let purchased: [Part]
    let lines: [Line]

    init() throws(DemoError) {
        purchased = try CSVTable("parts.csv", PackageResources.parts_csv).rows.map { row in
            let supplier = [row["Supplier"], row["Supplier PN"]].compactMap { $0 }.filter { !$0.isEmpty }
            return Part(
                number: row["PN"] ?? "",
                name: row["Name"] ?? "",
                description: ([row["Description"] ?? ""] + supplier).joined(separator: ", ")
            )
        }
        var lines: [Line] = []
        for (index, row) in try CSVTable("bom.csv", PackageResources.bom_csv).rows.enumerated() {
            guard let parent = row["parent"], let child = row["child"], let quantity = row["qty"].flatMap({ Int($0) })
            else { throw .dataUnreadable(file: "bom.csv", line: index + 2) }
            lines.append(Line(parent: parent, child: child, quantity: quantity))
        }
        self.lines = lines
    }

    /// What goes into one of an assembly.
    func lines(of assembly: String) -> [Line] { lines.filter { $0.parent == assembly } }
}

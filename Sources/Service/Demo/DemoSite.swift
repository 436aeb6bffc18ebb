import Postgres

/// The ids of the demo's places and parts by their names.
struct DemoSite {
    /// The places beside the assembly lines' work centers.
    enum Place: String, CaseIterable {
        case works = "Skateboard works"
        case stores = "Stores"
        case quarantine = "Quarantine"
        case wheelBench = "Wheel bench"
        case truckBench = "Truck bench"
        case boardBench = "Board bench"
        case testTrack = "Test track"
        case packing = "Packing"
    }

    private static let names = Statement(
        "demo_names",
        """
        select 'location', l.name, l.id from traveler.location l where l.org_id = (select traveler.current_org())
        union all
        select 'part', p.part_number, p.id from traveler.part p where p.org_id = (select traveler.current_org())
        """
    )

    private var locations: [String: String] = [:]
    private var parts: [String: String] = [:]

    init(_ crew: DemoCrew) throws {
        let result = try crew.read(as: .engineer, Query(Self.names))
        for row in 0..<result.rowCount {
            guard let name = result.string(row, 1) else { continue }
            if result.string(row, 0) == "part" {
                parts[name] = result.string(row, 2)
            } else {
                locations[name] = result.string(row, 2)
            }
        }
    }

    func location(_ name: String) -> String? { locations[name] }
    func location(_ place: Place) -> String? { locations[place.rawValue] }
    func part(_ number: String) -> String? { parts[number] }
}

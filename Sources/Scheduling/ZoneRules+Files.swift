import FoundationEssentials

extension ZoneRules {
    /// Where the IANA database is installed.
    package static let directory = "/usr/share/zoneinfo"

    /// A zone of the IANA database, by its name; names are told apart by case.
    ///
    /// - Throws: ``ScheduleRefusal/unknownZone(_:)``.
    package init(named name: String, directory: String = Self.directory) throws(ScheduleRefusal) {
        if name == "UTC" {
            self = .utc
            return
        }
        // Files of the same directory that are no zones, or are whichever the host is in.
        if ["localtime", "posixrules", "Factory"].contains(name) { throw .unknownZone(name) }
        // The name comes from people and becomes a path: parts of letters, digits, _, + and -, none of them empty or a dot.
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isName =
            name.utf8.count <= 64
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.allSatisfy { byte in
                        switch byte {
                        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"),
                            UInt8(ascii: "-"):
                            true
                        default: false
                        }
                    }
            }
        guard isName, let data = FileManager.default.contents(atPath: directory + "/" + name),
            let rules = ZoneRules(name: name, tzif: [UInt8](data))
        else { throw .unknownZone(name) }
        self = rules
    }
}

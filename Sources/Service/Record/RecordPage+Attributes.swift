import HTTP

extension RecordPage {
    /// The org's own attributes of the run, by what they were called when the record was made (F2).
    func attributes(_ page: inout HTMLWriter) {
        let attributes = items(document["attributes"])
        guard !attributes.isEmpty else { return }
        page.element("h2") { $0.raw("Attributes") }
        table(of: attributes, &page)
    }

    /// The attributes of a step, beneath it.
    func attributes(of step: JSONValue, _ page: inout HTMLWriter) { table(of: items(step["attributes"]), &page) }

    /// The attributes of what the run built, beneath the units.
    func attributesOfUnits(_ page: inout HTMLWriter) {
        let pairs = items(document["units"]).flatMap { unit in items(unit["attributes"]).map { (unit, $0) } }
        page.table(["Unit", "Attribute", "Value"], pairs) { pair, row in
            let (unit, attribute) = pair
            let numbers = [word(unit["serial_number"]), word(unit["lot_number"])].filter { $0 != "" }
            row.element("td", numbers.joined(separator: ", "))
            row.element("td", word(attribute["label"]))
            row.element("td", value(ofAttribute: attribute))
        }
    }

    private func table(of attributes: [JSONValue], _ page: inout HTMLWriter) {
        page.table(["Attribute", "Value"], attributes) { attribute, row in
            row.element("td", word(attribute["label"]))
            row.element("td", value(ofAttribute: attribute))
        }
    }

    /// A user by name, a part by number, a file by its name and digest, a time as elsewhere; other values as they are.
    private func value(ofAttribute attribute: JSONValue) -> String {
        let detail = attribute["detail"]
        switch attribute["type"]?.text {
        case "user": return word(detail?["name"])
        case "part": return "\(word(detail?["part_number"])) rev. \(word(detail?["revision"]))"
        case "file": return "\(word(detail?["file_name"])), SHA-256 \(word(detail?["digest"]))"
        case "datetime": return time(attribute["value"])
        default: return plain(attribute["value"] ?? .null)
        }
    }
}

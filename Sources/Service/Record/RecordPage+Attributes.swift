import HTTP

extension RecordPage {
    /// The org's own attributes of the run, by what they were called when the record was made (F2).
    func attributes(_ page: inout HTMLWriter) {
        let attributes = items(document["attributes"])
        guard !attributes.isEmpty else { return }
        page.element("h2") { $0.raw("Attributes") }
        page.table(["Attribute", "Value"], attributes) { attribute, row in
            row.element("td", word(attribute["label"]))
            row.element("td", value(ofAttribute: attribute))
        }
    }

    /// A user by name, a part by number, a file by its name and digest; other values as they are.
    private func value(ofAttribute attribute: JSONValue) -> String {
        let detail = attribute["detail"]
        switch attribute["type"]?.text {
        case "user": return word(detail?["name"])
        case "part": return "\(word(detail?["part_number"])) rev. \(word(detail?["revision"]))"
        case "file": return "\(word(detail?["file_name"])), SHA-256 \(word(detail?["digest"]))"
        default: return plain(attribute["value"] ?? .null)
        }
    }
}

import HTTP

/// An as-built record as a page that prints well: the record's own document in words (C5, E2), and what came after it.
///
/// It shows what the document says and looks nothing up, so that the page of a record never changes but for the
/// reopening that superseded it.
struct RecordPage {
    let document: JSONValue
    /// SHA-256 of the document's bytes, in hex.
    let digest: String
    /// The reopening that superseded the record (C6); nil while it stands.
    let superseding: JSONValue?

    var html: [UInt8] {
        var page = HTMLWriter()
        page.raw("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
        page.text("As-built record, run \(word(run["number"])), \(word(part["part_number"]))")
        page.raw("</title><style>")
        page.raw(Self.style)
        page.raw("</style></head><body>")
        head(&page)
        attributes(&page)
        units(&page)
        attributesOfUnits(&page)
        steps(&page)
        parts(&page)
        remarks(&page)
        foot(&page)
        page.raw("</body></html>\n")
        return page.bytes
    }

    var run: JSONValue { document["run"] ?? .null }
    var part: JSONValue { document["part"] ?? .null }

    private func head(_ page: inout HTMLWriter) {
        page.element("header") { header in
            header.element("p", class: "org") { $0.text(word(document["org"]?["name"])) }
            header.element("h1", "As-built record \(word(run["completion_number"])) of run \(word(run["number"]))")
            header.element("p", word(run["title"]))
            if let superseding {
                header.element("p", class: "superseded") { note in
                    note.text("Superseded: the run was reopened \(time(superseding["reopened_at"])) by ")
                    note.text("\(word(superseding["reopened_by_name"])). \(word(superseding["reason"]))")
                }
            }
            let procedure = document["procedure"]
            let versioned = "\(word(procedure?["title"])), version \(word(procedure?["version_number"]))"
            let facts: [(StaticString, String)] = [
                ("Part", "\(word(part["part_number"])) rev. \(word(part["revision"])), \(word(part["name"]))"),
                ("Quantity", "\(word(run["quantity"])) \(word(part["unit"]))"),
                ("Procedure", procedure == .null ? "None: its steps came by redlines" : versioned),
                ("Status", word(run["status"]).replacing("_", with: " ")),
                ("Created", time(run["created_at"])), ("Started", time(run["started_at"])),
                ("Completed", "\(time(run["completed_at"])) by \(person(run["completed_by"]))"),
            ]
            header.element("dl") { list in
                for (name, text) in facts {
                    list.element("dt") { $0.raw(name) }
                    list.element("dd", text)
                }
            }
        }
    }

    private func units(_ page: inout HTMLWriter) {
        page.element("h2") { $0.raw("Units built") }
        page.table(["Serial number", "Lot number", "Quantity", "Taken, built under"], items(document["units"])) {
            unit,
            row in
            row.element("td", word(unit["serial_number"]))
            row.element("td", word(unit["lot_number"]))
            row.element("td", word(unit["quantity"]))
            row.element("td", class: "digest") { cell in
                guard unit["taken"] == .boolean(true) else { return }
                cell.text(citation(unit["as_built"]) ?? "Taken")
            }
        }
    }

    private func parts(_ page: inout HTMLWriter) {
        let requirements = items(document["build_requirements"])
        guard !requirements.isEmpty else { return }
        page.element("h2") { $0.raw("Parts installed") }
        page.table(["Part", "Needed", "Installed", "There before", "Excepted", "Where"], requirements) {
            requirement,
            row in
            row.element("td", "\(word(requirement["part_number"])) rev. \(word(requirement["revision"]))")
            for name in ["needed", "installed", "carried", "excepted"] { row.element("td", word(requirement[name])) }
            row.element("td", items(requirement["reference_designators"]).map(word).joined(separator: ", "))
        }
        let installations = requirements.flatMap { items($0["installations"]) }
        page.table(["Part", "Serial or lot", "Quantity", "Installed", "Removed", "Its own record"], installations) {
            part,
            row in
            let place = word(part["reference_designator"])
            row.element(
                "td",
                "\(word(part["part_number"])) rev. \(word(part["revision"]))" + (place == "" ? "" : " at \(place)")
            )
            row.element(
                "td",
                [word(part["serial_number"]), word(part["lot_number"])].filter { $0 != "" }.joined(separator: ", ")
            )
            row.element("td", word(part["quantity"]))
            let made = part["made_on_assembly"] == .boolean(true) ? "Made on assembly, " : ""
            row.element("td", "\(made)\(time(part["installed_at"])), \(person(part["installed_by"]))")
            row.element("td", removal(part))
            row.element("td", class: "digest") { $0.text(citation(part["as_built"]) ?? "") }
        }
        let carried = requirements.flatMap { items($0["carried_installations"]) }
        page.table(
            ["There before", "Serial or lot", "Counts", "Installed by run", "Taken out", "Its own record"],
            carried
        ) {
            part,
            row in
            row.element("td", "\(word(part["part_number"])) rev. \(word(part["revision"]))")
            row.element(
                "td",
                [word(part["serial_number"]), word(part["lot_number"])].filter { $0 != "" }.joined(separator: ", ")
            )
            row.element("td", word(part["quantity"]))
            row.element("td", word(part["run_number"]))
            row.element("td", time(part["ended_at"]))
            row.element("td", class: "digest") { $0.text(citation(part["as_built"]) ?? "") }
        }
        page.table(["Exception", "Quantity", "Issue", "By"], requirements.flatMap { items($0["exceptions"]) }) {
            exception,
            row in
            row.element("td", word(exception["reason"]))
            row.element("td", word(exception["quantity"]))
            row.element("td", word(exception["issue_number"]))
            row.element("td", "\(time(exception["created_at"])), \(person(exception["created_by"]))")
        }
    }

    /// The record that a part or a unit was built under; nil when it has none.
    private func citation(_ record: JSONValue?) -> String? {
        guard let record, record != .null else { return nil }
        return "Run \(word(record["run_number"])), record \(word(record["record_number"])): \(word(record["digest"]))"
    }

    private func removal(_ part: JSONValue) -> String {
        guard word(part["removed_at"]) != "" else { return "" }
        let run = word(part["removed_run_number"])
        let reason = word(part["removal_reason"])
        return
            "\(time(part["removed_at"])), \(person(part["removed_by"]))\(run == "" ? "" : ", by run \(run)"): \(reason)"
    }

    private func remarks(_ page: inout HTMLWriter) {
        let redlines = items(document["redlines"])
        if !redlines.isEmpty { page.element("h2") { $0.raw("Redlines") } }
        page.table(["Number", "Step", "What", "Why", "Opened", "Closed"], redlines) { redline, row in
            row.element("td", word(redline["number"]))
            row.element("td", title(ofStep: redline["run_step_id"]))
            row.element("td", "\(word(redline["kind"])), \(word(redline["state"]))")
            row.element("td", word(redline["reason"]))
            row.element("td", "\(time(redline["opened_at"])), \(person(redline["author"]))")
            row.element(
                "td",
                word(redline["closed_at"]) == "" ? "" : "\(time(redline["closed_at"])), \(person(redline["closed_by"]))"
            )
        }
        let issues = items(document["issues"])
        if !issues.isEmpty { page.element("h2") { $0.raw("Issues") } }
        page.table(["Number", "Title", "Step", "State", "Disposition"], issues) { issue, row in
            row.element("td", word(issue["number"]))
            row.element("td", word(issue["title"]))
            row.element("td", title(ofStep: issue["run_step_id"]))
            row.element("td", word(issue["state"]).replacing("_", with: " "))
            row.element("td", word(issue["disposition"]))
        }
        let remarks = items(document["remarks"])
        if !remarks.isEmpty { page.element("h2") { $0.raw("Remarks on completion") } }
        page.table(["What", "Severity", "Since", "Acknowledged"], remarks) { remark, row in
            row.element("td", word(remark["what"]))
            row.element("td", word(remark["severity"]))
            row.element("td", time(remark["since"]))
            let by = person(remark["acknowledged_by"])
            row.element("td", by == "" ? "" : "\(time(remark["acknowledged_at"])), \(by)")
        }
    }

    private func foot(_ page: inout HTMLWriter) {
        page.element("footer") { footer in
            footer.element("p", "Format \(word(document["format"])). SHA-256 of the record's bytes:")
            footer.element("p", class: "digest") { $0.text(digest) }
            footer.element("p") {
                $0.raw(
                    "Who has the record\u{2019}s own bytes can take the digest again: this page is only their reading."
                )
            }
        }
    }

    /// The title of a step of the document, by its id.
    func title(ofStep id: JSONValue?) -> String {
        items(document["steps"]).first { $0["id"] == id }.map { word($0["title"]) } ?? ""
    }

    private static let style: StaticString = """
        @page{margin:16mm 14mm}body{font:10.5pt/1.4 system-ui,sans-serif;color:#111;max-width:190mm;margin:8mm auto}
        h1{font-size:17pt;margin:.2em 0}h2{font-size:12.5pt;margin:1.4em 0 .4em;border-bottom:1px solid #111;break-after:avoid}
        h3{font-size:11pt;margin:1em 0 .2em;break-after:avoid}.org{margin:0;text-transform:uppercase;letter-spacing:.06em;font-size:9pt}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.15em 1em;margin:.6em 0}dt{color:#555}dd{margin:0}
        table{border-collapse:collapse;width:100%;margin:.3em 0 .8em;font-size:9.5pt}th,td{border:1px solid #999;padding:.2em .4em;text-align:left;vertical-align:top}
        th{background:#eee;font-weight:600}tr{break-inside:avoid}thead{display:table-header-group}
        .instructions{white-space:pre-wrap;margin:.2em 0 .4em}.by{color:#444;margin:.1em 0;font-size:9.5pt}
        .digest{font-family:ui-monospace,monospace;font-size:8pt;overflow-wrap:anywhere}.wrong,.superseded{font-weight:700}
        .superseded{border:2px solid #111;padding:.4em}footer{margin-top:2em;border-top:1px solid #111;font-size:9pt}
        """
}

extension RecordPage {
    /// The steps in the order of the work, nested ones after what they are nested in, each with what was entered and signed.
    func steps(_ page: inout HTMLWriter) {
        page.element("h2") { $0.raw("Steps") }
        let nested = Dictionary(grouping: items(document["steps"])) { word($0["parent_id"]) }
        steps(in: "", of: nested, number: "", &page)
    }

    private func steps(in parent: String, of nested: [String: [JSONValue]], number: String, _ page: inout HTMLWriter) {
        for (index, step) in (nested[parent] ?? []).enumerated() {
            let place = number + "\(index + 1)"
            self.step(step, place, &page)
            steps(in: word(step["id"]), of: nested, number: place + ".", &page)
        }
    }

    private func step(_ step: JSONValue, _ number: String, _ page: inout HTMLWriter) {
        page.element("h3", "\(number) \(word(step["title"]))")
        var facts = [word(step["state"]).replacing("_", with: " ")]
        if word(step["withdrawn_at"]) != "" { facts.append("withdrawn \(time(step["withdrawn_at"]))") }
        if word(step["location"]) != "" { facts.append(word(step["location"])) }
        if step["required"] == .boolean(false) { facts.append("optional") }
        if word(step["attempt"]) != "1" { facts.append("attempt \(word(step["attempt"]))") }
        if word(step["started_at"]) != "" { facts.append("started \(time(step["started_at"]))") }
        if word(step["completed_at"]) != "" {
            facts.append("signed off \(time(step["completed_at"])) by \(person(step["completed_by"]))")
        }
        page.element("p", class: "by") { $0.text(facts.joined(separator: " \u{00B7} ")) }
        if word(step["instructions"]) != "" {
            page.element("p", class: "instructions") { $0.text(word(step["instructions"])) }
        }
        attributes(of: step, &page)
        fields(items(step["fields"]), &page)
        signatures(step, &page)
    }

    private func fields(_ fields: [JSONValue], _ page: inout HTMLWriter) {
        page.table(["Field", "Value", "Asked for", "Entered"], fields) { field, row in
            row.element("td", word(field["name"]))
            row.element("td", value(of: field))
            row.element("td", asked(of: field))
            let by = person(field["entered_by"])
            row.element("td", by == "" ? "" : "\(time(field["entered_at"])), \(by)")
        }
    }

    private func value(of field: JSONValue) -> String {
        if word(field["withdrawn_at"]) != "" { return "withdrawn" }
        if field["not_applicable"] == .boolean(true) { return "not applicable" }
        let unit = word(field["unit"])
        let value = plain(field["value"] ?? .null)
        return unit == "" || value == "" ? value : "\(value) \(unit)"
    }

    /// A value as a person reads it.
    func plain(_ value: JSONValue) -> String {
        switch value {
        case .null: ""
        case .boolean(let holds): holds ? "yes" : "no"
        case .number(let text), .string(let text): text
        case .array(let elements): elements.map(plain).joined(separator: "; ")
        case .object(let members): members.map { "\($0.name): \(plain($0.value))" }.joined(separator: ", ")
        }
    }

    private func asked(of field: JSONValue) -> String {
        let limits = [("at least ", word(field["minimum"])), ("at most ", word(field["maximum"]))]
        var parts = limits.filter { $0.1 != "" }.map { $0.0 + $0.1 }
        if word(field["target"]) != "" { parts.insert("target \(word(field["target"]))", at: 0) }
        if field["required"] == .boolean(false) { parts.append("optional") }
        return parts.joined(separator: ", ")
    }

    private func signatures(_ step: JSONValue, _ page: inout HTMLWriter) {
        page.table(["Signature", "Signed by", "Role", "When", "What was signed"], items(step["signatures"])) {
            signature,
            row in
            row.element("td", voided(signature, word(signature["meaning"])))
            row.element("td", word(signature["printed_name"]))
            row.element("td", word(signature["role"]))
            row.element("td", time(signature["signed_at"]))
            row.element("td", class: "digest") { $0.text(word(signature["digest"])) }
        }
        let decisions = items(step["approvals"]).flatMap { need in
            items(need["decisions"]).map { (role: word(need["role"]), decision: $0) }
        }
        page.table(["Approval", "Role", "By", "When"], decisions) { each, row in
            let reason = word(each.decision["reason"])
            let decided = word(each.decision["decision"]) + (reason == "" ? "" : ": \(reason)")
            row.element("td", voided(each.decision, decided))
            row.element("td", each.role)
            row.element("td", person(each.decision["user"]))
            row.element("td", time(each.decision["decided_at"]))
        }
        page.table(["Deviation", "Value", "Accepted"], items(step["deviations"])) { deviation, row in
            row.element("td", voided(deviation, word(deviation["rationale"])))
            row.element("td", plain(deviation["value"] ?? .null))
            row.element("td", "\(time(deviation["accepted_at"])), \(person(deviation["accepted_by"]))")
        }
    }

    /// What is void says so, and why.
    private func voided(_ record: JSONValue, _ text: String) -> String {
        guard word(record["voided_at"]) != "" else { return text }
        return "\(text) (void since \(time(record["voided_at"])): \(word(record["void_reason"])))"
    }
}

extension RecordPage {
    func items(_ value: JSONValue?) -> [JSONValue] {
        if case .array(let elements)? = value { elements } else { [] }
    }

    /// A text or a number as it stands; empty for what is not there.
    func word(_ value: JSONValue?) -> String {
        switch value {
        case .string(let text)?, .number(let text)?: text
        default: ""
        }
    }

    /// An actor by the name that they had, else by what they are.
    func person(_ actor: JSONValue?) -> String {
        let name = word(actor?["name"])
        return name == "" ? word(actor?["actor"]) : name
    }

    /// A time to the second, in UTC: `2026-02-28 13:45:00 UTC`.
    func time(_ value: JSONValue?) -> String {
        let text = word(value)
        guard text.utf8.count >= 20 else { return text }
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) UTC"
    }
}

import HTTP

/// The rows of a file to import, as Postgres takes them, and what is wrong with them before it has seen them.
struct ImportTable {
    enum Format: String, CaseIterable {
        case csv, json
    }

    private(set) var rows: [JSONValue] = []
    private(set) var faults: [ImportFault] = []

    init(_ bytes: [UInt8], _ format: Format, _ kind: ImportKind) {
        switch format {
        case .csv: readCSV(bytes, kind)
        case .json: readJSON(bytes)
        }
        if rows.isEmpty, faults.isEmpty { faults = [ImportFault(1, "", "no_rows", "There is no row in it.")] }
        faults.sort { ($0.row, $0.column) < ($1.row, $1.column) }
    }

    /// The request of `traveler.import_rows`.
    func request(_ kind: ImportKind) -> [UInt8] {
        var json = JSONWriter(capacity: rows.count * 128 + 64)
        json.object { json in
            json.key("kind")
            json.string(kind.rawValue)
            json.key("rows")
            json.array { json in for row in rows { row.write(into: &json) } }
        }
        return json.bytes
    }

    private mutating func readCSV(_ bytes: [UInt8], _ kind: ImportKind) {
        let table = CSVReader(bytes, mostRows: ImportKind.mostRows)
        let wrong = Self.headerFaults(table.header, kind)
        guard wrong.isEmpty else {
            faults = wrong
            return
        }
        faults = table.faults
        // A row with a fault of its own is told once, and not judged with a hole in it.
        let faulty = Set(faults.map(\.row))
        let records = table.records.filter { !faulty.contains($0.row) }
            .map { record in
                let cells = zip(table.header, record.fields).compactMap { name, field in field.map { (name, $0) } }
                return (row: record.row, cells: Dictionary(cells) { first, _ in first })
            }
        if kind == .procedures {
            let made = ProcedureRows(records, header: table.header)
            rows = made.documents
            faults += made.faults
            return
        }
        rows = records.map { record in
            let members = table.header.compactMap { name in
                record.cells[name].map { JSONValue.Member(name: name, value: .string($0)) }
            }
            return .object([JSONValue.Member(name: "row", value: .number(String(record.row)))] + members)
        }
    }

    private static func headerFaults(_ header: [String], _ kind: ImportKind) -> [ImportFault] {
        guard !header.isEmpty else { return [] }
        let known = kind.required + kind.optional
        var faults: [ImportFault] = []
        for (place, name) in header.enumerated() {
            if !known.contains(name), !kind.attributes.contains(where: { name.hasPrefix($0) }) {
                let columns = (known + kind.attributes.map { $0 + "KEY" }).joined(separator: ", ")
                faults.append(ImportFault(1, name, "column_unknown", "There is no such column: there are \(columns)."))
            } else if header[..<place].contains(name) {
                faults.append(ImportFault(1, name, "column_twice", "The column is there twice."))
            }
        }
        for name in kind.required where !header.contains(name) {
            faults.append(ImportFault(1, name, "column_missing", "The column is missing."))
        }
        return faults
    }

    /// An array of objects.
    private mutating func readJSON(_ bytes: [UInt8]) {
        let document: JSONValue
        do throws(JSONFault) {
            document = try JSONReader.read(bytes)
        } catch {
            faults = [ImportFault(1, "", "malformed_json", error.detail)]
            return
        }
        guard case .array(let elements) = document else {
            faults = [ImportFault(1, "", "not_an_array", "The file is an array of objects, not \(document.kind).")]
            return
        }
        guard elements.count <= ImportKind.mostRows else {
            let most = ImportKind.mostRows
            faults = [ImportFault(most + 1, "", "too_many_rows", "A file has at most \(most) rows: divide it.")]
            return
        }
        for (index, element) in elements.enumerated() {
            guard case .object(let members) = element else {
                faults.append(ImportFault(index + 1, "", "not_an_object", "A row is an object, not \(element.kind)."))
                continue
            }
            let number = JSONValue.Member(name: "row", value: .number(String(index + 1)))
            rows.append(.object([number] + members.filter { $0.name != "row" }))
        }
    }
}

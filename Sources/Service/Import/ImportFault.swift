/// What is wrong with a row that was to be imported.
struct ImportFault: Equatable, CustomStringConvertible {
    /// As a spreadsheet counts: the header is row 1. In JSON, the number of the element.
    var row: Int
    /// Empty for the row as a whole.
    var column: String
    var code: String
    var detail: String

    var description: String { "row \(row)\(column.isEmpty ? "" : ", \(column)"): \(detail)" }

    /// One that Postgres told; nil for JSON that is none.
    init?(_ json: JSONValue) {
        guard case .number(let text)? = json["row"], let row = Int(text), let detail = json["detail"]?.text else {
            return nil
        }
        self.init(row, json["column"]?.text ?? "", json["code"]?.text ?? "", detail)
    }

    init(_ row: Int, _ column: String, _ code: String, _ detail: String) {
        self.row = row
        self.column = column
        self.code = code
        self.detail = detail
    }
}

/// A table of comma-separated values with a header line. It knows no quotes: a field holds no comma.
struct CSVTable {
    let rows: [[String: String]]

    /// - Throws: ``DemoError/dataUnreadable(file:line:)`` for a row that has more or fewer fields than the header.
    init(_ file: String, _ bytes: [UInt8]) throws(DemoError) {
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        let table = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        var rows: [[String: String]] = []
        for (index, fields) in table.enumerated().dropFirst() {
            guard fields.count == table[0].count else { throw .dataUnreadable(file: file, line: index + 1) }
            rows.append(Dictionary(zip(table[0], fields)) { first, _ in first })
        }
        self.rows = rows
    }
}

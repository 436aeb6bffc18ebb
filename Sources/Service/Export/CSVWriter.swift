import Postgres

/// Rows as comma-separated values (RFC 4180): UTF-8, CRLF, a header line. NULL is an empty field and the empty text is
/// `""`.
///
/// A text that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a carriage return, and is
/// no plain number) gets an apostrophe in front, as does one that begins with an apostrophe before one of these: an import
/// takes it off again. Numbers, times and truth values are what their columns say, and stay as they are.
struct CSVWriter {
    private enum Form {
        case text, number, boolean, time
    }

    private let forms: [Form]

    /// For rows like this one.
    ///
    /// - Parameter hidden: how many columns at the end are not written.
    init(_ row: Row, hidden: Int = 0) {
        forms = (0..<row.columnCount - hidden).map { Self.form(row.columnType($0)) }
    }

    private static func form(_ type: UInt32) -> Form {
        switch type {
        case 16: .boolean
        case 20, 21, 23, 26, 700, 701, 1700: .number
        case 1184: .time
        default: .text
        }
    }

    /// The header line.
    static func header(_ names: [String]) -> [UInt8] {
        var line: [UInt8] = []
        for (index, name) in names.enumerated() {
            if index > 0 { line.append(UInt8(ascii: ",")) }
            var name = name
            name.withUTF8 { text(UnsafeRawBufferPointer($0), into: &line) }
        }
        return line + [0x0D, 0x0A]
    }

    func write(_ row: Row, into bytes: inout [UInt8]) { write(row, into: &bytes) { _ in } }

    /// Writes a row; `more` adds fields of its own at its end.
    func write(_ row: Row, into bytes: inout [UInt8], more: (inout [UInt8]) throws -> Void) rethrows {
        for (column, form) in forms.enumerated() {
            if column > 0 { bytes.append(UInt8(ascii: ",")) }
            _ = row.withBytes(column) { value in
                switch form {
                case .number: bytes.append(contentsOf: value)
                case .boolean: bytes.append(contentsOf: (value.first == UInt8(ascii: "t") ? "true" : "false").utf8)
                case .time: RowWriter.withTime(value) { bytes.append(contentsOf: $0) }
                case .text: Self.text(value, into: &bytes)
                }
            }
        }
        try more(&bytes)
        bytes.append(0x0D)
        bytes.append(0x0A)
    }

    /// One text as a field.
    static func text(_ value: UnsafeRawBufferPointer, into bytes: inout [UInt8]) {
        let isHarmful = isFormula(value)
        let asksForQuotes =
            isHarmful || value.isEmpty || value.first == 0x20 || value.last == 0x20
            || value.contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == 0x0A || $0 == 0x0D }
        guard asksForQuotes else { return bytes.append(contentsOf: value) }
        bytes.append(UInt8(ascii: "\""))
        if isHarmful { bytes.append(UInt8(ascii: "'")) }
        for byte in value {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Whether a spreadsheet would compute it, or an import would take its apostrophe off.
    static func isFormula(_ value: some BidirectionalCollection<UInt8>) -> Bool {
        guard let first = value.first else { return false }
        if first == UInt8(ascii: "'") {
            return value.dropFirst().first.map { beginsFormula($0) || $0 == UInt8(ascii: "'") } ?? false
        }
        return beginsFormula(first) && !isNumber(value)
    }

    static func beginsFormula(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"), 0x09, 0x0D: true
        default: false
        }
    }

    /// A sign, digits and perhaps a decimal point among them.
    private static func isNumber(_ value: some BidirectionalCollection<UInt8>) -> Bool {
        let rest = value.dropFirst(value.first == UInt8(ascii: "-") || value.first == UInt8(ascii: "+") ? 1 : 0)
        let parts = rest.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count <= 2
            && parts.allSatisfy { part in
                !part.isEmpty && part.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            }
    }
}

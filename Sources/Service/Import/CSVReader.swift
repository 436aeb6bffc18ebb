/// Reads comma-separated values (RFC 4180) strictly, as a pure function of their bytes, and says of every record what is
/// wrong with it.
///
/// UTF-8, with or without a byte order mark; lines end in CRLF or LF; empty lines are passed over. An empty field is
/// absent, `""` is the empty text. A field that a spreadsheet would compute is refused, unless an apostrophe stands before
/// it, which is taken off (``CSVWriter`` puts it there).
struct CSVReader {
    struct Record: Equatable {
        /// The header is row 1.
        var row: Int
        var fields: [String?]
    }

    private(set) var header: [String] = []
    private(set) var records: [Record] = []
    private(set) var faults: [ImportFault] = []

    private let bytes: [UInt8]
    private var index = 0
    private var row = 0

    /// - Parameter mostRows: below the header. What comes after is not read, and the first such row is the only fault.
    init(_ bytes: [UInt8], mostRows: Int) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            faults = [ImportFault(1, "", "not_utf8", "The file is in UTF-16: save it as CSV in UTF-8.")]
            return
        }
        while index < bytes.count {
            row += 1
            let fields = record()
            if fields == [nil] { continue }
            if header.isEmpty {
                header = fields.map { $0 ?? "" }
                continue
            }
            guard row <= mostRows + 1 else {
                records = []
                faults = [ImportFault(row, "", "too_many_rows", "A file has at most \(mostRows) rows: divide it.")]
                return
            }
            guard fields.count == header.count else {
                fault("", "field_count", "There are \(fields.count) fields, and \(header.count) columns.")
                continue
            }
            records.append(Record(row: row, fields: fields))
        }
        if header.isEmpty { faults.append(ImportFault(1, "", "header_missing", "The file is empty.")) }
    }

    private mutating func fault(_ column: String, _ code: String, _ detail: String) {
        faults.append(ImportFault(row, column, code, detail))
    }

    private func column(_ place: Int) -> String { place < header.count ? header[place] : "field \(place + 1)" }

    /// One record, up to and with its line end.
    private mutating func record() -> [String?] {
        var fields: [String?] = []
        while true {
            let name = column(fields.count)
            if index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
                fields.append(text(quoted(name), name))
            } else {
                let value = plain(name)
                fields.append(value.isEmpty ? nil : text(value, name))
            }
            guard index < bytes.count else { return fields }
            let separator = bytes[index]
            index += 1
            if separator == UInt8(ascii: ",") { continue }
            if separator == 0x0D { index += 1 }
            return fields
        }
    }

    private func endsHere(_ place: Int) -> Bool {
        guard place < bytes.count else { return true }
        switch bytes[place] {
        case UInt8(ascii: ","), 0x0A: return true
        case 0x0D: return place + 1 < bytes.count && bytes[place + 1] == 0x0A
        default: return false
        }
    }

    private mutating func plain(_ name: String) -> ArraySlice<UInt8> {
        let start = index
        var isWrong = false
        while !endsHere(index) {
            if bytes[index] == UInt8(ascii: "\"") || bytes[index] == 0x0D { isWrong = true }
            index += 1
        }
        if isWrong { fault(name, "malformed", "A quote or a bare carriage return stands in a field without quotes.") }
        return bytes[start..<index]
    }

    private mutating func quoted(_ name: String) -> ArraySlice<UInt8> {
        index += 1
        var value: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard byte == UInt8(ascii: "\"") else {
                value.append(byte)
                continue
            }
            if index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
                value.append(byte)
                index += 1
                continue
            }
            if !endsHere(index) {
                fault(name, "malformed", "Something follows the closing quote of a field.")
                while !endsHere(index) { index += 1 }
            }
            return value[...]
        }
        fault(name, "malformed", "A quoted field does not end.")
        return value[...]
    }

    private mutating func text(_ value: ArraySlice<UInt8>, _ name: String) -> String? {
        var value = value
        if value.contains(0) {
            fault(name, "nul", "A field holds a NUL.")
            return nil
        }
        if CSVWriter.isFormula(value) {
            guard value.first == UInt8(ascii: "'") else {
                fault(
                    name,
                    "formula",
                    "A spreadsheet would compute this: put an apostrophe before it, if it is meant as text."
                )
                return nil
            }
            value = value.dropFirst()
        }
        if let text = String(validating: value, as: UTF8.self) { return text }
        fault(name, "not_utf8", "A field is not in UTF-8.")
        return nil
    }
}

import CLibPQ

/// The rows, or the count, that one statement answered with; owns its `PGresult`.
///
/// Values are in text format, as the server wrote them. Rows and columns count from 0; one that doesn't exist reads
/// as NULL. Not `Sendable`: decode on the thread that asked.
package final class QueryResult {
    let pointer: OpaquePointer
    /// A `PGresult` remembers where its connection's notices go, and may call there after the connection is gone.
    private let notices: NoticeBox

    /// Takes a result over.
    init(_ pointer: OpaquePointer, _ notices: NoticeBox) {
        self.pointer = pointer
        self.notices = notices
    }

    deinit { PQclear(pointer) }

    package var rowCount: Int { Int(PQntuples(pointer)) }

    package var columnCount: Int { Int(PQnfields(pointer)) }

    /// Rows touched by INSERT, UPDATE, DELETE or MERGE, or returned by SELECT; 0 for every other command.
    package var affectedRows: Int { Int(String(cString: PQcmdTuples(pointer))) ?? 0 }

    /// The tag the server closed the command with, such as `UPDATE 3` or `COMMIT`.
    package var commandTag: String { String(cString: PQcmdStatus(pointer)) }

    /// The column's name, or the empty text for a column that doesn't exist.
    package func columnName(_ column: Int) -> String {
        guard exists(column) else { return "" }
        return PQfname(pointer, Int32(column)).map { String(cString: $0) } ?? ""
    }

    /// The oid of the column's type (`pg_type.oid`), or 0 for a column that doesn't exist.
    package func columnType(_ column: Int) -> UInt32 {
        exists(column) ? PQftype(pointer, Int32(column)) : 0
    }

    package func isNull(_ row: Int, _ column: Int) -> Bool {
        guard exists(row, column) else { return true }
        return PQgetisnull(pointer, Int32(row), Int32(column)) == 1
    }

    /// The value as text; nil for NULL.
    package func string(_ row: Int, _ column: Int) -> String? {
        withBytes(row, column) { String(decoding: $0, as: UTF8.self) }
    }

    /// The value as a whole number; nil for NULL and for anything that isn't one or doesn't fit.
    package func int(_ row: Int, _ column: Int) -> Int? {
        withBytes(row, column) { Int(decimal: $0) } ?? nil
    }

    /// The value as a truth value; nil for NULL and for anything but `t` and `f`.
    package func bool(_ row: Int, _ column: Int) -> Bool? {
        let value = withBytes(row, column) { bytes -> Bool? in
            guard bytes.count == 1 else { return nil }
            return bytes[0] == UInt8(ascii: "t") ? true : bytes[0] == UInt8(ascii: "f") ? false : nil
        }
        return value ?? nil
    }

    /// Runs `body` with the value's bytes, which are valid until it returns; nil for NULL.
    package func withBytes<R>(_ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R? {
        if isNull(row, column) { return nil }
        let length = Int(PQgetlength(pointer, Int32(row), Int32(column)))
        return try body(UnsafeRawBufferPointer(start: PQgetvalue(pointer, Int32(row), Int32(column)), count: length))
    }

    /// One row, for a decoder that reads rows without caring where they come from.
    package func row(_ index: Int) -> Row { Row(result: self, index: index) }

    /// Asked first because libpq answers a place that doesn't exist by writing a notice.
    private func exists(_ row: Int, _ column: Int) -> Bool {
        row >= 0 && row < rowCount && exists(column)
    }

    private func exists(_ column: Int) -> Bool {
        column >= 0 && column < columnCount
    }
}

extension Int {
    /// Reads an optional minus and decimal digits, all of them; nil for anything else and on overflow.
    fileprivate init?(decimal bytes: UnsafeRawBufferPointer) {
        let negative = bytes.first == UInt8(ascii: "-")
        let digits = bytes.dropFirst(negative ? 1 : 0)
        if digits.isEmpty { return nil }
        var value = 0
        for byte in digits {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let digit = Int(byte - UInt8(ascii: "0"))
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, more) = negative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
            if overflow || more { return nil }
            value = next
        }
        self = value
    }
}

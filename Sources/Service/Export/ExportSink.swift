import Postgres

/// What an ``OrgExport`` is written to, in the order in which the parts come.
protocol ExportSink: AnyObject {
    /// Whether rows come as JSON lines, each in one column; else cell by cell.
    var takesRecords: Bool { get }

    /// The header, which says what of which org it is.
    func header(_ json: UnsafeRawBufferPointer) throws
    /// The one run as its readers see it, where the export is of one.
    func run(_ json: UnsafeRawBufferPointer) throws
    /// A line of the history: an anchor, a seal or an entry.
    func line(_ json: UnsafeRawBufferPointer) throws
    /// The rows that follow are of this table.
    func begin(table: String) throws
    func row(_ row: Row) throws
    /// The table is over; the result has its columns and no rows.
    func end(table: String, _ columns: QueryResult) throws
    /// All has come.
    func end(_ counts: OrgExport.Counts) throws
}

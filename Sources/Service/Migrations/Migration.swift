/// A step of the schema that, once released, never changes: `sql/migrations/NNNN_name.sql`.
package struct Migration: Sendable, Equatable {
    package var number: Int
    package var file: SQLFile
    /// The SHA-256 that its header gives for the migration before it, in hex; nil for the first, which names `none`.
    package var previous: String?
    /// Whether it is one statement that can't run in a transaction, and can be run again when it was cut short.
    package var isConcurrent: Bool

    /// Reads the header: the first line names the digest of the migration before, and the second may mark it as
    /// running outside a transaction.
    ///
    ///     -- previous: 5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef
    ///     -- concurrently: re-runnable
    init(_ file: SQLFile) throws(MigrationError) {
        guard let number = SQLFile.number(of: file.name),
            file.name.utf8.firstIndex(of: UInt8(ascii: "_"))?.utf16Offset(in: file.name) == 4
        else { throw .badName(file.name) }
        let lines = file.text.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
        guard lines[0].hasPrefix("-- previous: ") else { throw .noHeader(file.name) }
        let previous = lines[0].dropFirst("-- previous: ".count)
        guard previous == "none" || Self.isDigest(previous), (previous == "none") == (number == 1) else {
            throw .noHeader(file.name)
        }
        self.number = number
        self.file = file
        self.previous = previous == "none" ? nil : String(previous)
        isConcurrent = lines.count > 1 && lines[1] == "-- concurrently: re-runnable"
    }

    private static func isDigest(_ text: Substring) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
    }
}

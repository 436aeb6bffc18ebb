import Postgres

/// Up to where an export told the history: the last entry of each chain. An increment goes on from there.
struct ExportPositions {
    /// The last entry of a chain.
    struct Position: Equatable {
        var root: String
        var seq: Int
        var digest: [UInt8]
    }

    /// The id of the org that it is of.
    var org: String
    /// The SHA-256 that ends the export, which the increment names.
    var digest: String
    var positions: [Position]

    /// Roots, numbers and digests, as arrays.
    var values: [Value] {
        [
            .array(positions.map(\.root)),
            .array(positions.map { String($0.seq) }),
            .array(positions.map { "\\x\(HexDigits.text($0.digest))" }),
        ]
    }
}

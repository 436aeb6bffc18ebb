/// Where an export ends, and what became of each record by then: what an increment is held against.
struct ExportEnd {
    /// The export's name, for who reads what does not hold.
    var name: String
    /// The id of the org that it is of.
    var org: String
    var positions: ExportPositions
    var lastSeal: (number: Int, digest: String)?
    /// The newest images of the records up to here.
    var images: RecordImages
    /// Whether every entry of the org up to here was told, here or in what came before.
    var isComplete: Bool
}

/// Holds an increment against the export that it goes on from: of the same org, every chain from where it stood there,
/// the same seals, and no record of it contradicted (E2, Y2).
///
/// Each function says what does not hold; nil if all does.
struct ExportContinuation {
    private let base: ExportEnd
    /// The chains that the increment did not say yet where it goes on with them.
    private var rest: [String: ExportPositions.Position]
    private(set) var images: RecordImages

    init(after base: ExportEnd) {
        self.base = base
        rest = Dictionary(base.positions.positions.map { ($0.root, $0) }) { first, _ in first }
        images = base.images
    }

    var isComplete: Bool { base.isComplete }

    func header(org: String, content: String?, since: String?) -> String? {
        guard org == base.org else { return "it is of org \(org), and \(base.name) is of org \(base.org)" }
        guard content == "increment" else { return "it is a whole export, and no increment of \(base.name)" }
        guard since == base.positions.digest else {
            return "it goes on from the export with digest \(since ?? ""), and \(base.name) ends with "
                + base.positions.digest
        }
        return nil
    }

    mutating func anchor(_ root: String, seq: Int, digest: [UInt8]) -> String? {
        guard let known = rest.removeValue(forKey: root) else {
            return "chain \(root): entries 1 to \(seq) are missing, \(base.name) does not have it"
        }
        if seq > known.seq { return "chain \(root): entries \(known.seq + 1) to \(seq) are missing" }
        if seq < known.seq {
            return "chain \(root): it goes on after entry \(seq), and \(base.name) ends with entry \(known.seq)"
        }
        return digest == known.digest ? nil : "chain \(root), entry \(seq): it differs from that of \(base.name)"
    }

    func seal(_ number: Int, digest: String) -> String? {
        guard let last = base.lastSeal, last.number == number, last.digest != digest else { return nil }
        return "seal \(number): it differs from that of \(base.name)"
    }

    /// At the first entry of a chain.
    func begin(_ root: String) -> String? {
        rest[root].map { "chain \(root): it begins anew, and \(base.name) has it up to entry \($0.seq)" }
    }

    mutating func entry(_ payload: String) -> String? {
        images.follow(payload, mayLackHistory: !base.isComplete).map { "\($0) in \(base.name)" }
    }

    /// After all of it.
    func end(lastSeal: Int) -> String? {
        if let root = rest.keys.min() { return "it does not say where it goes on with chain \(root)" }
        guard let last = base.lastSeal, last.number > lastSeal else { return nil }
        return "seals \(lastSeal + 1) to \(last.number) of \(base.name) are gone"
    }
}

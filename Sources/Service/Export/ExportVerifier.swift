/// Checks an export line by line, as a pure function of its bytes: every history chain from its beginning or its anchor,
/// every seal, the entries against the seals, every record against the newest image of it in the history, the counts, and
/// the digest of all of it (Y2, E2).
///
/// What it keeps is a digest for each record, and one line for each chain. Lines of kinds that it does not know are passed
/// over.
struct ExportVerifier {
    /// The first thing that does not hold.
    struct Fault: Error, Equatable, CustomStringConvertible {
        /// From 1.
        var line: Int
        var what: String

        var description: String { "line \(line): \(what)" }
    }

    /// What was checked.
    struct Summary: Equatable {
        var org = ""
        var chains = 0
        var entries = 0
        var seals = 0
        /// Rows, by table, in their order.
        var records: [OrgExport.Counts.Table] = []
        /// The SHA-256 that ends the export, in hex; empty for one of format 1, which had none.
        var digest = ""
        /// The last seal's number and digest: what to compare with one that was noted elsewhere.
        var lastSeal: (number: Int, digest: String)?

        static func == (left: Summary, right: Summary) -> Bool {
            (left.org, left.chains, left.entries, left.seals) == (right.org, right.chains, right.entries, right.seals)
                && left.records == right.records && left.digest == right.digest
                && left.lastSeal?.number == right.lastSeal?.number && left.lastSeal?.digest == right.lastSeal?.digest
        }
    }

    private struct Link {
        var seq: Int
        var digest: [UInt8]
    }

    /// How the lines stand in the file.
    private enum Layout {
        case lines
        /// One JSON document, each value on a line of its own.
        case document
    }

    /// What the header says that it goes on from: the digest that ends another export.
    private(set) var since: String?

    private let keepsEnd: Bool
    private var continuation: ExportContinuation?
    /// Where each chain ends, once it has; kept when asked for.
    private var positions: [ExportPositions.Position] = []
    private var line = 0
    private var layout = Layout.lines
    private var format = 1
    private var hash = SHA256()
    private var org = ""
    private var isWholeOrg = true
    private var run: String?
    private var hasRecords = false
    private var hasEnded = false
    private var anchors: [String: Link] = [:]
    /// Where seals say that chains stood, of the chains that did not come yet.
    private var sealed: [String: [Link]] = [:]
    private var sealDigest: [UInt8] = []
    private var chain: (root: String, last: Link)?
    private var anchorCount = 0
    private var summary = Summary()
    private var images = RecordImages()

    /// - Parameters:
    ///   - keepsEnd: whether ``end(as:)`` is asked for afterwards.
    ///   - base: the export that this one has to go on from.
    init(keepsEnd: Bool = false, after base: ExportEnd? = nil) {
        self.keepsEnd = keepsEnd
        continuation = base.map { ExportContinuation(after: $0) }
    }

    /// Checks the next line, without its line end.
    mutating func take(_ bytes: [UInt8]) throws(Fault) {
        line += 1
        if hasEnded { throw fault("something follows the end") }
        guard let inner = value(in: bytes) else { return hash.update(bytes + [UInt8(ascii: "\n")]) }
        let value: JSONValue
        do throws(JSONFault) {
            value = try JSONReader.read(inner)
        } catch {
            throw fault("it is no JSON")
        }
        guard let kind = value["kind"]?.text else { throw fault("it has no kind") }
        guard (line == 1) == (kind == "export") else { throw fault("an export begins with its header, and has one") }
        if kind == "end" { return try takeEnd(value, inner) }
        hash.update(bytes + [UInt8(ascii: "\n")])
        switch kind {
        case "export": try takeHeader(value)
        case "history_anchor": try takeAnchor(value)
        case "history_seal": try takeSeal(value)
        case "history_entry": try takeEntry(value)
        case "record": try takeRecord(value)
        default: break
        }
    }

    /// What the line holds; nil for one that only makes a document of the others.
    private mutating func value(in bytes: [UInt8]) -> [UInt8]? {
        let header = Array("{\"header\":".utf8)
        if line == 1, bytes.starts(with: header), bytes.last == UInt8(ascii: ",") {
            layout = .document
            return Array(bytes[header.count..<(bytes.count - 1)])
        }
        guard layout == .document else { return bytes }
        let end = Array("\"end\":".utf8)
        if bytes.starts(with: end), bytes.last == UInt8(ascii: "}") {
            return Array(bytes[end.count..<(bytes.count - 1)])
        }
        if bytes.first == UInt8(ascii: "{") { return bytes }
        if bytes.first == UInt8(ascii: ",") { return Array(bytes.dropFirst()) }
        return nil
    }

    /// After the last line: what was checked.
    mutating func finish() throws(Fault) -> Summary {
        guard hasEnded else { throw Fault(line: line + 1, what: "the export ends before its end: it is cut off") }
        return summary
    }

    /// Where the export ended, after ``finish()``.
    ///
    /// - Parameter name: what to call it.
    func end(as name: String) -> ExportEnd {
        ExportEnd(
            name: name,
            org: org,
            positions: ExportPositions(org: org, digest: summary.digest, positions: positions),
            lastSeal: summary.lastSeal,
            images: continuation?.images ?? images,
            isComplete: continuation?.isComplete ?? (isWholeOrg && anchorCount == 0)
        )
    }

    private func fault(_ what: String) -> Fault { Fault(line: line, what: what) }

    private func refuse(_ what: String?) throws(Fault) { if let what { throw fault(what) } }

    private mutating func takeHeader(_ value: JSONValue) throws(Fault) {
        switch value["format"] {
        case .number("1"): format = 1
        case .number("2"): format = 2
        case .number("3"): format = 3
        default: throw fault("the format is none of 1 to 3, which are what this build knows")
        }
        hasRecords = format > 1 && value["content"]?.text == "all"
        org = try text("org", of: value)
        summary.org = value["slug"]?.text ?? org
        isWholeOrg = value["scope"]?.text == "org"
        run = value["run"]?.text
        sealDigest = SHA256.digest(Array("traveler:seal:1:\(org)".utf8))
        since = value["since"]?.text
        try refuse(continuation?.header(org: org, content: value["content"]?.text, since: since))
    }

    private mutating func takeAnchor(_ value: JSONValue) throws(Fault) {
        guard chain == nil else { throw fault("an anchor among the entries") }
        let root = try text("root", of: value)
        let link = Link(seq: try number("seq", of: value), digest: try digest(of: value))
        guard anchors.updateValue(link, forKey: root) == nil else { throw fault("a second anchor of chain \(root)") }
        anchorCount += 1
        try refuse(continuation?.anchor(root, seq: link.seq, digest: link.digest))
    }

    private mutating func takeSeal(_ value: JSONValue) throws(Fault) {
        guard chain == nil else { throw fault("a seal among the entries") }
        let number = try number("number", of: value)
        let payload = try text("payload", of: value)
        let digest = try digest(of: value)
        guard SHA256.digest(Array(payload.utf8)) == digest else {
            throw fault("seal \(number): the digest does not match the seal")
        }
        guard let seal = SealText(payload), seal.org == org, seal.number == number else {
            throw fault("seal \(number): it does not read as a seal of this org")
        }
        let last = summary.lastSeal?.number ?? 0
        if isWholeOrg {
            guard number == last + 1 else { throw fault("seals \(last + 1) to \(number - 1) are missing") }
            guard seal.previous == sealDigest else {
                throw fault("seal \(number): it does not follow the seal before it")
            }
        } else if number <= last {
            throw fault("seal \(number) comes after seal \(last)")
        }
        for stand in seal.stands where isWholeOrg || stand.root == run {
            sealed[stand.root, default: []].append(Link(seq: stand.seq, digest: stand.digest))
        }
        try refuse(continuation?.seal(number, digest: HexDigits.text(digest)))
        sealDigest = digest
        summary.lastSeal = (number, HexDigits.text(digest))
        summary.seals += 1
    }

    private mutating func takeEntry(_ value: JSONValue) throws(Fault) {
        let root = try text("root", of: value)
        let seq = try number("seq", of: value)
        let digest = try digest(of: value)
        if chain?.root != root {
            // In the order of their roots, so that no chain comes twice.
            if let chain, chain.root >= root { throw fault("chain \(root) comes after chain \(chain.root)") }
            try endChain()
            try refuse(continuation?.begin(root))
            let genesis = Link(seq: 0, digest: SHA256.digest(Array("traveler:1:\(org):\(root)".utf8)))
            chain = (root, anchors[root] ?? genesis)
            summary.chains += 1
        }
        guard let last = chain?.last else { return }
        guard seq == last.seq + 1 else {
            throw fault("chain \(root): entries \(last.seq + 1) to \(seq - 1) are missing")
        }
        let payload = try text("payload", of: value)
        guard SHA256.digest(last.digest, Array(payload.utf8)) == digest else {
            throw fault("chain \(root), entry \(seq): the digest does not match the entry and the one before it")
        }
        if let stand = sealed[root]?.first(where: { $0.seq == seq }), stand.digest != digest {
            throw fault("chain \(root), entry \(seq): it differs from what a seal holds")
        }
        chain?.last = Link(seq: seq, digest: digest)
        summary.entries += 1
        if continuation != nil {
            try refuse(continuation?.entry(payload))
        } else if hasRecords || keepsEnd {
            images.note(payload)
        }
    }

    private mutating func takeRecord(_ value: JSONValue) throws(Fault) {
        guard format > 1 else { return }
        let table = try text("table", of: value)
        if summary.records.last?.name != table { summary.records.append(OrgExport.Counts.Table(name: table, rows: 0)) }
        summary.records[summary.records.count - 1].rows += 1
        guard hasRecords else { throw fault("a record in an export of the history alone") }
        if let what = images.compare(table, value["record"] ?? .null, mayLackHistory: anchorCount > 0) {
            throw fault("record of \(table): \(what)")
        }
    }

    /// Compares the chain that is over with where the seals say that it stood.
    private mutating func endChain() throws(Fault) {
        guard let (root, last) = chain else { return }
        chain = nil
        anchors[root] = nil
        if keepsEnd { positions.append(ExportPositions.Position(root: root, seq: last.seq, digest: last.digest)) }
        try compare(root, endsAt: last)
        sealed[root] = nil
    }

    private func compare(_ root: String, endsAt last: Link?) throws(Fault) {
        for stand in sealed[root] ?? [] {
            if let last, stand.seq < last.seq || stand.seq == last.seq && stand.digest == last.digest { continue }
            throw fault(
                "chain \(root), entry \(stand.seq): it is gone, and a seal holds it: the chain was cut after entry "
                    + "\(last?.seq ?? 0)"
            )
        }
    }

    private mutating func takeEnd(_ value: JSONValue, _ bytes: [UInt8]) throws(Fault) {
        try endChain()
        for root in sealed.keys.sorted() { try compare(root, endsAt: anchors[root]) }
        if keepsEnd {
            // Chains that nothing was added to stand where they stood.
            positions += anchors.map { root, last in
                ExportPositions.Position(root: root, seq: last.seq, digest: last.digest)
            }
        }
        try refuse(continuation?.end(lastSeal: summary.lastSeal?.number ?? 0))
        let counts = [
            ("history_entries", summary.entries), ("history_seals", summary.seals), ("history_anchors", anchorCount),
        ]
        for (name, count) in counts where try number(name, of: value) != count {
            throw fault("it counts other \(name) than there are: \(count)")
        }
        if hasRecords, let missing = images.missing {
            throw fault("a record of \(missing) is in the history and not here")
        }
        if format > 1 {
            // Tables without rows have no lines, and are told all the same.
            guard case .object(let tables)? = value["records"] else { throw fault("records are missing") }
            let told = tables.map { (name: $0.name, rows: $0.value) }
            guard told.filter({ $0.rows != .number("0") }).map(\.name) == summary.records.map(\.name) else {
                throw fault("it counts other tables than there are")
            }
            for table in summary.records where value["records"]?[table.name] != .number(String(table.rows)) {
                throw fault("it counts other records of \(table.name) than there are: \(table.rows)")
            }
            summary.records = told.map { table in
                summary.records.first { $0.name == table.name } ?? OrgExport.Counts.Table(name: table.name, rows: 0)
            }
        }
        let expected = OrgExport.Counts(
            anchors: anchorCount,
            seals: summary.seals,
            entries: summary.entries,
            records: summary.records
        )
        if format > 1 {
            // The names of tables without rows stand here alone.
            if format > 2 { hash.update(ExportLines.beforeDigest(expected, isDocument: layout == .document)) }
            summary.digest = HexDigits.text(hash.finish())
            hash = SHA256()
            guard value["sha256"]?.text == summary.digest else {
                throw fault("the digest of the export is not that of its bytes")
            }
        }
        guard bytes == ExportLines.end(expected, digest: format > 1 ? summary.digest : nil) else {
            throw fault("the end does not read as one")
        }
        hasEnded = true
    }

    private func text(_ name: String, of value: JSONValue) throws(Fault) -> String {
        guard let text = value[name]?.text else { throw fault("\(name) is missing") }
        return text
    }

    private func number(_ name: String, of value: JSONValue) throws(Fault) -> Int {
        guard case .number(let text)? = value[name], let number = Int(text), number >= 0 else {
            throw fault("\(name) is no number")
        }
        return number
    }

    private func digest(of value: JSONValue) throws(Fault) -> [UInt8] {
        guard let digest = HexDigits.bytes(try text("digest", of: value)), digest.count == 32 else {
            throw fault("digest is none")
        }
        return digest
    }
}

import HTTP

/// The newest image that a history has of each record, as a digest, to hold the records of an export against (Y1).
struct RecordImages {
    /// The first half of a SHA-256.
    private struct Digest: Hashable {
        var high: UInt64
        var low: UInt64

        init(_ bytes: [UInt8]) {
            let digest = SHA256.digest(bytes)
            func word(_ start: Int) -> UInt64 { digest[start..<(start + 8)].reduce(0) { $0 << 8 | UInt64($1) } }
            high = word(0)
            low = word(8)
        }
    }

    private struct Image {
        /// Which members it has: an index in `shapes`.
        var shape: Int
        var digest: Digest
        /// An index in `tables`.
        var table: Int
        /// Whether the record has come.
        var isMatched = false
    }

    private var images: [Digest: Image] = [:]
    private var shapes: [[String]] = []
    private var shapeNumbers: [[String]: Int] = [:]
    private var tables: [String] = []
    private var tableNumbers: [String: Int] = [:]

    /// Notes what an entry says that a record has become. One that can't be read is passed over: the chain holds its bytes.
    mutating func note(_ payload: String) {
        guard let entry = try? JSONReader.read(Array(payload.utf8)), let table = entry["table"]?.text else { return }
        note(entry, of: table)
    }

    /// Notes an entry that comes after all that was noted before.
    ///
    /// - Returns: how it contradicts the image that it changes; nil if it does not. A column that is there no more is not
    ///   compared.
    mutating func follow(_ payload: String, mayLackHistory: Bool) -> String? {
        guard let entry = try? JSONReader.read(Array(payload.utf8)), let table = entry["table"]?.text else {
            return nil
        }
        defer { note(entry, of: table) }
        guard let before = entry["before"] else {
            guard let after = entry["after"], images[Self.key(table, after)] != nil else { return nil }
            return "it makes a record of \(table) that is there already"
        }
        guard let image = images[Self.key(table, before)] else {
            return mayLackHistory || tableNumbers[table] == nil
                ? nil : "it changes a record of \(table) that is not there"
        }
        let names = shapes[image.shape]
        guard names.allSatisfy({ before[$0] != nil }), Self.digest(before, names) != image.digest else { return nil }
        return "it changes a record of \(table) that is another"
    }

    private mutating func note(_ entry: JSONValue, of table: String) {
        if tableNumbers[table] == nil {
            tableNumbers[table] = tables.count
            tables.append(table)
        }
        guard let after = entry["after"], case .object(let members) = after, let number = tableNumbers[table] else {
            if let before = entry["before"] { images[Self.key(table, before)] = nil }
            return
        }
        let names = members.map(\.name)
        if shapeNumbers[names] == nil {
            shapeNumbers[names] = shapes.count
            shapes.append(names)
        }
        guard let shape = shapeNumbers[names] else { return }
        images[Self.key(table, after)] = Image(shape: shape, digest: Self.digest(after, names), table: number)
    }

    /// What is wrong with a record; nil if nothing is. Of a record that no entry tells nothing is known when months of the
    /// history are detached, or when none of its table's records has any.
    ///
    /// A column that came after the entry is not in its image, and one that the history leaves out neither: the image's own
    /// are compared.
    mutating func compare(_ table: String, _ record: JSONValue, mayLackHistory: Bool) -> String? {
        let key = Self.key(table, record)
        guard let image = images[key], !image.isMatched else {
            return mayLackHistory || tableNumbers[table] == nil ? nil : "the history does not have it"
        }
        images[key]?.isMatched = true
        guard Self.digest(record, shapes[image.shape]) == image.digest else {
            return "it differs from its newest image in the history"
        }
        return nil
    }

    /// The table of a record that the history has and that did not come; nil if there is none.
    var missing: String? { images.values.lazy.filter { !$0.isMatched }.map { tables[$0.table] }.min() }

    private static func key(_ table: String, _ record: JSONValue) -> Digest {
        let id = record[table == "org" ? "org_id" : "id"]?.text ?? ""
        return Digest(Array("\(table) \(id)".utf8))
    }

    private static func digest(_ record: JSONValue, _ names: [String]) -> Digest {
        var json = JSONWriter(capacity: 1024)
        json.array { json in for name in names { (record[name] ?? .null).write(into: &json) } }
        return Digest(json.bytes)
    }
}

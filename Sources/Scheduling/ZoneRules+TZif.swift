extension ZoneRules {
    /// Reads a compiled zone (RFC 9636): the changes that are listed, and after the last what its footer's rule says, for as
    /// long as anything is planned.
    ///
    /// - Returns: nil for bytes that are none, of version 1, whose times end in 2038, or with leap seconds counted.
    init?(name: String, tzif bytes: [UInt8]) {
        var reader = Reader(bytes: bytes[...])
        guard let old = reader.header(), old.version >= UInt8(ascii: "2"), reader.skip(old.size(timeBytes: 4)),
            let header = reader.header(), header.leaps == 0, header.types > 0
        else { return nil }
        guard let times = reader.integers(header.times, bytes: 8), let indexes = reader.take(header.times),
            let types = reader.take(header.types * 6)
        else { return nil }
        var offsets: [Int64] = []
        var typeReader = Reader(bytes: types)
        for _ in 0..<header.types {
            guard let offset = typeReader.integers(1, bytes: 4)?.first, typeReader.skip(2), abs(offset) <= 26 * 3600
            else { return nil }
            offsets.append(offset)
        }
        guard reader.skip(header.designations + header.leaps * 12 + header.standards + header.universals),
            indexes.allSatisfy({ Int($0) < offsets.count }),
            zip(times, times.dropFirst()).allSatisfy({ $0 < $1 }),
            let footer = reader.footer()
        else { return nil }
        var changes = zip(times, indexes).map { (at: $0, offset: offsets[Int($1)]) }
        if !footer.isEmpty {
            guard let rule = PosixZone(footer) else { return nil }
            let last = Instant.plannable.upperBound.seconds + Instant.reach
            changes += rule.changes(after: changes.last?.at ?? Int64.min, until: last)
        }
        self.init(name: name, first: offsets[0], changes: changes)
    }

    /// The counts of RFC 9636, 3.1.
    private struct Header {
        var version: UInt8
        var universals: Int
        var standards: Int
        var leaps: Int
        var times: Int
        var types: Int
        var designations: Int

        func size(timeBytes: Int) -> Int {
            times * (timeBytes + 1) + types * 6 + designations + leaps * (timeBytes + 4) + standards + universals
        }
    }

    /// Takes bytes from the front, big-endian.
    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard count <= bytes.count else { return nil }
            defer { bytes = bytes.dropFirst(count) }
            return bytes.prefix(count)
        }

        mutating func skip(_ count: Int) -> Bool { take(count) != nil }

        /// Signed integers in two's complement.
        mutating func integers(_ count: Int, bytes width: Int) -> [Int64]? {
            guard let taken = take(count * width) else { return nil }
            return (0..<count).map { index in
                let start = taken.startIndex + index * width
                let first: Int64 = taken[start] >= 0x80 ? -1 : 0
                return taken[start..<start + width].reduce(first) { $0 << 8 | Int64($1) }
            }
        }

        mutating func header() -> Header? {
            guard let magic = take(4), magic.elementsEqual("TZif".utf8), let version = take(1)?.first, skip(15),
                let counts = integers(6, bytes: 4), counts.allSatisfy({ 0...1_000_000 ~= $0 })
            else { return nil }
            return Header(
                version: version,
                universals: Int(counts[0]),
                standards: Int(counts[1]),
                leaps: Int(counts[2]),
                times: Int(counts[3]),
                types: Int(counts[4]),
                designations: Int(counts[5])
            )
        }

        /// The text between the two newlines at the end.
        mutating func footer() -> ArraySlice<UInt8>? {
            let newline = UInt8(ascii: "\n")
            guard take(1)?.first == newline, let end = bytes.firstIndex(of: newline) else { return nil }
            return bytes[..<end]
        }
    }
}

import HTTP
import Postgres

/// An org's history, or one run's, as lines of JSON that ``ExportVerifier`` checks without a database (Y2): a header,
/// where chains begin whose older months are detached, the seals, the entries chain by chain, and an end that counts.
///
/// Payloads are carried as they were hashed. All of it is one snapshot, and none of it is held in memory.
struct HistoryExport {
    /// What was written.
    struct Counts: Equatable {
        var anchors = 0
        var seals = 0
        var entries = 0
    }

    private static let org = Statement(
        "export_org",
        """
        select o.org_id::text, json_build_object('kind', 'export', 'format', 1, 'org', o.org_id, 'slug', o.slug,
            'scope', case when $2::uuid is null then 'org' else 'run' end, 'run', $2::uuid,
            'exported_at', traveler.json_time(clock_timestamp()))::text
        from traveler.org o
        where o.slug = $1::text and ($2::uuid is null or exists (
            select from traveler.run r where r.org_id = o.org_id and r.id = $2::uuid))
        """
    )
    private static let anchors = Statement(
        "export_anchors",
        """
        select json_build_object('kind', 'history_anchor', 'root', a.root_id, 'seq', a.seq, 'digest', encode(a.digest, 'hex'))::text
        from (select distinct on (x.root_id) x.* from traveler_private.history_anchor x
            where x.org_id = $1::uuid and ($2::uuid is null or x.root_id = $2::uuid) order by x.root_id, x.seq desc) a
        order by a.root_id
        """
    )
    private static let seals = Statement(
        "export_seals",
        """
        select json_build_object('kind', 'history_seal', 'number', s.number, 'digest', encode(s.digest, 'hex'), 'payload', s.payload)::text
        from traveler.history_seal s
        where s.org_id = $1::uuid and ($2::uuid is null or strpos(s.payload, $2::uuid::text || ' ') > 0)
        order by s.number
        """
    )
    private static let entries = Statement(
        "export_entries",
        """
        select json_build_object('kind', 'history_entry', 'root', h.root_id, 'seq', h.seq, 'digest', encode(h.digest, 'hex'), 'payload', h.payload)::text
        from traveler.transaction_history h
        where h.org_id = $1::uuid and ($2::uuid is null or h.root_id = $2::uuid)
        order by h.root_id, h.seq
        """
    )

    let slug: String
    /// The one run to export; nil for the whole org.
    let run: String?

    /// Writes the export, line by line, over a connection that the policies don't hold.
    ///
    /// - Throws: ``ExportError/notFound`` when there is no such org, or no such run of it.
    func write(over connection: Connection, to line: (UnsafeRawBufferPointer) throws -> Void) throws -> Counts {
        let run: Value = run.map { .text($0) } ?? .null
        return try connection.transaction(.snapshot) { transaction in
            var counts = Counts()
            let header = try transaction.run([Query(Self.org, [.text(slug), run])])[0]
            guard header.rowCount == 1, let org = header.string(0, 0) else { throw ExportError.notFound }
            try header.withBytes(0, 1) { try line($0) }
            let parts: [(Statement, WritableKeyPath<Counts, Int>)] = [
                (Self.anchors, \.anchors), (Self.seals, \.seals), (Self.entries, \.entries),
            ]
            for (statement, count) in parts {
                try transaction.stream(Query(statement, [.text(org), run])) { row in
                    counts[keyPath: count] += 1
                    try row.withBytes(0) { try line($0) }
                }
            }
            try Self.end(counts).withUnsafeBytes { try line($0) }
            return counts
        }
    }

    private static func end(_ counts: Counts) -> [UInt8] {
        var json = JSONWriter(capacity: 128)
        json.object { json in
            json.key("kind")
            json.string("end")
            json.key("history_anchors")
            json.number(counts.anchors)
            json.key("history_seals")
            json.number(counts.seals)
            json.key("history_entries")
            json.number(counts.entries)
        }
        return json.bytes
    }
}

/// Why there is no export.
enum ExportError: Error, Equatable, CustomStringConvertible {
    case notFound
    /// A file can't be written or read: the call, and what the system said.
    case file(String, String)

    var description: String {
        switch self {
        case .notFound: "there is no such org, or no such run in it"
        case .file(let path, let reason): "\(path): \(reason)"
        }
    }
}

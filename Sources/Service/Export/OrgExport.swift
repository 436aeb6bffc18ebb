import HTTP
import Postgres

/// All of an org's data, or of one run's, with the history that it follows from (E2, Y2): a header, where chains begin
/// that are not told from their first entry, the seals, the entries chain by chain, the records table by table, and an end
/// that counts.
///
/// Payloads are carried as they were hashed. All of it is one snapshot, and none of it is held in memory.
struct OrgExport {
    /// What was written.
    struct Counts: Equatable {
        var anchors = 0
        var seals = 0
        var entries = 0
        /// Rows, by table.
        var records: [Table] = []

        struct Table: Equatable {
            var name: String
            var rows: Int
        }

        var rows: Int { records.reduce(0) { $0 + $1.rows } }
    }

    /// Texts read as the history has them, whatever the session says.
    private static let settings = Statement(
        "export_settings",
        """
        select set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO', true),
            set_config('intervalstyle', 'iso_8601', true), set_config('bytea_output', 'hex', true)
        """
    )
    private static let org = Statement(
        "export_org",
        """
        select o.org_id::text, json_build_object('kind', 'export', 'format', 3, 'org', o.org_id, 'slug', o.slug,
            'scope', case when $2::uuid is null then 'org' else 'run' end, 'run', $2::uuid,
            'content', $3::text, 'since', $4::text,
            'exported_at', traveler.json_time(clock_timestamp()))::text
        from traveler.org o
        where o.slug = $1::text and ($2::uuid is null or exists (
            select from traveler.run r where r.org_id = o.org_id and r.id = $2::uuid))
        """
    )
    private static let enter = Statement("export_enter", "select traveler.enter_system($1::uuid, 'export')")
    private static let run = Statement("export_run", "select traveler.run_json($1::uuid)::text")
    private static let anchors = Statement(
        "export_anchors",
        """
        select json_build_object('kind', 'history_anchor', 'root', a.root_id, 'seq', a.seq, 'digest', encode(a.digest, 'hex'))::text
        from (select distinct on (x.root_id) x.* from (
                select y.root_id, y.seq, y.digest from traveler_private.history_anchor y
                where y.org_id = $1::uuid and ($2::uuid is null or y.root_id = $2::uuid)
                union all
                select s.root_id, s.seq, s.digest
                from unnest($3::uuid[], $4::bigint[], $5::bytea[]) s (root_id, seq, digest)) x
            order by x.root_id, x.seq desc) a
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
    private static let entriesSince = Statement(
        "export_entries_since",
        """
        select json_build_object('kind', 'history_entry', 'root', h.root_id, 'seq', h.seq, 'digest', encode(h.digest, 'hex'), 'payload', h.payload)::text
        from (
            select c.root_id, coalesce(s.seq, 0) as seq from traveler_private.history_head c
            left join unnest($2::uuid[], $3::bigint[]) s (root_id, seq) on s.root_id = c.root_id
            where c.org_id = $1::uuid and c.seq > coalesce(s.seq, 0)) n
        join traveler.transaction_history h on h.org_id = $1::uuid and h.root_id = n.root_id and h.seq > n.seq
        order by h.root_id, h.seq
        """
    )
    /// A chain that does not hold the entry where the base left it: another org's, one restored to an earlier moment, or
    /// one of which what follows is detached already.
    private static let strays = Statement(
        "export_strays",
        """
        select s.root_id::text from unnest($2::uuid[], $3::bigint[], $4::bytea[]) s (root_id, seq, digest)
        where not exists (select from traveler.transaction_history h
                where h.org_id = $1::uuid and h.root_id = s.root_id and h.seq = s.seq and h.digest = s.digest)
            and not exists (select from traveler_private.history_anchor a
                where a.org_id = $1::uuid and a.root_id = s.root_id and a.seq = s.seq and a.digest = s.digest)
        order by 1 limit 1
        """
    )
    private static let tables = Statement(
        "export_tables",
        "select e.table_name from traveler_private.export_tables($1::uuid is not null) e order by e.table_name"
    )
    private static let open = Statement(
        "export_open",
        "select traveler_private.open_export($1::text, $2::boolean, $3::uuid, $4::uuid)::text"
    )
    private static let fetch = Statement("export_fetch", "fetch forward 1000 from export_rows")
    private static let close = Statement("export_close", "close export_rows")

    let slug: String
    /// The one run to export; nil for the whole org.
    let run: String?
    /// Whether the records are left out.
    var historyOnly = false
    /// Where the history has been exported to already: of each chain what follows is written, and no records.
    var since: ExportPositions?

    /// Writes the export over a connection that the policies don't hold.
    ///
    /// - Throws: ``ExportError/notFound`` when there is no such org, or no such run of it; ``ExportError/notContinued(_:)``
    ///   when the history does not go on from the base.
    func write(over connection: Connection, to sink: some ExportSink) throws -> Counts {
        let run: Value = run.map { .text($0) } ?? .null
        return try connection.transaction(.snapshot, preamble: [Query(Self.settings)]) { transaction in
            var counts = Counts()
            let hasRecords = since == nil && !historyOnly
            let content = hasRecords ? sink.takesRecords ? "all" : "tables" : since == nil ? "history" : "increment"
            let values = [.text(slug), run, .text(content), Value(since?.digest)]
            let header = try transaction.run([Query(Self.org, values)])[0]
            guard header.rowCount == 1, let id = header.string(0, 0) else { throw ExportError.notFound }
            let org = Value.text(id)
            if let since {
                guard since.org == id else { throw ExportError.notContinued("the earlier export is of another org") }
                let stray = try transaction.run([Query(Self.strays, [org] + since.values)])[0]
                guard stray.rowCount == 0 else {
                    throw ExportError.notContinued(
                        "chain \(stray.string(0, 0) ?? "") is not as the earlier export has it"
                    )
                }
            }
            try header.withBytes(0, 1) { try sink.header($0) }
            if self.run != nil, hasRecords {
                let results = try transaction.run([Query(Self.enter, [org]), Query(Self.run, [run])])
                try results[1].withBytes(0, 0) { try sink.run($0) }
            }
            try writeHistory(of: org, run, transaction, sink, &counts)
            if hasRecords { try writeRecords(of: org, run, transaction, sink, &counts) }
            try sink.end(counts)
            return counts
        }
    }

    private func writeHistory(
        of org: Value,
        _ run: Value,
        _ transaction: Transaction,
        _ sink: some ExportSink,
        _ counts: inout Counts
    ) throws {
        func write(_ query: Query, _ count: WritableKeyPath<Counts, Int>) throws {
            try transaction.stream(query) { row in
                counts[keyPath: count] += 1
                try row.withBytes(0) { try sink.line($0) }
            }
        }
        let known = since?.values ?? [.text("{}"), .text("{}"), .text("{}")]
        try write(Query(Self.anchors, [org, run] + known), \.anchors)
        try write(Query(Self.seals, [org, run]), \.seals)
        if since != nil {
            try write(Query(Self.entriesSince, [org] + known.dropLast()), \.entries)
        } else {
            try write(Query(Self.entries, [org, run]), \.entries)
        }
    }

    private func writeRecords(
        of org: Value,
        _ run: Value,
        _ transaction: Transaction,
        _ sink: some ExportSink,
        _ counts: inout Counts
    ) throws {
        let tables = try transaction.run([Query(Self.tables, [run])])[0]
        for table in (0..<tables.rowCount).compactMap({ tables.string($0, 0) }) {
            try sink.begin(table: table)
            _ = try transaction.run([Query(Self.open, [.text(table), .bool(sink.takesRecords), org, run])])
            var rows = 0
            var isOver = false
            while !isOver {
                let before = rows
                try transaction.stream(
                    Query(Self.fetch),
                    row: { row in
                        rows += 1
                        try sink.row(row)
                    },
                    end: { columns in
                        guard rows == before else { return }
                        isOver = true
                        try sink.end(table: table, columns)
                    }
                )
            }
            _ = try transaction.run([Query(Self.close)])
            counts.records.append(Counts.Table(name: table, rows: rows))
        }
    }
}

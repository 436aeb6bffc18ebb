import HTTP
import Postgres

/// Rows of many runs as a file (E2): one snapshot, in bounded memory, whose digest comes before its first byte.
enum Exports {
    static let tag = "Exports"

    private static let format = QueryParameter(
        "format",
        .choice(RowEncoder.Format.allCases.map(\.rawValue)),
        """
        JSON lines, or CSV (RFC 4180) in which texts that a spreadsheet would compute begin with an apostrophe. The org's \
        own attributes are a document in the former, a column attribute.KEY each in the latter.
        """,
        standard: "ndjson"
    )

    static let endpoints = RowExport.allCases.map { rows in
        Endpoint(
            .get,
            "/v1/exports/\(rows.rawValue.replacing("_", with: "-"))",
            summary(rows),
            tag: tag,
            lane: .heavy,
            query: [format] + RowExport.filters,
            response: nil,
            gives: .bytes,
            .work(Download(rows: rows))
        )
    }

    private static func summary(_ rows: RowExport) -> String {
        let what =
            switch rows {
            case .runs: "The runs of the org"
            case .runSteps: "The steps of the org's runs"
            case .runStepFields: "The fields of the org's runs, with their values"
            case .installations: "What was installed in the org's runs"
            }
        return "\(what), as one file from one moment; Repr-Digest has its SHA-256 (E2)."
    }

    /// The rows, spooled and then sent.
    private struct Download: Work {
        private static let customPlan = Statement("custom_plan", "set local plan_cache_mode = force_custom_plan")

        let rows: RowExport

        var mode: TransactionMode { .snapshot }
        var statements: [Statement] { [rows.statement, AttributeColumns.statement, Self.customPlan] }
        var preamble: [Query] { [Query(Self.customPlan)] }

        func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
            let format = RowEncoder.Format(rawValue: call.query["format"] ?? "") ?? .ndjson
            let values = [Argument.org.value(in: call)] + RowExport.filters.map { Value(call.query[$0.name]) }
            let spool = try Spool()
            _ = try rows.write(format, values, in: transaction) { try spool.write($0) }
            try transaction.finish()
            var answer = Answer(status: 200, contentType: format.contentType)
            answer.headers["repr-digest"] = "sha-256=:\(Base64.encode(try spool.finish())):"
            answer.headers["content-disposition"] = "attachment; filename=\"\(rows.rawValue).\(format.rawValue)\""
            answer.spool = spool
            return answer
        }
    }
}

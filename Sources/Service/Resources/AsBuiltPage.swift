import HTTP
import Postgres

/// The same record as a page to read and print.
struct AsBuiltPage: Work {
    private static let read = Statement(
        "as_built_page",
        """
        select a.document, encode(a.digest, 'hex'), (
            select jsonb_build_object('reason', o.reason, 'reopened_at', traveler.json_time(o.created_at),
                'reopened_by_name', coalesce((select u.name from traveler.user_account u
                    where u.org_id = o.org_id and 'user:' || u.id = o.reopened_by), o.reopened_by))
            from traveler.run_reopening o
            where o.org_id = a.org_id and o.run_id = a.run_id and o.record_number = a.number)
        from traveler.as_built_record a
        where a.org_id = $1::uuid and a.run_id = $2::uuid and a.number = $3::integer
        """
    )

    /// Nothing but the page's own style: what people typed can't run, load or send.
    private static let policy =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

    var mode: TransactionMode { .readOnly }
    var statements: [Statement] { [Self.read] }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        let values = [Argument.org, .path("id"), .path("number")].map { $0.value(in: call) }
        let results = try transaction.finish(with: [Query(Self.read, values)])
        guard let result = results.last, let document = result.withBytes(0, 0, { Array($0) }),
            let digest = result.string(0, 1)
        else { throw Problem.notFound }
        let superseding = try result.withBytes(0, 2) { try JSONReader.read(Array($0)) }
        let page = RecordPage(document: try JSONReader.read(document), digest: digest, superseding: superseding)
        var answer = Answer(status: 200, body: page.html)
        answer.contentType = "text/html; charset=utf-8"
        answer.headers["content-security-policy"] = Self.policy
        return answer
    }
}

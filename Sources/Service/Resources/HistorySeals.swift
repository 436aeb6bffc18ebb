import HTTP
import Postgres

/// The seals over an org's history (Y2): what to note elsewhere, and to compare with `traveler verify` of an export.
enum HistorySeals {
    private static let list = ListPage([
        ListPage.Sort(
            name: "-number",
            statement: Statement(
                "history_seal_list",
                """
                select s.number, s.sealed_at, s.entries, s.roots, s.complete, encode(s.digest, 'hex') as digest, s.number
                from traveler.history_seal s where s.org_id = $1::uuid and ($3::bigint is null or s.number < $3)
                order by s.number desc limit $2::bigint
                """
            ),
            key: [.integer]
        )
    ])

    static let endpoint = Endpoint(
        .get,
        "/v1/history/seals",
        "The seals over the org's history, newest first (Y2).",
        tag: Reference.tag,
        query: list.parameters,
        response: ListPage.shape(
            .named("HistorySeal") {
                .object([
                    .required("number", .count, "The place in the org's chain of seals, from 1."),
                    .required("sealed_at", .time, "What was committed before is sealed, if this seal is complete."),
                    .required("entries", .count, "How many entries it seals that none before it did."),
                    .required("roots", .count, "How many chains they belong to."),
                    .required("complete", .boolean, "Whether nothing was left for a further seal."),
                    .required("digest", .string, "SHA-256 of the seal, which holds the digest of the one before it."),
                ])
            }
        ),
        .work(list)
    )
}

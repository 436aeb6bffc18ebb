import HTTP
import Postgres

/// Tables that come in, all of their rows or none (E2).
enum Imports {
    static let endpoints = [
        Endpoint(
            .post,
            "/v1/imports",
            """
            Imports rows of parts, mboms, inventory or procedures, which name parts, revisions and locations as people do: \
            all of them, or none and every fault with its row.
            """,
            tag: "Imports",
            lane: .heavy,
            bodyLimit: 32 * 1024 * 1024,
            body: .object([
                .required("kind", .choice(ImportKind.allCases.map(\.rawValue))),
                .required(
                    "rows",
                    .array(.any, 1...ImportKind.mostRows),
                    """
                    Objects with the columns of the kind, and attributes by their keys for inventory, procedures and steps. \
                    A row may say its number in a file as row; else they are counted.
                    """
                ),
            ]),
            status: 201,
            response: .object([
                .required("kind", .string), .required("rows", .count),
                .required("created", .count, "Parts, rows of stock, drafts of mBOMs or of procedures."),
            ]),
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "rows_import",
                        "select body, version from traveler.answer($1, $2::integer, traveler.import_rows($3::jsonb))"
                    ),
                    [.body]
                )
            )
        )
    ]
}

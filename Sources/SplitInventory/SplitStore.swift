import FoundationEssentials
package import Postgres
import RunModel

/// Reads what a split is planned from, and has Postgres do what was planned. Plan and act differ in that alone (X8).
package enum SplitStore {
    /// Waits, in a transaction that writes, for whoever is changing what it tells, and then holds it until the end.
    private static let facts = Statement(
        "split_facts",
        "select traveler.split_facts($1::uuid, $2::uuid, $3::jsonb)::text"
    )

    private static let split = Statement(
        "split_run",
        """
        select body, version
        from traveler.answer($1, $2::integer, traveler.split_run($3::uuid, $4::uuid, $5::integer, $6::jsonb, $7::jsonb))
        """
    )

    /// For preparing them before the first request.
    package static let statements = [facts, split]

    /// What is split: the run's own units, or a group's that was split off before.
    package enum Origin: Sendable {
        case run(String)
        case split(String)

        fileprivate var values: [Value] {
            switch self {
            case .run(let id): [.text(id), nil]
            case .split(let id): [nil, .text(id)]
            }
        }
    }

    /// Plans a split, refused by Postgres when there are no such units (X1).
    ///
    /// - Parameters:
    ///   - request: the JSON of the request, validated.
    ///   - isAll: whether the transaction ends with it, as nothing is to be done; else ``apply(_:version:request:key:status:commit:in:)``
    ///     ends it.
    /// - Throws: ``SplitRefusal``; ``PostgresError``; `DecodingError` when Postgres says what this build does not know.
    package static func plan(
        _ origin: Origin,
        request: [UInt8],
        isAll: Bool,
        in transaction: Transaction
    ) throws -> SplitPlan? {
        let queries = [Query(facts, origin.values + [.bytes(request)])]
        let results = isAll ? try transaction.finish(with: queries) : try transaction.run(queries)
        guard let document = results.last?.string(0, 0) else { return nil }
        return try SplitPlan(try JSONDecoder().decode(SplitFacts.self, from: Data(document.utf8)))
    }

    /// Does what was planned, and ends the transaction. One row: the answer's JSON, and the version in it.
    ///
    /// - Parameters:
    ///   - version: of the run, or of the group; nil for whichever it has.
    ///   - key: the idempotency key that the answer is kept under; nil for none.
    ///   - commit: false for a dry run.
    package static func apply(
        _ plan: SplitPlan,
        version: Int?,
        request: [UInt8],
        key: String?,
        status: Int,
        commit: Bool,
        in transaction: Transaction
    ) throws -> QueryResult? {
        let facts = plan.facts
        let values: [Value] = [
            Value(key), .int(status), .text(facts.run.id), Value(facts.from.splitID), version.map { .int($0) } ?? .null,
            .bytes(request), .bytes(try allocation(of: plan)),
        ]
        return try transaction.finish(with: [Query(split, values)], commit: commit).last
    }

    /// What was divided by decision: the group's parts (X6, B5). The rest follows from the units.
    private struct Allocation: Encodable {
        struct Reserved: Encodable {
            var partInventoryID: String
            var quantity: Quantity
        }

        struct Excepted: Encodable {
            var exceptionID: String
            var quantity: Quantity
        }

        var reserved: [Reserved]
        var excepted: [Excepted]
    }

    private static func allocation(of plan: SplitPlan) throws -> [UInt8] {
        let allocation = Allocation(
            reserved: plan.reserved.map { .init(partInventoryID: $0.id, quantity: $0.quantity) },
            excepted: plan.excepted.map { .init(exceptionID: $0.id, quantity: $0.quantity) }
        )
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return Array(try encoder.encode(allocation))
    }
}

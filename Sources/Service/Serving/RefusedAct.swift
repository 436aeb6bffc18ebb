import HTTP
import Postgres

/// An act that a rule refused, as it is noted after its transaction has been rolled back (law 12 of the house).
struct RefusedAct {
    /// What became of the note.
    enum Outcome: Sendable {
        case kept
        /// There were too many.
        case dropped
        /// With the cause.
        case failed(String)
    }

    static let statement = Statement(
        "record_refusal",
        "select traveler.record_refusal($1, $2, $3::integer, $4, $5, $6, $7::uuid[])"
    )
    /// How many of an act's records are noted.
    private static let mostSubjects = 50

    let org: UUIDText
    let query: Query

    /// Nil for what is none: a read, a question (`dry_run`), input that no rule was asked about, a failure.
    init?(_ error: any Error, _ problem: Problem, _ call: Call) {
        guard !(error is Problem), call.endpoint.writes, !call.isDryRun, let org = call.credential?.org,
            [403, 409, 412, 422].contains(problem.status), problem.rule != nil || problem.status == 412
        else { return nil }
        self.org = org
        query = Query(
            Self.statement,
            [
                .text(call.request.method.rawValue), .text(call.endpoint.path), .int(problem.status),
                .text(problem.code), Value(problem.rule), .text(problem.detail), .array(Self.subjects(of: call)),
            ]
        )
    }

    private static func subjects(of call: Call) -> [String] {
        if let id = call.parameters["id"] { return [id.lowercased()] }
        guard case .array(let ids)? = call.document["ids"] else { return [] }
        return ids.prefix(mostSubjects).compactMap { $0.text?.lowercased() }
    }
}

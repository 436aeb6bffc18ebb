import Postgres
import Scheduling
import SplitInventory

extension Problem {
    /// The one place where what went wrong below becomes what a client is told (law 7 of the house).
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as PostgresError: self.init(error)
        case let refusal as SplitRefusal: self.init(refusal)
        case let refusal as ScheduleRefusal: self.init(refusal)
        case ExportError.tooLarge:
            self.init(
                422,
                "export_too_large",
                "It is more than one export may hold.",
                clear: "Ask for less by the filters."
            )
        default:
            self.init(500, "internal", "The service failed at this request. It has been logged under the request's id.")
            cause = String(reflecting: error)
        }
    }

    init(_ error: PostgresError) {
        switch error.kind {
        case .server: self = Self.answer(to: error)
        case .rolledBack, .invalidUse, .protocolViolation: self = Self.failure
        case .invalidParameter:
            self = Problem(422, "input_invalid", "The input holds a character that can't be stored.")
        case .connectionFailed, .unavailable, .connectionLost, .unsupportedServer:
            self = .unavailable("database_unavailable", "The database can't be reached at the moment.")
        case .outcomeUnknown:
            self = .unavailable(
                "outcome_unknown",
                "The connection to the database was lost while the work was being committed: it may or may not be done."
            )
            clear = "Read the record before trying again, or send an Idempotency-Key, which makes trying again safe."
        case .deadlineExceeded, .cancelled:
            self = .unavailable("deadline_passed", "The work was not done within its deadline; nothing of it stays.")
        }
        if status >= 500 { cause = String(reflecting: error) }
    }

    private static let failure = Problem(
        500,
        "internal",
        "The service failed at this request. It has been logged under the request's id."
    )

    /// What an error of the server's means, by its SQLSTATE (PostgreSQL manual, appendix A).
    private static func answer(to error: PostgresError) -> Problem {
        if error.sqlState.rawValue.hasPrefix("TV") { return refusal(error) }
        switch error.sqlState.category {
        case "23": return ConstraintProblems.problem(for: error) ?? failure
        case "22": return Problem(422, "input_invalid", "A value of the input can't be what it is meant to be.")
        case "08", "53": return .unavailable("database_unavailable", "The database can't serve at the moment.")
        case "28", "3D":
            return .unavailable("database_unavailable", "The database does not let the service in.", retryAfter: 5)
        default: break
        }
        switch error.sqlState {
        case .lockNotAvailable:
            return .unavailable("busy", "Someone else is changing the same records; nothing was done.")
        case .serializationFailure, .deadlockDetected:
            return .unavailable("conflict", "The work met others at the same records time and again; nothing was done.")
        case .queryCanceled:
            return .unavailable("deadline_passed", "The work was not done within its deadline; nothing of it stays.")
        case .adminShutdown, .crashShutdown, .cannotConnectNow:
            return .unavailable("database_unavailable", "The database is stopping or starting.")
        default: return failure
        }
    }

    /// A refusal by `traveler_private.refuse`: SQLSTATE `TV` and the status; code, rule and what helps in the detail.
    private static func refusal(_ error: PostgresError) -> Problem {
        let status = Int(error.sqlState.rawValue.dropFirst(2)) ?? 500
        guard (400..<500).contains(status) else { return failure }
        var problem = Problem(status, "refused", error.message)
        if let hint = error.hint, !hint.isEmpty { problem.clear = hint }
        guard let detail = error.detail, let document = try? JSONReader.read(Array(detail.utf8)),
            case .object(let members) = document
        else { return problem }
        for member in members {
            switch member.name {
            case "code": problem.code = member.value.text ?? problem.code
            case "rule": problem.rule = member.value.text
            default: if !Problem.names.contains(member.name) { problem.extra.append(member) }
            }
        }
        return problem
    }
}

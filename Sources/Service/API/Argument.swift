import HTTP
import Postgres

/// Where the value of a statement's parameter comes from.
enum Argument: Sendable {
    /// The caller's org.
    case org
    /// A `{name}` segment.
    case path(String)
    /// The version that `If-Match` names; NULL without.
    case version
    /// The body.
    case body
    /// The body's bytes, as a `bytea`.
    case content
    /// The SHA-256 that `Content-Digest` gives, in Base64; NULL without.
    case contentDigest
    /// A text in the body; NULL when it is not there.
    case member(String)
    /// A truth value in the body; NULL when it is not there.
    case flag(String)
    /// The `{id}` segment or, without one, the body's `ids`, as an array.
    case ids
    /// A parameter of the query; NULL when it is not given.
    case query(String)
    /// What the program knows beforehand.
    case constant(String)

    func value(in call: Call) -> Value {
        switch self {
        case .org: Value(call.credential?.org.text)
        case .path(let name): .text(call.path(name).lowercased())
        case .version: call.version.map { .int($0) } ?? .null
        case .body: .bytes(call.body)
        case .content: Hex.bytea(call.body)
        case .contentDigest: Value(call.contentDigest)
        case .member(let name): Value(call.document[name]?.text)
        case .flag(let name): call.document[name] == .boolean(true) ? .text("true") : .null
        case .ids: .array(ids(in: call))
        case .query(let name): Value(call.query[name])
        case .constant(let text): .text(text)
        }
    }

    private func ids(in call: Call) -> [String] {
        if let id = call.parameters["id"] { return [id.lowercased()] }
        guard case .array(let elements)? = call.document["ids"] else { return [] }
        return elements.compactMap { $0.text?.lowercased() }
    }

    var isVersion: Bool {
        if case .version = self { true } else { false }
    }
}

import HTTP
import Postgres

/// One route of the service, with all that is known of it: the router, the checks before the work, the work and the
/// OpenAPI document are made from this one value.
final class Endpoint: Sendable {
    /// Who may call.
    enum Access: Sendable {
        case anyone
        /// A bearer token, or the page's cookie.
        case credential
    }

    /// Who answers.
    enum Handling: Sendable {
        /// The reactor, from what is in memory.
        case immediate(Immediate)
        /// A worker, in one transaction.
        case work(any Work)
    }

    /// What the reactor answers by itself.
    enum Immediate: Sendable {
        case health, readiness, metrics, document, asset
    }

    /// Which workers do it.
    enum LanePolicy: Sendable {
        case interactive
        case heavy
        /// The heavy lane for bodies above so many bytes: acts on many records.
        case heavyAbove(bytes: Int)
        /// For acts that sign: a password in the body takes long to check, and a body above so many bytes long to do.
        case signing(manyBytes: Int)
    }

    /// What a body is.
    enum Media: Sendable {
        case json
        /// Bytes as they are: `application/octet-stream` in a request, the file's own type in an answer.
        case bytes
    }

    let method: Method
    /// The template: `/v1/runs/{id}`.
    let path: String
    /// What it does, in one line for the document.
    let summary: String
    /// The group in the document.
    let tag: String
    let access: Access
    let lane: LanePolicy
    /// The greatest body in bytes.
    let bodyLimit: Int
    let query: [QueryParameter]
    /// The body; nil for none, which an empty object amounts to.
    let body: Schema?
    /// The status of success.
    let status: Int
    /// The answer's body; nil for none.
    let response: Schema?
    let handling: Handling
    let takes: Media
    let gives: Media
    /// The statuses of its refusals beyond those that every route has, for the document.
    let refusals: [Int]

    init(
        _ method: Method,
        _ path: String,
        _ summary: String,
        tag: String,
        access: Access = .credential,
        lane: LanePolicy = .interactive,
        bodyLimit: Int = 64 * 1024,
        query: [QueryParameter] = [],
        body: Schema? = nil,
        status: Int = 200,
        response: Schema?,
        refusals: [Int] = [],
        takes: Media = .json,
        gives: Media = .json,
        _ handling: Handling
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.tag = tag
        self.access = access
        self.lane = lane
        self.bodyLimit = bodyLimit
        let isWrite = Self.writes(method, handling)
        self.query = query + (isWrite && access == .credential ? [.dryRun] : [])
        self.body = body
        self.status = status
        self.response = response
        self.refusals = refusals
        self.takes = takes
        self.gives = gives
        self.handling = handling
    }

    /// Whether a password in the body is the caller's own, given again with a signature.
    var signs: Bool { if case .signing = lane { true } else { false } }

    var work: (any Work)? {
        if case .work(let work) = handling { work } else { nil }
    }

    /// Whether it can change anything. A plan is asked for by POST, because it has a body, and only reads.
    var writes: Bool { Self.writes(method, handling) }

    private static func writes(_ method: Method, _ handling: Handling) -> Bool {
        guard method.writes, case .work(let work) = handling else { return method.writes }
        return work.mode == .readWrite
    }

    /// Whether an `Idempotency-Key` makes repeating it safe. Bytes under the same path are the same again without one.
    var takesKey: Bool { writes && access == .credential && takes == .json }

    /// The name of the route in logs and metrics.
    var name: String { "\(method.rawValue) \(path)" }
}

extension Method {
    var writes: Bool {
        switch self {
        case .get, .head, .options: false
        case .post, .put, .patch, .delete: true
        }
    }
}

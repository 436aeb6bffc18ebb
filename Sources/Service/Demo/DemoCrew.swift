import Postgres

/// The demo's users at work: each signs in by password, as on the page, and acts in transactions of the service's role.
///
/// Every transaction claims an idempotency key of its own, numbered in the order of the work. A build that was cut
/// short is thus taken up where it stopped: what was done before is not done again.
final class DemoCrew {
    private static let signIn = Statement(
        "demo_sign_in",
        "select s.token from traveler.sign_in($1::text, $2::text, $3::text, 1) s"
    )
    private static let signOut = Statement("demo_sign_out", "select traveler.sign_out()")
    private static let enter = Statement("demo_enter", "select traveler.enter($1::text)")
    private static let claim = Statement(
        "demo_claim",
        "select traveler.claim_key($1::text, sha256(convert_to($1::text, 'UTF8')))"
    )

    private let service: Connection
    private let slug: String
    private var sessions: [DemoRole: String] = [:]
    private var turns = 0

    init(service: Connection, slug: String) {
        self.service = service
        self.slug = slug
    }

    /// Does all of the queries in one transaction and one round trip, unless that was done before.
    func act(as role: DemoRole, _ queries: [Query]) throws {
        try act(as: role) { try $0.finish(with: queries) }
    }

    /// Does what the body does in one transaction, unless that was done before; the body finishes it.
    func act<R>(as role: DemoRole, _ body: (Transaction) throws -> R) throws {
        turns += 1
        let claim = Query(Self.claim, [.text("demo-\(turns)")])
        let enter = Query(Self.enter, [.text(try session(of: role))])
        do {
            _ = try service.transaction(.readWrite, retry: .withLockTimeout, preamble: [enter, claim], body)
        } catch let error as PostgresError where error.constraint == "idempotency_key_pkey" {
            return
        }
    }

    func read(as role: DemoRole, _ query: Query) throws -> QueryResult {
        let enter = Query(Self.enter, [.text(try session(of: role))])
        return try service.transaction(.readOnly, preamble: [enter]) { try $0.finish(with: [query])[0] }
    }

    /// Ends the sessions of everyone who acted.
    func signOut() throws {
        for session in sessions.values {
            let enter = Query(Self.enter, [.text(session)])
            try service.transaction(.readWrite, preamble: [enter]) { try $0.finish(with: [Query(Self.signOut)]) }
        }
        sessions = [:]
    }

    private func session(of role: DemoRole) throws -> String {
        if let session = sessions[role] { return session }
        let values: [Value] = [.text(slug), .text(role.email), .text(role.password)]
        guard let session = try service.execute(Query(Self.signIn, values)).string(0, 0) else {
            throw DemoError.signInFailed(email: role.email)
        }
        sessions[role] = session
        return session
    }
}

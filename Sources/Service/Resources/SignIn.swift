import HTTP
import Postgres

/// The page's sign-in. A wrong password is no error to Postgres, so that the failure is counted and committed.
struct SignIn: Work {
    /// How long the page's session lasts.
    private static let hours = 12

    private static let signIn = Statement(
        "sign_in",
        """
        select s.token, s.retry_after_seconds, case when s.token is not null then traveler.me()::text end
        from traveler.sign_in($1, $2, $3, $4::integer) s
        """
    )

    var mode: TransactionMode { .readWrite }
    var statements: [Statement] { [Self.signIn] }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        let values = ["org", "email", "password"].map { Argument.member($0).value(in: call) }
        let results = try transaction.finish(with: [Query(Self.signIn, values + [.int(Self.hours)])])
        guard let result = results.last, let token = result.string(0, 0) else {
            if let seconds = results.last?.int(0, 1) {
                var problem = Problem(
                    429,
                    "sign_in_closed",
                    "There were too many failed sign-ins at this address.",
                    rule: "T2"
                )
                problem.retryAfter = max(1, seconds)
                throw problem
            }
            throw Problem(401, "sign_in_failed", "Org, address and password don't go together.", rule: "T2")
        }
        var answer = Answer(status: 200, body: result.withBytes(0, 2) { Array($0) } ?? [])
        answer.headers["set-cookie"] = Credential.setCookie(token, seconds: Self.hours * 3600, for: call.request)
        return answer
    }
}

/// The page's sign-out.
struct SignOut: Work {
    private static let signOut = Statement("sign_out", "select traveler.sign_out()")

    var mode: TransactionMode { .readWrite }
    var statements: [Statement] { [Self.signOut] }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        try transaction.finish(with: [Query(Self.signOut)], commit: !call.isDryRun)
        var answer = Answer(status: 204)
        if !call.isDryRun { answer.headers["set-cookie"] = Credential.setCookie(nil, seconds: 0, for: call.request) }
        return answer
    }
}

import HTTP

/// What a caller proves an identity with: `tvl_<org>_<credential>_<secret>`, in a bearer token or the page's cookie.
struct Credential: Sendable {
    /// The cookie of the page.
    static let cookie = "traveler_session"

    /// As Postgres takes it.
    let token: Secret
    /// The org that it says it is of: a hint for planner and fairness until Postgres has checked it.
    let org: UUIDText
    /// The credential's own id, which is no secret, for the log.
    let id: UUIDText
    /// Whether the browser sent it by itself, so that the request may be another page's.
    let isCookie: Bool

    /// The credential of a request, whether or not it is a live one.
    init(_ request: Request) throws(Problem) {
        if let field = request.headers["authorization"] {
            let parts = field.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else {
                throw Problem(401, "credential_invalid", "The Authorization field is not a bearer token.")
            }
            try self.init(token: parts[1].drop { $0 == " " }, isCookie: false)
        } else if let token = Self.cookieValue(request.headers["cookie"] ?? "") {
            try self.init(token: token, isCookie: true)
        } else {
            throw Problem(
                401,
                "credential_missing",
                "The request says nothing of who sends it.",
                clear: "Send Authorization: Bearer with an API token, or sign in."
            )
        }
    }

    private init(token: Substring, isCookie: Bool) throws(Problem) {
        let bytes = Array(token.utf8)
        guard Self.isToken(bytes)
        else {
            throw Problem(
                401,
                "credential_invalid",
                "The credential is missing, unknown, expired or revoked.",
                rule: "T2",
                clear: "Sign in again, or use a live API token."
            )
        }
        self.token = Secret(String(token))
        org = UUIDText(hex: bytes[4..<36])
        id = UUIDText(hex: bytes[37..<69])
        self.isCookie = isCookie
    }

    /// Whether the bytes have the form of a token; called for every request, more than once.
    private static func isToken(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 134, bytes.starts(with: "tvl_".utf8) else { return false }
        return (4..<134).allSatisfy { index in
            switch bytes[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"):
                index != 36 && index != 69
            case UInt8(ascii: "_"): index == 36 || index == 69
            default: false
            }
        }
    }

    private static func cookieValue(_ field: String) -> Substring? {
        for pair in field.split(separator: ";") {
            let pair = pair.drop { $0 == " " }
            guard let equals = pair.firstIndex(of: "="), pair[..<equals] == cookie else { continue }
            return pair[pair.index(after: equals)...]
        }
        return nil
    }
}

extension Credential {
    /// Refuses a write that another site may have made the browser send: with the cookie come a field that no form can
    /// set and, from a browser, the mark that the page is ours.
    func requireOwnPage(_ request: Request) throws(Problem) {
        guard isCookie, request.method.writes else { return }
        guard request.headers["x-traveler-csrf"] == "1" else {
            throw Problem(
                403,
                "csrf",
                "A request that writes under the page's cookie carries X-Traveler-CSRF: 1.",
                clear: "Send the field, or use an API token."
            )
        }
        try Self.requireSameOrigin(request)
    }

    /// Refuses what a browser says comes from another origin. Who says nothing is no browser.
    static func requireSameOrigin(_ request: Request) throws(Problem) {
        let crossSite = Problem(403, "csrf", "The request comes from a page of another origin.")
        if let site = request.headers["sec-fetch-site"], site != "same-origin", site != "none" { throw crossSite }
        guard let origin = request.headers["origin"] else { return }
        guard let host = request.headers["host"], let separator = origin.firstRange(of: "://"),
            origin[separator.upperBound...].lowercased() == host.lowercased()
        else { throw crossSite }
    }

    /// The field that gives the page its cookie; with no token the one that takes it away.
    static func setCookie(_ token: String?, seconds: Int, for request: Request) -> String {
        let secure = request.headers["x-forwarded-proto"]?.lowercased() == "https" ? "; Secure" : ""
        return
            "\(cookie)=\(token ?? ""); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(token == nil ? 0 : seconds)\(secure)"
    }
}

import HTTP
import Postgres
import Testing

@testable import Service

/// Who may call: credentials, permissions, the page's cookie, the orgs apart (T1-T3).
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct AccessTests {
    @Test func whoSaysNothingIsAskedWhoTheyAre() throws {
        let api = try #require(ServedAPI.shared)
        for endpoint in API.routes where endpoint.access == .credential {
            let path = endpoint.path.replacing("{id}", with: "0190a0b4-7c1e-7000-8000-000000000000")
                .replacing("{number}", with: "1")
            let answer = try api.stranger().send(endpoint.method.rawValue, path)
            #expect(answer.status == 401 && answer.code == "credential_missing", "\(endpoint.name)")
            #expect(answer.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
        }
    }

    @Test(arguments: [
        "Bearer", "Bearer ", "Bearer x", "Basic dXNlcjpwYXNz", "tvl_x", "Bearer tvl_0_0_0",
        "Bearer tvl_" + String(repeating: "0", count: 32) + "_" + String(repeating: "0", count: 32) + "_"
            + String(repeating: "0", count: 64),
        "Bearer tvl_" + String(repeating: "G", count: 32) + "_" + String(repeating: "0", count: 32) + "_"
            + String(repeating: "0", count: 64),
    ])
    func whatIsNoLiveTokenIsRefused(_ field: String) throws {
        let answer = try #require(ServedAPI.shared).stranger().get("/v1/me", ["Authorization": field])
        #expect(answer.status == 401 && answer.code == "credential_invalid", "\(answer.text)")
    }

    @Test func aDeadTokenIsRefused() throws {
        let org = try #require(ServedAPI.shared).org()
        #expect(try org.admin.get("/v1/me").status == 200)
        let token = try #require(org.admin.token)
        try org.api.connect().script(
            """
            alter table traveler.credential disable trigger all;
            update traveler.credential set revoked_at = now() where id = '\(token.split(separator: "_")[2])'::uuid;
            alter table traveler.credential enable trigger all
            """
        )
        let answer = try org.admin.get("/v1/me")
        #expect(answer.status == 401 && answer.code == "credential_invalid")
    }

    @Test func aMissingPermissionIsNamed() throws {
        let org = try #require(ServedAPI.shared).org()
        let viewer = try org.user("viewer")
        let answer = try viewer.post("/v1/parts", #"{"part_number":"A","name":"x"}"#)
        #expect(answer.status == 403 && answer.code == "permission_missing")
        #expect(answer.json["permission"]?.text == "part.edit")
        #expect(answer.json["rule"]?.text == "T3")
        #expect(try viewer.get("/v1/parts").status == 200)
    }

    @Test func anotherOrgsRecordsDoNotExist() throws {
        let api = try #require(ServedAPI.shared)
        let (mine, theirs) = (try api.org(), try api.org())
        let part = try theirs.part(), procedure = try theirs.procedure(1), run = try theirs.run(procedure)
        let step = try #require(TestOrg.steps(run).first)
        let before = try theirs.historyCount()
        let client = mine.admin
        for path in [
            "/v1/parts/\(part)", "/v1/procedures/\(procedure)", "/v1/runs/\(run.id)", "/v1/steps/\(step)",
            "/v1/runs/\(run.id)/history", "/v1/parts/\(part)/history",
        ] {
            #expect(try client.get(path).status == 404, "\(path)")
        }
        #expect(try client.post("/v1/steps/\(step)/start").status == 404)
        #expect(try client.post("/v1/steps/complete", #"{"ids":["\#(step)"]}"#).status == 404)
        #expect(try client.post("/v1/runs/\(run.id)/complete").status == 404)
        #expect(try client.post("/v1/procedures/\(procedure)/archive").status == 404)
        #expect(try client.post("/v1/runs", #"{"procedure_id":"\#(procedure)"}"#).code == "procedure_unknown")
        #expect(try client.post("/v1/inventory", #"{"part_id":"\#(part)"}"#).code == "part_unknown")
        #expect(try client.get("/v1/runs").items.isEmpty && client.get("/v1/parts").items.isEmpty)
        #expect(try theirs.historyCount() == before)
    }

    @Test func thePageSignsInAndWritesUnderItsCookie() throws {
        let org = try #require(ServedAPI.shared).org()
        let page = org.api.stranger()
        let signIn = #"{"org":"\#(org.slug)","email":"admin@\#(org.slug).test","password":"\#(TestOrg.password)"}"#
        let answer = try page.post("/v1/sign-in", signIn)
        let cookie = try #require(answer.headers["set-cookie"])
        #expect(answer.status == 200 && answer.json["email"]?.text == "admin@\(org.slug).test")
        for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] { #expect(cookie.contains(part)) }
        #expect(!cookie.contains("Secure"))
        let secure = try page.post("/v1/sign-in", signIn, ["X-Forwarded-Proto": "https"])
        #expect(secure.headers["set-cookie"]?.hasSuffix("; Secure") == true)

        let session = String(cookie.prefix { $0 != ";" })
        #expect(try page.get("/v1/me", ["Cookie": "a=b; \(session)"]).status == 200)
        let part = #"{"part_number":"A","name":"x"}"#
        let host = "127.0.0.1:\(org.api.port)"
        let attacks: [[String: String]] = [
            [:], ["X-Traveler-CSRF": "0"], ["Origin": "http://\(host)"],
            ["X-Traveler-CSRF": "1", "Origin": "http://evil.test"], ["X-Traveler-CSRF": "1", "Origin": "null"],
            ["X-Traveler-CSRF": "1", "Sec-Fetch-Site": "cross-site"],
            ["X-Traveler-CSRF": "1", "Sec-Fetch-Site": "same-site"],
            ["X-Traveler-CSRF": "1", "Origin": "http://\(host).evil.test"],
        ]
        for attack in attacks {
            let answer = try page.post("/v1/parts", part, attack.merging(["Cookie": session]) { $1 })
            #expect(answer.status == 403 && answer.code == "csrf", "\(attack)")
        }
        let own = [
            "Cookie": session, "X-Traveler-CSRF": "1", "Origin": "http://\(host)", "Sec-Fetch-Site": "same-origin",
        ]
        #expect(try page.post("/v1/parts", part, own).status == 201)

        let out = try page.post("/v1/sign-out", nil, own)
        #expect(out.status == 204 && out.headers["set-cookie"]?.contains("Max-Age=0") == true)
        #expect(try page.get("/v1/me", ["Cookie": session]).status == 401)
    }

    @Test func anotherSiteCanNotSignABrowserIn() throws {
        let org = try #require(ServedAPI.shared).org()
        let signIn = #"{"org":"\#(org.slug)","email":"admin@\#(org.slug).test","password":"\#(TestOrg.password)"}"#
        let answer = try org.api.stranger().post("/v1/sign-in", signIn, ["Origin": "http://evil.test"])
        #expect(answer.status == 403 && answer.code == "csrf")
    }

    @Test func failedSignInsCloseTheAddressForAWhile() throws {
        let org = try #require(ServedAPI.shared).org()
        let page = org.api.stranger()
        func signIn(_ password: String) throws -> APIClient.Answer {
            try page.post(
                "/v1/sign-in",
                #"{"org":"\#(org.slug)","email":"admin@\#(org.slug).test","password":"\#(password)"}"#
            )
        }
        for _ in 0..<5 {
            let answer = try signIn("wrong")
            #expect(answer.status == 401 && answer.code == "sign_in_failed")
        }
        let closed = try signIn(TestOrg.password)
        #expect(closed.status == 429 && closed.code == "sign_in_closed")
        #expect((Int(closed.headers["retry-after"] ?? "") ?? 0) > 0)
    }

    @Test func anUnknownOrgOrAddressIsAWrongPassword() throws {
        let org = try #require(ServedAPI.shared).org()
        for (slug, email) in [("nowhere", "a@b"), (org.slug, "nobody@\(org.slug).test")] {
            let body = #"{"org":"\#(slug)","email":"\#(email)","password":"x"}"#
            let answer = try org.api.stranger().post("/v1/sign-in", body)
            #expect(answer.status == 401 && answer.code == "sign_in_failed" && answer.headers["set-cookie"] == nil)
        }
    }
}

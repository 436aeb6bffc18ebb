import HTTP
import Postgres
import Testing

@testable import Service

/// Reads: pages, entity tags, HEAD, methods, headers.
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct ReadingTests {
    /// All pages of a list; `between` runs after each.
    private func pages(
        _ client: APIClient,
        _ path: String,
        limit: Int,
        between: () throws -> Void = {}
    ) throws -> [[JSONValue]] {
        var pages: [[JSONValue]] = []
        var cursor: String?
        repeat {
            let more = cursor.map { "&cursor=\($0)" } ?? ""
            let answer = try client.get("\(path)\(path.contains("?") ? "&" : "?")limit=\(limit)\(more)")
            try #require(answer.status == 200, "\(answer.text)")
            pages.append(answer.items)
            cursor = answer.json["next_cursor"]?.text
            try between()
        } while cursor != nil && pages.count < 100
        return pages
    }

    @Test func pagesHoldEachRowOnceWhileRowsAreInserted() throws {
        let org = try #require(ServedAPI.shared).org()
        let procedure = try org.procedure(1)
        for _ in 0..<10 { _ = try org.run(procedure) }
        var made = 10
        for sort in ["-number", "number"] {
            let before = made
            let pages = try pages(org.admin, "/v1/runs?sort=\(sort)", limit: 3) {
                guard made < before + 4 else { return }
                _ = try org.run(procedure)
                made += 1
            }
            let numbers = pages.flatMap { $0 }.compactMap { $0["number"]?.digits }.compactMap { Int($0) }
            #expect(Set(numbers).count == numbers.count)
            #expect(numbers == numbers.sorted(by: sort == "number" ? (<) : (>)))
            #expect(Set(1...before).isSubset(of: Set(numbers)), "a row that was there from the beginning is missing")
            #expect(pages.dropLast().allSatisfy { $0.count == 3 })
        }
    }

    @Test func pagesFollowAKeyOfTwoParts() throws {
        let org = try #require(ServedAPI.shared).org()
        for (number, revision) in [("A", "1"), ("A", "2"), ("B", "1"), ("A\\\"'", "1"), ("é", "1"), ("C", "1")] {
            let body =
                #"{"part_number":"\#(number.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))","#
                + #""revision":"\#(revision)","name":"x"}"#
            #expect(try org.admin.post("/v1/parts", body).status == 201)
        }
        let parts = try pages(org.admin, "/v1/parts", limit: 1)
        #expect(parts.allSatisfy { $0.count == 1 } && parts.count == 6)
        let whole = try org.admin.get("/v1/parts").items
        #expect(parts.flatMap { $0 } == whole)
    }

    @Test func aCursorOfAnotherOrderIsRefused() throws {
        let org = try #require(ServedAPI.shared).org()
        let procedure = try org.procedure(1)
        for _ in 0..<2 { _ = try org.run(procedure) }
        let cursor = try #require(try org.admin.get("/v1/runs?limit=1").json["next_cursor"]?.text)
        #expect(try org.admin.get("/v1/runs?limit=1&cursor=\(cursor)").items.count == 1)
        #expect(try org.admin.get("/v1/runs?limit=1&sort=number&cursor=\(cursor)").faults == ["cursor cursor_invalid"])
        #expect(try org.admin.get("/v1/parts?cursor=\(cursor)").faults == ["cursor cursor_invalid"])
    }

    @Test func filtersNarrowAList() throws {
        let org = try #require(ServedAPI.shared).org()
        let procedure = try org.procedure(2)
        let run = try org.run(procedure), other = try org.run(procedure)
        let steps = TestOrg.steps(run)
        _ = try org.admin.post("/v1/steps/\(steps[0])/start")
        func count(_ path: String) throws -> Int { try org.admin.get(path).items.count }
        #expect(try count("/v1/runs?status=in_progress") == 1 && count("/v1/runs?status=todo") == 1)
        #expect(try count("/v1/runs?search=2") == 1 && count("/v1/runs?search=BUILD") == 2)
        #expect(try count("/v1/runs?search=%25") == 0, "a percent sign is no wildcard")
        #expect(try count("/v1/runs?procedure_id=\(procedure)") == 2)
        #expect(try count("/v1/runs?part_id=\(procedure)") == 0)
        #expect(try count("/v1/steps?run_id=\(run.id)") == 2 && count("/v1/steps?run_id=\(other.id)&state=todo") == 2)
        #expect(try count("/v1/steps?available=true") == 2 && count("/v1/steps?available=false") == 2)
        #expect(try count("/v1/steps?state=in_progress&available=true") == 1)
        let building = try org.admin.get("/v1/inventory?status=work_in_progress").items
        #expect(building.count == 2)
    }

    @Test func aListShowsWhatTheDocumentShows() throws {
        let org = try #require(ServedAPI.shared).org()
        let part = try org.part("A")
        let stock = try org.admin.post(
            "/v1/inventory",
            #"{"part_id":"\#(part)","quantity":"12.50","expires_at":"2030-01-02T03:04:05.678+02:00"}"#
        )
        let listed = try #require(try org.admin.get("/v1/inventory").items.first)
        guard case .object(let members) = stock.json else { throw APIClient.Failure(description: "no object") }
        for member in members { #expect(listed[member.name] == member.value, "\(member.name)") }
        #expect(listed["quantity"]?.text == "12.5")
        #expect(listed["expires_at"]?.text == "2030-01-02T01:04:05.678000Z")
    }

    @Test func whatTheClientHoldsIsNotSentAgain() throws {
        let org = try #require(ServedAPI.shared).org()
        let run = try org.run(try org.procedure(1))
        let read = try org.admin.get("/v1/runs/\(run.id)")
        let tag = try #require(read.headers["etag"])
        let same = try org.admin.get("/v1/runs/\(run.id)", ["If-None-Match": tag])
        #expect(same.status == 304 && same.body.isEmpty && same.headers["etag"] == tag)
        #expect(try org.admin.get("/v1/runs/\(run.id)", ["If-None-Match": "\"x\", W/\(tag)"]).status == 304)
        // A step's move leaves the run's own version as it is; the tag must tell all the same.
        _ = try org.admin.post("/v1/steps/\(try #require(TestOrg.steps(run).first))/start")
        let changed = try org.admin.get("/v1/runs/\(run.id)", ["If-None-Match": tag])
        #expect(changed.status == 200 && changed.headers["etag"] != tag)
    }

    @Test func headIsGetWithoutTheBody() throws {
        let org = try #require(ServedAPI.shared).org()
        let part = try org.part()
        let get = try org.admin.get("/v1/parts/\(part)"), head = try org.admin.send("HEAD", "/v1/parts/\(part)")
        #expect(head.status == 200 && head.body.isEmpty)
        for field in ["etag", "content-length", "content-type"] { #expect(head.headers[field] == get.headers[field]) }
        #expect(try org.admin.send("HEAD", "/v1/parts/0190a0b4-7c1e-7000-8000-000000000000").status == 404)
    }

    @Test func methodsThatAPathLacksAreNamed() throws {
        let client = try #require(ServedAPI.shared).org().admin
        let answer = try client.exchange(
            Array("DELETE /v1/runs HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer \(client.token ?? "")\r\n\r\n".utf8)
        )
        #expect(answer.status == 405 && answer.code == "method_not_allowed")
        #expect(answer.headers["allow"] == "GET, HEAD, POST, OPTIONS")
        #expect(answer.headers["content-type"] == "application/problem+json")
    }

    @Test func theServersOwnRefusalsAreProblemDocumentsToo() throws {
        let client = try #require(ServedAPI.shared).stranger()
        let long = String(repeating: "a", count: 9000), wide = String(repeating: "b", count: 17_000)
        for (request, status) in [
            ("BAD\r\n\r\n", 400), ("GET /\(long) HTTP/1.1\r\nHost: t\r\n\r\n", 414),
            ("GET / HTTP/1.1\r\nHost: t\r\nX: \(wide)\r\n\r\n", 431), ("BREW / HTTP/1.1\r\nHost: t\r\n\r\n", 501),
            ("GET / HTTP/2.5\r\nHost: t\r\n\r\n", 505), ("GET /nowhere HTTP/1.1\r\nHost: t\r\n\r\n", 404),
        ] {
            let answer = try client.exchange(Array(request.utf8))
            #expect(answer.status == status, "\(answer.text)")
            #expect(answer.headers["content-type"] == "application/problem+json")
            #expect(answer.json["request_id"]?.text == answer.headers["x-request-id"] && !answer.code.isEmpty)
        }
    }

    @Test func everyAnswerCarriesTheSecurityHeaders() throws {
        let client = try #require(ServedAPI.shared).org().admin
        for path in ["/v1/me", "/v1/nothing", "/", "/page/main.js", "/healthz", "/metrics", "/v1/openapi.json"] {
            let headers = try client.get(path).headers
            #expect(headers["x-content-type-options"] == "nosniff" && headers["referrer-policy"] == "no-referrer")
            #expect(headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true, "\(path)")
            #expect(headers["server"] == nil)
        }
        #expect(try client.get("/v1/me").headers["cache-control"] == "no-store")
    }

    @Test func theClientsRequestIdIsKept() throws {
        let org = try #require(ServedAPI.shared).org()
        let part = try org.admin.post("/v1/parts", #"{"part_number":"A","name":"x"}"#, ["X-Request-Id": "order-7"])
        #expect(part.headers["x-request-id"] == "order-7")
        let history = try org.admin.get("/v1/parts/\(part.id)/history")
        #expect(history.items.first?["request_id"]?.text == "order-7")
    }

    @Test func historyGoesBackPageByPage() throws {
        let org = try #require(ServedAPI.shared).org()
        let part = try org.part()
        for name in 0..<4 {
            _ = try org.admin.send("PATCH", "/v1/parts/\(part)", body: Array(#"{"name":"\#(name)"}"#.utf8))
        }
        var seen: [Int] = [], before: String?
        repeat {
            let answer = try org.admin.get("/v1/parts/\(part)/history?limit=2\(before.map { "&before=\($0)" } ?? "")")
            seen += answer.items.compactMap { $0["seq"]?.digits }.compactMap { Int($0) }
            before = answer.json["next_cursor"]?.text
        } while before != nil
        #expect(seen == [5, 4, 3, 2, 1])
    }

    /// Y2: an org reads where its history was sealed, and no other's.
    @Test func sealsAreReadNewestFirst() throws {
        let org = try #require(ServedAPI.shared).org()
        let worker = ReconnectingConnection(url: ServedAPI.url(of: org.api.name, as: "traveler_worker"))
        for number in ["A", "B", "C"] {
            _ = try org.part(number)
            _ = try SealJob(interval: .seconds(60)).run(on: worker)
        }
        let seals = try pages(org.admin, "/v1/history/seals", limit: 2).flatMap { $0 }
        #expect(seals.compactMap { $0["number"]?.digits } == ["3", "2", "1"])
        #expect(seals[0]["digest"]?.text?.count == 64 && seals[0]["complete"] == .boolean(true))
    }

    @Test func thePageIsServed() throws {
        let client = try #require(ServedAPI.shared).stranger()
        let page = try client.get("/")
        #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
        let tag = try #require(page.headers["etag"])
        #expect(try client.get("/", ["If-None-Match": tag]).status == 304)
        #expect(try client.get("/page/main.js").headers["content-type"] == "text/javascript; charset=utf-8")
        #expect(try client.get("/page/../v1/healthz").status == 404)
        #expect(try client.get("/healthz").status == 200)
    }
}

import Testing

@testable import HTTP

@Suite struct AssetsTests {
    private let assets: Assets = {
        var assets = Assets(headers: ["content-security-policy": "default-src 'self'"])
        assets.add(path: "/", contentType: Assets.contentType(ofName: "index.html"), bytes: Array("<p>".utf8))
        assets.add(path: "/a.css", contentType: "text/css; charset=utf-8", bytes: [1, 2], isImmutable: true)
        return assets
    }()

    @Test func servesByExactPath() throws {
        let response = try #require(assets.response(to: Request(method: .get, path: "/")))
        #expect(response.status == 200)
        #expect(response.headers["content-type"] == "text/html; charset=utf-8")
        #expect(response.headers["content-security-policy"] == "default-src 'self'")
        #expect(response.headers["cache-control"] == "no-cache")
        #expect(response.headers["x-content-type-options"] == "nosniff")
        #expect(try response.collectBody() == Array("<p>".utf8))
        #expect(assets.response(to: Request(method: .head, path: "/a.css"))?.status == 200)
        for path in ["/a", "/a.css/", "//", "/A.css", "/../a.css"] {
            #expect(assets.response(to: Request(method: .get, path: path)) == nil)
        }
        #expect(assets.response(to: Request(method: .post, path: "/")) == nil)
        #expect(assets.paths == ["/", "/a.css"])
    }

    @Test func answersNotModifiedToWhoHoldsTheSame() throws {
        let tag = try #require(assets.response(to: Request(method: .get, path: "/a.css"))?.headers["etag"])
        let again = Request(method: .get, path: "/a.css", headers: ["if-none-match": tag])
        let response = try #require(assets.response(to: again))
        #expect(response.status == 304)
        #expect(response.headers["etag"] == tag)
        #expect(response.headers["cache-control"] == "public, max-age=31536000, immutable")
        #expect(try response.collectBody().isEmpty)
        let other = Request(method: .get, path: "/", headers: ["if-none-match": tag])
        #expect(assets.response(to: other)?.status == 200)
    }
}

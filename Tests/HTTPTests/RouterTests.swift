import Testing

@testable import HTTP

@Suite struct RouterTests {
    private let router = Router<String>([
        (.get, "/", "root"),
        (.get, "/v1/runs", "list"),
        (.post, "/v1/runs", "create"),
        (.get, "/v1/runs/{id}", "get"),
        (.get, "/v1/runs/search", "search"),
        (.post, "/v1/runs/{run}/complete", "complete"),
        (.delete, "/v1/runs/{id}/units/{unit}", "remove unit"),
    ])

    private func found(_ method: Method, _ path: String) -> String? {
        guard case .found(let endpoint, _) = router.match(method, path) else { return nil }
        return endpoint
    }

    @Test(arguments: [
        (Method.get, "/", "root"), (.get, "/v1/runs", "list"), (.post, "/v1/runs", "create"),
        (.get, "/v1/runs/7", "get"), (.get, "/v1/runs/search", "search"), (.post, "/v1/runs/7/complete", "complete"),
        (.post, "/v1/runs/search/complete", "complete"), (.head, "/v1/runs", "list"),
    ])
    func findsTheEndpoint(method: Method, path: String, endpoint: String) {
        #expect(found(method, path) == endpoint)
    }

    @Test(arguments: ["/v1", "/v1/runs/", "/v1/runs//complete", "//v1/runs", "/v1/runs/7/complete/", "", "*"])
    func findsNothing(path: String) {
        guard case .notFound = router.match(.get, path) else {
            Issue.record("\(path) was found")
            return
        }
    }

    @Test func handsOverEachParameterUnderItsName() {
        guard case .found(_, let parameters) = router.match(.delete, "/v1/runs/a/units/b") else {
            Issue.record("not found")
            return
        }
        #expect(parameters == ["id": "a", "unit": "b"])
        #expect(parameters["run"] == nil)
    }

    @Test func namesTheMethodsThatAPathHas() {
        guard case .methodNotAllowed(let allow) = router.match(.patch, "/v1/runs") else {
            Issue.record("found")
            return
        }
        #expect(allow == [.get, .head, .post, .options])
        #expect(router.allowedMethods("/v1/runs/7/complete") == [.post, .options])
        #expect(router.allowedMethods("/nowhere") == nil)
        #expect(router.allowedMethods("*") == [.get, .head, .post, .delete, .options])
    }

    @Test func listsItsRoutesInOrder() {
        #expect(router.routes.map(\.template).first == "/")
        #expect(router.routes.count == 7)
    }
}

import HTTP
import Testing

@testable import Service

@Suite struct FairnessTests {
    private static let token =
        "tvl_\(String(repeating: "a", count: 32))_\(String(repeating: "0", count: 32))_"
        + String(repeating: "0", count: 64)

    private func shares(_ path: String, workers: Int) throws -> [String: Int] {
        let router = Router(API.endpoints.map { ($0.method, $0.path, $0) })
        guard case .found(let endpoint, let parameters) = router.match(.get, path) else { return [:] }
        let request = Request(method: .get, path: path, headers: ["authorization": "Bearer \(Self.token)"])
        let lanes: [Lane: Int] = [.interactive: workers, .heavy: 2]
        let shares = Fairness.shares(request, endpoint, parameters, workers: lanes)
        return Dictionary(uniqueKeysWithValues: shares.map { ($0.key, $0.limit) })
    }

    @Test func anOrgLeavesAWorkerAndARunHalfOfThem() throws {
        let org = "org:aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", id = "0190a0b4-7c1e-7000-8000-000000000000"
        #expect(try shares("/v1/runs", workers: 8) == [org: 7])
        #expect(try shares("/v1/runs/\(id)", workers: 8) == [org: 7, "run:\(id)": 4])
        #expect(try shares("/v1/runs/\(id)/history", workers: 2) == [org: 1, "run:\(id)": 1])
        #expect(try shares("/v1/runs/\(id.uppercased())", workers: 8)["run:\(id)"] == 4)
        #expect(try shares("/v1/parts/\(id)", workers: 8) == [org: 7])
        #expect(try shares("/v1/inventory/\(id)/abom", workers: 8) == [org: 1], "the heavy lane counts for itself")
        #expect(try shares("/healthz", workers: 8) == [:])
    }

    @Test func strangersLeaveAHeavyWorkerToThoseWhoAreSignedIn() throws {
        let signIn = try #require(API.endpoints.first { $0.path == "/v1/sign-in" })
        let request = Request(method: .post, path: "/v1/sign-in")
        let shares = Fairness.shares(request, signIn, [:], workers: [.interactive: 8, .heavy: 2])
        #expect(shares.map(\.key) == ["anyone"] && shares.map(\.limit) == [1])
    }

    @Test func longActsGoToTheHeavyLane() {
        func lane(_ method: HTTP.Method, _ path: String, _ bytes: Int) -> Lane? {
            let endpoint = API.endpoints.first { $0.method == method && $0.path == path }
            let request = Request(method: method, path: path, body: [UInt8](repeating: 0x20, count: bytes))
            return endpoint?.lane.lane(for: request)
        }
        let id = 36 + 3
        #expect(lane(.post, "/v1/steps/start", 10 + 49 * id) == .interactive)
        #expect(lane(.post, "/v1/steps/start", 10 + 50 * id) == .heavy)
        #expect(lane(.post, "/v1/sign-in", 60) == .heavy)
        #expect(lane(.get, "/v1/runs", 0) == .interactive)
    }
}

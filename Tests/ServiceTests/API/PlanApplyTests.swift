import Glibc
import HTTP
import Postgres
import Testing

@testable import Service

/// Plans that are applied while somebody else plans the same runs (H3).
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct PlanApplyTests {
    private static let pid = Statement("test_pid", "select pg_backend_pid()")
    private static let waiting = Statement(
        "test_waiting",
        "select count(*) from pg_stat_activity a where $1::integer = any (pg_blocking_pids(a.pid))"
    )

    /// What applying answers when it was asked while another had said, and not committed, that the run starts in 2097.
    private func apply(_ path: String, looksFirst: Bool) throws -> APIClient.Answer {
        let api = try #require(ServedAPI.shared), org = try api.org()
        let run = try org.run(try org.procedure(2)).id
        let look = try org.admin.post(path.replacing("/apply", with: ""), #"{"run_ids":["\#(run)"]}"#)
        let basis = looksFirst ? #","basis":"\#(look.json["basis"]?.text ?? "")""# : ""
        let other = try api.connect(as: "traveler_service"), watcher = try api.connect()
        let pid = try #require(try other.execute(Query(Self.pid)).int(0, 0))
        try other.script(
            """
            begin;
            select traveler.enter('\(org.admin.token ?? "")', 'other', 30000);
            select traveler.set_schedule('{"runs": [{"id": "\(run)", "scheduled_start": "2097-01-01T00:00:00Z"}]}')
            """
        )
        let answer = Lock<APIClient.Answer?>(nil)
        let (port, token) = (api.port, org.admin.token)
        let thread = WorkThread {
            let client = APIClient(port: port, token: token)
            let applied = try? client.post(path, #"{"run_ids":["\#(run)"]\#(basis)}"#)
            answer.withLock { $0 = applied }
        }
        for _ in 0..<400 where try watcher.execute(Query(Self.waiting, [.int(pid)])).int(0, 0) == 0 { usleep(5000) }
        try other.script("commit")
        thread.join()
        return try #require(answer.withLock { $0 })
    }

    @Test(arguments: ["/v1/plans/apply", "/v1/plans/replan/apply"])
    func whatNobodyLookedAtIsPlannedFromHowItIsByThen(_ path: String) throws {
        let answer = try apply(path, looksFirst: false)
        #expect(answer.status == 200, "\(answer.text)")
        let starts = (answer.json["steps"]?.elements ?? []).map { $0["scheduled_start"]?.text?.prefix(4) }
        #expect(starts == ["2097", "2097"])
    }

    @Test(arguments: ["/v1/plans/apply", "/v1/plans/replan/apply"])
    func whatWasLookedAtIsAppliedAsItWasOrNotAtAll(_ path: String) throws {
        let answer = try apply(path, looksFirst: true)
        #expect(answer.status == 409 && answer.code == "schedule_changed", "\(answer.text)")
    }
}

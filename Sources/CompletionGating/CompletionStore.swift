package import Postgres
import RunModel

/// Reads the facts of a review: four statements, one round trip.
package enum CompletionStore {
    /// The run's columns; no row when the org has no such run.
    private static let run = Statement(
        "completion_run",
        """
        select r.id, r.number, r.status, r.version, r.completion_number, r.completed_at is not null, o.complete_by_act,
            r.steps_total, r.steps_completed, r.steps_canceled
        from traveler.run r join traveler.org o on o.org_id = r.org_id
        where r.org_id = $1::uuid and r.id = $2::uuid
        """
    )

    /// The gate's rows, each with the step that it stands at.
    private static let blockers = Statement(
        "completion_blockers",
        """
        select b.kind, b.rule, b.subject_id, b.what, b.clear, traveler.json_time(b.since), s.id, s.title, s.state, l.name,
            s.id in (select traveler.available_steps($2::uuid)), traveler.blocker_permission(b.kind)
        from traveler.completion_blocker b
        left join traveler.run_step s on s.org_id = b.org_id and s.id = b.run_step_id
        left join traveler.location l on l.org_id = s.org_id and l.id = s.location_id
        where b.org_id = $1::uuid and b.run_id = $2::uuid
        """
    )

    private static let remarks = Statement(
        "completion_remarks",
        """
        select w.kind, w.severity, w.subject_id, w.run_step_id, w.what, w.clear, traveler.json_time(w.since), w.stands,
            w.acknowledged_by, w.waits
        from traveler.completion_warning w
        where w.org_id = $1::uuid and w.run_id = $2::uuid
        """
    )

    private static let labor = Statement(
        "completion_labor",
        """
        select count(*) filter (where l.ended_at is null),
            count(*) filter (where coalesce(l.ended_at, now()) - l.started_at > make_interval(mins => o.session_limit_minutes)),
            coalesce(sum(extract(epoch from coalesce(l.ended_at, now()) - l.started_at)), 0)::bigint
        from traveler.labor_session l join traveler.org o on o.org_id = l.org_id
        where l.org_id = $1::uuid and l.run_id = $2::uuid
        """
    )

    /// For preparing them before the first request.
    package static let statements = [run, blockers, remarks, labor]

    /// The facts of a run as this transaction sees them, or nil when the org has no such run. Ends the transaction.
    ///
    /// - Throws: ``PostgresError``; ``UnknownGate`` when Postgres names a blocker that this build does not know.
    package static func facts(ofRun run: String, org: String, in transaction: Transaction) throws -> CompletionFacts? {
        let key: [Value] = [.text(org), .text(run)]
        let results = try transaction.finish(with: statements.map { Query($0, key) })
        guard results.count == statements.count, results[0].rowCount == 1 else { return nil }
        return CompletionFacts(
            runID: results[0].string(0, 0) ?? run,
            number: results[0].int(0, 1) ?? 0,
            status: try known(RunStatus.self, results[0].string(0, 2)),
            version: results[0].int(0, 3) ?? 0,
            completionNumber: results[0].int(0, 4) ?? 0,
            isCompleted: results[0].bool(0, 5) ?? false,
            completesByActOnly: results[0].bool(0, 6) ?? false,
            stepsTotal: results[0].int(0, 7) ?? 0,
            stepsCompleted: results[0].int(0, 8) ?? 0,
            stepsCanceled: results[0].int(0, 9) ?? 0,
            blockers: try (0..<results[1].rowCount).map { try blocker(results[1], $0) },
            remarks: try (0..<results[2].rowCount).map { try remark(results[2], $0) },
            labor: LaborSummary(
                openSessions: results[3].int(0, 0) ?? 0,
                flaggedSessions: results[3].int(0, 1) ?? 0,
                seconds: results[3].int(0, 2) ?? 0
            )
        )
    }

    private static func blocker(_ result: QueryResult, _ row: Int) throws(UnknownGate) -> Blocker {
        var step: Blocker.Step?
        if let id = result.string(row, 6) {
            step = Blocker.Step(
                id: id,
                title: result.string(row, 7) ?? "",
                state: try known(StepState.self, result.string(row, 8)),
                location: result.string(row, 9),
                isAvailable: result.bool(row, 10) ?? false
            )
        }
        return Blocker(
            kind: try known(BlockerKind.self, result.string(row, 0)),
            rule: result.string(row, 1) ?? "",
            subjectID: result.string(row, 2) ?? "",
            step: step,
            what: result.string(row, 3) ?? "",
            clear: result.string(row, 4) ?? "",
            since: result.string(row, 5) ?? "",
            permission: result.string(row, 11) ?? ""
        )
    }

    private static func remark(_ result: QueryResult, _ row: Int) throws(UnknownGate) -> Remark {
        Remark(
            kind: try known(BlockerKind.self, result.string(row, 0)),
            severity: try known(Remark.Severity.self, result.string(row, 1)),
            subjectID: result.string(row, 2) ?? "",
            stepID: result.string(row, 3),
            what: result.string(row, 4) ?? "",
            clear: result.string(row, 5) ?? "",
            since: result.string(row, 6) ?? "",
            stands: result.string(row, 7) ?? "",
            acknowledgedBy: result.string(row, 8),
            waits: result.bool(row, 9) ?? false
        )
    }

    private static func known<Word: RawRepresentable<String>>(
        _ type: Word.Type,
        _ text: String?
    ) throws(UnknownGate) -> Word {
        guard let word = Word(rawValue: text ?? "") else { throw UnknownGate(word: text ?? "NULL") }
        return word
    }
}

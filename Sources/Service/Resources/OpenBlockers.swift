import CompletionGating
import HTTP
import Postgres

/// What stops the org's live runs from completing (C1), over all of them: what stops us shipping.
enum OpenBlockers {
    private static let item: Schema = .named("OpenBlocker") {
        .object([
            .required("run_id", .uuid), .required("run_number", .count), .required("run_title", .string),
            .required("run_status", .choice(Runs.statuses)),
            .required("kind", .choice(BlockerKind.allCases.map(\.rawValue))), .required("rule", .string),
            .required("run_step_id", .nullable(.uuid)), .required("step_title", .nullable(.string)),
            .required("step_state", .nullable(.choice(Steps.states))),
            .required("location_id", .nullable(.uuid)), .required("location", .nullable(.string)),
            .required("subject_id", .uuid), .required("what", .string), .required("clear", .string),
            .required("permission", .string, "What whoever clears it needs (T3)."),
            .required("since", .time), .required("age_seconds", .count, "How long it has stood."),
        ])
    }

    /// Run by run, oldest first, so that a page costs what it shows: `offset 0` and `limit 1` keep the planner from
    /// reading the org's blockers, or its steps, before it picks the page. Of one kind, a run that can't have it is
    /// passed over by its counters or one look into an index, as the gate itself takes ten times as long to say so;
    /// the page is planned for its own filters, and what is asked of other kinds is not in the plan.
    private static let list = ListPage(
        [
            ListPage.Sort(
                name: "run_number",
                statement: Statement(
                    "blocker_list",
                    """
                    select r.id as run_id, r.number as run_number, r.title as run_title, r.status as run_status, b.kind, b.rule,
                        b.run_step_id, s.title as step_title, s.state as step_state, s.location_id, l.name as location,
                        b.subject_id, b.what, b.clear, traveler.blocker_permission(b.kind) as permission, b.since,
                        greatest(0, extract(epoch from now() - b.since))::bigint as age_seconds,
                        r.number, b.kind, b.subject_id
                    from (
                        select r.id, r.org_id, r.number, r.title, r.status, r.attributes from traveler.run r
                        where r.org_id = $1::uuid and r.completed_at is null and r.status <> 'canceled' and ($3::bigint is null or r.number >= $3)
                            and ($6::text is null or r.status = $6)
                            and case $7::text
                                when 'no_step_completed' then r.steps_completed = 0
                                when 'required_step_open' then r.steps_todo > 0
                                when 'step_open' then r.steps_in_progress + r.steps_hold + r.steps_redline + r.steps_failed > 0
                                when 'field_missing' then (select true from traveler.run_step_field x
                                    where x.org_id = $1::uuid and x.run_id = r.id and x.required and x.value is null
                                        and x.withdrawn_at is null limit 1)
                                when 'field_out_of_range' then (select true from traveler.run_step_field x
                                    where x.org_id = $1::uuid and x.run_id = r.id and x.out_of_range
                                        and x.withdrawn_at is null limit 1)
                                when 'signature_stale' then (select true from traveler.run_step_field x
                                    where x.org_id = $1::uuid and x.run_id = r.id and x.stale
                                        and x.withdrawn_at is null limit 1)
                                    or (select true from traveler.signature x
                                        where x.org_id = $1::uuid and x.run_id = r.id and x.kind = 'step'
                                            and x.void_reason = 'changed' limit 1)
                                when 'approval_missing' then (select true from traveler.run_step_approval_requirement x
                                    where x.org_id = $1::uuid and x.run_id = r.id limit 1)
                                when 'requirement_unmet' then (select true from traveler.build_requirement x
                                    where x.org_id = $1::uuid and x.run_id = r.id
                                        and x.quantity_installed + x.quantity_excepted < x.quantity_needed limit 1)
                                when 'installation_names_no_unit' then (select true from traveler.installation x
                                    where x.org_id = $1::uuid and x.run_id = r.id and x.assembly_inventory_id is null
                                        limit 1)
                                when 'unit_unidentified' then (select x.tracking <> 'none' from traveler.part x
                                    where x.org_id = $1::uuid and x.id = r.part_id)
                                when 'outside_process_open' then (select true from traveler.run_step x
                                    where x.org_id = $1::uuid and x.run_id = r.id and x.outside_process limit 1)
                                when 'attribute_missing' then (select true from traveler.attribute_definition x
                                    where x.org_id = $1::uuid and x.record = 'run' and x.required
                                        and x.archived_at is null and not r.attributes ? x.key limit 1)
                                when 'step_attribute_missing' then (select true from traveler.attribute_definition x
                                    where x.org_id = $1::uuid and x.record = 'run_step' and x.required
                                        and x.archived_at is null limit 1)
                                when 'unit_attribute_missing' then (select true from traveler.attribute_definition x
                                    where x.org_id = $1::uuid and x.record = 'part_inventory' and x.required
                                        and x.archived_at is null limit 1)
                                when 'open_issue' then (select true from traveler.issue x
                                    where x.org_id = $1::uuid and x.run_id = r.id and x.state <> 'resolved' limit 1)
                                when 'accepted_deviation' then (select true from traveler.deviation x
                                    where x.org_id = $1::uuid and x.run_id = r.id and x.voided_at is null limit 1)
                                when 'undone_step' then r.steps_todo > 0
                                when 'unmerged_redline' then (select true from traveler.redline x
                                    where x.org_id = $1::uuid and x.run_id = r.id and x.state = 'released' limit 1)
                                else true end
                            and ($8::uuid is null or (select true from traveler.run_step x
                                where x.org_id = $1::uuid and x.run_id = r.id and x.location_id = $8 limit 1))
                            and ($9::uuid is null or (select true from traveler.labor_session x
                                where x.org_id = $1::uuid and x.run_id = r.id and x.user_id = $9 and x.ended_at is null limit 1)
                                or r.id = any (array(select e.run_id from traveler.assignee e
                                    where e.org_id = $1::uuid and e.user_id = $9)))
                        order by r.number) r
                    cross join lateral (
                        select b.* from traveler.completion_blocker b
                        where b.org_id = $1::uuid and b.run_id = r.id and ($7::text is null or b.kind = $7)
                            and ($3::bigint is null or (r.number, b.kind, b.subject_id) > ($3, $4::text, $5::uuid)) offset 0) b
                    left join traveler.run_step s on s.org_id = $1::uuid and s.id = b.run_step_id
                    left join traveler.location l on l.org_id = $1::uuid and l.id = s.location_id
                    where ($8::uuid is null or s.location_id = $8)
                        and ($9::uuid is null or (select true from traveler.labor_session x
                            where x.org_id = $1::uuid and x.run_step_id = s.id and x.user_id = $9 and x.ended_at is null limit 1)
                            or (select true from traveler.step_assignee e
                                where e.org_id = $1::uuid and e.run_id = r.id and e.run_step_id = s.id and e.user_id = $9 limit 1))
                    order by r.number, b.kind, b.subject_id limit $2::integer
                    """
                ),
                key: [.integer, .text, .uuid]
            )
        ],
        filters: [
            QueryParameter("status", .choice(Runs.statuses), "Blockers of runs with this status (R1)."),
            QueryParameter("kind", .choice(BlockerKind.allCases.map(\.rawValue)), "Blockers of this kind."),
            QueryParameter("location_id", .uuid, "Blockers at steps of this work center."),
            QueryParameter(
                "user_id",
                .uuid,
                "Blockers at steps that this user is checked in on, or that are assigned to them (S11)."
            ),
        ]
    )

    static let endpoint = Endpoint(
        .get,
        "/v1/completion-blockers",
        "What blocks the completion of the org's live runs, run by run, and for how long it has (C1).",
        tag: Runs.tag,
        query: list.parameters,
        response: ListPage.shape(item),
        .work(list)
    )
}

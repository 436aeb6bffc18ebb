-- The completion gate (C1, C2) and completion (C3-C5). What blocks is one view, what warns another: the guard, the review and people
-- read them.

-- C2: what is no gate by itself, with what it stands on: once that changes, it is another remark.
create or replace view traveler.completion_remark with (security_invoker = true) as
    select i.org_id, i.run_id, 'open_issue' as kind, i.run_step_id, i.id as subject_id,
        format('Issue %s is %s: %s', i.number, replace(i.state, '_', ' '), i.title) as what, 'Resolve the issue.' as clear, i.created_at as since,
        i.version::text as stands
    from traveler.issue i where i.run_id is not null and i.state <> 'resolved'
    union all
    select s.org_id, s.run_id, 'undone_step', s.id, s.id, format('Optional step "%s" is not done.', s.title), 'Complete or cancel it.', s.created_at, s.attempt::text
    from traveler.run_step s where s.state = 'todo' and not s.required
    union all
    select d.org_id, d.run_id, 'accepted_deviation', d.run_step_id, d.id, format('"%s" is accepted at %s: %s', f.name, d.value #>> '{}', d.rationale),
        'Bring the value into its range.', d.accepted_at, d.id::text
    from traveler.deviation d join traveler.run_step_field f on f.org_id = d.org_id and f.id = d.run_step_field_id
    where d.voided_at is null
    union all
    select o.org_id, o.run_id, 'unmerged_redline', o.run_step_id, o.id, format(case when r.procedure_id is null then 'Redline %s on "%s" is in no procedure.' else 'Redline %s on "%s" is not merged into the procedure.' end, o.number, s.title),
        case when r.procedure_id is null then 'Save the run as a procedure.' else 'Merge it into a new version of the procedure.' end, o.closed_at, o.id::text
    from traveler.redline o join traveler.run_step s on s.org_id = o.org_id and s.id = o.run_step_id
    join traveler.run r on r.org_id = o.org_id and r.id = o.run_id
    where o.state = 'released' and not exists (select from traveler.redline_merge m where m.org_id = o.org_id and m.redline_id = o.id);
comment on view traveler.completion_remark is 'What is shown and recorded with a run''s completion, and waits or blocks as its org says: open issues, optional steps left undone, accepted deviations, redlines that the procedure lacks (C2).';

-- What an org makes of each kind of remark.
create or replace view traveler.completion_policy with (security_invoker = true) as
    select o.org_id, p.kind, p.severity
    from traveler.org o
    cross join lateral (values ('open_issue', o.open_issue_policy), ('accepted_deviation', o.accepted_deviation_policy),
        ('undone_step', o.undone_step_policy), ('unmerged_redline', o.unmerged_redline_policy)) p (kind, severity);
comment on view traveler.completion_policy is 'What an org makes of each kind of remark: note, warning or gate (C2).';

create or replace view traveler.completion_warning with (security_invoker = true) as
    select m.org_id, m.run_id, m.kind, 'C2' as rule, m.run_step_id, m.subject_id, m.what, m.clear, m.since, m.stands, p.severity,
        a.acknowledged_by, a.created_at as acknowledged_at, p.severity = 'warning' and a.id is null as waits
    from traveler.completion_remark m
    join traveler.completion_policy p on p.org_id = m.org_id and p.kind = m.kind and p.severity <> 'gate'
    join traveler.run r on r.org_id = m.org_id and r.id = m.run_id
    left join traveler.completion_acknowledgment a on a.org_id = m.org_id and a.run_id = m.run_id and a.kind = m.kind
        and a.subject_id = m.subject_id and a.stands = m.stands
        and a.record_number = r.completion_number + case when r.completed_at is null then 1 else 0 end;
comment on view traveler.completion_warning is 'The remarks on a run that are no gates: those that wait to be acknowledged, each as it stands, those that were, and plain notes (C2).';

create or replace view traveler.completion_blocker with (security_invoker = true) as
    select r.org_id, r.id as run_id, 'no_step_completed' as kind, 'C1' as rule, null::uuid as run_step_id, r.id as subject_id,
        'No step is completed.' as what, 'Complete a step.' as clear, r.created_at as since
    from traveler.run r where r.completed_at is null and r.steps_completed = 0
    union all
    select s.org_id, s.run_id, 'required_step_open', 'C1', s.id, s.id, format('Required step "%s" is not done.', s.title), 'Complete or cancel it.', s.created_at
    from traveler.run_step s where s.required and s.state = 'todo'
    union all
    select s.org_id, s.run_id, 'step_open', 'C1', s.id, s.id, format('Step "%s" is %s.', s.title, replace(s.state, '_', ' ')),
        case s.state when 'in_progress' then 'Sign it off.' when 'hold' then 'Release it from hold.' when 'redline' then 'Release its redline.' else 'Return it to todo and do it again.' end,
        coalesce(s.started_at, s.created_at)
    from traveler.run_step s where s.state in ('in_progress', 'hold', 'redline', 'failed')
    union all
    select b.org_id, b.run_id, b.kind, 'C1', b.run_step_id, b.subject_id, b.what, b.clear || '.', coalesce(s.started_at, s.created_at)
    from traveler.run_step_completion_blocker b
    -- Step by step: while the tables have no statistics, the planner would pair every field with every step of the org.
    cross join lateral (
        select x.started_at, x.created_at, x.state, x.required from traveler.run_step x where x.org_id = b.org_id and x.id = b.run_step_id offset 0) s
    where b.kind in ('field_missing', 'field_out_of_range', 'signature_stale', 'approval_missing', 'outside_process_open') and s.state <> 'canceled' and (s.required or s.state <> 'todo')
    union all
    select distinct on (g.org_id, g.run_id, g.run_step_id) g.org_id, g.run_id, 'signature_stale', 'C1', g.run_step_id, g.run_step_id,
        format('What the sign-off of "%s" signed has changed since.', s.title), 'Sign the step again.', g.voided_at
    from traveler.signature g
    join traveler.run_step s on s.org_id = g.org_id and s.id = g.run_step_id and s.state = 'completed' and s.attempt = g.attempt
    where g.kind = 'step' and g.void_reason = 'changed' and not exists (
        select from traveler.signature x where x.org_id = g.org_id and x.run_step_id = g.run_step_id and x.kind = 'step' and x.voided_at is null)
    union all
    select q.org_id, q.run_id, 'requirement_unmet', 'C1', q.run_step_id, q.id,
        format('Part %s: %s of %s installed%s.', p.part_number, traveler.json_decimal(q.quantity_installed), traveler.json_decimal(q.quantity_needed),
            case when q.quantity_carried > 0 then format(', %s there before', traveler.json_decimal(q.quantity_carried)) else '' end
                || case when q.quantity_excepted > 0 then format(', %s excepted', traveler.json_decimal(q.quantity_excepted)) else '' end),
        format('Install %s more, or except them by an issue.', traveler.json_decimal(q.quantity_needed - q.quantity_installed - q.quantity_excepted - q.quantity_carried)), q.created_at
    from traveler.build_requirement q
    join traveler.part p on p.org_id = q.org_id and p.id = q.part_id
    left join traveler.run_step s on s.org_id = q.org_id and s.id = q.run_step_id
    where q.run_split_id is null and q.quantity_installed + q.quantity_excepted + q.quantity_carried < q.quantity_needed
        and (s.id is null or s.state <> 'canceled' and (s.required or s.state <> 'todo'))
    union all
    select n.org_id, n.run_id, 'installation_names_no_unit', 'C1', null, n.id,
        format('%s of part %s went into the run as a whole.', traveler.json_decimal(n.quantity), p.part_number),
        'Take it out and install it in named units.', n.installed_at
    from traveler.installation n
    join traveler.run r on r.org_id = n.org_id and r.id = n.run_id
    join traveler.part rp on rp.org_id = r.org_id and rp.id = r.part_id and rp.tracking = 'serial'
    join traveler.part_inventory i on i.org_id = n.org_id and i.id = n.part_inventory_id
    join traveler.part p on p.org_id = i.org_id and p.id = i.part_id and not p.lot_traceability
    where n.removed_at is null and n.assembly_inventory_id is null and n.run_split_id is null and n.shares = 0
    union all
    select n.org_id, n.run_id, 'installation_shared', 'X5', q.run_step_id, n.id,
        format('%s of part %s are shared with units that were split off.', traveler.json_decimal(n.quantity), p.part_number),
        'Resolve whose they are.', n.installed_at
    from traveler.installation n
    join traveler.part_inventory i on i.org_id = n.org_id and i.id = n.part_inventory_id
    join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
    join traveler.build_requirement q on q.org_id = n.org_id and q.id = n.build_requirement_id
    where n.removed_at is null and n.shares > 0 and (n.run_split_id is null or exists (
        select from traveler.installation_share x join traveler.build_requirement b on b.org_id = x.org_id and b.id = x.build_requirement_id
        where x.org_id = n.org_id and x.installation_id = n.id and x.ended_at is null and b.run_split_id is null))
    union all
    select ri.org_id, ri.run_id, 'unit_unidentified', 'C1', null, i.id,
        case p.tracking when 'serial' then 'A produced unit has no serial number.' else 'The produced lot has no lot number.' end,
        case p.tracking when 'serial' then 'Give it a serial number.' else 'Give it a lot number.' end, ri.created_at
    from traveler.run_inventory ri
    join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
    join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
    where ri.run_split_id is null and (p.tracking = 'serial' and i.serial_number is null or p.tracking = 'lot' and i.lot_number is null)
    union all
    select n.org_id, n.run_id, 'unit_unidentified', 'C1', null, i.id, format('Part %s, made on assembly, has no %s number.', p.part_number, p.tracking),
        format('Give it a %s number.', p.tracking), n.created_at
    from traveler.installation n
    join traveler.part_inventory i on i.org_id = n.org_id and i.id = n.part_inventory_id
    join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
    join traveler.build_requirement q on q.org_id = n.org_id and q.id = n.build_requirement_id and q.made_on_assembly
    where n.removed_at is null and n.run_split_id is null
        and (p.tracking = 'serial' and i.serial_number is null or p.tracking = 'lot' and i.lot_number is null)
    union all
    -- What is required since a run was completed asks nothing of it.
    select r.org_id, r.id, 'attribute_missing', 'C1', null, d.id, format('"%s" has no value.', d.label), 'Give the run one.', greatest(r.created_at, d.required_at)
    from traveler.run r join traveler.attribute_definition d on d.org_id = r.org_id and d.record = 'run' and d.required and d.archived_at is null
    where r.completed_at is null and not r.attributes ? d.key
    union all
    -- One a step and one a unit, which names all that it lacks.
    select s.org_id, s.run_id, 'step_attribute_missing', 'C1', s.id, s.id, format('Step "%s" has no value of: %s.', s.title, m.labels), 'Give it one by a redline.', greatest(s.created_at, m.since)
    from traveler.run_step s
    join traveler.run r on r.org_id = s.org_id and r.id = s.run_id and r.completed_at is null
    cross join lateral (
        select string_agg(d.label, ', ' order by d.label) as labels, min(d.required_at) as since from traveler.attribute_definition d
        where d.org_id = s.org_id and d.record = 'run_step' and d.required and d.archived_at is null and not s.attributes ? d.key) m
    where s.state <> 'canceled' and (s.required or s.state <> 'todo') and m.labels is not null
    union all
    select ri.org_id, ri.run_id, 'unit_attribute_missing', 'C1', null, i.id,
        format('%s has no value of: %s.', coalesce('Unit ' || i.serial_number, 'Lot ' || i.lot_number, 'What is built'), m.labels), 'Give it one.', greatest(ri.created_at, m.since)
    from traveler.run_inventory ri
    join traveler.run r on r.org_id = ri.org_id and r.id = ri.run_id and r.completed_at is null
    join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
    cross join lateral (
        select string_agg(d.label, ', ' order by d.label) as labels, min(d.required_at) as since from traveler.attribute_definition d
        where d.org_id = i.org_id and d.record = 'part_inventory' and d.required and d.archived_at is null and not i.attributes ? d.key) m
    where ri.run_split_id is null and m.labels is not null
    union all
    select m.org_id, m.run_id, m.kind, 'C2', m.run_step_id, m.subject_id, m.what, m.clear, m.since
    from traveler.completion_remark m
    join traveler.completion_policy p on p.org_id = m.org_id and p.kind = m.kind and p.severity = 'gate'
    join traveler.run r on r.org_id = m.org_id and r.id = m.run_id and r.completed_at is null;
comment on view traveler.completion_blocker is 'Every gate that blocks a run''s completion: what, where, since when, and what would clear it (C1).';

-- Who can clear it: what whoever does needs.
create or replace function traveler.blocker_permission(p_kind text) returns text
language sql immutable parallel safe
as $$
    select case
        when p_kind in ('requirement_unmet', 'installation_names_no_unit') then 'inventory.install'
        when p_kind = 'installation_shared' then 'run.split'
        when p_kind = 'outside_process_open' then 'purchase.receive'
        when p_kind = 'unit_unidentified' then 'inventory.receive'
        when p_kind = 'open_issue' then 'issue.resolve'
        when p_kind = 'unmerged_redline' then 'procedure.edit'
        when p_kind = 'attribute_missing' then 'run.update'
        when p_kind = 'step_attribute_missing' then 'redline.create'
        when p_kind = 'unit_attribute_missing' then 'inventory.receive'
        else 'run_step.update' end
$$;
comment on function traveler.blocker_permission is 'The permission that clearing a kind of blocker takes (C1, T3).';

create or replace function traveler_private.blockers_json(p_run uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('kind', b.kind, 'rule', b.rule, 'run_step_id', b.run_step_id, 'subject_id', b.subject_id,
            'what', b.what, 'clear', b.clear, 'since', traveler.json_time(b.since)) order by b.kind, b.since, b.subject_id), '[]')
        from traveler.completion_blocker b where b.org_id = traveler_private.org() and b.run_id = p_run
    );
end
$$;
comment on function traveler_private.blockers_json is 'The blockers of a run as JSON (C1).';

create or replace function traveler_private.warnings_json(p_run uuid, p_all boolean) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('kind', w.kind, 'rule', w.rule, 'run_step_id', w.run_step_id, 'subject_id', w.subject_id,
            'what', w.what, 'clear', w.clear, 'since', traveler.json_time(w.since), 'stands', w.stands, 'severity', w.severity, 'waits', w.waits,
            'acknowledged_by', w.acknowledged_by, 'acknowledged_at', traveler.json_time(w.acknowledged_at)) order by w.kind, w.since, w.subject_id), '[]')
        from traveler.completion_warning w where w.org_id = traveler_private.org() and w.run_id = p_run and (p_all or w.waits)
    );
end
$$;
comment on function traveler_private.warnings_json is 'The warnings of a run as JSON: all, or those that wait (C2).';

-- C2: a warning is acknowledged as it stands, by whoever may complete or sign off; the words are the warning's own.
create or replace function traveler_private.guard_acknowledgment() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_warning record;
begin
    if not traveler.has_permission('run_step.update') then
        perform traveler_private.require('run.complete');
    end if;
    select w.what, r.completion_number + 1 as record_number into v_warning
    from traveler.completion_warning w join traveler.run r on r.org_id = w.org_id and r.id = w.run_id
    where w.org_id = new.org_id and w.run_id = new.run_id and w.kind = new.kind and w.subject_id = new.subject_id and w.stands = new.stands;
    perform traveler_private.demand(found, 409, 'warning_changed', 'C2', 'There is no such warning as it was acknowledged.',
        'Read the review again, and acknowledge what stands in it.', jsonb_build_object('kind', new.kind, 'subject_id', new.subject_id));
    new.what := v_warning.what;
    new.record_number := v_warning.record_number;
    new.acknowledged_by := traveler_private.actor();
    new.created_at := clock_timestamp();
    return new;
end
$$;
comment on function traveler_private.guard_acknowledgment is 'Trigger: only a warning that stands is acknowledged, in its own words (C2).';
create or replace trigger _100_guard_acknowledgment before insert on traveler.completion_acknowledgment
    for each row execute function traveler_private.guard_acknowledgment();
create or replace trigger _010_refuse_change before update on traveler.completion_acknowledgment
    for each row execute function traveler_private.refuse_change('completion_acknowledgment', 'C2');
alter table traveler.completion_acknowledgment enable always trigger _010_refuse_change;

-- What a request acknowledges: [{kind, subject_id, stands}]. Once is enough; the run is locked.
create or replace function traveler_private.acknowledge(p_run uuid, p_given jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into traveler.completion_acknowledgment (org_id, run_id, record_number, kind, subject_id, stands, what, acknowledged_by)
    select traveler_private.org(), p_run, 0, g ->> 'kind', (g ->> 'subject_id')::uuid, g ->> 'stands', '', ''
    from (select distinct g from jsonb_array_elements(p_given) g) g
    on conflict (org_id, run_id, record_number, kind, subject_id, stands) do nothing;
end
$$;
comment on function traveler_private.acknowledge is 'Acknowledges warnings of a run as they stand (C2).';

-- POST /v1/runs/{id}/acknowledge: {acknowledged: [{kind, subject_id, stands}]}
create or replace function traveler.acknowledge_warnings(p_run uuid, p_given jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
begin
    if not traveler.has_permission('run_step.update') then
        perform traveler_private.require('run.complete');
    end if;
    perform from traveler.run r where r.org_id = v_org and r.id = p_run for no key update;
    perform traveler_private.demand(found, 404, 'run_unknown', 'T1', 'There is no such run.');
    perform traveler_private.acknowledge(p_run, p_given);
    return jsonb_build_object('run_id', p_run, 'warnings', traveler_private.warnings_json(p_run, true));
end
$$;
comment on function traveler.acknowledge_warnings is 'Acknowledges warnings of a run, each as it stands (C2).';

-- C4: whoever records a completion, and however, Postgres refuses it while a gate blocks. R4: it never leaves on its own.
create or replace function traveler_private.guard_completion() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_blockers jsonb;
    v_warnings jsonb;
begin
    if old.completed_at is not null then
        -- C6: a reopening of this very record is the only way back, and it has been judged by its own guard.
        if new.completed_at is null and exists (select from traveler.run_reopening o
            where o.org_id = old.org_id and o.run_id = old.id and o.record_number = old.completion_number) then
            new.completed_by := null;
            return new;
        end if;
        perform traveler_private.refuse(409, 'run_completed', 'R4', format('Run %s is completed and stays so.', old.number),
            'An admin can reopen the run with a reason.');
    end if;
    v_blockers := traveler_private.blockers_json(old.id);
    perform traveler_private.demand(jsonb_array_length(v_blockers) = 0, 409, 'completion_blocked', 'C4',
        format('Run %s can''t be completed: %s', old.number, v_blockers -> 0 ->> 'what'), v_blockers -> 0 ->> 'clear',
        jsonb_build_object('blockers', v_blockers));
    v_warnings := traveler_private.warnings_json(old.id, false);
    perform traveler_private.demand(jsonb_array_length(v_warnings) = 0, 409, 'warnings_waiting', 'C2',
        format('Run %s has a warning that nobody acknowledged: %s', old.number, v_warnings -> 0 ->> 'what'),
        'Look at each, and acknowledge it as it stands.', jsonb_build_object('warnings', v_warnings));
    new.completed_at := clock_timestamp();
    new.completed_by := traveler_private.actor();
    new.completion_number := old.completion_number + 1;
    return new;
end
$$;
comment on function traveler_private.guard_completion is 'Trigger: no completion while a gate blocks (C4) or a warning waits (C2), none taken back (R4) but by a reopening (C6).';
create or replace trigger _200_guard_completion before update of completed_at on traveler.run
    for each row when (old.completed_at is distinct from new.completed_at) execute function traveler_private.guard_completion();

-- C5: the completion fixes the as-built record and gives the produced inventory its status.
create or replace function traveler_private.record_completion() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_document text := traveler_private.as_built_document(new.id);
begin
    insert into traveler.as_built_record (org_id, run_id, number, document, digest)
    values (new.org_id, new.id, new.completion_number, v_document, sha256(convert_to(v_document, 'UTF8')));
    update traveler.run_inventory ri set live = false where ri.org_id = new.org_id and ri.run_id = new.id and ri.live;
    return null;
end
$$;
comment on function traveler_private.record_completion is 'Trigger: fixes the as-built record and releases the produced inventory (C5).';
create or replace trigger _500_record_completion after update of completed_at on traveler.run
    for each row when (old.completed_at is null and new.completed_at is not null) execute function traveler_private.record_completion();

create or replace trigger _010_refuse_change before update on traveler.as_built_record
    for each row execute function traveler_private.refuse_change('as_built_record', 'C5');
alter table traveler.as_built_record enable always trigger _010_refuse_change;
create or replace trigger _120_refuse_derived before insert on traveler.as_built_record
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived('as_built_record', 'C5', 'The record');

-- C3: completes those of the runs that the move left ready: no required step open, no gate, no warning that waits, and the org asks for
-- no act of its own.
create or replace function traveler_private.complete_ready_runs(p_runs uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_run uuid;
begin
    if (select o.complete_by_act from traveler.org o where o.org_id = v_org) then
        return;
    end if;
    for v_run in
        select r.id from traveler.run r
        where r.org_id = v_org and r.id = any (p_runs) and r.completed_at is null and r.completion_number = 0 and r.steps_completed > 0
            and not exists (
                select from traveler.run_step s
                where s.org_id = v_org and s.run_id = r.id and s.required and s.state not in ('completed', 'canceled'))
        order by r.id
    loop
        if not exists (select from traveler.completion_blocker b where b.org_id = v_org and b.run_id = v_run)
            and not exists (select from traveler.completion_warning w where w.org_id = v_org and w.run_id = v_run and w.waits) then
            update traveler.run r set completed_at = now() where r.org_id = v_org and r.id = v_run;
        end if;
    end loop;
end
$$;
comment on function traveler_private.complete_ready_runs is 'Completes the runs that a sign-off left ready (C3).';

-- POST /v1/runs/{id}/complete: {acknowledged?}: the act of completion, for a run that did not complete with its last sign-off.
drop function if exists traveler.complete_run(uuid, integer);
create or replace function traveler.complete_run(p_run uuid, p_version integer default null, p_acknowledged jsonb default null) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.run;
begin
    perform traveler_private.require('run.complete');
    -- Inventory is locked before the run, what it has released as well: who reopens it may come first.
    perform from traveler.part_inventory i where i.org_id = v_org and i.id in (
        select ri.part_inventory_id from traveler.run_inventory ri where ri.org_id = v_org and ri.run_id = p_run)
    order by i.id for no key update;
    perform from traveler.run r where r.org_id = v_org and r.id = p_run for no key update;
    select * into v_now from traveler.run r where r.org_id = v_org and r.id = p_run;
    perform traveler_private.demand(found, 404, 'run_unknown', 'T1', 'There is no such run.');
    perform traveler_private.expect_version('run', p_run, v_now.version, p_version);
    perform traveler_private.demand_run_act('complete', p_run);
    perform traveler_private.acknowledge(p_run, coalesce(p_acknowledged, '[]'));
    update traveler.run r set completed_at = now() where r.org_id = v_org and r.id = p_run;
    return traveler.run_json(p_run);
end
$$;
comment on function traveler.complete_run is 'Records the completion of a run when no gate blocks and no warning waits (C2-C4).';

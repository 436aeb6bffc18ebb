-- The completion gate (C1) and completion (C3-C5). What blocks is this one view: the guard, the review and people read it.

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
    join traveler.run_step s on s.org_id = b.org_id and s.id = b.run_step_id
    where b.kind in ('field_missing', 'field_out_of_range', 'signature_stale') and s.state <> 'canceled' and (s.required or s.state <> 'todo')
    union all
    select q.org_id, q.run_id, 'requirement_unmet', 'C1', q.run_step_id, q.id,
        format('Part %s: %s of %s installed.', p.part_number, traveler.json_decimal(q.quantity_installed), traveler.json_decimal(q.quantity_needed)),
        format('Install %s more.', traveler.json_decimal(q.quantity_needed - q.quantity_installed)), q.created_at
    from traveler.build_requirement q
    join traveler.part p on p.org_id = q.org_id and p.id = q.part_id
    left join traveler.run_step s on s.org_id = q.org_id and s.id = q.run_step_id
    where q.quantity_installed < q.quantity_needed
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
    where n.removed_at is null and n.assembly_inventory_id is null
    union all
    select ri.org_id, ri.run_id, 'unit_unidentified', 'C1', null, i.id,
        case p.tracking when 'serial' then 'A produced unit has no serial number.' else 'The produced lot has no lot number.' end,
        case p.tracking when 'serial' then 'Give it a serial number.' else 'Give it a lot number.' end, ri.created_at
    from traveler.run_inventory ri
    join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
    join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
    where p.tracking = 'serial' and i.serial_number is null or p.tracking = 'lot' and i.lot_number is null;
comment on view traveler.completion_blocker is 'Every gate that blocks a run''s completion: what, where, since when, and what would clear it (C1).';

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

-- C4: whoever records a completion, and however, Postgres refuses it while a gate blocks. R4: it never leaves on its own.
create or replace function traveler_private.guard_completion() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_blockers jsonb;
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
    new.completed_at := clock_timestamp();
    new.completed_by := traveler_private.actor();
    new.completion_number := old.completion_number + 1;
    return new;
end
$$;
comment on function traveler_private.guard_completion is 'Trigger: no completion while a gate blocks (C4), none taken back (R4) but by a reopening (C6).';
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

-- C3: completes those of the runs that the move left ready: no required step open, no gate, and the org asks for no act of its own.
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
        if not exists (select from traveler.completion_blocker b where b.org_id = v_org and b.run_id = v_run) then
            update traveler.run r set completed_at = now() where r.org_id = v_org and r.id = v_run;
        end if;
    end loop;
end
$$;
comment on function traveler_private.complete_ready_runs is 'Completes the runs that a sign-off left ready (C3).';

-- POST /v1/runs/{id}/complete: the act of completion, for a run that did not complete with its last sign-off.
create or replace function traveler.complete_run(p_run uuid, p_version integer default null) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.run;
begin
    perform traveler_private.require('run.complete');
    perform from traveler.part_inventory i where i.org_id = v_org and i.id in (
        select ri.part_inventory_id from traveler.run_inventory ri where ri.org_id = v_org and ri.run_id = p_run and ri.live)
    order by i.id for no key update;
    perform from traveler.run r where r.org_id = v_org and r.id = p_run for no key update;
    select * into v_now from traveler.run r where r.org_id = v_org and r.id = p_run;
    perform traveler_private.demand(found, 404, 'run_unknown', 'T1', 'There is no such run.');
    perform traveler_private.expect_version('run', p_run, v_now.version, p_version);
    perform traveler_private.demand(v_now.completed_at is null, 409, 'run_completed', 'C3', format('Run %s is completed already.', v_now.number));
    update traveler.run r set completed_at = now() where r.org_id = v_org and r.id = p_run;
    return traveler.run_json(p_run);
end
$$;
comment on function traveler.complete_run is 'Records the completion of a run when no gate blocks (C3, C4).';

-- PATCH /v1/inventory/{id}: {serial_number?, lot_number?, location_id?}: gives a row the identity it lacks, or moves it.
create or replace function traveler.change_inventory(p_inventory uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.part_inventory;
begin
    perform traveler_private.require('inventory.receive');
    select * into v_now from traveler.part_inventory i where i.org_id = v_org and i.id = p_inventory for no key update;
    perform traveler_private.demand(found, 404, 'inventory_unknown', 'T1', 'There is no such part inventory.');
    perform traveler_private.expect_version('part_inventory', p_inventory, v_now.version, p_version);
    perform traveler_private.demand(not (p_request ? 'location_id' and v_now.installation_id is not null), 409, 'installed_has_no_location', 'B3',
        'It is installed: it is where its assembly is.', 'Move the assembly.');
    update traveler.part_inventory i set
        serial_number = coalesce(p_request ->> 'serial_number', i.serial_number),
        lot_number = coalesce(p_request ->> 'lot_number', i.lot_number),
        location_id = case when p_request ? 'location_id' then (p_request ->> 'location_id')::uuid else i.location_id end
    where i.org_id = v_org and i.id = p_inventory;
    return traveler.inventory_json(p_inventory);
end
$$;
comment on function traveler.change_inventory is 'Gives an inventory row the serial or lot number it lacks, or moves it (I1, B3).';

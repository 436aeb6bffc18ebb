-- Runs: what may never be of them (P1, P2, I3), derived status (R1-R4), the lock over a completed run's records (C5).

-- R1, R2: the counters that the status is generated from follow the steps in the same statement. One ordered UPDATE of signed deltas.
create or replace function traveler_private.count_steps() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    if tg_op = 'INSERT' then
        update traveler.run r set steps_todo = r.steps_todo + d.todo, steps_redline = r.steps_redline + d.redline
        from (select n.run_id, count(*) filter (where n.state = 'todo') as todo, count(*) filter (where n.state = 'redline') as redline
            from new_rows n group by n.run_id order by n.run_id) d
        where r.org_id = v_org and r.id = d.run_id;
    else
        update traveler.run r set
            steps_todo = r.steps_todo + d.todo, steps_in_progress = r.steps_in_progress + d.in_progress, steps_hold = r.steps_hold + d.hold,
            steps_redline = r.steps_redline + d.redline, steps_completed = r.steps_completed + d.completed,
            steps_failed = r.steps_failed + d.failed, steps_canceled = r.steps_canceled + d.canceled,
            started_at = coalesce(r.started_at, d.started_at)
        from (
            select n.run_id,
                sum((n.state = 'todo')::integer - (o.state = 'todo')::integer) as todo,
                sum((n.state = 'in_progress')::integer - (o.state = 'in_progress')::integer) as in_progress,
                sum((n.state = 'hold')::integer - (o.state = 'hold')::integer) as hold,
                sum((n.state = 'redline')::integer - (o.state = 'redline')::integer) as redline,
                sum((n.state = 'completed')::integer - (o.state = 'completed')::integer) as completed,
                sum((n.state = 'failed')::integer - (o.state = 'failed')::integer) as failed,
                -- A withdrawn step counts nowhere (D6).
                sum((n.state = 'canceled' and n.withdrawn_at is null)::integer - (o.state = 'canceled')::integer) as canceled,
                min(n.started_at) filter (where n.state = 'in_progress') as started_at
            from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id
            where o.state <> n.state
            group by n.run_id order by n.run_id) d
        where r.org_id = v_org and r.id = d.run_id;
    end if;
    return null;
end
$$;
comment on function traveler_private.count_steps is 'Trigger: applies the steps'' moves to the counters of their runs, and stamps the first start (R2, S3).';
create or replace trigger _500_count_inserted_steps after insert on traveler.run_step referencing new table as new_rows
    for each statement execute function traveler_private.count_steps();
create or replace trigger _500_count_moved_steps after update on traveler.run_step referencing old table as old_rows new table as new_rows
    for each statement execute function traveler_private.count_steps();

create or replace trigger _120_refuse_derived before update of steps_todo, steps_in_progress, steps_hold, steps_redline, steps_completed, steps_failed,
    steps_canceled, started_at, completed_by, completion_number, quantity, planned on traveler.run
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived('run', 'R2', 'The status, quantity or plan');
create or replace trigger _120_refuse_derived_insert before insert on traveler.run
    for each row when (new.steps_todo + new.steps_in_progress + new.steps_hold + new.steps_redline + new.steps_completed + new.steps_failed
        + new.steps_canceled + new.completion_number > 0 or new.started_at is not null or new.completed_at is not null or new.planned)
    execute function traveler_private.refuse_derived('run', 'R2', 'The status');

-- What a run is never changes.
create or replace function traveler_private.guard_run_identity() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'run_identity', 'P2', 'A run''s number, procedure and part are fixed when it is created.');
    return null;
end
$$;
comment on function traveler_private.guard_run_identity is 'Trigger: a run stays the run that was created (P2).';
create or replace trigger _100_guard_run_identity before update of number, procedure_id, part_id, created_at, created_by on traveler.run
    for each row when ((old.number, old.procedure_id, old.part_id, old.created_at, old.created_by)
        is distinct from (new.number, new.procedure_id, new.part_id, new.created_at, new.created_by))
    execute function traveler_private.guard_run_identity();

-- P1, P2: whoever inserts a run, it is made from a released version, and builds what that builds; or it is made from none (D7).
create or replace function traveler_private.guard_run_procedure() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_state text;
    v_part uuid;
begin
    select p.state, p.part_id into v_state, v_part from traveler.procedure p where p.org_id = new.org_id and p.id = new.procedure_id for share;
    perform traveler_private.demand(v_state = 'released', 409, 'procedure_not_released', 'P1',
        format('Only a released procedure can be run; this version is %s.', replace(v_state, '_', ' ')), 'Release it, or run the released version.');
    perform traveler_private.demand(v_part = new.part_id, 409, 'part_not_built', 'P2', 'The procedure builds another part.', 'Run a procedure of the part, or none.');
    perform traveler_private.demand_standards(new.procedure_id);
    return new;
end
$$;
comment on function traveler_private.guard_run_procedure is 'Trigger: only a released version can be run, to build its part (P1, P2).';
create or replace trigger _100_guard_run_procedure before insert on traveler.run
    for each row when (new.procedure_id is not null) execute function traveler_private.guard_run_procedure();

-- C5: completing locks every record of the run. The run's row lock keeps a late writer and the completion apart. Rows are added
-- to a run's definition by the transaction that creates the run of a procedure and, later, by a redline of their step: the second
-- argument names the column that has its id (P2, D1).
create or replace function traveler_private.guard_run_live() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_runs uuid[];
    v_number bigint;
    v_rows jsonb[];
begin
    -- A completion's own trigger releases the inventory after the run is completed.
    if pg_trigger_depth() > 1 then
        return null;
    end if;
    -- A group is no record of the run that it left: it goes on when that is completed (X9). What a later run took out, as the guard of
    -- the removal found, changes nothing in the record of the one that installed it (B4).
    if tg_table_name = 'installation' then
        select array_agg(distinct n.run_id) into v_runs from new_rows n where coalesce(to_jsonb(n) ->> 'run_split_id', to_jsonb(n) ->> 'removed_run_id') is null;
    elsif tg_table_name = 'build_requirement_exception' then
        select array_agg(distinct n.run_id) into v_runs from new_rows n
        join traveler.build_requirement b on b.org_id = v_org and b.id = (to_jsonb(n) ->> 'build_requirement_id')::uuid and b.run_split_id is null;
    else
        select array_agg(distinct n.run_id) into v_runs from new_rows n;
    end if;
    if v_runs is null then
        return null;
    end if;
    perform from traveler.run r where r.org_id = v_org and r.id = any (v_runs) order by r.id for no key update;
    select r.number into v_number from traveler.run r where r.org_id = v_org and r.id = any (v_runs) and r.completed_at is not null limit 1;
    if found and tg_op = 'UPDATE' and tg_table_name = 'labor_session' then
        -- L3: labor is no part of the as-built record. Its times may be corrected later, with a reason.
        perform traveler_private.demand(coalesce(trim(traveler_private.reason()), '') <> '', 422, 'reason_missing', 'L3',
            format('Run %s is completed: an edit of its labor asks for a reason.', v_number), 'Say why.');
    elsif found then
        perform traveler_private.refuse(409, 'run_completed', 'C5', format('Run %s is completed: its records are locked.', v_number),
            'An admin can reopen the run with a reason.');
    end if;
    if tg_op = 'INSERT' and tg_argv[0] = 'definition' then
        -- A run without a procedure is a copy of nothing but its part's mBOM: its steps come by redlines from the start (D7).
        select r.number into v_number from traveler.run r where r.org_id = v_org and r.id = any (v_runs)
            and (r.created_at <> now() or r.procedure_id is null and tg_nargs = 2 and tg_table_name not in ('build_requirement', 'build_requirement_substitute')) limit 1;
        if found then
            perform traveler_private.demand(tg_nargs = 2, 409, 'run_is_a_copy', 'P2',
                format('Run %s is a copy of its procedure; its definition is fixed.', v_number));
            v_rows := array(select to_jsonb(n) from new_rows n);
            perform traveler_private.demand_redline(case tg_table_name when 'build_requirement_substitute'
                then traveler_private.step_of_requirement((n ->> tg_argv[1])::uuid) else (n ->> tg_argv[1])::uuid end) from unnest(v_rows) n;
            -- S1: what is added to a run that is there starts in redline.
            perform traveler_private.demand(not exists (select from unnest(v_rows) n where tg_table_name = 'run_step' and n ->> 'state' <> 'redline'),
                409, 'step_starts_redline', 'S1', 'A step that is added to an existing run starts in redline.');
        end if;
    end if;
    return null;
end
$$;
comment on function traveler_private.guard_run_live is 'Trigger: a completed run''s records are locked (C5); a run''s definition is made with the run (P2).';

do $$
declare
    r record;
    -- The column that has the id of a row's step, in the tables that a redline adds to.
    v_step constant jsonb := '{"run_step": "id", "run_step_edge": "downstream_id", "run_step_field": "run_step_id", "build_requirement": "run_step_id",
        "build_requirement_substitute": "build_requirement_id", "run_step_approval_requirement": "run_step_id"}';
begin
    for r in select * from (values ('run_step', 'definition'), ('run_step_edge', 'definition'), ('run_step_field', 'definition'),
        ('build_requirement', 'definition'), ('build_requirement_substitute', 'definition'), ('run_inventory', 'definition'), ('carried_installation', 'definition'),
        ('run_step_approval_requirement', 'definition'), ('approval', 'work'), ('deviation', 'work'),
        ('labor_session', 'work'), ('assignment', 'work'), ('completion_acknowledgment', 'work'), ('installation', 'work'), ('build_requirement_exception', 'work'), ('inventory_movement', 'work'), ('redline', 'work'), ('redline_approval', 'work'),
        ('outside_process', 'work'), ('outside_shipment', 'work'), ('run_supply', 'work')) t (name, kind)
    loop
        execute format('create or replace trigger _050_guard_run_live_insert after insert on traveler.%I referencing new table as new_rows
            for each statement execute function traveler_private.guard_run_live(%L%s)', r.name, r.kind, ', ' || quote_literal(v_step ->> r.name));
        execute format('create or replace trigger _050_guard_run_live_update after update on traveler.%I referencing new table as new_rows
            for each statement execute function traveler_private.guard_run_live(%L%s)', r.name, r.kind, ', ' || quote_literal(v_step ->> r.name));
    end loop;
end $$;

create or replace function traveler_private.guard_run_title() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'run_completed', 'C5', format('Run %s is completed: its records are locked.', old.number),
        'An admin can reopen the run with a reason.');
    return null;
end
$$;
comment on function traveler_private.guard_run_title is 'Trigger: a completed run keeps its title and its attributes (C5).';
create or replace trigger _050_guard_run_title before update of title, attributes on traveler.run
    for each row when (old.completed_at is not null and (old.title, old.attributes) <> (new.title, new.attributes)) execute function traveler_private.guard_run_title();

-- P2: what was copied into the run is not rewritten; every table says which of its columns are fixed. The rest of a step's definition
-- is open while the step is in redline (S7, D1), and stands with the redlines.
create or replace function traveler_private.guard_definition() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'run_is_a_copy', 'P2', format('The definition of a %s is fixed when the run is created.', replace(tg_argv[0], '_', ' ')));
    return null;
end
$$;
comment on function traveler_private.guard_definition is 'Trigger: the copied definition of a run never changes (P2).';
create or replace trigger _100_guard_definition before update of run_id, origin_step_id, parent_id, depth, outside_process, created_at on traveler.run_step
    for each row when ((old.run_id, old.origin_step_id, old.parent_id, old.depth, old.outside_process, old.created_at)
        is distinct from (new.run_id, new.origin_step_id, new.parent_id, new.depth, new.outside_process, new.created_at))
    execute function traveler_private.guard_definition('run_step');
create or replace trigger _100_guard_definition before update on traveler.run_step_edge
    for each row when ((old.run_id, old.upstream_id, old.downstream_id, old.created_at) is distinct from (new.run_id, new.upstream_id, new.downstream_id, new.created_at)
        or old.withdrawn_at is not distinct from new.withdrawn_at)
    execute function traveler_private.guard_definition('run_step_edge');
create or replace trigger _100_guard_definition before update of run_id, run_step_id, position, type, created_at on traveler.run_step_field
    for each row when ((old.run_id, old.run_step_id, old.position, old.type, old.created_at)
        is distinct from (new.run_id, new.run_step_id, new.position, new.type, new.created_at))
    execute function traveler_private.guard_definition('run_step_field');
create or replace trigger _100_guard_definition before update of run_id, run_step_id, run_split_id, origin_id, created_at on traveler.build_requirement
    for each row when ((old.run_id, old.run_step_id, old.run_split_id, old.origin_id, old.created_at)
        is distinct from (new.run_id, new.run_step_id, new.run_split_id, new.origin_id, new.created_at))
    execute function traveler_private.guard_definition('build_requirement');
create or replace trigger _100_guard_definition before update on traveler.run_step_approval_requirement
    for each row execute function traveler_private.guard_definition('run_step_approval_requirement');
create or replace trigger _100_guard_definition before update on traveler.build_requirement_substitute
    for each row when ((old.run_id, old.build_requirement_id, old.part_id, old.created_at) is distinct from (new.run_id, new.build_requirement_id, new.part_id, new.created_at)
        or old.withdrawn_at is not distinct from new.withdrawn_at)
    execute function traveler_private.guard_definition('build_requirement_substitute');

create or replace trigger _100_guard_step_depth before insert on traveler.run_step
    for each row when (new.parent_id is not null) execute function traveler_private.guard_step_depth();

-- P2, P6: a run's dependencies are its procedure's, so they are acyclic because the procedure's are. What a redline adds, or gives
-- back, is judged anew (A4).
create or replace function traveler_private.guard_run_graph() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_withdrawn text;
begin
    if tg_op = 'UPDATE' or exists (
        select from new_rows n
        join traveler.run_step u on u.org_id = n.org_id and u.id = n.upstream_id
        join traveler.run_step d on d.org_id = n.org_id and d.id = n.downstream_id
        where d.state = 'redline' or not exists (select from traveler.procedure_step_edge e
            where e.org_id = n.org_id and e.upstream_id = u.origin_step_id and e.downstream_id = d.origin_step_id)) then
        select u.title into v_withdrawn from new_rows n join traveler.run_step u on u.org_id = n.org_id and u.id = n.upstream_id
        where u.withdrawn_at is not null and tg_op = 'INSERT' limit 1;
        perform traveler_private.demand(not found, 409, 'upstream_withdrawn', 'A4', format('"%s" was withdrawn: nothing waits for it.', v_withdrawn));
        perform traveler_private.demand_redline(d.id)
        from (select distinct n.downstream_id as id from new_rows n) d;
        perform traveler_private.refuse_ring('run', array_agg(distinct n.run_id), array_agg(n.upstream_id), array_agg(n.downstream_id))
        from new_rows n where n.withdrawn_at is null having count(*) > 0;
    end if;
    return null;
end
$$;
comment on function traveler_private.guard_run_graph is 'Trigger: the dependencies of a run are its procedure''s, or of a step in redline, and acyclic (P2, P6, A4).';
create or replace trigger _110_guard_graph after insert on traveler.run_step_edge referencing new table as new_rows
    for each statement execute function traveler_private.guard_run_graph();
create or replace trigger _110_guard_graph_update after update on traveler.run_step_edge referencing new table as new_rows
    for each statement execute function traveler_private.guard_run_graph();

-- I3: a row is work in progress exactly while a live run holds it. Once released it is not taken back.
create or replace function traveler_private.hold_run_inventory() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    -- An act that could foresee this has locked the inventory before the run. One that was overtaken, and finds only now what it
    -- releases or takes, must not wait for it: whoever holds it may wait for the run. It fails (55P03), and is tried again.
    perform from traveler.part_inventory i where i.org_id = v_org and i.id in (select n.part_inventory_id from new_rows n)
    order by i.id for no key update nowait;
    update traveler.part_inventory i set building_run_id = case when n.live then n.run_id end, run_split_id = case when s.closed_at is null then s.id end
    from new_rows n left join traveler.run_split s on s.org_id = v_org and s.id = n.run_split_id
    -- What another run has by now is no longer this one's to mark.
    where i.org_id = v_org and i.id = n.part_inventory_id and coalesce(i.building_run_id, n.run_id) = n.run_id;
    return null;
end
$$;
comment on function traveler_private.hold_run_inventory is 'Trigger: marks a run''s inventory as work in progress while the run is live (I3), and a group''s as its own while it is open (X9).';
create or replace trigger _500_hold_inserted after insert on traveler.run_inventory referencing new table as new_rows
    for each statement execute function traveler_private.hold_run_inventory();
create or replace trigger _500_hold_updated after update on traveler.run_inventory referencing new table as new_rows
    for each statement execute function traveler_private.hold_run_inventory();
create or replace trigger _120_refuse_derived before update on traveler.run_inventory
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived('run_inventory', 'I3', 'What a run builds');

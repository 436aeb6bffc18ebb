-- Run steps: availability (A1), start and completion (S3-S5), field values (P4, S13), labor (L1).

-- A1. Why a step can't be worked on now, one row a reason. The list, the API and the guard read this one definition.
create or replace view traveler.run_step_blocker with (security_invoker = true) as
    select d.org_id, d.run_id, d.id as run_step_id, 'upstream' as kind, u.id as blocking_step_id, u.title as blocking_title, u.state as blocking_state
    from traveler.run_step d
    join traveler.run_step_edge e on e.org_id = d.org_id and e.downstream_id = d.id
    join traveler.run_step u on u.org_id = e.org_id and u.id = e.upstream_id
    where u.state <> 'completed'
    union all
    select c.org_id, c.run_id, c.id, 'parent', p.id, p.title, p.state
    from traveler.run_step c
    join traveler.run_step p on p.org_id = c.org_id and p.id = c.parent_id
    where p.state <> 'in_progress';
comment on view traveler.run_step_blocker is 'What keeps a step from being available: an upstream step not completed, a parent not in progress (A1).';

-- S5. Why a step can't be signed off, one row a reason; the completion gate counts the same rows (C1).
create or replace view traveler.run_step_completion_blocker with (security_invoker = true) as
    select f.org_id, f.run_id, f.run_step_id, 'field_missing' as kind, f.id as subject_id,
        format('"%s" has no value.', f.name) as what,
        case when f.type = 'signoff' then 'Sign it' when f.allow_not_applicable then 'Enter a value or mark it not applicable' else 'Enter a value' end as clear
    from traveler.run_step_field f
    where f.required and f.value is null and not f.not_applicable
    union all
    select f.org_id, f.run_id, f.run_step_id, 'field_out_of_range', f.id,
        format('"%s" is %s, outside %s to %s.', f.name, f.value #>> '{}',
            coalesce(traveler.json_decimal(coalesce(f.minimum, f.target - f.tolerance_minus)), 'any'),
            coalesce(traveler.json_decimal(coalesce(f.maximum, f.target + f.tolerance_plus)), 'any')),
        'Measure again and correct the value'
    from traveler.run_step_field f
    where f.out_of_range
    union all
    select c.org_id, c.run_id, c.parent_id, 'nested_step_open', c.id, format('Nested step "%s" is %s.', c.title, replace(c.state, '_', ' ')),
        'Complete or cancel it'
    from traveler.run_step c
    where c.parent_id is not null
        and case when c.required then c.state not in ('completed', 'canceled') else c.state in ('in_progress', 'hold', 'redline', 'failed') end;
comment on view traveler.run_step_completion_blocker is 'What keeps a step from being signed off: fields without a value or out of range, nested steps still open (S5).';

-- Names the state that a step is in and what can be done from there (S2).
create or replace function traveler_private.refuse_move(p_title text, p_from text, p_to text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'move_not_allowed', 'S2',
        format('"%s" is %s and can''t go to %s.', p_title, replace(p_from, '_', ' '), replace(p_to, '_', ' ')),
        coalesce((select 'From here a step can: ' || string_agg(t.act, ', ' order by t.act) || '.' from traveler.step_transition t
            where t.from_state = p_from), 'There is no way out of this state.'),
        jsonb_build_object('state', p_from, 'allowed', coalesce((select jsonb_agg(t.to_state order by t.to_state)
            from traveler.step_transition t where t.from_state = p_from), '[]')));
end
$$;
comment on function traveler_private.refuse_move is 'Refuses a move that the transition table does not have (S2).';

-- The guard over every move, whoever makes it: the transition exists, is permitted, and what it asks for holds (S2, S3, S5).
create or replace function traveler_private.guard_step_move() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_move record;
    v_blockers jsonb;
begin
    for v_move in
        select o.state as from_state, n.state as to_state, t.permission, t.act, t.rule, array_agg(n.id) as ids, min(n.title) as title
        from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id
        left join traveler.step_transition t on t.from_state = o.state and t.to_state = n.state
        where o.state <> n.state
        group by o.state, n.state, t.permission, t.act, t.rule
    loop
        if v_move.permission is null then
            perform traveler_private.refuse_move(v_move.title, v_move.from_state, v_move.to_state);
        end if;
        perform traveler_private.require(v_move.permission);
        if v_move.to_state = 'in_progress' then
            select jsonb_agg(jsonb_build_object('run_step_id', b.run_step_id, 'kind', b.kind, 'blocking_step_id', b.blocking_step_id,
                'title', b.blocking_title, 'state', b.blocking_state) order by b.run_step_id, b.blocking_title) into v_blockers
            from traveler.run_step_blocker b where b.org_id = v_org and b.run_step_id = any (v_move.ids);
            if v_blockers is not null then
                perform traveler_private.refuse(409, 'step_not_available', 'A1',
                    format('"%s" is not available to work.', (select n.title from new_rows n where n.id = (v_blockers -> 0 ->> 'run_step_id')::uuid)),
                    'Complete what it waits for: ' || (select string_agg(distinct format('"%s" (%s)', b ->> 'title', replace(b ->> 'state', '_', ' ')), ', ')
                        from jsonb_array_elements(v_blockers) b where b -> 'run_step_id' = v_blockers -> 0 -> 'run_step_id') || '.',
                    jsonb_build_object('blockers', v_blockers));
            end if;
        elsif v_move.to_state = 'completed' then
            select jsonb_agg(jsonb_build_object('run_step_id', b.run_step_id, 'kind', b.kind, 'subject_id', b.subject_id, 'what', b.what, 'clear', b.clear)
                order by b.run_step_id, b.what) into v_blockers
            from traveler.run_step_completion_blocker b where b.org_id = v_org and b.run_step_id = any (v_move.ids);
            if v_blockers is not null then
                perform traveler_private.refuse(409, 'step_not_complete', 'S5',
                    format('"%s" can''t be signed off yet: %s', (select n.title from new_rows n where n.id = (v_blockers -> 0 ->> 'run_step_id')::uuid),
                        v_blockers -> 0 ->> 'what'), (v_blockers -> 0 ->> 'clear') || '.',
                    jsonb_build_object('blockers', v_blockers));
            end if;
        end if;
    end loop;
    return null;
end
$$;
comment on function traveler_private.guard_step_move is 'Trigger: judges every move of a step by the transition table, the permission and the blockers (S2, S3, S5, A1).';
create or replace trigger _110_guard_step_move after update on traveler.run_step referencing old table as old_rows new table as new_rows
    for each statement execute function traveler_private.guard_step_move();

create or replace function traveler_private.guard_step_starts_todo() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'step_starts_todo', 'S1', 'A step starts in todo.');
    return null;
end
$$;
comment on function traveler_private.guard_step_starts_todo is 'Trigger: a step starts in todo, untouched (S1).';
create or replace trigger _110_guard_step_starts_todo before insert on traveler.run_step
    for each row when (new.state <> 'todo' or new.started_at is not null or new.attempt <> 1) execute function traveler_private.guard_step_starts_todo();

-- The stamps of a move come from the move, not from the writer (S5, S10). They are the clock's, here and in what follows, not the
-- transaction's: one that began earlier and waited for the run would date its move before the moves that it waited for.
create or replace function traveler_private.stamp_step() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    -- Only a started step can be in these states: the table would refuse it too, without a word for people.
    if old.started_at is null and new.state in ('completed', 'failed') then
        perform traveler_private.refuse_move(new.title, old.state, new.state);
    end if;
    new.started_at := case when new.state = 'in_progress' and old.state = 'todo' then clock_timestamp() else old.started_at end;
    new.completed_at := case when new.state = 'completed' and old.state <> 'completed' then clock_timestamp() when new.state = 'completed' then old.completed_at end;
    new.completed_by := case when new.state = 'completed' and old.state <> 'completed' then traveler_private.actor() when new.state = 'completed' then old.completed_by end;
    new.attempt := old.attempt;
    return new;
end
$$;
comment on function traveler_private.stamp_step is 'Trigger: stamps who started and signed off, and when (S5).';
create or replace trigger _300_stamp_step before update of state, started_at, completed_at, completed_by, attempt on traveler.run_step
    for each row execute function traveler_private.stamp_step();

-- S3, S4, L1: a start checks the actor in, leaving in_progress checks everyone out, whoever moved the step.
create or replace function traveler_private.keep_sessions() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_user uuid := traveler.current_user_id();
begin
    if exists (select from old_rows o where o.state = 'in_progress') then
        update traveler.labor_session s set ended_at = coalesce(n.completed_at, clock_timestamp())
        from new_rows n
        where n.state <> 'in_progress' and s.org_id = v_org and s.run_step_id = n.id and s.ended_at is null;
    end if;
    if v_user is not null and exists (select from new_rows n where n.state = 'in_progress') then
        insert into traveler.labor_session (org_id, run_id, run_step_id, user_id, started_at)
        select v_org, n.run_id, n.id, v_user, n.started_at from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id
        where o.state = 'todo' and n.state = 'in_progress';
    end if;
    return null;
end
$$;
comment on function traveler_private.keep_sessions is 'Trigger: check-in on start, check-out on leaving in_progress (S3, S4).';
create or replace trigger _510_keep_sessions after update on traveler.run_step referencing old table as old_rows new table as new_rows
    for each statement execute function traveler_private.keep_sessions();

-- L1-L3: what a session says is fixed but for its end, and its end is set once.
create or replace function traveler_private.guard_session() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'INSERT' then
        perform traveler_private.demand(new.ended_at is null and new.started_at <= clock_timestamp() and exists (
            select from traveler.run_step s where s.org_id = new.org_id and s.id = new.run_step_id and s.state = 'in_progress'),
            409, 'check_in_closed', 'L2', 'Check-in is open on a step in progress only.', 'Start the step first.');
    else
        perform traveler_private.demand(
            (old.run_id, old.run_step_id, old.user_id, old.started_at) = (new.run_id, new.run_step_id, new.user_id, new.started_at)
            and old.ended_at is null and new.ended_at <= clock_timestamp(),
            409, 'session_fixed', 'L3', 'A labor session ends once; its times are not rewritten.');
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_session is 'Trigger: when a session may start and that it ends once (L2, L3).';
create or replace trigger _100_guard_session before insert or update on traveler.labor_session
    for each row execute function traveler_private.guard_session();

-- Locks runs and steps of an act in the order of the conventions, and refuses unknown ids (404) as if another org's did not exist.
create or replace function traveler_private.lock_steps(p_ids uuid[]) returns uuid[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_runs uuid[];
    v_found integer;
begin
    select array_agg(distinct s.run_id), count(*) into v_runs, v_found
    from traveler.run_step s where s.org_id = v_org and s.id = any (p_ids);
    perform traveler_private.demand(v_found > 0 and v_found = (select count(distinct i) from unnest(p_ids) i), 404, 'step_unknown', 'T1',
        case when cardinality(p_ids) = 1 then 'There is no such step.' else 'One of the steps does not exist.' end);
    perform from traveler.run r where r.org_id = v_org and r.id = any (v_runs) order by r.id for no key update;
    perform from traveler.run_step s where s.org_id = v_org and s.id = any (p_ids) order by s.id for no key update;
    return v_runs;
end
$$;
comment on function traveler_private.lock_steps is 'Locks the runs of some steps, then the steps, in id order; answers the runs.';

create or replace function traveler_private.expect_step_version(p_ids uuid[], p_version integer) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.expect_version('run_step', s.id, s.version, p_version)
    from traveler.run_step s where s.org_id = traveler_private.org() and s.id = any (p_ids);
end
$$;
comment on function traveler_private.expect_step_version is 'Refuses a stale step (If-Match).';

-- Moves whatever of the ids is not there already; naming the state it must come from is the guard's business.
create or replace function traveler_private.move_steps(p_ids uuid[], p_to text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_rows integer;
begin
    update traveler.run_step s set state = p_to where s.org_id = traveler_private.org() and s.id = any (p_ids) and s.state <> p_to;
    get diagnostics v_rows = row_count;
    perform traveler_private.demand(v_rows = (select count(distinct i) from unnest(p_ids) i), 409, 'already_there', 'S2',
        format('The step is already %s.', replace(p_to, '_', ' ')));
end
$$;
comment on function traveler_private.move_steps is 'Moves steps to a state and refuses when one was there already.';

-- POST /v1/steps/{id}/start, and of many steps at once.
create or replace function traveler.start_steps(p_ids uuid[], p_version integer default null) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
    v_org uuid := traveler.current_org();
    v_to_move uuid[];
begin
    perform traveler_private.require('run_step.update');
    -- S3: the assembly, and all that is in it, goes to where the work is done. Inventory is locked before the run.
    select array_agg(i.id order by i.id) into v_to_move
    from traveler.run_step s
    join traveler.run_inventory ri on ri.org_id = s.org_id and ri.run_id = s.run_id and ri.live
    join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
        and i.installation_id is null and i.location_id is distinct from s.location_id
    where s.org_id = v_org and s.id = any (p_ids) and s.location_id is not null
        and (select o.move_on_start from traveler.org o where o.org_id = v_org);
    if v_to_move is not null then
        perform from traveler.part_inventory i where i.org_id = v_org and i.id = any (v_to_move) order by i.id for no key update;
    end if;
    perform traveler_private.lock_steps(p_ids);
    perform traveler_private.expect_step_version(p_ids, p_version);
    perform traveler_private.move_steps(p_ids, 'in_progress');
    if v_to_move is not null then
        update traveler.part_inventory i set location_id = s.location_id
        from traveler.run_step s
        join traveler.run_inventory ri on ri.org_id = s.org_id and ri.run_id = s.run_id and ri.live
        where s.org_id = v_org and s.id = any (p_ids) and s.location_id is not null
            and i.org_id = v_org and i.id = ri.part_inventory_id and i.id = any (v_to_move) and i.installation_id is null;
    end if;
    return traveler_private.step_answer(p_ids);
end
$$;
comment on function traveler.start_steps is 'Starts available steps: checks the actor in and moves the assembly to the step''s location (S3).';

-- POST /v1/steps/{id}/complete, and of many steps at once.
create or replace function traveler.complete_steps(p_ids uuid[], p_version integer default null) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
    v_org uuid := traveler.current_org();
    v_units uuid[];
    v_runs uuid[];
begin
    perform traveler_private.require('run_step.update');
    -- A sign-off that may complete its run will release the run's inventory, which is locked before the run. What others have in
    -- progress may be signed off until this has its locks.
    select array_agg(ri.part_inventory_id) into v_units
    from traveler.run_step s
    join traveler.run_inventory ri on ri.org_id = s.org_id and ri.run_id = s.run_id and ri.live
    where s.org_id = v_org and s.id = any (p_ids) and not exists (
        select from traveler.run_step x where x.org_id = s.org_id and x.run_id = s.run_id and x.required
            and x.state not in ('completed', 'canceled', 'in_progress') and x.id <> all (p_ids));
    if v_units is not null then
        perform from traveler.part_inventory i where i.org_id = v_org and i.id = any (v_units) order by i.id for no key update;
    end if;
    v_runs := traveler_private.lock_steps(p_ids);
    perform traveler_private.expect_step_version(p_ids, p_version);
    perform traveler_private.move_steps(p_ids, 'completed');
    perform traveler_private.complete_ready_runs(v_runs);
    return traveler_private.step_answer(p_ids);
end
$$;
comment on function traveler.complete_steps is 'Signs steps off (S5); the sign-off that leaves no required step open completes the run when nothing blocks (C3).';

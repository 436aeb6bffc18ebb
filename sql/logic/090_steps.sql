-- Acts on run steps: start and completion (S3-S5), hold, fail, cancel and the ways back (S8-S15), labor (L1).

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
        -- Apart, so that each is made once, whatever way the rows are joined: another id for each row would divide nothing.
        with division as materialized (
            select y.sibling_id, traveler.new_id() as id from new_rows y where y.sibling_id is not null group by y.sibling_id
        )
        insert into traveler.labor_session (org_id, run_id, run_step_id, user_id, started_at, divided_id, divided_by, divided_place)
        select v_org, s.run_id, s.id, v_user, s.started_at, case when s.parts > 1 then s.sibling_id end, s.parts, s.place
        from (
            select n.run_id, n.id, n.started_at, d.divided_id as sibling_id, count(*) over (partition by d.divided_id) as parts,
                row_number() over (partition by d.divided_id order by n.id) as place
            from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id and o.state = 'todo'
            -- K6: one session over siblings that start together, each with its part; any other step is a division of its own.
            join (select x.id, coalesce(g.id, x.id) as divided_id from new_rows x left join division g on g.sibling_id = x.sibling_id) d on d.id = n.id
            where n.state = 'in_progress' and not n.outside_process) s;
    end if;
    return null;
end
$$;
comment on function traveler_private.keep_sessions is 'Trigger: check-in on start, of what is not done by a supplier, check-out on leaving in_progress (S3, S4, O1).';
create or replace trigger _510_keep_sessions after update on traveler.run_step referencing old table as old_rows new table as new_rows
    for each statement execute function traveler_private.keep_sessions();

-- L1-L3: a session stays the one of its user and step. Its times may be edited, once ended it stays ended, and nothing of it lies in
-- the future. What a start opens by itself was judged available by the move.
create or replace function traveler_private.guard_session() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'INSERT' then
        perform traveler_private.demand(new.ended_at is null and new.started_at <= clock_timestamp(),
            409, 'check_in_closed', 'L2', 'Check-in is open on a step in progress only.', 'Start the step first.');
    else
        perform traveler_private.demand((old.run_id, old.run_step_id, old.user_id) = (new.run_id, new.run_step_id, new.user_id),
            409, 'session_fixed', 'L1', 'A session stays the one of its user and step.');
        perform traveler_private.demand(old.ended_at is null or new.ended_at is not null, 409, 'session_closed', 'L3',
            'A session that has ended is not opened again.', 'Check in again.');
        perform traveler_private.demand(new.started_at <= clock_timestamp() and coalesce(new.ended_at <= clock_timestamp(), true),
            422, 'session_in_future', 'L3', 'A session''s times are not in the future.');
        perform traveler_private.demand(new.ended_at is null or new.ended_at > new.started_at or pg_trigger_depth() > 1,
            422, 'session_ends_before_start', 'L3', 'Check-out is after check-in.');
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_session is 'Trigger: when a session may start, and what its times may be (L1-L3).';
create or replace trigger _100_guard_session before insert or update on traveler.labor_session
    for each row execute function traveler_private.guard_session();

-- L2: over all that are opened at once. It follows the trigger that locks the runs, so that a session written by hand and the sign-off of
-- its step see each other; acts and moves have the lock already.
create or replace function traveler_private.guard_opened_sessions() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_steps uuid[] := array(select n.run_step_id from new_rows n);
begin
    perform traveler_private.demand(not exists (select from traveler.run_step s where s.org_id = v_org and s.id = any (v_steps) and s.state <> 'in_progress'),
        409, 'check_in_closed', 'L2', 'Check-in is open on a step in progress only.', 'Start the step first.');
    if pg_trigger_depth() = 1 then
        perform traveler_private.demand(not exists (select from traveler.run_step_blocker b where b.org_id = v_org and b.run_step_id = any (v_steps)),
            409, 'step_not_available', 'L2', 'The step is not available to work.', 'Complete what it waits for.');
        perform traveler_private.require_assigned(v_steps);
    end if;
    return null;
end
$$;
comment on function traveler_private.guard_opened_sessions is 'Trigger: a session is opened on a step in progress that is available to its user (L2, S11).';
create or replace trigger _055_guard_opened after insert on traveler.labor_session referencing new table as new_rows
    for each statement execute function traveler_private.guard_opened_sessions();

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
drop function if exists traveler.start_steps(uuid[], integer);
create or replace function traveler.start_steps(p_ids uuid[], p_version integer default null, p_siblings text default null) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
    v_org uuid := traveler.current_org();
    v_held text;
    v_to_move uuid[];
    v_ids uuid[] := traveler_private.with_siblings(p_ids);
begin
    perform traveler_private.require('run_step.update');
    -- S3: the assembly, and all that is in it, goes to where the work is done. Inventory is locked before the run.
    select array_agg(i.id order by i.id) into v_to_move
    from traveler.run_step s
    join traveler.run_inventory ri on ri.org_id = s.org_id and ri.run_id = s.run_id and ri.live
    join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
        and i.installation_id is null and i.outside_process_id is null and i.location_id is distinct from s.location_id
    where s.org_id = v_org and s.id = any (v_ids) and s.location_id is not null
        and (select o.move_on_start from traveler.org o where o.org_id = v_org);
    if v_to_move is not null then
        perform from traveler.part_inventory i where i.org_id = v_org and i.id = any (v_to_move) order by i.id for no key update;
    end if;
    v_ids := traveler_private.lock_batches(p_ids, v_ids, p_siblings);
    perform traveler_private.lock_steps(v_ids);
    perform traveler_private.expect_step_version(p_ids, p_version);
    v_ids := traveler_private.judge_siblings('start', p_ids, v_ids, p_siblings);
    -- The guard knows where a step goes, not by which act: from hold this would be its release.
    select min(s.title) into v_held from traveler.run_step s where s.org_id = v_org and s.id = any (v_ids) and s.state = 'hold' and s.held_from = 'in_progress';
    perform traveler_private.demand(v_held is null, 409, 'move_not_allowed', 'S9', format('"%s" is on hold: it is released, not started.', v_held), 'Release it first.');
    perform traveler_private.move_steps(v_ids, 'in_progress');
    if v_to_move is not null then
        update traveler.part_inventory i set location_id = s.location_id
        from traveler.run_step s
        join traveler.run_inventory ri on ri.org_id = s.org_id and ri.run_id = s.run_id and ri.live
        where s.org_id = v_org and s.id = any (v_ids) and s.location_id is not null
            and i.org_id = v_org and i.id = ri.part_inventory_id and i.id = any (v_to_move) and i.installation_id is null and i.outside_process_id is null;
    end if;
    return traveler_private.step_answer(p_ids);
end
$$;
comment on function traveler.start_steps is 'Starts available steps, and their siblings: checks the actor in and moves the assembly to the step''s location (S3, K3).';

-- POST /v1/steps/{id}/complete: {acknowledged?}, and of many steps at once. What is acknowledged are warnings of the step's run (C3).
drop function if exists traveler.complete_steps(uuid[], integer);
drop function if exists traveler.complete_steps(uuid[], integer, jsonb);
create or replace function traveler.complete_steps(p_ids uuid[], p_version integer default null, p_acknowledged jsonb default null, p_siblings text default null) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
    v_org uuid := traveler.current_org();
    v_units uuid[];
    v_runs uuid[];
    v_ids uuid[] := traveler_private.with_siblings(p_ids);
begin
    perform traveler_private.require('run_step.update');
    -- A sign-off that may complete its run will release the run's inventory, which is locked before the run. What others have in
    -- progress may be signed off until this has its locks.
    select array_agg(ri.part_inventory_id) into v_units
    from traveler.run_step s
    join traveler.run_inventory ri on ri.org_id = s.org_id and ri.run_id = s.run_id and ri.live
    where s.org_id = v_org and s.id = any (v_ids) and not exists (
        select from traveler.run_step x where x.org_id = s.org_id and x.run_id = s.run_id and x.required
            and x.state not in ('completed', 'canceled', 'in_progress') and x.id <> all (v_ids));
    if v_units is not null then
        perform from traveler.part_inventory i where i.org_id = v_org and i.id = any (v_units) order by i.id for no key update;
    end if;
    v_ids := traveler_private.lock_batches(p_ids, v_ids, p_siblings);
    v_runs := traveler_private.lock_steps(v_ids);
    perform traveler_private.expect_step_version(p_ids, p_version);
    v_ids := traveler_private.judge_siblings('complete', p_ids, v_ids, p_siblings);
    perform traveler_private.move_steps(v_ids, 'completed');
    if p_acknowledged is not null then
        -- The warnings are of the run that was looked at; its siblings' runs have their own.
        perform traveler_private.acknowledge((select s.run_id from traveler.run_step s where s.org_id = v_org and s.id = p_ids[1]), p_acknowledged);
    end if;
    perform traveler_private.complete_ready_runs(v_runs);
    return traveler_private.step_answer(p_ids);
end
$$;
comment on function traveler.complete_steps is 'Signs steps off (S5); the sign-off that leaves no required step open completes the run when nothing blocks (C3).';

-- POST /v1/steps/{id}/hold, release, fail, cancel, reset, retry, restore, reopen, and of many steps at once: each step goes where
-- the transition table leads it by this act. What is nested in a held or canceled step goes with it; p_all brings back all that the
-- same act canceled (S8). Redline, release_redline and cancel_redline open and close redlines, which move their steps (D1, D3).
drop function if exists traveler.act_on_steps(text, uuid[], integer, text, boolean);
create or replace function traveler.act_on_steps(p_act text, p_ids uuid[], p_version integer default null, p_reason text default null,
    p_all boolean default false, p_siblings text default null) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_on uuid[] := traveler_private.with_siblings(p_ids);
    v_ids uuid[];
    v_units uuid[];
    v_runs uuid[];
    v_stuck record;
    v_rows integer;
begin
    perform traveler_private.require(case
        when p_act = 'reopen' or p_act = 'redline' and traveler.has_permission('run_step.reopen') then 'run_step.reopen'
        when p_act in ('redline', 'cancel_redline') then 'redline.create'
        when p_act = 'release_redline' then 'redline.approve'
        else 'run_step.update' end);
    perform traveler_private.demand(p_act in ('hold', 'release', 'fail', 'cancel', 'reset', 'retry', 'restore', 'reopen', 'redline', 'release_redline',
            'cancel_redline'), 422, 'act_unknown', 'S2',
        format('There is no act "%s".', p_act));
    perform traveler_private.begin_act();
    if p_reason is not null then
        perform traveler_private.give_reason(p_reason);
    end if;
    if p_act in ('cancel', 'restore', 'release_redline', 'cancel_redline')
        or p_act = 'fail' and (select o.fail_creates_issue from traveler.org o where o.org_id = v_org) then
        -- Inventory is locked before the run: a cancel may complete the run and release it (C3), a restored step makes a canceled run a
        -- run again and a withdrawn one may leave it canceled (I2), the issue of a failure keeps it (S6).
        select array_agg(distinct ri.part_inventory_id) into v_units
        from traveler.run_step s join traveler.run_inventory ri on ri.org_id = s.org_id and ri.run_id = s.run_id and (ri.live or ri.taken)
        where s.org_id = v_org and s.id = any (v_on);
        perform from traveler.part_inventory i where i.org_id = v_org and i.id = any (v_units) order by i.id for no key update;
    end if;
    v_on := traveler_private.lock_batches(p_ids, v_on, p_siblings);
    v_runs := traveler_private.lock_steps(v_on);
    perform traveler_private.expect_step_version(p_ids, p_version);
    v_on := traveler_private.judge_siblings(p_act, p_ids, v_on, p_siblings);
    v_ids := v_on;
    if p_act in ('hold', 'cancel') then
        v_ids := v_on || array(select n.id from traveler_private.nested_steps(v_on) n
            where n.state = 'in_progress' or p_act = 'cancel' and n.state in ('todo', 'hold'));
    elsif p_act = 'restore' and p_all then
        v_ids := array(select x.id from traveler.run_step s
            join traveler.run_step x on x.org_id = s.org_id and x.run_id = s.run_id and x.state = 'canceled' and x.state_act = s.state_act and x.withdrawn_at is null
            where s.org_id = v_org and s.id = any (v_on) and s.state = 'canceled');
    end if;
    select s.title, s.state into v_stuck from traveler.run_step s
    where s.org_id = v_org and s.id = any (v_ids) and not exists (
        select from traveler.step_transition t where t.from_state = s.state and t.act = p_act) order by s.id limit 1;
    if found or v_ids = '{}' then
        perform traveler_private.refuse_move(v_stuck.title, v_stuck.state, (select min(t.to_state) from traveler.step_transition t where t.act = p_act));
    end if;
    if p_act in ('redline', 'release_redline', 'cancel_redline') then
        perform traveler_private.redline_steps(p_act, v_ids, p_reason);
        return traveler_private.step_answer(p_ids);
    end if;
    update traveler.run_step s set state = case p_act when 'release' then s.held_from else t.to_state end
    from (select t.from_state, min(t.to_state) as to_state from traveler.step_transition t where t.act = p_act group by t.from_state) t
    where s.org_id = v_org and s.id = any (v_ids) and t.from_state = s.state;
    get diagnostics v_rows = row_count;
    if v_rows <> (select count(distinct i) from unnest(v_ids) i) then
        raise exception 'act %: % of % steps moved', p_act, v_rows, cardinality(v_ids);
    end if;
    if p_act = 'cancel' then
        perform traveler_private.complete_ready_runs(v_runs);
    end if;
    -- What went with it in its own run is told; of siblings, that they did (K3).
    return traveler_private.step_answer(array(select s.id from traveler.run_step s
        where s.org_id = v_org and s.id = any (v_ids) and s.run_id in (select x.run_id from traveler.run_step x where x.org_id = v_org and x.id = any (p_ids))));
end
$$;
comment on function traveler.act_on_steps is 'Holds, releases, fails, cancels, resets, retries, restores or reopens steps, opens and closes their redlines (S2, S8-S14, D3).';

-- POST /v1/runs/{id}/hold, release, cancel: all open steps of the run in one act with one reason (S15).
drop function if exists traveler.act_on_run(text, uuid, integer, text);
create or replace function traveler.act_on_run(p_act text, p_run uuid, p_version integer default null, p_reason text default null, p_siblings text default null) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_runs uuid[] := traveler_private.batch_runs(p_run, p_siblings);
    v_version integer;
    v_expected bigint;
    v_held uuid[];
    v_rows integer;
begin
    perform traveler_private.require('run_step.update');
    perform traveler_private.demand(p_act in ('hold', 'release', 'cancel'), 422, 'act_unknown', 'S15', format('There is no act "%s" on a run.', p_act));
    perform traveler_private.begin_act();
    if p_reason is not null then
        perform traveler_private.give_reason(p_reason);
    end if;
    if p_act = 'cancel' then
        perform from traveler.part_inventory i where i.org_id = v_org and i.id = any (array(
            select ri.part_inventory_id from traveler.run_inventory ri where ri.org_id = v_org and ri.run_id = any (v_runs) and ri.live))
        order by i.id for no key update;
    end if;
    v_runs := traveler_private.lock_batch_runs(p_run, v_runs, p_siblings);
    select r.version into v_version from traveler.run r where r.org_id = v_org and r.id = p_run;
    perform traveler_private.expect_version('run', p_run, v_version, p_version);
    perform from traveler.run_step s where s.org_id = v_org and s.run_id = any (v_runs) order by s.id for no key update;
    perform traveler_private.demand_run_act(p_act, r) from unnest(v_runs) r order by r <> p_run, r;
    select sum(r.steps_todo + r.steps_in_progress + case when p_act = 'cancel' then r.steps_hold + r.steps_failed else 0 end), array_agg(r.held_act)
    into v_expected, v_held from traveler.run r where r.org_id = v_org and r.id = any (v_runs);
    if p_act = 'hold' then
        update traveler.run_step s set state = 'hold' where s.org_id = v_org and s.run_id = any (v_runs) and s.state in ('todo', 'in_progress');
        get diagnostics v_rows = row_count;
        if v_rows <> v_expected then
            raise exception 'hold of run %: % steps moved', p_run, v_rows;
        end if;
        update traveler.run r set held_act = traveler_private.act_id() where r.org_id = v_org and r.id = any (v_runs);
    elsif p_act = 'release' then
        -- What was held around it comes back first, so that nested work is available again.
        for v_depth in 1 .. 5 loop
            update traveler.run_step s set state = s.held_from
            where s.org_id = v_org and s.run_id = any (v_runs) and s.state = 'hold' and s.state_act = any (v_held) and s.depth = v_depth;
        end loop;
        update traveler.run r set held_act = null where r.org_id = v_org and r.id = any (v_runs);
    else
        update traveler.run_step s set state = 'todo' where s.org_id = v_org and s.run_id = any (v_runs) and s.state = 'failed';
        update traveler.run_step s set state = 'canceled' where s.org_id = v_org and s.run_id = any (v_runs) and s.state in ('todo', 'in_progress', 'hold');
        get diagnostics v_rows = row_count;
        if v_rows <> v_expected then
            raise exception 'cancel of run %: % steps moved', p_run, v_rows;
        end if;
        update traveler.run r set held_act = null where r.org_id = v_org and r.id = any (v_runs) and r.held_act is not null;
        perform traveler_private.complete_ready_runs(v_runs);
    end if;
    return traveler.run_json(p_run);
end
$$;
comment on function traveler.act_on_run is 'Holds, releases or cancels a run, and the others of its batch: all open steps in one act (S15, K3).';

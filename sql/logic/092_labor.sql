-- Labor sessions beside the moves of steps: check-in and check-out, edits, what is flagged, what overlaps (L1-L3, L5).

-- L5: one definition of too long, an open session's length being what it is by now.
create or replace view traveler.labor_session_flag with (security_invoker = true) as
    select l.org_id, l.id as labor_session_id, o.session_limit_minutes
    from traveler.labor_session l join traveler.org o on o.org_id = l.org_id
    where coalesce(l.ended_at, now()) - l.started_at > make_interval(mins => o.session_limit_minutes);
comment on view traveler.labor_session_flag is 'The sessions that are longer than the org''s limit (L5).';

-- L1: one user may be on several steps at once. That is reported, and refused nowhere.
create or replace view traveler.labor_session_overlap with (security_invoker = true) as
    select a.org_id, a.user_id, a.id as labor_session_id, b.id as other_session_id, b.run_id as other_run_id, b.run_step_id as other_step_id,
        greatest(a.started_at, b.started_at) as overlap_from, least(a.ended_at, b.ended_at) as overlap_to
    from traveler.labor_session a
    join traveler.labor_session b on b.org_id = a.org_id and b.user_id = a.user_id and b.id <> a.id
        -- The parts of one session over siblings are one session (K6).
        and (a.divided_id is null or b.divided_id is distinct from a.divided_id)
        and b.started_at < coalesce(a.ended_at, 'infinity') and a.started_at < coalesce(b.ended_at, 'infinity');
comment on view traveler.labor_session_overlap is 'Sessions of one user at the same time, each as seen from both; overlap_to is null while both go on (L1).';

-- L3: no two sessions of one user on one step at the same time. It follows the trigger that locks the runs, so that two edits at
-- once see each other. What a step's move opens and closes by the clock can't overlap, and is not asked.
create or replace function traveler_private.guard_session_overlap() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if pg_trigger_depth() > 1 then
        return null;
    end if;
    if exists (
        select from new_rows n
        -- The step's sessions are few; those of the user, which the planner may take them for, are not.
        cross join lateral (select y.id, y.user_id, y.started_at, y.ended_at from traveler.labor_session y
            where y.org_id = n.org_id and y.run_step_id = n.run_step_id offset 0) x
        where x.user_id = n.user_id and x.id <> n.id
            and x.started_at < coalesce(n.ended_at, 'infinity') and n.started_at < coalesce(x.ended_at, 'infinity')) then
        perform traveler_private.refuse(409, 'session_overlap', 'L3', 'The user has another session on this step at that time.', 'Change that one first.');
    end if;
    return null;
end
$$;
comment on function traveler_private.guard_session_overlap is 'Trigger: no overlap of one user''s sessions on one step (L3).';
create or replace trigger _060_guard_overlap_insert after insert on traveler.labor_session referencing new table as new_rows
    for each statement execute function traveler_private.guard_session_overlap();
create or replace trigger _060_guard_overlap_update after update on traveler.labor_session referencing new table as new_rows
    for each statement execute function traveler_private.guard_session_overlap();

create or replace function traveler_private.session_json(p_session uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', l.id, 'run_id', l.run_id, 'run_step_id', l.run_step_id, 'user_id', l.user_id, 'user_name', u.name,
            'started_at', traveler.json_time(l.started_at), 'ended_at', traveler.json_time(l.ended_at),
            'flagged', exists (select from traveler.labor_session_flag f where f.org_id = l.org_id and f.labor_session_id = l.id), 'version', l.version)
        from traveler.labor_session l join traveler.user_account u on u.org_id = l.org_id and u.id = l.user_id
        where l.org_id = traveler_private.org() and l.id = p_session
    );
end
$$;
comment on function traveler_private.session_json is 'A labor session as JSON.';

-- Locks a session after its run (law 11 of the conventions), and refuses an unknown one.
create or replace function traveler_private.lock_session(p_session uuid, p_version integer) returns traveler.labor_session
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_session traveler.labor_session;
begin
    -- All the runs that it is divided over.
    perform from traveler.run r where r.org_id = v_org and r.id in (
        select x.run_id from traveler.labor_session l
        join traveler.labor_session x on x.org_id = v_org and (x.id = l.id or x.divided_id = l.divided_id)
        where l.org_id = v_org and l.id = p_session) order by r.id for no key update;
    perform traveler_private.demand(found, 404, 'session_unknown', 'T1', 'There is no such session.');
    select * into v_session from traveler.labor_session l where l.org_id = v_org and l.id = p_session for no key update;
    perform traveler_private.expect_version('labor_session', p_session, v_session.version, p_version);
    return v_session;
end
$$;
comment on function traveler_private.lock_session is 'Locks a labor session, its run first; refuses an unknown or a stale one.';

-- POST /v1/steps/{id}/check-in
create or replace function traveler.check_in(p_step uuid, p_version integer default null) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_ids uuid[] := array[p_step];
    v_now timestamptz;
    v_divided uuid;
    v_id uuid;
begin
    perform traveler_private.require('run_step.update');
    v_ids := traveler_private.lock_batches(v_ids, traveler_private.with_siblings(v_ids), null);
    perform traveler_private.lock_steps(v_ids);
    perform traveler_private.expect_step_version(array[p_step], p_version);
    v_now := clock_timestamp();
    v_divided := case when cardinality(v_ids) > 1 then traveler.new_id() end;
    insert into traveler.labor_session (org_id, run_id, run_step_id, user_id, started_at, divided_id, divided_by, divided_place)
    select v_org, s.run_id, s.id, traveler.current_user_id(), v_now, v_divided, cardinality(v_ids), row_number() over (order by s.id)
    from traveler.run_step s where s.org_id = v_org and s.id = any (v_ids);
    select l.id into strict v_id from traveler.labor_session l
    where l.org_id = v_org and l.run_step_id = p_step and l.user_id = traveler.current_user_id() and l.ended_at is null;
    return traveler_private.session_json(v_id);
end
$$;
comment on function traveler.check_in is 'Checks the acting user in on a step in progress, over its siblings as one session (L1, L2, K6).';

-- POST /v1/sessions/{id}/check-out: {reason?}. A session past the limit is closed with a reason (L5).
create or replace function traveler.check_out(p_session uuid, p_version integer default null, p_reason text default null) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.labor_session;
    v_end timestamptz;
    v_rows integer;
begin
    v_now := traveler_private.lock_session(p_session, p_version);
    v_end := clock_timestamp();
    if v_now.user_id is distinct from traveler.current_user_id() then
        perform traveler_private.require('session.update');
    end if;
    perform traveler_private.demand(v_now.ended_at is null, 409, 'checked_out', 'L2', 'The user has checked out of this session already.');
    perform traveler_private.demand(coalesce(trim(p_reason), '') <> '' or not exists (
            select from traveler.labor_session_flag f where f.org_id = v_org and f.labor_session_id = p_session),
        422, 'reason_missing', 'L5', 'The session is longer than the org''s limit: closing it asks for a reason.', 'Say why, or correct its times.');
    if p_reason is not null then
        perform traveler_private.give_reason(p_reason);
    end if;
    update traveler.labor_session l set ended_at = v_end
    where l.org_id = v_org and (l.id = p_session or l.divided_id = v_now.divided_id and l.ended_at is null);
    get diagnostics v_rows = row_count;
    if v_rows < 1 then
        raise exception 'check-out: % sessions', v_rows;
    end if;
    return traveler_private.session_json(p_session);
end
$$;
comment on function traveler.check_out is 'Checks out of a session: its owner, or a holder of session.update (L2, L5).';

-- PATCH /v1/sessions/{id}: {started_at?, ended_at?, reason?}
create or replace function traveler.change_session(p_session uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.labor_session;
    v_rows integer;
begin
    perform traveler_private.require('session.update');
    v_now := traveler_private.lock_session(p_session, p_version);
    if p_request ->> 'reason' is not null then
        perform traveler_private.give_reason(p_request ->> 'reason');
    end if;
    update traveler.labor_session l set
        started_at = coalesce((p_request ->> 'started_at')::timestamptz, l.started_at),
        ended_at = coalesce((p_request ->> 'ended_at')::timestamptz, l.ended_at)
    where l.org_id = v_org and (l.id = p_session or l.divided_id = v_now.divided_id);
    get diagnostics v_rows = row_count;
    if v_rows < 1 then
        raise exception 'edit of a session: % sessions', v_rows;
    end if;
    return traveler_private.session_json(p_session);
end
$$;
comment on function traveler.change_session is 'Edits the times of a session (L3).';

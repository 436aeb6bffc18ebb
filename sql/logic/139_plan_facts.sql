-- What a schedule is planned from (H3). The plan is made elsewhere: here is only what it needs to know, as it is now.

create or replace function traveler_private.epoch(p_time timestamptz) returns bigint
language sql immutable parallel safe
as $$ select floor(extract(epoch from p_time))::bigint $$;
comment on function traveler_private.epoch is 'A moment in whole seconds since 1970-01-01T00:00:00Z.';

-- Which runs a request plans.
create or replace function traveler_private.runs_to_plan(p_request jsonb) returns uuid[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_runs uuid[] := array(select distinct x::uuid from jsonb_array_elements_text(p_request -> 'run_ids') x);
begin
    perform traveler_private.demand(v_runs <> '{}', 422, 'nothing_named', 'H3', 'Name the runs to plan.', 'Give run_ids.');
    perform traveler_private.demand((select count(*) from traveler.run r where r.org_id = traveler_private.org() and r.id = any (v_runs)) = cardinality(v_runs),
        404, 'run_unknown', 'T1', 'One of the runs does not exist.');
    if not coalesce((p_request ->> 'alone')::boolean, false) then
        v_runs := traveler_private.with_batches(v_runs);
        perform traveler_private.demand(cardinality(v_runs) <= 5000, 422, 'too_many_runs', 'K3',
            format('With all runs of their batches these are %s runs: 5,000 are planned at a time.', cardinality(v_runs)), 'Name fewer batches.');
    end if;
    return v_runs;
end
$$;
comment on function traveler_private.runs_to_plan is 'The runs that a request names, and those that are planned with them (H3, K3); refuses unknown or too many.';

-- H3: what is planned and written without a look in between is locked first: its facts, read by a later statement, then hold until it is
-- written. The batches, then the runs, as set_schedule locks them; so that takes nothing that is not had by then but the steps.
create or replace function traveler.lock_plan(p_request jsonb) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_runs uuid[];
    v_batches uuid[];
begin
    perform traveler_private.require('run.schedule');
    v_runs := traveler_private.runs_to_plan(p_request);
    v_batches := traveler_private.batches_of(v_runs);
    perform from traveler.batch b where b.org_id = v_org and b.id = any (v_batches) order by b.id for no key update;
    -- Nobody joins these any more.
    v_runs := traveler_private.runs_to_plan(p_request);
    perform from traveler.run r where r.org_id = v_org and r.id = any (v_runs) order by r.id for no key update;
    if not (traveler_private.batches_of(v_runs) <@ v_batches) then
        -- Someone made a batch of them in between: again, from the beginning.
        raise exception 'the batch changed' using errcode = 'serialization_failure';
    end if;
end
$$;
comment on function traveler.lock_plan is 'Locks the runs that a request plans, those of their batches with them, until what is planned is written (H3, K3).';

create or replace function traveler_private.batches_of(p_runs uuid[]) returns uuid[]
language sql stable
set search_path = pg_catalog, pg_temp
as $$ select array(select distinct b.batch_id from traveler.batch_run b where b.org_id = traveler_private.org() and b.run_id = any (p_runs) and b.left_at is null) $$;
comment on function traveler_private.batches_of is 'The batches that runs are in now (K4).';

-- Times in whole seconds since 1970; what has a fraction starts with the second it is in.
create or replace function traveler.plan_facts(p_request jsonb) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_org uuid := traveler.current_org();
    v_runs uuid[] := traveler_private.runs_to_plan(p_request);
    v_now timestamptz := now();
    v_start timestamptz := greatest(v_now, (p_request ->> 'start')::timestamptz);
    v_facts jsonb;
    v_basis text;
begin
    v_facts := (
        with step as materialized (
            select s.* from traveler.run_step s where s.org_id = v_org and s.run_id = any (v_runs) and s.withdrawn_at is null
        ), center as (
            select l.* from traveler.location l where l.org_id = v_org and l.id in (select s.location_id from step s)
        ), supply as (
            -- What keeps work that is left waiting: neither what is met already, nor what is delivered, nor of a step that is done.
            select u.id, u.run_id, q.run_step_id, q.id as build_requirement_id, u.supplying_run_id, r.number, r.status, h.effective_end
            from traveler.run_supply u
            join traveler.build_requirement q on q.org_id = v_org and q.id = u.build_requirement_id
                and q.quantity_installed + q.quantity_excepted + q.quantity_carried < q.quantity_needed
            join traveler.run w on w.org_id = v_org and w.id = u.run_id and w.completed_at is null and w.status <> 'canceled'
            join traveler.run r on r.org_id = v_org and r.id = u.supplying_run_id and r.completed_at is null
            left join traveler.run_schedule h on h.org_id = v_org and h.run_id = r.id
            left join step s on s.id = q.run_step_id
            where u.org_id = v_org and u.run_id = any (v_runs) and u.ended_at is null
                and (q.run_step_id is null or s.state not in ('completed', 'canceled'))
        )
        select jsonb_build_object(
            'runs', (select jsonb_agg(jsonb_build_object('id', r.id, 'number', r.number, 'title', r.title, 'not_before', traveler_private.epoch(r.scheduled_start),
                    'scheduled_end', traveler_private.epoch(r.scheduled_end), 'due', traveler_private.epoch(r.due_at), 'is_over', r.completed_at is not null or r.status = 'canceled',
                    'effective_start', traveler_private.epoch(h.effective_start), 'effective_end', traveler_private.epoch(h.effective_end),
                    'planned_until', traveler_private.epoch(traveler_private.planned_until(h.effective_start, h.effective_end, h.steps_end))) order by r.id)
                from traveler.run r left join traveler.run_schedule h on h.org_id = v_org and h.run_id = r.id where r.org_id = v_org and r.id = any (v_runs)),
            'calendars', (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'time_zone', c.time_zone, 'shifts', c.shifts, 'holidays', c.holidays, 'extra_days', c.extra_days)
                    order by c.id), '[]')
                from traveler.work_calendar c where c.org_id = v_org and c.id in (select l.work_calendar_id from center l)),
            'work_centers', (select coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'name', l.name, 'work_calendar_id', l.work_calendar_id, 'capacity', l.capacity) order by l.id), '[]') from center l),
            'steps', (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'run_id', s.run_id, 'parent_id', s.parent_id, 'title', s.title, 'state', s.state, 'location_id', s.location_id,
                    'lead_time_seconds', coalesce(s.lead_time_seconds, 0), 'started_at', traveler_private.epoch(s.started_at), 'completed_at', traveler_private.epoch(s.completed_at),
                    'state_changed_at', traveler_private.epoch(s.state_changed_at), 'sibling_id', s.sibling_id,
                    'scheduled_start', traveler_private.epoch(s.scheduled_start), 'scheduled_end', traveler_private.epoch(s.scheduled_end)) order by s.run_id, s.depth, s.position, s.id), '[]')
                from step s),
            'supplies', (select coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'run_id', u.run_id, 'run_step_id', u.run_step_id, 'build_requirement_id', u.build_requirement_id,
                    'supplying_run_id', u.supplying_run_id, 'supplying_run_number', u.number, 'is_canceled', u.status = 'canceled',
                    'effective_end', traveler_private.epoch(u.effective_end)) order by u.id), '[]') from supply u),
            'dependencies', (select coalesce(jsonb_agg(jsonb_build_array(e.upstream_id, e.downstream_id) order by e.downstream_id, e.upstream_id), '[]')
                from traveler.run_step_edge e where e.org_id = v_org and e.run_id = any (v_runs) and e.withdrawn_at is null
                    and exists (select from step s where s.id = e.upstream_id) and exists (select from step s where s.id = e.downstream_id))));
    -- What was looked at is applied, or nothing is: all but the time of day is in it.
    v_basis := encode(sha256(convert_to(v_facts::text, 'UTF8')), 'hex');
    perform traveler_private.demand(coalesce(p_request ->> 'basis' = v_basis, true), 409, 'schedule_changed', 'H3',
        'What these runs are planned from has changed since it was looked at.', 'Look at the plan again, then apply it.');
    return v_facts || jsonb_build_object('now', traveler_private.epoch(v_now),
        'start', traveler_private.epoch(v_start), 'due', traveler_private.epoch((p_request ->> 'due')::timestamptz), 'basis', v_basis,
        'occupied', traveler_private.occupation(v_runs, v_start, coalesce((p_request ->> 'finite')::boolean, false)),
        'late_runs', (select coalesce(jsonb_agg(r.id order by r.id), '[]')
            from traveler.run r left join traveler.run_schedule h on h.org_id = v_org and h.run_id = r.id
            where r.org_id = v_org and r.id = any (v_runs) and traveler_private.is_late(r.completed_at is not null or r.status = 'canceled', r.due_at,
                traveler_private.planned_until(h.effective_start, h.effective_end, h.steps_end), v_now)));
end
$$;
comment on function traveler.plan_facts is 'The runs to plan, with their steps, dependencies, work centers and calendars as they are now, and a digest of it all, the basis, which is expected where it is given (H3).';

-- K3: the runs of a batch are planned together, or those that nobody named were moved and not looked at. Ended ones move no more.
create or replace function traveler_private.with_batches(p_runs uuid[]) returns uuid[]
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select array_agg(x.id) from (
        select u.id from unnest(p_runs) u (id)
        union
        -- The batches first: a batch that was just made has no statistics yet, and is not to be read once for each of its runs.
        select r.id from traveler.batch_run o
        join traveler.run r on r.org_id = o.org_id and r.id = o.run_id and r.completed_at is null and r.status <> 'canceled'
        where o.org_id = traveler_private.org() and o.left_at is null and o.batch_id = any ((select traveler_private.batches_of(p_runs))::uuid[])) x
$$;
comment on function traveler_private.with_batches is 'The runs, and the live ones of the batches that they are in (K3).';

-- H3, H4: the room that other runs take at the work centers of these, as they are scheduled; siblings take the room of one. All of it from
-- the start on where a place is looked for, else only while steps of these runs are scheduled there.
create or replace function traveler_private.occupation(p_runs uuid[], p_start timestamptz, p_finite boolean) returns jsonb
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    with own as materialized (
        select s.location_id, s.sibling_id, s.scheduled_start, s.scheduled_end from traveler.run_step s
        where s.org_id = traveler_private.org() and s.run_id = any (p_runs) and s.withdrawn_at is null and s.state not in ('completed', 'canceled')
    ), center as (
        select l.id, greatest(p_start, min(o.scheduled_start)) as starts, max(o.scheduled_end) as ends
        from own o join traveler.location l on l.org_id = traveler_private.org() and l.id = o.location_id and l.capacity is not null group by l.id
    )
    select coalesce(jsonb_agg(jsonb_build_object('location_id', x.location_id, 'step_id', x.id, 'run_id', x.run_id,
        'start', traveler_private.epoch(x.scheduled_start), 'end', traveler_private.epoch(x.scheduled_end)) order by x.scheduled_start, x.id), '[]') from (
        select distinct on (coalesce(s.sibling_id, s.id)) s.location_id, s.id, s.run_id, s.scheduled_start, s.scheduled_end
        from center c
        join traveler.run_step s on s.org_id = traveler_private.org() and s.location_id = c.id and s.state in ('todo', 'in_progress', 'hold', 'redline', 'failed')
        join traveler.run r on r.org_id = s.org_id and r.id = s.run_id and r.completed_at is null
        where s.withdrawn_at is null and s.scheduled_start < s.scheduled_end and s.scheduled_end > p_start
            and (p_finite or s.scheduled_start < c.ends and s.scheduled_end > c.starts)
            and not exists (select from unnest(p_runs) u (id) where u.id = s.run_id)
            and not exists (select from own o where o.sibling_id = s.sibling_id)
            and not exists (select from traveler.run_step n where n.org_id = s.org_id and n.parent_id = s.id and n.state <> 'canceled')
        order by coalesce(s.sibling_id, s.id), s.id) x
$$;
comment on function traveler_private.occupation is 'When steps of other runs are scheduled at the work centers of these that have a capacity (H3, H4).';

-- GET /v1/locations/{id}/load: by which calendar a work center works, and when its open steps are scheduled, where both times are.
create or replace function traveler.load_facts(p_location uuid, p_from date, p_days integer) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_org uuid := traveler.current_org();
begin
    return (
        select jsonb_build_object('id', l.id, 'capacity', l.capacity,
            'calendar', (select jsonb_build_object('id', c.id, 'name', c.name, 'time_zone', c.time_zone, 'shifts', c.shifts, 'holidays', c.holidays, 'extra_days', c.extra_days)
                from traveler.work_calendar c where c.org_id = v_org and c.id = l.work_calendar_id),
            -- A day more to each side: where the day begins is for the calendar's zone to say. Siblings are worked as one (K3).
            'work', (select coalesce(jsonb_agg(jsonb_build_array(traveler_private.epoch(x.scheduled_start), traveler_private.epoch(x.scheduled_end))), '[]') from (
                select distinct on (coalesce(s.sibling_id, s.id)) s.scheduled_start, s.scheduled_end
                from traveler.run_step s join traveler.run r on r.org_id = v_org and r.id = s.run_id and r.completed_at is null
                where s.org_id = v_org and s.location_id = l.id and s.state in ('todo', 'in_progress', 'hold', 'redline', 'failed') and s.withdrawn_at is null
                    and s.scheduled_start < (p_from + p_days + 1)::timestamp at time zone 'UTC' and s.scheduled_end > (p_from - 1)::timestamp at time zone 'UTC'
                    and not exists (select from traveler.run_step n where n.org_id = v_org and n.parent_id = s.id and n.state <> 'canceled')
                order by coalesce(s.sibling_id, s.id), s.id) x))
        from traveler.location l where l.org_id = v_org and l.id = p_location and l.work_center
    );
end
$$;
comment on function traveler.load_facts is 'What the load of a work center is told from (H6); null when the org has no such work center.';

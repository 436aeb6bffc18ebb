-- What a schedule is planned from (H3). The plan is made elsewhere: here is only what it needs to know, as it is now.

-- Times in whole seconds since 1970; what has a fraction starts with the second it is in.
create or replace function traveler.plan_facts(p_request jsonb) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_org uuid := traveler.current_org();
    v_runs uuid[] := array(select distinct x::uuid from jsonb_array_elements_text(p_request -> 'run_ids') x);
    v_now timestamptz := now();
    v_facts jsonb;
    v_basis text;
begin
    perform traveler_private.demand(v_runs <> '{}', 422, 'nothing_named', 'H3', 'Name the runs to plan.', 'Give run_ids.');
    perform traveler_private.demand((select count(*) from traveler.run r where r.org_id = v_org and r.id = any (v_runs)) = cardinality(v_runs), 404, 'run_unknown', 'T1', 'One of the runs does not exist.');
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
                    'scheduled_end', traveler_private.epoch(r.scheduled_end), 'due', traveler_private.epoch(r.due_at)) order by r.id)
                from traveler.run r where r.org_id = v_org and r.id = any (v_runs)),
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
        'start', greatest(traveler_private.epoch(v_now), traveler_private.epoch((p_request ->> 'start')::timestamptz)),
        'due', traveler_private.epoch((p_request ->> 'due')::timestamptz), 'basis', v_basis);
end
$$;
comment on function traveler.plan_facts is 'The runs to plan, with their steps, dependencies, work centers and calendars as they are now, and a digest of it all, the basis, which is expected where it is given (H3).';

create or replace function traveler_private.epoch(p_time timestamptz) returns bigint
language sql immutable parallel safe
as $$ select floor(extract(epoch from p_time))::bigint $$;
comment on function traveler_private.epoch is 'A moment in whole seconds since 1970-01-01T00:00:00Z.';

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
            -- A day more to each side: where the day begins is for the calendar's zone to say.
            'work', (select coalesce(jsonb_agg(jsonb_build_array(traveler_private.epoch(s.scheduled_start), traveler_private.epoch(s.scheduled_end))), '[]')
                from traveler.run_step s join traveler.run r on r.org_id = v_org and r.id = s.run_id and r.completed_at is null
                where s.org_id = v_org and s.location_id = l.id and s.state in ('todo', 'in_progress', 'hold', 'redline', 'failed') and s.withdrawn_at is null
                    and s.scheduled_start < (p_from + p_days + 1)::timestamp at time zone 'UTC' and s.scheduled_end > (p_from - 1)::timestamp at time zone 'UTC'
                    and not exists (select from traveler.run_step n where n.org_id = v_org and n.parent_id = s.id and n.state <> 'canceled')))
        from traveler.location l where l.org_id = v_org and l.id = p_location and l.work_center
    );
end
$$;
comment on function traveler.load_facts is 'What the load of a work center is told from (H6); null when the org has no such work center.';

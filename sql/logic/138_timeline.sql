-- H5, H6: what is planned in a window, what is not planned, and what a work center or a person has to do next.

-- GET /v1/timeline. What overlaps the window is found by its start, class by class of how long it lasts: each class is one descent into
-- an index and a page at most, wherever in time the window lies and whatever lies outside. The statement is written for the attributes that are asked for.
create or replace function traveler.timeline(p_from timestamptz, p_to timestamptz, p_limit integer, p_after_start bigint, p_after_run uuid, p_status text, p_part uuid,
    p_location uuid, p_user uuid, p_batch uuid, p_attributes jsonb)
returns table (id uuid, number bigint, title text, status text, quantity numeric, part_id uuid, part_number text, steps_total integer, steps_completed integer,
    steps_canceled integer, started_at timestamptz, completed_at timestamptz, scheduled_start timestamptz, scheduled_end timestamptz, effective_start timestamptz,
    effective_end timestamptz, due_at timestamptz, late boolean, version integer, span_microseconds bigint)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_from timestamptz := coalesce(p_from, now());
    v_to timestamptz := coalesce(p_to, v_from + interval '28 days');
    v_after timestamptz := traveler_private.moment(p_after_start);
begin
    perform traveler_private.demand(v_from < v_to, 422, 'window_order', 'H5', 'The window ends before it starts.', 'Give from before to.');
    perform traveler_private.demand(v_to <= v_from + interval '20 years', 422, 'window_too_long', 'H5', 'A window is of 20 years at most.', 'Ask for less.');
    return query execute format($query$
    select r.id, r.number, r.title, r.status, r.quantity, r.part_id, p.part_number, r.steps_total, r.steps_completed, r.steps_canceled, r.started_at, r.completed_at,
        r.scheduled_start, r.scheduled_end, w.effective_start, w.effective_end, r.due_at,
        traveler_private.is_late(r.completed_at is not null or r.status = 'canceled', r.due_at,
            traveler_private.planned_until(w.effective_start, w.effective_end, w.steps_end), now()), r.version,
        (extract(epoch from w.span_start) * 1000000)::bigint
    from (
        -- The page first, from the plan alone.
        select x.* from generate_series(0, 39) c (class)
        cross join lateral (
            select h.run_id, h.span_start, h.effective_start, h.effective_end, h.steps_end
            from traveler.run_schedule h
            where h.org_id = $1 and h.span_class = c.class and h.span_start < $3
                and h.span_start >= case when c.class > 36 then '-infinity' else $2 - make_interval(secs => 2::float8 ^ c.class) end
                and h.span_end >= $2 and ($5 is null or (h.span_start, h.run_id) > ($5, $6))
                and ($7 is null and $8 is null or exists (select from traveler.run r where r.org_id = $1 and r.id = h.run_id
                    and ($7 is null or r.status = $7) and ($8 is null or r.part_id = $8)))
                and ($9 is null or exists (select from traveler.run_step s where s.org_id = $1 and s.run_id = h.run_id and s.location_id = $9 and s.withdrawn_at is null))
                and ($10 is null or exists (select from traveler.assignee a where a.org_id = $1 and a.run_id = h.run_id and a.user_id = $10))
                and ($11 is null or exists (select from traveler.batch_run b where b.org_id = $1 and b.run_id = h.run_id and b.batch_id = $11 and b.left_at is null))%s
            order by h.span_start, h.run_id limit $4) x
        order by x.span_start, x.run_id limit $4) w
    join traveler.run r on r.org_id = $1 and r.id = w.run_id
    join traveler.part p on p.org_id = $1 and p.id = r.part_id
    order by 20, 1$query$, case when p_attributes is null then '' else traveler_private.attribute_filter('run', p_attributes, 'h.run_id') end)
    using v_org, v_from, v_to, p_limit, v_after, p_after_run, p_status, p_part, p_location, p_user, p_batch;
end
$$;
comment on function traveler.timeline is 'The runs that are planned in a window, by their start; late: past the due date, or planned to be (H4, H5).';

-- GET /v1/timeline/unscheduled: what is open and has no planned time at all.
create or replace function traveler.unscheduled_runs(p_limit integer, p_after bigint, p_status text, p_part uuid, p_location uuid, p_user uuid, p_batch uuid, p_attributes jsonb)
returns table (id uuid, number bigint, title text, status text, quantity numeric, part_id uuid, part_number text, steps_total integer, steps_completed integer,
    steps_canceled integer, created_at timestamptz, started_at timestamptz, due_at timestamptz, version integer)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
begin
    return query execute format($query$
    select r.id, r.number, r.title, r.status, r.quantity, r.part_id, p.part_number, r.steps_total, r.steps_completed, r.steps_canceled, r.created_at, r.started_at, r.due_at, r.version
    from traveler.run r join traveler.part p on p.org_id = r.org_id and p.id = r.part_id
    where r.org_id = $1 and ($3 is null or r.number > $3) and r.completed_at is null and r.status <> 'canceled'
        and not r.planned
        and ($4 is null or r.status = $4) and ($5 is null or r.part_id = $5)
        and ($6 is null or exists (select from traveler.run_step s where s.org_id = $1 and s.run_id = r.id and s.location_id = $6 and s.withdrawn_at is null))
        and ($7 is null or exists (select from traveler.assignee a where a.org_id = $1 and a.run_id = r.id and a.user_id = $7))
        and ($8 is null or exists (select from traveler.batch_run b where b.org_id = $1 and b.run_id = r.id and b.batch_id = $8 and b.left_at is null))%s
    order by r.number limit $2$query$, case when p_attributes is null then '' else traveler_private.attribute_filter('run', p_attributes, 'r.id') end)
    using v_org, p_limit, p_after, p_status, p_part, p_location, p_user, p_batch;
end
$$;
comment on function traveler.unscheduled_runs is 'The open runs of which nothing is planned, by number (H5).';

-- H3: what there is to plan again, by its number: past its due date or planned to be, or a step of it is not where its schedule has it by now.
create or replace function traveler.runs_behind(p_limit integer, p_after bigint)
returns table (id uuid, number bigint, title text, status text, part_number text, effective_start timestamptz, effective_end timestamptz, due_at timestamptz, late boolean,
    version integer)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler.current_org();
begin
    return query
    select r.id, r.number, r.title, r.status, p.part_number, h.effective_start, h.effective_end, r.due_at, x.late, r.version
    from traveler.run r
    join traveler.part p on p.org_id = v_org and p.id = r.part_id
    left join traveler.run_schedule h on h.org_id = v_org and h.run_id = r.id
    cross join lateral (select traveler_private.is_late(false, r.due_at, traveler_private.planned_until(h.effective_start, h.effective_end, h.steps_end), now()) as late) x
    where r.org_id = v_org and r.completed_at is null and r.status <> 'canceled' and (p_after is null or r.number > p_after)
        and (x.late or h.effective_end < now() or exists (select from traveler.run_step s where s.org_id = v_org and s.run_id = r.id and s.withdrawn_at is null
            and s.state in ('todo', 'in_progress', 'hold', 'redline', 'failed') and (s.scheduled_end < now() or s.scheduled_start < now() and s.started_at is null)))
    order by r.number limit p_limit;
end
$$;
comment on function traveler.runs_behind is 'The live runs that are late (H4), or behind their schedule (H3), by number.';

-- H6: open steps, classed by the first that holds, with the reason, in an order that depends on nothing else.
create or replace function traveler.work_queue(p_location uuid, p_user uuid)
returns table (id uuid, run_id uuid, run_number bigint, run_title text, title text, state text, location_id uuid, available boolean, class text, why text,
    effective_start timestamptz, effective_end timestamptz, due_at timestamptz, lead_time_seconds integer, version integer, place text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler.current_org();
begin
    perform traveler_private.demand(num_nonnulls(p_location, p_user) > 0, 422, 'queue_of_whom', 'H6', 'A queue is of a work center or of a person.', 'Give location_id, assigned_to or both.');
    return query
    select q.id, q.run_id, q.run_number, q.run_title, q.title, q.state, q.location_id, q.available, q.class,
        case q.class
            when 'blocked' then case when q.state in ('todo', 'in_progress') then format('It waits for "%s" (%s).', q.blocking_title, replace(q.blocking_state, '_', ' '))
                else format('It is %s.', case q.state when 'hold' then 'on hold' when 'redline' then 'in redline' else q.state end) end
            when 'overdue' then case when q.ends < now() then format('It was planned to end by %s.', traveler.json_time(q.ends)) else format('Its run was due by %s.', traveler.json_time(q.due_at)) end
            when 'now' then case when q.state = 'in_progress' then 'It is in progress.' else format('It was planned to start by %s.', traveler.json_time(q.starts)) end
            else case when q.starts is null then 'It is not planned.' else format('It is planned to start by %s.', traveler.json_time(q.starts)) end end,
        q.starts, q.ends, q.due_at, q.lead_time_seconds, q.version,
        concat_ws(' ', case q.class when 'overdue' then 1 when 'now' then 2 when 'next' then 3 else 4 end,
            coalesce(to_char(least(q.ends, q.due_at) at time zone 'UTC', 'YYYYMMDDHH24MISSUS'), '9'), coalesce(to_char(q.starts at time zone 'UTC', 'YYYYMMDDHH24MISSUS'), '9'),
            lpad(q.run_number::text, 12, '0'), q.depth, to_char(q.position::numeric, 'FM000000.000000000000000'), q.id)
    from (
        select s.id, s.run_id, r.number as run_number, r.title as run_title, s.title, s.state, s.location_id, a.available, s.lead_time_seconds, s.version, s.depth, s.position,
            e.starts, e.ends, r.due_at, b.blocking_title, b.blocking_state,
            case when not a.available then 'blocked' when e.ends < now() or r.due_at < now() then 'overdue'
                when s.state = 'in_progress' or e.starts <= now() then 'now' else 'next' end as class
        from traveler.run_step s
        join traveler.run r on r.org_id = v_org and r.id = s.run_id and r.completed_at is null
        left join traveler.nested_schedule n on n.org_id = v_org and n.run_step_id = s.id
        left join lateral (select y.blocking_title, y.blocking_state from traveler.run_step_blocker y where y.org_id = v_org and y.run_step_id = s.id
            order by y.blocking_title limit 1) b on s.state in ('todo', 'in_progress')
        cross join lateral (select traveler.is_available(s.state, b.blocking_title is not null) as available) a
        cross join lateral traveler_private.effective_times(s.state, s.scheduled_start, s.scheduled_end, n.starts, n.ends) e
        where s.org_id = v_org and s.state in ('todo', 'in_progress', 'hold', 'redline', 'failed') and s.withdrawn_at is null
            and (p_location is null or s.location_id = p_location)
            and (p_user is null or s.id = any (array(select a.run_step_id from traveler.step_assignee a where a.org_id = v_org and a.user_id = p_user)))) q
    order by 16;
end
$$;
comment on function traveler.work_queue is 'The open steps of a work center or a person: blocked, overdue, now or next, and why, overdue ones first (H6).';

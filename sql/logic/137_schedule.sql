-- H1, H2: what somebody plans for a step or a run, and what follows for the steps and the run that it is in.

-- Each level up is one statement over all that changed below. The run is locked by now: its records' guard (C5) came first.
create or replace function traveler_private.roll_up_schedule() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_parents uuid[];
    v_runs uuid[];
    v_more uuid[];
begin
    if tg_op = 'INSERT' then
        select array_agg(distinct n.parent_id) filter (where n.parent_id is not null), array_agg(distinct n.run_id) filter (where n.parent_id is null) into v_parents, v_runs
        from new_rows n where n.scheduled_start is not null or n.scheduled_end is not null;
    else
        -- A run is looked at whole only where its first start or its last end was that step's, or is now: most changes are in between.
        select array_agg(distinct x.parent_id) filter (where x.parent_id is not null), array_agg(distinct x.run_id) filter (where x.parent_id is null and (n.parent_id is distinct from o.parent_id
                or a.starts is distinct from b.starts and (t.steps_start is null or a.starts = t.steps_start or b.starts < t.steps_start)
                or a.ends is distinct from b.ends and (t.steps_end is null or a.ends = t.steps_end or b.ends > t.steps_end))) into v_parents, v_runs
        from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id
        left join traveler.nested_schedule d on d.org_id = v_org and d.run_step_id = n.id
        left join traveler.run_schedule t on t.org_id = v_org and t.run_id = n.run_id
        cross join lateral traveler_private.effective_times(o.state, o.scheduled_start, o.scheduled_end, d.starts, d.ends) a
        cross join lateral traveler_private.effective_times(n.state, n.scheduled_start, n.scheduled_end, d.starts, d.ends) b
        cross join lateral (values (n.run_id, n.parent_id), (o.run_id, o.parent_id)) x (run_id, parent_id)
        where (n.scheduled_start, n.scheduled_end, n.parent_id, n.state = 'canceled') is distinct from (o.scheduled_start, o.scheduled_end, o.parent_id, o.state = 'canceled');
    end if;
    while v_parents is not null loop
        with changed as (
            insert into traveler.nested_schedule as t (org_id, run_step_id, run_id, starts, ends)
            select v_org, x.* from (
                select p.id, p.run_id, min(e.starts) as starts, max(e.ends) as ends
                from unnest(v_parents) u (id)
                join traveler.run_step p on p.org_id = v_org and p.id = u.id
                join traveler.run_step s on s.org_id = v_org and s.parent_id = p.id
                left join traveler.nested_schedule n on n.org_id = v_org and n.run_step_id = s.id
                cross join lateral traveler_private.effective_times(s.state, s.scheduled_start, s.scheduled_end, n.starts, n.ends) e
                group by p.id, p.run_id) x
            where x.starts is not null or x.ends is not null or exists (select from traveler.nested_schedule y where y.org_id = v_org and y.run_step_id = x.id)
            on conflict (org_id, run_step_id) do update set starts = excluded.starts, ends = excluded.ends
            where (t.starts, t.ends) is distinct from (excluded.starts, excluded.ends)
            returning t.run_step_id
        )
        select array_agg(distinct p.parent_id) filter (where p.parent_id is not null), array_agg(distinct p.run_id) filter (where p.parent_id is null) into v_parents, v_more
        from changed c join traveler.run_step p on p.org_id = v_org and p.id = c.run_step_id;
        v_runs := v_runs || v_more;
    end loop;
    if v_runs is not null then
        perform traveler_private.roll_up_runs(array(select distinct r from unnest(v_runs) r));
    end if;
    return null;
end
$$;
comment on function traveler_private.roll_up_schedule is 'Trigger: keeps the planned times of runs and of steps with nested ones as their steps have them (H1, H2).';
create or replace trigger _510_roll_up_inserted_schedule after insert on traveler.run_step referencing new table as new_rows
    for each statement execute function traveler_private.roll_up_schedule();
create or replace trigger _510_roll_up_schedule after update on traveler.run_step referencing old table as old_rows new table as new_rows
    for each statement execute function traveler_private.roll_up_schedule();

-- H1: what was said wins, each of the two by itself; a canceled step counts only for what is in it that is not.
create or replace function traveler_private.effective_times(p_state text, p_start timestamptz, p_end timestamptz, p_nested_start timestamptz, p_nested_end timestamptz)
    returns table (starts timestamptz, ends timestamptz)
language sql immutable
as $$
    select case when p_state = 'canceled' then p_nested_start else coalesce(p_start, p_nested_start) end,
        case when p_state = 'canceled' then p_nested_end else coalesce(p_end, p_nested_end) end
$$;
comment on function traveler_private.effective_times is 'When a step is planned: as was said, else as the steps nested in it are (H1).';

create or replace function traveler_private.roll_up_runs(p_runs uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    with rolled as (
        insert into traveler.run_schedule as t (org_id, run_id, steps_start, steps_end, effective_start, effective_end)
        select v_org, x.id, x.starts, x.ends, coalesce(x.scheduled_start, x.starts), coalesce(x.scheduled_end, x.ends) from (
            select r.id, r.scheduled_start, r.scheduled_end, min(e.starts) as starts, max(e.ends) as ends
            from unnest(p_runs) u (id)
            join traveler.run r on r.org_id = v_org and r.id = u.id
            left join traveler.run_step s on s.org_id = v_org and s.run_id = r.id and s.parent_id is null
            left join traveler.nested_schedule n on n.org_id = v_org and n.run_step_id = s.id
            cross join lateral traveler_private.effective_times(s.state, s.scheduled_start, s.scheduled_end, n.starts, n.ends) e
            group by r.id, r.scheduled_start, r.scheduled_end) x
        where num_nonnulls(x.scheduled_start, x.scheduled_end, x.starts, x.ends) > 0 or exists (select from traveler.run_schedule y where y.org_id = v_org and y.run_id = x.id)
        on conflict (org_id, run_id) do update set steps_start = excluded.steps_start, steps_end = excluded.steps_end,
            effective_start = excluded.effective_start, effective_end = excluded.effective_end
        where (t.steps_start, t.steps_end, t.effective_start, t.effective_end)
            is distinct from (excluded.steps_start, excluded.steps_end, excluded.effective_start, excluded.effective_end)
        returning t.run_id, t.span_start
    )
    update traveler.run r set planned = x.span_start is not null
    from rolled x
    where r.org_id = v_org and r.id = x.run_id and r.planned is distinct from (x.span_start is not null);
end
$$;
comment on function traveler_private.roll_up_runs is 'Keeps the planned times of runs as was said of them or as their steps have them, and whether there are any (H1, H5).';

create or replace function traveler_private.roll_up_run() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.roll_up_runs(array[new.id]);
    return null;
end
$$;
comment on function traveler_private.roll_up_run is 'Trigger: what is said of a run itself wins (H1).';
create or replace trigger _510_roll_up_run after update of scheduled_start, scheduled_end on traveler.run
    for each row when ((old.scheduled_start, old.scheduled_end) is distinct from (new.scheduled_start, new.scheduled_end))
    execute function traveler_private.roll_up_run();
create or replace trigger _510_roll_up_inserted_run after insert on traveler.run
    for each row when (new.scheduled_start is not null or new.scheduled_end is not null) execute function traveler_private.roll_up_run();

create or replace trigger _010_refuse_delete before delete on traveler.nested_schedule for each statement execute function traveler_private.refuse_delete('nested_schedule');
create or replace trigger _010_refuse_truncate before truncate on traveler.nested_schedule for each statement execute function traveler_private.refuse_delete('nested_schedule');
alter table traveler.nested_schedule enable always trigger _010_refuse_delete, enable always trigger _010_refuse_truncate;
create or replace trigger _120_refuse_derived before insert or update on traveler.nested_schedule
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived('nested_schedule', 'H1', 'What nested steps add up to');
create or replace trigger _010_refuse_delete before delete on traveler.run_schedule for each statement execute function traveler_private.refuse_delete('run_schedule');
create or replace trigger _010_refuse_truncate before truncate on traveler.run_schedule for each statement execute function traveler_private.refuse_delete('run_schedule');
alter table traveler.run_schedule enable always trigger _010_refuse_delete, enable always trigger _010_refuse_truncate;
create or replace trigger _120_refuse_derived before insert or update on traveler.run_schedule
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived('run_schedule', 'H1', 'What a run''s steps add up to');

-- Who plans, whoever writes.
create or replace function traveler_private.guard_schedule() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.require('run.schedule');
    return new;
end
$$;
comment on function traveler_private.guard_schedule is 'Trigger: planned times are changed by who may schedule (H1, T3).';
create or replace trigger _110_guard_schedule before update of scheduled_start, scheduled_end on traveler.run_step
    for each row when ((old.scheduled_start, old.scheduled_end) is distinct from (new.scheduled_start, new.scheduled_end))
    execute function traveler_private.guard_schedule();
create or replace trigger _110_guard_schedule before update of scheduled_start, scheduled_end, due_at on traveler.run
    for each row when ((old.scheduled_start, old.scheduled_end, old.due_at) is distinct from (new.scheduled_start, new.scheduled_end, new.due_at))
    execute function traveler_private.guard_schedule();

-- C5: the steps of a completed run are locked with all its other records; so is what was said of the run itself.
create or replace function traveler_private.guard_completed_schedule() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'run_completed', 'C5', format('Run %s is completed: it is planned no more.', old.number), 'An admin can reopen the run with a reason.');
    return null;
end
$$;
comment on function traveler_private.guard_completed_schedule is 'Trigger: a completed run keeps its plan (C5).';
create or replace trigger _050_guard_completed_schedule before update of scheduled_start, scheduled_end, due_at on traveler.run
    for each row when (old.completed_at is not null
        and (old.scheduled_start, old.scheduled_end, old.due_at) is distinct from (new.scheduled_start, new.scheduled_end, new.due_at))
    execute function traveler_private.guard_completed_schedule();

-- K3: siblings are planned together, whoever plans them.
create or replace function traveler_private.guard_sibling_schedule() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_siblings uuid[];
    v_left record;
begin
    v_siblings := array(select distinct n.sibling_id from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id
        where n.sibling_id is not null and (n.scheduled_start, n.scheduled_end) is distinct from (o.scheduled_start, o.scheduled_end));
    if v_siblings = '{}' then
        return null;
    end if;
    select min(s.title) as title, min(r.number) as number into v_left
    from traveler.run_step s join traveler.run r on r.org_id = v_org and r.id = s.run_id and r.completed_at is null
    where s.org_id = v_org and s.sibling_id = any (v_siblings)
    group by s.sibling_id having count(distinct (s.scheduled_start, s.scheduled_end)::text) > 1 limit 1;
    if found then
        perform traveler_private.refuse(409, 'sibling_left', 'K3', format('"%s" is planned once for all siblings, that in run %s among them.', v_left.title, v_left.number),
            'Plan it for all of them, or take the run out of its batch.');
    end if;
    return null;
end
$$;
comment on function traveler_private.guard_sibling_schedule is 'Trigger: siblings are planned together, whoever plans them (K3).';
create or replace trigger _120_guard_sibling_schedule after update on traveler.run_step referencing old table as old_rows new table as new_rows
    for each statement execute function traveler_private.guard_sibling_schedule();

create or replace function traveler_private.time_of(p_text text) returns timestamptz
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return p_text::timestamptz;
exception when datetime_field_overflow or invalid_datetime_format then
    perform traveler_private.refuse(422, 'time_invalid', 'H1', format('%s is not a time such as "2026-02-28T12:00:00Z".', left(p_text, 50)));
    return null;
end
$$;
comment on function traveler_private.time_of is 'A moment from its text (RFC 3339).';

-- PUT /v1/schedule: {runs?: [{id, scheduled_start?, scheduled_end?, due_at?}], steps?: [{id, scheduled_start?, scheduled_end?}]}. What is
-- not given stays; null takes it back. A step's siblings are planned with it (K3).
create or replace function traveler.set_schedule(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_runs uuid[] := array(select (x ->> 'id')::uuid from jsonb_array_elements(p_request -> 'runs') x);
    v_asked uuid[] := array(select (x ->> 'id')::uuid from jsonb_array_elements(p_request -> 'steps') x);
    v_steps uuid[] := traveler_private.with_siblings(v_asked);
    v_all_runs uuid[];
begin
    perform traveler_private.require('run.schedule');
    perform traveler_private.demand(v_runs <> '{}' or v_asked <> '{}', 422, 'nothing_named', 'H1', 'Name runs or steps to schedule.', 'Give runs, steps or both.');
    perform traveler_private.demand(cardinality(v_runs) = (select count(distinct i) from unnest(v_runs) i) and cardinality(v_asked) = (select count(distinct i) from unnest(v_asked) i),
        422, 'named_twice', 'H1', 'One of the runs or steps is named twice.');
    v_steps := traveler_private.lock_batches(v_asked, v_steps, null);
    v_all_runs := array(select distinct s.run_id from traveler.run_step s where s.org_id = v_org and s.id = any (v_steps)) || v_runs;
    perform traveler_private.demand((select count(*) from traveler.run r where r.org_id = v_org and r.id = any (v_runs)) = cardinality(v_runs), 404, 'run_unknown', 'T1',
        'One of the runs does not exist.');
    perform from traveler.run r where r.org_id = v_org and r.id = any (v_all_runs) order by r.id for no key update;
    if v_asked <> '{}' then
        perform traveler_private.lock_steps(v_steps);
    end if;
    -- What was planned from one schedule is not laid over another: now that nobody changes it, it is looked at once more.
    if p_request ? 'basis' then
        perform traveler.plan_facts(jsonb_build_object('run_ids', to_jsonb(v_runs), 'basis', p_request -> 'basis'));
    end if;
    if v_asked <> '{}' then
        update traveler.run_step s set
            scheduled_start = case when x.value ? 'scheduled_start' then traveler_private.time_of(x.value ->> 'scheduled_start') else s.scheduled_start end,
            scheduled_end = case when x.value ? 'scheduled_end' then traveler_private.time_of(x.value ->> 'scheduled_end') else s.scheduled_end end
        from (
            -- What is said of a step itself comes before what is said of its siblings, of which one is enough.
            select distinct on (y.id) y.id, y.value from (
                select (e.value ->> 'id')::uuid as id, e.value, true as is_own from jsonb_array_elements(p_request -> 'steps') e
                union all
                select y.id, a.value, false
                from (select distinct on (s.sibling_id) s.sibling_id, e.value from jsonb_array_elements(p_request -> 'steps') e
                    join traveler.run_step s on s.org_id = v_org and s.id = (e.value ->> 'id')::uuid and s.sibling_id is not null order by s.sibling_id, s.id) a
                join traveler.run_step y on y.org_id = v_org and y.sibling_id = a.sibling_id) y
            join unnest(v_steps) w (id) on w.id = y.id
            order by y.id, y.is_own desc) x
        where s.org_id = v_org and s.id = x.id;
    end if;
    update traveler.run r set
        scheduled_start = case when x.value ? 'scheduled_start' then traveler_private.time_of(x.value ->> 'scheduled_start') else r.scheduled_start end,
        scheduled_end = case when x.value ? 'scheduled_end' then traveler_private.time_of(x.value ->> 'scheduled_end') else r.scheduled_end end,
        due_at = case when x.value ? 'due_at' then traveler_private.time_of(x.value ->> 'due_at') else r.due_at end
    from jsonb_array_elements(p_request -> 'runs') x
    where r.org_id = v_org and r.id = (x.value ->> 'id')::uuid;
    return jsonb_build_object(
        'runs', (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'version', r.version) || traveler_private.run_schedule_json(r) order by r.id), '[]')
            from traveler.run r where r.org_id = v_org and r.id = any (v_all_runs)),
        'steps', (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'run_id', s.run_id, 'version', s.version) || traveler_private.step_schedule_json(s) order by s.id), '[]')
            from traveler.run_step s where s.org_id = v_org and s.id = any (v_steps)));
end
$$;
comment on function traveler.set_schedule is 'Plans runs and steps, and the steps'' siblings: what is given is set, null takes it back; a basis is what the runs were planned from (H1, H3, K3).';

-- Each value says whether somebody said it or it follows (H2).
create or replace function traveler_private.run_schedule_json(r traveler.run) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    x traveler.run_schedule;
begin
    select * into x from traveler.run_schedule y where y.org_id = r.org_id and y.run_id = r.id;
    return jsonb_build_object('scheduled_start', traveler.json_time(r.scheduled_start), 'scheduled_end', traveler.json_time(r.scheduled_end), 'due_at', traveler.json_time(r.due_at),
        'effective_start', traveler.json_time(x.effective_start), 'effective_start_from', case when r.scheduled_start is not null then 'explicit' when x.steps_start is not null then 'steps' end,
        'effective_end', traveler.json_time(x.effective_end), 'effective_end_from', case when r.scheduled_end is not null then 'explicit' when x.steps_end is not null then 'steps' end);
end
$$;
comment on function traveler_private.run_schedule_json is 'When a run is planned, and where that comes from (H1, H2).';

create or replace function traveler_private.step_schedule_json(s traveler.run_step) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('scheduled_start', traveler.json_time(s.scheduled_start), 'scheduled_end', traveler.json_time(s.scheduled_end),
            'effective_start', traveler.json_time(e.starts), 'effective_start_from', case when e.starts is null then null
                when s.state <> 'canceled' and s.scheduled_start is not null then 'explicit' else 'steps' end,
            'effective_end', traveler.json_time(e.ends), 'effective_end_from', case when e.ends is null then null
                when s.state <> 'canceled' and s.scheduled_end is not null then 'explicit' else 'steps' end)
        from (select 1) one
        left join traveler.nested_schedule n on n.org_id = s.org_id and n.run_step_id = s.id
        cross join lateral traveler_private.effective_times(s.state, s.scheduled_start, s.scheduled_end, n.starts, n.ends) e);
end
$$;
comment on function traveler_private.step_schedule_json is 'When a step is planned, and where that comes from (H1, H2).';

create or replace view traveler.schedule_violations with (security_invoker = true) as
    with step as (
        select s.org_id, s.run_id, s.id, s.parent_id, e.starts, e.ends
        from traveler.run_step s left join traveler.nested_schedule n on n.org_id = s.org_id and n.run_step_id = s.id
        cross join lateral (select case when s.state = 'canceled' then n.starts else coalesce(s.scheduled_start, n.starts) end as starts,
            case when s.state = 'canceled' then n.ends else coalesce(s.scheduled_end, n.ends) end as ends) e
    )
    select 'H1' as rule, p.org_id, p.id as record, format('nested steps are planned from %s to %s, it has %s to %s', x.starts, x.ends, n.starts, n.ends) as what
    from (select s.org_id, s.parent_id as id, min(s.starts) as starts, max(s.ends) as ends from step s where s.parent_id is not null group by 1, 2) x
    join traveler.run_step p on p.org_id = x.org_id and p.id = x.id
    left join traveler.nested_schedule n on n.org_id = x.org_id and n.run_step_id = x.id
    where (n.starts, n.ends) is distinct from (x.starts, x.ends)
    union all
    select 'H1', r.org_id, r.id, format('its steps are planned from %s to %s, it has %s to %s', x.starts, x.ends, t.steps_start, t.steps_end)
    from traveler.run r
    left join (select s.org_id, s.run_id, min(s.starts) as starts, max(s.ends) as ends from step s where s.parent_id is null group by 1, 2) x on x.org_id = r.org_id and x.run_id = r.id
    left join traveler.run_schedule t on t.org_id = r.org_id and t.run_id = r.id
    where (t.steps_start, t.steps_end, t.effective_start, t.effective_end)
        is distinct from (x.starts, x.ends, coalesce(r.scheduled_start, x.starts), coalesce(r.scheduled_end, x.ends))
    union all
    select 'H5', r.org_id, r.id, case when r.planned then 'it says that it is planned, and nothing of it is' else 'it says that nothing of it is planned' end
    from traveler.run r left join traveler.run_schedule t on t.org_id = r.org_id and t.run_id = r.id
    where r.planned is distinct from (t.span_start is not null);
comment on view traveler.schedule_violations is 'Runs and steps whose derived planned times are not those of what is in them: empty when all are (H1, H2, H5).';

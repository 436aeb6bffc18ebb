-- H2: what the levels above the run are planned from. Added up elsewhere: here is only who belongs to what.

-- H4, in one place: not done, and past its due date or planned to be. Inlined.
create or replace function traveler_private.is_late(p_is_over boolean, p_due timestamptz, p_ends timestamptz, p_now timestamptz) returns boolean
language sql immutable
as $$ select not p_is_over and coalesce(p_due < greatest(p_ends, p_now), false) $$;
comment on function traveler_private.is_late is 'Whether what is not over is past its due date, or planned to be (H4).';

-- What was said of a run says nothing of steps outside it, nor, where only its start was said, of an end before that: the last of all counts.
create or replace function traveler_private.planned_until(p_start timestamptz, p_end timestamptz, p_steps_end timestamptz) returns timestamptz
language sql immutable
as $$ select greatest(p_start, p_end, p_steps_end) $$;
comment on function traveler_private.planned_until is 'The last moment for which anything of a run is planned, whatever was said of the run itself (H4).';

create or replace function traveler_private.microseconds(p_time timestamptz) returns bigint
language sql immutable parallel safe
as $$ select (extract(epoch from p_time) * 1000000)::bigint $$;
comment on function traveler_private.microseconds is 'A moment in whole microseconds since 1970-01-01T00:00:00Z.';

-- Hours and the rest of one apart: a product with an interval is made of floats, which past the year 2255 are no longer to the microsecond.
create or replace function traveler_private.moment(p_microseconds bigint) returns timestamptz
language sql immutable parallel safe
as $$ select timestamptz 'epoch' + make_interval(hours => (p_microseconds / 3600000000)::integer, secs => (p_microseconds % 3600000000) / 1000000.0) $$;
comment on function traveler_private.moment is 'The moment so many microseconds after 1970-01-01T00:00:00Z.';

-- GET /v1/rollups. A page of groups by id with all that is in each: the runs of a batch; a run with all that it waits for, at any depth; the
-- open steps at a work center; the live runs of the org; each with its run, and when it really began and was over.
-- A group without any has one row without a member.
create or replace function traveler.rollup_members(p_level text, p_id uuid, p_after uuid, p_limit integer)
returns table (group_id uuid, group_number bigint, group_title text, member_id uuid, starts bigint, ends bigint, start_said boolean, end_said boolean, due bigint, state text, late boolean,
    run_id uuid, began bigint, ended bigint)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler.current_org();
begin
    if p_level = 'work_center' then
        return query
        select g.id, null::bigint, g.name, m.id, traveler_private.microseconds(m.starts), traveler_private.microseconds(m.ends), m.start_said, m.end_said,
            traveler_private.microseconds(m.due_at), case when m.id is not null then 'live' end, traveler_private.is_late(false, m.due_at, m.ends, now()),
            m.run_id, traveler_private.microseconds(m.started_at), null::bigint
        from (select l.id, l.name from traveler.location l where l.org_id = v_org and l.work_center and case when p_id is not null then l.id = p_id else l.archived_at is null and (p_after is null or l.id > p_after) end
            order by l.id limit p_limit) g
        left join lateral (
            select s.id, e.starts, e.ends, s.scheduled_start is not null as start_said, s.scheduled_end is not null as end_said, r.due_at, s.run_id, s.started_at
            from traveler.run_step s
            join traveler.run r on r.org_id = v_org and r.id = s.run_id and r.completed_at is null
            left join traveler.nested_schedule n on n.org_id = v_org and n.run_step_id = s.id
            cross join lateral traveler_private.effective_times(s.state, s.scheduled_start, s.scheduled_end, n.starts, n.ends) e
            where s.org_id = v_org and s.location_id = g.id and s.state in ('todo', 'in_progress', 'hold', 'redline', 'failed')) m on true;
        return;
    end if;
    return query
    with recursive one as (
        select b.id, b.number, b.title from traveler.batch b
        where p_level = 'batch' and b.org_id = v_org and case when p_id is not null then b.id = p_id else b.dissolved_at is null and (p_after is null or b.id > p_after) end
        order by b.id limit p_limit
    ), waiting as (
        select r.id, r.number, r.title from traveler.run r
        where p_level = 'assembly' and r.org_id = v_org and r.id = any (array(select p_id where p_id is not null
            union all (select distinct s.run_id from traveler.run_supply s join traveler.run w on w.org_id = v_org and w.id = s.run_id and w.completed_at is null
                where p_id is null and s.org_id = v_org and s.ended_at is null and (p_after is null or s.run_id > p_after) order by s.run_id limit p_limit)))
    ), below as (
        select w.id as root, w.id from waiting w
        union
        select b.root, s.supplying_run_id from below b join traveler.run_supply s on s.org_id = v_org and s.run_id = b.id and s.ended_at is null
    ), member as (
        select o.id as root, o.number, o.title, x.run_id as id
        from one o left join traveler.batch_run x on x.org_id = v_org and x.batch_id = o.id and x.left_at is null
        union all
        select w.id, w.number, w.title, b.id from waiting w join below b on b.root = w.id
        union all
        select o.org_id, null, o.name, r.id from traveler.org o left join traveler.run r on r.org_id = v_org and r.completed_at is null and r.status <> 'canceled'
        where p_level = 'org' and o.org_id = v_org and (p_id is null or p_id = o.org_id) and p_after is null
    )
    select m.root, m.number, m.title, r.id, traveler_private.microseconds(h.effective_start), traveler_private.microseconds(h.effective_end), r.scheduled_start is not null,
        r.scheduled_end is not null, traveler_private.microseconds(r.due_at),
        case when r.completed_at is not null then 'completed' when r.status = 'canceled' then 'canceled' when r.id is not null then 'live' end,
        traveler_private.is_late(r.completed_at is not null or r.status = 'canceled', r.due_at, traveler_private.planned_until(h.effective_start, h.effective_end, h.steps_end), now()),
        r.id, traveler_private.microseconds(r.started_at), traveler_private.microseconds(r.completed_at)
    from member m
    left join traveler.run r on r.org_id = v_org and r.id = m.id
    left join traveler.run_schedule h on h.org_id = v_org and h.run_id = r.id;
end
$$;
comment on function traveler.rollup_members is 'The runs, or the steps of a work center, that each batch, assembly, work center or the org is planned by (H2).';

-- The org is one group of all live runs, of which there may be a hundred thousand: added up here, rather than told one by one. Of two runs with
-- the same moment the one with the lesser id is told.
create or replace function traveler.org_rollup(p_id uuid, p_after uuid)
returns table (group_id uuid, group_title text, starts bigint, start_id uuid, start_said boolean, ends bigint, end_id uuid, end_said boolean, due bigint, due_id uuid,
    began bigint, members bigint, begun bigint, unscheduled bigint, late bigint)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler.current_org();
begin
    return query
    with live as materialized (
        select r.id, h.effective_start, h.effective_end, h.steps_end, r.due_at, r.started_at, r.scheduled_start is not null as start_said, r.scheduled_end is not null as end_said
        from traveler.run r left join traveler.run_schedule h on h.org_id = v_org and h.run_id = r.id
        where r.org_id = v_org and r.completed_at is null and r.status <> 'canceled'
    ), total as (
        select min(l.effective_start) as starts, max(l.effective_end) as ends, min(l.due_at) as due, min(l.started_at) as began, count(*) as members, count(l.started_at) as begun,
            count(*) filter (where l.effective_start is null and l.effective_end is null) as unscheduled,
            count(*) filter (where traveler_private.is_late(false, l.due_at, traveler_private.planned_until(l.effective_start, l.effective_end, l.steps_end), now())) as late
        from live l
    )
    select o.org_id, o.name, traveler_private.microseconds(t.starts), s.id, s.start_said, traveler_private.microseconds(t.ends), e.id, e.end_said,
        traveler_private.microseconds(t.due), d.id, traveler_private.microseconds(t.began), t.members, t.begun, t.unscheduled, t.late
    from traveler.org o
    cross join total t
    left join lateral (select l.id, l.start_said from live l where l.effective_start = t.starts order by l.id limit 1) s on true
    left join lateral (select l.id, l.end_said from live l where l.effective_end = t.ends order by l.id limit 1) e on true
    left join lateral (select l.id from live l where l.due_at = t.due order by l.id limit 1) d on true
    where o.org_id = v_org and (p_id is null or p_id = o.org_id) and p_after is null;
end
$$;
comment on function traveler.org_rollup is 'What the live runs of the org add up to: when they are planned, by which of them, since when they are worked on, and how many are late or not planned (H2).';

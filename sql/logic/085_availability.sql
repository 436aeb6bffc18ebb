-- Availability (A1, A2) and what keeps a step from being signed off (S5): one definition each for lists, acts and guards.

-- A2. A canceled step is transparent: who depended on it depends on what it depended on and, when it is nested, on what its
-- ancestors depended on, through any chain of canceled steps. The stored edges stay, so that bringing it back restores the graph.
create or replace function traveler.step_behind(p_org uuid, p_canceled uuid) returns table (run_step_id uuid)
language plpgsql stable rows 4
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
    return query
    with recursive through (id, is_transparent) as (
        select p_canceled, true
        union
        select x.id, x.is_transparent from through t
        cross join lateral (
            select s.parent_id as id, true as is_transparent
            from traveler.run_step s where s.org_id = p_org and s.id = t.id and s.parent_id is not null
            union all
            select u.id, u.state = 'canceled' from traveler.run_step_edge e
            join traveler.run_step u on u.org_id = e.org_id and u.id = e.upstream_id
            where e.org_id = p_org and e.downstream_id = t.id and e.withdrawn_at is null) x
        where t.is_transparent
    )
    select t.id from through t where not t.is_transparent;
end
$$;
comment on function traveler.step_behind is 'What whoever depended on a canceled step depends on in its place (A2).';

-- A1. What blocks a step directly: an upstream step by an edge of its own, or the step around it. Joined by the run as well as by the
-- ids, so that all of a run is read by its indexes alone.
create or replace view traveler.run_step_direct_blocker with (security_invoker = true) as
    select d.org_id, d.run_id, d.id as run_step_id, 'upstream' as kind, u.id as blocking_step_id, u.title as blocking_title, u.state as blocking_state
    from traveler.run_step d
    join traveler.run_step_edge e on e.org_id = d.org_id and e.run_id = d.run_id and e.downstream_id = d.id and e.withdrawn_at is null
    join traveler.run_step u on u.org_id = e.org_id and u.run_id = e.run_id and u.id = e.upstream_id
    where u.state not in ('completed', 'canceled')
    union all
    select c.org_id, c.run_id, c.id, 'parent', p.id, p.title, p.state
    from traveler.run_step c
    join traveler.run_step p on p.org_id = c.org_id and p.run_id = c.run_id and p.id = c.parent_id
    where p.state <> 'in_progress';
comment on view traveler.run_step_direct_blocker is 'The part of run_step_blocker that stands in the graph as it is stored (A1).';

-- A2. What stands behind a canceled upstream step, unless it is upstream by an edge of its own as well. A canceled step itself waits
-- for nothing: in a canceled run each would be asked what stands behind all those before it.
create or replace view traveler.run_step_behind_blocker with (security_invoker = true) as
    select distinct d.org_id, d.run_id, d.id as run_step_id, 'upstream' as kind, x.id as blocking_step_id, x.title as blocking_title, x.state as blocking_state
    from traveler.run_step d
    join traveler.run_step_edge e on e.org_id = d.org_id and e.downstream_id = d.id and e.withdrawn_at is null
    join traveler.run_step u on u.org_id = e.org_id and u.id = e.upstream_id and u.state = 'canceled'
    cross join lateral traveler.step_behind(u.org_id, u.id) b
    join traveler.run_step x on x.org_id = d.org_id and x.id = b.run_step_id
    where d.state <> 'canceled' and x.state <> 'completed' and not exists (
        select from traveler.run_step_edge y where y.org_id = d.org_id and y.downstream_id = d.id and y.upstream_id = x.id and y.withdrawn_at is null);
comment on view traveler.run_step_behind_blocker is 'The part of run_step_blocker that stands behind canceled steps (A2).';

-- A1. Why a step can't be worked on now, one row a reason.
create or replace view traveler.run_step_blocker with (security_invoker = true) as
    select b.org_id, b.run_id, b.run_step_id, b.kind, b.blocking_step_id, b.blocking_title, b.blocking_state from traveler.run_step_direct_blocker b
    union all
    select b.org_id, b.run_id, b.run_step_id, b.kind, b.blocking_step_id, b.blocking_title, b.blocking_state from traveler.run_step_behind_blocker b;
comment on view traveler.run_step_blocker is 'What keeps a step from being available: an effective upstream step not completed, a parent not in progress (A1, A2).';

-- A1, in one place: what a step's state and its blockers make of it. Inlined.
create or replace function traveler.is_available(p_state text, p_is_blocked boolean) returns boolean
language sql immutable parallel safe
as $$ select p_state in ('todo', 'in_progress') and not p_is_blocked $$;
comment on function traveler.is_available is 'Whether a step in this state can be worked on, given whether anything blocks it (A1).';

-- GET /v1/steps?run_id=: all of a run at once. A plan that asked step by step, or, by a wrong guess at the size of the run, paired every
-- step with every edge, would cost many times the reading of the steps.
create or replace function traveler.available_steps(p_run uuid) returns setof uuid
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_nestloop = off
as $$
declare
    v_org uuid := traveler.current_org();
    v_kept uuid[];
    v_canceled uuid[];
    v_after uuid[];
    v_outer uuid[];
    v_inner uuid[];
    v_idle uuid[];
begin
    -- A withdrawn step is as transparent as any that is canceled, and counts nowhere.
    if not exists (select from traveler.run r where r.org_id = v_org and r.id = p_run and r.steps_canceled > 0)
        and not exists (select from traveler.run_step s where s.org_id = v_org and s.run_id = p_run and s.withdrawn_at is not null) then
        return query
        with step as materialized (
            select s.id, s.parent_id, s.state from traveler.run_step s where s.org_id = v_org and s.run_id = p_run
        )
        select s.id from step s
        left join step p on p.id = s.parent_id
        where traveler.is_available(s.state, coalesce(p.state <> 'in_progress', false) or s.id in (
            select e.downstream_id from traveler.run_step_edge e join step u on u.id = e.upstream_id
            where e.org_id = v_org and e.run_id = p_run and e.withdrawn_at is null and u.state <> 'completed'));
        return;
    end if;
    -- What stands open keeps who comes after it. A canceled step hands on what keeps it, and what keeps those around it, whatever
    -- state these are in. Each step is met once, however many ways lead there: layers of canceled steps cost no more than a chain of them.
    -- The graph goes through arrays, whose size the planner always takes to be the same: the links are what is hashed, once.
    select array_agg(e.downstream_id) filter (where u.state <> 'canceled'),
        array_agg(e.upstream_id) filter (where u.state = 'canceled'), array_agg(e.downstream_id) filter (where u.state = 'canceled')
    into v_kept, v_canceled, v_after
    from traveler.run_step_edge e
    join traveler.run_step u on u.org_id = e.org_id and u.run_id = e.run_id and u.id = e.upstream_id
    where e.org_id = v_org and e.run_id = p_run and e.withdrawn_at is null and u.state <> 'completed';
    select array_agg(p.id), array_agg(c.id), array_agg(c.id) filter (where p.state <> 'in_progress') into v_outer, v_inner, v_idle
    from traveler.run_step c
    join traveler.run_step p on p.org_id = c.org_id and p.run_id = c.run_id and p.id = c.parent_id
    where c.org_id = v_org and c.run_id = p_run;
    return query
    with recursive link (from_id, to_id, keeps) as (
        select l.from_id, l.to_id, true from unnest(v_canceled, v_after) l (from_id, to_id)
        union all
        select l.from_id, l.to_id, false from unnest(v_outer, v_inner) l (from_id, to_id)
    ), kept (id, keeps) as (
        select k, true from unnest(v_kept) k
        union
        select l.to_id, l.keeps from kept t join link l on l.from_id = t.id
    )
    select s.id from traveler.run_step s
    where s.org_id = v_org and s.run_id = p_run and traveler.is_available(s.state,
        s.id in (select k.id from kept k where k.keeps union all select i from unnest(v_idle) i));
end
$$;
comment on function traveler.available_steps is 'The steps of a run that can be worked on now (A1).';

-- The same reasons for all of a run at once, of the steps that wait: what GET /v1/runs/{id} shows. What stands open is followed to
-- whom it keeps, through canceled steps and what is nested around them. Hashes alone: while the tables have no statistics, right after
-- many rows came at once, the planner takes each look-up to find one row, and would pair every step with every edge.
create or replace function traveler_private.run_blockers(p_run uuid)
returns table (run_step_id uuid, kind text, blocking_step_id uuid, blocking_title text, blocking_state text)
language plpgsql stable rows 100
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_nestloop = off
as $$
declare
    v_org uuid := traveler_private.org();
begin
    return query
    with recursive step as materialized (
        select s.id, s.parent_id, s.title, s.state from traveler.run_step s where s.org_id = v_org and s.run_id = p_run
    ), edge as materialized (
        select e.upstream_id, e.downstream_id, u.state from traveler.run_step_edge e join step u on u.id = e.upstream_id
        where e.org_id = v_org and e.run_id = p_run and e.withdrawn_at is null and u.state <> 'completed'
    ), transparent (id, parent_id) as (
        select s.id, s.parent_id from step s where s.state = 'canceled'
        union
        select p.id, p.parent_id from transparent t join step p on p.id = t.parent_id
    ), link (from_id, to_id, keeps) as materialized (
        select e.upstream_id, e.downstream_id, true from edge e where e.state = 'canceled'
        union all
        select t.parent_id, t.id, false from transparent t where t.parent_id is not null
    ), kept (by_id, id, keeps) as (
        select e.upstream_id, e.downstream_id, true from edge e where e.state <> 'canceled'
        union
        select k.by_id, l.to_id, l.keeps from kept k join link l on l.from_id = k.id
    )
    select k.id, 'upstream', x.id, x.title, x.state
    from kept k
    join step d on d.id = k.id and d.state in ('todo', 'in_progress')
    join step x on x.id = k.by_id
    where k.keeps
    union all
    select d.id, 'parent', p.id, p.title, p.state
    from step d join step p on p.id = d.parent_id
    where d.state in ('todo', 'in_progress') and p.state <> 'in_progress';
end
$$;
comment on function traveler_private.run_blockers is 'What run_step_blocker says of the steps of one run that are todo or in progress (A1, A2).';

-- S5. Why a step can't be signed off, one row a reason; the completion gate counts the same rows (C1).
create or replace view traveler.run_step_completion_blocker with (security_invoker = true) as
    select f.org_id, f.run_id, f.run_step_id, 'field_missing' as kind, f.id as subject_id,
        format('"%s" has no value.', f.name) as what,
        case when f.type = 'signoff' then 'Sign it' when f.allow_not_applicable then 'Enter a value or mark it not applicable' else 'Enter a value' end as clear
    from traveler.run_step_field f
    where f.required and f.value is null and not f.not_applicable and f.withdrawn_at is null
    union all
    select f.org_id, f.run_id, f.run_step_id, 'field_out_of_range', f.id,
        case when f.type = 'datagrid' then format('"%s" has "%s" %s in row %s, out of its range.', f.name, f.value_detail #>> '{out_of_range,0,column}',
                f.value_detail #>> '{out_of_range,0,value}', f.value_detail #>> '{out_of_range,0,row}')
            when f.number_value < coalesce(f.minimum, f.target - f.tolerance_minus) or f.number_value > coalesce(f.maximum, f.target + f.tolerance_plus)
                or f.compare_field_id is null then
                format('"%s" is %s, outside %s to %s.', f.name, f.value #>> '{}',
                    coalesce(traveler.json_decimal(coalesce(f.minimum, f.target - f.tolerance_minus)), 'any'),
                    coalesce(traveler.json_decimal(coalesce(f.maximum, f.target + f.tolerance_plus)), 'any'))
            else (select format('"%s" is %s, which is not %s "%s": %s.', f.name, concat_ws(' ', f.value #>> '{}', f.unit), f.compare_op, x.name,
                    concat_ws(' ', x.value #>> '{}', x.unit))
                from traveler.run_step_field x where x.org_id = f.org_id and x.id = f.compare_field_id) end,
        'Measure again and correct the value, or have the deviation accepted by another holder of deviation.accept'
    from traveler.run_step_field f
    where f.out_of_range and f.withdrawn_at is null and not exists (select from traveler.deviation d
        where d.org_id = f.org_id and d.run_step_field_id = f.id and d.voided_at is null and d.value = f.value)
    union all
    select f.org_id, f.run_id, f.run_step_id, 'signature_stale', f.id, format('What "%s" signed has changed since.', f.name), 'Sign it again'
    from traveler.run_step_field f
    where f.stale and f.withdrawn_at is null
    union all
    select q.org_id, q.run_id, q.run_step_id, 'approval_missing', q.id,
        case when x.refusal is not null then format('Approval as %s is refused: %s', r.name, x.refusal)
            else format('%s of %s approvals as %s are given.', x.given, q.approvers, r.name) end,
        case when x.refusal is not null then 'Change what was refused, or have it decided anew by who refused it'
            else format('Have it approved by %s more of role %s', q.approvers - x.given, r.name) end
    from traveler.run_step_approval_requirement q
    join traveler.role r on r.org_id = q.org_id and r.id = q.role_id
    cross join lateral (
        select count(*) filter (where a.decision = 'approved') as given, min(a.reason) filter (where a.decision = 'refused') as refusal
        from traveler.approval a where a.org_id = q.org_id and a.requirement_id = q.id and a.voided_at is null) x
    where x.given < q.approvers or x.refusal is not null
    union all
    select c.org_id, c.run_id, c.parent_id, 'nested_step_open', c.id, format('Nested step "%s" is %s.', c.title, replace(c.state, '_', ' ')),
        'Complete or cancel it'
    from traveler.run_step c
    where c.parent_id is not null
        and case when c.required then c.state not in ('completed', 'canceled') else c.state in ('in_progress', 'hold', 'redline', 'failed') end
    union all
    -- O1: all that the run has was sent in this attempt, and is back or on an issue.
    select s.org_id, s.run_id, s.id, 'outside_process_open', coalesce(x.away_id, s.id),
        case when x.away > 0 then format('%s of %s that were sent to a supplier are not back.', traveler.json_decimal(x.away), traveler.json_decimal(x.sent))
            else format('%s of %s were not sent to a supplier.', traveler.json_decimal(y.unsent), traveler.json_decimal(r.quantity)) end,
        case when x.away > 0 then 'Receive them, or close the shortfall on an issue' else 'Send them, or split them off' end
    from traveler.run_step s
    join traveler.run r on r.org_id = s.org_id and r.id = s.run_id
    cross join lateral (
        select coalesce(sum(o.quantity_sent), 0) as sent, coalesce(sum(o.quantity_sent - o.quantity_received - o.quantity_short), 0) as away,
            (array_agg(o.id order by o.id) filter (where o.state = 'away'))[1] as away_id
        from traveler.outside_process o where o.org_id = s.org_id and o.run_step_id = s.id and o.attempt = s.attempt) x
    cross join lateral (
        select case p.tracking when 'serial' then (
                select count(*) from traveler.run_inventory i where i.org_id = s.org_id and i.run_id = s.run_id and i.run_split_id is null and not exists (
                    select from traveler.outside_process o join traveler.outside_shipment h on h.org_id = o.org_id and h.outside_process_id = o.id and h.kind = 'send'
                    where o.org_id = s.org_id and o.run_step_id = s.id and o.attempt = s.attempt and i.part_inventory_id = any (h.part_inventory_ids)))
            else r.quantity - x.sent end as unsent
        from traveler.part p where p.org_id = r.org_id and p.id = r.part_id) y
    where s.outside_process and (x.away > 0 or y.unsent > 0);
comment on view traveler.run_step_completion_blocker is 'What keeps a step from being signed off: fields without a value or out of range, stale signatures, approvals not given, nested steps still open, units not sent to the supplier or not back (S5, O1).';

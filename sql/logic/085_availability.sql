-- Availability (A1, A2) and what keeps a step from being signed off (S5): one definition each for lists, acts and guards.

-- A2. A canceled step is transparent: who depended on it depends on what it depended on and, when it is nested, on what its
-- ancestors depended on, through any chain of canceled steps. The stored edges stay, so that bringing it back restores the graph.
create or replace function traveler.step_behind(p_org uuid, p_canceled uuid) returns table (run_step_id uuid)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with recursive through (id) as (
        select p_canceled
        union
        select x.id from through t
        cross join lateral (
            select s.parent_id as id from traveler.run_step s where s.org_id = p_org and s.id = t.id and s.parent_id is not null
            union all
            select u.id from traveler.run_step_edge e
            join traveler.run_step u on u.org_id = e.org_id and u.id = e.upstream_id and u.state = 'canceled'
            where e.org_id = p_org and e.downstream_id = t.id) x
    )
    select distinct u.id from through t
    join traveler.run_step_edge e on e.org_id = p_org and e.downstream_id = t.id
    join traveler.run_step u on u.org_id = e.org_id and u.id = e.upstream_id and u.state <> 'canceled';
end
$$;
comment on function traveler.step_behind is 'What whoever depended on a canceled step depends on in its place (A2).';

-- A1. Why a step can't be worked on now, one row a reason. Joined by the ids alone: each then leads to one row by a unique key,
-- whatever the planner believes of a run that is larger than those it has seen (by the run as well: all its steps with all others).
create or replace view traveler.run_step_blocker with (security_invoker = true) as
    select d.org_id, d.run_id, d.id as run_step_id, 'upstream' as kind, u.id as blocking_step_id, u.title as blocking_title, u.state as blocking_state
    from traveler.run_step d
    join traveler.run_step_edge e on e.org_id = d.org_id and e.downstream_id = d.id
    join traveler.run_step u on u.org_id = e.org_id and u.id = e.upstream_id
    where u.state not in ('completed', 'canceled')
    union all
    -- What stands behind a canceled step, unless it is upstream by an edge of its own as well. A canceled step itself waits for
    -- nothing: in a canceled run each would be asked what stands behind all those before it.
    select distinct d.org_id, d.run_id, d.id, 'upstream', x.id, x.title, x.state
    from traveler.run_step d
    join traveler.run_step_edge e on e.org_id = d.org_id and e.downstream_id = d.id
    join traveler.run_step u on u.org_id = e.org_id and u.id = e.upstream_id and u.state = 'canceled'
    cross join lateral traveler.step_behind(u.org_id, u.id) b
    join traveler.run_step x on x.org_id = d.org_id and x.id = b.run_step_id
    where d.state <> 'canceled' and x.state <> 'completed' and not exists (
        select from traveler.run_step_edge y where y.org_id = d.org_id and y.downstream_id = d.id and y.upstream_id = x.id)
    union all
    select c.org_id, c.run_id, c.id, 'parent', p.id, p.title, p.state
    from traveler.run_step c
    join traveler.run_step p on p.org_id = c.org_id and p.id = c.parent_id
    where p.state <> 'in_progress';
comment on view traveler.run_step_blocker is 'What keeps a step from being available: an effective upstream step not completed, a parent not in progress (A1, A2).';

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
    select f.org_id, f.run_id, f.run_step_id, 'signature_stale', f.id, format('What "%s" signed has been corrected since.', f.name), 'Sign it again'
    from traveler.run_step_field f
    where f.stale
    union all
    select c.org_id, c.run_id, c.parent_id, 'nested_step_open', c.id, format('Nested step "%s" is %s.', c.title, replace(c.state, '_', ' ')),
        'Complete or cancel it'
    from traveler.run_step c
    where c.parent_id is not null
        and case when c.required then c.state not in ('completed', 'canceled') else c.state in ('in_progress', 'hold', 'redline', 'failed') end;
comment on view traveler.run_step_completion_blocker is 'What keeps a step from being signed off: fields without a value or out of range, nested steps still open (S5).';

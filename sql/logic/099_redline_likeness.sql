-- What a redline would change in other runs (D4): which of their steps are the same step, and member by member what each side has.

create or replace function traveler_private.step_way(p_step uuid) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select string_agg(traveler_private.run_step_lineage(s.id)::text, '/' order by s.depth)
        from traveler_private.ancestor_steps(p_step) a join traveler.run_step s on s.org_id = traveler_private.org() and s.id = a.id
        where a.id <> p_step);
end
$$;
comment on function traveler_private.step_way is 'The steps that a run''s step is nested in, in a form that runs share; null when in none.';

-- By what both are copies of, or by the redline that added the one and was applied to add the other, in the same nesting; or as siblings.
-- Each way goes by an index.
create or replace function traveler_private.steps_alike(p_step uuid, p_runs uuid[]) returns table (run_id uuid, run_step_id uuid)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
    v_step traveler.run_step;
    v_lineage uuid := traveler_private.run_step_lineage(p_step);
    v_way text := traveler_private.step_way(p_step);
    v_origins uuid[];
    v_added uuid[];
begin
    select * into v_step from traveler.run_step s where s.org_id = v_org and s.id = p_step;
    v_origins := array(
        select p.id from traveler.procedure_step p
        where p.org_id = v_org and coalesce(p.lineage_id, p.id) = v_lineage
            and p.procedure_id in (select r.procedure_id from traveler.run r where r.org_id = v_org and r.id = any (p_runs)));
    v_added := array(
        with recursive repeated as (
            select d.id, d.run_step_id from traveler.redline d where d.org_id = v_org and d.run_step_id = v_lineage and d.kind = 'add'
            union
            select d.id, d.run_step_id from repeated x join traveler.redline d on d.org_id = v_org and d.applied_from_id = x.id and d.kind = 'add' and d.state <> 'canceled'
        )
        select x.run_step_id from repeated x);
    return query
    select x.run_id, x.id
    from (
        select s.* from traveler.run_step s where s.org_id = v_org and s.run_id = any (p_runs) and s.origin_step_id = any (v_origins)
        union
        select s.* from traveler.run_step s where s.org_id = v_org and s.run_id = any (p_runs) and s.id = any (v_added)
        union
        select s.* from traveler.run_step s where s.org_id = v_org and s.run_id = any (p_runs) and s.sibling_id = v_step.sibling_id) x
    where x.withdrawn_at is null
        and (x.sibling_id = v_step.sibling_id or x.depth = v_step.depth and (x.depth = 1 or traveler_private.step_way(x.id) = v_way));
end
$$;
comment on function traveler_private.steps_alike is 'The steps of some runs that are the same step as one of another run (D4, K2).';

-- A field's definition without ids and place; what it is held against goes by step and name.
create or replace function traveler_private.likeness(p_field jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return case when p_field is not null then p_field - array['id', 'position', 'compare_field_id'] || jsonb_build_object('compare',
        case when p_field ->> 'compare_field_id' is not null then traveler_private.field_form(p_field, 'run_step') -> 'compare' end) end;
end
$$;
comment on function traveler_private.likeness is 'The definition of a run''s field, comparable between runs (D4).';

create or replace function traveler_private.step_likeness(p_definition jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return case when p_definition is not null then '{"attributes": {}}' || p_definition - array['state', 'parent_id', 'position', 'stands_after', 'upstream']
        || jsonb_build_object('fields', (select coalesce(jsonb_agg(traveler_private.likeness(f.value) order by f.ordinality), '[]')
            from jsonb_array_elements(p_definition -> 'fields') with ordinality f),
            'requirements', (select coalesce(jsonb_agg(q - 'id' order by q - 'id'), '[]') from jsonb_array_elements(p_definition -> 'requirements') q)) end;
end
$$;
comment on function traveler_private.step_likeness is 'The definition of a run''s step without its place, comparable between runs (D4).';

-- The field of a step that another is held against there, as a redline has it: of the same step or of one that is alike. By its name.
create or replace function traveler_private.alike_field(p_redline traveler.redline, p_compared uuid, p_run uuid, p_step uuid) returns uuid
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    return (
        select case when count(*) = 1 then (array_agg(f.id))[1] end
        from traveler.run_step_field c
        join traveler.run_step_field f on f.org_id = v_org and f.withdrawn_at is null
            and f.name = coalesce((select a ->> 'name' from jsonb_array_elements(p_redline.after -> 'fields') a where a ->> 'id' = c.id::text), c.name)
        where c.org_id = v_org and c.id = p_compared and f.run_step_id = any (case when c.run_step_id = p_redline.run_step_id then array[p_step]
            else array(select a.run_step_id from traveler_private.steps_alike(c.run_step_id, array[p_run]) a) end));
end
$$;
comment on function traveler_private.alike_field is 'The field of another run that a redlined field is held against there; null when there is not exactly one (D4, P4).';

-- The step beside one that is the same as a step of another run; null when there is not exactly one.
create or replace function traveler_private.step_beside(p_step uuid, p_other uuid) returns uuid
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    return (
        select case when count(*) = 1 then (array_agg(o.id))[1] end
        from traveler.run_step s
        cross join lateral traveler_private.steps_alike(p_other, array[s.run_id]) a
        join traveler.run_step o on o.org_id = v_org and o.id = a.run_step_id and o.parent_id is not distinct from s.parent_id and o.id <> s.id
        where s.org_id = v_org and s.id = p_step);
end
$$;
comment on function traveler_private.step_beside is 'The step beside one of a run that is the same as a step of another run (D4).';

create or replace function traveler_private.step_title(p_step uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select to_jsonb(s.title) from traveler.run_step s where s.org_id = traveler_private.org() and s.id = p_step);
end
$$;
comment on function traveler_private.step_title is 'The title of a run''s step as JSON; null when there is none.';

-- What comes with a step that a redline adds, and is no part of its definition.
create or replace function traveler_private.added_with(p_step uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('outside_process', s.outside_process, 'approvals', (
            select coalesce(jsonb_agg(jsonb_build_object('role', r.name, 'approvers', a.approvers) order by r.name, a.approvers), '[]')
            from traveler.run_step_approval_requirement a join traveler.role r on r.org_id = a.org_id and r.id = a.role_id
            where a.org_id = s.org_id and a.run_step_id = s.id))
        from traveler.run_step s where s.org_id = traveler_private.org() and s.id = p_step
    );
end
$$;
comment on function traveler_private.added_with is 'The approvals that a run''s step demands, and whether a supplier does it (P5, O1).';

-- What a redline changed of what its step requires, and what another step has: the one that asks for the same or, where none does, the only one
-- for the part. Nothing that is installed is taken from under an installation.
create or replace function traveler_private.application_requirements(p_redline traveler.redline, p_step uuid)
returns table (name text, there_id uuid, was jsonb, now_is jsonb, becomes jsonb, outcome text, why text, takable boolean)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
    v_was jsonb := coalesce(p_redline.before -> 'requirements', '[]');
begin
    return query
    with side as (
        select b.value - 'id' as was, a.value - 'id' as becomes, coalesce(b.value, a.value) ->> 'id' as id, coalesce(b.value, a.value) ->> 'part_id' as part_id
        from jsonb_array_elements(v_was) b
        full join jsonb_array_elements(coalesce(p_redline.after -> 'requirements', '[]')) a on a.value ->> 'id' = b.value ->> 'id'
    ), changed as (
        select s.*, row_number() over (partition by s.part_id order by s.id) as place, count(*) over (partition by s.part_id) as of_part,
            row_number() over (partition by s.was order by s.id) as of_was, row_number() over (partition by s.becomes order by s.id) as of_becomes
        from side s where s.was is distinct from s.becomes
    ), there as (
        select q.value - 'id' as form, (q.value ->> 'id')::uuid as id, q.value ->> 'part_id' as part_id,
            row_number() over (partition by q.value - 'id' order by q.value ->> 'id') as place, count(*) over (partition by q.value ->> 'part_id') as of_part
        from jsonb_array_elements(traveler_private.step_requirements(p_step)) q
    ), kept as (
        -- What the redline left as it was is not what it made.
        select s.was as form, count(*) as times from side s where s.was = s.becomes group by s.was
    ), met as (
        select c.*, u.id as was_id, m.id as becomes_id, o.id as other_id, o.form as other_form, coalesce(o.of_part, 0) as others
        from changed c
        left join there u on u.form = c.was and u.place = c.of_was + coalesce((select k.times from kept k where k.form = c.was), 0)
        left join there m on m.form = c.becomes and m.place = c.of_becomes + coalesce((select k.times from kept k where k.form = c.becomes), 0)
        left join lateral (select t.id, t.form, t.of_part from there t where t.part_id = c.part_id
            and (c.was is not null or not exists (select from side s where s.was is not null and s.part_id = c.part_id)) order by t.id limit 1) o on true
    ), judged as (
        select m.*, case
                when m.was is not null and m.was_id is not null then 'take'
                when m.becomes is not null and m.becomes_id is not null then 'same'
                when m.others = 0 then case when m.was is null then 'take' when m.becomes is null then 'same' else 'conflict' end
                else 'conflict' end as found
        from met m
    ), place as (
        select j.*, case when j.found = 'take' then j.was_id when j.found = 'same' then j.becomes_id when j.others = 1 then j.other_id end as id_there,
            case when j.found = 'take' then j.was when j.found = 'same' then j.becomes when j.others = 1 then j.other_form end as form_there
        from judged j
    )
    select format('%s %s', p.part_number, p.revision) || case when l.of_part > 1 then format(' (%s)', l.place) else '' end,
        l.id_there, l.was, l.form_there, l.becomes, case when l.found <> 'same' and h.held then 'conflict' else l.found end,
        case when l.found = 'same' then null when l.found = 'conflict' and l.others > 1 then 'The run''s step requires this part several times.'
            when l.found = 'conflict' and l.others = 0 then 'The run''s step requires it no more.'
            when l.found = 'conflict' then 'It is something else there.' when h.held then 'Something is installed for it there.' end,
        not h.held and (l.found <> 'conflict' or l.others < 2 and l.of_part = 1)
    from place l
    join traveler.part p on p.org_id = v_org and p.id = l.part_id::uuid
    cross join lateral (
        -- Whatever would be less, or other, than what is installed.
        select exists (
            select from traveler.build_requirement q join traveler.run r on r.org_id = v_org and r.id = q.run_id left join traveler.run_split g on g.org_id = v_org and g.id = q.run_split_id
            where q.org_id = v_org and l.id_there in (q.id, q.origin_id) and q.quantity_installed + q.quantity_excepted + q.quantity_carried + q.quantity_shared > 0
                and (l.becomes is null or l.becomes -> 'part_id' <> l.form_there -> 'part_id'
                    or not l.becomes -> 'substitute_part_ids' @> (l.form_there -> 'substitute_part_ids')
                    or not l.becomes -> 'reference_designators' @> (l.form_there -> 'reference_designators')
                    or (l.becomes ->> 'quantity_per_unit')::numeric < (l.form_there ->> 'quantity_per_unit')::numeric)) as held) h;
end
$$;
comment on function traveler_private.application_requirements is 'The build requirements that a redline changed, beside those of another run''s step (D4, B1, B2).';

-- One row a step and member that the redline changed; "step" is the whole of it. take: the step is as the redline found its own; same: it is as the
-- redline left its own; conflict: it is neither, and nobody guesses; takable: whether it could be made what the redline left all the same.
create or replace function traveler_private.application_plan(p_redline traveler.redline, p_runs uuid[], p_steps uuid[])
returns table (run_id uuid, member text, there_id uuid, was jsonb, now_is jsonb, becomes jsonb, outcome text, why text, takable boolean)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
    v_was jsonb := traveler_private.step_likeness(p_redline.before);
begin
    if p_redline.kind = 'add' then
        return query select r, 'step', null::uuid, null::jsonb, null::jsonb, traveler_private.step_likeness(p_redline.after) || traveler_private.added_with(p_redline.run_step_id),
            'take', null::text, true from unnest(p_runs) r;
    elsif p_redline.kind = 'remove' then
        return query
        select t.run, 'step', t.step, v_was, n.now_is, null::jsonb, case when n.now_is = v_was then 'take' else 'conflict' end,
            case when n.now_is <> v_was then 'The run''s step is not as it was removed.' end, true
        from unnest(p_runs, p_steps) t (run, step) cross join lateral (select traveler_private.step_likeness(traveler_private.run_step_definition(t.step)) as now_is) n;
        return;
    end if;
    return query
    with target as materialized (
        select t.run, t.step, traveler_private.run_step_definition(t.step) as now_is
        from unnest(p_runs, p_steps) t (run, step) where p_redline.kind <> 'add'
    ), field as materialized (
        select b.value as before, a.value as after, traveler_private.likeness(b.value) as was, traveler_private.likeness(a.value) as becomes,
            coalesce(b.value, a.value) ->> 'name' as name, (coalesce(b.value, a.value) ->> 'position')::integer as place
        from jsonb_array_elements(p_redline.before -> 'fields') b
        full join jsonb_array_elements(p_redline.after -> 'fields') a on a.value ->> 'id' = b.value ->> 'id'
        where p_redline.kind <> 'add' and (b.value is null or a.value is null or traveler_private.likeness(b.value) <> traveler_private.likeness(a.value))
    ), edge as materialized (
        select u.id as step, u.title, x.is_added
        from (
            select a.value ->> 'run_step_id' as step, true as is_added from jsonb_array_elements(p_redline.after -> 'upstream') a
            where not coalesce(p_redline.before -> 'upstream', '[]') @> jsonb_build_array(jsonb_build_object('run_step_id', a.value -> 'run_step_id'))
            union all
            select b.value ->> 'run_step_id', false from jsonb_array_elements(p_redline.before -> 'upstream') b
            where not p_redline.after -> 'upstream' @> jsonb_build_array(jsonb_build_object('run_step_id', b.value -> 'run_step_id'))) x
        join traveler.run_step u on u.org_id = v_org and u.id = x.step::uuid
    ), there as materialized (
        select e.step, a.run_id, case when count(*) = 1 then (array_agg(a.run_step_id))[1] end as run_step_id
        from edge e cross join lateral traveler_private.steps_alike(e.step, p_runs) a group by e.step, a.run_id
    )
    select t.run, k, t.step, p_redline.before -> k, t.now_is -> k, p_redline.after -> k,
        case t.now_is -> k when p_redline.after -> k then 'same' when p_redline.before -> k then 'take' else 'conflict' end,
        case when t.now_is -> k not in (p_redline.after -> k, p_redline.before -> k) then 'It is something else there.' end, true
    from target t cross join jsonb_object_keys(p_redline.after - array['fields', 'requirements', 'upstream', 'parent_id', 'position', 'stands_after']) k
    where p_redline.before -> k is distinct from p_redline.after -> k
    union all
    -- Its place goes by the step that it comes after; that one may have gone elsewhere there.
    select t.run, 'after', w.becomes, traveler_private.step_title(w.was_source), traveler_private.step_title(w.now_is), traveler_private.step_title(w.becomes_source),
        case when w.found and w.now_is is not distinct from w.becomes then 'same' when w.found and w.now_is is not distinct from w.was then 'take' else 'conflict' end,
        case when not w.found then 'The run has no such step beside it.' when w.now_is is distinct from w.becomes and w.now_is is distinct from w.was then 'It stands elsewhere there.' end, w.found
    from target t
    cross join lateral (
        select x.*, traveler_private.step_beside(t.step, x.was_source) as was, traveler_private.step_beside(t.step, x.becomes_source) as becomes, traveler_private.step_before(t.step) as now_is
        from (select (p_redline.before ->> 'stands_after')::uuid as was_source, (p_redline.after ->> 'stands_after')::uuid as becomes_source) x) y
    cross join lateral (select y.*, (y.becomes is not null or y.becomes_source is null) as found) w
    where p_redline.before -> 'position' <> p_redline.after -> 'position'
    union all
    select t.run, 'field:' || f.name, n.id, f.was, n.now_is, f.becomes,
        case when n.found > 1 then 'conflict' when n.now_is is not distinct from f.becomes then 'same'
            when n.now_is is distinct from f.was or h.unheld then 'conflict' else 'take' end,
        case when n.found > 1 then 'The run''s step has several fields of this name.' when n.now_is is not distinct from f.becomes then null
            when f.was is null and n.now_is is not null then 'The run''s step has another field of this name.'
            when n.now_is is null and f.was is not null then 'The run''s step has no such field.'
            when n.now_is is distinct from f.was then 'It is something else there.'
            when h.unheld then 'The run has nothing to hold it against.' end,
        n.found < 2 and not h.unheld and (n.now_is is null or f.becomes is null or n.now_is -> 'type' = f.becomes -> 'type')
    from target t cross join field f
    cross join lateral (
        -- By the name that it had, or where that is gone, by the one that it was given; of several, the one in the same place.
        select (array_agg((x ->> 'id')::uuid order by x ->> 'position' = f.place::text desc))[1] as id,
            traveler_private.likeness((array_agg(x order by x ->> 'position' = f.place::text desc))[1]) as now_is,
            case when bool_or(x ->> 'position' = f.place::text) then 1 else count(*) end as found
        from jsonb_array_elements(t.now_is -> 'fields') x
        where x ->> 'name' = case when t.now_is -> 'fields' @> jsonb_build_array(jsonb_build_object('name', f.name)) then f.name else f.becomes ->> 'name' end) n
    cross join lateral (
        select f.after ->> 'compare_field_id' is not null
            and traveler_private.alike_field(p_redline, (f.after ->> 'compare_field_id')::uuid, t.run, t.step) is null
            -- What it is held against may come with the same redline.
            and not exists (select from field y where y.after ->> 'id' = f.after ->> 'compare_field_id') as unheld) h
    union all
    select t.run, 'requirement:' || q.name, q.there_id, q.was, q.now_is, q.becomes, q.outcome, q.why, q.takable
    from target t cross join lateral traveler_private.application_requirements(p_redline, t.step) q
    union all
    select t.run, 'upstream:' || e.title, y.run_step_id, case when e.is_added then null else to_jsonb(e.title) end, case when z.waits then to_jsonb(e.title) end,
        case when e.is_added then to_jsonb(e.title) end,
        case when z.waits = e.is_added then 'same' when y.run_step_id is null or z.ring is not null then 'conflict' else 'take' end,
        case when z.waits <> e.is_added and y.run_step_id is null then 'The run has no such step to wait for.' else z.ring end, false
    from edge e
    cross join (select z.run, z.step, z.now_is from target z union all select r, null, null from unnest(p_runs) r where p_redline.kind = 'add') t
    left join there y on y.step = e.step and y.run_id = t.run
    cross join lateral (
        select w.waits, case when e.is_added and not w.waits and y.run_step_id is not null and t.step is not null
            then traveler_private.application_ring(t.run, y.run_step_id, t.step) end as ring
        from (select coalesce(t.now_is -> 'upstream' @> jsonb_build_array(jsonb_build_object('run_step_id', y.run_step_id)), false) as waits) w) z;
end
$$;
comment on function traveler_private.application_plan is 'What applying a redline to steps of other runs would do, one row a step and member that it changed (D4).';

-- The guard of the dependencies is asked, so that both say the same.
create or replace function traveler_private.application_ring(p_run uuid, p_upstream uuid, p_downstream uuid) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse_ring('run', array[p_run], array[p_upstream], array[p_downstream]);
    return null;
exception when sqlstate 'TV409' then
    return sqlerrm;
end
$$;
comment on function traveler_private.application_ring is 'The ring of dependencies that a step would close by waiting for another; null when there is none (P6).';

-- A redline and the procedure that its run was made from (D4): what merging would do, member by member. Three sides: the procedure as it was
-- when the run was made of it, as it is now, and the run. What changed on two of them in two ways is a conflict, shown and never guessed.

-- The definition of a field in one form for procedures and runs, by column names; what it is held against goes by step and name.
create or replace function traveler_private.field_form(p_field jsonb, p_of text) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_form jsonb := '{}'::jsonb;
    v_key text;
    v_compare jsonb;
begin
    foreach v_key in array array['name', 'type', 'unit', 'required', 'allow_not_applicable', 'options', 'signoff_role_id', 'peer', 'meaning', 'batch_scope', 'datagrid'] loop
        v_form := v_form || jsonb_build_object(v_key, p_field -> v_key);
    end loop;
    foreach v_key in array array['minimum', 'maximum', 'target', 'tolerance_minus', 'tolerance_plus'] loop
        v_form := v_form || jsonb_build_object(v_key, traveler.json_decimal((p_field ->> v_key)::numeric));
    end loop;
    if p_field ->> 'compare_field_id' is not null then
        execute format('select jsonb_build_object(''op'', $2, ''step'', %s, ''field'', f.name) from traveler.%I_field f where f.org_id = $1 and f.id = $3',
            case p_of when 'run_step' then 'traveler_private.run_step_lineage(f.run_step_id)' else 'traveler_private.step_lineage(f.procedure_step_id)' end, p_of)
        into v_compare using traveler_private.org(), p_field ->> 'compare_op', (p_field ->> 'compare_field_id')::uuid;
    end if;
    return v_form || jsonb_build_object('compare', v_compare);
end
$$;
comment on function traveler_private.field_form is 'A field''s definition in a form that procedures and runs share (D4).';

create or replace function traveler_private.step_lineage(p_step uuid) returns uuid
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select coalesce(s.lineage_id, s.id) from traveler.procedure_step s where s.org_id = traveler_private.org() and s.id = p_step);
end
$$;
comment on function traveler_private.step_lineage is 'Which step, over the versions of its procedure, a procedure''s step is.';

create or replace function traveler_private.run_step_lineage(p_step uuid) returns uuid
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select coalesce(o.lineage_id, s.origin_step_id, (
            with recursive back as (
                select d.run_step_id, d.applied_from_id from traveler.redline d where d.org_id = s.org_id and d.run_step_id = s.id and d.kind = 'add'
                union
                select d.run_step_id, d.applied_from_id from back b join traveler.redline d on d.org_id = s.org_id and d.id = b.applied_from_id
            )
            select b.run_step_id from back b where b.applied_from_id is null), s.id)
        from traveler.run_step s left join traveler.procedure_step o on o.org_id = s.org_id and o.id = s.origin_step_id
        where s.org_id = traveler_private.org() and s.id = p_step);
end
$$;
comment on function traveler_private.run_step_lineage is 'Which step of the procedure, over its versions, a run''s step is: the one that it was copied from, or the first that a redline added of those that it was applied to.';

-- The step of a version that is of a lineage.
create or replace function traveler_private.step_of_lineage(p_procedure uuid, p_lineage uuid) returns uuid
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select s.id from traveler.procedure_step s
        where s.org_id = traveler_private.org() and s.procedure_id = p_procedure and coalesce(s.lineage_id, s.id) = p_lineage);
end
$$;
comment on function traveler_private.step_of_lineage is 'The step of a version that goes back to the given one; null when the version has none.';

-- A build requirement goes by its part. Substitutes stand with the run's: a procedure's step names none.
create or replace function traveler_private.requirement_form(p_requirement jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return jsonb_build_object('part_id', p_requirement -> 'part_id', 'quantity_per_unit', traveler.json_decimal((p_requirement ->> 'quantity_per_unit')::numeric),
        'reference_designators', p_requirement -> 'reference_designators');
end
$$;
comment on function traveler_private.requirement_form is 'A build requirement''s definition in a form that procedures and runs share (D4).';

create or replace function traveler_private.procedure_step_definition(p_step uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('title', s.title, 'instructions', s.instructions, 'location_id', s.location_id, 'lead_time_seconds', s.lead_time_seconds,
            'required', s.required, 'attributes', s.attributes,
            'fields', (select coalesce(jsonb_agg(traveler_private.field_form(to_jsonb(f), 'procedure') order by f.position), '[]')
                from traveler.procedure_field f where f.org_id = s.org_id and f.procedure_step_id = s.id),
            'requirements', (select coalesce(jsonb_agg(traveler_private.requirement_form(to_jsonb(q)) order by traveler_private.requirement_form(to_jsonb(q))), '[]')
                from traveler.procedure_requirement q where q.org_id = s.org_id and q.procedure_step_id = s.id),
            'upstream', (select coalesce(jsonb_agg(x.lineage order by x.lineage), '[]') from (
                select traveler_private.step_lineage(e.upstream_id) as lineage from traveler.procedure_step_edge e
                where e.org_id = s.org_id and e.downstream_id = s.id) x))
        from traveler.procedure_step s where s.org_id = traveler_private.org() and s.id = p_step
    );
end
$$;
comment on function traveler_private.procedure_step_definition is 'A procedure''s step without ids that mean nothing elsewhere (D4).';

create or replace function traveler_private.portable_definition(p_definition jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return case when p_definition is not null then (
        select jsonb_object_agg(k, p_definition -> k) from unnest(array['title', 'instructions', 'location_id', 'lead_time_seconds', 'required', 'attributes']) k)
        || jsonb_build_object(
            'fields', (select coalesce(jsonb_agg(traveler_private.field_form(f.value, 'run_step') order by f.ordinality), '[]')
                from jsonb_array_elements(p_definition -> 'fields') with ordinality f),
            'requirements', (select coalesce(jsonb_agg(traveler_private.requirement_form(q) order by traveler_private.requirement_form(q)), '[]')
                from jsonb_array_elements(p_definition -> 'requirements') q),
            'upstream', (select coalesce(jsonb_agg(x.lineage order by x.lineage), '[]') from (
                select traveler_private.run_step_lineage((e ->> 'run_step_id')::uuid) as lineage from jsonb_array_elements(p_definition -> 'upstream') e) x)) end;
end
$$;
comment on function traveler_private.portable_definition is 'What a redline keeps of a step, without ids that mean nothing elsewhere (D4).';

-- What a redline changed of the fields of its step: what each was in the procedure, is there now, and is in the run.
create or replace function traveler_private.merge_fields(p_redline traveler.redline, p_then uuid, p_there uuid)
returns table (name text, there_id uuid, was jsonb, now_is jsonb, run_has jsonb, found integer)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
begin
    return query
    with side as (
        select coalesce(b.value, a.value) ->> 'id' as id, b.value as before, a.value as after
        from jsonb_array_elements(coalesce(p_redline.before, '{"fields": []}') -> 'fields') b
        full join jsonb_array_elements(p_redline.after -> 'fields') a on a.value ->> 'id' = b.value ->> 'id'
    ), changed as (
        select d.before, case when d.after is not null then traveler_private.field_form(d.after, 'run_step') end as after, coalesce((
            -- What was copied keeps its place. What a redline added began with that one.
            select traveler_private.field_form(to_jsonb(t), 'procedure') from traveler.procedure_field t
            where t.org_id = v_org and t.procedure_step_id = p_then and t.position = (d.before ->> 'position')::integer),
            case when d.before is not null then traveler_private.field_form(d.before, 'run_step') end) as was
        from side d
        where d.before is null or d.after is null or traveler_private.field_form(d.before, 'run_step') <> traveler_private.field_form(d.after, 'run_step')
    )
    select coalesce(c.was ->> 'name', c.before ->> 'name', c.after ->> 'name'), n.ids[1], c.was, n.forms -> 0, c.after, coalesce(cardinality(n.ids), 0)
    from changed c
    cross join lateral (
        select array_agg(f.id) as ids, jsonb_agg(traveler_private.field_form(to_jsonb(f), 'procedure')) as forms
        from traveler.procedure_field f where f.org_id = v_org and f.procedure_step_id = p_there and f.name = coalesce(c.was ->> 'name', c.before ->> 'name', c.after ->> 'name')) n;
end
$$;
comment on function traveler_private.merge_fields is 'The fields that a redline changed, on three sides; null where a side has none (D4).';

-- What a redline changed of what its step requires, likewise. One that it added is another beside those of its part that the run had.
create or replace function traveler_private.merge_requirements(p_redline traveler.redline, p_then uuid, p_there uuid)
returns table (name text, there_id uuid, was jsonb, now_is jsonb, run_has jsonb, found integer, unmerged boolean)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
begin
    return query
    with side as (
        select b.value as before, a.value as after, (coalesce(b.value, a.value) ->> 'part_id')::uuid as part_id
        from jsonb_array_elements(coalesce(p_redline.before -> 'requirements', '[]')) b
        full join jsonb_array_elements(coalesce(p_redline.after -> 'requirements', '[]')) a on a.value ->> 'id' = b.value ->> 'id'
    )
    select format('%s %s', p.part_number, p.revision) || case when count(*) over (partition by d.part_id) > 1
            then format(' (%s)', row_number() over (partition by d.part_id order by coalesce(d.before, d.after) ->> 'id')) else '' end,
        n.ids[1], case when d.before is not null then coalesce(t.form, traveler_private.requirement_form(d.before)) end, n.forms -> 0,
        case when d.after is not null then traveler_private.requirement_form(d.after) end, coalesce(cardinality(n.ids), 0),
        d.after is not null and d.after -> 'substitute_part_ids' is distinct from coalesce(d.before -> 'substitute_part_ids', '[]')
    from side d
    join traveler.part p on p.org_id = v_org and p.id = d.part_id
    cross join lateral (
        select case when count(*) = 1 then min(traveler_private.requirement_form(to_jsonb(q))::text)::jsonb end as form from traveler.procedure_requirement q
        where q.org_id = v_org and q.procedure_step_id = p_then and q.part_id = d.part_id) t
    cross join lateral (
        select array_agg(q.id) as ids, jsonb_agg(traveler_private.requirement_form(to_jsonb(q))) as forms from traveler.procedure_requirement q
        where q.org_id = v_org and q.procedure_step_id = p_there and q.part_id = d.part_id
            and (d.before is not null or not exists (select from side o where o.before is not null and o.part_id = d.part_id))) n
    where d.before - 'id' is distinct from d.after - 'id';
end
$$;
comment on function traveler_private.merge_requirements is 'The build requirements that a redline changed, on three sides; null where a side has none (D4).';

create or replace function traveler_private.procedure_step_before(p_step uuid) returns uuid
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    return (select s.id from traveler.procedure_step o
        join traveler.procedure_step s on s.org_id = v_org and s.procedure_id = o.procedure_id and s.parent_id is not distinct from o.parent_id and s.position < o.position
        where o.org_id = v_org and o.id = p_step order by s.position desc limit 1);
end
$$;
comment on function traveler_private.procedure_step_before is 'The step that a procedure''s step comes after among those beside it; null for the first.';

-- take: merging writes what the run has; same: the procedure has it; conflict: someone decides, and why says what it is about.
create or replace function traveler_private.merge_plan(p_redline traveler.redline, p_now uuid, p_there uuid)
returns table (member text, there_id uuid, was jsonb, now_is jsonb, run_has jsonb, outcome text, why text, takable boolean)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
    v_step traveler.run_step;
    v_was jsonb;
    v_now jsonb := traveler_private.procedure_step_definition(p_there);
    v_parent uuid;
begin
    select * into v_step from traveler.run_step s where s.org_id = v_org and s.id = p_redline.run_step_id;
    v_was := coalesce(traveler_private.procedure_step_definition(v_step.origin_step_id), traveler_private.portable_definition(p_redline.before));
    if p_redline.kind = 'remove' then
        return query select 'step', p_there, v_was, v_now, null::jsonb, case when v_now is null then 'same' when n.title is null and v_now = v_was then 'take' else 'conflict' end,
            case when v_now is null then null when n.title is not null then format('"%s" needs it.', n.title) when v_now is distinct from v_was then 'The procedure''s step changed since.' end,
            n.title is null
        from (select coalesce((select min(c.title) from traveler.procedure_step c where c.org_id = v_org and c.procedure_id = p_now and c.parent_id = p_there), (
            select min(o.name) from traveler.procedure_field f join traveler.procedure_field o on o.org_id = f.org_id and o.compare_field_id = f.id
            where f.org_id = v_org and f.procedure_step_id = p_there and o.procedure_step_id <> p_there)) as title) n;
        return;
    end if;
    if p_redline.kind = 'add' then
        v_parent := traveler_private.step_of_lineage(p_now, traveler_private.run_step_lineage(v_step.parent_id));
        return query select 'step', p_there, null::jsonb, v_now, p_redline.after,
            case when p_there is not null or v_step.parent_id is not null and v_parent is null then 'conflict' else 'take' end,
            case when p_there is not null then 'The procedure has this step already.'
                when v_step.parent_id is not null and v_parent is null then 'The procedure has no step around it: merge the redline that added that first.' end, false;
    elsif v_now is null then
        return query select 'step', null::uuid, v_was, null::jsonb, p_redline.after, 'conflict', 'The procedure has this step no more: say which one it is now, if any.', false;
        return;
    else
        return query
        select k, p_there, v_was -> k, v_now -> k, p_redline.after -> k,
            case when v_now -> k = p_redline.after -> k then 'same' when v_now -> k = v_was -> k then 'take' else 'conflict' end,
            case when v_now -> k <> p_redline.after -> k and v_now -> k is distinct from v_was -> k then 'It changed in the procedure since.' end, true
        from unnest(array['title', 'instructions', 'location_id', 'lead_time_seconds', 'required', 'attributes']) k
        where p_redline.before -> k <> p_redline.after -> k;
        -- Its place goes by the step that it comes after.
        return query
        select 'after', y.there, (select to_jsonb(s.title) from traveler.procedure_step s where s.org_id = v_org and s.id = y.was),
            (select to_jsonb(s.title) from traveler.procedure_step s where s.org_id = v_org and s.id = y.now_is), traveler_private.step_title(x.run_has),
            case when y.missing then 'conflict' when y.now_is is not distinct from y.there then 'same' when y.now_lineage is not distinct from y.was_lineage then 'take' else 'conflict' end,
            case when y.missing then 'The procedure has no such step beside it.'
                when y.now_is is distinct from y.there and y.now_lineage is distinct from y.was_lineage then 'It moved in the procedure since, or another step came before it.' end,
            not y.missing
        from (select (p_redline.before ->> 'stands_after')::uuid as run_had, (p_redline.after ->> 'stands_after')::uuid as run_has) x
        cross join lateral (
            select z.*, traveler_private.step_lineage(z.now_is) as now_lineage,
                case when v_step.origin_step_id is null then traveler_private.run_step_lineage(x.run_had) else traveler_private.step_lineage(z.was) end as was_lineage,
                x.run_has is not null and z.there is null as missing
            from (select traveler_private.procedure_step_before(v_step.origin_step_id) as was, traveler_private.procedure_step_before(p_there) as now_is,
                (select s.id from traveler.procedure_step s join traveler.procedure_step o on o.org_id = v_org and o.id = p_there
                    where s.org_id = v_org and s.id = traveler_private.step_of_lineage(p_now, traveler_private.run_step_lineage(x.run_has))
                        and s.parent_id is not distinct from o.parent_id and s.id <> o.id) as there) z) y
        where p_redline.before -> 'position' <> p_redline.after -> 'position';
    end if;

    return query
    select 'field:' || f.name, f.there_id, f.was, f.now_is, f.run_has,
        case when f.found > 1 then 'conflict' when f.now_is is not distinct from f.run_has then 'same'
            when x.compared is null and x.unheld is null and (f.now_is is not distinct from f.was) then 'take' else 'conflict' end,
        case when f.found > 1 then 'The procedure''s step has several fields of this name.'
            when f.now_is is not distinct from f.run_has then null
            when x.compared is not null then format('"%s" is held against it.', x.compared)
            when x.unheld is not null then format('The procedure has no "%s" to hold it against.', x.unheld)
            when f.now_is is null then 'The procedure''s step has it no more.'
            when f.now_is is distinct from f.was then 'It changed in the procedure since.' end,
        f.found < 2 and x.compared is null and x.unheld is null
    from traveler_private.merge_fields(p_redline, v_step.origin_step_id, p_there) f
    cross join lateral (select
        case when f.run_has is null then (select min(c.name) from traveler.procedure_field c where c.org_id = v_org and c.compare_field_id = f.there_id and c.id <> f.there_id) end as compared,
        case when f.run_has -> 'compare' <> 'null' and traveler_private.compared_field(p_now, p_redline.run_step_id, p_there, f.run_has -> 'compare') is null
            and not exists (select from jsonb_array_elements(p_redline.after -> 'fields') a where a ->> 'name' = f.run_has #>> '{compare,field}'
                and f.run_has #>> '{compare,step}' = traveler_private.run_step_lineage(p_redline.run_step_id)::text)
            then f.run_has #>> '{compare,field}' end as unheld) x;

    return query
    select 'requirement:' || q.name, q.there_id, q.was, q.now_is, q.run_has,
        case when q.found > 1 or q.unmerged then 'conflict' when q.now_is is not distinct from q.run_has then 'same' when q.now_is is not distinct from q.was then 'take'
            else 'conflict' end,
        case when q.found > 1 then 'The procedure''s step requires this part several times.'
            when q.unmerged then 'A procedure''s step names no substitutes: it is merged without them.'
            when q.now_is is not distinct from q.run_has or q.now_is is not distinct from q.was then null
            when q.now_is is null then 'The procedure''s step requires it no more.'
            else 'It changed in the procedure since.' end,
        q.found < 2
    from traveler_private.merge_requirements(p_redline, v_step.origin_step_id, p_there) q;

    return query
    select 'upstream:' || u.title, y.there, case when x.is_added then null else to_jsonb(u.title) end, case when y.waits then to_jsonb(u.title) end,
        case when x.is_added then to_jsonb(u.title) end,
        case when y.waits = x.is_added then 'same' when y.there is null then 'conflict' else 'take' end,
        case when x.is_added and not y.waits and y.there is null then 'The procedure has no such step to wait for.' end, false
    from (
        select a ->> 'run_step_id' as step, true as is_added from jsonb_array_elements(p_redline.after -> 'upstream') a
        where not coalesce(p_redline.before, '{}') @> jsonb_build_object('upstream', jsonb_build_array(jsonb_build_object('run_step_id', a -> 'run_step_id')))
        union all
        select b ->> 'run_step_id', false from jsonb_array_elements(p_redline.before -> 'upstream') b
        where not p_redline.after @> jsonb_build_object('upstream', jsonb_build_array(jsonb_build_object('run_step_id', b -> 'run_step_id')))) x
    join traveler.run_step u on u.org_id = v_org and u.id = x.step::uuid
    cross join lateral (select traveler_private.step_of_lineage(p_now, traveler_private.run_step_lineage(u.id)) as there,
        coalesce(v_now -> 'upstream' @> to_jsonb(traveler_private.run_step_lineage(u.id)), false) as waits) y;
end
$$;
comment on function traveler_private.merge_plan is 'What merging a redline into a version of its procedure would do, one row a member that it changed (D4).';

-- The field of a version that a run's field is held against: of the same step or of another, by name.
create or replace function traveler_private.compared_field(p_procedure uuid, p_run_step uuid, p_there uuid, p_compare jsonb) returns uuid
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_step uuid := (p_compare ->> 'step')::uuid;
begin
    return (select case when count(*) = 1 then min(f.id::text)::uuid end from traveler.procedure_field f
        where f.org_id = traveler_private.org() and f.name = p_compare ->> 'field'
            and f.procedure_step_id = case when v_step = traveler_private.run_step_lineage(p_run_step) then p_there else traveler_private.step_of_lineage(p_procedure, v_step) end);
end
$$;
comment on function traveler_private.compared_field is 'The field of a version that a redlined field is held against; null when there is not exactly one (P4, D4).';

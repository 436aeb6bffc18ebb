-- Procedures that come in as tables (E, P1): the drafts that they become.

-- What people call by name, as the ids that a procedure's document has. Names that there are none of are told under "unknown".
create or replace function traveler_private.import_steps(p_steps jsonb, p_places jsonb, p_parts jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(jsonb_agg((s.value - '{location,requirements,steps}'::text[])
            || case when s.value ->> 'location' is null then '{}' else jsonb_build_object('location_id', coalesce(p_places ->> (s.value ->> 'location'), 'unknown')) end
            || case when jsonb_typeof(s.value -> 'requirements') = 'array' then jsonb_build_object('requirements', (
                select coalesce(jsonb_agg((q.value - '{part_number,revision}'::text[]) || jsonb_build_object('part_id',
                    coalesce(p_parts ->> concat_ws('@', q.value ->> 'part_number', q.value ->> 'revision'), 'unknown'))), '[]')
                from jsonb_array_elements(s.value -> 'requirements') q)) else '{}' end
            || case when jsonb_typeof(s.value -> 'steps') = 'array'
                then jsonb_build_object('steps', traveler_private.import_steps(s.value -> 'steps', p_places, p_parts)) else '{}' end
            order by s.ordinality), '[]')
        from jsonb_array_elements(p_steps) with ordinality s
    );
end
$$;
comment on function traveler_private.import_steps is 'The steps of an imported procedure with the ids of the locations and parts that they name.';

-- Procedures come as documents, each with its steps; what can't be seen before is found by drafting it.
create or replace function traveler_private.import_procedures(p_rows jsonb, inout p_faults jsonb, out p_count integer)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_places jsonb := (select coalesce(jsonb_object_agg(l.name, l.id), '{}') from traveler.location l where l.org_id = v_org and l.archived_at is null);
    v_nodes jsonb;
    v_parts jsonb;
    v_ids jsonb;
    v_refused integer[];
    v_row jsonb;
    v_document jsonb;
    v_code text;
    v_detail text;
    v_given text;
begin
    p_count := 0;
    -- Procedures and steps one beside the other: "of" is the row of the procedure, "row" that of the step itself where it says so.
    with recursive node as (
        select (e.value ->> 'row')::integer as "of", (e.value ->> 'row')::integer as "row", 0 as depth, e.value as node from jsonb_array_elements(p_rows) e
        union all
        select n."of", case when s.value ->> 'row' ~ '^[1-9][0-9]{0,8}$' then (s.value ->> 'row')::integer else n."row" end, n.depth + 1, s.value
        from node n cross join lateral jsonb_array_elements(case jsonb_typeof(n.node -> 'steps') when 'array' then n.node -> 'steps' else '[]' end) s
    )
    select jsonb_agg(jsonb_build_object('of', n."of", 'row', n."row", 'is_step', n.depth > 0, 'kind', jsonb_typeof(n.node), 'steps', jsonb_typeof(n.node -> 'steps'),
        'title', n.node ->> 'title', 'step', case when n.depth > 0 then n.node ->> 'title' end, 'standard', n.node ->> 'standard',
        'part_number', n.node ->> 'part_number', 'revision', n.node ->> 'revision', 'location', n.node ->> 'location',
        'requirements', case jsonb_typeof(n.node -> 'requirements') when 'array' then n.node -> 'requirements' end, 'attributes', n.node -> 'attributes'))
    into v_nodes from node n;
    with asked as (
        select x.part_number, x.revision from jsonb_to_recordset(v_nodes) x (is_step boolean, part_number text, revision text) where not x.is_step
        union
        select q.value ->> 'part_number', q.value ->> 'revision' from jsonb_to_recordset(v_nodes) x (requirements jsonb) cross join lateral jsonb_array_elements(x.requirements) q
    )
    select coalesce(jsonb_object_agg(concat_ws('@', r.part_number, r.revision), jsonb_build_object('id', r.part_id, 'fault', r.fault)), '{}') into v_parts
    from traveler_private.import_references((select array_agg(a.part_number order by a.part_number, a.revision) from asked a),
        (select array_agg(a.revision order by a.part_number, a.revision) from asked a)) r;
    -- What a document names and the org does not have, before what is wrong with its form.
    with x as materialized (
        select * from jsonb_to_recordset(v_nodes) n ("row" integer, is_step boolean, kind text, steps text, title text, standard text, part_number text, revision text,
            location text, requirements jsonb)
    ), fault as materialized (
        select distinct x."row", f.named, f.code, f.detail
        from x cross join lateral (
            select 'title' as named, 'missing' as code, 'A procedure has a title.' as detail where not x.is_step and x.title is null
            union all
            select 'title', 'length', 'A title has 1 to 200 characters.' where not x.is_step and char_length(x.title) not between 1 and 200
            union all
            select 'standard', 'invalid', 'Standard is true or false.' where not x.is_step and x.standard not in ('true', 'false')
            union all
            select 'steps', 'invalid', 'Steps are an array of objects.' where case when x.is_step then x.kind <> 'object' else x.steps is distinct from 'array' end
            union all
            select 'part_number', 'part_unknown', v_parts #>> array[concat_ws('@', q.part_number, q.revision), 'fault']
            from (select x.part_number, x.revision where not x.is_step
                union all select r.value ->> 'part_number', r.value ->> 'revision' from jsonb_array_elements(x.requirements) r) q
            union all
            select 'location', 'unknown', format('There is no location %s.', left(x.location, 200)) where x.is_step and not v_places ? x.location) f
        where f.detail is not null
        union all
        select a.* from traveler_private.import_attribute_faults('procedure', (
            select jsonb_agg(n.value) from jsonb_array_elements(v_nodes) n where n.value -> 'is_step' = 'false')) a
        union all
        select a.* from traveler_private.import_attribute_faults('run_step', (
            select jsonb_agg(n.value) from jsonb_array_elements(v_nodes) n where n.value -> 'is_step' = 'true' and n.value -> 'attributes' <> 'null')) a
    )
    select p_faults || coalesce(jsonb_agg(jsonb_build_object('row', f."row", 'column', f.named, 'code', f.code, 'detail', f.detail)), '[]') into p_faults from fault f;
    v_refused := array(select distinct n."of" from jsonb_to_recordset(v_nodes) n ("of" integer, "row" integer)
        join jsonb_array_elements(p_faults) f on (f.value ->> 'row')::integer = n."row");
    select coalesce(jsonb_object_agg(p.key, p.value ->> 'id'), '{}') into v_ids from jsonb_each(v_parts) p;
    for v_row in
        select e.value from jsonb_array_elements(p_rows) with ordinality e
        where not exists (select from unnest(v_refused) r ("row") where r."row" = (e.value ->> 'row')::integer) order by e.ordinality
    loop
        begin
            v_document := (v_row - '{row,part_number,revision}'::text[]) || jsonb_build_object(
                'part_id', v_ids ->> concat_ws('@', v_row ->> 'part_number', v_row ->> 'revision'),
                'steps', traveler_private.import_steps(v_row -> 'steps', v_places, v_ids));
            perform traveler.create_procedure(v_document);
            p_count := p_count + 1;
        exception when others then
            get stacked diagnostics v_code = returned_sqlstate, v_detail = message_text, v_given = pg_exception_detail;
            -- What a rule or a constraint refuses is the row's fault. Anything else is not, and ends the import as it is.
            if v_code !~ '^(TV4|22|23)' then
                raise;
            end if;
            p_faults := p_faults || jsonb_build_object('row', v_row -> 'row', 'column', 'steps',
                'code', case when v_code ~ '^TV' then coalesce(v_given::jsonb ->> 'code', 'refused') else 'invalid' end,
                'detail', case when v_code ~ '^TV' then v_detail else 'A value of it can''t be what it is meant to be: ' || v_detail end);
        end;
    end loop;
end
$$;
comment on function traveler_private.import_procedures is 'Drafts procedures, and adds to the faults what is wrong with those that could not be.';

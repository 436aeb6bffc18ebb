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

-- Procedures come as documents, each with its steps; what is wrong with one is found by drafting it.
create or replace function traveler_private.import_procedures(p_rows jsonb, inout p_faults jsonb, out p_count integer)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_places jsonb := (select coalesce(jsonb_object_agg(l.name, l.id), '{}') from traveler.location l where l.org_id = v_org and l.archived_at is null);
    v_parts jsonb;
    v_row jsonb;
    v_document jsonb;
    v_code text;
    v_detail text;
    v_given text;
begin
    p_count := 0;
    with asked as (
        select q ->> 'part_number' as part_number, q ->> 'revision' as revision
        from (select jsonb_path_query(p_rows, '$[*]') union all select jsonb_path_query(p_rows, 'strict $.**.requirements[*]')) n (q)
        where q ->> 'part_number' is not null
    )
    select coalesce(jsonb_object_agg(concat_ws('@', r.part_number, r.revision), jsonb_build_object('id', r.part_id, 'fault', r.fault)), '{}') into v_parts
    from traveler_private.import_references((select array_agg(a.part_number order by a.part_number, a.revision) from asked a),
        (select array_agg(a.revision order by a.part_number, a.revision) from asked a)) r;
    for v_row in select e.value from jsonb_array_elements(p_rows) e loop
        -- What the document names and the org does not have, before what is wrong with its form.
        p_faults := p_faults || (
            select coalesce(jsonb_agg(jsonb_build_object('row', v_row -> 'row', 'column', x.named, 'code', x.code, 'detail', x.detail) order by x.named, x.code), '[]')
            from (
                select 'title' as named, 'missing' as code, 'A procedure has a title.' as detail where v_row ->> 'title' is null
                union all
                select 'title', 'length', 'A title has 1 to 200 characters.' where char_length(v_row ->> 'title') not between 1 and 200
                union all
                select 'standard', 'invalid', 'Standard is true or false.' where v_row ->> 'standard' not in ('true', 'false')
                union all
                select 'steps', 'invalid', 'Steps are an array of objects.' where jsonb_typeof(v_row -> 'steps') is distinct from 'array'
                    or jsonb_path_exists(v_row, 'strict $.**.steps[*] ? (@.type() != "object")', silent => true)
                union all
                select distinct 'part_number', 'part_unknown', v_parts #>> array[concat_ws('@', q ->> 'part_number', q ->> 'revision'), 'fault']
                from (select v_row union all select jsonb_path_query(v_row, 'strict $.**.requirements[*]')) n (q)
                where v_parts #>> array[concat_ws('@', q ->> 'part_number', q ->> 'revision'), 'fault'] is not null
                union all
                select distinct 'location', 'unknown', format('There is no location %s.', left(q ->> 'location', 200))
                from (select jsonb_path_query(v_row, 'strict $.**.steps[*]')) n (q)
                where q ->> 'location' is not null and not v_places ? (q ->> 'location')) x);
        continue when exists (select from jsonb_array_elements(p_faults) f where f.value -> 'row' = v_row -> 'row');
        begin
            v_document := (v_row - '{row,part_number,revision}'::text[]) || jsonb_build_object(
                'part_id', v_parts #>> array[concat_ws('@', v_row ->> 'part_number', v_row ->> 'revision'), 'id'],
                'steps', traveler_private.import_steps(v_row -> 'steps', v_places, (select jsonb_object_agg(p.key, p.value ->> 'id') from jsonb_each(v_parts) p)));
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

-- The mirror of searchable attributes (F4): under row security no index on JSON is reached, so each value stands in a typed row beside it,
-- written in the same statement.

-- The values that an index reaches, of the value of an attribute.
create or replace function traveler_private.attribute_keys(p_type text, p_value jsonb)
returns table (place integer, text_value text, number_value float8, time_value timestamptz)
language sql immutable parallel safe
as $$
    select 1, case when p_type not in ('number', 'datetime') then left(p_value #>> '{}', 200) end, case p_type when 'number' then (p_value #>> '{}')::float8 end,
        case p_type when 'datetime' then (p_value #>> '{}')::timestamptz end
    where p_type <> 'multiselect'
    union all
    select x.place::integer, x.option, null, null from jsonb_array_elements_text(case p_type when 'multiselect' then p_value else '[]' end) with ordinality x (option, place)
$$;
comment on function traveler_private.attribute_keys is 'The values under which an attribute''s value is found (F4). Kept times name their zone: nothing of the session has a say in them.';

create or replace function traveler_private.mirror_attributes() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_old jsonb := '{}'::jsonb;
    v_number bigint := coalesce((to_jsonb(new) ->> 'number')::bigint, 0);
begin
    if tg_op = 'UPDATE' then
        v_old := old.attributes;
        delete from traveler.attribute_value v using traveler.attribute_definition d
        where d.org_id = new.org_id and d.record = tg_table_name and d.searchable and v_old -> d.key is distinct from new.attributes -> d.key
            and v.org_id = d.org_id and v.definition_id = d.id and v.record_id = new.id;
    end if;
    insert into traveler.attribute_value (org_id, definition_id, record_id, place, record, record_number, text_value, number_value, time_value)
    select d.org_id, d.id, new.id, k.place, d.record, v_number, k.text_value, k.number_value, k.time_value
    from traveler.attribute_definition d
    cross join lateral traveler_private.attribute_keys(d.type, new.attributes -> d.key) k
    where d.org_id = new.org_id and d.record = tg_table_name and d.searchable and new.attributes ? d.key and v_old -> d.key is distinct from new.attributes -> d.key;
    return null;
end
$$;
comment on function traveler_private.mirror_attributes is 'Trigger: the values of searchable attributes stand in the mirror as they do in the record (F4).';

-- The act that makes an attribute searchable fills its mirror; every writer of values has ended by then, or comes after and writes it himself (law 11).
create or replace function traveler_private.mirror_definition() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if new.searchable then
        execute format('insert into traveler.attribute_value (org_id, definition_id, record_id, place, record, record_number, text_value, number_value, time_value)
            select x.org_id, $2, x.id, k.place, $3, %s, k.text_value, k.number_value, k.time_value
            from traveler.%I x cross join lateral traveler_private.attribute_keys($4, x.attributes -> $5) k
            where x.org_id = $1 and x.attributes ? $5', case when new.record in ('run', 'issue') then 'x.number' else '0' end, new.record)
        using new.org_id, new.id, new.record, new.type, new.key;
    else
        delete from traveler.attribute_value v where v.org_id = new.org_id and v.definition_id = new.id;
    end if;
    return null;
end
$$;
comment on function traveler_private.mirror_definition is 'Trigger: fills the mirror of an attribute that becomes searchable, and empties that of one that is no more (F4).';
create or replace trigger _500_mirror_definition after update of searchable on traveler.attribute_definition
    for each row when (old.searchable <> new.searchable) execute function traveler_private.mirror_definition();

do $$
declare
    v_table text;
begin
    foreach v_table in array array['run', 'run_step', 'issue', 'part_inventory', 'procedure'] loop
        execute format('create or replace trigger _500_mirror_attributes_insert after insert on traveler.%I
            for each row when (new.attributes <> ''{}'') execute function traveler_private.mirror_attributes()', v_table);
        execute format('create or replace trigger _500_mirror_attributes_update after update of attributes on traveler.%I
            for each row when (old.attributes <> new.attributes) execute function traveler_private.mirror_attributes()', v_table);
    end loop;
end $$;

create or replace trigger _120_refuse_derived before insert or update on traveler.attribute_value
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived('attribute_value', 'F4', 'What an attribute is found by');
create or replace trigger _010_refuse_truncate before truncate on traveler.attribute_value
    for each statement execute function traveler_private.refuse_delete('attribute_value');
create or replace trigger _010_refuse_delete before delete on traveler.attribute_value
    for each statement when (pg_trigger_depth() = 0) execute function traveler_private.refuse_delete('attribute_value');
alter table traveler.attribute_value enable always trigger _010_refuse_truncate;
alter table traveler.attribute_value enable always trigger _010_refuse_delete;

-- A value that is looked for comes as text, and is looked for whether or not a record may still be given it: a retired option, somebody who left.
create or replace function traveler_private.search_value(d traveler.attribute_definition, p_text text, out kept jsonb, out fault text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    if d.type in ('select', 'multiselect') then
        kept := case when p_text = any (d.options) then case d.type when 'select' then to_jsonb(p_text) else to_jsonb(array[p_text]) end end;
        fault := case when kept is null then format('has no option "%s"', left(p_text, 100)) end;
    elsif d.type in ('file', 'user', 'part') then
        kept := case when p_text ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then to_jsonb(lower(p_text)) end;
        fault := case when kept is null then format('is the id of a %s', d.type) end;
    elsif d.type = 'boolean' then
        kept := case when p_text in ('true', 'false') then to_jsonb(p_text = 'true') end;
        fault := case when kept is null then 'is true or false' end;
    else
        select v.kept, v.fault into kept, fault from traveler_private.attribute_value(d, to_jsonb(p_text)) v;
    end if;
end
$$;
comment on function traveler_private.search_value is 'A value of an attribute that a list looks for, from its text; or what is wrong with it (F4).';

-- What a list is asked for of attributes: {key: value as text} to find by, and a key to sort by, as what they mean to an index. All that is wrong is named at
-- once: an attribute that there is not, that is not searchable, a value that it can't have.
create or replace function traveler.attribute_search(p_record text, p_wanted jsonb, p_sort text)
returns table (key text, definition_id uuid, type text, is_sort boolean, form text, text_value text, number_value float8, time_value timestamptz, exact text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler.current_org();
    v_fault jsonb;
    v_faults jsonb := '[]'::jsonb;
begin
    for key, definition_id, type, is_sort, form, text_value, number_value, time_value, exact, v_fault in
        select w.key, d.id, d.type, w.value is null, case d.type when 'number' then 'number' when 'datetime' then 'time' else 'text' end, k.text_value, k.number_value, k.time_value,
            v.kept #>> case d.type when 'multiselect' then '{0}'::text[] else '{}' end,
            case when d.id is null then '{"code": "attribute_unknown", "detail": "is no attribute of this kind of record"}'
                when not d.searchable then '{"code": "attribute_not_searchable", "detail": "is not searchable"}'
                when w.value is null and d.type = 'multiselect' then '{"code": "attribute_not_sortable", "detail": "has several values: there is no order in them"}'
                when v.fault is not null then jsonb_build_object('code', 'wrong_type', 'detail', v.fault) end
        from (select p_sort as key, null as value, 0 as place where p_sort is not null union all select e.key, e.value, 1 from jsonb_each_text(p_wanted) e) w
        left join traveler.attribute_definition d on d.org_id = v_org and d.record = p_record and d.key = w.key
        left join lateral (select x.* from traveler_private.search_value(d, w.value) x where w.value is not null and d.searchable) v on true
        left join lateral (select x.* from traveler_private.attribute_keys(d.type, v.kept) x where v.kept is not null) k on true
        order by w.place, w.key collate "C"
    loop
        if v_fault is not null then
            v_faults := v_faults || jsonb_build_array(jsonb_build_object('key', left(key, 100)) || v_fault);
        else
            return next;
        end if;
    end loop;
    if v_faults <> '[]' then
        perform traveler_private.refuse(422, 'attributes_refused', 'F4',
            (select string_agg(format('"%s" %s', f ->> 'key', f ->> 'detail'), '; ') from jsonb_array_elements(v_faults) f) || '.', null,
            jsonb_build_object('record', p_record, 'attributes', v_faults));
    end if;
end
$$;
comment on function traveler.attribute_search is 'What a list finds and sorts by, from attributes that it is asked for by key (F4).';

-- GET /v1/runs?attribute.KEY=value&sort=attribute.KEY: the page's runs in their order. One attribute leads: the one that is sorted by, else the first that is
-- filtered by; its index has the rows in the order of the page, and the others are looked up row by row, until the page is full. The statement is written for what is asked, of
-- names from lists of our own and of quoted values, and planned for these values.
create or replace function traveler.runs_by_attributes(p_wanted jsonb, p_sort text, p_descending boolean, p_value text, p_number bigint, p_limit integer,
    p_status text, p_part uuid, p_procedure uuid, p_search text, p_assignee uuid)
returns table (id uuid, number bigint, title text, status text, quantity numeric, procedure_id uuid, part_id uuid, part_number text, revision text, part_name text, steps_total integer,
    steps_completed integer, steps_canceled integer, created_at timestamptz, started_at timestamptz, completed_at timestamptz, completion_number integer, attributes jsonb, version integer,
    effective_start timestamptz, effective_end timestamptz, due_at timestamptz, value text)
language plpgsql stable security definer rows 50
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
    v_org uuid := traveler.current_org();
    v_direction text := case when p_descending then 'desc' else 'asc' end;
    v_after text := case when p_descending then '<' else '>' end;
    v_query text := '';
    v_lead record;
    r record;
begin
    for r in select * from traveler.attribute_search('run', p_wanted, p_sort) loop
        if v_lead is null then
            v_lead := r;
        end if;
        if not r.is_sort then
            v_query := v_query || case when v_lead.key = r.key and not v_lead.is_sort then format(' and v.%I = %L', r.form || '_value', coalesce(r.text_value, r.number_value::text, r.time_value::text))
                else format(' and (select true from traveler.attribute_value w where w.org_id = $1 and w.definition_id = %L and w.record_id = v.record_id and w.%I = %L limit 1)',
                    r.definition_id, r.form || '_value', coalesce(r.text_value, r.number_value::text, r.time_value::text)) end
                -- What the index only comes near to.
                || case when r.type = 'number' then format(' and (r.attributes ->> %L)::numeric = %L::numeric', r.key, r.exact)
                    when r.type = 'text' and char_length(r.exact) >= 200 then format(' and r.attributes ->> %L = %L', r.key, r.exact) else '' end;
        end if;
    end loop;
    if p_number is not null then
        v_query := v_query || case when v_lead.is_sort then format(' and (v.%1$I, v.record_number) %2$s ($3::%3$s, $4)', v_lead.form || '_value', v_after,
            case v_lead.form when 'number' then 'float8' when 'time' then 'timestamptz' else 'text' end) else format(' and v.record_number %s $4', v_after) end;
    end if;
    return query execute format('
        select r.id, r.number, r.title, r.status, r.quantity, r.procedure_id, r.part_id, p.part_number, p.revision, p.name, r.steps_total,
            r.steps_completed, r.steps_canceled, r.created_at, r.started_at, r.completed_at, r.completion_number, r.attributes, r.version,
            h.effective_start, h.effective_end, r.due_at, r.value
        from (
            select r.*, v.%1$I::text as value, v.%1$I as found
            from traveler.attribute_value v join traveler.run r on r.org_id = v.org_id and r.id = v.record_id
            where v.org_id = $1 and v.definition_id = $2 and v.%1$I is not null %2$s
                and ($6 is null or r.status = $6) and ($7 is null or r.part_id = $7) and ($8 is null or r.procedure_id = $8)
                and ($9 is null or r.number::text = $9 or strpos(lower(r.title), lower($9)) > 0)
                and ($10 is null or r.id = any (array(select e.run_id from traveler.assignee e where e.org_id = $1 and e.user_id = $10)))
            order by %3$s v.record_number %4$s limit $5) r
        cross join lateral (select x.part_number, x.revision, x.name from traveler.part x where x.org_id = $1 and x.id = r.part_id offset 0) p
        left join lateral (select x.effective_start, x.effective_end from traveler.run_schedule x where x.org_id = $1 and x.run_id = r.id offset 0) h on true
        order by %5$s r.number %4$s', v_lead.form || '_value', v_query,
        case when v_lead.is_sort then format('v.%I %s,', v_lead.form || '_value', v_direction) else '' end, v_direction,
        case when v_lead.is_sort then format('r.found %s,', v_direction) else '' end)
    using v_org, v_lead.definition_id, p_value, p_number, p_limit, p_status, p_part, p_procedure, p_search, p_assignee;
end
$$;
comment on function traveler.runs_by_attributes is 'A page of the runs that have values of attributes, or that are sorted by one, each once and in order (F4).';

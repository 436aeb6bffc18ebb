-- What lists find and sort by of custom attributes (F4): `attribute.KEY=value`, `attribute.KEY.from=value`, `attribute.KEY.to=value` and `sort=attribute.KEY`,
-- in one place for every list that takes them.

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

-- What a value that is looked for means to an index: a condition on the row w of attribute_value, of the org $1. Where the index only comes near to the value
-- (a number as a float8, the beginning of a long text), the record's document decides. A range begins with `from` and ends before `to`.
create or replace function traveler_private.attribute_condition(p_record text, p_key text, p_type text, p_bound text, p_kept jsonb) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_exact text := p_kept #>> case p_type when 'multiselect' then '{0}'::text[] else '{}' end;
    v_document text := format('(select x.attributes ->> %L from traveler.%I x where x.org_id = $1 and x.id = w.record_id)', p_key, p_record);
begin
    return case
        when p_type = 'number' then format(case p_bound when 'from' then 'w.number_value >= %1$L and (w.number_value > %1$L or %2$s::numeric >= %3$L::numeric)'
            when 'to' then 'w.number_value <= %1$L and (w.number_value < %1$L or %2$s::numeric < %3$L::numeric)'
            else 'w.number_value = %1$L and %2$s::numeric = %3$L::numeric' end, v_exact::float8, v_document, v_exact)
        when p_type = 'text' and char_length(v_exact) >= 200 then format('w.text_value = %L and %s = %L', left(v_exact, 200), v_document, v_exact)
        else format('w.%I %s %L', case p_type when 'datetime' then 'time_value' else 'text_value' end, case p_bound when 'from' then '>=' when 'to' then '<' else '=' end, v_exact) end;
end
$$;
comment on function traveler_private.attribute_condition is 'A value that a list looks for as a condition on the row w of attribute_value, of the org $1 (F4).';

-- What a list is asked for, {key or key.from or key.to: value as text} to find by and a key to sort by: a row for each attribute, with the condition on the row w of
-- attribute_value and the ids that it finds, as SQL over the org $1. All that is wrong is named at once: an attribute that there is not, that is not searchable, a
-- value that it can't have, an order that there is not.
create or replace function traveler_private.attribute_search(p_record text, p_wanted jsonb, p_sort text)
returns table (key text, asked text, definition_id uuid, index_column text, condition text, ids text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    v_fault jsonb;
    v_faults jsonb := '[]'::jsonb;
begin
    for key, asked, definition_id, index_column, condition, v_fault in
        select w.key, w.asked, d.id, case d.type when 'number' then 'number_value' when 'datetime' then 'time_value' else 'text_value' end,
            string_agg(traveler_private.attribute_condition(p_record, w.key, d.type, w.bound, v.kept), ' and ') filter (where v.kept is not null),
            (array_agg(f.fault order by w.bound) filter (where f.fault is not null))[1]
        from (
            select p_sort as key, 'sort' as asked, null as bound, null as value where p_sort is not null
            union all
            select case when e.bound is null then e.name else left(e.name, -1 - char_length(e.bound)) end, case when e.bound is null then 'equal' else 'range' end, e.bound, e.value
            from (select j.key as name, j.value, substring(j.key from '^.+\.(from|to)$') as bound from jsonb_each_text(p_wanted) j) e) w
        left join traveler.attribute_definition d on d.org_id = traveler_private.org() and d.record = p_record and d.key = w.key
        left join lateral (select x.* from traveler_private.search_value(d, w.value) x where w.value is not null and d.searchable) v on true
        cross join lateral (select
            case when d.id is null then '{"code": "attribute_unknown", "detail": "is no attribute of this kind of record"}'
                when not d.searchable then '{"code": "attribute_not_searchable", "detail": "is not searchable"}'
                when w.asked = 'sort' and d.type = 'multiselect' then '{"code": "attribute_not_sortable", "detail": "has several values: there is no order in them"}'
                when w.asked = 'range' and d.type not in ('number', 'date', 'datetime') then '{"code": "attribute_not_ranged", "detail": "is no number, date or time: it has no from and to"}'
                when v.fault is not null then jsonb_build_object('code', 'wrong_type', 'detail', v.fault) end as fault) f
        group by w.key, w.asked, d.id, d.type
        order by case w.asked when 'sort' then 0 when 'equal' then 1 else 2 end, w.key collate "C"
    loop
        if v_fault is not null then
            v_faults := v_faults || jsonb_build_array(jsonb_build_object('key', left(key, 100)) || v_fault);
        else
            ids := format('select w.record_id from traveler.attribute_value w where w.org_id = $1 and w.definition_id = %L and %s', definition_id, condition);
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
comment on function traveler_private.attribute_search is 'What a list finds and sorts by, from attributes that it is asked for by key: conditions in SQL, or all that is wrong with them (F4).';

-- The part of a list's WHERE that keeps to what has the attributes wanted: `and p_id in (...)` for each, over the org $1; nothing where none is.
create or replace function traveler_private.attribute_filter(p_record text, p_wanted jsonb, p_id text) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce((select string_agg(format(' and %s in (%s)', p_id, s.ids), '') from traveler_private.attribute_search(p_record, p_wanted, null) s), '');
end
$$;
comment on function traveler_private.attribute_filter is 'What a list''s condition has more when it is asked for attributes, as SQL over the org $1 (H5, F4).';

-- A filter that a list has by itself, as SQL over the record r of the org $1.
create or replace function traveler_private.list_filter(p_record text, p_name text, p_value text) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    return format(case p_record || ' ' || p_name
        when 'run status' then 'r.status = %L'
        when 'run part_id' then 'r.part_id = %L'
        when 'run procedure_id' then 'r.procedure_id = %L'
        when 'run search' then '(r.number::text = %1$L or strpos(lower(r.title), lower(%1$L)) > 0)'
        when 'run assigned_to' then 'r.id in (select e.run_id from traveler.assignee e where e.org_id = $1 and e.user_id = %L)'
        when 'issue run_id' then 'r.run_id = %L'
        when 'issue state' then 'r.state = %L'
        when 'issue open' then '(r.state <> ''resolved'') = %L'
        when 'issue assigned_to' then 'r.assigned_to = %L'
        when 'issue part_inventory_id' then 'r.id in (select l.issue_id from traveler.issue_inventory l where l.org_id = $1 and l.part_inventory_id = %L and l.unlinked_at is null)'
        when 'issue search' then 'position(lower(%L) in lower(r.title || '' '' || r.description)) > 0'
        when 'part_inventory part_id' then 'r.part_id = %L'
        when 'part_inventory status' then 'r.status = %L'
        when 'part_inventory location_id' then 'r.location_id = %L'
        when 'part_inventory serial_number' then 'r.serial_number = %L'
        when 'part_inventory lot_number' then 'r.lot_number = %L'
        when 'part_inventory reserved_run_id' then 'r.reserved_run_id = %L'
        when 'part_inventory kit_name' then 'r.kit_name = %L'
        when 'procedure family_id' then 'r.family_id = %L'
        when 'procedure part_id' then 'r.part_id = %L'
        when 'procedure state' then 'r.state = %L'
        when 'procedure standard' then 'r.standard = %L' end, p_value);
end
$$;
comment on function traveler_private.list_filter is 'A built-in filter of a list as SQL over the record r, where the list is asked for attributes, too; null where there is none of this name (F4).';

-- The ids of a page of a list that is asked for attributes, in its order, and what the next page goes on from. One attribute leads: the one that is sorted by, else the
-- first that must have a value; its index has the rows in the order of the page. Where only ranges are asked for, the planner leads by the list's own order or by the range,
-- whichever fills the page first. The statement is written for what is asked, of names from lists of our own and of quoted values, and planned for these values; it
-- reads the record itself only where a filter does: what is shown of it is the list's to read, for the page alone.
create or replace function traveler.records_by_attributes(p_record text, p_wanted jsonb, p_sort text, p_descending boolean, p_limit integer, p_after_value text,
    p_after_number bigint, p_after_id uuid, p_filters jsonb)
returns table (record_id uuid, record_number bigint, value text)
language plpgsql stable security definer rows 50
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
    v_org uuid := traveler.current_org();
    v_direction text := case when p_descending then 'desc' else 'asc' end;
    v_after text := case when p_descending then '<' else '>' end;
    v_has_number boolean := p_record in ('run', 'issue');
    v_id text := 'r.id';
    v_query text := '';
    v_key text;
    v_column text;
    v_is_sorted boolean := false;
    v_filter text;
    v_join text := '';
    r record;
begin
    perform traveler_private.demand(p_record in ('run', 'issue', 'part_inventory', 'procedure'), 422, 'list_unknown', 'F4', 'There is no such list.');
    for r in select * from traveler_private.attribute_search(p_record, p_wanted, p_sort) loop
        if v_key is null and r.asked <> 'range' then
            v_key := r.key;
            v_column := r.index_column;
            v_is_sorted := r.asked = 'sort';
            v_id := 'w.record_id';
            v_query := format(' and w.definition_id = %L and w.%I is not null', r.definition_id, v_column);
        end if;
        v_query := v_query || case when r.asked = 'sort' then '' when r.key = v_key then ' and ' || r.condition else format(' and %s in (%s)', v_id, r.ids) end;
    end loop;
    for v_filter in select traveler_private.list_filter(p_record, f.key, f.value) from jsonb_each_text(p_filters) f loop
        perform traveler_private.demand(v_filter is not null, 422, 'filter_unknown', 'F4', 'This list has no such filter.');
        v_query := v_query || ' and ' || v_filter;
        v_join := format(' join traveler.%I r on r.org_id = w.org_id and r.id = w.record_id', p_record);
    end loop;
    if v_key is null then
        return query execute format('select r.id, %s, null::text from traveler.%I r where r.org_id = $1%s%s order by r.%I %s limit $2',
            case when v_has_number then 'r.number' else '0::bigint' end, p_record, v_query,
            case when p_after_id is null then '' when v_has_number then format(' and r.number %s $4', v_after) else format(' and r.id %s $5', v_after) end,
            case when v_has_number then 'number' else 'id' end, v_direction)
        using v_org, p_limit, p_after_value, p_after_number, p_after_id;
        return;
    end if;
    return query execute format('select w.record_id, w.record_number, %s from traveler.attribute_value w%s where w.org_id = $1%s%s order by %s w.record_number %s, w.record_id %s limit $2',
        case when v_is_sorted then format('w.%I::text', v_column) else 'null::text' end, v_join, v_query,
        case when p_after_id is null then ''
            when v_is_sorted then format(' and (w.%I, w.record_number, w.record_id) %s ($3::%s, $4, $5)', v_column, v_after,
                case v_column when 'number_value' then 'float8' when 'time_value' then 'timestamptz' else 'text' end)
            else format(' and (w.record_number, w.record_id) %s ($4, $5)', v_after) end,
        case when v_is_sorted then format('w.%I %s,', v_column, v_direction) else '' end, v_direction, v_direction)
    using v_org, p_limit, p_after_value, p_after_number, p_after_id;
end
$$;
comment on function traveler.records_by_attributes is 'The ids of a page of the records that have values of attributes, or that are sorted by one, each once and in order (F4).';

-- Attributes that come in with tables (E2, F2): a column `attribute.KEY` holds a text, as an export writes it; in JSON the member `attributes` holds the
-- document that any request gives. No column that is built in has a point in its name, so neither can be taken for the other.

-- A text of a cell as the value that it stands for. What it can't stand for stays a text, which the definition refuses in its own words.
create or replace function traveler_private.attribute_cell(p_type text, p_text text) returns jsonb
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_list jsonb;
begin
    if p_type = 'boolean' and p_text in ('true', 'false') then
        return to_jsonb(p_text = 'true');
    elsif p_type = 'multiselect' then
        -- As an export writes several values; an option whose name begins with a bracket is no such list.
        if starts_with(p_text, '[') then
            begin
                v_list := p_text::jsonb;
                return v_list;
            exception when data_exception or statement_too_complex then
                null;
            end;
        end if;
        return to_jsonb(traveler_private.import_list(to_jsonb(p_text)));
    end if;
    return to_jsonb(p_text);
end
$$;
comment on function traveler_private.attribute_cell is 'The value that the text of a cell stands for, by the type of the attribute. Several are a JSON list, as an export writes them, or have semicolons between them (E2).';

-- What rows, and the steps in them, give as cells goes into their documents. Only what is no text by itself asks for more than a look at its type.
create or replace function traveler_private.typed_documents(p_rows jsonb, p_types jsonb, p_step_types jsonb) returns jsonb
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(jsonb_agg(case when jsonb_typeof(e.value) <> 'object' then e.value else e.value
            || case when g.given is null then '{}' else jsonb_build_object('attributes', g.given) end
            || case when jsonb_typeof(e.value -> 'steps') = 'array'
                then jsonb_build_object('steps', traveler_private.typed_documents(e.value -> 'steps', p_step_types, p_step_types)) else '{}' end end order by e.ordinality), '[]')
        from jsonb_array_elements(p_rows) with ordinality e
        left join lateral (
            select jsonb_object_agg(x.key, case when jsonb_typeof(x.value) in ('object', 'array') then x.value when p_types ->> x.key in ('boolean', 'multiselect')
                then traveler_private.attribute_cell(p_types ->> x.key, x.value #>> '{}') else to_jsonb(x.value #>> '{}') end) as given
            from (select substr(c.key, 11) as key, c.value from jsonb_each(case jsonb_typeof(e.value) when 'object' then e.value else '{}' end) c
                where starts_with(c.key, 'attribute.') and c.value <> 'null') x) cell on true
        cross join lateral (select case when jsonb_typeof(e.value -> 'attributes') in ('object', 'null') then coalesce(nullif(e.value -> 'attributes', 'null'), '{}') || coalesce(cell.given, '{}')
            else coalesce(e.value -> 'attributes', cell.given) end as given) g
    );
end
$$;
comment on function traveler_private.typed_documents is 'The rows of an import, and the steps in them, with their cells of attributes as values in the document attributes; where both give an attribute, the cell does.';

create or replace function traveler_private.typed_rows(p_kind text, p_rows jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_types jsonb;
begin
    -- Most tables have none: that is seen by the names of their columns alone. Those of steps stand deeper.
    if p_kind not in ('inventory', 'procedures') or p_kind = 'inventory' and not exists (
        select from jsonb_array_elements(p_rows) e cross join lateral jsonb_object_keys(e.value) k where starts_with(k, 'attribute')) then
        return null;
    end if;
    select coalesce(jsonb_object_agg(x.record, x.types), '{}') into v_types
    from (select d.record, jsonb_object_agg(d.key, d.type) as types from traveler.attribute_definition d where d.org_id = traveler_private.org() group by d.record) x;
    return traveler_private.typed_documents(p_rows, v_types -> case p_kind when 'inventory' then 'part_inventory' else 'procedure' end, v_types -> 'run_step');
end
$$;
comment on function traveler_private.typed_rows is 'The rows of an import with the attributes of each as a document; null where no row can have any.';

-- Judged in one set by the definitions, as the trigger of each record judges when the row is written. What must be there from creation on is of
-- runs alone, which no import makes. A step's attributes have a prefix more, since its row may be that of its procedure as well.
create or replace function traveler_private.import_attribute_faults(p_record text, p_rows jsonb) returns table (row_number integer, column_name text, code text, detail text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_prefix text := case p_record when 'run_step' then 'step_attribute.' else 'attribute.' end;
begin
    return query
        with given as materialized (
            select r."row", r.attributes, coalesce('Step ' || left(r.step, 100) || ': ', '') as place, case when jsonb_typeof(r.attributes) <> 'object' then 'attributes_invalid'
                when octet_length(r.attributes::text) > 65536 then 'attributes_too_large' end as wrong
            from jsonb_to_recordset(p_rows) r ("row" integer, step text, attributes jsonb) where r.attributes <> '{}'
        )
        select g."row", left(v_prefix, -1) || 's', g.wrong, g.place || traveler_private.attribute_sentence(g.wrong) from given g where g.wrong is not null
        union all
        select g."row", v_prefix || left(k.key, 100), coalesce(f.code, v.code),
            format('%s"%s" %s.', g.place, coalesce(d.label, left(k.key, 100)), coalesce(traveler_private.attribute_sentence(f.code), v.fault))
        from given g
        cross join lateral jsonb_each(case when g.wrong is null then g.attributes else '{}' end) k
        left join traveler.attribute_definition d on d.org_id = traveler_private.org() and d.record = p_record and d.key = k.key
        cross join lateral (select case when d.id is null then 'attribute_unknown' when k.value <> 'null' and d.archived_at is not null then 'attribute_archived' end as code) f
        left join lateral (select a.code, a.fault from traveler_private.attribute_value(d, k.value) a where f.code is null and k.value <> 'null') v on true
        where coalesce(f.code, v.code) is not null;
end
$$;
comment on function traveler_private.import_attribute_faults is 'What is wrong with the attributes of rows that are to be records, {row, attributes, step?} each (F2).';

-- Datagrids (P4): typed columns times rows. The definition is
-- {"columns": [{"key", "label", "type", "unit"?, "options"?, "required"?, "minimum"?, "maximum"?}], "minimum_rows", "maximum_rows"},
-- the value a list of rows, each an object of cells by the columns' keys. A cell takes what a field of its column's type takes.

-- What is wrong with a definition; null when nothing is.
create or replace function traveler_private.datagrid_fault(p_grid jsonb) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    c jsonb;
    v_keys text[] := array[]::text[];
    v_key text;
    v_decimal constant text := '^-?[0-9]{1,30}(\.[0-9]{1,30})?$';
begin
    if jsonb_typeof(p_grid) <> 'object' or jsonb_typeof(p_grid -> 'columns') is distinct from 'array'
        or p_grid - array['columns', 'minimum_rows', 'maximum_rows'] <> '{}' then
        return 'is an object of columns, minimum_rows and maximum_rows';
    end if;
    if jsonb_array_length(p_grid -> 'columns') not between 1 and 50 then
        return 'has 1 to 50 columns';
    end if;
    if (p_grid ->> 'minimum_rows' ~ '^[0-9]{1,4}$' and p_grid ->> 'maximum_rows' ~ '^[0-9]{1,4}$') is not true
        or (p_grid ->> 'maximum_rows')::integer not between 1 and 1000 or (p_grid ->> 'minimum_rows')::integer > (p_grid ->> 'maximum_rows')::integer then
        return 'takes 1 to 1,000 rows, and no fewer at most than at least';
    end if;
    for c in select e from jsonb_array_elements(p_grid -> 'columns') e loop
        v_key := c ->> 'key';
        if jsonb_typeof(c) <> 'object' or c - array['key', 'label', 'type', 'unit', 'options', 'required', 'minimum', 'maximum'] <> '{}' then
            return 'has a column with a member that columns have not';
        end if;
        if (v_key ~ '^[a-z][a-z0-9_]{0,62}$') is not true or v_key = any (v_keys) then
            return 'names each column by a key of its own: lower-case letters, digits and _';
        end if;
        v_keys := v_keys || v_key;
        if (char_length(c ->> 'label') between 1 and 200) is not true then
            return format('gives column %s a label of 1 to 200 characters', v_key);
        end if;
        if (c ->> 'type' = any (array['text', 'number', 'boolean', 'pass_fail', 'date', 'datetime', 'select', 'multiselect', 'user', 'part'])) is not true then
            return format('has no such type of column as that of %s', v_key);
        end if;
        if coalesce(jsonb_typeof(c -> 'required'), 'boolean') <> 'boolean' then
            return format('says of column %s whether it is required by true or false', v_key);
        end if;
        if (c ->> 'type' in ('select', 'multiselect')) <> (c -> 'options' is not null and c -> 'options' <> 'null') or (case jsonb_typeof(c -> 'options')
                when 'array' then jsonb_array_length(c -> 'options') not between 1 and 1000
                    or exists (select from jsonb_array_elements(c -> 'options') o where jsonb_typeof(o) <> 'string')
                else c ->> 'options' is not null end) then
            return format('gives column %s options exactly if it is a select or multiselect', v_key);
        end if;
        if c ->> 'type' <> 'number' and num_nulls(c ->> 'unit', c ->> 'minimum', c ->> 'maximum') < 3 then
            return format('gives column %s a unit or limits, which only numbers have', v_key);
        end if;
        if char_length(c ->> 'unit') not between 1 and 20 or c ->> 'minimum' !~ v_decimal or c ->> 'maximum' !~ v_decimal
            or (c ->> 'minimum')::numeric > (c ->> 'maximum')::numeric then
            return format('gives column %s limits that are none', v_key);
        end if;
    end loop;
    return null;
end
$$;
comment on function traveler_private.datagrid_fault is 'What is wrong with the definition of a datagrid; null when nothing (P4).';

create or replace function traveler_private.guard_datagrid() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_fault text := traveler_private.datagrid_fault(new.datagrid);
begin
    perform traveler_private.demand(v_fault is null, 422, 'datagrid_invalid', 'P4', format('The datagrid "%s" %s.', new.name, v_fault));
    return new;
end
$$;
comment on function traveler_private.guard_datagrid is 'Trigger: the definition of a datagrid is one (P4).';
create or replace trigger _100_guard_datagrid before insert or update of datagrid on traveler.procedure_field
    for each row when (new.datagrid is not null) execute function traveler_private.guard_datagrid();
create or replace trigger _105_guard_datagrid before insert or update of datagrid on traveler.run_step_field
    for each row when (new.datagrid is not null) execute function traveler_private.guard_datagrid();

-- The definition as it is kept, from a draft's: limits as decimal strings, and how many rows in any case.
create or replace function traveler_private.datagrid_of(p_grid jsonb) returns jsonb
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    return case when jsonb_typeof(p_grid) = 'object' then jsonb_build_object(
        'minimum_rows', coalesce(p_grid -> 'minimum_rows', '0'), 'maximum_rows', coalesce(p_grid -> 'maximum_rows', '1000'),
        'columns', (select jsonb_agg(jsonb_strip_nulls(c.value || jsonb_build_object('required', coalesce((c.value ->> 'required')::boolean, true),
                'minimum', c.value ->> 'minimum', 'maximum', c.value ->> 'maximum')) order by c.ordinality)
            from jsonb_array_elements(p_grid -> 'columns') with ordinality c)) end;
end
$$;
comment on function traveler_private.datagrid_of is 'The definition of a datagrid as it is kept, from the document of a draft; null when there is none (P4).';

-- The value as it is kept: numbers as decimal strings, cells without a value left out. What is no grid at all stays for the guard to refuse.
create or replace function traveler_private.datagrid_value(p_grid jsonb, p_value jsonb) returns jsonb
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    if jsonb_typeof(p_value) <> 'array' then
        return p_value;
    end if;
    return (
        select coalesce(jsonb_agg(case when jsonb_typeof(r.value) = 'object' then (
                select coalesce(jsonb_object_agg(e.key, case when jsonb_typeof(e.value) = 'number' and c.type = 'number' then to_jsonb(e.value #>> '{}') else e.value end), '{}')
                from jsonb_each(r.value) e
                left join jsonb_to_recordset(p_grid -> 'columns') c (key text, type text) on c.key = e.key
                where e.value <> 'null') else r.value end order by r.ordinality), '[]')
        from jsonb_array_elements(p_value) with ordinality r);
end
$$;
comment on function traveler_private.datagrid_value is 'The value of a datagrid as it is kept: numbers as decimal strings, empty cells left out (P4).';

create or replace function traveler_private.datagrid_value_fault(f traveler.run_step_field) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_columns traveler.run_step_field[];
    v_required boolean[];
    v_keys text[];
    c traveler.run_step_field;
    v_row jsonb;
    v_rows integer := 0;
    v_fault text;
begin
    if jsonb_typeof(f.value) <> 'array' then
        return 'is a list of rows';
    end if;
    if jsonb_array_length(f.value) not between (f.datagrid ->> 'minimum_rows')::integer and (f.datagrid ->> 'maximum_rows')::integer then
        return format('takes %s to %s rows, not %s', f.datagrid ->> 'minimum_rows', f.datagrid ->> 'maximum_rows', jsonb_array_length(f.value));
    end if;
    for v_row in select d from jsonb_array_elements(f.datagrid -> 'columns') d loop
        c.org_id := f.org_id;
        c.id := f.id;
        c.name := v_row ->> 'label';
        c.type := v_row ->> 'type';
        c.options := case when v_row ? 'options' then array(select jsonb_array_elements_text(v_row -> 'options')) end;
        v_columns := v_columns || c;
        v_keys := v_keys || (v_row ->> 'key');
        v_required := v_required || (v_row ->> 'required')::boolean;
    end loop;
    for v_row in select r from jsonb_array_elements(f.value) r loop
        v_rows := v_rows + 1;
        if jsonb_typeof(v_row) <> 'object' then
            return format('has in row %s something that is no row', v_rows);
        end if;
        if v_row - v_keys <> '{}' then
            return format('has in row %s a cell of no column: %s', v_rows, (select min(k) from jsonb_object_keys(v_row - v_keys) k));
        end if;
        for i in 1 .. cardinality(v_keys) loop
            c := v_columns[i];
            c.value := v_row -> v_keys[i];
            if c.value is null then
                if v_required[i] then
                    return format('has no "%s" in row %s', c.name, v_rows);
                end if;
                continue;
            end if;
            v_fault := traveler_private.field_value_fault(c);
            if v_fault is not null then
                return format('has a wrong cell: "%s" in row %s %s', c.name, v_rows, v_fault);
            end if;
        end loop;
    end loop;
    return null;
end
$$;
comment on function traveler_private.datagrid_value_fault is 'What is wrong with the value of a datagrid: the first cell that its column refuses; null when nothing (P4).';

-- The cells outside their columns' limits, 100 at most; null when there is none.
create or replace function traveler_private.cells_out_of_range(p_grid jsonb, p_value jsonb) returns jsonb
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    if p_value is null or not exists (select from jsonb_array_elements(p_grid -> 'columns') c where c ? 'minimum' or c ? 'maximum') then
        return null;
    end if;
    return (
        select jsonb_agg(jsonb_build_object('row', x.ordinality, 'column', x.key, 'value', x.cell) order by x.ordinality, x.key) from (
            select r.ordinality, c.key, r.value ->> c.key as cell
            from jsonb_array_elements(p_value) with ordinality r
            cross join jsonb_to_recordset(p_grid -> 'columns') c (key text, minimum numeric, maximum numeric)
            -- Only columns of numbers have limits.
            where case when c.minimum is not null then (r.value ->> c.key)::numeric < c.minimum end
                or case when c.maximum is not null then (r.value ->> c.key)::numeric > c.maximum end
            order by r.ordinality, c.key collate "C" limit 100) x);
end
$$;
comment on function traveler_private.cells_out_of_range is 'The cells of a datagrid outside their columns'' limits, the first 100; null when there is none (P4).';

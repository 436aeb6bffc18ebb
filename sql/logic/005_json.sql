-- The fixed forms in which values leave the database as JSON.

create or replace function traveler.json_time(p_time timestamptz) returns text
language sql stable parallel safe
as $$ select to_char(p_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;
-- Stable, as to_char is: a function that promised more than its body keeps would not be inlined.
comment on function traveler.json_time is 'A time as RFC 3339 in UTC with microseconds, whatever the session''s time zone.';

create or replace function traveler.json_decimal(p_number numeric) returns text
language sql immutable parallel safe
as $$ select trim_scale(p_number)::text $$;
comment on function traveler.json_decimal is 'A quantity as a decimal string without trailing zeros.';

-- What can differ between two documents: scalars and empty containers, each under its path. An element of an array goes by the id
-- that it has, else by its place.
create or replace function traveler_private.json_leaves(p_document jsonb) returns table (path text, value jsonb)
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    with recursive node as (
        select '' as path, p_document as value
        union all
        select n.path || '/' || x.key, x.value
        from node n cross join lateral (
            select e.key, e.value from jsonb_each(case jsonb_typeof(n.value) when 'object' then n.value else '{}' end) e
            union all
            select coalesce(e.value ->> 'id', e.value ->> 'part_inventory_id', (e.ordinality - 1)::text), e.value
            from jsonb_array_elements(case jsonb_typeof(n.value) when 'array' then n.value else '[]' end) with ordinality e) x
    )
    select n.path, n.value from node n where jsonb_typeof(n.value) not in ('object', 'array') or n.value in ('{}', '[]');
end
$$;
comment on function traveler_private.json_leaves is 'The leaves of a JSON document with their paths; an array''s element goes by its id (C6).';

-- The other way round, numbers are taken in this one form, as a decimal string or a JSON number: 'NaN' and 'Infinity' are above
-- every bound, and what has more decimals than a column holds would be rounded in silence.
create or replace function traveler_private.decimal_of(p_text text) returns numeric
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    if p_text !~ '^-?[0-9]{1,30}(\.[0-9]{1,30})?$' then
        perform traveler_private.refuse(422, 'decimal_invalid', 'P4', format('%s is not a decimal number such as "12.50".', left(p_text, 50)));
    end if;
    return p_text::numeric;
end
$$;
comment on function traveler_private.decimal_of is 'A decimal number from its text; null from null (P4).';

create or replace function traveler_private.quantity_of(p_text text) returns numeric
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    if p_text !~ '^[0-9]{1,14}(\.[0-9]{1,6})?$' or p_text !~ '[1-9]' then
        perform traveler_private.refuse(422, 'quantity_invalid', 'I4',
            format('%s is not a quantity: above zero, with up to 14 digits before the point and 6 after it.', left(p_text, 50)));
    end if;
    return p_text::numeric;
end
$$;
comment on function traveler_private.quantity_of is 'A quantity from its text, exact to the column''s six decimals; null from null (I4).';

-- jsonb orders keys by length first; a canonical document orders them by their bytes (C5).
create or replace function traveler.canonical_json(p_value jsonb) returns text
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    case jsonb_typeof(p_value)
    when 'object' then
        return '{' || coalesce((
            select string_agg(to_json(e.key)::text || ':' || case when jsonb_typeof(e.value) in ('object', 'array')
                then traveler.canonical_json(e.value) else e.value::text end, ',' order by e.key collate "C")
            from jsonb_each(p_value) e), '') || '}';
    when 'array' then
        return '[' || coalesce((
            select string_agg(case when jsonb_typeof(e.value) in ('object', 'array')
                then traveler.canonical_json(e.value) else e.value::text end, ',' order by e.ordinality)
            from jsonb_array_elements(p_value) with ordinality e), '') || ']';
    else
        return p_value::text;
    end case;
end
$$;
comment on function traveler.canonical_json is 'JSON text with keys in byte order and no spaces: equal values, equal bytes.';

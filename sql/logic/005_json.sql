-- The fixed forms in which values leave the database as JSON.

create or replace function traveler.json_time(p_time timestamptz) returns text
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$ select to_char(p_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;
comment on function traveler.json_time is 'A time as RFC 3339 in UTC with microseconds, whatever the session''s time zone.';

create or replace function traveler.json_decimal(p_number numeric) returns text
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$ select trim_scale(p_number)::text $$;
comment on function traveler.json_decimal is 'A quantity as a decimal string without trailing zeros.';

-- jsonb orders keys by length first; a canonical document orders them by their bytes (C5).
create or replace function traveler.canonical_json(p_value jsonb) returns text
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    case jsonb_typeof(p_value)
    when 'object' then
        return '{' || coalesce((
            select string_agg(to_json(e.key)::text || ':' || traveler.canonical_json(e.value), ',' order by e.key collate "C")
            from jsonb_each(p_value) e), '') || '}';
    when 'array' then
        return '[' || coalesce((
            select string_agg(traveler.canonical_json(e.value), ',' order by e.ordinality)
            from jsonb_array_elements(p_value) with ordinality e), '') || ']';
    else
        return p_value::text;
    end case;
end
$$;
comment on function traveler.canonical_json is 'JSON text with keys in byte order and no spaces: equal values, equal bytes.';

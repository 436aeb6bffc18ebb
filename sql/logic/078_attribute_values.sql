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

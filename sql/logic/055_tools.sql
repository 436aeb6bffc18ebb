-- Tools and their calibration (P4).

create or replace function traveler.tool_json(p_tool uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', t.id, 'number', t.number, 'name', t.name, 'serial_number', t.serial_number,
            'calibration_due', to_char(t.calibration_due, 'YYYY-MM-DD'), 'overdue', coalesce(t.calibration_due < (now() at time zone 'UTC')::date, false),
            'archived_at', traveler.json_time(t.archived_at), 'created_at', traveler.json_time(t.created_at), 'version', t.version)
        from traveler.tool t where t.org_id = traveler.current_org() and t.id = p_tool
    );
end
$$;
comment on function traveler.tool_json is 'A tool as JSON; null when the org has no such tool.';

create or replace function traveler_private.day_of(p_text text) returns date
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    if p_text ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' then
        return p_text::date;
    end if;
    raise datetime_field_overflow;
exception when datetime_field_overflow or invalid_datetime_format then
    perform traveler_private.refuse(422, 'date_invalid', 'P4', format('%s is not a date such as "2026-02-28".', left(p_text, 50)));
    return null;
end
$$;
comment on function traveler_private.day_of is 'A day of the calendar from its text (P4).';

-- POST /v1/tools: {number, name, serial_number?, calibration_due?}
create or replace function traveler.create_tool(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_id uuid;
begin
    perform traveler_private.require('tool.edit');
    insert into traveler.tool (org_id, number, name, serial_number, calibration_due)
    values (traveler.current_org(), p_request ->> 'number', p_request ->> 'name', p_request ->> 'serial_number',
        case when p_request ->> 'calibration_due' is not null then traveler_private.day_of(p_request ->> 'calibration_due') end)
    returning id into v_id;
    return traveler.tool_json(v_id);
end
$$;
comment on function traveler.create_tool is 'Registers a tool (P4).';

-- PATCH /v1/tools/{id}: {name?, serial_number?, calibration_due?, archived?}; null clears the serial number or the day.
create or replace function traveler.change_tool(p_tool uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_now traveler.tool;
begin
    perform traveler_private.require('tool.edit');
    select * into v_now from traveler.tool t where t.org_id = traveler.current_org() and t.id = p_tool for no key update;
    perform traveler_private.demand(found, 404, 'tool_unknown', 'T1', 'There is no such tool.');
    perform traveler_private.expect_version('tool', p_tool, v_now.version, p_version);
    update traveler.tool t set
        name = coalesce(p_request ->> 'name', t.name),
        serial_number = case when p_request ? 'serial_number' then p_request ->> 'serial_number' else t.serial_number end,
        calibration_due = case when p_request ->> 'calibration_due' is not null then traveler_private.day_of(p_request ->> 'calibration_due')
            when p_request ? 'calibration_due' then null else t.calibration_due end,
        archived_at = case (p_request ->> 'archived')::boolean when true then coalesce(t.archived_at, now()) when false then null else t.archived_at end
    where t.org_id = traveler.current_org() and t.id = p_tool;
    return traveler.tool_json(p_tool);
end
$$;
comment on function traveler.change_tool is 'Changes a tool, records its calibration or archives it; its number stays (P4).';

create or replace function traveler_private.guard_tool_number() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'tool_identity', 'P4', 'A tool''s number never changes: values name the tool by it.', 'Register another tool.');
    return null;
end
$$;
comment on function traveler_private.guard_tool_number is 'Trigger: a tool keeps its number (P4).';
create or replace trigger _100_guard_tool_number before update of number on traveler.tool
    for each row when (old.number <> new.number) execute function traveler_private.guard_tool_number();

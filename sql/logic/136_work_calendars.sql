-- H3: when work centers work.

-- Whoever writes a calendar, it has a zone that there is, days that there are, and an hour in which somebody works.
create or replace function traveler_private.guard_work_calendar() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_wrong text;
begin
    perform traveler_private.require('location.edit');
    perform traveler_private.demand(exists (select from pg_timezone_names z where z.name = new.time_zone and z.name !~ '^(posix|right)/' and z.name not in ('localtime', 'posixrules', 'Factory')), 422, 'time_zone_unknown', 'H3',
        format('There is no time zone "%s".', left(new.time_zone, 100)), 'Give a name of the IANA database, such as "Europe/Berlin".');
    perform traveler_private.demand(jsonb_typeof(new.shifts) = 'array' and jsonb_typeof(new.holidays) = 'array' and jsonb_typeof(new.extra_days) = 'array', 422, 'calendar_invalid', 'H3',
        'Shifts, holidays and extra days are arrays.');
    perform traveler_private.demand(jsonb_array_length(new.shifts) > 0, 422, 'no_working_hour', 'H3', format('Nobody ever works by the calendar "%s".', new.name), 'Give a shift.');
    perform traveler_private.demand(jsonb_array_length(new.shifts) <= 672 and jsonb_array_length(new.holidays) <= 10000 and jsonb_array_length(new.extra_days) <= 10000, 422, 'calendar_invalid', 'H3',
        'A calendar has 672 shifts a week at most, and 10,000 holidays and extra days.');
    select x.value::text into v_wrong from jsonb_array_elements(new.shifts) x
    where not coalesce(jsonb_typeof(x.value) = 'object' and x.value -> 'weekday' in ('1', '2', '3', '4', '5', '6', '7')
        and x.value ->> 'start' ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$' and x.value ->> 'end' ~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'
        and x.value - array['weekday', 'start', 'end'] = '{}', false) limit 1;
    perform traveler_private.demand(not found, 422, 'calendar_invalid', 'H3', format('%s is no shift.', left(v_wrong, 200)), 'Give weekday (1 to 7), start and end ("08:00").');
    select x.value::text into v_wrong from jsonb_array_elements(new.extra_days) x
    where not coalesce(jsonb_typeof(x.value) = 'object' and x.value -> 'weekday' in ('1', '2', '3', '4', '5', '6', '7') and jsonb_typeof(x.value -> 'date') = 'string'
        and x.value - array['weekday', 'date'] = '{}', false) limit 1;
    perform traveler_private.demand(not found, 422, 'calendar_invalid', 'H3', format('%s is no extra day.', left(v_wrong, 200)), 'Give date and weekday (1 to 7).');
    select x.value::text into v_wrong from jsonb_array_elements(new.holidays) x where jsonb_typeof(x.value) <> 'string' limit 1;
    perform traveler_private.demand(not found, 422, 'calendar_invalid', 'H3', format('%s is no holiday.', left(v_wrong, 200)), 'Give dates such as "2027-12-25".');
    -- Each day is judged, however many there are.
    perform count(traveler_private.day_of(d)) from (
        select jsonb_array_elements_text(new.holidays) as d union all select x ->> 'date' from jsonb_array_elements(new.extra_days) x) y;
    select x ->> 'date' into v_wrong from jsonb_array_elements(new.extra_days) x group by 1 having count(*) > 1 limit 1;
    perform traveler_private.demand(not found, 422, 'calendar_invalid', 'H3', format('%s is an extra day twice.', v_wrong));
    return new;
end
$$;
comment on function traveler_private.guard_work_calendar is 'Trigger: a calendar names a zone, days and shifts that there are, and one shift at least (H3).';
create or replace trigger _100_guard_work_calendar before insert or update of name, time_zone, shifts, holidays, extra_days on traveler.work_calendar
    for each row execute function traveler_private.guard_work_calendar();

create or replace function traveler.work_calendar_json(p_calendar uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
begin
    return (
        select jsonb_build_object('id', c.id, 'name', c.name, 'time_zone', c.time_zone, 'shifts', c.shifts, 'holidays', c.holidays, 'extra_days', c.extra_days,
            'location_ids', (select coalesce(jsonb_agg(l.id order by l.id), '[]') from traveler.location l where l.org_id = v_org and l.work_calendar_id = c.id),
            'created_at', traveler.json_time(c.created_at), 'version', c.version)
        from traveler.work_calendar c where c.org_id = v_org and c.id = p_calendar
    );
end
$$;
comment on function traveler.work_calendar_json is 'A calendar and the work centers that work by it; null when the org has no such calendar.';

-- POST /v1/work-calendars: {name, time_zone, shifts, holidays?, extra_days?}
create or replace function traveler.create_work_calendar(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_id uuid;
begin
    perform traveler_private.require('location.edit');
    insert into traveler.work_calendar (org_id, name, time_zone, shifts, holidays, extra_days)
    values (traveler.current_org(), p_request ->> 'name', p_request ->> 'time_zone', p_request -> 'shifts', coalesce(p_request -> 'holidays', '[]'), coalesce(p_request -> 'extra_days', '[]'))
    returning id into v_id;
    return traveler.work_calendar_json(v_id);
end
$$;
comment on function traveler.create_work_calendar is 'Writes down when work centers work (H3).';

-- PATCH /v1/work-calendars/{id}: any of the same members
create or replace function traveler.change_work_calendar(p_calendar uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now integer;
begin
    perform traveler_private.require('location.edit');
    select c.version into v_now from traveler.work_calendar c where c.org_id = v_org and c.id = p_calendar for no key update;
    perform traveler_private.demand(found, 404, 'work_calendar_unknown', 'T1', 'There is no such calendar.');
    perform traveler_private.expect_version('work_calendar', p_calendar, v_now, p_version);
    update traveler.work_calendar c set name = coalesce(p_request ->> 'name', c.name), time_zone = coalesce(p_request ->> 'time_zone', c.time_zone),
        shifts = coalesce(p_request -> 'shifts', c.shifts), holidays = coalesce(p_request -> 'holidays', c.holidays), extra_days = coalesce(p_request -> 'extra_days', c.extra_days)
    where c.org_id = v_org and c.id = p_calendar;
    return traveler.work_calendar_json(p_calendar);
end
$$;
comment on function traveler.change_work_calendar is 'Changes when work centers work; what is planned already stays until it is planned anew (H3).';

-- PATCH /v1/locations/{id}: {work_calendar_id?, capacity?}; null takes back.
create or replace function traveler.change_location(p_location uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.location;
begin
    perform traveler_private.require('location.edit');
    select * into v_now from traveler.location l where l.org_id = v_org and l.id = p_location for no key update;
    perform traveler_private.demand(found, 404, 'location_unknown', 'T1', 'There is no such location.');
    perform traveler_private.expect_version('location', p_location, v_now.version, p_version);
    update traveler.location l set
        work_calendar_id = case when p_request ? 'work_calendar_id' then (p_request ->> 'work_calendar_id')::uuid else l.work_calendar_id end,
        capacity = case when p_request ? 'capacity' then (p_request ->> 'capacity')::integer else l.capacity end
    where l.org_id = v_org and l.id = p_location;
    return traveler.location_json(p_location);
end
$$;
comment on function traveler.change_location is 'Says by which calendar a work center works, and how much it takes at a time (H3).';

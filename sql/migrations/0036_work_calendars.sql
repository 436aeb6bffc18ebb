-- previous: 50956898b305652bf2041491ed4c213fe2898e92ca204b8a4fa30b227125bdb9
-- When work centers work, and how much at a time (H3).

create table traveler.work_calendar (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    name text not null,
    time_zone text not null,
    shifts jsonb not null,
    holidays jsonb not null default '[]',
    extra_days jsonb not null default '[]',
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint work_calendar_pkey primary key (org_id, id),
    constraint work_calendar_name_key unique (org_id, name),
    constraint work_calendar_name_length check (char_length(name) between 1 and 200)
);
alter table traveler.work_calendar add constraint work_calendar_org_fkey foreign key (org_id) references traveler.org (org_id);
comment on table traveler.work_calendar is 'When work centers work: shifts of the week by the clock of a zone, less holidays, plus extra days (H3).';
comment on column traveler.work_calendar.time_zone is 'A name of the IANA database.';
comment on column traveler.work_calendar.shifts is 'Array of {weekday, start, end}: ISO weekday 1 to 7, times HH:MM; an end at or before the start is on the next day. A shift belongs to the day on which it starts.';
comment on column traveler.work_calendar.holidays is 'Array of dates on which no shift starts.';
comment on column traveler.work_calendar.extra_days is 'Array of {date, weekday}: dates that have the shifts of that weekday, even where they are holidays.';

alter table traveler.location
    add column work_calendar_id uuid,
    add column capacity integer;
alter table traveler.location
    add constraint location_work_calendar_fkey foreign key (org_id, work_calendar_id) references traveler.work_calendar (org_id, id) not valid,
    add constraint location_capacity_positive check (capacity between 1 and 10000),
    add constraint location_plans_a_work_center check (work_center or work_calendar_id is null and capacity is null);
-- The owner, without a context, would ask the policies.
reset role;
alter table traveler.location validate constraint location_work_calendar_fkey;
set local role traveler_owner;
create index location_by_work_calendar on traveler.location (org_id, work_calendar_id) where work_calendar_id is not null;
comment on column traveler.location.work_calendar_id is 'When the work center works; null: around the clock (H3).';
comment on column traveler.location.capacity is 'How many steps the work center takes at a time; null: any number (H3).';

-- previous: 9a3e21653f0076341d4f9892b83b3f8321e9c75d1cedbf9a2721c559cda13ca2
-- When runs and their steps are planned (H1): what somebody said, and what follows for what they are in.

alter table traveler.run_step
    add column scheduled_start timestamptz,
    add column scheduled_end timestamptz;
alter table traveler.run_step
    add constraint run_step_schedule_in_order check (scheduled_start <= scheduled_end),
    add constraint run_step_schedule_is_a_time check (isfinite(scheduled_start) and isfinite(scheduled_end));
comment on column traveler.run_step.scheduled_start is 'When the step is planned to start: said by somebody, never by its start (H1).';
comment on column traveler.run_step.scheduled_end is 'When the step is planned to end: said by somebody, never by its end (H1).';

alter table traveler.run
    add column scheduled_start timestamptz,
    add column scheduled_end timestamptz,
    add column due_at timestamptz;
alter table traveler.run
    add constraint run_schedule_in_order check (scheduled_start <= scheduled_end),
    add constraint run_schedule_is_a_time check (isfinite(scheduled_start) and isfinite(scheduled_end) and isfinite(due_at));
comment on column traveler.run.scheduled_start is 'When the run is planned to start: said by somebody; it wins over its steps (H1).';
comment on column traveler.run.scheduled_end is 'When the run is planned to end: said by somebody; it wins over its steps (H1).';
comment on column traveler.run.due_at is 'When the run has to be done (H1).';

-- Rows of their own: a change of one step's plan is not one of all that it is in, and costs none of what that does.
create table traveler.nested_schedule (
    org_id uuid not null,
    run_step_id uuid not null,
    run_id uuid not null,
    starts timestamptz,
    ends timestamptz,
    constraint nested_schedule_pkey primary key (org_id, run_step_id)
) with (fillfactor = 80);
alter table traveler.nested_schedule
    add constraint nested_schedule_step_fkey foreign key (org_id, run_id, run_step_id) references traveler.run_step (org_id, run_id, id);
create index nested_schedule_by_run on traveler.nested_schedule (org_id, run_id);
comment on table traveler.nested_schedule is 'Derived: when the steps nested in a step are planned, canceled ones left out; no row where none ever was (H1, H2). It is no record and has no history.';
comment on column traveler.nested_schedule.starts is 'The earliest effective start of them.';
comment on column traveler.nested_schedule.ends is 'The latest effective end of them.';

create table traveler.run_schedule (
    org_id uuid not null,
    run_id uuid not null,
    steps_start timestamptz,
    steps_end timestamptz,
    effective_start timestamptz,
    effective_end timestamptz,
    span_start timestamptz generated always as (least(effective_start, effective_end)) stored,
    span_end timestamptz generated always as (greatest(effective_start, effective_end)) stored,
    span_class smallint generated always as (
        ceil(ln(greatest(extract(epoch from greatest(effective_start, effective_end) - least(effective_start, effective_end))::float8, 1)) / ln(2::float8))::smallint) stored,
    constraint run_schedule_pkey primary key (org_id, run_id)
) with (fillfactor = 80);
alter table traveler.run_schedule
    add constraint run_schedule_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id);
create index run_schedule_by_span on traveler.run_schedule (org_id, span_class, span_start);
comment on table traveler.run_schedule is 'Derived: when a run is planned, as was said or as its steps are; no row where it never was (H1, H2). It is no record and has no history.';
comment on column traveler.run_schedule.steps_start is 'The earliest effective start of its steps.';
comment on column traveler.run_schedule.steps_end is 'The latest effective end of its steps.';
comment on column traveler.run_schedule.effective_start is 'The planned start that counts: what was said of the run, else that of its steps.';
comment on column traveler.run_schedule.effective_end is 'The planned end that counts: what was said of the run, else that of its steps.';
comment on column traveler.run_schedule.span_start is 'The earlier of the two, or the one there is.';
comment on column traveler.run_schedule.span_end is 'The later of the two, or the one there is.';
comment on column traveler.run_schedule.span_class is 'The span lasts at most two to this power of seconds: so a window finds what overlaps it by its start, class by class (H5).';

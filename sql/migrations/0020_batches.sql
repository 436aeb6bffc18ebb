-- previous: 8a4bcecba890bf396a74cf9135539543075444a80c6a90488f5858b60eccc672
-- Batches: runs whose sibling steps change together (K1-K6).

create table traveler.batch (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    number bigint not null,
    title text not null,
    created_by text not null,
    created_at timestamptz not null default now(),
    dissolved_by text,
    dissolved_at timestamptz,
    version integer not null default 1,
    constraint batch_pkey primary key (org_id, id),
    constraint batch_number_key unique (org_id, number),
    constraint batch_title_length check (char_length(trim(title)) between 1 and 200),
    constraint batch_dissolving_is_whole check (num_nulls(dissolved_by, dissolved_at) in (0, 2))
);
alter table traveler.batch add constraint batch_org_fkey foreign key (org_id) references traveler.org (org_id);
comment on table traveler.batch is 'Runs that are worked as one: a change to a step of one changes its siblings in the others (K1, K3).';
comment on column traveler.batch.dissolved_at is 'When all its runs left, at once.';

create table traveler.batch_run (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    batch_id uuid not null,
    run_id uuid not null,
    joined_by text not null,
    created_at timestamptz not null default now(),
    left_by text,
    left_at timestamptz,
    left_reason text,
    version integer not null default 1,
    constraint batch_run_pkey primary key (org_id, id),
    constraint batch_run_leaving_is_whole check (num_nulls(left_by, left_at, left_reason) in (0, 3)),
    constraint batch_run_left_reason_length check (char_length(trim(left_reason)) between 1 and 1000)
);
alter table traveler.batch_run
    add constraint batch_run_batch_fkey foreign key (org_id, batch_id) references traveler.batch (org_id, id),
    add constraint batch_run_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id);
create unique index batch_run_live_key on traveler.batch_run (org_id, run_id) where left_at is null;
create index batch_run_by_batch on traveler.batch_run (org_id, batch_id);
create index batch_run_by_run on traveler.batch_run (org_id, run_id);
comment on table traveler.batch_run is 'A run in a batch: at most one at a time (K1); left_at takes it out again (K4).';

alter table traveler.run_step add column sibling_id uuid;
create index run_step_by_sibling on traveler.run_step (org_id, sibling_id) where sibling_id is not null;
comment on column traveler.run_step.sibling_id is 'Derived: what the step and its siblings in the runs of a batch have in common (K2); null outside a batch, and for a step that is like none there.';

-- K3: whether a value is one for all runs of a batch, or each run's own.
alter table traveler.procedure_field add column batch_scope text;
alter table traveler.procedure_field add constraint procedure_field_batch_scope check (batch_scope in ('per_run', 'shared'));
alter table traveler.run_step_field add column batch_scope text;
alter table traveler.run_step_field add constraint run_step_field_batch_scope check (batch_scope in ('per_run', 'shared'));
comment on column traveler.procedure_field.batch_scope is 'Whether the value is each run''s own in a batch, or shared; by the type where it says nothing (K3).';
comment on column traveler.run_step_field.batch_scope is 'Whether the value is each run''s own in a batch, or shared; by the type where it says nothing (K3).';

-- K6: one session over several siblings is a row for each, of which each has its part of the time.
alter table traveler.labor_session
    add column divided_id uuid,
    add column divided_by integer not null default 1,
    add column divided_place integer not null default 1;
alter table traveler.labor_session add constraint labor_session_division check (
    divided_place between 1 and divided_by and (divided_id is not null or divided_by = 1));
create index labor_session_by_division on traveler.labor_session (org_id, divided_id) where divided_id is not null;
comment on column traveler.labor_session.divided_id is 'What the rows of one session over several siblings of a batch have in common (K6).';
comment on column traveler.labor_session.divided_by is 'Over how many siblings the session is divided: its time counts once.';
comment on column traveler.labor_session.divided_place is 'Which of the parts this row has, so that whole seconds add up.';

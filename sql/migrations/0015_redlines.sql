-- previous: a0407005170d7ce3d5bb6ac6757b3794e130005a8576525293db07e66ff02242
-- Redlines (D1, D3, D6): recorded changes to the steps of one run, and what they withdraw.

create table traveler.redline (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    run_step_id uuid not null,
    number integer not null default 0,
    kind text not null default 'modify',
    state text not null default 'open',
    reason text not null,
    author text not null default '',
    came_from text,
    before jsonb,
    after jsonb,
    opened_at timestamptz not null default now(),
    closed_by text,
    closed_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint redline_pkey primary key (org_id, id),
    constraint redline_number_key unique (org_id, run_id, number),
    constraint redline_kind check (kind in ('add', 'modify', 'remove')),
    constraint redline_state check (state in ('open', 'submitted', 'approved', 'rejected', 'released', 'canceled')),
    constraint redline_reason_length check (char_length(trim(reason)) between 1 and 1000),
    constraint redline_came_from check (came_from in ('todo', 'in_progress', 'hold', 'failed', 'completed')),
    constraint redline_before_is_whole check (num_nulls(came_from, before) = case kind when 'add' then 2 else 0 end),
    constraint redline_closing_is_whole check (num_nulls(closed_by, closed_at, after) = case when state in ('released', 'canceled') then 0 else 3 end)
);
-- An added step is made under its redline, so the redline is there first.
alter table traveler.redline
    add constraint redline_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id),
    add constraint redline_step_fkey foreign key (org_id, run_id, run_step_id) references traveler.run_step (org_id, run_id, id)
        deferrable initially deferred;
create unique index redline_open_key on traveler.redline (org_id, run_step_id) where closed_at is null;
create index redline_by_step on traveler.redline (org_id, run_step_id, number);
comment on table traveler.redline is 'A recorded change to one step of a run: its row is what moves the step into redline and out of it (D1, D3).';
comment on column traveler.redline.number is 'The number that people say: counted per run from 1.';
comment on column traveler.redline.kind is 'add: the step was made by it; modify; remove: releasing it withdraws the step (D6).';
comment on column traveler.redline.came_from is 'The state that the step was in; canceling brings it back there. Null for an added step.';
comment on column traveler.redline.before is 'The step as it was: definition with fields and upstream dependencies, and under "state" what canceling restores of its state.';
comment on column traveler.redline.after is 'The step''s definition as it was when the redline was closed: what was released, or what a canceled one proposed.';

alter table traveler.run_step add column withdrawn_at timestamptz;
alter table traveler.run_step_field add column withdrawn_at timestamptz;
alter table traveler.run_step_edge add column withdrawn_at timestamptz;
create index run_step_withdrawn_by_run on traveler.run_step (org_id, run_id) where withdrawn_at is not null;
comment on column traveler.run_step.withdrawn_at is 'When a redline withdrew it: it is canceled for good, and counts nowhere (D6).';
comment on column traveler.run_step_field.withdrawn_at is 'When a redline withdrew it: it is asked no more; a value that it had stays in the record (D1, T4).';
comment on column traveler.run_step_edge.withdrawn_at is 'When a redline withdrew it: the downstream step waits for the upstream one no more (A4, T4).';

-- A dependency that was withdrawn may be added again.
alter table traveler.run_step_edge drop constraint run_step_edge_ends_key;
create unique index run_step_edge_ends_key on traveler.run_step_edge (org_id, downstream_id, upstream_id) where withdrawn_at is null;

-- What a redline writes is no copy of what a procedure's constraints have judged. What is there is.
alter table traveler.run_step
    add constraint run_step_withdrawn check (withdrawn_at is null or state = 'canceled') not valid,
    add constraint run_step_lead_time_not_negative check (lead_time_seconds >= 0) not valid;
alter table traveler.run_step_field
    add constraint run_step_field_range check (minimum <= maximum) not valid,
    add constraint run_step_field_tolerance check (
        case when target is null then tolerance_minus is null and tolerance_plus is null
             else minimum is null and maximum is null and tolerance_minus is not null and tolerance_plus is not null and tolerance_minus >= 0 and tolerance_plus >= 0 end) not valid;
alter table traveler.run_step validate constraint run_step_withdrawn;
alter table traveler.run_step validate constraint run_step_lead_time_not_negative;
alter table traveler.run_step_field validate constraint run_step_field_range;
alter table traveler.run_step_field validate constraint run_step_field_tolerance;

-- From redline to one state lead two acts: release and cancellation.
alter table traveler.step_transition drop constraint step_transition_pkey;
alter table traveler.step_transition add constraint step_transition_pkey primary key (from_state, to_state, act);

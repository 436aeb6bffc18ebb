-- previous: 965ffa7b19842e9bd74d85da033e1088b4e909c497b2478186f2a5f6b15a552c
-- Runs: steps, dependencies, fields with values, labor sessions, build requirements, installations, as-built records.

-- S2 as data: the guard, the acts and the documents read this one table.
create table traveler.step_transition (
    from_state text not null,
    to_state text not null,
    permission text not null,
    act text not null,
    rule text not null,
    reason text not null default 'none',
    constraint step_transition_reason check (reason in ('none', 'org', 'required')),
    constraint step_transition_pkey primary key (from_state, to_state),
    constraint step_transition_from check (from_state in ('todo', 'in_progress', 'hold', 'redline', 'completed', 'failed', 'canceled')),
    constraint step_transition_to check (to_state in ('todo', 'in_progress', 'hold', 'redline', 'completed', 'failed', 'canceled')),
    constraint step_transition_moves check (from_state <> to_state)
);
alter table traveler.step_transition
    add constraint step_transition_permission_fkey foreign key (permission) references traveler.permission (name);
comment on column traveler.step_transition.reason is 'Whether the move needs a reason: none, required, or as the org says for the act (S10).';
comment on table traveler.step_transition is 'The moves that a run step can make (S2), each with the permission it needs. A move that is not here is refused.';

create table traveler.run (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    number bigint not null,
    title text not null,
    procedure_id uuid not null,
    part_id uuid not null,
    quantity numeric(20, 6) not null,
    created_by uuid,
    created_at timestamptz not null default now(),
    -- derived
    held_act uuid,
    started_at timestamptz,
    completed_at timestamptz,
    completed_by text,
    completion_number integer not null default 0,
    steps_todo integer not null default 0,
    steps_in_progress integer not null default 0,
    steps_hold integer not null default 0,
    steps_redline integer not null default 0,
    steps_completed integer not null default 0,
    steps_failed integer not null default 0,
    steps_canceled integer not null default 0,
    steps_total integer not null generated always as (
        steps_todo + steps_in_progress + steps_hold + steps_redline + steps_completed + steps_failed + steps_canceled) stored,
    status text not null generated always as (
        case when steps_redline > 0 then 'redline'
             when steps_hold > 0 then 'hold'
             when steps_failed > 0 then 'failed'
             when steps_in_progress > 0 then 'in_progress'
             when steps_canceled > 0 and steps_todo + steps_completed = 0 then 'canceled'
             when completed_at is not null and steps_canceled = 0 then 'complete'
             when completed_at is not null then 'partial_complete'
             when steps_completed > 0 then 'in_progress'
             else 'todo' end) stored,
    version integer not null default 1,
    constraint run_pkey primary key (org_id, id),
    constraint run_number_key unique (org_id, number),
    constraint run_title_length check (char_length(title) between 1 and 200),
    constraint run_quantity_positive check (quantity > 0 and quantity < 'Infinity'),
    constraint run_counters_not_negative check (
        least(steps_todo, steps_in_progress, steps_hold, steps_redline, steps_completed, steps_failed, steps_canceled) >= 0),
    constraint run_completed_has_number check (completed_at is null or completion_number > 0)
) with (fillfactor = 70);
alter table traveler.run
    add constraint run_procedure_fkey foreign key (org_id, procedure_id) references traveler.procedure (org_id, id),
    add constraint run_part_fkey foreign key (org_id, part_id) references traveler.part (org_id, id),
    add constraint run_created_by_fkey foreign key (org_id, created_by) references traveler.user_account (org_id, id);
create index run_by_status on traveler.run (org_id, status, number);
create index run_by_part on traveler.run (org_id, part_id, number);
create index run_by_procedure on traveler.run (org_id, procedure_id, number);
comment on table traveler.run is 'One execution of a procedure against one part inventory (P2). Its status is derived from its steps (R1, R2).';
comment on column traveler.run.held_act is 'The act that put the run on hold as a whole; releasing the run frees what that act held, and no more (S15).';
comment on column traveler.run.number is 'The number that people say: counted per org from 1.';
comment on column traveler.run.status is 'Derived, never set: the first match of R1 over the counters of its steps.';
comment on column traveler.run.completed_at is 'When the completion was recorded (C3); null while the run is live.';
comment on column traveler.run.completed_by is 'The actor whose act completed the run.';
comment on column traveler.run.completion_number is 'How many times the completion was recorded; the number of the newest as-built record (C5, C6).';

alter table traveler.part_inventory
    add constraint part_inventory_building_run_fkey foreign key (org_id, building_run_id) references traveler.run (org_id, id);
alter table traveler.inventory_movement
    add constraint inventory_movement_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id);

-- I3: one row for a lot or untracked part, one a unit for a serialized one.
create table traveler.run_inventory (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    part_inventory_id uuid not null,
    live boolean not null default true,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint run_inventory_pkey primary key (org_id, id),
    constraint run_inventory_once_key unique (org_id, run_id, part_inventory_id)
);
alter table traveler.run_inventory
    add constraint run_inventory_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id),
    add constraint run_inventory_inventory_fkey foreign key (org_id, part_inventory_id) references traveler.part_inventory (org_id, id);
create unique index run_inventory_live_key on traveler.run_inventory (org_id, part_inventory_id) where live;
comment on table traveler.run_inventory is 'The inventory that a run builds; a row is on at most one live run (I3).';

create table traveler.run_step (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    origin_step_id uuid,
    parent_id uuid,
    depth integer not null default 1,
    position integer not null,
    title text not null,
    instructions text not null default '',
    location_id uuid,
    lead_time_seconds integer,
    required boolean not null default true,
    state text not null default 'todo',
    attempt integer not null default 1,
    held_from text,
    state_reason text,
    state_changed_at timestamptz,
    state_changed_by text,
    state_act uuid,
    started_at timestamptz,
    completed_at timestamptz,
    completed_by text,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint run_step_pkey primary key (org_id, id),
    constraint run_step_in_run_key unique (org_id, run_id, id),
    constraint run_step_position_key unique nulls not distinct (org_id, run_id, parent_id, position) deferrable,
    constraint run_step_title_length check (char_length(title) between 1 and 200),
    constraint run_step_five_levels check (depth between 1 and 5),
    constraint run_step_root_depth check ((parent_id is null) = (depth = 1)),
    constraint run_step_state check (state in ('todo', 'in_progress', 'hold', 'redline', 'completed', 'failed', 'canceled')),
    constraint run_step_held_from check ((state = 'hold') = (held_from is not null) and held_from in ('todo', 'in_progress')),
    constraint run_step_completed_is_signed check ((state = 'completed') = (completed_at is not null and completed_by is not null)),
    constraint run_step_started check (state not in ('in_progress', 'completed', 'failed') or started_at is not null)
) with (fillfactor = 80);
alter table traveler.run_step
    add constraint run_step_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id),
    add constraint run_step_origin_fkey foreign key (org_id, origin_step_id) references traveler.procedure_step (org_id, id),
    add constraint run_step_parent_fkey foreign key (org_id, run_id, parent_id) references traveler.run_step (org_id, run_id, id),
    add constraint run_step_location_fkey foreign key (org_id, location_id) references traveler.location (org_id, id);
create index run_step_by_parent on traveler.run_step (org_id, parent_id) where parent_id is not null;
create index run_step_by_location on traveler.run_step (org_id, location_id, state, id);
create index run_step_by_state on traveler.run_step (org_id, state, id);
create index run_step_by_origin on traveler.run_step (org_id, origin_step_id);
comment on table traveler.run_step is 'A step of a run: a copy of the procedure''s step, and the floor work done on it (P2, S1-S5).';
comment on column traveler.run_step.state is 'Moves only as step_transition allows (S2).';
comment on column traveler.run_step.held_from is 'While on hold: the state that release brings it back to (S9).';
comment on column traveler.run_step.state_reason is 'Why it was moved to its state, where a reason was given (S10).';
comment on column traveler.run_step.state_act is 'The act that moved it: the same for all that one transaction moved (S8, S15).';
comment on column traveler.run_step.attempt is 'Counts each return of the started step to todo (S14).';
comment on column traveler.run_step.completed_by is 'The actor who signed the step off (S5).';

create table traveler.run_step_edge (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    upstream_id uuid not null,
    downstream_id uuid not null,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint run_step_edge_pkey primary key (org_id, id),
    constraint run_step_edge_ends_key unique (org_id, downstream_id, upstream_id),
    constraint run_step_edge_not_self check (upstream_id <> downstream_id)
);
alter table traveler.run_step_edge
    add constraint run_step_edge_upstream_fkey foreign key (org_id, run_id, upstream_id) references traveler.run_step (org_id, run_id, id),
    add constraint run_step_edge_downstream_fkey foreign key (org_id, run_id, downstream_id) references traveler.run_step (org_id, run_id, id);
create index run_step_edge_by_run on traveler.run_step_edge (org_id, run_id);
create index run_step_edge_by_upstream on traveler.run_step_edge (org_id, upstream_id);
comment on table traveler.run_step_edge is 'A dependency between steps of one run: the downstream step waits for the upstream one (A1).';

create table traveler.run_step_field (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    run_step_id uuid not null,
    position integer not null,
    name text not null,
    type text not null,
    unit text,
    required boolean not null default true,
    allow_not_applicable boolean not null default false,
    options text[],
    signoff_role_id uuid,
    peer boolean not null default false,
    minimum numeric,
    maximum numeric,
    target numeric,
    tolerance_minus numeric,
    tolerance_plus numeric,
    value jsonb,
    not_applicable boolean not null default false,
    entered_by text,
    entered_at timestamptz,
    created_at timestamptz not null default now(),
    -- derived
    stale boolean not null default false,
    number_value numeric generated always as (case when type = 'number' then (value #>> '{}')::numeric end) stored,
    out_of_range boolean not null generated always as (
        coalesce(type = 'number' and value is not null and (
            (value #>> '{}')::numeric < coalesce(minimum, target - tolerance_minus)
            or (value #>> '{}')::numeric > coalesce(maximum, target + tolerance_plus)), false)) stored,
    version integer not null default 1,
    constraint run_step_field_pkey primary key (org_id, id),
    constraint run_step_field_position_key unique (org_id, run_step_id, position),
    constraint run_step_field_name_length check (char_length(name) between 1 and 200),
    constraint run_step_field_type check (type in ('text', 'number', 'boolean', 'pass_fail', 'datetime', 'date', 'select', 'multiselect', 'signoff', 'user', 'part')),
    constraint run_step_field_options check (
        (type in ('select', 'multiselect')) = (options is not null and cardinality(options) > 0) and array_position(options, null) is null),
    constraint run_step_field_signoff_role check (type = 'signoff' or (signoff_role_id is null and not peer)),
    constraint run_step_field_number_only check (type = 'number' or num_nulls(unit, minimum, maximum, target, tolerance_minus, tolerance_plus) = 6),
    constraint run_step_field_limits_are_numbers check (
        greatest(abs(minimum), abs(maximum), abs(target), abs(tolerance_minus), abs(tolerance_plus)) < 'Infinity'),
    constraint run_step_field_value_or_not_applicable check (not (not_applicable and value is not null)),
    constraint run_step_field_not_applicable_allowed check (allow_not_applicable or not not_applicable),
    constraint run_step_field_value_not_json_null check (value <> 'null'::jsonb),
    constraint run_step_field_stale_signature check (not stale or type = 'signoff' and value is not null),
    constraint run_step_field_entry_is_signed check ((value is null and not not_applicable) or (entered_by is not null and entered_at is not null))
) with (fillfactor = 80);
alter table traveler.run_step_field
    add constraint run_step_field_run_step_fkey foreign key (org_id, run_id, run_step_id) references traveler.run_step (org_id, run_id, id),
    add constraint run_step_field_signoff_role_fkey foreign key (org_id, signoff_role_id) references traveler.role (org_id, id);
create index run_step_field_by_run on traveler.run_step_field (org_id, run_id);
comment on table traveler.run_step_field is 'A field of a run step: its definition as copied, and the value that was entered (P4, S13).';
comment on column traveler.run_step_field.value is 'The value as JSON. A number is a decimal string, so that what was read is what is kept; a date and a time are RFC 3339.';
comment on column traveler.run_step_field.out_of_range is 'Derived: whether the number lies outside its validation (P4).';
comment on column traveler.run_step_field.stale is 'Derived: what was signed has been corrected since; the signature must be given again (S13, C1).';
comment on column traveler.run_step_field.entered_by is 'The actor who entered the value; for a sign-off field, who signed.';

create table traveler.labor_session (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    run_step_id uuid not null,
    user_id uuid not null,
    started_at timestamptz not null default now(),
    ended_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint labor_session_pkey primary key (org_id, id),
    constraint labor_session_ends_after_start check (ended_at >= started_at)
);
alter table traveler.labor_session
    add constraint labor_session_step_fkey foreign key (org_id, run_id, run_step_id) references traveler.run_step (org_id, run_id, id),
    add constraint labor_session_user_fkey foreign key (org_id, user_id) references traveler.user_account (org_id, id);
create unique index labor_session_open_key on traveler.labor_session (org_id, run_step_id, user_id) where ended_at is null;
create index labor_session_by_run on traveler.labor_session (org_id, run_id);
create index labor_session_by_step on traveler.labor_session (org_id, run_step_id);
create index labor_session_by_user on traveler.labor_session (org_id, user_id, started_at);
comment on table traveler.labor_session is 'One check-in and check-out of one user on one step (L1).';

create table traveler.build_requirement (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    run_step_id uuid,
    part_id uuid not null,
    quantity_per_unit numeric(20, 6) not null,
    quantity_needed numeric(20, 6) not null,
    reference_designators text[] not null default '{}',
    created_at timestamptz not null default now(),
    -- derived
    quantity_installed numeric(20, 6) not null default 0,
    version integer not null default 1,
    constraint build_requirement_pkey primary key (org_id, id),
    constraint build_requirement_in_run_key unique (org_id, run_id, id),
    constraint build_requirement_needed_positive check (
        quantity_per_unit > 0 and quantity_per_unit < 'Infinity' and quantity_needed > 0 and quantity_needed < 'Infinity'),
    constraint build_requirement_never_above_need check (quantity_installed between 0 and quantity_needed)
) with (fillfactor = 80);
alter table traveler.build_requirement
    add constraint build_requirement_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id),
    add constraint build_requirement_step_fkey foreign key (org_id, run_id, run_step_id) references traveler.run_step (org_id, run_id, id),
    add constraint build_requirement_part_fkey foreign key (org_id, part_id) references traveler.part (org_id, id);
create index build_requirement_by_part on traveler.build_requirement (org_id, part_id);
create index build_requirement_by_step on traveler.build_requirement (org_id, run_step_id) where run_step_id is not null;
comment on table traveler.build_requirement is 'What a run must install: a snapshot of one mBOM line or of a step''s requirement (B1).';
comment on column traveler.build_requirement.quantity_needed is 'Quantity per unit times the run''s quantity, in the part''s unit.';
comment on column traveler.build_requirement.quantity_installed is 'Derived: the sum of the live installations.';

create table traveler.build_requirement_substitute (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    build_requirement_id uuid not null,
    part_id uuid not null,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint build_requirement_substitute_pkey primary key (org_id, id),
    constraint build_requirement_substitute_part_key unique (org_id, build_requirement_id, part_id)
);
alter table traveler.build_requirement_substitute
    add constraint build_requirement_substitute_requirement_fkey foreign key (org_id, run_id, build_requirement_id) references traveler.build_requirement (org_id, run_id, id),
    add constraint build_requirement_substitute_part_fkey foreign key (org_id, part_id) references traveler.part (org_id, id);
create index build_requirement_substitute_by_run on traveler.build_requirement_substitute (org_id, run_id);
comment on table traveler.build_requirement_substitute is 'A part that is approved in place of the requirement''s part (B2).';

create table traveler.installation (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    build_requirement_id uuid not null,
    part_inventory_id uuid not null,
    assembly_inventory_id uuid,
    quantity numeric(20, 6) not null,
    installed_by text not null,
    installed_at timestamptz not null default now(),
    removed_by text,
    removed_at timestamptz,
    removal_reason text,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint installation_pkey primary key (org_id, id),
    constraint installation_quantity_positive check (quantity > 0 and quantity < 'Infinity'),
    constraint installation_removal_is_whole check (num_nulls(removed_by, removed_at, removal_reason) in (0, 3)),
    constraint installation_not_in_itself check (part_inventory_id <> assembly_inventory_id)
);
alter table traveler.installation
    add constraint installation_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id),
    add constraint installation_requirement_fkey foreign key (org_id, run_id, build_requirement_id) references traveler.build_requirement (org_id, run_id, id),
    add constraint installation_inventory_fkey foreign key (org_id, part_inventory_id) references traveler.part_inventory (org_id, id),
    add constraint installation_assembly_fkey foreign key (org_id, assembly_inventory_id) references traveler.part_inventory (org_id, id);
alter table traveler.part_inventory
    add constraint part_inventory_installation_fkey foreign key (org_id, installation_id) references traveler.installation (org_id, id);
create unique index installation_live_key on traveler.installation (org_id, part_inventory_id) where removed_at is null;
create index installation_by_run on traveler.installation (org_id, run_id);
create index installation_by_requirement on traveler.installation (org_id, build_requirement_id);
create index installation_by_assembly on traveler.installation (org_id, assembly_inventory_id) where assembly_inventory_id is not null;
create index installation_by_inventory on traveler.installation (org_id, part_inventory_id);
comment on table traveler.installation is 'A whole inventory row installed to meet a requirement (B2); removed_at reverses it (B4).';
comment on column traveler.installation.assembly_inventory_id is 'The unit it was installed in; null when it went into a run of several units as a whole.';

create table traveler.as_built_record (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    number integer not null,
    document text not null,
    digest bytea not null,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint as_built_record_pkey primary key (org_id, id),
    constraint as_built_record_number_key unique (org_id, run_id, number),
    constraint as_built_record_digest check (digest = sha256(convert_to(document, 'UTF8')))
);
alter table traveler.as_built_record
    add constraint as_built_record_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id);
comment on table traveler.as_built_record is 'The canonical document that a completion fixed, with its digest (C5). Append only.';
comment on column traveler.as_built_record.document is 'Canonical JSON: keys in byte order, decimal strings, UTC times with microseconds.';
comment on column traveler.as_built_record.digest is 'SHA-256 of the document''s UTF-8 bytes: anyone can recompute it.';

create table traveler.reason (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    act text not null,
    label text not null,
    archived_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint reason_pkey primary key (org_id, id),
    constraint reason_label_key unique (org_id, act, label),
    constraint reason_act check (act in ('hold', 'fail', 'cancel', 'redline', 'reset', 'reopen')),
    constraint reason_label_length check (char_length(label) between 1 and 200)
);
alter table traveler.reason add constraint reason_org_fkey foreign key (org_id) references traveler.org (org_id);
comment on table traveler.reason is 'The org''s list of reasons that the page offers for an act; free text stays possible (S10).';

create table traveler.issue (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    number bigint not null,
    title text not null,
    description text not null default '',
    state text not null default 'pending',
    run_id uuid,
    run_step_id uuid,
    created_by text not null,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint issue_pkey primary key (org_id, id),
    constraint issue_number_key unique (org_id, number),
    constraint issue_title_length check (char_length(title) between 1 and 300),
    constraint issue_state check (state in ('pending', 'in_progress', 'in_review', 'resolved')),
    constraint issue_step_has_run check (run_step_id is null or run_id is not null)
);
alter table traveler.issue
    add constraint issue_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id),
    add constraint issue_step_fkey foreign key (org_id, run_id, run_step_id) references traveler.run_step (org_id, run_id, id);
create index issue_by_run on traveler.issue (org_id, run_id) where run_id is not null;
create index issue_by_state on traveler.issue (org_id, state, number);
comment on table traveler.issue is 'Something that went wrong and has to be dealt with, linked to the run and step that it came from (Q1, S6).';

-- previous: 22e365221f35ac105312a4bd8d1bd41a8bed388076a48a4b2634c83b7711083d
-- Procedures: versions of one family, their steps, fields, dependencies and build requirements (P1-P6).

create table traveler.procedure (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    family_id uuid not null,
    version_number integer not null,
    title text not null,
    description text not null default '',
    part_id uuid,
    state text not null default 'draft',
    released_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint procedure_pkey primary key (org_id, id),
    constraint procedure_family_version_key unique (org_id, family_id, version_number),
    constraint procedure_title_length check (char_length(title) between 1 and 200),
    constraint procedure_state check (state in ('draft', 'in_review', 'released', 'archived')),
    constraint procedure_released_at check (state <> 'released' or released_at is not null)
);
alter table traveler.procedure
    add constraint procedure_org_fkey foreign key (org_id) references traveler.org (org_id),
    add constraint procedure_part_fkey foreign key (org_id, part_id) references traveler.part (org_id, id);
create unique index procedure_released_key on traveler.procedure (org_id, family_id) where state = 'released';
create index procedure_by_part on traveler.procedure (org_id, part_id);
comment on table traveler.procedure is 'One version of a procedure. Only a draft can be edited, only a released one can be run (P1).';
comment on column traveler.procedure.family_id is 'Shared by all versions of the procedure (P1).';

create table traveler.procedure_step (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    procedure_id uuid not null,
    parent_id uuid,
    depth integer not null default 1,
    position integer not null,
    title text not null,
    instructions text not null default '',
    location_id uuid,
    lead_time_seconds integer,
    required boolean not null default true,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint procedure_step_pkey primary key (org_id, id),
    constraint procedure_step_in_procedure_key unique (org_id, procedure_id, id),
    constraint procedure_step_position_key unique nulls not distinct (org_id, procedure_id, parent_id, position) deferrable,
    constraint procedure_step_title_length check (char_length(title) between 1 and 200),
    constraint procedure_step_five_levels check (depth between 1 and 5),
    constraint procedure_step_root_depth check ((parent_id is null) = (depth = 1)),
    constraint procedure_step_lead_time_not_negative check (lead_time_seconds >= 0)
);
alter table traveler.procedure_step
    add constraint procedure_step_procedure_fkey foreign key (org_id, procedure_id) references traveler.procedure (org_id, id),
    add constraint procedure_step_parent_fkey foreign key (org_id, procedure_id, parent_id) references traveler.procedure_step (org_id, procedure_id, id),
    add constraint procedure_step_location_fkey foreign key (org_id, location_id) references traveler.location (org_id, id);
create index procedure_step_by_parent on traveler.procedure_step (org_id, procedure_id, parent_id);
comment on table traveler.procedure_step is 'A step of a procedure: nested up to five levels, ordered for display apart from its dependencies (P3).';
comment on column traveler.procedure_step.lead_time_seconds is 'How long the step is planned to take, in seconds.';

create table traveler.procedure_step_edge (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    procedure_id uuid not null,
    upstream_id uuid not null,
    downstream_id uuid not null,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint procedure_step_edge_pkey primary key (org_id, id),
    constraint procedure_step_edge_ends_key unique (org_id, upstream_id, downstream_id),
    constraint procedure_step_edge_not_self check (upstream_id <> downstream_id)
);
alter table traveler.procedure_step_edge
    add constraint procedure_step_edge_upstream_fkey foreign key (org_id, procedure_id, upstream_id) references traveler.procedure_step (org_id, procedure_id, id),
    add constraint procedure_step_edge_downstream_fkey foreign key (org_id, procedure_id, downstream_id) references traveler.procedure_step (org_id, procedure_id, id);
create index procedure_step_edge_by_procedure on traveler.procedure_step_edge (org_id, procedure_id);
create index procedure_step_edge_by_downstream on traveler.procedure_step_edge (org_id, downstream_id);
comment on table traveler.procedure_step_edge is 'A dependency: the downstream step waits for the upstream one (P6).';

create table traveler.procedure_field (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    procedure_id uuid not null,
    procedure_step_id uuid not null,
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
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint procedure_field_pkey primary key (org_id, id),
    constraint procedure_field_position_key unique (org_id, procedure_step_id, position),
    constraint procedure_field_name_length check (char_length(name) between 1 and 200),
    constraint procedure_field_type check (type in ('text', 'number', 'boolean', 'pass_fail', 'datetime', 'date', 'select', 'multiselect', 'signoff', 'user', 'part')),
    constraint procedure_field_options check (
        (type in ('select', 'multiselect')) = (options is not null and cardinality(options) > 0) and array_position(options, null) is null),
    constraint procedure_field_signoff_role check (type = 'signoff' or (signoff_role_id is null and not peer)),
    constraint procedure_field_number_only check (type = 'number' or num_nulls(unit, minimum, maximum, target, tolerance_minus, tolerance_plus) = 6),
    constraint procedure_field_limits_are_numbers check (
        greatest(abs(minimum), abs(maximum), abs(target), abs(tolerance_minus), abs(tolerance_plus)) < 'Infinity'),
    constraint procedure_field_range check (minimum <= maximum),
    constraint procedure_field_tolerance check (
        case when target is null then tolerance_minus is null and tolerance_plus is null
             else minimum is null and maximum is null and tolerance_minus is not null and tolerance_plus is not null and tolerance_minus >= 0 and tolerance_plus >= 0 end)
);
alter table traveler.procedure_field
    add constraint procedure_field_step_fkey foreign key (org_id, procedure_id, procedure_step_id) references traveler.procedure_step (org_id, procedure_id, id),
    add constraint procedure_field_signoff_role_fkey foreign key (org_id, signoff_role_id) references traveler.role (org_id, id);
create index procedure_field_by_procedure on traveler.procedure_field (org_id, procedure_id);
comment on table traveler.procedure_field is 'A field that a step asks for, with its type and validation (P4).';

create table traveler.procedure_requirement (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    procedure_id uuid not null,
    procedure_step_id uuid not null,
    part_id uuid not null,
    quantity_per_unit numeric(20, 6) not null,
    reference_designators text[] not null default '{}',
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint procedure_requirement_pkey primary key (org_id, id),
    constraint procedure_requirement_quantity_positive check (quantity_per_unit > 0 and quantity_per_unit < 'Infinity')
);
alter table traveler.procedure_requirement
    add constraint procedure_requirement_step_fkey foreign key (org_id, procedure_id, procedure_step_id) references traveler.procedure_step (org_id, procedure_id, id),
    add constraint procedure_requirement_part_fkey foreign key (org_id, part_id) references traveler.part (org_id, id);
create index procedure_requirement_by_procedure on traveler.procedure_requirement (org_id, procedure_id);
comment on table traveler.procedure_requirement is 'A build requirement that a step demands: what is installed there (P5).';

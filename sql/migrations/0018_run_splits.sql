-- previous: 8cba494e166240ebc52278988e2f54d8baca40be973e31090d4de89fcab57b8d
-- Splitting the units of a run: groups on an issue, what they had passed, what they share (X1-X9).

create table traveler.run_split (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    number integer not null,
    parent_id uuid,
    issue_id uuid not null,
    quantity numeric(20, 6) not null,
    part_inventory_ids uuid[] not null default '{}',
    location_id uuid,
    allocation jsonb not null default '{}',
    reason text,
    created_by text not null,
    created_at timestamptz not null default now(),
    outcome text,
    outcome_reason text,
    rework_run_id uuid,
    closed_by text,
    closed_at timestamptz,
    version integer not null default 1,
    constraint run_split_pkey primary key (org_id, id),
    constraint run_split_number_key unique (org_id, run_id, number),
    constraint run_split_in_run_key unique (org_id, run_id, id),
    constraint run_split_not_own_parent check (parent_id <> id),
    constraint run_split_quantity_positive check (quantity > 0 and quantity < 'Infinity'),
    constraint run_split_reason_length check (char_length(trim(reason)) between 1 and 1000),
    constraint run_split_outcome check (outcome in ('merged', 'rework', 'scrapped', 'used_as_is', 'returned_to_vendor')),
    constraint run_split_outcome_reason_length check (char_length(trim(outcome_reason)) between 1 and 1000),
    constraint run_split_closing_is_whole check (num_nulls(outcome, closed_by, closed_at) in (0, 3)),
    constraint run_split_rework_names_run check ((outcome is not distinct from 'rework') = (rework_run_id is not null))
);
alter table traveler.run_split
    add constraint run_split_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id),
    add constraint run_split_parent_fkey foreign key (org_id, run_id, parent_id) references traveler.run_split (org_id, run_id, id),
    add constraint run_split_issue_fkey foreign key (org_id, issue_id) references traveler.issue (org_id, id),
    add constraint run_split_location_fkey foreign key (org_id, location_id) references traveler.location (org_id, id),
    add constraint run_split_rework_fkey foreign key (org_id, rework_run_id) references traveler.run (org_id, id);
create index run_split_by_issue on traveler.run_split (org_id, issue_id);
create index run_split_open on traveler.run_split (org_id, id) where closed_at is null;
comment on table traveler.run_split is 'Some units of a run, split off onto an issue (X1), as a group of their own until the issue''s disposition closes it (X7, X9). Adding a row is the split; an outcome closes it.';
comment on column traveler.run_split.number is 'Counts the splits of the run.';
comment on column traveler.run_split.parent_id is 'The group that it was split off from; null when that was the run itself.';
comment on column traveler.run_split.quantity is 'Derived: how many units the group has now, in the unit of the run''s part. Those that were split off from it in turn count there.';
comment on column traveler.run_split.part_inventory_ids is 'The serialized units that were split off, by name; empty for a lot.';
comment on column traveler.run_split.allocation is 'What was divided by decision when it was split: {"reserved": [{part_inventory_id, quantity}], "excepted": [{exception_id, quantity}]} are the group''s (X6, B5).';
comment on column traveler.run_split.outcome is 'What became of the units: merged onto the run again, rework on a run of their own, scrapped, used_as_is, returned_to_vendor (X7); null while the issue holds them.';
comment on column traveler.run_split.rework_run_id is 'The run that the units were put on.';

create table traveler.run_split_step (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    run_split_id uuid not null,
    run_step_id uuid not null,
    attempt integer not null,
    completed_at timestamptz not null,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint run_split_step_pkey primary key (org_id, id),
    constraint run_split_step_once_key unique (org_id, run_split_id, run_step_id)
);
alter table traveler.run_split_step
    add constraint run_split_step_split_fkey foreign key (org_id, run_id, run_split_id) references traveler.run_split (org_id, run_id, id),
    add constraint run_split_step_step_fkey foreign key (org_id, run_id, run_step_id) references traveler.run_step (org_id, run_id, id);
create index run_split_step_by_run on traveler.run_split_step (org_id, run_id);
comment on table traveler.run_split_step is 'A step that a group''s units had passed when they were split off: completed then, in that attempt (X9). Made by the split alone; append only.';

-- A group's units stand with the run's, and are told apart by the group.
alter table traveler.run_inventory add column run_split_id uuid;
alter table traveler.run_inventory
    add constraint run_inventory_split_fkey foreign key (org_id, run_id, run_split_id) references traveler.run_split (org_id, run_id, id) not valid;
create index run_inventory_by_split on traveler.run_inventory (org_id, run_split_id) where run_split_id is not null;
comment on table traveler.run_inventory is 'The inventory that a run builds, and that of the groups split off from it; a row is on at most one live run (I3, X9).';
comment on column traveler.run_inventory.run_split_id is 'Derived: the group that it was split off with; null while it is the run''s (X1).';
comment on column traveler.run_inventory.live is 'Derived: the run has it now; false once it is completed, or the row split off.';

alter table traveler.part_inventory add column run_split_id uuid;
alter table traveler.part_inventory
    add constraint part_inventory_split_fkey foreign key (org_id, run_split_id) references traveler.run_split (org_id, id) not valid,
    add constraint part_inventory_on_run_or_split check (building_run_id is null or run_split_id is null);
create index part_inventory_by_split on traveler.part_inventory (org_id, run_split_id) where run_split_id is not null;
comment on column traveler.part_inventory.run_split_id is 'Derived: the open group of a split run that it belongs to (X9).';

alter table traveler.part_inventory add column reserved_split_id uuid;
alter table traveler.part_inventory
    add constraint part_inventory_reserved_split_fkey foreign key (org_id, reserved_split_id) references traveler.run_split (org_id, id) not valid,
    add constraint part_inventory_reserved_split_of_run check (reserved_split_id is null or reserved_run_id is not null);
comment on column traveler.part_inventory.reserved_split_id is 'The group, split off from the run that it is reserved for, that it is kept for (X6).';

-- I2, first match. A generated column's expression can't be changed, only made anew.
alter table traveler.part_inventory drop column status;
alter table traveler.part_inventory add column status text not null generated always as (
    case when quantity_scrapped > 0 then 'scrapped'
         when installation_id is not null then 'installed'
         when build_canceled then 'never_built'
         when building_run_id is not null then 'work_in_progress'
         when run_split_id is not null or issue_hold or hold_reason is not null or quantity = 0 then 'unavailable'
         when kit_name is not null then 'kitted'
         when reserved_run_id is not null then 'reserved'
         else 'available' end) stored;
create index part_inventory_by_part on traveler.part_inventory (org_id, part_id, status);
comment on column traveler.part_inventory.status is 'Derived, never set (I2). Expiry and place are judged when it is used: traveler_private.unusable_reason.';

-- X2, X3: a group has requirements of its own, of the same line.
alter table traveler.build_requirement
    add column run_split_id uuid,
    add column origin_id uuid,
    add column quantity_shared numeric(20, 6) not null default 0;
alter table traveler.build_requirement
    add constraint build_requirement_split_fkey foreign key (org_id, run_id, run_split_id) references traveler.run_split (org_id, run_id, id) not valid,
    add constraint build_requirement_origin_fkey foreign key (org_id, run_id, origin_id) references traveler.build_requirement (org_id, run_id, id) not valid,
    add constraint build_requirement_of_split_has_origin check ((run_split_id is null) = (origin_id is null)),
    add constraint build_requirement_shared_not_negative check (quantity_shared >= 0 and quantity_shared < 'Infinity');
create unique index build_requirement_by_split on traveler.build_requirement (org_id, run_split_id, origin_id) where run_split_id is not null;
create index build_requirement_by_origin on traveler.build_requirement (org_id, origin_id) where origin_id is not null;
comment on column traveler.build_requirement.run_split_id is 'The group whose requirement it is; null when it is the run''s (X2).';
comment on column traveler.build_requirement.origin_id is 'The run''s requirement that a group''s was divided from.';
comment on column traveler.build_requirement.quantity_needed is 'Derived: quantity per unit times the units of the run, or of the group, now (X2). In the part''s unit.';
comment on column traveler.build_requirement.quantity_installed is 'Derived: the sum of the live installations that are its own alone.';
comment on column traveler.build_requirement.quantity_shared is 'Derived: the sum of the live installations that it shares with other groups of the run (X4): each may yet be theirs.';

alter table traveler.installation
    add column run_split_id uuid,
    add column origin_id uuid,
    add column shares integer not null default 0;
alter table traveler.installation
    add constraint installation_split_fkey foreign key (org_id, run_id, run_split_id) references traveler.run_split (org_id, run_id, id) not valid,
    add constraint installation_in_run_key unique (org_id, run_id, id),
    add constraint installation_shares_not_negative check (shares >= 0);
alter table traveler.installation
    add constraint installation_origin_fkey foreign key (org_id, run_id, origin_id) references traveler.installation (org_id, run_id, id) not valid;
create index installation_by_origin on traveler.installation (org_id, origin_id) where origin_id is not null;
create index installation_shared on traveler.installation (org_id, run_id) where removed_at is null and shares > 0;
comment on column traveler.installation.run_split_id is 'The group whose requirement it meets; null when it is the run''s (X4).';
comment on column traveler.installation.origin_id is 'The installation that it continues: it stayed where it was, and was only divided or given to a group (X5).';
comment on column traveler.installation.shares is 'Derived: how many other groups of the run share it (X4).';

create table traveler.installation_share (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    installation_id uuid not null,
    build_requirement_id uuid not null,
    assembly_inventory_id uuid,
    created_at timestamptz not null default now(),
    ended_at timestamptz,
    version integer not null default 1,
    constraint installation_share_pkey primary key (org_id, id)
);
alter table traveler.installation_share
    add constraint installation_share_installation_fkey foreign key (org_id, run_id, installation_id) references traveler.installation (org_id, run_id, id),
    add constraint installation_share_requirement_fkey foreign key (org_id, run_id, build_requirement_id) references traveler.build_requirement (org_id, run_id, id),
    add constraint installation_share_assembly_fkey foreign key (org_id, assembly_inventory_id) references traveler.part_inventory (org_id, id);
create unique index installation_share_live_key on traveler.installation_share (org_id, installation_id, build_requirement_id) where ended_at is null;
create index installation_share_by_requirement on traveler.installation_share (org_id, build_requirement_id);
create index installation_share_by_assembly on traveler.installation_share (org_id, assembly_inventory_id) where assembly_inventory_id is not null;
create index installation_share_by_run on traveler.installation_share (org_id, run_id);
comment on table traveler.installation_share is 'An installation that was made to a run as a whole, seen from a group since split off: it may be there as well (X4). It counts once. Made and ended by splits, resolutions and removals alone.';
comment on column traveler.installation_share.build_requirement_id is 'The requirement of the group that shares it.';
comment on column traveler.installation_share.assembly_inventory_id is 'The group''s row that it may be in; null for serialized units.';
comment on column traveler.installation_share.ended_at is 'When it was resolved, uninstalled, or merged back.';

create table traveler.installation_resolution (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    installation_id uuid not null,
    build_requirement_id uuid not null,
    assembly_inventory_id uuid,
    quantity numeric(20, 6) not null,
    resolved_by text not null,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint installation_resolution_pkey primary key (org_id, id),
    constraint installation_resolution_quantity_positive check (quantity > 0 and quantity < 'Infinity')
);
alter table traveler.installation_resolution
    add constraint installation_resolution_installation_fkey foreign key (org_id, run_id, installation_id) references traveler.installation (org_id, run_id, id),
    add constraint installation_resolution_requirement_fkey foreign key (org_id, run_id, build_requirement_id) references traveler.build_requirement (org_id, run_id, id),
    add constraint installation_resolution_assembly_fkey foreign key (org_id, assembly_inventory_id) references traveler.part_inventory (org_id, id);
create index installation_resolution_by_installation on traveler.installation_resolution (org_id, installation_id);
create index installation_resolution_by_run on traveler.installation_resolution (org_id, run_id);
comment on table traveler.installation_resolution is 'What a shared installation turned out to be: whose it is, whole or in quantities that add up (X5). Adding the rows is the resolution. Append only.';
comment on column traveler.installation_resolution.assembly_inventory_id is 'The unit that it is in, where it is known.';

-- The owner, without a context, would ask the policies.
reset role;
alter table traveler.run_inventory validate constraint run_inventory_split_fkey;
alter table traveler.part_inventory validate constraint part_inventory_split_fkey, validate constraint part_inventory_reserved_split_fkey;
alter table traveler.build_requirement validate constraint build_requirement_split_fkey, validate constraint build_requirement_origin_fkey;
alter table traveler.installation validate constraint installation_split_fkey, validate constraint installation_origin_fkey;
set local role traveler_owner;

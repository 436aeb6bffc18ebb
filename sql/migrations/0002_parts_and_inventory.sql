-- previous: 840c0a7736b0eb0f0a68b190f451e08fb2632972d3ba770094dcad2c8bc87e37
-- Parts, their manufacturing BOMs, places, and part inventory (I1-I6). Quantities are exact decimals in the part's unit.

create table traveler.location (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    parent_id uuid,
    name text not null,
    work_center boolean not null default false,
    available boolean not null default true,
    archived_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint location_pkey primary key (org_id, id),
    constraint location_name_key unique (org_id, name),
    constraint location_name_length check (char_length(name) between 1 and 200),
    constraint location_not_own_parent check (parent_id <> id)
);
alter table traveler.location
    add constraint location_org_fkey foreign key (org_id) references traveler.org (org_id),
    add constraint location_parent_fkey foreign key (org_id, parent_id) references traveler.location (org_id, id);
create index location_by_parent on traveler.location (org_id, parent_id);
comment on table traveler.location is 'A place in the org''s tree of places. A work center is a location where steps are done (P3).';
comment on column traveler.location.available is 'Whether stock here may be used; at an unavailable location it reads unavailable (I2).';

create table traveler.part (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    part_number text not null,
    revision text not null,
    name text not null,
    description text not null default '',
    tracking text not null,
    unit text not null default 'each',
    lot_traceability boolean not null default false,
    archived_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint part_pkey primary key (org_id, id),
    constraint part_number_revision_key unique (org_id, part_number, revision),
    constraint part_number_length check (char_length(part_number) between 1 and 100),
    constraint part_revision_length check (char_length(revision) between 1 and 20),
    constraint part_name_length check (char_length(name) between 1 and 200),
    constraint part_tracking check (tracking in ('serial', 'lot', 'none')),
    constraint part_unit_length check (char_length(unit) between 1 and 20)
);
alter table traveler.part add constraint part_org_fkey foreign key (org_id) references traveler.org (org_id);
comment on table traveler.part is 'A part at one revision.';
comment on column traveler.part.tracking is 'What identifies its inventory: a serial number a unit, a lot number, or nothing (I1).';
comment on column traveler.part.lot_traceability is 'Whether a run of several serialized units may complete with installations that name no unit (C1).';

create table traveler.mbom (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    part_id uuid not null,
    version_number integer not null,
    state text not null default 'draft',
    released_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint mbom_pkey primary key (org_id, id),
    constraint mbom_part_version_key unique (org_id, part_id, version_number),
    constraint mbom_state check (state in ('draft', 'released', 'archived')),
    constraint mbom_released_at check ((state = 'draft') = (released_at is null))
);
alter table traveler.mbom add constraint mbom_part_fkey foreign key (org_id, part_id) references traveler.part (org_id, id);
create unique index mbom_released_key on traveler.mbom (org_id, part_id) where state = 'released';
comment on table traveler.mbom is 'A manufacturing bill of materials: what one unit of the part is built from. Only the released one is used (B1).';

create table traveler.mbom_line (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    mbom_id uuid not null,
    position integer not null,
    part_id uuid not null,
    quantity_per_unit numeric(20, 6) not null,
    reference_designators text[] not null default '{}',
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint mbom_line_pkey primary key (org_id, id),
    constraint mbom_line_position_key unique (org_id, mbom_id, position),
    constraint mbom_line_quantity_positive check (quantity_per_unit > 0 and quantity_per_unit < 'Infinity')
);
alter table traveler.mbom_line
    add constraint mbom_line_mbom_fkey foreign key (org_id, mbom_id) references traveler.mbom (org_id, id),
    add constraint mbom_line_part_fkey foreign key (org_id, part_id) references traveler.part (org_id, id);
create index mbom_line_by_part on traveler.mbom_line (org_id, part_id);
comment on table traveler.mbom_line is 'One line of an mBOM: a part, how many a unit, where they go (B1).';

create table traveler.mbom_substitute (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    mbom_id uuid not null,
    mbom_line_id uuid not null,
    part_id uuid not null,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint mbom_substitute_pkey primary key (org_id, id),
    constraint mbom_substitute_part_key unique (org_id, mbom_line_id, part_id)
);
alter table traveler.mbom_substitute
    add constraint mbom_substitute_mbom_fkey foreign key (org_id, mbom_id) references traveler.mbom (org_id, id),
    add constraint mbom_substitute_line_fkey foreign key (org_id, mbom_line_id) references traveler.mbom_line (org_id, id),
    add constraint mbom_substitute_part_fkey foreign key (org_id, part_id) references traveler.part (org_id, id);
comment on table traveler.mbom_substitute is 'A part that is approved in place of a line''s part (B2).';

create table traveler.part_inventory (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    part_id uuid not null,
    serial_number text,
    lot_number text,
    location_id uuid,
    origin_id uuid,
    expires_at timestamptz,
    created_at timestamptz not null default now(),
    -- derived
    quantity numeric(20, 6) not null default 0,
    installation_id uuid,
    building_run_id uuid,
    build_canceled boolean not null default false,
    status text not null generated always as (
        case when installation_id is not null then 'installed'
             when build_canceled then 'never_built'
             when building_run_id is not null then 'work_in_progress'
             when quantity = 0 then 'unavailable'
             else 'available' end) stored,
    version integer not null default 1,
    constraint part_inventory_pkey primary key (org_id, id),
    constraint part_inventory_quantity_not_negative check (quantity >= 0 and quantity < 'Infinity'),
    constraint part_inventory_serial_is_one check (serial_number is null or quantity in (0, 1)),
    constraint part_inventory_serial_length check (char_length(serial_number) between 1 and 100),
    constraint part_inventory_lot_length check (char_length(lot_number) between 1 and 100),
    constraint part_inventory_installed_has_no_location check (installation_id is null or location_id is null)
) with (fillfactor = 80);
alter table traveler.part_inventory
    add constraint part_inventory_part_fkey foreign key (org_id, part_id) references traveler.part (org_id, id),
    add constraint part_inventory_location_fkey foreign key (org_id, location_id) references traveler.location (org_id, id),
    add constraint part_inventory_origin_fkey foreign key (org_id, origin_id) references traveler.part_inventory (org_id, id);
create unique index part_inventory_serial_key on traveler.part_inventory (org_id, part_id, serial_number) where serial_number is not null;
create index part_inventory_by_part on traveler.part_inventory (org_id, part_id, status);
create index part_inventory_by_lot on traveler.part_inventory (org_id, part_id, lot_number) where lot_number is not null;
create index part_inventory_by_installation on traveler.part_inventory (org_id, installation_id) where installation_id is not null;
create index part_inventory_by_run on traveler.part_inventory (org_id, building_run_id) where building_run_id is not null;
comment on table traveler.part_inventory is 'A serialized unit, a quantity of a lot, or an untracked quantity at a location (I1).';
comment on column traveler.part_inventory.location_id is 'Where it is. An installed row has none of its own: it is where its top assembly is (B3).';
comment on column traveler.part_inventory.origin_id is 'The row it was split from (I5).';
comment on column traveler.part_inventory.quantity is 'Derived: the sum of the movements in and out (I4). In the part''s unit.';
comment on column traveler.part_inventory.installation_id is 'Derived: the installation that holds it now.';
comment on column traveler.part_inventory.building_run_id is 'Derived: the live run that builds it (I3).';
comment on column traveler.part_inventory.build_canceled is 'Derived: the run that was to build it is canceled (I2).';
comment on column traveler.part_inventory.status is 'Derived, never set (I2). An expired or unavailably placed row is still told apart by part_inventory_usable.';

create table traveler.inventory_movement (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    kind text not null,
    from_inventory_id uuid,
    to_inventory_id uuid,
    quantity numeric(20, 6) not null,
    run_id uuid,
    reason text,
    root_inventory_id uuid not null generated always as (coalesce(to_inventory_id, from_inventory_id)) stored,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint inventory_movement_pkey primary key (org_id, id),
    constraint inventory_movement_kind check (kind in ('receive', 'build', 'split', 'adjust')),
    constraint inventory_movement_quantity_positive check (quantity > 0 and quantity < 'Infinity'),
    constraint inventory_movement_ends check (
        case kind when 'receive' then from_inventory_id is null and to_inventory_id is not null
                  when 'build' then from_inventory_id is null and to_inventory_id is not null and run_id is not null
                  when 'split' then from_inventory_id is not null and to_inventory_id is not null and from_inventory_id <> to_inventory_id
                  else (from_inventory_id is null) <> (to_inventory_id is null) and reason is not null end)
);
alter table traveler.inventory_movement
    add constraint inventory_movement_from_fkey foreign key (org_id, from_inventory_id) references traveler.part_inventory (org_id, id),
    add constraint inventory_movement_to_fkey foreign key (org_id, to_inventory_id) references traveler.part_inventory (org_id, id);
create index inventory_movement_by_from on traveler.inventory_movement (org_id, from_inventory_id) where from_inventory_id is not null;
create index inventory_movement_by_to on traveler.inventory_movement (org_id, to_inventory_id) where to_inventory_id is not null;
comment on table traveler.inventory_movement is 'The only door through which quantity moves (I4): both sides are applied by this table''s trigger. Append only.';

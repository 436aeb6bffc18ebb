-- previous: bf303ce3c8e76b755e8deb6c70c420d530a7918a81ed78259f1c3d8ed85beb42
-- A run that takes existing inventory instead of making new (I3): what it took, what it counts of what is in it (B1), and what it took
-- out that an earlier run had installed (B4).

alter table traveler.run_inventory
    add column taken boolean not null default false,
    add column quantity_freed numeric(20, 6);
alter table traveler.run_inventory
    add constraint run_inventory_freed_was_taken check (quantity_freed is null or taken and not live);
comment on table traveler.run_inventory is 'The inventory that a run builds, made by it or taken as it was, and that of the groups split off from it; a row is on at most one live run (I3, X9).';
comment on column traveler.run_inventory.taken is 'Whether it was there before the run, which took it. Canceled, the run frees it (I2).';
comment on column traveler.run_inventory.live is 'Derived: the run has it now; false once it is completed, the row split off or, where the run took it, the run canceled.';
comment on column traveler.run_inventory.quantity_freed is 'Derived: how much of it the canceled run freed; restored, the run takes it back only as that.';

alter table traveler.installation add column removed_run_id uuid;
alter table traveler.installation
    add constraint installation_removed_run_fkey foreign key (org_id, removed_run_id) references traveler.run (org_id, id) not valid,
    add constraint installation_removed_by_other_run check (removed_run_id is null or removed_at is not null and removed_run_id <> run_id);
-- The owner, without a context, would ask the policies.
reset role;
alter table traveler.installation validate constraint installation_removed_run_fkey;
set local role traveler_owner;
create index installation_by_removed_run on traveler.installation (org_id, removed_run_id) where removed_run_id is not null;
comment on column traveler.installation.removed_run_id is
    'The later run on the unit under which it was taken out after its own run was completed: that one''s record stands, and goes on counting it (B4).';

alter table traveler.build_requirement add column quantity_carried numeric(20, 6) not null default 0;
alter table traveler.build_requirement drop constraint build_requirement_never_above_need;
alter table traveler.build_requirement add constraint build_requirement_never_above_need check (
    quantity_installed >= 0 and quantity_excepted >= 0 and quantity_carried >= 0
    and quantity_installed + quantity_excepted + quantity_carried <= quantity_needed);
comment on column traveler.build_requirement.quantity_carried is 'Derived: what the units that the run took held already, of what counts for it (B1).';

create table traveler.carried_installation (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    build_requirement_id uuid not null,
    installation_id uuid not null,
    quantity numeric(20, 6) not null,
    ended_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint carried_installation_pkey primary key (org_id, id),
    constraint carried_installation_once_key unique (org_id, build_requirement_id, installation_id),
    constraint carried_installation_quantity_positive check (quantity > 0 and quantity < 'Infinity')
);
alter table traveler.carried_installation
    add constraint carried_installation_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id),
    add constraint carried_installation_requirement_fkey foreign key (org_id, run_id, build_requirement_id)
        references traveler.build_requirement (org_id, run_id, id),
    add constraint carried_installation_installation_fkey foreign key (org_id, installation_id) references traveler.installation (org_id, id);
create index carried_installation_by_run on traveler.carried_installation (org_id, run_id);
create index carried_installation_by_installation on traveler.carried_installation (org_id, installation_id);
comment on table traveler.carried_installation is
    'How much of an earlier run''s installation counts for a requirement of the run that took its assembly (B1). Made with the run; taking the part out ends it.';
comment on column traveler.carried_installation.ended_at is 'When it was taken out while the run was live; one that a completed run counts stays (C5).';

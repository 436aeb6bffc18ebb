-- previous: 66dcdf4f45101d22ca1591ccf962f1b7c5cbc473ab2a6734cbbf0e913532df52
-- Acts on part inventory: adjust, scrap, ship, split, merge, quality hold, reservation and kits (I2, I4, I5).

alter table traveler.part_inventory
    add column hold_reason text,
    add column reserved_run_id uuid,
    add column kit_name text,
    add column quantity_scrapped numeric(20, 6) not null default 0,
    add column quantity_shipped numeric(20, 6) not null default 0,
    add column merged_into_id uuid;
alter table traveler.part_inventory
    add constraint part_inventory_reserved_run_fkey foreign key (org_id, reserved_run_id) references traveler.run (org_id, id) not valid,
    add constraint part_inventory_merged_into_fkey foreign key (org_id, merged_into_id) references traveler.part_inventory (org_id, id) not valid,
    add constraint part_inventory_hold_reason_length check (char_length(trim(hold_reason)) between 1 and 1000),
    add constraint part_inventory_kit_name_length check (char_length(trim(kit_name)) between 1 and 100),
    add constraint part_inventory_scrapped_is_whole check (quantity_scrapped = 0 or quantity_scrapped > 0 and quantity_scrapped < 'Infinity' and quantity = 0),
    add constraint part_inventory_shipped_not_negative check (quantity_shipped >= 0 and quantity_shipped < 'Infinity'),
    add constraint part_inventory_merged_is_empty check (merged_into_id is null or merged_into_id <> id and quantity = 0);
-- The owner, without a context, would ask the policies.
reset role;
alter table traveler.part_inventory validate constraint part_inventory_reserved_run_fkey, validate constraint part_inventory_merged_into_fkey;
set local role traveler_owner;
create index part_inventory_by_reservation on traveler.part_inventory (org_id, reserved_run_id) where reserved_run_id is not null;
create index part_inventory_by_kit on traveler.part_inventory (org_id, kit_name, id) where kit_name is not null;
comment on column traveler.part_inventory.hold_reason is 'Why quality holds it; null when it does not (I2).';
comment on column traveler.part_inventory.reserved_run_id is 'The run that it is kept for: no other may install it (B2). The end of the run frees it.';
comment on column traveler.part_inventory.kit_name is 'The kit that it was put in; without a run, nobody may install it (B2).';
comment on column traveler.part_inventory.quantity_scrapped is 'Derived: what was scrapped of it, which is all that it held (I4).';
comment on column traveler.part_inventory.quantity_shipped is 'Derived: what was shipped of it and did not come back (I4).';
comment on column traveler.part_inventory.merged_into_id is 'Derived: the row that took all of it (I4).';

-- I2, first match. A generated column's expression can't be changed, only made anew.
alter table traveler.part_inventory drop column status;
alter table traveler.part_inventory add column status text not null generated always as (
    case when quantity_scrapped > 0 then 'scrapped'
         when installation_id is not null then 'installed'
         when build_canceled then 'never_built'
         when building_run_id is not null then 'work_in_progress'
         when issue_hold or hold_reason is not null or quantity = 0 then 'unavailable'
         when kit_name is not null then 'kitted'
         when reserved_run_id is not null then 'reserved'
         else 'available' end) stored;
create index part_inventory_by_part on traveler.part_inventory (org_id, part_id, status);
comment on column traveler.part_inventory.status is 'Derived, never set (I2). Expiry and place are judged when it is used: traveler_private.unusable_reason.';
drop function if exists traveler_private.unusable_reason(traveler.part_inventory);

alter table traveler.inventory_movement add column moved_by text;
alter table traveler.inventory_movement
    drop constraint inventory_movement_kind,
    drop constraint inventory_movement_ends;
alter table traveler.inventory_movement
    add constraint inventory_movement_kind check (
        kind in ('receive', 'build', 'split', 'merge', 'adjust', 'scrap', 'unscrap', 'ship', 'return')),
    add constraint inventory_movement_ends check (
        case kind when 'receive' then from_inventory_id is null and to_inventory_id is not null
                  when 'build' then from_inventory_id is null and to_inventory_id is not null and run_id is not null
                  when 'split' then from_inventory_id is not null and to_inventory_id is not null and from_inventory_id <> to_inventory_id
                  when 'merge' then from_inventory_id is not null and to_inventory_id is not null and from_inventory_id <> to_inventory_id
                  when 'scrap' then from_inventory_id is not null and to_inventory_id is null and reason is not null
                  when 'unscrap' then from_inventory_id is null and to_inventory_id is not null and reason is not null
                  when 'ship' then from_inventory_id is not null and to_inventory_id is null
                  when 'return' then from_inventory_id is null and to_inventory_id is not null
                  else (from_inventory_id is null) <> (to_inventory_id is null) and reason is not null end),
    add constraint inventory_movement_reason_length check (char_length(trim(reason)) between 1 and 1000);
comment on column traveler.inventory_movement.moved_by is 'The actor who moved it; null where it was moved before this was kept.';
comment on column traveler.inventory_movement.quantity is 'How much moved, in the part''s unit. Split and merge move it between rows of one part and lot; all others into the org''s stock or out of it.';

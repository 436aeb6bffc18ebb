-- What keeps part inventory from use or from moving, beside issues: quality holds, reservations and kits, and who holds it (I2, B2, I4).

create or replace function traveler_private.row_name(p_inventory uuid) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select coalesce('Serial ' || i.serial_number, 'Lot ' || i.lot_number, 'Part ' || p.part_number)
        from traveler.part_inventory i join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
        where i.org_id = traveler_private.org() and i.id = p_inventory);
end
$$;
comment on function traveler_private.row_name is 'What people call a row: its serial number, its lot, or its part.';

-- How much there is of a row, and who has it: the run or issue, the assembly, the kit, the row that it went into.
create or replace function traveler_private.holding_json(i traveler.part_inventory) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_holder jsonb;
begin
    if i.installation_id is not null then
        select jsonb_build_object('run_id', r.id, 'run_number', r.number, 'installation_id', n.id, 'assembly_inventory_id', n.assembly_inventory_id) into v_holder
        from traveler.installation n join traveler.run r on r.org_id = n.org_id and r.id = n.run_id where n.org_id = i.org_id and n.id = i.installation_id;
    elsif i.issue_hold and i.building_run_id is null then
        select jsonb_build_object('issue_id', s.id, 'issue_number', s.number) into v_holder
        from traveler.inventory_issue_hold h join traveler.issue s on s.org_id = h.org_id and s.id = h.issue_id
        where h.org_id = i.org_id and h.part_inventory_id = i.id order by s.number limit 1;
    elsif i.merged_into_id is not null then
        v_holder := jsonb_build_object('merged_into_id', i.merged_into_id);
    else
        select jsonb_strip_nulls(jsonb_build_object('run_id', r.id, 'run_number', r.number, 'kit_name', i.kit_name)) into v_holder
        from (select coalesce(i.building_run_id, i.reserved_run_id) as id) x left join traveler.run r on r.org_id = i.org_id and r.id = x.id;
    end if;
    return jsonb_build_object('inventory_status', i.status, 'quantity', traveler.json_decimal(i.quantity), 'held_by', nullif(v_holder, '{}'));
end
$$;
comment on function traveler_private.holding_json is 'How much a row holds and who has it, for a refusal (I2, I6, B2).';

-- Refuses while something has the row: its quantity does not change then. Who has it is named.
create or replace function traveler_private.demand_loose(p_inventory uuid) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_row traveler.part_inventory;
    v_number bigint;
begin
    select * into v_row from traveler.part_inventory i where i.org_id = v_org and i.id = p_inventory;
    if v_row.installation_id is not null then
        select r.number into v_number from traveler.installation n join traveler.run r on r.org_id = n.org_id and r.id = n.run_id
        where n.org_id = v_org and n.id = v_row.installation_id;
        perform traveler_private.refuse(409, 'installed_is_whole', 'B2', format('It is installed, by run %s: the quantity of an installed row does not change.', v_number),
            'Uninstall it first.', jsonb_build_object('installation_id', v_row.installation_id, 'quantity', traveler.json_decimal(v_row.quantity)));
    elsif v_row.building_run_id is not null then
        select r.number into v_number from traveler.run r where r.org_id = v_org and r.id = v_row.building_run_id;
        perform traveler_private.refuse(409, 'inventory_on_run', 'I3',
            case when v_row.build_canceled then format('It was never built: run %s is canceled.', v_number) else format('It is on run %s, which is live.', v_number) end,
            case when not v_row.build_canceled then 'Complete the run first.' end,
            jsonb_build_object('run_id', v_row.building_run_id, 'quantity', traveler.json_decimal(v_row.quantity)));
    elsif v_row.run_split_id is not null then
        select r.number into v_number from traveler.run_split s join traveler.run r on r.org_id = s.org_id and r.id = s.run_id
        where s.org_id = v_org and s.id = v_row.run_split_id;
        perform traveler_private.refuse(409, 'inventory_on_split', 'X9', format('It was split off run %s, and its issue decides about it.', v_number),
            'Close the split: merge it, rework it, scrap it, use it as is, or return it.',
            jsonb_build_object('run_split_id', v_row.run_split_id, 'quantity', traveler.json_decimal(v_row.quantity)));
    elsif v_row.merged_into_id is not null then
        perform traveler_private.refuse(409, 'inventory_merged', 'I4', 'It was merged into another row, which holds it all.', 'Take it from there.',
            jsonb_build_object('merged_into_id', v_row.merged_into_id, 'quantity', '0'));
    elsif v_row.quantity_scrapped > 0 then
        perform traveler_private.refuse(409, 'inventory_scrapped', 'I4', 'It is scrapped.', 'Bring it back first.',
            jsonb_build_object('quantity', '0', 'quantity_scrapped', traveler.json_decimal(v_row.quantity_scrapped)));
    end if;
end
$$;
comment on function traveler_private.demand_loose is 'Refuses a row whose quantity may not change, and names what has it: an assembly, a run, another row, the scrap (B2, I3, I4).';

-- What someone has yet to decide about stays here; what an issue gave up for good may go, to its vendor say.
create or replace function traveler_private.demand_shippable(p_inventory uuid) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_reason text;
    v_issue bigint;
begin
    select i.hold_reason into v_reason from traveler.part_inventory i where i.org_id = v_org and i.id = p_inventory;
    perform traveler_private.demand(v_reason is null, 409, 'inventory_unavailable', 'I2', format('It is on quality hold: %s', v_reason), 'Release the hold first.');
    select min(h.number) into v_issue from traveler.inventory_issue_hold h
    join traveler.issue s on s.org_id = h.org_id and s.id = h.issue_id
    left join traveler.disposition_type t on t.org_id = s.org_id and t.id = s.disposition_type_id
    where h.org_id = v_org and h.part_inventory_id = p_inventory and t.availability is distinct from 'permanently_unavailable';
    perform traveler_private.demand(v_issue is null, 409, 'issue_keeps_it', 'Q1', format('Issue %s keeps it from being used.', v_issue), 'Set the issue''s disposition first.');
end
$$;
comment on function traveler_private.demand_shippable is 'Refuses to ship what quality or an undecided issue holds (I2, Q1).';

-- Rows merge that nobody could tell apart: what built them, what they are, where, until when and for whom. What a run built is named in
-- its record, and stays a row.
create or replace function traveler_private.demand_mergeable(p_from uuid, p_to uuid) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    f traveler.part_inventory;
    t traveler.part_inventory;
    v_difference text;
    v_origins uuid[];
    v_from_runs uuid[];
    v_to_runs uuid[];
begin
    select * into f from traveler.part_inventory i where i.org_id = v_org and i.id = p_from;
    select * into t from traveler.part_inventory i where i.org_id = v_org and i.id = p_to;
    -- The origins are looked up once, not for each row that they are compared with.
    v_origins := traveler_private.row_and_origins(f);
    v_from_runs := array(select distinct b.run_id from traveler.run_inventory b where b.org_id = v_org and b.part_inventory_id = any (v_origins) order by 1);
    v_origins := traveler_private.row_and_origins(t);
    v_to_runs := array(select distinct b.run_id from traveler.run_inventory b where b.org_id = v_org and b.part_inventory_id = any (v_origins) order by 1);
    v_difference := case
        when f.part_id <> t.part_id then 'They are not the same part and revision.'
        when exists (select from traveler.part p where p.org_id = v_org and p.id = f.part_id and p.tracking = 'serial') then 'Serialized units never merge.'
        when f.lot_number is distinct from t.lot_number then 'They are not the same lot.'
        when f.location_id is distinct from t.location_id then 'They are not at the same location.'
        when f.expires_at is distinct from t.expires_at then 'They do not expire at the same time.'
        when num_nonnulls(f.hold_reason, t.hold_reason) > 0 then 'One of them is on quality hold.'
        when (f.reserved_run_id, f.reserved_split_id, f.kit_name) is distinct from (t.reserved_run_id, t.reserved_split_id, t.kit_name) then 'They are not reserved alike.'
        when exists (select from traveler.issue_inventory l where l.org_id = v_org and l.part_inventory_id in (f.id, t.id) and l.unlinked_at is null)
            then 'An issue is about one of them.'
        when exists (select from traveler.run_inventory b where b.org_id = v_org and b.part_inventory_id = f.id)
            then 'One that a run built is not merged into another: merge the other into it.'
        when v_from_runs <> v_to_runs
            then 'They were not built by the same run.' end;
    perform traveler_private.demand(v_difference is null, 409, 'merge_differs', 'I4', v_difference, 'Merge rows that are the same but for their quantity.',
        jsonb_build_object('part_inventory_id', f.id, 'quantity', traveler.json_decimal(f.quantity)));
end
$$;
comment on function traveler_private.demand_mergeable is 'Refuses to merge rows that differ in anything but their quantity (I4).';

-- I4: who moved it is what the transaction says, not the writer. The history of the same statement verifies that (Y1).
create or replace function traveler_private.stamp_movement() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    new.moved_by := traveler_private.unverified_actor();
    return new;
end
$$;
comment on function traveler_private.stamp_movement is 'Trigger: a movement says who made it (I4).';
create or replace trigger _110_stamp_movement before insert on traveler.inventory_movement
    for each row execute function traveler_private.stamp_movement();

create or replace function traveler_private.reservation_text(i traveler.part_inventory) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return concat_ws(' ', case when i.kit_name is null then 'reserved' else format('kitted as %s', i.kit_name) end,
        (select format('for run %s', r.number) from traveler.run r where r.org_id = i.org_id and r.id = i.reserved_run_id),
        (select format('(split %s)', s.number) from traveler.run_split s where s.org_id = i.org_id and s.id = i.reserved_split_id));
end
$$;
comment on function traveler_private.reservation_text is 'What a row is reserved or kitted for, in words (I2).';

-- A hold and a reservation are taken off before another is put on: who had it is asked first.
create or replace function traveler_private.guard_hold() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.require('inventory.hold');
    perform traveler_private.demand(num_nulls(old.hold_reason, new.hold_reason) = 1, 409, 'held_already', 'I2',
        format('It is on quality hold already: %s', old.hold_reason), 'Release the hold first.');
    perform traveler_private.demand(new.hold_reason is not null or coalesce(trim(traveler_private.reason()), '') <> '', 422, 'reason_missing', 'I2',
        'Say why the hold is released.');
    return new;
end
$$;
comment on function traveler_private.guard_hold is 'Trigger: quality holds are put on and taken off, each with a reason (I2).';
create or replace trigger _100_guard_hold before update of hold_reason on traveler.part_inventory
    for each row when (old.hold_reason is distinct from new.hold_reason) execute function traveler_private.guard_hold();

create or replace function traveler_private.guard_reservation() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_reason text;
    v_run traveler.run;
begin
    -- An installation ends a reservation, and so does the end of the run: under their own permissions.
    if pg_trigger_depth() = 1 then
        perform traveler_private.require('inventory.reserve');
    end if;
    if num_nonnulls(new.reserved_run_id, new.kit_name) = 0 then
        new.reserved_split_id := null;
        return new;
    end if;
    perform traveler_private.demand(num_nonnulls(old.reserved_run_id, old.kit_name) = 0, 409, 'reserved_already', 'B2',
        format('It is %s.', traveler_private.reservation_text(old)), 'Release it first.', jsonb_build_object('reserved_run_id', old.reserved_run_id, 'kit_name', old.kit_name));
    v_reason := traveler_private.unusable_reason(old, null);
    perform traveler_private.demand(v_reason is null, 409, 'inventory_unavailable', 'I2', format('It can''t be reserved. %s', v_reason),
        'Choose inventory that is available.', jsonb_build_object('inventory_status', old.status, 'quantity', traveler.json_decimal(old.quantity)));
    if new.reserved_run_id is not null then
        perform from traveler.run r where r.org_id = new.org_id and r.id = new.reserved_run_id for no key update;
        select * into v_run from traveler.run r where r.org_id = new.org_id and r.id = new.reserved_run_id;
        perform traveler_private.demand(found, 422, 'run_unknown', 'T1', 'There is no such run.');
        perform traveler_private.demand(v_run.completed_at is null and v_run.status <> 'canceled', 409, 'run_ended', 'B2',
            format('Run %s is %s: nothing is kept for it.', v_run.number, replace(v_run.status, '_', ' ')), 'Name a live run.');
        perform traveler_private.demand(exists (
            select from traveler.build_requirement b where b.org_id = new.org_id and b.run_id = v_run.id and b.withdrawn_at is null and (b.part_id = new.part_id or exists (
                select from traveler.build_requirement_substitute s where s.org_id = b.org_id and s.build_requirement_id = b.id and s.part_id = new.part_id and s.withdrawn_at is null))),
            409, 'part_not_required', 'B2', format('Run %s requires no such part.', v_run.number), 'Name a run that requires it.');
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_reservation is 'Trigger: what is available is reserved, for a live run that requires it or in a kit (I2, B2).';
create or replace trigger _100_guard_reservation before update of reserved_run_id, kit_name on traveler.part_inventory
    for each row when ((old.reserved_run_id, old.kit_name) is distinct from (new.reserved_run_id, new.kit_name))
    execute function traveler_private.guard_reservation();

-- I5: what is split off is held and reserved as its row is; nothing else starts so.
create or replace function traveler_private.guard_split_copy() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand(exists (select from traveler.part_inventory i where i.org_id = new.org_id and i.id = new.origin_id
            and (i.hold_reason, i.reserved_run_id, i.reserved_split_id, i.kit_name)
                is not distinct from (new.hold_reason, new.reserved_run_id, new.reserved_split_id, new.kit_name)),
        409, 'starts_free', 'I5', 'A row starts free, or as what it is split from is: held and reserved alike.', 'Hold or reserve it once it is there.');
    return new;
end
$$;
comment on function traveler_private.guard_split_copy is 'Trigger: a row starts held or reserved only as a part of such a row (I5).';
create or replace trigger _100_guard_split_copy before insert on traveler.part_inventory
    for each row when (num_nonnulls(new.hold_reason, new.reserved_run_id, new.kit_name) > 0) execute function traveler_private.guard_split_copy();

-- B2: what a run that ends did not use is stock again, as the rows that it is. A run that is brought back reserves anew.
create or replace function traveler_private.release_reserved() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    -- Inventory is locked before runs: who holds a row may be waiting for the run, and is not waited for.
    perform from traveler.part_inventory i where i.org_id = new.org_id and i.reserved_run_id = new.id and i.reserved_split_id is null
    order by i.id for no key update nowait;
    update traveler.part_inventory i set reserved_run_id = null, kit_name = null
    where i.org_id = new.org_id and i.reserved_run_id = new.id and i.reserved_split_id is null;
    return null;
end
$$;
comment on function traveler_private.release_reserved is 'Trigger: a run that is completed or canceled keeps nothing reserved (B2).';
create or replace trigger _520_release_reserved after update on traveler.run
    for each row when (old.completed_at is null and new.completed_at is not null or old.status <> 'canceled' and new.status = 'canceled')
    execute function traveler_private.release_reserved();

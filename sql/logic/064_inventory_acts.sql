-- Acts on part inventory (I2, I4, I5): each locks its row, splits off the part that it is about, and moves or marks that. Answers are
-- of the row that the act was about: the part, where there is one.

create or replace function traveler_private.lock_inventory(p_inventory uuid, p_version integer) returns traveler.part_inventory
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_row traveler.part_inventory;
begin
    select * into v_row from traveler.part_inventory i where i.org_id = traveler_private.org() and i.id = p_inventory for no key update;
    perform traveler_private.demand(found, 404, 'inventory_unknown', 'T1', 'There is no such part inventory.');
    perform traveler_private.expect_version('part_inventory', p_inventory, v_row.version, p_version);
    return v_row;
end
$$;
comment on function traveler_private.lock_inventory is 'Locks a row for an act on it; refuses one that is not there, or stale.';

-- I5. Nothing named, or all there is: the row itself.
create or replace function traveler_private.part_of(p_row traveler.part_inventory, p_quantity text, p_reason text) returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_quantity numeric := traveler_private.quantity_of(p_quantity);
begin
    if v_quantity is null or v_quantity = p_row.quantity then
        return p_row.id;
    end if;
    perform traveler_private.demand_loose(p_row.id);
    perform traveler_private.demand(v_quantity < p_row.quantity, 409, 'not_enough', 'I6',
        format('There are %s here, not %s.', traveler.json_decimal(p_row.quantity), traveler.json_decimal(v_quantity)),
        'Name no more than there is.', jsonb_build_object('quantity', traveler.json_decimal(p_row.quantity)));
    return traveler_private.split_row(p_row.id, v_quantity, p_reason => p_reason);
end
$$;
comment on function traveler_private.part_of is 'The id of a part of a row, split off unless it is all of it (I5).';

create or replace function traveler_private.inventory_reason(p_request jsonb, p_required boolean default true) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_reason text := nullif(trim(p_request ->> 'reason'), '');
begin
    perform traveler_private.demand(v_reason is not null or not p_required, 422, 'reason_missing', 'I4', 'Say why.', 'Give a reason.');
    if v_reason is not null then
        perform traveler_private.give_reason(v_reason);
    end if;
    return v_reason;
end
$$;
comment on function traveler_private.inventory_reason is 'The reason of an act on inventory, from here on that of its history entries too.';

-- What comes in or goes out for good, of a whole row.
create or replace function traveler_private.move_out(p_kind text, p_inventory uuid, p_reason text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_quantity numeric;
begin
    select i.quantity into v_quantity from traveler.part_inventory i where i.org_id = traveler_private.org() and i.id = p_inventory;
    perform traveler_private.demand_loose(p_inventory);
    perform traveler_private.demand(v_quantity > 0, 409, 'not_enough', 'I6', 'There is nothing here.', null, '{"quantity": "0"}');
    insert into traveler.inventory_movement (org_id, kind, from_inventory_id, quantity, reason)
    values (traveler_private.org(), p_kind, p_inventory, v_quantity, p_reason);
end
$$;
comment on function traveler_private.move_out is 'Takes all of a row out of the org''s stock (I4).';

-- POST /v1/inventory/{id}/adjust: {quantity | difference, reason}
create or replace function traveler.adjust_inventory(p_inventory uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_row traveler.part_inventory;
    v_amount text := coalesce(p_request ->> 'quantity', p_request ->> 'difference');
    v_difference numeric;
    v_reason text;
begin
    perform traveler_private.require('inventory.receive');
    perform traveler_private.demand(num_nonnulls(p_request ->> 'quantity', p_request ->> 'difference') = 1, 422, 'adjustment_unclear', 'I4',
        'Say what was counted, or by how much it differs.', 'Give quantity or difference.');
    perform traveler_private.demand(v_amount ~ '^-?[0-9]{1,14}(\.[0-9]{1,6})?$' and (p_request ->> 'quantity' is null or v_amount !~ '^-'), 422, 'quantity_invalid', 'I4',
        format('%s can''t be counted: up to 14 digits before the point and 6 after it.', left(v_amount, 50)));
    v_reason := traveler_private.inventory_reason(p_request);
    v_row := traveler_private.lock_inventory(p_inventory, p_version);
    perform traveler_private.demand_loose(p_inventory);
    v_difference := v_amount::numeric - case when p_request ->> 'quantity' is null then 0 else v_row.quantity end;
    perform traveler_private.demand(v_row.quantity + v_difference >= 0, 409, 'not_enough', 'I6',
        format('There are %s here: they can''t become %s.', traveler.json_decimal(v_row.quantity), traveler.json_decimal(v_row.quantity + v_difference)),
        'Take no more than there is.', jsonb_build_object('quantity', traveler.json_decimal(v_row.quantity)));
    -- A count that agrees moves nothing.
    if v_difference <> 0 then
        insert into traveler.inventory_movement (org_id, kind, from_inventory_id, to_inventory_id, quantity, reason)
        values (v_org, 'adjust', case when v_difference < 0 then p_inventory end, case when v_difference > 0 then p_inventory end, abs(v_difference), v_reason);
    end if;
    return traveler.inventory_json(p_inventory);
end
$$;
comment on function traveler.adjust_inventory is 'Sets a row''s quantity to what was counted, or changes it by a difference, with a reason (I4).';

-- POST /v1/inventory/{id}/scrap: {quantity?, reason}
create or replace function traveler.scrap_inventory(p_inventory uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_reason text;
    v_part uuid;
begin
    perform traveler_private.require('inventory.scrap');
    v_reason := traveler_private.inventory_reason(p_request);
    v_part := traveler_private.part_of(traveler_private.lock_inventory(p_inventory, p_version), p_request ->> 'quantity', v_reason);
    perform traveler_private.move_out('scrap', v_part, v_reason);
    return traveler.inventory_json(v_part);
end
$$;
comment on function traveler.scrap_inventory is 'Scraps a row, or a part of it, which is split off first (I4, I5).';

-- POST /v1/inventory/{id}/unscrap: {reason}
create or replace function traveler.unscrap_inventory(p_inventory uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_row traveler.part_inventory;
    v_reason text;
begin
    perform traveler_private.require('inventory.scrap');
    v_reason := traveler_private.inventory_reason(p_request);
    v_row := traveler_private.lock_inventory(p_inventory, p_version);
    perform traveler_private.demand(v_row.quantity_scrapped > 0, 409, 'not_scrapped', 'I4', format('It is %s, not scrapped.', replace(v_row.status, '_', ' ')));
    insert into traveler.inventory_movement (org_id, kind, to_inventory_id, quantity, reason) values (v_org, 'unscrap', p_inventory, v_row.quantity_scrapped, v_reason);
    return traveler.inventory_json(p_inventory);
end
$$;
comment on function traveler.unscrap_inventory is 'Brings all that was scrapped of a row back, with a reason (I4).';

-- POST /v1/inventory/{id}/move: {location_id, quantity?, reason?}
create or replace function traveler.move_inventory(p_inventory uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_row traveler.part_inventory;
    v_reason text;
    v_part uuid;
begin
    perform traveler_private.require('inventory.receive');
    v_reason := traveler_private.inventory_reason(p_request, false);
    v_row := traveler_private.lock_inventory(p_inventory, p_version);
    perform traveler_private.demand(v_row.installation_id is null, 409, 'installed_has_no_location', 'B3',
        'It is installed: it is where its assembly is.', 'Move the assembly.');
    v_part := traveler_private.part_of(v_row, p_request ->> 'quantity', v_reason);
    update traveler.part_inventory i set location_id = (p_request ->> 'location_id')::uuid where i.org_id = v_org and i.id = v_part;
    return traveler.inventory_json(v_part);
end
$$;
comment on function traveler.move_inventory is 'Moves a row, or a part of it, to another location (B3, I5).';

-- POST /v1/inventory/{id}/hold: {reason, quantity?}
create or replace function traveler.hold_inventory(p_inventory uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_row traveler.part_inventory;
    v_reason text;
    v_part uuid;
begin
    perform traveler_private.require('inventory.hold');
    v_reason := traveler_private.inventory_reason(p_request);
    v_row := traveler_private.lock_inventory(p_inventory, p_version);
    perform traveler_private.demand(v_row.hold_reason is null, 409, 'held_already', 'I2', format('It is on quality hold already: %s', v_row.hold_reason), 'Release the hold first.');
    v_part := traveler_private.part_of(v_row, p_request ->> 'quantity', v_reason);
    update traveler.part_inventory i set hold_reason = v_reason where i.org_id = v_org and i.id = v_part;
    return traveler.inventory_json(v_part);
end
$$;
comment on function traveler.hold_inventory is 'Puts a row, or a part of it, on quality hold: it reads unavailable (I2).';

-- POST /v1/inventory/{id}/release: {reason}
create or replace function traveler.release_inventory(p_inventory uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_row traveler.part_inventory;
begin
    perform traveler_private.require('inventory.hold');
    perform traveler_private.inventory_reason(p_request);
    v_row := traveler_private.lock_inventory(p_inventory, p_version);
    perform traveler_private.demand(v_row.hold_reason is not null, 409, 'not_held', 'I2', 'It is not on quality hold.',
        case when v_row.issue_hold then 'An issue keeps it: set the issue''s disposition.' end);
    update traveler.part_inventory i set hold_reason = null where i.org_id = v_org and i.id = p_inventory;
    return traveler.inventory_json(p_inventory);
end
$$;
comment on function traveler.release_inventory is 'Takes a row off quality hold, with a reason (I2).';

-- POST /v1/inventory/{id}/ship: {quantity?, reason?}
create or replace function traveler.ship_inventory(p_inventory uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_reason text;
    v_part uuid;
begin
    perform traveler_private.require('inventory.receive');
    v_reason := traveler_private.inventory_reason(p_request, false);
    v_part := traveler_private.part_of(traveler_private.lock_inventory(p_inventory, p_version), p_request ->> 'quantity', v_reason);
    perform traveler_private.move_out('ship', v_part, v_reason);
    return traveler.inventory_json(v_part);
end
$$;
comment on function traveler.ship_inventory is 'Ships a row, or a part of it, out of the org''s stock (I4, I5).';

-- POST /v1/inventory/{id}/return: {quantity?, location_id?, reason?}
create or replace function traveler.return_inventory(p_inventory uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_row traveler.part_inventory;
    v_quantity numeric := traveler_private.quantity_of(p_request ->> 'quantity');
    v_reason text;
begin
    perform traveler_private.require('inventory.receive');
    v_reason := traveler_private.inventory_reason(p_request, false);
    v_row := traveler_private.lock_inventory(p_inventory, p_version);
    perform traveler_private.demand_loose(p_inventory);
    v_quantity := coalesce(v_quantity, v_row.quantity_shipped);
    perform traveler_private.demand(v_row.quantity_shipped > 0, 409, 'not_shipped', 'I4', 'Nothing of it is shipped.', 'Receive what comes from elsewhere.');
    perform traveler_private.demand(v_quantity <= v_row.quantity_shipped, 409, 'not_enough', 'I6',
        format('%s of it are shipped, not %s.', traveler.json_decimal(v_row.quantity_shipped), traveler.json_decimal(v_quantity)),
        'Receive what comes from elsewhere.', jsonb_build_object('quantity_shipped', traveler.json_decimal(v_row.quantity_shipped)));
    insert into traveler.inventory_movement (org_id, kind, to_inventory_id, quantity, reason) values (v_org, 'return', p_inventory, v_quantity, v_reason);
    if p_request ? 'location_id' then
        update traveler.part_inventory i set location_id = (p_request ->> 'location_id')::uuid where i.org_id = v_org and i.id = p_inventory;
    end if;
    return traveler.inventory_json(p_inventory);
end
$$;
comment on function traveler.return_inventory is 'Takes back what was shipped of a row, all or some of it (I4).';

-- POST /v1/inventory/{id}/split: {quantity, reason?}
create or replace function traveler.split_inventory(p_inventory uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_reason text;
    v_part uuid;
begin
    perform traveler_private.require('inventory.receive');
    v_reason := traveler_private.inventory_reason(p_request, false);
    v_part := traveler_private.part_of(traveler_private.lock_inventory(p_inventory, p_version), p_request ->> 'quantity', v_reason);
    perform traveler_private.demand(v_part <> p_inventory, 409, 'split_is_a_part', 'I5', 'That is all there is: a split leaves something behind.');
    return traveler.inventory_json(v_part);
end
$$;
comment on function traveler.split_inventory is 'Splits a quantity off a row, as a row of its own (I5).';

-- POST /v1/inventory/{id}/merge: {part_inventory_ids, reason?}
create or replace function traveler.merge_inventory(p_inventory uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_ids uuid[];
    v_reason text;
    v_empty uuid;
begin
    perform traveler_private.require('inventory.receive');
    v_reason := traveler_private.inventory_reason(p_request, false);
    v_ids := traveler_private.inventory_of(p_request -> 'part_inventory_ids');
    perform traveler_private.demand(cardinality(v_ids) > 0 and p_inventory <> all (v_ids), 422, 'merge_with_itself', 'I4', 'A row is merged with others.');
    perform from traveler.part_inventory i where i.org_id = v_org and i.id = any (v_ids || p_inventory) order by i.id for no key update;
    perform traveler_private.lock_inventory(p_inventory, p_version);
    perform traveler_private.demand_loose(x) from unnest(p_inventory || v_ids) x;
    select i.id into v_empty from traveler.part_inventory i where i.org_id = v_org and i.id = any (v_ids) and i.quantity = 0 limit 1;
    perform traveler_private.demand(v_empty is null, 409, 'not_enough', 'I6', 'There is nothing in one of them.', null, jsonb_build_object('part_inventory_id', v_empty));
    insert into traveler.inventory_movement (org_id, kind, from_inventory_id, to_inventory_id, quantity, reason)
    select v_org, 'merge', i.id, p_inventory, i.quantity, v_reason
    from traveler.part_inventory i where i.org_id = v_org and i.id = any (v_ids) order by i.id;
    return traveler.inventory_json(p_inventory);
end
$$;
comment on function traveler.merge_inventory is 'Merges rows that differ in nothing but their quantity into one of them (I4).';

-- POST /v1/inventory/{id}/reserve: {run_id?, kit_name?, quantity?}
create or replace function traveler.reserve_inventory(p_inventory uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_row traveler.part_inventory;
    v_part uuid;
begin
    perform traveler_private.require('inventory.reserve');
    perform traveler_private.demand(num_nonnulls(p_request ->> 'run_id', p_request ->> 'kit_name') > 0, 422, 'reserved_for_nothing', 'I2',
        'Say for which run, or in which kit.', 'Give run_id, kit_name or both.');
    v_row := traveler_private.lock_inventory(p_inventory, p_version);
    perform traveler_private.demand(num_nonnulls(v_row.reserved_run_id, v_row.kit_name) = 0, 409, 'reserved_already', 'B2',
        format('It is %s.', traveler_private.reservation_text(v_row)), 'Release it first.',
        jsonb_build_object('reserved_run_id', v_row.reserved_run_id, 'kit_name', v_row.kit_name));
    v_part := traveler_private.part_of(v_row, p_request ->> 'quantity', null);
    update traveler.part_inventory i set reserved_run_id = (p_request ->> 'run_id')::uuid, kit_name = p_request ->> 'kit_name'
    where i.org_id = v_org and i.id = v_part;
    return traveler.inventory_json(v_part);
end
$$;
comment on function traveler.reserve_inventory is 'Keeps a row, or a part of it, for a run, in a kit, or both (I2, B2).';

-- POST /v1/inventory/{id}/unreserve
create or replace function traveler.unreserve_inventory(p_inventory uuid, p_version integer) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_row traveler.part_inventory;
begin
    perform traveler_private.require('inventory.reserve');
    v_row := traveler_private.lock_inventory(p_inventory, p_version);
    perform traveler_private.demand(num_nonnulls(v_row.reserved_run_id, v_row.kit_name) > 0, 409, 'not_reserved', 'I2', 'It is neither reserved nor kitted.');
    update traveler.part_inventory i set reserved_run_id = null, kit_name = null where i.org_id = v_org and i.id = p_inventory;
    return traveler.inventory_json(p_inventory);
end
$$;
comment on function traveler.unreserve_inventory is 'Frees what was reserved or kitted (I2).';

-- PATCH /v1/inventory/{id}: {serial_number?, lot_number?, location_id?}: gives a row the identity it lacks, or moves it.
create or replace function traveler.change_inventory(p_inventory uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.part_inventory;
begin
    perform traveler_private.require('inventory.receive');
    select * into v_now from traveler.part_inventory i where i.org_id = v_org and i.id = p_inventory for no key update;
    perform traveler_private.demand(found, 404, 'inventory_unknown', 'T1', 'There is no such part inventory.');
    perform traveler_private.expect_version('part_inventory', p_inventory, v_now.version, p_version);
    perform traveler_private.demand(not (p_request ? 'location_id' and v_now.installation_id is not null), 409, 'installed_has_no_location', 'B3',
        'It is installed: it is where its assembly is.', 'Move the assembly.');
    update traveler.part_inventory i set
        serial_number = coalesce(p_request ->> 'serial_number', i.serial_number),
        lot_number = coalesce(p_request ->> 'lot_number', i.lot_number),
        location_id = case when p_request ? 'location_id' then (p_request ->> 'location_id')::uuid else i.location_id end,
        attributes = traveler_private.merged_attributes(i.attributes, p_request -> 'attributes')
    where i.org_id = v_org and i.id = p_inventory;
    return traveler.inventory_json(p_inventory);
end
$$;
comment on function traveler.change_inventory is 'Gives an inventory row the serial or lot number it lacks, moves it, or sets attributes of it (I1, B3, F2).';

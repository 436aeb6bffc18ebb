-- Part inventory and the movements that are the only door for quantity (I1-I6).

-- Both sides of each movement at once: what leaves a row and what arrives in another are one statement (I4, I6).
create or replace function traveler_private.apply_movement() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_rows integer;
    v_changed integer;
    v_fault text;
    v_from uuid;
    v_to uuid;
begin
    -- The lock is a statement of its own, in id order (law 11 of the conventions). What moves within a run by its split, a resolution or
    -- a merge moves by their triggers, which have judged it.
    perform from traveler.part_inventory i
    where i.org_id = v_org and i.id in (
        select n.from_inventory_id from new_rows n union select n.to_inventory_id from new_rows n)
    order by i.id for no key update;
    with delta as (
        select x.id, sum(x.quantity) as quantity, sum(x.scrapped) as scrapped, sum(x.shipped) as shipped,
            (array_agg(x.merged_into_id) filter (where x.merged_into_id is not null))[1] as merged_into_id
        from (
            select n.to_inventory_id as id, n.quantity, case n.kind when 'unscrap' then -n.quantity else 0 end as scrapped,
                case n.kind when 'return' then -n.quantity else 0 end as shipped, null::uuid as merged_into_id
            from new_rows n where n.to_inventory_id is not null
            union all
            select n.from_inventory_id, -n.quantity, case n.kind when 'scrap' then n.quantity else 0 end,
                case n.kind when 'ship' then n.quantity else 0 end, case n.kind when 'merge' then n.to_inventory_id end
            from new_rows n where n.from_inventory_id is not null) x
        group by x.id
    ), changed as (
        update traveler.part_inventory i set quantity = i.quantity + d.quantity, quantity_scrapped = i.quantity_scrapped + d.scrapped,
            quantity_shipped = i.quantity_shipped + d.shipped, merged_into_id = coalesce(i.merged_into_id, d.merged_into_id)
        from delta d where i.org_id = v_org and i.id = d.id
        returning 1
    )
    select (select count(*) from delta), (select count(*) from changed) into v_rows, v_changed;
    if v_rows <> v_changed then
        raise exception 'movement: % of % rows moved', v_changed, v_rows;
    end if;
    select x.fault, n.from_inventory_id, n.to_inventory_id into v_fault, v_from, v_to
    from new_rows n
    left join traveler.part_inventory f on f.org_id = v_org and f.id = n.from_inventory_id
    left join traveler.part_inventory t on t.org_id = v_org and t.id = n.to_inventory_id
    cross join lateral (select case
        when n.kind = 'build' then case when t.created_at <> now() then 'built_once' end
        when pg_trigger_depth() > 1 and n.kind in ('split', 'merge') then null
        -- All that a run builds, judged by _510_guard_run_scrap.
        when n.kind = 'scrap' and f.building_run_id is not null and f.building_run_id = n.run_id and f.installation_id is null then null
        when coalesce(f.installation_id, f.building_run_id, f.run_split_id, t.installation_id, t.building_run_id, t.run_split_id) is not null then 'not_loose'
        when n.kind = 'split' and (f.quantity = 0
            or (t.part_id, t.lot_number, t.origin_id, t.expires_at, t.hold_reason, t.reserved_run_id, t.reserved_split_id, t.kit_name)
            is distinct from (f.part_id, f.lot_number, f.id, f.expires_at, f.hold_reason, f.reserved_run_id, f.reserved_split_id, f.kit_name)) then 'split_is_a_part'
        when n.kind = 'split' and f.issue_hold then 'issue_keeps_it'
        when n.kind = 'ship' and f.quantity <> 0 then 'whole_row'
        when n.kind = 'ship' then 'ship'
        when n.kind = 'merge' then 'merge' end as fault) x
    where x.fault is not null
    order by x.fault in ('ship', 'merge') limit 1;
    if not found then
        return null;
    end if;
    if v_fault = 'not_loose' then
        perform traveler_private.demand_loose(v_from);
        perform traveler_private.demand_loose(v_to);
    elsif v_fault = 'split_is_a_part' then
        perform traveler_private.refuse(409, 'split_is_a_part', 'I5', 'A split leaves something behind, and what it takes is as the row is: part, lot, expiry, hold, reservation.');
    elsif v_fault = 'issue_keeps_it' then
        -- Q1: what an issue keeps stays together under it.
        perform traveler_private.refuse(409, 'issue_keeps_it', 'Q1', 'An issue keeps it from being used: nothing is split off from it.', 'Set the issue''s disposition first.');
    elsif v_fault = 'whole_row' then
        perform traveler_private.refuse(409, 'whole_row', 'I5', 'What is shipped is a whole row.', 'Split the part off first.');
    elsif v_fault = 'built_once' then
        perform traveler_private.refuse(409, 'built_once', 'I3', 'What a run builds is there from its creation, once.', 'Adjust it, with a reason.');
    else
        for v_from, v_to, v_fault in
            select n.from_inventory_id, n.to_inventory_id, n.kind from new_rows n where n.kind in ('ship', 'merge')
        loop
            if v_fault = 'ship' then
                perform traveler_private.demand_shippable(v_from);
            else
                perform traveler_private.demand_mergeable(v_from, v_to);
            end if;
        end loop;
    end if;
    return null;
end
$$;
comment on function traveler_private.apply_movement is 'Trigger: applies inserted movements to both of their rows (I4).';
create or replace trigger _500_apply_movement after insert on traveler.inventory_movement
    referencing new table as new_rows for each statement execute function traveler_private.apply_movement();
create or replace trigger _010_refuse_change before update on traveler.inventory_movement
    for each row execute function traveler_private.refuse_change('inventory_movement', 'I4');
alter table traveler.inventory_movement enable always trigger _010_refuse_change;

-- I5: a row and all that it was split from: what built the whole built the part.
create or replace function traveler_private.row_and_origins(i traveler.part_inventory) returns uuid[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    if i.origin_id is null then
        return array[i.id];
    end if;
    return array(
        with recursive origin as (
            select i.id, i.origin_id
            union all
            select x.id, x.origin_id from origin o join traveler.part_inventory x on x.org_id = i.org_id and x.id = o.origin_id
        )
        select o.id from origin o);
end
$$;
comment on function traveler_private.row_and_origins is 'The ids of a row and of all that it was split from (I5).';

-- I1: the part's tracking says what a row may carry. New rows are judged all at once.
create or replace function traveler_private.refuse_identity(p_number text, p_is_serial boolean) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(422, case when p_is_serial then 'serial_not_tracked' else 'lot_not_tracked' end, 'I1',
        format('Part %s is not tracked by %s number.', p_number, case when p_is_serial then 'serial' else 'lot' end));
end
$$;
comment on function traveler_private.refuse_identity is 'Refuses the serial or lot number of a row whose part has none (I1).';

create or replace function traveler_private.guard_new_inventory() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_number text;
    v_is_serial boolean;
begin
    select p.part_number, n.serial_number is not null into v_number, v_is_serial
    from new_rows n join traveler.part p on p.org_id = n.org_id and p.id = n.part_id
    where p.tracking <> 'serial' and n.serial_number is not null or p.tracking = 'none' and n.lot_number is not null
    order by n.id limit 1;
    if found then
        perform traveler_private.refuse_identity(v_number, v_is_serial);
    end if;
    return null;
end
$$;
comment on function traveler_private.guard_new_inventory is 'Trigger: serial and lot of new rows as their parts'' tracking allows (I1).';

create or replace function traveler_private.guard_inventory_identity() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_number text;
begin
    if new.part_id <> old.part_id or old.serial_number is not null and new.serial_number is distinct from old.serial_number
        or old.lot_number is not null and new.lot_number is distinct from old.lot_number or new.origin_id is distinct from old.origin_id then
        perform traveler_private.refuse(409, 'inventory_identity', 'I1', 'What an inventory row is never changes: part, serial, lot and origin.');
    end if;
    select p.part_number into v_number from traveler.part p
    where p.org_id = new.org_id and p.id = new.part_id
        and (p.tracking <> 'serial' and new.serial_number is not null or p.tracking = 'none' and new.lot_number is not null);
    if found then
        perform traveler_private.refuse_identity(v_number, new.serial_number is not null);
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_inventory_identity is 'Trigger: serial and lot are fixed once given, and as the part''s tracking allows (I1).';
create or replace trigger _100_guard_new_inventory after insert on traveler.part_inventory
    referencing new table as new_rows for each statement execute function traveler_private.guard_new_inventory();
create or replace trigger _100_guard_inventory_identity before update of part_id, serial_number, lot_number, origin_id on traveler.part_inventory
    for each row when ((old.part_id, old.serial_number, old.lot_number, old.origin_id) is distinct from (new.part_id, new.serial_number, new.lot_number, new.origin_id))
    execute function traveler_private.guard_inventory_identity();

-- I5, I1: a serialized unit is one and stays one.
create or replace function traveler_private.guard_serialized_quantity() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_number text;
begin
    select p.part_number into v_number from traveler.part p
    where p.org_id = new.org_id and p.id = new.part_id and p.tracking = 'serial';
    if found and new.quantity not in (0, 1) then
        perform traveler_private.refuse(409, 'serialized_is_one', 'I1', format('Part %s is tracked by serial number: a row of it is one unit.', v_number),
            'Receive each unit as a row of its own.');
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_serialized_quantity is 'Trigger: a row of a serialized part holds one unit at most (I1).';
create or replace trigger _110_guard_serialized_quantity before insert or update of quantity on traveler.part_inventory
    for each row when (new.quantity not in (0, 1)) execute function traveler_private.guard_serialized_quantity();

-- Derived columns start empty and are moved by triggers alone (I2, I4).
create or replace trigger _120_refuse_derived before update of quantity, quantity_scrapped, quantity_shipped, merged_into_id, installation_id, building_run_id, build_canceled, issue_hold,
    run_split_id, reserved_split_id, outside_process_id on traveler.part_inventory
    for each row when (pg_trigger_depth() = 0)
    execute function traveler_private.refuse_derived('part_inventory', 'I2', 'The quantity, installation, run or hold');
create or replace trigger _120_refuse_derived_insert before insert on traveler.part_inventory
    for each row when (new.quantity <> 0 or new.installation_id is not null or new.building_run_id is not null or new.build_canceled or new.issue_hold
        or new.quantity_scrapped <> 0 or new.quantity_shipped <> 0 or new.merged_into_id is not null or new.run_split_id is not null or new.outside_process_id is not null)
    execute function traveler_private.refuse_derived('part_inventory', 'I2', 'The quantity, installation, run or hold');

-- I2: stock that may be used. Expiry and the place's availability depend on the clock and on another row, so they are judged here.
-- The run is the one that it is to be used for: what is reserved or kitted for that one is as good as free.
create or replace function traveler_private.unusable_reason(i traveler.part_inventory, p_run uuid) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select case
            when i.status = 'scrapped' then 'It is scrapped.'
            when i.status = 'installed' then (select format('It is installed in %s by run %s.',
                    coalesce(traveler_private.row_name(n.assembly_inventory_id), 'the run as a whole'), r.number)
                from traveler.installation n join traveler.run r on r.org_id = n.org_id and r.id = n.run_id where n.org_id = i.org_id and n.id = i.installation_id)
            when i.status = 'work_in_progress' then (select format('It is still being built by run %s.', r.number)
                from traveler.run r where r.org_id = i.org_id and r.id = i.building_run_id)
            when i.status = 'never_built' then 'It was never built: its run is canceled.'
            when i.run_split_id is not null then (select format('It was split off run %s, and its issue decides about it.', r.number)
                from traveler.run_split s join traveler.run r on r.org_id = s.org_id and r.id = s.run_id where s.org_id = i.org_id and s.id = i.run_split_id)
            when i.issue_hold then (select format('Issue %s keeps it from being used.', min(h.number)) from traveler.inventory_issue_hold h
                where h.org_id = i.org_id and h.part_inventory_id = i.id)
            when i.hold_reason is not null then format('It is on quality hold: %s', i.hold_reason)
            when i.merged_into_id is not null then 'It was merged into another row.'
            when i.quantity = 0 then 'Its quantity is 0.'
            when i.expires_at <= now() then format('It expired at %s.', traveler.json_time(i.expires_at))
            when exists (select from traveler.location l where l.org_id = i.org_id and l.id = i.location_id and not l.available)
                then (select format('It is at %s, a location marked unavailable.', l.name) from traveler.location l where l.org_id = i.org_id and l.id = i.location_id)
            when i.status in ('kitted', 'reserved') and (p_run is null or i.reserved_run_id is distinct from p_run)
                then format('It is %s.', traveler_private.reservation_text(i))
        end
    );
end
$$;
comment on function traveler_private.unusable_reason is 'Why an inventory row can''t be used for a run (or at all) now; null when it can (I2, B2).';
comment on column traveler.part_inventory.status is
    'Derived, never set (I2). That an available row has expired or stands at an unavailable location is told by traveler_private.unusable_reason.';

-- B3: where a row is: its own place, or that of the top assembly it is installed in.
create or replace function traveler.inventory_location(p_inventory uuid) returns uuid
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        with recursive up as (
            select i.org_id, i.location_id, i.installation_id, 1 as level
            from traveler.part_inventory i where i.org_id = traveler.current_org() and i.id = p_inventory
            union all
            select a.org_id, a.location_id, a.installation_id, u.level + 1
            from up u
            join traveler.installation n on n.org_id = u.org_id and n.id = u.installation_id
            join traveler.part_inventory a on a.org_id = n.org_id
                and a.id = coalesce(n.assembly_inventory_id, (select r.part_inventory_id from traveler.run_inventory r
                    where r.org_id = n.org_id and r.run_id = n.run_id and r.run_split_id is not distinct from n.run_split_id order by r.id limit 1))
        )
        select u.location_id from up u order by u.level desc limit 1
    );
end
$$;
comment on function traveler.inventory_location is 'Where a row is: its own location, or its top assembly''s when it is installed (B3).';

create or replace function traveler.inventory_json(p_inventory uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', i.id, 'part_id', i.part_id, 'part_number', p.part_number, 'revision', p.revision, 'part_name', p.name,
            'serial_number', i.serial_number, 'lot_number', i.lot_number, 'quantity', traveler.json_decimal(i.quantity), 'unit', p.unit,
            'status', i.status, 'issue_hold', i.issue_hold, 'hold_reason', i.hold_reason, 'reserved_run_id', i.reserved_run_id, 'reserved_split_id', i.reserved_split_id, 'run_split_id', i.run_split_id, 'kit_name', i.kit_name,
            'quantity_scrapped', traveler.json_decimal(i.quantity_scrapped), 'quantity_shipped', traveler.json_decimal(i.quantity_shipped), 'merged_into_id', i.merged_into_id,
            'location_id', traveler.inventory_location(i.id), 'origin_id', i.origin_id,
            'installation_id', i.installation_id, 'building_run_id', i.building_run_id,
            'expires_at', traveler.json_time(i.expires_at), 'created_at', traveler.json_time(i.created_at), 'attributes', i.attributes, 'version', i.version)
        from traveler.part_inventory i join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
        where i.org_id = traveler.current_org() and i.id = p_inventory
    );
end
$$;
comment on function traveler.inventory_json is 'An inventory row as JSON; null when the org has no such row.';

-- I5: the one place where a row divides. Whoever calls has locked the row, and judged that it may.
drop function if exists traveler_private.split_row(uuid, numeric, uuid, uuid);
create or replace function traveler_private.split_row(p_row uuid, p_quantity numeric, p_run uuid default null, p_location uuid default null, p_reason text default null)
    returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_id uuid;
begin
    insert into traveler.part_inventory (org_id, part_id, lot_number, location_id, expires_at, origin_id, hold_reason, reserved_run_id, reserved_split_id, kit_name, attributes)
    select i.org_id, i.part_id, i.lot_number, coalesce(p_location, i.location_id), i.expires_at, i.id, i.hold_reason, i.reserved_run_id, i.reserved_split_id, i.kit_name, i.attributes
    from traveler.part_inventory i where i.org_id = traveler_private.org() and i.id = p_row
    returning id into v_id;
    insert into traveler.inventory_movement (org_id, kind, from_inventory_id, to_inventory_id, quantity, run_id, reason)
    values (traveler_private.org(), 'split', p_row, v_id, p_quantity, p_run, p_reason);
    return v_id;
end
$$;
comment on function traveler_private.split_row is 'Splits a quantity off a row, as a row that is held, reserved and kitted like it and points back to it (I5).';

-- POST /v1/inventory: {part_id, quantity?, serial_number?, lot_number?, generate?, location_id?, expires_at?, attributes?}
create or replace function traveler.receive_inventory(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_id uuid := traveler.new_id();
    v_part traveler.part;
begin
    perform traveler_private.require('inventory.receive');
    select * into v_part from traveler.part p where p.org_id = v_org and p.id = (p_request ->> 'part_id')::uuid for share;
    perform traveler_private.demand(found, 404, 'part_unknown', 'T1', 'There is no such part.');
    perform traveler_private.demand(v_part.archived_at is null, 409, 'part_archived', 'I1', format('Part %s is archived.', v_part.part_number));
    if (p_request ->> 'generate')::boolean then
        perform traveler_private.demand(num_nonnulls(p_request ->> 'serial_number', p_request ->> 'lot_number') = 0, 422, 'number_given', 'I1',
            'The number is given, or it is generated.');
        p_request := p_request || jsonb_build_object(v_part.tracking || '_number', (traveler_private.generate_numbers(v_part, 1))[1]);
    end if;
    perform traveler_private.demand(v_part.tracking <> 'serial' or p_request ->> 'serial_number' is not null, 422, 'serial_missing', 'I1',
        format('Part %s is tracked by serial number: give one.', v_part.part_number));
    perform traveler_private.demand(v_part.tracking <> 'lot' or p_request ->> 'lot_number' is not null, 422, 'lot_missing', 'I1',
        format('Part %s is tracked by lot number: give one.', v_part.part_number));
    insert into traveler.part_inventory (org_id, id, part_id, serial_number, lot_number, location_id, expires_at, attributes)
    values (v_org, v_id, v_part.id, p_request ->> 'serial_number', p_request ->> 'lot_number',
        (p_request ->> 'location_id')::uuid, (p_request ->> 'expires_at')::timestamptz, coalesce(p_request -> 'attributes', '{}'));
    insert into traveler.inventory_movement (org_id, kind, to_inventory_id, quantity)
    values (v_org, 'receive', v_id, coalesce(traveler_private.quantity_of(p_request ->> 'quantity'), 1));
    return traveler.inventory_json(v_id);
end
$$;
comment on function traveler.receive_inventory is 'Receives a unit, a lot or an untracked quantity into stock (I1, I4).';

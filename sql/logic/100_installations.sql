-- Installations (B2-B4): what goes into an assembly, whole rows at a time; a partial quantity splits its row first (I5).

-- What a requirement could still be given alone: what is excepted is installed only after its exception is withdrawn (B2, B5).
create or replace function traveler_private.open_quantity(b traveler.build_requirement) returns numeric
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    return b.quantity_needed - b.quantity_installed - b.quantity_excepted - b.quantity_carried;
end
$$;
comment on function traveler_private.open_quantity is 'What a requirement still needs, counting what is its own alone (B2, B5).';

create or replace function traveler_private.takes_part(b traveler.build_requirement, p_part uuid) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return p_part = b.part_id or exists (
        select from traveler.build_requirement_substitute s where s.org_id = b.org_id and s.build_requirement_id = b.id and s.part_id = p_part and s.withdrawn_at is null);
end
$$;
comment on function traveler_private.takes_part is 'Whether a part is what a requirement asks for, or an approved substitute (B2).';

-- Every rule of B2, judged for whoever writes. The act below only finds the unit and splits the stock.
create or replace function traveler_private.guard_installation() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_row traveler.part_inventory;
    v_part traveler.part;
    v_need traveler.build_requirement;
    v_state text;
    v_units integer;
    v_freed integer;
    v_run_tracking text;
    v_reason text;
    v_open numeric;
begin
    perform from traveler.part_inventory i where i.org_id = v_org and i.id in (new.part_inventory_id, new.assembly_inventory_id)
    order by i.id for no key update;
    perform from traveler.run r where r.org_id = v_org and r.id = new.run_id for no key update;
    select * into v_need from traveler.build_requirement b where b.org_id = v_org and b.id = new.build_requirement_id for no key update;
    new.run_split_id := v_need.run_split_id;
    new.installed_by := traveler_private.actor();
    new.installed_at := clock_timestamp();
    perform traveler_private.demand(num_nonnulls(new.removed_by, new.removed_at, new.removal_reason) = 0 and new.shares = 0, 409, 'installation_starts_live', 'B2',
        'An installation is made before it is removed.');
    if new.origin_id is not null then
        -- What was resolved or merged back stays where it is: that is judged by whoever has it (X5, X7).
        perform traveler_private.demand(pg_trigger_depth() > 1, 409, 'installation_starts_anew', 'X5', 'Only what is resolved or merged continues another installation.');
        return new;
    end if;
    perform traveler_private.demand(v_need.run_split_id is null or exists (
        select from traveler.run_split s where s.org_id = v_org and s.id = v_need.run_split_id and s.closed_at is null),
        409, 'split_closed', 'X9', 'The units that were split off are no group any more.', 'Install into what became of them.');
    select * into v_row from traveler.part_inventory i where i.org_id = v_org and i.id = new.part_inventory_id;
    select * into v_part from traveler.part p where p.org_id = v_org and p.id = v_row.part_id;

    select s.state into v_state from traveler.run_step s where s.org_id = v_org and s.id = v_need.run_step_id;
    perform traveler_private.demand(v_state is null or v_state not in ('hold', 'redline', 'canceled'), 409, 'step_closed_to_parts', 'B2',
        format('The step that installs this part is %s.', v_state), 'Release the step first.');
    if not traveler_private.takes_part(v_need, v_row.part_id) then
        perform traveler_private.refuse(409, 'part_not_approved', 'B2',
            format('Part %s revision %s is neither what is required here, %s, nor an approved substitute.', v_part.part_number, v_part.revision,
                (select format('%s revision %s', p.part_number, p.revision) from traveler.part p where p.org_id = v_org and p.id = v_need.part_id)),
            'Install the required part or one of its substitutes.', traveler_private.holding_json(v_row));
    end if;
    v_reason := traveler_private.unusable_reason(v_row, new.run_id);
    if v_reason is not null then
        perform traveler_private.refuse(409, 'inventory_unavailable', 'B2', format('%s can''t be installed. %s', traveler_private.row_name(v_row.id), v_reason),
            'Choose inventory that is available.', traveler_private.holding_json(v_row));
    end if;
    perform traveler_private.demand(new.quantity = v_row.quantity, 409, 'install_whole_row', 'I5',
        format('The row holds %s, not %s: a part of it is split off first.', traveler.json_decimal(v_row.quantity), traveler.json_decimal(new.quantity)));
    v_open := traveler_private.feedable(v_need);
    perform traveler_private.demand(v_row.reserved_run_id is null or v_row.reserved_split_id is not distinct from v_need.run_split_id, 409, 'inventory_unavailable', 'X6',
        'It is reserved for another group of the run''s units.', 'Choose inventory that is free, or reserved for this group.', jsonb_build_object('inventory_status', v_row.status));
    perform traveler_private.demand(new.quantity <= v_open, 409, 'above_need', case when v_need.quantity_shared > 0 then 'X3' else 'B2' end,
        format('%s more are needed, not %s.', traveler.json_decimal(v_open), traveler.json_decimal(new.quantity)),
        'Install no more than what is open.', jsonb_build_object('open', traveler.json_decimal(v_open)));

    select count(*), count(ri.quantity_freed) into v_units, v_freed from traveler.run_inventory ri
    where ri.org_id = v_org and ri.run_id = new.run_id and ri.run_split_id is not distinct from v_need.run_split_id;
    perform traveler_private.demand(v_freed = 0, 409, 'unit_not_on_run', 'I2', 'The run is canceled, and what it took is free again.', 'Bring the run back first.');
    if v_need.parent_id is not null then
        perform traveler_private.demand_made_assembly(v_need, new.assembly_inventory_id);
    elsif new.assembly_inventory_id is null then
        select p.tracking into v_run_tracking from traveler.run r join traveler.part p on p.org_id = r.org_id and p.id = r.part_id
        where r.org_id = v_org and r.id = new.run_id;
        perform traveler_private.demand(v_units > 1 and not (v_run_tracking = 'serial'
                and (v_part.tracking = 'serial' or cardinality(v_need.reference_designators) > 0)),
            422, 'unit_not_named', 'B2', 'Name the unit that it goes into.', 'Give assembly_inventory_id.');
    else
        perform traveler_private.demand(exists (
            select from traveler.run_inventory ri where ri.org_id = v_org and ri.run_id = new.run_id and ri.part_inventory_id = new.assembly_inventory_id
                and ri.run_split_id is not distinct from v_need.run_split_id),
            409, 'unit_not_on_run', 'B2', case when v_need.run_split_id is null then 'That unit is not built by this run.' else 'That unit is not of this group.' end,
            'Name one of its units.');
    end if;
    perform traveler_private.demand_no_ring(new.part_inventory_id, case when new.assembly_inventory_id is not null then array[new.assembly_inventory_id] else array(
        select ri.part_inventory_id from traveler.run_inventory ri where ri.org_id = v_org and ri.run_id = new.run_id) end);
    return new;
end
$$;
comment on function traveler_private.guard_installation is 'Trigger: judges an installation by every rule of B2 and stamps it.';
create or replace trigger _100_guard_installation before insert on traveler.installation
    for each row when (not new.made_on_assembly) execute function traveler_private.guard_installation();

-- B4, C5: while no record counts an installation it is taken out freely. What a completed run installed, or carried, leaves only under a
-- later run that has the unit. Locks both rows, then that run, the installation's own and those that carry it.
create or replace function traveler_private.removing_run(p_installation traveler.installation) returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_holder uuid;
    v_locked bigint;
    v_own_completed boolean;
begin
    perform from traveler.part_inventory i where i.org_id = v_org and i.id in (p_installation.part_inventory_id, p_installation.assembly_inventory_id)
    order by i.id for no key update;
    perform from traveler.run r where r.org_id = v_org and (r.id = p_installation.run_id
        or r.id = (select i.building_run_id from traveler.part_inventory i where i.org_id = v_org and i.id = p_installation.assembly_inventory_id)
        or r.id in (select c.run_id from traveler.carried_installation c
            where c.org_id = v_org and c.installation_id = p_installation.id and c.ended_at is null))
    order by r.id for no key update;
    -- A group is no record of the run that it left (X9).
    select min(r.number), bool_or(r.id = p_installation.run_id and p_installation.run_split_id is null) into v_locked, v_own_completed from traveler.run r
    where r.org_id = v_org and r.completed_at is not null and (r.id = p_installation.run_id and p_installation.run_split_id is null or r.id in (
        select c.run_id from traveler.carried_installation c
        join traveler.build_requirement b on b.org_id = v_org and b.id = c.build_requirement_id and b.run_split_id is null
        where c.org_id = v_org and c.installation_id = p_installation.id and c.ended_at is null));
    if v_locked is null then
        return null;
    end if;
    select r.id into v_holder from traveler.part_inventory i join traveler.run r on r.org_id = v_org and r.id = i.building_run_id
    where i.org_id = v_org and i.id = p_installation.assembly_inventory_id and r.completed_at is null;
    perform traveler_private.demand(found, 409, 'run_completed', 'C5', format('Run %s is completed: its records are locked.', v_locked),
        'An admin can reopen the run with a reason; a new run that takes the unit may take it out.');
    return case when v_own_completed then v_holder end;
end
$$;
comment on function traveler_private.removing_run is 'The later run under which an installation of a completed run is taken out; null where it is its own run''s act (B4).';

create or replace function traveler_private.guard_removal() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    -- A split or a merge moves an installation to the group that its unit belongs to, and counts who shares it (X4).
    if pg_trigger_depth() > 1 and new.removed_at is null and old.removed_at is null then
        return new;
    end if;
    perform traveler_private.demand((old.run_id, old.build_requirement_id, old.part_inventory_id, old.quantity, old.installed_by, old.installed_at, old.created_at)
            = (new.run_id, new.build_requirement_id, new.part_inventory_id, new.quantity, new.installed_by, new.installed_at, new.created_at)
            and (old.assembly_inventory_id, old.reference_designator, old.made_on_assembly, old.run_split_id, old.origin_id, old.shares)
                is not distinct from (new.assembly_inventory_id, new.reference_designator, new.made_on_assembly, new.run_split_id, new.origin_id, new.shares)
            and old.removed_at is null and new.removed_at is not null,
        409, 'installation_fixed', 'B4', 'An installation is reversed once, and never rewritten.', 'Uninstall it, then install again.');
    perform traveler_private.demand(char_length(trim(new.removal_reason)) > 0, 422, 'reason_missing', 'B4', 'Say why it is taken out.');
    perform traveler_private.demand(new.run_split_id is null or pg_trigger_depth() > 1
            or exists (select from traveler.run_split s where s.org_id = new.org_id and s.id = new.run_split_id and s.closed_at is null)
            or exists (select from traveler.part_inventory i where i.org_id = new.org_id and i.id = new.assembly_inventory_id and i.building_run_id is not null),
        409, 'split_closed', 'X9', 'The units that were split off are no group any more.', 'Take it out by a run that has the unit.');
    new.removed_run_id := traveler_private.removing_run(old);
    new.removed_at := clock_timestamp();
    new.removed_by := traveler_private.actor();
    -- Uninstalling a shared part takes it from all that share it (X4).
    new.shares := 0;
    return new;
end
$$;
comment on function traveler_private.guard_removal is 'Trigger: an installation is only ever reversed, once and with a reason (B4).';
create or replace trigger _100_guard_removal before update on traveler.installation
    for each row execute function traveler_private.guard_removal();

-- B2, B3, B4: what an installation does to the row, to the requirement and to the place.
create or replace function traveler_private.apply_installation() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_rows integer;
    v_location uuid;
begin
    if tg_op = 'UPDATE' then
        v_location := traveler.inventory_location(new.part_inventory_id);
    end if;
    update traveler.part_inventory i set
        installation_id = case when tg_op = 'INSERT' then new.id end,
        location_id = v_location,
        -- What was kept for the run has come to its end in it.
        reserved_run_id = null,
        reserved_split_id = null,
        kit_name = null
    where i.org_id = new.org_id and i.id = new.part_inventory_id;
    get diagnostics v_rows = row_count;
    if tg_op = 'UPDATE' and old.shares > 0 then
        perform traveler_private.end_shares(array[new.id]);
    else
        update traveler.build_requirement b set
            quantity_installed = b.quantity_installed + case when tg_op = 'INSERT' then new.quantity
                -- What a later run took out stays in the record of the one that installed it (B4).
                when new.removed_run_id is null then -new.quantity else 0 end
        where b.org_id = new.org_id and b.id = new.build_requirement_id;
    end if;
    if not found or v_rows <> 1 then
        raise exception 'installation %: its row or requirement is missing', new.id;
    end if;
    return null;
end
$$;
comment on function traveler_private.apply_installation is 'Trigger: marks the row as installed or free again, and counts the requirement (B2-B4).';
create or replace trigger _500_apply_installation after insert on traveler.installation
    for each row when (not new.made_on_assembly) execute function traveler_private.apply_installation();
create or replace trigger _500_apply_removal after update on traveler.installation
    for each row when (old.removed_at is null and new.removed_at is not null) execute function traveler_private.apply_installation();
create or replace trigger _120_refuse_derived before update of quantity_installed, quantity_excepted, quantity_shared, quantity_carried, quantity_needed on traveler.build_requirement
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived('build_requirement', 'B2', 'The needed, installed, shared, carried or excepted quantity');
create or replace trigger _120_refuse_derived_insert before insert on traveler.build_requirement
    for each row when (new.quantity_installed <> 0 or new.quantity_excepted <> 0 or new.quantity_shared <> 0 or new.quantity_carried <> 0 or pg_trigger_depth() = 0 and new.run_split_id is not null)
    execute function traveler_private.refuse_derived('build_requirement', 'B2', 'The installed, shared, carried or excepted quantity, or the group,');

create or replace function traveler.installation_json(p_installation uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', n.id, 'run_id', n.run_id, 'build_requirement_id', n.build_requirement_id,
            'part_inventory_id', n.part_inventory_id, 'assembly_inventory_id', n.assembly_inventory_id, 'quantity', traveler.json_decimal(n.quantity),
            'run_split_id', n.run_split_id, 'shared', n.shares > 0, 'origin_id', n.origin_id,
            'made_on_assembly', n.made_on_assembly, 'reference_designator', n.reference_designator,
            'part_id', i.part_id, 'part_number', p.part_number, 'revision', p.revision, 'serial_number', i.serial_number, 'lot_number', i.lot_number,
            'installed_by', n.installed_by, 'installed_at', traveler.json_time(n.installed_at),
            'removed_by', n.removed_by, 'removed_at', traveler.json_time(n.removed_at), 'removal_reason', n.removal_reason, 'removed_run_id', n.removed_run_id,
            'version', n.version)
        from traveler.installation n
        join traveler.part_inventory i on i.org_id = n.org_id and i.id = n.part_inventory_id
        join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
        where n.org_id = traveler.current_org() and n.id = p_installation
    );
end
$$;
comment on function traveler.installation_json is 'An installation as JSON; null when the org has no such installation.';

-- POST /v1/runs/{id}/installations: {build_requirement_id, part_inventory_id, quantity?, assembly_inventory_id?, reference_designator?}
create or replace function traveler_private.install_into(p_run uuid, p_split uuid, p_request jsonb) returns jsonb
language plpgsql
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
    v_org uuid := traveler_private.org();
    v_inventory uuid := (p_request ->> 'part_inventory_id')::uuid;
    v_assembly uuid := (p_request ->> 'assembly_inventory_id')::uuid;
    v_units uuid[];
    v_need traveler.build_requirement;
    v_row traveler.part_inventory;
    v_reason text;
    v_open numeric;
    v_quantity numeric;
    v_room numeric;
    v_id uuid;
begin
    select array_agg(ri.part_inventory_id order by ri.id) into v_units from traveler.run_inventory ri
    where ri.org_id = v_org and ri.run_id = p_run and ri.run_split_id is not distinct from p_split;
    -- The units of a group that was merged are the run's again.
    perform traveler_private.demand(v_units is not null or p_split is null, 409, 'split_closed', 'X9', 'The units that were split off are no group any more.',
        'Install into what became of them.');
    perform traveler_private.demand(v_units is not null, 404, 'run_unknown', 'T1', 'There is no such run.');
    if v_assembly is null then
        select * into v_need from traveler.build_requirement b where b.org_id = v_org and b.run_id = p_run and b.id = (p_request ->> 'build_requirement_id')::uuid;
        v_assembly := case when v_need.parent_id is not null then traveler_private.only_made_for(v_need) when cardinality(v_units) = 1 then v_units[1] end;
    end if;
    perform from traveler.part_inventory i where i.org_id = v_org and i.id in (v_inventory, v_assembly) order by i.id for no key update;
    perform from traveler.run r where r.org_id = v_org and r.id = p_run for no key update;
    select * into v_row from traveler.part_inventory i where i.org_id = v_org and i.id = v_inventory;
    perform traveler_private.demand(found, 404, 'inventory_unknown', 'T1', 'There is no such part inventory.');
    select * into v_need from traveler.build_requirement b
    where b.org_id = v_org and b.run_id = p_run and b.id = (p_request ->> 'build_requirement_id')::uuid and b.run_split_id is not distinct from p_split
        and b.withdrawn_at is null for no key update;
    perform traveler_private.demand(found, 404, 'requirement_unknown', 'T1',
        case when p_split is null then 'The run has no such build requirement.' else 'The group has no such build requirement.' end);
    v_open := traveler_private.feedable(v_need);
    perform traveler_private.demand(v_open > 0, 409, 'above_need', 'B2', 'The requirement is met already: 0 more are needed.',
        case when v_need.quantity_excepted > 0 then 'Uninstall something, or withdraw an exception, first.' else 'Uninstall something first.' end, jsonb_build_object('open', '0'));
    v_reason := traveler_private.unusable_reason(v_row, p_run);
    v_quantity := traveler_private.quantity_of(p_request ->> 'quantity');
    if v_quantity is null then
        -- As much as belongs there, where something still does.
        select min(l.place - l.held) into v_room from traveler_private.places(v_need, v_assembly, p_request ->> 'reference_designator') l;
        v_quantity := least(v_row.quantity, v_open, case when v_room > 0 then trunc(v_room, 6) end);
    end if;
    if v_reason is null and v_quantity > v_row.quantity then
        perform traveler_private.refuse(409, 'not_enough', 'I6',
            format('There are %s here, not %s.', traveler.json_decimal(v_row.quantity), traveler.json_decimal(v_quantity)),
            'Install what there is, and the rest from other inventory.', traveler_private.holding_json(v_row));
    end if;
    -- What is refused anyway is refused as the row that it is.
    if v_reason is null and v_quantity < v_row.quantity and traveler_private.takes_part(v_need, v_row.part_id) then
        -- A group is no record of the run that it left, which may be completed (X9).
        v_inventory := traveler_private.split_row(v_row.id, v_quantity, case when p_split is null then p_run end);
    end if;
    insert into traveler.installation (org_id, run_id, build_requirement_id, part_inventory_id, assembly_inventory_id, quantity, reference_designator, installed_by)
    values (v_org, p_run, v_need.id, v_inventory, v_assembly, v_quantity, p_request ->> 'reference_designator', traveler_private.actor())
    returning id into v_id;
    return traveler.installation_json(v_id);
end
$$;
comment on function traveler_private.install_into is 'Installs into a run, or into a group split off from it (B2, X3).';

create or replace function traveler.install(p_run uuid, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.require('inventory.install');
    return traveler_private.install_into(p_run, null, p_request);
end
$$;
comment on function traveler.install is 'Installs a quantity of an inventory row to meet a requirement; a part of a row is split off first (B2, I5).';

-- POST /v1/installations/{id}/uninstall: {reason}
create or replace function traveler.uninstall(p_installation uuid, p_version integer, p_reason text) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.installation;
begin
    perform traveler_private.require('inventory.install');
    select * into v_now from traveler.installation n where n.org_id = v_org and n.id = p_installation;
    perform traveler_private.demand(found, 404, 'installation_unknown', 'T1', 'There is no such installation.');
    perform traveler_private.removing_run(v_now);
    select * into v_now from traveler.installation n where n.org_id = v_org and n.id = p_installation for no key update;
    perform traveler_private.expect_version('installation', p_installation, v_now.version, p_version);
    perform traveler_private.demand(v_now.removed_at is null, 409, 'already_uninstalled', 'B4', 'It was taken out before.');
    perform traveler_private.give_reason(p_reason);
    update traveler.installation n set removed_at = now(), removed_by = traveler_private.actor(), removal_reason = p_reason
    where n.org_id = v_org and n.id = p_installation;
    return traveler.installation_json(p_installation);
end
$$;
comment on function traveler.uninstall is 'Takes an installation out again, with a reason, while its run, or a later one that has the unit, is live (B4).';

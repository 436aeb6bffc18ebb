-- A run that takes existing inventory instead of making new (I3): what may be taken, what the run counts of what is in it (B1), and
-- what becomes of the inventory when the run is canceled or brought back (I2).

-- Refuses what a run can't take: another part than it builds, what is not free to be used, and of a lot more than one row. Without a
-- run, the rows are asked about for one that is yet to be made.
create or replace function traveler_private.demand_takeable(p_run uuid, p_part traveler.part, p_rows uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_row record;
begin
    select i.id, p.part_number, p.revision into v_row
    from traveler.part_inventory i join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
    where i.org_id = v_org and i.id = any (p_rows) and i.part_id <> p_part.id order by i.id limit 1;
    perform traveler_private.demand(not found, 409, 'part_not_built', 'I3',
        format('Part %s revision %s is not what the run builds: that is %s revision %s.', v_row.part_number, v_row.revision, p_part.part_number, p_part.revision),
        'Take inventory of the part that it builds.', jsonb_build_object('part_inventory_id', v_row.id));
    perform traveler_private.demand(p_part.tracking = 'serial' or cardinality(p_rows) = 1, 422, 'one_row_taken', 'I3',
        format('Part %s is not tracked by serial number: a run of it takes one row.', p_part.part_number), 'Merge them, or make a run for each.');
    select i.id, i.serial_number, i.lot_number, i.status, x.reason into v_row
    from traveler.part_inventory i
    -- What its issue keeps is the run's to take that the issue's own units are reworked on (X7).
    cross join lateral (select traveler_private.unusable_reason(case when i.issue_hold and exists (
            select from traveler.run_split s join traveler.run_inventory g on g.org_id = s.org_id and g.run_split_id = s.id
            where s.org_id = i.org_id and s.rework_run_id = p_run and g.part_inventory_id = i.id)
        then jsonb_populate_record(i, '{"issue_hold": false}') else i end, p_run) as reason) x
    where i.org_id = v_org and i.id = any (p_rows) and x.reason is not null order by i.id limit 1;
    perform traveler_private.demand(not found, 409, 'inventory_unavailable', 'I3',
        format('%s can''t be taken. %s', coalesce('Serial ' || v_row.serial_number, 'Lot ' || v_row.lot_number, 'Part ' || p_part.part_number), v_row.reason),
        'Choose inventory that is available.', jsonb_build_object('part_inventory_id', v_row.id, 'inventory_status', v_row.status));
end
$$;
comment on function traveler_private.demand_takeable is 'Refuses inventory that a run can''t take (I3).';

-- What a request names to be taken, locked: whole rows, or a quantity of one, which is split off (I5).
create or replace function traveler_private.rows_to_take(p_part traveler.part, p_rows uuid[], p_quantity text) returns uuid[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_quantity numeric := traveler_private.quantity_of(p_quantity);
    v_row traveler.part_inventory;
begin
    perform from traveler.part_inventory i where i.org_id = v_org and i.id = any (p_rows) order by i.id for no key update;
    perform traveler_private.demand_takeable(null, p_part, p_rows);
    if p_part.tracking <> 'serial' then
        select * into v_row from traveler.part_inventory i where i.org_id = v_org and i.id = p_rows[1];
        return array[traveler_private.part_of(v_row, p_quantity, null)];
    end if;
    perform traveler_private.demand(v_quantity is null or v_quantity = cardinality(p_rows), 422, 'quantity_taken', 'I3',
        format('%s units are named, not %s.', cardinality(p_rows), traveler.json_decimal(v_quantity)), 'Give no quantity, or that of the units.');
    return p_rows;
end
$$;
comment on function traveler_private.rows_to_take is 'Locks and judges the rows that a new run is to take; a part of a row is split off first (I3, I5).';

-- I3: gives a run that this transaction made the inventory that it builds: rows of its part that are there, whole. Their quantities add
-- up to the run's. Whoever calls this has locked them before the run was made.
create or replace function traveler_private.take_inventory(p_run uuid, p_rows uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into traveler.run_inventory (org_id, run_id, part_inventory_id, taken)
    select traveler_private.org(), p_run, x, true from unnest(p_rows) x order by x;
end
$$;
comment on function traveler_private.take_inventory is 'Has a new run take existing inventory, after its requirements are there (I3, B1).';

-- I3, whoever adds them: a run's rows are those that it built itself, or those that it took, which were free, are of its part and are as
-- many as the run is to build. What a split gives its group was the run's before.
create or replace function traveler_private.guard_taken() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_take record;
    v_part traveler.part;
    v_quantity numeric;
begin
    if pg_trigger_depth() > 1 then
        return null;
    end if;
    perform from traveler.part_inventory i where i.org_id = v_org and i.id in (select n.part_inventory_id from new_rows n) order by i.id for no key update;
    perform traveler_private.demand(not exists (select from new_rows n where n.taken = exists (
            select from traveler.inventory_movement m
            where m.org_id = v_org and m.to_inventory_id = n.part_inventory_id and m.kind = 'build' and m.run_id = n.run_id)),
        409, 'built_or_taken', 'I3', 'A run builds what it made itself, or what it took: it says which.');
    for v_take in
        select r.id, r.part_id, r.quantity, array_agg(n.part_inventory_id order by n.part_inventory_id) as rows
        from new_rows n join traveler.run r on r.org_id = v_org and r.id = n.run_id
        where n.taken group by r.id, r.part_id, r.quantity order by r.id
    loop
        select * into v_part from traveler.part p where p.org_id = v_org and p.id = v_take.part_id;
        perform traveler_private.demand_takeable(v_take.id, v_part, v_take.rows);
        select sum(i.quantity) into v_quantity
        from traveler.run_inventory ri join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
        where ri.org_id = v_org and ri.run_id = v_take.id;
        perform traveler_private.demand(v_quantity = v_take.quantity, 409, 'quantity_taken', 'I3',
            format('The run is of %s, and what it takes adds up to %s.', traveler.json_decimal(v_take.quantity), traveler.json_decimal(v_quantity)));
    end loop;
    return null;
end
$$;
comment on function traveler_private.guard_taken is 'Trigger: a run takes what is free, of its part, and as much as it builds (I3).';
create or replace trigger _100_guard_taken after insert on traveler.run_inventory referencing new table as new_rows
    for each statement execute function traveler_private.guard_taken();
create or replace trigger _110_refuse_freed before insert on traveler.run_inventory
    for each row when (pg_trigger_depth() = 0 and (not new.live or new.quantity_freed is not null)) execute function traveler_private.refuse_derived('run_inventory', 'I3', 'What a run holds');

-- B1: what is in the units that a run took counts for what it must install: the part itself or a substitute, in each unit no more than
-- it needs. What went in for the same places comes first, then the required part, then substitutes, the oldest first. One installation
-- may count for several requirements, each of its quantity once.
create or replace function traveler_private.carry_content() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_pair record;
    v_unit uuid;
    -- What is left of each installation, and of each requirement in this unit.
    v_left jsonb;
    v_quantity numeric;
    v_runs uuid[];
    v_requirements uuid[];
    v_installations uuid[];
    v_quantities numeric[];
begin
    if pg_trigger_depth() > 1 or not exists (select from new_rows n where n.taken) then
        return null;
    end if;
    for v_pair in
        select ri.run_id, ri.part_inventory_id as unit_id, q.id as requirement_id, q.quantity_per_unit * u.quantity as needed, n.id as installation_id, n.quantity
        from new_rows ri
        join traveler.part_inventory u on u.org_id = v_org and u.id = ri.part_inventory_id
        join traveler.installation n on n.org_id = v_org and n.assembly_inventory_id = ri.part_inventory_id and n.removed_at is null
        join traveler.build_requirement own on own.org_id = v_org and own.id = n.build_requirement_id
        join traveler.part_inventory i on i.org_id = v_org and i.id = n.part_inventory_id
        join traveler.build_requirement q on q.org_id = v_org and q.run_id = ri.run_id and (q.part_id = i.part_id or exists (
            select from traveler.build_requirement_substitute s where s.org_id = v_org and s.build_requirement_id = q.id and s.part_id = i.part_id))
        where ri.taken
        order by ri.run_id, ri.part_inventory_id, q.part_id <> i.part_id, q.reference_designators <> own.reference_designators, n.installed_at, n.id, q.id
    loop
        if v_unit is distinct from v_pair.unit_id then
            v_unit := v_pair.unit_id;
            v_left := '{}';
        end if;
        v_quantity := least(coalesce((v_left ->> v_pair.installation_id::text)::numeric, v_pair.quantity),
            coalesce((v_left ->> v_pair.requirement_id::text)::numeric, v_pair.needed));
        continue when v_quantity = 0;
        v_left := v_left || jsonb_build_object(
            v_pair.installation_id, coalesce((v_left ->> v_pair.installation_id::text)::numeric, v_pair.quantity) - v_quantity,
            v_pair.requirement_id, coalesce((v_left ->> v_pair.requirement_id::text)::numeric, v_pair.needed) - v_quantity);
        v_runs := v_runs || v_pair.run_id;
        v_requirements := v_requirements || v_pair.requirement_id;
        v_installations := v_installations || v_pair.installation_id;
        v_quantities := v_quantities || v_quantity;
    end loop;
    insert into traveler.carried_installation (org_id, run_id, build_requirement_id, installation_id, quantity)
    select v_org, x.* from unnest(v_runs, v_requirements, v_installations, v_quantities) x;
    return null;
end
$$;
comment on function traveler_private.carry_content is 'Trigger: counts what is in taken units for the requirements of their run (B1).';
create or replace trigger _510_carry_content after insert on traveler.run_inventory referencing new table as new_rows
    for each statement execute function traveler_private.carry_content();

create or replace trigger _120_refuse_derived before insert or update on traveler.carried_installation
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived('carried_installation', 'B1', 'What a run counts of what it took');

-- X4: what units that are split off, or merged back, hold of earlier runs counts where they are. What is in a lot is in the whole of it.
create or replace function traveler_private.move_carried(p_units uuid[], p_run uuid, p_from uuid, p_to uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    update traveler.carried_installation c set build_requirement_id = g.id
    from traveler.installation n, traveler.build_requirement b, traveler.build_requirement g
    where c.org_id = v_org and c.run_id = p_run and c.ended_at is null and n.org_id = v_org and n.id = c.installation_id and n.assembly_inventory_id = any (p_units)
        and b.org_id = v_org and b.id = c.build_requirement_id and b.run_split_id is not distinct from p_from
        and g.org_id = v_org and g.run_id = p_run and g.run_split_id is not distinct from p_to and coalesce(g.origin_id, g.id) = coalesce(b.origin_id, b.id);
end
$$;
comment on function traveler_private.move_carried is 'What taken units held already counts for the group that has them now, p_from and p_to being null for the run itself (B1, X4).';

create or replace function traveler_private.carried_in(q traveler.build_requirement, p_unit uuid, p_designator text) returns numeric
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    if q.quantity_carried = 0 then
        return 0;
    end if;
    return (
        select coalesce(sum(c.quantity), 0)
        from traveler.carried_installation c join traveler.installation n on n.org_id = c.org_id and n.id = c.installation_id
        where c.org_id = q.org_id and c.build_requirement_id = q.id and c.ended_at is null
            and (p_unit is null or n.assembly_inventory_id = p_unit) and (p_designator is null or n.reference_designator = p_designator)
    );
end
$$;
comment on function traveler_private.carried_in is 'How much of what counts for a requirement was in a unit, or at a reference designator, before the run took it; in any, where none is named (B1, B2).';

create or replace function traveler_private.demand_uncarried(p_run uuid) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_part record;
begin
    select p.part_number, sum(c.quantity) as quantity into v_part
    from traveler.carried_installation c
    join traveler.installation n on n.org_id = c.org_id and n.id = c.installation_id
    join traveler.part_inventory i on i.org_id = c.org_id and i.id = n.part_inventory_id
    join traveler.part p on p.org_id = c.org_id and p.id = i.part_id
    where c.org_id = traveler_private.org() and c.run_id = p_run and c.ended_at is null
    group by p.id, p.part_number order by p.part_number limit 1;
    perform traveler_private.demand(not found, 409, 'carried_undivided', 'X4',
        format('%s of part %s were in the lot before the run took it: whose they would be is not known.', traveler.json_decimal(v_part.quantity), v_part.part_number),
        'Take them out, and install them anew in this run.');
end
$$;
comment on function traveler_private.demand_uncarried is 'Refuses to split a lot while what it held before the run took it counts for the run (X4).';

create or replace function traveler_private.count_carried() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    if tg_op = 'INSERT' then
        update traveler.build_requirement q set quantity_carried = q.quantity_carried + c.quantity
        from (select n.build_requirement_id as id, sum(n.quantity) as quantity from new_rows n group by 1) c
        where q.org_id = v_org and q.id = c.id;
    else
        update traveler.build_requirement q set quantity_carried = q.quantity_carried + c.quantity
        from (select x.id, sum(x.quantity) as quantity from (
                select n.build_requirement_id as id, n.quantity from new_rows n where n.ended_at is null
                union all
                select o.build_requirement_id, -o.quantity from old_rows o where o.ended_at is null) x
            group by x.id having sum(x.quantity) <> 0) c
        where q.org_id = v_org and q.id = c.id;
    end if;
    return null;
end
$$;
comment on function traveler_private.count_carried is 'Trigger: the carried quantity of a requirement follows its carried installations (B1).';
create or replace trigger _500_count_carried after insert on traveler.carried_installation referencing new table as new_rows
    for each statement execute function traveler_private.count_carried();
create or replace trigger _500_count_changed after update on traveler.carried_installation referencing old table as old_rows new table as new_rows
    for each statement execute function traveler_private.count_carried();

-- B4: what is taken out is needed again by the runs that counted it, but for those whose record is fixed (C5).
create or replace function traveler_private.end_carried() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update traveler.carried_installation c set ended_at = new.removed_at
    from traveler.run r, traveler.build_requirement b
    where c.org_id = new.org_id and c.installation_id = new.id and c.ended_at is null
        and r.org_id = c.org_id and r.id = c.run_id and b.org_id = c.org_id and b.id = c.build_requirement_id
        and (r.completed_at is null or b.run_split_id is not null);
    return null;
end
$$;
comment on function traveler_private.end_carried is 'Trigger: what is taken out counts no more for the live runs that carried it (B1, B4).';
create or replace trigger _510_end_carried after update on traveler.installation
    for each row when (old.removed_at is null and new.removed_at is not null) execute function traveler_private.end_carried();

-- I2: what a canceled run was to make was never built; what it took is free again, as it is. Brought back, the run builds on with both,
-- unless someone else has what it took, or some of it, by now.
create or replace function traveler_private.mark_never_built() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_canceled boolean := new.status = 'canceled';
    v_row record;
begin
    -- Acts that lead here have locked it before the run. Whoever has not, must not wait for it: its holder may wait for the run.
    perform from traveler.part_inventory i where i.org_id = new.org_id and i.id in (
        select ri.part_inventory_id from traveler.run_inventory ri where ri.org_id = new.org_id and ri.run_id = new.id and (ri.live or ri.quantity_freed is not null))
    order by i.id for no key update nowait;
    if v_canceled then
        update traveler.run_inventory ri set live = false, quantity_freed = i.quantity
        from traveler.part_inventory i
        where ri.org_id = new.org_id and ri.run_id = new.id and ri.taken and ri.live and i.org_id = ri.org_id and i.id = ri.part_inventory_id;
    else
        select i.id, coalesce('Serial ' || i.serial_number, 'Lot ' || i.lot_number, 'What it took') as name, x.reason into v_row
        from traveler.run_inventory ri join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
        cross join lateral (select case
            when i.status in ('scrapped', 'installed', 'work_in_progress', 'never_built') or i.run_split_id is not null then traveler_private.unusable_reason(i, new.id)
            when i.quantity <> ri.quantity_freed then format('It holds %s, not the %s that the run took.', traveler.json_decimal(i.quantity), traveler.json_decimal(ri.quantity_freed))
            when i.kit_name is not null or i.reserved_run_id <> new.id then format('It is %s.', traveler_private.reservation_text(i)) end as reason) x
        where ri.org_id = new.org_id and ri.run_id = new.id and ri.quantity_freed is not null and x.reason is not null
        order by i.id limit 1;
        perform traveler_private.demand(not found, 409, 'inventory_unavailable', 'I3',
            format('Run %s can''t be brought back: %s is no longer free. %s', new.number, v_row.name, v_row.reason), 'Make a new run.',
            jsonb_build_object('part_inventory_id', v_row.id));
        update traveler.run_inventory ri set live = true, quantity_freed = null
        where ri.org_id = new.org_id and ri.run_id = new.id and ri.quantity_freed is not null;
    end if;
    update traveler.part_inventory i set build_canceled = v_canceled
    from traveler.run_inventory ri
    where ri.org_id = new.org_id and ri.run_id = new.id and ri.live and not ri.taken
        and i.org_id = ri.org_id and i.id = ri.part_inventory_id and i.build_canceled <> v_canceled;
    return null;
end
$$;
comment on function traveler_private.mark_never_built is 'Trigger: what a canceled run made reads never built, what it took is free (I2).';
create or replace trigger _510_mark_never_built after update on traveler.run
    for each row when (old.status <> new.status and 'canceled' in (old.status, new.status)) execute function traveler_private.mark_never_built();

-- Splitting units off a run (X1-X4, X6, X9). A row in run_split is the split: its triggers judge it, whoever adds it, and move the units,
-- divide the needs and share what was installed in the run as a whole. What Swift decides comes with the row: which reserved stock and
-- which exceptions are the group's.

create or replace function traveler_private.guard_run_split() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_run traveler.run;
    v_part traveler.part;
    v_parent traveler.run_split;
    v_units integer;
begin
    perform traveler_private.require('run.split');
    perform traveler_private.lock_for_split(new.run_id, new.parent_id, new.issue_id, new.part_inventory_ids, new.allocation);
    select * into v_run from traveler.run r where r.org_id = v_org and r.id = new.run_id;
    perform traveler_private.demand(found, 404, 'run_unknown', 'T1', 'There is no such run.');
    select * into v_part from traveler.part p where p.org_id = v_org and p.id = v_run.part_id;
    perform traveler_private.demand(num_nulls(new.outcome, new.outcome_reason, new.rework_run_id, new.closed_by, new.closed_at) = 5, 409, 'split_starts_open', 'X9',
        'A group is split off before anything becomes of it.');
    if new.parent_id is not null then
        select * into v_parent from traveler.run_split s where s.org_id = v_org and s.run_id = new.run_id and s.id = new.parent_id;
        perform traveler_private.demand(found, 404, 'split_unknown', 'T1', 'The run has no such split.');
    end if;
    if v_part.tracking = 'serial' then
        new.quantity := cardinality(new.part_inventory_ids);
        select count(*) into v_units from traveler.run_inventory ri
        where ri.org_id = v_org and ri.run_id = new.run_id and ri.part_inventory_id = any (new.part_inventory_ids) and ri.run_split_id is not distinct from new.parent_id;
        perform traveler_private.demand(v_units = new.quantity, 409, 'unit_not_on_run', 'X1',
            format('%s of the named units are not of run %s%s.', new.quantity - v_units, v_run.number, coalesce(format(', split %s', v_parent.number), '')),
            'Name units that are there, each once.');
    end if;
    perform traveler_private.judge_split(v_run, v_part, v_parent, new.issue_id, new.part_inventory_ids, new.quantity);
    new.number := (select coalesce(max(s.number), 0) + 1 from traveler.run_split s where s.org_id = v_org and s.run_id = new.run_id);
    new.created_by := traveler_private.actor();
    new.created_at := now();
    return new;
end
$$;
comment on function traveler_private.guard_run_split is 'Trigger: judges which units may be split off a run, or off a group, and onto what (X1).';
create or replace trigger _100_guard_run_split before insert on traveler.run_split
    for each row execute function traveler_private.guard_run_split();

-- Whoever asks: a plan, the act, or the guard over whoever writes. p_from is null for the run's own units, p_issue for an issue still to be made.
create or replace function traveler_private.judge_split(p_run traveler.run, p_part traveler.part, p_from traveler.run_split, p_issue uuid, p_units uuid[], p_quantity numeric)
    returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_there numeric := case when p_from.id is null then p_run.quantity else p_from.quantity end;
    v_issue traveler.issue;
begin
    perform traveler_private.demand(p_from.id is not null or p_run.completed_at is null and p_run.status <> 'canceled', 409, 'run_ended', 'X1',
        format('Run %s is %s: nothing is split off from it.', p_run.number, replace(p_run.status, '_', ' ')), 'An admin can reopen it, with a reason.');
    perform traveler_private.demand(p_from.closed_at is null, 409, 'split_closed', 'X7', format('Split %s of run %s is closed.', p_from.number, p_run.number),
        'Act on what became of its units.');
    perform traveler_private.demand(p_part.tracking <> 'serial' or p_units <> '{}', 422, 'units_not_named', 'X1', 'Name the units by their serial numbers.',
        'Give serial_numbers or part_inventory_ids.');
    perform traveler_private.demand(p_part.tracking = 'serial' or p_units = '{}', 422, 'serial_not_tracked', 'X1',
        format('Part %s is not tracked by serial number: a lot splits by quantity.', p_part.part_number), 'Give the quantity.');
    perform traveler_private.demand(p_part.unit <> 'each' or p_quantity = trunc(p_quantity), 422, 'fraction_of_a_unit', 'X1',
        format('Part %s is counted in whole units: %s is none.', p_part.part_number, traveler.json_decimal(p_quantity)), 'Split off whole units.');
    perform traveler_private.demand(p_quantity < v_there, 409, 'split_is_a_part', 'X1',
        format('%s can''t be split off: there are %s, and a split leaves something behind.', traveler.json_decimal(p_quantity), traveler.json_decimal(v_there)),
        'Split off fewer, or hold or scrap the run as a whole.', jsonb_build_object('quantity', traveler.json_decimal(v_there)));
    perform traveler_private.demand_splittable(p_run.id, p_from.id, p_units, p_quantity);
    if p_issue is not null then
        select * into v_issue from traveler.issue i where i.org_id = traveler_private.org() and i.id = p_issue;
        perform traveler_private.demand(found, 404, 'issue_unknown', 'T1', 'There is no such issue.');
        perform traveler_private.demand(v_issue.state <> 'resolved', 409, 'issue_resolved', 'X1', format('Issue %s is resolved.', v_issue.number), 'Name an open issue.');
    end if;
end
$$;
comment on function traveler_private.judge_split is 'Refuses to split units off that may not be, or onto an issue that is resolved (X1).';

-- Units that are something else by now are no part of a run to split off, nor is any of a lot that is.
drop function if exists traveler_private.demand_splittable(uuid, uuid, uuid[]);
create or replace function traveler_private.demand_splittable(p_run uuid, p_from uuid, p_units uuid[], p_quantity numeric) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_fault text;
    v_name text;
    v_there numeric;
begin
    select coalesce('Serial ' || i.serial_number, 'Lot ' || i.lot_number, 'One of the units'),
        case when i.installation_id is not null then 'is installed in an assembly: it can''t be split off meanwhile'
            when i.quantity_scrapped > 0 then 'is scrapped' when i.build_canceled then 'was never built' else 'is not here any more' end
    into v_name, v_fault
    from traveler.run_inventory ri join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
    where ri.org_id = v_org and ri.run_id = p_run and ri.run_split_id is not distinct from p_from and (p_units = '{}' or i.id = any (p_units))
        and (i.installation_id is not null or i.quantity_scrapped > 0 or i.build_canceled or i.quantity = 0 and p_units <> '{}')
    order by i.id limit 1;
    perform traveler_private.demand(not found, 409, 'unit_not_splittable', 'X1', format('%s %s.', v_name, v_fault), 'Split off units that the run still has.');
    if p_units = '{}' then
        perform traveler_private.demand_uncarried(p_run);
        -- Of what was completed and opened again some may be used by now: the run's units, but not here.
        select i.quantity into v_there from traveler.run_inventory ri join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
        where ri.org_id = v_org and ri.run_id = p_run and ri.run_split_id is not distinct from p_from;
        perform traveler_private.demand(p_quantity < v_there, 409, 'not_enough', 'X1',
            format('%s can''t be split off: %s are still here, and a split leaves something behind.', traveler.json_decimal(p_quantity), traveler.json_decimal(v_there)),
            'Split off fewer, or hold or scrap the run as a whole.', jsonb_build_object('quantity', traveler.json_decimal(v_there)));
    end if;
    if p_from is null then
        perform traveler_private.demand_not_away(p_run, p_units);
    end if;
end
$$;
comment on function traveler_private.demand_splittable is 'Refuses to split off units that are installed elsewhere, scrapped, shipped, never built or at a supplier''s (X1, O1), a part of a lot whose content no part of it owns (X4), or more of a lot than is here.';

-- Law 11: the issues, that of the group which is split among them, for it hands its units on (X7); inventory in id order; then the run.
create or replace function traveler_private.lock_for_split(p_run uuid, p_from uuid, p_issue uuid, p_units uuid[], p_allocation jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    perform from traveler.issue i
    where i.org_id = v_org and i.id in (select p_issue union select s.issue_id from traveler.run_split s where s.org_id = v_org and s.id = p_from)
    order by i.id for no key update;
    perform from traveler.part_inventory i where i.org_id = v_org and i.id in (
        select ri.part_inventory_id from traveler.run_inventory ri
        where ri.org_id = v_org and ri.run_id = p_run and ri.run_split_id is not distinct from p_from and (p_units = '{}' or ri.part_inventory_id = any (p_units))
        union
        select (a ->> 'part_inventory_id')::uuid from jsonb_array_elements(p_allocation -> 'reserved') a)
    order by i.id for no key update;
    perform from traveler.run r where r.org_id = v_org and r.id = p_run for no key update;
end
$$;
comment on function traveler_private.lock_for_split is 'Locks the issues of a split, what it moves, then the run (X1).';

create or replace function traveler_private.apply_run_split() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_serialized boolean;
    v_from numeric;
    v_row uuid;
    v_new uuid;
    v_moved integer;
begin
    select p.tracking = 'serial' into v_serialized from traveler.run r join traveler.part p on p.org_id = r.org_id and p.id = r.part_id
    where r.org_id = v_org and r.id = new.run_id;
    v_from := case when new.parent_id is null then (select r.quantity from traveler.run r where r.org_id = v_org and r.id = new.run_id)
        else (select s.quantity from traveler.run_split s where s.org_id = v_org and s.id = new.parent_id) end;

    -- X9: how far the units have come.
    if new.parent_id is null then
        insert into traveler.run_split_step (org_id, run_id, run_split_id, run_step_id, attempt, completed_at)
        select v_org, new.run_id, new.id, s.id, s.attempt, s.completed_at
        from traveler.run_step s where s.org_id = v_org and s.run_id = new.run_id and s.state = 'completed';
    else
        insert into traveler.run_split_step (org_id, run_id, run_split_id, run_step_id, attempt, completed_at)
        select v_org, new.run_id, new.id, s.run_step_id, s.attempt, s.completed_at
        from traveler.run_split_step s where s.org_id = v_org and s.run_split_id = new.parent_id;
    end if;

    -- X1: the units.
    if v_serialized then
        update traveler.run_inventory ri set run_split_id = new.id, live = false
        where ri.org_id = v_org and ri.run_id = new.run_id and ri.part_inventory_id = any (new.part_inventory_ids);
        get diagnostics v_moved = row_count;
        if v_moved <> new.quantity then
            raise exception 'split %: % of % units moved', new.id, v_moved, new.quantity;
        end if;
        if new.location_id is not null then
            update traveler.part_inventory i set location_id = new.location_id
            where i.org_id = v_org and i.id = any (new.part_inventory_ids) and i.location_id is distinct from new.location_id;
        end if;
        -- From here on its own issue decides about them.
        update traveler.issue_inventory l set unlinked_at = now() from traveler.run_split s
        where s.org_id = v_org and s.id = new.parent_id and s.issue_id <> new.issue_id
            and l.org_id = v_org and l.issue_id = s.issue_id and l.part_inventory_id = any (new.part_inventory_ids) and l.unlinked_at is null;
        insert into traveler.issue_inventory (org_id, issue_id, part_inventory_id)
        select v_org, new.issue_id, u from unnest(new.part_inventory_ids) u
        on conflict do nothing;
    else
        select ri.part_inventory_id into strict v_row from traveler.run_inventory ri
        where ri.org_id = v_org and ri.run_id = new.run_id and ri.run_split_id is not distinct from new.parent_id;
        v_new := traveler_private.split_row(v_row, new.quantity, new.run_id, new.location_id);
        insert into traveler.run_inventory (org_id, run_id, part_inventory_id, run_split_id, live) values (v_org, new.run_id, v_new, new.id, false);
        insert into traveler.issue_inventory (org_id, issue_id, part_inventory_id) values (v_org, new.issue_id, v_new);
    end if;

    perform traveler_private.divide_requirements(new);
    if v_serialized then
        perform traveler_private.divide_installations(new, traveler_private.rows_made_in(new.run_id, new.part_inventory_ids), '{}', '{}');
    else
        perform traveler_private.divide_made(new, v_from, v_row, v_new);
    end if;
    perform traveler_private.divide_exceptions(new);
    perform traveler_private.divide_reserved(new, v_from);

    update traveler.build_requirement b set quantity_needed = b.quantity_per_unit * (v_from - new.quantity)
    where b.org_id = v_org and b.run_id = new.run_id and b.run_split_id is not distinct from new.parent_id and b.withdrawn_at is null;
    if new.parent_id is null then
        update traveler.run r set quantity = r.quantity - new.quantity where r.org_id = v_org and r.id = new.run_id;
    else
        update traveler.run_split s set quantity = s.quantity - new.quantity where s.org_id = v_org and s.id = new.parent_id;
    end if;
    perform traveler_private.demand_feasible(array(
        select b.origin_id from traveler.build_requirement b where b.org_id = v_org and b.run_split_id = new.id order by b.origin_id));
    return null;
end
$$;
comment on function traveler_private.apply_run_split is 'Trigger: moves the units of a split, divides what they need and shares what was installed in the whole (X1-X4, X6, X9).';
create or replace trigger _500_apply_run_split after insert on traveler.run_split
    for each row execute function traveler_private.apply_run_split();

-- What a group is, and what it passed, never changes; its closing is judged with its outcome.
create or replace trigger _010_refuse_change before update on traveler.run_split_step
    for each row execute function traveler_private.refuse_change('run_split_step', 'X9');
alter table traveler.run_split_step enable always trigger _010_refuse_change;
create or replace trigger _120_refuse_derived before insert on traveler.run_split_step
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived('run_split_step', 'X9', 'What a group had passed');

-- What becomes of the units that were split off a run (X5, X7): the issue's disposition says what may, its outcome closes the group.

-- Which outcomes a disposition admits, by what it makes of the issue's inventory (Q1).
create or replace function traveler_private.outcome_admitted(p_outcome text, p_availability text) returns boolean
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
    select case p_availability
        when 'permanently_unavailable' then p_outcome in ('scrapped', 'returned_to_vendor')
        when 'available_immediately' then p_outcome in ('merged', 'used_as_is')
        when 'release_on_resolve' then p_outcome in ('merged', 'rework') end
$$;
comment on function traveler_private.outcome_admitted is 'Whether units under a disposition may come to an outcome (X7, Q1); null for no disposition.';

-- What stands in the way of an outcome of a group, one row an obstacle, permissions aside.
create or replace function traveler_private.split_obstacles(p_split uuid, p_outcome text) returns table (code text, rule text, message text, clear text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    s traveler.run_split;
    v_run traveler.run;
    v_issue traveler.issue;
    v_type traveler.disposition_type;
    v_scrapped boolean;
begin
    select * into s from traveler.run_split x where x.org_id = v_org and x.id = p_split;
    select * into v_run from traveler.run r where r.org_id = v_org and r.id = s.run_id;
    select * into v_issue from traveler.issue i where i.org_id = v_org and i.id = s.issue_id;
    select * into v_type from traveler.disposition_type t where t.org_id = v_org and t.id = v_issue.disposition_type_id;
    if s.closed_at is not null then
        return query select 'split_closed', 'X7', format('Split %s of run %s is closed: %s.', s.number, v_run.number, replace(s.outcome, '_', ' ')), 'Act on what became of its units.';
        return;
    end if;
    if v_type.id is null then
        return query select 'disposition_missing', 'X7', format('Issue %s has no disposition.', v_issue.number), 'Set its disposition first.';
    elsif not traveler_private.outcome_admitted(p_outcome, v_type.availability) then
        return query select 'disposition_differs', 'X7', format('Issue %s is disposed as "%s".', v_issue.number, v_type.name),
            case v_type.availability when 'permanently_unavailable' then 'Scrap the units or return them to the vendor, or change the disposition.'
                when 'available_immediately' then 'Merge the units or use them as they are, or change the disposition.'
                else 'Merge the units or rework them, or change the disposition.' end;
    end if;
    return query select 'disposition_unapproved', 'X7', o.message, o.clear from traveler_private.issue_obstacles(s.issue_id, 'resolved') o where o.code = 'approval_missing';
    return query
    select 'installation_shared', 'X5', format('%s of part %s are shared with other units of run %s.', traveler.json_decimal(b.quantity_shared), p.part_number, v_run.number),
        'Resolve whose they are.'
    from traveler.build_requirement b join traveler.part p on p.org_id = b.org_id and p.id = b.part_id
    where b.org_id = v_org and b.run_split_id = p_split and b.quantity_shared > 0 and (p_outcome <> 'merged' or exists (
        -- What is shared with the run comes home with the units; what is shared with another group does not.
        select from traveler.installation n join traveler.installation_share x on x.org_id = v_org and x.installation_id = n.id and x.ended_at is null
        join traveler.build_requirement y on y.org_id = v_org and y.id = x.build_requirement_id
        where n.org_id = v_org and n.removed_at is null and n.shares > 0
            and (n.build_requirement_id = b.id or exists (select from traveler.installation_share z
                where z.org_id = v_org and z.installation_id = n.id and z.build_requirement_id = b.id and z.ended_at is null))
            and (n.run_split_id is not null or y.run_split_id is distinct from p_split)))
    order by p.part_number;
    if p_outcome = 'merged' then
        v_scrapped := not exists (select from traveler.run_inventory ri join traveler.part_inventory i on i.org_id = v_org and i.id = ri.part_inventory_id
            where ri.org_id = v_org and ri.run_id = s.run_id and ri.run_split_id is null and i.quantity_scrapped = 0);
        return query select 'run_ended', 'X9', format('Run %s is %s: nothing merges into it.', v_run.number,
            case when v_scrapped then 'scrapped' else replace(v_run.status, '_', ' ') end), 'Give the units a run of their own.'
        where v_run.completed_at is not null or v_run.status = 'canceled' or v_scrapped;
        -- O1: a lot at a supplier's is not here to be merged into; serialized units go by name.
        return query select 'units_away', 'O1', format('Units are away: %s.', w.away), 'Receive them, or close the shortfall on an issue.'
        from (select traveler_private.away_text(s.run_id, '{}') as away) w
        where w.away is not null and traveler_private.tracking_of_run(s.run_id) <> 'serial';
        return query select 'step_not_passed', 'X9', format('The units have not passed "%s", which is completed in run %s.', t.title, v_run.number),
            'Give the units a run of their own, or bring the step back.'
        from traveler.run_step t
        where t.org_id = v_org and t.run_id = s.run_id and t.state = 'completed' and not exists (
            select from traveler.run_split_step x where x.org_id = v_org and x.run_split_id = p_split and x.run_step_id = t.id and x.attempt = t.attempt)
        order by t.title;
        -- C6: of a run that was reopened, the lot may be a part by now, whose quantity does not change.
        return query select 'installed_is_whole', 'B2', format('What run %s has is installed in an assembly: its quantity does not change.', v_run.number),
            'Uninstall it first, or give the units a run of their own.'
        from traveler.run_inventory ri
        join traveler.part_inventory i on i.org_id = v_org and i.id = ri.part_inventory_id and i.installation_id is not null
        join traveler.part p on p.org_id = v_org and p.id = i.part_id and p.tracking <> 'serial'
        where ri.org_id = v_org and ri.run_id = s.run_id and ri.run_split_id is null;
        return query select 'lot_differs', 'I1', format('The units are lot %s, and those of run %s %s.', i.lot_number, v_run.number,
                coalesce('lot ' || h.lot_number, 'have no lot number yet')), 'Give the units a run of their own, or use them as they are.'
        from traveler.run_inventory ri
        join traveler.part_inventory i on i.org_id = v_org and i.id = ri.part_inventory_id and i.serial_number is null
        join traveler.run_inventory rh on rh.org_id = v_org and rh.run_id = s.run_id and rh.run_split_id is null
        join traveler.part_inventory h on h.org_id = v_org and h.id = rh.part_inventory_id
        join traveler.part p on p.org_id = v_org and p.id = i.part_id and p.tracking = 'lot'
        where ri.org_id = v_org and ri.run_split_id = p_split and i.lot_number is distinct from h.lot_number and i.lot_number is not null;
    elsif p_outcome = 'used_as_is' then
        return query select 'unit_unidentified', 'X7', 'One of the units has no serial or lot number.', 'Give it one.'
        where exists (
            select from (
                select ri.part_inventory_id as id from traveler.run_inventory ri where ri.org_id = v_org and ri.run_split_id = p_split
                union all
                select n.part_inventory_id from traveler.build_requirement g
                join traveler.installation n on n.org_id = v_org and n.build_requirement_id = g.id and n.removed_at is null
                where g.org_id = v_org and g.run_split_id = p_split and g.made_on_assembly) x
            join traveler.part_inventory i on i.org_id = v_org and i.id = x.id
            join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
            where (p.tracking = 'serial' and i.serial_number is null or p.tracking = 'lot' and i.lot_number is null));
    end if;
end
$$;
comment on function traveler_private.split_obstacles is 'What stands in the way of an outcome of a group that was split off a run (X5, X7, X9).';

create or replace trigger _100_refuse_identity_change before update on traveler.run_split
    for each row when ((old.number, old.parent_id, old.issue_id, old.part_inventory_ids, old.location_id, old.allocation, old.reason, old.created_by, old.created_at)
        is distinct from (new.number, new.parent_id, new.issue_id, new.part_inventory_ids, new.location_id, new.allocation, new.reason, new.created_by, new.created_at))
    execute function traveler_private.refuse_identity_change('run_split');
create or replace trigger _120_refuse_derived before update of quantity on traveler.run_split
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived('run_split', 'X2', 'The quantity');

create or replace function traveler_private.guard_split_closing() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_obstacle record;
begin
    perform traveler_private.require('run.split');
    perform traveler_private.require(x.permission) from (values ('scrapped', 'inventory.scrap'), ('returned_to_vendor', 'inventory.receive'), ('rework', 'run.create')) x (outcome, permission)
    where x.outcome = new.outcome;
    perform traveler_private.lock_for_outcome(new.id);
    select * into v_obstacle from traveler_private.split_obstacles(new.id, new.outcome) limit 1;
    if found then
        perform traveler_private.refuse(409, v_obstacle.code, v_obstacle.rule, v_obstacle.message, v_obstacle.clear);
    end if;
    -- A run of their own is made for the units, and with the outcome.
    perform traveler_private.demand(new.outcome <> 'rework' or exists (
            select from traveler.run r join traveler.run o on o.org_id = r.org_id and o.id = new.run_id and o.part_id = r.part_id
            where r.org_id = new.org_id and r.id = new.rework_run_id and r.created_at = now() and r.quantity = new.quantity),
        409, 'rework_run_differs', 'X7', 'Units are reworked on a run of their own, which is made for them.');
    perform traveler_private.demand(new.outcome in ('merged', 'rework') or coalesce(trim(new.outcome_reason), '') <> '', 422, 'reason_missing', 'X7',
        'Say why.', 'Give a reason.');
    new.closed_by := traveler_private.actor();
    new.closed_at := clock_timestamp();
    return new;
end
$$;
comment on function traveler_private.guard_split_closing is 'Trigger: judges an outcome of a group, whoever sets it (X5, X7, X9).';
create or replace trigger _110_guard_split_closing before update of outcome, outcome_reason, rework_run_id, closed_by, closed_at on traveler.run_split
    for each row when ((old.outcome, old.outcome_reason, old.rework_run_id, old.closed_by, old.closed_at)
        is distinct from (new.outcome, new.outcome_reason, new.rework_run_id, new.closed_by, new.closed_at))
    execute function traveler_private.guard_split_closing();

-- Law 11: what the group has, what is in it, what it may merge into and what is kept for it, then the run.
create or replace function traveler_private.lock_for_outcome(p_split uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_run uuid;
begin
    select s.run_id into v_run from traveler.run_split s where s.org_id = v_org and s.id = p_split;
    perform from traveler.part_inventory i where i.org_id = v_org and i.id in (
        select ri.part_inventory_id from traveler.run_inventory ri
        where ri.org_id = v_org and ri.run_id = v_run and (ri.run_split_id = p_split or ri.run_split_id is null)
        union
        select n.part_inventory_id from traveler.installation n join traveler.build_requirement b on b.org_id = v_org and b.id = n.build_requirement_id
        where n.org_id = v_org and n.run_id = v_run and n.removed_at is null and b.run_split_id = p_split
        union
        select r.id from traveler.part_inventory r where r.org_id = v_org and r.reserved_run_id = v_run and r.reserved_split_id = p_split)
    order by i.id for no key update;
    perform from traveler.run r where r.org_id = v_org and r.id = v_run for no key update;
end
$$;
comment on function traveler_private.lock_for_outcome is 'Locks what an outcome of a group moves, then the run (X7).';

create or replace function traveler_private.apply_split_closing() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_rows uuid[] := array(select ri.part_inventory_id from traveler.run_inventory ri where ri.org_id = v_org and ri.run_split_id = new.id order by ri.part_inventory_id);
    v_kind text := case new.outcome when 'scrapped' then 'scrap' when 'returned_to_vendor' then 'ship' end;
begin
    -- The group has them no more: the trigger of the table derives it from the group's closing.
    update traveler.run_inventory ri set live = false where ri.org_id = v_org and ri.run_split_id = new.id;
    update traveler.part_inventory i set reserved_split_id = null,
        reserved_run_id = case when new.outcome = 'merged' then i.reserved_run_id end, kit_name = case when new.outcome = 'merged' then i.kit_name end
    where i.org_id = v_org and i.reserved_run_id = new.run_id and i.reserved_split_id = new.id;
    if new.outcome = 'merged' then
        perform traveler_private.merge_split(new, v_rows);
    elsif v_kind is not null then
        insert into traveler.inventory_movement (org_id, kind, from_inventory_id, quantity, reason)
        select v_org, v_kind, i.id, i.quantity, new.outcome_reason
        from traveler.part_inventory i where i.org_id = v_org and i.id = any (v_rows) and i.quantity > 0 order by i.id;
    end if;
    return null;
end
$$;
comment on function traveler_private.apply_split_closing is 'Trigger: frees, merges, scraps or ships the units of a group as its outcome says (X7).';
create or replace trigger _500_apply_split_closing after update on traveler.run_split
    for each row when (old.closed_at is null and new.closed_at is not null) execute function traveler_private.apply_split_closing();

-- The units are the run's again, with all that is in them.
create or replace function traveler_private.merge_split(p_split traveler.run_split, p_rows uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_home uuid;
    v_shared uuid[];
    v_exception record;
    n traveler.installation;
begin
    update traveler.run r set quantity = r.quantity + p_split.quantity where r.org_id = v_org and r.id = p_split.run_id;
    update traveler.build_requirement b set quantity_needed = b.quantity_needed + g.quantity_needed
    from traveler.build_requirement g
    where g.org_id = v_org and g.run_split_id = p_split.id and b.org_id = v_org and b.id = g.origin_id;
    if (select p.tracking from traveler.run r join traveler.part p on p.org_id = r.org_id and p.id = r.part_id where r.org_id = v_org and r.id = p_split.run_id) = 'serial' then
        update traveler.run_inventory ri set run_split_id = null, live = true where ri.org_id = v_org and ri.run_split_id = p_split.id;
    else
        select ri.part_inventory_id into strict v_home from traveler.run_inventory ri where ri.org_id = v_org and ri.run_id = p_split.run_id and ri.run_split_id is null;
        insert into traveler.inventory_movement (org_id, kind, from_inventory_id, to_inventory_id, quantity, run_id, reason)
        select v_org, 'merge', i.id, v_home, i.quantity, p_split.run_id, p_split.outcome_reason
        from traveler.part_inventory i where i.org_id = v_org and i.id = any (p_rows);
    end if;

    -- What was shared with the run alone is the run's.
    v_shared := array(
        select x.id from traveler.build_requirement g
        join traveler.installation_share s on s.org_id = v_org and s.build_requirement_id = g.id and s.ended_at is null
        join traveler.installation x on x.org_id = v_org and x.id = s.installation_id
        where g.org_id = v_org and g.run_split_id = p_split.id order by x.id);
    perform traveler_private.end_shares(v_shared);
    update traveler.installation x set shares = 0 where x.org_id = v_org and x.id = any (v_shared);
    update traveler.build_requirement b set quantity_installed = b.quantity_installed + s.quantity
    from (select x.build_requirement_id as id, sum(x.quantity) as quantity from traveler.installation x where x.org_id = v_org and x.id = any (v_shared) group by 1) s
    where b.org_id = v_org and b.id = s.id;

    for v_exception in
        select e.*, g.origin_id from traveler.build_requirement g
        join traveler.build_requirement_exception e on e.org_id = v_org and e.build_requirement_id = g.id and e.withdrawn_at is null
        where g.org_id = v_org and g.run_split_id = p_split.id order by e.id
    loop
        update traveler.build_requirement_exception e set withdrawn_at = now(), withdrawn_by = '', withdrawal_reason = format('Split %s was merged.', p_split.number)
        where e.org_id = v_org and e.id = v_exception.id;
        insert into traveler.build_requirement_exception (org_id, run_id, build_requirement_id, issue_id, quantity, reason, created_by)
        values (v_org, p_split.run_id, v_exception.origin_id, v_exception.issue_id, v_exception.quantity, v_exception.reason, v_exception.created_by);
    end loop;

    if v_home is null then
        perform traveler_private.move_carried(p_rows, p_split.run_id, p_split.id, null);
        -- It names its unit: it is where it was.
        with moved as (
            update traveler.installation x set run_split_id = null, build_requirement_id = g.origin_id
            from traveler.build_requirement g
            where g.org_id = v_org and g.run_split_id = p_split.id and x.org_id = v_org and x.build_requirement_id = g.id and x.removed_at is null
                and x.assembly_inventory_id is not null
            returning g.id as from_id, g.origin_id as to_id, x.quantity
        ), counted as (
            select y.id, sum(y.quantity) as quantity from (
                select m.from_id as id, -m.quantity as quantity from moved m union all select m.to_id, m.quantity from moved m) y
            group by y.id
        )
        update traveler.build_requirement b set quantity_installed = b.quantity_installed + c.quantity from counted c where b.org_id = v_org and b.id = c.id;
    end if;
    -- The rest was in the group's row, or in the group as a whole: from now on it is in the run's, and may be in any of its units (B6).
    for n in
        select x.* from traveler.build_requirement g
        join traveler.installation x on x.org_id = v_org and x.build_requirement_id = g.id and x.removed_at is null
        where g.org_id = v_org and g.run_split_id = p_split.id order by x.id
    loop
        update traveler.installation x set removed_at = now(), removed_by = '', removal_reason = format('Split %s was merged.', p_split.number)
        where x.org_id = v_org and x.id = n.id;
        perform traveler_private.continue_installation(n, n.part_inventory_id, g.origin_id,
            case when n.assembly_inventory_id is null or n.assembly_inventory_id = any (p_rows) then v_home else n.assembly_inventory_id end, n.quantity)
        from traveler.build_requirement g where g.org_id = v_org and g.id = n.build_requirement_id;
    end loop;
end
$$;
comment on function traveler_private.merge_split is 'Gives a group''s units back to its run, with their needs, installations and exceptions (X7).';

-- I4: scrapping all that a run builds is an act on the run: nothing of it stays open.
create or replace function traveler_private.guard_run_scrap() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_run traveler.run;
begin
    for v_run in
        select distinct r.* from new_rows n
        join traveler.part_inventory i on i.org_id = v_org and i.id = n.from_inventory_id and i.building_run_id is not null
        join traveler.run r on r.org_id = v_org and r.id = i.building_run_id
        where n.kind = 'scrap' and n.run_id = i.building_run_id
    loop
        perform traveler_private.demand(v_run.steps_todo + v_run.steps_in_progress + v_run.steps_hold + v_run.steps_redline + v_run.steps_failed = 0
            and not exists (select from traveler.run_inventory ri join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
                where ri.org_id = v_org and ri.run_id = v_run.id and ri.live and i.quantity > 0),
            409, 'inventory_on_run', 'I4', format('It is on run %s, which is live.', v_run.number), 'Split some of its units off, or scrap the run as a whole.',
            jsonb_build_object('run_id', v_run.id));
    end loop;
    return null;
end
$$;
comment on function traveler_private.guard_run_scrap is 'Trigger: what a live run builds is scrapped whole, once its steps are closed (I4, X7).';
create or replace trigger _510_guard_run_scrap after insert on traveler.inventory_movement referencing new table as new_rows
    for each statement execute function traveler_private.guard_run_scrap();

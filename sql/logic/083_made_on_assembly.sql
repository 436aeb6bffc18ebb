-- Made on assembly (B7): the run makes the child's rows with its own, installed from the start, at any depth.

-- A set for each level: 1,000 units and their children are four statements a level. A serialized child is a row a unit, any other a row
-- for each row that it is made in.
drop function if exists traveler_private.make_on_assembly(uuid);
create or replace function traveler_private.make_on_assembly(p_runs uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_level uuid[];
    v_runs uuid[];
    v_needs uuid[];
    v_assemblies uuid[];
    v_parts uuid[];
    v_quantities numeric[];
    v_rows uuid[];
    v_made uuid[] := array[]::uuid[];
begin
    v_level := array(select q.id from traveler.build_requirement q
        where q.org_id = v_org and q.run_id = any (p_runs) and q.made_on_assembly and q.parent_id is null);
    while cardinality(v_level) > 0 loop
        perform traveler_private.demand_whole_children(v_level);
        select array_agg(x.run_id order by x.id), array_agg(x.need_id order by x.id), array_agg(x.assembly_id order by x.id), array_agg(x.part_id order by x.id),
            array_agg(case when x.serialized then 1 else x.quantity end order by x.id), array_agg(x.id order by x.id)
        into v_runs, v_needs, v_assemblies, v_parts, v_quantities, v_rows
        from (
            select c.run_id, c.need_id, c.assembly_id, c.part_id, c.serialized, c.quantity, traveler.new_id() as id
            from traveler_private.children(v_level) c
            cross join lateral generate_series(1, case when c.serialized then c.quantity::integer else 1 end)) x;
        v_made := v_made || v_runs;
        perform traveler_private.demand(not exists (select from unnest(v_made) r group by r having count(*) > 50000), 422, 'made_too_many', 'B7', 'A run makes 50,000 rows of inventory on its assemblies at most.', 'Make several runs of fewer units.');
        insert into traveler.part_inventory (org_id, id, part_id)
        select v_org, x.id, x.part_id from unnest(v_rows, v_parts) x (id, part_id);
        insert into traveler.inventory_movement (org_id, kind, to_inventory_id, quantity, run_id)
        select v_org, 'build', x.id, x.quantity, x.run_id from unnest(v_rows, v_quantities, v_runs) x (id, quantity, run_id);
        insert into traveler.installation (org_id, run_id, build_requirement_id, part_inventory_id, assembly_inventory_id, quantity, made_on_assembly, installed_by)
        select v_org, x.run_id, x.need_id, x.id, x.assembly_id, x.quantity, true, traveler_private.actor()
        from unnest(v_runs, v_needs, v_rows, v_assemblies, v_quantities) x (run_id, need_id, id, assembly_id, quantity);
        v_level := array(select q.id from traveler.build_requirement q
            where q.org_id = v_org and q.run_id = any (p_runs) and q.made_on_assembly and q.parent_id = any (v_level));
    end loop;
end
$$;
comment on function traveler_private.make_on_assembly is 'Makes new runs'' made-on-assembly children in their units, and theirs in them, as builds that are installed from the start (B7).';

-- What stands under another requirement goes into the rows made for that one; all else into the run's own units.
drop function if exists traveler_private.children(uuid, uuid[]);
create or replace function traveler_private.children(p_needs uuid[])
    returns table (run_id uuid, need_id uuid, part_id uuid, serialized boolean, assembly_id uuid, quantity numeric)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    select q.run_id, q.id, q.part_id, p.tracking = 'serial', a.id, round(coalesce(q.quantity_per_assembly, q.quantity_per_unit) * i.quantity, 6)
    from traveler.build_requirement q
    join traveler.part p on p.org_id = q.org_id and p.id = q.part_id
    cross join lateral (
        select r.part_inventory_id as id from traveler.run_inventory r where q.parent_id is null and r.org_id = q.org_id and r.run_id = q.run_id
        union all
        select n.part_inventory_id from traveler.installation n where n.org_id = q.org_id and n.build_requirement_id = q.parent_id) a
    join traveler.part_inventory i on i.org_id = q.org_id and i.id = a.id
    where q.org_id = traveler_private.org() and q.id = any (p_needs);
end
$$;
comment on function traveler_private.children is 'What is to be made on assembly for requirements of new runs: how much in which row (B7).';

drop function if exists traveler_private.demand_whole_children(uuid, uuid[]);
create or replace function traveler_private.demand_whole_children(p_needs uuid[]) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_part text;
    v_quantity numeric;
begin
    select p.part_number, c.quantity into v_part, v_quantity
    from traveler_private.children(p_needs) c join traveler.part p on p.org_id = traveler_private.org() and p.id = c.part_id
    where c.serialized and c.quantity <> trunc(c.quantity) or c.quantity > 50000 and c.serialized limit 1;
    perform traveler_private.demand(v_part is null, 422, 'made_in_whole_units', 'B7',
        format('Part %s is tracked by serial number: it is made on assembly in whole units, 50,000 at most, not %s.', v_part, traveler.json_decimal(v_quantity)),
        'Build another quantity.');
end
$$;
comment on function traveler_private.demand_whole_children is 'Refuses to make a part of a serialized unit (B7, I1).';

-- Who installed it and when is what the transaction says. What else is demanded of it is judged over the set.
create or replace function traveler_private.stamp_made() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand(num_nonnulls(new.removed_by, new.removed_at, new.removal_reason, new.run_split_id, new.origin_id) = 0 and new.shares = 0, 409, 'installation_starts_live', 'B2',
        'An installation is made before it is removed.');
    new.installed_by := traveler_private.actor();
    new.installed_at := clock_timestamp();
    return new;
end
$$;
comment on function traveler_private.stamp_made is 'Trigger: stamps what is made on its assembly (B7).';
create or replace trigger _100_stamp_made before insert on traveler.installation
    for each row when (new.made_on_assembly) execute function traveler_private.stamp_made();

-- B7: only the transaction that creates the run makes anything on its assemblies: what the requirement asks for, in the row that asks
-- for it, of which the run has just built it. Once it is judged, the rows are installed and their requirements count them.
create or replace function traveler_private.apply_made() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_rows bigint;
    v_changed bigint;
begin
    select count(*) into v_rows from new_rows n where n.made_on_assembly;
    if v_rows = 0 then
        return null;
    end if;
    perform traveler_private.demand(not exists (
        select from new_rows n
        join traveler.build_requirement q on q.org_id = n.org_id and q.id = n.build_requirement_id
        join traveler.run r on r.org_id = n.org_id and r.id = n.run_id
        join traveler.part_inventory i on i.org_id = n.org_id and i.id = n.part_inventory_id
        where n.made_on_assembly and not coalesce(
            q.made_on_assembly and r.created_at = now() and i.part_id = q.part_id and i.status = 'available' and n.quantity = i.quantity
            and exists (select from traveler.inventory_movement m
                where m.org_id = n.org_id and m.to_inventory_id = i.id and m.kind = 'build' and m.run_id = n.run_id)
            and case when q.parent_id is null then exists (select from traveler.run_inventory u
                    where u.org_id = n.org_id and u.run_id = n.run_id and u.part_inventory_id = n.assembly_inventory_id)
                -- By the keys alone: how many rows there are is not yet known to the planner.
                else q.parent_id = (select a.build_requirement_id from traveler.installation a where a.org_id = n.org_id and a.id = (
                    select u.installation_id from traveler.part_inventory u where u.org_id = n.org_id and u.id = n.assembly_inventory_id)) end, false)),
        409, 'made_with_the_run', 'B7', 'Only the creation of a run makes a part on its assembly.', 'Build it by a run of its own, and install it.');
    update traveler.part_inventory i set installation_id = n.id
    from new_rows n where n.made_on_assembly and i.org_id = v_org and i.id = n.part_inventory_id;
    get diagnostics v_changed = row_count;
    update traveler.build_requirement q set quantity_installed = q.quantity_installed + x.quantity
    from (select n.build_requirement_id, sum(n.quantity) as quantity from new_rows n where n.made_on_assembly group by 1) x
    where q.org_id = v_org and q.id = x.build_requirement_id;
    if not found or v_changed <> v_rows then
        raise exception 'made on assembly: % of % rows installed', v_changed, v_rows;
    end if;
    return null;
end
$$;
comment on function traveler_private.apply_made is 'Trigger: judges what is made on its assembly, marks it as installed and counts its requirement (B7).';
create or replace trigger _500_apply_made after insert on traveler.installation referencing new table as new_rows
    for each statement execute function traveler_private.apply_made();

-- A requirement at depth stands under one that is made on assembly, of its run and group.
create or replace function traveler_private.guard_parent_requirement() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand(not exists (
        select from new_rows n join traveler.build_requirement p on p.org_id = n.org_id and p.id = n.parent_id
        where not p.made_on_assembly or p.run_split_id is distinct from n.run_split_id),
        409, 'parent_not_made', 'B7', 'A requirement stands under one that is made on assembly.');
    return null;
end
$$;
comment on function traveler_private.guard_parent_requirement is 'Trigger: a requirement at depth stands under one that is made on assembly (B7).';
create or replace trigger _110_guard_parent_requirement after insert on traveler.build_requirement referencing new table as new_rows
    for each statement execute function traveler_private.guard_parent_requirement();
create or replace trigger _110_guard_made_definition before update of made_on_assembly, parent_id, quantity_per_assembly on traveler.build_requirement
    for each row when ((old.made_on_assembly, old.parent_id, old.quantity_per_assembly) is distinct from (new.made_on_assembly, new.parent_id, new.quantity_per_assembly))
    execute function traveler_private.guard_definition('build_requirement');

-- What the groups of a split run share, and what each may still be given (X3-X5). The groups of one requirement line, the run's own and
-- those split off, are its members. A live installation that was made as a whole may be in any of its members: it counts once, in no
-- member's own sum, until it is resolved.

-- X3: whatever the shared ones turn out to be, every member stays within its need. The sets of members that share something are nested or
-- apart, so it is enough that none of them, and no member alone, has more than it needs.
create or replace function traveler_private.share_slack(p_org uuid, p_line uuid) returns table (members uuid[], slack numeric)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    with line as materialized (
        select b.id, traveler_private.open_quantity(b) as open
        from traveler.build_requirement b
        left join traveler.run_split s on s.org_id = b.org_id and s.id = b.run_split_id
        where b.org_id = p_org and (b.id = p_line or b.origin_id = p_line) and s.closed_at is null
    ), share as materialized (
        select e.members, sum(n.quantity) as quantity
        from traveler.installation n
        cross join lateral (
            select array_agg(x.id order by x.id) as members from (
                select n.build_requirement_id as id
                union all
                select s.build_requirement_id from traveler.installation_share s
                where s.org_id = p_org and s.installation_id = n.id and s.ended_at is null) x) e
        where n.org_id = p_org and n.build_requirement_id in (select l.id from line l) and n.removed_at is null and n.shares > 0
        group by e.members
    ), family as (
        select s.members from share s
        union all
        select array[l.id] from line l
    )
    select f.members, (select sum(l.open) from line l where l.id = any (f.members))
        - coalesce((select sum(s.quantity) from share s where s.members <@ f.members), 0)
    from family f;
end
$$;
comment on function traveler_private.share_slack is 'How much each set of groups that shares something, and each group alone, may still be given of one requirement line; negative where it has too much (X3).';

create or replace function traveler_private.feedable(b traveler.build_requirement) returns numeric
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    if b.quantity_shared = 0 then
        return traveler_private.open_quantity(b);
    end if;
    return (select min(s.slack) from traveler_private.share_slack(b.org_id, coalesce(b.origin_id, b.id)) s where b.id = any (s.members));
end
$$;
comment on function traveler_private.feedable is 'How much may still be installed, or excepted, for a requirement: what is open, as far as what is shared leaves every group within its need (X3).';

create or replace function traveler_private.demand_feasible(p_lines uuid[]) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_line uuid;
    v_slack numeric;
    v_number text;
begin
    for v_line in select l from unnest(p_lines) l loop
        select min(s.slack) into v_slack from traveler_private.share_slack(traveler_private.org(), v_line) s;
        if v_slack < 0 then
            select p.part_number into v_number from traveler.build_requirement b join traveler.part p on p.org_id = b.org_id and p.id = b.part_id
            where b.org_id = traveler_private.org() and b.id = v_line;
            perform traveler_private.refuse(409, 'above_need', 'X3',
                format('However the shared parts are resolved, a group would have %s of part %s more than it needs.', traveler.json_decimal(-v_slack), v_number),
                'Uninstall them, withdraw an exception, or give them to another group.', jsonb_build_object('build_requirement_id', v_line));
        end if;
    end loop;
end
$$;
comment on function traveler_private.demand_feasible is 'Refuses a state of requirement lines in which no resolution keeps every group within its need (X3).';

-- Ends what is shared of some installations, for all that share them. Whose they are is the caller's to count.
create or replace function traveler_private.end_shares(p_installations uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    with ended as (
        update traveler.installation_share s set ended_at = clock_timestamp()
        where s.org_id = v_org and s.installation_id = any (p_installations) and s.ended_at is null
        returning s.installation_id, s.build_requirement_id
    ), less as (
        select x.id, sum(x.quantity) as quantity from (
            select e.build_requirement_id as id, n.quantity
            from ended e join traveler.installation n on n.org_id = v_org and n.id = e.installation_id
            union all
            select n.build_requirement_id, n.quantity
            from (select distinct e.installation_id from ended e) e join traveler.installation n on n.org_id = v_org and n.id = e.installation_id) x
        group by x.id
    )
    update traveler.build_requirement b set quantity_shared = b.quantity_shared - l.quantity
    from less l where b.org_id = v_org and b.id = l.id;
end
$$;
comment on function traveler_private.end_shares is 'Ends the shares of installations, and takes them from what their requirements count as shared (X4).';

-- X5: the rows of one statement are the whole answer for the installations that they name. Groups that have one row name it by itself.
create or replace function traveler_private.stamp_resolution() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_rows uuid[];
begin
    perform traveler_private.require('run.split');
    new.resolved_by := traveler_private.actor();
    new.created_at := clock_timestamp();
    -- The row that it is in, or may be in, by what is known of it.
    new.assembly_inventory_id := coalesce(new.assembly_inventory_id,
        (select n.assembly_inventory_id from traveler.installation n where n.org_id = new.org_id and n.id = new.installation_id and n.build_requirement_id = new.build_requirement_id),
        (select s.assembly_inventory_id from traveler.installation_share s
        where s.org_id = new.org_id and s.installation_id = new.installation_id and s.build_requirement_id = new.build_requirement_id and s.ended_at is null));
    if new.assembly_inventory_id is null then
        select array_agg(ri.part_inventory_id) into v_rows
        from traveler.build_requirement b
        join traveler.run_inventory ri on ri.org_id = b.org_id and ri.run_id = b.run_id and ri.run_split_id is not distinct from b.run_split_id
        where b.org_id = new.org_id and b.id = new.build_requirement_id;
        new.assembly_inventory_id := case when cardinality(v_rows) = 1 then v_rows[1] end;
    end if;
    return new;
end
$$;
comment on function traveler_private.stamp_resolution is 'Trigger: a resolution is its writer''s, and names the row of a group that has only one (X5).';
create or replace trigger _100_stamp_resolution before insert on traveler.installation_resolution
    for each row execute function traveler_private.stamp_resolution();
create or replace trigger _010_refuse_change before update on traveler.installation_resolution
    for each row execute function traveler_private.refuse_change('installation_resolution', 'X5');
alter table traveler.installation_resolution enable always trigger _010_refuse_change;

create or replace function traveler_private.demand_room(p_requirement uuid, p_quantity numeric) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_open numeric;
begin
    select traveler_private.open_quantity(b) into v_open from traveler.build_requirement b where b.org_id = traveler_private.org() and b.id = p_requirement;
    perform traveler_private.demand(p_quantity <= v_open, 409, 'above_need', 'X5',
        format('The group needs %s more, not %s.', traveler.json_decimal(v_open), traveler.json_decimal(p_quantity)),
        'Give the rest to another group, or uninstall it.', jsonb_build_object('open', traveler.json_decimal(v_open)));
end
$$;
comment on function traveler_private.demand_room is 'Refuses to give a group more of a part than it needs (X5).';

-- A part of an installation, or all of it, goes on as another one: for whoever it is now.
create or replace function traveler_private.continue_installation(p_from traveler.installation, p_row uuid, p_requirement uuid, p_assembly uuid, p_quantity numeric) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand_room(p_requirement, p_quantity);
    insert into traveler.installation (org_id, run_id, build_requirement_id, part_inventory_id, assembly_inventory_id, quantity, origin_id, installed_by)
    values (p_from.org_id, p_from.run_id, p_requirement, p_row, p_assembly, p_quantity, p_from.id, p_from.installed_by);
end
$$;
comment on function traveler_private.continue_installation is 'Installs what an ended installation held, or a part of it, where it is now known to be (X5, X7).';

create or replace function traveler_private.resolve_installations() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_id uuid;
    n traveler.installation;
    v_part traveler.part;
    v_fault record;
    v_rows uuid[];
    v_quantity numeric;
begin
    perform from traveler.part_inventory i where i.org_id = v_org and i.id in (
        select x.part_inventory_id from new_rows r join traveler.installation x on x.org_id = v_org and x.id = r.installation_id
        union select r.assembly_inventory_id from new_rows r)
    order by i.id for no key update;
    perform from traveler.run r where r.org_id = v_org and r.id in (select x.run_id from new_rows x) order by r.id for no key update;
    for v_id in select distinct r.installation_id from new_rows r order by 1 loop
        select * into n from traveler.installation x where x.org_id = v_org and x.id = v_id for no key update;
        perform traveler_private.demand(n.removed_at is null and n.shares > 0, 409, 'not_shared', 'X5', 'It is not shared: there is nothing to resolve.');
        select p.* into v_part from traveler.part_inventory i join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
        where i.org_id = v_org and i.id = n.part_inventory_id;
        select count(*) as targets, sum(r.quantity) as quantity, bool_and(b.id is not null) as sharing,
            bool_or(cardinality(q.reference_designators) > 0) as designated, bool_or(r.quantity <> trunc(r.quantity)) as fraction,
            bool_or(r.assembly_inventory_id is not null and case when q.parent_id is null then u.id is null
                else not traveler_private.is_made_for(q, r.assembly_inventory_id) end) as stranger
        into v_fault
        from new_rows r
        join traveler.build_requirement q on q.org_id = v_org and q.id = r.build_requirement_id
        left join lateral (
            select n.build_requirement_id as id where n.build_requirement_id = r.build_requirement_id
            union all
            select s.build_requirement_id from traveler.installation_share s
            where s.org_id = v_org and s.installation_id = v_id and s.build_requirement_id = r.build_requirement_id and s.ended_at is null) b on true
        left join traveler.run_inventory u on u.org_id = v_org and u.run_id = n.run_id and u.part_inventory_id = r.assembly_inventory_id
            and u.run_split_id is not distinct from q.run_split_id
        where r.installation_id = v_id;
        perform traveler_private.demand(v_fault.sharing, 409, 'group_not_sharing', 'X5', 'It is not shared by that group.', 'Give it to one that shares it.');
        perform traveler_private.demand(not v_fault.stranger, 409, 'unit_not_on_run', 'X5', 'That unit is not of the group.', 'Name one of its units.');
        perform traveler_private.demand(v_fault.quantity = n.quantity, 409, 'resolution_incomplete', 'X5',
            format('%s are installed; what is resolved adds up to %s.', traveler.json_decimal(n.quantity), traveler.json_decimal(v_fault.quantity)),
            'Say of all of it whose it is.', jsonb_build_object('quantity', traveler.json_decimal(n.quantity)));
        perform traveler_private.demand(v_fault.targets = 1 or v_part.tracking <> 'serial' and not v_fault.designated, 409, 'resolves_to_one', 'X5',
            'A serialized or reference-designated part is one group''s.', 'Give it to one group, whole.');
        perform traveler_private.demand(not v_fault.fraction or v_part.unit <> 'each', 409, 'fraction_of_a_unit', 'X5',
            format('Part %s is counted in whole units.', v_part.part_number), 'Divide it in whole units.');
        if v_fault.targets = 1 and exists (select from new_rows r where r.installation_id = v_id and r.build_requirement_id = n.build_requirement_id
                and r.assembly_inventory_id is not distinct from n.assembly_inventory_id) then
            -- It stays whose it was.
            perform traveler_private.end_shares(array[v_id]);
            perform traveler_private.demand_room(n.build_requirement_id, n.quantity);
            update traveler.installation x set shares = 0 where x.org_id = v_org and x.id = v_id;
            update traveler.build_requirement b set quantity_installed = b.quantity_installed + n.quantity where b.org_id = v_org and b.id = n.build_requirement_id;
        else
            update traveler.installation x set removed_at = now(), removed_by = '', removal_reason = 'Resolved.' where x.org_id = v_org and x.id = v_id;
            -- The parts are cut off before anything is installed: an installation is of a whole row (I5).
            v_rows := array[n.part_inventory_id];
            for v_quantity in select r.quantity from new_rows r where r.installation_id = v_id order by r.id offset 1 loop
                v_rows := v_rows || traveler_private.split_row(n.part_inventory_id, v_quantity, n.run_id);
            end loop;
            perform traveler_private.continue_installation(n, v_rows[r.place], r.build_requirement_id, r.assembly_inventory_id, r.quantity)
            from (select x.*, row_number() over (order by x.id)::integer as place from new_rows x where x.installation_id = v_id) r order by r.place;
        end if;
    end loop;
    perform traveler_private.demand_feasible(array(
        select distinct coalesce(b.origin_id, b.id) from new_rows r join traveler.build_requirement b on b.org_id = v_org and b.id = r.build_requirement_id));
    return null;
end
$$;
comment on function traveler_private.resolve_installations is 'Trigger: what is shared becomes the part of one group, or of several in quantities that add up (X5).';
create or replace trigger _500_resolve after insert on traveler.installation_resolution referencing new table as new_rows
    for each statement execute function traveler_private.resolve_installations();

-- Shares are made and ended by splits, resolutions and removals, never by hand (X4).
create or replace trigger _120_refuse_derived before insert or update on traveler.installation_share
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived('installation_share', 'X4', 'What is shared');

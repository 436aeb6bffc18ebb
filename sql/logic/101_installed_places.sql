-- Where an installed part is: the assembly that a requirement at depth goes into (B7), never more in a unit or at a reference designator
-- than belongs there (B2), and nothing in itself at any depth.

-- B7: a row that the run made for the requirement that this one stands under, and that is in its assembly now.
create or replace function traveler_private.is_made_for(q traveler.build_requirement, p_assembly uuid) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from traveler.installation n
        join traveler.part_inventory i on i.org_id = n.org_id and i.id = n.part_inventory_id
        where n.org_id = q.org_id and n.part_inventory_id = p_assembly and n.build_requirement_id = q.parent_id and n.removed_at is null
            and exists (select from traveler.installation m where m.org_id = n.org_id and m.part_inventory_id = any (traveler_private.row_and_origins(i))
                and m.run_id = n.run_id and m.made_on_assembly));
end
$$;
comment on function traveler_private.is_made_for is 'Whether a row was made on assembly for the requirement above this one, and is installed for it now (B7).';

-- The row where there is but one, else null: then it is to be named.
create or replace function traveler_private.only_made_for(q traveler.build_requirement) returns uuid
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_rows uuid[] := array(select n.part_inventory_id from traveler.installation n
        where n.org_id = q.org_id and n.build_requirement_id = q.parent_id and n.removed_at is null limit 2);
begin
    return case when cardinality(v_rows) = 1 then v_rows[1] end;
end
$$;
comment on function traveler_private.only_made_for is 'The row that a requirement at depth goes into, where there is but one (B7).';

create or replace function traveler_private.demand_made_assembly(q traveler.build_requirement, p_assembly uuid) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_parent text;
begin
    select format('%s revision %s', p.part_number, p.revision) into v_parent
    from traveler.build_requirement b join traveler.part p on p.org_id = b.org_id and p.id = b.part_id
    where b.org_id = q.org_id and b.id = q.parent_id;
    perform traveler_private.demand(p_assembly is not null, 422, 'unit_not_named', 'B7', format('Name the %s that it goes into.', v_parent), 'Give assembly_inventory_id.');
    perform traveler_private.demand(traveler_private.is_made_for(q, p_assembly), 409, 'assembly_not_made_here', 'B7',
        format('It goes into a %s that this run makes on its assembly, and that is in there.', v_parent), 'Name one of these.');
end
$$;
comment on function traveler_private.demand_made_assembly is 'Refuses an assembly that a requirement at depth does not go into (B7).';

-- B2, at any depth: what an assembly is in, and that again. Where something went into a run as a whole it may be in any of its units.
create or replace function traveler_private.demand_no_ring(p_row uuid, p_assemblies uuid[]) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    -- Most of what is installed holds nothing.
    if not exists (select from traveler.installation n where n.org_id = v_org and n.assembly_inventory_id = p_row and n.removed_at is null)
        and not exists (select from traveler.run_inventory r where r.org_id = v_org and r.part_inventory_id = p_row) then
        return;
    end if;
    perform traveler_private.demand(not exists (
        with recursive up as (
            select unnest(p_assemblies) as id
            union
            select coalesce(n.assembly_inventory_id, r.part_inventory_id)
            from up u
            join traveler.installation n on n.org_id = v_org and n.part_inventory_id = u.id and n.removed_at is null
            left join traveler.run_inventory r on n.assembly_inventory_id is null and r.org_id = v_org and r.run_id = n.run_id
        )
        select from up u where u.id = p_row),
        409, 'assembly_in_itself', 'B2', 'An assembly can''t be installed in itself or in a part of itself.');
end
$$;
comment on function traveler_private.demand_no_ring is 'Refuses to install a row in itself, or in what is in it at any depth (B2).';

-- B2: what belongs in one named unit of several, and at one reference designator of it and of the run: an equal share for each
-- designator, which may be a fraction without an end. What is there already is held.
create or replace function traveler_private.places(q traveler.build_requirement, p_assembly uuid, p_designator text)
    returns table (assembly_id uuid, designator text, place numeric, held numeric)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_share numeric := cardinality(q.reference_designators);
    v_place numeric;
    v_tracking text;
begin
    if p_assembly is not null then
        select round(coalesce(q.quantity_per_assembly, q.quantity_per_unit) * case p.tracking when 'serial' then 1 else i.quantity end, 6), p.tracking into v_place, v_tracking
        from traveler.part_inventory i join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
        where i.org_id = q.org_id and i.id = p_assembly;
        -- Where the run has but one unit, what belongs in it is what the run needs.
        if v_place < q.quantity_needed and (v_tracking = 'serial' or q.parent_id is not null) then
            return query select p_assembly, null::text, v_place, (select coalesce(sum(n.quantity), 0) from traveler.installation n
                where n.org_id = q.org_id and n.build_requirement_id = q.id and n.assembly_inventory_id = p_assembly and n.removed_at is null and n.shares = 0)
                + traveler_private.carried_in(q, p_assembly, null);
        end if;
    end if;
    if p_designator = any (q.reference_designators) then
        return query select a.id, p_designator, a.place / v_share, (select coalesce(sum(n.quantity), 0) from traveler.installation n
                where n.org_id = q.org_id and n.build_requirement_id = q.id and n.removed_at is null and n.shares = 0 and n.reference_designator = p_designator
                    and (a.id is null or n.assembly_inventory_id = a.id)) + traveler_private.carried_in(q, a.id, p_designator)
            from (values (p_assembly, v_place), (null, q.quantity_needed)) a (id, place) where a.place is not null;
    end if;
end
$$;
comment on function traveler_private.places is 'The unit and the reference designator that a part would go into: how much belongs there, and how much is there (B2).';

create or replace function traveler_private.guard_installed_places() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_found record;
begin
    select n.reference_designator as name, q.reference_designators as names into v_found
    from new_rows n join traveler.build_requirement q on q.org_id = n.org_id and q.id = n.build_requirement_id
    where n.reference_designator is not null and n.reference_designator <> all (q.reference_designators) limit 1;
    perform traveler_private.demand(not found, 422, 'designator_unknown', 'B2', format('%s is none of its reference designators.', v_found.name),
        case when cardinality(v_found.names) = 0 then 'Name none.' else format('Name one of %s.', array_to_string(v_found.names[1:20], ', ')) end);
    select p.part_number, l.designator, traveler.json_decimal(round(l.place, 6)) as place, traveler.json_decimal(l.held) as held,
        case when l.assembly_id is null then 'The run' else traveler_private.row_name(l.assembly_id) end as assembly into v_found
    from (select distinct n.org_id, n.build_requirement_id, n.assembly_inventory_id, n.reference_designator from new_rows n where not n.made_on_assembly) x
    join traveler.build_requirement q on q.org_id = x.org_id and q.id = x.build_requirement_id
    join traveler.part p on p.org_id = q.org_id and p.id = q.part_id
    cross join lateral traveler_private.places(q, x.assembly_inventory_id, x.reference_designator) l
    where l.held > l.place order by l.designator limit 1;
    perform traveler_private.demand(not found, 409, case when v_found.designator is null then 'above_need_of_unit' else 'designator_full' end, 'B2',
        format('%s takes %s of part %s%s; with this there would be %s.', v_found.assembly, v_found.place, v_found.part_number, ' at ' || v_found.designator, v_found.held),
        case when v_found.designator is null then 'Install the rest in another unit.' else 'Name another reference designator.' end,
        jsonb_build_object('needed', v_found.place, 'held', v_found.held));
    return null;
end
$$;
comment on function traveler_private.guard_installed_places is 'Trigger: no unit, and no reference designator, holds more than belongs there (B2).';
create or replace trigger _110_guard_installed_places after insert on traveler.installation referencing new table as new_rows
    for each statement execute function traveler_private.guard_installed_places();

-- B7: what is taken out of the run's assembly takes its contents along. While it is in there, it is the run's to open.
create or replace function traveler_private.guard_removal_at_depth() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_need traveler.build_requirement;
    v_row traveler.part_inventory;
    v_tracking text;
begin
    select * into v_need from traveler.build_requirement q where q.org_id = new.org_id and q.id = new.build_requirement_id;
    -- Taken out, and on a run of its own since, it is that one's (B4).
    perform traveler_private.demand(v_need.parent_id is null or traveler_private.is_made_for(v_need, new.assembly_inventory_id)
            or exists (select from traveler.part_inventory i where i.org_id = new.org_id and i.id = new.assembly_inventory_id and i.building_run_id is not null),
        409, 'assembly_taken_out', 'B7',
        format('%s was taken out of the run''s assembly, with what is in it.', traveler_private.row_name(new.assembly_inventory_id)), 'Install it again first.');
    if v_need.made_on_assembly then
        select * into v_row from traveler.part_inventory i where i.org_id = new.org_id and i.id = new.part_inventory_id;
        select p.tracking into v_tracking from traveler.part p where p.org_id = v_row.org_id and p.id = v_row.part_id;
        perform traveler_private.demand(case v_tracking when 'serial' then v_row.serial_number is not null when 'lot' then v_row.lot_number is not null else true end,
            409, 'unit_unidentified', 'I1', format('What was made on assembly has no %s number yet.', v_tracking), 'Give it one first.');
        perform traveler_private.demand(not exists (select from traveler.run r where r.org_id = new.org_id and r.id = new.run_id and r.status = 'canceled'
                and exists (select from traveler.inventory_movement m where m.org_id = r.org_id and m.to_inventory_id = any (traveler_private.row_and_origins(v_row))
                    and m.kind = 'build' and m.run_id = r.id)),
            409, 'never_built', 'I2', 'It was never built: its run is canceled.', 'Bring the run back first.');
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_removal_at_depth is 'Trigger: contents leave an assembly while it is in the run''s; what was made leaves it as an ordinary unit, identified and built (B7, I1, I2).';
create or replace trigger _110_guard_removal_at_depth before update of removed_at on traveler.installation
    for each row when (old.removed_at is null and new.removed_at is not null and pg_trigger_depth() = 0)
    execute function traveler_private.guard_removal_at_depth();

-- Build requirements of a step in redline (D1, B1): what the run installs there is added, changed and withdrawn by a redline, and never
-- below what is installed or excepted already. Those of the mBOM belong to no step, and stay. A group that was split off is asked for the
-- same, for its own units (X2): its rows follow the run's.

create or replace function traveler_private.step_of_requirement(p_requirement uuid) returns uuid
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select q.run_step_id from traveler.build_requirement q where q.org_id = traveler_private.org() and q.id = p_requirement);
end
$$;
comment on function traveler_private.step_of_requirement is 'The step that a build requirement is of; null for one of the mBOM.';

create or replace function traveler_private.guard_requirement_edit() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_units numeric;
begin
    perform from traveler.run r where r.org_id = new.org_id and r.id = new.run_id for no key update;
    if new.run_split_id is null then
        perform traveler_private.demand(new.run_step_id is not null, 409, 'run_is_a_copy', 'P2', 'What the mBOM requires is fixed when the run is created.',
            'Redline the requirements of a step.');
        perform traveler_private.demand_redline(new.run_step_id);
        select r.quantity into v_units from traveler.run r where r.org_id = new.org_id and r.id = new.run_id;
    else
        perform traveler_private.demand(pg_trigger_depth() > 1, 409, 'run_is_a_copy', 'X2', 'What a group needs follows what its run needs.',
            'Redline the requirement of the run''s step.');
        select s.quantity into v_units from traveler.run_split s where s.org_id = new.org_id and s.id = new.run_split_id;
    end if;
    if new.withdrawn_at is not null then
        new.withdrawn_at := coalesce(old.withdrawn_at, clock_timestamp());
        new.quantity_needed := 0;
    else
        new.quantity_needed := new.quantity_per_unit * v_units;
    end if;
    perform traveler_private.demand(new.quantity_needed >= new.quantity_installed + new.quantity_excepted + new.quantity_carried
            and (new.withdrawn_at is null or new.quantity_shared = 0), 409,
        case when new.withdrawn_at is null then 'requirement_below_installed' else 'requirement_has_installations' end, 'B2',
        format('Part %s: %s are installed, excepted or shared, and %s would be needed%s.',
            (select p.part_number from traveler.part p where p.org_id = old.org_id and p.id = old.part_id),
            traveler.json_decimal(new.quantity_installed + new.quantity_excepted + new.quantity_carried + new.quantity_shared),
            traveler.json_decimal(new.quantity_needed), case when new.run_split_id is null then '' else ' by a group that was split off' end),
        'Uninstall them, or withdraw the exception, first.', jsonb_build_object('build_requirement_id', new.id));
    return new;
end
$$;
comment on function traveler_private.guard_requirement_edit is
    'Trigger: a step''s requirement is edited in redline only, what it needs is derived, and never below what is installed or excepted (D1, B2, X2).';
create or replace trigger _050_guard_redline_edit before update of part_id, quantity_per_unit, reference_designators, withdrawn_at on traveler.build_requirement
    for each row when ((old.part_id, old.quantity_per_unit, old.reference_designators, old.withdrawn_at)
        is distinct from (new.part_id, new.quantity_per_unit, new.reference_designators, new.withdrawn_at))
    execute function traveler_private.guard_requirement_edit();

-- B2: what is installed for a requirement is still what it asks for, where it asks for it.
create or replace function traveler_private.demand_installed_fits(q traveler.build_requirement) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_found record;
begin
    select p.part_number, x.reference_designator, traveler_private.takes_part(q, i.part_id) as is_taken,
        x.reference_designator is null or x.reference_designator = any (q.reference_designators) as has_place into v_found
    from (
        select n.id from traveler.installation n where n.org_id = q.org_id and n.build_requirement_id = q.id and n.removed_at is null
        union all
        select s.installation_id from traveler.installation_share s where s.org_id = q.org_id and s.build_requirement_id = q.id and s.ended_at is null
        union all
        select c.installation_id from traveler.carried_installation c where c.org_id = q.org_id and c.build_requirement_id = q.id and c.ended_at is null) y
    join traveler.installation x on x.org_id = q.org_id and x.id = y.id
    join traveler.part_inventory i on i.org_id = q.org_id and i.id = x.part_inventory_id
    join traveler.part p on p.org_id = q.org_id and p.id = i.part_id
    where not traveler_private.takes_part(q, i.part_id)
        or x.reference_designator is not null and x.build_requirement_id = q.id and x.reference_designator <> all (q.reference_designators)
    limit 1;
    perform traveler_private.demand(not found, 409, 'requirement_has_installations', 'B2',
        case when v_found.is_taken then format('Part %s is installed at %s.', v_found.part_number, v_found.reference_designator)
            else format('Part %s is installed, and would be neither what is required nor a substitute.', v_found.part_number) end,
        'Uninstall it first.', jsonb_build_object('build_requirement_id', q.id));
    select l.designator, traveler.json_decimal(round(l.place, 6)) as place, traveler.json_decimal(l.held) as held into v_found
    from (select distinct n.assembly_inventory_id, n.reference_designator from traveler.installation n
        where n.org_id = q.org_id and n.build_requirement_id = q.id and n.removed_at is null) n
    cross join lateral traveler_private.places(q, n.assembly_inventory_id, n.reference_designator) l
    where l.held > l.place limit 1;
    perform traveler_private.demand(not found, 409, 'requirement_below_installed', 'B2',
        format('%s holds %s, and would need %s.', coalesce(v_found.designator, 'A unit'), v_found.held, v_found.place), 'Uninstall some first.',
        jsonb_build_object('build_requirement_id', q.id));
end
$$;
comment on function traveler_private.demand_installed_fits is 'Refuses what would make an installation one that its requirement does not ask for (B2, D1).';

create or replace function traveler_private.spread_requirement() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand_installed_fits(new);
    if new.run_split_id is null then
        update traveler.build_requirement g set part_id = new.part_id, quantity_per_unit = new.quantity_per_unit, reference_designators = new.reference_designators,
            withdrawn_at = new.withdrawn_at
        from traveler.run_split s
        where g.org_id = new.org_id and g.origin_id = new.id and s.org_id = new.org_id and s.id = g.run_split_id and s.closed_at is null;
        perform traveler_private.demand_feasible(array[new.id]) where new.withdrawn_at is null;
    end if;
    return null;
end
$$;
comment on function traveler_private.spread_requirement is 'Trigger: what is installed still fits a requirement that was edited, and its groups'' follow it (B2, X2, X3).';
create or replace trigger _500_spread_requirement after update on traveler.build_requirement
    for each row when ((old.part_id, old.quantity_per_unit, old.reference_designators, old.withdrawn_at)
        is distinct from (new.part_id, new.quantity_per_unit, new.reference_designators, new.withdrawn_at))
    execute function traveler_private.spread_requirement();

-- B1, X2: what a redline adds is needed for the run's units as they are now, and for those of each group.
create or replace function traveler_private.spread_new_requirements() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_runs uuid[];
begin
    -- A split gives its group requirements of its own.
    if pg_trigger_depth() > 1 then
        return null;
    end if;
    v_runs := array(select distinct r.id from new_rows n join traveler.run r on r.org_id = n.org_id and r.id = n.run_id where r.created_at <> now());
    if v_runs = '{}' then
        return null;
    end if;
    perform traveler_private.demand(not exists (select from new_rows n join traveler.run r on r.org_id = n.org_id and r.id = n.run_id
            where n.run_id = any (v_runs) and (n.quantity_needed <> round(n.quantity_per_unit * r.quantity, 6) or n.made_on_assembly or n.parent_id is not null
                or n.withdrawn_at is not null)),
        409, 'requirement_added_whole', 'B1', 'What a redline adds is needed in its quantity per unit, for the units of the run, and is installed: nothing is made for it.');
    insert into traveler.build_requirement (org_id, run_id, run_step_id, part_id, quantity_per_unit, quantity_needed, reference_designators, run_split_id, origin_id)
    select n.org_id, n.run_id, n.run_step_id, n.part_id, n.quantity_per_unit, n.quantity_per_unit * s.quantity, n.reference_designators, s.id, n.id
    from new_rows n join traveler.run_split s on s.org_id = n.org_id and s.run_id = n.run_id and s.closed_at is null
    where n.run_id = any (v_runs) order by n.id, s.id;
    return null;
end
$$;
comment on function traveler_private.spread_new_requirements is 'Trigger: what a redline adds is asked of the groups of its run as well (D1, B1, X2).';
create or replace trigger _500_spread_requirements after insert on traveler.build_requirement referencing new table as new_rows
    for each statement execute function traveler_private.spread_new_requirements();

-- Substitutes (B2) ------------------------------------------------------------------------------------------------------

create or replace function traveler_private.guard_substitute_edit() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_need traveler.build_requirement;
begin
    perform from traveler.run r where r.org_id = new.org_id and r.id = new.run_id for no key update;
    select * into v_need from traveler.build_requirement q where q.org_id = new.org_id and q.id = new.build_requirement_id;
    perform traveler_private.demand(v_need.run_split_id is null or pg_trigger_depth() > 1, 409, 'run_is_a_copy', 'X2', 'What a group needs follows what its run needs.',
        'Redline the requirement of the run''s step.');
    if v_need.run_split_id is null then
        perform traveler_private.demand_redline(v_need.run_step_id);
    end if;
    if new.withdrawn_at is not null then
        new.withdrawn_at := coalesce(old.withdrawn_at, clock_timestamp());
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_substitute_edit is 'Trigger: what is approved in place of a part changes in redline only (D1, B2).';
create or replace trigger _050_guard_redline_edit before update of withdrawn_at on traveler.build_requirement_substitute
    for each row when (old.withdrawn_at is distinct from new.withdrawn_at) execute function traveler_private.guard_substitute_edit();

create or replace function traveler_private.spread_substitutes() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    -- At the creation of a run there is no group yet.
    insert into traveler.build_requirement_substitute (org_id, run_id, build_requirement_id, part_id)
    select n.org_id, n.run_id, g.id, n.part_id
    from new_rows n
    join traveler.build_requirement g on g.org_id = n.org_id and g.origin_id = n.build_requirement_id
    join traveler.run_split s on s.org_id = n.org_id and s.id = g.run_split_id and s.closed_at is null
    order by n.id, g.id;
    return null;
end
$$;
comment on function traveler_private.spread_substitutes is 'Trigger: what is approved for a run''s requirement is approved for its groups'' (X2).';
create or replace trigger _500_spread_substitutes after insert on traveler.build_requirement_substitute referencing new table as new_rows
    for each statement when (pg_trigger_depth() < 1) execute function traveler_private.spread_substitutes();

create or replace function traveler_private.spread_substitute() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand_installed_fits(q) from traveler.build_requirement q where q.org_id = new.org_id and q.id = new.build_requirement_id;
    update traveler.build_requirement_substitute x set withdrawn_at = new.withdrawn_at
    from traveler.build_requirement g
    join traveler.run_split s on s.org_id = g.org_id and s.id = g.run_split_id and s.closed_at is null
    where g.org_id = new.org_id and g.origin_id = new.build_requirement_id and x.org_id = new.org_id and x.build_requirement_id = g.id and x.part_id = new.part_id;
    return null;
end
$$;
comment on function traveler_private.spread_substitute is 'Trigger: what is installed is still approved, and the groups'' requirements follow (B2, X2).';
create or replace trigger _500_spread_substitute after update on traveler.build_requirement_substitute
    for each row when (old.withdrawn_at is distinct from new.withdrawn_at) execute function traveler_private.spread_substitute();

-- What a redline keeps, writes and gives back ---------------------------------------------------------------------------

create or replace function traveler_private.step_requirements(p_step uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('id', q.id, 'part_id', q.part_id, 'quantity_per_unit', traveler.json_decimal(q.quantity_per_unit),
            'reference_designators', to_jsonb(q.reference_designators), 'substitute_part_ids', (select coalesce(jsonb_agg(s.part_id order by s.part_id), '[]')
                from traveler.build_requirement_substitute s where s.org_id = q.org_id and s.build_requirement_id = q.id and s.withdrawn_at is null))
            order by q.id), '[]')
        from traveler.build_requirement q
        where q.org_id = traveler_private.org() and q.run_step_id = p_step and q.run_split_id is null and q.withdrawn_at is null
    );
end
$$;
comment on function traveler_private.step_requirements is 'The build requirements of a step, as a redline keeps them (D1).';

-- What is approved in place of a requirement's part: these, and no others. Approvals come before changes of the part, withdrawals after.
create or replace function traveler_private.approve_substitutes(p_requirement uuid, p_parts uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    perform traveler_private.demand(not exists (select from unnest(p_parts) p where not exists (select from traveler.part x where x.org_id = v_org and x.id = p)),
        422, 'part_unknown', 'B2', 'The org has no such part.');
    update traveler.build_requirement_substitute s set withdrawn_at = null
    where s.org_id = v_org and s.build_requirement_id = p_requirement and s.withdrawn_at is not null and s.part_id = any (p_parts);
    insert into traveler.build_requirement_substitute (org_id, run_id, build_requirement_id, part_id)
    select v_org, q.run_id, q.id, p from traveler.build_requirement q cross join (select distinct unnest(p_parts) as p) x
    where q.org_id = v_org and q.id = p_requirement and not exists (
        select from traveler.build_requirement_substitute s where s.org_id = v_org and s.build_requirement_id = p_requirement and s.part_id = p)
    order by p;
end
$$;
comment on function traveler_private.approve_substitutes is 'Approves parts in place of a requirement''s (B2, D1).';

create or replace function traveler_private.withdraw_substitutes(p_requirement uuid, p_parts uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    update traveler.build_requirement_substitute s set withdrawn_at = clock_timestamp()
    where s.org_id = traveler_private.org() and s.build_requirement_id = p_requirement and s.withdrawn_at is null and s.part_id <> all (p_parts);
end
$$;
comment on function traveler_private.withdraw_substitutes is 'Withdraws the substitutes of a requirement but these (B2, D1).';

-- {add_requirements?: [{part_id, quantity_per_unit, reference_designators?, substitute_part_ids?}], change_requirements?:
-- [{build_requirement_id, ...}], withdraw_requirements?: [id]}
create or replace function traveler_private.write_redlined_requirements(p_step uuid, p_run uuid, p_request jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_rows integer;
    v_id uuid;
    v_units numeric;
    c jsonb;
begin
    update traveler.build_requirement q set withdrawn_at = clock_timestamp()
    where q.org_id = v_org and q.run_step_id = p_step and q.run_split_id is null and q.withdrawn_at is null
        and q.id in (select x::uuid from jsonb_array_elements_text(p_request -> 'withdraw_requirements') x);
    get diagnostics v_rows = row_count;
    perform traveler_private.demand(v_rows = coalesce(jsonb_array_length(p_request -> 'withdraw_requirements'), 0), 404, 'requirement_unknown', 'D1',
        'One of the requirements to withdraw is not of this step, or given twice.');
    for c in select x from jsonb_array_elements(p_request -> 'change_requirements') x loop
        v_id := (c ->> 'build_requirement_id')::uuid;
        perform traveler_private.demand(exists (select from traveler.build_requirement q where q.org_id = v_org and q.id = v_id and q.run_step_id = p_step
            and q.run_split_id is null and q.withdrawn_at is null), 404, 'requirement_unknown', 'D1', 'One of the requirements to change is not of this step.');
        perform traveler_private.demand_part((c ->> 'part_id')::uuid);
        if c ? 'substitute_part_ids' then
            perform traveler_private.approve_substitutes(v_id, array(select x::uuid from jsonb_array_elements_text(c -> 'substitute_part_ids') x));
        end if;
        update traveler.build_requirement q set part_id = coalesce((c ->> 'part_id')::uuid, q.part_id),
            quantity_per_unit = coalesce(traveler_private.quantity_of(c ->> 'quantity_per_unit'), q.quantity_per_unit),
            reference_designators = case when c ? 'reference_designators' then array(select jsonb_array_elements_text(c -> 'reference_designators')) else q.reference_designators end
        where q.org_id = v_org and q.id = v_id;
        if c ? 'substitute_part_ids' then
            perform traveler_private.withdraw_substitutes(v_id, array(select x::uuid from jsonb_array_elements_text(c -> 'substitute_part_ids') x));
        end if;
    end loop;
    select r.quantity into v_units from traveler.run r where r.org_id = v_org and r.id = p_run;
    for c in select x from jsonb_array_elements(p_request -> 'add_requirements') x loop
        perform traveler_private.demand_part((c ->> 'part_id')::uuid);
        insert into traveler.build_requirement (org_id, run_id, run_step_id, part_id, quantity_per_unit, quantity_needed, reference_designators)
        values (v_org, p_run, p_step, (c ->> 'part_id')::uuid, traveler_private.quantity_of(c ->> 'quantity_per_unit'),
            traveler_private.quantity_of(c ->> 'quantity_per_unit') * v_units, array(select jsonb_array_elements_text(c -> 'reference_designators')))
        returning id into v_id;
        perform traveler_private.approve_substitutes(v_id, array(select x::uuid from jsonb_array_elements_text(c -> 'substitute_part_ids') x));
    end loop;
end
$$;
comment on function traveler_private.write_redlined_requirements is 'Writes what a redline says of its step''s build requirements (D1, B1).';

create or replace function traveler_private.demand_part(p_part uuid) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand(p_part is null or exists (select from traveler.part p where p.org_id = traveler_private.org() and p.id = p_part), 422, 'part_unknown', 'T1',
        'The org has no such part.');
end
$$;
comment on function traveler_private.demand_part is 'Refuses a part that the org does not have.';

-- D3: what is given back is asked for again before what came instead is taken away.
create or replace function traveler_private.restore_requirements(p_redline traveler.redline) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_was jsonb;
begin
    for v_was in select x from jsonb_array_elements(p_redline.before -> 'requirements') x loop
        perform traveler_private.approve_substitutes((v_was ->> 'id')::uuid, array(select x::uuid from jsonb_array_elements_text(v_was -> 'substitute_part_ids') x));
        update traveler.build_requirement q set part_id = b.part_id, quantity_per_unit = b.quantity_per_unit, reference_designators = b.reference_designators, withdrawn_at = null
        from jsonb_populate_record(null::traveler.build_requirement, v_was) b
        where q.org_id = v_org and q.id = b.id and (q.part_id, q.quantity_per_unit, q.reference_designators, q.withdrawn_at)
            is distinct from (b.part_id, b.quantity_per_unit, b.reference_designators, null);
        perform traveler_private.withdraw_substitutes((v_was ->> 'id')::uuid, array(select x::uuid from jsonb_array_elements_text(v_was -> 'substitute_part_ids') x));
    end loop;
    update traveler.build_requirement q set withdrawn_at = clock_timestamp()
    where q.org_id = v_org and q.run_step_id = p_redline.run_step_id and q.run_split_id is null and q.withdrawn_at is null
        and q.id not in (select (b ->> 'id')::uuid from jsonb_array_elements(p_redline.before -> 'requirements') b);
end
$$;
comment on function traveler_private.restore_requirements is 'Gives a step back the build requirements that it had before a redline (D3).';

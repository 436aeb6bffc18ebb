-- The creation of a run (P2, B1, I3): the copy of its procedure, its build requirements, the inventory that it builds, and the act
-- that makes all three in one transaction.

-- P2: the steps, their dependencies, fields and approvals, of any number of runs at once.
drop function if exists traveler_private.copy_steps(uuid, uuid);
create or replace function traveler_private.copy_steps(p_runs uuid[], p_procedure uuid, out p_places jsonb, out p_copies uuid[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_steps integer;
    v_fields jsonb;
    v_compared uuid[];
    v_count integer;
begin
    -- Which step is whose copy is found by its place, run after run: a join would be planned by statistics that know nothing of these
    -- runs yet.
    select coalesce(jsonb_object_agg(x.id, x.place), '{}'), count(*) into p_places, v_steps
    from (select s.id, row_number() over () as place from traveler.procedure_step s where s.org_id = v_org and s.procedure_id = p_procedure) x;
    p_copies := array(select traveler.new_id() from generate_series(1, cardinality(p_runs) * v_steps));
    insert into traveler.run_step (org_id, run_id, origin_step_id, parent_id, id, depth, position, title, instructions, location_id, lead_time_seconds, required,
        outside_process, attributes, standard_version_id)
    select v_org, r.id, s.id, p_copies[(r.place - 1) * v_steps + (p_places ->> s.parent_id::text)::integer], p_copies[(r.place - 1) * v_steps + (p_places ->> s.id::text)::integer],
        s.depth, s.position, s.title, s.instructions, s.location_id, s.lead_time_seconds, s.required, s.outside_process, s.attributes,
        case when s.standard_id is not null then (
            select v.id from traveler.procedure v where v.org_id = v_org and v.family_id = s.standard_id and v.state = 'released') end
    from unnest(p_runs) with ordinality r (id, place)
    cross join traveler.procedure_step s where s.org_id = v_org and s.procedure_id = p_procedure
    order by r.place, s.depth, s.position;
    insert into traveler.run_step_edge (org_id, run_id, upstream_id, downstream_id)
    select v_org, r.id, p_copies[(r.place - 1) * v_steps + (p_places ->> e.upstream_id::text)::integer],
        p_copies[(r.place - 1) * v_steps + (p_places ->> e.downstream_id::text)::integer]
    from unnest(p_runs) with ordinality r (id, place)
    cross join traveler.procedure_step_edge e
    where e.org_id = v_org and e.procedure_id = p_procedure;
    select jsonb_object_agg(c.id, c.place), count(*) into v_fields, v_count
    from (select x.id, row_number() over () as place from (select distinct f.compare_field_id as id from traveler.procedure_field f
        where f.org_id = v_org and f.procedure_id = p_procedure and f.compare_field_id is not null) x) c;
    v_compared := array(select traveler.new_id() from generate_series(1, cardinality(p_runs) * v_count));
    insert into traveler.run_step_field (org_id, id, run_id, run_step_id, position, name, type, unit, required, allow_not_applicable, options, signoff_role_id, peer, meaning, batch_scope,
        minimum, maximum, target, tolerance_minus, tolerance_plus, datagrid, compare_op, compare_field_id)
    select v_org, coalesce(v_compared[(r.place - 1) * v_count + (v_fields ->> f.id::text)::integer], traveler.new_id()), r.id,
        p_copies[(r.place - 1) * v_steps + (p_places ->> f.procedure_step_id::text)::integer], f.position, f.name, f.type, f.unit,
        f.required, f.allow_not_applicable, f.options, f.signoff_role_id, f.peer, f.meaning, f.batch_scope,
        f.minimum, f.maximum, f.target, f.tolerance_minus, f.tolerance_plus, f.datagrid, f.compare_op,
        v_compared[(r.place - 1) * v_count + (v_fields ->> f.compare_field_id::text)::integer]
    from unnest(p_runs) with ordinality r (id, place)
    cross join traveler.procedure_field f
    where f.org_id = v_org and f.procedure_id = p_procedure;
    insert into traveler.run_step_approval_requirement (org_id, run_id, run_step_id, role_id, approvers)
    select v_org, r.id, p_copies[(r.place - 1) * v_steps + (p_places ->> a.procedure_step_id::text)::integer], a.role_id, a.approvers
    from unnest(p_runs) with ordinality r (id, place)
    cross join traveler.procedure_approval a
    where a.org_id = v_org and a.procedure_id = p_procedure;
end
$$;
comment on function traveler_private.copy_steps is 'Copies a procedure''s steps into new runs; answers at which place each of them is, and the copies, place by place and run after run (P2).';

-- B1: one requirement a line of the part's released mBOM, and those of the steps.
drop function if exists traveler_private.copy_requirements(uuid, uuid, uuid, numeric, jsonb, boolean);
create or replace function traveler_private.copy_requirements(p_runs uuid[], p_quantities numeric[], p_part uuid, p_procedure uuid, p_places jsonb, p_copies uuid[], p_taken boolean)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_steps integer := cardinality(p_copies) / cardinality(p_runs);
begin
    -- B7: under a line that is made on assembly stand those of its own part's released mBOM, at any depth.
    with recursive line as (
        select r.id as run_id, r.place, r.quantity, l.id, l.part_id, l.quantity_per_unit::numeric as quantity_per_unit, null::numeric as quantity_per_assembly, l.reference_designators, l.made_on_assembly,
            traveler.new_id() as requirement_id, null::uuid as parent_id, array[l.position] as path
        from unnest(p_runs, p_quantities) with ordinality r (id, quantity, place)
        cross join traveler.mbom m
        join traveler.mbom_line l on l.org_id = m.org_id and l.mbom_id = m.id
        where m.org_id = v_org and m.part_id = p_part and m.state = 'released'
        union all
        select a.run_id, a.place, a.quantity, l.id, l.part_id, a.quantity_per_unit * l.quantity_per_unit, l.quantity_per_unit, l.reference_designators, l.made_on_assembly,
            traveler.new_id(), a.requirement_id, a.path || l.position
        from line a
        join traveler.mbom m on m.org_id = v_org and m.part_id = a.part_id and m.state = 'released'
        join traveler.mbom_line l on l.org_id = m.org_id and l.mbom_id = m.id
        where a.made_on_assembly and not p_taken
    ), from_mbom as (
        insert into traveler.build_requirement (org_id, id, run_id, part_id, quantity_per_unit, quantity_needed, reference_designators, made_on_assembly, parent_id, quantity_per_assembly)
        select v_org, l.requirement_id, l.run_id, l.part_id, l.quantity_per_unit, l.quantity_per_unit * l.quantity, l.reference_designators,
            l.made_on_assembly and not p_taken, l.parent_id, l.quantity_per_assembly
        from line l order by l.place, l.path
    )
    insert into traveler.build_requirement_substitute (org_id, run_id, build_requirement_id, part_id)
    select v_org, l.run_id, l.requirement_id, s.part_id
    from line l join traveler.mbom_substitute s on s.org_id = v_org and s.mbom_line_id = l.id;
    insert into traveler.build_requirement (org_id, run_id, run_step_id, part_id, quantity_per_unit, quantity_needed, reference_designators)
    select v_org, r.id, p_copies[(r.place - 1) * v_steps + (p_places ->> q.procedure_step_id::text)::integer], q.part_id, q.quantity_per_unit,
        q.quantity_per_unit * r.quantity, q.reference_designators
    from unnest(p_runs, p_quantities) with ordinality r (id, quantity, place)
    cross join traveler.procedure_requirement q
    where q.org_id = v_org and q.procedure_id = p_procedure;
end
$$;
comment on function traveler_private.copy_requirements is 'Makes new runs'' build requirements of their part''s released mBOM, where a part is given, and of their steps, for so many units each (B1).';

-- I3: what the runs build exists from now on, as work in progress. Serial numbers are given a unit, in the order of the runs.
drop function if exists traveler_private.make_inventory(uuid, traveler.part, numeric, text[], text, uuid);
create or replace function traveler_private.make_inventory(p_runs uuid[], p_part traveler.part, p_quantities numeric[], p_serials text[], p_lots text[], p_locations uuid[])
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_units uuid[];
    v_runs uuid[];
    v_quantities numeric[];
    v_lots text[];
    v_locations uuid[];
begin
    select array_agg(u.id order by u.place, u.n), array_agg(u.run_id order by u.place, u.n), array_agg(u.quantity order by u.place, u.n),
        array_agg(u.lot order by u.place, u.n), array_agg(u.location_id order by u.place, u.n)
    into v_units, v_runs, v_quantities, v_lots, v_locations
    from (
        select traveler.new_id() as id, r.run_id, case when p_part.tracking = 'serial' then 1 else r.quantity end as quantity, r.lot, r.location_id, r.place, n
        from unnest(p_runs, p_quantities, p_lots, p_locations) with ordinality r (run_id, quantity, lot, location_id, place)
        cross join generate_series(1, case when p_part.tracking = 'serial' then r.quantity::integer else 1 end) n) u;
    insert into traveler.part_inventory (org_id, id, part_id, serial_number, lot_number, location_id)
    select v_org, u.id, p_part.id, u.serial, u.lot, u.location_id from unnest(v_units, p_serials, v_lots, v_locations) u (id, serial, lot, location_id);
    insert into traveler.inventory_movement (org_id, kind, to_inventory_id, quantity, run_id)
    select v_org, 'build', u.id, u.quantity, u.run_id from unnest(v_units, v_quantities, v_runs) u (id, quantity, run_id);
    insert into traveler.run_inventory (org_id, run_id, part_inventory_id)
    select v_org, u.run_id, u.id from unnest(v_units, v_runs) u (id, run_id);
end
$$;
comment on function traveler_private.make_inventory is 'Makes the inventory that new runs build: a row a unit where units have serial numbers, else one a run (I3).';

-- A run of a released procedure, or of none (D7): its copy and its requirements, and no inventory yet. A rework run may have only its procedure's
-- requirements (B1). In what is taken nothing is made: a part that a new unit gets made on it is in this one, or is installed (B7).
drop function if exists traveler_private.new_runs(traveler.procedure, text[], numeric[], text, boolean);
create or replace function traveler_private.new_runs(p_procedure traveler.procedure, p_titles text[], p_quantities numeric[], p_attributes jsonb[],
    p_requirements text default 'all', p_taken boolean default false) returns uuid[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_user uuid := traveler.current_user_id();
    v_runs uuid[] := array(select traveler.new_id() from generate_series(1, cardinality(p_quantities)));
    v_first bigint := traveler_private.next_numbers('run', cardinality(p_quantities));
    v_places jsonb;
    v_copies uuid[];
begin
    insert into traveler.run (org_id, id, number, title, procedure_id, part_id, quantity, attributes, created_by)
    select v_org, r.id, v_first + r.place - 1, coalesce(r.title, p_procedure.title), p_procedure.id, p_procedure.part_id, r.quantity, coalesce(r.attributes, '{}'), v_user
    from unnest(v_runs, p_titles, p_quantities, p_attributes) with ordinality r (id, title, quantity, attributes, place);
    select c.p_places, c.p_copies into v_places, v_copies from traveler_private.copy_steps(v_runs, p_procedure.id) c;
    perform traveler_private.copy_requirements(v_runs, p_quantities, case when p_requirements = 'all' then p_procedure.part_id end, p_procedure.id, v_places, v_copies,
        p_taken);
    return v_runs;
end
$$;
comment on function traveler_private.new_runs is 'Makes runs of a released procedure, or of none, for so many units each, without the inventory that they build; answers their ids (P2, D7, B1).';

drop function if exists traveler_private.new_run(traveler.procedure, text, numeric, text, boolean);
create or replace function traveler_private.new_run(p_procedure traveler.procedure, p_title text, p_quantity numeric, p_attributes jsonb, p_requirements text default 'all',
    p_taken boolean default false) returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    return (traveler_private.new_runs(p_procedure, array[p_title], array[p_quantity], array[p_attributes], p_requirements, p_taken))[1];
end
$$;
comment on function traveler_private.new_run is 'Makes a run of a released procedure, or of none, for so many units, without the inventory that it builds; answers its id (P2, D7, B1).';

-- The procedure of a run that is to be made, which names what it builds.
create or replace function traveler_private.procedure_to_run(p_procedure uuid) returns traveler.procedure
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_procedure traveler.procedure;
begin
    select * into v_procedure from traveler.procedure p where p.org_id = traveler_private.org() and p.id = p_procedure for share;
    perform traveler_private.demand(found, 404, 'procedure_unknown', 'T1', 'There is no such procedure.');
    perform traveler_private.demand(v_procedure.part_id is not null, 409, 'procedure_builds_nothing', 'P2',
        'The procedure names no part to build.', 'Make a version of it that names its part.');
    return v_procedure;
end
$$;
comment on function traveler_private.procedure_to_run is 'The procedure that a run is to be made of, kept as it is until then.';

-- D7: a run that is built as it flies has no procedure. In its place stands one without an id, and so without a step, of which only the
-- part is known.
create or replace function traveler_private.part_to_run(p_part uuid) returns traveler.procedure
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_procedure traveler.procedure;
begin
    select p.id, p.name into v_procedure.part_id, v_procedure.title from traveler.part p where p.org_id = traveler_private.org() and p.id = p_part;
    perform traveler_private.demand(found, 404, 'part_unknown', 'T1', 'There is no such part.');
    return v_procedure;
end
$$;
comment on function traveler_private.part_to_run is 'What stands for the procedure of a run that has none: the part that it builds, and its name (D7).';

create or replace function traveler_private.asked_to_run(p_request jsonb) returns traveler.procedure
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand(num_nonnulls(p_request ->> 'procedure_id', p_request ->> 'part_id') = 1, 422, 'procedure_or_part', 'D7',
        'A run executes a procedure, which says what is built, or builds a part without one.', 'Give procedure_id, or part_id.');
    return case when p_request ->> 'part_id' is null then traveler_private.procedure_to_run((p_request ->> 'procedure_id')::uuid)
        else traveler_private.part_to_run((p_request ->> 'part_id')::uuid) end;
end
$$;
comment on function traveler_private.asked_to_run is 'The procedure that a request names for a run, or what stands for it (P2, D7).';

-- What numbers are asked for are generated for all of them at once.
create or replace function traveler_private.with_numbers(p_part traveler.part, p_given text[], p_asked boolean[]) returns text[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_numbers text[] := traveler_private.generate_numbers(p_part, cardinality(array_positions(p_asked, true)));
begin
    return array(
        select case when x.asked then v_numbers[x.count] else x.given end
        from (select u.given, u.asked, u.place, count(*) filter (where u.asked) over (order by u.place) as count
            from unnest(p_given, p_asked) with ordinality u (given, asked, place)) x
        order by x.place);
end
$$;
comment on function traveler_private.with_numbers is 'Serial or lot numbers as they were given, and generated ones where they were asked for (I1).';

-- A run that takes what is there.
create or replace function traveler_private.take_run(p_procedure traveler.procedure, p_part traveler.part, p_request jsonb) returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_run uuid;
    v_quantity numeric;
    v_rows uuid[];
begin
    perform traveler_private.demand(jsonb_array_length(coalesce(p_request -> 'serial_numbers', '[]')) = 0 and num_nonnulls(p_request ->> 'lot_number', p_request ->> 'location_id') = 0
            and (p_request ->> 'generate')::boolean is not true, 422, 'taken_as_it_is', 'I3',
        'Inventory that is taken keeps its numbers and its place.', 'Leave them out, or make new inventory.');
    v_rows := traveler_private.inventory_of(p_request -> 'part_inventory_ids');
    perform traveler_private.demand(cardinality(v_rows) > 0, 422, 'nothing_taken', 'I3', 'A run that takes inventory takes some.', 'Name it.');
    v_rows := traveler_private.rows_to_take(p_part, v_rows, p_request ->> 'quantity');
    select sum(i.quantity) into v_quantity from traveler.part_inventory i where i.org_id = traveler_private.org() and i.id = any (v_rows);
    v_run := traveler_private.new_run(p_procedure, p_request ->> 'title', v_quantity, p_request -> 'attributes', coalesce(p_request ->> 'requirements', 'all'), true);
    perform traveler_private.take_inventory(v_run, v_rows);
    return v_run;
end
$$;
comment on function traveler_private.take_run is 'Makes a run that takes existing inventory, as a request asks (P2, B1, I3).';

-- Runs that make what they build: each request is judged, and then a statement a table makes them all.
create or replace function traveler_private.build_runs(p_procedure traveler.procedure, p_part traveler.part, p_requests jsonb[]) returns uuid[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_request jsonb;
    v_quantity numeric;
    v_given text[];
    v_generate boolean;
    v_titles text[] := array[]::text[];
    v_quantities numeric[] := array[]::numeric[];
    v_serials text[] := array[]::text[];
    v_lots text[] := array[]::text[];
    v_locations uuid[] := array[]::uuid[];
    v_asked boolean[] := array[]::boolean[];
    v_runs uuid[];
begin
    foreach v_request in array p_requests loop
        perform traveler_private.demand(coalesce(v_request ->> 'requirements', 'all') = 'all', 422, 'requirements_of_new', 'B1',
            'What is built anew has all its requirements.', 'Name the inventory that the run takes.');
        v_given := array(select jsonb_array_elements_text(v_request -> 'serial_numbers'));
        v_quantity := coalesce(traveler_private.quantity_of(v_request ->> 'quantity'), greatest(cardinality(v_given), 1));
        perform traveler_private.demand(p_part.tracking = 'serial' or cardinality(v_given) = 0, 422, 'serial_not_tracked', 'I1',
            format('Part %s is not tracked by serial number.', p_part.part_number));
        perform traveler_private.demand(p_part.tracking <> 'serial' or (v_quantity = trunc(v_quantity) and v_quantity <= 10000), 422, 'serialized_quantity', 'I3',
            'A run of a serialized part builds a whole number of units, 10,000 at most.');
        perform traveler_private.demand(cardinality(v_given) in (0, v_quantity), 422, 'serial_count', 'I1',
            format('%s serial numbers were given for %s units.', cardinality(v_given), traveler.json_decimal(v_quantity)));
        v_generate := coalesce((v_request ->> 'generate')::boolean, false);
        perform traveler_private.demand(not v_generate or cardinality(v_given) = 0 and v_request ->> 'lot_number' is null, 422, 'number_given', 'I1',
            'The numbers are given, or they are generated.');
        v_titles := array_append(v_titles, v_request ->> 'title');
        v_quantities := array_append(v_quantities, v_quantity);
        v_lots := array_append(v_lots, v_request ->> 'lot_number');
        v_locations := array_append(v_locations, (v_request ->> 'location_id')::uuid);
        if p_part.tracking = 'serial' then
            v_serials := v_serials || case when v_given = '{}' then array_fill(null::text, array[v_quantity::integer]) else v_given end;
            v_asked := v_asked || array_fill(v_generate, array[v_quantity::integer]);
        else
            v_asked := array_append(v_asked, v_generate);
        end if;
    end loop;
    if true = any (v_asked) and p_part.tracking = 'lot' then
        v_lots := traveler_private.with_numbers(p_part, v_lots, v_asked);
    elsif true = any (v_asked) then
        v_serials := traveler_private.with_numbers(p_part, v_serials, v_asked);
    end if;
    v_runs := traveler_private.new_runs(p_procedure, v_titles, v_quantities, array(select q -> 'attributes' from unnest(p_requests) with ordinality x (q, place) order by x.place));
    perform traveler_private.make_inventory(v_runs, p_part, v_quantities, v_serials, v_lots, v_locations);
    perform traveler_private.make_on_assembly(v_runs);
    return v_runs;
end
$$;
comment on function traveler_private.build_runs is 'Makes runs with the inventory that they build, as requests ask: the copies of their procedure, their requirements and units (P2, B1, I3).';

-- The runs that requests ask for, in their order. Where some take what is there, each is made after the one before it: they may want the same.
create or replace function traveler_private.make_runs(p_procedure traveler.procedure, p_requests jsonb[]) returns uuid[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_part traveler.part;
    v_request jsonb;
    v_runs uuid[] := array[]::uuid[];
begin
    select * into v_part from traveler.part p where p.org_id = traveler_private.org() and p.id = p_procedure.part_id;
    if not exists (select from unnest(p_requests) q where q ? 'part_inventory_ids') then
        return traveler_private.build_runs(p_procedure, v_part, p_requests);
    end if;
    foreach v_request in array p_requests loop
        v_runs := v_runs || case when v_request ? 'part_inventory_ids' then array[traveler_private.take_run(p_procedure, v_part, v_request)]
            else traveler_private.build_runs(p_procedure, v_part, array[v_request]) end;
    end loop;
    return v_runs;
end
$$;
comment on function traveler_private.make_runs is 'Makes runs of a procedure as requests ask: copies of it, their requirements, and the inventory they build, made or taken (P2, B1, I3).';

-- POST /v1/runs: {procedure_id, title?, quantity?, serial_numbers?, lot_number?, generate?, location_id?, attributes?} makes what it builds;
-- {procedure_id, title?, quantity?, part_inventory_ids, requirements?, attributes?} takes what is there (I3). With part_id in place of procedure_id the
-- run has no step yet (D7).
create or replace function traveler.create_run(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_run uuid;
begin
    perform traveler_private.require('run.create');
    -- By a statement of its own: reading it in the same one would not see it.
    v_run := (traveler_private.make_runs(traveler_private.asked_to_run(p_request), array[p_request]))[1];
    return traveler.run_json(v_run);
end
$$;
comment on function traveler.create_run is 'Creates a run: a copy of a released procedure or, without one, no step yet; its build requirements and the inventory it builds, made or taken (P2, D7, B1, I3).';

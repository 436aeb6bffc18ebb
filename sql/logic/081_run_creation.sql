-- The creation of a run (P2, B1, I3): the copy of its procedure, its build requirements, the inventory that it builds, and the act
-- that makes all three in one transaction.

-- P2: the steps, their dependencies, fields and approvals.
create or replace function traveler_private.copy_steps(p_run uuid, p_procedure uuid) returns jsonb
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_copies jsonb;
    v_compared jsonb;
begin
    -- Which step is whose copy, looked up by id: a join would be planned by statistics that know nothing of this run yet.
    select coalesce(jsonb_object_agg(s.id, traveler.new_id()), '{}') into v_copies
    from traveler.procedure_step s where s.org_id = v_org and s.procedure_id = p_procedure;
    insert into traveler.run_step (org_id, run_id, origin_step_id, parent_id, id, depth, position, title, instructions, location_id, lead_time_seconds, required,
        outside_process, standard_version_id)
    select v_org, p_run, s.id, (v_copies ->> s.parent_id::text)::uuid, (v_copies ->> s.id::text)::uuid, s.depth, s.position, s.title, s.instructions,
        s.location_id, s.lead_time_seconds, s.required, s.outside_process,
        case when s.standard_id is not null then (
            select v.id from traveler.procedure v where v.org_id = v_org and v.family_id = s.standard_id and v.state = 'released') end
    from traveler.procedure_step s where s.org_id = v_org and s.procedure_id = p_procedure
    order by s.depth, s.position;
    insert into traveler.run_step_edge (org_id, run_id, upstream_id, downstream_id)
    select v_org, p_run, (v_copies ->> e.upstream_id::text)::uuid, (v_copies ->> e.downstream_id::text)::uuid
    from traveler.procedure_step_edge e
    where e.org_id = v_org and e.procedure_id = p_procedure;
    select jsonb_object_agg(c.id, traveler.new_id()) into v_compared
    from (select distinct f.compare_field_id as id from traveler.procedure_field f
        where f.org_id = v_org and f.procedure_id = p_procedure and f.compare_field_id is not null) c;
    insert into traveler.run_step_field (org_id, id, run_id, run_step_id, position, name, type, unit, required, allow_not_applicable, options, signoff_role_id, peer, meaning, batch_scope,
        minimum, maximum, target, tolerance_minus, tolerance_plus, datagrid, compare_op, compare_field_id)
    select v_org, coalesce((v_compared ->> f.id::text)::uuid, traveler.new_id()), p_run, (v_copies ->> f.procedure_step_id::text)::uuid, f.position, f.name, f.type, f.unit,
        f.required, f.allow_not_applicable, f.options, f.signoff_role_id, f.peer, f.meaning, f.batch_scope,
        f.minimum, f.maximum, f.target, f.tolerance_minus, f.tolerance_plus, f.datagrid, f.compare_op, (v_compared ->> f.compare_field_id::text)::uuid
    from traveler.procedure_field f
    where f.org_id = v_org and f.procedure_id = p_procedure;
    insert into traveler.run_step_approval_requirement (org_id, run_id, run_step_id, role_id, approvers)
    select v_org, p_run, (v_copies ->> a.procedure_step_id::text)::uuid, a.role_id, a.approvers
    from traveler.procedure_approval a
    where a.org_id = v_org and a.procedure_id = p_procedure;
    return v_copies;
end
$$;
comment on function traveler_private.copy_steps is 'Copies a procedure''s steps into a new run; answers which run step is the copy of which procedure step (P2).';

-- B1: one requirement a line of the part's released mBOM, and those of the steps.
create or replace function traveler_private.copy_requirements(p_run uuid, p_part uuid, p_procedure uuid, p_quantity numeric, p_copies jsonb, p_taken boolean) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    -- B7: under a line that is made on assembly stand those of its own part's released mBOM, at any depth.
    with recursive line as (
        select l.id, l.part_id, l.quantity_per_unit::numeric as quantity_per_unit, null::numeric as quantity_per_assembly, l.reference_designators, l.made_on_assembly,
            traveler.new_id() as requirement_id, null::uuid as parent_id, array[l.position] as path
        from traveler.mbom m
        join traveler.mbom_line l on l.org_id = m.org_id and l.mbom_id = m.id
        where m.org_id = v_org and m.part_id = p_part and m.state = 'released'
        union all
        select l.id, l.part_id, a.quantity_per_unit * l.quantity_per_unit, l.quantity_per_unit, l.reference_designators, l.made_on_assembly,
            traveler.new_id(), a.requirement_id, a.path || l.position
        from line a
        join traveler.mbom m on m.org_id = v_org and m.part_id = a.part_id and m.state = 'released'
        join traveler.mbom_line l on l.org_id = m.org_id and l.mbom_id = m.id
        where a.made_on_assembly and not p_taken
    ), from_mbom as (
        insert into traveler.build_requirement (org_id, id, run_id, part_id, quantity_per_unit, quantity_needed, reference_designators, made_on_assembly, parent_id, quantity_per_assembly)
        select v_org, l.requirement_id, p_run, l.part_id, l.quantity_per_unit, l.quantity_per_unit * p_quantity, l.reference_designators,
            l.made_on_assembly and not p_taken, l.parent_id, l.quantity_per_assembly
        from line l order by l.path
    )
    insert into traveler.build_requirement_substitute (org_id, run_id, build_requirement_id, part_id)
    select v_org, p_run, l.requirement_id, s.part_id
    from line l join traveler.mbom_substitute s on s.org_id = v_org and s.mbom_line_id = l.id;
    insert into traveler.build_requirement (org_id, run_id, run_step_id, part_id, quantity_per_unit, quantity_needed, reference_designators)
    select v_org, p_run, (p_copies ->> q.procedure_step_id::text)::uuid, q.part_id, q.quantity_per_unit, q.quantity_per_unit * p_quantity, q.reference_designators
    from traveler.procedure_requirement q
    where q.org_id = v_org and q.procedure_id = p_procedure;
end
$$;
comment on function traveler_private.copy_requirements is 'Makes a new run''s build requirements of its part''s released mBOM, where a part is given, and of its steps, for so many units (B1).';

-- I3: what the run builds exists from now on, as work in progress.
create or replace function traveler_private.make_inventory(p_run uuid, p_part traveler.part, p_quantity numeric, p_serials text[], p_lot text, p_location uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_units uuid[];
begin
    with unit as (
        insert into traveler.part_inventory (org_id, part_id, serial_number, lot_number, location_id)
        select v_org, p_part.id, p_serials[n], p_lot, p_location
        from generate_series(1, case when p_part.tracking = 'serial' then p_quantity::integer else 1 end) n
        returning id
    )
    select array_agg(u.id order by u.id) into v_units from unit u;
    insert into traveler.inventory_movement (org_id, kind, to_inventory_id, quantity, run_id)
    select v_org, 'build', u, case when p_part.tracking = 'serial' then 1 else p_quantity end, p_run from unnest(v_units) u;
    insert into traveler.run_inventory (org_id, run_id, part_inventory_id) select v_org, p_run, u from unnest(v_units) u;
end
$$;
comment on function traveler_private.make_inventory is 'Makes the inventory that a new run builds: a row a unit where units have serial numbers, else one (I3).';

-- A run of a released procedure, or of none (D7): its copy and its requirements, and no inventory yet. A rework run may have only its procedure's
-- requirements (B1). In what is taken nothing is made: a part that a new unit gets made on it is in this one, or is installed (B7).
create or replace function traveler_private.new_run(p_procedure traveler.procedure, p_title text, p_quantity numeric, p_requirements text default 'all', p_taken boolean default false)
returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_run uuid := traveler.new_id();
begin
    insert into traveler.run (org_id, id, number, title, procedure_id, part_id, quantity, created_by)
    values (v_org, v_run, traveler_private.next_number('run'), coalesce(p_title, p_procedure.title), p_procedure.id, p_procedure.part_id, p_quantity,
        traveler.current_user_id());
    perform traveler_private.copy_requirements(v_run, case when p_requirements = 'all' then p_procedure.part_id end, p_procedure.id, p_quantity,
        traveler_private.copy_steps(v_run, p_procedure.id), p_taken);
    return v_run;
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

-- The run that a request asks for; answers its id.
create or replace function traveler_private.make_run(p_request jsonb) returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_run uuid;
    v_procedure traveler.procedure;
    v_part traveler.part;
    v_quantity numeric;
    v_serials text[] := array(select jsonb_array_elements_text(p_request -> 'serial_numbers'));
    v_rows uuid[];
begin
    perform traveler_private.demand(num_nonnulls(p_request ->> 'procedure_id', p_request ->> 'part_id') = 1, 422, 'procedure_or_part', 'D7',
        'A run executes a procedure, which says what is built, or builds a part without one.', 'Give procedure_id, or part_id.');
    v_procedure := case when p_request ->> 'part_id' is null then traveler_private.procedure_to_run((p_request ->> 'procedure_id')::uuid)
        else traveler_private.part_to_run((p_request ->> 'part_id')::uuid) end;
    select * into v_part from traveler.part p where p.org_id = v_org and p.id = v_procedure.part_id;
    if p_request ? 'part_inventory_ids' then
        perform traveler_private.demand(cardinality(v_serials) = 0 and num_nonnulls(p_request ->> 'lot_number', p_request ->> 'location_id') = 0
                and (p_request ->> 'generate')::boolean is not true, 422, 'taken_as_it_is', 'I3',
            'Inventory that is taken keeps its numbers and its place.', 'Leave them out, or make new inventory.');
        v_rows := traveler_private.inventory_of(p_request -> 'part_inventory_ids');
        perform traveler_private.demand(cardinality(v_rows) > 0, 422, 'nothing_taken', 'I3', 'A run that takes inventory takes some.', 'Name it.');
        v_rows := traveler_private.rows_to_take(v_part, v_rows, p_request ->> 'quantity');
        select sum(i.quantity) into v_quantity from traveler.part_inventory i where i.org_id = v_org and i.id = any (v_rows);
        v_run := traveler_private.new_run(v_procedure, p_request ->> 'title', v_quantity, coalesce(p_request ->> 'requirements', 'all'), true);
        perform traveler_private.take_inventory(v_run, v_rows);
        return v_run;
    end if;
    perform traveler_private.demand(coalesce(p_request ->> 'requirements', 'all') = 'all', 422, 'requirements_of_new', 'B1',
        'What is built anew has all its requirements.', 'Name the inventory that the run takes.');
    v_quantity := coalesce(traveler_private.quantity_of(p_request ->> 'quantity'), greatest(cardinality(v_serials), 1));
    perform traveler_private.demand(v_part.tracking = 'serial' or cardinality(v_serials) = 0, 422, 'serial_not_tracked', 'I1',
        format('Part %s is not tracked by serial number.', v_part.part_number));
    perform traveler_private.demand(v_part.tracking <> 'serial' or (v_quantity = trunc(v_quantity) and v_quantity <= 10000), 422, 'serialized_quantity', 'I3',
        'A run of a serialized part builds a whole number of units, 10,000 at most.');
    perform traveler_private.demand(cardinality(v_serials) in (0, v_quantity), 422, 'serial_count', 'I1',
        format('%s serial numbers were given for %s units.', cardinality(v_serials), traveler.json_decimal(v_quantity)));

    if (p_request ->> 'generate')::boolean then
        perform traveler_private.demand(cardinality(v_serials) = 0 and p_request ->> 'lot_number' is null, 422, 'number_given', 'I1',
            'The numbers are given, or they are generated.');
        if v_part.tracking = 'lot' then
            p_request := p_request || jsonb_build_object('lot_number', (traveler_private.generate_numbers(v_part, 1))[1]);
        else
            v_serials := traveler_private.generate_numbers(v_part, v_quantity::integer);
        end if;
    end if;

    v_run := traveler_private.new_run(v_procedure, p_request ->> 'title', v_quantity);
    perform traveler_private.make_inventory(v_run, v_part, v_quantity, v_serials, p_request ->> 'lot_number', (p_request ->> 'location_id')::uuid);
    perform traveler_private.make_on_assembly(v_run);
    return v_run;
end
$$;
comment on function traveler_private.make_run is 'Makes a run as a request asks: the copy of its procedure, its requirements, and the inventory it builds, made or taken (P2, B1, I3).';

-- POST /v1/runs: {procedure_id, title?, quantity?, serial_numbers?, lot_number?, generate?, location_id?} makes what it builds;
-- {procedure_id, title?, quantity?, part_inventory_ids, requirements?} takes what is there (I3). With part_id in place of procedure_id the
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
    v_run := traveler_private.make_run(p_request);
    return traveler.run_json(v_run);
end
$$;
comment on function traveler.create_run is 'Creates a run: a copy of a released procedure or, without one, no step yet; its build requirements and the inventory it builds, made or taken (P2, D7, B1, I3).';

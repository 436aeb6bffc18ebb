-- As-built trees and lots for ops/bench (psql), in a database that seed.sql has set: units with 1,000 and 10,000 parts in 20 levels, and
-- lots that are installed in 1,000 and in 10,000 assemblies. bench.genealogy names them by kind and size.

\set ON_ERROR_STOP on
set client_min_messages = warning;
create table bench.genealogy (kind text, size integer, part_inventory_id uuid);
create function bench.part(p_number text, p_tracking text, p_lines jsonb default '[]') returns uuid language plpgsql as $$
declare
    v_part uuid := (traveler.create_part(jsonb_build_object('part_number', p_number, 'name', p_number, 'tracking', p_tracking)) ->> 'id')::uuid;
begin
    if p_lines <> '[]' then
        perform traveler.release_mbom((traveler.create_mbom(v_part, jsonb_build_object('lines', p_lines)) ->> 'id')::uuid, null);
    end if;
    return v_part;
end
$$;
-- A run of so many units of a part, by a procedure of one step.
create function bench.build(p_part uuid, p_quantity integer) returns uuid language plpgsql as $$
declare
    v_procedure uuid := (traveler.create_procedure(jsonb_build_object('title', 'Build', 'part_id', p_part, 'steps', '[{"title": "Assemble"}]'::jsonb)) ->> 'id')::uuid;
begin
    perform traveler.move_procedure(v_procedure, 1, 'released');
    return (traveler.create_run(jsonb_build_object('procedure_id', v_procedure, 'quantity', p_quantity::text,
        'serial_numbers', (select jsonb_agg('U' || traveler.new_id()) from generate_series(1, p_quantity)))) ->> 'id')::uuid;
end
$$;
create function bench.finish(p_run uuid) returns void language plpgsql as $$
declare
    v_step uuid := (select s.id from traveler.run_step s where s.run_id = p_run);
begin
    perform traveler.start_steps(array[v_step]), traveler.complete_steps(array[v_step]);
end
$$;
-- Serialized parts by the dozen, each installed in the unit.
create function bench.fill(p_run uuid, p_part uuid, p_quantity integer) returns void language plpgsql as $$
declare
    v_rows uuid[];
begin
    with made as (
        insert into traveler.part_inventory (org_id, part_id, serial_number)
        select traveler.current_org(), p_part, 'S' || traveler.new_id() from generate_series(1, p_quantity) returning id)
    select array_agg(id) into v_rows from made;
    insert into traveler.inventory_movement (org_id, kind, to_inventory_id, quantity) select traveler.current_org(), 'receive', r, 1 from unnest(v_rows) r;
    insert into traveler.installation (org_id, run_id, build_requirement_id, part_inventory_id, assembly_inventory_id, quantity, installed_by)
    select q.org_id, q.run_id, q.id, r, u.part_inventory_id, 1, 'system:bench'
    from traveler.build_requirement q join traveler.run_inventory u on u.run_id = q.run_id, unnest(v_rows) r
    where q.run_id = p_run and q.part_id = p_part;
end
$$;

create procedure bench.tree(p_org uuid, p_parts integer) language plpgsql as $$
declare
    v_each integer := p_parts / 20;
    v_component uuid;
    v_part uuid;
    v_unit uuid;
    v_run uuid;
begin
    for v_level in reverse 19 .. 0 loop
        perform traveler.enter_system(p_org, 'bench');
        v_component := coalesce(v_component, bench.part('Component ' || p_parts, 'serial'));
        v_part := bench.part(format('Assembly %s.%s', p_parts, v_level), 'serial', case when v_unit is null then '[]' else
                jsonb_build_array(jsonb_build_object('part_id', v_part, 'quantity_per_unit', '1')) end
            || jsonb_build_array(jsonb_build_object('part_id', v_component, 'quantity_per_unit', (v_each - (v_unit is not null)::integer)::text)));
        v_run := bench.build(v_part, 1);
        if v_unit is not null then
            insert into traveler.installation (org_id, run_id, build_requirement_id, part_inventory_id, assembly_inventory_id, quantity, installed_by)
            select q.org_id, q.run_id, q.id, v_unit, u.part_inventory_id, 1, 'system:bench'
            from traveler.build_requirement q join traveler.run_inventory u on u.run_id = q.run_id where q.run_id = v_run and q.part_id <> v_component;
        end if;
        perform bench.fill(v_run, v_component, v_each - (v_unit is not null)::integer);
        perform bench.finish(v_run);
        v_unit := (select u.part_inventory_id from traveler.run_inventory u where u.run_id = v_run);
        commit;
    end loop;
    insert into bench.genealogy values ('abom', p_parts, v_unit);
    commit;
end
$$;

create procedure bench.lot(p_org uuid, p_assemblies integer) language plpgsql as $$
declare
    v_lot uuid;
    v_part uuid;
    v_run uuid;
begin
    for v_from in 1 .. p_assemblies by 1000 loop
        perform traveler.enter_system(p_org, 'bench');
        if v_lot is null then
            v_part := bench.part('Fluid ' || p_assemblies, 'lot');
            v_lot := (traveler.receive_inventory(jsonb_build_object('part_id', v_part, 'quantity', (p_assemblies + 1)::text, 'lot_number', 'L')) ->> 'id')::uuid;
            v_part := bench.part('Filled ' || p_assemblies, 'serial', jsonb_build_array(jsonb_build_object('part_id', v_part, 'quantity_per_unit', '1')));
        end if;
        v_run := bench.build(v_part, 1000);
        with piece as (
            insert into traveler.part_inventory (org_id, part_id, lot_number, origin_id)
            select i.org_id, i.part_id, i.lot_number, i.id from traveler.part_inventory i, generate_series(1, 1000) where i.id = v_lot
            returning id)
        insert into traveler.inventory_movement (org_id, kind, from_inventory_id, to_inventory_id, quantity) select p_org, 'split', v_lot, p.id, 1 from piece p;
        insert into traveler.installation (org_id, run_id, build_requirement_id, part_inventory_id, assembly_inventory_id, quantity, installed_by)
        select p_org, q.run_id, q.id, p.id, u.part_inventory_id, 1, 'system:bench'
        from traveler.build_requirement q
        join (select i.id, row_number() over () as n from traveler.part_inventory i where i.origin_id = v_lot and i.installation_id is null) p on true
        join (select r.part_inventory_id, row_number() over () as n from traveler.run_inventory r where r.run_id = v_run) u on u.n = p.n
        where q.run_id = v_run;
        commit;
    end loop;
    insert into bench.genealogy values ('where-used', p_assemblies, v_lot);
    commit;
end
$$;
select o.org_id as org from traveler.org o where o.slug = 'bench' \gset
call bench.tree(:'org', 1000);
call bench.tree(:'org', 10000);
call bench.lot(:'org', 1000);
call bench.lot(:'org', 10000);
vacuum analyze;

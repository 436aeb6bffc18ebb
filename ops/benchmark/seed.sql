-- Seeds a database for ops/bench (psql -v runs=N): one org, one procedure of 20 chained steps with two fields each, and :runs runs of it.
-- Set-based inserts through the same triggers that the service's acts go through; ids are numbered, so that a load
-- generator can name the n-th step: bench.step_id(n), run r having the steps 20 (r - 1) + 1 to 20 r.

\set ON_ERROR_STOP on
set client_min_messages = warning;
select traveler.create_org('bench', 'Bench') as org \gset
select traveler.create_user('bench', 'bench@example.org', 'Bench', 'admin') as bench_user \gset

create schema bench;
grant usage on schema bench to traveler_service;
create function bench.step_id(n bigint) returns uuid language sql immutable parallel safe
as $$ select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
create function bench.run_id(n bigint) returns uuid language sql immutable parallel safe
as $$ select ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
create function bench.unit_id(n bigint) returns uuid language sql immutable parallel safe
as $$ select ('00000000-0000-7000-a000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
grant execute on all functions in schema bench to traveler_service;

begin;
select traveler.enter_system(:'org', 'bench');
select traveler.create_location('{"name": "Bench 1", "work_center": true}') ->> 'id' as place \gset
select traveler.create_part('{"part_number": "BENCH", "name": "Bench part"}') ->> 'id' as part \gset
select traveler.create_procedure(jsonb_build_object('title', 'Bench procedure', 'part_id', :'part', 'steps', (
    select jsonb_agg(jsonb_build_object('key', 's' || n, 'title', 'Step ' || n, 'location_id', :'place',
        'after', case when n = 1 then '[]' else jsonb_build_array('s' || n - 1) end,
        'fields', jsonb_build_array(jsonb_build_object('name', 'Note', 'type', 'text', 'required', false),
            jsonb_build_object('name', 'Torque', 'type', 'number', 'unit', 'N m', 'minimum', '1', 'maximum', '9', 'required', false))) order by n)
    from generate_series(1, 20) n))) ->> 'id' as procedure \gset
select traveler.move_procedure(:'procedure', 1, 'released') ->> 'state' as state \gset
commit;

create procedure bench.seed(p_org uuid, p_part uuid, p_procedure uuid, p_place uuid, p_from integer, p_to integer) language plpgsql as $$
begin
    for v_first in p_from .. p_to by 500 loop
        perform traveler.enter_system(p_org, 'bench');
        insert into traveler.run (org_id, id, number, title, procedure_id, part_id, quantity)
        select p_org, bench.run_id(r), r, 'Bench run ' || r, p_procedure, p_part, 1 from generate_series(v_first, least(v_first + 499, p_to)) r;
        insert into traveler.run_step (org_id, run_id, id, origin_step_id, position, title, location_id)
        select p_org, bench.run_id(r), bench.step_id(20 * (r - 1)::bigint + s.position), s.id, s.position, s.title, s.location_id
        from generate_series(v_first, least(v_first + 499, p_to)) r, traveler.procedure_step s where s.org_id = p_org and s.procedure_id = p_procedure;
        insert into traveler.run_step_edge (org_id, run_id, upstream_id, downstream_id)
        select p_org, bench.run_id(r), bench.step_id(20 * (r - 1)::bigint + n), bench.step_id(20 * (r - 1)::bigint + n + 1)
        from generate_series(v_first, least(v_first + 499, p_to)) r, generate_series(1, 19) n;
        insert into traveler.run_step_field (org_id, run_id, run_step_id, position, name, type, unit, required, minimum, maximum)
        select p_org, bench.run_id(r), bench.step_id(20 * (r - 1)::bigint + s.position), f.position, f.name, f.type, f.unit, f.required, f.minimum, f.maximum
        from generate_series(v_first, least(v_first + 499, p_to)) r, traveler.procedure_step s
        join traveler.procedure_field f on f.org_id = s.org_id and f.procedure_step_id = s.id
        where s.org_id = p_org and s.procedure_id = p_procedure;
        insert into traveler.part_inventory (org_id, id, part_id, location_id)
        select p_org, bench.unit_id(r), p_part, p_place from generate_series(v_first, least(v_first + 499, p_to)) r;
        insert into traveler.inventory_movement (org_id, kind, to_inventory_id, quantity, run_id)
        select p_org, 'build', bench.unit_id(r), 1, bench.run_id(r) from generate_series(v_first, least(v_first + 499, p_to)) r;
        insert into traveler.run_inventory (org_id, run_id, part_inventory_id)
        select p_org, bench.run_id(r), bench.unit_id(r) from generate_series(v_first, least(v_first + 499, p_to)) r;
        commit;
    end loop;
end $$;
call bench.seed(:'org', :'part', :'procedure', :'place', 1, :runs);
-- Runs that are made later go on from there.
update traveler.org_counter set last_number = :runs where org_id = :'org' and name = 'run';
vacuum analyze;
select traveler.create_token('bench', 'bench@example.org', 'bench') as token;

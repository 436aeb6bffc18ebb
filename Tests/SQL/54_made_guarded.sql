-- What stands behind made on assembly: B7 by SQL (who made it and when, what stands under what, no substitutes), and B2's rings at depth.
\ir support/world.psql
select plan(18);

create function test.made_in(p_assembly uuid, p_part uuid) returns uuid language sql stable as $$
    select n.part_inventory_id from traveler.installation n join traveler.part_inventory i on i.id = n.part_inventory_id
    where n.assembly_inventory_id = p_assembly and i.part_id = p_part and n.removed_at is null order by n.id limit 1
$$;
create function test.need_in(p_run uuid, p_part uuid, p_under uuid default null) returns uuid language sql stable as $$
    select q.id from traveler.build_requirement q left join traveler.build_requirement a on a.id = q.parent_id
    where q.run_id = p_run and q.part_id = p_part and a.part_id is not distinct from p_under
$$;
-- A row that the run builds for a requirement, and puts in an assembly by hand.
create function test.made_row(p_need uuid, p_assembly uuid, p_more text default 'null::text as removed_by, null::timestamptz as removed_at') returns uuid language plpgsql as $$
declare
    v_need traveler.build_requirement;
    v_row uuid := traveler.new_id();
begin
    select * into v_need from traveler.build_requirement q where q.id = p_need;
    insert into traveler.part_inventory (org_id, id, part_id) values (v_need.org_id, v_row, v_need.part_id);
    insert into traveler.inventory_movement (org_id, kind, to_inventory_id, quantity, run_id) values (v_need.org_id, 'build', v_row, 1, v_need.run_id);
    execute format('insert into traveler.installation (org_id, run_id, build_requirement_id, part_inventory_id, assembly_inventory_id, quantity, made_on_assembly, installed_by, installed_at, removed_by, removed_at)
        select $1, $2, $3, $4, $5, 1, true, ''user:nobody'', ''2001-01-01Z'', x.removed_by, x.removed_at from (select %s) x', p_more)
    using v_need.org_id, v_need.run_id, p_need, v_row, p_assembly;
    return v_row;
end
$$;
create function test.under(p_parent uuid, p_split uuid default null) returns text language sql as $$
    select test.refusal(format($q$ insert into traveler.build_requirement (org_id, run_id, part_id, quantity_per_unit, quantity_needed, quantity_per_assembly, parent_id)
        select org_id, run_id, test.the('screw'), 1, 1, 1, id from traveler.build_requirement where id = %L $q$, p_parent))
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep(n, test.part(n, t)) from (values ('rack', 'serial'), ('drawer', 'serial'), ('screw', 'lot'), ('bolt', 'lot'), ('plate', 'none')) x (n, t);
select test.mbom(test.the('drawer'), test.line(test.the('screw'), '4', jsonb_build_object('substitute_part_ids', jsonb_build_array(test.the('bolt')))));
select test.mbom(test.the('rack'), test.line(test.the('drawer'), '1', '{"made_on_assembly": true}'), test.line(test.the('plate'), '1', jsonb_build_object('substitute_part_ids', jsonb_build_array(test.the('bolt')))));
select test.keep('build', test.released('Build', test.the('rack'), '[{"title": "Assemble"}]'));
commit;

-- Who made it, and when (stamped, whatever the writer says) -----------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('run', test.run(test.the('build'), '{"serial_numbers": ["R1"]}'));
select test.keep('r1', test.unit(test.the('run')));
select test.keep('need', test.need_in(test.the('run'), test.the('drawer')));
select traveler.change_inventory(test.made_in(test.the('r1'), test.the('drawer')), null, '{"serial_number": "D1"}');
select traveler.uninstall(n.id, null, 'x') from traveler.installation n where n.assembly_inventory_id = test.the('r1');
reset session authorization;
set role traveler_owner;
select test.keep('made', test.made_row(test.the('need'), test.the('r1')));
select results_eq($$ select n.installed_by, n.installed_at between now() and clock_timestamp() from traveler.installation n where n.part_inventory_id = test.the('made') $$,
    $$ values ('user:' || test.user_id('admin'), true) $$, 'B7: what is made on its assembly says who made it, and when, of itself');
select is((select q.quantity_installed from traveler.build_requirement q where q.id = test.the('need')), 1::numeric, 'and counts');
reset role;
rollback;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('run', test.run(test.the('build'), '{"serial_numbers": ["R1"]}'));
select test.keep('r1', test.unit(test.the('run'))), test.keep('need', test.need_in(test.the('run'), test.the('drawer')));
reset session authorization;
set role traveler_owner;
select test.refuses($$ select test.made_row(test.the('need'), test.the('r1'), '''x'' as removed_by, null::timestamptz as removed_at') $$, 'TV409 B2 installation_starts_live', 'nothing is made that is gone already');
select test.refuses($$ select test.made_row(test.the('need'), test.the('r1'), 'null::text as removed_by, now() as removed_at') $$, 'TV409 B2 installation_starts_live', 'whatever half of it is given');

-- What stands under what ------------------------------------------------------------------------------------------------------------

select is(test.under(test.need_in(test.the('run'), test.the('plate'))), 'TV409 B7 parent_not_made', 'B7: nothing is required under what is installed from stock');
select is(test.under(test.the('need')), 'went through', 'only under what is made on assembly');
reset role;
rollback;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('run', test.run(test.the('build'), '{"serial_numbers": ["R1", "R2"]}'));
select test.keep('issue', (traveler.create_issue(jsonb_build_object('title', 'Bent', 'run_id', test.the('run'))) ->> 'id')::uuid);
select test.keep('split', (traveler.split_run(test.the('run'), null, null, jsonb_build_object('serial_numbers', array['R2'], 'issue_id', test.the('issue'), 'reason', 'x'), '{}') #>> '{split,id}')::uuid);
reset session authorization;
set role traveler_owner;
select is(test.under(q.id), 'TV409 B7 parent_not_made', 'what the run requires stands under nothing of a group''s')
from traveler.build_requirement q where q.run_split_id = test.the('split') and q.part_id = test.the('drawer');
reset role;
rollback;
set session authorization traveler_service;

-- No substitutes ----------------------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('draft', (traveler.create_mbom(test.the('rack'), jsonb_build_object('lines', jsonb_build_array(test.line(test.the('drawer'), '1', '{"made_on_assembly": true}'),
    test.line(test.the('plate'), '1', jsonb_build_object('substitute_part_ids', jsonb_build_array(test.the('bolt'))))))) ->> 'id')::uuid);
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.keep('made line', l.id) from traveler.mbom_line l where l.mbom_id = test.the('draft') and l.made_on_assembly;
select test.refuses($$ update traveler.mbom_substitute set mbom_line_id = test.the('made line') where mbom_id = test.the('draft') $$, 'TV422 B7 made_has_no_substitute',
    'B7: the owner gives what is made on assembly no substitute of another line');
select test.refuses($$ insert into traveler.mbom_substitute (org_id, mbom_id, mbom_line_id, part_id) values (test.org_id('acme'), test.the('draft'), test.the('made line'), test.the('plate')) $$,
    'TV422 B7 made_has_no_substitute', 'nor a new one');
select test.refuses($$ update traveler.mbom_substitute set part_id = test.the('screw') where mbom_id = test.the('draft') $$, 'went through', 'another line''s may change');
rollback;
reset role;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('run', test.run(test.the('build'), '{"serial_numbers": ["R1"]}'));
select is((select string_agg(p.part_number || ' or ' || s.part_number, ', ' order by p.part_number) from traveler.build_requirement q join traveler.part p on p.id = q.part_id
    join traveler.build_requirement_substitute b on b.build_requirement_id = q.id join traveler.part s on s.id = b.part_id where q.run_id = test.the('run')), 'plate or bolt, screw or bolt',
    'those of the lines around and below it are the run''s');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ insert into traveler.build_requirement_substitute (org_id, run_id, build_requirement_id, part_id)
    values (test.org_id('acme'), test.the('run'), test.need_in(test.the('run'), test.the('drawer')), test.the('plate')) $$, 'TV409 P2 run_is_a_copy', 'and no run is given one later');
rollback;
reset role;

-- An assembly in itself, at depth (B2, B7) ---------------------------------------------------------------------------------------------
-- A heart with a valve that is made on it goes into a body, and that into a trunk: then the heart's run is opened again.

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep(n, test.part(n, 'serial')) from unnest(array['trunk', 'body', 'heart', 'valve', 'clamp']) n;
select test.mbom(test.the('valve'), test.line(test.the('clamp'), '1', jsonb_build_object('substitute_part_ids', jsonb_build_array(test.the('trunk'), test.the('body'), test.the('heart')))));
select test.mbom(test.the('heart'), test.line(test.the('valve'), '1', '{"made_on_assembly": true}'));
select test.mbom(test.the('body'), test.line(test.the('heart'), '1')), test.mbom(test.the('trunk'), test.line(test.the('body'), '1'));
select test.keep('run ' || n, test.run(test.released('Build a ' || n, test.the(n), '[{"title": "Do"}]'), '{"serial_numbers": ["1"]}')) from unnest(array['heart', 'body', 'trunk']) n;
select test.keep('the ' || n, test.unit(test.the('run ' || n))) from unnest(array['heart', 'body', 'trunk']) n;
select test.keep('the valve', test.made_in(test.the('the heart'), test.the('valve')));
select traveler.change_inventory(test.the('the valve'), null, '{"serial_number": "V1"}');
select test.install(test.need_in(test.the('run heart'), test.the('clamp'), test.the('valve')), test.receive(test.the('clamp'), '1', '{"serial_number": "C1"}'), null, test.the('the valve'));
select test.work(test.step(test.the('run heart'), 'Do'));
select test.install(test.need(test.the('run body'), test.the('heart')), test.the('the heart'));
select test.work(test.step(test.the('run body'), 'Do'));
commit;
begin;
select test.enter('admin');
select traveler.reopen_run(test.the('run heart'), null, 'Leaks.', array(select n.id from traveler.installation n where n.part_inventory_id = test.the('the heart')));
select traveler.uninstall(n.id, null, 'x') from traveler.installation n where n.assembly_inventory_id = test.the('the valve') and n.removed_at is null;
select test.keep('clamped', test.need_in(test.the('run heart'), test.the('clamp'), test.the('valve')));
select is((select i.status from traveler.part_inventory i where i.id = test.the('the body')), 'available', 'what a heart that is open again is in may be at hand');
select test.refuses($$ select test.install(test.the('clamped'), test.the('the body'), null, test.the('the valve')) $$, 'TV409 B2 assembly_in_itself', 'B2: it goes into no part of itself, two levels down');
select test.enter('technician');
select test.install(test.need(test.the('run trunk'), test.the('body')), test.the('the body'));
select test.work(test.step(test.the('run trunk'), 'Do'));
select test.enter('admin');
select is((select i.status from traveler.part_inventory i where i.id = test.the('the trunk')), 'available', 'nor does what that is in');
select test.refuses($$ select test.install(test.the('clamped'), test.the('the trunk'), null, test.the('the valve')) $$, 'TV409 B2 assembly_in_itself', 'three levels down');
select test.refuses($$ select test.install(test.the('clamped'), test.receive(test.the('body'), '1', '{"serial_number": "B9"}'), null, test.the('the valve')) $$, 'went through', 'another of the part does');
rollback;
reset session authorization;
select test.whole();
select * from finish();

-- Runs: P2 (a copy of the procedure), B1 (a snapshot of the mBOM), I3 (what it builds exists), R2 (its status is never set).
\ir support/world.psql
select plan(52);

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('bench', test.location('Bench', '{"work_center": true}'));
select test.keep('pump', test.part('PUMP', 'serial')), test.keep('seal', test.part('SEAL')), test.keep('ring', test.part('RING')),
    test.keep('oil', test.part('OIL', 'lot')), test.keep('paint', test.part('PAINT', 'lot'));
select test.keep('mbom', test.mbom(test.the('pump'),
    test.line(test.the('seal'), '2', jsonb_build_object('reference_designators', '["S1", "S2"]'::jsonb, 'substitute_part_ids', jsonb_build_array(test.the('ring')))),
    test.line(test.the('oil'), '0.125')));
select test.keep('procedure', test.released('Build a pump', test.the('pump'), jsonb_build_array(
    jsonb_build_object('key', 'fit', 'title', 'Fit', 'instructions', 'Fit it.', 'location_id', test.the('bench'), 'lead_time_seconds', 60,
        'fields', '[{"name": "Torque", "type": "number", "unit": "Nm", "minimum": "1", "maximum": "2"}, {"name": "Colour", "type": "select", "options": ["red", "blue"], "required": false}]'::jsonb,
        'steps', '[{"title": "Inner", "required": false}]'::jsonb),
    jsonb_build_object('title', 'Paint', 'after', array['fit'], 'requirements', jsonb_build_array(test.line(test.the('paint'), '0.5'))))));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["P1", "P2", "P3"], "lot_number": "K1"}'));
commit;

-- P2: the copy ------------------------------------------------------------------------------------------------------

begin;
select test.enter('viewer');
select results_eq($$
    select s.title, s.instructions, s.location_id, s.lead_time_seconds, s.required, s.depth, s.position, p.title, s.state, s.origin_step_id
    from traveler.run_step s left join traveler.run_step p on p.id = s.parent_id where s.run_id = test.the('run') order by s.title
$$, $$
    select s.title, s.instructions, s.location_id, s.lead_time_seconds, s.required, s.depth, s.position::double precision, p.title, 'todo', s.id
    from traveler.procedure_step s left join traveler.procedure_step p on p.id = s.parent_id where s.procedure_id = test.the('procedure') order by s.title
$$, 'a run has its procedure''s steps, in todo');
select results_eq($$
    select f.name, f.type, f.unit, f.required, f.allow_not_applicable, f.options, f.signoff_role_id, f.peer, f.minimum, f.maximum, f.target, f.value
    from traveler.run_step_field f where f.run_id = test.the('run') order by f.name
$$, $$
    select f.name, f.type, f.unit, f.required, f.allow_not_applicable, f.options, f.signoff_role_id, f.peer, f.minimum, f.maximum, f.target, null::jsonb
    from traveler.procedure_field f where f.procedure_id = test.the('procedure') order by f.name
$$, 'its fields, empty');
select results_eq($$
    select u.title, d.title from traveler.run_step_edge e join traveler.run_step u on u.id = e.upstream_id join traveler.run_step d on d.id = e.downstream_id
    where e.run_id = test.the('run')
$$, $$ values ('Fit', 'Paint') $$, 'and its dependencies');
select results_eq($$
    select p.part_number, s.title, q.quantity_per_unit, q.quantity_needed, q.quantity_installed, q.reference_designators
    from traveler.build_requirement q join traveler.part p on p.id = q.part_id left join traveler.run_step s on s.id = q.run_step_id
    where q.run_id = test.the('run') order by p.part_number
$$, $$ values ('OIL', null, 0.125, 0.375, 0::numeric, '{}'::text[]), ('PAINT', 'Paint', 0.5, 1.5, 0, '{}'), ('SEAL', null, 2, 6, 0, '{S1,S2}') $$,
    'a requirement for each line of the mBOM and of the steps, for as many units as the run builds');
select results_eq($$
    select p.part_number from traveler.build_requirement_substitute s join traveler.part p on p.id = s.part_id where s.run_id = test.the('run')
$$, $$ values ('RING') $$, 'with the substitutes that the mBOM approves');
select results_eq($$
    select i.serial_number, i.lot_number, i.quantity, i.status, i.building_run_id = test.the('run')
    from traveler.run_inventory ri join traveler.part_inventory i on i.id = ri.part_inventory_id where ri.run_id = test.the('run') order by 1
$$, $$ values ('P1', 'K1', 1::numeric, 'work_in_progress', true), ('P2', 'K1', 1, 'work_in_progress', true), ('P3', 'K1', 1, 'work_in_progress', true) $$,
    'a unit of its own for each serialized one, as work in progress');
commit;

-- Later versions of what was copied do not flow in.
begin;
select test.enter('engineer');
select test.mbom(test.the('pump'), test.line(test.the('seal'), '99'));
select test.keep('procedure 2', (traveler.new_procedure_version(test.the('procedure')) ->> 'id')::uuid);
select traveler.replace_procedure(test.the('procedure 2'), null, jsonb_build_object('title', 'Build it better', 'part_id', test.the('pump'), 'steps', '[{"title": "Other"}]'::jsonb));
select traveler.move_procedure(test.the('procedure 2'), null, 'released');
select is((select r.title || ' ' || r.steps_total from traveler.run r where r.id = test.the('run')), 'Build a pump 3', 'a later version leaves a run as it was');
select is((select sum(q.quantity_needed) from traveler.build_requirement q where q.run_id = test.the('run')), 7.875, 'and so does a later mBOM');
select test.keep('run 2', test.run(test.the('procedure 2')));
select is((select sum(q.quantity_needed) from traveler.build_requirement q where q.run_id = test.the('run 2')), 99::numeric, 'which the next run takes');
select is((select string_agg(r.number::text, ' ' order by r.number) from traveler.run r), '1 2', 'runs count from one in each org');
commit;

-- What create_run refuses -------------------------------------------------------------------------------------------

begin;
select test.enter('planner');
select test.refuses(format($$ select test.run(test.the('procedure 2'), %L) $$, extra), refusal, format('no run: %s', extra)) from (values
    ('{"quantity": "1.5"}', 'TV422 I3 serialized_quantity'), ('{"quantity": "10001"}', 'TV422 I3 serialized_quantity'),
    ('{"quantity": "0"}', 'TV422 I4 quantity_invalid'), ('{"quantity": "-1"}', 'TV422 I4 quantity_invalid'), ('{"quantity": "NaN"}', 'TV422 I4 quantity_invalid'),
    ('{"quantity": "3", "serial_numbers": ["A", "B"]}', 'TV422 I1 serial_count'), ('{"serial_numbers": ["A", "A"]}', '23505 part_inventory_serial_key'),
    ('{"serial_numbers": ["P1"]}', '23505 part_inventory_serial_key'), ('{"serial_numbers": [""]}', '23514 part_inventory_serial_length'),
    ('{"title": ""}', '23514 run_title_length')) r (extra, refusal);
select lives_ok($$ select test.run(test.the('procedure 2'), '{"quantity": "2"}') $$, 'serial numbers may come later');
select test.enter('engineer');
select test.keep('nothing', test.released('Clean up', null, '[{"title": "Sweep"}]'));
select test.keep('mix', test.released('Mix paint', test.the('paint'), '[{"title": "Stir"}]'));
select test.refuses($$ select test.run(test.the('nothing')) $$, 'TV409 P2 procedure_builds_nothing', 'a run builds something');
select test.refuses($$ select test.run(test.the('mix'), '{"serial_numbers": ["X"]}') $$, 'TV422 I1 serial_not_tracked', 'and numbers only what is numbered');
select test.keep('batch', test.run(test.the('mix'), '{"quantity": "12.5", "lot_number": "M1"}'));
select results_eq($$ select i.quantity, i.lot_number from traveler.part_inventory i where i.building_run_id = test.the('batch') $$, $$ values (12.5, 'M1') $$,
    'what is counted by lot is one row');
commit;

-- The owner can't rewrite the copy, nor set what is derived ------------------------------------------------------------

reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(statement, refusal, format('not the owner either: %s', test.brief(statement))) from (values
    ($$ update traveler.run set quantity = 4 where id = test.the('run') $$, 'TV409 R2 derived'),
    ($$ update traveler.run set procedure_id = test.the('procedure 2') where id = test.the('run') $$, 'TV409 P2 run_identity'),
    ($$ update traveler.run_step set title = 'X' where run_id = test.the('run') $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.run_step set required = false where run_id = test.the('run') $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.run_step_field set maximum = 99 where run_id = test.the('run') $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.run_step_field set required = false where run_id = test.the('run') $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.build_requirement set quantity_needed = 1 where run_id = test.the('run') $$, 'TV409 B2 derived'),
    ($$ update traveler.run_step_edge set upstream_id = downstream_id, downstream_id = upstream_id where run_id = test.the('run') $$, 'TV409 P2 run_is_a_copy'),
    ($$ insert into traveler.run_step (org_id, run_id, position, title) values (test.org_id('acme'), test.the('run'), 9, 'X') $$, 'TV409 P2 run_is_a_copy'),
    ($$ insert into traveler.build_requirement (org_id, run_id, part_id, quantity_per_unit, quantity_needed)
        values (test.org_id('acme'), test.the('run'), test.the('seal'), 1, 1) $$, 'TV409 P2 run_is_a_copy'),
    ($$ insert into traveler.build_requirement_substitute (org_id, run_id, build_requirement_id, part_id)
        values (test.org_id('acme'), test.the('run'), test.need(test.the('run'), test.the('oil')), test.the('ring')) $$, 'TV409 P2 run_is_a_copy'),
    ($$ insert into traveler.run_step_edge (org_id, run_id, upstream_id, downstream_id)
        values (test.org_id('acme'), test.the('run'), test.step(test.the('run'), 'Paint'), test.step(test.the('run'), 'Fit')) $$, 'TV409 P2 run_is_a_copy'),
    ($$ insert into traveler.run_inventory (org_id, run_id, part_inventory_id) values (test.org_id('acme'), test.the('run 2'), test.unit(test.the('run'), 'P1')) $$, '23505 run_inventory_live_key'),
    ($$ update traveler.run set steps_completed = 3, steps_todo = 0 where id = test.the('run') $$, 'TV409 R2 derived'),
    ($$ update traveler.run set started_at = now() where id = test.the('run') $$, 'TV409 R2 derived'),
    ($$ update traveler.run set completion_number = 1 where id = test.the('run') $$, 'TV409 R2 derived'),
    ($$ update traveler.run_inventory set live = false where run_id = test.the('run') $$, 'TV409 I3 derived'),
    ($$ insert into traveler.run_step (org_id, run_id, position, title, state) values (test.org_id('acme'), test.the('run'), 9, 'X', 'redline') $$, 'TV409 S1 step_starts_todo'),
    ($$ insert into traveler.run (org_id, number, title, procedure_id, part_id, quantity) values (test.org_id('acme'), 9, 'X', test.the('procedure'), test.the('pump'), 1) $$,
        'TV409 P1 procedure_not_released'),
    ($$ update traveler.build_requirement_substitute set part_id = test.the('oil') where run_id = test.the('run') $$, 'TV409 P2 run_is_a_copy'),
    ($$ insert into traveler.run (org_id, number, title, procedure_id, part_id, quantity, steps_todo) values (test.org_id('acme'), 9, 'X', test.the('procedure 2'), test.the('pump'), 1, 5) $$,
        'TV409 R2 derived')) r (statement, refusal);
-- Nor in the transaction that makes the run, where rows are added to its definition.
insert into traveler.run (org_id, number, title, procedure_id, part_id, quantity) values (test.org_id('acme'), 99, 'By hand', test.the('procedure 2'), test.the('pump'), 1);
select test.keep('by hand', r.id) from traveler.run r where r.number = 99;
insert into traveler.run_step (org_id, run_id, position, title) select test.org_id('acme'), test.the('by hand'), n, n::text from generate_series(1, 2) n;
select test.refuses(statement, refusal, format('nor while the run is made: %s', test.brief(statement))) from (values
    ($$ insert into traveler.run_step (org_id, run_id, parent_id, depth, position, title) values (test.org_id('acme'), test.the('by hand'), test.step(test.the('by hand'), '1'), 3, 1, 'X') $$,
        'TV422 P3 step_depth'),
    ($$ insert into traveler.run_step (org_id, run_id, position, title) values (test.org_id('acme'), test.the('by hand'), 2, 'X') $$, '23505 run_step_position_key'),
    ($$ insert into traveler.run_step_edge (org_id, run_id, upstream_id, downstream_id)
        values (test.org_id('acme'), test.the('by hand'), test.step(test.the('by hand'), '1'), test.step(test.the('by hand'), '2')) $$, 'TV409 P2 run_is_a_copy'),
    ($$ insert into traveler.build_requirement (org_id, run_id, part_id, quantity_per_unit, quantity_needed, quantity_installed)
        values (test.org_id('acme'), test.the('by hand'), test.the('seal'), 1, 1, 1) $$, 'TV409 B2 derived')) r (statement, refusal);
select test.denied($$ update traveler.run set status = 'complete' where id = test.the('run') $$, 'the status is generated: nobody writes it', '428C9');
commit;
reset role;
begin;
select test.enter_owner();
select test.refuses($$ update traveler.run set steps_completed = 3, steps_todo = 0 where id = test.the('run') $$, 'TV409 R2 derived', 'nor does the superuser write what it is generated from');
commit;
select test.whole();
select * from finish();

-- C1 (each gate alone blocks), C3 (the last sign-off completes), C4 (whoever asks), C5 (a completed run is locked), R4.
\ir support/world.psql
select plan(82);

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('serial', test.part('SERIAL', 'serial')), test.keep('lot', test.part('LOT', 'lot')), test.keep('plain', test.part('PLAIN')),
    test.keep('screw', test.part('SCREW')), test.keep('tape', test.part('TAPE', 'none', '{"lot_traceability": true}'));
select test.keep('simple', test.released('Simple', test.the('plain'), jsonb_build_array('{"title": "A"}'::jsonb, jsonb_build_object('title', 'B', 'required', false,
    'fields', '[{"name": "N", "type": "number", "maximum": "1"}]'::jsonb, 'requirements', jsonb_build_array(test.line(test.the('screw'), '1'))))));
select test.keep('demanding', test.released('Demanding', test.the('plain'), jsonb_build_array(jsonb_build_object('title', 'A',
    'fields', '[{"name": "N", "type": "number", "maximum": "1"}]'::jsonb, 'requirements', jsonb_build_array(test.line(test.the('screw'), '1'))), '{"title": "B"}'::jsonb)));
select test.keep('of serial', test.released('Of serial', test.the('serial'), jsonb_build_array(jsonb_build_object('title', 'A',
    'requirements', jsonb_build_array(test.line(test.the('screw'), '1'), test.line(test.the('tape'), '1'))))));
select test.keep('of lot', test.released('Of lot', test.the('lot'), '[{"title": "A"}]'));
select test.keep('screws', test.receive(test.the('screw'), '100')), test.keep('tapes', test.receive(test.the('tape'), '100'));
commit;
reset session authorization;

-- What blocks a run now; and what comes of completing it by hand, as the owner, and by the act.
create function test.blockers(p_run text) returns text language sql stable as $$
    select coalesce(string_agg(b.kind, ' ' order by b.kind), 'none') from traveler.completion_blocker b where b.run_id = test.the(p_run)
$$;
create function test.by_hand(p_run text) returns text language sql as $$
    select test.refusal(format('update traveler.run set completed_at = now() where id = %L', test.the(p_run)))
$$;
create function test.by_act(p_run text) returns text language sql as $$
    select test.refusal(format('select traveler.complete_run(%L)', test.the(p_run)))
$$;
create function test.set_act_only(p_on boolean) returns void language sql as $$ update traveler.org set complete_by_act = p_on where org_id = test.org_id('acme') $$;
create function test.completed(p_run text) returns text language sql as $$
    select r.status || ' ' || (select count(*) from traveler.as_built_record a where a.run_id = r.id) from traveler.run r where r.id = test.the(p_run)
$$;

-- C1: each gate alone. By the superuser, inside one transaction that is taken back, so that a state that no act leads to today
-- can be set with its guard asleep. Completing is an act of its own here.
begin;
select test.enter_owner();
select test.set_act_only(true);
create function test.around_the_guards(p_statement text) returns void language plpgsql as $$
begin
    alter table traveler.run_step disable trigger _110_guard_step_move;
    alter table traveler.run_step_field disable trigger _110_guard_field_value;
    alter table traveler.run_step_field disable trigger _500_keep_field_signatures;
    execute p_statement;
    alter table traveler.run_step enable trigger _110_guard_step_move;
    alter table traveler.run_step_field enable trigger _110_guard_field_value;
    alter table traveler.run_step_field enable trigger _500_keep_field_signatures;
end
$$;
create function test.alone(p_what text, p_blockers text, p_break text, p_mend text) returns setof text language plpgsql as $$
declare
    v_run text := 'run ' || p_what;
begin
    perform test.enter('admin');
    perform test.keep(v_run, test.run(test.the('demanding')));
    perform test.start(test.step(test.the(v_run), 'A'));
    perform test.value(test.field(test.the(v_run), 'N'), '"1"');
    perform test.install(test.need(test.the(v_run), test.the('screw')), test.the('screws'));
    perform test.complete(test.step(test.the(v_run), 'A'));
    perform test.work(test.step(test.the(v_run), 'B'));
    perform test.enter_owner();
    perform test.around_the_guards(format(p_break, test.the(v_run)));
    return next tap.is(test.blockers(v_run), p_blockers, format('%s blocks, alone', p_what));
    return next tap.is(test.by_hand(v_run), 'TV409 C4 completion_blocked', format('%s: not completed by hand', p_what));
    perform test.enter('admin');
    return next tap.is(test.by_act(v_run), 'TV409 C4 completion_blocked', format('%s: nor by the act', p_what));
    perform test.enter_owner();
    perform test.around_the_guards(format(p_mend, test.the(v_run)));
    perform test.enter('admin');
    return next tap.is(test.by_act(v_run) || ', ' || test.completed(v_run), 'went through, complete 1', format('%s no more: it completes', p_what));
end
$$;
select test.alone('a required step in todo', 'required_step_open',
    $$ update traveler.run_step set state = 'todo' where run_id = %L and title = 'B' $$, $$ update traveler.run_step set state = 'todo' where run_id = %1$L and title = 'B' and state = 'hold';
        update traveler.run_step set state = 'in_progress' where run_id = %1$L and title = 'B' and state = 'todo';
        update traveler.run_step set state = 'completed' where run_id = %1$L and title = 'B' $$);
select test.alone('a step in ' || state, 'step_open',
    format($$ update traveler.run_step set state = 'todo' where run_id = %%1$L and title = 'B' and %1$L = 'hold';
        update traveler.run_step set state = %1$L where run_id = %%1$L and title = 'B' $$, state), $$ update traveler.run_step set state = 'todo' where run_id = %1$L and title = 'B' and state = 'hold';
        update traveler.run_step set state = 'in_progress' where run_id = %1$L and title = 'B' and state = 'todo';
        update traveler.run_step set state = 'completed' where run_id = %1$L and title = 'B' $$)
from unnest(array['in_progress', 'hold', 'failed']) state;
select test.alone('a step in redline', 'step_open',
    $$ insert into traveler.redline (org_id, run_id, run_step_id, reason) select s.org_id, s.run_id, s.id, 'x' from traveler.run_step s where s.run_id = %1$L and s.title = 'B' $$,
    $$ update traveler.redline set state = 'canceled' where run_id = %1$L $$);
select test.alone('a value that is missing', 'field_missing',
    $$ update traveler.run_step_field set value = null, entered_by = null, entered_at = null where run_id = %L $$,
    $$ update traveler.run_step_field set value = '"1"', entered_by = 'x', entered_at = now() where run_id = %L $$);
select test.alone('a value out of range', 'field_out_of_range',
    $$ update traveler.run_step_field set value = '"1.01"' where run_id = %L $$, $$ update traveler.run_step_field set value = '"1.00"' where run_id = %L $$);
select test.alone('a requirement that is not met', 'requirement_unmet',
    $$ update traveler.installation set removed_at = now(), removal_reason = 'x' where run_id = %L $$,
    $$ select test.install(test.need(%L, test.the('screw')), test.the('screws')) $$);
-- No step completed: both canceled.
select test.enter('admin');
select test.keep('idle', test.run(test.the('demanding')));
select test.enter_owner();
select test.around_the_guards($$ update traveler.run_step set state = 'canceled' where run_id = test.the('idle') $$);
select is(test.blockers('idle'), 'no_step_completed', 'no step completed blocks, alone: what a canceled step asks for does not count');
select is(test.by_hand('idle'), 'TV409 C4 completion_blocked', 'no step completed: not completed by hand');
-- A part that names no unit, in a run of several serialized ones, made as if an older rule had let it pass.
select test.enter('admin');
select test.keep('two', test.run(test.the('of serial'), '{"serial_numbers": ["S1", "S2"]}'));
select test.work(test.step(test.the('two'), 'A'));
select test.install(test.need(test.the('two'), test.the('screw')), test.the('screws'), '1', test.unit(test.the('two'), 'S1'));
select test.install(test.need(test.the('two'), test.the('screw')), test.the('screws'));
select test.install(test.need(test.the('two'), test.the('tape')), test.the('tapes'));
select is(test.blockers('two'), 'installation_names_no_unit', 'a part that names no unit blocks, alone; one that the org traces by lot does not');
select is(test.by_act('two'), 'TV409 C4 completion_blocked', 'a part that names no unit: not completed');
select traveler.uninstall(n.id, null, 'to name its unit') from traveler.installation n where n.run_id = test.the('two') and n.assembly_inventory_id is null
    and n.build_requirement_id = test.need(test.the('two'), test.the('screw'));
select test.install(test.need(test.the('two'), test.the('screw')), test.the('screws'), '1', test.unit(test.the('two'), 'S2'));
select is(test.by_act('two') || ', ' || test.completed('two'), 'went through, complete 1', 'with its unit named it completes');
-- Units and lots without their numbers.
select test.keep('unnumbered', test.run(test.the('of lot')));
select test.work(test.step(test.the('unnumbered'), 'A'));
select is(test.blockers('unnumbered'), 'unit_unidentified', 'a lot without its number blocks, alone');
select is(test.by_act('unnumbered'), 'TV409 C4 completion_blocked', 'a lot without its number: not completed');
select traveler.change_inventory(ri.part_inventory_id, null, '{"lot_number": "L1"}') from traveler.run_inventory ri where ri.run_id = test.the('unnumbered');
select is(test.by_act('unnumbered') || ', ' || test.completed('unnumbered'), 'went through, complete 1', 'with it, it completes');
select test.keep('unserialized', test.run(test.the('of serial')));
select is((select count(*) from traveler.completion_blocker b where b.run_id = test.the('unserialized') and b.kind = 'unit_unidentified'), 1::bigint, 'nor does a unit without its serial number');
rollback;

-- C3: the sign-off that leaves nothing open completes ------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('r1', test.run(test.the('simple'))), test.keep('r2', test.run(test.the('simple'))), test.keep('r3', test.run(test.the('of lot'))), test.keep('r4', test.run(test.the('simple'))),
    test.keep('r5', test.run(test.the('demanding')));
select is(test.by_act('r1'), 'TV409 C4 completion_blocked', 'nothing is completed before anything is done');
select test.enter('technician');
select ok(not traveler.has_permission('run.complete'), 'the technician may not complete a run');
select test.work(test.step(test.the('r1'), 'A'));
select is(test.completed('r1'), 'complete 1', 'but their sign-off that leaves no required step open does, an optional step with all that it asks for undone');
select is((select r.completed_by from traveler.run r where r.id = test.the('r1')), 'user:' || test.user_id('technician'), 'in their name');
select is(test.by_act('r2'), 'TV403 T3 permission_missing', 'while the act asks for its own permission');
select is((select i.status from traveler.part_inventory i join traveler.run_inventory ri on ri.part_inventory_id = i.id where ri.run_id = test.the('r1')), 'available', 'what was built is available (I2)');
select test.start(test.step(test.the('r2'), 'B'));
select test.work(test.step(test.the('r2'), 'A'));
select is(test.completed('r2'), 'in_progress 0', 'an optional step that was begun holds it up');
select test.value(test.field(test.the('r2'), 'N'), '"0"');
select test.complete(test.step(test.the('r2'), 'B'));
select is(test.completed('r2') || ' ' || test.blockers('r2'), 'in_progress 0 requirement_unmet', 'and what it asks for, once it is done');
select test.install(test.need(test.the('r2'), test.the('screw')), test.the('screws'));
select is(test.completed('r2') || ' ' || test.blockers('r2'), 'in_progress 0 none', 'clearing the last gate is no sign-off: the run waits for the act');
select test.enter('planner');
select is(test.by_act('r2') || ', ' || test.completed('r2'), 'went through, complete 1', 'of who may complete');
select is(test.by_act('r2'), 'TV409 C3 run_completed', 'once');
select test.enter('technician');
select test.work(test.step(test.the('r3'), 'A'));
select is(test.completed('r3'), 'in_progress 0', 'a run whose steps are done and whose gate blocks reads in progress (R3)');
select is(traveler.run_json(test.the('r3')) -> 'completion_blockers' -> 0 ->> 'kind', 'unit_unidentified', 'and says what blocks it');
commit;
reset session authorization;
begin;
select test.enter_owner();
select test.set_act_only(true);
select test.enter('technician');
select test.work(test.step(test.the('r4'), 'A'));
select is(test.completed('r4') || ' ' || test.blockers('r4'), 'in_progress 0 none', 'an org may demand the act always');
commit;

-- C5, R4: what is completed is locked ---------------------------------------------------------------------------------

begin;
select test.enter_owner();
select test.set_act_only(false);
select test.enter('technician');
select test.start(test.step(test.the('r5'), 'A'));
select test.value(test.field(test.the('r5'), 'N'), '"1"');
select test.install(test.need(test.the('r5'), test.the('screw')), test.the('screws'));
select test.complete(test.step(test.the('r5'), 'A'));
select test.work(test.step(test.the('r5'), 'B'));
select is(test.completed('r5'), 'complete 1', 'a run with one of everything is completed');
commit;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(statement, refusal, format('locked: %s', test.brief(statement))) from (values
    ($$ update traveler.run set completed_at = null where id = test.the('r5') $$, 'TV409 R4 run_completed'),
    ($$ update traveler.run set completed_at = now() + interval '1 hour' where id = test.the('r5') $$, 'TV409 R4 run_completed'),
    ($$ update traveler.run set title = 'X' where id = test.the('r5') $$, 'TV409 C5 run_completed'),
    ($$ update traveler.run set completion_number = 2 where id = test.the('r5') $$, 'TV409 R2 derived'),
    ($$ update traveler.run set completed_by = 'x' where id = test.the('r5') $$, 'TV409 R2 derived'),
    ($$ update traveler.run_step set state = 'in_progress' where run_id = test.the('r1') and title = 'B' $$, 'TV409 C5 run_completed'),
    ($$ update traveler.run_step set completed_by = 'x' where run_id = test.the('r5') $$, 'TV409 C5 run_completed'),
    ($$ insert into traveler.run_step (org_id, run_id, position, title) values (test.org_id('acme'), test.the('r5'), 9, 'X') $$, 'TV409 C5 run_completed'),
    ($$ update traveler.run_step_edge set downstream_id = downstream_id where run_id = test.the('r5') $$, 'went through'),
    ($$ insert into traveler.run_step_edge (org_id, run_id, upstream_id, downstream_id)
        values (test.org_id('acme'), test.the('r5'), test.step(test.the('r5'), 'A'), test.step(test.the('r5'), 'B')) $$, 'TV409 C5 run_completed'),
    ($$ update traveler.run_step_field set value = '"0"' where run_id = test.the('r5') $$, 'TV409 S13 values_closed'),
    ($$ insert into traveler.run_step_field (org_id, run_id, run_step_id, position, name, type) values (test.org_id('acme'), test.the('r5'), test.step(test.the('r5'), 'A'), 9, 'X', 'text') $$,
        'TV409 C5 run_completed'),
    ($$ insert into traveler.labor_session (org_id, run_id, run_step_id, user_id) values (test.org_id('acme'), test.the('r5'), test.step(test.the('r5'), 'A'), test.user_id('peer')) $$, 'TV409 C5 run_completed'),
    ($$ update traveler.labor_session set ended_at = now() where run_id = test.the('r5') $$, 'TV422 L3 reason_missing'),
    ($$ insert into traveler.build_requirement (org_id, run_id, part_id, quantity_per_unit, quantity_needed) values (test.org_id('acme'), test.the('r5'), test.the('screw'), 1, 1) $$,
        'TV409 C5 run_completed'),
    ($$ update traveler.build_requirement set created_at = created_at where run_id = test.the('r5') $$, 'TV409 C5 run_completed'),
    ($$ insert into traveler.build_requirement_substitute (org_id, run_id, build_requirement_id, part_id)
        values (test.org_id('acme'), test.the('r5'), test.need(test.the('r5'), test.the('screw')), test.the('tape')) $$, 'TV409 C5 run_completed'),
    ($$ insert into traveler.run_inventory (org_id, run_id, part_inventory_id) values (test.org_id('acme'), test.the('r5'), test.the('tapes')) $$, 'TV409 C5 run_completed'),
    ($$ update traveler.run_inventory set live = true where run_id = test.the('r5') $$, 'TV409 I3 derived'),
    ($$ update traveler.installation set removed_at = now(), removal_reason = 'x' where run_id = test.the('r5') $$, 'TV409 C5 run_completed'),
    ($$ select test.install(test.need(test.the('r1'), test.the('screw')), test.the('screws')) $$, 'TV409 C5 run_completed'),
    ($$ insert into traveler.inventory_movement (org_id, kind, to_inventory_id, quantity, run_id)
        select ri.org_id, 'build', ri.part_inventory_id, 1, ri.run_id from traveler.run_inventory ri where ri.run_id = test.the('r5') $$, 'TV409 C5 run_completed'),
    ($$ insert into traveler.as_built_record (org_id, run_id, number, document, digest) values (test.org_id('acme'), test.the('r5'), 2, '{}', sha256('{}')) $$, 'TV409 C5 derived'),
    ($$ update traveler.as_built_record set document = '{}', digest = sha256('{}') where run_id = test.the('r5') $$, 'TV409 C5 append_only'),
    ($$ delete from traveler.as_built_record where run_id = test.the('r5') $$, 'TV409 T4 record_kept')) s (statement, refusal);
commit;
reset role;
select test.whole();
select * from finish();

-- Runs that are built as they fly, and what a run is saved as: D7, with P2, B1, R1, C1-C3, K1, D4.
\ir support/world.psql
select plan(78);

-- A step as its run or procedure asks for it, without ids: nested by titles, in the order among those around it.
create function test.plain_run(p_run uuid) returns jsonb language sql stable as $$
    select jsonb_agg(jsonb_build_object('title', s.title, 'instructions', s.instructions, 'location_id', s.location_id, 'lead_time_seconds', s.lead_time_seconds, 'required', s.required,
        'outside_process', s.outside_process, 'in', p.title, 'depth', s.depth,
        'place', (select count(*) from traveler.run_step x where x.run_id = p_run and x.withdrawn_at is null and x.parent_id is not distinct from s.parent_id and x.position <= s.position),
        'fields', (select jsonb_agg(traveler_private.field_form(to_jsonb(f), 'run_step') - 'compare' || jsonb_build_object('held', f.compare_op, 'against', c.name) order by f.position)
            from traveler.run_step_field f left join traveler.run_step_field c on c.id = f.compare_field_id where f.run_step_id = s.id and f.withdrawn_at is null),
        'requirements', (select jsonb_agg(jsonb_build_array(q.part_id, q.quantity_per_unit, q.reference_designators) order by q.part_id) from traveler.build_requirement q where q.run_step_id = s.id),
        'approvals', (select jsonb_agg(jsonb_build_array(a.role_id, a.approvers) order by a.role_id) from traveler.run_step_approval_requirement a where a.run_step_id = s.id)) order by s.title)
    from traveler.run_step s left join traveler.run_step p on p.id = s.parent_id where s.run_id = p_run and s.withdrawn_at is null
$$;
create function test.run_graph(p_run uuid) returns text language sql stable as $$
    select string_agg(u.title || '>' || d.title, ' ' order by u.title, d.title) from traveler.run_step_edge e join traveler.run_step u on u.id = e.upstream_id
    join traveler.run_step d on d.id = e.downstream_id where e.run_id = p_run and e.withdrawn_at is null
$$;
create function test.act(p_act text, variadic p_steps uuid[]) returns jsonb language sql as $$ select traveler.act_on_steps(p_act, p_steps, null, 'x') $$;
create function test.fly(p_part uuid, p_extra jsonb default '{}') returns uuid language sql as $$
    select (traveler.create_run(jsonb_build_object('part_id', p_part) || p_extra) ->> 'id')::uuid
$$;
create function test.add(p_run uuid, p_title text, p_extra jsonb default '{}') returns uuid language sql as $$
    select (traveler.add_step(p_run, jsonb_build_object('title', p_title, 'reason', 'It is needed.') || p_extra) ->> 'id')::uuid
$$;
create function test.save(p_run uuid, p_extra jsonb default '{}') returns uuid language sql as $$ select (traveler.save_run_as_procedure(p_run, p_extra) ->> 'id')::uuid $$;
create function test.status(p_run uuid) returns text language sql stable as $$ select r.status || ' ' || r.steps_total from traveler.run r where r.id = p_run $$;
create function test.unmerged(p_run uuid) returns bigint language sql stable as $$
    select count(*) from traveler.completion_remark m where m.kind = 'unmerged_redline' and m.run_id = p_run
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial')), test.keep('plain', test.part('Q')), test.keep('screw', test.part('S')), test.keep('glue', test.part('G')),
    test.keep('bench', test.location('Bench'));
select test.mbom(test.the('part'), test.line(test.the('screw'), '4'));
select test.keep('v1', test.released('Build', test.the('part'), '[{"key": "a", "title": "Old", "fields": [{"name": "N", "type": "number"}]}]'));
commit;

-- Made without a procedure ----------------------------------------------------------------------------------------------------

begin;
select test.enter('planner');
select test.refuses(format($$ select traveler.create_run(%L) $$, q), refusal, what) from (values
    ('{}', 'TV422 D7 procedure_or_part', 'a run has a procedure or a part'),
    (jsonb_build_object('part_id', test.the('part'), 'procedure_id', test.the('v1'))::text, 'TV422 D7 procedure_or_part', 'and not both: the procedure says what is built'),
    (jsonb_build_object('part_id', test.the('v1'))::text, 'TV404 T1 part_unknown', 'a part that the org has'),
    (jsonb_build_object('part_id', test.the('part'), 'quantity', '2', 'serial_numbers', '["A"]'::jsonb)::text, 'TV422 I1 serial_count', 'what it builds is asked as of any run'),
    (jsonb_build_object('part_id', test.the('part'), 'requirements', 'procedure')::text, 'TV422 B1 requirements_of_new', 'and so is what it needs')) r (q, refusal, what);
select test.keep('run', test.fly(test.the('part'), '{"serial_numbers": ["U1", "U2"]}')), test.keep('named', test.fly(test.the('plain'), '{"title": "Try it"}'));
select is(test.status(test.the('run')), 'todo 0', 'made of a part, it has no step and is todo (R1)');
select is((select r.title from traveler.run r where r.id = test.the('run')) || ', ' || (select r.title from traveler.run r where r.id = test.the('named')), 'The P, Try it',
    'it is named as its part is, or as one says');
select is((select string_agg(p.part_number || ' ' || q.quantity_needed::integer, ', ') from traveler.build_requirement q join traveler.part p on p.id = q.part_id where q.run_id = test.the('run')), 'S 8',
    'it needs what the released mBOM of its part says (B1)');
select is((select count(*) from traveler.build_requirement q where q.run_id = test.the('named')), 0::bigint, 'and nothing where there is none');
select is((select string_agg(i.serial_number || ' ' || i.status, ', ' order by i.serial_number) from traveler.part_inventory i where i.building_run_id = test.the('run')),
    'U1 work_in_progress, U2 work_in_progress', 'what it builds is there, as work in progress (I3)');
select is(traveler.run_json(test.the('run')) -> 'procedure', 'null', 'its document says that it has no procedure');
select is(traveler.run_json(test.the('run')) -> 'steps', '[]', 'nor steps');
select is((select string_agg(b.kind, ' ') from traveler.completion_blocker b where b.run_id = test.the('named')), 'no_step_completed', 'without a step completed it is not complete (C1)');
select test.enter('admin');
select test.refuses($$ select traveler.complete_run(test.the('named')) $$, 'TV409 C4 completion_blocked', 'whoever says so');
select test.refuses($$ select traveler.act_on_run('cancel', test.the('named'), null, 'x') $$, 'TV409 S15 nothing_to_cancel', 'there is nothing to cancel in it');
select is(test.refusal_detail($$ select traveler.act_on_run('cancel', test.the('named'), null, 'x') $$, 'hint'), '"Add a step: with that, the run can be canceled."', 'and the refusal says how to be rid of it');
select test.refuses($$ select test.save(test.the('named')) $$, 'TV409 D7 run_without_steps', 'and nothing to save');
select test.keep('solo', test.fly(test.the('plain'))),
    test.keep('batch', (traveler.create_batch(jsonb_build_object('part_id', test.the('plain'), 'runs', '[{}, {"title": "Other"}]'::jsonb)) ->> 'id')::uuid);
select test.enter('technician');
select test.refuses($$ select test.fly(test.the('part')) $$, 'TV403 T3 permission_missing', 'it takes the permission to create runs');
select test.enter('stranger');
select test.refuses($$ select test.fly(test.the('part')) $$, 'TV404 T1 part_unknown', 'and a part of one''s own org');
commit;

-- By hand: no step comes but by a redline, from the start -----------------------------------------------------------------------

reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
insert into traveler.run (org_id, number, title, part_id, quantity) values (test.org_id('acme'), 90, 'By hand', test.the('plain'), 1);
select test.keep('by hand', r.id) from traveler.run r where r.number = 90;
select test.refuses(statement, refusal, format('not the owner either: %s', test.brief(statement))) from (values
    ($$ insert into traveler.run_step (org_id, run_id, position, title) values (test.org_id('acme'), test.the('by hand'), 1, 'X') $$, 'TV409 P2 run_is_a_copy'),
    ($$ insert into traveler.run_step (org_id, run_id, position, title, state) values (test.org_id('acme'), test.the('by hand'), 1, 'X', 'redline') $$, 'TV409 S1 step_starts_todo'),
    ($$ insert into traveler.run (org_id, number, title, procedure_id, part_id, quantity) values (test.org_id('acme'), 91, 'X', test.the('v1'), test.the('plain'), 1) $$, 'TV409 P2 part_not_built'),
    ($$ update traveler.run set procedure_id = test.the('v1') where id = test.the('run') $$, 'TV409 P2 run_identity'),
    ($$ update traveler.run set part_id = test.the('plain') where id = test.the('run') $$, 'TV409 P2 run_identity'),
    ($$ insert into traveler.procedure (org_id, family_id, version_number, title, part_id, saved_run_id)
        values (test.org_id('acme'), traveler.new_id(), 1, 'X', test.the('plain'), test.the('run')) $$, 'TV409 D7 part_not_built'),
    ($$ update traveler.procedure set saved_run_id = test.the('run') where id = test.the('v1') $$, 'TV409 P1 procedure_not_draft')) r (statement, refusal);
rollback;
reset role;

-- Flown: its steps come by redlines -------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('engineer');
select test.keep('A', test.add(test.the('run'), 'A', jsonb_build_object('instructions', 'Measure.', 'location_id', test.the('bench'), 'lead_time_seconds', 600,
    'add_fields', '[{"name": "N", "type": "number", "unit": "mm", "target": "5.0", "tolerance_minus": "0.1", "tolerance_plus": "0.20"}, {"name": "Gone", "type": "text"},
        {"name": "Pick", "type": "select", "options": ["x", "y"], "allow_not_applicable": true}, {"name": "Ok", "type": "signoff", "signoff_role": "quality", "peer": true, "meaning": "Checked"}]'::jsonb)));
select is(test.status(test.the('run')), 'redline 1', 'an added step is in redline, and so the run');
select test.refuses($$ select test.save(test.the('run')) $$, 'TV409 D7 step_in_redline', 'what is open yet is not saved');
select test.refuses($$ select test.start(test.the('A')) $$, 'TV409 D3 redline_open', 'nor run');
select test.act('cancel_redline', test.the('A'));
select is(test.status(test.the('run')), 'todo 0', 'canceled, it counts no more (D6)');
select test.refuses($$ select test.save(test.the('run')) $$, 'TV409 D7 run_without_steps', 'and is no step to save');
select test.keep('A1', test.add(test.the('run'), 'A', jsonb_build_object('instructions', 'Measure.', 'location_id', test.the('bench'), 'lead_time_seconds', 600,
    'add_fields', '[{"name": "N", "type": "number", "unit": "mm", "target": "5.0", "tolerance_minus": "0.1", "tolerance_plus": "0.20"}, {"name": "Gone", "type": "text"},
        {"name": "Pick", "type": "select", "options": ["x", "y"], "allow_not_applicable": true}, {"name": "Ok", "type": "signoff", "signoff_role": "quality", "peer": true, "meaning": "Checked"}]'::jsonb)));
select test.keep('B', test.add(test.the('run'), 'B', jsonb_build_object('upstream_ids', jsonb_build_array(test.the('A1')), 'add_fields', jsonb_build_array(
    jsonb_build_object('name', 'Less', 'type', 'number', 'unit', 'mm', 'compare', jsonb_build_object('op', '<', 'field_id', (select f.id from traveler.run_step_field f where f.run_step_id = test.the('A1') and f.name = 'N')))))));
select test.keep('C', test.add(test.the('run'), 'C', jsonb_build_object('upstream_ids', jsonb_build_array(test.the('B')), 'required', false)));
select test.keep('In', test.add(test.the('run'), 'In', jsonb_build_object('parent_id', test.the('C'))));
select test.keep('Deep', test.add(test.the('run'), 'Deep', jsonb_build_object('parent_id', test.the('In'))));
select test.keep('Last', test.add(test.the('run'), 'Last', jsonb_build_object('parent_id', test.the('C'), 'upstream_ids', jsonb_build_array(test.the('In')))));
select test.act('release_redline', test.the('A1'), test.the('B'), test.the('C'), test.the('In'), test.the('Deep'), test.the('Last'));
select test.act('redline', test.the('A1'));
select traveler.edit_redline(test.the('A1'), null, jsonb_build_object('withdraw_fields', jsonb_build_array((select f.id from traveler.run_step_field f where f.run_step_id = test.the('A1') and f.name = 'Gone'))));
select test.act('release_redline', test.the('A1'));
select is(test.status(test.the('run')), 'todo 6', 'released, they are to be done');
select test.refuses($$ select test.start(test.the('B')) $$, 'TV409 A1 step_not_available', 'in their order');
select is(test.unmerged(test.the('run')), 7::bigint, 'its redlines are in no procedure (C2)');
select is((select string_agg(distinct m.what || ' ' || m.clear, ' ') from traveler.completion_remark m where m.run_id = test.the('run') and m.run_step_id = test.the('B')),
    'Redline 3 on "B" is in no procedure. Save the run as a procedure.', 'which is what is said of them');
select test.refuses(format($$ select traveler.merge_redline(%L, '{}') $$, d.id), 'TV409 D7 run_without_procedure', 'there is none to merge one into') from traveler.redline d where d.run_step_id = test.the('B');
select test.refuses(format($$ select traveler.redline_merge_preview(%L, '{}') $$, d.id), 'TV409 D7 run_without_procedure', 'nor to look at it with') from traveler.redline d where d.run_step_id = test.the('B');
commit;

-- Saved -----------------------------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses($$ select test.save(test.the('run')) $$, 'TV403 T3 permission_missing', 'a draft is for those to write who write procedures');
select test.enter('stranger');
select test.refuses($$ select test.save(test.the('run')) $$, 'TV404 T1 run_unknown', 'of runs of their org');
select test.enter('engineer');
select test.refuses($$ select test.save(test.the('run'), '{"title": ""}') $$, '23514 procedure_title_length', 'with a title that is one');
select test.keep('saved', test.save(test.the('run'), '{"title": "Build as flown"}'));
select results_eq($$ select p.title, p.state, p.version_number, p.part_id, p.saved_run_id from traveler.procedure p where p.id = test.the('saved') $$,
    $$ values ('Build as flown', 'draft', 1, test.the('part'), test.the('run')) $$, 'it is the first draft of a procedure of the part, which says where it is from');
select is(traveler.procedure_json(test.the('saved')) ->> 'saved_run_id', test.the('run')::text, 'to whoever reads it');
select is(test.unmerged(test.the('run')), 0::bigint, 'its redlines are in a procedure now');
select is((select count(*) from traveler.redline d where d.run_id = test.the('run') and traveler.redline_json(d.id) ->> 'merged_into_id' = test.the('saved')::text), 7::bigint, 'and say in which');
select is((traveler.run_json(test.the('run')) -> 'procedure')::text, 'null', 'the run itself stays without one');
select traveler.move_procedure(test.the('saved'), null, 'released');
select test.keep('again', test.run(test.the('saved'), '{"serial_numbers": ["U3"]}'));
reset session authorization;
select is(test.plain_run(test.the('again')), test.plain_run(test.the('run')), 'a run of it has the same steps, fields, places and times');
select is(test.run_graph(test.the('again')), test.run_graph(test.the('run')), 'and the same dependencies');
select is(test.run_graph(test.the('run')), 'A>B B>C In>Last', 'which are these');
set session authorization traveler_service;
select is((select p.compare_op || ' ' || c.name from traveler.procedure_field p join traveler.procedure_field c on c.id = p.compare_field_id where p.procedure_id = test.the('saved')), '< N',
    'a number is held against the saved one');
-- What changes later is unmerged anew, until the run is saved once more.
select test.act('redline', test.the('B'));
select traveler.edit_redline(test.the('B'), null, '{"remove": true}');
select test.act('redline', test.the('Last'));
select traveler.edit_redline(test.the('Last'), null, jsonb_build_object('add_fields', jsonb_build_array(
    jsonb_build_object('name', 'More', 'type', 'number', 'unit', 'mm', 'compare', jsonb_build_object('op', '>', 'field_id', test.field(test.the('run'), 'Less'))))));
select test.act('release_redline', test.the('Last'));
select test.act('release_redline', test.the('B'));
select is(test.unmerged(test.the('run')), 2::bigint, 'a later redline is in no procedure yet');
select test.keep('saved 2', test.save(test.the('run')));
select is(test.unmerged(test.the('run')), 0::bigint, 'until the run is saved again');
select is((select p.title || ' ' || (p.family_id <> (select x.family_id from traveler.procedure x where x.id = test.the('saved'))) from traveler.procedure p where p.id = test.the('saved 2')), 'The P true',
    'as a procedure of its own, named as the run is unless one says');
select is((select string_agg(u.title || '>' || d.title, ' ' order by u.title) from traveler.procedure_step_edge e join traveler.procedure_step u on u.id = e.upstream_id
    join traveler.procedure_step d on d.id = e.downstream_id where e.procedure_id = test.the('saved 2')), 'A>C In>Last', 'without the step that was removed: who waited for it waits for what it waited for');
select is((select count(*) || ' ' || count(p.compare_op) from traveler.procedure_field p where p.procedure_id = test.the('saved 2') and p.name = 'More'), '1 0', 'and without a comparison with what went with it');
-- Nothing is said to be merged that was not.
reset session authorization;
set role traveler_owner;
select test.act('redline', test.the('C')), traveler.edit_redline(test.the('C'), null, '{"title": "C2"}');
select test.act('release_redline', test.the('C'));
select test.refuses(format($$ insert into traveler.redline_merge (org_id, run_id, redline_id, procedure_id, merged_by) select d.org_id, d.run_id, d.id, %L, 'x'
    from traveler.redline d where d.run_step_id = test.the('C') order by d.number desc limit 1 $$, test.the('v1')), 'TV409 D4 other_procedure', 'by hand, its redlines are merged into no other procedure');
update traveler.procedure set title = 'Later' where id = test.the('saved 2');
select test.refuses($$ update traveler.procedure set saved_run_id = null where id = test.the('saved 2') $$, 'TV409 P1 procedure_identity', 'nor is it forgotten where a procedure is from');
reset role;
rollback;

begin;
select test.enter('engineer');
select test.keep('saved', test.save(test.the('run')));
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter('engineer');
select test.act('redline', test.the('C')), traveler.edit_redline(test.the('C'), null, '{"title": "C2"}');
select test.act('release_redline', test.the('C'));
select test.refuses(format($$ insert into traveler.redline_merge (org_id, run_id, redline_id, procedure_id, merged_by) select d.org_id, d.run_id, d.id, %L, 'x'
    from traveler.redline d where d.run_step_id = test.the('C') order by d.number desc limit 1 $$, test.the('saved')), 'TV409 D4 other_procedure', 'nor, later, into what the run was saved as before');
select test.keep('another', test.run(test.the('v1'), '{"serial_numbers": ["U9"]}'));
select test.refuses(format($$ insert into traveler.redline_merge (org_id, run_id, redline_id, procedure_id, merged_by) select d.org_id, d.run_id, d.id, %L, 'x'
    from traveler.redline d where d.run_step_id = test.the('C') order by d.number desc limit 1 $$, test.save(test.the('another'))), 'TV409 D4 other_procedure', 'nor into what another run is saved as now');
rollback;
reset role;

-- Done, and on record -----------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('S1', test.add(test.the('solo'), 'S1'));
select test.act('release_redline', test.the('S1'));
select test.keep('S2', test.add(test.the('solo'), 'S2'));
select test.act('release_redline', test.the('S2'));
select test.work(test.the('S1'));
select is(test.status(test.the('solo')), 'in_progress 2', 'while a step is to be done the run goes on');
select test.work(test.the('S2'));
select is(test.status(test.the('solo')), 'complete 2', 'the last sign-off completes it, as any run (C3)');
select is((select a.document::jsonb -> 'procedure' from traveler.as_built_record a where a.run_id = test.the('solo')), 'null', 'its record names no procedure (C5)');
select is((select jsonb_array_length(a.document::jsonb -> 'redlines') from traveler.as_built_record a where a.run_id = test.the('solo')), 2, 'and all redlines');
select is(traveler.run_as_of(test.the('solo'), clock_timestamp()) -> 'procedure', 'null', 'as does what it was at a moment');
select test.keep('of solo', test.save(test.the('solo')));
select is((select string_agg(s.title, ' ' order by s.position) from traveler.procedure_step s where s.procedure_id = test.the('of solo')), 'S1 S2', 'a completed run is saved as well');
-- What was made in error is canceled by a step.
select test.keep('X', test.add(test.the('named'), 'X'));
select test.act('release_redline', test.the('X')), traveler.act_on_run('cancel', test.the('named'), null, 'A mistake.');
select is(test.status(test.the('named')), 'canceled 1', 'a run of no step is canceled by one');
rollback;

-- Existing units, and batches -----------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('lot', test.receive(test.the('plain'), '3', jsonb_build_object('location_id', test.the('bench'))));
select test.refuses(format($$ select test.fly(test.the('part'), '{"part_inventory_ids": [%s]}') $$, to_json(test.the('lot'))), 'TV409 I3 part_not_built', 'it takes what is of its part');
select test.keep('rework', test.fly(test.the('plain'), jsonb_build_object('part_inventory_ids', jsonb_build_array(test.the('lot')), 'requirements', 'procedure')));
select is((select i.building_run_id from traveler.part_inventory i where i.id = test.the('lot')), test.the('rework'), 'and then has it');
select test.refuses(format($$ select traveler.create_batch('{"part_id": %s, "procedure_id": %s, "runs": [{}, {}]}') $$, to_json(test.the('plain')), to_json(test.the('v1'))), 'TV422 K1 procedure_missing',
    'the runs of a batch have a procedure or a part');
select test.keep('one', min(x.run_id::text)::uuid), test.keep('two', max(x.run_id::text)::uuid) from traveler.batch_run x where x.batch_id = test.the('batch');
select test.keep('first', test.add(test.the('one'), 'First', '{"add_fields": [{"name": "T", "type": "text"}]}'));
select test.act('release_redline', test.the('first'));
select is((select count(distinct s.sibling_id) || ' ' || count(*) from traveler.run_step s where s.run_id in (test.the('one'), test.the('two')) and s.state = 'todo'), '1 2',
    'a batch is flown as one: what is added to a run is added to all (K3)');
rollback;

-- A run of a procedure is saved too, as another ------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select test.keep('rich', test.released('Rich', test.the('part'), jsonb_build_array(
    jsonb_build_object('key', 'a', 'title', 'A', 'requirements', jsonb_build_array(jsonb_build_object('part_id', test.the('glue'), 'quantity_per_unit', '0.5', 'reference_designators', '["R1"]'::jsonb)),
        'approvals', '[{"role": "quality", "approvers": 2}]'::jsonb, 'fields', '[{"name": "N", "type": "number", "batch_scope": "shared"}]'::jsonb),
    jsonb_build_object('key', 'u', 'title', 'U'),
    jsonb_build_object('key', 'p', 'title', 'P', 'after', '["u"]'::jsonb, 'steps', '[{"key": "x", "title": "X", "after": ["a"]}, {"key": "y", "title": "Y", "after": ["x"]}]'::jsonb),
    '{"title": "Away", "outside_process": true, "after": ["x"]}'::jsonb)));
select test.keep('rich run', test.run(test.the('rich'), '{"serial_numbers": ["R1", "R2"]}'));
select test.enter('technician');
select test.refuses($$ select test.save(test.the('rich run')) $$, 'TV403 T3 permission_missing', 'by who writes procedures');
select test.enter('engineer');
select test.keep('copy', test.save(test.the('rich run'), '{"title": "Copy", "description": "As it was."}'));
select traveler.move_procedure(test.the('copy'), null, 'released');
select test.keep('copy run', test.run(test.the('copy'), '{"serial_numbers": ["R3"]}'));
reset session authorization;
select is(test.plain_run(test.the('copy run')), test.plain_run(test.the('rich run')), 'requirements, approvals and what a supplier does are saved as well');
select is(test.run_graph(test.the('copy run')), test.run_graph(test.the('rich run')), 'with the dependencies');
set session authorization traveler_service;
-- X goes: Y waits for A; what is outside of P waits for what P waited for, too.
select test.act('redline', test.step(test.the('rich run'), 'X')), traveler.edit_redline(test.step(test.the('rich run'), 'X'), null, '{"remove": true}');
select test.act('release_redline', test.step(test.the('rich run'), 'X'));
select test.keep('less', test.save(test.the('rich run')));
select is((select string_agg(u.title || '>' || d.title, ' ' order by u.title, d.title) from traveler.procedure_step_edge e join traveler.procedure_step u on u.id = e.upstream_id
    join traveler.procedure_step d on d.id = e.downstream_id where e.procedure_id = test.the('less')), 'A>Away A>Y U>Away U>P', 'what is withdrawn hands on what it waited for (A2)');
select is(test.unmerged(test.the('rich run')), 1::bigint, 'its redlines are merged into its own procedure, or not at all');
rollback;

-- What a procedure's step can't hold is said, not lost in silence (B2) -----------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('holed', (traveler.create_run(jsonb_build_object('part_id', test.part('HOLED'), 'title', 'Holed')) ->> 'id')::uuid);
commit;
begin;
select test.enter('admin');
select test.keep('nut', test.part('NUT9')), test.keep('cap', test.part('CAP9')), test.keep('lid', test.part('LID9'));
select test.keep('hole', (traveler.add_step(test.the('holed'), jsonb_build_object('title', 'Hole', 'reason', 'x', 'add_requirements', jsonb_build_array(
    jsonb_build_object('part_id', test.the('nut'), 'quantity_per_unit', '2', 'substitute_part_ids', jsonb_build_array(test.the('cap'), test.the('lid'))),
    jsonb_build_object('part_id', test.the('lid'), 'quantity_per_unit', '1')))) ->> 'id')::uuid);
select traveler.act_on_steps('release_redline', array[test.the('hole')]);
select traveler.save_run_as_procedure(test.the('holed'), '{}') as saved \gset
select is((select jsonb_agg(jsonb_build_array(x -> 'kind', x -> 'title', x -> 'part_number', x -> 'run_step_id', jsonb_array_length(x -> 'substitute_part_ids'))) from jsonb_array_elements(:'saved'::jsonb -> 'left_out') x),
    jsonb_build_array(jsonb_build_array('substitutes', 'Hole', 'NUT9', test.the('hole'), 2)), 'D7: who saves is told which substitutes the run had');
select is(:'saved'::jsonb #>> '{left_out,0,procedure_step_id}', :'saved'::jsonb #>> '{steps,0,id}', 'and of which step of the procedure');
select is(traveler.save_run_as_procedure(test.run((traveler.move_procedure((:'saved'::jsonb ->> 'id')::uuid, null, 'released') ->> 'id')::uuid), '{}') -> 'left_out', '[]', 'a run that has none leaves nothing out');
rollback;
reset session authorization;
reset session authorization;
select test.whole();
select * from finish();

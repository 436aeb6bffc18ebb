-- Standard steps: P2 (pulled at their latest release when the run's step starts), with P1, K2, K3, T4, D4, D7.
\ir support/world.psql
select plan(58);

create function test.act(p_act text, variadic p_steps uuid[]) returns jsonb language sql as $$ select traveler.act_on_steps(p_act, p_steps, null, 'x') $$;
create function test.standard(p_title text, p_step jsonb) returns uuid language sql as $$
    select (traveler.create_procedure(jsonb_build_object('title', p_title, 'standard', true, 'steps', jsonb_build_array('{"title": "It"}'::jsonb || p_step))) ->> 'id')::uuid
$$;
create function test.release(p_procedure uuid) returns text language sql as $$ select traveler.move_procedure(p_procedure, null, 'released') ->> 'state' $$;
-- The next version of a standard step, released: its instructions, and fields.
create function test.next(p_standard uuid, p_instructions text, p_fields jsonb default '[]') returns uuid language plpgsql as $$
declare
    v_id uuid;
begin
    v_id := (traveler.new_procedure_version((select p.id from traveler.procedure p where p.family_id = p_standard order by p.version_number desc limit 1)) ->> 'id')::uuid;
    perform traveler.replace_procedure(v_id, null, jsonb_build_object('title', 'Torque', 'steps', jsonb_build_array(
        jsonb_build_object('title', 'It', 'instructions', p_instructions, 'fields', p_fields))));
    perform test.release(v_id);
    return v_id;
end
$$;
-- What a run's step asks for: its instructions, and its fields in their order.
create function test.asks(p_step uuid) returns text language sql stable as $$
    select s.instructions || coalesce(': ' || (select string_agg(f.name || coalesce(' ' || f.compare_op || ' ' || c.name, ''), ', ' order by f.position)
        from traveler.run_step_field f left join traveler.run_step_field c on c.id = f.compare_field_id where f.run_step_id = s.id and f.withdrawn_at is null), '')
    from traveler.run_step s where s.id = p_step
$$;
create function test.version_of(p_step uuid) returns integer language sql stable as $$
    select p.version_number from traveler.run_step s join traveler.procedure p on p.id = s.standard_version_id where s.id = p_step
$$;
grant execute on all functions in schema test to public;

-- Written, and released on their own --------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('engineer');
select test.keep('part', test.part('P')), test.keep('screw', test.part('S')), test.keep('bench', test.location('Bench'));
select test.refuses(format($$ select test.release(test.standard('X', %L)) $$, step), 'TV409 P2 standard_step_not_one', format('a standard step is instructions and fields: %s', what)) from (values
    ('{"steps": [{"title": "In"}]}'::jsonb, 'nothing nested'), (jsonb_build_object('location_id', test.the('bench')), 'no place'), ('{"lead_time_seconds": 5}', 'no time'), ('{"required": false}', 'not optional'),
    ('{"outside_process": true}', 'no supplier'), ('{"approvals": [{"role": "quality"}]}', 'no approvals')) s (step, what);
select test.refuses(format($$ select test.release(test.standard('X', %L)) $$, jsonb_build_object('requirements', jsonb_build_array(jsonb_build_object('part_id', p.id, 'quantity_per_unit', '1')))),
    'TV409 P2 standard_step_not_one', 'a standard step is instructions and fields: no requirements') from traveler.part p where p.part_number = 'P';
select test.refuses($$ select traveler.create_procedure(jsonb_build_object('title', 'X', 'standard', true, 'part_id', p.id, 'steps', '[]'::jsonb)) from traveler.part p where p.part_number = 'P' $$,
    '23514 procedure_standard_builds_nothing', 'and builds nothing');
select test.keep('torque', test.standard('Torque', '{"instructions": "Tighten.", "fields": [{"name": "Nm", "type": "number", "unit": "N.m"}, {"name": "Least", "type": "number", "unit": "N.m", "required": false, "compare": {"op": "<=", "field": "Nm"}}]}'));
select test.keep('other', test.standard('Other', '{"instructions": "Other."}'));
select is((select (j ->> 'standard') || ' ' || (j #>> '{steps,0,standard_id}') is null from traveler.procedure_json(test.the('torque')) j), true, 'it says what it is');
select test.refuses(format($$ select test.draft('X', test.the('part'), %L) $$, jsonb_build_array(jsonb_build_object('title', 'A') || step)), refusal, what) from (values
    (jsonb_build_object('standard_id', test.the('part')), 'TV422 P2 standard_step_unknown', 'a step refers to a standard step that there is'),
    (jsonb_build_object('standard_id', test.the('torque'), 'instructions', 'Mine.'), '23514 procedure_step_standard_content', 'and has no instructions of its own then'),
    (jsonb_build_object('standard_id', test.the('torque'), 'fields', '[{"name": "N", "type": "number"}]'::jsonb), 'TV409 P2 standard_step_content', 'nor fields')) s (step, refusal, what);
select test.refuses($$ select test.standard('X', jsonb_build_object('standard_id', test.the('torque'))) $$, 'TV422 P2 standard_step_nested', 'a standard step refers to none');
select test.keep('build', test.draft('Build', test.the('part'), jsonb_build_array(
    jsonb_build_object('key', 'a', 'title', 'Fasten', 'standard_id', test.the('torque'), 'location_id', test.the('bench'), 'lead_time_seconds', 60, 'approvals', '[{"role": "quality"}]'::jsonb,
        'requirements', jsonb_build_array(jsonb_build_object('part_id', test.the('screw'), 'quantity_per_unit', '2'))),
    '{"key": "b", "title": "Plain", "instructions": "Mine.", "after": ["a"]}'::jsonb, jsonb_build_object('title', 'Again', 'standard_id', test.the('torque'), 'required', false))));
select is((select traveler.procedure_json(test.the('build')) #>> '{steps,0,standard_id}'), test.the('torque')::text, 'a draft refers to one that is not released yet');
select test.refuses($$ select test.release(test.the('build')) $$, 'TV409 P2 standard_step_not_released', 'but is released only once that is');
select is(test.release(test.the('torque')), 'released', 'which it is on its own');
select is(test.release(test.the('build')), 'released', 'and then what refers to it');
select test.refuses($$ select test.run(test.the('torque')) $$, 'TV409 P2 procedure_builds_nothing', 'a standard step is not run by itself');
select test.keep('v2 of build', (traveler.new_procedure_version(test.the('build')) ->> 'id')::uuid);
select is((select count(*) from traveler.procedure_step s where s.procedure_id = test.the('v2 of build') and s.standard_id = test.the('torque')), 2::bigint, 'the next version of a procedure refers as it did');
commit;

-- Copied, and pulled at the start -------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('run', test.run(test.the('build'))), test.keep('run 2', test.run(test.the('build')));
select test.keep('fasten', test.step(test.the('run'), 'Fasten')), test.keep('again', test.step(test.the('run'), 'Again')), test.keep('plain', test.step(test.the('run'), 'Plain'));
select is(test.asks(test.the('fasten')), 'Tighten.: Nm, Least <= Nm', 'a run has the instructions and fields of the latest release');
select is(test.version_of(test.the('fasten')), 1, 'and says of which');
select is((traveler.step_json(test.the('fasten')) ->> 'standard_version_id')::uuid, test.the('torque'), 'to whoever reads the step');
select results_eq($$ select s.title, s.lead_time_seconds, (select count(*) from traveler.build_requirement q where q.run_step_id = s.id), (select count(*) from traveler.run_step_approval_requirement a where a.run_step_id = s.id)
    from traveler.run_step s where s.id = test.the('fasten') $$, $$ values ('Fasten', 60, 1::bigint, 1::bigint) $$, 'the rest is of the step that refers to it');
select is(test.asks(test.the('plain')) || coalesce(test.version_of(test.the('plain'))::text, ''), 'Mine.', 'a step of its own has none of it');
select test.keep('torque 2', test.next(test.the('torque'), 'Tighten twice.', '[{"name": "First", "type": "number"}, {"name": "Second", "type": "number", "compare": {"op": ">=", "field": "First"}}]'));
select is(test.asks(test.the('fasten')), 'Tighten.: Nm, Least <= Nm', 'a later release changes no step by itself');
commit;

begin;
select test.enter('technician');
select test.start(test.the('fasten'));
select is(test.asks(test.the('fasten')), 'Tighten twice.: First, Second >= First', 'it is pulled when the step starts, whoever starts it');
select is(test.version_of(test.the('fasten')), 2, 'which the step says');
select is((select count(*) from traveler.run_step_field f where f.run_step_id = test.the('fasten') and f.withdrawn_at is not null), 2::bigint, 'what was asked before is withdrawn, not deleted (T4)');
select is(test.asks(test.the('again')), 'Tighten.: Nm, Least <= Nm', 'what has not started waits for its own start');
select test.value((select f.id from traveler.run_step_field f where f.run_step_id = test.the('fasten') and f.name = 'First'), '"4"');
select test.enter('admin');
select is((select string_agg(h -> 'after' ->> 'standard_version_id', ' ') from jsonb_array_elements(traveler.history_json(test.the('run'), null, 1000)) h
    where h ->> 'table' = 'run_step' and h ->> 'row_id' = test.the('fasten')::text and h -> 'after' ->> 'state' = 'in_progress'), test.the('torque 2')::text, 'the history shows it in the entry of the start (Y1)');
select test.keep('torque 3', test.next(test.the('torque'), 'Tighten thrice.', '[{"name": "Third", "type": "number"}]'));
select test.act('fail', test.the('fasten'));
select test.act('retry', test.the('fasten'));
select test.start(test.the('fasten'));
select is(test.version_of(test.the('fasten')), 2, 'started with something entered, it keeps what it has');
select test.start(test.the('again'));
select is(test.asks(test.the('again')), 'Tighten thrice.: Third', 'another pulls the newest');
select test.act('reset', test.the('again'));
select test.keep('torque 4', test.next(test.the('torque'), 'Loosen.'));
select test.start(test.the('again'));
select is(test.asks(test.the('again')), 'Loosen.', 'a wrong start, with nothing entered, starts anew with what is newest');
rollback;

-- By hand ---------------------------------------------------------------------------------------------------------------------------

reset session authorization;
set role traveler_owner;
begin;
select test.enter('admin');
update traveler.run_step s set state = 'in_progress' where s.id = test.the('fasten');
select is(test.asks(test.the('fasten')) || ' ' || test.version_of(test.the('fasten')), 'Tighten twice.: First, Second >= First 2', 'whoever starts it by hand pulls it as well');
select test.refuses(statement, refusal, format('not the owner either: %s', test.brief(statement))) from (values
    ($$ update traveler.run_step set standard_version_id = test.the('torque 2') where id = test.the('again') $$, 'TV409 P2 derived'),
    ($$ update traveler.run_step set standard_version_id = null where id = test.the('again') $$, 'TV409 P2 derived'),
    ($$ update traveler.run_step_field set withdrawn_at = now() where run_step_id = test.the('fasten') and name = 'First' $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.procedure set standard = false where id = test.the('torque 2') $$, 'TV409 P1 procedure_not_draft'),
    ($$ update traveler.procedure set standard = true where id = test.the('v2 of build') $$, 'TV409 P1 procedure_identity'),
    ($$ update traveler.procedure_step set standard_id = test.the('other') where procedure_id = test.the('other') $$, 'TV422 P2 standard_step_nested'),
    ($$ update traveler.procedure_step set standard_id = test.the('torque 2') where procedure_id = test.the('v2 of build') and title = 'Plain' $$, 'TV422 P2 standard_step_unknown'),
    ($$ insert into traveler.procedure_field (org_id, procedure_id, procedure_step_id, position, name, type) select s.org_id, s.procedure_id, s.id, 1, 'X', 'text'
        from traveler.procedure_step s where s.procedure_id = test.the('v2 of build') and s.title = 'Fasten' $$, 'TV409 P2 standard_step_content'),
    ($$ update traveler.procedure_step set instructions = 'Mine.' where procedure_id = test.the('v2 of build') and title = 'Fasten' $$, '23514 procedure_step_standard_content')) r (statement, refusal);
insert into traveler.procedure_field (org_id, procedure_id, procedure_step_id, position, name, type) select s.org_id, s.procedure_id, s.id, 1, 'X', 'text'
from traveler.procedure_step s where s.procedure_id = test.the('v2 of build') and s.title = 'Plain';
select test.refuses($$ update traveler.procedure_step set standard_id = test.the('torque'), instructions = '' where procedure_id = test.the('v2 of build') and title = 'Plain' $$, 'TV409 P2 standard_step_content',
    'a step that has fields does not come to refer to a standard step');
select test.refuses($$ update traveler.procedure_field f set procedure_step_id = s.id from traveler.procedure_step s where f.procedure_id = test.the('v2 of build') and f.name = 'X'
    and s.procedure_id = f.procedure_id and s.title = 'Fasten' $$, 'TV409 P2 standard_step_content', 'nor is a field moved to one that does');
insert into traveler.run (org_id, number, title, procedure_id, part_id, quantity) values (test.org_id('acme'), 99, 'By hand', test.the('build'), test.the('part'), 1);
select test.refuses(format($$ insert into traveler.run_step (org_id, run_id, origin_step_id, position, title, standard_version_id) select r.org_id, r.id, s.id, 1, 'X', %L
    from traveler.run r, traveler.procedure_step s where r.number = 99 and s.procedure_id = test.the('build') and s.title = 'Fasten' $$, test.the('torque')), 'TV409 P2 standard_step_not_released',
    'a copy made by hand is one of what is released');
rollback;
reset role;

-- Redlined: pulled no more ------------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('engineer');
select test.act('redline', test.the('fasten')), test.act('redline', test.the('again'));
select traveler.edit_redline(test.the('fasten'), null, '{"instructions": "As agreed."}');
select test.act('release_redline', test.the('fasten')), test.act('cancel_redline', test.the('again'));
select test.start(test.the('fasten'), test.the('again'));
select is(test.asks(test.the('fasten')), 'As agreed.: Nm, Least <= Nm', 'what a redline changed in this run is pulled no more');
select is(test.version_of(test.the('again')), 2, 'a canceled redline changed nothing');
select test.refuses(format($$ select traveler.merge_redline(%L, '{"take": {"instructions": "run"}}') $$, d.id), '23514 procedure_step_standard_content', 'nor does it merge into a step that has no instructions of its own')
from traveler.redline d where d.run_step_id = test.the('fasten');
select test.keep('saved', (traveler.save_run_as_procedure(test.the('run'), '{}') ->> 'id')::uuid);
select results_eq($$ select s.title, s.instructions, s.standard_id, (select count(*) from traveler.procedure_field f where f.procedure_step_id = s.id) from traveler.procedure_step s where s.procedure_id = test.the('saved') order by s.position $$,
    $$ values ('Fasten', 'As agreed.', null::uuid, 2::bigint), ('Plain', 'Mine.', null, 0), ('Again', '', test.the('torque'), 0) $$, 'saved, it refers to the standard step where it has what that says (D7)');
-- Another step's field that is held against one of them.
select test.keep('held', test.step(test.the('run 2'), 'Again'));
select test.act('redline', test.step(test.the('run 2'), 'Plain'));
select traveler.edit_redline(test.step(test.the('run 2'), 'Plain'), null, jsonb_build_object('add_fields', jsonb_build_array(jsonb_build_object('name', 'More', 'type', 'number', 'unit', 'N.m',
    'compare', jsonb_build_object('op', '>', 'field_id', (select f.id from traveler.run_step_field f where f.run_step_id = test.the('held') and f.name = 'Nm'))))));
select test.act('release_redline', test.step(test.the('run 2'), 'Plain'));
select test.start(test.the('held'));
select is(test.version_of(test.the('held')), 1, 'nor is a step pulled whose field another one''s is held against');
rollback;

-- No release, and batches --------------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('batch', (traveler.create_batch(jsonb_build_object('run_ids', jsonb_build_array(test.the('run'), test.the('run 2')))) ->> 'id')::uuid);
select is((select s.sibling_id is not null from traveler.run_step s where s.id = test.the('again')), true, 'copies of one version are siblings (K2)');
select test.start(test.the('again'));
select is((select string_agg(test.asks(s.id), ' | ') from traveler.run_step s where s.run_id in (test.the('run'), test.the('run 2')) and s.title = 'Again'),
    'Tighten twice.: First, Second >= First | Tighten twice.: First, Second >= First', 'and pull the same when they start (K3)');
select test.act('reset', test.the('again'));
select test.next(test.the('torque'), 'Tighten thrice.');
select test.start(test.the('again'));
select is((select string_agg(test.version_of(s.id)::text, ' ') from traveler.run_step s where s.run_id in (test.the('run'), test.the('run 2')) and s.title = 'Again'), '2 2', 'once: they keep alike what they started with');
select test.keep('newer', test.run(test.the('build'))), test.keep('newest', test.run(test.the('build')));
select test.keep('batch 2', (traveler.create_batch(jsonb_build_object('run_ids', jsonb_build_array(test.the('newer'), test.the('newest')))) ->> 'id')::uuid);
select traveler.leave_batch(test.the('run'), '{"reason": "x"}');
select traveler.join_batch(test.the('batch 2'), null, jsonb_build_object('run_ids', jsonb_build_array(test.the('run'))));
select is((select count(distinct coalesce(s.sibling_id, s.id)) from traveler.run_step s where s.run_id in (test.the('run'), test.the('newer'), test.the('newest')) and s.title = 'Fasten'), 2::bigint,
    'copies of different versions are no siblings');
select traveler.move_procedure(p.id, null, 'archived') from traveler.procedure p where p.family_id = test.the('torque') and p.state = 'released';
select test.refuses($$ select test.run(test.the('build')) $$, 'TV409 P2 standard_step_not_released', 'without a release there is no run');
select test.start(test.step(test.the('newer'), 'Fasten'));
select is(test.version_of(test.step(test.the('newest'), 'Fasten')), 3, 'and what is there stays as it is');
rollback;

reset session authorization;
select test.whole();
select * from finish();

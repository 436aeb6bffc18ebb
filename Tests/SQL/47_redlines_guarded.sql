-- What the guards of redlines refuse where an act, or another guard, mostly refuses first: S2, S5, S12, P2, P6, A1, D1, T3.
\ir support/world.psql
select plan(25);

create function test.act(p_act text, p_step uuid, p_reason text default 'x') returns jsonb
language sql as $$ select traveler.act_on_steps(p_act, array[p_step], null, p_reason) $$;
create function test.edit(p_step uuid, p_request jsonb) returns jsonb language sql as $$ select traveler.edit_redline(p_step, null, p_request) $$;
create function test.waits_for(p_step uuid, variadic p_upstream uuid[] default '{}') returns jsonb
language sql as $$ select test.edit(p_step, jsonb_build_object('upstream_ids', to_jsonb(p_upstream))) $$;
create function test.state(p_step uuid) returns text language sql stable as $$ select s.state from traveler.run_step s where s.id = p_step $$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('procedure', test.released('Build', test.part('P', 'serial'), '[{"key": "a", "title": "A"}, {"key": "b", "title": "B", "after": ["a"]},
    {"key": "p", "title": "P", "steps": [{"title": "P1"}, {"title": "P2", "required": false}]}, 
    {"title": "Q", "fields": [{"name": "N", "type": "number", "maximum": "5", "required": false}, {"name": "S", "type": "signoff", "required": false}]}]'));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["U1"]}'));
select test.keep(s.title, s.id) from traveler.run_step s where s.run_id = test.the('run');
commit;

-- A dependency that the procedure has is judged as any other once it was given up.
begin;
select test.enter('admin');
select test.act('redline', test.the('A')), test.act('redline', test.the('B'));
select test.waits_for(test.the('B'));
select test.waits_for(test.the('A'), test.the('B'));
select test.refuses($$ select test.waits_for(test.the('B'), test.the('A')) $$, 'TV409 P6 dependency_cycle', 'a ring is one with the procedure''s own dependency too');
rollback;

-- Back to failed, and to completed around what is nested.
begin;
select test.enter('admin');
select test.work(test.the('A')), test.start(test.the('B'));
select test.act('fail', test.the('B')), test.act('redline', test.the('B'));
select test.waits_for(test.the('B'));
select test.act('reopen', test.the('A'));
select test.refuses($$ select test.act('cancel_redline', test.the('B')) $$, 'TV409 A1 step_not_available', 'no step has failed after one that is not completed');
select test.work(test.the('A'));
select test.act('cancel_redline', test.the('B'));
select is(test.state(test.the('B')), 'failed', 'and has once that is completed');
rollback;
begin;
select test.enter('admin');
select test.start(test.the('P'));
select test.work(test.the('P1'), test.the('P2')), test.complete(test.the('P'));
select test.refuses($$ select test.act('redline', test.the('P1')) $$, 'TV409 S12 ancestor_closed', 'what is nested in a completed step is not redlined');
select test.act('redline', test.the('P'));
select test.act('redline', test.the('P1'));
select test.refuses($$ select test.act('cancel_redline', test.the('P')) $$, 'TV409 S5 step_not_complete', 'no step is completed again around one in redline');
select test.act('release_redline', test.the('P1'));
select test.refuses($$ select test.act('cancel_redline', test.the('P')) $$, 'TV409 S5 step_not_complete', 'nor around one to do');
select test.act('cancel', test.the('P1'));
select test.act('cancel_redline', test.the('P'));
select is(test.state(test.the('P')), 'completed', 'and is around one that is canceled');
rollback;
begin;
select test.enter('admin');
select test.start(test.the('P'));
select test.work(test.the('P2'));
select test.act('cancel', test.the('P'));
select test.refuses($$ select test.act('redline', test.the('P2')) $$, 'TV409 S12 ancestor_closed', 'nor is what is nested in a canceled one');
rollback;

-- What was withdrawn is read nowhere as what is.
begin;
select test.enter('admin');
select test.act('redline', test.the('B'));
select test.edit(test.the('B'), '{"add_fields": [{"name": "M", "type": "text"}]}');
select test.waits_for(test.the('B'));
select test.edit(test.the('B'), jsonb_build_object('withdraw_fields', jsonb_build_array(test.field(test.the('run'), 'M'))));
select is(traveler.step_json(test.the('B')) -> 'upstream_ids', '[]'::jsonb, 'a step shows no dependency that it gave up');
select is((select jsonb_array_length(s -> 'upstream_ids') + (s ->> 'fields_total')::integer from jsonb_array_elements(traveler.run_json(test.the('run')) -> 'steps') s where s ->> 'title' = 'B'), 0,
    'nor does its run, or count a field that was withdrawn');
select test.act('release_redline', test.the('B'));
select test.act('redline', test.the('Q'));
select test.waits_for(test.the('Q'), test.the('B'));
select test.act('release_redline', test.the('Q'));
select test.act('cancel', test.the('B'));
select test.start(test.the('Q'));
select is(test.state(test.the('Q')), 'in_progress', 'what waited for a step that is canceled does not wait for what that one gave up');
select test.complete(test.the('Q')), test.act('cancel', test.the('P')), test.work(test.the('A'));
select is((select jsonb_array_length(s -> 'upstream_ids') from traveler.as_built_record r, jsonb_array_elements(r.document::jsonb -> 'steps') s
    where r.run_id = test.the('run') and s ->> 'title' = 'B'), 0, 'and the record of the run has it no more');
rollback;

begin;
select test.enter('admin');
select test.act('redline', test.the('Q'));
select test.waits_for(test.the('Q'), test.the('A'), test.the('B'));
select test.waits_for(test.the('Q'), test.the('B'));
select test.act('release_redline', test.the('Q'));
select test.act('cancel', test.the('B'));
select test.refuses($$ select test.start(test.the('Q')) $$, 'TV409 A1 step_not_available', 'what is given up as a dependency of its own is waited for behind a canceled one');
select test.act('redline', test.the('Q'));
select test.waits_for(test.the('Q'));
select test.act('release_redline', test.the('Q'));
select test.start(test.the('Q'));
select is(test.state(test.the('Q')), 'in_progress', 'unless that is given up as well');
select test.value(test.field(test.the('run'), 'N'), '"6"'), test.value(test.field(test.the('run'), 'S'), 'true'), test.value(test.field(test.the('run'), 'N'), '"7"');
select is((select string_agg(b.kind, ' ' order by b.kind) from traveler.run_step_completion_blocker b where b.run_step_id = test.the('Q')), 'field_out_of_range signature_stale', 'a step has a value out of range');
select test.act('redline', test.the('Q'));
select test.edit(test.the('Q'), '{"add_fields": [{"name": "M", "type": "text"}]}');
select test.edit(test.the('Q'), jsonb_build_object('withdraw_fields', jsonb_build_array(test.field(test.the('run'), 'M'), test.field(test.the('run'), 'N'), test.field(test.the('run'), 'S'))));
select is((select string_agg(b.kind, ' ') from traveler.run_step_completion_blocker b where b.run_step_id = test.the('Q')), null, 'and none of a field that is asked no more');
select test.act('release_redline', test.the('Q'));
select test.work(test.the('Q'));
select is(test.state(test.the('Q')), 'completed', 'so it is signed off without');
rollback;

-- In the transaction that makes the run, its copy is as fixed as later.
begin;
select test.enter('admin');
select test.keep('new run', test.run(test.the('procedure'), '{"serial_numbers": ["U2"]}'));
select test.refuses($$ select traveler.add_step(test.the('new run'), '{"title": "X", "reason": "x"}') $$, 'TV409 D1 step_exists', 'a step is added to a run that is there');
rollback;
reset session authorization;
set role traveler_owner;
begin;
select test.enter('admin');
select test.keep('new run', test.run(test.the('procedure'), '{"serial_numbers": ["U2"]}'));
select test.refuses($$ insert into traveler.run_step_edge (org_id, run_id, upstream_id, downstream_id)
    values (test.org_id('acme'), test.the('new run'), test.step(test.the('new run'), 'Q'), test.step(test.the('new run'), 'B')) $$, 'TV409 P2 run_is_a_copy', 'and its dependencies are the procedure''s');
rollback;

-- In someone's name, with their permissions.
begin;
select test.enter('admin');
select test.act('redline', test.the('B'));
select test.enter('technician');
select test.refuses($$ update traveler.redline set kind = 'remove' where run_step_id = test.the('B') $$, 'TV403 T3 permission_missing', 'to turn a redline into a removal asks for redline.create');
select test.refuses($$ insert into traveler.redline (org_id, run_id, run_step_id, reason, kind) values (test.org_id('acme'), test.the('run'), traveler.new_id(), 'x', 'add') $$,
    'TV403 T3 permission_missing', 'so does one that adds a step');
select test.refuses($$ update traveler.run_step_edge set withdrawn_at = now() where downstream_id = test.the('B') $$, 'TV403 T3 permission_missing', 'and giving up a dependency');
select test.enter('engineer');
update traveler.run_step_edge set withdrawn_at = '2020-01-01' where downstream_id = test.the('B');
select ok((select e.withdrawn_at > '2021-01-01' from traveler.run_step_edge e where e.downstream_id = test.the('B')), 'which is dated by the clock, not by the writer');
rollback;
begin;
select test.enter('admin');
select test.act('redline', test.the('Q')), test.act('release_redline', test.the('Q'));
select test.refuses($$ update traveler.run_step set state = 'redline' where id = test.the('Q') $$, 'TV409 D1 redline_missing', 'a redline that is closed opens no other');
rollback;
reset role;
select test.whole();
select * from finish();

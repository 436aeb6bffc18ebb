-- Redlines and what is around them: steps added and removed (S1, S12, D6), completed steps (S2), nested steps (S8, S12), a completed run
-- (C5), who writes by hand (P2, D1, D3), what can be done now (S16).
\ir support/world.psql
select plan(115);

create function test.act(p_act text, p_step uuid, p_reason text default null) returns jsonb
language sql as $$ select traveler.act_on_steps(p_act, array[p_step], null, p_reason) $$;
create function test.edit(p_step uuid, p_request jsonb) returns jsonb language sql as $$ select traveler.edit_redline(p_step, null, p_request) $$;
create function test.add(p_run uuid, p_title text, p_more jsonb default '{}') returns uuid language sql as $$
    select (traveler.add_step(p_run, jsonb_build_object('title', p_title, 'reason', 'forgotten') || p_more) ->> 'id')::uuid
$$;
create function test.state(p_step uuid) returns text language sql stable as $$ select s.state from traveler.run_step s where s.id = p_step $$;
create function test.states(p_run uuid) returns text language sql stable as $$
    select string_agg(s.title || ' ' || s.state, ', ' order by s.title) from traveler.run_step s where s.run_id = p_run and s.withdrawn_at is null
$$;
create function test.counted(p_run uuid) returns text language sql stable as $$ select r.status || ' ' || r.steps_total || ' ' || r.steps_canceled from traveler.run r where r.id = p_run $$;
create function test.open_redline(p_step uuid) returns uuid language sql stable as $$ select d.id from traveler.redline d where d.run_step_id = p_step and d.closed_at is null $$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial')), test.keep('screw', test.part('SCREW'));
select test.keep('procedure', test.released('Build', test.the('part'), jsonb_build_array(
    '{"key": "a", "title": "A"}'::jsonb,
    jsonb_build_object('key', 'b', 'title', 'B', 'after', '["a"]'::jsonb, 'fields', '[{"name": "N", "type": "number"}]'::jsonb, 'requirements', jsonb_build_array(test.line(test.the('screw'), '1'))),
    '{"key": "c", "title": "C", "after": ["b"]}'::jsonb,
    '{"key": "p", "title": "P", "steps": [{"title": "P1", "steps": [{"title": "P11", "steps": [{"title": "P111", "steps": [{"title": "P1111"}]}]}]}, {"title": "P2"}]}'::jsonb)));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["U1"]}'));
select test.keep(s.title, s.id) from traveler.run_step s where s.run_id = test.the('run');
commit;

-- A completed step (S2) -------------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.work(test.the('A'));
select test.enter('engineer');
select test.refuses($$ select test.act('redline', test.the('A'), 'x') $$, 'TV403 T3 permission_missing', 'a completed step is redlined with run_step.reopen');
select test.enter('quality');
select test.refuses($$ select test.act('redline', test.the('B'), 'x') $$, 'TV403 T3 permission_missing', 'which is for nothing else');
select test.enter('technician');
select test.start(test.the('B'));
select test.enter('quality');
select test.refuses($$ select test.act('redline', test.the('A'), 'x') $$, 'TV409 S2 downstream_started', 'and while nothing downstream has started');
select is(test.refusal_detail($$ select test.act('redline', test.the('A'), 'x') $$, 'blocking_step_id') #>> '{}', test.the('B')::text, 'which is named');
select test.enter('engineer');
select test.act('redline', test.the('B'), 'x');
select test.enter('quality');
select test.refuses($$ select test.act('redline', test.the('A'), 'x') $$, 'TV409 S2 downstream_started', 'a step in redline that was in progress has started');
select test.refuses($$ select test.act('reopen', test.the('A'), 'x') $$, 'TV409 S2 downstream_started', 'so its upstream is not reopened');
select test.act('release_redline', test.the('B'));
select test.act('redline', test.the('A'), 'a bolt too many');
select test.edit(test.the('A'), '{"title": "A again"}');
select is((select s.title || ' ' || s.state || ' ' || s.attempt from traveler.run_step s where s.id = test.the('A')), 'A again redline 1', 'who opened it edits it');
select test.act('release_redline', test.the('A'));
select is((select s.state || ' ' || s.attempt || ' ' || (s.completed_at is null) from traveler.run_step s where s.id = test.the('A')), 'todo 2 true', 'released, it is to be done again');
rollback;
-- Upstream gave way while the dependency was away.
begin;
select test.enter('admin');
select test.work(test.the('A'));
select test.start(test.the('B'));
select test.value(test.field(test.the('run'), 'N'), '"1"');
select test.complete(test.the('B'));
select test.act('redline', test.the('B'), 'x');
select test.edit(test.the('B'), '{"upstream_ids": []}');
select test.act('reopen', test.the('A'), 'x');
select test.refuses($$ select test.act('cancel_redline', test.the('B')) $$, 'TV409 A1 step_not_available', 'a step is not completed again while what it waits for is not');
select test.work(test.the('A'));
select lives_ok($$ select test.act('cancel_redline', test.the('B')) $$, 'and is once that is done');
select is(test.state(test.the('B')), 'completed', 'as it was');
rollback;

-- Nested steps (S8, S12) --------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.start(test.the('P')), test.start(test.the('P1')), test.start(test.the('P11'));
select test.work(test.the('P2'));
select test.act('redline', test.the('P'), 'fixture');
select is(test.states(test.the('run')), 'A todo, B todo, C todo, P redline, P1 hold, P11 hold, P111 todo, P1111 todo, P2 completed', 'what is in progress inside a redlined step goes on hold');
select is((select l.ended_at is not null from traveler.labor_session l where l.run_step_id = test.the('P11')), true, 'with everyone checked out');
select test.refuses($$ select test.act('release', test.the('P1')) $$, 'TV409 A1 step_not_available', 'and is released after it');
select test.act('cancel_redline', test.the('P'));
select test.act('release', test.the('P1'));
select test.act('redline', test.the('P11'), 'x');
select test.refuses($$ select test.act('cancel', test.the('P')) $$, 'TV409 S8 nested_step_failed', 'a step is not canceled while a nested one is in redline');
select test.refuses($$ select test.complete(test.the('P1')) $$, 'TV409 S5 step_not_complete', 'nor completed');
select traveler.act_on_steps('redline', array[test.the('P1'), test.the('P')], null, 'both');
select is(test.state(test.the('P1')) || ' ' || test.state(test.the('P')), 'redline redline', 'a step and a nested one in one act');
select traveler.act_on_steps('cancel_redline', array[test.the('P11'), test.the('P1'), test.the('P')]);
select is(test.states(test.the('run')), 'A todo, B todo, C todo, P in_progress, P1 hold, P11 hold, P111 todo, P1111 todo, P2 completed', 'and back');
rollback;
begin;
select test.enter('admin');
select test.act('cancel', test.the('P'), 'x');
select test.act('restore', test.the('P'));
select test.refuses($$ select test.act('redline', test.the('P1'), 'x') $$, 'TV409 S2 move_not_allowed', 'a canceled step is restored first');
rollback;

-- A step is added (S1, S12, P3, D6) -----------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses($$ select test.add(test.the('run'), 'X') $$, 'TV403 T3 permission_missing', 'steps are added with redline.create');
select test.enter('engineer');
select test.refuses($$ select traveler.add_step(test.the('run'), '{"title": "X", "reason": " "}') $$, '23514 redline_reason_length', 'and a reason');
select test.keep('X', test.add(test.the('run'), 'X', jsonb_build_object('upstream_ids', jsonb_build_array(test.the('A')), 'instructions', 'Do.',
    'add_fields', '[{"name": "Y", "type": "text"}]'::jsonb)));
select results_eq($$ select s.state, s.depth, s.position, s.required, d.kind, d.number, d.before, d.came_from, s.state_reason from traveler.run_step s join traveler.redline d on d.run_step_id = s.id where s.id = test.the('X') $$,
    $$ values ('redline', 1, 5::double precision, true, 'add', 1, null::jsonb, null, 'forgotten') $$, 'it starts in redline, last of its level, under a redline of its own');
select is(test.counted(test.the('run')), 'redline 10 0', 'and counts');
select test.refuses($$ select test.edit(test.the('X'), '{"remove": true}') $$, 'TV409 D6 redline_adds', 'what adds a step does not remove it');
select test.keep('Y', test.add(test.the('run'), 'Y', jsonb_build_object('parent_id', test.the('X'))));
select test.refuses($$ select test.add(test.the('run'), 'X', jsonb_build_object('parent_id', test.the('P1111'))) $$, '23514 run_step_five_levels', 'five levels at most');
select test.refuses($$ select test.add(test.the('run'), 'X', jsonb_build_object('parent_id', test.the('part'))) $$, 'TV404 T1 step_unknown', 'in a step that there is');
select test.edit(test.the('X'), '{"title": "X2"}');
select test.act('redline', test.the('C'), 'x');
select test.edit(test.the('C'), jsonb_build_object('upstream_ids', jsonb_build_array(test.the('X'))));
select test.act('release_redline', test.the('C')), test.act('release_redline', test.the('Y'));
select test.refuses($$ select test.act('cancel_redline', test.the('X')) $$, 'TV409 D6 nested_step_left', 'a step is not withdrawn from around another');
select test.act('release_redline', test.the('X'));
select is(test.state(test.the('X')) || ' ' || test.state(test.the('Y')), 'todo todo', 'released, it is a step like any other');
select test.work(test.the('A')), test.start(test.the('X')), test.work(test.the('Y'));
select test.refuses($$ select test.complete(test.the('X')) $$, 'TV409 S5 step_not_complete', 'whose fields are asked');
select test.refuses($$ select test.start(test.the('C')) $$, 'TV409 A1 step_not_available', 'and which others can wait for');
rollback;
begin;
select test.enter('engineer');
select test.keep('X', test.add(test.the('run'), 'X', '{"add_fields": [{"name": "Y", "type": "text"}]}'));
select test.keep('Y', test.add(test.the('run'), 'Y', jsonb_build_object('parent_id', test.the('X'))));
select traveler.act_on_steps('cancel_redline', array[test.the('X'), test.the('Y')]);
select results_eq($$ select s.title, s.state, s.withdrawn_at is not null, d.state from traveler.run_step s join traveler.redline d on d.run_step_id = s.id where s.title in ('X', 'Y') order by 1 $$,
    $$ values ('X', 'canceled', true, 'canceled'), ('Y', 'canceled', true, 'canceled') $$, 'canceled, what was added is withdrawn');
select is(test.counted(test.the('run')), 'todo 9 0', 'and counts nowhere');
select is(jsonb_array_length(traveler.run_json(test.the('run')) -> 'steps'), 9, 'nor does the run list it');
select is(traveler.step_json(test.the('X')) -> 'acts', '[]'::jsonb, 'nothing can be done with it');
select test.refuses(format('select test.act(%L, test.the(''X''), ''x'')', a), r, format('not %s', a))
from (values ('restore', 'TV409 D6 step_withdrawn'), ('redline', 'TV409 S2 move_not_allowed')) x (a, r);
select test.refuses($$ select test.add(test.the('run'), 'Z', jsonb_build_object('parent_id', test.the('X'))) $$, 'TV409 S12 ancestor_closed', 'nothing is added in it');
select test.refuses($$ select test.add(test.the('run'), 'Z', jsonb_build_object('upstream_ids', jsonb_build_array(test.the('X')))) $$, 'TV409 A4 upstream_withdrawn', 'nor after it');
select test.act('redline', test.the('P2'), 'x');
select test.enter('admin');
select test.act('release_redline', test.the('P2'));
select test.act('cancel', test.the('P'), 'x');
select test.refuses($$ select test.add(test.the('run'), 'Z', jsonb_build_object('parent_id', test.the('P1'))) $$, 'TV409 S12 ancestor_closed', 'no step is added in a canceled one (S12)');
select test.work(test.the('A'));
select test.refuses($$ select test.add(test.the('run'), 'Z', jsonb_build_object('parent_id', test.the('A'))) $$, 'TV409 S12 ancestor_closed', 'nor in a completed one');
rollback;

-- A step is removed (D6) -------------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('fitted', test.install(test.need(test.the('run'), test.the('screw')), test.receive(test.the('screw'), '1')));
select test.act('redline', test.the('B'), 'x');
select test.edit(test.the('B'), '{"remove": true}');
select test.refuses($$ select test.act('release_redline', test.the('B')) $$, 'TV409 D6 step_has_installations', 'a step is not withdrawn while parts are installed for it');
select is((select r ->> 'code' from jsonb_array_elements(traveler.step_json(test.the('B')) -> 'acts') a, jsonb_array_elements(a -> 'refusals') r where a ->> 'act' = 'release_redline'),
    'step_has_installations', 'which its acts say before (S16)');
select traveler.uninstall(test.the('fitted'), null, 'x');
select lives_ok($$ select test.act('release_redline', test.the('B')) $$, 'and is once they are taken out');
rollback;

begin;
select test.enter('engineer');
select test.act('redline', test.the('P1'), 'x');
select test.edit(test.the('P1'), '{"remove": true}');
select test.refuses($$ select test.act('release_redline', test.the('P1')) $$, 'TV409 D6 nested_step_left', 'a step is not withdrawn from around others');
select test.act('cancel_redline', test.the('P1'));
select test.act('redline', test.the('B'), 'not on this unit');
select test.edit(test.the('B'), '{"remove": true}');
select test.edit(test.the('B'), '{"remove": false}');
select test.edit(test.the('B'), '{"remove": true}');
select test.enter('quality');
select test.act('release_redline', test.the('B'));
select results_eq($$ select s.state, s.withdrawn_at is not null, d.kind, d.state from traveler.run_step s join traveler.redline d on d.run_step_id = s.id where s.id = test.the('B') $$,
    $$ values ('canceled', true, 'remove', 'released') $$, 'released, a removed step is withdrawn');
select is(test.counted(test.the('run')), 'todo 8 0', 'it counts nowhere');
select is((select string_agg(b.kind, ' ') from traveler.completion_blocker b where b.run_id = test.the('run') and b.run_step_id = test.the('B')), null, 'nor do its fields and requirements block');
select test.enter('technician');
select test.refuses($$ select test.start(test.the('C')) $$, 'TV409 A1 step_not_available', 'what waited for it waits for what it waited for');
select is((select string_agg(s.title, ' ' order by s.title) from traveler.available_steps(test.the('run')) a join traveler.run_step s on s.id = a), 'A P', 'as its run''s list of available steps says');
select test.work(test.the('A'));
select test.work(test.the('C'));
select test.enter('admin');
select test.act('cancel', test.the('P'), 'x');
select is((select r.status from traveler.run r where r.id = test.the('run')), 'partial_complete', 'its run completes without it');
select is((select string_agg(s ->> 'title' || ' ' || (s ->> 'withdrawn_at' is not null), ', ' order by s ->> 'title') from traveler.as_built_record a, jsonb_array_elements(a.document::jsonb -> 'steps') s
    where a.run_id = test.the('run') and s ->> 'title' in ('B', 'C')), 'B true, C false', 'the as-built record has it, marked');
select is((select string_agg(d ->> 'number' || ' ' || (d ->> 'kind') || ' ' || (d ->> 'state') || ' ' || (d #>> '{author,name}'), ', ' order by d ->> 'number')
    from traveler.as_built_record a, jsonb_array_elements(a.document::jsonb -> 'redlines') d where a.run_id = test.the('run')),
    '1 remove canceled Engineer, 2 remove released Engineer', 'and the redlines, with their authors');
select test.refuses($$ select test.act('redline', test.the('C'), 'x') $$, 'TV409 C5 run_completed', 'a completed run is not redlined (C5)');
select test.refuses($$ select test.add(test.the('run'), 'Z') $$, 'TV409 C5 run_completed', 'nor added to');
select traveler.reopen_run(test.the('run'), null, 'x');
select test.act('redline', test.the('C'), 'x');
select test.act('cancel_redline', test.the('C'));
select is(test.state(test.the('C')), 'completed', 'a reopened one is');
commit;

-- By hand: as the owner, with the guards alone ---------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('run 2', test.run(test.the('procedure'), '{"serial_numbers": ["U2"]}'));
select test.keep('2 ' || s.title, s.id) from traveler.run_step s where s.run_id = test.the('run 2');
commit;
begin;
select test.enter('admin');
select test.act('redline', test.the('2 B'), 'x'), test.keep('2 X', test.add(test.the('run 2'), 'X'));
select test.edit(test.the('2 B'), jsonb_build_object('add_fields', '[{"name": "M", "type": "text"}]'::jsonb));
select test.edit(test.the('2 B'), jsonb_build_object('withdraw_fields', jsonb_build_array(test.field(test.the('run 2'), 'M'))));
select test.act('redline', test.the('2 P2'), 'x'), test.act('release_redline', test.the('2 P2'));
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(statement, refusal, format('by hand neither: %s', test.brief(statement))) from (values
    ($$ update traveler.run_step set state = 'redline' where id = test.the('2 A') $$, 'TV409 D1 redline_missing'),
    ($$ update traveler.run_step set state = 'todo' where id = test.the('2 B') $$, 'TV409 D3 redline_open'),
    ($$ update traveler.run_step set state = 'in_progress' where id = test.the('2 B') $$, 'TV409 D3 redline_open'),
    ($$ update traveler.run_step set state = 'completed' where id = test.the('2 B') $$, 'TV409 D3 redline_open'),
    ($$ update traveler.run_step set state = 'canceled' where id = test.the('2 B') $$, 'TV409 D3 redline_open'),
    ($$ update traveler.run_step set title = 'Z' where id = test.the('2 A') $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.run_step set title = 'Z' where id in (test.the('2 A'), test.the('2 B')) $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.run_step set position = 7 where id = test.the('2 A') $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.run_step set parent_id = test.the('2 A'), depth = 2 where id = test.the('2 B') $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.run_step_field set name = 'Z' where run_step_id = test.the('B') $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.run_step_field set withdrawn_at = now() where run_step_id = test.the('B') $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.run_step_field set type = 'text' where id = test.field(test.the('run 2'), 'N') $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.run_step_field set value = '"x"' where id = test.field(test.the('run 2'), 'M') $$, 'TV409 D1 field_withdrawn'),
    ($$ update traveler.run_step_field set value = '"1"' where id = test.field(test.the('run 2'), 'N') $$, 'TV409 S13 values_closed'),
    ($$ update traveler.run_step_edge set withdrawn_at = now() where downstream_id = test.the('2 C') $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.run_step_edge set upstream_id = test.the('2 P') where downstream_id = test.the('2 B') $$, 'TV409 P2 run_is_a_copy'),
    ($$ insert into traveler.run_step_edge (org_id, run_id, upstream_id, downstream_id) values (test.org_id('acme'), test.the('run 2'), test.the('2 B'), test.the('2 P')) $$, 'TV409 P2 run_is_a_copy'),
    ($$ insert into traveler.run_step_edge (org_id, run_id, upstream_id, downstream_id) values (test.org_id('acme'), test.the('run 2'), test.the('2 C'), test.the('2 B')) $$, 'TV409 P6 dependency_cycle'),
    ($$ insert into traveler.run_step_field (org_id, run_id, run_step_id, position, name, type) values (test.org_id('acme'), test.the('run 2'), test.the('2 A'), 9, 'F', 'text') $$, 'TV409 P2 run_is_a_copy'),
    ($$ insert into traveler.run_step (org_id, run_id, position, title) values (test.org_id('acme'), test.the('run 2'), 9, 'F') $$, 'TV409 P2 run_is_a_copy'),
    ($$ insert into traveler.run_step (org_id, run_id, position, title, state) values (test.org_id('acme'), test.the('run 2'), 9, 'F', 'redline') $$, 'TV409 S1 step_starts_todo'),
    ($$ insert into traveler.build_requirement (org_id, run_id, part_id, quantity_per_unit, quantity_needed) values (test.org_id('acme'), test.the('run 2'), test.the('screw'), 1, 1) $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.redline set state = 'approved' where id = test.open_redline(test.the('2 B')) $$, 'TV409 D3 redline_move'),
    ($$ update traveler.redline set before = before || '{"title": "Z"}' where id = test.open_redline(test.the('2 B')) $$, 'TV409 D1 redline_fixed'),
    ($$ update traveler.redline set state = 'canceled', came_from = 'in_progress' where id = test.open_redline(test.the('2 B')) $$, 'TV409 D1 redline_fixed'),
    ($$ update traveler.redline set state = 'released', kind = 'remove' where id = test.open_redline(test.the('2 B')) $$, 'TV409 D3 redline_move'),
    ($$ update traveler.redline set kind = 'add' where id = test.open_redline(test.the('2 B')) $$, 'TV409 D1 redline_fixed'),
    ($$ update traveler.redline set kind = 'modify' where id = test.open_redline(test.the('2 X')) $$, 'TV409 D1 redline_fixed'),
    ($$ update traveler.redline set reason = 'y' where id = test.open_redline(test.the('2 B')) $$, 'TV409 D1 redline_fixed'),
    ($$ update traveler.redline set closed_at = now(), closed_by = 'x', after = '{}' where id = test.open_redline(test.the('2 B')) $$, 'TV409 D3 derived'),
    ($$ update traveler.redline set state = 'canceled' where run_step_id = test.the('2 P2') $$, 'TV409 D3 redline_closed'),
    ($$ delete from traveler.redline where run_step_id = test.the('2 B') $$, 'TV409 T4 record_kept'),
    ($$ insert into traveler.redline (org_id, run_id, run_step_id, reason) values (test.org_id('acme'), test.the('run 2'), test.the('2 B'), 'x') $$, 'TV409 D1 redline_open'),
    ($$ insert into traveler.redline (org_id, run_id, run_step_id, reason, kind) values (test.org_id('acme'), test.the('run 2'), test.the('2 A'), 'x', 'add') $$, 'TV409 D1 step_exists'),
    ($$ insert into traveler.redline (org_id, run_id, run_step_id, reason) values (test.org_id('acme'), test.the('run 2'), test.the('A'), 'x') $$, 'TV404 T1 step_unknown')) r (statement, refusal);
update traveler.run_step set withdrawn_at = now() where id = test.the('2 P2');
select is((select s.withdrawn_at from traveler.run_step s where s.id = test.the('2 P2')), null, 'a step is withdrawn by its redline alone');
-- What a writer says of a redline that opens is not asked.
insert into traveler.redline (org_id, run_id, run_step_id, reason, number, author, came_from, before, opened_at, state, closed_at, closed_by, after)
values (test.org_id('acme'), test.the('run 2'), test.the('2 A'), 'by hand', 99, 'user:x', 'completed', '{"title": "Z"}', '2020-01-01', 'released', now(), 'x', '{}');
select results_eq($$ select d.number, d.author, d.came_from, d.before ->> 'title', d.opened_at > '2021-01-01', d.state, d.closed_at, d.after from traveler.redline d where d.run_step_id = test.the('2 A') $$,
    $$ values (4, 'system:story', 'todo', 'A', true, 'open', null::timestamptz, null::jsonb) $$, 'a redline by hand is what the step is, not what the writer says');
update traveler.redline set state = 'canceled' where run_step_id = test.the('2 A');
select is((select s.state from traveler.run_step s where s.id = test.the('2 A')), 'todo', 'and moves its step by itself');
insert into traveler.redline (org_id, run_id, run_step_id, reason, kind) values (test.org_id('acme'), test.the('run 2'), test.the('part'), 'x', 'add');
select test.refuses($$ insert into traveler.run_step (org_id, id, run_id, position, title) values (test.org_id('acme'), test.the('part'), test.the('run 2'), 99, 'T') $$, 'TV409 S1 step_starts_redline',
    'what is added does not start in todo');
select test.refuses('set constraints all immediate', '23503 redline_step_fkey', 'a redline adds a step, or is none');
rollback;
begin;
select test.enter('engineer');
select test.refuses($$ update traveler.redline set state = 'released' where run_step_id = test.the('2 B') $$, 'went through', 'the owner acting for someone with the permission');
select test.enter('technician');
select test.refuses($$ insert into traveler.redline (org_id, run_id, run_step_id, reason) values (test.org_id('acme'), test.the('run 2'), test.the('2 A'), 'x') $$, 'TV403 T3 permission_missing', 'and for someone without');
select test.refuses($$ update traveler.redline set state = 'released' where run_step_id = test.the('2 X') $$, 'TV403 T3 permission_missing', 'to release');
select test.refuses($$ update traveler.redline set state = 'canceled' where run_step_id = test.the('2 X') $$, 'TV403 T3 permission_missing', 'to cancel');
select test.refuses($$ update traveler.run_step set title = 'Z' where id = test.the('2 X') $$, 'TV403 T3 permission_missing', 'to edit');
select test.refuses($$ insert into traveler.run_step_field (org_id, run_id, run_step_id, position, name, type) values (test.org_id('acme'), test.the('run 2'), test.the('2 X'), 9, 'F', 'text') $$, 'TV403 T3 permission_missing', 'to add to it');
rollback;
reset role;

-- What may be done now (S16): the answer and the guard agree, for every step and role, in redline from everywhere --------------------------

create function test.disagreements() returns table (step text, act text, said boolean, refusal text) language plpgsql as $$
declare
    r record;
begin
    for r in select s.id, s.title, a from traveler.run_step s, jsonb_array_elements(traveler.step_json(s.id) -> 'acts') a loop
        step := r.title;
        act := r.a ->> 'act' || ' to ' || (r.a ->> 'to_state');
        said := (r.a ->> 'allowed')::boolean;
        begin
            refusal := test.refusal(case r.a ->> 'act' when 'start' then format('select test.start(%L)', r.id) when 'complete' then format('select test.complete(%L)', r.id)
                else format('select test.act(%L, %L, ''why'')', r.a ->> 'act', r.id) end);
            if refusal = 'went through' and test.state(r.id) <> r.a ->> 'to_state' then
                refusal := 'went to ' || test.state(r.id);
            end if;
            raise exception using errcode = 'TVBCK', message = refusal;
        exception when sqlstate 'TVBCK' then
            refusal := sqlerrm;
        end;
        if said <> (refusal = 'went through') then
            return next;
        end if;
    end loop;
end
$$;
create function test.told(p_step uuid, p_act text) returns text language sql as $$
    select string_agg(x ->> 'code', ' ') from jsonb_array_elements(traveler.step_json(p_step) -> 'acts') a, jsonb_array_elements(a -> 'refusals') x where a ->> 'act' = p_act
$$;
grant execute on function test.disagreements(), test.told(uuid, text) to public;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.work(test.the('2 A')), test.start(test.the('2 P')), test.start(test.the('2 P1')), test.act('hold', test.the('2 P1'), 'x');
select test.act('redline', s, 'x') from unnest(array[test.the('2 A'), test.the('2 P'), test.the('2 P1'), test.the('2 P2'), test.the('2 C')]) s;
select test.edit(test.the('2 C'), '{"remove": true}'), test.edit(test.the('2 P1'), '{"remove": true}');
select is((select string_agg(d.came_from, ' ' order by d.number) from traveler.redline d where d.run_id = test.the('run 2') and d.closed_at is null and d.kind <> 'add'), 'todo completed in_progress hold todo todo', 'from everywhere');
select test.enter('admin');
select is_empty('select * from test.disagreements()', 'what a step says can be done is what can be done, for the admin');
select test.enter('engineer');
select is_empty('select * from test.disagreements()', 'what a step says can be done is what can be done, for the engineer');
select test.enter('quality');
select is_empty('select * from test.disagreements()', 'what a step says can be done is what can be done, for the quality');
select test.enter('technician');
select is_empty('select * from test.disagreements()', 'what a step says can be done is what can be done, for the technician');
select test.enter('viewer');
select is_empty('select * from test.disagreements()', 'what a step says can be done is what can be done, for the viewer');
select test.enter('engineer');
select is((select string_agg(a ->> 'act' || ' ' || (a ->> 'to_state'), ', ' order by a ->> 'act') from jsonb_array_elements(traveler.step_json(test.the('2 P1')) -> 'acts') a),
    'cancel_redline hold, release_redline canceled', 'each act says where it leads');
rollback;
-- Canceled, a step waits for what it waited for before, whatever the redline has made of that.
begin;
select test.enter('admin');
select test.keep('run 3', test.run(test.the('procedure'), '{"serial_numbers": ["U3"]}'));
select test.keep('3 ' || s.title, s.id) from traveler.run_step s where s.run_id = test.the('run 3');
select test.work(test.the('3 A')), test.start(test.the('3 B'));
select test.act('redline', test.the('3 B'), 'x');
select test.edit(test.the('3 B'), jsonb_build_object('upstream_ids', jsonb_build_array(test.the('3 P'))));
select is_empty('select * from test.disagreements()', 'a step that was in progress, made to wait for what is not done, may go on');
select test.edit(test.the('3 B'), '{"upstream_ids": []}');
select test.act('reopen', test.the('3 A'), 'x');
select is_empty('select * from test.disagreements()', 'and may not when it waited for what is not done any more');
select is(test.told(test.the('3 B'), 'cancel_redline'), 'step_not_available', 'which is what it says');
select test.act('cancel', test.the('3 A'), 'x');
select is_empty('select * from test.disagreements()', 'unless that is canceled');
select test.act('release_redline', test.the('3 B'));
select test.act('restore', test.the('3 A'));
select test.edit(test.the('3 C'), '{"upstream_ids": []}') from test.act('redline', test.the('3 C'), 'x');
select test.edit(test.the('3 B'), jsonb_build_object('upstream_ids', jsonb_build_array(test.the('3 C')))) from test.act('redline', test.the('3 B'), 'x');
select is(test.told(test.the('3 C'), 'cancel_redline'), 'dependency_cycle', 'a ring that canceling would close is told before');
select is_empty('select * from test.disagreements()', 'and so it is');
rollback;
reset session authorization;
select test.whole();
select * from finish();

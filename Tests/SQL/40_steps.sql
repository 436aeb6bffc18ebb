-- Run steps: S1-S3 and S5 (moves), A1 (availability), S4 and L1 (labor), R2 (the status follows).
\ir support/world.psql
select plan(55);

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('bench', test.location('Bench')), test.keep('oven', test.location('Oven'));
select test.keep('part', test.part('P', 'serial'));
select test.keep('procedure', test.released('Build', test.the('part'), jsonb_build_array(
    jsonb_build_object('key', 'a', 'title', 'A', 'location_id', test.the('bench'), 'fields', '[{"name": "N", "type": "text"}]'::jsonb),
    jsonb_build_object('key', 'b', 'title', 'B', 'after', array['a'], 'location_id', test.the('oven')),
    jsonb_build_object('title', 'C', 'after', array['b'], 'steps',
        '[{"key": "c1", "title": "C1"}, {"title": "C2", "after": ["c1"], "required": false}, {"title": "C3", "steps": [{"title": "C31"}]}]'::jsonb),
    '{"title": "D", "required": false}'::jsonb)));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["U1"]}'));
select test.keep('run 2', test.run(test.the('procedure'), '{"serial_numbers": ["U2"]}'));
select test.keep(s.title, s.id) from traveler.run_step s where s.run_id = test.the('run');
commit;


-- A1: what is available, as the documents say and as the guard refuses ------------------------------------------------

begin;
select test.enter('technician');
select results_eq($$ select (s ->> 'title') collate "C" from jsonb_array_elements(traveler.run_json(test.the('run')) -> 'steps') s where (s ->> 'available')::boolean order by 1 $$,
    $$ values ('A' collate "C"), ('D') $$, 'available is what waits for nothing');
select is(traveler.run_json(test.the('run')) ->> 'status', 'todo', 'a run that nobody touched is todo');
select test.refuses($$ select test.start(test.the('B')) $$, 'TV409 A1 step_not_available', 'a step whose upstream is open does not start');
select is(test.refusal_detail($$ select test.start(test.the('B')) $$, 'blockers') -> 0 ->> 'blocking_step_id', test.the('A')::text, 'and the refusal names it');
select is(test.refusal_detail($$ select test.start(test.the('B')) $$, 'hint') #>> '{}', 'Complete what it waits for: "A" (todo).', 'and the way out');
select test.refuses($$ select test.start(test.the('C1')) $$, 'TV409 A1 step_not_available', 'nor does a nested step before its parent');
select test.refuses($$ select test.start(test.the('A'), test.the('B')) $$, 'TV409 A1 step_not_available', 'nor a step in one act with its upstream');
select test.refuses($$ select test.complete(test.the('A')) $$, 'TV409 S2 move_not_allowed', 'a step is not completed before it is started');
select is(test.refusal_detail($$ select test.complete(test.the('A')) $$, 'allowed'), '["canceled", "hold", "in_progress", "redline"]', 'and the refusal says where it can go');
select test.refuses($$ select traveler.start_steps('{}') $$, 'TV404 T1 step_unknown', 'no step is no act');
select test.refuses($$ select traveler.start_steps(null) $$, 'TV404 T1 step_unknown', 'nor is null');
select test.refuses($$ select traveler.start_steps(array[test.the('A'), traveler.new_id()]) $$, 'TV404 T1 step_unknown', 'nor a step and something unknown');
select test.refuses($$ select traveler.start_steps(array[test.the('A')], 9) $$, 'TV412 stale', 'a stale start is refused');
commit;

-- S3: the start -----------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select lives_ok($$ select traveler.start_steps(array[test.the('A'), test.the('A')]) $$, 'a step named twice is started once');
select test.refuses($$ select test.start(test.the('A')) $$, 'TV409 S2 already_there', 'and not again');
select ok((select r.status = 'in_progress' and r.started_at = (select s.started_at from traveler.run_step s where s.id = test.the('A')) from traveler.run r where r.id = test.the('run')), 'the run is in progress in the same transaction, stamped by the first start');
select results_eq($$ select l.user_id, l.ended_at from traveler.labor_session l where l.run_step_id = test.the('A') $$, $$ values (test.user_id('technician'), null::timestamptz) $$,
    'starting checks the actor in');
select is(traveler.inventory_location(test.unit(test.the('run'))), test.the('bench'), 'and moves the unit to where the work is done');
select is((select i.location_id from traveler.part_inventory i where i.id = test.unit(test.the('run 2'))), null, 'and no other run''s');
commit;
select pg_sleep(0.01);

-- S5: the sign-off --------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses($$ select test.complete(test.the('A')) $$, 'TV409 S5 step_not_complete', 'a required field without a value blocks');
select test.value(test.field(test.the('run'), 'N'), '"x"');
select test.complete(test.the('A'));
select results_eq($$ select s.state, s.completed_by, s.completed_at between now() and clock_timestamp() from traveler.run_step s where s.id = test.the('A') $$,
    $$ values ('completed', 'user:' || test.user_id('technician'), true) $$, 'the sign-off records who and when');
select ok((select l.ended_at = s.completed_at and l.started_at = s.started_at from traveler.labor_session l join traveler.run_step s on s.id = l.run_step_id where s.id = test.the('A')), 'and checks everyone out (S4)');
select test.refuses($$ select test.value(test.field(test.the('run'), 'N'), '"y"') $$, 'TV409 S13 values_closed', 'after which its values are closed');
select test.refuses($$ select test.start(test.the('A')) $$, 'TV409 S2 move_not_allowed', 'and it starts no more');
select ok((traveler.step_json(test.the('B')) ->> 'available')::boolean, 'what waited for it is available');
select test.start(test.the('B'));
select ok((select r.started_at < now() from traveler.run r where r.id = test.the('run')), 'the run''s start is stamped once');
select is(traveler.inventory_location(test.unit(test.the('run'))), test.the('oven'), 'the unit moves on with the work');
select test.complete(test.the('B'));
select test.start(test.the('C'));
select test.refuses($$ select test.start(test.the('C2')) $$, 'TV409 A1 step_not_available', 'inside a parent, too, a step waits for its upstream');
select test.refuses($$ select test.complete(test.the('C')) $$, 'TV409 S5 step_not_complete', 'a parent waits for its required steps');
select test.work(test.the('C1'));
select test.start(test.the('C3'));
select test.refuses($$ select test.complete(test.the('C3')) $$, 'TV409 S5 step_not_complete', 'at every level');
select test.work(test.the('C31'));
select test.complete(test.the('C3'));
select test.start(test.the('C2'));
select test.refuses($$ select test.complete(test.the('C')) $$, 'TV409 S5 step_not_complete', 'and for an optional one that was begun');
select test.complete(test.the('C2'));
rollback;

-- The guard stands without the acts: whoever moves a step, and however many ------------------------------------------

reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(statement, refusal, format('the owner neither: %s', test.brief(statement))) from (values
    ($$ update traveler.run_step set state = 'in_progress' where id = test.the('B') $$, 'TV409 A1 step_not_available'),
    ($$ update traveler.run_step set state = 'in_progress' where run_id = test.the('run') and depth = 1 and state = 'todo' $$, 'TV409 A1 step_not_available'),
    ($$ update traveler.run_step set state = 'completed' where id = test.the('A') $$, 'TV409 S5 step_not_complete'),
    ($$ update traveler.run_step set state = 'completed', completed_at = '2020-01-01', completed_by = 'user:x' where id = test.the('D') $$, 'TV409 S2 move_not_allowed'),
    ($$ update traveler.run_step set state = 'finished' where id = test.the('D') $$, '23514 run_step_state'),
    ($$ update traveler.run_step set state = 'redline' where id = test.the('D') $$, 'TV409 D1 redline_missing'),
    ($$ update traveler.run_step set state = 'failed' where id = test.the('D') $$, 'TV409 S2 move_not_allowed'),
    ($$ update traveler.run_step set state = 'hold' where id = test.the('A') $$, 'TV422 S10 reason_missing'),
    ($$ update traveler.run_step set state = 'todo' where id = test.the('A') $$, 'TV422 S10 reason_missing'),
    ($$ update traveler.run_step set state = 'redline' where id = test.the('A') $$, 'TV409 D1 redline_missing'),
    ($$ insert into traveler.labor_session (org_id, run_id, run_step_id, user_id) values (test.org_id('acme'), test.the('run'), test.the('B'), test.user_id('peer')) $$, 'TV409 L2 check_in_closed'),
    ($$ insert into traveler.labor_session (org_id, run_id, run_step_id, user_id) values (test.org_id('acme'), test.the('run'), test.the('A'), test.user_id('technician')) $$, '23505 labor_session_open_key'),
    ($$ insert into traveler.labor_session (org_id, run_id, run_step_id, user_id, started_at) values (test.org_id('acme'), test.the('run'), test.the('A'), test.user_id('peer'), 'infinity') $$, 'TV409 L2 check_in_closed'),
    ($$ update traveler.labor_session set ended_at = 'infinity' where run_step_id = test.the('A') $$, 'TV422 L3 session_in_future'),
    ($$ update traveler.labor_session set started_at = 'infinity' where run_step_id = test.the('A') $$, 'TV422 L3 session_in_future'),
    ($$ update traveler.labor_session set user_id = test.user_id('peer') where run_step_id = test.the('A') $$, 'TV409 L1 session_fixed')) r (statement, refusal);
insert into traveler.labor_session (org_id, run_id, run_step_id, user_id) values (test.org_id('acme'), test.the('run'), test.the('A'), test.user_id('peer'));
update traveler.run_step set started_at = '2020-01-01', attempt = 9 where id = test.the('A');
select ok((select s.started_at > '2020-01-01' and s.attempt = 1 from traveler.run_step s where s.id = test.the('A')), 'stamps come from moves, not from who writes them');
commit;
reset role;
begin;
select test.enter('technician');
select test.value(test.field(test.the('run'), 'N'), '"x"');
select test.complete(test.the('A'));
select is((select count(*) filter (where l.ended_at >= now()) || ' of ' || count(*) from traveler.labor_session l where l.run_step_id = test.the('A')), '2 of 2',
    'a step that leaves in_progress checks out all who are on it');
select test.work(test.the('B'));
commit;

-- Many steps of many runs in one act --------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('technician');
select lives_ok($$ select test.start(test.the('D'), test.step(test.the('run 2'), 'D'), test.step(test.the('run 2'), 'A')) $$, 'steps of two runs start in one act');
select is((select string_agg(r.status, ' ') from traveler.run r), 'in_progress in_progress', 'and both runs follow');
select test.refuses($$ select test.complete(test.the('D'), test.step(test.the('run 2'), 'A')) $$, 'TV409 S5 step_not_complete', 'where one is refused, all are');
select is((select s.state from traveler.run_step s where s.id = test.the('D')), 'in_progress', 'and none is moved');
commit;
begin;
select test.enter('viewer');
select test.refuses($$ select test.complete(test.the('D')) $$, 'TV403 T3 permission_missing', 'moving asks for its permission');
commit;
reset session authorization;
select test.whole();
select * from finish();

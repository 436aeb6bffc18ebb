-- What the acts refuse first, and so hide, the guards refuse as well: moves, values and sessions written by the owner's own SQL in
-- someone's name (S2, S8, S12, S13, A3, L1, C5, T4). And what only several steps at once can show: of whom the way back depends (S12, A3).
\ir support/world.psql
select plan(62);

create function test.act(p_act text, p_step uuid, p_reason text default null) returns jsonb
language sql as $$ select traveler.act_on_steps(p_act, array[p_step], null, p_reason) $$;
create function test.state(p_step uuid) returns text language sql stable as $$ select s.state from traveler.run_step s where s.id = p_step $$;
-- Whoever acts, with a reason, but by plain SQL.
create function test.by_hand(p_actor text, p_reason text default 'by hand') returns void language plpgsql as $$
begin
    perform test.enter(p_actor);
    perform traveler_private.give_reason(p_reason);
end
$$;
create function test.refuses_move(p_step text, p_to text, p_refusal text, p_what text) returns text
language sql as $$ select test.refuses(format('update traveler.run_step set state = %L where id = %L', p_to, test.the(p_step)), p_refusal, p_what) $$;
-- The refusals that a step tells for one of its acts.
create function test.told(p_step text, p_act text) returns text language sql stable as $$
    select string_agg(x ->> 'code', ' ' order by x ->> 'code')
    from jsonb_array_elements(traveler.step_json(test.the(p_step)) -> 'acts') a, jsonb_array_elements(a -> 'refusals') x where a ->> 'act' = p_act
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P')), test.keep('bench', test.location('Bench'));
select test.keep('procedure', test.released('Build', test.the('part'), '[
    {"key": "a", "title": "A", "fields": [{"name": "Note", "type": "text", "required": false}]}, {"key": "b", "title": "B", "after": ["a"]},
    {"key": "c", "title": "C", "after": ["b"]},
    {"key": "p", "title": "P", "steps": [{"title": "P1"}, {"title": "P2", "required": false, "steps": [{"title": "P21", "required": false}]}]},
    {"key": "d", "title": "D", "required": false, "after": ["p"]}]'::jsonb));
select test.keep('run', test.run(test.the('procedure')));
select test.keep(s.title, s.id) from traveler.run_step s where s.run_id = test.the('run');
commit;
reset session authorization;
set role traveler_owner;

-- T3: each move asks for its own permission, of whoever it is made for -----------------------------------------------------

begin;
select test.by_hand('viewer');
select test.refuses_move('A', 'in_progress', 'TV403 T3 permission_missing', 'a viewer starts nothing, by no way');
select test.refuses_move('A', 'hold', 'TV403 T3 permission_missing', 'nor holds');
select test.refuses_move('A', 'canceled', 'TV403 T3 permission_missing', 'nor cancels');
select test.by_hand('technician');
update traveler.run_step set state = 'in_progress' where id = test.the('A');
update traveler.run_step set state = 'completed' where id = test.the('A');
select is(test.state(test.the('A')), 'completed', 'a technician does the work');
select test.refuses_move('A', 'todo', 'TV403 T3 permission_missing', 'but reopens no step: that is another permission');
select test.by_hand('quality');
select lives_ok($$ update traveler.run_step set state = 'todo' where id = test.the('A') $$, 'which quality holds');
select test.enter('quality');
select test.refuses_move('A', 'hold', 'TV422 S10 reason_missing', 'by hand too, a hold asks for a reason');
rollback;

-- S8, S12: what is nested goes along, all of it ------------------------------------------------------------------------------

begin;
select test.by_hand('technician');
update traveler.run_step set state = 'in_progress' where id = test.the('P');
update traveler.run_step set state = 'in_progress' where id = test.the('P2');
select test.refuses_move('P', 'hold', 'TV409 S12 nested_step_left', 'no step is held while a nested one goes on');
select lives_ok($$ update traveler.run_step set state = 'hold' where id in (test.the('P'), test.the('P2')) $$, 'both at once are');
select test.refuses_move('P2', 'in_progress', 'TV409 A1 step_not_available', 'and the nested one is released after the other');
select lives_ok($$ update traveler.run_step set state = held_from where id in (test.the('P'), test.the('P2')) $$, 'or with it');
update traveler.run_step set state = 'in_progress' where id = test.the('P21');
select test.refuses_move('P', 'hold', 'TV409 S12 nested_step_left', 'whatever its depth');
select test.refuses($$ update traveler.run_step set state = 'hold' where id in (test.the('P'), test.the('P2')) $$, 'TV409 S12 nested_step_left', 'whatever else goes along');
select test.refuses($$ update traveler.run_step set state = 'canceled' where id in (test.the('P'), test.the('P1'), test.the('P2')) $$, 'TV409 S8 nested_step_left', 'and so with a cancel');
select test.refuses_move('P', 'failed', 'TV409 S12 nested_step_in_progress', 'a step does not fail around work in progress');
select test.refuses_move('P', 'todo', 'TV409 S12 nested_step_in_progress', 'nor goes back');
rollback;
begin;
select test.by_hand('engineer', 'fixture');
select test.start(test.the('P')), test.start(test.the('P2')), test.start(test.the('P21'));
select test.refuses_move('P', 'redline', 'TV409 D1 redline_missing', 'nor does a step go into redline without a redline');
insert into traveler.redline (org_id, run_id, run_step_id, reason) values (test.org_id('acme'), test.the('run'), test.the('P'), 'fixture');
select is((select string_agg(s.title || ' ' || s.state, ', ' order by s.title) from traveler.run_step s where s.run_id = test.the('run') and s.title like 'P%'),
    'P redline, P1 todo, P2 hold, P21 hold', 'which holds what is nested by itself, at all depths');
rollback;
begin;
select test.by_hand('technician');
update traveler.run_step set state = 'in_progress' where id = test.the('P');
update traveler.run_step set state = 'in_progress' where id = test.the('P2');
update traveler.run_step set state = 'completed' where id = test.the('P2');
select test.refuses($$ update traveler.run_step set state = 'canceled' where id in (test.the('P'), test.the('P1')) $$, 'TV409 S8 nested_step_left', 'what is in a completed one goes along as well');
select test.act('cancel', test.the('P'));
select is(test.state(test.the('P2')) || ' ' || test.state(test.the('P21')), 'completed canceled', 'as the act sees to');
rollback;
begin;
select test.by_hand('technician');
update traveler.run_step set state = 'in_progress' where id = test.the('P');
update traveler.run_step set state = 'in_progress' where id = test.the('P2');
update traveler.run_step set state = 'in_progress' where id = test.the('P21');
update traveler.run_step set state = 'failed' where id = test.the('P21');
select test.refuses($$ update traveler.run_step set state = 'canceled' where id in (test.the('P'), test.the('P1'), test.the('P2')) $$, 'TV409 S8 nested_step_failed',
    'nor is it canceled around what failed');
rollback;

-- S12: ancestors first, at any distance, whether completed or canceled ---------------------------------------------------------

begin;
select test.by_hand('admin');
update traveler.run_step set state = 'in_progress' where id = test.the('P');
update traveler.run_step set state = 'in_progress' where id = test.the('P1');
update traveler.run_step set state = 'completed' where id = test.the('P1');
update traveler.run_step set state = 'canceled' where id = test.the('P21');
update traveler.run_step set state = 'completed' where id = test.the('P');
select is((select string_agg(s.title || ' ' || s.state, ', ' order by s.title) from traveler.run_step s where s.run_id = test.the('run') and s.title like 'P%'),
    'P completed, P1 completed, P2 todo, P21 canceled', 'a step is completed around an optional one that was never done');
select test.refuses_move('P1', 'todo', 'TV409 S12 ancestor_closed', 'no nested step is reopened in a completed one');
select test.refuses_move('P21', 'todo', 'TV409 S12 ancestor_closed', 'nor brought back, in whatever between them is open');
select test.refuses($$ select test.act('restore', test.the('P21')) $$, 'TV409 S12 ancestor_closed', 'as the act says');
select is(test.refusal_detail($$ select test.act('restore', test.the('P21')) $$, 'blocking_step_id') #>> '{}', test.the('P')::text, 'naming the step that is closed');
select test.act('reopen', test.the('P'), 'missed');
select lives_ok($$ select test.act('restore', test.the('P21')) $$, 'when that is open again, it comes back');
rollback;

-- A3: what is downstream and started, completed or not ---------------------------------------------------------------------------

begin;
select test.by_hand('technician');
update traveler.run_step set state = 'canceled' where id = test.the('A');
update traveler.run_step set state = 'in_progress' where id = test.the('B');
select test.refuses_move('A', 'todo', 'TV409 A3 downstream_started', 'a step does not come back while what is downstream is in progress');
update traveler.run_step set state = 'completed' where id = test.the('B');
select test.refuses_move('A', 'todo', 'TV409 A3 downstream_started', 'nor when it is completed');
select is(test.refusal_detail($$ select test.act('restore', test.the('A')) $$, 'blocking_step_id') #>> '{}', test.the('B')::text, 'which the act says as well');
select test.by_hand('quality');
update traveler.run_step set state = 'todo' where id = test.the('B');
select lives_ok($$ update traveler.run_step set state = 'todo' where id = test.the('A') $$, 'nothing is in the way of the way back');
rollback;

-- A3: at any depth; of what waits for the ancestors of a nested step; whatever state it is in that a start led to ----------------

begin;
select test.by_hand('technician');
select test.act('cancel', test.the('A')), test.act('cancel', test.the('B'));
select test.start(test.the('C'));
select test.refuses($$ select test.act('restore', test.the('A')) $$, 'TV409 A3 downstream_started', 'a step does not come back while what is downstream of its downstream has started');
select test.act('fail', test.the('C'), 'x');
select test.refuses($$ select test.act('restore', test.the('A')) $$, 'TV409 A3 downstream_started', 'nor when that has failed');
select test.act('retry', test.the('C'));
select test.start(test.the('C'));
select test.act('hold', test.the('C'), 'x');
select test.refuses($$ select test.act('restore', test.the('A')) $$, 'TV409 A3 downstream_started', 'nor when it is held in progress');
select test.act('release', test.the('C')), test.act('reset', test.the('C'), 'x'), test.act('hold', test.the('C'), 'x');
select lives_ok($$ select test.act('restore', test.the('A')) $$, 'what is held and never started is not in the way');
rollback;
begin;
select test.enter('technician');
select test.start(test.the('P')), test.work(test.the('P1'));
select test.act('cancel', test.the('P2'));
select test.complete(test.the('P'));
select test.start(test.the('D'));
select test.enter('quality');
select test.refuses($$ select test.act('reopen', test.the('P1'), 'x') $$, 'TV409 S2 downstream_started', 'a nested step is upstream of what waits for the step around it');
select is(test.refusal_detail($$ select test.act('reopen', test.the('P1'), 'x') $$, 'blocking_step_id') #>> '{}', test.the('D')::text, 'which is named');
rollback;

-- S8: what comes back with a step is what its own act canceled, no more -------------------------------------------------------------

begin;
select test.enter('technician');
select test.act('cancel', test.the('P2'), 'not on this unit');
select test.act('cancel', test.the('C'), 'nor this');
select test.act('cancel', test.the('P'), 'all of it');
select traveler.act_on_steps('restore', array[test.the('P')], p_all => true);
select is((select string_agg(s.title, ' ' order by s.title) from traveler.run_step s where s.run_id = test.the('run') and s.state = 'canceled'), 'C P2 P21', 'what other acts canceled stays so');
rollback;

-- S15, S16: a run that was held and then canceled is held no more; a held step is released to where it was, and tells that alone --------

begin;
select test.enter('technician');
select test.start(test.the('P')), test.start(test.the('P1'));
select traveler.act_on_run('hold', test.the('run'), null, 'customer call');
select is((select string_agg(a ->> 'act' || ' to ' || (a ->> 'to_state'), ', ' order by a ->> 'act') from jsonb_array_elements(traveler.step_json(test.the('P')) -> 'acts') a where a ->> 'act' = 'release'),
    'release to in_progress', 'a step held in progress is released to that');
select traveler.act_on_run('cancel', test.the('run'), null, 'order withdrawn');
select test.act('restore', test.the('A'));
select test.refuses($$ select traveler.act_on_run('release', test.the('run')) $$, 'TV409 S15 run_not_held', 'a run that was canceled is held no more');
select lives_ok($$ select traveler.act_on_run('hold', test.the('run'), null, 'again') $$, 'brought back, it can be held');
select traveler.act_on_run('release', test.the('run'));
select is((select string_agg(s.title || ' ' || s.state, ', ' order by s.title) from traveler.run_step s where s.run_id = test.the('run') and s.state <> 'canceled'), 'A todo', 'and released');
rollback;

-- S2, S16: an entry is in the way of a wrong start; the step tells so before anyone tries -------------------------------------------

begin;
select test.enter('technician');
select test.start(test.the('A'));
select is(test.told('A', 'reset'), null, 'a step that was started, no more, can be taken back');
select test.value(test.field(test.the('run'), 'Note'), '"x"');
select is(test.told('A', 'reset'), 'work_entered', 'one that something was entered in tells that it can''t');
select test.by_hand('technician');
select test.refuses_move('A', 'todo', 'TV409 S2 work_entered', 'and can''t');
rollback;

-- P2, A4, T4: a step stays whose copy it is, and where it is; dependencies change by redline alone; nothing is deleted --------------------

begin;
select test.by_hand('admin');
select test.refuses(format('update traveler.run_step set %s where id = test.the(''P21'')', c), 'TV409 P2 run_is_a_copy', 'a step keeps its place: ' || c)
from unnest(array['parent_id = test.the(''P1'')', 'parent_id = null, depth = 1', 'position = 9', 'origin_step_id = null', 'created_at = now()']) c;
select test.refuses($$ insert into traveler.run_step_edge (org_id, run_id, upstream_id, downstream_id) values (test.org_id('acme'), test.the('run'), test.the('A'), test.the('C')) $$,
    'TV409 P2 run_is_a_copy', 'a dependency is added in redline only');
select test.refuses($$ update traveler.run_step_edge set withdrawn_at = now() where downstream_id = test.the('B') $$, 'TV409 P2 run_is_a_copy', 'and withdrawn there only');
select is_empty($$ select t.tgrelid::regclass, r from pg_trigger t cross join lateral test.refusal(format('delete from %s', t.tgrelid::regclass)) r
    where t.tgname = '_010_refuse_delete' and t.tgtype & 1 = 0 and r <> 'TV409 T4 record_kept' $$, 'no record of any kind is deleted');
select is_empty($$ select t.tgrelid::regclass, r from pg_trigger t cross join lateral test.refusal(format('truncate %s cascade', t.tgrelid::regclass)) r
    where t.tgname = '_010_refuse_truncate' and r not in ('TV409 T4 record_kept', 'TV409 Y2 append_only') $$, 'nor all at once');
select cmp_ok((select count(*) from pg_trigger t where t.tgname = '_010_refuse_delete'), '>', 40::bigint, 'of more than forty');
rollback;

-- L1, S13, C5 ---------------------------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.start(test.the('A'));
select test.value(test.field(test.the('run'), 'Note'), '"x"');
select test.refuses(format('update traveler.labor_session set %s where run_step_id = test.the(''A'')', c), 'TV409 L1 session_fixed', 'a session stays what it is: ' || c)
from unnest(array['user_id = test.user_id(''peer'')', 'run_step_id = test.the(''B'')']) c;
select test.complete(test.the('A'));
select test.by_hand('technician', 'misread');
select test.refuses($$ update traveler.run_step_field set value = '"y"' where run_id = test.the('run') $$, 'TV403 T3 permission_missing', 'by hand too, a correction asks for run_step.correct');
select test.by_hand('quality', 'misread');
select lives_ok($$ update traveler.run_step_field set value = '"y"' where run_id = test.the('run') $$, 'and goes through with it');
select test.enter('technician');
select traveler.sign_steps(array[test.the('A')]);
select test.work(test.the('B'), test.the('C')), test.start(test.the('P')), test.work(test.the('P1'));
select test.complete(test.the('P'));
select is((select r.status from traveler.run r where r.id = test.the('run')), 'complete', 'the run is complete');
select test.by_hand('admin');
select test.refuses($$ insert into traveler.run_step_edge (org_id, run_id, upstream_id, downstream_id) values (test.org_id('acme'), test.the('run'), test.the('A'), test.the('C')) $$,
    'TV409 C5 run_completed', 'and takes no dependency');
commit;
reset role;
select test.whole();
select * from finish();

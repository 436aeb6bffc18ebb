-- K1-K6: runs that are worked as one. A change to one sibling changes all, or none, whoever makes it.
\ir support/world.psql
select plan(53);

create function test.states(p_title text) returns text language sql stable as $$
    select string_agg(s.state, ' ' order by r.number) from traveler.run_step s join traveler.run r on r.id = s.run_id
    where s.title = p_title and r.id in (select t.id from test.id t where t.name ~ '^r[0-9]')
$$;
create function test.act(p_act text, p_step uuid, p_siblings text default null, p_reason text default 'story') returns text language sql as $$
    select traveler.act_on_steps(p_act, array[p_step], null, p_reason, false, p_siblings) #>> '{steps,0,state}'
$$;
create function test.in_batch() returns text language sql stable as $$
    select string_agg(r.number::text, ' ' order by r.number) from traveler.batch_run b join traveler.run r on r.id = b.run_id where b.left_at is null
$$;
-- A step with the redline that adds it, by hand.
create function test.add_by_hand(p_run uuid, p_sibling uuid) returns void language plpgsql as $$
declare
    v_id uuid := traveler.new_id();
begin
    insert into traveler.redline (org_id, run_id, run_step_id, kind, reason) values (test.org_id('acme'), p_run, v_id, 'add', 'By hand.');
    insert into traveler.run_step (org_id, id, run_id, depth, position, title, state, sibling_id)
    select test.org_id('acme'), v_id, p_run, 1, max(s.position) + 1, 'E', 'redline', p_sibling from traveler.run_step s where s.run_id = p_run;
end $$;
-- A batch of so many runs, or one alone, and a start in it: how many sessions there are, of how many divisions over how many runs.
create function test.divided(p_runs integer) returns text language plpgsql as $$
declare
    v_procedure uuid := test.released('Of ' || p_runs, test.part('OF ' || p_runs), '[{"title": "Weld"}]');
    v_runs uuid[] := array(select test.run(v_procedure) from generate_series(1, p_runs));
begin
    if p_runs > 1 then
        perform traveler.create_batch(jsonb_build_object('run_ids', to_jsonb(v_runs)));
    end if;
    perform test.start(test.step(v_runs[1], 'Weld'));
    return (select concat_ws(' ', count(*), count(distinct l.divided_id), min(l.divided_by), max(l.divided_place)) from traveler.labor_session l where l.run_id = any (v_runs));
end
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
-- First of all: a session of Postgres plans by how many rows came first, and here it was one.
begin;
select test.enter('admin');
select is((select string_agg(test.divided(n), ', ') from unnest(array[1, 2, 3, 4, 5, 6, 7, 12]) n), '1 0 1 1, 2 1 2 2, 3 1 3 3, 4 1 4 4, 5 1 5 5, 6 1 6 6, 7 1 7 7, 12 1 12 12',
    'K6: one session, whatever the size of the batch');
rollback;
begin;
select test.enter('admin');
select test.keep('cart', test.part('CART', 'serial'));
select test.keep('procedure', test.released('Build', test.the('cart'), '[
    {"key": "a", "title": "A", "fields": [{"name": "Torque", "type": "number", "maximum": "5"}, {"name": "Note", "type": "text", "required": false}, {"name": "Sign", "type": "signoff", "required": false}]},
    {"key": "b", "title": "B", "after": ["a"], "steps": [{"title": "B1"}]}, {"title": "C", "after": ["b"]}]'));
select test.keep('batch', (traveler.create_batch(jsonb_build_object('procedure_id', test.the('procedure'), 'title', 'Four carts',
    'runs', '[{"serial_numbers": ["1"]}, {"serial_numbers": ["2"]}, {"serial_numbers": ["3"]}, {"serial_numbers": ["4"]}]'::jsonb)) ->> 'id')::uuid);
select test.keep('r' || r.number, r.id) from traveler.run r join traveler.batch_run b on b.run_id = r.id order by r.number;
select is((select string_agg(format('%s %s', y ->> 'title', y ->> 'steps'), ', ' order by y ->> 'title') from jsonb_array_elements(traveler.batch_json(test.the('batch')) -> 'siblings') y),
    'A 4, B 4, B1 4, C 4', 'K1, K2: runs that are made as a batch have siblings in all their steps');
select test.refuses($$ select traveler.create_batch(jsonb_build_object('run_ids', jsonb_build_array(test.the('r1'), test.the('r2')))) $$, 'TV409 K1 run_in_batch', 'K1: a run is in one batch at most');
select test.refuses($$ select traveler.create_batch('{"run_ids": []}') $$, 'TV422 K1 batch_of_one', 'a batch is of two at least');
select test.refuses($$ select traveler.create_batch(jsonb_build_object('run_ids', jsonb_build_array(traveler.new_id(), test.the('r1')))) $$, 'TV422 T1 run_unknown', 'of runs that there are');
commit;
begin;
select test.enter('viewer');
select test.refuses($$ select traveler.create_batch('{}') $$, 'TV403 T3 permission_missing', 'and is made by who may');
commit;

-- K3: start, values, sign-off.
begin;
select test.enter('technician');
select test.start(test.step(test.the('r1'), 'A'));
select is(test.states('A'), 'in_progress in_progress in_progress in_progress', 'K3: a start starts all siblings');
select is((select count(*) || ' over ' || max(l.divided_by) from traveler.labor_session l where l.ended_at is null), '4 over 4', 'K6: with one session over them');
select test.value(test.field(test.the('r1'), 'Note'), '"Blue"');
select is((select string_agg(f.value #>> '{}', ' ') from traveler.run_step_field f where f.name = 'Note' and f.value is not null), 'Blue Blue Blue Blue', 'a shared value is the value of all');
select test.value(test.field(test.the('r1'), 'Torque'), '"3"');
select is((select count(*) from traveler.run_step_field f where f.name = 'Torque' and f.value is not null), 1::bigint, 'a measurement is each run''s own');
select test.refuses($$ select test.complete(test.step(test.the('r1'), 'A')) $$, 'TV409 K3 siblings_differ', 'so that a sign-off waits for those of all');
select is((select jsonb_agg(x -> 'run_number' order by x -> 'run_number') from jsonb_array_elements(test.refusal_detail($$ select test.complete(test.step(test.the('r1'), 'A')) $$, 'siblings')) x),
    '[2, 3, 4]', 'and names each run that can''t follow');
select is((select string_agg(distinct m ->> 'code', ' ') || ' ' || count(*) from jsonb_array_elements(traveler.sibling_report(test.step(test.the('r1'), 'A'), 'complete') -> 'misfits') m),
    'step_not_complete 3', 'as the report does beforehand');
select test.value(test.field(test.the('r' || n), 'Torque'), '"2"') from generate_series(2, 4) n;
select test.value(test.field(test.the('r3'), 'Sign'), 'true');
select is((select count(*) from traveler.signature g where g.kind = 'field' and g.voided_at is null), 4::bigint, 'P4: a shared sign-off is a signature in each run');
select test.complete(test.step(test.the('r4'), 'A'));
select is(test.states('A'), 'completed completed completed completed', 'a sign-off signs all off');
select is((select count(*) from traveler.signature g where g.kind = 'step' and g.voided_at is null), 4::bigint, 'each with its signature');
select is((select count(*) from traveler.labor_session l where l.ended_at is null), 0::bigint, 'S4: and checks out of all');
commit;
begin;
select test.enter('admin');
select is((select sum(d.seconds) from traveler.labor_day d), (select floor(extract(epoch from max(l.ended_at) - min(l.started_at)))::numeric from traveler.labor_session l),
    'K6: the parts of a session add up to it');
select is((select array_agg(traveler.divided_seconds(100, 3, n)) from generate_series(1, 3) n), '{33,33,34}', 'by whole seconds');
commit;

-- Those that can, the others leave; or one alone.
begin;
select test.enter('admin');
select test.act('hold', test.step(test.the('r2'), 'B'), 'none');
select is(test.states('B') || ' | ' || test.in_batch(), 'todo hold todo todo | 1 3 4', 'K4: acted on alone, a run leaves in the same request');
select test.act('cancel', test.step(test.the('r3'), 'B1'));
select is(test.states('B1'), 'canceled todo canceled canceled', 'the others go on together');
select test.act('restore', test.step(test.the('r1'), 'B1'));
select test.refuses($$ select traveler.join_batch(test.the('batch'), null, jsonb_build_object('run_ids', jsonb_build_array(test.the('r1')))) $$, 'TV409 K1 run_in_batch', 'none joins twice');
select test.act('release', test.step(test.the('r2'), 'B'));
select traveler.join_batch(test.the('batch'), null, jsonb_build_object('run_ids', jsonb_build_array(test.the('r2'))));
select is((select string_agg(format('%s %s', y ->> 'title', y ->> 'steps'), ', ' order by y ->> 'title') from jsonb_array_elements(traveler.batch_json(test.the('batch')) -> 'siblings') y),
    'A 3, B 4, B1 4, C 4', 'K2, K4: one that joins again has siblings in what is still to do');
commit;
-- By hand one of them is taken back, so that it can't follow: never a silent divergence.
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ update traveler.run_step set state = 'canceled' where id = test.step(test.the('r4'), 'C') $$, 'TV409 K3 sibling_left', 'K3: nobody moves one sibling alone');
update traveler.run_step set state = 'canceled' where title = 'C';
select is(test.states('C'), 'canceled canceled canceled canceled', 'all of them together, by SQL too');
rollback;
begin;
select test.enter_owner();
select test.refuses(s.statement, s.refusal, 'the owner by SQL: ' || s.what) from (values
    ('whose sibling a step is', $$ update traveler.run_step set sibling_id = null where run_id = test.the('r1') $$, 'TV409 K2 derived'),
    ('a run in two batches', $$ insert into traveler.batch_run (org_id, batch_id, run_id, joined_by) values (test.org_id('acme'), test.the('batch'), test.the('r1'), 'x') $$, '23505 batch_run_live_key'),
    ('a membership rewritten', $$ update traveler.batch_run set run_id = test.the('r1') where run_id = test.the('r2') $$, 'TV409 K4 batch_run_fixed'),
    ('a batch made by another', $$ update traveler.batch set created_by = 'x' $$, 'TV409 Y1 identity_fixed')) s (what, statement, refusal);
commit;
reset role;

set session authorization traveler_service;
begin;
select test.enter('admin');
-- A step of one is held with the others, by the run as a whole.
select traveler.act_on_run('hold', test.the('r1'), null, 'Lunch.');
select is(test.states('B') || ' ' || test.states('C'), 'hold hold hold hold hold hold hold hold', 'K3, S15: an act on a run is one on its batch');
select traveler.act_on_run('release', test.the('r3'));
select is(test.states('B') || ' ' || test.states('C'), 'todo todo todo todo todo todo todo todo', 'and its release likewise');
select test.start(test.step(test.the('r1'), 'B'));
select test.act('fail', test.step(test.the('r1'), 'B'), null, 'Broke.');
select is(test.states('B'), 'failed failed failed failed', 'all fail');
select test.act('retry', test.step(test.the('r2'), 'B'));
rollback;

-- Redlines over siblings.
begin;
select test.enter('engineer');
select test.act('redline', test.step(test.the('r1'), 'C'), null, 'Glue it.');
select is(test.states('C'), 'redline redline redline redline', 'D1, K3: a redline is one in each run');
select traveler.edit_redline(test.step(test.the('r2'), 'C'), null, jsonb_build_object('instructions', 'Glue it.', 'add_fields', '[{"name": "Glue", "type": "text"}]'::jsonb,
    'upstream_ids', jsonb_build_array(test.step(test.the('r2'), 'A'))));
select is((select string_agg(s.instructions, ' ') || ' ' || count(*) from traveler.run_step s where s.title = 'C'), 'Glue it. Glue it. Glue it. Glue it. 4', 'edited in each');
select is((select count(*) from traveler.run_step_field f where f.name = 'Glue'), 4::bigint, 'with the field that it adds');
select is((select count(*) from traveler.run_step_edge e join traveler.run_step u on u.id = e.upstream_id join traveler.run_step d on d.id = e.downstream_id
    where u.title = 'A' and d.title = 'C' and u.run_id = d.run_id and e.withdrawn_at is null), 4::bigint, 'waiting for its own run''s step');
select test.refuses($$ select traveler.leave_batch(test.the('r1'), '{"reason": "Enough."}') $$, 'TV409 K4 step_in_redline', 'K4: no run leaves while a step of it is in redline');
select test.act('release_redline', test.step(test.the('r4'), 'C'));
select is(test.states('C'), 'todo todo todo todo', 'released in each');
select traveler.add_step(test.the('r1'), jsonb_build_object('title', 'D', 'reason', 'Polish.', 'parent_id', test.step(test.the('r1'), 'B')));
select is((select count(*) || ' ' || count(distinct s.sibling_id) from traveler.run_step s join traveler.run_step p on p.id = s.parent_id where s.title = 'D' and p.title = 'B'), '4 1', 'a step is added to each, where it belongs');
select test.act('release_redline', test.step(test.the('r3'), 'D'));
select is(test.states('D'), 'todo todo todo todo', 'and is theirs together');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ insert into traveler.redline (org_id, run_id, run_step_id, reason) select s.org_id, s.run_id, s.id, 'x' from traveler.run_step s where s.id = test.step(test.the('r1'), 'C') $$,
    'TV409 K3 sibling_left', 'K3: nobody redlines one sibling alone');
select lives_ok($$ select test.add_by_hand(r.id, x.id) from (select traveler.new_id() as id offset 0) x, traveler.run r where r.id in (test.the('r1'), test.the('r2')) $$, 'K2: siblings are added together');
rollback;
begin;
select test.enter_owner();
select test.refuses(s.statement, 'TV409 K2 not_a_sibling', 'K2: ' || s.what) from (values
    ('no step joins siblings that are there', $$ select test.add_by_hand(test.the('r1'), (select s.sibling_id from traveler.run_step s where s.id = test.step(test.the('r2'), 'D'))) $$),
    ('a run outside a batch has none', $$ update traveler.batch_run set left_at = now(), left_by = 'x', left_reason = 'x' where run_id = test.the('r1');
        select test.add_by_hand(test.the('r1'), traveler.new_id()) $$),
    ('a run has one of them', $$ select test.add_by_hand(test.the('r1'), x.sibling) from (select traveler.new_id() as sibling) x, generate_series(1, 2) $$)) s (what, statement);
select test.refuses($$ update traveler.run_step_field set value = '"Red"' where id = test.field(test.the('r1'), 'Note') $$, 'TV409 S13 values_closed', 'values are closed');
commit;
reset role;

-- K4: each run completes by itself; a completed one takes no part.
set session authorization traveler_service;
begin;
select test.enter('admin');
select traveler.leave_batch(test.the('r4'), '{"reason": "A customer waits."}');
select is(test.in_batch(), '1 2 3', 'K4: a run leaves with what it has');
select test.start(test.step(test.the('r1'), 'B'));
select test.start(test.step(test.the('r1'), 'B1'));
select test.complete(test.step(test.the('r2'), 'B1'));
select test.work(test.step(test.the('r1'), 'D'));
select test.complete(test.step(test.the('r1'), 'B'));
select test.start(test.step(test.the('r3'), 'C'));
select test.value(test.field(test.the('r3'), 'Glue'), '"UHU"');
select test.complete(test.step(test.the('r3'), 'C'));
select is((select string_agg(r.status, ' ' order by r.number) from traveler.run r), 'complete complete complete in_progress', 'C3, K4: completion is judged run by run');
commit;
begin;
select test.enter('admin');
select traveler.reopen_run(test.the('r1'), null, 'Look again.');
select is(test.in_batch(), '2 3', 'K4: reopening takes a run out');
select test.act('reopen', test.step(test.the('r1'), 'C'));
select is(test.states('C'), 'todo completed completed todo', 'what it does then is its own');
select traveler.dissolve_batch(test.the('batch'), null);
select is(test.in_batch(), null, 'K4: a batch is dissolved');
select test.refuses($$ select traveler.join_batch(test.the('batch'), null, jsonb_build_object('run_ids', jsonb_build_array(test.the('r1')))) $$, 'TV409 K4 batch_dissolved', 'for good');
rollback;
reset session authorization;
select test.whole();
select * from finish();

-- What is refused of batches and siblings (K1-K4), one refusal at a time: to the service, and to the owner by SQL.
\ir support/world.psql
select plan(22);

create function test.act(p_act text, p_step uuid, p_siblings text default null, p_reason text default 'story') returns text language sql as $$
    select traveler.act_on_steps(p_act, array[p_step], null, p_reason, false, p_siblings) #>> '{steps,0,state}'
$$;
create function test.join(variadic p_runs uuid[]) returns jsonb
language sql as $$ select traveler.join_batch(test.the('batch'), null, jsonb_build_object('run_ids', to_jsonb(p_runs))) $$;
create function test.member(p_run uuid, p_left timestamptz default null) returns uuid language sql as $$
    insert into traveler.batch_run (org_id, batch_id, run_id, joined_by, left_at, left_by, left_reason)
    values (test.org_id('acme'), test.the('batch'), p_run, 'x', p_left, case when p_left is not null then 'x' end, case when p_left is not null then 'x' end) returning id
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('cart', test.part('CART', 'serial'));
select test.keep('procedure', test.released('Build', test.the('cart'), '[
    {"key": "a", "title": "A", "fields": [{"name": "Note", "type": "text", "required": false}, {"name": "Size", "type": "number", "required": false}]}, {"title": "B", "after": ["a"]}]'));
select test.keep('batch', (traveler.create_batch(jsonb_build_object('procedure_id', test.the('procedure'), 'runs', '[{"serial_numbers": ["1"]}, {"serial_numbers": ["2"]}]'::jsonb)) ->> 'id')::uuid);
select test.keep('r' || r.number, r.id) from traveler.run r join traveler.batch_run b on b.run_id = r.id order by r.number;
select test.keep('ended', test.run(test.the('procedure'), '{"serial_numbers": ["3"]}')), test.keep('alone', test.run(test.the('procedure'), '{"serial_numbers": ["4"]}'));
select traveler.act_on_run('cancel', test.the('ended'), null, 'No order.');
select test.keep('dissolved', (traveler.create_batch(jsonb_build_object('procedure_id', test.the('procedure'), 'runs', '[{"serial_numbers": ["5"]}, {"serial_numbers": ["6"]}]'::jsonb)) ->> 'id')::uuid);
select traveler.dissolve_batch(test.the('dissolved'), null);
select test.start(test.step(test.the('r1'), 'A'));
commit;

begin;
select test.enter('admin');
select test.refuses(s.statement, s.refusal, s.rule || ': ' || s.what) from (values
    ('K1', 'a batch of what', $$ select traveler.create_batch('{"title": "Of nothing"}') $$, 'TV422 K1 runs_not_named'),
    ('K1', 'of two kinds', $$ select traveler.create_batch('{"run_ids": [], "runs": []}') $$, 'TV422 K1 runs_not_named'),
    ('K1', 'of runs of no procedure', $$ select traveler.create_batch('{"runs": [{"serial_numbers": ["8"]}, {"serial_numbers": ["9"]}]}') $$, 'TV422 K1 procedure_missing'),
    ('T1', 'runs that join no such batch', $$ select traveler.join_batch(traveler.new_id(), null, '{"run_ids": []}') $$, 'TV404 T1 batch_unknown'),
    ('T1', 'no such batch dissolved', $$ select traveler.dissolve_batch(traveler.new_id(), null) $$, 'TV404 T1 batch_unknown'),
    ('T1', 'no such run leaves', $$ select traveler.leave_batch(traveler.new_id(), '{"reason": "x"}') $$, 'TV404 T1 run_unknown'),
    ('K4', 'a run of no batch leaves', $$ select traveler.leave_batch(test.the('alone'), '{"reason": "x"}') $$, 'TV409 K4 run_not_in_batch'),
    ('K4', 'a canceled run joins', $$ select test.join(test.the('ended')) $$, 'TV409 K4 run_ended'),
    ('K4', 'a dissolved batch dissolved again', $$ select traveler.dissolve_batch(test.the('dissolved'), null) $$, 'TV409 K4 batch_dissolved'),
    ('K3', 'an act on some siblings or other', $$ select test.act('hold', test.step(test.the('r1'), 'A'), 'some') $$, 'TV422 K3 siblings_unknown'),
    ('K3', 'or on some runs or other', $$ select traveler.act_on_run('hold', test.the('r1'), null, 'x', 'some') $$, 'TV422 K3 siblings_unknown'),
    ('T1', 'an act on no such run', $$ select traveler.act_on_run('hold', traveler.new_id(), null, 'x') $$, 'TV404 T1 run_unknown')) s (rule, what, statement, refusal);
commit;
reset session authorization;

set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(s.statement, s.refusal, 'the owner by SQL: ' || s.what) from (values
    ('a batch dissolved from the start', $$ insert into traveler.batch (org_id, number, title, created_by, dissolved_at, dissolved_by) values (test.org_id('acme'), 9, 'x', 'x', now(), 'x') $$,
        'TV409 K1 batch_starts_whole'),
    ('a dissolved batch renamed', $$ update traveler.batch set title = 'x' where id = test.the('dissolved') $$, 'TV409 K4 batch_dissolved'),
    ('a canceled run joins', $$ select test.member(test.the('ended')) $$, 'TV409 K4 run_ended'),
    ('a run joins as one that left', $$ select test.member(test.the('alone'), now()) $$, 'TV409 K4 joins_before_it_leaves'),
    ('a shared value of one', $$ update traveler.run_step_field set value = '"Red"' where id = test.field(test.the('r1'), 'Note') $$, 'TV409 K3 sibling_left'),
    ('a new step that says whose sibling it is', $$ insert into traveler.run_step (org_id, run_id, depth, position, title, sibling_id)
        select s.org_id, s.run_id, 1, 7, 'E', s.sibling_id from traveler.run_step s where s.id = test.step(test.the('r1'), 'B') $$, 'TV409 K2 derived')) s (what, statement, refusal);
update traveler.run_step_field set value = '"3"' where id = test.field(test.the('r1'), 'Size');
select is((select count(*) from traveler.run_step_field f where f.name = 'Size' and f.value is not null), 1::bigint, 'a measurement of one may be written');
rollback;
reset role;

-- Siblings in redline are released when they say the same.
set session authorization traveler_service;
begin;
select test.enter('engineer');
select test.act('redline', test.step(test.the('r1'), 'B'));
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
update traveler.run_step set instructions = 'Twice.' where id = test.step(test.the('r2'), 'B');
commit;
reset role;
set session authorization traveler_service;
begin;
select test.enter('engineer');
select test.refuses($$ select test.act('release_redline', test.step(test.the('r1'), 'B')) $$, 'TV409 K3 siblings_differ', 'K3: what was edited in one alone is not released in all');
rollback;
begin;
select test.enter('engineer');
select traveler.edit_redline(test.step(test.the('r1'), 'B'), null, '{"instructions": "Thrice."}');
select test.act('release_redline', test.step(test.the('r2'), 'B'));
select is((select string_agg(s.state || ' ' || s.instructions, ', ') from traveler.run_step s where s.title = 'B' and s.run_id in (test.the('r1'), test.the('r2'))), 'todo Thrice., todo Thrice.',
    'once they are edited alike they are');
commit;
reset session authorization;
select test.whole();
select * from finish();

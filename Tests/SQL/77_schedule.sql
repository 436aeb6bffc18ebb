-- H1, H2: when runs and steps are planned, said by somebody or following from what is in them; and that this is true after whatever happens.
\ir support/world.psql
select plan(50);

create function test.schedule(p_steps jsonb default '[]', p_runs jsonb default '[]') returns jsonb
language sql as $$ select traveler.set_schedule(jsonb_build_object('steps', p_steps, 'runs', p_runs)) $$;
create function test.hour(p_hour text) returns text language sql immutable as $$ select '2027-03-01T' || p_hour || ':00Z' $$;
-- Steps by title, with start and end as hours of a day in March; null takes back, a missing key stays.
create function test.plan(p_run uuid, p_title text, p_start text, p_end text) returns jsonb language sql as $$
    select test.schedule(jsonb_build_array(jsonb_build_object('id', test.step(p_run, p_title), 'scheduled_start', test.hour(p_start), 'scheduled_end', test.hour(p_end))))
$$;
create function test.span(p_start timestamptz, p_end timestamptz) returns text language sql as $$
    select format('%s to %s', coalesce(to_char(p_start at time zone 'UTC', 'HH24:MI'), '-'), coalesce(to_char(p_end at time zone 'UTC', 'HH24:MI'), '-'))
$$;
create function test.of_run(p_run uuid) returns text language sql as $$ select test.span(max(r.effective_start), max(r.effective_end)) from traveler.run_schedule r where r.run_id = p_run $$;
create function test.of_step(p_run uuid, p_title text) returns text language sql as $$
    select test.span((s #>> '{schedule,effective_start}')::timestamptz, (s #>> '{schedule,effective_end}')::timestamptz) from traveler.step_json(test.step(p_run, p_title)) s
$$;
create function test.act(p_act text, p_step uuid) returns jsonb language sql as $$ select traveler.act_on_steps(p_act, array[p_step], null, 'story') $$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('cart', test.part('CART', 'serial'));
select test.keep('procedure', test.released('Build', test.the('cart'), '[
    {"key": "a", "title": "A"}, {"key": "b", "title": "B", "after": ["a"], "steps": [{"title": "B1"}, {"title": "B2", "steps": [{"title": "B21"}]}]}, {"title": "C", "after": ["b"]}]'));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["1"]}')), test.keep('other', test.run(test.the('procedure'), '{"serial_numbers": ["2"]}'));
commit;
begin;
select test.enter('technician');
select test.refuses($$ select test.plan(test.the('run'), 'A', '08:00', '09:00') $$, 'TV403 T3 permission_missing', 'T3: who plans holds run.schedule');
commit;

begin;
select test.enter('planner');
select is(test.of_run(test.the('run')), '- to -', 'a run is not planned at first');
select test.plan(test.the('run'), 'A', '08:00', '09:00');
select is(test.of_run(test.the('run')), '08:00 to 09:00', 'H1: a run starts with its earliest step and ends with its latest');
select test.plan(test.the('run'), 'B21', '10:00', '12:00');
select is(test.of_step(test.the('run'), 'B2') || ', ' || test.of_step(test.the('run'), 'B') || ', ' || test.of_run(test.the('run')), '10:00 to 12:00, 10:00 to 12:00, 08:00 to 12:00',
    'H2: what is nested counts for the step around it, at every level');
select test.plan(test.the('run'), 'B1', '09:30', null);
select is(test.of_step(test.the('run'), 'B') || ', ' || test.of_run(test.the('run')), '09:30 to 12:00, 08:00 to 12:00', 'each of the two by itself');
select test.plan(test.the('run'), 'B', null, '11:00');
select is(test.of_step(test.the('run'), 'B') || ', ' || test.of_run(test.the('run')), '09:30 to 11:00, 08:00 to 11:00', 'and what is said wins over what is nested');
select test.schedule('[]', jsonb_build_array(jsonb_build_object('id', test.the('run'), 'scheduled_start', test.hour('07:00'), 'due_at', test.hour('20:00'))));
select is(test.of_run(test.the('run')), '07:00 to 11:00', 'as it does of a run');
select is((select format('%s %s %s', s ->> 'effective_start_from', s ->> 'effective_end_from', s ->> 'due_at') from (select traveler.run_json(test.the('run')) -> 'schedule') x (s)),
    'explicit steps 2027-03-01T20:00:00.000000Z', 'H2: each value says where it comes from');
select is((select format('%s %s', s #>> '{schedule,effective_start_from}', s #>> '{schedule,effective_end_from}') from traveler.step_json(test.step(test.the('run'), 'B')) s), 'steps explicit', 'of a step as well');
select test.schedule('[]', jsonb_build_array(jsonb_build_object('id', test.the('run'), 'scheduled_start', null)));
select is(test.of_run(test.the('run')) || ' ' || (select r.due_at is not null from traveler.run r where r.id = test.the('run')), '08:00 to 11:00 true', 'null takes back what was said; the rest stays');
select is((select count(*) from traveler.transaction_history h where h.row_id = test.the('run') and h.transaction_id = pg_current_xact_id()), 2::bigint,
    'Y1: what is said of a run is in its history; what follows for it is no change of its own');
commit;

-- What is canceled does not count; what happens to a step never changes what was planned.
begin;
select test.enter('admin');
select test.act('cancel', test.step(test.the('run'), 'A'));
select is(test.of_run(test.the('run')), '09:30 to 11:00', 'H1: a canceled step does not count');
select test.act('restore', test.step(test.the('run'), 'A'));
select is(test.of_run(test.the('run')), '08:00 to 11:00', 'restored, it counts again');
select test.work(test.step(test.the('run'), 'A'));
select is(test.of_step(test.the('run'), 'A'), '08:00 to 09:00', 'what is started and signed off keeps its plan');
select test.start(test.step(test.the('run'), 'B'));
select test.work(test.step(test.the('run'), 'B1'));
select test.act('cancel', test.step(test.the('run'), 'B'));
select is(test.of_step(test.the('run'), 'B') || ', ' || test.of_run(test.the('run')), '09:30 to -, 08:00 to 09:00', 'of what a canceled step had nested, what is done counts still');
rollback;

begin;
select test.enter('planner');
select test.refuses(s.statement, s.refusal, s.what) from (values
    ('an end before the start', $$ select test.plan(test.the('run'), 'A', '09:00', '08:00') $$, '23514 run_step_schedule_in_order'),
    ('of a run as well', $$ select test.schedule('[]', jsonb_build_array(jsonb_build_object('id', test.the('run'), 'scheduled_start', test.hour('09:00'), 'scheduled_end', test.hour('08:00')))) $$,
        '23514 run_schedule_in_order'),
    ('at no time', $$ select test.schedule(jsonb_build_array(jsonb_build_object('id', test.step(test.the('run'), 'A'), 'scheduled_end', 'infinity'))) $$, '23514 run_step_schedule_is_a_time'),
    ('never due', $$ select test.schedule('[]', jsonb_build_array(jsonb_build_object('id', test.the('run'), 'due_at', 'infinity'))) $$, '23514 run_schedule_is_a_time'),
    ('on no day', $$ select test.schedule(jsonb_build_array(jsonb_build_object('id', test.step(test.the('run'), 'A'), 'scheduled_start', '2027-02-30T00:00:00Z'))) $$, 'TV422 H1 time_invalid'),
    ('of nothing', $$ select test.schedule() $$, 'TV422 H1 nothing_named'),
    ('of a step twice', $$ select test.schedule(jsonb_build_array(jsonb_build_object('id', test.step(test.the('run'), 'A')), jsonb_build_object('id', test.step(test.the('run'), 'A')))) $$, 'TV422 H1 named_twice'),
    ('of no such step', $$ select test.schedule(jsonb_build_array(jsonb_build_object('id', traveler.new_id()))) $$, 'TV404 T1 step_unknown'),
    ('of no such run', $$ select test.schedule('[]', jsonb_build_array(jsonb_build_object('id', traveler.new_id()))) $$, 'TV404 T1 run_unknown')) s (what, statement, refusal);
commit;

reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(s.statement, s.refusal, 'the owner by SQL: ' || s.what) from (values
    ('what the steps of a run add up to', $$ update traveler.run_schedule set steps_start = now() where run_id = test.the('run') $$, 'TV409 H1 derived'),
    ('what nested steps add up to', $$ update traveler.nested_schedule set ends = now() where run_id = test.the('run') $$, 'TV409 H1 derived'),
    ('a run planned by hand', $$ insert into traveler.run_schedule (org_id, run_id) values (test.org_id('acme'), test.the('other')) $$, 'TV409 H1 derived'),
    ('a step planned by hand', $$ insert into traveler.nested_schedule (org_id, run_id, run_step_id) values (test.org_id('acme'), test.the('other'), test.step(test.the('other'), 'B')) $$, 'TV409 H1 derived'),
    ('no plan any more', $$ delete from traveler.run_schedule $$, 'TV409 T4 record_kept')) s (what, statement, refusal);
update traveler.run_step set scheduled_start = scheduled_start - interval '1 hour' where run_id = test.the('run');
select is(test.of_run(test.the('run')), '07:00 to 11:00', 'by SQL too the run follows its steps');
select test.keep('by hand', traveler.new_id()), test.keep('added by hand', traveler.new_id());
insert into traveler.run (org_id, id, number, title, procedure_id, part_id, quantity, created_by, scheduled_start)
select r.org_id, test.the('by hand'), 99, 'x', r.procedure_id, r.part_id, 1, r.created_by, '2027-03-01T06:00:00Z' from traveler.run r where r.id = test.the('run');
select is(test.of_run(test.the('by hand')), '06:00 to -', 'a run that comes planned is planned');
insert into traveler.redline (org_id, run_id, run_step_id, kind, reason) values (test.org_id('acme'), test.the('run'), test.the('added by hand'), 'add', 'By hand.');
insert into traveler.run_step (org_id, id, run_id, depth, position, title, state, scheduled_end) values (test.org_id('acme'), test.the('added by hand'), test.the('run'), 1, 9, 'X', 'redline', '2027-03-01T22:00:00Z');
select is(test.of_run(test.the('run')), '07:00 to 22:00', 'and a step that comes planned counts');
rollback;
begin;
select test.enter('technician');
select test.refuses($$ update traveler.run_step set scheduled_start = now() where id = test.step(test.the('run'), 'A') $$, 'TV403 T3 permission_missing', 'nor does the owner plan for who may not');
select test.refuses($$ update traveler.run set due_at = now() where id = test.the('run') $$, 'TV403 T3 permission_missing', 'a run neither');
commit;
reset role;

-- K3, C5, D3.
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('batch', (traveler.create_batch(jsonb_build_object('run_ids', jsonb_build_array(test.the('run'), test.the('other')))) ->> 'id')::uuid);
select test.plan(test.the('other'), 'C', '13:00', '14:00');
select is(test.of_step(test.the('run'), 'C') || ', ' || test.of_run(test.the('run')) || ', ' || test.of_run(test.the('other')), '13:00 to 14:00, 08:00 to 14:00, 13:00 to 14:00', 'K3: siblings are planned together');
select is((select count(*) from jsonb_array_elements(test.plan(test.the('run'), 'C', '13:00', '15:00') -> 'steps')), 2::bigint, 'and the answer has them all');
select test.keep('added', (traveler.add_step(test.the('run'), '{"title": "D", "reason": "x"}') ->> 'id')::uuid);
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ update traveler.run_step set scheduled_end = now() + interval '1 year' where id = test.step(test.the('run'), 'C') $$, 'TV409 K3 sibling_left', 'nobody plans one sibling alone');
commit;
reset role;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.plan(test.the('run'), 'D', '18:00', '19:00');
select is(test.of_run(test.the('run')), '08:00 to 19:00', 'a step that is added counts when it is planned');
select traveler.act_on_steps('cancel_redline', array[test.step(test.the('run'), 'D')], null, 'No.');
select is(test.of_run(test.the('run')), '08:00 to 15:00', 'D6: withdrawn, it does not');
select traveler.dissolve_batch(test.the('batch'), null);
select test.start(test.step(test.the('run'), 'A'));
commit;
begin;
select test.enter('admin');
select test.complete(test.step(test.the('run'), 'A'));
select test.start(test.step(test.the('run'), 'B'));
select test.work(test.step(test.the('run'), 'B1'));
select test.start(test.step(test.the('run'), 'B2'));
select test.work(test.step(test.the('run'), 'B21'));
select test.complete(test.step(test.the('run'), 'B2'));
select test.complete(test.step(test.the('run'), 'B'));
select test.work(test.step(test.the('run'), 'C'));
select test.refuses($$ select test.plan(test.the('run'), 'C', '13:00', '14:00') $$, 'TV409 C5 run_completed', 'C5: a completed run''s steps are planned no more');
select test.refuses($$ select test.schedule('[]', jsonb_build_array(jsonb_build_object('id', test.the('run'), 'due_at', test.hour('21:00')))) $$, 'TV409 C5 run_completed', 'nor is it itself');
commit;
reset session authorization;
-- H5: whether anything of a run is planned.
create function test.planned() returns text language sql as $$
    select concat_ws(' ', r.planned, r.version, (select count(*) from traveler.unscheduled_runs(100, null, null, null, null, null, null, null) u where u.id = r.id)) from traveler.run r where r.id = test.the('random')
$$;
-- Whatever is planned, taken back, canceled, restored, started and signed off, in any order, what is derived is what it follows from.
create function test.any_acts(p_acts integer) returns table (act text, refusals bigint, acts bigint) language sql as $$
    -- One after the other, then counted.
    with done as materialized (select x.act, test.refusal(x.statement) as refusal from (
        select a.act, case a.act
            when 'plan' then format('select test.schedule(%L)', jsonb_build_array(jsonb_build_object('id', s.id) || case when n % 3 = 0 then '{}' else jsonb_build_object('scheduled_start',
                case when n % 7 > 0 then traveler.json_time('2027-01-01'::timestamptz + random() * interval '90 days') end) end || case when n % 4 = 0 then '{}' else jsonb_build_object('scheduled_end',
                case when n % 5 > 0 then traveler.json_time('2027-03-01'::timestamptz + random() * interval '90 days') end) end))
            else format('select traveler.act_on_steps(%L, array[%L::uuid], null, ''story'')', a.act, s.id) end as statement
        from (select n, random() as dice, random() as die from generate_series(1, p_acts) n) d
        cross join lateral (select (array['plan', 'plan', 'plan', 'cancel', 'restore', 'hold', 'release'])[1 + floor(dice * 7)] as act) a
        cross join lateral (select x.id from (select t.id, row_number() over (order by t.title) as place, count(*) over () as count from traveler.run_step t where t.run_id = test.the('random')) x
            where x.place = 1 + floor(die * x.count)) s
        order by n) x)
    select d.act, count(*) filter (where d.refusal <> 'went through'), count(*) from done d group by 1
$$;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('random', test.run(test.the('procedure'), '{"serial_numbers": ["R"]}'));
select is(test.planned(), 'f 1 1', 'H5: a new run is in the list of what is not planned');
select test.plan(test.the('random'), 'B', '13:00', '14:00');
select is(test.planned(), 't 1 0', 'and no longer once a step of it is, which is no change of the run itself');
select traveler.act_on_steps('cancel', array[test.step(test.the('random'), 'B')], null, 'story');
select is(test.planned(), 'f 1 1', 'again when that is canceled');
select test.schedule('[]', jsonb_build_array(jsonb_build_object('id', test.the('random'), 'scheduled_end', test.hour('21:00'))));
select is(test.planned(), 't 2 0', 'not when anything is said of the run');
select setseed(0.77);
select ok((select bool_and(t.acts - t.refusals >= 5) and count(*) = 5 from test.any_acts(400) t), 'of four hundred acts at random many of each kind are done');
commit;
reset session authorization;
select test.refuses($$ update traveler.run r set planned = false where r.id = test.the('random') $$, 'TV409 R2 derived', 'and nobody says it but what it follows from');
begin;
alter table traveler.run disable trigger _120_refuse_derived;
update traveler.run r set planned = not r.planned where r.id = test.the('random');
select results_eq('select v.rule, v.record from traveler.integrity_violations v', $$ values ('H5', test.the('random')) $$, 'a run that says otherwise than its plan is found');
rollback;
select is_empty('select * from traveler.schedule_violations', 'what is derived is what it follows from, whatever happened');
select test.whole();
select * from finish();

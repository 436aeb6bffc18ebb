-- The questions that people ask first, each over work whose answer can be counted on fingers (E1).
\ir support/world.psql
\ir support/psql.psql
\ir support/analysts.psql
select plan(31);
\set page `cat sql/ANALYTICS.md`

create function test.act(p_act text, p_step uuid) returns jsonb
language sql as $$ select traveler.act_on_steps(p_act, array[p_step], null, 'Stripped') $$;
grant execute on all functions in schema test to public;
set session authorization traveler_service;
begin;
select test.enter('admin');
select traveler.create_labor_rate(jsonb_build_object('role_id', r.id, 'hourly_rate', '36', 'valid_from', '2026-01-01T00:00:00Z')) is not null from traveler.role r where r.name = 'admin';
select test.keep('bolt', test.part('BOLT', 'lot')), test.keep('cart', test.part('CART', 'serial')), test.keep('bench', test.location('Bench'));
select test.keep('procedure', test.released('Build', test.the('cart'), jsonb_build_array(
    jsonb_build_object('key', 'a', 'title', 'Fit', 'location_id', test.the('bench')), '{"title": "Check", "after": ["a"]}'::jsonb)));
select test.keep(n, test.run(test.the('procedure'), jsonb_build_object('title', n, 'serial_numbers', jsonb_build_array(n)))) from unnest(array['good', 'bad', 'late', 'open']) n;
select traveler.set_schedule(jsonb_build_object('steps', '[]'::jsonb, 'runs', (select jsonb_agg(jsonb_build_object('id', test.the(n), 'due_at', d)) from (values
    ('good', '2036-03-05T00:00:00Z'), ('late', '2026-03-06T00:00:00Z'), ('open', '2026-03-07T00:00:00Z')) x (n, d)))) is not null;
select test.work(test.step(test.the('good'), 'Fit'), test.step(test.the('good'), 'Check'));
select test.start(test.step(test.the('bad'), 'Fit')) is not null;
select test.act('fail', test.step(test.the('bad'), 'Fit')) is not null;
commit;
begin;
select test.enter('admin');
select test.act('retry', test.step(test.the('bad'), 'Fit')) is not null;
select test.work(test.step(test.the('bad'), 'Fit'), test.step(test.the('bad'), 'Check'));
select test.work(test.step(test.the('late'), 'Fit'), test.step(test.the('late'), 'Check'));
select test.keep('lot', test.receive(test.the('bolt'), '10', '{"lot_number": "L1"}'));
select test.keep('early', test.receive(test.the('bolt'), '25', '{"lot_number": "L0"}'));
select traveler.scrap_inventory(test.the('lot'), null, '{"quantity": "4", "reason": "Rust"}') is not null;
commit;
reset session authorization;
-- Sessions of known length, and runs of known age: the clock is nobody's to set but the superuser's.
set session_replication_role = replica;
alter table traveler.labor_session disable trigger all;
alter table traveler.user_role disable trigger all;
alter table traveler.run disable trigger all;
alter table traveler.inventory_movement disable trigger all;
update traveler.labor_session l set started_at = '2026-03-01 10:00Z', ended_at = '2026-03-01 10:00Z'::timestamptz + case s.title when 'Fit' then interval '1 hour' else interval '30 min' end
from traveler.run_step s where s.org_id = l.org_id and s.id = l.run_step_id;
update traveler.user_role set created_at = '2026-01-01Z';
update traveler.run set started_at = '2026-03-01 10:00Z', created_at = '2026-02-28 10:00Z';
update traveler.run set completed_at = '2026-03-08 10:00Z' where completed_at is not null;
update traveler.run set created_at = now() - interval '40 days', started_at = null where title = 'open';
update traveler.inventory_movement set created_at = created_at - interval '2 months' where to_inventory_id = test.the('early');
reset session_replication_role;
alter table traveler.labor_session enable trigger all;
alter table traveler.run enable trigger all;
alter table traveler.inventory_movement enable trigger all;

select is(test.asks('acme', 'select distinct cycle_seconds from run_cycle_times'), (7 * 86400)::text, 'a run took a week');
select is(test.asks('acme', 'select distinct lead_seconds from run_cycle_times'), (8 * 86400)::text, 'and a day more since it was made');
select is(test.asks('acme', 'select labor_seconds from run_cycle_times where number = 1'), '5400', 'with an hour and a half of work in it');
select is(test.asks('acme', 'select labor_seconds from run_cycle_times where number = 2'), '9000', 'or an hour more, where something was done twice');
select is(test.asks('acme', 'select count(*) from run_cycle_times'), '3', 'what is open has no cycle time yet');
select is(test.asks('acme', 'select format(''%s %s %s'', steps, first_pass, yield = 2 / 3.0::float8) from first_pass_yield where step_title = ''Fit'''), '3 2 t', 'two of three went right the first time');
select is(test.asks('acme', 'select yield from first_pass_yield where step_title = ''Check'''), '1', 'and all, where nothing failed');
select is(test.asks('acme', 'select format(''%s %s %s %s %s %s'', location, runs, sessions, people, seconds, trim_scale(cost)) from labor_by_step where step_title = ''Fit'''),
    'Bench 3 4 1 14400 144', 'four hours of fitting in four sessions on three runs, at 36 an hour');
select is(test.asks('acme', 'select seconds_per_run from labor_by_step where step_title = ''Check'''), '1800', 'half an hour of checking a run');
select is(test.asks('acme', 'select format(''%s %s %s %s %s'', title, age_days, idle_days, age_class, overdue) from wip_ageing'), 'open 40 40 30 to 89 days t', 'one run is there for forty days, and should be done');
select is(test.asks('acme', 'select format(''%s %s %s %s %s'', due, on_time, late, overdue, on_time_share) from on_time where month = ''2026-03-01'''), '2 0 1 1 0', 'in March one was late, and one is');
select is(test.asks('acme', 'select format(''%s %s %s %s %s'', due, on_time, late, overdue, on_time_share) from on_time where month = ''2036-03-01'''), '1 1 0 0 1', 'one was in time');
select is(test.asks('acme', 'select format(''%s %s %s %s'', part_number, trim_scale(scrapped), trim_scale(unscrapped), trim_scale(received)) from scrap where part_number = ''BOLT'' order by month'), 'BOLT 0 0 25,BOLT 4 0 10',
    'four bolts were scrapped, when ten came in');
select is(test.asks('acme', 'select format(''%s of %s'', trim_scale(sum(scrapped - unscrapped)), trim_scale(sum(built + received))) from scrap group by part_number having sum(scrapped) > 0'), '4 of 35',
    'of all that came in, in months without scrap as well');
select is(test.asks('acme', 'select format(''%s %s %s %s'', step_title, reason, attempt, run_id) from step_failures where at > now() - interval ''1 hour'''), format('Fit Stripped 1 %s', test.the('bad')), 'a failure is told after the step has gone on');
select is(test.asks('acme', 'select format(''%s %s %s %s %s'', step_title, failures, runs, share, cumulative_share) from failure_pareto'), 'Fit 1 1 1 1', 'and makes up all there were');

-- Two runs worked as one: the session is one, divided over them (K6).
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('weld', test.released('Weld', test.part('FRAME'), '[{"title": "Weld"}]'));
select test.keep(n, test.run(test.the('weld'))) from unnest(array['twin', 'other twin']) n;
select traveler.create_batch(jsonb_build_object('run_ids', jsonb_build_array(test.the('twin'), test.the('other twin')))) is not null;
select test.work(test.step(test.the('twin'), 'Weld'));
commit;
reset session authorization;
select is(test.asks('acme', 'select format(''%s %s %s'', runs, sessions, people) from labor_by_step where step_title = ''Weld'''), '2 1 1', 'what one works on two runs at once is one session');

-- The examples of the page are questions that are answered.
select lives_ok(format('select test.asks(''acme'', %L)', format('select count(*) from (%s) x', rtrim(m[1], E'; \n'))), 'the page asks: ' || test.brief(m[1]))
from regexp_matches(:'page', '```sql\n(.*?)```', 'g') m;

-- From another org there is nothing of it.
select is(test.asks('bolt', format('select count(*) from %I', v)), '0', 'another org has no ' || v) from unnest(array['run_cycle_times', 'labor_by_step', 'wip_ageing', 'failure_pareto']) v;
select test.forget_analysts();
select * from finish();

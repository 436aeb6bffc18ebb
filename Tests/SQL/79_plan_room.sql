-- H3, H4, H6, K3: what is planned together, and the room that other runs take at a work center.
\ir support/world.psql
select plan(16);

create function test.at(p_hour integer) returns timestamptz language sql stable as $$ select date_trunc('day', now()) + interval '2 days' + p_hour * interval '1 hour' $$;
create function test.put(p_run uuid, p_from integer, p_to integer) returns boolean language sql as $$
    select traveler.set_schedule(jsonb_build_object('steps', jsonb_build_array(jsonb_build_object('id', test.step(p_run, 'A'), 'scheduled_start', test.at(p_from), 'scheduled_end', test.at(p_to))))) ->> 'steps' is not null
$$;
create function test.facts(p_run text, p_more jsonb default '{}') returns jsonb language sql as $$
    select traveler.plan_facts(jsonb_build_object('run_ids', jsonb_build_array(test.the(p_run))) || p_more)
$$;
create function test.planned(p_run text, p_more jsonb default '{}') returns text language sql as $$
    select string_agg(r.title, ', ' order by r.title) from jsonb_array_elements(test.facts(p_run, p_more) -> 'runs') f join traveler.run r on r.id = (f ->> 'id')::uuid
$$;
-- Whose steps are in the way, and when.
create function test.occupied(p_run text, p_more jsonb default '{}') returns text language sql as $$
    select string_agg(format('%s %s-%s', r.title, extract(epoch from to_timestamp((o ->> 'start')::bigint) - test.at(0))::integer / 3600, extract(epoch from to_timestamp((o ->> 'end')::bigint) - test.at(0))::integer / 3600), ', ' order by r.title)
    from jsonb_array_elements(test.facts(p_run, p_more) -> 'occupied') o join traveler.run r on r.id = (o ->> 'run_id')::uuid
$$;
create function test.load() returns integer language sql as $$
    select jsonb_array_length(traveler.load_facts(test.the('bench'), test.at(0)::date, 1) -> 'work')
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('bench', test.location('Bench', '{"work_center": true}')), test.keep('hall', test.location('Hall', '{"work_center": true}'));
select traveler.change_location(test.the('bench'), null, '{"capacity": 1}');
select test.keep('cart', test.part('CART'));
select test.keep('procedure', test.released('Build', test.the('cart'), format('[{"key": "a", "title": "A", "location_id": "%s", "lead_time_seconds": 3600}, {"title": "B", "location_id": "%s", "after": ["a"]}]',
    test.the('bench'), test.the('hall'))::jsonb));
select test.keep(n, test.run(test.the('procedure'), format('{"title": "%s", "quantity": "1"}', n)::jsonb)) from unnest(array['one', 'two', 'three', 'four', 'five']) n;
commit;

begin;
select test.enter('planner');
select test.put(test.the('one'), 8, 10), test.put(test.the('two'), 9, 11), test.put(test.the('three'), 20, 22);
select is(test.occupied('one'), 'two 9-11', 'H4: what other runs are scheduled for while one is, is in its way');
select is(test.occupied('one', '{"finite": true}'), 'three 20-22, two 9-11', 'H3: where a place is looked for, all that is to come');
select is(test.occupied('one', jsonb_build_object('finite', true, 'start', test.at(15))), 'three 20-22', 'from when on is planned');
select is(test.occupied('four'), null, 'what is scheduled nowhere meets nobody');
select is(test.facts('one', '{"finite": true}') ->> 'basis', test.facts('one') ->> 'basis', 'and what others do changes nothing of what one is planned from');
select test.put(test.the('two'), 10, 12);
select is(test.occupied('one'), null, 'what begins where it ends is in nobody''s way');
select test.put(test.the('two'), 9, 11);
commit;
begin;
select test.enter('admin');
select traveler.act_on_steps('cancel', array[test.step(test.the('two'), 'A')], null, 'x');
select is(test.occupied('one'), null, 'nor is what is canceled');
commit;

-- A batch: one, three and four.
begin;
select test.enter('admin');
select test.keep('batch', (traveler.create_batch(jsonb_build_object('run_ids', jsonb_build_array(test.the('three'), test.the('four')))) ->> 'id')::uuid);
commit;
begin;
select test.enter('planner');
select test.put(test.the('three'), 8, 9), test.put(test.the('five'), 8, 12);
select is(test.planned('three'), 'four, three', 'K3: who plans a run of a batch plans the batch');
select is(test.planned('three', '{"alone": true}'), 'three', 'who looks at one looks at that');
select is(test.planned('one'), 'one', 'who is in none is planned alone');
select is(test.occupied('three'), 'five 8-12, one 8-10', 'siblings are not in each other''s way');
select is(test.occupied('three', '{"alone": true}'), 'five 8-12, one 8-10', 'nor where one of them is looked at');
select is(array_length(string_to_array(test.occupied('one'), ','), 1), 2, 'and take the room of one: five and the batch');
select is(test.load(), 3, 'H6: so it is in the load: one, five and the batch');
commit;
begin;
select test.enter('admin');
select traveler.act_on_steps('cancel', array(select s.id from traveler.run_step s where s.run_id = test.the('three') order by s.position desc), null, 'x');
select is(test.planned('three'), 'three', 'what is canceled moves no more');
commit;
reset session authorization;

-- A batch as no act makes it: by none of the triggers.
begin;
select test.enter_owner();
set local session_replication_role = replica;
with run as (
    insert into traveler.run (org_id, number, title, part_id, quantity) select test.org_id('acme'), 1000 + n, 'Many', test.the('cart'), 1 from generate_series(1, 5000) n returning id)
insert into traveler.batch_run (org_id, batch_id, run_id, joined_by) select test.org_id('acme'), test.the('batch'), run.id, 'system:story' from run;
select test.refusal($$ select test.facts('three') $$) as refusal \gset
rollback;
select is(:'refusal'::text, 'TV422 K3 too_many_runs', 'a batch of too many is refused by name');
select * from finish();

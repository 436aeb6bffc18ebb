-- H3: when work centers work, and what a plan needs to know.
\ir support/world.psql
select plan(44);

create function test.calendar(p_extra jsonb default '{}') returns uuid language sql as $$
    select (traveler.create_work_calendar('{"name": "Day", "time_zone": "Europe/Berlin", "shifts": [{"weekday": 1, "start": "08:00", "end": "16:00"}]}' || p_extra) ->> 'id')::uuid
$$;
create function test.basis(p_more jsonb default '{}') returns text language sql as $$
    select traveler.plan_facts(jsonb_build_object('run_ids', jsonb_build_array(test.the('run'))) || p_more) ->> 'basis'
$$;
create function test.apply(p_basis text) returns text language sql as $$
    select traveler.set_schedule(jsonb_build_object('basis', p_basis, 'runs', jsonb_build_array(jsonb_build_object('id', test.the('run'))),
        'steps', jsonb_build_array(jsonb_build_object('id', test.step(test.the('run'), 'A'), 'scheduled_end', '2027-03-01T12:00:00Z')))) -> 'runs' -> 0 ->> 'effective_end'
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('planner');
select isnt(test.calendar('{"name": "Planned"}'), null, 'T3: who plans says when is worked, too');
rollback;
begin;
select test.enter('engineer');
select test.keep('day', test.calendar('{"holidays": ["2027-12-27"], "extra_days": [{"date": "2027-12-26", "weekday": 1}]}'));
select test.keep('bench', test.location('Bench', '{"work_center": true}')), test.keep('shelf', test.location('Shelf'));
select traveler.change_location(test.the('bench'), null, jsonb_build_object('work_calendar_id', test.the('day'), 'capacity', 2));
select is((select format('%s %s', l.work_calendar_id = test.the('day'), l.capacity) from traveler.location l where l.id = test.the('bench')), 't 2', 'H3: a work center works by a calendar, on so much at a time');
select is((select c -> 'location_ids' ->> 0 from traveler.work_calendar_json(test.the('day')) c), test.the('bench')::text, 'which says for whom it is');
select traveler.change_work_calendar(test.the('day'), null, '{"shifts": [{"weekday": 5, "start": "22:00", "end": "06:00"}]}');
select is((select c.shifts #>> '{0,end}' || ' ' || jsonb_array_length(c.holidays) from traveler.work_calendar c where c.id = test.the('day')), '06:00 1', 'it is changed member by member');
select test.refuses(format($$ select test.calendar(%L) $$, extra), refusal, 'not: ' || extra) from (values
    ('{"name": "N", "time_zone": "Mars/Olympus"}', 'TV422 H3 time_zone_unknown'), ('{"name": "N", "time_zone": "FOO5"}', 'TV422 H3 time_zone_unknown'),
    ('{"name": "N", "time_zone": "posix/Europe/Berlin"}', 'TV422 H3 time_zone_unknown'),
    ('{"name": "N", "time_zone": "localtime"}', 'TV422 H3 time_zone_unknown'),
    ('{"name": "N", "time_zone": "posixrules"}', 'TV422 H3 time_zone_unknown'),
    ('{"name": "N", "time_zone": "Factory"}', 'TV422 H3 time_zone_unknown'),
    ('{"name": "N", "shifts": []}', 'TV422 H3 no_working_hour'), ('{"name": "N", "shifts": {}}', 'TV422 H3 calendar_invalid'),
    ('{"name": "N", "shifts": [{"weekday": 8, "start": "08:00", "end": "16:00"}]}', 'TV422 H3 calendar_invalid'),
    ('{"name": "N", "shifts": [{"weekday": 1, "start": "24:00", "end": "16:00"}]}', 'TV422 H3 calendar_invalid'),
    ('{"name": "N", "shifts": [{"weekday": 1, "start": "08:00", "end": "24:01"}]}', 'TV422 H3 calendar_invalid'),
    ('{"name": "N", "shifts": [{"weekday": 1, "start": "08:00"}]}', 'TV422 H3 calendar_invalid'), ('{"name": "N", "shifts": ["always"]}', 'TV422 H3 calendar_invalid'),
    ('{"name": "N", "holidays": ["2027-02-29"]}', 'TV422 P4 date_invalid'), ('{"name": "N", "holidays": [7]}', 'TV422 H3 calendar_invalid'),
    ('{"name": "N", "extra_days": [{"date": "2027-02-30", "weekday": 1}]}', 'TV422 P4 date_invalid'), ('{"name": "N", "extra_days": [{"date": "2027-02-28", "weekday": 0}]}', 'TV422 H3 calendar_invalid'),
    ('{"name": "N", "extra_days": [{"date": "2027-02-28", "weekday": 1}, {"date": "2027-02-28", "weekday": 2}]}', 'TV422 H3 calendar_invalid'),
    ('{"name": "Day"}', '23505 work_calendar_name_key')) x (extra, refusal);
select test.refuses($$ select traveler.change_location(test.the('shelf'), null, '{"capacity": 2}') $$, '23514 location_plans_a_work_center', 'a shelf works on nothing');
select test.refuses($$ select traveler.change_location(test.the('bench'), null, '{"capacity": 0}') $$, '23514 location_capacity_positive', 'and who works, on something');
select test.refuses($$ select traveler.change_location(traveler.new_id(), null, '{}') $$, 'TV404 T1 location_unknown', 'where there is nothing, nobody works');
select test.refuses($$ select traveler.change_work_calendar(traveler.new_id(), null, '{}') $$, 'TV404 T1 work_calendar_unknown', 'nor by a calendar that is not there');
commit;
begin;
select test.enter('technician');
select test.refuses($$ select test.calendar('{"name": "N"}') $$, 'TV403 T3 permission_missing', 'T3: calendars are written by who may');
commit;

-- What is planned from.
begin;
select test.enter('admin');
select test.keep('cart', test.part('CART', 'serial'));
select test.keep('procedure', test.released('Build', test.the('cart'), format('[{"key": "a", "title": "A", "location_id": "%s", "lead_time_seconds": 3600}, {"title": "B", "after": ["a"], "steps": [{"title": "B1"}]}]', test.the('bench'))::jsonb));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["1"]}'));
select is((select format('%s steps %s edges %s centers %s calendars', jsonb_array_length(f -> 'steps'), jsonb_array_length(f -> 'dependencies'), jsonb_array_length(f -> 'work_centers'), jsonb_array_length(f -> 'calendars'))
    from traveler.plan_facts(jsonb_build_object('run_ids', jsonb_build_array(test.the('run')))) f), '3 steps 1 edges 1 centers 1 calendars', 'a plan is told of all that it needs, and of nothing else');
select is((select (f -> 'start')::bigint from traveler.plan_facts(jsonb_build_object('run_ids', jsonb_build_array(test.the('run')), 'start', '2001-01-01T00:00:00Z')) f),
    floor(extract(epoch from now()))::bigint, 'nothing is planned into the past');
select test.refuses($$ select traveler.plan_facts('{"run_ids": []}') $$, 'TV422 H3 nothing_named', 'something is planned');
select test.refuses($$ select traveler.plan_facts(jsonb_build_object('run_ids', jsonb_build_array(traveler.new_id()))) $$, 'TV404 T1 run_unknown', 'that there is');
-- What is looked at has a digest of all that it is made from, but the hour.
select test.basis() as first \gset
select is(test.basis('{"start": "2027-01-01T00:00:00Z", "due": "2027-02-01T00:00:00Z"}'), :'first', 'H3: from when on is planned is another question');
select is(test.basis(jsonb_build_object('basis', :'first')), :'first', 'what is expected is told');
-- Whichever way it is read, by whatever plan.
select test.keep('long', test.run(test.released('Long', test.the('cart'), (select jsonb_agg(jsonb_build_object('key', 's' || n, 'title', n::text)
    || case when n < 9 then '{}' else jsonb_build_object('after', (select jsonb_agg('s' || m) from generate_series(1, 8) m)) end) from generate_series(1, 16) n)), '{"serial_numbers": ["L"]}'));
select traveler.plan_facts(jsonb_build_object('run_ids', jsonb_build_array(test.the('long')))) ->> 'basis' as long \gset
set local enable_nestloop = off;
set local enable_indexscan = off;
set local enable_bitmapscan = off;
set local enable_hashjoin = off;
select is(traveler.plan_facts(jsonb_build_object('run_ids', jsonb_build_array(test.the('long')))) ->> 'basis', :'long', 'nothing but what is in it tells one from another');
reset enable_nestloop;
reset enable_indexscan;
reset enable_bitmapscan;
reset enable_hashjoin;
select traveler.change_location(test.the('bench'), null, '{"capacity": 3}');
select isnt(test.basis(), :'first', 'a capacity is part of it');
select traveler.change_location(test.the('bench'), null, '{"capacity": 2}');
select is(test.basis(), :'first', 'until it is what it was');
select traveler.start_steps(array[test.step(test.the('run'), 'A')]);
select isnt(test.basis(), :'first', 'and so is work');
select test.refuses(format($$ select test.basis('{"basis": "%s"}') $$, :'first'), 'TV409 H3 schedule_changed', 'what has changed is not planned from unseen');
select test.refuses(format($$ select test.apply(%L) $$, :'first'), 'TV409 H3 schedule_changed', 'nor is a plan laid over it');
select is((select s.scheduled_end from traveler.run_step s where s.id = test.step(test.the('run'), 'A')), null::timestamptz, 'nothing of it');
select is(test.apply(test.basis()), '2027-03-01T12:00:00.000000Z', 'what was looked at just now is');
rollback;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ update traveler.work_calendar set shifts = '[]' $$, 'TV422 H3 no_working_hour', 'nor does the owner leave a calendar without an hour');
commit;
reset role;
select test.whole();
select * from finish();

-- Labor: L1 check-in of several users on a step, L2 who checks in and out, L3 edits, L4 totals and cost, L5 the org's limit.
\ir support/world.psql
select plan(68);

create function test.session(p_step uuid, p_actor text) returns uuid
language sql stable as $$
    select l.id from traveler.labor_session l where l.run_step_id = p_step and l.user_id = test.user_id(p_actor) order by l.id desc limit 1
$$;
create function test.times(p_session uuid, p_from text, p_to text default null, p_reason text default null) returns jsonb
language sql as $$
    select traveler.change_session(p_session, null, jsonb_strip_nulls(jsonb_build_object('started_at', p_from, 'ended_at', p_to, 'reason', p_reason)))
$$;
create function test.cost() returns table (day date, cost numeric, unrated boolean) language sql as $$
    select d.day, round(d.seconds * d.hourly_rate / 3600, 4), d.hourly_rate is null from traveler.labor_day d
    where d.labor_session_id = test.the('technician on A') order by 1
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('GIZMO'));
select test.keep('bench', test.location('Bench'));
select test.keep('run', test.run(test.released('Labor', test.the('part'), jsonb_build_array(
    jsonb_build_object('title', 'A', 'location_id', test.the('bench')), '{"title": "B"}'::jsonb, '{"title": "C", "after": []}'::jsonb,
    '{"title": "P", "required": false, "steps": [{"title": "P1", "required": false}]}'::jsonb, '{"title": "W", "required": false, "fields": [{"name": "N", "type": "text", "required": false}]}'::jsonb))));
select test.keep(x, test.step(test.the('run'), x)) from unnest(array['A', 'B', 'C', 'P', 'P1', 'W']) x;
commit;

-- Check-in and check-out (L1, L2) --------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses($$ select traveler.check_in(test.the('A')) $$, 'TV409 L2 check_in_closed', 'nobody checks in on a step that has not started');
select test.start(test.the('A'));
select test.refuses($$ select traveler.check_in(test.the('A')) $$, '23505 labor_session_open_key', 'a start has checked its actor in: one open session a user and step');
select test.refuses($$ select traveler.check_in(test.the('A'), 99) $$, 'TV412 stale', 'a stale check-in is refused');
select test.enter('peer');
select is((select traveler.check_in(test.the('A')) - 'started_at' - 'id'), jsonb_build_object('run_id', test.the('run'), 'run_step_id', test.the('A'),
    'user_id', test.user_id('peer'), 'user_name', 'Peer', 'ended_at', null, 'flagged', false, 'version', 1), 'another user checks in beside');
select is((select count(*) from traveler.labor_session l where l.run_step_id = test.the('A') and l.ended_at is null), 2::bigint, 'several users are on one step');
select test.refuses($$ select traveler.check_out(test.session(test.the('A'), 'technician')) $$, 'TV403 T3 permission_missing', 'one user does not check another out');
select test.refuses($$ select traveler.check_out(test.session(test.the('A'), 'peer'), 99) $$, 'TV412 stale', 'nor by a stale version');
select ok(traveler.check_out(test.session(test.the('A'), 'peer')) ->> 'ended_at' is not null, 'but checks out');
select test.refuses($$ select traveler.check_out(test.session(test.the('A'), 'peer')) $$, 'TV409 L2 checked_out', 'once');
select lives_ok($$ select traveler.check_in(test.the('A')) $$, 'and may come back');
select test.enter('planner');
select ok(traveler.check_out(test.session(test.the('A'), 'peer')) ->> 'ended_at' is not null, 'who holds session.update checks others out');
select test.refuses($$ select traveler.check_in(test.the('A')) $$, 'TV403 T3 permission_missing', 'but does not check in');
select test.enter('stranger');
select test.refuses($$ select traveler.check_in(test.the('A')) $$, 'TV404 T1 step_unknown', 'another org''s step does not exist');
select test.refuses($$ select traveler.check_out(test.session(test.the('A'), 'peer')) $$, 'TV404 T1 session_unknown', 'nor its session');
select test.refuses(format('select traveler.change_session(%L, null, ''{}'')', traveler.new_id()), 'TV404 T1 session_unknown', 'nor one that is nowhere');
commit;

-- Who lost all roles still checks out of what is open.
begin;
select test.enter('peer');
select traveler.check_in(test.the('A'));
select test.enter('admin');
select traveler.change_user(test.user_id('peer'), null, '{"roles": []}');
select test.enter('peer');
select lives_ok($$ select traveler.check_out(test.session(test.the('A'), 'peer')) $$, 'a session''s own user needs no permission to check out');
rollback;

-- L2: in progress is not enough, the step is available too. The guards keep that so; they sleep here.
reset session authorization;
begin;
select test.enter_owner();
select test.enter('technician');
select test.start(test.the('P')), test.start(test.the('P1'));
set local session_replication_role = replica;
update traveler.run_step set state = 'failed' where id = test.the('P');
set local session_replication_role = origin;
select test.enter('peer');
select test.refuses($$ select traveler.check_in(test.the('P1')) $$, 'TV409 L2 step_not_available', 'nobody checks in on a step that is not available');
rollback;

-- S2: a check-in after an entry does not hide the entry from who takes a wrong start back.
set session authorization traveler_service;
begin;
select test.enter('technician');
select test.start(test.the('W'));
select test.value(test.field(test.the('run'), 'N'), '"x"');
select test.enter('peer');
select traveler.check_in(test.the('W'));
select test.refuses($$ select traveler.act_on_steps('reset', array[test.the('W')], null, 'x') $$, 'TV409 S2 work_entered', 'what is entered stays entered, whoever checks in later');
rollback;

-- Edits (L3) -----------------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses($$ select test.times(test.session(test.the('A'), 'technician'), '2026-03-01T08:00:00Z') $$, 'TV403 T3 permission_missing', 'times are edited with session.update');
select test.enter('planner');
select test.keep('s', test.session(test.the('A'), 'peer'));
select is(test.times(test.the('s'), '2026-03-01T08:00:00Z', '2026-03-01T09:00:00.25Z') - 'version', jsonb_build_object('id', test.the('s'), 'run_id', test.the('run'), 'run_step_id', test.the('A'),
    'user_id', test.user_id('peer'), 'user_name', 'Peer', 'started_at', '2026-03-01T08:00:00.000000Z', 'ended_at', '2026-03-01T09:00:00.250000Z', 'flagged', false), 'times are edited');
select is((select h.actor || ' ' || (h.payload::jsonb #>> '{after,started_at}') from traveler.transaction_history h where h.row_id = test.the('s') order by h.seq desc limit 1),
    'user:' || test.user_id('planner') || ' 2026-03-01T08:00:00+00:00', 'and the history has who did');
select test.refuses($$ select test.times(test.the('s'), '2026-03-01T09:00:00.25Z') $$, 'TV422 L3 session_ends_before_start', 'out is after in');
select test.refuses($$ select test.times(test.the('s'), '2026-03-01T10:00:00Z') $$, 'TV422 L3 session_ends_before_start', 'in no way before');
select test.refuses(format('select test.times(test.the(''s''), null, %L)', now() + interval '1 hour'), 'TV422 L3 session_in_future', 'no check-out is in the future');
select test.refuses(format('select test.times(test.session(test.the(''A''), ''technician''), %L)', now() + interval '1 hour'), 'TV422 L3 session_in_future', 'nor a check-in');
select test.refuses($$ select traveler.change_session(test.the('s'), 99, '{"ended_at": "2026-03-01T10:00:00Z"}') $$, 'TV412 stale', 'a stale edit is refused');
select test.keep('s0', (select min(l.id::text)::uuid from traveler.labor_session l where l.run_step_id = test.the('A') and l.user_id = test.user_id('peer')));
select test.refuses($$ select test.times(test.the('s0'), '2026-03-01T08:30:00Z', '2026-03-01T10:00:00Z') $$, 'TV409 L3 session_overlap', 'a user''s sessions on one step don''t overlap');
select test.refuses($$ select test.times(test.the('s0'), '2026-03-01T07:00:00Z') $$, 'TV409 L3 session_overlap', 'not by one around the other either');
select lives_ok($$ select test.times(test.the('s0'), '2026-03-01T09:00:00.25Z', '2026-03-01T10:00:00Z') $$, 'one may begin where the other ends');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ update traveler.labor_session set ended_at = null where id = test.the('s') $$, 'TV409 L3 session_closed', 'by hand too, what has ended is not opened');
select test.refuses($$ update traveler.labor_session set started_at = '2026-03-01T08:00:00Z', ended_at = '2026-03-01T09:30:00Z' where id in (test.the('s'), test.the('s0')) $$,
    'TV409 L3 session_overlap', 'and two sessions of one statement don''t overlap');
select test.refuses($$ insert into traveler.labor_session (org_id, run_id, run_step_id, user_id, started_at)
    values (test.org_id('acme'), test.the('run'), test.the('A'), test.user_id('peer'), '2026-03-01T08:30:00Z') $$, 'TV409 L3 session_overlap', 'nor one that is made so');
commit;
reset role;

-- Overlaps across steps are reported (L1) --------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('technician');
select is_empty($$ select * from traveler.labor_session_overlap o where o.user_id = test.user_id('technician') $$, 'who is on one step is on one step');
select test.start(test.the('B'));
select results_eq($$ select o.other_step_id from traveler.labor_session_overlap o where o.labor_session_id = test.session(test.the('A'), 'technician') $$,
    $$ values (test.the('B')) $$, 'one user on two steps at once is reported');
select results_eq($$ select o.other_step_id from traveler.labor_session_overlap o where o.labor_session_id = test.session(test.the('B'), 'technician') $$,
    $$ values (test.the('A')) $$, 'from both');
commit;

-- The org's limit (L5) ---------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select is((traveler.change_org(null, '{"session_limit_minutes": 60}') ->> 'session_limit_minutes')::integer, 60, 'an org sets its limit');
select test.enter('planner');
select is_empty($$ select * from traveler.labor_session_flag f where f.labor_session_id = test.session(test.the('B'), 'technician') $$, 'a short session is not flagged');
select is((test.times(test.session(test.the('B'), 'technician'), (now() - interval '61 minutes')::text) ->> 'flagged')::boolean, true, 'one past the limit is');
select is((select l.ended_at from traveler.labor_session l where l.id = test.session(test.the('B'), 'technician')), null::timestamptz, 'and goes on');
select is((select count(*) from traveler.labor_session_flag f where f.labor_session_id = test.the('s')), 1::bigint, 'an ended one is flagged as well: a quarter of a second past the hour');
select test.enter('technician');
select test.refuses($$ select traveler.check_out(test.session(test.the('B'), 'technician')) $$, 'TV422 L5 reason_missing', 'it is closed with a reason');
select lives_ok($$ select traveler.check_out(test.session(test.the('B'), 'technician'), null, 'forgot') $$, 'which is given');
select is((select h.reason from traveler.transaction_history h where h.row_id = test.session(test.the('B'), 'technician') order by h.seq desc limit 1), 'forgot', 'and kept');
commit;

-- After completion (L3) --------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.complete(test.the('A')), test.complete(test.the('B')), test.work(test.the('C'));
select is((select r.status from traveler.run r where r.id = test.the('run')), 'complete', 'the run is complete');
select test.enter('planner');
select test.refuses($$ select test.times(test.the('s'), '2026-03-01T08:15:00Z') $$, 'TV422 L3 reason_missing', 'labor of a completed run is edited with a reason');
select test.keep('technician on A', test.session(test.the('A'), 'technician')), test.keep('technician on B', test.session(test.the('B'), 'technician'));
select lives_ok($$ select test.times(test.the('technician on A'), '2026-03-28T23:59:58.7Z', '2026-03-30T00:00:01.1Z', 'clock was wrong') $$, 'with one it is');
select ok((select a.digest = sha256(convert_to(a.document, 'UTF8')) and a.number = 1 from traveler.as_built_record a where a.run_id = test.the('run')), 'the as-built record is what it was');
select test.refuses($$ select traveler.check_in(test.the('A')) $$, 'TV403 T3 permission_missing', 'nothing else is let through');
select test.enter('technician');
select test.refuses($$ select traveler.check_in(test.the('A')) $$, 'TV409 C5 run_completed', 'no check-in');
commit;

-- Totals and cost (L4) ----------------------------------------------------------------------------------------------------

begin;
select test.enter('planner');
select results_eq($$ select d.day::text collate "C", d.seconds from traveler.labor_day d where d.labor_session_id = test.the('technician on A') order by 1 $$,
    $$ values ('2026-03-28' collate "C", 1::bigint), ('2026-03-29', 86400), ('2026-03-30', 1) $$, 'a session over midnight is of each day, by whole seconds');
select is_empty($$ select l.id from traveler.labor_session l join traveler.labor_day d on d.org_id = l.org_id and d.labor_session_id = l.id where l.ended_at is not null
    group by l.org_id, l.id having sum(d.seconds) <> floor(extract(epoch from l.ended_at - l.started_at)) $$, 'the days of a session add up to it');
set local timezone = 'America/New_York';
select results_eq($$ select d.day::text collate "C", d.seconds from traveler.labor_day d where d.labor_session_id = test.the('technician on A') order by 1 $$,
    $$ values ('2026-03-28' collate "C", 1::bigint), ('2026-03-29', 86400), ('2026-03-30', 1) $$, 'days are of UTC, wherever the reader is');
select test.refuses($$ select traveler.create_labor_rate('{}') $$, 'TV403 T3 permission_missing', 'rates are the org''s manager''s');
select test.enter('admin');
set local timezone = 'UTC';
select test.refuses(format('select traveler.create_labor_rate(%L)', jsonb_build_object('hourly_rate', '1', 'valid_from', '2026-01-01T00:00:00Z')), '23514 labor_rate_one_subject', 'a rate is of something');
select test.keep('rate', (traveler.create_labor_rate(jsonb_build_object('role_id', r.id, 'hourly_rate', '36', 'valid_from', '2026-03-29T00:00:00Z')) ->> 'id')::uuid)
from traveler.role r where r.org_id = test.org_id('acme') and r.name = 'technician';
select test.refuses(format('select traveler.create_labor_rate(%L)', jsonb_build_object('role_id', r.role_id, 'hourly_rate', '40', 'valid_from', x || 'T00:00:00Z')), refusal, what)
from traveler.labor_rate r, (values ('2026-03-28', 'TV409 L4 rate_starts_later', 'a new rate starts later'), ('2026-04-28', '23P01 labor_rate_of_role_once', 'and not while another holds')) v (x, refusal, what)
where r.id = test.the('rate');
select test.refuses(format('select traveler.end_labor_rate(test.the(''rate''), null, jsonb_build_object(''valid_to'', %L::timestamptz))', now()), 'TV409 L4 rate_in_force',
    'a rate holds through today at least');
select test.denied('update traveler.labor_rate set hourly_rate = 1', 'the service rewrites no rate');
commit;

-- The technician had the role already when the session began.
reset session authorization;
begin;
select test.enter_owner();
set local session_replication_role = replica;
update traveler.user_role set created_at = '2026-01-01' where user_id = test.user_id('technician');
set local session_replication_role = origin;
commit;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(r.statement, 'TV409 L4 rate_fixed', 'by hand too, no rate is rewritten: ' || test.brief(r.statement))
from unnest(array[$$ update traveler.labor_rate set hourly_rate = 1, valid_to = '2900-01-01' $$, $$ update traveler.labor_rate set valid_from = '2026-01-01', valid_to = '2900-01-01' $$])
    r (statement);
commit;
reset role;
set session authorization traveler_service;
begin;
select test.enter('admin');
select results_eq('select * from test.cost()', $$ values (date '2026-03-28', null::numeric, true), ('2026-03-29', 864.0000, false), ('2026-03-30', 0.0100, false) $$,
    'hours cost what the rate of their day says');
select lives_ok($$ select traveler.create_labor_rate(jsonb_build_object('location_id', test.the('bench'), 'hourly_rate', '72', 'valid_from', '2026-03-30T00:00:00Z')) $$, 'a work center has a rate');
select results_eq('select * from test.cost()', $$ values (date '2026-03-28', null::numeric, true), ('2026-03-29', 864.0000, false), ('2026-03-30', 0.0200, false) $$,
    'which holds before that of the role');
select lives_ok(format('select traveler.end_labor_rate(test.the(''rate''), null, jsonb_build_object(''valid_to'', %L::timestamptz))', now() + interval '1 day'), 'a rate ends');
select test.refuses(format('select traveler.end_labor_rate(test.the(''rate''), null, jsonb_build_object(''valid_to'', %L::timestamptz))', now() + interval '2 days'), 'TV409 L4 rate_fixed', 'once');
select is(traveler.create_labor_rate(jsonb_build_object('role_id', r.role_id, 'hourly_rate', '40', 'valid_from', r.valid_to::timestamptz)) ->> 'valid_from', r.valid_to::text, 'and the next begins where it ended')
from traveler.labor_rate r where r.id = test.the('rate');
select is((select count(*) from test.cost() c where c.cost = 864), 1::bigint, 'and the past costs what it did');
commit;
reset session authorization;
select test.whole();
select * from finish();

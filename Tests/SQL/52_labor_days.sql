-- Labor at its edges: what overlaps and what only touches, the limit itself, the first and the last day of a rate, whose rate it is
-- (L1, L3-L5). Sessions and roles of the past are written as no act could, with the guards asleep; what reads them is awake.
\ir support/world.psql
select plan(31);

create table test.session (name text primary key, id uuid default traveler.new_id(), actor text, step text, started timestamptz, ended timestamptz);
create function test.session(p_name text) returns uuid language sql stable as $$ select s.id from test.session s where s.name = p_name $$;
create function test.overlaps(p_session text) returns text language sql stable as $$
    select string_agg(format('%s %s to %s', s.name, to_char(o.overlap_from at time zone 'UTC', 'HH24:MI'), to_char(o.overlap_to at time zone 'UTC', 'HH24:MI')), ', ' order by s.name)
    from traveler.labor_session_overlap o join test.session s on s.id = o.other_session_id where o.labor_session_id = test.session(p_session)
$$;
create function test.times(p_session text, p_from text, p_to text) returns jsonb language sql as $$
    select traveler.change_session(test.session(p_session), null, jsonb_build_object('started_at', p_from, 'ended_at', p_to))
$$;
create function test.role(p_name text) returns uuid language sql stable as $$ select r.id from traveler.role r where r.org_id = test.org_id('acme') and r.name = p_name $$;
-- Day by day: its number, its seconds, its rate.
create function test.days(p_session text) returns text language sql stable as $$
    select string_agg(format('%s: %s at %s', extract(day from d.day), d.seconds, coalesce(traveler.json_decimal(d.hourly_rate), 'no rate')), ', ' order by d.day)
    from traveler.labor_day d where d.labor_session_id = test.session(p_session)
$$;
create function test.rate(p_subject jsonb, p_from text) returns text language sql as $$
    select test.refusal(format('select traveler.create_labor_rate(%L)', p_subject || jsonb_build_object('hourly_rate', '1', 'valid_from', p_from || 'T00:00:00Z')))
$$;
grant select on test.session to public;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P')), test.keep('bench', test.location('Bench')), test.keep('oven', test.location('Oven'));
select test.keep('run', test.run(test.released('Labor', test.the('part'), jsonb_build_array(
    jsonb_build_object('title', 'A', 'location_id', test.the('bench')), '{"title": "B"}'::jsonb, jsonb_build_object('title', 'C', 'location_id', test.the('oven'))))));
select traveler.change_org(null, '{"session_limit_minutes": 60}');
select test.enter('technician');
select test.start(test.step(test.the('run'), 'B'));
commit;
reset session authorization;

insert into test.session (name, actor, step, started, ended) values
    ('morning', 'technician', 'A', '2026-03-02T08:00:00Z', '2026-03-02T10:00:00Z'), ('aside', 'technician', 'B', '2026-03-02T09:00:00Z', '2026-03-02T09:30:00Z'),
    ('after', 'technician', 'C', '2026-03-02T10:00:00Z', '2026-03-02T11:00:00Z'), ('other', 'peer', 'A', '2026-03-02T08:30:00Z', '2026-03-02T09:30:00Z'),
    ('over', 'peer', 'B', '2026-03-02T09:30:00Z', '2026-03-02T10:30:00.000001Z'),
    ('week', 'technician', 'B', '2026-03-09T23:00:00Z', '2026-03-14T01:00:00Z'), ('bench week', 'technician', 'A', '2026-03-09T23:00:00Z', '2026-03-14T01:00:00Z'),
    ('oven week', 'technician', 'C', '2026-03-10T01:00:00Z', '2026-03-11T01:00:00Z'), ('two roles', 'peer', 'B', '2026-03-11T08:00:00Z', '2026-03-11T09:00:00Z'),
    ('before', 'quality', 'B', '2026-03-11T08:00:00Z', '2026-03-11T09:00:00Z'), ('since', 'quality', 'B', '2026-03-11T13:00:00Z', '2026-03-11T14:00:00Z'),
    ('too early', 'storekeeper', 'B', '2026-03-11T08:00:00Z', '2026-03-11T09:00:00Z'), ('late', 'storekeeper', 'B', '2026-03-11T13:00:00Z', '2026-03-11T14:00:00Z'),
    ('no rate', 'engineer', 'B', '2026-03-11T08:00:00Z', '2026-03-11T09:00:00Z');
begin;
select test.enter_owner();
set local session_replication_role = replica;
insert into traveler.labor_session (org_id, id, run_id, run_step_id, user_id, started_at, ended_at)
select test.org_id('acme'), s.id, test.the('run'), test.step(test.the('run'), s.step), test.user_id(s.actor), s.started, s.ended from test.session s;
insert into test.session (name, id) select 'open', l.id from traveler.labor_session l where l.ended_at is null;
update traveler.labor_session set started_at = '2026-03-20T10:30:00Z' where ended_at is null;
insert into traveler.user_role (org_id, user_id, role_id, created_at) values (test.org_id('acme'), test.user_id('peer'), test.role('planner'), '2026-01-01');
update traveler.user_role u set created_at = case u.user_id when test.user_id('storekeeper') then '2026-03-11T12:00:00Z' else timestamptz '2026-01-01' end,
    revoked_at = case u.user_id when test.user_id('quality') then timestamptz '2026-03-11T12:00:00Z' end
where u.user_id in (select a.user_id from test.actor a where a.name in ('technician', 'peer', 'quality', 'storekeeper', 'engineer'));
commit;

-- What overlaps (L1) ---------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('planner');
select is(test.overlaps('morning'), 'aside 09:00 to 09:30', 'one user on two steps: from when to when; another user is another matter');
select is(test.overlaps('aside'), 'morning 09:00 to 09:30', 'as seen from the other');
select is(test.overlaps('after'), null, 'what begins when another ends does not overlap');
select is(test.overlaps('over'), null, 'nor what another user does');
select is(test.overlaps('open'), null, 'what goes on overlaps nothing that was over before it');

-- What a session on one step may not run into (L3) ----------------------------------------------------------------------------

select lives_ok($$ select test.times('aside', '2026-03-20T09:00:00Z', '2026-03-20T10:30:00Z') $$, 'a session may end when another on the step begins');
select test.refuses($$ select test.times('aside', '2026-03-20T09:00:00Z', '2026-03-20T10:30:00.000001Z') $$, 'TV409 L3 session_overlap', 'but not run into one that goes on');
select test.refuses($$ select test.times('aside', '2026-03-21T09:00:00Z', '2026-03-21T10:30:00Z') $$, 'TV409 L3 session_overlap', 'nor lie in it');
select test.refuses($$ select traveler.change_session(test.session('open'), null, '{"started_at": "2026-03-20T10:00:00Z"}') $$, 'TV409 L3 session_overlap', 'nor does that reach back into another');
rollback;

-- The limit itself (L5) --------------------------------------------------------------------------------------------------------

begin;
select test.enter('planner');
select is((select string_agg(s.name, ' ' order by s.name) from traveler.labor_session_flag f join test.session s on s.id = f.labor_session_id
    where s.name in ('morning', 'aside', 'after', 'other', 'over', 'open')), 'morning open over', 'an hour is not past the limit of an hour, a microsecond more is');
commit;

-- Whose rate, and on which days (L4) -------------------------------------------------------------------------------------------

reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
insert into traveler.labor_rate (org_id, role_id, location_id, hourly_rate, valid_from, valid_to, created_by)
select test.org_id('acme'), test.role(x.role), test.the(x.location), x.rate, x.valid_from, x.valid_to, 'system:story' from (values
    ('technician', null, 36, date '2026-03-10', date '2026-03-12'), ('technician', null, 72, '2026-03-13', null), ('planner', null, 18, '2026-03-10', null),
    ('quality', null, 54, '2026-03-10', null), ('inventory', null, 45, '2026-03-10', null), (null, 'bench', 10, '2026-03-10', '2026-03-12'))
    x (role, location, rate, valid_from, valid_to);
commit;
reset role;
set session authorization traveler_service;
begin;
select test.enter('planner');
select is(test.days('week'), '9: 3600 at no rate, 10: 86400 at 36, 11: 86400 at 36, 12: 86400 at no rate, 13: 86400 at 72, 14: 3600 at 72',
    'a rate holds from its first day on, and on its last no more');
select is(test.days('bench week'), '9: 3600 at no rate, 10: 86400 at 10, 11: 86400 at 10, 12: 86400 at no rate, 13: 86400 at 72, 14: 3600 at 72',
    'that of a work center likewise, before that of a role, were it higher');
select is(test.days('oven week'), '10: 82800 at 36, 11: 3600 at 36', 'and at no other work center');
select is(test.days('two roles'), '11: 3600 at 36', 'of two roles, the higher');
select is(test.days('before'), '11: 3600 at 54', 'a role that was taken away since');
select is(test.days('since'), '11: 3600 at no rate', 'but not one that was taken away before');
select is(test.days('too early'), '11: 3600 at no rate', 'nor one that was given later');
select is(test.days('late'), '11: 3600 at 45', 'and then it is');
select is(test.days('no rate'), '11: 3600 at no rate', 'no one has the rate of another''s role');
select is((select sum(d.seconds) || ' until ' || max(d.day) from traveler.labor_day d where d.labor_session_id = test.session('open')),
    floor(extract(epoch from now() - timestamptz '2026-03-20T10:30:00Z')) || ' until ' || (now() at time zone 'UTC')::date, 'what goes on counts up to now');
commit;

-- A new rate starts later than those of its own subject; a rate is what it was (L4) ---------------------------------------------

begin;
select test.enter('admin');
select is(test.rate(jsonb_build_object('role_id', test.role('technician')), '2026-03-13'), 'TV409 L4 rate_starts_later', 'a new rate does not start with another');
select is(test.rate(jsonb_build_object('role_id', test.role('viewer')), '2026-03-01'), 'went through', 'of another role it starts when it will');
select is(test.rate(jsonb_build_object('location_id', test.the('oven')), '2026-03-01'), 'went through', 'and of another work center');
select test.refuses(format('select traveler.end_labor_rate(%L, null, jsonb_build_object(''valid_to'', now()))', r.id), 'TV409 L4 rate_in_force', 'a rate does not end today')
from traveler.labor_rate r where r.role_id = test.role('quality');
select test.enter('planner');
select test.refuses(format('select traveler.end_labor_rate(%L, null, jsonb_build_object(''valid_to'', now() + interval ''2 days''))', r.id), 'TV403 T3 permission_missing', 'nor by who doesn''t manage the org')
from traveler.labor_rate r where r.role_id = test.role('quality');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(r.statement, 'TV409 L4 rate_fixed', 'by hand too: ' || test.brief(r.statement)) from unnest(array[
    $$ update traveler.labor_rate set role_id = test.role('viewer'), valid_to = '2900-01-01' where role_id = test.role('quality') $$,
    $$ update traveler.labor_rate set location_id = test.the('oven'), role_id = null, valid_to = '2900-01-01' where role_id = test.role('quality') $$,
    $$ update traveler.labor_rate set location_id = test.the('bench'), valid_to = '2900-01-01' where location_id = test.the('oven') $$,
    $$ update traveler.labor_rate set valid_to = null where role_id = test.role('quality') $$,
    $$ update traveler.labor_rate set valid_to = '2900-01-01' where location_id = test.the('bench') $$]) r (statement);
commit;
reset role;
select test.whole();
select * from finish();

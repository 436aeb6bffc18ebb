-- K3, K4: whom a step is assigned to is a matter of all its siblings; every door out of a batch is closed while a step is in redline.
\ir support/world.psql
select plan(27);

create function test.assigned(p_title text) returns text language sql stable as $$
    select string_agg(coalesce(x.names, '-'), ' ' order by r.number)
    from traveler.run_step s join traveler.run r on r.id = s.run_id
    cross join lateral (select string_agg(coalesce(u.name, t.name, l.name), '+' order by coalesce(u.name, t.name, l.name)) as names from traveler.assignment a
        left join traveler.user_account u on u.id = a.user_id left join traveler.team t on t.id = a.team_id left join traveler.location l on l.id = a.location_id
        where a.run_step_id = s.id and a.ended_at is null) x
    where s.title = p_title
$$;
create function test.assign(p_run text, p_title text, p_request jsonb) returns jsonb language sql as $$ select traveler.assign(null, test.step(test.the(p_run), p_title), p_request) $$;
create function test.in_batch() returns text language sql stable as $$
    select string_agg(r.number::text, ' ' order by r.number) from traveler.batch_run b join traveler.run r on r.id = b.run_id where b.left_at is null
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('procedure', test.released('Build', test.part('P', 'serial'), '[{"key": "a", "title": "A"}, {"title": "B"}, {"title": "C"}]'));
select test.keep('batch', (traveler.create_batch(jsonb_build_object('procedure_id', test.the('procedure'),
    'runs', '[{"serial_numbers": ["1"]}, {"serial_numbers": ["2"]}, {"serial_numbers": ["3"]}]'::jsonb)) ->> 'id')::uuid);
select test.keep('r' || r.number, r.id) from traveler.run r;
select test.keep('bench', test.location('Bench', '{"work_center": true}')), test.keep('team', (traveler.create_team('{"name": "Team"}') ->> 'id')::uuid);
select test.assign('r1', 'A', jsonb_build_object('user_ids', jsonb_build_array(test.user_id('technician')), 'team_ids', jsonb_build_array(test.the('team')), 'location_ids', jsonb_build_array(test.the('bench'))));
select is(test.assigned('A'), 'Bench+Team+Technician Bench+Team+Technician Bench+Team+Technician', 'K3: one sibling assigned, all are');
select test.assign('r2', 'A', jsonb_build_object('user_ids', jsonb_build_array(test.user_id('peer')), 'team_ids', jsonb_build_array(test.the('team'))));
select is(test.assigned('A'), 'Peer+Team Peer+Team Peer+Team', 'and anew');
select test.assign('r3', 'A', '{}');
select is(test.assigned('A'), '- - -', 'or to nobody');
select test.assign('r1', 'A', jsonb_build_object('user_ids', jsonb_build_array(test.user_id('peer'))));
select traveler.assign(test.the('r1'), null, jsonb_build_object('user_ids', jsonb_build_array(test.user_id('technician'))));
select is((select string_agg(r.number::text, ' ') from traveler.assignment a join traveler.run r on r.id = a.run_id where a.run_step_id is null), '1', 'a run as a whole is its own matter');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(s.statement, s.refusal, 'the owner by SQL: ' || s.what) from (values
    ('one sibling assigned alone', $$ insert into traveler.assignment (org_id, run_id, run_step_id, user_id, assigned_by) select s.org_id, s.run_id, s.id, test.user_id('quality'), 'x'
        from traveler.run_step s where s.id = test.step(test.the('r1'), 'A') $$, 'TV409 K3 sibling_left'),
    ('to a work center', $$ insert into traveler.assignment (org_id, run_id, run_step_id, location_id, assigned_by) select s.org_id, s.run_id, s.id, test.the('bench'), 'x'
        from traveler.run_step s where s.id = test.step(test.the('r1'), 'A') $$, 'TV409 K3 sibling_left'),
    ('to a team', $$ insert into traveler.assignment (org_id, run_id, run_step_id, team_id, assigned_by) select s.org_id, s.run_id, s.id, test.the('team'), 'x'
        from traveler.run_step s where s.id = test.step(test.the('r1'), 'A') $$, 'TV409 K3 sibling_left'),
    ('two of three', $$ insert into traveler.assignment (org_id, run_id, run_step_id, user_id, assigned_by) select s.org_id, s.run_id, s.id, test.user_id('quality'), 'x'
        from traveler.run_step s where s.title = 'A' and s.run_id <> test.the('r3') $$, 'TV409 K3 sibling_left'),
    ('one relieved alone', $$ update traveler.assignment set ended_at = now() where run_step_id = test.step(test.the('r2'), 'A') and ended_at is null $$, 'TV409 K3 sibling_left'),
    ('one whole run', $$ insert into traveler.assignment (org_id, run_id, user_id, assigned_by) select r.org_id, r.id, test.user_id('quality'), 'x' from traveler.run r where r.id = test.the('r2') $$, 'went through')) s (what, statement, refusal);
insert into traveler.assignment (org_id, run_id, run_step_id, user_id, assigned_by) select s.org_id, s.run_id, s.id, test.user_id('quality'), 'x' from traveler.run_step s where s.title = 'A';
select is(test.assigned('A'), 'Peer+Quality Peer+Quality Peer+Quality', 'all of them together, by SQL too');
update traveler.assignment set ended_at = now() where user_id = test.user_id('peer') and run_step_id is not null and ended_at is null;
select is(test.assigned('A'), 'Quality Quality Quality', 'and relieved together');
rollback;
reset role;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.assign('r2', 'A', jsonb_build_object('user_ids', jsonb_build_array(test.user_id('technician')), 'siblings', 'none'));
select is(test.assigned('A') || ' | ' || test.in_batch(), 'Peer Technician Peer | 1 3', 'K4: assigned alone, the run leaves');
select traveler.join_batch(test.the('batch'), null, jsonb_build_object('run_ids', jsonb_build_array(test.the('r2'))));
select is(test.assigned('A'), 'Peer Technician Peer', 'and joins with what it has');
reset session authorization;
set role traveler_owner;
insert into traveler.assignment (org_id, run_id, run_step_id, user_id, assigned_by) select s.org_id, s.run_id, s.id, test.user_id('quality'), 'x' from traveler.run_step s where s.title = 'A';
reset role;
set session authorization traveler_service;
select is(test.assigned('A'), 'Peer+Quality Quality+Technician Peer+Quality', 'K4: it takes part in later changes');
select test.refuses($$ select test.assign('r1', 'A', '{"siblings": "some"}') $$, 'TV422 K3 siblings_unknown', 'all, able or none');
rollback;

-- K4: out of a batch with a step in redline -----------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select traveler.act_on_steps('redline', array[test.step(test.the('r1'), 'B')], null, 'x');
commit;
begin;
select test.enter('admin');
select test.refuses(s.statement, 'TV409 K4 step_in_redline', 'K4: no way out of a batch with a step in redline: ' || s.what) from (values
    ('leaving', $$ select traveler.leave_batch(test.the('r1'), '{"reason": "x"}') $$),
    ('dissolving it', $$ select traveler.dissolve_batch(test.the('batch'), null) $$),
    ('a step acted on alone', $$ select traveler.act_on_steps('hold', array[test.step(test.the('r1'), 'C')], null, 'x', false, 'none') $$),
    ('its redline released alone', $$ select traveler.act_on_steps('release_redline', array[test.step(test.the('r1'), 'B')], null, null, false, 'none') $$),
    ('started alone', $$ select traveler.start_steps(array[test.step(test.the('r2'), 'A')], null, 'none') $$),
    ('edited alone', $$ select traveler.edit_redline(test.step(test.the('r1'), 'B'), null, '{"title": "B2", "siblings": "none"}') $$),
    ('a step added alone', $$ select traveler.add_step(test.the('r1'), '{"title": "D", "reason": "x", "siblings": "none"}') $$),
    ('held alone', $$ select traveler.act_on_run('hold', test.the('r1'), null, 'x', 'none') $$),
    ('assigned alone', $$ select test.assign('r1', 'A', '{"siblings": "none"}') $$)) s (what, statement);
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ update traveler.batch_run set left_at = now(), left_by = 'x', left_reason = 'x' where run_id = test.the('r1') $$, 'TV409 K4 step_in_redline', 'nor for the owner, by SQL');
rollback;
reset role;
select test.whole();
select * from finish();

-- S11: a run and each of its steps may be assigned to users, teams and work centers. It routes work, and restricts it only where the
-- org says so.
\ir support/world.psql
select plan(50);

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P')), test.keep('bench', test.location('Bench', '{"work_center": true}')), test.keep('shelf', test.location('Shelf'));
select test.keep('procedure', test.released('Build', test.the('part'), '[{"title": "A", "fields": [{"name": "N", "type": "number"}, {"name": "S", "type": "signoff", "required": false}]},
    {"title": "B"}, {"title": "C"}]'));
select test.keep('run', test.run(test.the('procedure'))), test.keep('other run', test.run(test.the('procedure')));
select test.keep('team', (traveler.create_team(jsonb_build_object('name', 'Night', 'user_ids', jsonb_build_array(test.user_id('peer')))) ->> 'id')::uuid);
commit;
reset session authorization;

create function test.assign(p_run text, p_step text, p_request jsonb) returns jsonb language sql as $$
    select traveler.assign(case when p_step is null then test.the(p_run) end, test.step(test.the(p_run), p_step), p_request)
$$;
create function test.meant(p_run text, p_step text) returns text language sql stable as $$
    select coalesce(string_agg(split_part(u.email, '@', 1), ' ' order by u.email), 'nobody')
    from traveler.step_assignee e join traveler.user_account u on u.org_id = e.org_id and u.id = e.user_id
    where e.run_id = test.the(p_run) and e.run_step_id = test.step(test.the(p_run), p_step)
$$;
create function test.to_users(variadic p_names text[]) returns jsonb language sql stable as $$
    select jsonb_build_object('user_ids', jsonb_agg(test.user_id(n))) from unnest(p_names) n
$$;
grant execute on all functions in schema test to public;

-- Who assigns, to whom ---------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('technician');
select test.refuses($$ select test.assign('run', null, test.to_users('peer')) $$, 'TV403 T3 permission_missing', 'a technician assigns no work');
select test.refuses($$ select traveler.create_team('{"name": "Mine"}') $$, 'TV403 T3 permission_missing', 'and makes no team');
select test.refuses($$ select traveler.change_team(test.the('team'), null, '{"name": "Mine"}') $$, 'TV403 T3 permission_missing', 'or changes one');
select test.enter('planner');
select test.refuses($$ select test.assign('run', null, test.to_users('stranger')) $$, 'TV422 S11 user_unknown', 'another org''s user is nobody');
select test.enter('admin');
select traveler.change_user(test.user_id('storekeeper'), null, '{"active": false}');
select test.enter('planner');
select test.refuses($$ select test.assign('run', null, test.to_users('storekeeper')) $$, 'TV422 S11 user_unknown', 'nor is one who has left');
select test.refuses($$ select test.assign('run', null, jsonb_build_object('location_ids', jsonb_build_array(test.the('shelf')))) $$, 'TV422 S11 work_center_unknown', 'a shelf does no work');
select test.refuses($$ select traveler.assign(gen_random_uuid(), null, '{}') $$, 'TV404 T1 run_unknown', 'an unknown run');
select test.refuses($$ select traveler.assign(null, gen_random_uuid(), '{}') $$, 'TV404 T1 step_unknown', 'an unknown step');
select is(jsonb_array_length(test.assign('run', null, test.to_users('technician', 'technician') || jsonb_build_object('team_ids', jsonb_build_array(test.the('team')),
    'location_ids', jsonb_build_array(test.the('bench')))) -> 'assignments'), 3, 'a run is assigned to a user, a team and a work center at once, each once');
select is(test.meant('run', 'A'), 'peer technician', 'which makes each of its steps theirs, team members by name');
select is(test.meant('other run', 'A'), 'nobody', 'and no other run''s');
select is(jsonb_array_length(test.assign('run', 'B', test.to_users('engineer')) -> 'assignments'), 1, 'a step is assigned by itself');
select is(test.meant('run', 'B') || ', ' || test.meant('run', 'A'), 'engineer, peer technician', 'and is then not meant for those of its run');
select lives_ok($$ select test.assign('run', 'C', jsonb_build_object('location_ids', jsonb_build_array(test.the('bench')))) $$, 'a work center alone');
select is(test.meant('run', 'C'), 'peer technician', 'takes nobody''s place');
select is(traveler.step_json(test.step(test.the('run'), 'B')) #>> '{assignments,0,name}', 'Engineer', 'the step says whom it is assigned to');
select is(jsonb_array_length(traveler.run_json(test.the('run')) -> 'assignments'), 5, 'and the run, with its steps');
commit;

-- It routes: nobody is kept from anything while the org does not say so ---------------------------------------------------

begin;
select test.enter('peer');
select lives_ok($$ select test.start(test.step(test.the('run'), 'B')) $$, 'an assignment alone keeps nobody away');
rollback;

-- It restricts where the org says so ---------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select is(traveler.change_org(null, '{"assignment_restricts": true}') ->> 'assignment_restricts', 'true', 'an org restricts work to those it is assigned to');
commit;
begin;
select test.enter('engineer');
select test.refuses($$ select test.start(test.step(test.the('run'), 'A')) $$, 'TV403 S11 not_assigned', 'a step of others'' is not started');
select is(test.refusal_detail($$ select test.start(test.step(test.the('run'), 'A')) $$, 'hint') #>> '{}', 'Ask for it to be assigned to you.', 'which says what would help');
select is((select a -> 'refusals' -> 0 ->> 'code' from jsonb_array_elements(traveler.step_json(test.step(test.the('run'), 'A')) -> 'acts') a where a ->> 'act' = 'start'),
    'not_assigned', 'and is said beforehand (S16)');
select lives_ok($$ select test.start(test.step(test.the('run'), 'B')) $$, 'one''s own is');
select lives_ok($$ select test.start(test.step(test.the('other run'), 'B')) $$, 'and one that is nobody''s');
select lives_ok($$ select traveler.act_on_steps('hold', array[test.step(test.the('run'), 'A')], null, 'smoke') $$, 'anyone stops what others do');
commit;
begin;
select test.enter('peer');
select traveler.act_on_steps('release', array[test.step(test.the('run'), 'A')]);
select lives_ok($$ select test.start(test.step(test.the('run'), 'A')) $$, 'a member of the team starts it');
select test.refuses($$ select traveler.check_in(test.step(test.the('run'), 'B')) $$, 'TV403 S11 not_assigned', 'and checks in nowhere else');
select test.refuses($$ select test.complete(test.step(test.the('run'), 'B')) $$, 'TV403 S11 not_assigned', 'or signs off');
select test.refuses($$ select traveler.act_on_steps('fail', array[test.step(test.the('run'), 'B')], null, 'x') $$, 'TV403 S11 not_assigned', 'or fails');
select lives_ok($$ select test.value(test.field(test.the('run'), 'N'), '"1"') $$, 'values of one''s own step are entered');
commit;
begin;
select test.enter('engineer');
select test.refuses($$ select test.value(test.field(test.the('run'), 'N'), '"2"') $$, 'TV403 S11 not_assigned', 'and of no other');
select lives_ok($$ select test.value(test.field(test.the('run'), 'S'), 'true') $$, 'a signature is a matter of roles');
select test.enter('planner');
select test.enter('admin');
select is(traveler.change_team(test.the('team'), null, '{"user_ids": [], "name": "Late"}') ->> 'members', '[]', 'a team loses its members');
select test.enter('peer');
select test.refuses($$ select test.complete(test.step(test.the('run'), 'A')) $$, 'TV403 S11 not_assigned', 'who left the team does its work no more');
select test.enter('technician');
select lives_ok($$ select test.complete(test.step(test.the('run'), 'A')) $$, 'who is assigned by name does');
commit;

-- It ends, and stays in the record ------------------------------------------------------------------------------------------

begin;
select test.enter('planner');
select is(test.assign('run', 'B', '{}') ->> 'assignments', '[]', 'an assignment is taken back');
select is((select count(*) || ' ' || count(a.ended_at) || ' ' || max(a.ended_by) from traveler.assignment a where a.run_step_id = test.step(test.the('run'), 'B')),
    '1 1 user:' || test.user_id('planner'), 'and stays in the record, with who ended it');
select is(test.meant('run', 'B'), 'technician', 'the step is its run''s again');
commit;
reset session authorization;

-- By direct SQL -------------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('technician');
select test.denied($$ insert into traveler.assignment (org_id, run_id, user_id, assigned_by) values (test.org_id('acme'), test.the('run'), test.user_id('peer'), 'x') $$, 'the service assigns by the act alone');
select test.denied($$ update traveler.assignment set ended_at = now() $$, 'and ends by it');
select test.denied($$ update traveler.team_member set left_at = now() $$, 'as with teams');
rollback;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ update traveler.assignment set user_id = test.user_id('viewer') where user_id is not null $$, 'TV409 S11 assignment_fixed', 'an assignment does not become another''s');
select test.refuses($$ update traveler.assignment set ended_at = null, ended_by = null where ended_at is not null $$, 'TV409 S11 assignment_fixed', 'or come back');
select test.refuses($$ insert into traveler.assignment (org_id, run_id, user_id, assigned_by) values (test.org_id('acme'), test.the('run'), test.user_id('technician'), 'x') $$,
    '23505 assignment_live_key', 'nobody is assigned twice');
select test.refuses($$ update traveler.team_member set left_at = null where left_at is not null $$, 'TV409 S11 membership_fixed', 'who left a team comes back as a new member');
select test.refuses($$ insert into traveler.assignment (org_id, run_id, run_step_id, user_id, assigned_by)
    values (test.org_id('acme'), test.the('run'), test.step(test.the('other run'), 'A'), test.user_id('technician'), 'x') $$, '23503 assignment_step_fkey', 'a step is its run''s');
insert into traveler.assignment (org_id, run_id, user_id, assigned_by) values (test.org_id('acme'), test.the('other run'), test.user_id('viewer'), 'someone else');
select is((select a.assigned_by from traveler.assignment a where a.run_id = test.the('other run')), 'system:story', 'who assigned is who acted');
select test.refuses($$ select test.complete(test.step(test.the('other run'), 'B')) $$, 'TV403 S11 not_assigned', 'what no person asks for is restricted as well');
rollback;
reset role;

-- A completed run's assignments are locked with it (C5)
set session authorization traveler_service;
begin;
select test.enter('admin');
select traveler.change_org(null, '{"assignment_restricts": false}');
select test.complete(test.step(test.the('run'), 'B'));
select test.work(test.step(test.the('run'), 'C'));
select test.refuses($$ select test.assign('run', null, '{}') $$, 'TV409 C5 run_completed', 'a completed run is assigned to nobody else');
commit;
reset session authorization;
select test.whole();
select * from finish();

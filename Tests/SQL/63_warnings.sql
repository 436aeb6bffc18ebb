-- C2: warnings are acknowledged, each as it stands; an org makes a note, a warning or a gate of each kind. C3: the sign-off may carry
-- acknowledgments. Whoever completes, and however.
\ir support/world.psql
select plan(41);

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P'));
select test.keep('procedure', test.released('Build', test.the('part'), '[{"title": "A"}, {"title": "Extra", "required": false}]'));
select test.keep('r1', test.run(test.the('procedure'))), test.keep('r2', test.run(test.the('procedure'))), test.keep('r3', test.run(test.the('procedure'))),
    test.keep('r4', test.run(test.the('procedure'))), test.keep('r5', test.run(test.the('procedure')));
commit;
reset session authorization;

create function test.issue(p_run text, p_title text) returns uuid language sql as $$
    insert into traveler.issue (org_id, number, title, run_id, created_by)
    select test.org_id('acme'), coalesce(max(i.number), 0) + 1, p_title, test.the(p_run), 'system:story' from traveler.issue i returning id
$$;
create function test.policy(p_kind text, p_policy text) returns void language plpgsql as $$
begin
    perform test.enter('admin');
    perform traveler.change_org(null, jsonb_build_object(p_kind || '_policy', p_policy));
end
$$;
-- What is remarked on a run: kind and severity, and ! where it waits.
create function test.remarks(p_run text) returns text language sql stable as $$
    select coalesce(string_agg(w.kind || ' ' || w.severity || case when w.waits then '!' else '' end, ', ' order by w.kind, w.since), 'none')
    from traveler.completion_warning w where w.run_id = test.the(p_run)
$$;
create function test.blockers(p_run text) returns text language sql stable as $$
    select coalesce(string_agg(b.kind || ' ' || b.rule, ', ' order by b.kind), 'none') from traveler.completion_blocker b where b.run_id = test.the(p_run)
$$;
-- All that is remarked, as a request acknowledges it.
create function test.all_remarks(p_run text) returns jsonb language sql stable as $$
    select coalesce(jsonb_agg(jsonb_build_object('kind', w.kind, 'subject_id', w.subject_id, 'stands', w.stands)), '[]') from traveler.completion_warning w
    where w.run_id = test.the(p_run)
$$;
create function test.by_hand(p_run text) returns text language sql as $$
    select test.refusal(format('update traveler.run set completed_at = now() where id = %L', test.the(p_run)))
$$;
create function test.by_act(p_run text, p_given jsonb default null) returns text language sql as $$
    select test.refusal(format('select traveler.complete_run(%L, null, %L)', test.the(p_run), p_given))
$$;
create function test.completed(p_run text) returns text language sql as $$
    select r.status || ' ' || (select count(*) from traveler.as_built_record a where a.run_id = r.id) from traveler.run r where r.id = test.the(p_run)
$$;
grant execute on all functions in schema test to public;

-- By default only open issues wait ------------------------------------------------------------------------------------------

begin;
select test.enter_owner();
select test.keep('torn', test.issue('r1', 'Torn'));
select test.keep('bent', test.issue('r2', 'Bent'));
commit;
set session authorization traveler_service;
begin;
select test.enter('technician');
select is(test.remarks('r1'), 'open_issue warning!, undone_step note', 'an open issue waits, an optional step left undone is noted');
select test.work(test.step(test.the('r1'), 'A'));
select is(test.completed('r1'), 'in_progress 0', 'the last sign-off does not complete a run with a warning that waits (C3)');
select is(traveler.run_json(test.the('r1')) #>> '{completion_warnings,0,what}', 'Issue 1 is pending: Torn', 'which is said');
select test.enter('planner');
select is(test.by_act('r1'), 'TV409 C2 warnings_waiting', 'nor does the act');
select is(test.refusal_detail(format('select traveler.complete_run(%L)', test.the('r1')), 'warnings') #>> '{0,subject_id}', test.the('torn')::text, 'which names what waits');
select test.enter('viewer');
select test.refuses($$ select traveler.acknowledge_warnings(test.the('r1'), test.all_remarks('r1')) $$, 'TV403 T3 permission_missing', 'who only looks acknowledges nothing');
select test.enter('stranger');
select test.refuses($$ select traveler.acknowledge_warnings(test.the('r1'), '[]') $$, 'TV404 T1 run_unknown', 'and no stranger');
commit;
reset session authorization;
begin;
select test.enter_owner();
select is(test.by_hand('r1'), 'TV409 C2 warnings_waiting', 'the owner completes it no more than others, by hand');
rollback;

-- Each as it stands -----------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('technician');
select test.refuses($$ select traveler.acknowledge_warnings(test.the('r1'), jsonb_build_array(jsonb_build_object('kind', 'open_issue', 'subject_id', test.the('torn'), 'stands', '7'))) $$,
    'TV409 C2 warning_changed', 'what does not stand so is not acknowledged');
select test.refuses($$ select traveler.acknowledge_warnings(test.the('r1'), jsonb_build_array(jsonb_build_object('kind', 'open_issue', 'subject_id', test.the('bent'), 'stands', '1'))) $$,
    'TV409 C2 warning_changed', 'nor what is another run''s');
select lives_ok($$ select traveler.acknowledge_warnings(test.the('r1'), test.all_remarks('r1') || test.all_remarks('r1')) $$, 'all that is remarked can be, twice or not');
select is(test.remarks('r1'), 'open_issue warning, undone_step note', 'and waits no more');
select is((select count(*) || ' ' || min(a.acknowledged_by) || ' ' || min(a.what) from traveler.completion_acknowledgment a where a.run_id = test.the('r1')),
    '2 user:' || test.user_id('technician') || ' Issue 1 is pending: Torn', 'who acknowledged what, in its own words');
commit;
reset session authorization;
begin;
select test.enter_owner();
update traveler.issue set description = 'Worse than it was' where id = test.the('torn');
commit;
set session authorization traveler_service;
begin;
select test.enter('planner');
select is(test.remarks('r1'), 'open_issue warning!, undone_step note', 'an issue that changed waits again');
select is(test.by_act('r1', '[]'), 'TV409 C2 warnings_waiting', 'what was acknowledged before is of no use');
select is(test.by_act('r1', test.all_remarks('r1')) || ', ' || test.completed('r1'), 'went through, complete 1', 'the act acknowledges it as it stands, and completes');
select is((select a.document::jsonb #>> '{remarks,0,what}' from traveler.as_built_record a where a.run_id = test.the('r1')), 'Issue 1 is pending: Torn', 'the as-built record has it');
select is((select a.document::jsonb #>> '{remarks,0,acknowledged_by,actor}' from traveler.as_built_record a where a.run_id = test.the('r1')), 'user:' || test.user_id('planner'), 'with who acknowledged it');
select is((select a.document::jsonb #>> '{remarks,1,severity}' from traveler.as_built_record a where a.run_id = test.the('r1')), 'note', 'and what was only a note');
commit;

-- The sign-off carries acknowledgments (C3)
begin;
select test.enter('technician');
select test.start(test.step(test.the('r2'), 'A'));
select test.refuses($$ select traveler.complete_steps(array[test.step(test.the('r2'), 'A')], null, '[{"kind": "open_issue", "subject_id": "00000000-0000-0000-0000-000000000000", "stands": "1"}]') $$,
    'TV409 C2 warning_changed', 'a sign-off that acknowledges what is not there does nothing');
select is((select s.state from traveler.run_step s where s.id = test.step(test.the('r2'), 'A')), 'in_progress', 'at all');
select traveler.complete_steps(array[test.step(test.the('r2'), 'A')], null, test.all_remarks('r2'));
select is(test.completed('r2'), 'complete 1', 'one that acknowledges what waits completes the run');
commit;

-- An org makes of each kind what it wants
begin;
select test.policy('undone_step', 'gate'), test.policy('open_issue', 'note');
select test.enter('technician');
select test.work(test.step(test.the('r3'), 'A'));
select is(test.blockers('r3') || '; ' || test.completed('r3'), 'undone_step C2; in_progress 0', 'what the org makes a gate blocks');
select test.enter('planner');
select is(test.by_act('r3', test.all_remarks('r3')), 'TV409 C4 completion_blocked', 'and is not acknowledged away');
select test.policy('undone_step', 'warning');
select test.enter('planner');
select is(test.remarks('r3') || '; ' || test.blockers('r3'), 'undone_step warning!; none', 'what it makes a warning waits');
select test.policy('undone_step', 'note');
select test.enter('planner');
select is(test.by_act('r3') || ', ' || test.completed('r3'), 'went through, complete 1', 'and what it makes a note does not');
select is(test.blockers('r1'), 'none', 'a gate concerns no run that is completed');
select test.policy('undone_step', 'gate');
select is(test.blockers('r1'), 'none', 'whatever the org changes later');
select test.policy('undone_step', 'note'), test.policy('open_issue', 'warning');
commit;
reset session authorization;

-- Each completion has its own acknowledgments (C6)
begin;
select test.enter_owner();
select test.keep('open', test.issue('r4', 'Loose'));
select test.enter('admin');
select test.work(test.step(test.the('r4'), 'A'));
select is(test.by_act('r4', test.all_remarks('r4')), 'went through', 'acknowledged and completed');
select traveler.reopen_run(test.the('r4'), null, 'look again');
select is(test.by_act('r4'), 'TV409 C2 warnings_waiting', 'reopened, the warning waits again');
select is(test.by_act('r4', test.all_remarks('r4')) || ', ' || test.completed('r4'), 'went through, complete 2', 'for an acknowledgment of its own');
select is((select string_agg(a.record_number::text, ' ' order by a.record_number) from traveler.completion_acknowledgment a where a.run_id = test.the('r4') and a.kind = 'open_issue'), '1 2', 'of that record');
commit;

-- By direct SQL ----------------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.denied($$ insert into traveler.completion_acknowledgment (org_id, run_id, record_number, kind, subject_id, stands, what, acknowledged_by)
    values (test.org_id('acme'), test.the('r5'), 1, 'x', test.the('r5'), '1', 'x', 'x') $$, 'the service acknowledges by the acts alone');
commit;
reset session authorization;
begin;
select test.enter_owner();
select test.keep('split', test.issue('r5', 'Split'));
commit;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ update traveler.completion_acknowledgment set acknowledged_by = 'someone else' $$, 'TV409 C2 append_only', 'what was acknowledged stays');
select test.refuses($$ delete from traveler.completion_acknowledgment $$, 'TV409 T4 record_kept', 'and is not deleted');
select test.refuses($$ insert into traveler.completion_acknowledgment (org_id, run_id, record_number, kind, subject_id, stands, what, acknowledged_by)
    values (test.org_id('acme'), test.the('r5'), 1, 'open_issue', test.the('split'), '2', 'x', 'x') $$, 'TV409 C2 warning_changed', 'what does not stand is not acknowledged by hand');
select test.refuses($$ insert into traveler.completion_acknowledgment (org_id, run_id, record_number, kind, subject_id, stands, what, acknowledged_by)
    values (test.org_id('acme'), test.the('r1'), 1, 'undone_step', test.step(test.the('r1'), 'Extra'), '1', 'x', 'x') $$, 'TV409 C5 run_completed', 'on a completed run nothing is');
insert into traveler.completion_acknowledgment (org_id, run_id, record_number, kind, subject_id, stands, what, acknowledged_by)
values (test.org_id('acme'), test.the('r5'), 9, 'open_issue', test.the('split'), '1', 'nothing at all', 'user:someone');
select is((select a.record_number || ' ' || a.acknowledged_by from traveler.completion_acknowledgment a where a.run_id = test.the('r5')), '1 system:story', 'the record and the name are not the writer''s');
select ok((select a.what ~ '^Issue [0-9]+ is pending: Split$' from traveler.completion_acknowledgment a where a.run_id = test.the('r5')), 'nor are the words');
select test.work(test.step(test.the('r5'), 'A'));
select is(test.completed('r5'), 'complete 1', 'acknowledged, it completes with its last sign-off');
commit;
reset role;
select test.whole();
select * from finish();

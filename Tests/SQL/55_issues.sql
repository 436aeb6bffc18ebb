-- Q1: issues, their dispositions, approvals and moves. I2: what an issue keeps from being used. S6: the issue of a failed step.
\ir support/world.psql
select plan(108);

create function test.issue(p_title text, p_extra jsonb default '{}') returns uuid
language sql as $$ select (traveler.create_issue(jsonb_build_object('title', p_title) || p_extra) ->> 'id')::uuid $$;
create function test.disposition(p_name text, p_org text default 'acme') returns uuid
language sql stable as $$ select t.id from traveler.disposition_type t where t.org_id = test.org_id(p_org) and t.name = p_name and t.archived_at is null $$;
create function test.dispose(p_issue uuid, p_name text, p_note text default null) returns text
language sql as $$ select traveler.dispose_issue(p_issue, null, jsonb_build_object('disposition_type_id', test.disposition(p_name), 'note', p_note)) ->> 'state' $$;
create function test.move(p_act text, p_issue uuid, p_reason text default null) returns text
language sql as $$ select traveler.move_issue(p_act, p_issue, null, p_reason) ->> 'state' $$;
create function test.status(p_name text) returns text
language sql as $$ select i.status from traveler.part_inventory i where i.id = test.the(p_name) $$;
-- An act of an issue as its caller is told of it: yes, or the codes of what is in the way.
create function test.may(p_issue uuid, p_act text) returns text
language sql stable as $$
    select case when a ->> 'allowed' = 'true' then 'yes' else (select string_agg(r ->> 'code', ' ' order by r ->> 'code') from jsonb_array_elements(a -> 'refusals') r) end
    from jsonb_array_elements(traveler.issue_json(p_issue) -> 'acts') a where a ->> 'act' = p_act
$$;
create function test.refusal_message(p_sql text) returns text language plpgsql as $$
begin
    execute p_sql;
    return 'went through';
exception when others then
    return sqlerrm;
end
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('screw', test.part('SCREW', 'lot')), test.keep('cart', test.part('CART', 'serial'));
select test.mbom(test.the('cart'), test.line(test.the('screw'), '4'));
select test.keep('procedure', test.released('Build', test.the('cart'), '[{"title": "A"}, {"title": "B"}]'));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["C1"]}')), test.keep('run 2', test.run(test.the('procedure'), '{"serial_numbers": ["C2"]}'));
select test.keep('c1', test.unit(test.the('run'))), test.keep('c2', test.unit(test.the('run 2'))), test.keep('lot', test.receive(test.the('screw'), '10', '{"lot_number": "L1"}')),
    test.keep('lot 2', test.receive(test.the('screw'), '10', '{"lot_number": "L2"}'));
commit;

-- What an org begins with -------------------------------------------------------------------------------------------

begin;
select test.enter('viewer');
select is((select string_agg(format('%s: %s by %s closed by %s', t ->> 'name', t ->> 'availability', t -> 'approver_roles', t -> 'closure_roles'), '; ') from jsonb_array_elements(traveler.disposition_types_json() -> 'items') t),
    'Return to vendor: permanently_unavailable by ["quality"] closed by ["admin", "quality"]; Rework: release_on_resolve by ["engineer"] closed by ["admin", "quality"]; '
    || 'Scrap: permanently_unavailable by ["quality"] closed by ["admin", "quality"]; Use as is: available_immediately by ["engineer", "quality"] closed by ["admin", "quality"]',
    'an org comes with the usual dispositions');
commit;

-- Reporting ---------------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.keep('issue', test.issue('Lot is rusty', jsonb_build_object('cause', 'Humidity', 'run_id', test.the('run'), 'run_step_id', test.step(test.the('run'), 'A'),
    'assigned_to', test.user_id('quality'), 'part_inventory_ids', jsonb_build_array(test.the('lot'), test.the('c1')))));
select is(traveler.issue_json(test.the('issue')) #- '{acts}' #- '{inventory}' #- '{created_at}' #- '{id}', jsonb_build_object('number', 1, 'title', 'Lot is rusty', 'description', '', 'state', 'pending',
    'cause', 'Humidity', 'run_id', test.the('run'), 'run_number', 1, 'run_step_id', test.step(test.the('run'), 'A'), 'assigned_to', test.user_id('quality'), 'state_reason', null,
    'created_by', 'user:' || test.user_id('technician'), 'resolved_by', null, 'resolved_at', null, 'attributes', '{}'::jsonb, 'version', 1, 'disposition', null, 'approvals', '[]'::jsonb, 'exceptions', '[]'::jsonb, 'redlines', '[]'::jsonb, 'comments', '[]'::jsonb),
    'an issue says what it is about, and starts in pending');
select is(test.status('lot') || ', ' || test.status('c1'), 'unavailable, work_in_progress', 'what it is about is kept until someone has decided; work in progress reads as that');
select test.refuses($$ select test.install(test.need(test.the('run'), test.the('screw')), test.the('lot'), '4') $$, 'TV409 B2 inventory_unavailable', 'it is not installed');
select is(test.refusal_message($$ select test.install(test.need(test.the('run'), test.the('screw')), test.the('lot'), '4') $$), 'Lot L1 can''t be installed. Issue 1 keeps it from being used.', 'and the refusal names the issue');
select test.refuses($$ select test.issue('X', jsonb_build_object('run_id', test.the('run 2'), 'run_step_id', test.step(test.the('run'), 'A'))) $$, 'TV422 T1 step_unknown', 'the step is one of the run');
select test.refuses($$ select test.issue('X', jsonb_build_object('run_id', traveler.new_id())) $$, '23503 issue_run_fkey', 'the run is one of the org');
select test.refuses($$ select test.issue('X', jsonb_build_object('part_inventory_ids', jsonb_build_array(traveler.new_id()))) $$, 'TV422 T1 inventory_unknown', 'and so is the inventory');
select test.refuses($$ select test.issue('X', jsonb_build_object('assigned_to', test.user_id('stranger'))) $$, 'TV422 T1 user_unknown', 'and who it is assigned to');
select is(traveler.comment_issue(test.the('issue'), 'It was wet.') #>> '{comments,0,body}', 'It was wet.', 'who reports an issue may say more');
select test.refuses($$ select traveler.change_issue(test.the('issue'), null, '{"title": "Else"}') $$, 'TV403 T3 permission_missing', 'but not rewrite it');
commit;
begin;
select test.enter('stranger');
select is(traveler.issue_json(test.the('issue')), null, 'another org has no such issue');
select test.refuses(format('select traveler.%s', a), 'TV404 T1 issue_unknown', 'nor acts on it: ' || a) from unnest(array[
    $$change_issue(test.the('issue'), null, '{}')$$, $$dispose_issue(test.the('issue'), null, '{}')$$, $$approve_issue(test.the('issue'), null)$$, $$move_issue('start', test.the('issue'))$$,
    $$link_issue(test.the('issue'), '{}')$$, $$unlink_issue(test.the('issue'), '{}')$$, $$comment_issue(test.the('issue'), 'x')$$]) a;
commit;

-- Pending is left with a disposition, and a change of it goes back there ---------------------------------------------

begin;
select test.enter('quality');
select is(test.may(test.the('issue'), 'start'), 'disposition_missing', 'before a disposition the issue says what it waits for');
select test.refuses($$ select test.move('start', test.the('issue')) $$, 'TV409 Q1 disposition_missing', 'and is not started');
select test.refuses($$ select traveler.dispose_issue(test.the('issue'), null, jsonb_build_object('disposition_type_id', test.disposition('Scrap', 'bolt'))) $$, 'TV422 T1 disposition_type_unknown', 'a disposition is one of the org');
select is(test.dispose(test.the('issue'), 'Rework', 'Wire brush.'), 'pending', 'the disposition is set in pending');
select test.refuses($$ select test.dispose(test.the('issue'), 'Rework', 'Wire brush.') $$, 'TV409 Q1 already_disposed', 'once');
select is(test.status('lot'), 'unavailable', 'what is released on resolve is kept');
select test.refuses($$ select test.move('resolve', test.the('issue')) $$, 'TV409 Q1 move_not_allowed', 'an issue is not resolved before its work');
select test.refuses($$ select test.move('submit', test.the('issue')) $$, 'TV409 Q1 move_not_allowed', 'nor submitted');
select is(test.move('start', test.the('issue')) || ' ' || test.move('submit', test.the('issue')), 'in_progress in_review', 'it is started and submitted');
select test.refuses($$ select test.move('return', test.the('issue')) $$, 'TV422 Q1 reason_missing', 'and returned with a reason');
select test.move('return', test.the('issue'), 'Not yet.');
select is((select i.state || ' ' || i.state_reason from traveler.issue i where i.id = test.the('issue')), 'in_progress Not yet.', 'which is kept');
select test.move('submit', test.the('issue'));
select is(test.dispose(test.the('issue'), 'Use as is'), 'pending', 'a change of the disposition goes back to pending');
select is(test.status('lot'), 'available', 'available immediately is free at once');
select is(test.dispose(test.the('issue'), 'Rework', 'Wire brush.') || ' ' || test.status('lot'), 'pending unavailable', 'and kept again when it is changed back');
select is(test.dispose(test.the('issue'), 'Rework', 'Acid.'), 'pending', 'another note is another disposition');
select is((select i.disposition_number || ' ' || i.disposed_by from traveler.issue i where i.id = test.the('issue')), '4 user:' || test.user_id('quality'), 'they are counted and signed');
select test.refuses($$ select traveler.change_issue(test.the('issue'), 1, '{"title": "Else"}') $$, 'TV412 stale', 'a stale change is told');
commit;

-- Approvals and closure ---------------------------------------------------------------------------------------------

begin;
select test.enter('quality');
select test.move('start', test.the('issue')), test.move('submit', test.the('issue'));
select is(test.may(test.the('issue'), 'resolve'), 'approval_missing', 'the engineer has to approve');
select test.refuses($$ select test.move('resolve', test.the('issue')) $$, 'TV409 Q1 approval_missing', 'before it is resolved');
select test.refuses($$ select traveler.approve_issue(test.the('issue'), null) $$, 'TV403 Q1 role_missing', 'who does not hold the role does not approve');
select test.enter('admin');
select test.refuses($$ select traveler.approve_issue(test.the('issue'), null) $$, 'TV403 Q1 role_missing', 'not even the admin');
select test.enter('engineer');
select is(traveler.approve_issue(test.the('issue'), null) -> 'approvals' -> 0 ->> 'approved_by', 'user:' || test.user_id('engineer'), 'the engineer approves');
select test.refuses($$ select traveler.approve_issue(test.the('issue'), null) $$, 'TV409 Q1 nothing_to_approve', 'once');
select is(test.may(test.the('issue'), 'resolve'), 'permission_missing role_missing', 'but does not close');
select test.refuses($$ select test.move('resolve', test.the('issue')) $$, 'TV403 T3 permission_missing', 'without the permission');
select test.enter('quality');
select test.dispose(test.the('issue'), 'Rework', 'Acid, twice.'), test.move('start', test.the('issue')), test.move('submit', test.the('issue'));
select test.refuses($$ select test.move('resolve', test.the('issue')) $$, 'TV409 Q1 approval_missing', 'an approval is of the disposition as it stood');
select test.enter('engineer');
select traveler.approve_issue(test.the('issue'), null);
select test.enter('quality');
select is(test.may(test.the('issue'), 'resolve'), 'yes', 'approved, it can be resolved');
select is(test.move('resolve', test.the('issue')) || ' ' || test.status('lot'), 'resolved available', 'and then what it kept is free');
select is((select i.resolved_by from traveler.issue i where i.id = test.the('issue')), 'user:' || test.user_id('quality'), 'with who resolved it');
select test.refuses($$ select test.move('resolve', test.the('issue')) $$, 'TV409 Q1 already_there', 'once');
select test.refuses($$ select traveler.change_issue(test.the('issue'), null, '{"title": "Else"}') $$, 'TV409 Q1 issue_resolved', 'a resolved issue is not rewritten');
select test.refuses($$ select test.dispose(test.the('issue'), 'Scrap') $$, 'TV409 Q1 issue_resolved', 'nor disposed anew');
select test.refuses($$ select traveler.link_issue(test.the('issue'), jsonb_build_object('part_inventory_ids', jsonb_build_array(test.the('lot 2')))) $$, 'TV409 Q1 issue_resolved', 'nor linked');
select test.refuses($$ select traveler.unlink_issue(test.the('issue'), jsonb_build_object('part_inventory_ids', jsonb_build_array(test.the('lot')))) $$, 'TV409 Q1 issue_resolved', 'nor unlinked');
select test.refuses($$ select test.move('reopen', test.the('issue')) $$, 'TV422 Q1 reason_missing', 'it is opened again with a reason');
select is(test.move('reopen', test.the('issue'), 'Rust again.') || ' ' || test.status('lot'), 'in_progress unavailable', 'which keeps its inventory again');
commit;
begin;
-- The engineer disposes, and so does not approve, whatever roles they hold.
select test.enter('admin');
select traveler.change_user(test.user_id('engineer'), null, '{"roles": ["engineer", "quality"]}');
select test.enter('engineer');
select test.keep('own', test.issue('Scratch', jsonb_build_object('part_inventory_ids', jsonb_build_array(test.the('lot 2')))));
select test.dispose(test.the('own'), 'Use as is');
select test.refuses($$ select traveler.approve_issue(test.the('own'), null) $$, 'TV409 Q1 own_disposition', 'nobody approves what they disposed');
select test.dispose(test.the('issue'), 'Scrap');
select test.enter('quality');
select traveler.approve_issue(test.the('own'), null);
select is((select string_agg(format('%s %s', a ->> 'role', a ->> 'approved_by' is not null), ', ') from jsonb_array_elements(traveler.issue_json(test.the('own')) -> 'approvals') a),
    'engineer f, quality t', 'each role approves for itself');
select test.refuses($$ select test.move('start', test.the('own')), test.move('submit', test.the('own')), test.move('resolve', test.the('own')) $$, 'TV409 Q1 approval_missing', 'and all of them have to');
select traveler.approve_issue(test.the('issue'), null);
select test.move('start', test.the('issue')), test.move('submit', test.the('issue')), test.move('resolve', test.the('issue'));
select is(test.status('lot'), 'unavailable', 'what is scrapped stays unavailable when the issue is resolved');
commit;

-- Several issues about one row --------------------------------------------------------------------------------------

begin;
select test.enter('quality');
select is(test.status('lot 2'), 'available', 'one issue frees it');
select test.keep('other', test.issue('Dent'));
select traveler.link_issue(test.the('other'), jsonb_build_object('part_inventory_ids', jsonb_build_array(test.the('lot 2'), test.the('lot 2'))));
select traveler.link_issue(test.the('other'), jsonb_build_object('part_inventory_ids', jsonb_build_array(test.the('lot 2'))));
select is(test.status('lot 2'), 'unavailable', 'another keeps it');
select test.refuses($$ select traveler.unlink_issue(test.the('other'), jsonb_build_object('part_inventory_ids', jsonb_build_array(test.the('lot')))) $$, 'TV409 Q1 not_linked', 'what is not linked is not unlinked');
select traveler.unlink_issue(test.the('other'), jsonb_build_object('part_inventory_ids', jsonb_build_array(test.the('lot 2')), 'reason', 'The other lot.'));
select is(test.status('lot 2'), 'available', 'until it is taken off the issue');
select test.enter('technician');
select test.refuses($$ select traveler.unlink_issue(test.the('own'), jsonb_build_object('part_inventory_ids', jsonb_build_array(test.the('lot 2')))) $$, 'TV403 T3 permission_missing', 'by who may dispose');
commit;

-- The org's disposition types ----------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select is(traveler.create_disposition_type('{"name": "Ask the customer", "availability": "release_on_resolve"}') - 'id' - 'created_at',
    '{"name": "Ask the customer", "availability": "release_on_resolve", "approver_roles": [], "closure_roles": [], "archived_at": null, "version": 1}', 'an org adds its own');
select test.refuses($$ select traveler.create_disposition_type('{"name": "X", "availability": "release_on_resolve", "closure_roles": ["emperor"]}') $$, 'TV422 T3 role_unknown', 'with roles that it has');
select test.refuses($$ select traveler.create_disposition_type('{"name": "Scrap", "availability": "release_on_resolve"}') $$, '23505 disposition_type_name_key', 'and a name that it has not');
select traveler.archive_disposition_type(test.disposition('Return to vendor'), 1);
select is((select count(*) from jsonb_array_elements(traveler.disposition_types_json() -> 'items')), 4::bigint, 'what is archived is not offered');
select test.refuses($$ select traveler.dispose_issue(test.the('other'), null, jsonb_build_object('disposition_type_id', t.id)) from traveler.disposition_type t where t.name = 'Return to vendor' $$,
    'TV409 Q1 disposition_type_archived', 'and not given to an issue any more');
select test.refuses($$ select traveler.archive_disposition_type(t.id, null) from traveler.disposition_type t where t.name = 'Return to vendor' $$, 'TV409 T4 disposition_type_archived', 'nor archived again');
select test.dispose(test.the('other'), 'Ask the customer'), test.move('start', test.the('other')), test.move('submit', test.the('other'));
select is(test.move('resolve', test.the('other')), 'resolved', 'one that asks for no role is resolved by who may resolve');
commit;

-- S6: the issue of a failure ------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select traveler.change_org(null, '{"fail_creates_issue": true, "open_issue_policy": "note"}');
select test.enter('technician');
select test.start(test.step(test.the('run 2'), 'A'));
select traveler.act_on_steps('fail', array[test.step(test.the('run 2'), 'A')], null, 'torn');
select is((select array_agg(l.part_inventory_id) from traveler.issue i join traveler.issue_inventory l on l.issue_id = i.id where i.run_step_id = test.step(test.the('run 2'), 'A')), array[test.the('c2')],
    'the issue of a failed step is linked to what its run builds (S6)');
select is((select i.issue_hold || ' ' || i.status from traveler.part_inventory i where i.id = test.the('c2')), 'true work_in_progress', 'which is kept, though it is still work in progress');
commit;
begin;
select test.enter('technician');
select traveler.act_on_steps('retry', array[test.step(test.the('run 2'), 'A')]);
select test.enter('storekeeper');
select test.install(test.need(test.the('run 2'), test.the('screw')), test.the('lot 2'), '4');
select test.enter('technician');
select test.work(test.step(test.the('run 2'), 'A'), test.step(test.the('run 2'), 'B'));
select is((select r.status from traveler.run r where r.id = test.the('run 2')) || ', ' || test.status('c2'), 'complete, unavailable', 'a unit that is built with an open issue is not available');
commit;
reset session authorization;

-- By psql -----------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.denied(format(a, test.the('other')), 'the service writes no table: ' || test.brief(a)) from unnest(array[
    'update traveler.issue set state = ''resolved'' where id = %L', 'insert into traveler.issue_approval (org_id, issue_id) values (null, %L)', 'update traveler.issue_inventory set unlinked_at = now() where issue_id = %L']) a;
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(s.statement, s.refusal, 'the owner by SQL: ' || s.what) from (values
    ('an issue that starts resolved', $$ insert into traveler.issue (org_id, number, title, created_by, state) values (test.org_id('acme'), 90, 'X', 'x', 'resolved') $$, 'TV409 Q1 issue_starts_pending'),
    ('an issue that starts disposed', $$ insert into traveler.issue (org_id, number, title, created_by, disposition_type_id) values (test.org_id('acme'), 90, 'X', 'x', test.disposition('Scrap')) $$, 'TV409 Q1 issue_starts_pending'),
    ('a jump over the review', $$ update traveler.issue set state = 'resolved' where id = test.the('own') $$, 'TV409 Q1 move_not_allowed'),
    ('a disposition taken away', $$ update traveler.issue set disposition_type_id = null where id = test.the('own') $$, 'TV409 Q1 disposition_stays'),
    ('a resolved issue rewritten', $$ update traveler.issue set title = 'Nothing' where id = test.the('other') $$, 'TV409 Q1 issue_resolved'),
    ('another run', $$ update traveler.issue set run_id = test.the('run 2'), run_step_id = null where id = test.the('issue') $$, 'TV409 Y1 identity_fixed'),
    ('an approval for a role that is not held', $$ insert into traveler.issue_approval (org_id, issue_id, disposition_number, role_id, approved_by)
        select r.org_id, test.the('own'), 1, r.id, 'x' from traveler.role r where r.name = 'engineer' $$, 'TV403 Q1 role_missing'),
    ('an approval for a role that is not asked', $$ insert into traveler.issue_approval (org_id, issue_id, disposition_number, role_id, approved_by)
        select r.org_id, test.the('own'), 1, r.id, 'x' from traveler.role r where r.name = 'viewer' $$, 'TV409 Q1 nothing_to_approve'),
    ('an approval rewritten', $$ update traveler.issue_approval set approved_by = 'x' $$, 'TV409 Q1 append_only'),
    ('a comment rewritten', $$ update traveler.issue_comment set body = 'x' $$, 'TV409 Q1 append_only'),
    ('a role added to a disposition type', $$ insert into traveler.disposition_type_role (org_id, disposition_type_id, role_id, duty)
        select r.org_id, test.disposition('Scrap'), r.id, 'close' from traveler.role r where r.name = 'viewer' $$, 'TV409 Q1 identity_fixed'),
    ('a role of a disposition type changed', $$ update traveler.disposition_type_role set duty = 'close' $$, 'TV409 Q1 append_only'),
    ('another availability', $$ update traveler.disposition_type set availability = 'available_immediately' $$, 'TV409 Y1 identity_fixed'),
    ('an archived type offered again', $$ update traveler.disposition_type set archived_at = null where archived_at is not null $$, 'TV409 Y1 identity_fixed'),
    ('a link of a resolved issue', $$ insert into traveler.issue_inventory (org_id, issue_id, part_inventory_id) values (test.org_id('acme'), test.the('other'), test.the('lot')) $$, 'TV409 Q1 issue_resolved'),
    ('a link moved', $$ update traveler.issue_inventory set part_inventory_id = test.the('lot') where issue_id = test.the('own') $$, 'TV409 Q1 link_fixed'),
    ('the hold set by hand', $$ update traveler.part_inventory set issue_hold = false where id = test.the('lot') $$, 'TV409 I2 derived'),
    ('stock that is born kept', $$ insert into traveler.part_inventory (org_id, part_id, lot_number, issue_hold) values (test.org_id('acme'), test.the('screw'), 'L9', true) $$, 'TV409 I2 derived'),
    ('what is kept split', $$ with x as (insert into traveler.part_inventory (org_id, part_id, lot_number, origin_id) values (test.org_id('acme'), test.the('screw'), 'L1', test.the('lot')) returning id)
        insert into traveler.inventory_movement (org_id, kind, from_inventory_id, to_inventory_id, quantity) select test.org_id('acme'), 'split', test.the('lot'), x.id, 1 from x $$, 'TV409 Q1 issue_keeps_it')) s (what, statement, refusal);
insert into traveler.issue_comment (org_id, issue_id, body, created_by) values (test.org_id('acme'), test.the('own'), 'Not mine.', 'user:' || test.user_id('quality'));
select is((select c.created_by from traveler.issue_comment c where c.body = 'Not mine.'), 'system:story', 'a comment is its writer''s, whatever the statement says');
update traveler.issue set disposition_note = 'Paint over.', state = 'in_progress', disposed_by = 'x', disposition_number = 1 where id = test.the('own');
select is((select i.state || ' ' || i.disposition_number || ' ' || i.disposed_by from traveler.issue i where i.id = test.the('own')), 'pending 2 system:story',
    'a disposition changed by SQL goes back to pending, counted and signed, whatever the statement says');
update traveler.issue set state = 'in_progress' where id = test.the('own');
update traveler.issue set resolved_by = 'x', resolved_at = now(), disposed_by = 'x', state_reason = 'x' where id = test.the('own');
select is((select concat_ws(' ', i.resolved_by, i.disposed_by, i.state_reason) from traveler.issue i where i.id = test.the('own')), 'system:story', 'stamps are not for writers');
update traveler.issue set state = 'in_review' where id = test.the('own');
select test.refuses($$ update traveler.issue set state = 'resolved' where id = test.the('own') $$, 'TV409 Q1 approval_missing', 'nor is an issue resolved by SQL without its approvals');
update traveler.issue set disposition_type_id = test.disposition('Rework') where id = test.the('own');
update traveler.issue set state = 'in_progress' where id = test.the('own');
update traveler.issue set state = 'in_review' where id = test.the('own');
commit;
reset role;
set session authorization traveler_service;
begin;
select test.enter('engineer');
select traveler.approve_issue(test.the('own'), null);
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ update traveler.issue set state = 'resolved' where id = test.the('own') $$, 'TV403 Q1 role_missing', 'nor by who holds no closure role');
commit;
begin;
-- The owner's SQL in the name of someone who may only look.
select test.enter('viewer');
select test.refuses(x.statement, 'TV403 T3 permission_missing', 'the permission is asked of SQL as well: ' || test.brief(x.statement)) from (values
    ($$ update traveler.issue set state = 'in_progress' where id = test.the('own') $$), ($$ update traveler.issue set title = 'X' where id = test.the('own') $$),
    ($$ update traveler.issue set disposition_note = 'X' where id = test.the('own') $$),
    ($$ insert into traveler.issue (org_id, number, title, created_by) values (test.org_id('acme'), 90, 'X', 'x') $$),
    ($$ insert into traveler.issue_inventory (org_id, issue_id, part_inventory_id) values (test.org_id('acme'), test.the('own'), test.the('lot')) $$),
    ($$ insert into traveler.issue_comment (org_id, issue_id, body, created_by) values (test.org_id('acme'), test.the('own'), 'X', 'x') $$)) x (statement);
commit;
reset role;
select test.whole();
select * from finish();

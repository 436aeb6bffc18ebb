-- Approvals of redlines: D1 (states, the issue that it is for), D3 (what the org asks for, who gives it, what it comes to), by acts and by hand.
\ir support/world.psql
select plan(75);

create function test.act(p_act text, p_step uuid, p_reason text default null) returns jsonb
language sql as $$ select traveler.act_on_steps(p_act, array[p_step], null, p_reason) $$;
create function test.edit(p_step uuid, p_request jsonb) returns jsonb language sql as $$ select traveler.edit_redline(p_step, null, p_request) $$;
create function test.ask(p_approvals jsonb) returns jsonb language sql as $$ select traveler.change_org(null, jsonb_build_object('redline_approvals', p_approvals)) $$;
create function test.the_redline(p_step uuid) returns uuid language sql as $$ select d.id from traveler.redline d where d.run_step_id = p_step and d.closed_at is null $$;
create function test.redline_state(p_step uuid) returns text language sql stable as $$
    select d.state from traveler.redline d where d.run_step_id = p_step order by d.number desc limit 1
$$;
create function test.submit(p_step uuid) returns jsonb language sql as $$ select traveler.move_redline('submit', test.the_redline(p_step), null) $$;
create function test.decide(p_decision text, p_step uuid, p_more jsonb default '{}') returns jsonb language sql as $$
    select traveler.decide_redline(p_decision, test.the_redline(p_step), null, p_more)
$$;
create function test.live(p_step uuid) returns text language sql stable as $$
    select coalesce(string_agg(r.name || ' ' || a.decision, ', ' order by r.name, a.decision), 'none') from traveler.redline_approval a join traveler.role r on r.id = a.role_id
    where a.redline_id = test.the_redline(p_step) and a.voided_at is null
$$;
-- The act's own answer to whether it can be done now (S16).
create function test.release_refusals(p_step uuid) returns text language sql stable as $$
    select string_agg(r ->> 'code', ' ' order by r ->> 'code') from jsonb_array_elements(traveler.step_json(p_step) -> 'acts') a, jsonb_array_elements(a -> 'refusals') r where a ->> 'act' = 'release_redline'
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial'));
select test.keep('procedure', test.released('Build', test.the('part'), '[{"key": "a", "title": "A", "fields": [{"name": "N", "type": "number", "maximum": "5"}]}, {"key": "b", "title": "B", "after": ["a"]}, {"title": "C"}]'));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["U1"]}'));
select test.keep(s.title, s.id) from traveler.run_step s where s.run_id = test.the('run');
select test.keep('issue', (traveler.create_issue('{"title": "Torn"}') ->> 'id')::uuid);
commit;

-- An org that asks for nothing: as it was ------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select is(traveler.org_json() -> 'redline_approvals', '[]'::jsonb, 'an org asks for nothing at first');
select test.act('redline', test.the('A'), 'x');
select test.refuses($$ select test.submit(test.the('A')) $$, 'TV409 D3 approval_not_asked', 'then nothing is submitted');
select test.refuses($$ select test.decide('approved', test.the('A')) $$, 'TV409 D3 approval_not_asked', 'nor approved');
select test.act('release_redline', test.the('A'));
select is(test.redline_state(test.the('A')), 'released', 'and its author releases it');
rollback;

-- The policy -----------------------------------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select test.refuses($$ select test.ask('[{"role": "quality"}]') $$, 'TV403 T3 permission_missing', 'what is asked for is the admin''s');
select test.enter('admin');
select test.refuses($$ select test.ask('[{"role": "emperor"}]') $$, 'TV422 T3 role_unknown', 'of roles that there are');
select test.refuses($$ select test.ask('[{"role": "quality", "approvers": 0}]') $$, '23514 redline_approval_policy_approvers', 'of someone');
select test.refuses($$ select test.ask('[{"role": "quality"}, {"role": "quality"}]') $$, '23505 redline_approval_policy_role_key', 'a role once');
select test.ask('[{"role": "quality"}, {"role": "engineer", "approvers": 2}]');
select is(traveler.org_json() -> 'redline_approvals', '[{"role": "engineer", "approvers": 2}, {"role": "quality", "approvers": 1}]'::jsonb, 'the org says what it asks for');
select test.ask('[{"role": "engineer", "approvers": 2}]');
select results_eq($$ select r.name, q.ended_at is null from traveler.redline_approval_policy q join traveler.role r on r.id = q.role_id order by 1 $$, $$ values ('engineer', true), ('quality', false) $$,
    'what it asks for no more has ended, and what stays is not made anew');
rollback;

-- Submitted, approved, released ----------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.ask('[{"role": "quality"}, {"role": "engineer"}]');
select test.enter('engineer');
select test.act('redline', test.the('A'), 'x');
select test.edit(test.the('A'), '{"title": "A2"}');
select test.refuses($$ select test.act('release_redline', test.the('A')) $$, 'TV409 D3 redline_not_approved', 'unapproved, it is not released');
select is(test.release_refusals(test.the('A')), 'redline_not_approved redline_not_approved redline_own_approval', 'the step''s acts say for whom it waits (S16)');
select test.refuses($$ select test.decide('approved', test.the('A')) $$, 'TV409 D3 redline_not_submitted', 'what is not submitted is not approved');
select test.enter('technician');
select test.refuses($$ select test.submit(test.the('A')) $$, 'TV403 T3 permission_missing', 'its author submits it, or whoever holds redline.create');
select test.enter('engineer');
select test.submit(test.the('A'));
select is(test.redline_state(test.the('A')) || ' ' || (select s.state from traveler.run_step s where s.id = test.the('A')), 'submitted redline', 'submitted, the step stays in redline');
select test.refuses($$ select test.submit(test.the('A')) $$, 'TV409 D3 already_there', 'once');
select test.refuses($$ select traveler.move_redline('release', test.the_redline(test.the('A')), null) $$, 'TV422 D3 act_unknown', 'a redline is released by its step''s act');
select test.refuses($$ select traveler.move_redline('reopen', test.the_redline(test.the('A')), 1) $$, 'TV412 stale', 'a stale move is refused');
select test.enter('technician');
select test.refuses($$ select test.decide('approved', test.the('A')) $$, 'TV403 D3 approval_role', 'who has none of the roles does not approve');
select test.enter('quality');
select test.refuses($$ select test.decide('approved', test.the('A'), '{"role": "engineer"}') $$, 'TV403 D3 approval_role', 'nor in another''s role');
select test.refuses($$ select test.decide('approved', test.the('A'), '{"role": "technician"}') $$, 'TV409 D3 approval_not_asked', 'nor in one that nobody asks for');
select test.decide('approved', test.the('A'));
select is(test.redline_state(test.the('A')) || ': ' || test.live(test.the('A')), 'submitted: quality approved', 'one of two');
select test.refuses($$ select test.decide('approved', test.the('A')) $$, 'TV409 D3 already_decided', 'nobody counts twice');
select test.refuses($$ select test.act('release_redline', test.the('A')) $$, 'TV409 D3 redline_not_approved', 'half approved, it is not released');
select test.enter('engineer');
select test.decide('approved', test.the('A'));
select is(test.redline_state(test.the('A')), 'approved', 'its author counts too, beside someone else');
select is(traveler.redline_json(test.the_redline(test.the('A'))) #>> '{approvals,0,role}', 'quality', 'and it shows who approved');
select ok((select bool_and(a.content_digest = sha256(convert_to(traveler.canonical_json(jsonb_build_object('kind', 'modify', 'definition', (traveler.redline_json(a.redline_id) -> 'after') - 'stands_after')), 'UTF8')))
    from traveler.redline_approval a), 'an approval keeps the digest of what it is of');
select test.act('release_redline', test.the('A'));
select is(test.redline_state(test.the('A')), 'released', 'approved, it is released');
select test.refuses($$ select traveler.decide_redline('rejected', d.id, null, '{"reason": "late"}') from traveler.redline d $$, 'TV409 D3 redline_not_submitted', 'and nothing is decided any more');
rollback;

-- Not by its author alone ----------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.ask('[{"role": "engineer"}]');
select test.enter('engineer');
select test.act('redline', test.the('A'), 'x'), test.submit(test.the('A')), test.decide('approved', test.the('A'));
select is(test.redline_state(test.the('A')), 'submitted', 'the author''s own approval is not enough');
select test.refuses($$ select test.act('release_redline', test.the('A')) $$, 'TV409 D3 redline_own_approval', 'nor for the release');
select traveler.create_approval_delegation(jsonb_build_object('to_user_id', test.user_id('viewer'), 'role', 'engineer', 'valid_to', now() + interval '1 day', 'reason', 'away'));
select test.enter('viewer');
select test.refuses($$ select test.decide('approved', test.the('A')) $$, 'TV409 D3 authority_used', 'their delegate adds nothing to it');
rollback;
begin;
select test.enter('admin');
select test.ask('[{"role": "engineer"}]');
select test.enter('engineer');
select test.act('redline', test.the('A'), 'x'), test.submit(test.the('A'));
select traveler.create_approval_delegation(jsonb_build_object('to_user_id', test.user_id('viewer'), 'role', 'engineer', 'valid_to', now() + interval '1 day', 'reason', 'away'));
select test.enter('viewer');
select test.decide('approved', test.the('A'));
select is(test.redline_state(test.the('A')), 'submitted', 'nor is an approval in the author''s name someone else''s');
select test.enter('engineer');
select test.refuses($$ select test.decide('approved', test.the('A')) $$, 'TV409 D3 authority_used', 'who delegated counts once with their delegate');
rollback;

-- Edited after it was approved -----------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.ask('[{"role": "quality"}]');
select test.enter('engineer');
select test.act('redline', test.the('A'), 'x'), test.submit(test.the('A'));
select test.enter('quality');
select test.decide('approved', test.the('A'));
select test.enter('engineer');
select test.edit(test.the('A'), '{"title": "A3"}');
select is(test.redline_state(test.the('A')) || ' ' || test.live(test.the('A')), 'open none', 'an edit opens it again: what was approved was something else');
select is((select a.void_reason from traveler.redline_approval a), 'changed', 'which the approval says');
select test.refuses($$ select test.act('release_redline', test.the('A')) $$, 'TV409 D3 redline_not_approved', 'so it is not released');
select test.submit(test.the('A'));
select test.enter('quality');
select test.refuses($$ select test.decide('rejected', test.the('A')) $$, '23514 redline_approval_rejected_with_reason', 'a rejection says why');
select test.decide('rejected', test.the('A'), '{"reason": "No."}');
select is(test.redline_state(test.the('A')) || ' ' || test.live(test.the('A')), 'rejected quality rejected', 'it is rejected');
select test.refuses($$ select test.act('release_redline', test.the('A')) $$, 'TV409 D3 redline_rejected', 'and not released');
select test.enter('engineer');
select test.refuses($$ select test.submit(test.the('A')) $$, 'TV409 D3 redline_move', 'nor submitted as it is');
select test.edit(test.the('A'), '{"title": "A4"}'), test.submit(test.the('A'));
select is(test.redline_state(test.the('A')) || ' ' || test.live(test.the('A')), 'submitted none', 'edited, it is submitted again');
select test.enter('quality');
select test.decide('rejected', test.the('A'), '{"reason": "Still not."}'), test.decide('approved', test.the('A'));
select is(test.redline_state(test.the('A')) || ' ' || test.live(test.the('A')), 'approved quality approved', 'who rejected it may come round');
select test.decide('rejected', test.the('A'), '{"reason": "Or not."}');
select test.enter('admin');
select test.ask('[]');
select test.refuses($$ select test.act('release_redline', test.the('A')) $$, 'TV409 D3 redline_rejected', 'what is rejected stays so, whatever the org asks for by then');
select test.act('cancel_redline', test.the('A'));
select is((select s.title || ' ' || s.state from traveler.run_step s where s.id = test.the('A')), 'A todo', 'and is canceled: the step is what it was');
rollback;
-- What is asked for is what the org asks for at the release.
begin;
select test.enter('admin');
select test.ask('[{"role": "quality"}]');
select test.act('redline', test.the('A'), 'x'), test.submit(test.the('A'));
select test.enter('quality');
select test.decide('approved', test.the('A'));
select test.enter('admin');
select test.ask('[{"role": "quality"}, {"role": "engineer"}]');
select test.refuses($$ select test.act('release_redline', test.the('A')) $$, 'TV409 D3 redline_not_approved', 'an org that asks for more by the release gets more');
select test.ask('[{"role": "quality", "approvers": 2}]');
select test.refuses($$ select test.act('release_redline', test.the('A')) $$, 'TV409 D3 redline_not_approved', 'or for more of the same');
select test.ask('[]');
select lives_ok($$ select test.act('release_redline', test.the('A')) $$, 'and one that asks for nothing needs nothing');
rollback;

-- The issue that it is for (D1) ----------------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select test.act('redline', test.the('A'), 'x');
select traveler.change_redline(test.the_redline(test.the('A')), null, jsonb_build_object('issue_id', test.the('issue')));
select is(traveler.issue_json(test.the('issue')) #>> '{redlines,0,reason}', 'x', 'the issue shows the redline that is for it');
select test.refuses($$ select traveler.change_redline(test.the_redline(test.the('A')), null, jsonb_build_object('issue_id', test.the('part'))) $$, 'TV422 T1 issue_unknown', 'an issue that there is');
select test.enter('technician');
select test.refuses($$ select traveler.change_redline(test.the_redline(test.the('A')), null, '{"issue_id": null}') $$, 'TV403 T3 permission_missing', 'its author links it, or whoever holds redline.create');
select test.enter('engineer');
select test.act('release_redline', test.the('A'));
select test.refuses($$ select traveler.change_redline(d.id, null, '{"issue_id": null}') from traveler.redline d $$, 'TV409 D1 redline_closed', 'a closed one stays linked');
select test.enter('stranger');
select is(traveler.redline_json((select d.id from traveler.redline d)), null, 'another org sees none');
rollback;

-- Siblings (K3) ---------------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.ask('[{"role": "quality"}]');
select test.keep('run 2', test.run(test.the('procedure'), '{"serial_numbers": ["U2"]}'));
select traveler.create_batch(jsonb_build_object('title', 'Both', 'run_ids', jsonb_build_array(test.the('run'), test.the('run 2'))));
select test.act('redline', test.the('A'), 'x');
select test.submit(test.the('A'));
select is(test.redline_state(test.step(test.the('run 2'), 'A')), 'submitted', 'submitted in one run of a batch, a redline is submitted in all');
select test.enter('quality');
select test.decide('approved', test.the('A'));
select is(test.redline_state(test.step(test.the('run 2'), 'A')) || ' ' || test.live(test.step(test.the('run 2'), 'A')), 'approved quality approved', 'and approved');
select test.enter('admin');
select test.edit(test.the('A'), '{"title": "A2"}');
select is(test.redline_state(test.step(test.the('run 2'), 'A2')) || ' ' || test.live(test.step(test.the('run 2'), 'A2')), 'open none', 'and opened again');
select test.submit(test.step(test.the('run 2'), 'A2'));
select test.enter('quality');
select test.decide('approved', test.step(test.the('run 2'), 'A2'));
select test.act('release_redline', test.the('A'));
select is(test.redline_state(test.step(test.the('run 2'), 'A2')), 'released', 'and released');
rollback;

-- By hand ---------------------------------------------------------------------------------------------------------------------

reset session authorization;
begin;
select test.enter('admin');
select test.ask('[{"role": "quality"}]');
select test.enter('engineer');
select test.act('redline', test.the('A'), 'x'), test.act('redline', test.the('B'), 'x'), test.submit(test.the('A'));
grant execute on all functions in schema test to traveler_owner;
set role traveler_owner;
select test.refuses(s, r, format('refused by hand: %s', test.brief(s))) from (values
    ($$ update traveler.redline set state = 'approved' where run_step_id = test.the('A') $$, 'TV409 D3 redline_move'),
    ($$ update traveler.redline set state = 'rejected' where run_step_id = test.the('A') $$, 'TV409 D3 redline_move'),
    ($$ update traveler.redline set state = 'released' where run_step_id = test.the('A') $$, 'TV409 D3 redline_not_approved'),
    ($$ update traveler.redline set state = 'released' where run_step_id = test.the('B') $$, 'TV409 D3 redline_not_approved'),
    ($$ update traveler.redline set kind = 'remove' where run_step_id = test.the('A') $$, 'TV409 D3 redline_submitted'),
    ($$ update traveler.run_step set title = 'X' where id = test.the('A') $$, 'TV409 D3 redline_submitted'),
    ($$ update traveler.run_step_field set maximum = 9 where run_step_id = test.the('A') $$, 'TV409 D3 redline_submitted'),
    ($$ insert into traveler.run_step_edge (org_id, run_id, upstream_id, downstream_id) values (test.org_id('acme'), test.the('run'), test.the('C'), test.the('A')) $$, 'TV409 D3 redline_submitted'),
    ($$ insert into traveler.redline_approval (org_id, run_id, redline_id, role_id, decision, user_id, principal_id, content_digest)
        select d.org_id, d.run_id, d.id, q.role_id, 'approved', u, u, sha256('') from traveler.redline d, traveler.redline_approval_policy q, test.user_id('quality') u $$, 'TV403 D3 approval_role'),
    ($$ update traveler.redline_approval_policy set approvers = 2 $$, 'TV409 D3 identity_fixed'),
    ($$ delete from traveler.redline_approval_policy $$, 'TV409 T4 record_kept')) x (s, r);
reset role;
select test.enter('quality');
select test.decide('approved', test.the('A'));
set role traveler_owner;
select test.refuses(s, r, format('refused by hand: %s', test.brief(s))) from (values
    ($$ update traveler.redline_approval set voided_at = now(), void_reason = 'changed' $$, 'TV409 D3 derived'),
    ($$ update traveler.redline_approval set decision = 'rejected', reason = 'x' $$, 'TV409 D3 append_only'),
    ($$ update traveler.redline set state = 'submitted' where run_step_id = test.the('A') $$, 'TV409 D3 redline_move')) x (s, r);
reset role;
-- Not by who may not, whatever the door; nor in a role that the org asks for no more.
select test.enter('technician');
set role traveler_owner;
select test.refuses($$ update traveler.redline set state = 'submitted' where run_step_id = test.the('B') $$, 'TV403 T3 permission_missing', 'by hand, a redline is submitted by who may');
reset role;
select test.enter('admin');
create table test.asked as select q.org_id, q.role_id from traveler.redline_approval_policy q where q.ended_at is null;
select test.submit(test.the('B')), test.ask('[]');
select test.enter('quality');
select test.refuses($$ insert into traveler.redline_approval (org_id, run_id, redline_id, role_id, decision, user_id, principal_id, content_digest)
    select d.org_id, d.run_id, d.id, q.role_id, 'approved', u, u, sha256('') from traveler.redline d, test.asked q, test.user_id('quality') u where d.run_step_id = test.the('B') $$,
    'TV409 D3 approval_not_asked', 'nor approved in a role that is not asked');
select test.enter('admin');
select test.ask('[{"role": "quality"}]');
-- Content that changed beneath its approvals, where nothing is awake: the digest tells.
set local session_replication_role = replica;
update traveler.run_step set title = 'Slipped in' where id = test.the('A');
set local session_replication_role = origin;
select test.refuses($$ select test.act('release_redline', test.the('A')) $$, 'TV409 D3 redline_not_approved', 'an approval is of what was approved, to the byte');
rollback;
reset session authorization;
select test.whole();
select * from finish();

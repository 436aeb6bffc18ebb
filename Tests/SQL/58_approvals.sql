-- Approvals (P5, S5, S13, S14): so many approvers of a role, each a person of their own, in their own authority or one delegated to them.
\ir support/world.psql
select plan(69);

create function test.a() returns uuid language sql stable as $$ select test.step(test.the('run'), 'A') $$;
create function test.decide(p_decision text, p_extra jsonb default '{}') returns text language sql as $$
    select traveler.decide_approval(p_decision, test.a(), null, p_extra) #>> '{steps,0,state}'
$$;
create function test.approves(p_actor text, p_refusal text, p_what text, p_extra jsonb default '{}') returns text language plpgsql as $$
begin
    perform test.enter(p_actor);
    return tap.is(test.refusal(format('select test.decide(''approved'', %L)', p_extra)), p_refusal, p_what);
end
$$;
-- What is asked for and given, in words.
create function test.status() returns text language sql stable as $$
    select string_agg(format('%s %s/%s%s', q.role, q.given, q.approvers, case when q.refusal is not null then ' refused: ' || q.refusal end), ', ' order by q.role)
    from traveler.approval_status q where q.run_step_id = test.a()
$$;
create function test.delegate(p_to text, p_extra jsonb default '{}') returns uuid language sql as $$
    select (traveler.create_approval_delegation(jsonb_build_object('to_user_id', test.user_id(p_to), 'role', 'quality', 'valid_to', now() + interval '1 day', 'reason', 'on leave') || p_extra) ->> 'id')::uuid
$$;
grant execute on all functions in schema test to public;

select traveler.create_user('acme', 'q2@acme.test', 'Second', 'quality') as q2 \gset
insert into test.actor (name, org, org_id, user_id, token) select 'second', 'acme', test.org_id('acme'), :'q2', traveler.create_token('acme', 'q2@acme.test', 'story');

set session authorization traveler_service;
begin;
select test.enter('engineer');
select test.keep('part', test.part('P'));
select test.refuses($$ select test.draft('X', null, '[{"title": "A", "approvals": [{"role": "emperor"}]}]') $$, 'TV422 P5 role_unknown', 'an approval is asked of a role of the org''s');
select test.refuses($$ select test.draft('X', null, '[{"title": "A", "approvals": [{"role": "quality", "approvers": 0}]}]') $$, '23514 procedure_approval_approvers', 'of at least one holder');
select test.refuses($$ select test.draft('X', null, '[{"title": "A", "approvals": [{"role": "quality"}, {"role": "quality"}]}]') $$, '23505 procedure_approval_role_key', 'once a role');
select test.keep('procedure', test.released('Build', test.the('part'), '[
    {"key": "a", "title": "A", "fields": [{"name": "N", "type": "number", "required": false}, {"name": "S", "type": "signoff", "required": false}],
        "approvals": [{"role": "quality", "approvers": 2}, {"role": "engineer"}]}, {"title": "B", "after": ["a"]}]'));
select is((select string_agg(x ->> 'role' || ' ' || (x ->> 'approvers'), ', ') from jsonb_array_elements(traveler.procedure_json(test.the('procedure')) #> '{steps,0,approvals}') x), 'engineer 1, quality 2',
    'a procedure shows what its steps ask for');
select is((select jsonb_array_length(traveler.new_procedure_version(test.the('procedure')) #> '{steps,0,approvals}')), 2, 'its next version asks for the same');
select test.enter('admin');
select test.keep('run', test.run(test.the('procedure')));
select is(test.status(), 'engineer 0/1, quality 0/2', 'and so does its run');
select test.approves('quality', 'TV409 S13 approval_closed', 'what is not in progress is not approved');
select test.enter('technician');
select test.start(test.a());
commit;

-- Who may -----------------------------------------------------------------------------------------------------------

begin;
select test.approves('technician', 'TV403 P5 approval_role', 'who does not hold the role does not approve');
select test.approves('admin', 'TV403 P5 approval_role', 'whatever else they may');
select test.enter('technician');
select is((select string_agg(b.kind || ': ' || b.what, ' ' order by b.what) from traveler.run_step_completion_blocker b where b.run_step_id = test.a()),
    'approval_missing: 0 of 1 approvals as engineer are given. approval_missing: 0 of 2 approvals as quality are given.', 'each approval is waited for, in so many words');
select test.refuses($$ select test.complete(test.a()) $$, 'TV409 S5 step_not_complete', 'and the step is not signed off without');
select test.approves('quality', 'went through', 'a holder of the role approves');
select is(test.status(), 'engineer 0/1, quality 1/2', 'and counts');
select test.approves('quality', 'TV409 P5 already_decided', 'once');
select test.approves('second', 'TV403 P5 approval_role', 'in a role that they hold', '{"role": "engineer"}');
select test.approves('second', 'TV409 P5 approval_not_asked', 'and that is asked for', '{"role": "viewer"}');
select test.approves('second', 'went through', 'two persons are two approvers');
select test.approves('engineer', 'went through', 'each role for itself');
select is(test.status(), 'engineer 1/1, quality 2/2', 'all is given');
select is((select string_agg(g.kind || ' ' || g.role || ' ' || g.meaning, ', ' order by g.signed_at) from traveler.signature g), 'approval quality Approved, approval quality Approved, approval engineer Approved',
    'each is a signature');
select test.enter('technician');
select lives_ok($$ select test.complete(test.a()) $$, 'and the step is signed off');
select test.approves('quality', 'TV409 S13 approval_closed', 'afterwards nothing is approved');
rollback;

-- A refusal ----------------------------------------------------------------------------------------------------------

begin;
select test.approves('engineer', 'went through', 'the engineer approves');
select test.approves('quality', 'went through', 'quality approves');
select test.approves('second', 'went through', 'and again');
select test.enter('quality');
select test.refuses($$ select test.decide('refused') $$, '23514 approval_refused_with_reason', 'a refusal says why');
select test.refuses($$ select test.decide('refused', '{"reason": "Scratched."}') $$, 'went through', 'who approved may refuse');
select is(test.status(), 'engineer 1/1, quality 1/2 refused: Scratched.', 'which takes the approval back, and stands in the way');
select test.enter('technician');
select is((select b.what from traveler.run_step_completion_blocker b where b.run_step_id = test.a() and b.kind = 'approval_missing'), 'Approval as quality is refused: Scratched.', 'in so many words');
select test.approves('quality', 'went through', 'until they approve after all');
select is(test.status(), 'engineer 1/1, quality 2/2', 'then all is given');
select test.enter('quality');
select test.decide('refused', '{"reason": "Bent."}');
select test.enter('technician');
select test.value(test.field(test.the('run'), 'N'), '"1"');
select is(test.status(), 'engineer 0/1, quality 0/2', 'or what was refused changes: then all decide anew');
select is((select string_agg(distinct a.void_reason, ' ' order by a.void_reason) from traveler.approval a), 'changed withdrawn', 'and what they had decided stays in the record');
rollback;

-- What is approved changes (S13), a new attempt (S14) -------------------------------------------------------------------

begin;
select test.approves('engineer', 'went through', 'approved');
select test.enter('technician');
select test.value(test.field(test.the('run'), 'S'), 'true');
select is(test.status(), 'engineer 1/1, quality 0/2', 'a signature that comes is no change of what was approved');
select test.approves('quality', 'went through', 'approved over it');
select test.enter('technician');
select test.value(test.field(test.the('run'), 'S'), 'null');
select is(test.status(), 'engineer 1/1, quality 0/2', 'one taken back is, for who approved over it');
select test.enter('technician');
select traveler.act_on_steps('fail', array[test.a()]);
select traveler.act_on_steps('retry', array[test.a()]);
select test.start(test.a());
select is(test.status(), 'engineer 0/1, quality 0/2', 'a new attempt is approved anew');
select is((select string_agg(a.void_reason || ' ' || a.attempt, ', ' order by a.decided_at) from traveler.approval a), 'attempt 1, changed 1', 'and the earlier one stays in the record');
rollback;
begin;
select test.approves('engineer', 'went through', 'all approve');
select test.approves('quality', 'went through', 'and quality');
select test.approves('second', 'went through', 'twice');
select test.enter('technician');
select test.complete(test.a());
select test.enter('quality');
select traveler.correct_values(test.a(), null, jsonb_build_object('reason', 'misread', 'values', jsonb_build_array(jsonb_build_object('field_id', test.field(test.the('run'), 'N'), 'value', '2'))));
select is((select string_agg(b.kind, ' ' order by b.kind) from traveler.completion_blocker b where b.run_id = test.the('run')), 'approval_missing approval_missing required_step_open signature_stale',
    'a correction makes the approvals of a completed step stale, and the run waits for them');
select test.approves('quality', 'went through', 'they are given again on the completed step');
select test.approves('engineer', 'went through', 'by each');
select test.approves('second', 'went through', 'of them');
select is(test.status(), 'engineer 1/1, quality 2/2', 'until all are');
select test.refuses($$ select test.decide('refused', '{"reason": "x"}') $$, 'TV409 S13 approval_closed', 'and no more');
rollback;

-- Delegation ---------------------------------------------------------------------------------------------------------

begin;
select test.enter('quality');
select test.refuses($$ select test.delegate('quality') $$, 'TV422 P5 delegation_to_self', 'nobody delegates to themselves');
select test.refuses($$ select test.delegate('viewer', '{"valid_to": "2020-01-01"}') $$, '23514 approval_delegation_ends_after_start', 'nor for a time that is over');
select test.refuses($$ select test.delegate('viewer', '{"role": "engineer"}') $$, 'TV403 P5 delegation_role', 'nor a role that they don''t hold');
select test.keep('delegation', test.delegate('viewer')), test.keep('another', test.delegate('planner'));
select test.enter('viewer');
select test.refuses($$ select test.delegate('technician') $$, 'TV403 P5 delegation_role', 'what was delegated is not passed on');
select test.refuses($$ select traveler.end_approval_delegation(test.the('delegation'), null) $$, 'TV403 P5 delegation_own', 'a delegation is ended by who gave it');
select test.approves('viewer', 'went through', 'a delegate approves');
select is((select a.principal_id = test.user_id('quality') and a.delegation_id = test.the('delegation') and a.user_id = test.user_id('viewer') from traveler.approval a), true, 'in the name of who delegated');
select test.approves('quality', 'TV409 P5 authority_used', 'who then has decided');
select test.approves('planner', 'TV409 P5 authority_used', 'for all their delegates');
select test.enter('second');
select test.delegate('viewer');
select test.approves('viewer', 'TV409 P5 already_decided', 'nobody counts twice, in whatever name', '{"role": "quality"}');
select test.enter('quality');
select traveler.end_approval_delegation(test.the('another'), null);
select test.approves('planner', 'TV403 P5 approval_role', 'a delegation that was ended is none');
select is(test.status(), 'engineer 0/1, quality 1/2', 'what was approved before stays');
commit;

-- By plain SQL --------------------------------------------------------------------------------------------------------

begin;
select test.enter('quality');
select test.denied($$ insert into traveler.approval (org_id) values (traveler.current_org()) $$, 'the service adds no approval');
select test.denied($$ update traveler.run_step_approval_requirement set approvers = 1 $$, 'nor asks for less');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ insert into traveler.approval (org_id, run_id, run_step_id, requirement_id, attempt, decision, user_id, principal_id)
    select q.org_id, q.run_id, q.run_step_id, q.id, 1, 'approved', test.user_id('second'), test.user_id('second') from traveler.run_step_approval_requirement q limit 1 $$, 'TV403 P5 approval_person',
    'the owner approves in nobody''s name');
select test.refuses($$ update traveler.run_step_approval_requirement set approvers = 1 $$, 'TV409 P2 run_is_a_copy', 'nor asks for less');
select test.refuses($$ update traveler.approval set decision = 'approved', user_id = principal_id $$, 'TV409 P5 append_only', 'nor changes a decision');
select test.refuses($$ update traveler.approval set voided_at = now(), void_reason = 'withdrawn' where voided_at is null $$, 'TV409 P5 derived', 'nor takes one back');
select test.refuses($$ update traveler.approval_delegation set valid_to = 'infinity' $$, 'TV403 P5 delegation_own', 'nor prolongs a delegation');
select test.enter('second');
insert into traveler.approval (org_id, run_id, run_step_id, requirement_id, attempt, decision, user_id, principal_id, decided_at)
select q.org_id, q.run_id, q.run_step_id, q.requirement_id, 9, 'approved', test.user_id('quality'), test.user_id('quality'), '2020-01-01' from traveler.approval_status q where q.role = 'quality';
select results_eq($$ select a.user_id, a.principal_id, a.attempt, a.decided_at > now() from traveler.approval a where a.voided_at is null and a.delegation_id is null $$,
    $$ values (test.user_id('second'), test.user_id('second'), 1, true) $$, 'and who adds one adds their own');
rollback;
reset role;
select test.whole();
select * from finish();

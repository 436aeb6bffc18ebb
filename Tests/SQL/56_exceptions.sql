-- B5: a requirement that can't be met is excepted, in a quantity, by an issue that says why; met = installed + excepted, never above.
\ir support/world.psql
select plan(48);

create function test.except(p_need uuid, p_issue uuid, p_quantity text default null, p_reason text default 'None to be had.') returns uuid
language sql as $$ select (traveler.except_requirement(p_need, jsonb_build_object('issue_id', p_issue, 'quantity', p_quantity, 'reason', p_reason)) ->> 'id')::uuid $$;
create function test.counts(p_need uuid) returns text
language sql as $$ select format('%s + %s of %s', traveler.json_decimal(q.quantity_installed), traveler.json_decimal(q.quantity_excepted), traveler.json_decimal(q.quantity_needed))
    from traveler.build_requirement q where q.id = p_need $$;
create function test.gate(p_run uuid) returns text
language sql as $$ select string_agg(b.what || ' ' || b.clear, ' | ' order by b.what) from traveler.completion_blocker b where b.run_id = p_run and b.kind = 'requirement_unmet' $$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select traveler.change_org(null, '{"open_issue_policy": "note"}');
select test.keep('screw', test.part('SCREW', 'lot')), test.keep('cart', test.part('CART', 'serial')), test.keep('nut', test.part('NUT'));
select test.mbom(test.the('cart'), test.line(test.the('screw'), '4'));
select test.keep('procedure', test.released('Build', test.the('cart'), '[{"title": "A"}]'::jsonb
    || jsonb_build_object('title', 'Spare', 'required', false, 'requirements', jsonb_build_array(test.line(test.the('nut'), '1')))));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["C1"]}')), test.keep('run 2', test.run(test.the('procedure'), '{"serial_numbers": ["C2"]}'));
select test.keep('need', test.need(test.the('run'), test.the('screw'))), test.keep('need 2', test.need(test.the('run 2'), test.the('screw')));
select test.keep('lot', test.receive(test.the('screw'), '10', '{"lot_number": "L1"}'));
select test.keep('issue', (traveler.create_issue(jsonb_build_object('title', 'Short', 'run_id', test.the('run'))) ->> 'id')::uuid),
    test.keep('of run 2', (traveler.create_issue(jsonb_build_object('title', 'Other', 'run_id', test.the('run 2'))) ->> 'id')::uuid),
    test.keep('of none', (traveler.create_issue('{"title": "Shortage"}') ->> 'id')::uuid), test.keep('resolved', (traveler.create_issue('{"title": "Old"}') ->> 'id')::uuid);
select traveler.create_disposition_type('{"name": "Plain", "availability": "release_on_resolve"}');
select traveler.dispose_issue(test.the('resolved'), null, jsonb_build_object('disposition_type_id', t.id)) from traveler.disposition_type t where t.name = 'Plain';
select traveler.move_issue(a, test.the('resolved')) from unnest(array['start', 'submit', 'resolve']) a;
select test.install(test.the('need'), test.the('lot'), '1.5');
commit;

-- What may be excepted ----------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses($$ select test.except(test.the('need'), test.the('issue'), '1') $$, 'TV403 T3 permission_missing', 'not everyone excepts');
select test.enter('quality');
select test.refuses(format($$ select test.except(test.the(%L), test.the(%L), %L) $$, need, issue, quantity), refusal, what) from (values
    ('need', 'of run 2', '1', 'TV409 B5 issue_of_other_run', 'an exception is by an issue of its run'),
    ('need', 'resolved', '1', 'TV409 B5 issue_resolved', 'that is open'),
    ('need', 'nothing', '1', 'TV422 T1 issue_unknown', 'and there'),
    ('nothing', 'issue', '1', 'TV404 T1 requirement_unknown', 'of a requirement that is there'),
    ('need', 'issue', '2.500001', 'TV409 B5 above_need', 'never more than is open'),
    ('need', 'issue', '0', 'TV422 I4 quantity_invalid', 'nor nothing'),
    ('need', 'issue', '-1', 'TV422 I4 quantity_invalid', 'nor less'),
    ('need', 'issue', 'NaN', 'TV422 I4 quantity_invalid', 'nor what is no number'),
    ('need', 'issue', 'Infinity', 'TV422 I4 quantity_invalid', 'nor without end')) r (need, issue, quantity, refusal, what);
select test.refuses($$ select test.except(test.the('need'), test.the('issue'), '1', ' ') $$, '23514 build_requirement_exception_reason_length', 'nor without a reason');
select test.enter('stranger');
select test.refuses($$ select test.except(test.the('need'), test.the('issue'), '1') $$, 'TV404 T1 requirement_unknown', 'another org has no such requirement');
commit;

-- The gate follows --------------------------------------------------------------------------------------------------

begin;
select test.enter('quality');
select is(test.gate(test.the('run')), 'Part SCREW: 1.5 of 4 installed. Install 2.5 more, or except them by an issue.', 'the gate says what is missing, and both ways out');
select test.keep('one', test.except(test.the('need'), test.the('issue'), '1'));
select is(test.counts(test.the('need')), '1.5 + 1 of 4', 'the requirement counts the exception');
select is(test.gate(test.the('run')), 'Part SCREW: 1.5 of 4 installed, 1 excepted. Install 1.5 more, or except them by an issue.', 'and so does the gate');
select test.keep('rest', test.except(test.the('need'), test.the('of none')));
select is(test.counts(test.the('need')) || coalesce(test.gate(test.the('run')), ', no gate'), '1.5 + 2.5 of 4, no gate', 'the rest is excepted by an issue of no run, and nothing is missing');
select test.refuses($$ select test.except(test.the('need'), test.the('issue'), '0.000001') $$, 'TV409 B5 above_need', 'then nothing is left to except');
select is(traveler.run_json(test.the('run')) #> '{build_requirements,0,quantity_excepted}', '"2.5"', 'the run shows what is excepted');
select is((select jsonb_agg(e ->> 'issue_id' order by e ->> 'id') from jsonb_array_elements(traveler.run_json(test.the('run')) #> '{build_requirements,0,exceptions}') e),
    jsonb_build_array(test.the('issue'), test.the('of none')), 'and by which issues');
select is(traveler.issue_json(test.the('of none')) #>> '{exceptions,0,quantity}', '1.5', 'an issue shows what it excepts');
select test.enter('storekeeper');
select test.refuses($$ select test.install(test.the('need'), test.the('lot'), '1') $$, 'TV409 B2 above_need', 'what is excepted is not installed as well');
select is(test.refusal_detail($$ select test.install(test.the('need'), test.the('lot'), '1') $$, 'hint') #>> '{}', 'Uninstall something, or withdraw an exception, first.', 'before its exception is withdrawn');
select test.enter('quality');
select test.refuses($$ select traveler.withdraw_exception(test.the('one'), null, ' ') $$, 'TV422 B5 reason_missing', 'which asks for a reason');
select is(traveler.withdraw_exception(test.the('one'), 1, 'Found one.') ->> 'withdrawal_reason', 'Found one.', 'that is kept');
select test.refuses($$ select traveler.withdraw_exception(test.the('one'), null, 'Again.') $$, 'TV409 B5 already_withdrawn', 'once');
select test.refuses($$ select traveler.withdraw_exception(traveler.new_id(), null, 'x') $$, 'TV404 T1 exception_unknown', 'of one that is there');
commit;
begin;
select test.enter('quality');
select is(test.counts(test.the('need')), '1.5 + 1.5 of 4', 'its quantity is needed again');
select is(test.gate(test.the('run')), 'Part SCREW: 1.5 of 4 installed, 1.5 excepted. Install 1 more, or except them by an issue.', 'and the gate closes');
select test.enter('storekeeper');
select test.install(test.the('need'), test.the('lot'));
select is(test.counts(test.the('need')), '2.5 + 1.5 of 4', 'an installation takes what is open, and no more');
select test.enter('technician');
select test.work(test.step(test.the('run'), 'A'));
select is((select r.status from traveler.run r where r.id = test.the('run')), 'complete', 'a run completes with an excepted requirement');
commit;

-- The record, and its lock ------------------------------------------------------------------------------------------

begin;
select test.enter('quality');
select is((select d #- '{build_requirements,0,installations}' -> 'build_requirements' -> 0 ->> 'excepted' from (select a.document::jsonb from traveler.as_built_record a where a.run_id = test.the('run')) x (d)),
    '1.5', 'the as-built record says what was excepted');
select is((select jsonb_agg(concat_ws(' ', e ->> 'quantity', e ->> 'issue_number', e ->> 'reason', e ->> 'withdrawal_reason') order by e ->> 'id')
        from traveler.as_built_record a, jsonb_array_elements(a.document::jsonb #> '{build_requirements,0,exceptions}') e where a.run_id = test.the('run')),
    '["1 1 None to be had. Found one.", "1.5 3 None to be had."]', 'by which issue, why, and what was withdrawn');
select is((select jsonb_agg((i ->> 'number') || ' ' || (i ->> 'title')) from traveler.as_built_record a, jsonb_array_elements(a.document::jsonb -> 'issues') i where a.run_id = test.the('run')),
    '["1 Short"]', 'and which issues the run had');
select test.refuses($$ select traveler.withdraw_exception(test.the('rest'), null, 'Too late.') $$, 'TV409 C5 run_completed', 'a completed run''s exceptions are locked');
select test.refuses($$ select test.except(test.the('need'), test.the('issue'), '1') $$, 'TV409 B5 above_need', 'nothing is left of them');
select test.refuses($$ select test.except(test.need(test.the('run'), test.the('nut')), test.the('issue')) $$, 'TV409 C5 run_completed', 'and what an optional step left open is not excepted afterwards');
commit;
reset session authorization;

-- By psql -----------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.denied($$ insert into traveler.build_requirement_exception (org_id) values (traveler.current_org()) $$, 'the service writes no exception');
select test.denied($$ update traveler.build_requirement set quantity_excepted = 4 $$, 'nor what is derived from them');
commit;
reset session authorization;
create function test.except_row(p_need uuid, p_issue uuid, p_quantity numeric) returns void language plpgsql as $$
begin
    insert into traveler.build_requirement_exception (org_id, run_id, build_requirement_id, issue_id, quantity, reason, created_by)
    select q.org_id, q.run_id, q.id, p_issue, p_quantity, 'x', 'x' from traveler.build_requirement q where q.id = p_need;
end
$$;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(s.statement, s.refusal, 'the owner by SQL: ' || s.what) from (values
    ('more than is open', $$ select test.except_row(test.the('need 2'), test.the('of none'), 4.000001) $$, 'TV409 B5 above_need'),
    ('two that are more together', $$ select test.except_row(test.the('need 2'), test.the('of none'), 3), test.except_row(test.the('need 2'), test.the('of run 2'), 1.5) $$, 'TV409 B5 above_need'),
    ('by another run''s issue', $$ select test.except_row(test.the('need 2'), test.the('issue'), 1) $$, 'TV409 B5 issue_of_other_run'),
    ('by a resolved issue', $$ select test.except_row(test.the('need 2'), test.the('resolved'), 1) $$, 'TV409 B5 issue_resolved'),
    ('the excepted quantity', $$ update traveler.build_requirement set quantity_excepted = 1 where id = test.the('need 2') $$, 'TV409 B2 derived'),
    ('a quantity rewritten', $$ update traveler.build_requirement_exception set quantity = 0.5 where id = test.the('rest') $$, 'TV409 B5 exception_fixed'),
    ('a withdrawal taken back', $$ update traveler.build_requirement_exception set withdrawn_at = null, withdrawn_by = null, withdrawal_reason = null where id = test.the('one') $$, 'TV409 B5 exception_fixed'),
    ('a withdrawal on a completed run', $$ update traveler.build_requirement_exception set withdrawn_at = now(), withdrawn_by = 'x', withdrawal_reason = 'x' where id = test.the('rest') $$, 'TV409 C5 run_completed'),
    ('one that starts withdrawn', $$ insert into traveler.build_requirement_exception (org_id, run_id, build_requirement_id, issue_id, quantity, reason, created_by, withdrawn_at, withdrawn_by, withdrawal_reason)
        select q.org_id, q.run_id, q.id, test.the('of none'), 1, 'x', 'x', now(), 'x', 'x' from traveler.build_requirement q where q.id = test.the('need 2') $$, 'TV409 B5 exception_starts_live')) s (what, statement, refusal);
commit;
reset role;
select test.whole();
select * from finish();

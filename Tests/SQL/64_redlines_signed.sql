-- A redline on a step that is signed, approved, with a deviation accepted (P4, P5, D5, S13, S14, D3): canceled, all of it stands as it
-- did; released, all of it is void and is given again. Requirements of approvals are no part of a redline.
\ir support/world.psql
select plan(47);

create function test.act(p_act text, p_step uuid, p_reason text default null) returns jsonb
language sql as $$ select traveler.act_on_steps(p_act, array[p_step], null, p_reason) $$;
create function test.edit(p_step uuid, p_request jsonb) returns jsonb language sql as $$ select traveler.edit_redline(p_step, null, p_request) $$;
create function test.f(p_name text) returns uuid language sql stable as $$ select test.field(test.the('run'), p_name) $$;
create function test.signatures() returns text language sql stable as $$
    select coalesce(string_agg(concat_ws(' ', g.attempt, g.kind, (select f.name from traveler.run_step_field f where f.id = g.run_step_field_id), g.void_reason), ', ' order by g.signed_at, g.id), 'none')
    from traveler.signature g where g.run_step_id = test.the('A')
$$;
-- Approvals and deviations, and whether each stands.
create function test.given() returns text language sql stable as $$
    select concat_ws(', ', (select string_agg(concat_ws(' ', a.attempt, a.decision, a.void_reason), ', ' order by a.decided_at) from traveler.approval a where a.run_step_id = test.the('A')),
        (select string_agg(concat_ws(' ', d.attempt, d.value #>> '{}', d.void_reason), ', ' order by d.accepted_at) from traveler.deviation d where d.run_step_id = test.the('A')))
$$;
create function test.blockers() returns text language sql stable as $$
    select coalesce(string_agg(b.kind, ' ' order by b.kind), 'none') from traveler.run_step_completion_blocker b where b.run_step_id = test.the('A')
$$;
create function test.unchanged() returns boolean language sql stable as $$
    select bool_and((traveler.signature_json(g.id) ->> 'unchanged')::boolean) from traveler.signature g where g.run_step_id = test.the('A') and g.voided_at is null
$$;
-- Nothing that must always be true is not, read by the operator.
create function test.violations() returns text language sql stable security definer as $$
    select coalesce((select string_agg(v.rule || ' ' || v.what, ', ') from traveler.integrity_violations v), '')
        || coalesce((select string_agg(v.what, ', ') from traveler.signature_violations v), '')
$$;
create function test.everything() returns uuid language sql stable as $$
    select md5(jsonb_build_array((select jsonb_agg(to_jsonb(g) order by g.id) from traveler.signature g), (select jsonb_agg(to_jsonb(a) order by a.id) from traveler.approval a),
        (select jsonb_agg(to_jsonb(d) order by d.id) from traveler.deviation d))::text)::uuid
$$;
create procedure test.sign_all() language plpgsql as $$
begin
    perform test.enter('technician');
    if (select s.state from traveler.run_step s where s.id = test.the('A')) = 'todo' then
        perform test.start(test.the('A'));
    end if;
    perform test.value(test.f('N'), '"6"'), test.value(test.f('S'), 'true');
    perform test.enter('quality');
    perform traveler.accept_deviation(test.f('N'), '{"rationale": "Within the customer''s limit."}');
    perform traveler.decide_approval('approved', test.the('A'), null, '{}');
    perform test.enter('technician');
end
$$;
create function test.there_and_back(p_state text, p_way text) returns setof text language plpgsql as $$
declare
    v_before text;
begin
    perform test.enter('admin');
    perform test.act('reopen', test.the('A'), 'again');
    call test.sign_all();
    perform test.enter('admin');
    if p_state <> 'in_progress' then
        perform test.act(case p_state when 'failed' then 'fail' else 'hold' end, test.the('A'), 'x');
    end if;
    v_before := test.signatures() || test.given();
    perform test.act('redline', test.the('A'), 'x');
    perform test.edit(test.the('A'), jsonb_build_object('add_fields', '[{"name": "New", "type": "text"}]'::jsonb, 'withdraw_fields', jsonb_build_array(test.f('S'))));
    return next tap.is(test.violations(), '', format('%s, in redline', p_state));
    perform test.act(p_way || '_redline', test.the('A'));
    return next tap.is((test.signatures() || test.given() = v_before) || ' ' || (select count(*) from traveler.signature g where g.run_step_id = test.the('A') and g.voided_at is null),
        case p_way when 'cancel' then 'true 3' else 'false 0' end, format('%s, by %s: signatures', p_state, p_way));
    return next tap.is(test.violations(), '', format('%s, by %s: soundly', p_state, p_way));
end
$$;
grant execute on all routines in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P'));
select test.keep('procedure', test.released('Build', test.the('part'), '[
    {"key": "a", "title": "A", "fields": [{"name": "N", "type": "number", "maximum": "5"}, {"name": "S", "type": "signoff"}, {"name": "O", "type": "text", "required": false}],
        "approvals": [{"role": "quality"}]}, {"title": "B", "after": ["a"]}]'));
select test.keep('run', test.run(test.the('procedure')));
select test.keep('A', test.step(test.the('run'), 'A')), test.keep('B', test.step(test.the('run'), 'B'));
call test.sign_all();
select test.complete(test.the('A'));
select is(test.signatures() || '; ' || test.given() || '; ' || test.blockers(), '1 field S, 1 deviation, 1 approval, 1 step; 1 approved, 1 6; none', 'a step is signed, approved, with a deviation, and signed off');
select is(test.violations(), '', 'as it should be');
commit;

-- Canceled ---------------------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('given', test.everything());
select test.act('redline', test.the('A'), 'x');
select is(test.violations(), '', 'in redline');
select test.refuses($$ select traveler.sign_steps(array[test.the('A')]) $$, 'TV409 S13 step_signed', 'nothing is signed in it');
select test.refuses($$ select traveler.accept_deviation(test.f('N'), '{"rationale": "x"}') $$, 'TV409 S13 deviation_closed', 'nor accepted');
select test.enter('quality');
select test.refuses($$ select traveler.decide_approval('refused', test.the('A'), null, '{"reason": "x"}') $$, 'TV409 S13 approval_closed', 'nor refused');
select test.enter('admin');
select test.edit(test.the('A'), jsonb_build_object('instructions', 'Weigh it twice.', 'add_fields', '[{"name": "New", "type": "signoff"}]'::jsonb,
    'change_fields', jsonb_build_array(jsonb_build_object('field_id', test.f('N'), 'maximum', '7'), jsonb_build_object('field_id', test.f('S'), 'meaning', 'Seen'))));
select is(test.violations(), '', 'with its definition edited');
select test.edit(test.the('A'), jsonb_build_object('withdraw_fields', jsonb_build_array(test.f('New'), test.f('O'), test.f('S'))));
select is(test.violations(), '', 'a field added and withdrawn, and the one that was signed withdrawn');
select is(test.signatures(), '1 field S, 1 deviation, 1 approval, 1 step', 'all that was signed is there still');
select test.act('cancel_redline', test.the('A'));
select is(test.violations(), '', 'canceled');
select is(test.everything(), test.the('given'), 'all that was signed and given is what it was, to the byte (D3)');
select ok(test.unchanged(), 'and what was signed is what is there');
select is(test.blockers(), 'none', 'no gate asks again');
select test.enter('technician');
select test.work(test.the('B'));
select is((select r.status from traveler.run r where r.id = test.the('run')), 'complete', 'and the run completes');
select is(test.violations(), '', 'soundly');
rollback;
begin;
select test.enter('admin');
select test.act('redline', test.the('A'), 'x');
select test.edit(test.the('A'), jsonb_build_object('change_fields', jsonb_build_array(jsonb_build_object('field_id', test.f('N'), 'maximum', '7'))));
select ok(not (select f.out_of_range from traveler.run_step_field f where f.id = test.f('N')), 'a wider range makes a value one that needs no deviation');
select test.act('cancel_redline', test.the('A'));
select is((select f.out_of_range from traveler.run_step_field f where f.id = test.f('N')) || ' ' || test.given() || ' ' || test.blockers(), 'true 1 approved, 1 6 none', 'canceled, it has the one that it had');
select is(test.violations(), '', 'and that covers it');
rollback;

-- Released ---------------------------------------------------------------------------------------------------------------------

-- Taken out by a redline that edited it before (D6).
begin;
select test.enter('admin');
select test.act('redline', test.the('A'), 'x');
select test.edit(test.the('A'), jsonb_build_object('remove', true));
select test.edit(test.the('A'), jsonb_build_object('title', 'Z', 'add_fields', '[{"name": "New", "type": "text", "required": false}]'::jsonb));
select test.act('release_redline', test.the('A'));
select is(test.signatures() || '; ' || test.given(), '1 field S changed, 1 deviation changed, 1 approval changed, 1 step changed; 1 approved changed, 1 6 changed',
    'what a removed step was signed and given is void');
select is(test.violations(), '', 'so that nothing stands for what is not there');
rollback;

begin;
select test.enter('admin');
select test.act('redline', test.the('A'), 'x');
select test.edit(test.the('A'), jsonb_build_object('add_fields', '[{"name": "New", "type": "signoff"}]'::jsonb, 'withdraw_fields', jsonb_build_array(test.f('O'))));
select test.act('release_redline', test.the('A'));
select is(test.signatures(), '1 field S attempt, 1 deviation attempt, 1 approval attempt, 1 step attempt', 'released, all signatures are void with the attempt (S14)');
select is(test.given(), '1 approved attempt, 1 6 attempt', 'so are approval and deviation');
select is(test.blockers(), 'approval_missing field_missing field_missing field_out_of_range', 'and the gate asks for all of it, and for what is new');
select is(test.violations(), '', 'soundly');
select test.enter('technician');
select test.refuses($$ select traveler.sign_steps(array[test.the('A')]) $$, 'TV409 S5 step_not_completed', 'a step to be done is not signed off by signing alone');
select test.start(test.the('A'));
select test.refuses($$ select test.complete(test.the('A')) $$, 'TV409 S5 step_not_complete', 'nor completed');
call test.sign_all();
select test.value(test.f('New'), 'true');
select is(test.blockers(), 'none', 'until it is given again');
select test.complete(test.the('A'));
select is(test.signatures(), '1 field S attempt, 1 deviation attempt, 1 approval attempt, 1 step attempt, 2 field S, 2 deviation, 2 approval, 2 field New, 2 step', 'in the attempt that it is, the earlier one in the record');
select ok(test.unchanged(), 'each signature of what is there');
select is(test.violations(), '', 'soundly');
rollback;

-- In progress, on hold, failed: the same -----------------------------------------------------------------------------------------

begin; select * from test.there_and_back('in_progress', 'cancel'); rollback;
begin; select * from test.there_and_back('in_progress', 'release'); rollback;
begin; select * from test.there_and_back('hold', 'cancel'); rollback;
begin; select * from test.there_and_back('hold', 'release'); rollback;
begin; select * from test.there_and_back('failed', 'cancel'); rollback;
reset session authorization;

-- What waits for what, as it was (A4, Y3) ---------------------------------------------------------------------------------------

create function test.upstream_as_of(p_seq bigint) returns integer language sql stable as $$
    select jsonb_array_length(s -> 'upstream_ids') from jsonb_array_elements(traveler.run_as_of(test.the('run'), null, p_seq) -> 'steps') s where s ->> 'title' = 'B'
$$;
create function test.last_seq() returns bigint language sql stable security definer as $$ select max(h.seq) from traveler.transaction_history h where h.root_id = test.the('run') $$;
grant execute on all functions in schema test to public;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.last_seq() as before \gset
select test.act('redline', test.the('B'), 'x');
select test.edit(test.the('B'), '{"upstream_ids": []}');
commit;
begin;
select test.enter('admin');
select is(test.upstream_as_of(:before) || ' ' || test.upstream_as_of(test.last_seq()), '1 0', 'a dependency that a redline takes away is shown before it, and no more after it');
rollback;
reset session authorization;
select test.whole();
select * from finish();

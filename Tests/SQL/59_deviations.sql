-- Deviations (D5, S5, S13, S14): an out-of-range value is accepted with a rationale, by someone else, for that value alone.
\ir support/world.psql
select plan(34);

create function test.f(p_name text) returns uuid language sql stable as $$ select test.field(test.the('run'), p_name) $$;
create function test.accept(p_name text, p_rationale text default 'Within the customer''s limit.') returns uuid language sql as $$
    select (traveler.accept_deviation(test.f(p_name), jsonb_build_object('rationale', p_rationale)) ->> 'id')::uuid
$$;
create function test.deviations() returns text language sql stable as $$
    select coalesce(string_agg(concat_ws(' ', d.value #>> '{}', d.void_reason), ', ' order by d.accepted_at), 'none') from traveler.deviation d
$$;
create function test.blockers() returns text language sql stable as $$
    select coalesce(string_agg(b.kind, ' ' order by b.kind), 'none') from traveler.run_step_completion_blocker b where b.run_step_id = test.step(test.the('run'), 'A')
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P'));
select test.keep('procedure', test.released('Build', test.the('part'), '[
    {"key": "a", "title": "A", "fields": [{"name": "N", "type": "number", "maximum": "5"}, {"name": "M", "type": "number", "maximum": "5", "required": false}]}, {"title": "B", "after": ["a"]}]'));
select test.keep('run', test.run(test.the('procedure')));
select test.refuses($$ select test.accept('N') $$, 'TV409 S13 deviation_closed', 'what is not in progress has no deviation');
select test.enter('technician');
select test.start(test.step(test.the('run'), 'A'));
select test.value(test.f('N'), '"4"');
select test.enter('quality');
select test.refuses($$ select test.accept('N') $$, 'TV409 D5 not_out_of_range', 'nor what is in its range');
select test.enter('technician');
select test.value(test.f('N'), '"6"');
commit;

begin;
select test.enter('technician');
select test.refuses($$ select test.accept('N') $$, 'TV403 T3 permission_missing', 'accepting one asks for deviation.accept');
select test.refuses($$ select test.complete(test.step(test.the('run'), 'A')) $$, 'TV409 S5 step_not_complete', 'without one the step is not signed off');
select matches((select b.clear from traveler.run_step_completion_blocker b where b.kind = 'field_out_of_range' and b.run_step_id = test.step(test.the('run'), 'A')), 'deviation\.accept', 'and is told who can clear it');
select test.enter('quality');
select test.refuses($$ select test.accept('N', ' ') $$, '23514 deviation_rationale_length', 'it says why');
select test.refuses($$ select traveler.accept_deviation(traveler.new_id(), '{"rationale": "x"}') $$, 'TV404 T1 field_unknown', 'of a field that is there');
select isnt(test.accept('N'), null, 'quality accepts it');
select test.refuses($$ select test.accept('N') $$, 'TV409 D5 deviation_exists', 'once');
select results_eq($$ select d.value #>> '{}', d.accepted_by, d.attempt from traveler.deviation d $$, $$ values ('6', 'user:' || test.user_id('quality'), 1) $$, 'the record says what, and by whom');
select results_eq($$ select g.kind, g.meaning, g.printed_name, g.document::jsonb #>> '{deviation,rationale}', jsonb_array_length(g.document::jsonb -> 'fields') from traveler.signature g $$,
    $$ values ('deviation', 'Deviation accepted', 'Quality', 'Within the customer''s limit.', 1) $$, 'it is signed, over that value alone');
select is(test.blockers(), 'none', 'and the value blocks no more');
select test.enter('technician');
select test.value(test.f('M'), '"1"');
select is(test.deviations(), '6', 'another value is not its matter');
select test.value(test.f('N'), '"6.0"');
select is(test.deviations() || ' ' || test.blockers(), '6 changed field_out_of_range', 'the value that changes is: it is void, and the gate is closed');
select is((select g.void_reason from traveler.signature g where g.kind = 'deviation'), 'changed', 'with its signature');
select test.enter('quality');
select test.accept('N');
select test.enter('technician');
select test.value(test.f('N'), '"6.0"');
select is(test.deviations(), '6 changed, 6.0', 'the same value again is the same');
select lives_ok($$ select test.complete(test.step(test.the('run'), 'A')) $$, 'with it the step is signed off');
select is((select string_agg(b.kind, ' ' order by b.kind) from traveler.completion_blocker b where b.run_id = test.the('run')), 'required_step_open', 'and the run waits for the rest alone (C1)');
commit;

-- A completed step (S13), a new attempt (S14).
begin;
select test.enter('quality');
select traveler.correct_values(test.step(test.the('run'), 'A'), null, jsonb_build_object('reason', 'misread', 'values', jsonb_build_array(jsonb_build_object('field_id', test.f('N'), 'value', '7'))));
select is((select string_agg(b.kind, ' ' order by b.kind) from traveler.completion_blocker b where b.run_id = test.the('run')), 'field_out_of_range required_step_open signature_stale', 'a correction voids it, and the run waits');
select test.refuses($$ select test.accept('N') $$, 'TV403 D5 deviation_own_value', 'who entered the value does not accept it');
select test.enter('admin');
select traveler.change_org(null, '{"deviation_by_enterer": true}') ->> 'version' as version \gset
select test.enter('quality');
select lives_ok($$ select test.accept('N') $$, 'unless the org allows it; on a completed step of a live run as well');
select test.enter('admin');
select traveler.change_org(null, '{"deviation_by_enterer": false}') ->> 'version' as version \gset
select test.enter('quality');
select traveler.sign_steps(array[test.step(test.the('run'), 'A')]);
select is((select string_agg(b.kind, ' ' order by b.kind) from traveler.completion_blocker b where b.run_id = test.the('run')), 'required_step_open', 'and with the sign-off given again nothing waits for it');
select traveler.act_on_steps('reopen', array[test.step(test.the('run'), 'A')], p_reason => 'again');
select is(test.deviations(), '6 changed, 6.0 changed, 7 attempt', 'a new attempt voids it');
select test.enter('technician');
select test.start(test.step(test.the('run'), 'A'));
select is(test.blockers(), 'field_out_of_range', 'though the value is there, it is accepted anew');
rollback;

-- By plain SQL.
begin;
select test.enter('quality');
select test.denied($$ insert into traveler.deviation (org_id) values (traveler.current_org()) $$, 'the service adds no deviation');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(format('update traveler.deviation set %s', change), refusal, format('the owner does not: %s', change)) from (values
    ('value = ''"9"''', 'TV409 D5 append_only'), ('rationale = ''x''', 'TV409 D5 append_only'), ('voided_at = null, void_reason = null', 'TV409 D5 append_only')) u (change, refusal);
select test.refuses($$ update traveler.deviation set voided_at = now(), void_reason = 'changed' where voided_at is null $$, 'TV409 D5 derived', 'nor makes one void');
select test.refuses($$ insert into traveler.deviation (org_id, run_id, run_step_id, run_step_field_id, attempt, value, rationale, accepted_by)
    select f.org_id, f.run_id, f.run_step_id, f.id, 1, '"1"', 'x', 'user:x' from traveler.run_step_field f where f.id = test.f('M') $$, 'TV409 D5 not_out_of_range', 'nor accepts what is in range');
select test.refuses($$ insert into traveler.deviation (org_id, run_id, run_step_id, run_step_field_id, attempt, value, rationale, accepted_by)
    select f.org_id, f.run_id, f.run_step_id, f.id, 1, '"9"', 'x', 'user:x' from traveler.run_step_field f where f.id = test.f('N') $$, 'TV409 D5 deviation_exists', 'nor twice');
rollback;
reset role;

-- The as-built record, and after it.
set session authorization traveler_service;
begin;
select test.enter('technician');
select test.work(test.step(test.the('run'), 'B'));
select test.enter('admin');
select test.refuses($$ select test.accept('N') $$, 'TV409 D5 deviation_exists', 'a completed run takes none');
commit;
reset session authorization;
select is((select string_agg(concat_ws(' ', d ->> 'value', d #>> '{accepted_by,name}', d ->> 'void_reason'), ', ' order by d ->> 'accepted_at') from traveler.as_built_record a,
    jsonb_path_query(a.document::jsonb, '$.steps[*].deviations[*]') d), '6 Quality changed, 6.0 Quality', 'the as-built record lists the deviations');
select test.whole();
select * from finish();

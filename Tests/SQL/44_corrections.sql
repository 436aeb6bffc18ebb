-- Corrections (S13): a value of a completed step of a live run is corrected in place, with a permission and a reason; what was
-- signed goes stale and is signed again (C1).
\ir support/world.psql
select plan(24);

create function test.correct(p_field uuid, p_value jsonb, p_reason text default 'misread') returns jsonb
language sql as $$
    select traveler.correct_values((select f.run_step_id from traveler.run_step_field f where f.id = p_field), null,
        jsonb_build_object('reason', p_reason, 'values', jsonb_build_array(jsonb_build_object('field_id', p_field, 'value', p_value))))
$$;
create function test.field_of(p_name text) returns uuid language sql stable as $$ select test.field(test.the('run'), p_name) $$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P'));
select test.keep('procedure', test.released('Build', test.the('part'), '[
    {"key": "a", "title": "A", "fields": [{"name": "Gap", "type": "number", "minimum": "1", "maximum": "2"}, {"name": "Sign", "type": "signoff"}]},
    {"key": "b", "title": "B", "after": ["a"]}, {"title": "C", "after": ["b"]}]'::jsonb));
select test.keep('run', test.run(test.the('procedure')));
commit;
begin;
select test.enter('technician');
select test.start(test.step(test.the('run'), 'A'));
select test.enter('quality');
select test.refuses($$ select test.correct(test.field_of('Gap'), '"1.5"') $$, 'TV409 S13 step_not_completed', 'what is in progress is entered, not corrected');
select test.enter('technician');
select test.value(test.field_of('Gap'), '"1.2"');
select test.value(test.field_of('Sign'), 'true');
select test.complete(test.step(test.the('run'), 'A'));
select test.start(test.step(test.the('run'), 'B'));
select test.refuses($$ select test.correct(test.field_of('Gap'), '"1.5"') $$, 'TV403 T3 permission_missing', 'a correction asks for run_step.correct');
select test.refuses($$ select test.value(test.field_of('Gap'), '"1.5"') $$, 'TV409 S13 values_closed', 'and without a reason the values of a completed step are closed');
select test.enter('quality');
select test.refuses($$ select test.correct(test.field_of('Gap'), '"1.5"', ' ') $$, 'TV409 S13 values_closed', 'for everyone');
select test.refuses($$ select test.value(test.field_of('Gap'), '"1.5"') $$, 'TV409 S13 values_closed', 'by every way');
select test.refuses($$ select test.correct(test.field_of('Gap'), 'null') $$, 'TV409 S13 correction_clears', 'a correction does not clear');
select test.refuses($$ select test.correct(test.field_of('Gap'), '"wide"') $$, 'TV422 P4 field_value', 'and its value is of the type');
select test.refuses($$ select test.correct(test.field_of('Sign'), 'true') $$, 'TV409 S13 values_closed', 'nor does it sign');
select lives_ok($$ select test.correct(test.field_of('Gap'), '"1.5"', 'caliper misread') $$, 'with both it goes through');
select is((select f.value #>> '{}' from traveler.run_step_field f where f.id = test.field_of('Gap')), '1.5', 'in place');
select is((select h.reason || ' ' || (h.payload::jsonb #>> '{before,value}') from traveler.transaction_history h where h.row_id = test.field_of('Gap') order by h.seq desc limit 1),
    'caliper misread 1.2', 'the old value stays in the record, with the reason');
select is((select s.state from traveler.run_step s where s.id = test.step(test.the('run'), 'A')) || ' ' || (select s.state from traveler.run_step s where s.id = test.step(test.the('run'), 'B')),
    'completed in_progress', 'the step stays completed and its downstream untouched');
select ok((select f.stale and f.value = 'true' from traveler.run_step_field f where f.id = test.field_of('Sign')), 'what was signed is stale');
select test.enter('technician');
select test.complete(test.step(test.the('run'), 'B'));
select test.work(test.step(test.the('run'), 'C'));
select is((select r.status || ' ' || (select string_agg(b.kind, ' ') from traveler.completion_blocker b where b.run_id = r.id) from traveler.run r where r.id = test.the('run')),
    'in_progress signature_stale signature_stale', 'and the run waits for it, and for the sign-off of the step, which signed the value as well');
select lives_ok($$ select test.value(test.field_of('Sign'), 'true') $$, 'a stale signature is given again on the completed step');
select ok((select not f.stale from traveler.run_step_field f where f.id = test.field_of('Sign')), 'and is stale no more');
select test.refuses($$ select test.value(test.field_of('Sign'), 'true') $$, 'TV409 S13 values_closed', 'one that is not stale is not');
select lives_ok($$ select traveler.sign_steps(array[test.step(test.the('run'), 'A')]) $$, 'the step is signed again');
select test.refuses($$ select traveler.sign_steps(array[test.step(test.the('run'), 'A')]) $$, 'TV409 S13 step_signed', 'once');
select is((select count(*) from traveler.completion_blocker b where b.run_id = test.the('run')), 0::bigint, 'and nothing is left to wait for');
select test.enter('quality');
select test.correct(test.field_of('Gap'), '"2.5"', 'it really was 2.5');
select is((select string_agg(distinct b.kind, ' ') from traveler.completion_blocker b where b.run_id = test.the('run')), 'field_out_of_range signature_stale',
    'a correction may tell that a value is out of range, and the gate hears it');
select test.correct(test.field_of('Gap'), '"1.6"', 'remeasured');
select test.value(test.field_of('Sign'), 'true');
select traveler.sign_steps(array[test.step(test.the('run'), 'A')]);
select traveler.complete_run(test.the('run'));
select test.refuses($$ select test.correct(test.field_of('Gap'), '"1.7"') $$, 'TV409 C5 run_completed', 'a completed run is not corrected');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ update traveler.run_step_field set stale = false where stale is not null $$, 'TV409 S13 derived', 'whether a signature is stale is nobody''s to say');
commit;
reset role;
select test.whole();
select * from finish();

-- Electronic signatures (P4, S5, S13, S14): who signed what, in which name, with what meaning; stale when what was signed changes.
\ir support/world.psql
select plan(72);

create function test.f(p_name text) returns uuid language sql stable as $$ select test.field(test.the('run'), p_name) $$;
-- The signatures of the first step, in words.
create function test.signatures(p_title text default 'A') returns text language sql stable as $$
    select coalesce(string_agg(concat_ws(' ', g.kind, (select f.name from traveler.run_step_field f where f.id = g.run_step_field_id), g.void_reason), ', ' order by g.signed_at), 'none')
    from traveler.signature g where g.run_step_id = test.step(test.the('run'), p_title)
$$;
create function test.correct(p_field uuid, p_value jsonb) returns jsonb language sql as $$
    select traveler.correct_values((select f.run_step_id from traveler.run_step_field f where f.id = p_field), null,
        jsonb_build_object('reason', 'misread', 'values', jsonb_build_array(jsonb_build_object('field_id', p_field, 'value', p_value))))
$$;
create function test.blockers() returns text language sql stable as $$
    select coalesce(string_agg(b.kind, ' ' order by b.kind), 'none') from traveler.completion_blocker b where b.run_id = test.the('run')
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P'));
select test.keep('procedure', test.released('Build', test.the('part'), '[
    {"key": "a", "title": "A", "instructions": "Weigh it.", "fields": [{"name": "N", "type": "number", "maximum": "5"}, {"name": "S", "type": "signoff"},
        {"name": "Q", "type": "signoff", "signoff_role": "quality", "meaning": "Released for shipment"}, {"name": "O", "type": "text", "required": false}]},
    {"key": "b", "title": "B", "after": ["a"]}, {"title": "C", "after": ["b"]}]'));
select test.keep('run', test.run(test.the('procedure')));
commit;
begin;
select test.enter('technician');
select test.start(test.step(test.the('run'), 'A'));
select traveler.enter_values(test.step(test.the('run'), 'A'), null, jsonb_build_object('values', jsonb_build_array(
    jsonb_build_object('field_id', test.f('N'), 'value', '"1"'::jsonb), jsonb_build_object('field_id', test.f('S'), 'value', true))));
select is(test.signatures(), 'field S', 'a sign-off given with the value that it signs is a signature, and not stale');
select results_eq($$ select g.meaning, g.signed_by, g.printed_name, g.role, g.signed_at > now(), g.covers from traveler.signature g $$,
    $$ values ('Performed and verified', 'user:' || test.user_id('technician'), 'Technician', null::text, true, '{}'::uuid[]) $$, 'it says who signed, in which name, when, and what it means');
select is((select g.digest from traveler.signature g), (select sha256(convert_to(g.document, 'UTF8')) from traveler.signature g), 'its digest is that of the document that was signed');
select is((select (g.document::jsonb #> '{fields,0}') ->> 'value' || ' ' || (g.document::jsonb ->> 'instructions') from traveler.signature g), '1 Weigh it.', 'which holds the values and the definition');
select is((select g.document from traveler.signature g), (select traveler.canonical_json(g.document::jsonb) from traveler.signature g), 'in canonical form');
select test.enter('quality');
select test.value(test.f('Q'), 'true');
select results_eq($$ select g.meaning, g.printed_name, g.role from traveler.signature g where g.run_step_field_id = test.f('Q') $$,
    $$ values ('Released for shipment', 'Quality', 'quality') $$, 'the definition says what it means, and a role what it was signed in');
select is((select g.covers from traveler.signature g where g.run_step_field_id = test.f('Q')), (select array_agg(g.id) from traveler.signature g where g.run_step_field_id = test.f('S')),
    'a later signature is over the earlier ones');
select ok((select (traveler.signature_json(g.id) ->> 'unchanged')::boolean and traveler.signature_json(g.id) ->> 'document' = g.document from traveler.signature g where g.run_step_field_id = test.f('Q')),
    'and is read with what it signed');
commit;

-- In progress: a change of what was signed makes it stale.
begin;
select test.enter('technician');
select test.value(test.f('N'), '"2"');
select is(test.signatures(), 'field S changed, field Q changed', 'a value that changes makes all that signed it stale');
select is((select string_agg(f.name, ' ' order by f.name) from traveler.run_step_field f where f.stale), 'Q S', 'visibly');
select is((select string_agg(b.kind, ' ') from traveler.run_step_completion_blocker b where b.run_step_id = test.step(test.the('run'), 'A')), 'signature_stale signature_stale', 'and closes the gate');
select test.refuses($$ select test.complete(test.step(test.the('run'), 'A')) $$, 'TV409 S5 step_not_complete', 'of the step');
select test.value(test.f('S'), 'true');
select is(test.signatures(), 'field S changed, field Q changed, field S', 'given again, it is another signature; the first stays in the record');
select test.value(test.f('N'), '"2"');
select is(test.signatures(), 'field S changed, field Q changed, field S', 'the same value again changes nothing');
select test.value(test.f('O'), '"note"');
select is(test.signatures(), 'field S changed, field Q changed, field S changed', 'a value that came is a change');
select test.value(test.f('S'), 'true');
select test.enter('quality');
select test.value(test.f('Q'), 'true');
select test.enter('technician');
select test.value(test.f('S'), 'null');
select is(split_part(test.signatures(), 'S changed, ', 3), 'field S withdrawn, field Q changed', 'a signature taken back is void, and what was signed over it stale');
select ok((select f.stale from traveler.run_step_field f where f.id = test.f('Q')), 'visibly');
rollback;

-- Signing off: the step's own signature.
begin;
select test.enter('technician');
select test.complete(test.step(test.the('run'), 'A'));
select is(test.signatures(), 'field S, field Q, step', 'the sign-off of a step is a signature');
select is((select cardinality(g.covers) from traveler.signature g where g.kind = 'step'), 2, 'over those of its fields');
select test.start(test.step(test.the('run'), 'B'));
select test.enter('quality');
select test.correct(test.f('N'), '"3"');
select is(test.signatures(), 'field S changed, field Q changed, step changed', 'a correction makes all of them stale, the sign-off too');
select is(test.blockers(), 'required_step_open signature_stale signature_stale signature_stale step_open', 'and the run waits for each');
select test.value(test.f('Q'), 'true');
select test.enter('technician');
select test.refuses($$ select traveler.sign_steps(array[test.step(test.the('run'), 'A')]) $$, 'TV409 S5 step_not_complete', 'the step comes last: it is signed over all the rest');
select test.value(test.f('S'), 'true');
select test.refuses($$ select traveler.sign_steps(array[test.step(test.the('run'), 'B')]) $$, 'TV409 S5 step_not_completed', 'a step in progress is completed, not signed');
select test.enter('viewer');
select test.refuses($$ select traveler.sign_steps(array[test.step(test.the('run'), 'A')]) $$, 'TV403 T3 permission_missing', 'signing a step asks for a permission');
select test.enter('technician');
select lives_ok($$ select traveler.sign_steps(array[test.step(test.the('run'), 'A')]) $$, 'the step is signed again');
select is(test.blockers(), 'required_step_open step_open', 'and no one waits for it any more');
select test.refuses($$ select traveler.sign_steps(array[test.step(test.the('run'), 'A')]) $$, 'TV409 S13 step_signed', 'what is valid is not signed again');
select test.refuses($$ select traveler.sign_steps(array[test.the('run')]) $$, 'TV404 T1 step_unknown', 'nor what is not there');
select test.enter('stranger');
select test.refuses(format('select traveler.sign_steps(array[%L::uuid])', (select i.id from test.id i where i.name = 'run')), 'TV404 T1 step_unknown', 'another org''s is not there');
select is((select count(*) from traveler.signature), 0::bigint, 'nor are its signatures');
select test.enter('quality');
select traveler.act_on_steps('reset', array[test.step(test.the('run'), 'B')], p_reason => 'wrong start');
select traveler.act_on_steps('reopen', array[test.step(test.the('run'), 'A')], p_reason => 'again');
select is(test.signatures(), 'field S changed, field Q changed, step changed, field Q attempt, field S attempt, step attempt', 'a new attempt voids what there is (S14)');
select is((select string_agg(f.name, ' ') from traveler.run_step_field f where f.type = 'signoff' and f.value is not null), null, 'and is signed anew');
rollback;

-- The name is the one of then; the number of steps is no matter.
begin;
select test.enter('technician');
select test.complete(test.step(test.the('run'), 'A'));
select test.enter('admin');
select traveler.change_user(test.user_id('technician'), null, '{"name": "Someone Else"}');
select is((select g.printed_name from traveler.signature g where g.kind = 'step'), 'Technician', 'a printed name stays what it was');
select ok((select (traveler.signature_json(g.id) ->> 'unchanged')::boolean from traveler.signature g where g.kind = 'step'), 'and so does the signature');
rollback;

-- The password again ------------------------------------------------------------------------------------------------

reset session authorization;
select traveler.create_user('acme', 'signer@acme.test', 'Signer', 'quality', 'correct horse battery') as signer \gset
insert into test.actor (name, org, org_id, user_id, token) select 'signer', 'acme', test.org_id('acme'), :'signer', traveler.create_token('acme', 'signer@acme.test', 'story');
set session authorization traveler_service;
begin;
select test.enter('admin');
select is(traveler.change_org(null, '{"signature_password": true}') ->> 'signature_password', 'true', 'an org may ask for the password with each signature');
commit;
begin;
select test.enter('signer');
select test.refuses($$ select test.value(test.f('Q'), 'true') $$, 'TV403 T2 signature_password_missing', 'no sign-off without it');
select test.refuses($$ select test.complete(test.step(test.the('run'), 'A')) $$, 'TV403 T2 signature_password_missing', 'nor a step''s');
select lives_ok($$ select test.value(test.f('O'), '"x"') $$, 'a value is no signature');
select results_eq($$ select * from traveler.confirm_password('wrong') $$, $$ values (null::text, null::integer) $$, 'a wrong password proves nothing');
select is((select count(*) from traveler.signature_failure f where f.user_id = test.user_id('signer')), 1::bigint, 'and is kept');
select set_config('traveler.signing', c.proof, true) from traveler.confirm_password('wrong') c;
select test.refuses($$ select test.value(test.f('Q'), 'true') $$, 'TV403 T2 signature_password_missing', 'and signs nothing');
select set_config('traveler.signing', c.proof, true) from traveler.confirm_password('correct horse battery') c;
select lives_ok($$ select test.value(test.f('Q'), 'true') $$, 'the right one signs');
select test.enter('technician');
select test.refuses($$ select test.value(test.f('S'), 'true') $$, 'TV403 T2 signature_password_missing', 'for no one else');
select results_eq($$ select * from traveler.confirm_password('correct horse battery') $$, $$ values (null::text, null::integer) $$, 'and who has no password proves none');
select test.enter('signer');
select set_config('traveler.signing', '9999999999|' || repeat('0', 64), true);
select test.refuses($$ select test.value(test.f('Q'), 'true') $$, 'TV403 T2 signature_password_missing', 'a proof is not made up');
rollback;
begin;
select test.enter('signer');
select set_config('traveler.signing', (extract(epoch from now())::bigint + 1000) || substr(c.proof, strpos(c.proof, '|')), true) from traveler.confirm_password('correct horse battery') c;
select test.refuses($$ select test.value(test.f('Q'), 'true') $$, 'TV403 T2 signature_password_missing', 'nor made to last longer');
select count(*) from (select traveler.confirm_password('wrong ' || n) from generate_series(1, 5) n) x \gset
select is((select c.proof is null and c.retry_after_seconds between 1 and 300 from traveler.confirm_password('correct horse battery') c), true, 'after five wrong ones the right one is not looked at for a while');
select is((select count(*) from traveler.signature_failure f where f.user_id = test.user_id('signer')), 5::bigint, 'and no more are kept');
select test.enter('admin');
select is((select c.retry_after_seconds from traveler.confirm_password('wrong') c), null, 'the others are not held up by it');
rollback;
reset session authorization;
begin;
select test.enter_owner();
select test.refuses($$ update traveler.run_step set state = 'completed' where id = test.step(test.the('run'), 'A') $$, 'TV403 T2 signature_password_missing', 'a job has no password, and signs nothing there');
rollback;
set session authorization traveler_service;
begin;
select test.enter('admin');
select traveler.change_org(null, '{"signature_password": false}') ->> 'version' as version \gset
commit;

-- By plain SQL --------------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.denied($$ insert into traveler.signature (org_id, run_id, run_step_id, kind) select s.org_id, s.run_id, s.id, 'step' from traveler.run_step s $$, 'the service adds no signature');
select test.denied($$ update traveler.signature set voided_at = null $$, 'nor changes one');
select test.denied($$ update traveler.run_step_field set value = 'true' where type = 'signoff' $$, 'nor signs a field around the act');
commit;
begin;
select test.enter('technician');
select test.complete(test.step(test.the('run'), 'A'));
select test.start(test.step(test.the('run'), 'B'));
select test.enter('quality');
select test.correct(test.f('O'), '"other"');
select test.value(test.f('Q'), 'true');
select test.enter('technician');
select test.value(test.f('S'), 'true');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(format('update traveler.signature set %s where kind = ''field''', change), refusal, format('the owner does not: %s', change)) from (values
    ('printed_name = ''Somebody''', 'TV409 P4 append_only'), ('signed_by = ''user:x''', 'TV409 P4 append_only'), ('document = ''{}'', digest = sha256(''{}'')', 'TV409 P4 append_only'),
    ('voided_at = null, void_reason = null', 'TV409 P4 append_only'), ('meaning = ''x''', 'TV409 P4 append_only'), ('voided_at = now(), void_reason = ''withdrawn''', 'TV409 P4 append_only')) u (change, refusal);
select test.refuses($$ insert into traveler.signature (org_id, run_id, run_step_id, kind, run_step_field_id, signed_by, printed_name)
    select f.org_id, f.run_id, f.run_step_id, 'field', f.id, 'user:' || test.user_id('viewer'), 'Viewer' from traveler.run_step_field f where f.id = test.f('S') $$, 'TV409 P4 derived',
    'nor signs a field but by signing it');
select test.refuses($$ insert into traveler.signature (org_id, run_id, run_step_id, kind) select s.org_id, s.run_id, s.id, 'step' from traveler.run_step s where s.id = test.step(test.the('run'), 'B') $$,
    'TV409 S5 step_not_completed', 'nor a step that is not completed');
insert into traveler.signature (org_id, run_id, run_step_id, kind, signed_by, printed_name, signed_at, meaning, document, digest)
select s.org_id, s.run_id, s.id, 'step', 'user:' || test.user_id('viewer'), 'Viewer', '2020-01-01', 'Nothing', '{}', sha256('{}') from traveler.run_step s where s.id = test.step(test.the('run'), 'A');
select results_eq($$ select g.signed_by, g.printed_name, g.signed_at > now(), g.meaning, g.document = '{}' from traveler.signature g where g.kind = 'step' and g.voided_at is null $$,
    $$ values ('system:story', 'system:story', true, 'Performed and verified', false) $$, 'and what it adds says who it is, not what it likes');
select test.refuses($$ insert into traveler.signature (org_id, run_id, run_step_id, kind) select s.org_id, s.run_id, s.id, 'step' from traveler.run_step s where s.id = test.step(test.the('run'), 'A') $$,
    '23505 signature_step_key', 'a step has one sign-off');
insert into traveler.signature_failure (org_id, user_id) values (test.org_id('acme'), test.user_id('viewer'));
select test.refuses($$ update traveler.signature_failure set created_at = now() $$, 'TV409 T2 append_only', 'and one that is there stays');
rollback;
reset role;

-- What the record shows when someone gets around it all.
create function test.found(p_change text) returns text language plpgsql as $$
declare
    v_what text;
begin
    set local session_replication_role = replica;
    execute p_change;
    set local session_replication_role = origin;
    select coalesce(string_agg(distinct s.what, ' | ' order by s.what), 'nothing') into v_what from traveler.signature_violations s;
    return v_what;
end
$$;
set session authorization traveler_service;
begin;
select test.enter('technician');
select traveler.sign_steps(array[test.step(test.the('run'), 'A')]);
commit;
reset session authorization;
begin;
select test.enter_owner();
select is(test.found($$ update traveler.run_step_field set value = '"4"' where id = test.f('N') $$), 'what it signed is not what is there', 'a value changed around the triggers is found');
rollback;
begin;
select test.enter_owner();
select is(test.found($$ update traveler.run_step set instructions = 'Do not weigh it.' where id = test.step(test.the('run'), 'A') $$), 'what it signed is not what is there', 'so is an instruction');
rollback;
begin;
select test.enter_owner();
select is(test.found($$ update traveler.run_step_field set stale = true where id = test.f('S') $$), 'its field is not signed, or stale', 'and a field that says something else than its signature');
rollback;

-- The as-built record.
set session authorization traveler_service;
begin;
select test.enter('technician');
select test.complete(test.step(test.the('run'), 'B'));
select test.work(test.step(test.the('run'), 'C'));
commit;
reset session authorization;
select is((select string_agg(concat_ws(' ', g ->> 'kind', g ->> 'meaning', g ->> 'printed_name', g ->> 'void_reason'), ', ' order by g ->> 'signed_at') from traveler.as_built_record a,
        jsonb_path_query(a.document::jsonb, '$.steps[*] ? (@.title == "A").signatures[*]') g),
    'field Performed and verified Technician changed, field Released for shipment Quality changed, step Performed and verified Technician changed, field Released for shipment Quality, field Performed and verified Technician, step Performed and verified Technician',
    'the as-built record lists every signature of a step, the void ones too');
select is((select count(*) from traveler.as_built_record a, jsonb_path_query(a.document::jsonb, '$.steps[*].signatures[*].digest') d
    where not exists (select from traveler.signature g where encode(g.digest, 'hex') = d #>> '{}')), 0::bigint, 'with its digest');
begin;
select test.enter_owner();
set local role traveler_owner;
select test.refuses($$ insert into traveler.signature (org_id, run_id, run_step_id, kind) select s.org_id, s.run_id, s.id, 'step' from traveler.run_step s where s.id = test.step(test.the('run'), 'A') $$,
    'TV409 C5 run_completed', 'a completed run is signed no more');
commit;
reset session authorization;
select is_empty($$ select g.kind, cardinality(g.covers) from traveler.signature g where g.document <> traveler.canonical_json(g.document::jsonb) $$,
    'whatever it is of and over however many, a signature''s document is in canonical form');
select test.whole();
select * from finish();

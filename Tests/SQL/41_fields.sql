-- P4, S13: what each type of field takes, who may sign, when values are written; S5: what they block.
\ir support/world.psql
select plan(114);

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial'));
select test.keep('old part', test.part('OLD'));
select traveler.change_part(test.the('old part'), null, '{"archived": true}');
select test.keep('procedure', test.released('Build', test.the('part'), '[
    {"title": "Measure", "fields": [
        {"name": "text", "type": "text"}, {"name": "number", "type": "number", "minimum": "-1.5", "maximum": "1.5"},
        {"name": "target", "type": "number", "target": "10", "tolerance_minus": "0.1", "tolerance_plus": "0.2", "required": false},
        {"name": "boolean", "type": "boolean"}, {"name": "pass_fail", "type": "pass_fail"}, {"name": "date", "type": "date"}, {"name": "datetime", "type": "datetime"},
        {"name": "select", "type": "select", "options": ["red", "green", ""]}, {"name": "multiselect", "type": "multiselect", "options": ["a", "b"]},
        {"name": "user", "type": "user"}, {"name": "part", "type": "part"},
        {"name": "maybe", "type": "text", "allow_not_applicable": true}, {"name": "optional", "type": "text", "required": false}]},
    {"title": "Sign", "fields": [
        {"name": "weight", "type": "number"}, {"name": "signed", "type": "signoff"}, {"name": "quality", "type": "signoff", "signoff_role": "quality"},
        {"name": "peer", "type": "signoff", "peer": true}]}]'));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["1"]}'));
select test.keep(f.name, f.id) from traveler.run_step_field f where f.run_id = test.the('run') and f.name <> 'part';
select test.keep('part field', f.id) from traveler.run_step_field f where f.run_id = test.the('run') and f.name = 'part';
select test.keep(s.title, s.id) from traveler.run_step s where s.run_id = test.the('run');
select test.refuses($$ select test.value(test.the('text'), '"x"') $$, 'TV409 S13 values_closed', 'a value waits for its step to start');
select test.start(test.the('Measure'));
commit;

-- What each type takes ----------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses(format($$ select test.value(test.the(%L), %L) $$, field, value), 'went through', format('a %s: %s', field, left(value, 60)))
from (values
    ('text', '"x"'), ('text', to_json(repeat('ü', 10000))::text), ('text', '"null"'), ('text', '"\u202e"'),
    ('number', '"0"'), ('number', '"-1.5"'), ('number', '"999999999999999999999999999999.5"'), ('number', '"0.000000000000000000000000000001"'), ('number', '1.25'), ('number', '1e2'),
    ('boolean', 'true'), ('boolean', 'false'), ('pass_fail', '"pass"'), ('pass_fail', '"fail"'),
    ('date', '"2026-02-28"'), ('date', '"2024-02-29"'), ('datetime', '"2026-02-28T13:45:00Z"'), ('datetime', '"2026-02-28T23:59:59.123456+05:30"'),
    ('select', '"red"'), ('select', '""'), ('multiselect', '["a"]'), ('multiselect', '["b", "a"]'), ('maybe', '"x"')) v (field, value);
select test.value(test.the('user'), to_jsonb(test.user_id('viewer')));
select test.value(test.the('part field'), to_jsonb(test.the('part')));
select test.refuses(format($$ select test.value(test.the(%L), %L) $$, field, value), 'TV422 P4 field_value', format('not a %s: %s', field, left(value, 60)))
from (values
    ('text', '""'), ('text', '1'), ('text', 'true'), ('text', '["x"]'), ('text', '{"x": 1}'), ('text', to_json(repeat('x', 10001))::text),
    ('number', '"NaN"'), ('number', '"Infinity"'), ('number', '"-Infinity"'), ('number', '"1e2"'), ('number', '" 1"'), ('number', '"+1"'), ('number', '"1,5"'), ('number', '"."'),
    ('number', '"0x1F"'), ('number', '"١"'), ('number', '""'), ('number', 'true'), ('number', '"1234567890123456789012345678901"'), ('number', '1e40'), ('number', '["1"]'),
    ('boolean', '"true"'), ('boolean', '1'), ('pass_fail', '"PASS"'), ('pass_fail', 'true'),
    ('date', '"2026-02-30"'), ('date', '"28.02.2026"'), ('date', '"infinity"'), ('date', '"today"'), ('date', '"2026-02-28T00:00:00Z"'), ('date', '20260228'),
    ('datetime', '"2026-02-28"'), ('datetime', '"2026-02-28T13:45:00"'), ('datetime', '"2026-02-28T25:00:00Z"'), ('datetime', '"2026-02-28T13:45:00+25:00"'), ('datetime', '"now"'),
    ('select', '"blue"'), ('select', '["red"]'), ('select', 'true'), ('multiselect', '"a"'), ('multiselect', '[]'), ('multiselect', '["a", "a"]'), ('multiselect', '["c"]'), ('multiselect', '[null]'),
    ('user', '"x"'), ('user', 'true'), ('part field', '"00000000-0000-0000-0000-000000000000"')) v (field, value);
select test.refuses($$ select test.value(test.the('part field'), to_jsonb(test.the('old part'))) $$, 'TV422 P4 field_value', 'nor an archived part');
select test.value(test.the('number'), '1.50');
select is((select f.value::text || ' ' || f.number_value from traveler.run_step_field f where f.id = test.the('number')), '"1.50" 1.50', 'a number is kept as it was read, digits and all');
commit;

-- Entering, clearing, not applicable ------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select results_eq($$ select f.entered_by, f.entered_at >= now() from traveler.run_step_field f where f.id = test.the('number') $$,
    $$ values ('user:' || test.user_id('technician'), false) $$, 'a value says who entered it, and when');
select test.refuses(format($$ select traveler.enter_values(test.the('Measure'), null, %L) $$, format(request, test.the('text'), test.the('maybe'), test.the('signed'))),
    refusal, what)
from (values
    ('{"values": [{"field_id": "%1$s", "value": "a"}, {"field_id": "%1$s", "value": "b"}]}', 'TV422 P4 field_twice', 'a field is given once'),
    ('{"values": [{"field_id": "%1$s", "not_applicable": true}]}', '23514 run_step_field_not_applicable_allowed', 'not applicable only where that is an answer'),
    ('{"values": [{"field_id": "%2$s", "not_applicable": true}]}', 'went through', 'where it is one'),
    ('{"values": [{"field_id": "%3$s", "value": true}]}', 'TV404 P4 field_unknown', 'a field belongs to its step'),
    ('{"values": [{"field_id": "%1$s", "value": "kept?"}, {"field_id": "%3$s", "value": true}]}', 'TV404 P4 field_unknown', 'all of the values or none'),
    ('{"values": []}', 'went through', 'no value is no harm'),
    ('{}', 'TV404 P4 field_unknown', 'where no list is none')) v (request, refusal, what);
select isnt((select f.value #>> '{}' from traveler.run_step_field f where f.id = test.the('text')), 'kept?', 'what was refused with another left nothing');
select test.refuses($$ select test.complete(test.the('Measure')) $$, 'went through', 'with every field filled, one as not applicable, the step is signed off');
rollback;
begin;
select test.enter('technician');
select traveler.enter_values(test.the('Measure'), null, jsonb_build_object('values', jsonb_build_array(jsonb_build_object('field_id', test.the('maybe'), 'not_applicable', true))));
select test.value(test.the('text'), 'null');
select results_eq($$ select f.value, f.entered_by, f.entered_at from traveler.run_step_field f where f.id = test.the('text') $$, $$ values (null::jsonb, null::text, null::timestamptz) $$,
    'null clears a field, and who entered it');
select test.refuses($$ select test.complete(test.the('Measure')) $$, 'TV409 S5 step_not_complete', 'which then blocks the sign-off');
select test.value(test.the('text'), '"x"');
select is((select count(*) from traveler.run_step_field f where f.run_step_id = test.the('Measure') and f.required and f.value is null and not f.not_applicable), 0::bigint, 'all is filled again');

commit;

-- S5: a number outside its range blocks, by however little.
begin;
select test.enter('technician');
select test.value(test.the('number'), '"1.5000000000000000000000000001"');
select ok((select f.out_of_range from traveler.run_step_field f where f.id = test.the('number')), 'a hair above the maximum is out of range');
select test.refuses($$ select test.complete(test.the('Measure')) $$, 'TV409 S5 step_not_complete', 'and blocks the sign-off');
select is(test.refusal_detail($$ select test.complete(test.the('Measure')) $$, 'blockers') -> 0 ->> 'what', '"number" is 1.5000000000000000000000000001, outside -1.5 to 1.5.', 'in so many words');
select test.value(test.the('number'), '"-1.6"');
select ok((select f.out_of_range from traveler.run_step_field f where f.id = test.the('number')), 'below the minimum as well');
select test.value(test.the('number'), '"-1.5"');
select ok(not (select f.out_of_range from traveler.run_step_field f where f.id = test.the('number')), 'the bound itself is in');
select test.value(test.the('target'), '"9.89"');
select ok((select f.out_of_range from traveler.run_step_field f where f.id = test.the('target')), 'a tolerance counts from its target, down');
select test.value(test.the('target'), '"10.21"');
select test.refuses($$ select test.complete(test.the('Measure')) $$, 'TV409 S5 step_not_complete', 'and up: an optional value out of range blocks like any');
select test.value(test.the('target'), '"10.2"');
select test.complete(test.the('Measure'));
commit;

-- Signatures --------------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.start(test.the('Sign'));
select test.refuses($$ select test.value(test.the('signed'), 'false') $$, 'TV422 P4 field_value', 'a signature is given or not');
select test.refuses($$ select test.value(test.the('quality'), 'true') $$, 'TV403 P4 signoff_role', 'one that is bound to a role is given by its holders');
select test.refuses($$ select test.value(test.the('peer'), 'true') $$, 'TV403 P4 signoff_peer', 'a peer''s not by who works on the step');
select test.value(test.the('signed'), 'true');
select test.enter('peer');
select test.value(test.the('weight'), '"5"');
select test.refuses($$ select test.value(test.the('peer'), 'true') $$, 'TV403 P4 signoff_peer', 'nor by who entered a value in it');
select test.enter('quality');
select test.value(test.the('quality'), 'true');
select test.value(test.the('peer'), 'true');
select test.refuses($$ select test.value(test.the('weight'), '"6"') $$, 'TV409 P4 signed_as_peer', 'who signed as a peer does no work on the step');
select is((select f.entered_by from traveler.run_step_field f where f.id = test.the('peer')), 'user:' || test.user_id('quality'), 'a signature is its giver''s');
select test.enter('viewer');
select test.refuses($$ select test.value(test.the('signed'), 'true') $$, 'TV403 T3 permission_missing', 'and values ask for a permission');
commit;

-- The guard stands without the act ----------------------------------------------------------------------------------

reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(format('update traveler.run_step_field set %s where id = test.the(%L)', change, field), refusal, format('not the owner either: %s', change)) from (values
    ('value = ''"NaN"''', 'number', 'TV409 S13 values_closed'), ('value = ''"7"'', entered_by = ''user:x'', entered_at = now()', 'number', 'TV409 S13 values_closed'),
    ('entered_by = ''user:x''', 'number', 'TV409 S13 values_closed'), ('value = null', 'text', 'TV409 S13 values_closed'),
    ('value = ''"heavy"''', 'weight', 'TV422 P4 field_value'), ('value = ''null''', 'weight', 'TV422 P4 field_value'), ('not_applicable = true, value = null', 'weight', '23514 run_step_field_not_applicable_allowed'),
    ('out_of_range = true', 'number', 'TV409 P4 derived'), ('value_detail = ''{}''', 'number', 'TV409 S13 values_closed'),
    ('value = ''true''', 'quality', 'TV403 P4 signoff_role'), ('value = ''true''', 'peer', 'TV403 P4 signoff_peer')) u (change, field, refusal);
update traveler.run_step_field set value = '"7"', entered_by = 'user:' || test.user_id('viewer'), entered_at = '2020-01-01' where id = test.the('weight');
select results_eq($$ select f.entered_by, f.entered_at >= now() from traveler.run_step_field f where f.id = test.the('weight') $$, $$ values ('system:story', true) $$,
    'nobody enters a value in another''s name');
select test.refuses($$ insert into traveler.run_step_field (org_id, run_id, run_step_id, position, name, type, value, entered_by, entered_at)
    values (test.org_id('acme'), test.the('run'), test.the('Sign'), 99, 'X', 'text', '"x"', 'user:x', now()) $$, 'TV409 P2 derived', 'nor adds a field with one');
commit;
reset role;
select test.whole();
select * from finish();

-- P4: tools, datagrids, units that convert, one field against another. What is kept with a value, and what is out of range.
\ir support/world.psql
select plan(169);

create function test.enter_in(p_field uuid, p_value jsonb, p_unit text) returns jsonb language sql as $$
    select traveler.enter_values((select f.run_step_id from traveler.run_step_field f where f.id = p_field), null,
        jsonb_build_object('values', jsonb_build_array(jsonb_build_object('field_id', p_field, 'value', p_value, 'unit', p_unit))))
$$;
-- What "length" holds after an entry: its value, and from what.
create function test.kept(p_value text, p_unit text) returns text language plpgsql as $$
begin
    perform test.enter_in(test.the('length'), p_value::jsonb, p_unit);
    return (select concat_ws(' from ', f.value #>> '{}', (f.value_detail ->> 'value') || ' ' || (f.value_detail ->> 'unit'))
        from traveler.run_step_field f where f.id = test.the('length'));
end
$$;
create function test.out(p_name text) returns boolean language sql stable as $$ select f.out_of_range from traveler.run_step_field f where f.id = test.the(p_name) $$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial'));
select test.keep('wrench', (traveler.create_tool('{"number": "TW-1", "name": "Torque wrench", "serial_number": "123", "calibration_due": "2900-01-31"}') ->> 'id')::uuid);
select test.keep('hammer', (traveler.create_tool('{"number": "H-1", "name": "Hammer"}') ->> 'id')::uuid);
select test.keep('today', (traveler.create_tool(jsonb_build_object('number', 'C-0', 'name', 'Caliper', 'calibration_due', (now() at time zone 'UTC')::date)) ->> 'id')::uuid);
select test.keep('yesterday', (traveler.create_tool(jsonb_build_object('number', 'C-1', 'name', 'Caliper', 'calibration_due', (now() at time zone 'UTC')::date - 1)) ->> 'id')::uuid);
select test.keep('old', (traveler.create_tool('{"number": "OLD", "name": "Gone"}') ->> 'id')::uuid);
select traveler.change_tool(test.the('old'), null, '{"archived": true}');
select test.keep('draft', test.draft('Build', test.the('part'), '[
    {"key": "measure", "title": "Measure", "fields": [
        {"name": "length", "type": "number", "unit": "mm", "minimum": "10", "maximum": "30"}, {"name": "count", "type": "number", "required": false},
        {"name": "boards", "type": "number", "unit": "boards", "required": false},
        {"name": "tool", "type": "tool", "allow_not_applicable": true},
        {"name": "grid", "type": "datagrid", "required": false, "allow_not_applicable": true, "datagrid": {"minimum_rows": 1, "maximum_rows": 3, "columns": [
            {"key": "n", "label": "Number", "type": "number", "unit": "mm", "minimum": "-1", "maximum": 1.5}, {"key": "t", "label": "Text", "type": "text", "required": false},
            {"key": "b", "label": "Yes", "type": "boolean", "required": false}, {"key": "p", "label": "Pass", "type": "pass_fail", "required": false},
            {"key": "d", "label": "Day", "type": "date", "required": false}, {"key": "s", "label": "One", "type": "select", "options": ["x", "y"], "required": false},
            {"key": "m", "label": "Some", "type": "multiselect", "options": ["x", "y"], "required": false}, {"key": "u", "label": "Who", "type": "user", "required": false}]}}]},
    {"title": "Fit", "fields": [
        {"name": "inner", "type": "number", "unit": "in", "compare": {"op": "<", "field": "length", "step": "measure"}},
        {"name": "equal", "type": "number", "unit": "mm", "required": false, "compare": {"op": "=", "field": "length", "step": "measure"}},
        {"name": "below", "type": "number", "unit": "mm", "required": false, "maximum": "100", "compare": {"op": "<=", "field": "length", "step": "measure"}},
        {"name": "above", "type": "number", "unit": "mm", "required": false, "compare": {"op": ">=", "field": "length", "step": "measure"}},
        {"name": "well above", "type": "number", "unit": "mm", "required": false, "compare": {"op": ">", "field": "above"}}]}]'));
select test.keep('next', (traveler.new_procedure_version((traveler.move_procedure(test.the('draft'), null, 'released') ->> 'id')::uuid) ->> 'id')::uuid);
select traveler.move_procedure(test.the('next'), null, 'released');
select test.keep('run', test.run(test.the('next'), '{"serial_numbers": ["1"]}'));
select test.keep(f.name, f.id) from traveler.run_step_field f where f.run_id = test.the('run');
select test.keep(s.title, s.id) from traveler.run_step s where s.run_id = test.the('run');
select test.start(test.the('Measure')), test.start(test.the('Fit'));
commit;


-- Definitions -------------------------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select is((select count(*) from traveler.run_step_field f join traveler.run_step_field x on x.org_id = f.org_id and x.id = f.compare_field_id and x.run_id = f.run_id
    where f.run_id = test.the('run')), 5::bigint, 'what is held against what is copied with a version, and with a run');
select is((select f.datagrid #>> '{columns,0,maximum}' from traveler.run_step_field f where f.id = test.the('grid')), '1.5', 'and the grids, limits as decimal strings');
select test.refuses(format($$ select test.draft('X', null, '[{"key": "a", "title": "A", "fields": [%s]}, {"key": "b", "title": "B", "fields": [{"name": "far", "type": "number", "unit": "kg"}]}]') $$, fields),
    refusal, format('a draft: %s', left(fields, 110))) from (values
    ('{"name": "x", "type": "number", "datagrid": {"columns": [{"key": "a", "label": "A", "type": "text"}]}}', '23514 procedure_field_datagrid'),
    ('{"name": "x", "type": "datagrid"}', '23514 procedure_field_datagrid'),
    ('{"name": "x", "type": "datagrid", "datagrid": {}}', 'TV422 P4 datagrid_invalid'),
    ('{"name": "x", "type": "datagrid", "datagrid": {"columns": []}}', 'TV422 P4 datagrid_invalid'),
    ('{"name": "x", "type": "datagrid", "datagrid": {"columns": [{"key": "a", "label": "A", "type": "signoff"}]}}', 'TV422 P4 datagrid_invalid'),
    ('{"name": "x", "type": "datagrid", "datagrid": {"columns": [{"key": "a", "label": "A", "type": "datagrid"}]}}', 'TV422 P4 datagrid_invalid'),
    ('{"name": "x", "type": "datagrid", "datagrid": {"columns": [{"key": "a", "label": "A", "type": "text"}, {"key": "a", "label": "A", "type": "text"}]}}', 'TV422 P4 datagrid_invalid'),
    ('{"name": "x", "type": "datagrid", "datagrid": {"columns": [{"key": "A b", "label": "A", "type": "text"}]}}', 'TV422 P4 datagrid_invalid'),
    ('{"name": "x", "type": "datagrid", "datagrid": {"columns": [{"key": "a", "label": "", "type": "text"}]}}', 'TV422 P4 datagrid_invalid'),
    ('{"name": "x", "type": "datagrid", "datagrid": {"columns": [{"key": "a", "label": "A", "type": "text", "minimum": "1"}]}}', 'TV422 P4 datagrid_invalid'),
    ('{"name": "x", "type": "datagrid", "datagrid": {"columns": [{"key": "a", "label": "A", "type": "number", "minimum": "2", "maximum": "1"}]}}', 'TV422 P4 datagrid_invalid'),
    ('{"name": "x", "type": "datagrid", "datagrid": {"columns": [{"key": "a", "label": "A", "type": "number", "minimum": "NaN"}]}}', 'TV422 P4 datagrid_invalid'),
    ('{"name": "x", "type": "datagrid", "datagrid": {"columns": [{"key": "a", "label": "A", "type": "select"}]}}', 'TV422 P4 datagrid_invalid'),
    ('{"name": "x", "type": "datagrid", "datagrid": {"columns": [{"key": "a", "label": "A", "type": "text", "options": ["x"]}]}}', 'TV422 P4 datagrid_invalid'),
    ('{"name": "x", "type": "datagrid", "datagrid": {"columns": [{"key": "a", "label": "A", "type": "select", "options": [1]}]}}', 'TV422 P4 datagrid_invalid'),
    ('{"name": "x", "type": "datagrid", "datagrid": {"columns": [{"key": "a", "label": "A", "type": "text", "colour": "red"}]}}', 'TV422 P4 datagrid_invalid'),
    ('{"name": "x", "type": "datagrid", "datagrid": {"maximum_rows": 1001, "columns": [{"key": "a", "label": "A", "type": "text"}]}}', 'TV422 P4 datagrid_invalid'),
    ('{"name": "x", "type": "datagrid", "datagrid": {"minimum_rows": 2, "maximum_rows": 1, "columns": [{"key": "a", "label": "A", "type": "text"}]}}', 'TV422 P4 datagrid_invalid'),
    ('{"name": "x", "type": "number", "compare": {"op": "<", "field": "x"}}', '23514 procedure_field_compare_not_self'),
    ('{"name": "x", "type": "number", "compare": {"op": "<", "field": "y"}}', 'TV422 P4 field_compare'),
    ('{"name": "x", "type": "number", "compare": {"op": "<", "field": "y"}}, {"name": "y", "type": "text"}', 'TV422 P4 field_compare'),
    ('{"name": "x", "type": "number", "compare": {"op": "<", "field": "y"}}, {"name": "y", "type": "number"}, {"name": "y", "type": "number"}', 'TV422 P4 field_compare'),
    ('{"name": "x", "type": "text", "compare": {"op": "<", "field": "y"}}, {"name": "y", "type": "number"}', '23514 procedure_field_compare'),
    ('{"name": "x", "type": "number", "compare": {"op": "!=", "field": "y"}}, {"name": "y", "type": "number"}', '23514 procedure_field_compare'),
    ('{"name": "x", "type": "number", "unit": "mm", "compare": {"op": "<", "field": "far", "step": "b"}}', 'TV422 P4 field_compare'),
    ('{"name": "x", "type": "number", "compare": {"op": "<", "field": "far", "step": "b"}}', 'TV422 P4 field_compare'),
    ('{"name": "x", "type": "number", "unit": "g", "compare": {"op": "<", "field": "far", "step": "b"}}', 'went through')) d (fields, refusal);
commit;

-- Tools -------------------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses(format($$ select test.value(test.the('tool'), %L) $$, value), refusal, what) from (values
    (to_jsonb(test.the('yesterday')), 'TV409 P4 tool_overdue', 'an overdue tool is refused'), (to_jsonb(test.the('old')), 'TV409 P4 tool_archived', 'and an archived one'),
    (to_jsonb(test.the('part')), 'TV422 P4 field_value', 'and what is no tool'), ('"x"', 'TV422 P4 field_value', 'or no id'), ('true', 'TV422 P4 field_value', 'or no text'),
    (to_jsonb(test.the('today')), 'went through', 'the day that it is due is the last of its use'), (to_jsonb(test.the('hammer')), 'went through', 'a tool without calibration is never overdue'),
    (to_jsonb(test.the('wrench')), 'went through', 'a calibrated one is taken')) t (value, refusal, what);
select results_eq($$ select test.refusal_detail(format('select test.value(test.the(''tool''), %L)', to_jsonb(test.the('yesterday'))), m) from unnest(array['tool_id', 'calibration_due']) m $$,
    $$ values (to_jsonb(test.the('yesterday'))), (to_jsonb((now() at time zone 'UTC')::date - 1)) $$, 'the refusal says which tool, and when it was due');
select is((select f.value_detail from traveler.run_step_field f where f.id = test.the('tool')),
    '{"name": "Torque wrench", "number": "TW-1", "serial_number": "123", "calibration_due": "2900-01-31"}', 'the value keeps what the tool was like');
select test.refuses($$ select traveler.change_tool(test.the('wrench'), null, '{"name": "Wrench"}') $$, 'TV403 T3 permission_missing', 'a tool is not changed by anyone');
select test.enter('storekeeper');
select traveler.change_tool(test.the('wrench'), null, '{"name": "Wrench", "calibration_due": "2901-01-31", "archived": true}');
select is((select f.value_detail ->> 'calibration_due' from traveler.run_step_field f where f.id = test.the('tool')), '2900-01-31', 'whatever becomes of it later');
select is(traveler.change_tool(test.the('wrench'), null, '{"calibration_due": null, "archived": false, "serial_number": null}') - 'version' - 'id' - 'created_at',
    '{"name": "Wrench", "number": "TW-1", "overdue": false, "archived_at": null, "serial_number": null, "calibration_due": null}', 'null takes back what is no longer so');
select test.refuses(format($$ select traveler.create_tool(%L) $$, request), refusal, format('a tool: %s', request)) from (values
    ('{"number": "TW-1", "name": "Another"}', '23505 tool_number_key'), ('{"number": "", "name": "X"}', '23514 tool_number_length'), ('{"number": "N"}', '23502 null value in column "name" of relation "tool" violates not-null constraint'),
    ('{"number": "N", "name": "X", "calibration_due": "2026-02-30"}', 'TV422 P4 date_invalid'), ('{"number": "N", "name": "X", "calibration_due": "infinity"}', 'TV422 P4 date_invalid'),
    ('{"number": "N", "name": "X", "calibration_due": "today"}', 'TV422 P4 date_invalid')) r (request, refusal);
select test.refuses($$ select traveler.change_tool(test.the('part'), null, '{}') $$, 'TV404 T1 tool_unknown', 'a tool is one of the org''s');
select test.refuses($$ select traveler.change_tool(test.the('wrench'), 1, '{}') $$, 'TV412 stale', 'as it was read');
select test.enter('stranger');
select test.refuses($$ select traveler.change_tool(test.the('wrench'), null, '{}') $$, 'TV404 T1 tool_unknown', 'and no other org''s');
commit;

-- Units -------------------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select is(test.kept(value, unit), kept, format('%s %s is kept as %s', value, unit, kept)) from (values
    ('"1"', 'in', '25.4 from 1 in'), ('"1.000"', 'in', '25.4 from 1.000 in'), ('0.5', 'in', '12.7 from 0.5 in'), ('"-1"', 'mil', '-0.0254 from -1 mil'), ('"2.5"', 'cm', '25 from 2.5 cm'),
    ('"0.0000001"', 'km', '0.1 from 0.0000001 km'), ('"12.50"', 'mm', '12.50'), ('"12.50"', null, '12.50'), ('12.50', null, '12.50'), ('"999999999999999999999999999"', 'm', '999999999999999999999999999000 from 999999999999999999999999999 m')) v (value, unit, kept);
select test.refuses(format($$ select test.enter_in(test.the(%L), %L, %L) $$, field, value, unit), refusal, format('%s %s as %s', value, unit, field)) from (values
    ('length', '"1"', 'kg', 'TV422 P4 unit_not_convertible'), ('length', '"1"', 'IN', 'TV422 P4 unit_not_convertible'), ('length', '"1"', 'cubit', 'TV422 P4 unit_not_convertible'),
    ('length', '"1"', '', 'TV422 P4 unit_not_convertible'), ('count', '"1"', 'mm', 'TV422 P4 unit_not_convertible'), ('boards', '"1"', 'mm', 'TV422 P4 unit_not_convertible'), ('boards', '"1"', 'boards', 'went through'),
    ('tool', to_jsonb(test.the('hammer'))::text, 'mm', 'TV422 P4 unit_not_asked'), ('grid', '[{"n": "1"}]', 'mm', 'TV422 P4 unit_not_asked'), ('length', '"NaN"', 'in', 'TV422 P4 decimal_invalid'),
    ('length', '"Infinity"', 'in', 'TV422 P4 decimal_invalid'), ('length', '"1e400"', 'in', 'TV422 P4 decimal_invalid'), ('length', '"0x1F"', 'in', 'TV422 P4 decimal_invalid'), ('length', '"١"', 'in', 'TV422 P4 decimal_invalid'),
    ('length', '""', 'in', 'TV422 P4 decimal_invalid'), ('length', 'true', 'in', 'TV422 P4 decimal_invalid'), ('length', '["1"]', 'in', 'TV422 P4 decimal_invalid'),
    ('length', '"999999999999999999999999999999"', 'm', 'TV422 P4 field_value'), ('length', '"NaN"', null, 'TV422 P4 field_value'), ('length', '"1e400"', null, 'TV422 P4 field_value')) v (field, value, unit, refusal);
-- By psql: what is said to have been entered is what the value says.
select is(test.kept('"1"', 'in'), '25.4 from 1 in', 'what was entered stands beside the value');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(format('update traveler.run_step_field set %s where id = test.the(%L)', change, field), refusal, format('the owner: %s', change)) from (values
    ('value_detail = ''{"unit": "in", "value": "2"}''', 'length', 'TV422 P4 value_detail'), ('value_detail = ''{"unit": "kg", "value": "1"}''', 'length', 'TV422 P4 value_detail'),
    ('value_detail = ''{"unit": "in", "value": "1", "x": 1}''', 'length', 'TV422 P4 value_detail'), ('value_detail = ''[]''', 'length', 'TV422 P4 value_detail'),
    ('value_detail = ''{"unit": "in", "value": "NaN"}''', 'length', 'TV422 P4 decimal_invalid'), ('value_detail = ''{"unit": "cm", "value": "2.54"}''', 'length', 'went through'),
    ('value = ''"20"''', 'length', 'went through'), ('out_of_range = true', 'length', 'TV409 P4 derived'), ('value = to_jsonb(test.the(''yesterday''))', 'tool', 'TV409 P4 tool_overdue'),
    ('value = to_jsonb(test.the(''hammer'')), value_detail = ''{"number": "forged"}''', 'tool', 'went through'), ('value = ''[{"n": "1"}, {"n": "one"}]''', 'grid', 'TV422 P4 field_value'),
    ('value = ''[{"n": "1"}]'', value_detail = ''{"out_of_range": []}''', 'grid', 'went through'), ('value = ''[{"n": 1}]''', 'grid', 'TV422 P4 field_value'),
    ('compare_op = ''>''', 'inner', 'TV409 P2 run_is_a_copy'), ('datagrid = ''{}''', 'grid', 'TV409 P2 run_is_a_copy')) u (change, field, refusal);
select results_eq($$ select f.name collate "C", f.value_detail from traveler.run_step_field f where f.name in ('length', 'tool', 'grid') order by 1 $$,
    $$ values ('grid' collate "C", null::jsonb), ('length', null), ('tool', '{"name": "Hammer", "number": "H-1", "serial_number": null, "calibration_due": null}') $$,
    'a value that is written without what was entered leaves none behind; what is kept with it is not the writer''s to say');
select test.refuses($$ insert into traveler.run_step_field (org_id, run_id, run_step_id, position, name, type, out_of_range)
    values (test.org_id('acme'), test.the('run'), test.the('Fit'), 99, 'X', 'number', true) $$, 'TV409 P4 derived', 'nor is a new field out of range');
select test.refuses($$ insert into traveler.run_step_field (org_id, run_id, run_step_id, position, name, type, compare_op, compare_field_id)
    values (test.org_id('acme'), test.the('run'), test.the('Fit'), 99, 'X', 'number', '<', test.the('tool')) $$, 'TV422 P4 field_compare', 'a new one is not held against what is no number');
select test.refuses($$ insert into traveler.run_step_field (org_id, run_id, run_step_id, position, name, type, datagrid)
    values (test.org_id('acme'), test.the('run'), test.the('Fit'), 99, 'X', 'datagrid', '{}') $$, 'TV422 P4 datagrid_invalid', 'nor is a grid without columns one');
select test.refuses($$ update traveler.tool set number = 'X' where id = test.the('wrench') $$, 'TV409 P4 tool_identity', 'a tool keeps its number');
select test.refuses($$ insert into traveler.procedure_field (org_id, procedure_id, procedure_step_id, position, name, type, compare_op, compare_field_id)
    select s.org_id, s.procedure_id, s.id, 99, 'X', 'number', '<', (select f.id from traveler.procedure_field f where f.procedure_id = test.the('draft') and f.name = 'count')
    from traveler.procedure_step s where s.procedure_id = test.the('next') limit 1 $$, 'TV422 P4 field_compare', 'a field is not held against another procedure''s');
-- Exact where the units are, to 15 digits elsewhere; there and back again is the same.
select is(traveler_private.converted(value, from_unit, to_unit)::text, result, format('%s %s is %s %s', value, from_unit, result, to_unit)) from (values
    (32, '°F', '°C', '0'), (-40, '°C', '°F', '-40'), (98.6, '°F', '°C', '37'), (70, '°F', '°C', '21.1111111111111'), (0, 'K', '°C', '-273.15'), (1, 'psi', 'kPa', '6.89475729316836'),
    (100, 'kPa', 'psi', '14.5037737730209'), (1, 'N·m', 'lbf·ft', '0.737562149277265'), (1, 'lbf·ft', 'N·m', '1.3558179483314004'), (1, 'mm', 'in', '0.0393700787401575'), (0, 'psi', 'MPa', '0'),
    (1, 'pF', 'F', '0.000000000001'), (1, 'mm', 'mm', '1'), (1, 'mm', 'kg', null)) c (value, from_unit, to_unit, result);
select is_empty($$ select f.symbol, t.symbol, n from traveler.unit f join traveler.unit t on t.dimension = f.dimension, unnest('{0,1,-7.25,123456.789}'::numeric[]) n
    where abs(traveler_private.converted(traveler_private.converted(n, f.symbol, t.symbol), t.symbol, f.symbol) - n)
        > 1e-12 * greatest(abs(n), abs(traveler_private.converted(0, t.symbol, f.symbol)), 1) $$, 'each unit converts to each of its dimension and back');
rollback;
reset role;

-- Datagrids ---------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('technician');
select test.refuses(format($$ select test.value(test.the('grid'), %L) $$, value), refusal, format('a grid: %s', left(value, 80))) from (values
    ('[{"n": "1"}]', 'went through'), ('[{"n": 1.50, "t": null}]', 'went through'), (format('[{"n": "1", "t": "x", "b": true, "p": "pass", "d": "2026-02-28", "s": "x", "m": ["x", "y"], "u": "%s"}]', test.user_id('viewer')), 'went through'),
    ('[]', 'TV422 P4 field_value'), ('[{"n": "1"}, {"n": "1"}, {"n": "1"}, {"n": "1"}]', 'TV422 P4 field_value'), ('{}', 'TV422 P4 field_value'), ('"x"', 'TV422 P4 field_value'), ('[1]', 'TV422 P4 field_value'), ('[[]]', 'TV422 P4 field_value'),
    ('[{}]', 'TV422 P4 field_value'), ('[{"n": null}]', 'TV422 P4 field_value'), ('[{"n": "1", "z": "1"}]', 'TV422 P4 field_value'), ('[{"n": "NaN"}]', 'TV422 P4 field_value'), ('[{"n": "1e400"}]', 'TV422 P4 field_value'),
    ('[{"n": "0x1"}]', 'TV422 P4 field_value'), ('[{"n": "١"}]', 'TV422 P4 field_value'), ('[{"n": true}]', 'TV422 P4 field_value'), ('[{"n": {"n": "1"}}]', 'TV422 P4 field_value'), ('[{"n": "1", "t": ""}]', 'TV422 P4 field_value'),
    ('[{"n": "1", "t": 1}]', 'TV422 P4 field_value'), ('[{"n": "1", "b": "true"}]', 'TV422 P4 field_value'), ('[{"n": "1", "p": "PASS"}]', 'TV422 P4 field_value'), ('[{"n": "1", "d": "2026-02-30"}]', 'TV422 P4 field_value'),
    ('[{"n": "1", "s": "z"}]', 'TV422 P4 field_value'), ('[{"n": "1", "m": ["x", "x"]}]', 'TV422 P4 field_value'), ('[{"n": "1", "u": "x"}]', 'TV422 P4 field_value')) g (value, refusal);
select test.value(test.the('grid'), '[{"n": 1.5}, {"n": "1.50000001", "t": "x"}, {"n": -2}]');
select is((select f.value from traveler.run_step_field f where f.id = test.the('grid')), '[{"n": "1.5"}, {"n": "1.50000001", "t": "x"}, {"n": "-2"}]', 'numbers are kept as they were read');
select ok(test.out('grid'), 'a cell out of its column''s range is out of range');
select is((select f.value_detail from traveler.run_step_field f where f.id = test.the('grid')),
    '{"out_of_range": [{"row": 2, "value": "1.50000001", "column": "n"}, {"row": 3, "value": "-2", "column": "n"}]}', 'each is named');
select is((select b.what from traveler.run_step_completion_blocker b where b.subject_id = test.the('grid')), '"grid" has "n" 1.50000001 in row 2, out of its range.', 'and blocks the sign-off');
select test.value(test.the('grid'), '[{"n": "1.5"}]');
select ok(not test.out('grid') and (select f.value_detail is null from traveler.run_step_field f where f.id = test.the('grid')), 'until it is measured again');
select test.value(test.the('grid'), '[{"n": "2"}]');
select traveler.enter_values(test.the('Measure'), null, jsonb_build_object('values', jsonb_build_array(jsonb_build_object('field_id', test.the('grid'), 'not_applicable', true))));
select ok((select f.not_applicable and f.value is null and not f.out_of_range from traveler.run_step_field f where f.id = test.the('grid')), 'or not applicable');
commit;

-- One field against another -----------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.value(test.the('length'), 'null');
select test.enter_in(test.the('inner'), '"1"', 'in');
select ok(not test.out('inner'), 'without the other value there is nothing to be held against');
select test.value(test.the('length'), '"25.5"');
select ok(not test.out('inner'), '1 in is below 25.5 mm');
select test.value(test.the('length'), '"25.4"');
select ok(test.out('inner'), 'when the other value changes, this one is judged anew: 1 in is not below 25.4 mm');
select is((select b.what from traveler.run_step_completion_blocker b where b.subject_id = test.the('inner')), '"inner" is 1 in, which is not < "length": 25.4 mm.', 'in so many words');
select test.value(test.the('length'), 'null');
select ok(not test.out('inner'), 'when it is cleared, it blocks no more');
select traveler.enter_values(test.the('Fit'), null, jsonb_build_object('values', jsonb_build_array(jsonb_build_object('field_id', test.the('above'), 'value', '5'), jsonb_build_object('field_id', test.the('well above'), 'value', '5'))));
select ok(test.out('well above'), 'both in one request');
select traveler.enter_values(test.the('Fit'), null, jsonb_build_object('values', jsonb_build_array(jsonb_build_object('field_id', test.the('well above'), 'value', '7'), jsonb_build_object('field_id', test.the('above'), 'value', '6'))));
select ok(not test.out('well above'), 'in whatever order');
select test.value(test.the('length'), '"10"');
select test.value(test.the('equal'), '"10"'), test.value(test.the('below'), '"10.000"'), test.value(test.the('above'), '"10"');
select ok(not (test.out('equal') or test.out('below') or test.out('above')), '10 is =, <= and >= 10');
select test.value(test.the('equal'), '"9"'), test.value(test.the('below'), '"9"'), test.value(test.the('above'), '"9"');
select ok(test.out('equal') and not test.out('below') and test.out('above'), '9 is <= 10');
select test.value(test.the('equal'), '"11"'), test.value(test.the('below'), '"11"'), test.value(test.the('above'), '"11"');
select ok(test.out('equal') and test.out('below') and not test.out('above'), '11 is >= 10');
select test.value(test.the('length'), '"29"'), test.value(test.the('below'), '"101"');
select is((select b.what from traveler.run_step_completion_blocker b where b.subject_id = test.the('below')), '"below" is 101, outside any to 100.', 'its own limit speaks first');
select test.value(test.the('below'), '"1"'), test.value(test.the('equal'), 'null'), test.value(test.the('above'), '"30"'), test.value(test.the('well above'), '"31"');
select test.complete(test.the('Fit'));
commit;
-- What a step was signed off with is judged anew when what it is held against changes.
begin;
select test.enter('technician');
select test.value(test.the('length'), '"25"');
select ok(test.out('inner'), 'a value of a completed step is judged anew as well');
select is((select string_agg(b.kind, ' ') from traveler.completion_blocker b where b.subject_id = test.the('inner')), 'field_out_of_range', 'and blocks the completion');
select test.value(test.the('length'), '"26"');
select test.complete(test.the('Measure'));
select ok((select r.completed_at is not null from traveler.run r where r.id = test.the('run')), 'until it is right again');
commit;
reset session authorization;
create view test.as_built as
    select f.value as field from traveler.as_built_record a, jsonb_array_elements(a.document::jsonb -> 'steps') s, jsonb_array_elements(s -> 'fields') f;
begin;
select test.enter_owner();
select is((select field -> 'value_detail' ->> 'number' from test.as_built where field ->> 'name' = 'tool'), 'TW-1', 'the as-built record has the tool as it was');
select is((select field #>> '{datagrid,columns,0,unit}' from test.as_built where field ->> 'name' = 'grid'), 'mm', 'the grid''s columns');
select is((select field ->> 'compare_op' from test.as_built where field ->> 'name' = 'inner'), '<', 'and what was held against what');
select is((select a.document from traveler.as_built_record a), (select traveler.canonical_json(a.document::jsonb) from traveler.as_built_record a), 'in canonical form');
commit;
select test.whole();
select * from finish();

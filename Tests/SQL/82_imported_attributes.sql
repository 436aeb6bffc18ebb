-- Attributes come in with tables: judged as anyone's are, every fault with its row and column, all or nothing (E2, F2).
\ir support/world.psql
select plan(30);

create function test.define(p_record text, p_key text, p_type text, p_extra jsonb default '{}') returns uuid language sql as $$
    select (traveler.create_attribute_definition(jsonb_build_object('record', p_record, 'key', p_key, 'label', initcap(replace(p_key, '_', ' ')), 'type', p_type) || p_extra) ->> 'id')::uuid
$$;
create function test.import(p_kind text, p_rows jsonb) returns jsonb
language sql as $$ select traveler.import_rows(jsonb_build_object('kind', p_kind, 'rows', p_rows)) $$;
-- The faults of a refused import, one line each: row, column, code and words.
create function test.faults(p_kind text, p_rows jsonb) returns setof text
language sql as $$
    select concat_ws(' | ', f ->> 'row', f ->> 'column', f ->> 'code', f ->> 'detail')
    from jsonb_array_elements(test.refusal_detail(format('select test.import(%L, %L)', p_kind, p_rows), 'faults')) f
$$;
create function test.stock(p_lot text) returns jsonb
language sql as $$ select i.attributes from traveler.part_inventory i where i.org_id = traveler.current_org() and i.lot_number = p_lot $$;
-- What the trigger of a record refuses of one value, as the act of one record tells it.
create function test.alone(p_attributes jsonb) returns text
language plpgsql as $$
declare
    v_text text;
begin
    perform traveler.receive_inventory(jsonb_build_object('part_id', test.the('part'), 'lot_number', 'alone', 'attributes', p_attributes));
    return 'went through';
exception when others then
    get stacked diagnostics v_text = message_text;
    return v_text;
end
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('stranger');
select test.keep('their part', test.part('THEIRS'));
select test.define('part_inventory', 'theirs', 'text');
commit;
begin;
select test.enter('admin');
select test.keep('part', test.part('GLUE', 'lot')), test.keep('gone part', test.part('GONE'));
select is(test.import('inventory', '[{"part_number": "GLUE", "lot_number": "L0", "attribute.weight": null, "attributes": null}]') ->> 'created', '1', 'where nothing is defined, rows give nothing');
select results_eq($$ select test.faults('inventory', '[{"part_number": "GLUE", "lot_number": "L", "attribute.weight": "1"}]') $$,
    $$ values ('1 | attribute.weight | attribute_unknown | "weight" is no attribute of this kind of record.') $$, 'and can give nothing');
select test.define('part_inventory', k, t, e) from (values
    ('supplier', 'text', '{}'::jsonb), ('weight', 'number', '{}'), ('urgent', 'boolean', '{}'), ('day', 'date', '{}'), ('made', 'datetime', '{}'),
    ('colour', 'select', '{"options": ["red", "blue", "Grün"]}'), ('tags', 'multiselect', '{"options": ["a", "b; c", "[d", "old"]}'), ('owner', 'user', '{}'), ('spare', 'part', '{}'),
    ('grade', 'text', '{"default_value": "A"}'), ('quantity', 'number', '{"searchable": true}'), ('row', 'text', '{}'), ('ended', 'text', '{}')) d (k, t, e);
select test.define('procedure', 'steps', 'multiselect', '{"options": ["one", "two"]}'), test.define('procedure', 'requirements', 'multiselect', '{"options": ["x"]}'),
    test.define('procedure', 'price', 'number'), test.define('procedure', 'line', 'text', '{"default_value": "main"}');
select test.define('run_step', 'location', 'text'), test.define('run_step', 'torque', 'number'), test.define('run_step', 'tools', 'multiselect', '{"options": ["key", "saw"]}'),
    test.define('run_step', 'ready', 'boolean', '{"default_value": false}');
select traveler.change_attribute_definition(d.id, null, '{"retire_options": ["old"]}') from traveler.attribute_definition d where d.key = 'tags';
select traveler.change_attribute_definition(d.id, null, '{"retire_options": ["blue"]}') from traveler.attribute_definition d where d.key = 'colour';
select traveler.archive_attribute_definition(d.id, null) from traveler.attribute_definition d where d.key = 'ended';
select traveler.change_part(test.the('gone part'), null, '{"archived": true}');
commit;

-- Values --------------------------------------------------------------------------------------------------------------

begin;
select test.enter('storekeeper');
select is(test.import('inventory', jsonb_build_array(
        jsonb_build_object('part_number', 'GLUE', 'lot_number', 'cells', 'attribute.supplier', 'Größe "M"', 'attribute.weight', '12.50', 'attribute.urgent', 'true', 'attribute.day', '2026-02-28',
            'attribute.made', '2026-02-28T13:45:00+01:00', 'attribute.colour', 'Grün', 'attribute.tags', '["a","b; c"]', 'attribute.owner', upper(test.user_id('engineer')::text),
            'attribute.spare', test.the('part'), 'attribute.grade', 'B', 'attribute.quantity', '7', 'attribute.row', 'here'),
        jsonb_build_object('part_number', 'GLUE', 'lot_number', 'document', 'quantity', '2', 'attributes', jsonb_build_object('supplier', 'Größe "M"', 'weight', 12.50, 'urgent', true,
            'day', '2026-02-28', 'made', '2026-02-28T12:45:00Z', 'colour', 'Grün', 'tags', '["a", "b; c"]'::jsonb, 'owner', test.user_id('engineer'), 'spare', test.the('part'), 'grade', 'B',
            'quantity', 7, 'row', 'here')),
        jsonb_build_object('part_number', 'GLUE', 'lot_number', 'bare'))),
    '{"kind": "inventory", "rows": 3, "created": 3}', 'cells and documents come in');
select is(test.stock('cells'), jsonb_build_object('supplier', 'Größe "M"', 'weight', '12.50', 'urgent', true, 'day', '2026-02-28', 'made', '2026-02-28T12:45:00.000000Z', 'colour', 'Grün',
    'tags', '["a", "b; c"]'::jsonb, 'owner', test.user_id('engineer'), 'spare', test.the('part'), 'grade', 'B', 'quantity', '7', 'row', 'here'), 'a cell is the value that its text stands for, in the form in which it is kept');
select is(test.stock('document'), test.stock('cells'), 'and a document gives the same values');
select is((select i.quantity from traveler.part_inventory i where i.org_id = traveler.current_org() and i.lot_number = 'document'), 2.0, 'an attribute whose key is a column''s name is none of its');
select is(test.stock('bare'), '{"grade": "A"}', 'what is not given has its default');
select is((select count(*)::integer from traveler.records_by_attributes('part_inventory', '{"quantity": "7"}', null, false, 10, null, null, null, '{}')), 2, 'and what is searchable is found (F4)');
select is(test.import('inventory', '[{"part_number": "GLUE", "lot_number": "T1", "attribute.tags": "a"}, {"part_number": "GLUE", "lot_number": "T2", "attribute.tags": "[d; a"},
    {"part_number": "GLUE", "lot_number": "T3", "attribute.urgent": false, "attribute.weight": 3, "attributes": {"weight": 4, "grade": null}}]') ->> 'created', '3', 'lists with semicolons, numbers and truth in JSON');
select is(test.stock('T1') -> 'tags', '["a"]', 'one value');
select is(test.stock('T2') -> 'tags', '["[d", "a"]', 'an option that begins with a bracket');
select is(test.stock('T3'), '{"urgent": false, "weight": "3"}', 'null does without a default, and a cell goes before the document');
commit;

-- Faults --------------------------------------------------------------------------------------------------------------

begin;
select test.enter('storekeeper');
select results_eq(format('select test.faults(%L, %L)', 'inventory', jsonb_build_array(
        '{"row": 2, "part_number": "GLUE", "lot_number": "F", "attribute.wieght": "1", "attribute.it''s \"größe\"": "x", "attribute.weight": "heavy"}'::jsonb,
        '{"row": 3, "part_number": "NONE", "attribute.urgent": "yes", "attribute.colour": "blue", "attribute.tags": "a;old"}'::jsonb,
        '{"row": 4, "part_number": "GLUE", "lot_number": "F", "quantity": "0", "attribute.day": "2026-02-30", "attribute.made": "noon", "attribute.supplier": "", "attribute.ended": "x"}'::jsonb,
        jsonb_build_object('row', 5, 'part_number', 'GLUE', 'lot_number', 'F', 'attribute.owner', test.user_id('stranger'), 'attribute.spare', test.the('their part'), 'colour', 'red'),
        jsonb_build_object('row', 6, 'part_number', 'GLUE', 'lot_number', 'F', 'attributes', jsonb_build_object('spare', test.the('gone part'), 'urgent', 'true', 'tags', 'a', 'theirs', 'x', 'wieght', null)),
        '{"row": 7, "part_number": "GLUE", "lot_number": "F", "attributes": ["a"]}'::jsonb,
        jsonb_build_object('row', 8, 'part_number', 'GLUE', 'lot_number', 'F', 'attribute.supplier', repeat('x', 66000)),
        '{"row": 9, "part_number": "GLUE", "lot_number": "F", "attribute.tags": ["a", "a"], "attribute.weight": {"a": 1}, "attribute.colour": "green"}'::jsonb,
        '{"row": 10, "part_number": "GLUE", "lot_number": "F", "attribute.weight": "1"}'::jsonb)), $$ values
    ('2 | attribute.it''s "größe" | attribute_unknown | "it''s "größe"" is no attribute of this kind of record.'), ('2 | attribute.weight | wrong_type | "Weight" is a decimal number such as "12.50".'),
    ('2 | attribute.wieght | attribute_unknown | "wieght" is no attribute of this kind of record.'),
    ('3 | attribute.colour | option_retired | "Colour" is no longer "blue": the option is retired.'), ('3 | attribute.tags | option_retired | "Tags" no longer has "old": the option is retired.'),
    ('3 | attribute.urgent | wrong_type | "Urgent" is true or false.'), ('3 | part_number | part_unknown | There is no part NONE.'),
    ('4 | attribute.day | wrong_type | "Day" is a date such as "2026-02-28".'), ('4 | attribute.ended | attribute_archived | "Ended" is archived: no value is given any more.'),
    ('4 | attribute.made | wrong_type | "Made" is a time such as "2026-02-28T13:45:00Z".'), ('4 | attribute.supplier | wrong_type | "Supplier" is a text of 1 to 10,000 characters.'),
    ('4 | quantity | invalid | 0 is not a quantity: above zero, with up to 14 digits before the point and 6 after it.'),
    ('5 | attribute.owner | reference_unknown | "Owner" is the id of an active user of the org.'), ('5 | attribute.spare | reference_unknown | "Spare" is the id of a part of the org that is not archived.'),
    ('5 | colour | column_unknown | There is no column colour: there are part_number, revision, serial_number, lot_number, quantity, location, expires_at, attributes.'),
    ('6 | attribute.spare | reference_unknown | "Spare" is the id of a part of the org that is not archived.'), ('6 | attribute.tags | wrong_type | "Tags" is a list of its options.'),
    ('6 | attribute.theirs | attribute_unknown | "theirs" is no attribute of this kind of record.'), ('6 | attribute.urgent | wrong_type | "Urgent" is true or false.'),
    ('6 | attribute.wieght | attribute_unknown | "wieght" is no attribute of this kind of record.'),
    ('7 | attributes | attributes_invalid | Attributes are an object: values by their keys.'), ('8 | attributes | attributes_too_large | The attributes of a record take 64 KiB at most.'),
    ('9 | attribute.colour | option_unknown | "Colour" has no option "green".'), ('9 | attribute.tags | wrong_type | "Tags" is a list of its options, at least one, each once.'),
    ('9 | attribute.weight | wrong_type | "Weight" is a decimal number such as "12.50".') $$, 'every fault of every row at once, beside those of the row itself');
select is((select count(*)::integer from traveler.part_inventory i where i.lot_number = 'F'), 0, 'and no row came in, not even those without a fault');
-- The same functions judge, so the words are the same.
select is(test.alone('{"urgent": "yes"}'), '"Urgent" is true or false.', 'as for one unit: a wrong type');
select is(test.alone('{"wieght": 1}'), '"wieght" is no attribute of this kind of record.', 'an unknown key');
select is(test.alone('{"ended": "x"}'), '"Ended" is archived: no value is given any more.', 'an archived one');
select is(test.alone('[1]'), 'Attributes are an object: values by their keys.', 'what is no document');
select is(test.alone(jsonb_build_object('supplier', repeat('x', 66000))), 'The attributes of a record take 64 KiB at most.', 'one that is too large');
select is((select count(*)::integer from test.faults('inventory', (select jsonb_agg(jsonb_build_object('part_number', 'GLUE', 'lot_number', n::text, 'attribute.weight', repeat('[', n))) from generate_series(1, 2000) n))),
    2000, 'two thousand faults of one column, each told');
select results_eq(format('select test.faults(%L, %L)', 'inventory', jsonb_build_array(jsonb_build_object('part_number', 'GLUE', 'lot_number', 'F', 'attribute.tags', repeat('[', 60000)))),
    format('values (%L)', '1 | attribute.tags | option_unknown | "Tags" has no option "' || repeat('[', 100) || '".'), 'brackets without end are no list');
rollback;
begin;
select test.enter('admin');
select results_eq($$ select test.faults('parts', '[{"part_number": "P", "name": "P", "attribute.weight": "1", "attributes": {}}]') $$, $$ values
    ('1 | attribute.weight | column_unknown | There is no column attribute.weight: there are part_number, revision, name, description, tracking, unit, lot_traceability, number_pattern.'),
    ('1 | attributes | column_unknown | There is no column attributes: there are part_number, revision, name, description, tracking, unit, lot_traceability, number_pattern.') $$, 'parts have no attributes');
rollback;

-- Procedures and their steps ------------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select is(test.import('procedures', '[{"row": 2, "title": "Build", "attribute.price": "9.90", "attribute.steps": "one;two", "steps": [
        {"row": 2, "title": "Glue", "attribute.torque": "4", "attribute.tools": "saw", "attribute.ready": "true", "steps": [{"row": 3, "title": "Stir", "attribute.location": "Anywhere"}]}, {"row": 4, "title": "Press"}]},
    {"row": 5, "title": "Sweep", "attributes": {"steps": ["two"], "requirements": ["x"], "line": "side"}, "steps": [{"title": "Floor", "attributes": {"torque": 2, "tools": ["key", "saw"], "location": "Moon", "ready": null}}]}]'),
    '{"kind": "procedures", "rows": 2, "created": 2}', 'procedures come in with theirs');
select results_eq($$ select p.title, p.attributes from traveler.procedure p where p.org_id = traveler.current_org() order by 1 $$, $$ values
    ('Build', '{"price": "9.90", "steps": ["one", "two"], "line": "main"}'::jsonb), ('Sweep', '{"steps": ["two"], "requirements": ["x"], "line": "side"}') $$, 'and keys that a document has itself are no part of it');
select results_eq($$ select s.title, s.attributes from traveler.procedure_step s where s.org_id = traveler.current_org() order by 1 $$, $$ values
    ('Floor', '{"torque": "2", "tools": ["key", "saw"], "location": "Moon"}'::jsonb), ('Glue', '{"torque": "4", "tools": ["saw"], "ready": true}'), ('Press', '{"ready": false}'),
    ('Stir', '{"location": "Anywhere", "ready": false}') $$, 'and so do their steps');
select results_eq($$ select test.faults('procedures', '[{"row": 2, "title": "Far", "attribute.price": "much", "attribute.torque": "1", "steps": [{"row": 2, "title": "Glue", "attribute.torque": "tight"},
        {"row": 3, "title": "Press", "location": "Moon", "attribute.price": "1", "attributes": {"tools": ["hammer"]}, "steps": [{"row": 4, "title": "Deep", "attribute.ready": "yes"}]}]},
    {"row": 5, "colour": "red", "steps": [{"title": "x"}]}, {"row": 6, "title": "Ring", "steps": [{"title": "x", "after": ["nobody"]}]},
    {"row": 7, "title": "Odd", "attributes": 7, "steps": [{"title": "x", "attributes": "y"}, 7]}, {"row": 8, "title": "Fine", "attributes": {"price": 1}, "steps": [{"title": "x"}]}]') $$, $$ values
    ('2 | attribute.price | wrong_type | "Price" is a decimal number such as "12.50".'), ('2 | attribute.torque | attribute_unknown | "torque" is no attribute of this kind of record.'),
    ('2 | step_attribute.torque | wrong_type | Step Glue: "Torque" is a decimal number such as "12.50".'),
    ('3 | location | unknown | There is no location Moon.'),
    ('3 | step_attribute.price | attribute_unknown | Step Press: "price" is no attribute of this kind of record.'), ('3 | step_attribute.tools | option_unknown | Step Press: "Tools" has no option "hammer".'),
    ('4 | step_attribute.ready | wrong_type | Step Deep: "Ready" is true or false.'),
    ('5 | colour | column_unknown | There is no column colour: there are title, description, part_number, revision, standard, attributes, steps.'), ('5 | title | missing | A procedure has a title.'),
    ('6 | steps | step_key_unknown | "after" names nobody, which is no step''s key.'),
    ('7 | attributes | attributes_invalid | Attributes are an object: values by their keys.'), ('7 | step_attributes | attributes_invalid | Step x: Attributes are an object: values by their keys.'),
    ('7 | steps | invalid | Steps are an array of objects.') $$, 'faults of procedures and of steps stand in their rows, told at once and once');
select is((select count(*)::integer from traveler.procedure p where p.org_id = traveler.current_org()), 2, 'and of a refused import no draft stays');
commit;

-- Another org has its own attributes (T1).
begin;
select test.enter('stranger');
select results_eq($$ select test.faults('inventory', '[{"part_number": "THEIRS", "attribute.theirs": "x"}, {"part_number": "THEIRS", "attribute.weight": "1"}]') $$,
    $$ values ('2 | attribute.weight | attribute_unknown | "weight" is no attribute of this kind of record.') $$, 'what the other org defined is unknown');
commit;
reset session authorization;
select results_eq($$ select h.payload::jsonb #> '{after,attributes}', h.reason from traveler.transaction_history h
    where h.table_name = 'part_inventory' and h.operation = 'insert' and h.payload::jsonb #>> '{after,lot_number}' = 'T1' $$,
    $$ values ('{"tags": ["a"], "grade": "A"}'::jsonb, 'Import of inventory') $$, 'the history has them, and that it was an import (Y1)');
select is_empty('select * from traveler.integrity_violations', 'all holds');

select * from finish();

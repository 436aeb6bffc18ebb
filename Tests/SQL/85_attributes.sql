-- F1-F4: attributes that an org defines; what their values may be, whoever writes them.
\ir support/world.psql
select plan(185);

create function test.define(p_record text, p_key text, p_type text, p_extra jsonb default '{}') returns uuid language sql as $$
    select (traveler.create_attribute_definition(jsonb_build_object('record', p_record, 'key', p_key, 'label', initcap(replace(p_key, '_', ' ')), 'type', p_type) || p_extra) ->> 'id')::uuid
$$;
create function test.redefine(p_name text, p_change jsonb) returns jsonb language sql as $$ select traveler.change_attribute_definition(test.the(p_name), null, p_change) $$;
create function test.set_run(p_run text, p_attributes jsonb) returns jsonb language sql as $$
    select traveler.set_run_attributes(test.the(p_run), null, jsonb_build_object('attributes', p_attributes)) -> 'attributes'
$$;
create function test.attributes(p_run text) returns jsonb language sql as $$ select r.attributes from traveler.run r where r.id = test.the(p_run) $$;
-- What is refused of each key: "code key", in the order of the keys.
create function test.faults(p_sql text) returns text language sql as $$
    select string_agg((f ->> 'code') || ' ' || (f ->> 'key'), ', ' order by f ->> 'key' collate "C") from jsonb_array_elements(test.refusal_detail(p_sql, 'attributes')) f
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('stranger');
select test.keep('their part', test.part('THEIRS'));
commit;
begin;
select test.enter('admin');
select test.keep('part', test.part('PUMP', 'lot')), test.keep('old part', test.part('OLD'));
select traveler.change_part(test.the('old part'), null, '{"archived": true}');
select test.keep('procedure', test.released('Build', test.the('part'), '[{"title": "A"}]'));
select test.keep('bare', test.run(test.the('procedure'), '{"lot_number": "L0"}'));
select is(test.attributes('bare'), '{}', 'where nothing is defined, a run has no attributes');
select test.refuses($$ select test.set_run('bare', '{"order_no": "1"}') $$, 'TV422 F2 attributes_refused', 'and can be given none');
commit;

-- F1: definitions ---------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep(k, test.define('run', k, t, e)) from (values
    ('order_no', 'text', '{}'::jsonb), ('weight', 'number', '{}'), ('urgent', 'boolean', '{}'), ('due_day', 'date', '{}'), ('promised', 'datetime', '{}'),
    ('colour', 'select', '{"options": ["red", "blue", "Grün"]}'), ('tags', 'multiselect', '{"options": ["a", "b", "c"]}'), ('drawing', 'file', '{}'),
    ('owner', 'user', '{}'), ('spare', 'part', '{}')) d (k, t, e);
select is((select string_agg(d.key, ' ' order by d.key) from traveler.attribute_definition d), 'colour drawing due_day order_no owner promised spare tags urgent weight',
    'F1: an org defines attributes of each type');
select is((select d - array['id', 'created_at', 'created_by'] from traveler.attribute_definition_json(test.the('colour')) d),
    '{"record": "run", "key": "colour", "label": "Colour", "type": "select", "options": ["red", "blue", "Grün"], "retired_options": [], "required": false, "required_from": "completion",
      "required_at": null, "default_value": null, "searchable": false, "archived_at": null, "version": 1}', 'and reads them');
select test.refuses(format($$ select test.define(%L, %L, %L, %L) $$, record, key, type, extra), refusal, format('no attribute: %s', what)) from (values
    ('of what there is not', 'part', 'x', 'text', '{}', '23514 attribute_definition_record'), ('of no type', 'run', 'x', 'money', '{}', '23514 attribute_definition_type'),
    ('twice', 'run', 'order_no', 'text', '{}', '23505 attribute_definition_key_key'),
    ('a key in capitals', 'run', 'Order', 'text', '{}', '23514 attribute_definition_key_form'), ('a key that begins with a digit', 'run', '1st', 'text', '{}', '23514 attribute_definition_key_form'),
    ('a key with a quote', 'run', 'a''b', 'text', '{}', '23514 attribute_definition_key_form'), ('a key of two words', 'run', 'a b', 'text', '{}', '23514 attribute_definition_key_form'),
    ('a key with an umlaut', 'run', 'größe', 'text', '{}', '23514 attribute_definition_key_form'), ('a key and a line', 'run', E'a\n', 'text', '{}', '23514 attribute_definition_key_form'),
    ('a key of 64', 'run', repeat('a', 64), 'text', '{}', '23514 attribute_definition_key_form'), ('no label', 'run', 'x', 'text', '{"label": " "}', '23514 attribute_definition_label_length'),
    ('options of a text', 'run', 'x', 'text', '{"options": ["a"]}', 'TV422 F1 options_not_asked'), ('no options', 'run', 'x', 'select', '{}', 'TV422 F1 options_missing'),
    ('an option twice', 'run', 'x', 'select', '{"options": ["a", "a"]}', 'TV422 F1 option_invalid'), ('a blank option', 'run', 'x', 'select', '{"options": ["a", " "]}', 'TV422 F1 option_invalid'),
    ('a null option', 'run', 'x', 'select', '{"options": ["a", null]}', 'TV422 F1 option_invalid'),
    ('501 options', 'run', 'x', 'select', jsonb_build_object('options', (select jsonb_agg(n::text) from generate_series(1, 501) n))::text, 'TV422 F1 options_too_many'),
    ('a default of another type', 'run', 'x', 'number', '{"default_value": "many"}', 'TV422 F1 default_invalid'),
    ('a default that is no option', 'run', 'x', 'select', '{"options": ["a"], "default_value": "b"}', 'TV422 F1 default_invalid'),
    ('a default in the other org', 'run', 'x', 'user', jsonb_build_object('default_value', test.user_id('stranger'))::text, 'TV422 F1 default_invalid'),
    ('required from then on', 'run', 'x', 'text', '{"required_from": "birth"}', '23514 attribute_definition_required_from'),
    ('of issues, from their creation', 'issue', 'x', 'text', '{"required": true, "required_from": "creation"}', '23514 attribute_definition_required_from')) x (what, record, key, type, extra, refusal);
select lives_ok($$ select test.define('run', repeat('k', 63), 'text', '{"label": "Größe ☃ ''\"<b>"}') $$, 'a label may be anything');
select lives_ok($$ select test.define('procedure', 'order_no', 'text') $$, 'and each kind of record has keys of its own');
commit;
begin;
select test.enter('engineer');
select test.refuses($$ select test.define('run', 'x', 'text') $$, 'TV403 T3 permission_missing', 'T3: attributes are defined by who may');
select test.refuses($$ select test.redefine('colour', '{"label": "X"}') $$, 'TV403 T3 permission_missing', 'changed');
select test.refuses($$ select traveler.archive_attribute_definition(test.the('colour'), null) $$, 'TV403 T3 permission_missing', 'and archived');
commit;
begin;
select test.enter('stranger');
select is((select count(*) from traveler.attribute_definition), 0::bigint, 'T1: another org sees none of them');
select test.refuses($$ select test.redefine('colour', '{"label": "X"}') $$, 'TV404 T1 attribute_unknown', 'changes none');
select test.refuses($$ select traveler.archive_attribute_definition(test.the('colour'), null) $$, 'TV404 T1 attribute_unknown', 'and archives none');
select is(traveler.attribute_definition_json(test.the('colour')), null, 'nor reads one');
commit;

-- F2: values --------------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select is(test.set_run('bare', format('{"order_no": "4711 ''\"☃", "weight": 12.50, "urgent": true, "due_day": "2026-02-28", "promised": "2026-02-28T13:45:00+01:00", "colour": "Grün",
    "tags": ["c", "a"], "owner": "%s", "spare": "%s"}', upper(test.user_id('quality')::text), test.the('part'))::jsonb),
    format('{"order_no": "4711 ''\"☃", "weight": "12.50", "urgent": true, "due_day": "2026-02-28", "promised": "2026-02-28T12:45:00.000000Z", "colour": "Grün",
    "tags": ["c", "a"], "owner": "%s", "spare": "%s"}', test.user_id('quality'), test.the('part'))::jsonb, 'F2: values are kept in one form: decimal strings, times in UTC, ids in lower case');
select is(test.set_run('bare', '{"weight": "-007.1", "tags": null, "due_day": null}') ->> 'weight', '-007.1', 'a number keeps its digits');
select is(test.attributes('bare') ?| array['tags', 'due_day'], false, 'null takes a value away');
select is(test.attributes('bare') ->> 'colour', 'Grün', 'and what is not named stays');
select is((select count(*) from traveler.transaction_history h where h.root_id = test.the('bare') and h.table_name = 'run' and h.payload::jsonb #>> '{after,attributes,weight}' is not null), 2::bigint,
    'Y1: each change is an entry of the run''s history');
select test.set_run('bare', '{"weight": "-007.1", "tags": null}');
select is((select r.version from traveler.run r where r.id = test.the('bare')), 3, 'what changes nothing is no change');
select is(test.faults(format($$ select test.set_run('bare', %L) $$, attributes)), fault, format('refused: %s', attributes)) from (values
    ('{"order_no": 1}', 'wrong_type order_no'), ('{"order_no": ""}', 'wrong_type order_no'), (format('{"order_no": "%s"}', repeat('x', 10001)), 'wrong_type order_no'),
    ('{"weight": "heavy"}', 'wrong_type weight'), ('{"weight": "NaN"}', 'wrong_type weight'), ('{"weight": 1e40}', 'wrong_type weight'), ('{"weight": "1e3"}', 'wrong_type weight'),
    ('{"weight": true}', 'wrong_type weight'), ('{"weight": [1]}', 'wrong_type weight'),
    ('{"urgent": "true"}', 'wrong_type urgent'), ('{"urgent": 1}', 'wrong_type urgent'),
    ('{"due_day": "2026-02-29"}', 'wrong_type due_day'), ('{"due_day": "tomorrow"}', 'wrong_type due_day'), ('{"due_day": "infinity"}', 'wrong_type due_day'), ('{"due_day": 20260228}', 'wrong_type due_day'),
    ('{"promised": "2026-02-28"}', 'wrong_type promised'), ('{"promised": "2026-02-28T24:00:00Z"}', 'wrong_type promised'), ('{"promised": "2026-02-30T00:00:00Z"}', 'wrong_type promised'),
    ('{"promised": "2026-02-28T13:45:00"}', 'wrong_type promised'), ('{"promised": "2026-02-28T13:45:00+99:00"}', 'wrong_type promised'), ('{"promised": "9999-12-31T23:59:59-01:00"}', 'wrong_type promised'),
    ('{"promised": "0001-01-01T00:00:00+01:00"}', 'wrong_type promised'),
    ('{"colour": "green"}', 'option_unknown colour'), ('{"colour": ["red"]}', 'wrong_type colour'), ('{"colour": "RED"}', 'option_unknown colour'),
    ('{"tags": []}', 'wrong_type tags'), ('{"tags": ["a", "a"]}', 'wrong_type tags'), ('{"tags": ["a", 1]}', 'wrong_type tags'), ('{"tags": ["a", "d"]}', 'option_unknown tags'), ('{"tags": "a"}', 'wrong_type tags'),
    ('{"owner": "quality"}', 'wrong_type owner'), (format('{"owner": "%s"}', traveler.new_id()), 'reference_unknown owner'), (format('{"owner": "%s"}', test.user_id('stranger')), 'reference_unknown owner'),
    (format('{"spare": "%s"}', test.the('their part')), 'reference_unknown spare'), (format('{"spare": "%s"}', test.the('old part')), 'reference_unknown spare'),
    (format('{"drawing": "%s"}', traveler.new_id()), 'reference_unknown drawing'), ('{"drawing": {"id": 1}}', 'wrong_type drawing'),
    ('{"nothing": null}', 'attribute_unknown nothing'), ('{"": 1}', 'attribute_unknown '), ('{"a''b\"☃": 1}', 'attribute_unknown a''b"☃'),
    ('{"order_no": 1, "weight": "x", "nothing": 1, "colour": "green"}', 'option_unknown colour, attribute_unknown nothing, wrong_type order_no, wrong_type weight')) x (attributes, fault);
select is(test.refusal_detail($$ select test.set_run('bare', '{"weight": "x", "colour": "green"}') $$, 'attributes') -> 0,
    '{"key": "colour", "label": "Colour", "code": "option_unknown", "detail": "has no option \"green\""}', 'each is named, with what is wrong');
select test.refuses(format($$ select test.set_run('bare', %L) $$, attributes), refusal, what) from (values
    ('1 MB of one value is refused', jsonb_build_object('order_no', repeat('x', 1048576)), 'TV422 F2 attributes_too_large'),
    ('of one key', jsonb_build_object(repeat('x', 1048576), 1), 'TV422 F2 attributes_too_large'),
    ('of many keys', (select jsonb_object_agg('k' || n, repeat('x', 100)) from generate_series(1, 10000) n), 'TV422 F2 attributes_too_large'),
    ('64 KiB of unknown keys as well', (select jsonb_object_agg('k' || n, '') from generate_series(1, 4000) n), 'TV422 F2 attributes_refused')) x (what, attributes, refusal);
select is(jsonb_array_length(test.refusal_detail($$ select test.set_run('bare', (select jsonb_object_agg('k' || n, '') from generate_series(1, 4000) n)) $$, 'attributes')), 100, 'of which a hundred are named');
select test.refuses($$ select traveler.set_run_attributes(test.the('bare'), null, '{"attributes": [1]}') $$, 'TV422 F2 attributes_invalid', 'what is no object is no attributes');
select test.refuses($$ select traveler.set_run_attributes(traveler.new_id(), null, '{"attributes": {}}') $$, 'TV404 T1 run_unknown', 'of a run that is not there');
select test.refuses($$ select traveler.set_run_attributes(test.the('bare'), 1, '{"attributes": {}}') $$, 'TV412 stale', 'or that was another');
select test.denied($$ update traveler.run set attributes = '{}' $$, 'the service writes none by itself');
select test.denied($$ update traveler.attribute_definition set type = 'text' $$, 'nor a definition');
select test.enter('viewer');
select test.refuses($$ select test.set_run('bare', '{"weight": "1"}') $$, 'TV403 T3 permission_missing', 'T3: who only looks gives none');
select test.enter('stranger');
select test.refuses($$ select test.set_run('bare', '{"weight": "1"}') $$, 'TV404 T1 run_unknown', 'T1: nor does another org');
commit;

-- What changes while there are values.
begin;
select test.enter('admin');
select test.redefine('colour', '{"retire_options": ["Grün"], "options": ["black"], "label": "Farbe"}');
select is((select format('%s %s %s', d.label, d.options, d.retired_options) from traveler.attribute_definition d where d.id = test.the('colour')), 'Farbe {red,blue,Grün,black} {Grün}',
    'F1: options are added and retired');
select is(test.set_run('bare', '{"weight": "2"}') ->> 'colour', 'Grün', 'F2: a value stays when its option is retired');
select is(test.set_run('bare', '{"colour": "Grün"}') ->> 'colour', 'Grün', 'said again it is no change');
select is(test.set_run('bare', '{"colour": "black"}') ->> 'colour', 'black', 'a new one is as good as any');
select is(test.faults($$ select test.set_run('bare', '{"colour": "Grün"}') $$), 'option_retired colour', 'a retired one is not given anew');
select test.redefine('colour', '{"restore_options": ["Grün"]}');
select is(test.set_run('bare', '{"colour": "Grün"}') ->> 'colour', 'Grün', 'until it is one again');
select test.redefine('tags', '{"retire_options": ["b"]}');
select is(test.faults($$ select test.set_run('bare', '{"tags": ["a", "b"]}') $$), 'option_retired tags', 'nor in a list');
select test.refuses(format($$ select test.redefine(%L, %L) $$, name, change), refusal, format('not: %s', change)) from (values
    ('colour', '{"key": "color"}', 'TV409 F1 attribute_has_values'), ('weight', '{"type": "text"}', 'TV409 F1 attribute_has_values'),
    ('colour', '{"type": "text"}', 'TV409 F1 attribute_has_values'),
    ('colour', '{"retire_options": ["pink"]}', 'TV422 F1 option_unknown'), ('colour', '{"restore_options": ["pink"]}', 'TV422 F1 option_unknown'), ('colour', '{"options": ["red"]}', 'TV422 F1 option_invalid'),
    ('weight', '{"label": ""}', '23514 attribute_definition_label_length'), ('weight', '{"default_value": "x"}', 'TV422 F1 default_invalid')) x (name, change, refusal);
select test.redefine('due_day', '{"key": "day", "type": "text"}');
select is((select d.key || ' ' || d.type from traveler.attribute_definition d where d.id = test.the('due_day')), 'day text', 'what has no value yet may be called otherwise, and be of another type');
select test.redefine('due_day', '{"key": "due_day", "type": "date"}');
savepoint shape;
select test.keep('shape', test.define('run', 'shape', 'select', '{"options": ["round", "flat"], "searchable": true}'));
select test.redefine('shape', '{"retire_options": ["flat"]}');
select is(test.redefine('shape', '{"type": "multiselect"}') -> 'retired_options', '["flat"]', 'of several options, they are what they were');
select is(test.redefine('shape', '{"type": "number"}') - array['id', 'created_at', 'created_by', 'version', 'label'],
    '{"record": "run", "key": "shape", "type": "number", "options": [], "retired_options": [], "required": false, "required_from": "completion", "required_at": null,
      "default_value": null, "searchable": true, "archived_at": null}', 'and no type without options takes them along');
select is(test.set_run('bare', '{"shape": 1.5}') ->> 'shape', '1.5', 'to be given what that type takes');
rollback to shape;
select test.refuses($$ select traveler.change_attribute_definition(test.the('weight'), 9, '{}') $$, 'TV412 stale', 'a stale change is told');
-- Who is referred to goes; the value stays.
select traveler.change_user(test.user_id('quality'), null, '{"active": false}');
select is(test.set_run('bare', '{"weight": "3"}') ->> 'owner', test.user_id('quality')::text, 'a value stays when its user is gone');
select is(test.set_run('bare', format('{"owner": "%s"}', test.user_id('engineer'))::jsonb) ->> 'owner', test.user_id('engineer')::text, 'may be replaced');
select is(test.faults(format($$ select test.set_run('bare', '{"owner": "%s"}') $$, test.user_id('quality'))), 'reference_unknown owner', 'and not given anew');
select traveler.change_user(test.user_id('quality'), null, '{"active": true}');
commit;

-- Defaults, inheritance, what is required -------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.redefine('colour', '{"default_value": "red"}'), test.redefine('weight', '{"default_value": 1.50}'), test.redefine('promised', '{"default_value": "2026-01-01T00:00:00Z"}');
select is(test.set_run('bare', '{}') ->> 'promised', '2026-02-28T12:45:00.000000Z', 'a default changes nothing that is there');
select test.keep('defaulted', test.run(test.the('procedure'), '{"lot_number": "L1"}'));
select is(test.attributes('defaulted'), '{"colour": "red", "weight": "1.50", "promised": "2026-01-01T00:00:00.000000Z"}', 'a new run has the defaults');
select test.keep('given', test.run(test.the('procedure'), '{"lot_number": "L2", "attributes": {"colour": "blue", "weight": null}}'));
select is(test.attributes('given'), '{"colour": "blue", "promised": "2026-01-01T00:00:00.000000Z"}', 'unless it is given others, or none');
select test.refuses($$ select test.redefine('colour', '{"retire_options": ["red"]}') $$, 'TV422 F1 default_invalid', 'a default is no retired option');
select is(test.faults($$ select test.run(test.the('procedure'), '{"attributes": {"weight": "x", "x": 1}}') $$), 'wrong_type weight, attribute_unknown x', 'a run is not made with what it can''t have');
select test.redefine('owner', jsonb_build_object('default_value', test.user_id('peer')));
select traveler.change_user(test.user_id('peer'), null, '{"active": false}');
select is(test.faults($$ select test.run(test.the('procedure')) $$), 'reference_unknown owner', 'a default that holds no longer is named');
select test.redefine('owner', '{"default_value": null}'), traveler.change_user(test.user_id('peer'), null, '{"active": true}');

-- F3: from the procedure.
select test.define('procedure', 'tags', 'multiselect', '{"options": ["a", "z"]}'), test.define('procedure', 'weight', 'text'), test.define('procedure', 'note', 'text');
select test.keep('rich', test.draft('Rich', test.the('part'), '[{"title": "A"}]'));
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
update traveler.procedure set attributes = '{"order_no": "P1", "tags": ["a"], "weight": "light", "note": "x"}' where id = test.the('rich');
select is(test.faults($$ update traveler.procedure set attributes = '{"colour": "red"}' where id = test.the('rich') $$), 'attribute_unknown colour', 'a procedure has attributes of its own');
commit;
reset role;
set session authorization traveler_service;
begin;
select test.enter('admin');
select traveler.move_procedure(test.the('rich'), null, 'released');
select test.keep('heir', test.run(test.the('rich'), '{"lot_number": "L3"}'));
select is(test.attributes('heir') - 'promised', '{"order_no": "P1", "tags": ["a"], "weight": "1.50", "colour": "red"}', 'F3: a run inherits what its procedure has under the same key and of the same type');
select is(test.attributes('bare') ->> 'order_no', '4711 ''"☃', 'and a run that is there keeps its own');
select test.keep('own', test.run(test.the('rich'), '{"lot_number": "L4", "attributes": {"order_no": "mine", "tags": null}}'));
select is(test.attributes('own') - array['promised', 'weight', 'colour'], '{"order_no": "mine"}', 'what it is given wins, null as well');
select test.redefine('tags', '{"retire_options": ["a"]}');
select is(test.faults($$ select test.run(test.the('rich')) $$), 'option_retired tags', 'what it would inherit is judged as if it were given');
select lives_ok($$ select test.keep('without', test.run(test.the('rich'), '{"attributes": {"tags": ["c"]}}')) $$, 'and need not be taken');
select test.redefine('tags', '{"restore_options": ["a"]}');
select test.keep('rich 2', (traveler.new_procedure_version(test.the('rich')) ->> 'id')::uuid);
commit;

-- Required.
begin;
select test.enter('admin');
select test.redefine('order_no', '{"required": true, "required_from": "creation"}');
select isnt((select d.required_at from traveler.attribute_definition d where d.id = test.the('order_no')), null, 'since when it is required is kept');
select is(test.faults($$ select test.run(test.the('procedure'), '{"attributes": {"weight": "x"}}') $$), 'attribute_missing order_no, wrong_type weight', 'a run is not made without what is required from its creation');
select test.keep('bound', test.run(test.the('procedure'), '{"lot_number": "L5", "attributes": {"order_no": "1"}}'));
select is(test.faults($$ select test.set_run('bound', '{"order_no": null}') $$), 'attribute_missing order_no', 'nor is it taken away');
select is(test.set_run('bound', '{"order_no": "2"}') ->> 'order_no', '2', 'though changed');
select test.work(test.step(test.the('defaulted'), 'A'));
select is((select string_agg(b.kind || ' ' || b.what, '; ') from traveler.completion_blocker b where b.run_id = test.the('defaulted')), 'attribute_missing "Order No" has no value.',
    'C1: one that was there before meets it as a gate');
select is((select r.completed_at from traveler.run r where r.id = test.the('defaulted')), null, 'and does not complete');
select test.refuses($$ select traveler.complete_run(test.the('defaulted')) $$, 'TV409 C4 completion_blocked', 'however it is asked to');
select is(traveler.blocker_permission('attribute_missing'), 'run.update', 'who can clear it is told');
select test.redefine('urgent', '{"required": true}');
select test.work(test.step(test.the('bound'), 'A'));
select is((select string_agg(concat_ws(' ', b.subject_id = test.the('urgent'), b.kind), '; ') from traveler.completion_blocker b where b.run_id = test.the('bound')), 't attribute_missing',
    'what is required at completion is a gate as well');
select test.set_run('bound', '{"urgent": false}');
select is((select count(*) from traveler.completion_blocker b where b.run_id = test.the('bound')), 0::bigint, 'false is a value');
select traveler.complete_run(test.the('bound'));
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ update traveler.run set completed_at = now() where id = test.the('defaulted') $$, 'TV409 C4 completion_blocked', 'the owner completes no run without');
commit;
reset role;
set session authorization traveler_service;

-- C5: locked, and in the record.
begin;
select test.enter('admin');
select test.refuses($$ select test.set_run('bound', '{"order_no": "3"}') $$, 'TV409 C5 run_completed', 'C5: a completed run''s attributes are locked');
select is((select a.document::jsonb -> 'attributes' from traveler.as_built_record a where a.run_id = test.the('bound')),
    '[{"key": "colour", "label": "Farbe", "type": "select", "value": "red", "detail": null}, {"key": "order_no", "label": "Order No", "type": "text", "value": "2", "detail": null},
      {"key": "promised", "label": "Promised", "type": "datetime", "value": "2026-01-01T00:00:00.000000Z", "detail": null}, {"key": "urgent", "label": "Urgent", "type": "boolean", "value": false, "detail": null},
      {"key": "weight", "label": "Weight", "type": "number", "value": "1.50", "detail": null}]', 'and stand in its as-built record');
select is((select a.document = traveler.canonical_json(a.document::jsonb) from traveler.as_built_record a where a.run_id = test.the('bound')), true, 'in canonical form');
select test.redefine('tags', '{"required": true}');
select is((select count(*) from traveler.completion_blocker b where b.run_id = test.the('bound')), 0::bigint, 'what is required from now on asks nothing of it');
select test.redefine('tags', '{"required": false}');
select traveler.reopen_run(test.the('bound'), null, 'the order was another');
select is(test.set_run('bound', format('{"order_no": "3", "owner": "%s", "spare": "%s"}', test.user_id('engineer'), test.the('part'))::jsonb) ->> 'order_no', '3', 'C6: reopened, they are open again');
select traveler.complete_run(test.the('bound'));
select is((select string_agg((x ->> 'key') || ' ' || coalesce(x #>> '{detail,part_number}', x #>> '{detail,name}', x ->> 'value'), ', ') from traveler.as_built_record a, jsonb_array_elements(a.document::jsonb -> 'attributes') x
    where a.run_id = test.the('bound') and a.number = 2 and x ->> 'key' in ('order_no', 'owner', 'spare')), 'order_no 3, owner Engineer, spare PUMP', 'the second record says so, and what ids stood for');
select is((select a.document = traveler.canonical_json(a.document::jsonb) from traveler.as_built_record a where a.run_id = test.the('bound') and a.number = 2), true, 'canonical as well');
select is((select count(*) > 0 from jsonb_array_elements(traveler.as_built_difference(test.the('bound'), 1)) d where d ->> 'path' like '/attributes/%'), true, 'and the two can be compared');
commit;

-- Archived.
begin;
select test.enter('admin');
select traveler.archive_attribute_definition(test.the('order_no'), null);
select is(test.attributes('own') ->> 'order_no', 'mine', 'T4: when an attribute is archived, its values stay');
select is(test.faults($$ select test.set_run('own', '{"order_no": "x"}') $$), 'attribute_archived order_no', 'no other is given');
select is(test.set_run('own', '{"weight": "9"}') ->> 'order_no', 'mine', 'it is in nobody''s way');
select is(test.set_run('own', '{"order_no": null}') ? 'order_no', false, 'can be taken away');
select is((select count(*) from traveler.completion_blocker b where b.subject_id = test.the('order_no')), 0::bigint, 'and nobody waits for one');
select test.refuses($$ select test.define('run', 'order_no', 'number') $$, '23505 attribute_definition_key_key', 'its key stays its own');
select test.refuses($$ select test.redefine('order_no', '{"label": "X"}') $$, 'TV409 T4 attribute_archived', 'it stays as it is');
select test.refuses($$ select traveler.archive_attribute_definition(test.the('order_no'), null) $$, 'TV409 T4 attribute_archived', 'and is archived once');
select lives_ok($$ select test.keep('heir 2', test.run(test.the('rich'))) $$, 'a run is made without it');
select is(test.attributes('heir 2') ? 'order_no', false, 'and inherits none');
commit;

-- The owner, by hand ---------------------------------------------------------------------------------------------------

reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(statement, refusal, format('not the owner either: %s', test.brief(statement))) from (values
    ($$ update traveler.run set attributes = '{"weight": "heavy"}' where id = test.the('own') $$, 'TV422 F2 attributes_refused'),
    ($$ update traveler.run set attributes = attributes || '{"nothing": 1}' where id = test.the('own') $$, 'TV422 F2 attributes_refused'),
    ($$ update traveler.run set attributes = '[]' where id = test.the('own') $$, 'TV422 F2 attributes_invalid'),
    ($$ update traveler.run set attributes = '{"weight": "1"}' where id = test.the('bound') $$, 'TV409 C5 run_completed'),
    ($$ update traveler.run_step set attributes = '{"weight": "1"}' where run_id = test.the('own') $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.procedure set attributes = '{"note": "y"}' where id = test.the('rich') $$, 'TV409 P1 procedure_not_draft'),
    ($$ update traveler.procedure set attributes = '{"note": "y"}', state = 'released' where id = test.the('rich 2') $$, 'TV409 P1 procedure_not_draft'),
    ($$ update traveler.issue set attributes = '{"weight": "1"}' $$, 'went through'),
    ($$ update traveler.part_inventory set attributes = '{"weight": "1"}' where lot_number = 'L1' $$, 'TV422 F2 attributes_refused'),
    ($$ update traveler.attribute_definition set options = '{red}' where id = test.the('colour') $$, 'TV409 F1 option_kept'),
    ($$ update traveler.attribute_definition set type = 'text' where id = test.the('weight') $$, 'TV409 F1 attribute_has_values'),
    ($$ update traveler.attribute_definition set key = 'mass' where id = test.the('weight') $$, 'TV409 F1 attribute_has_values'),
    ($$ update traveler.attribute_definition set record = 'issue' where id = test.the('weight') $$, 'TV409 F1 attribute_identity'),
    ($$ update traveler.attribute_definition set created_by = 'x' where id = test.the('weight') $$, 'TV409 F1 attribute_identity'),
    ($$ update traveler.attribute_definition set retired_options = '{pink}' where id = test.the('colour') $$, 'TV422 F1 option_unknown'),
    ($$ update traveler.attribute_definition set default_value = '"x"' where id = test.the('weight') $$, 'TV422 F1 default_invalid'),
    ($$ update traveler.attribute_definition set archived_at = null where id = test.the('order_no') $$, 'TV409 T4 attribute_archived'),
    ($$ insert into traveler.attribute_definition (org_id, record, key, label, type, archived_at) values (test.org_id('acme'), 'run', 'x', 'X', 'text', now()) $$, 'TV409 F1 derived'),
    ($$ delete from traveler.attribute_definition $$, 'TV409 T4 record_kept'), ($$ truncate traveler.attribute_definition cascade $$, 'TV409 T4 record_kept')) x (statement, refusal);
update traveler.attribute_definition set required_at = '2001-01-01' where id = test.the('weight');
select is((select d.required_at from traveler.attribute_definition d where d.id = test.the('weight')), null, 'since when is derived');
-- A run by hand is judged as any other, and gets the same.
insert into traveler.run (org_id, id, number, title, procedure_id, part_id, quantity, attributes)
select test.org_id('acme'), traveler.new_id(), 999, 'By hand', test.the('rich'), test.the('part'), 1, '{"urgent": true, "weight": 5}';
select is((select r.attributes from traveler.run r where r.number = 999), '{"urgent": true, "weight": "5", "tags": ["a"], "colour": "red", "promised": "2026-01-01T00:00:00.000000Z"}', 'a run that is made by hand has what any has');
rollback;
-- With the guards asleep: what is then wrong shows.
begin;
select test.enter_owner();
reset role;
set local session_replication_role = replica;
update traveler.run set attributes = '{"nothing": 1, "weight": true, "colour": "pink"}' where id = test.the('own');
select is((select string_agg(v.what, '; ' order by v.what collate "C") from traveler.attribute_violations v where v.record = test.the('own')),
    '"colour" is a string, and no select; "weight" is a boolean, and no number; it has a value of "nothing", which is no attribute', 'F2: what got around the judge is found');
rollback;
reset role;

-- How many there may be.
set session authorization traveler_service;
begin;
select test.enter('admin');
select count(test.define('issue', 'k' || n, 'text')) from generate_series(1, 200) n;
select test.refuses($$ select test.define('issue', 'one_more', 'text') $$, 'TV409 F1 attributes_too_many', 'F1: 200 of a kind of record are enough');
rollback;
reset session authorization;
begin;
select test.enter('admin');
set local session_replication_role = replica;
insert into traveler.attribute_definition (org_id, record, key, label, type, created_by, archived_at)
select test.org_id('acme'), 'issue', 'old_' || n, 'Old', 'text', 'system:test', now() from generate_series(1, 1000) n;
set local session_replication_role = origin;
select test.refuses($$ select test.define('issue', 'one_more', 'text') $$, 'TV409 F1 attributes_too_many', 'and 1,000 with those that are archived: each is a column for analysts');
rollback;
reset session authorization;
select test.whole();
select * from finish();

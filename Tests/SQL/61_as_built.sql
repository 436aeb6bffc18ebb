-- C5: the as-built record is a canonical document that anyone can recompute, and cites its children's by digest.
\ir support/world.psql
select plan(27);

-- Canonical JSON ----------------------------------------------------------------------------------------------------

select is(traveler.canonical_json(value), canonical, format('canonical: %s', canonical)) from (values
    ('{"b": 1, "a": 2, "aa": 3}'::jsonb, '{"a":2,"aa":3,"b":1}'), ('{"é": 1, "z": 2, "Z": 3, "_": 4}', '{"Z":3,"_":4,"z":2,"é":1}'),
    ('[3, 1, [2, {"b": [], "a": {}}]]', '[3,1,[2,{"a":{},"b":[]}]]'), ('{"a": "x\" \\ \n\u0001 é \u2028"}', E'{"a":"x\\" \\\\ \\n\\u0001 é \u2028"}'),
    ('{"a\"b": 1, "a b": 2}', '{"a b":2,"a\"b":1}'), ('1.50', '1.50'), ('null', 'null'), ('"x"', '"x"'), ('true', 'true')) c (value, canonical);
select is(traveler.canonical_json('{"b": {"y": 1, "x": [1, 2]}, "a": 0}'), traveler.canonical_json('{"a":0,"b":{"x":[1,2],"y":1}}'), 'equal values have equal bytes');

-- A child and its parent, both completed ----------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('hub', test.part('HUB', 'serial')), test.keep('cart', test.part('CART', 'serial')), test.keep('glue', test.part('GLUE', 'lot')), test.keep('bench', test.location('Bench'));
select test.mbom(test.the('cart'), test.line(test.the('hub'), '1', '{"reference_designators": ["X1"]}'), test.line(test.the('glue'), '0.10'));
select test.keep('build hub', test.released('Build a hub', test.the('hub'), '[{"title": "Turn", "fields": [{"name": "Bore", "type": "number", "unit": "mm", "target": "8", "tolerance_minus": "0.01", "tolerance_plus": "0.02"}]}]'));
select test.keep('build cart', test.released('Build "a cart"', test.the('cart'), jsonb_build_array(jsonb_build_object('key', 'a', 'title', 'Fit – ünïcode ✓', 'location_id', test.the('bench'),
    'fields', '[{"name": "Note", "type": "text", "required": false}, {"name": "Skip", "type": "text", "allow_not_applicable": true}]'::jsonb), '{"title": "Check", "after": ["a"]}'::jsonb)));
select test.keep('hub run', test.run(test.the('build hub'), '{"serial_numbers": ["H1"]}'));
select test.keep('cart run', test.run(test.the('build cart'), '{"serial_numbers": ["C1"]}'));
select test.keep('glue 1', test.receive(test.the('glue'), '5', '{"lot_number": "G1"}'));
select test.start(test.step(test.the('hub run'), 'Turn'));
select test.value(test.field(test.the('hub run'), 'Bore'), '"8.020"');
select test.complete(test.step(test.the('hub run'), 'Turn'));
commit;
begin;
select test.enter('technician');
select test.keep('taken out', test.install(test.need(test.the('cart run'), test.the('glue')), test.the('glue 1'), '0.05'));
select traveler.uninstall(test.the('taken out'), null, 'too little');
select test.install(test.need(test.the('cart run'), test.the('glue')), test.the('glue 1'));
select test.install(test.need(test.the('cart run'), test.the('hub')), test.unit(test.the('hub run')));
select test.start(test.step(test.the('cart run'), 'Fit – ünïcode ✓'));
select traveler.enter_values(test.step(test.the('cart run'), 'Fit – ünïcode ✓'), null, jsonb_build_object('values', jsonb_build_array(
    jsonb_build_object('field_id', test.field(test.the('cart run'), 'Note'), 'value', E'line\nbreak "quoted" \\'), jsonb_build_object('field_id', test.field(test.the('cart run'), 'Skip'), 'not_applicable', true))));
select test.complete(test.step(test.the('cart run'), 'Fit – ünïcode ✓'));
set local timezone = 'Asia/Kolkata';
set local datestyle = 'German';
select test.work(test.step(test.the('cart run'), 'Check'));
select is((select r.status from traveler.run r where r.id = test.the('cart run')), 'complete', 'the cart is complete');
commit;

reset session authorization;
create function test.document(p_run text) returns jsonb language sql stable as $$ select a.document::jsonb from traveler.as_built_record a where a.run_id = test.the(p_run) $$;
-- Keys out of byte order, anywhere in a document: json, unlike jsonb, keeps the order in which they stand.
create function test.disorder(p_value json) returns setof text language plpgsql as $$
begin
    if json_typeof(p_value) = 'object' then
        return query select k.key from (select e.key, lag(e.key) over (order by e.ordinality) as before from json_each(p_value) with ordinality e) k where k.before collate "C" >= k.key collate "C";
        return query select test.disorder(e.value) from json_each(p_value) e;
    elsif json_typeof(p_value) = 'array' then
        return query select test.disorder(e.value) from json_array_elements(p_value) e;
    end if;
end
$$;
-- Any JSON number that is not a plain count: quantities and measurements are strings.
create function test.numbers(p_value jsonb) returns setof text language sql as $$
    select x #>> '{}' from jsonb_path_query(p_value, '$.** ? (@.type() == "number")') x
$$;
begin;
select test.enter_owner();
select is_empty($$ select test.disorder(a.document::json) from traveler.as_built_record a $$, 'the keys of a document stand in byte order');
select is_empty($$ select a.run_id from traveler.as_built_record a where a.digest <> extensions.digest(convert_to(a.document, 'UTF8'), 'sha256') $$, 'another SHA-256 of the document''s bytes is its digest');
select is_empty($$ select a.run_id from traveler.as_built_record a where a.document <> traveler_private.as_built_document(a.run_id) $$, 'the record still says it, from any session');
select is_empty($$ select n from traveler.as_built_record a, test.numbers(a.document::jsonb) n where n !~ '^[0-9]+$' $$, 'no measurement is a JSON number');
select ok((select bool_and(t #>> '{}' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$') from traveler.as_built_record a, jsonb_path_query(a.document::jsonb, '$.**.completed_at ? (@ != null)') t),
    'times are UTC with microseconds, whatever the session''s settings were');
select is(test.document('hub run') #>> '{steps,0,fields,0,value}', '8.020', 'a measurement stands as it was read');
select is(test.document('hub run') #>> '{steps,0,fields,0,maximum}', '8.02', 'with its bounds');
select is(test.document('cart run') #>> '{run,completed_by,name}', 'Technician', 'who completed it is named');
select is(jsonb_array_length(test.document('cart run') #> '{steps}'), 2, 'all steps are in it');
select is(test.document('cart run') #>> '{steps,0,fields,0,value}', E'line\nbreak "quoted" \\', 'text is what was typed');
select is(test.document('cart run') #>> '{steps,0,fields,1,not_applicable}', 'true', 'and not applicable is an answer');
select is((select string_agg(coalesce(i ->> 'removal_reason', 'live') || ' ' || (i ->> 'quantity'), ', ' order by i ->> 'installed_at')
    from jsonb_array_elements(test.document('cart run') -> 'build_requirements') q, jsonb_array_elements(q -> 'installations') i where q ->> 'part_number' = 'GLUE'),
    'too little 0.05, live 0.1', 'what was taken out stays in the record');
select is((select i #>> '{as_built,digest}' from jsonb_array_elements(test.document('cart run') -> 'build_requirements') q, jsonb_array_elements(q -> 'installations') i where q ->> 'part_number' = 'HUB'),
    (select encode(a.digest, 'hex') from traveler.as_built_record a where a.run_id = test.the('hub run')), 'a child is cited by its record''s digest');
select ok(test.document('cart run')::text not like '%Bore%', 'and not embedded');
-- The document is not what the database says later, but what it said then.
update traveler.user_account set name = 'Renamed' where id = test.user_id('technician');
select is(test.document('cart run') #>> '{run,completed_by,name}', 'Technician', 'a document does not follow later changes');
commit;
select test.whole();
select * from finish();

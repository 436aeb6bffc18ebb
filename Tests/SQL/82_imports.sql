-- What comes in as tables: all of it or nothing, and every fault with its row.
\ir support/world.psql
select plan(45);

create function test.import(p_kind text, p_rows jsonb) returns jsonb
language sql as $$ select traveler.import_rows(jsonb_build_object('kind', p_kind, 'rows', p_rows)) $$;
-- The faults of a refused import, one line each.
create function test.faults(p_kind text, p_rows jsonb) returns setof text
language plpgsql as $$
declare
    v_detail text;
begin
    perform test.import(p_kind, p_rows);
    return next 'imported';
exception when sqlstate 'TV422' then
    get stacked diagnostics v_detail = pg_exception_detail;
    return query select format('%s %s %s', f ->> 'row', f ->> 'column', f ->> 'code') from jsonb_array_elements(v_detail::jsonb -> 'faults') f;
end
$$;
create function test.import_file(p_kind text, p_rows jsonb, p_file text, p_again boolean default false) returns jsonb
language sql as $$ select traveler.import_file(jsonb_build_object('kind', p_kind, 'rows', p_rows), sha256(convert_to(p_file, 'UTF8')), p_again) $$;
create function test.stock() returns text
language sql as $$ select sum(i.quantity)::text from traveler.part_inventory i join traveler.part p on p.org_id = i.org_id and p.id = i.part_id where i.org_id = traveler.current_org() and p.part_number = 'BOLT' $$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('engineer');
select is(test.import('parts', '[{"part_number": "BOLT", "name": "Bolt"}, {"part_number": "DECK", "name": "Deck", "tracking": "serial", "number_pattern": "D-{000}"},
    {"part_number": "DECK", "revision": "B", "name": "Deck", "tracking": "serial"}, {"part_number": "GLUE", "name": "Glue", "tracking": "lot", "unit": "ml", "lot_traceability": "true"}]'),
    '{"kind": "parts", "rows": 4, "created": 4}', 'parts come in as they are described');
commit;
reset session authorization;
select results_eq($$ select part_number, revision, tracking, unit, lot_traceability from traveler.part order by 1, 2 $$,
    $$ values ('BOLT', 'A', 'none', 'each', false), ('DECK', 'A', 'serial', 'each', false), ('DECK', 'B', 'serial', 'each', false), ('GLUE', 'A', 'lot', 'ml', true) $$,
    'with what is usual where nothing is said');
select results_eq($$ select distinct h.actor, h.reason from traveler.transaction_history h where h.table_name = 'part' $$,
    $$ select 'user:' || test.user_id('engineer'), 'Import of parts' $$, 'and the history says who, and that it was an import (Y1)');

set session authorization traveler_service;
begin;
select test.enter('engineer');
select results_eq($$ select test.faults('parts', '[{"row": 2, "part_number": "NEW", "name": "New"}, {"row": 3, "part_number": "NEW", "name": "Again"}, {"row": 4, "name": "Nameless"},
    {"row": 5, "part_number": "BOLT"}, {"row": 6, "part_number": "X", "name": "X", "tracking": "box", "color": "red", "lot_traceability": "maybe"}, {"row": 7, "part_number": "Y", "name": {"a": 1}}]') $$,
    $$ values ('3 part_number twice'), ('4 part_number missing'), ('5 name missing'), ('5 part_number exists'), ('6 color column_unknown'), ('6 lot_traceability invalid'), ('6 tracking unknown'), ('7 name cell_invalid') $$,
    'every fault of every row is told at once');
select is((select count(*)::integer from traveler.part p where p.org_id = traveler.current_org()), 4, 'and nothing came in');
select throws_ok($$ select test.import('stars', '[{}]') $$, 'TV422', 'There is no import of stars.', 'a kind that there is none of');
select throws_ok($$ select test.import('parts', '[]') $$, 'TV422', 'An import has 1 to 100000 rows, not 0.', 'no rows');
select throws_ok($$ select test.import('parts', '"all"') $$, 'TV422', 'An import has 1 to 100000 rows, not 0.', 'something else than rows');
select throws_ok($$ select test.import('parts', (select jsonb_agg('{}'::jsonb) from generate_series(1, 100001))) $$, 'TV422', 'An import has 1 to 100000 rows, not 100001.', 'too many rows');
select throws_like($$ select test.import('parts', '[7]') $$, 'Each row is an object%', 'a row that is none');
rollback;
begin;
select test.enter('technician');
select throws_ok($$ select test.import('parts', '[{"part_number": "T", "name": "T"}]') $$, 'TV403', 'This needs the permission part.edit.', 'parts need part.edit (T3)');
rollback;
begin;
select test.enter('technician');
select throws_ok($$ select test.import('procedures', '[{"title": "T", "steps": []}]') $$, 'TV403', 'This needs the permission procedure.edit.', 'procedures need procedure.edit (T3)');
rollback;
begin;
select test.enter('viewer');
select throws_ok($$ select test.import('inventory', '[{"part_number": "BOLT"}]') $$, 'TV403', 'This needs the permission inventory.receive.', 'stock needs inventory.receive (T3)');
rollback;

begin;
select test.enter('engineer');
select is(test.import('mboms', '[{"part_number": "DECK", "revision": "A", "component_part_number": "BOLT", "quantity_per_unit": "4", "reference_designators": "B1;B2; B3 ;B4", "substitutes": ["GLUE@A"]},
    {"part_number": "DECK", "revision": "A", "component_part_number": "GLUE", "quantity_per_unit": "2.5"}]'), '{"kind": "mboms", "rows": 2, "created": 1}', 'the lines of a part are one mBOM');
select results_eq($$ select m.state, m.version_number, l.position, p.part_number, l.quantity_per_unit::text, l.reference_designators,
        (select count(*)::integer from traveler.mbom_substitute s where s.org_id = l.org_id and s.mbom_line_id = l.id)
    from traveler.mbom m join traveler.mbom_line l on l.org_id = m.org_id and l.mbom_id = m.id join traveler.part p on p.org_id = l.org_id and p.id = l.part_id order by l.position $$,
    $$ values ('draft', 1, 1, 'BOLT', '4.000000', '{B1,B2,B3,B4}'::text[], 1), ('draft', 1, 2, 'GLUE', '2.500000', '{}', 0) $$, 'drafted, with its lines in their order');
select results_eq($$ select test.faults('mboms', '[{"part_number": "DECK", "component_part_number": "BOLT", "quantity_per_unit": "1"}, {"part_number": "DECK", "revision": "C", "component_part_number": "NONE", "quantity_per_unit": "0"},
    {"part_number": "BOLT", "component_part_number": "BOLT", "quantity_per_unit": "1e3", "substitutes": "GLUE;NONE"}, {"part_number": "BOLT", "component_part_number": "DECK", "component_revision": "B", "quantity_per_unit": "1.5", "made_on_assembly": "true"}]') $$,
    $$ values ('1 part_number part_unknown'), ('2 component_part_number part_unknown'), ('2 part_number part_unknown'), ('2 quantity_per_unit invalid'), ('3 component_part_number contains_itself'),
        ('3 quantity_per_unit invalid'), ('3 substitutes part_unknown'), ('4 made_on_assembly made_in_whole_units') $$, 'faults of lines');
commit;

begin;
select test.enter('admin');
select lives_ok($$ select traveler.create_location('{"name": "Shelf"}') $$, 'a place');
select is(test.import('inventory', '[{"part_number": "BOLT", "quantity": "100", "location": "Shelf"}, {"part_number": "BOLT", "quantity": "7"}, {"part_number": "DECK", "revision": "A", "serial_number": "D-1"},
    {"part_number": "GLUE", "lot_number": "L1", "quantity": "2.5", "expires_at": "2030-01-01"}]'), '{"kind": "inventory", "rows": 4, "created": 4}', 'stock comes in');
select results_eq($$ select p.part_number, i.serial_number, i.lot_number, i.quantity::text, i.status, l.name, i.expires_at
    from traveler.part_inventory i join traveler.part p on p.org_id = i.org_id and p.id = i.part_id left join traveler.location l on l.org_id = i.org_id and l.id = i.location_id order by 1, 4 $$,
    $$ values ('BOLT', null, null, '100.000000', 'available', 'Shelf', null::timestamptz), ('BOLT', null, null, '7.000000', 'available', null, null), ('DECK', 'D-1', null, '1.000000', 'available', null, null),
        ('GLUE', null, 'L1', '2.500000', 'available', null, '2030-01-01 00:00+00') $$, 'each row in its own quantity, by a movement (I4)');
select results_eq($$ select test.faults('inventory', '[{"part_number": "DECK", "revision": "A", "serial_number": "D-1"}, {"part_number": "DECK", "revision": "A"}, {"part_number": "DECK", "revision": "A", "serial_number": "D-2", "quantity": "2"},
    {"part_number": "DECK", "revision": "A", "serial_number": "D-2"}, {"part_number": "BOLT", "serial_number": "S", "lot_number": "L", "quantity": "-1"}, {"part_number": "GLUE", "location": "Moon", "expires_at": "2030-13-01"},
    {"part_number": "NONE"}, {"part_number": "DECK", "serial_number": "D-3"}]') $$,
    $$ values ('1 serial_number exists'), ('2 serial_number missing'), ('3 quantity serialized_is_one'), ('4 serial_number twice'), ('5 lot_number not_tracked'), ('5 quantity invalid'), ('5 serial_number not_tracked'),
        ('6 expires_at invalid'), ('6 location unknown'), ('6 lot_number missing'), ('7 part_number part_unknown'), ('8 part_number part_unknown') $$, 'faults of stock');
commit;

begin;
select test.enter('admin');
select is(test.import('procedures', '[{"title": "Build", "part_number": "DECK", "revision": "A", "steps": [{"key": "a", "title": "Glue", "location": "Shelf", "requirements": [{"part_number": "GLUE", "quantity_per_unit": "1"}],
    "steps": [{"title": "Stir", "fields": [{"name": "Warmth", "type": "number", "unit": "C"}]}]}, {"title": "Press", "after": ["a"]}]}, {"title": "Sweep", "steps": [{"title": "Floor"}]}]'),
    '{"kind": "procedures", "rows": 2, "created": 2}', 'procedures come in as documents');
select results_eq($$ select d.title, d.state, (select p.part_number from traveler.part p where p.org_id = d.org_id and p.id = d.part_id), (select count(*)::integer from traveler.procedure_step s where s.org_id = d.org_id and s.procedure_id = d.id),
        (select count(*)::integer from traveler.procedure_requirement q where q.org_id = d.org_id and q.procedure_id = d.id),
        (select string_agg(l.name, ',') from traveler.procedure_step s join traveler.location l on l.org_id = s.org_id and l.id = s.location_id where s.org_id = d.org_id and s.procedure_id = d.id)
    from traveler.procedure d order by d.title $$, $$ values ('Build', 'draft', 'DECK', 3, 1, 'Shelf'), ('Sweep', 'draft', null, 1, 0, null) $$, 'drafts, with names made ids');
select results_eq($$ select test.faults('procedures', '[{"title": "Fine", "steps": [{"title": "Floor"}]}, {"steps": 7}, {"title": "Far", "part_number": "NONE", "steps": [{"title": "x", "location": "Moon"}]},
    {"title": "Ring", "steps": [{"title": "x", "after": ["nobody"]}]}, {"title": "Long", "steps": [{"title": "x", "fields": [{"name": "n", "type": "song"}]}]}]') $$,
    $$ values ('2 steps invalid'), ('2 title missing'), ('3 location unknown'), ('3 part_number part_unknown'), ('4 steps step_key_unknown'), ('5 steps invalid') $$, 'faults of procedures');
select is((select count(*)::integer from traveler.procedure d where d.org_id = traveler.current_org()), 2, 'and of a refused import no draft stays');
commit;

-- Another org's parts and places are none (T1).
begin;
select test.enter('stranger');
select results_eq($$ select test.faults('inventory', '[{"part_number": "BOLT", "location": "Shelf"}]') $$, $$ values ('1 location unknown'), ('1 part_number part_unknown') $$, 'another org''s part and place are unknown');
select is(test.import('parts', '[{"part_number": "BOLT", "name": "Our bolt"}]') ->> 'created', '1', 'and its number is free');
commit;
begin;
select throws_ok($$ select test.import('parts', '[{"part_number": "T", "name": "T"}]') $$, 'TV401', 'This transaction has not entered an org.', 'nobody imports without having entered (T2)');
rollback;

-- Many.
begin;
select test.enter('admin');
select is(test.import('parts', (select jsonb_agg(jsonb_build_object('part_number', 'M' || n, 'name', 'Many')) from generate_series(1, 2000) n)) ->> 'created', '2000', 'two thousand parts');
select is((select count(*)::integer from test.faults('parts', (select jsonb_agg(jsonb_build_object('part_number', 'M' || n, 'name', 'Many')) from generate_series(1, 2000) n))), 2000, 'are there, each told');
select is(test.import('inventory', (select jsonb_agg(jsonb_build_object('part_number', 'M' || n, 'quantity', n::text)) from generate_series(1, 2000) n)) ->> 'created', '2000', 'and as many rows of stock');
commit;

-- The same file comes in once (E2), whoever brings it.
begin;
select test.enter('admin');
select is(test.import_file('inventory', '[{"part_number": "BOLT", "quantity": "10"}]', 'delivery') ->> 'created', '1', 'a file of stock is imported');
rollback;
begin;
select test.enter('admin');
select is(test.import_file('inventory', '[{"part_number": "BOLT", "quantity": "10"}]', 'delivery'), '{"kind": "inventory", "rows": 1, "created": 1}', 'what was only looked at is imported afterwards');
select is(test.stock(), '117.000000', 'and is there');
commit;
begin;
select test.enter('storekeeper');
select is(test.import_file('inventory', '[{"part_number": "BOLT", "quantity": "10"}]', 'delivery') - 'imported_at',
    (select jsonb_build_object('kind', 'inventory', 'rows', 1, 'created', 1, 'imported_by', u.name, 'email', u.email) from traveler.user_account u where u.org_id = traveler.current_org() and u.id = test.user_id('admin')),
    'given again, by another user, it says who did it');
select is((test.import_file('inventory', '[{"part_number": "BOLT", "quantity": "10"}]', 'delivery') ->> 'imported_at')::timestamptz,
    (select max(i.created_at) from traveler.part_inventory i where i.org_id = traveler.current_org() and i.quantity = 10), 'and when');
select is(test.stock(), '117.000000', 'and nothing more is there');
select is(test.import_file('inventory', '[{"part_number": "BOLT", "quantity": "10"}]', 'delivery', true), '{"kind": "inventory", "rows": 1, "created": 1}', 'unless it is meant again');
select is(test.stock(), '127.000000', 'which is received once more');
select is(test.import_file('inventory', '[{"part_number": "BOLT", "quantity": "10"}]', 'delivery') ->> 'email', (select u.email from traveler.user_account u where u.org_id = traveler.current_org() and u.id = test.user_id('storekeeper')),
    'by whom it was last');
select is(test.import_file('inventory', '[{"part_number": "BOLT", "quantity": "10"}]', 'another') ->> 'created', '1', 'another file with the same rows is another');
commit;
begin;
select test.enter('viewer');
select test.refuses($$ select test.import_file('inventory', '[{"part_number": "BOLT", "quantity": "10"}]', 'delivery') $$, 'TV403 T3 permission_missing', 'who may not import is not told of one (T3)');
rollback;
begin;
select test.enter('admin');
select test.refuses($$ select test.import_file('inventory', '[{"part_number": "NONE"}]', 'wrong') $$, 'TV422 E2 import_refused', 'a file with faults is refused');
select test.refuses($$ select traveler.import_file('{"kind": "parts"}', '\x00', false) $$, 'TV422 E2 import_digest_invalid', 'a file without a digest');
commit;
begin;
select test.enter('stranger');
select is(test.import_file('inventory', '[{"part_number": "BOLT", "quantity": "10"}]', 'delivery') ->> 'imported_by', null, 'another org knows nothing of it (T1)');
commit;
reset session authorization;
select is_empty('select * from traveler.integrity_violations', 'all holds');

select * from finish();

-- F4: what lists find and sort by is always what the records have, and reaches an index.
\ir support/world.psql
select plan(81);

create function test.define(p_key text, p_type text, p_extra jsonb default '{"searchable": true}') returns uuid language sql as $$
    select (traveler.create_attribute_definition(jsonb_build_object('record', 'run', 'key', p_key, 'label', p_key, 'type', p_type) || p_extra) ->> 'id')::uuid
$$;
create function test.redefine(p_name text, p_change jsonb) returns jsonb language sql as $$ select traveler.change_attribute_definition(test.the(p_name), null, p_change) $$;
create function test.set_run(p_run text, p_attributes jsonb) returns jsonb language sql as $$
    select traveler.set_run_attributes(test.the(p_run), null, jsonb_build_object('attributes', p_attributes)) -> 'attributes'
$$;
create function test.make(p_name text, p_attributes jsonb default '{}') returns void language sql as $$
    select test.keep(p_name, test.run(test.the('procedure'), jsonb_build_object('title', p_name, 'attributes', p_attributes)))
$$;
-- The titles of a page.
create function test.page(p_wanted jsonb, p_sort text default null, p_descending boolean default false, p_value text default null, p_number bigint default null, p_limit integer default 100,
    p_filters jsonb default '{}') returns text language sql as $$
    select string_agg(r.title, ' ' order by x.place)
    from traveler.records_by_attributes('run', p_wanted, p_sort, p_descending, p_limit, p_value, p_number, (select a.id from traveler.run a where a.number = p_number), p_filters)
        with ordinality x (id, number, value, place) join traveler.run r on r.id = x.id
$$;
create function test.mirror(p_name text) returns text language sql as $$
    select string_agg(concat_ws(' ', r.title, v.text_value, v.number_value, to_char(v.time_value at time zone 'UTC', 'YYYY-MM-DD HH24:MI')), ', ' order by r.number, v.place)
    from traveler.attribute_value v join traveler.run r on r.id = v.record_id where v.definition_id = test.the(p_name)
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('PUMP'));
select test.keep('procedure', test.released('Build', test.the('part'), '[{"title": "A"}]'));
select test.keep('weight', test.define('weight', 'number')), test.keep('colour', test.define('colour', 'select', '{"options": ["red", "blue"], "searchable": true}')),
    test.keep('tags', test.define('tags', 'multiselect', '{"options": ["a", "b", "c"], "searchable": true}')), test.keep('promised', test.define('promised', 'datetime')),
    test.keep('day', test.define('day', 'date')), test.keep('urgent', test.define('urgent', 'boolean')), test.keep('owner', test.define('owner', 'user')),
    test.keep('note', test.define('note', 'text')), test.keep('quiet', test.define('quiet', 'text', '{}'));
select test.make('r1', format('{"weight": "10", "colour": "red", "tags": ["a", "b"], "promised": "2027-03-01T08:00:00+02:00", "day": "2027-03-01", "urgent": true, "owner": "%s", "note": "x", "quiet": "z"}',
    test.user_id('peer'))::jsonb);
select test.make('r2', '{"weight": "9.5", "colour": "blue", "tags": ["b"], "promised": "2027-02-01T08:00:00Z", "urgent": false}');
select test.make('r3', '{"weight": "-3", "colour": "red", "note": "y"}');
select test.make('r4', '{"weight": "9.50", "colour": "red", "tags": ["c"], "day": "2026-12-31"}');
select test.make('r5');
select is(test.mirror('weight'), 'r1 10, r2 9.5, r3 -3, r4 9.5', 'F4: each value of a searchable attribute stands in the mirror, numbers as numbers');
select is(test.mirror('tags'), 'r1 a, r1 b, r2 b, r4 c', 'each of a list');
select is(test.mirror('promised'), 'r1 2027-03-01 06:00, r2 2027-02-01 08:00', 'times as times');
select is(test.mirror('urgent'), 'r1 true, r2 false', 'and others as texts');
select is((select count(*) from traveler.attribute_value v where v.definition_id = test.the('quiet')), 0::bigint, 'what is not searchable stands in none');
select test.set_run('r3', '{"colour": null, "weight": "4"}'), test.set_run('r2', '{"tags": ["c", "a", "b"]}');
select is(test.mirror('weight') || '; ' || test.mirror('colour'), 'r1 10, r2 9.5, r3 4, r4 9.5; r1 red, r2 blue, r4 red', 'a change of the value is one of the mirror');
select is(test.mirror('tags'), 'r1 a, r1 b, r2 c, r2 a, r2 b, r4 c', 'of a list as well');
commit;

-- Finding and sorting.
begin;
select test.enter('viewer');
select is(test.page(wanted::jsonb), titles, format('found: %s', wanted)) from (values
    ('{"colour": "red"}', 'r1 r4'), ('{"colour": "blue"}', 'r2'), ('{"tags": "b"}', 'r1 r2'), ('{"weight": "9.5"}', 'r2 r4'), ('{"weight": "9.500"}', 'r2 r4'), ('{"weight": "9.5000000000000000001"}', null),
    ('{"promised": "2027-03-01T06:00:00Z"}', 'r1'), ('{"promised": "2027-03-01T07:00:00.0+01:00"}', 'r1'), ('{"day": "2026-12-31"}', 'r4'), ('{"urgent": "false"}', 'r2'), ('{"note": "y"}', 'r3'), ('{"note": "''\"; drop table"}', null),
    (format('{"owner": "%s"}', upper(test.user_id('peer')::text)), 'r1'), (format('{"owner": "%s"}', test.user_id('stranger')), null),
    ('{"colour": "red", "tags": "c"}', 'r4'), ('{"colour": "red", "tags": "c", "weight": "9.5"}', 'r4'), ('{"colour": "blue", "tags": "c", "urgent": "true"}', null)) x (wanted, titles);
select is(test.page(wanted::jsonb, sort), titles, format('in a range: %s %s', wanted, sort)) from (values
    ('{"weight.from": "9.5"}', null, 'r1 r2 r4'), ('{"weight.from": "9.50000000000000000001"}', null, 'r1'), ('{"weight.to": "9.5"}', null, 'r3'), ('{"weight.to": "9.50000000000000000001"}', null, 'r2 r3 r4'),
    ('{"weight.from": "9.5", "weight.to": "10"}', 'weight', 'r2 r4'), ('{"weight.from": "10", "weight.to": "9"}', null, null),
    ('{"weight.from": "4", "colour": "red"}', null, 'r1 r4'), ('{"weight.to": "10"}', 'promised', 'r2'), ('{"day.from": "2026-12-31", "day.to": "2027-03-01"}', null, 'r4'), ('{"day.from": "2026-12-31"}', 'day', 'r4 r1'),
    ('{"promised.from": "2027-02-01T09:00:00+01:00", "promised.to": "2027-03-01T06:00:00Z"}', null, 'r2'), ('{"promised.from": "2027-02-01T08:00:00.000001Z"}', null, 'r1'),
    ('{"promised.from": "2027-01-01T00:00:00Z", "weight.from": "9.6", "weight": "10"}', null, 'r1')) x (wanted, sort, titles);
select is(test.page('{}', 'weight'), 'r3 r2 r4 r1', 'sorted by a number, those without it left out');
select is(test.page('{}', 'weight', true), 'r1 r4 r2 r3', 'downwards, the newer first within one value');
select is(test.page('{}', 'promised') || ', ' || test.page('{}', 'day') || ', ' || test.page('{}', 'note', true), 'r2 r1, r4 r1, r3 r1', 'by a time, a date, a text');
select is(test.page('{"colour": "red"}', 'weight'), 'r4 r1', 'and filtered by another');
select is(test.page('{"weight": "9.5"}', 'weight', true), 'r4 r2', 'or by the same');
select is(test.page('{"colour": "red"}', null, true), 'r4 r1', 'without a sort of its own the number goes');
select is(test.page('{}', 'weight', false, null, null, 2) || ' | ' || test.page('{}', 'weight', false, '9.5', 2, 2), 'r3 r2 | r4 r1', 'page after page');
select is(test.page('{}', 'weight', true, '9.5', 4, 2) || ' | ' || test.page('{"colour": "red"}', null, true, null, 4, 2), 'r2 r3 | r1', 'downwards, and by the number');
select is(test.page('{}', 'promised', false, '2027-02-01 08:00:00+00', 2, 2), 'r1', 'from a time');
select is(test.page('{"colour": "red"}', null, false, null, null, 100, '{"status": "complete"}'), null, 'beside what is built in');
select test.refuses($$ select test.page('{"colour": "red"}', null, false, null, null, 100, '{"colour": "red"}') $$, 'TV422 F4 filter_unknown', 'which is what the list says it is');
select test.refuses($$ select traveler.records_by_attributes('org', '{}', null, false, 1, null, null, null, '{}') $$, 'TV422 F4 list_unknown', 'and of no other list');
select is((select string_agg((f ->> 'code') || ' ' || (f ->> 'key'), ', ' order by f ->> 'key')
    from jsonb_array_elements(test.refusal_detail(format($$ select test.page(%L, %L) $$, wanted, sort), 'attributes')) f), faults, format('refused: %s %s', wanted, sort)) from (values
    ('{"nothing": "1"}', null, 'attribute_unknown nothing'), ('{"quiet": "z"}', null, 'attribute_not_searchable quiet'), ('{}', 'quiet', 'attribute_not_searchable quiet'), ('{}', 'tags', 'attribute_not_sortable tags'),
    ('{"weight": "heavy"}', null, 'wrong_type weight'), ('{"colour": "green"}', null, 'wrong_type colour'), ('{"promised": "soon"}', null, 'wrong_type promised'), ('{"urgent": "yes"}', null, 'wrong_type urgent'),
    ('{"owner": "peer"}', null, 'wrong_type owner'), ('{"weight.from": "1e1"}', null, 'wrong_type weight'), ('{"colour.from": "red"}', null, 'attribute_not_ranged colour'), ('{"tags.to": "b"}', null, 'attribute_not_ranged tags'),
    ('{"note.from": "a", "quiet.to": "a"}', null, 'attribute_not_ranged note, attribute_not_searchable quiet'), ('{"weight.": "1", "weight.since": "1", "nothing.to": "1"}', null, 'attribute_unknown nothing, attribute_unknown weight., attribute_unknown weight.since'), ('{"weight": "x", "a''\"☃": "1", "quiet": "1"}', 'nothing', 'attribute_unknown a''"☃, attribute_unknown nothing, attribute_not_searchable quiet, wrong_type weight')) x (wanted, sort, faults);
select test.enter('stranger');
select test.refuses($$ select test.page('{"colour": "red"}') $$, 'TV422 F4 attributes_refused', 'T1: what another org defined is no attribute here');
select is((select count(*) from traveler.attribute_value), 0::bigint, 'and nothing of it is seen');
commit;

-- Becoming searchable, and no more.
begin;
select test.enter('admin');
select test.redefine('quiet', '{"searchable": true}'), test.redefine('weight', '{"searchable": false}');
select is(test.mirror('quiet') || '; ' || coalesce(test.mirror('weight'), 'nothing'), 'r1 z; nothing', 'an attribute that becomes searchable is so for all that is there; one that is no more, for nothing');
select test.set_run('r1', '{"quiet": "zz", "weight": "11"}');
select test.redefine('weight', '{"searchable": true}');
select is(test.mirror('quiet') || '; ' || test.mirror('weight'), 'r1 zz; r1 11, r2 9.5, r3 4, r4 9.5', 'and back');
-- What is long is found whole.
select test.set_run('r1', jsonb_build_object('note', repeat('ä', 5000) || '1')), test.set_run('r2', jsonb_build_object('note', repeat('ä', 5000) || '2'));
select is(test.page(jsonb_build_object('note', repeat('ä', 5000) || '2')), 'r2', 'a long text is found by all of it');
select is(test.page(jsonb_build_object('note', repeat('ä', 200))), null, 'and not by its beginning');
select test.set_run('r1', '{"weight": "100000000000000000001"}'), test.set_run('r2', '{"weight": "100000000000000000000"}');
select is(test.page('{"weight": "100000000000000000001"}'), 'r1', 'a number by all its digits');
-- A step's, an issue's and a row's own are mirrored as well.
select traveler.create_attribute_definition(jsonb_build_object('record', x, 'key', 'k', 'label', 'K', 'type', 'text', 'searchable', true)) from unnest(array['issue', 'part_inventory', 'procedure']) x;
select test.keep('issue', (traveler.create_issue('{"title": "Torn"}') ->> 'id')::uuid), test.keep('draft', test.draft('Draft', null, '[]'));
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
update traveler.issue set attributes = '{"k": "v"}' where id = test.the('issue');
update traveler.procedure set attributes = '{"k": "v"}' where id = test.the('draft');
update traveler.part_inventory set attributes = '{"k": "v"}';
select is((select string_agg(distinct v.record || ' ' || v.record_number, ', ' order by v.record || ' ' || v.record_number) from traveler.attribute_value v where v.text_value = 'v'), 'issue 1, part_inventory 0, procedure 0', 'each kind of record has its own');
select test.refuses(statement, refusal, format('derived, not set: %s', test.brief(statement))) from (values
    ($$ update traveler.attribute_value set text_value = 'x' where text_value is not null $$, 'TV409 F4 derived'), ($$ delete from traveler.attribute_value $$, 'TV409 T4 record_kept'),
    ($$ insert into traveler.attribute_value (org_id, definition_id, record_id, place, record, record_number, text_value) values (test.org_id('acme'), test.the('note'), test.the('r5'), 1, 'run', 5, 'x') $$, 'TV409 F4 derived'),
    ($$ truncate traveler.attribute_value $$, 'TV409 T4 record_kept')) x (statement, refusal);
commit;
reset role;
begin;
select test.enter_owner();
set local session_replication_role = replica;
update traveler.run set attributes = attributes || '{"colour": "blue"}' where title = 'r1';
update traveler.run set attributes = attributes || '{"colour": "blue"}' where title = 'r5';
update traveler.run set attributes = attributes - 'colour' where title = 'r2';
select is((select string_agg(r.title || ' ' || v.what, '; ' order by r.title) from traveler.attribute_violations v join traveler.run r on r.id = v.record where v.rule = 'F4'),
    'r1 its value of "colour" is found by another; r2 it is found by a value that it does not have; r5 its value of "colour" is not found by', 'a mirror that shows something else is found');
rollback;

-- At random: whatever is written, pages by the mirror are pages by the documents.
create function test.random_attributes(p_n integer) returns jsonb language sql volatile as $$
    select coalesce(jsonb_object_agg(k, v) filter (where random() < 0.7), '{}') from (values ('weight', to_jsonb((floor(random() * 5) / 2)::text)), ('colour', to_jsonb((array['red', 'blue'])[1 + floor(random() * 2)])),
        ('tags', to_jsonb((array['a', 'b', 'c'])[1 : 1 + floor(random() * 3)::int])), ('urgent', to_jsonb(random() < 0.5)), ('day', to_jsonb('2027-03-0' || (1 + floor(random() * 5))::text)), ('note', case when random() < 0.3 then 'null' else to_jsonb((floor(random() * 4))::text) end)) x (k, v)
$$;
create function test.random_wanted() returns jsonb language sql volatile as $$
    select coalesce(jsonb_object_agg(k, v) filter (where random() < 0.3), '{}') from (values ('weight', to_jsonb((floor(random() * 5) / 2)::text)), ('colour', '"red"'), ('tags', '"b"'), ('urgent', '"true"'), ('note', '"1"'),
        ('weight.from', to_jsonb((floor(random() * 5) / 2)::text)), ('weight.to', to_jsonb((floor(random() * 8) / 2)::text)), ('day.from', to_jsonb('2027-03-0' || (1 + floor(random() * 5))::text)), ('day.to', '"2027-03-05"')) x (k, v)
$$;
grant execute on all functions in schema test to public;
-- All pages of a list, one after the other; and the same by the documents alone.
create function test.walk(p_wanted jsonb, p_sort text, p_descending boolean) returns text language plpgsql as $$
declare
    v_value text;
    v_number bigint;
    v_id uuid;
    v_page text[];
    v_all text[] := '{}';
begin
    loop
        select array_agg(r.title order by x.place), (array_agg(x.value order by x.place desc))[1], (array_agg(x.number order by x.place desc))[1], (array_agg(x.id order by x.place desc))[1]
        into v_page, v_value, v_number, v_id
        from traveler.records_by_attributes('run', p_wanted, p_sort, p_descending, 7, v_value, v_number, v_id, '{}') with ordinality x (id, number, value, place)
        join traveler.run r on r.id = x.id;
        exit when v_page is null;
        v_all := v_all || v_page;
    end loop;
    return array_to_string(v_all, ' ');
end
$$;
create function test.by_documents(p_wanted jsonb, p_sort text, p_descending boolean) returns text language sql as $$
    select coalesce(string_agg(r.title, ' ' order by
        case when not p_descending and p_sort = 'weight' then (r.attributes ->> 'weight')::numeric end, case when not p_descending and p_sort <> 'weight' then r.attributes ->> p_sort end,
        case when p_descending and p_sort = 'weight' then (r.attributes ->> 'weight')::numeric end desc, case when p_descending and p_sort <> 'weight' then r.attributes ->> p_sort end desc,
        case when p_descending then -r.number else r.number end), '')
    from traveler.run r
    where (p_sort is null or r.attributes ? p_sort) and not exists (
        select from jsonb_each_text(p_wanted) w where not coalesce(case w.key when 'tags' then r.attributes -> 'tags' ? w.value
            when 'weight' then (r.attributes ->> 'weight')::numeric = w.value::numeric when 'weight.from' then (r.attributes ->> 'weight')::numeric >= w.value::numeric
            when 'weight.to' then (r.attributes ->> 'weight')::numeric < w.value::numeric when 'day.from' then r.attributes ->> 'day' >= w.value when 'day.to' then r.attributes ->> 'day' < w.value
            else r.attributes ->> w.key = w.value end, false))
$$;
grant execute on all functions in schema test to public;
\set seed 0.42
\getenv given TRAVELER_TEST_SEED
\if :{?given}
\set seed :given
\endif
set session authorization traveler_service;
begin;
select test.enter('admin');
select setseed(:seed);
select test.set_run('r2', '{"weight": "2"}');
select count(test.make('n' || n, test.random_attributes(n))) from generate_series(1, 40) n;
select count(test.set_run('n' || (1 + floor(random() * 40))::int, test.random_attributes(n))) from generate_series(1, 60) n;
select is_empty($$
    select x.*, test.walk(x.wanted, x.sort, x.down), test.by_documents(x.wanted, x.sort, x.down)
    from (select test.random_wanted() as wanted, (array['weight', 'colour', 'note', 'urgent', 'day', null])[1 + floor(random() * 6)] as sort, random() < 0.5 as down from generate_series(1, 300) n) x
    where (x.wanted <> '{}' or x.sort is not null) and test.walk(x.wanted, x.sort, x.down) is distinct from test.by_documents(x.wanted, x.sort, x.down)
$$, 'seed ' || :'seed' || ': at random, pages by the mirror are those by the documents');
commit;
reset session authorization;

-- The index is reached under row security, whichever way it is asked.
begin;
select test.enter_owner();
set local session_replication_role = replica;
insert into traveler.run (org_id, id, number, title, part_id, quantity, attributes)
select test.org_id('acme'), traveler.new_id(), 1000 + n, 'm' || n, test.the('part'), 1, jsonb_build_object('colour', case when n % 100 = 0 then 'blue' else 'red' end) from generate_series(1, 5000) n;
insert into traveler.attribute_value (org_id, definition_id, record_id, place, record, record_number, text_value)
select r.org_id, test.the('colour'), r.id, 1, 'run', r.number, r.attributes ->> 'colour' from traveler.run r where r.title ~ '^m';
commit;
analyze traveler.run, traveler.attribute_value;
set session authorization traveler_service;
begin;
select test.enter('viewer');
select matches(test.explained(format('select v.record_id from traveler.attribute_value v where v.org_id = %L and v.definition_id = %L and v.text_value = %L order by v.record_number desc limit 51',
    test.org_id('acme'), test.the('colour'), x)), 'Index (Only )?Scan Backward using attribute_value_by_text', 'a page of what has one value is read from the index in its order: ' || x) from unnest(array['blue', 'red']) x;
commit;
reset session authorization;
select test.whole();
select * from finish();

-- F4: the lists of issues, inventory and procedures are filtered and sorted by attributes as that of runs is; each page goes on exactly.
\ir support/world.psql
select plan(18);

-- The titles of a list, page after page.
create function test.walk(p_record text, p_wanted jsonb, p_sort text default null, p_descending boolean default false, p_filters jsonb default '{}', p_page integer default 7) returns text language plpgsql as $$
declare
    v_value text;
    v_number bigint;
    v_id uuid;
    v_page text[];
    v_all text[] := '{}';
begin
    loop
        select array_agg(coalesce(i.title, p.title, n.serial_number) order by x.place), (array_agg(x.value order by x.place desc))[1], (array_agg(x.number order by x.place desc))[1], (array_agg(x.id order by x.place desc))[1]
        into v_page, v_value, v_number, v_id
        from traveler.records_by_attributes(p_record, p_wanted, p_sort, p_descending, p_page, v_value, v_number, v_id, p_filters) with ordinality x (id, number, value, place)
        left join traveler.issue i on i.id = x.id left join traveler.procedure p on p.id = x.id left join traveler.part_inventory n on n.id = x.id;
        exit when v_page is null;
        v_all := v_all || v_page;
    end loop;
    return array_to_string(v_all, ' ');
end
$$;
-- All that there are, by the documents alone.
create function test.records(p_record text) returns table (name text, id uuid, number bigint, attributes jsonb) language sql stable as $$
    select i.title, i.id, i.number, i.attributes from traveler.issue i where p_record = 'issue'
    union all select p.title, p.id, 0, p.attributes from traveler.procedure p where p_record = 'procedure'
    union all select n.serial_number, n.id, 0, n.attributes from traveler.part_inventory n where p_record = 'part_inventory'
$$;
create function test.by_documents(p_record text, p_wanted jsonb, p_sort text, p_descending boolean) returns text language sql as $$
    select coalesce(string_agg(r.name, ' ' order by
        case when not p_descending and p_sort = 'weight' then (r.attributes ->> 'weight')::numeric end, case when not p_descending and p_sort <> 'weight' then r.attributes ->> p_sort end,
        case when p_descending and p_sort = 'weight' then (r.attributes ->> 'weight')::numeric end desc, case when p_descending and p_sort <> 'weight' then r.attributes ->> p_sort end desc,
        case when not p_descending then r.number end, case when p_descending then r.number end desc, case when not p_descending then r.id end, case when p_descending then r.id end desc), '')
    from test.records(p_record) r
    where (p_sort is null or r.attributes ? p_sort) and not exists (
        select from jsonb_each_text(p_wanted) w where not coalesce(case w.key
            when 'weight' then (r.attributes ->> 'weight')::numeric = w.value::numeric when 'weight.from' then (r.attributes ->> 'weight')::numeric >= w.value::numeric
            when 'weight.to' then (r.attributes ->> 'weight')::numeric < w.value::numeric when 'day.from' then r.attributes ->> 'day' >= w.value when 'day.to' then r.attributes ->> 'day' < w.value
            else r.attributes ->> w.key = w.value end, false))
$$;
create function test.random_attributes() returns jsonb language sql volatile as $$
    select coalesce(jsonb_object_agg(k, v) filter (where random() < 0.7), '{}') from (values ('weight', to_jsonb((floor(random() * 5) / 2)::text)), ('colour', to_jsonb((array['red', 'blue'])[1 + floor(random() * 2)])),
        ('day', to_jsonb('2027-03-0' || (1 + floor(random() * 5))::text)), ('quiet', '"x"')) x (k, v)
$$;
create function test.random_wanted() returns jsonb language sql volatile as $$
    select coalesce(jsonb_object_agg(k, v) filter (where random() < 0.25), '{}') from (values ('weight', to_jsonb((floor(random() * 5) / 2)::text)), ('colour', '"red"'),
        ('weight.from', to_jsonb((floor(random() * 5) / 2)::text)), ('weight.to', to_jsonb((floor(random() * 8) / 2)::text)), ('day.from', to_jsonb('2027-03-0' || (1 + floor(random() * 5))::text)), ('day.to', '"2027-03-05"')) x (k, v)
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
select traveler.create_attribute_definition(jsonb_build_object('record', r, 'key', k, 'label', k, 'type', t, 'searchable', k <> 'quiet'))
from unnest(array['issue', 'part_inventory', 'procedure']) r cross join (values ('colour', 'text'), ('weight', 'number'), ('day', 'date'), ('quiet', 'text')) d (k, t);
select test.keep('part', test.part('PUMP', 'serial')), test.keep('other', test.part('VALVE', 'serial'));
select count(traveler.create_issue(jsonb_build_object('title', 'i' || n, 'cause', case when n % 2 = 0 then 'Torn' else 'Bent' end, 'attributes', test.random_attributes()))) from generate_series(1, 40) n;
select count(traveler.receive_inventory(jsonb_build_object('part_id', case when n % 2 = 0 then test.the('part') else test.the('other') end, 'serial_number', 's' || n, 'attributes', test.random_attributes()))) from generate_series(1, 40) n;
select count(traveler.create_procedure(jsonb_build_object('title', 'p' || n, 'part_id', test.the('part'), 'steps', '[]'::jsonb, 'attributes', test.random_attributes()))) from generate_series(1, 40) n;
commit;

begin;
select test.enter('viewer');
select is_empty(format($$
    select x.*, test.walk(%1$L, x.wanted, x.sort, x.down), test.by_documents(%1$L, x.wanted, x.sort, x.down)
    from (select test.random_wanted() as wanted, (array['weight', 'colour', 'day', null])[1 + floor(random() * 4)] as sort, random() < 0.5 as down from generate_series(1, 150) n) x
    where (x.wanted <> '{}' or x.sort is not null) and test.walk(%1$L, x.wanted, x.sort, x.down) is distinct from test.by_documents(%1$L, x.wanted, x.sort, x.down)
$$, r), 'seed ' || :'seed' || ': at random, pages by the mirror are those by the documents: ' || r) from unnest(array['issue', 'part_inventory', 'procedure']) r;
select isnt(test.walk('part_inventory', '{"colour": "red"}'), '', 'of which there are some');
-- Beside the filters that a list has by itself.
select is(test.walk('issue', '{"colour": "red"}', null, false, '{"search": "I1", "open": "true"}'), (select string_agg(r.name, ' ' order by r.number) from test.records('issue') r where r.attributes ->> 'colour' = 'red' and r.name ~ '^i1'),
    'F4: issues, beside a text in them');
select is(test.walk('issue', '{"weight.from": "1"}', null, true, '{"state": "resolved"}') || test.walk('issue', '{"colour": "red"}', null, true, '{"open": "false"}'), '', 'none of another state');
select is(test.walk('part_inventory', '{"weight.to": "1"}', null, false, jsonb_build_object('part_id', test.the('part'), 'status', 'available')),
    (select coalesce(string_agg(r.name, ' ' order by r.id), '') from test.records('part_inventory') r join traveler.part_inventory n on n.id = r.id where (r.attributes ->> 'weight')::numeric < 1 and n.part_id = test.the('part')),
    'inventory, beside a part');
select is(test.walk('procedure', '{}', 'weight', true, '{"state": "draft", "standard": "false"}'), test.walk('procedure', '{}', 'weight', true), 'procedures, beside their state');
select is(test.walk('procedure', '{"colour": "red"}', null, true, jsonb_build_object('part_id', test.the('other'))), '', 'and part');
-- Refused by name, whichever list.
select is((select string_agg((f ->> 'code') || ' ' || (f ->> 'key'), ', ' order by f ->> 'key')
    from jsonb_array_elements(test.refusal_detail(format($$ select test.walk(%L, '{"quiet": "x", "nothing": "1", "weight.to": "soon", "colour.from": "a"}', 'quiet') $$, r), 'attributes')) f),
    'attribute_not_ranged colour, attribute_unknown nothing, attribute_not_searchable quiet, attribute_not_searchable quiet, wrong_type weight', 'what is wrong is named: ' || r)
from unnest(array['issue', 'part_inventory', 'procedure']) r;
-- T1: another org's attributes are none here.
select test.enter('stranger');
select test.refuses(format($$ select test.walk(%L, '{"colour": "red"}') $$, r), 'TV422 F4 attributes_refused', 'T1: what another org defined is no attribute here: ' || r) from unnest(array['issue', 'part_inventory', 'procedure']) r;
commit;
reset session authorization;

-- A range is reached by the index, under row security, whatever it is of.
begin;
select test.enter_owner();
set local session_replication_role = replica;
insert into traveler.attribute_value (org_id, definition_id, record_id, place, record, record_number, text_value, number_value)
select d.org_id, d.id, traveler.new_id(), 1, d.record, n, case d.key when 'day' then to_char(date '2000-01-01' + n, 'YYYY-MM-DD') end, case d.key when 'weight' then n end
from traveler.attribute_definition d cross join generate_series(1000, 6000) n where d.record = 'issue' and d.key in ('weight', 'day');
analyze traveler.attribute_value;
set local session_replication_role = origin;
set local role traveler_owner;
select matches(test.explained(format('select v.record_id from traveler.attribute_value v where v.org_id = %L and v.definition_id = %L and %s', test.org_id('acme'),
    (select d.id from traveler.attribute_definition d where d.record = 'issue' and d.key = k and d.org_id = test.org_id('acme')), c)), i, 'a range is one of the index: ' || k)
from (values ('weight', 'v.number_value >= ''2000'' and v.number_value <= ''2040''', 'attribute_value_by_number'), ('day', 'v.text_value >= ''2010-01-01'' and v.text_value < ''2010-02-01''', 'attribute_value_by_text')) x (k, c, i);
rollback;
select test.whole();
select * from finish();

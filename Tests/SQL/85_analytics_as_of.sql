-- Y3, E1: what analysts see of a past moment is what was to be seen then, and what the service tells of it.
\ir support/world.psql
\ir support/psql.psql
\ir support/analysts.psql
\ir support/busy.psql
select plan(19);

create table test.moment (name text primary key, at timestamptz not null, runs text, steps text, inventory text, issues text);
grant all on test.moment to public;
-- What is to be seen now, kept beside the moment.
create function test.remember(p_name text) returns void language sql as $$
    insert into test.moment select p_name, clock_timestamp(),
        (select string_agg(concat_ws(' ', r.number, r.title, r.status, r.steps_total, r.steps_completed, r.completion_number, r.completed_by, r.due_at, r.attributes), ',' order by r.number) from traveler.run r),
        (select string_agg(concat_ws(' ', s.id, s.state, s.attempt, s.state_reason, s.position, s.attributes), ',' order by s.id) from traveler.run_step s),
        (select string_agg(concat_ws(' ', i.id, trim_scale(i.quantity), i.status, i.installation_id, i.attributes), ',' order by i.id) from traveler.part_inventory i),
        (select string_agg(concat_ws(' ', i.number, i.state, i.attributes), ',' order by i.number) from traveler.issue i)
$$;
create function test.then(p_name text, p_what text) returns text language sql as $$
    select test.asks('acme', format(case p_what
        when 'runs' then 'select string_agg(concat_ws('' '', number, title, status, steps_total, steps_completed, completion_number, completed_by, due_at, attributes), '','' order by number) from runs_as_of(%L)'
        when 'steps' then 'select string_agg(concat_ws('' '', id, state, attempt, state_reason, position, attributes), '','' order by id) from run_steps_as_of(%L)'
        when 'inventory' then 'select string_agg(concat_ws('' '', id, trim_scale(quantity), status, installation_id, attributes), '','' order by id) from part_inventory_as_of(%L)'
        else 'select string_agg(concat_ws('' '', number, state, attributes), '','' order by number) from issues_as_of(%L)' end, m.at)) from test.moment m where m.name = p_name
$$;
grant execute on all functions in schema test to public;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.busy('admin', 'A');
commit;
begin;
select test.enter('admin');
select test.remember('first');
commit;
begin;
select test.enter('admin');
select test.busy('admin', 'B');
-- Values of each kind of record, and a step between two others, whose place is no whole number.
select traveler.create_attribute_definition(jsonb_build_object('record', k, 'key', 'note', 'label', 'Note', 'type', 'text')) is not null
from unnest(array['run', 'run_step', 'issue', 'part_inventory']) k;
select test.keep('noted', test.run(test.released('Note', test.part('NOTE'), '[{"title": "1"}, {"title": "2"}, {"title": "3", "attributes": {"note": "Third"}}]'), '{"attributes": {"note": "Noted"}}'));
select traveler.act_on_steps('redline', array[test.step(test.the('noted'), '3')], null, 'why') is not null;
select traveler.edit_redline(test.step(test.the('noted'), '3'), null, jsonb_build_object('after', test.step(test.the('noted'), '1'))) is not null;
select traveler.create_issue('{"title": "Noted", "attributes": {"note": "Of it"}}') is not null;
select test.receive(test.part('NOTED', 'lot'), '1', '{"lot_number": "N1", "attributes": {"note": "In stock"}}') is not null;
commit;
begin;
select test.enter('admin');
select test.remember('second');
commit;
reset session authorization;

select is(test.then(m.name, 'runs'), m.runs, 'runs as of the ' || m.name) from test.moment m order by m.at;
select is(test.then(m.name, 'steps'), m.steps, 'steps as of the ' || m.name) from test.moment m order by m.at;
select is(test.then(m.name, 'inventory'), m.inventory, 'inventory as of the ' || m.name) from test.moment m order by m.at;
select is(test.then(m.name, 'issues'), m.issues, 'issues as of the ' || m.name) from test.moment m order by m.at;
select isnt(position(' 1.5 {"note": "Third"}' in m.steps), 0, 'a step stands between two others') from test.moment m where m.name = 'second';
select is((select count(*) from test.moment m where m.name = 'second' and m.runs ~ 'Noted' and m.inventory ~ 'In stock' and m.issues ~ 'Of it'), 1::bigint, 'and each kind of record has an attribute');
select isnt(a.runs, b.runs, 'between the two something has happened') from test.moment a, test.moment b where a.name = 'first' and b.name = 'second';
select is(test.asks('acme', 'select count(*) from runs_as_of(''2020-01-01'')'), '0', 'before all there was nothing');
select is(test.asks('acme', 'select count(*) from runs r left join runs_as_of(''infinity'') n using (id, status, steps_total) where n.id is null'), '0', 'and by the end of time there is what there is now');
select is(test.asks('acme', format('select count(*) || status from runs_as_of(%L, %L) group by status', m.at, r.id)), '1' || r.status, 'one run alone')
from test.moment m, traveler.run r where m.name = 'second' and r.org_id = test.org_id('acme') and r.number = 1;
-- The service's own account of each run at that moment.
select is(test.asks('bolt', 'select count(*) from records_as_of(now(), ''run'')'), '0', 'another org has no past here');
set session authorization traveler_service;
begin;
select test.enter('admin');
select is((select string_agg(concat_ws(' ', x ->> 'number', x ->> 'status', x ->> 'steps_total'), ',' order by (x ->> 'number')::integer)
        from traveler.run r cross join traveler.run_as_of(r.id, m.at) x where x is not null),
    (select string_agg(split_part(e, ' ', 1) || ' ' || (regexp_match(e, ' ([a-z_]+) \d+ \d+ \d+'))[1] || ' ' || (regexp_match(e, ' (\d+) \d+ \d+'))[1], ',' order by split_part(e, ' ', 1)::integer)
        from unnest(string_to_array(m.runs, ',')) e), 'as the service tells of the first moment')
from test.moment m where m.name = 'first';
commit;
reset session authorization;
select test.denied($$ select test.asks('acme', 'select traveler_private.status_of_states(''{}'', false)') $$, 'what a function is bound to, is not to be named');
select results_eq($$ select p.proname::text collate "C" from pg_proc p where p.pronamespace = 'analytics'::regnamespace and p.prosecdef $$, $$ values ('abom_of' collate "C") $$,
    'one function for analysts acts as somebody else');
select test.forget_analysts();
select test.whole();
select * from finish();

-- F4, E1: analysts see each attribute of their org as a typed column, in views that follow the definitions, and none of another org's.
\ir support/world.psql
\ir support/psql.psql
\ir support/analysts.psql
select plan(36);

create function test.attribute(p_key text, p_type text, p_extra jsonb default '{}') returns uuid language sql as $$
    select (traveler.create_attribute_definition(jsonb_build_object('record', 'run', 'key', p_key, 'label', 'The ' || p_key, 'type', p_type) || p_extra) ->> 'id')::uuid
$$;
-- As the worker does it, every so often.
create function test.keep_views(p_org text) returns text language plpgsql as $$
begin
    perform traveler.enter_system(test.org_id(p_org), 'watchdog');
    return traveler.keep_attribute_views()::text;
end
$$;
-- What waits in an org, as the worker is told.
create function test.waits(p_org text) returns text language plpgsql as $$
begin
    perform traveler.enter_system(test.org_id(p_org), 'watchdog');
    return (select string_agg(w.view_name || ' for ' || w.saved_views || case when w.waits_since <= now() then '' else ' later' end, '; ') from traveler.waiting_attribute_views() w);
end
$$;
create function test.columns(p_org text) returns text language sql as $$
    select string_agg(a.attname || ' ' || format_type(a.atttypid, null), ', ' order by a.attname collate "C") from pg_attribute a
    where a.attrelid = to_regclass(format('traveler_org_%s.run_attributes', replace(test.org_id(p_org)::text, '-', ''))) and a.attnum > 0 and not a.attisdropped
$$;
create function test.last_column(p_org text) returns text language sql as $$
    select a.attname::text from pg_attribute a
    where a.attrelid = to_regclass(format('traveler_org_%s.run_attributes', replace(test.org_id(p_org)::text, '-', ''))) and a.attnum > 0 and not a.attisdropped
    order by a.attnum desc limit 1
$$;
grant execute on all functions in schema test to public;

select is(test.columns('acme'), 'run_id uuid', 'an org with an analyst has its view, without attributes yet');
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep(key, test.attribute(key, type, extra)) from (values
    ('customer', 'text', '{"searchable": true}'::jsonb), ('price', 'number', '{}'), ('urgent', 'boolean', '{}'), ('promised', 'date', '{}'), ('asked_at', 'datetime', '{}'),
    ('color', 'select', '{"options": ["red", "blue"]}'), ('sides', 'multiselect', '{"options": ["left", "right"]}'), ('buyer', 'user', '{}'), ('run_id', 'text', '{}'), ('run_id_', 'text', '{}')) x (key, type, extra);
select test.keep('run', test.run(test.released('Build', test.part('CART'), '[{"title": "Fit"}]'), jsonb_build_object('attributes', jsonb_build_object(
    'customer', 'Miller''s "Ltd"', 'price', '12.50', 'urgent', true, 'promised', '2026-03-01', 'asked_at', '2026-02-01T10:00:00+01:00', 'color', 'red',
    'sides', '["left", "right"]'::jsonb, 'buyer', test.user_id('viewer')))));
select test.keep('bare', test.run(test.released('Rebuild', test.part('CART 2'), '[{"title": "Fit"}]')));
commit;
begin;
select test.enter('stranger');
select test.keep('their secret', test.attribute('their_secret', 'text'));
select test.run(test.released('Build', test.part('CART'), '[{"title": "Fit"}]'), '{"attributes": {"their_secret": "Hidden"}}') is not null;
commit;
set session authorization traveler_worker;
select is(test.keep_views('acme') || test.keep_views('bolt'), '11', 'the worker makes them follow, where there is something to follow');
select is(test.keep_views('acme'), '0', 'once');
reset session authorization;

select is(test.columns('acme'), '_run_id text, asked_at timestamp with time zone, buyer uuid, color text, customer text, price numeric, promised date, run_id uuid, run_id_ text, sides text[], urgent boolean',
    'each attribute is a column of its type');
select is(test.columns('bolt'), 'run_id uuid, their_secret text', 'another org has its own');
select is_empty($$ select c.oid::regclass from pg_class c where c.relnamespace::regnamespace::text ~ '^traveler_org_' and c.relkind = 'v'
    and not coalesce('security_invoker=true' = any (c.reloptions), false) $$, 'each reads as who asks');
select is_empty($$ select c.oid::regclass, a.grantee::regrole from pg_class c cross join aclexplode(c.relacl) a where c.relnamespace::regnamespace::text ~ '^traveler_org_'
    and a.grantee not in (c.relowner, c.relnamespace::regnamespace::text::regrole) $$, 'and is for its org''s analysts alone');
select is(test.asks('acme', 'select concat_ws(''|'', customer, price + 1, not urgent, promised + 1, asked_at, color, sides[2], buyer) from run_attributes where run_id is not null and customer is not null'),
    'Miller''s "Ltd"|13.50|f|2026-03-02|2026-02-01 09:00:00+00|red|right|' || test.user_id('viewer'), 'with the value as that type');
select is(test.asks('acme', format('select count(*) from run_attributes where run_id = %L and customer is null and sides is null', test.the('bare'))), '1', 'and a run without values has none');
select is(test.asks('acme', 'select string_agg(r.title, '','') from runs r join run_attributes a on a.run_id = r.id where a.price > 12'), (select r.title from traveler.run r where r.id = test.the('run')), 'joined by the run');
select is(test.asks('acme', 'select string_agg(key || ''='' || value_text, '','' order by key) from analytics.run_attributes where key in (''color'', ''price'')'), 'color=red,price=12.50', 'the contract has them by row');
select is(test.asks('acme', 'select string_agg(key, '','' order by key) from attributes where record = ''run'' and type = ''text'''), 'customer,run_id,run_id_', 'and what they are');
select is(test.asks('acme', 'select r.id from attribute_values v join runs r on r.id = v.record_id where v.record = ''run'' and v.key = ''customer'' and v.text_value like ''Miller%'''), test.the('run')::text,
    'a run is found by what is searchable');
select is(test.asks('bolt', 'select count(*) from attribute_values'), '0', 'in its own org');
select is(test.asks('acme', 'select attributes ->> ''color'' from runs where attributes ? ''color'''), 'red', 'a run has them as JSON');

-- Another org's --------------------------------------------------------------------------------------------------------------
select test.denies('acme', format('select * from traveler_org_%s.run_attributes', replace(test.org_id('bolt')::text, '-', '')));
select is(test.asks('acme', 'select count(*) from attributes where key = ''their_secret'''), '0', 'another org''s definitions are not there');
select is(test.asks('bolt', 'select their_secret from run_attributes'), 'Hidden', 'where they are that org''s own');
select test.denies('acme', format('create view traveler_org_%s.mine as select 1 as x', replace(test.org_id('acme')::text, '-', '')), 'nothing is kept in the org''s schema');
-- Even were they handed the view: its rows are those of who asks.
do $$ begin execute format('grant usage on schema traveler_org_%1$s to %2$I; grant select on all tables in schema traveler_org_%1$s to %2$I', replace(test.org_id('bolt')::text, '-', ''), test.login('acme')); end $$;
select is(test.asks('acme', format('select count(*) from traveler_org_%s.run_attributes where their_secret is not null', replace(test.org_id('bolt')::text, '-', ''))), '0', 'were they handed another org''s view, it would show their own rows');

-- In step ----------------------------------------------------------------------------------------------------------------------
select tap.dblink_exec('acme', 'create view mine as select run_id, customer from run_attributes');
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('weight', test.attribute('weight', 'number'));
select traveler.archive_attribute_definition(test.the('color'), null) is not null;
commit;
set session authorization traveler_worker;
select is(test.keep_views('acme'), '1', 'a new one is added');
reset session authorization;
select matches(test.columns('acme') || ': ' || test.last_column('acme'), 'color text.*: weight$', 'at the end, and an archived one stays');
select is(test.asks('acme', 'select string_agg(customer, '','') from mine'), 'Miller''s "Ltd"', 'a saved view of it stands');
set session authorization traveler_service;
begin;
select test.enter('admin');
select traveler.change_attribute_definition(test.the('weight'), null, '{"key": "mass"}') is not null;
commit;
set session authorization traveler_worker;
select is(test.waits('acme'), null, 'nothing waits before it was tried');
select is(test.keep_views('acme'), '0', 'a key that changed waits for the views that were made of it');
select is(test.waits('acme'), format('run_attributes for mine of %s (Analyst)', test.login('acme')), 'which are named, with whose they are');
select is(test.waits('bolt'), null, 'to their org alone');
reset session authorization;
create table test.waited as select * from traveler_private.attribute_view_wait;
set session authorization traveler_worker;
select is(test.keep_views('acme'), '0', 'it waits on');
reset session authorization;
select results_eq('select * from traveler_private.attribute_view_wait', 'select * from test.waited', 'since when it began to');
set role traveler_migrator;
select results_eq($$ select o.slug, w.view_name, w.saved_view, w.analyst from traveler_private.attribute_view_waits() w join traveler.org o on o.org_id = w.org_id $$,
    $$ values ('acme', 'run_attributes', 'mine', 'Analyst') $$, 'and the operator sees it over all orgs');
reset role;
select tap.dblink_exec('acme', 'drop view mine');
set session authorization traveler_worker;
select is(test.keep_views('acme'), '1', 'and is there when they are gone');
select is(test.waits('acme'), null, 'and nothing waits any more');
reset session authorization;
select is_empty('select * from traveler_private.attribute_view_wait', 'nor is written down');
select is(test.last_column('acme'), 'mass', 'under its new name');
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.denied('select traveler.keep_attribute_views()', 'the service leaves that to the worker');
commit;
reset session authorization;
select test.forget_analysts();
select test.whole();
select * from finish();

-- What leaves as an export (E2): by the catalogue, so that nothing is forgotten, and only for the operator.
\ir support/world.psql
select plan(8);

select is_empty($$
    select c.relname from pg_class c
    where c.relnamespace = 'traveler'::regnamespace and c.relkind = 'r' and not c.relispartition
        and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped)
        and c.relname not in (select table_name from traveler_private.export_tables(false))
        and c.relname not in ('idempotency_key', 'refusal', 'attachment_upload', 'history_seal')
$$, 'every table of an org is in its export, but for four with a reason');
select is_empty($$
    select a.attrelid::regclass, a.attname from pg_attribute a
    join traveler_private.export_tables(false) e on a.attrelid = format('traveler.%I', e.table_name)::regclass
    where a.attnum > 0 and not a.attisdropped and not e.record ~ format('x\.%I(,|$)', a.attname)
        and (e.table_name, a.attname) <> ('credential', 'digest')
$$, 'with every column, but for the digest of a credential''s secret');
select is_empty($$
    select t.table_name from traveler_private.history_table t where t.root_table = 'run'
        and t.table_name not in (select e.table_name from traveler_private.export_tables(true) e)
$$, 'every table in a run''s chain is in the run''s export');
select is_empty($$ select e.table_name from traveler_private.export_tables(false) e where e.row_order is null $$, 'rows have an order');

-- A column that comes later is in the next export.
alter table traveler.part add column colour text default 'red';
select matches((select e.record from traveler_private.export_tables(false) e where e.table_name = 'part'), 'x\.colour', 'a new column needs no word');
select throws_like($$ select traveler_private.open_export('pg_class', true, null, null) $$, 'There is no table pg_class%', 'and only what is a table of an org is opened');
select ok(not has_function_privilege('traveler_service', 'traveler_private.open_export(text, boolean, uuid, uuid)', 'execute'), 'the service opens none');
select ok(not has_function_privilege('traveler_worker', 'traveler_private.open_export(text, boolean, uuid, uuid)', 'execute'), 'nor does the worker');

select * from finish();

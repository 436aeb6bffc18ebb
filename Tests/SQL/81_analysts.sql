-- E1: an analyst is a login of its own, bound to one org by the role it belongs to, and reads the views of the contract.
\ir support/world.psql
\ir support/psql.psql
\ir support/analysts.psql
select plan(66);

-- The contract -------------------------------------------------------------------------------------------------------

select set_has($$ select c.relname::text from pg_class c where c.relnamespace = 'analytics'::regnamespace and c.relkind = 'v' $$,
    $$ select unnest(array['runs', 'run_steps', 'run_step_fields', 'run_step_dependencies', 'run_step_sessions', 'completion_blockers',
        'build_requirements', 'abom_installations', 'abom_tree', 'part_inventory', 'part_inventory_history', 'issues', 'redlines', 'deviations',
        'signatures', 'run_batches', 'purchase_orders', 'schedule', 'transaction_history', 'reopenings', 'contract_version']) $$,
    'the views of the contract are there');
select is_empty($$
    select c.oid::regclass, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'analytics'::regnamespace and c.relkind = 'v'
        and (obj_description(c.oid, 'pg_class') is null or coalesce(trim(col_description(c.oid, a.attnum)), '') = '')
$$, 'every view and every column of it says what it is');
select is_empty($$
    select c.oid::regclass from pg_class c where c.relnamespace = 'analytics'::regnamespace and c.relkind <> 'v'
$$, 'the schema holds views alone');
select throws_like($$ select traveler_private.describe('analytics.contract_version', 'Half', 'major', 'said') $$, '%described are%',
    'a view that is described by halves is refused');
select is_empty($$
    select a.attrelid::regclass, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relnamespace = 'traveler'::regnamespace
    where a.attnum > 0 and has_column_privilege('traveler_analyst', c.oid, a.attnum, 'select') and c.relkind in ('r', 'p')
        and not exists (select from traveler_private.analyst_reads() x
            where x.class_id = 'pg_class'::regclass and x.object_id = c.oid and x.column_number in (0, a.attnum))
$$, 'no column is granted that no view reads');
select is_empty($$
    select c.oid::regclass, p from pg_class c, unnest(array['insert', 'update', 'references']) p
    where c.relnamespace in ('traveler'::regnamespace, 'traveler_private'::regnamespace, 'analytics'::regnamespace) and c.relkind in ('r', 'p', 'v')
        and has_any_column_privilege('traveler_analyst', c.oid, p)
    union all
    select c.oid::regclass, p from pg_class c, unnest(array['delete', 'truncate', 'trigger']) p
    where c.relnamespace in ('traveler'::regnamespace, 'traveler_private'::regnamespace, 'analytics'::regnamespace) and c.relkind in ('r', 'p', 'v')
        and has_table_privilege('traveler_analyst', c.oid, p)
$$, 'analysts write nothing');
select is_empty($$
    select c.oid::regclass from pg_class c where c.relkind in ('r', 'p', 'v') and (
        c.relnamespace = 'traveler_private'::regnamespace
        or c.relnamespace = 'traveler'::regnamespace and c.relname in ('credential', 'idempotency_key', 'refusal', 'attachment_part', 'org_counter', 'signature_failure'))
        and has_any_column_privilege('traveler_analyst', c.oid, 'select')
$$, 'secrets, and what is no record of production, are not among what analysts read');
select is_empty($$
    select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('traveler', 'traveler_private') and has_function_privilege('traveler_analyst', p.oid, 'execute')
        and (p.prosecdef or p.provolatile = 'v')
$$, 'nor does any function of ours do anything for them');
select ok(not has_schema_privilege('traveler_analyst', n, 'usage'), 'no name in ' || n || ' means anything to an analyst')
from unnest(array['traveler', 'traveler_private', 'traveler_archive', 'extensions', 'public']) n;

-- The login ----------------------------------------------------------------------------------------------------------

select matches(test.login('acme'), '^traveler_analyst_[0-9a-f]{12}$', 'the login''s name says nothing');
select results_eq($$ select g.rolname::text collate "C" from pg_auth_members m join pg_roles r on r.oid = m.member join pg_roles g on g.oid = m.roleid
        where r.rolname = test.login('acme') order by 1 $$,
    $$ select unnest(array['traveler_analyst', 'traveler_org_' || replace(test.org_id('acme')::text, '-', '')]) collate "C" $$,
    'it belongs to the analysts and to one org');
select ok(not (r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolbypassrls or r.rolreplication) and r.rolconnlimit = 4, 'it is above nothing, and has four connections')
from pg_roles r where r.rolname = test.login('acme');
select results_eq($$ select a.name, a.disabled_at from traveler_private.analyst a where a.org_id = test.org_id('acme') $$,
    $$ values ('Analyst', null::timestamptz) $$, 'whose it is, is written down');
select test.refuses($$ select extensions.create_analyst('acme', 'Analyst', null) $$, 'TV409 E1 analyst_exists', 'a name is taken once');
select test.refuses($$ select extensions.create_analyst('nobody', 'Analyst', null) $$, 'TV404 T1 org_unknown', 'an org that is not there has no analysts');
select test.refuses($$ select extensions.create_analyst('acme', 'Other', 'a password') $$, 'TV422 E1 verifier_invalid', 'a password in clear is refused');
select test.refuses($$ select extensions.create_analyst('acme', ' ', null) $$, '23514 analyst_name_length', 'and so is a name without letters');
select test.refuses($$ select extensions.create_analyst('acme', 'Other', null, 0) $$, 'TV422 E1 connections_invalid', 'and a login without connections');
set role traveler_migrator;
select test.denied($$ select extensions.create_analyst('acme', 'Other', null) $$, 'nobody but a superuser makes analysts');
select test.denied($$ create role traveler_analyst_mine $$, 'for nobody else makes logins');
reset role;

-- What it sees -------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('CART', 'serial')), test.keep('bolts', test.part('BOLT', 'lot')), test.keep('bench', test.location('Bench'));
select test.mbom(test.the('part'), test.line(test.the('bolts'), '4'));
select test.keep('stock', test.receive(test.the('bolts'), '10', jsonb_build_object('lot_number', 'L1', 'location_id', test.the('bench'))));
select test.keep('procedure', test.released('Build a cart', test.the('part'), jsonb_build_array(
    jsonb_build_object('key', 'a', 'title', 'Fit', 'location_id', test.the('bench'), 'fields', '[{"name": "Torque", "type": "number", "unit": "Nm", "maximum": "2"}]'::jsonb),
    '{"title": "Check", "after": ["a"]}'::jsonb)));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["C1"]}'));
select test.install(test.need(test.the('run'), test.the('bolts')), test.the('stock'), '4');
select test.start(test.step(test.the('run'), 'Fit'));
select test.value(test.field(test.the('run'), 'Torque'), '"1.5"');
select test.complete(test.step(test.the('run'), 'Fit'));
commit;
begin;
select test.enter('stranger');
select test.keep('their run', test.run(test.released('Theirs', test.part('SECRET', 'serial'), '[{"title": "Hidden"}]'), '{"serial_numbers": ["S1"]}'));
commit;
reset session authorization;

select is(test.asks('acme', 'select current_org()'), test.org_id('acme')::text, 'an analyst''s org is that of the login');
select is(test.asks('acme', 'select title || status || part_number || part_revision || procedure_title from runs'),
    (select r.title || r.status || 'CART' || p.revision || 'Build a cart' from traveler.run r join traveler.part p on p.org_id = r.org_id and p.id = r.part_id where r.id = test.the('run')),
    'runs are there, with their words');
select is(test.asks('acme', 'select value_text || unit from run_step_fields where number_value < maximum'), '1.5Nm', 'and what was measured');
select is(test.asks('acme', $$ select state || location from run_steps where title = 'Fit' $$), 'completedBench', 'and their steps');
select is(test.asks('acme', 'select quantity_installed::integer || part_number from build_requirements'), '4BOLT', 'and what is built in');
select is(test.asks('acme', 'select string_agg(kind, '','' order by kind) from completion_blockers where kind = ''required_step_open'''), 'required_step_open', 'and what is in the way');
select is(test.asks('acme', 'select count(*) from transaction_history where root_table = ''run'' and before is null') , 
    (select count(*) from traveler.transaction_history h where h.org_id = test.org_id('acme') and h.root_table = 'run' and h.operation = 'insert')::text,
    'and the history');
select is(test.asks('acme', 'select count(*) from transaction_history where table_name in (''credential'', ''user_role'')'), '0', 'but not that of signing in');
select is(test.asks('acme', 'select u.name from runs r join users u on u.actor = r.created_by'), 'Admin', 'who did something is looked up by the actor');
select is(test.asks('bolt', 'select part_number from runs'), 'SECRET', 'another org''s analyst sees another world');
select is(test.asks('bolt', format('select count(*) from runs where id = %L', test.the('run'))), '0', 'in which no id leads here');
select is(test.asks('acme', 'select count(*) from dictionary where view_name = ''runs'' and column_is is null'), '0', 'the dictionary is at hand');
-- Each view can be read at all: a column that was granted to nobody would show here, and nowhere else.
select is(test.asks('acme', 'select count(*) from (' || string_agg(format('select count(*) from (%s) x', test.rows_of('analytics.' || c.relname)), ' union all ') || ') x'),
    count(*)::text, 'every view answers') from pg_class c where c.relnamespace = 'analytics'::regnamespace and c.relkind = 'v';

-- Bound by nothing that a session can change --------------------------------------------------------------------------

select tap.dblink_exec('acme', format('set traveler.context = ''%s|''', test.org_id('bolt')));
select is(test.asks('acme', 'select part_number from runs'), 'CART', 'a forged context is worth nothing');
select tap.dblink_exec('acme', 'set role traveler_analyst');
select is(test.asks('acme', 'select part_number from analytics.runs'), 'CART', 'nor is becoming the group');
select tap.dblink_exec('acme', 'reset role');
select test.denies('acme', format('set role traveler_org_%s', replace(test.org_id('bolt')::text, '-', '')), 'another org''s role is not to be taken');
select test.denies('acme', 'set role ' || r, 'nor is ' || r) from unnest(array['traveler_owner', 'traveler_service', 'traveler_migrator']) r;
select test.denies('acme', 'set session authorization traveler_service', 'nor another login');
select test.denies('acme', format('grant traveler_org_%s to %s', replace(test.org_id('bolt')::text, '-', ''), test.login('acme')), 'nor granted');

-- Two orgs, or none, are no org.
select tap.dblink_disconnect('acme');
do $$ begin execute format('grant traveler_org_%s to %I', replace(test.org_id('bolt')::text, '-', ''), test.login('acme')); end $$;
select test.denied($$ select test.asks('acme', 'select count(*) from runs') $$, 'a login of two orgs sees nothing, loudly', 'TV403');
do $$ begin execute format('revoke traveler_org_%s from %I', replace(test.org_id('bolt')::text, '-', ''), test.login('acme')); end $$;
do $$ begin execute format('revoke traveler_org_%s from %I', replace(test.org_id('acme')::text, '-', ''), test.login('acme')); end $$;
select test.denied($$ select test.asks('acme', 'select count(*) from runs') $$, 'and so does one of none', 'TV403');
do $$ begin execute format('grant traveler_org_%s to %I', replace(test.org_id('acme')::text, '-', ''), test.login('acme')); end $$;

-- Four connections, one of which is open already.
select lives_ok(format('select test.psql(''select 1'', %L, test.login(''acme''))', c), 'a connection more: ' || c) from unnest(array['two', 'three', 'four']) c;
select test.denied($$ select test.psql('select 1', 'five', test.login('acme')) $$, 'a fifth is refused', '08001');
select tap.dblink_disconnect(c) from unnest(array['two', 'three', 'four']) c;

-- Views of one's own ---------------------------------------------------------------------------------------------------

select tap.dblink_exec('acme', 'create view mine as select part_number, count(*) as runs from runs group by 1');
select is(test.asks('acme', 'select part_number || runs from mine'), 'CART1', 'an analyst keeps a view of their own');
select is(test.asks('acme', 'select relnamespace::regnamespace from pg_class where relname = ''mine'''), test.login('acme'), 'in a schema of their own');
select test.denies('bolt', format('select * from %I.mine', test.login('acme')), 'which nobody else uses');
select test.denies('acme', format('grant usage on schema %I to public', test.login('acme')), 'nor can be let into');
select test.denies('acme', s) from unnest(array[
    'create table t (x integer)', 'create table t as select 1 as x', 'select 1 as x into t', 'create materialized view t as select 1',
    'create function f() returns integer language sql as ''select 1''', 'create sequence s']) s;
select tap.dblink_exec('acme', 'drop view mine');

-- The end ----------------------------------------------------------------------------------------------------------------

select lives_ok($$ select extensions.disable_analyst(test.login('acme')) $$, 'an analyst is disabled');
select tap.dblink_disconnect(c) from unnest(tap.dblink_get_connections()) c;
select test.denied($$ select test.asks('acme', 'select 1') $$, 'and signs in no more', '08001');
select test.refuses($$ select extensions.disable_analyst(test.login('acme')) $$, 'TV404 E1 analyst_unknown', 'once');
select isnt(extensions.create_analyst('acme', 'Analyst', null), test.login('acme'), 'the name is free for another login');
select test.forget_analysts();
select test.whole();
select * from finish();

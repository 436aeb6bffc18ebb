-- T1, E1: each guard of the analysts' door by itself. What 82_analyst_attacks tries by example is told here from the catalogue, whole, and
-- each limit is run into.
\ir support/world.psql
\ir support/psql.psql
\ir support/analysts.psql
select plan(35);

-- What is closed, all of it ----------------------------------------------------------------------------------------------------

create table test.closed_to (role text primary key);
insert into test.closed_to values (test.login('acme')), ('traveler_analyst'), ('traveler_service');
select is_empty($$
    select p.oid::regprocedure, r.role from pg_proc p cross join test.closed_to r
    where p.pronamespace = 'pg_catalog'::regnamespace and has_function_privilege(r.role, p.oid, 'execute')
        and (p.proname ~ '^(lo_|pg_(try_)?advisory_|pg_stat_get_|pg_stat_reset|pg_ls_)'
            or p.proname in ('loread', 'lowrite', 'pg_lock_status', 'pg_blocking_pids', 'pg_safe_snapshot_blocking_pids', 'pg_prepared_xact',
                'pg_logical_emit_message', 'pg_export_snapshot', 'pg_notify', 'pg_notification_queue_usage', 'pg_get_viewdef', 'pg_get_ruledef',
                'pg_read_file', 'pg_read_binary_file', 'pg_reload_conf', 'pg_rotate_logfile', 'pg_switch_wal', 'pg_hba_file_rules', 'pg_show_all_file_settings'))
$$, 'nothing that stores, blocks, watches or reads files can be called');
select is_empty($$
    select c.oid::regclass, r.role from pg_class c cross join test.closed_to r
    where c.relnamespace = 'pg_catalog'::regnamespace and has_any_column_privilege(r.role, c.oid, 'select')
        and (c.relkind = 'v' and c.relname ~ '^pg_stat' or c.relname in ('pg_locks', 'pg_prepared_xacts', 'pg_rewrite', 'pg_views', 'pg_rules', 'pg_statistic',
            'pg_statistic_ext_data', 'pg_authid', 'pg_shadow', 'pg_hba_file_rules', 'pg_file_settings', 'pg_largeobject', 'pg_user_mapping', 'pg_backend_memory_contexts'))
$$, 'and no view that watches can be read');
select is_empty($$
    select n.nspname, r.role, p from pg_namespace n cross join test.closed_to r cross join unnest(array['create', 'usage']) p
    where n.nspname !~ '^(pg_(toast|temp)|tap$|test$)' and has_schema_privilege(r.role, n.oid, p) and not (
        p = 'usage' and n.nspname in ('pg_catalog', 'information_schema')
        or p = 'usage' and n.nspname = 'analytics' and r.role <> 'traveler_service'
        or p = 'usage' and n.nspname = 'traveler' and r.role = 'traveler_service'
        or p = 'usage' and n.nspname = 'traveler_org_' || replace(test.org_id('acme')::text, '-', '') and r.role = test.login('acme')
        or n.nspname = r.role)
$$, 'in no schema is a name known, or made, but those of the contract and one''s own');
select is_empty($$
    select r.role, p from test.closed_to r cross join unnest(array['temporary', 'create']) p where has_database_privilege(r.role, current_database(), p)
    union all
    select 'public', a.privilege_type from pg_database d cross join aclexplode(d.datacl) a where d.datname = current_database() and a.grantee = 0
$$, 'nothing is made in the database, and PUBLIC does not even connect');
select is_empty($$
    select p.oid::regprocedure, r.role from pg_proc p cross join test.closed_to r
    where p.pronamespace = 'extensions'::regnamespace and has_schema_privilege(r.role, 'extensions', 'usage') and has_function_privilege(r.role, p.oid, 'execute')
    union all
    select p.oid::regprocedure, a.grantee::regrole::text from pg_proc p cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    where p.pronamespace = 'extensions'::regnamespace and p.proname in ('create_analyst', 'disable_analyst', 'end_analyst_sessions', 'refuse_analyst_objects', 'refuse_large_views')
        and a.grantee <> p.proowner and not (p.proname = 'end_analyst_sessions' and a.grantee = 'traveler_worker'::regrole)
$$, 'what makes and ends analysts is nobody''s but the operator''s and, to end sessions, the worker''s');
select ok(exists (select from pg_default_acl d where d.defaclrole = 'traveler_owner'::regrole and d.defaclobjtype = 'f' and d.defaclnamespace = 0
    and not exists (select from aclexplode(d.defaclacl) a where a.grantee = 0)), 'a function that comes is for nobody yet');
select is_empty($$
    select x.name from (values ('traveler_400_refuse_analyst_objects', null::text[]), ('traveler_500_refuse_large_views', '{"CREATE VIEW","ALTER VIEW"}')) x (name, tags)
    left join pg_event_trigger t on t.evtname = x.name and t.evtenabled = 'A' and t.evttags is not distinct from x.tags
    where t.evtname is null
$$, 'what analysts make is looked at whatever it is, in every mode of replication');

-- The login ------------------------------------------------------------------------------------------------------------------------

select is((select string_agg(s, '; ' order by s collate "C") from pg_roles r, unnest(r.rolconfig) s where r.rolname = test.login('acme')),
    format('DateStyle=ISO, YMD; IntervalStyle=iso_8601; TimeZone=UTC; bytea_output=hex; idle_in_transaction_session_timeout=60s; jit=off; lock_timeout=2s; log_min_error_statement=panic; log_min_messages=fatal; max_parallel_workers_per_gather=0; '
        'search_path=%s, traveler_org_%s, analytics, pg_temp; statement_timeout=60s; temp_file_limit=1GB; work_mem=16MB', test.login('acme'), replace(test.org_id('acme')::text, '-', '')),
    'a login has its settings, each');
select is_empty($$ select m.roleid::regrole from pg_auth_members m where m.member = test.login('acme')::regrole and m.admin_option $$, 'and lets nobody else into its groups');
select is(test.asks('acme', 'show search_path'), format('%s, traveler_org_%s, analytics, pg_temp', test.login('acme'), replace(test.org_id('acme')::text, '-', '')), 'which hold');
select is((select n.nspowner::regrole::text from pg_namespace n where n.nspname = test.login('acme')), 'traveler_owner', 'the schema for views is not its own to open');
select matches(test.login(x), '^traveler_analyst_[0-9a-f]{12}$', 'and the name of the login says nothing') from unnest(array['bolt']) x;
select is(test.refusal($$ select extensions.create_analyst('acme', 'Many', null, 101) $$), 'TV422 E1 connections_invalid', 'of connections there is an end');
select test.denies('acme', s) from unnest(array['grant select on analytics.runs to public', 'create view v as select 1 as x; grant select on v to public',
    'create procedure p() language sql as ''select 1''', 'create aggregate a (integer) (sfunc = int4pl, stype = integer)']) s;

-- Temporary files: a sort that does not fit is refused, whatever the session wants ----------------------------------------------------

do $$ begin execute format('alter role %I set temp_file_limit = ''1MB''', test.login('acme')); end $$;
select test.psql('select 1', 'spill', test.login('acme')) is not null;
select tap.dblink_exec('spill', 'set work_mem = ''64kB''');
select test.denied($$ select test.psql('select count(*) from (select n from generate_series(1, 300000) n order by -n offset 1) x', 'spill') $$, 'a spill past the limit is refused', '53400');
select is(test.psql('select count(*) from (select n from generate_series(1, 3000) n order by -n offset 1) x', 'spill'), '2999', 'and one that keeps to it is not');
select tap.dblink_disconnect('spill');

-- Views of one's own: an end to them ---------------------------------------------------------------------------------------------------

select tap.dblink_exec('acme', 'do $b$ begin for n in 1 .. 200 loop execute format(''create or replace view v%s as select 1 as x'', n); end loop; end $b$');
select test.denies('acme', 'create view one_more as select 1 as x', 'after two hundred views there are no more');
select is(tap.dblink_exec('acme', 'drop view v200'), 'DROP VIEW', 'but one may be dropped');
select test.denied(format('select tap.dblink_exec(''acme'', %L)', format('do $b$ begin execute %L || (select string_agg(md5(n::text), '''') from generate_series(1, 10000) n) || %L; end $b$', w, z)),
    'nor is one a store: ' || test.brief(w)) from (values ('create view large as select ''', ''' as x'), ('create or replace view v1 as select length(''', ''') as x')) v (w, z);
select is(tap.dblink_exec('acme', format('create view wide as select %s from runs r', (select string_agg(format('r.attributes ->> ''k%s'' as k%s', n, n), ', ') from generate_series(1, 500) n))),
    'CREATE VIEW', 'though it may ask much');

-- The server's log: no session of an analyst writes it, whatever it says -------------------------------------------------------------------

select is(test.asks('acme', 'show log_min_messages') || ' ' || test.asks('acme', 'show log_min_error_statement'), 'fatal panic', 'what goes wrong for an analyst, or is said, is not in the server''s log');
select test.denies('acme', s) from unnest(array['set log_min_messages = ''debug5''', 'reset log_min_error_statement; set log_min_error_statement = ''error''']) s;

-- The watchdog, each of its times alone -------------------------------------------------------------------------------------------------

create function test.ended(p_statement interval, p_transaction interval, p_idle_in_transaction interval, p_idle interval) returns integer
language sql security definer as $$ select extensions.end_analyst_sessions(p_statement, p_transaction, p_idle_in_transaction, p_idle) $$;
select test.psql('select 1', 'service') is not null;
select tap.dblink_exec('bolt', 'rollback') from (select test.asks('bolt', 'select 1')) x;
select tap.dblink_exec('bolt', 'begin');
select is(test.ended('1 day', '1 day', '1 day', '1 day'), 0, 'who keeps to all of them is left alone');
select is(test.ended('1 day', '1 day', '0', '1 day'), 1, 'who idles in a transaction is ended');
select tap.dblink_disconnect('bolt');
select test.asks('bolt', 'select 1') is not null;
select tap.dblink_exec('bolt', 'begin');
select is(test.ended('1 day', '0', '1 day', '1 day'), 1, 'so is who has one for too long');
select tap.dblink_disconnect('bolt');
select test.asks('bolt', 'select 1') is not null;
select tap.dblink_send_query('bolt', 'select pg_sleep(30)::text');
select pg_sleep(0.3);
select is(test.ended('0.1 s', '1 day', '1 day', '1 day'), 1, 'and whose statement runs for too long');
select tap.dblink_disconnect('bolt');
select is(test.ended('1 day', '1 day', '1 day', '0'), 1, 'and who does nothing for too long');
select tap.dblink_disconnect('acme');
select is(test.psql('select 1', 'service'), '1', 'and nobody but analysts');

-- The end ----------------------------------------------------------------------------------------------------------------------------------

select test.asks('bolt', 'select 1') is not null;
select extensions.disable_analyst(test.login('bolt'));
select pg_sleep(0.3);
select test.denied($$ select test.asks('bolt', 'select 1') $$, 'the sessions of an analyst who is disabled end at once', '08006');
select test.forget_analysts();
select test.whole();
select * from finish();

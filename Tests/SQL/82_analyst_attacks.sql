-- T1, E1: an analyst who means harm, signed in for real, and the service's role in the hands of one: whatever they ask, in whatever way,
-- of another org they learn nothing, they store nothing, and they keep nobody from work. What the server itself shows to everybody is
-- listed in law 4 of the conventions.
\ir support/world.psql
\ir support/psql.psql
\ir support/analysts.psql
select plan(155);

-- A row of bolt's that each question below would trip over, were it ever looked at: title Hidden, number 7777, value 0.
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('run', test.run(test.released('Build', test.part('CART'), '[{"title": "Open"}]'), '{"title": "Open"}'));
commit;
begin;
select test.enter('stranger');
select test.keep('their procedure', test.released('Hide', test.part('SECRET'), '[{"title": "Hidden"}]'));
select count(test.run(test.the('their procedure'), '{"title": "Hidden"}')) from generate_series(1, 50);
commit;
reset session authorization;
analyze;

-- Errors that reveal: a condition that fails on a hidden row, and on no row of one's own -------------------------------------

create function test.tripwires(p_view text, p_column text) returns setof text language sql immutable as $$
    select format('select count(*) from %s where %s', p_view, replace(c, 'COLUMN', p_column)) from unnest(array[
        '1 / (case when COLUMN = ''Hidden'' then 0 else 1 end) = 1',
        'case when COLUMN = ''Hidden'' then COLUMN::integer = 0 else true end',
        '(case when COLUMN = ''Hidden'' then ''('' else ''.'' end) is not null and COLUMN ~ (case when COLUMN = ''Hidden'' then ''('' else ''.'' end)',
        'sqrt(case when COLUMN = ''Hidden'' then -1 else 1 end) = 1',
        'exp(case when COLUMN = ''Hidden'' then 100000 else 1 end) > 1',
        'jsonb_typeof((case when COLUMN = ''Hidden'' then ''{'' else ''1'' end)::jsonb) = ''number''',
        'substring(COLUMN for case when COLUMN = ''Hidden'' then -1 else 1 end) is not null',
        'repeat(COLUMN, case when COLUMN = ''Hidden'' then 2000000000 else 1 end) <> ''''',
        '(case when COLUMN = ''Hidden'' then ''x'' else ''2020-01-01'' end)::date is not null']) c
$$;
select is(test.asks('acme', q), '1', 'nothing trips: ' || right(test.brief(q), 60)) from test.tripwires('analytics.runs', 'title') q;
select is(test.asks('acme', q), '1', 'nor in a step: ' || right(test.brief(q), 60)) from test.tripwires('analytics.run_steps', 'title') q;
-- The same through a plan that has to look at every row there is.
select tap.dblink_exec('acme', 'set enable_indexscan = off; set enable_bitmapscan = off; set enable_indexonlyscan = off; set enable_nestloop = off; set enable_mergejoin = off');
select is(test.asks('acme', q), '1', 'nor when every row is scanned: ' || right(test.brief(q), 50)) from test.tripwires('analytics.runs', 'title') q;
select tap.dblink_exec('acme', 'create view mine as select * from runs; create view barely with (security_barrier = false) as select title from mine');
select is(test.asks('acme', q), '1', 'nor through views of one''s own: ' || right(test.brief(q), 50)) from test.tripwires('barely', 'title') q;
select tap.dblink_exec('acme', 'reset enable_indexscan; reset enable_bitmapscan; reset enable_indexonlyscan; reset enable_nestloop; reset enable_mergejoin');
-- A condition that writes down what it saw: in a block, over a join with what is hidden, by aggregates and windows.
select is(test.asks('acme', 'select string_agg(title, '','') from (select title, row_number() over (order by title) from runs) x'), 'Open', 'a window sees one''s own');
select is(test.asks('acme', 'select count(*) from runs a full join run_steps b on a.title = b.title'), '1', 'and so does a join');
select lives_ok($$ select tap.dblink_exec('acme', 'do $b$ begin perform 1 / (case when title = ''Hidden'' then 0 else 1 end) from analytics.runs; end $b$') $$, 'a block trips over nothing');

-- For the service's role the same, in acme's transaction ----------------------------------------------------------------------

select tap.dblink_connect('service', format('dbname=%s user=traveler_service host=%s port=%s', current_database(),
    split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port')));
create function test.serves(p_sql text) returns text language plpgsql as $$
declare
    v_answer text;
begin
    perform tap.dblink_exec('service', 'begin');
    perform 1 from tap.dblink('service', format('select test.enter(%L)::text', 'admin')) x (y text);
    begin
        select x.y into v_answer from tap.dblink('service', p_sql) x (y text);
    exception when others then
        perform tap.dblink_exec('service', 'rollback');
        raise;
    end;
    perform tap.dblink_exec('service', 'rollback');
    return v_answer;
end
$$;
select is(test.serves(q), '1', 'the service trips over nothing: ' || right(test.brief(q), 55)) from test.tripwires('traveler.run', 'title') q;
select test.denied(format('select test.serves(%L)', s), 'the service cannot: ' || test.brief(s)) from unnest(array[
    'copy traveler.run to ''/tmp/run''', 'copy traveler.run to program ''true''', 'create temp table t ()', 'create temp view v as select 1 as x',
    'select lo_create(0)::text', 'select pg_advisory_xact_lock(1)::text', 'select pg_notify(''a'', ''b'')::text', 'select relname::text from pg_stat_user_tables',
    'select tablename::text from pg_stats', 'select pid::text from pg_locks', 'select analytics.current_org()::text', 'select count(*)::text from analytics.runs',
    'select definition from pg_views', 'select pg_export_snapshot()', 'select pg_logical_emit_message(true, ''a'', ''b'')::text']) s;

-- What would store, block or watch -----------------------------------------------------------------------------------------------

select test.denies('acme', s) from unnest(array[
    'copy analytics.runs to ''/tmp/runs''', 'copy (select * from analytics.runs) to program ''true''', 'copy analytics.contract_version from ''/etc/passwd''',
    'select pg_read_file(''/etc/passwd'')', 'select pg_ls_dir(''.'')', 'select lo_import(''/etc/passwd'')',
    'create temp table t ()', 'create temp view v as select 1 as x', 'create schema other', 'create table analytics.t ()', 'create view analytics.v as select 1 as x',
    'create view public.v as select 1 as x', 'comment on view mine is ''for others''', 'create extension dblink', 'create server s foreign data wrapper f',
    'create operator === (function = int4eq, leftarg = integer, rightarg = integer)', 'create domain d as text', 'create type t as (x integer)',
    'alter view mine set schema analytics', 'create publication p', 'alter default privileges grant select on tables to public',
    'create rule r as on insert to mine do instead nothing', 'create trigger t instead of insert on mine for each row execute function suppress_redundant_updates_trigger()',
    'select lo_create(0)', 'select lo_from_bytea(0, ''x'')', 'select loread(0, 1)', 'select pg_advisory_lock(1)', 'select pg_try_advisory_xact_lock(1, 1)',
    'select pg_notify(''a'', ''b'')', 'select pg_logical_emit_message(true, ''a'', ''b'')', 'select pg_export_snapshot()',
    'update analytics.users set name = ''Mine''', 'delete from analytics.reopenings', 'insert into analytics.users (name) values (''Me'')',
    'select id from analytics.runs for update', 'select id from analytics.runs for key share', 'do $b$ begin lock table analytics.runs in share mode; end $b$', 'do $b$ begin lock table analytics.runs; end $b$',
    'select * from pg_locks', 'select pg_lock_status()', 'select pg_blocking_pids(1)', 'select * from pg_stat_activity', 'select * from pg_stat_user_tables',
    'select pg_stat_get_numscans(''pg_class''::regclass)', 'select * from pg_stats', 'select * from pg_statistic', 'select * from pg_stats_ext',
    'select * from pg_prepared_xacts', 'select pg_stat_reset()', 'select * from pg_authid', 'select * from pg_views', 'select pg_get_viewdef(''analytics.runs''::regclass)',
    'select ev_action from pg_rewrite', 'select * from pg_hba_file_rules', 'set session_replication_role = replica', 'set temp_file_limit = -1', 'set log_statement = ''all''',
    'set row_security = off; select * from analytics.runs']) s;

-- Names in the schema traveler mean nothing, however they are written
select test.denies('acme', s) from unnest(array[
    'select * from traveler.run', 'select traveler.current_org()', 'select traveler.enter(''x'')', 'select ''traveler.run''::regclass',
    'select query_to_xml(''select * from traveler.run'', true, true, '''')', format('select table_to_xml(%s::regclass, true, true, '''')', 'traveler.run'::regclass::oid),
    'create view mine2 as select * from traveler.run', 'select extensions.create_analyst(''acme'', ''Me'', null)']) s;

-- Limits ---------------------------------------------------------------------------------------------------------------------------

select test.denies('acme', format(s, test.login('acme'))) from unnest(array[
    'alter role %I connection limit 100', 'alter role %I set temp_file_limit = -1', 'alter role %I bypassrls', 'alter role %I createrole', 'create role mine',
    'alter role %I reset temp_file_limit', 'drop role %I', 'alter role traveler_analyst set work_mem = ''1GB''']) s;
select lives_ok(format('select tap.dblink_exec(''acme'', ''alter role %I reset all'')', test.login('acme')), 'what is an analyst''s own to change, is changed');
select ok(coalesce(array_to_string(r.rolconfig, ' '), '') ~ 'temp_file_limit=1GB', 'but not the limit on files') from pg_roles r where r.rolname = test.login('acme');
select is(test.asks('acme', 'show temp_file_limit'), '1GB', 'which holds');

-- A catalogue of one's own, before the real one, convinces nobody
select tap.dblink_exec('acme', format('create view pg_auth_members as select 0::oid as roleid, 0::oid as member; create view pg_roles as select ''traveler_org_%s''::name as rolname, 0::oid as oid',
    replace(test.org_id('bolt')::text, '-', '')));
select tap.dblink_exec('acme', format('set search_path = %I, pg_catalog, analytics', test.login('acme')));
select is(test.asks('acme', 'select title from analytics.runs'), 'Open', 'a catalogue of one''s own is not asked for the org');
select tap.dblink_exec('acme', format('drop view %1$I.pg_roles; drop view %1$I.pg_auth_members; reset search_path', test.login('acme')));

-- EXPLAIN: no value, and no count of rows by a value, of another org. Rows that a filter removed are counted over the table as a whole
-- (its size is no secret), never by what the filter says: an index is entered by the org first.
create function test.plan(p_sql text) returns text language sql as $$ select test.asks('acme', 'explain (analyze, costs off, timing off, summary off, verbose) ' || p_sql) $$;
select unalike(test.plan('select * from analytics.runs'), '%Hidden%', 'a plan shows no value');
select is((regexp_match(test.plan('select number from analytics.runs where title = ''Hidden'''), 'Rows Removed by Filter: (\d+)'))[1],
    (regexp_match(test.plan('select number from analytics.runs where title = ''No such title'''), 'Rows Removed by Filter: (\d+)'))[1], 'rows removed are no answer to a question about a value');
-- Who listens hears nothing: the service notifies nobody.
select tap.dblink_exec('acme', 'listen traveler');
select is_empty($$ select * from tap.dblink_get_notify('acme') $$, 'there is nothing to hear');
select is(test.asks('acme', 'select count(*) from pg_sequences'), '0', 'nor a sequence to count by');
select is(test.asks('acme', 'select count(*) from pg_largeobject_metadata'), '0', 'nor a large object');

-- Views of others: their definitions are their owners'
select tap.dblink_connect('other', format('dbname=%s user=%s host=%s port=%s', current_database(), test.login('bolt'),
    split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port')));
select tap.dblink_exec('other', 'create view kept as select * from runs where title = ''Hidden''');
select test.denies('acme', format('select * from %I.kept', test.login('bolt')));
select test.denies('acme', 'select pg_get_viewdef(c.oid) from pg_class c where c.relname = ''kept''');
select test.denies('acme', 'select view_definition from information_schema.views');

-- The watchdog -----------------------------------------------------------------------------------------------------------------------

set role traveler_worker;
select is(extensions.end_analyst_sessions(), 0, 'who keeps to the times is left alone');
select is(extensions.end_analyst_sessions(p_idle => '0'), 2, 'who does not, is ended, whatever the session''s own settings say');
reset role;
select test.denied($$ select test.asks('acme', 'select 1') $$, 'the session is gone', '08006');
select tap.dblink_disconnect('acme'), tap.dblink_disconnect('other');
select tap.dblink_connect('acme', format('dbname=%s user=%s host=%s port=%s', current_database(), test.login('acme'),
    split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port')));
select tap.dblink_exec('acme', 'set statement_timeout = 0');
select tap.dblink_send_query('acme', 'select pg_sleep(60)::text');
select pg_sleep(0.3);
set role traveler_worker;
select is(extensions.end_analyst_sessions(p_statement => '0.2 s'), 1, 'so is a statement past its time');
reset role;
set session authorization traveler_service;
select test.denied('select extensions.end_analyst_sessions()', 'the service ends nobody''s');
reset session authorization;

select test.forget_analysts();
select test.whole();
select * from finish();

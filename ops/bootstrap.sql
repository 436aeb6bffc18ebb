-- What only a superuser may lay down: roles, extensions, the three schemas, what PUBLIC loses, and the guard over the history.
--
-- Run it with psql once in each database that is to hold Traveler; running it again changes nothing:
--
--     psql -X -v ON_ERROR_STOP=1 -v service_password=... -f ops/bootstrap.sql DATABASE
--
-- Variables: migrator_password, service_password, worker_password, watchdog_password, backup_password. One that is
-- not given leaves that login's password as it is: a new login without one cannot sign in where a password is asked.
-- Roles and their settings belong to the cluster, the rest to the database: a cluster with many databases runs the
-- file in each of them, or in the template they are cloned from. Everything after it is `traveler migrate`'s work,
-- and needs no superuser.

\set ON_ERROR_STOP on
\set QUIET on
set client_min_messages = warning;
-- The passwords below stay out of the server's log, also when a statement fails.
set log_statement = 'none';
set log_min_duration_statement = -1;
set log_min_error_statement = 'panic';

----------------------------------------------------------------------------------------------------------------------
-- Roles (of the cluster)

select format('create role %I', name)
from unnest(array[
    'traveler_owner', 'traveler_migrator', 'traveler_service', 'traveler_worker',
    'traveler_analyst', 'traveler_watchdog', 'traveler_backup'
]) as name
where not exists (select from pg_catalog.pg_roles where rolname = name)
\gexec

-- Owns everything and signs in nowhere: a login that owned tables would stand above their policies.
alter role traveler_owner nologin noinherit nosuperuser nocreatedb nocreaterole nobypassrls;
-- Structure under SET ROLE traveler_owner; VALIDATE and backfills as itself, because forced row level security
-- shows the owner no rows, and a validation over none says that all is well.
alter role traveler_migrator login inherit nosuperuser nocreatedb nocreaterole bypassrls;
alter role traveler_service login inherit nosuperuser nocreatedb nocreaterole nobypassrls;
alter role traveler_worker login inherit nosuperuser nocreatedb nocreaterole nobypassrls;
-- The group of all analysts. Each analyst is a login of its own, in it and in exactly one traveler_org_<hex>.
alter role traveler_analyst nologin noinherit nosuperuser nocreatedb nocreaterole nobypassrls;
alter role traveler_watchdog login inherit nosuperuser nocreatedb nocreaterole nobypassrls;
-- A dump by anyone whom the policies hold is empty, and says nothing about it.
alter role traveler_backup login inherit nosuperuser nocreatedb nocreaterole bypassrls;

grant traveler_owner to traveler_migrator;
grant pg_signal_backend, pg_read_all_stats to traveler_watchdog;
grant pg_read_all_data, pg_read_all_stats to traveler_backup;

\if :{?migrator_password}
alter role traveler_migrator password :'migrator_password';
\endif
\if :{?service_password}
alter role traveler_service password :'service_password';
\endif
\if :{?worker_password}
alter role traveler_worker password :'worker_password';
\endif
\if :{?watchdog_password}
alter role traveler_watchdog password :'watchdog_password';
\endif
\if :{?backup_password}
alter role traveler_backup password :'backup_password';
\endif

-- Session settings come from the role, not from connect options, which a pooler in between would drop or mix up.
-- The first six fix how values are written: the digests of the history cover the exact text.
select format('alter role %I set %s = %L', role, setting, value)
from unnest(array[
    'traveler_migrator', 'traveler_service', 'traveler_worker', 'traveler_watchdog', 'traveler_backup'
]) as role
cross join (values
    ('timezone', 'UTC'),
    ('datestyle', 'ISO, YMD'),
    ('intervalstyle', 'iso_8601'),
    ('bytea_output', 'hex'),
    ('extra_float_digits', '1'),
    ('client_encoding', 'UTF8'),
    ('jit', 'off')
) as pinned (setting, value)
\gexec

select format('alter role %I set %s = %L', role, setting, value)
from (values
    -- A request that waits longer for a row than half a second is tried again or refused, never queued.
    ('traveler_service', 'lock_timeout', '500ms'),
    ('traveler_service', 'statement_timeout', '30s'),
    ('traveler_service', 'idle_in_transaction_session_timeout', '10s'),
    ('traveler_worker', 'lock_timeout', '2s'),
    ('traveler_worker', 'statement_timeout', '10min'),
    ('traveler_worker', 'idle_in_transaction_session_timeout', '1min'),
    -- A migration that waits for a table makes everyone behind it wait too.
    ('traveler_migrator', 'lock_timeout', '3s'),
    ('traveler_migrator', 'statement_timeout', '0'),
    ('traveler_migrator', 'client_min_messages', 'warning'),
    ('traveler_watchdog', 'statement_timeout', '10s'),
    ('traveler_backup', 'default_transaction_read_only', 'on'),
    ('traveler_backup', 'lock_timeout', '30s')
) as own (role, setting, value)
\gexec

-- pg_temp stands last, or a temporary table would be found before the real one. A migration qualifies every name.
alter role traveler_service set search_path = traveler, pg_temp;
alter role traveler_worker set search_path = traveler, pg_temp;
alter role traveler_migrator set search_path = pg_catalog, pg_temp;
alter role traveler_watchdog set search_path = pg_catalog, pg_temp;

----------------------------------------------------------------------------------------------------------------------
-- The database

-- For sessions of logins that have no settings of their own: analysts and the operator read what the service wrote.
select format('alter database %I set %s = %L', current_database(), setting, value)
from (values
    ('timezone', 'UTC'),
    ('datestyle', 'ISO, YMD'),
    ('intervalstyle', 'iso_8601'),
    ('bytea_output', 'hex'),
    ('extra_float_digits', '1'),
    ('jit', 'off')
) as pinned (setting, value)
\gexec

select format('revoke all on database %I from public', current_database())
\gexec
select format('grant connect on database %I to %I', current_database(), role)
from unnest(array[
    'traveler_migrator', 'traveler_service', 'traveler_worker',
    'traveler_analyst', 'traveler_watchdog', 'traveler_backup'
]) as role
\gexec
revoke all on schema public from public;

-- Extensions stand apart, owned by the superuser: what they bring is called by its full name.
create schema if not exists extensions;
grant usage on schema extensions to traveler_owner, traveler_migrator;
create extension if not exists pgcrypto schema extensions;
create extension if not exists btree_gist schema extensions;
create extension if not exists pg_trgm schema extensions;

create schema if not exists traveler authorization traveler_owner;
create schema if not exists traveler_private authorization traveler_owner;
create schema if not exists analytics authorization traveler_owner;
create schema if not exists traveler_archive authorization traveler_owner;
comment on schema extensions is 'What only a superuser installs: extensions, and the guard over the history.';
comment on schema traveler is 'The records of production and the functions that act on them.';
comment on schema traveler_private is 'What nobody but the owner may touch: the context secret, trigger bodies, history writers.';
comment on schema traveler_archive is 'Months of the history that were detached, until they are dumped and dropped.';
comment on schema analytics is 'The stable views for analysts.';
grant usage on schema traveler to traveler_service, traveler_worker;
grant usage on schema analytics to traveler_analyst;

-- A function is for whom it is granted to, and for nobody else.
alter default privileges for role traveler_owner revoke execute on functions from public;

-- What would let one tenant's analyst store data beside the records, block others, or watch them work: large objects,
-- advisory locks, statistics, locks held, writing to the log, keeping snapshots. Who needs one of them is named.
select format('revoke execute on function %s from public', p.oid::regprocedure)
from pg_catalog.pg_proc p
where p.pronamespace = 'pg_catalog'::regnamespace
    and (p.proname ~ '^(lo_|pg_(try_)?advisory_|pg_stat_get_|pg_stat_reset)' or p.proname in ('loread', 'lowrite'))
\gexec
select format('grant execute on function %s to traveler_owner, traveler_migrator, traveler_worker', p.oid::regprocedure)
from pg_catalog.pg_proc p
where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ '^pg_(try_)?advisory_'
\gexec
select format('grant execute on function %s to traveler_worker, pg_read_all_stats', p.oid::regprocedure)
from pg_catalog.pg_proc p
where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ '^pg_stat_get_'
\gexec
select format('revoke all on %s from public', c.oid::regclass),
    format('grant select on %s to traveler_worker, pg_read_all_stats', c.oid::regclass)
from pg_catalog.pg_class c
where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'v' and c.relname ~ '^pg_stat'
\gexec

select format('revoke execute on function %s from public', p.oid::regprocedure)
from pg_catalog.pg_proc p
where p.pronamespace = 'pg_catalog'::regnamespace
    and p.proname in ('pg_lock_status', 'pg_blocking_pids', 'pg_safe_snapshot_blocking_pids', 'pg_prepared_xact', 'pg_logical_emit_message',
        'pg_export_snapshot', 'pg_notify', 'pg_notification_queue_usage', 'pg_get_viewdef', 'pg_get_ruledef')
\gexec
select format('revoke all on %s from public', view),
    format('grant select on %s to traveler_owner, traveler_migrator, traveler_worker', view)
from unnest(array['pg_catalog.pg_locks', 'pg_catalog.pg_prepared_xacts', 'pg_catalog.pg_rewrite', 'pg_catalog.pg_views', 'pg_catalog.pg_rules']) view
\gexec
-- What a view asks is its owner's matter: those that analysts keep may name what is theirs. A dump reads all of them.
select format('grant execute on function %s to traveler_owner, traveler_migrator, traveler_worker, traveler_backup', p.oid::regprocedure)
from pg_catalog.pg_proc p
where p.pronamespace = 'pg_catalog'::regnamespace
    and p.proname in ('pg_lock_status', 'pg_blocking_pids', 'pg_export_snapshot', 'pg_get_viewdef', 'pg_get_ruledef')
\gexec

----------------------------------------------------------------------------------------------------------------------
-- The guard over the history (Y1): no partition of traveler.transaction_history is dropped or detached.
--
-- Row triggers never see DROP or DETACH, so that both would take records away without a trace. The guard's functions
-- belong to the superuser and stand in a schema of the superuser's, because the owner of a schema may drop whatever
-- is in it. An operator who must (an archive was written and checked) says so in the session, as a superuser:
--
--     set traveler.allow_history_removal = 'on';

create or replace function extensions.history_removal_allowed() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(current_setting('traveler.allow_history_removal', true), '') = 'on'
        and (select rolsuper from pg_roles where rolname = current_user)
$$;

-- Drops, in whatever way they are asked for: DROP TABLE, DROP SCHEMA ... CASCADE, DROP OWNED.
create or replace function extensions.refuse_history_drop() returns event_trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    dropped record;
begin
    for dropped in
        select object_identity
        from pg_event_trigger_dropped_objects()
        where object_type = 'table' and schema_name in ('traveler', 'traveler_archive') and object_name like 'transaction\_history%'
    loop
        if not extensions.history_removal_allowed() then
            raise exception 'the history is append-only: % can not be dropped', dropped.object_identity
                using errcode = 'insufficient_privilege',
                    hint = 'A superuser who must removes it after: set traveler.allow_history_removal = ''on''.';
        end if;
    end loop;
end
$$;

-- DETACH CONCURRENTLY commits half of its work before the event below sees it, so it is refused by its words, which
-- are the whole command: it can not run inside a function or a block.
create or replace function extensions.refuse_concurrent_detach() returns event_trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if current_query() ~* '\ydetach\y' and current_query() ~* '\yconcurrently\y'
        and not extensions.history_removal_allowed()
    then
        raise exception 'no partition is detached concurrently: the guard over the history could not undo it'
            using errcode = 'insufficient_privilege',
                hint = 'A superuser who must detaches it after: set traveler.allow_history_removal = ''on''.';
    end if;
end
$$;

-- DETACH, and a rename or a move that would hide a partition from the guard: after an ALTER TABLE the tables named
-- as partitions and the partitions of the history are the same. A new partition is made by CREATE TABLE ... PARTITION
-- OF, never attached.
create or replace function extensions.refuse_history_detach() returns event_trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    astray text;
begin
    select c.oid::regclass::text into astray
    from pg_class c
    left join pg_inherits i on i.inhrelid = c.oid
    left join pg_class parent on parent.oid = i.inhparent
    where c.relkind in ('r', 'p')
        and (c.relnamespace = to_regnamespace('traveler')
            and c.relname ~ '^transaction_history_(default|[a-z]?[0-9]+)')
        is distinct from coalesce(parent.relnamespace = to_regnamespace('traveler')
            and parent.relname = 'transaction_history', false)
    limit 1;
    if astray is not null and not extensions.history_removal_allowed() then
        raise exception 'the history is append-only: % can not be detached, renamed or moved', astray
            using errcode = 'insufficient_privilege',
                hint = 'A superuser who must does it after: set traveler.allow_history_removal = ''on''.';
    end if;
end
$$;

revoke execute on function extensions.history_removal_allowed(), extensions.refuse_history_drop(),
    extensions.refuse_concurrent_detach(), extensions.refuse_history_detach() from public;
-- The functions above run as whoever altered the table, and ask this one.
grant execute on function extensions.history_removal_allowed() to public;

drop event trigger if exists traveler_100_refuse_history_drop;
create event trigger traveler_100_refuse_history_drop on sql_drop
    execute function extensions.refuse_history_drop();
alter event trigger traveler_100_refuse_history_drop enable always;

drop event trigger if exists traveler_200_refuse_concurrent_detach;
create event trigger traveler_200_refuse_concurrent_detach on ddl_command_start
    when tag in ('ALTER TABLE')
    execute function extensions.refuse_concurrent_detach();
alter event trigger traveler_200_refuse_concurrent_detach enable always;

drop event trigger if exists traveler_300_refuse_history_detach;
create event trigger traveler_300_refuse_history_detach on ddl_command_end
    when tag in ('ALTER TABLE')
    execute function extensions.refuse_history_detach();
alter event trigger traveler_300_refuse_history_detach enable always;

----------------------------------------------------------------------------------------------------------------------
-- Analysts (E1): logins of their own, bound to one org by the one traveler_org_<hex> role that each is a member of.
--
-- Making roles takes a superuser, because who may make any may take any. `traveler analyst` calls these functions; nobody is
-- granted them. The names of roles and schemas can be read by everybody, so they say nothing; whose a login is stands in
-- traveler_private.analyst.

-- p_verifier is a SCRAM-SHA-256 verifier, made where the password is known, so that the server and its log never have it; null
-- leaves the login without a password, for a cluster that trusts its clients by other means.
create or replace function extensions.create_analyst(p_org text, p_name text, p_verifier text, p_connections integer default 4) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid;
    v_login text := 'traveler_analyst_' || encode(extensions.gen_random_bytes(6), 'hex');
    v_group text;
    v_setting record;
begin
    select o.org_id into v_org from traveler.org o where o.slug = p_org;
    perform traveler_private.demand(v_org is not null, 404, 'org_unknown', 'T1', format('There is no org %s.', p_org));
    perform traveler_private.demand(coalesce(p_verifier ~ '^SCRAM-SHA-256\$[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$', true),
        422, 'verifier_invalid', 'E1', 'The password is given as its SCRAM-SHA-256 verifier.');
    perform traveler_private.demand(p_connections between 1 and 100, 422, 'connections_invalid', 'E1', 'An analyst has 1 to 100 connections.');
    perform traveler_private.demand(not exists (
            select from traveler_private.analyst a where a.org_id = v_org and a.name = p_name and a.disabled_at is null),
        409, 'analyst_exists', 'E1', format('The org has an analyst %s already.', p_name), 'Disable that one, or choose another name.');
    v_group := 'traveler_org_' || replace(v_org::text, '-', '');
    if not exists (select from pg_roles where rolname = v_group) then
        execute format('create role %I nologin noinherit nosuperuser nocreatedb nocreaterole nobypassrls', v_group);
    end if;
    -- For the views in which each attribute of the org is a column (F4).
    if to_regnamespace(v_group) is null then
        execute format('create schema %I authorization traveler_owner', v_group);
        execute format('comment on schema %I is %L', v_group, 'The views in which each attribute of an org is a column.');
    end if;
    execute format('grant usage on schema %I to %I', v_group, v_group);
    perform traveler.enter_system(v_org, 'analyst');
    perform traveler.keep_attribute_views();
    insert into traveler_private.analyst (login, org_id, name) values (v_login, v_org, p_name);
    execute format('create role %I login inherit nosuperuser nocreatedb nocreaterole nobypassrls noreplication connection limit %s',
        v_login, p_connections);
    if p_verifier is not null then
        execute format('alter role %I password %L', v_login, p_verifier);
    end if;
    execute format('grant traveler_analyst, %I to %I', v_group, v_login);
    for v_setting in
        select * from (values
            ('search_path', format('%I, %I, analytics, pg_temp', v_login, v_group)),
            ('timezone', 'UTC'::text), ('datestyle', 'ISO, YMD'), ('intervalstyle', 'iso_8601'), ('bytea_output', 'hex'),
            -- The analyst's own to change; what is not are the limits on connections and files, and the watchdog's.
            ('statement_timeout', '60s'), ('lock_timeout', '2s'), ('idle_in_transaction_session_timeout', '60s'),
            ('work_mem', '16MB'), ('max_parallel_workers_per_gather', '0'), ('jit', 'off'),
            -- A superuser's to change. What a statement says, or what is wrong with it, is no way to fill the disk of the server's log.
            ('temp_file_limit', '1GB'), ('log_min_messages', 'fatal'), ('log_min_error_statement', 'panic')) s (name, value)
    loop
        if v_setting.name = 'search_path' then
            execute format('alter role %I set search_path = %s', v_login, v_setting.value);
        else
            execute format('alter role %I set %s = %L', v_login, v_setting.name, v_setting.value);
        end if;
    end loop;
    -- For views of the analyst's own; the schema is the owner's, so that nobody else is ever let into it.
    execute format('create schema %I authorization traveler_owner', v_login);
    execute format('comment on schema %I is %L', v_login, 'Where an analyst keeps views.');
    execute format('grant usage, create on schema %I to %I', v_login, v_login);
    return v_login;
end
$$;
-- For logins that were made before these settings were.
select format('alter role %s set %s = %L', m.member::regrole, s.name, s.value)
from pg_auth_members m cross join (values ('log_min_messages', 'fatal'), ('log_min_error_statement', 'panic')) s (name, value)
where m.roleid = 'traveler_analyst'::regrole and exists (select from pg_roles r where r.oid = m.member and r.rolcanlogin)
\gexec
comment on function extensions.create_analyst is 'Makes the login of an analyst of one org and answers its name (E1); a superuser''s.';

create or replace function extensions.disable_analyst(p_login text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    update traveler_private.analyst a set disabled_at = now() where a.login = p_login and a.disabled_at is null;
    perform traveler_private.demand(found, 404, 'analyst_unknown', 'E1', format('There is no login %s that is in use.', p_login));
    -- A cluster that the database was restored into may lack the login.
    if exists (select from pg_roles where rolname = p_login) then
        execute format('alter role %I nologin password null', p_login);
        perform pg_terminate_backend(s.pid) from pg_stat_activity s where s.usename = p_login;
    end if;
end
$$;
comment on function extensions.disable_analyst is 'Ends an analyst''s sessions, and lets the login sign in no more (E1); a superuser''s.';

-- Every timeout of a session is its user's to change, so somebody else ends what runs, or does nothing, for too long. It runs as
-- traveler_watchdog, called by the worker.
create or replace function extensions.end_analyst_sessions(
    p_statement interval default '5 min', p_transaction interval default '10 min',
    p_idle_in_transaction interval default '1 min', p_idle interval default '1 hour'
) returns integer
language sql security definer
set search_path = pg_catalog, pg_temp
as $$
    select count(*) filter (where pg_terminate_backend(s.pid))::integer
    from pg_stat_activity s
    where s.usesysid in (select m.member from pg_auth_members m where m.roleid = 'traveler_analyst'::regrole)
        and (s.state = 'active' and s.query_start < clock_timestamp() - p_statement
            or s.xact_start < clock_timestamp() - p_transaction
            or s.state ~ '^idle in transaction' and s.state_change < clock_timestamp() - p_idle_in_transaction
            or s.state = 'idle' and s.state_change < clock_timestamp() - p_idle)
$$;
alter function extensions.end_analyst_sessions(interval, interval, interval, interval) owner to traveler_watchdog;
comment on function extensions.end_analyst_sessions is 'Ends the sessions of analysts that ran or idled too long, and says how many (E1).';

-- In a schema of their own analysts keep views, and nothing else: a table would be a store beside the records, a function a way
-- to look at what a policy has not judged yet.
create or replace function extensions.refuse_analyst_objects() returns event_trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if not pg_has_role(session_user, 'traveler_analyst', 'member') or (select r.rolsuper from pg_roles r where r.rolname = session_user) then
        return;
    end if;
    if tg_tag not in ('CREATE VIEW', 'ALTER VIEW', 'DROP VIEW') then
        raise exception 'an analyst keeps views and nothing else: % is not for analysts', tg_tag
            using errcode = 'insufficient_privilege';
    end if;
    if tg_tag = 'CREATE VIEW' and (select count(*) from pg_class c where c.relowner = session_user::regrole) >= 200 then
        raise exception 'an analyst keeps up to 200 views'
            using errcode = 'insufficient_privilege', hint = 'Drop some that are not needed.';
    end if;
end
$$;

-- What a view asks is kept, and is no store either.
create or replace function extensions.refuse_large_views() returns event_trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if pg_has_role(session_user, 'traveler_analyst', 'member') and not (select r.rolsuper from pg_roles r where r.rolname = session_user)
        and exists (select from pg_event_trigger_ddl_commands() c join pg_rewrite w on w.ev_class = c.objid
            where c.classid = 'pg_class'::regclass and pg_column_size(w.ev_action) > 131072)
    then
        raise exception 'a view of an analyst takes up to 128 kB'
            using errcode = 'insufficient_privilege', hint = 'Ask less in one view.';
    end if;
end
$$;

revoke execute on function extensions.create_analyst(text, text, text, integer), extensions.disable_analyst(text),
    extensions.end_analyst_sessions(interval, interval, interval, interval), extensions.refuse_analyst_objects(), extensions.refuse_large_views() from public;
grant usage on schema extensions to traveler_worker;
grant execute on function extensions.end_analyst_sessions(interval, interval, interval, interval) to traveler_worker;

drop event trigger if exists traveler_400_refuse_analyst_objects;
create event trigger traveler_400_refuse_analyst_objects on ddl_command_start
    execute function extensions.refuse_analyst_objects();
alter event trigger traveler_400_refuse_analyst_objects enable always;
drop event trigger if exists traveler_500_refuse_large_views;
create event trigger traveler_500_refuse_large_views on ddl_command_end when tag in ('CREATE VIEW', 'ALTER VIEW')
    execute function extensions.refuse_large_views();
alter event trigger traveler_500_refuse_large_views enable always;

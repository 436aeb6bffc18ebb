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
-- advisory locks, statistics. Who needs one of them is named.
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

-- What ops/bootstrap.sql promises: who is above the policies, what PUBLIC has lost, and that no one's DDL takes a part of
-- the history away.
begin;
select plan(35);

-- Roles --------------------------------------------------------------------------------------------------------------

select is_empty($$
    select rolname from pg_roles where rolname like 'traveler%' and (rolsuper or rolcreaterole or rolcreatedb or rolreplication)
$$, 'no role of ours may make databases or roles, or is a superuser');
select set_eq($$ select rolname::text from pg_roles where rolname like 'traveler%' and rolbypassrls $$,
    array['traveler_migrator', 'traveler_backup'], 'only the migrator and the backup stand above the policies');
select set_eq($$ select rolname::text from pg_roles where rolname like 'traveler%' and not rolcanlogin and rolname !~ '^traveler_(org|analyst)_' $$,
    array['traveler_owner', 'traveler_analyst'], 'the owner and the group of analysts sign in nowhere');
select set_eq($$
    select member::regrole::text from pg_auth_members where roleid = 'traveler_owner'::regrole
$$, array['traveler_migrator'], 'nobody but the migrator can become the owner');
select is_empty($$
    select roleid::regrole from pg_auth_members where member in ('traveler_service'::regrole, 'traveler_worker'::regrole)
$$, 'the service and the worker are members of nothing');
select is(r.setting, 'TimeZone=UTC', r.role || ' writes times in UTC')
from (
    select rolname as role, (select s from unnest(rolconfig) s where s ilike 'timezone=%') as setting
    from pg_roles where rolname like 'traveler%' and rolcanlogin and rolname !~ '^traveler_analyst_' order by 1
) r;
select matches(array_to_string(rolconfig, ' '), 'lock_timeout=500ms.*jit=off|jit=off.*lock_timeout=500ms',
    'the service waits half a second for a lock, and compiles nothing') from pg_roles where rolname = 'traveler_service';

-- What PUBLIC has lost -----------------------------------------------------------------------------------------------

create function pg_temp.try(role text, statement text) returns text language plpgsql as $$
begin
    execute format('set local role %I', role);
    execute statement;
    reset role;
    return 'allowed';
exception when others then
    reset role;
    return sqlstate;
end
$$;
select is(pg_temp.try('traveler_service', statement), '42501', 'the service cannot: ' || statement)
from unnest(array[
    'create temp table mine ()', 'create table public.mine ()', 'create table traveler.mine ()', 'create schema mine',
    'select lo_create(0)', 'select pg_advisory_lock(1)', 'select * from pg_stat_activity',
    'select pg_stat_get_activity(null)', 'select from traveler_private.migration', 'select extensions.gen_random_bytes(8)',
    'alter table traveler.org disable row level security'
]) as statement;
select isnt(pg_temp.try('traveler_worker', 'select * from pg_stat_activity'), '42501', 'the worker may watch');

-- The guard over the history -----------------------------------------------------------------------------------------

create temp view partition as
    select format('%I.%I', n.nspname, c.relname) as name, c.relname
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_namespace n on n.oid = c.relnamespace
    where i.inhparent = 'traveler.transaction_history'::regclass
    order by 1 limit 1;

select is(pg_temp.try('traveler_owner', format(statement, name)), '42501', 'the owner cannot: ' || format(statement, name))
from partition, unnest(array[
    'drop table %1$s', 'drop table traveler.transaction_history cascade', 'drop schema traveler cascade',
    'alter table traveler.transaction_history detach partition %1$s',
    'alter table traveler.transaction_history detach partition %1$s concurrently',
    'alter table %1$s rename to innocent', 'alter table %1$s set schema analytics',
    'alter table traveler.transaction_history rename to innocent',
    'drop function extensions.refuse_history_drop() cascade'
]) as statement;
select is(pg_temp.try('traveler_owner', format('set local traveler.allow_history_removal = ''on''; drop table %s', name)),
    '42501', 'the setting is worth nothing to the owner') from partition;
select is(pg_temp.try(current_user, format('drop table %s', name)), '42501', 'a superuser is asked to say so first') from partition;
select is(pg_temp.try(current_user, format('set local traveler.allow_history_removal = ''on''; drop table %s', name)),
    'allowed', 'a superuser who says so may') from partition;

select * from finish();
rollback;

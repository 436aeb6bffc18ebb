-- The laws of the schema, asked of the catalogue: a table, view or function that comes later is held to them by this story.
\ir support/world.psql
select plan(33);

create view test.tables as
    select c.oid, c.relname, c.relispartition,
        c.relname in ('permission', 'step_transition', 'issue_transition', 'purchase_order_line_transition', 'unit') as is_reference,
        c.relname ~ '^transaction_history' as is_history
    from pg_class c where c.relnamespace = 'traveler'::regnamespace and c.relkind in ('r', 'p');
create view test.functions as
    select p.oid, p.oid::regprocedure as signature, p.proname, n.nspname, p.prosecdef, p.proconfig, p.prosrc, p.provolatile, p.prokind, p.proacl, p.proowner
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('traveler', 'traveler_private', 'analytics');
create view test.callable as
    select * from test.functions f where has_function_privilege('traveler_service', f.oid, 'execute');

-- Law 1: org first, everywhere --------------------------------------------------------------------------------------

select is_empty($$
    select t.relname from test.tables t
    left join pg_attribute a on a.attrelid = t.oid and a.attnum = 1 and a.attname = 'org_id' and a.atttypid = 'uuid'::regtype and a.attnotnull
    where a.attrelid is null and not t.is_reference
$$, 'org_id uuid not null is the first column of every table');
select is_empty($$
    select i.indexrelid::regclass from pg_index i join test.tables t on t.oid = i.indrelid
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
    where a.attname <> 'org_id' and not t.is_reference and i.indexrelid::regclass::text <> 'traveler.org_slug_key'
$$, 'org_id is first in every primary key, unique key and index');
select is_empty($$
    select c.conname from pg_constraint c join test.tables t on t.oid = c.conrelid
    join pg_attribute own on own.attrelid = c.conrelid and own.attnum = c.conkey[1]
    join pg_attribute other on other.attrelid = c.confrelid and other.attnum = c.confkey[1]
    where c.contype = 'f' and c.confrelid <> 'traveler.permission'::regclass
        and not (own.attname = 'org_id' and other.attname = 'org_id' and (cardinality(c.conkey) > 1 or c.confrelid = 'traveler.org'::regclass))
$$, 'every foreign key is composite and starts with org_id: a key check sees through row security');
select is_empty($$
    select c.conname from pg_constraint c join test.tables t on t.oid = c.conrelid
    where c.contype = 'f' and 'n' in (c.confdeltype, c.confupdtype) or c.contype = 'f' and 'c' in (c.confdeltype, c.confupdtype)
$$, 'no foreign key deletes or clears anything by itself');
select is_empty($$
    select t.relname from test.tables t where not t.is_reference and not t.relispartition and not exists (
        select from pg_trigger g where g.tgrelid = t.oid and g.tgname in ('_010_refuse_identity_change', '_010_refuse_change') and g.tgenabled = 'A')
        and t.relname not in ('org_counter', 'run_schedule', 'nested_schedule', 'attribute_value', 'idempotency_key', 'refusal', 'attachment_upload', 'attachment_part')
$$, 'no record changes its id or its org');

-- Laws 2 and 5: row security ----------------------------------------------------------------------------------------

select is_empty($$
    select t.relname from test.tables t join pg_class c on c.oid = t.oid where not (c.relrowsecurity and c.relforcerowsecurity)
$$, 'row security is enabled and forced on every table and partition');
select results_eq($$
    select distinct format('%s %s %s using %s with check %s to %s', p.polname::text, p.polpermissive, p.polcmd,
        pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid),
        (select string_agg(r::regrole::text, ', ' order by r::regrole::text) from unnest(p.polroles) r)) collate "C"
    from pg_policy p join test.tables t on t.oid = p.polrelid where not t.is_reference order by 1
$$, $$
    select format('own_org t * using %1$s with check %1$s to traveler_service, traveler_worker',
        '(org_id = ( SELECT traveler.current_org() AS current_org))') collate "C"
    union all
    select format('own_org_inside t * using %1$s with check %1$s to traveler_owner',
        '(org_id = ( SELECT traveler_private.org() AS org))')
    union all
    select 'own_org_of_analyst t r using (org_id = ( SELECT analytics.current_org() AS current_org)) with check  to traveler_analyst' collate "C"
    order by 1
$$, 'every policy has one of three forms, with no sub-select but the org: verified at the doors, read as entered inside them, told by an analyst''s login');
select is_empty($$
    select t.relname from test.tables t
    where (select count(*) from pg_policy p where p.polrelid = t.oid) <> case when t.relispartition then 0 when t.is_reference then 1
        when has_any_column_privilege('traveler_analyst', t.oid, 'select') then 3 else 2 end
$$, 'every table has exactly its policies; a partition has none and shows nothing by itself');
select is_empty($$
    select t.relname from test.tables t where t.is_reference
        and (select pg_get_expr(p.polqual, p.polrelid) = 'true' and pg_get_expr(p.polwithcheck, p.polrelid) ~ 'traveler_owner' from pg_policy p where p.polrelid = t.oid) is not true
$$, 'reference tables are read by all and written by the owner');

-- Law 6: what reaches an index under row security -------------------------------------------------------------------

select is_empty($$
    select t.typname from pg_type t join pg_namespace n on n.oid = t.typnamespace where t.typtype = 'e' and n.nspname ~ '^(traveler|analytics)'
$$, 'there is no enum type');
select is_empty($$
    select i.indexrelid::regclass, a.attname from pg_index i join test.tables t on t.oid = i.indrelid
    join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey::smallint[])
    -- An exclusion constraint is a rule, not a way to search.
    where not i.indisexclusion and (m.amname <> 'btree' or a.atttypid in ('numeric'::regtype, 'jsonb'::regtype) or i.indexprs is not null)
$$, 'no index relies on numeric, on jsonb, on an expression or on anything but a b-tree');

-- Law 7: views and functions ----------------------------------------------------------------------------------------

select is_empty($$
    select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('traveler', 'analytics') and c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions), false)
$$, 'every view is a security_invoker');
select is_empty($$
    select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('traveler', 'traveler_private', 'analytics') and c.relkind in ('m', 'f', 'S')
$$, 'there is no materialized view, foreign table or sequence to see past the policies');
select is_empty($$
    select f.signature from test.functions f
    where f.prosecdef and not coalesce('search_path=pg_catalog, pg_temp' = any (f.proconfig), false)
$$, 'every definer function pins its search path, temporary tables last');
select is_empty($$
    select f.signature from test.functions f cross join lateral aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) g
    where g.grantee = 0
$$, 'no function is for PUBLIC');
select is_empty($$
    select f.signature from test.callable f
    where f.prosecdef and f.proname not in ('enter', 'sign_in', 'schema_version') and f.prosrc !~ 'traveler\.current_org\(\)|traveler_private\.context\(\)|perform traveler_private\.require\('
$$, 'every definer function that the service may call asks for the org again');
select is_empty($$
    select f.signature from test.callable f
    where f.prosecdef and f.provolatile = 'v' and f.prosrc !~ 'perform traveler_private\.require\('
        and f.proname not in ('enter', 'sign_in', 'sign_out', 'claim_key', 'answer', 'record_refusal', 'confirm_password',
            -- a matter of roles: 58_approvals.sql and 67_redline_approvals.sql have who may
            'decide_approval', 'decide_redline', 'create_approval_delegation', 'end_approval_delegation')
$$, 'every act that the service may call asks for a permission');
select is_empty($$
    select f.signature from test.callable f where f.nspname <> 'traveler'
$$, 'the service calls nothing outside the schema traveler');
select is_empty($$
    select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('traveler', 'traveler_private', 'analytics') and c.relkind in ('r', 'p', 'v') and c.relowner <> 'traveler_owner'::regrole
    union all
    select f.oid from test.functions f where f.proowner <> 'traveler_owner'::regrole
$$, 'everything belongs to traveler_owner');

-- Law 8: what the service may touch ---------------------------------------------------------------------------------

select is_empty($$
    select c.oid::regclass, p from pg_class c join pg_namespace n on n.oid = c.relnamespace, unnest(array['insert', 'update', 'references']) p
    where n.nspname in ('traveler', 'traveler_private', 'analytics') and c.relkind in ('r', 'p', 'v')
        and (has_any_column_privilege('traveler_service', c.oid, p) or has_any_column_privilege('traveler_worker', c.oid, p))
    union all
    select c.oid::regclass, p from pg_class c join pg_namespace n on n.oid = c.relnamespace, unnest(array['delete', 'truncate', 'trigger']) p
    where n.nspname in ('traveler', 'traveler_private', 'analytics') and c.relkind in ('r', 'p', 'v')
        and (has_table_privilege('traveler_service', c.oid, p) or has_table_privilege('traveler_worker', c.oid, p))
$$, 'neither the service nor the worker writes any table, nor any column of one');
select is_empty($$
    select c.oid::regclass from pg_class c where c.relnamespace = 'traveler_private'::regnamespace and c.relkind in ('r', 'p', 'v')
        and (has_any_column_privilege('traveler_service', c.oid, 'select') or has_any_column_privilege('traveler_worker', c.oid, 'select'))
    union all
    select f.oid from test.functions f where f.nspname = 'traveler_private'
        and (has_function_privilege('traveler_service', f.oid, 'execute') or has_function_privilege('traveler_worker', f.oid, 'execute'))
$$, 'nothing in traveler_private is granted to the service or the worker');
select ok(not has_schema_privilege('traveler_service', 'traveler_private', 'usage') and not has_schema_privilege('traveler_worker', 'traveler_private', 'usage'),
    'the schema traveler_private is closed to both');
select ok(not has_column_privilege('traveler_service', 'traveler.credential', 'digest', 'select'), 'the service does not read the digests of credentials');
select is_empty($$
    select n.nspname from pg_namespace n
    where n.nspname !~ '^pg_(toast_)?temp_' -- this session's own, where pgTAP keeps its score
        and (has_schema_privilege('traveler_service', n.oid, 'create') or has_schema_privilege('traveler_worker', n.oid, 'create'))
$$, 'the service can create nothing in any schema');
select ok(not has_database_privilege('traveler_service', current_database(), 'temp') and not has_database_privilege('traveler_service', current_database(), 'create'),
    'nor a temporary table to stand in for a real one, nor a schema');
select is_empty($$
    select r.rolname, m.roleid::regrole from pg_roles r left join pg_auth_members m on m.member = r.oid
    where r.rolname in ('traveler_service', 'traveler_worker') and (m.roleid is not null or r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication)
$$, 'the service and the worker are members of nothing and above nothing');
select is_empty($$
    select p.oid::regprocedure from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ '^(lo_|lo(read|write)$|pg_(try_)?advisory_|pg_stat_get_)'
        and has_function_privilege('traveler_service', p.oid, 'execute')
$$, 'large objects, advisory locks and statistics are closed to the service');

-- Law 9 and 12: derived columns and the history ---------------------------------------------------------------------

select results_eq($$
    select (a.attrelid::regclass::text || '.' || a.attname::text) collate "C" from pg_attribute a join test.tables t on t.oid = a.attrelid
    where a.attname = 'status' and a.attgenerated = 's' order by 1
$$, $$values ('traveler.part_inventory.status' collate "C"), ('traveler.purchase_order.status'), ('traveler.run.status')$$,
    'the status of runs, of inventory and of purchase orders is generated');
select is_empty($$
    select t.relname, g.tgname, x.tgenabled from test.tables t
    cross join unnest(array['_900_count_version', '_900_insert_history', '_900_update_history', '_900_delete_history', '_010_refuse_truncate']) g (tgname)
    left join pg_trigger x on x.tgrelid = t.oid and x.tgname = g.tgname
    where not t.is_reference and not t.is_history and t.relname not in ('org_counter', 'run_schedule', 'nested_schedule', 'attribute_value', 'idempotency_key', 'refusal', 'history_seal', 'attachment_upload', 'attachment_part')
        and x.tgenabled is distinct from 'A'
$$, 'every record table counts its versions and writes the history, whatever the session says');
select is_empty($$
    select t.relname from test.tables t
    where not t.is_reference and not t.is_history and t.relname not in ('org_counter', 'run_schedule', 'nested_schedule', 'attribute_value', 'idempotency_key', 'refusal', 'history_seal',
            'mbom_line', 'mbom_substitute', 'procedure_step', 'procedure_step_edge', 'procedure_field', 'procedure_requirement',
            'procedure_approval')
        and not exists (select from pg_trigger x where x.tgrelid = t.oid and x.tgname = '_010_refuse_delete' and x.tgenabled = 'A')
$$, 'nothing is deleted but the content of drafts');
select is_empty($$
    select t.relname from test.tables t
    where (t.is_history or t.relname = 'history_seal') and (select count(*) from pg_trigger x where x.tgrelid = t.oid and x.tgenabled = 'A'
        and x.tgname in ('_010_refuse_change', '_010_refuse_truncate')) <> 2
$$, 'the history, each of its partitions and its seals refuse every change, whatever the session says');

-- Words for people ---------------------------------------------------------------------------------------------------

select is_empty($$
    select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('traveler', 'traveler_private', 'analytics') and c.relkind in ('r', 'p', 'v') and not c.relispartition and obj_description(c.oid, 'pg_class') is null
    union all
    select f.signature::text from test.functions f where obj_description(f.oid, 'pg_proc') is null
    union all
    select n.nspname from pg_namespace n where n.nspname in ('traveler', 'traveler_private', 'analytics') and obj_description(n.oid, 'pg_namespace') is null
$$, 'every schema, table, view and function says what it is for');

-- The functions themselves ------------------------------------------------------------------------------------------

-- Each trigger function once for every table it stands on. One function serves several events, so that some of its branches
-- read a transition table that the trigger at hand does not have: both are declared.
create function test.check_functions() returns setof text
language plpgsql as $$
begin
    if not exists (select from pg_available_extensions where name = 'plpgsql_check') then
        return next tap.fail('plpgsql_check is installed');
        return;
    end if;
    create extension if not exists plpgsql_check schema tap;
    return query select tap.is_empty($q$
        select f.signature::text, c.lineno, c.message, c.detail from test.functions f
        join pg_language l on l.oid = (select prolang from pg_proc where oid = f.oid) and l.lanname = 'plpgsql'
        cross join lateral tap.plpgsql_check_function_tb(f.oid, fatal_errors => false, extra_warnings => true) c
        where (select prorettype from pg_proc where oid = f.oid) not in ('trigger'::regtype, 'event_trigger'::regtype)
            and c.level in ('error', 'warning')
        union all
        select g.tgrelid::regclass || ' ' || g.tgname, c.lineno, c.message, c.detail from pg_trigger g
        join test.functions f on f.oid = g.tgfoid
        cross join lateral (select case when num_nonnulls(g.tgoldtable, g.tgnewtable) > 0 then 'old_rows' end,
            case when num_nonnulls(g.tgoldtable, g.tgnewtable) > 0 then 'new_rows' end) x (old_rows, new_rows)
        cross join lateral tap.plpgsql_check_function_tb(f.oid, g.tgrelid, fatal_errors => false, extra_warnings => true,
            oldtable => x.old_rows, newtable => x.new_rows) c
        where not g.tgisinternal and c.level in ('error', 'warning')
    $q$, 'plpgsql_check finds nothing wrong in any function');
end
$$;
-- It evaluates what it takes for constant, the caller's org among it.
begin;
select test.enter_owner();
select test.check_functions();
commit;
select * from finish();

-- The transaction history (Y1, Y2): one statement trigger per table and event writes the entries and moves the chain on.

create or replace function traveler_private.chain_step(p_state bytea, p_head bytea, p_payload text) returns bytea
language sql stable parallel safe
as $$ select sha256(coalesce(p_state, p_head) || convert_to(p_payload, 'UTF8')) $$;
comment on function traveler_private.chain_step is 'The digest after one more entry: SHA-256 of the digest before it and the payload''s bytes (Y2).';

do $$ begin
    if to_regprocedure('traveler_private.chain(bytea, text)') is null then
        create aggregate traveler_private.chain(head bytea, payload text) (sfunc = traveler_private.chain_step, stype = bytea);
    end if;
end $$;
comment on aggregate traveler_private.chain(bytea, text) is 'Running digest of a chain''s payloads, in order, from a head (Y2).';

create or replace function traveler_private.chain_genesis(p_org uuid, p_root uuid) returns bytea
language sql stable parallel safe
as $$ select sha256(convert_to('traveler:1:' || p_org || ':' || p_root, 'UTF8')) $$;
comment on function traveler_private.chain_genesis is 'Where a root''s chain starts: no chain can be passed off as another''s.';

-- Takes the changes of one statement, as JSON members without braces, and moves the chains of their roots on.
create or replace function traveler_private.append_history(
    p_table text, p_root_table text, p_operation text, p_roots uuid[], p_rows uuid[], p_changes text[]
) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    c text[] := traveler_private.context();
    v_org uuid := c[1]::uuid;
    v_actor text := case when c[2] <> '' then 'user:' || c[2] else 'system:' || c[4] end;
    v_request_id text := nullif(convert_from(decode(c[5], 'hex'), 'UTF8'), '');
    v_reason text := nullif(convert_from(decode(c[6], 'hex'), 'UTF8'), '');
    v_at timestamptz := clock_timestamp();
    v_operation text := lower(p_operation);
    v_head text := format(
        '{"v":1,"table":"%s","operation":"%s","at":"%s","transaction":"%s","actor":"%s","via":"%s","role":%s,"request_id":%s,"reason":%s,"root":"',
        p_table, v_operation, traveler.json_time(v_at), pg_current_xact_id(), v_actor, c[3], to_json(session_user::text),
        coalesce(to_json(v_request_id)::text, 'null'), coalesce(to_json(v_reason)::text, 'null'));
    v_roots uuid[];
    v_count integer;
    v_seq bigint;
    v_digest bytea;
    v_payload text;
begin
    if cardinality(p_rows) = 1 then
        -- One row: the same work as below without its set machinery, which costs several times the work itself.
        v_payload := v_head || p_roots[1] || '",' || p_changes[1] || '}';
        if v_operation = 'insert' and p_table = p_root_table then
            v_seq := 1;
            v_digest := traveler_private.chain_step(null, traveler_private.chain_genesis(v_org, p_roots[1]), v_payload);
            insert into traveler_private.history_head (org_id, root_id, root_table, seq, digest)
            values (v_org, p_roots[1], p_root_table, v_seq, v_digest);
        else
            update traveler_private.history_head h set seq = h.seq + 1, digest = traveler_private.chain_step(null, h.digest, v_payload)
            where h.org_id = v_org and h.root_id = p_roots[1]
            returning h.seq, h.digest into v_seq, v_digest;
            if not found then
                raise exception 'history of %: chain % not found', p_table, p_roots[1];
            end if;
        end if;
        insert into traveler.transaction_history (org_id, root_id, seq, at, root_table, table_name, row_id, operation,
            transaction_id, actor, via, db_role, request_id, reason, payload, digest)
        values (v_org, p_roots[1], v_seq, v_at, p_root_table, p_table, p_rows[1], v_operation,
            pg_current_xact_id(), v_actor, c[3], session_user, v_request_id, v_reason, v_payload, v_digest);
        return;
    end if;
    v_roots := array(select distinct r from unnest(p_roots) r order by r);
    if v_operation = 'insert' and p_table = p_root_table then
        insert into traveler_private.history_head (org_id, root_id, root_table, seq, digest)
        select v_org, r, p_root_table, 0, traveler_private.chain_genesis(v_org, r) from unnest(v_roots) r;
    else
        -- The lock is a statement of its own, in id order (law 11 of the conventions).
        perform from traveler_private.history_head h where h.org_id = v_org and h.root_id = any (v_roots)
        order by h.root_id for no key update;
    end if;
    with link as (
        select h.root_id, x.row_id, x.payload, h.seq + row_number() over w as seq, traveler_private.chain(h.digest, x.payload) over w as digest
        from (select u.root_id, u.row_id, v_head || u.root_id || '",' || u.change || '}' as payload
            from unnest(p_roots, p_rows, p_changes) u (root_id, row_id, change)) x
        join traveler_private.history_head h on h.org_id = v_org and h.root_id = x.root_id
        window w as (partition by h.root_id order by x.row_id rows unbounded preceding)
    ), entry as (
        insert into traveler.transaction_history (org_id, root_id, seq, at, root_table, table_name, row_id, operation,
            transaction_id, actor, via, db_role, request_id, reason, payload, digest)
        select v_org, l.root_id, l.seq, v_at, p_root_table, p_table, l.row_id, v_operation,
            pg_current_xact_id(), v_actor, c[3], session_user, v_request_id, v_reason, l.payload, l.digest
        from link l
    ), moved as (
        update traveler_private.history_head h set seq = l.seq, digest = l.digest
        from (select distinct on (l.root_id) l.root_id, l.seq, l.digest from link l order by l.root_id, l.seq desc) l
        where h.org_id = v_org and h.root_id = l.root_id
        returning 1
    )
    select count(*) into v_count from moved;
    if v_count <> cardinality(v_roots) then
        raise exception 'history of %: % of % chains moved on', p_table, v_count, cardinality(v_roots);
    end if;
end
$$;
comment on function traveler_private.append_history is 'Writes the history entries of one statement and moves the chains of their roots on (Y1, Y2).';

-- Puts a table under history: version counting, a trigger function that knows its columns, three statement triggers (ENABLE
-- ALWAYS), no delete (T4) unless allowed. The function is generated because a row's image is several times cheaper as text from
-- its own columns than by way of jsonb.
create or replace function traveler_private.keep_history(
    p_table text, p_root_table text, p_root_column text, p_left_out text[] default '{}', p_deletable boolean default false
) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_id text := case when p_table = 'org' then 'org_id' else 'id' end;
    v_record_columns text;
    v_changed text;
    v_new text;
    v_identity text[];
    v_trigger text;
begin
    -- Column by column: a BEFORE trigger does not see generated columns.
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum),
        string_agg(format('old.%1$I is distinct from new.%1$I', a.attname), ' or ' order by a.attnum)
    into v_record_columns, v_changed
    from pg_attribute a
    where a.attrelid = format('traveler.%I', p_table)::regclass and a.attnum > 0 and not a.attisdropped
        and a.attgenerated = '' and a.attname <> 'version' and a.attname <> all (p_left_out);
    execute format('create or replace trigger _900_count_version before update of %s, version on traveler.%I for each row
        when (%s or old.version is distinct from new.version) execute function traveler_private.count_version()',
        v_record_columns, p_table, v_changed);

    select array_agg(quote_ident(a.attname) order by a.attnum) into v_identity
    from pg_attribute a
    where a.attrelid = format('traveler.%I', p_table)::regclass and a.attgenerated = '' and a.attname in ('org_id', v_id, p_root_column);
    execute format('create or replace trigger _010_refuse_identity_change before update of %s on traveler.%I for each row
        when (%s) execute function traveler_private.refuse_identity_change(%L)', array_to_string(v_identity, ', '), p_table,
        (select string_agg(format('old.%1$s <> new.%1$s', c), ' or ') from unnest(v_identity) c), p_table);

    select case when p_left_out = '{}' then 'to_json(n)'
        else format('to_json((select x from (select %s) x))', string_agg(format('n.%I', a.attname), ', ' order by a.attnum)) end
    into v_new
    from pg_attribute a
    where a.attrelid = format('traveler.%I', p_table)::regclass and a.attnum > 0 and not a.attisdropped and a.attname <> all (p_left_out);
    execute format($function$
        create or replace function traveler_private.%1$I() returns trigger
        language plpgsql security definer
        set search_path = pg_catalog, pg_temp
        set timezone = 'UTC'
        set bytea_output = 'hex'
        as $body$
        declare
            v_roots uuid[];
            v_rows uuid[];
            v_changes text[];
        begin
            if tg_op = 'INSERT' then
                select array_agg(n.%2$I), array_agg(n.%3$I), array_agg('"after":' || %4$s) into v_roots, v_rows, v_changes from new_rows n;
            elsif tg_op = 'UPDATE' then
                -- A change of derived counters alone leaves the version as it is, and is no change of the record. Rows keep their keys, so that
                -- every row has its other; a full join says so to the planner, which else keeps a nested loop, chosen for one row, for a thousand.
                select array_agg(n.%2$I) filter (where n.version <> o.version), array_agg(n.%3$I) filter (where n.version <> o.version),
                    array_agg('"before":' || %5$s || ',"after":' || %4$s) filter (where n.version <> o.version) into v_roots, v_rows, v_changes
                from new_rows n full join old_rows o on o.org_id = n.org_id and o.%3$I = n.%3$I;
            else
                select array_agg(o.%2$I), array_agg(o.%3$I), array_agg('"before":' || %5$s) into v_roots, v_rows, v_changes from old_rows o;
            end if;
            if v_rows is not null then
                perform traveler_private.append_history(%6$L, %7$L, tg_op, v_roots, v_rows, v_changes);
            end if;
            return null;
        end
        $body$
    $function$, 'write_' || p_table || '_history', p_root_column, v_id, v_new,
        case when p_left_out = '{}' then 'to_json(o)' else replace(v_new, 'n.', 'o.') end, p_table, p_root_table);
    execute format('comment on function traveler_private.%I is %L', 'write_' || p_table || '_history',
        format('Trigger: the transaction history of %s (Y1); generated by keep_history.', p_table));

    execute format('create or replace trigger _900_insert_history after insert on traveler.%I
        referencing new table as new_rows for each statement execute function traveler_private.%I()', p_table, 'write_' || p_table || '_history');
    execute format('create or replace trigger _900_update_history after update on traveler.%I referencing old table as old_rows
        new table as new_rows for each statement execute function traveler_private.%I()', p_table, 'write_' || p_table || '_history');
    execute format('create or replace trigger _900_delete_history after delete on traveler.%I
        referencing old table as old_rows for each statement execute function traveler_private.%I()', p_table, 'write_' || p_table || '_history');
    if not p_deletable then
        execute format('create or replace trigger _010_refuse_delete before delete on traveler.%I
            for each statement execute function traveler_private.refuse_delete(%L)', p_table, p_table);
    end if;
    execute format('create or replace trigger _010_refuse_truncate before truncate on traveler.%I
        for each statement execute function traveler_private.refuse_delete(%L)', p_table, p_table);
    for v_trigger in
        select t.tgname from pg_trigger t
        where t.tgrelid = format('traveler.%I', p_table)::regclass and not t.tgisinternal and t.tgname ~ '^_(010|900)_'
    loop
        execute format('alter table traveler.%I enable always trigger %I', p_table, v_trigger);
    end loop;
    insert into traveler_private.history_table (table_name, root_table, id_column, left_out)
    values (p_table, p_root_table, v_id, p_left_out)
    on conflict (table_name) do update set root_table = excluded.root_table, id_column = excluded.id_column, left_out = excluded.left_out
    where (history_table.root_table, history_table.id_column, history_table.left_out)
        is distinct from (excluded.root_table, excluded.id_column, excluded.left_out);
end
$$;
comment on function traveler_private.keep_history is 'Puts a table under the transaction history (Y1) and the no-delete rule (T4).';

-- The history itself refuses every change, on the parent and on every partition: a partition has no parent's TRUNCATE trigger.
-- What is in place already is left alone: these commands lock out everyone who writes.
create or replace function traveler_private.protect_history(p_partition regclass) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from pg_trigger t where t.tgrelid = p_partition and t.tgname = '_010_refuse_truncate' and t.tgenabled = 'A') then
        execute format('create or replace trigger _010_refuse_truncate before truncate on %s
            for each statement execute function traveler_private.refuse_change(''transaction_history'', ''Y2'')', p_partition);
        execute format('alter table %s enable always trigger _010_refuse_truncate', p_partition);
    end if;
    if not exists (select from pg_class c where c.oid = p_partition and c.relrowsecurity and c.relforcerowsecurity) then
        execute format('alter table %s enable row level security', p_partition);
        execute format('alter table %s force row level security', p_partition);
    end if;
end
$$;
comment on function traveler_private.protect_history is 'Protects one partition of the history against TRUNCATE and reading around the policy (Y2).';

create or replace function traveler_private.ensure_history_partitions(p_months integer) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
declare
    v_month date;
    v_name text;
begin
    for i in 0 .. p_months loop
        v_month := (date_trunc('month', now()) + make_interval(months => i))::date;
        v_name := 'transaction_history_' || to_char(v_month, 'YYYY_MM');
        if to_regclass('traveler.' || v_name) is null then
            -- Entries of that month may sit in the default partition already. There they stay, readable and verifiable: the one
            -- month goes without a partition, and neither the other months nor the migration that called fail for it. They can't
            -- be looked for, since the default partition shows nothing by itself; the attempt tells.
            begin
                execute format('create table traveler.%I partition of traveler.transaction_history for values from (%L) to (%L)',
                    v_name, v_month::timestamptz, (v_month + interval '1 month')::timestamptz);
            exception when check_violation then
                raise warning 'history entries of % sit in the default partition: the month goes without one of its own', to_char(v_month, 'YYYY-MM');
            end;
        end if;
    end loop;
    perform traveler_private.protect_history(inhrelid::regclass)
    from pg_inherits where inhparent = 'traveler.transaction_history'::regclass;
end
$$;
comment on function traveler_private.ensure_history_partitions is 'Makes the history''s monthly partitions from this month to p_months ahead, except for those whose entries the default partition holds already; it takes the rest.';

create or replace function traveler.prepare_history_partitions(p_months integer default 12) returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_before bigint := (select count(*) from pg_inherits i where i.inhparent = 'traveler.transaction_history'::regclass);
begin
    perform traveler_private.demand(p_months between 0 and 60, 422, 'months_invalid', 'Y1', 'Partitions are made for 0 to 60 months ahead.');
    perform traveler_private.ensure_history_partitions(p_months);
    return (select count(*) from pg_inherits i where i.inhparent = 'traveler.transaction_history'::regclass) - v_before;
end
$$;
comment on function traveler.prepare_history_partitions is 'Makes the history''s partitions up to p_months ahead and says how many it made. Granted to the worker only.';

create or replace trigger _010_refuse_change before update or delete on traveler.transaction_history
    for each row execute function traveler_private.refuse_change('transaction_history', 'Y2');
alter table traveler.transaction_history enable always trigger _010_refuse_change;
create or replace trigger _010_refuse_truncate before truncate on traveler.transaction_history
    for each statement execute function traveler_private.refuse_change('transaction_history', 'Y2');
alter table traveler.transaction_history enable always trigger _010_refuse_truncate;
select traveler_private.ensure_history_partitions(12);

-- Which chain each table's entries belong to.
select traveler_private.keep_history('org', 'org', 'org_id');
select traveler_private.keep_history('role', 'org', 'org_id');
select traveler_private.keep_history('role_permission', 'org', 'org_id');
select traveler_private.keep_history('user_account', 'user_account', 'id');
select traveler_private.keep_history('user_role', 'user_account', 'user_id');
select traveler_private.keep_history('credential', 'user_account', 'user_id', '{digest}');
select traveler_private.keep_history('location', 'location', 'id');
select traveler_private.keep_history('work_calendar', 'work_calendar', 'id');
select traveler_private.keep_history('tool', 'tool', 'id');
select traveler_private.keep_history('part', 'part', 'id');
select traveler_private.keep_history('mbom', 'mbom', 'id');
select traveler_private.keep_history('mbom_line', 'mbom', 'mbom_id', p_deletable => true);
select traveler_private.keep_history('mbom_substitute', 'mbom', 'mbom_id', p_deletable => true);
select traveler_private.keep_history('part_inventory', 'part_inventory', 'id');
select traveler_private.keep_history('inventory_movement', 'part_inventory', 'root_inventory_id');
select traveler_private.keep_history('procedure', 'procedure', 'id');
select traveler_private.keep_history('procedure_step', 'procedure', 'procedure_id', p_deletable => true);
select traveler_private.keep_history('procedure_step_edge', 'procedure', 'procedure_id', p_deletable => true);
select traveler_private.keep_history('procedure_field', 'procedure', 'procedure_id', p_deletable => true);
select traveler_private.keep_history('procedure_requirement', 'procedure', 'procedure_id', p_deletable => true);
select traveler_private.keep_history('run', 'run', 'id', '{steps_todo,steps_in_progress,steps_hold,steps_redline,steps_completed,steps_failed,steps_canceled,steps_total,status,planned}');
select traveler_private.keep_history('run_inventory', 'run', 'run_id');
select traveler_private.keep_history('issue', 'issue', 'id');
select traveler_private.keep_history('issue_inventory', 'issue', 'issue_id');
select traveler_private.keep_history('issue_approval', 'issue', 'issue_id');
select traveler_private.keep_history('issue_comment', 'issue', 'issue_id');
select traveler_private.keep_history('disposition_type', 'disposition_type', 'id');
select traveler_private.keep_history('disposition_type_role', 'disposition_type', 'disposition_type_id');
select traveler_private.keep_history('reason', 'org', 'org_id');
select traveler_private.keep_history('attribute_definition', 'attribute_definition', 'id');
select traveler_private.keep_history('run_step', 'run', 'run_id');
select traveler_private.keep_history('run_step_edge', 'run', 'run_id');
select traveler_private.keep_history('run_step_field', 'run', 'run_id');
select traveler_private.keep_history('team', 'team', 'id');
select traveler_private.keep_history('team_member', 'team', 'team_id');
select traveler_private.keep_history('assignment', 'run', 'run_id');
select traveler_private.keep_history('labor_session', 'run', 'run_id');
select traveler_private.keep_history('attachment', 'run', 'run_id');
select traveler_private.keep_history('labor_rate', 'labor_rate', 'id');
select traveler_private.keep_history('build_requirement', 'run', 'run_id', '{quantity_installed,quantity_excepted,quantity_shared,quantity_carried}');
select traveler_private.keep_history('build_requirement_exception', 'run', 'run_id');
select traveler_private.keep_history('build_requirement_substitute', 'run', 'run_id');
select traveler_private.keep_history('installation', 'run', 'run_id');
select traveler_private.keep_history('carried_installation', 'run', 'run_id');
select traveler_private.keep_history('as_built_record', 'run', 'run_id', '{document}');
select traveler_private.keep_history('completion_acknowledgment', 'run', 'run_id');
select traveler_private.keep_history('run_reopening', 'run', 'run_id');
select traveler_private.keep_history('procedure_approval', 'procedure', 'procedure_id', p_deletable => true);
select traveler_private.keep_history('run_step_approval_requirement', 'run', 'run_id');
select traveler_private.keep_history('approval_delegation', 'user_account', 'from_user_id');
select traveler_private.keep_history('approval', 'run', 'run_id');
select traveler_private.keep_history('deviation', 'run', 'run_id');
select traveler_private.keep_history('signature', 'run', 'run_id', '{document}');
select traveler_private.keep_history('signature_failure', 'user_account', 'user_id');
select traveler_private.keep_history('redline', 'run', 'run_id');
select traveler_private.keep_history('redline_approval', 'run', 'run_id');
select traveler_private.keep_history('redline_approval_policy', 'org', 'org_id');
select traveler_private.keep_history('redline_merge', 'procedure', 'procedure_id');
select traveler_private.keep_history('run_supply', 'run', 'run_id');
select traveler_private.keep_history('run_split', 'run', 'run_id');
select traveler_private.keep_history('run_split_step', 'run', 'run_id');
select traveler_private.keep_history('installation_share', 'run', 'run_id');
select traveler_private.keep_history('installation_resolution', 'run', 'run_id');
select traveler_private.keep_history('batch', 'batch', 'id');
select traveler_private.keep_history('batch_run', 'batch', 'batch_id');
select traveler_private.keep_history('supplier', 'supplier', 'id');
select traveler_private.keep_history('purchase_order', 'purchase_order', 'id', '{lines_draft,lines_requested,lines_approved,lines_ordered,lines_partially_received,lines_received,lines_canceled,status}');
select traveler_private.keep_history('purchase_order_line', 'purchase_order', 'purchase_order_id');
select traveler_private.keep_history('outside_process', 'run', 'run_id');
select traveler_private.keep_history('outside_shipment', 'run', 'run_id');

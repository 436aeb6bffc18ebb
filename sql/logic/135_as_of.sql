-- A run as it was at a past moment, and what changed between two, from its transaction history alone (Y3).
--
-- A chain's entries stand in the order in which its transactions were committed, each transaction's together: their writers take
-- the lock of the chain's head and keep it. So a beginning of the chain that ends with a transaction is a state that the run was in.

-- R1 over the states of steps: counters and status are derived, and not in the history.
create or replace function traveler_private.status_of_states(p_states text[], p_completed boolean) returns text
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    return case when 'redline' = any (p_states) then 'redline'
        when 'hold' = any (p_states) then 'hold'
        when 'failed' = any (p_states) then 'failed'
        when 'in_progress' = any (p_states) then 'in_progress'
        when cardinality(p_states) > 0 and 'canceled' = all (p_states) then 'canceled'
        when p_completed and not 'canceled' = any (p_states) then 'complete'
        when p_completed then 'partial_complete'
        when 'completed' = any (p_states) then 'in_progress'
        else 'todo' end;
end
$$;
comment on function traveler_private.status_of_states is 'The status of a run whose steps are in these states (R1), for a moment that the run''s row no longer shows.';

-- The last entry of a chain at a moment, null before its first; without a moment, of all. An entry's time is taken before it waits
-- for the chain, so what stands behind a later one was not there either. Of a transaction that had not written all of its entries
-- nothing was to be seen.
create or replace function traveler_private.chain_at(p_root uuid, p_at timestamptz) returns bigint
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
    v_org uuid := traveler_private.org();
    v_next bigint;
    v_transaction xid8;
    v_seq bigint;
begin
    select h.seq, h.transaction_id into v_next, v_transaction from traveler.transaction_history h
    where h.org_id = v_org and h.root_id = p_root and h.at > p_at order by h.seq limit 1;
    select h.seq into v_seq from traveler.transaction_history h
    where h.org_id = v_org and h.root_id = p_root and (v_next is null or h.seq < v_next)
        and (v_transaction is null or h.transaction_id <> v_transaction)
    order by h.seq desc limit 1;
    if v_seq is null then
        -- Nothing that is left is as old; what was detached may be.
        select max(a.seq) into v_seq from traveler_private.history_anchor a where a.org_id = v_org and a.root_id = p_root;
    end if;
    return v_seq;
end
$$;
comment on function traveler_private.chain_at is 'How far a root''s chain had come at a moment, in whole transactions (Y3).';

-- The rows of a run's chain as its entries up to one left them. What has been detached from the history can't be shown, and is not
-- taken for something that never was.
create or replace function traveler_private.run_images(p_run uuid, p_seq bigint, p_tables text[] default null)
returns table (table_name text, row_id uuid, seq bigint, image jsonb)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
begin
    perform traveler_private.require_entries(p_run, p_seq);
    return query
    select n.table_name, n.row_id, n.seq, n.payload::jsonb -> 'after'
    from (
        select distinct on (h.table_name, h.row_id) h.table_name, h.row_id, h.seq, h.operation, h.payload from traveler.transaction_history h
        where h.org_id = v_org and h.root_id = p_run and h.seq <= p_seq and (p_tables is null or h.table_name = any (p_tables))
        order by h.table_name, h.row_id, h.seq desc) n
    where n.operation <> 'delete';
end
$$;
comment on function traveler_private.run_images is 'Each row of a run''s chain as the newest of its first p_seq entries has it (Y3).';

create or replace function traveler_private.require_entries(p_root uuid, p_seq bigint) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
    perform traveler_private.demand((
            select count(*) from traveler.transaction_history h
            where h.org_id = traveler_private.org() and h.root_id = p_root and h.seq <= p_seq) = p_seq,
        409, 'history_detached', 'Y3', 'A month of the history that this needs was detached.', 'Ask the operator for its archive.');
end
$$;
comment on function traveler_private.require_entries is 'Refuses where entries of a chain''s beginning are not at hand (Y3).';

create or replace function traveler_private.require_past(p_at timestamptz, p_name text) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand(p_at is null or p_at <= clock_timestamp(), 422, 'moment_in_future', 'Y3',
        format('%s is in the future: nothing is known of it.', p_name), 'Give a moment that has passed.');
end
$$;
comment on function traveler_private.require_past is 'Refuses a moment that has not come (Y3).';

-- The rows of a run's chain by table, in the form in which documents have values: times in UTC, quantities as decimal strings. The
-- columns are those of today; an image from before one came does not have it.
create or replace function traveler_private.run_rows(p_run uuid, p_seq bigint) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
    return (
        with form as materialized (
            select t.table_name, array_agg(a.attname::text) as names, array_agg(a.atttypid = 'timestamptz'::regtype) as times
            from traveler_private.history_table t
            join pg_attribute a on a.attrelid = to_regclass('traveler.' || quote_ident(t.table_name)) and a.atttypid in ('timestamptz'::regtype, 'numeric'::regtype)
                and not a.attisdropped
            where t.root_table = 'run' group by t.table_name
        )
        select jsonb_object_agg(x.table_name, x.images) from (
            select i.table_name, jsonb_agg((i.image - 'org_id') || coalesce(c.values, '{}') order by i.row_id) as images
            from traveler_private.run_images(p_run, p_seq) i
            left join form f on f.table_name = i.table_name
            cross join lateral (
                select jsonb_object_agg(n.name, case when n.is_time then traveler.json_time((i.image ->> n.name)::timestamptz)
                    else traveler.json_decimal((i.image ->> n.name)::numeric) end) as values
                from unnest(f.names, f.times) n (name, is_time) where i.image ->> n.name is not null) c
            group by i.table_name) x
    );
end
$$;
comment on function traveler_private.run_rows is 'Each table of a run''s chain with its rows as of an entry, in the form of documents (Y3).';

-- GET /v1/runs/{id}/as-of. The keys are those of GET /v1/runs/{id} and GET /v1/steps/{id} where the facts are the same. What has no key
-- of its own there, a column or a table that came later, stands as its row had it: no record of a run is left out. Parts, inventory,
-- locations, users, roles and the procedure have histories of their own, and go by their present names.
create or replace function traveler.run_as_of(p_run uuid, p_at timestamptz default null, p_seq bigint default null) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
    v_org uuid := traveler.current_org();
    v_seq bigint := p_seq;
    v_entry traveler.transaction_history;
    v_rows jsonb;
    v_run jsonb;
    v_states text[];
    -- By step and by requirement, looked up by id below.
    v_upstream jsonb;
    v_fields jsonb;
    v_sessions jsonb;
    v_substitutes jsonb;
    v_installed jsonb;
begin
    perform traveler_private.demand(num_nonnulls(p_at, p_seq) = 1, 422, 'moment_missing', 'Y3', 'Say as of when: give at or seq, and one of them.');
    perform traveler_private.require_past(p_at, 'at');
    if not exists (select from traveler.run r where r.org_id = v_org and r.id = p_run) then
        return null;
    end if;
    if p_at is not null then
        v_seq := traveler_private.chain_at(p_run, p_at);
    end if;
    select * into v_entry from traveler.transaction_history h where h.org_id = v_org and h.root_id = p_run and h.seq = v_seq;
    if not found then
        if exists (select from traveler_private.history_anchor a where a.org_id = v_org and a.root_id = p_run and a.seq >= v_seq) then
            perform traveler_private.require_entries(p_run, v_seq);
        end if;
        return null;
    end if;
    v_rows := traveler_private.run_rows(p_run, v_seq);
    v_run := v_rows #> '{run,0}';
    -- A withdrawn step is kept, and does not count (D6).
    select coalesce(array_agg(s ->> 'state'), '{}') into v_states from jsonb_array_elements(v_rows -> 'run_step') s where s ->> 'withdrawn_at' is null;
    select jsonb_object_agg(x.id, x.ids) into v_upstream from (
        select e ->> 'downstream_id' as id, jsonb_agg(e -> 'upstream_id' order by e ->> 'upstream_id') as ids
        from jsonb_array_elements(v_rows -> 'run_step_edge') e where e ->> 'withdrawn_at' is null group by 1) x;
    select jsonb_object_agg(x.id, x.fields) into v_fields from (
        select f ->> 'run_step_id' as id, jsonb_agg((f - array['run_id', 'run_step_id', 'signoff_role_id', 'number_value']) || jsonb_build_object('signoff_role',
            (select r.name from traveler.role r where r.org_id = v_org and r.id = (f ->> 'signoff_role_id')::uuid),
            'batch_scope', case when traveler_private.is_shared(f ->> 'type', f ->> 'batch_scope') then 'shared' else 'per_run' end) order by (f ->> 'position')::integer) as fields
        from jsonb_array_elements(v_rows -> 'run_step_field') f group by 1) x;
    select jsonb_object_agg(x.id, x.sessions) into v_sessions from (
        select l ->> 'run_step_id' as id, jsonb_agg((l - array['run_id', 'run_step_id']) || jsonb_build_object('user_name',
            (select u.name from traveler.user_account u where u.org_id = v_org and u.id = (l ->> 'user_id')::uuid)) order by l ->> 'started_at', l ->> 'id') as sessions
        from jsonb_array_elements(v_rows -> 'labor_session') l group by 1) x;
    select jsonb_object_agg(x.id, x.ids) into v_substitutes from (
        select b ->> 'build_requirement_id' as id, jsonb_agg(b -> 'part_id' order by b ->> 'id') as ids
        from jsonb_array_elements(v_rows -> 'build_requirement_substitute') b where b ->> 'withdrawn_at' is null group by 1) x;
    select jsonb_object_agg(x.id, traveler.json_decimal(x.quantity)) into v_installed from (
        select n ->> 'build_requirement_id' as id, sum((n ->> 'quantity')::numeric) as quantity
        from jsonb_array_elements(v_rows -> 'installation') n
        where (n ->> 'removed_at' is null or n ->> 'removed_run_id' is not null) and coalesce(n ->> 'shares', '0') = '0' group by 1) x;
    return v_run || jsonb_build_object(
        'as_of', jsonb_build_object('at', traveler.json_time(coalesce(p_at, v_entry.at)), 'seq', v_seq, 'entry_at', traveler.json_time(v_entry.at),
            'digest', encode(v_entry.digest, 'hex'), 'actor', v_entry.actor,
            'actor_name', traveler_private.actor_json(v_org, v_entry.actor) -> 'name'),
        'status', traveler_private.status_of_states(v_states, v_run ->> 'completed_at' is not null), 'steps_total', cardinality(v_states),
        'steps_completed', cardinality(array_positions(v_states, 'completed')), 'steps_canceled', cardinality(array_positions(v_states, 'canceled')),
        'procedure', (select jsonb_build_object('id', p.id, 'title', p.title, 'version_number', p.version_number)
            from traveler.procedure p where p.org_id = v_org and p.id = (v_run ->> 'procedure_id')::uuid),
        'part', (select jsonb_build_object('id', p.id, 'part_number', p.part_number, 'revision', p.revision, 'name', p.name, 'unit', p.unit, 'tracking', p.tracking)
            from traveler.part p where p.org_id = v_org and p.id = (v_run ->> 'part_id')::uuid),
        'units', (select coalesce(jsonb_agg(jsonb_build_object('part_inventory_id', i.id, 'serial_number', i.serial_number, 'lot_number', i.lot_number,
                'live', u -> 'live') order by i.id), '[]')
            from jsonb_array_elements(v_rows -> 'run_inventory') u
            join traveler.part_inventory i on i.org_id = v_org and i.id = (u ->> 'part_inventory_id')::uuid
            where u ->> 'run_split_id' is null),
        'steps', (select coalesce(jsonb_agg((s - 'run_id') || jsonb_build_object(
                'location', (select l.name from traveler.location l where l.org_id = v_org and l.id = (s ->> 'location_id')::uuid),
                'upstream_ids', coalesce(v_upstream -> (s ->> 'id'), '[]'), 'fields', coalesce(v_fields -> (s ->> 'id'), '[]'),
                'sessions', coalesce(v_sessions -> (s ->> 'id'), '[]'))
                order by (s ->> 'depth')::integer, s ->> 'parent_id', (s ->> 'position')::numeric), '[]')
            from jsonb_array_elements(v_rows -> 'run_step') s),
        'build_requirements', (select coalesce(jsonb_agg((q - 'run_id') || jsonb_build_object(
                'part_number', p.part_number, 'revision', p.revision, 'part_name', p.name, 'unit', p.unit,
                'quantity_installed', coalesce(v_installed -> (q ->> 'id'), '"0"'), 'substitute_part_ids', coalesce(v_substitutes -> (q ->> 'id'), '[]'))
                order by q ->> 'id'), '[]')
            from jsonb_array_elements(v_rows -> 'build_requirement') q join traveler.part p on p.org_id = v_org and p.id = (q ->> 'part_id')::uuid
            where q ->> 'run_split_id' is null),
        'installations', (select coalesce(jsonb_agg((n - 'run_id') || jsonb_build_object('part_number', p.part_number, 'revision', p.revision,
                'serial_number', i.serial_number, 'lot_number', i.lot_number) order by n ->> 'id'), '[]')
            from jsonb_array_elements(v_rows -> 'installation') n
            join traveler.part_inventory i on i.org_id = v_org and i.id = (n ->> 'part_inventory_id')::uuid
            join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
            where n ->> 'run_split_id' is null),
        'as_built_records', (select coalesce(jsonb_agg(jsonb_build_object('number', a -> 'number', 'digest', substr(a ->> 'digest', 3),
                'created_at', a -> 'created_at', 'superseded', exists (
                    select from jsonb_array_elements(v_rows -> 'run_reopening') o where o -> 'record_number' = a -> 'number'))
                order by (a ->> 'number')::integer), '[]')
            from jsonb_array_elements(v_rows -> 'as_built_record') a),
        'reopenings', (select coalesce(jsonb_agg(jsonb_build_object('record_number', o -> 'record_number', 'reason', o -> 'reason',
                'acknowledged', o -> 'acknowledged', 'reopened_by', o -> 'reopened_by', 'reopened_at', o -> 'created_at')
                order by (o ->> 'record_number')::integer), '[]')
            from jsonb_array_elements(v_rows -> 'run_reopening') o),
        -- Of the dependencies only what was withdrawn: the others are the steps' upstream_ids.
        'records', (select coalesce(jsonb_object_agg(t.table_name, coalesce(case t.table_name
                when 'run_step_edge' then jsonb_path_query_array(v_rows -> t.table_name, '$[*] ? (@.withdrawn_at != null)') else v_rows -> t.table_name end, '[]')), '{}')
            from traveler_private.history_table t
            where t.root_table = 'run' and t.table_name <> all (array['run', 'run_inventory', 'run_step', 'run_step_field', 'labor_session',
                'build_requirement', 'build_requirement_substitute', 'installation', 'as_built_record', 'run_reopening'])));
end
$$;
comment on function traveler.run_as_of is 'A run as of a moment, or as of an entry of its history, from the history alone (Y3); null when there is no such run, or was none then.';

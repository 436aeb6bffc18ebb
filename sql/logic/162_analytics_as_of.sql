-- The main views as of a past moment, from the history alone (Y3). Bodies are bound when they are made, so that analysts call them
-- without a right to name what stands behind.
--
-- An entry's time is taken before it waits for its chain, so what stands behind a later one was not there either; and of a transaction
-- that had not written all of its entries nothing was to be seen: as traveler_private.chain_at tells for one chain.
create or replace function analytics.records_as_of(p_at timestamptz, p_root_table text, p_root_id uuid default null)
returns table (root_id uuid, table_name text, row_id uuid, seq bigint, record jsonb)
language sql stable
begin atomic
    with later as (
        select distinct on (h.root_id) h.root_id, h.seq, h.transaction_id
        from analytics.transaction_history h
        where h.root_table = p_root_table and (p_root_id is null or h.root_id = p_root_id) and h.at > p_at
        order by h.root_id, h.seq
    ), newest as (
        select distinct on (h.table_name, h.row_id) h.root_id, h.table_name, h.row_id, h.seq, h.operation, h.payload
        from analytics.transaction_history h
        left join later l on l.root_id = h.root_id
        where h.root_table = p_root_table and (p_root_id is null or h.root_id = p_root_id)
            and (l.seq is null or h.seq < l.seq and h.transaction_id <> l.transaction_id)
        order by h.table_name, h.row_id, h.seq desc
    )
    select n.root_id, n.table_name, n.row_id, n.seq, n.payload::jsonb -> 'after'
    from newest n
    where n.operation <> 'delete';
end;
comment on function analytics.records_as_of is 'Each record of the chains of a root table (run, part_inventory, issue, procedure ...) as it stood at a moment, as JSON (Y3); of one chain where p_root_id says so. Derived columns are not in it.';

create or replace function analytics.runs_as_of(p_at timestamptz, p_run_id uuid default null)
returns table (id uuid, number bigint, title text, status text, quantity numeric, part_id uuid, procedure_id uuid, created_by text, created_at timestamptz,
    started_at timestamptz, completed_at timestamptz, completed_by text, completion_number integer, steps_total integer, steps_completed integer,
    steps_canceled integer, scheduled_start timestamptz, scheduled_end timestamptz, due_at timestamptz,
    attributes jsonb)
language sql stable
begin atomic
    with records as materialized (
        select r.root_id, r.table_name, r.record from analytics.records_as_of(p_at, 'run', p_run_id) r where r.table_name in ('run', 'run_step')
    ), steps as (
        -- A withdrawn step is kept, and does not count (D6).
        select s.root_id, array_agg(s.record ->> 'state') as states
        from records s where s.table_name = 'run_step' and s.record ->> 'withdrawn_at' is null group by s.root_id
    )
    select (r.record ->> 'id')::uuid, (r.record ->> 'number')::bigint, r.record ->> 'title',
        traveler_private.status_of_states(coalesce(s.states, '{}'), r.record ->> 'completed_at' is not null),
        (r.record ->> 'quantity')::numeric, (r.record ->> 'part_id')::uuid, (r.record ->> 'procedure_id')::uuid, 'user:' || (r.record ->> 'created_by'),
        (r.record ->> 'created_at')::timestamptz, (r.record ->> 'started_at')::timestamptz, (r.record ->> 'completed_at')::timestamptz,
        r.record ->> 'completed_by', (r.record ->> 'completion_number')::integer, coalesce(cardinality(s.states), 0),
        coalesce(cardinality(array_positions(s.states, 'completed')), 0), coalesce(cardinality(array_positions(s.states, 'canceled')), 0),
        (r.record ->> 'scheduled_start')::timestamptz, (r.record ->> 'scheduled_end')::timestamptz, (r.record ->> 'due_at')::timestamptz,
        coalesce(r.record -> 'attributes', '{}')
    from records r
    left join steps s on s.root_id = r.root_id
    where r.table_name = 'run';
end;
comment on function analytics.runs_as_of is 'analytics.runs as of a moment (Y3): all runs, or one.';

create or replace function analytics.run_steps_as_of(p_at timestamptz, p_run_id uuid default null)
returns table (id uuid, run_id uuid, parent_id uuid, "position" double precision, title text, state text, required boolean, attempt integer, location_id uuid,
    started_at timestamptz, completed_at timestamptz, completed_by text, state_reason text, state_changed_at timestamptz, origin_step_id uuid,
    withdrawn_at timestamptz, attributes jsonb)
language sql stable
begin atomic
    select (r.record ->> 'id')::uuid, r.root_id, (r.record ->> 'parent_id')::uuid, (r.record ->> 'position')::double precision, r.record ->> 'title',
        r.record ->> 'state', (r.record ->> 'required')::boolean, (r.record ->> 'attempt')::integer, (r.record ->> 'location_id')::uuid,
        (r.record ->> 'started_at')::timestamptz, (r.record ->> 'completed_at')::timestamptz, r.record ->> 'completed_by', r.record ->> 'state_reason',
        (r.record ->> 'state_changed_at')::timestamptz, (r.record ->> 'origin_step_id')::uuid, (r.record ->> 'withdrawn_at')::timestamptz,
        coalesce(r.record -> 'attributes', '{}')
    from analytics.records_as_of(p_at, 'run', p_run_id) r
    where r.table_name = 'run_step';
end;
comment on function analytics.run_steps_as_of is 'analytics.run_steps as of a moment (Y3): of all runs, or of one.';

create or replace function analytics.part_inventory_as_of(p_at timestamptz, p_part_inventory_id uuid default null)
returns table (id uuid, part_id uuid, serial_number text, lot_number text, quantity numeric, status text, location_id uuid, installation_id uuid,
    building_run_id uuid, reserved_run_id uuid, kit_name text, issue_hold boolean, hold_reason text, expires_at timestamptz, created_at timestamptz,
    attributes jsonb)
language sql stable
begin atomic
    select (r.record ->> 'id')::uuid, (r.record ->> 'part_id')::uuid, r.record ->> 'serial_number', r.record ->> 'lot_number',
        (r.record ->> 'quantity')::numeric, r.record ->> 'status', (r.record ->> 'location_id')::uuid, (r.record ->> 'installation_id')::uuid,
        (r.record ->> 'building_run_id')::uuid, (r.record ->> 'reserved_run_id')::uuid, r.record ->> 'kit_name', (r.record ->> 'issue_hold')::boolean,
        r.record ->> 'hold_reason', (r.record ->> 'expires_at')::timestamptz, (r.record ->> 'created_at')::timestamptz,
        coalesce(r.record -> 'attributes', '{}')
    from analytics.records_as_of(p_at, 'part_inventory', p_part_inventory_id) r
    where r.table_name = 'part_inventory';
end;
comment on function analytics.part_inventory_as_of is 'analytics.part_inventory as of a moment (Y3): all of it, or one row.';

create or replace function analytics.issues_as_of(p_at timestamptz, p_issue_id uuid default null)
returns table (id uuid, number bigint, title text, state text, run_id uuid, run_step_id uuid, disposition_type_id uuid, assigned_to uuid,
    created_by text, created_at timestamptz, resolved_by text, resolved_at timestamptz, attributes jsonb)
language sql stable
begin atomic
    select (r.record ->> 'id')::uuid, (r.record ->> 'number')::bigint, r.record ->> 'title', r.record ->> 'state', (r.record ->> 'run_id')::uuid,
        (r.record ->> 'run_step_id')::uuid, (r.record ->> 'disposition_type_id')::uuid, (r.record ->> 'assigned_to')::uuid, r.record ->> 'created_by',
        (r.record ->> 'created_at')::timestamptz, r.record ->> 'resolved_by', (r.record ->> 'resolved_at')::timestamptz, coalesce(r.record -> 'attributes', '{}')
    from analytics.records_as_of(p_at, 'issue', p_issue_id) r
    where r.table_name = 'issue';
end;
comment on function analytics.issues_as_of is 'analytics.issues as of a moment (Y3): all of them, or one.';

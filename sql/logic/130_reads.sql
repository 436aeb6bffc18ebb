-- What the API answers for runs and steps: nested documents that Postgres builds. Lists are plain selects of the service.

create or replace function traveler.run_summary_json(p_run uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
    return (
        select jsonb_build_object('id', r.id, 'number', r.number, 'title', r.title, 'status', r.status, 'quantity', traveler.json_decimal(r.quantity),
            'procedure_id', r.procedure_id, 'part_id', r.part_id, 'steps_total', r.steps_total, 'steps_completed', r.steps_completed,
            'steps_canceled', r.steps_canceled, 'created_at', traveler.json_time(r.created_at), 'started_at', traveler.json_time(r.started_at),
            'completed_at', traveler.json_time(r.completed_at), 'completion_number', r.completion_number, 'attributes', r.attributes, 'version', r.version)
        from traveler.run r where r.org_id = traveler.current_org() and r.id = p_run
    );
end
$$;
comment on function traveler.run_summary_json is 'A run without its steps, as lists and answers of acts show it.';

create or replace function traveler.step_json(p_step uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
    return (
        select jsonb_build_object('id', s.id, 'run_id', s.run_id, 'parent_id', s.parent_id, 'depth', s.depth, 'position', s.position, 'title', s.title,
            'instructions', s.instructions, 'location_id', s.location_id, 'lead_time_seconds', s.lead_time_seconds, 'required', s.required, 'outside_process', s.outside_process,
            'state', s.state, 'attempt', s.attempt, 'standard_version_id', s.standard_version_id, 'started_at', traveler.json_time(s.started_at), 'completed_at', traveler.json_time(s.completed_at),
            'completed_by', s.completed_by, 'attributes', s.attributes, 'version', s.version, 'held_from', s.held_from, 'state_reason', s.state_reason,
        'state_changed_at', traveler.json_time(s.state_changed_at), 'state_changed_by', s.state_changed_by,
            'acts', traveler_private.step_acts_json(s.id), 'assignments', traveler_private.assignments_json(s.run_id, s.id),
            'withdrawn_at', traveler.json_time(s.withdrawn_at), 'schedule', traveler_private.step_schedule_json(s),
            'redline', (select traveler_private.redline_json(d) from traveler.redline d
                where d.org_id = s.org_id and d.run_step_id = s.id and d.closed_at is null),
            'upstream_ids', (select coalesce(jsonb_agg(e.upstream_id order by e.upstream_id), '[]') from traveler.run_step_edge e
                where e.org_id = s.org_id and e.downstream_id = s.id and e.withdrawn_at is null),
            'available', traveler.is_available(s.state, exists (
                select from traveler.run_step_blocker b where b.org_id = s.org_id and b.run_step_id = s.id)),
            'blockers', (select coalesce(jsonb_agg(jsonb_build_object('kind', b.kind, 'blocking_step_id', b.blocking_step_id, 'title', b.blocking_title,
                    'state', b.blocking_state) order by b.blocking_title), '[]')
                from traveler.run_step_blocker b where b.org_id = s.org_id and b.run_step_id = s.id and s.state in ('todo', 'in_progress')),
            'fields', (select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'position', f.position, 'name', f.name, 'type', f.type, 'unit', f.unit,
                    'required', f.required, 'allow_not_applicable', f.allow_not_applicable, 'options', to_jsonb(f.options), 'peer', f.peer, 'meaning', f.meaning, 'batch_scope', case when traveler_private.is_shared(f.type, f.batch_scope) then 'shared' else 'per_run' end,
                    'signoff_role', (select r.name from traveler.role r where r.org_id = f.org_id and r.id = f.signoff_role_id),
                    'minimum', traveler.json_decimal(f.minimum), 'maximum', traveler.json_decimal(f.maximum), 'target', traveler.json_decimal(f.target),
                    'tolerance_minus', traveler.json_decimal(f.tolerance_minus), 'tolerance_plus', traveler.json_decimal(f.tolerance_plus),
                    'datagrid', f.datagrid, 'compare', traveler_private.compare_json(f.compare_op, f.compare_field_id),
                    'value', f.value, 'value_detail', f.value_detail, 'not_applicable', f.not_applicable, 'out_of_range', f.out_of_range, 'stale', f.stale, 'entered_by', f.entered_by,
                    'entered_at', traveler.json_time(f.entered_at), 'version', f.version) order by f.position), '[]')
                from traveler.run_step_field f where f.org_id = s.org_id and f.run_step_id = s.id and f.withdrawn_at is null),
            'attachments', (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'run_step_field_id', a.run_step_field_id, 'file_name', a.file_name,
                    'content_type', a.content_type, 'byte_size', a.byte_size, 'digest', encode(a.digest, 'hex'), 'uploaded_by', a.uploaded_by,
                    'archived_at', traveler.json_time(a.archived_at), 'archived_by', a.archived_by, 'created_at', traveler.json_time(a.created_at)) order by a.id), '[]')
                from traveler.attachment a where a.org_id = s.org_id and a.run_step_id = s.id),
            'sessions', (select coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'user_id', l.user_id, 'user_name', u.name,
                    'started_at', traveler.json_time(l.started_at), 'ended_at', traveler.json_time(l.ended_at)) order by l.started_at, l.id), '[]')
                from traveler.labor_session l join traveler.user_account u on u.org_id = l.org_id and u.id = l.user_id
                where l.org_id = s.org_id and l.run_step_id = s.id),
            'approvals', traveler_private.approvals_json(s.id),
            'deviations', (select coalesce(jsonb_agg(traveler_private.deviation_json(d.id) order by d.accepted_at, d.id), '[]')
                from traveler.deviation d where d.org_id = s.org_id and d.run_step_id = s.id),
            'signatures', traveler_private.signatures_json(s.id))
            || case when s.outside_process then jsonb_build_object('outside_processes', (
                select coalesce(jsonb_agg(traveler.outside_process_json(o.id) order by o.id), '[]')
                from traveler.outside_process o where o.org_id = s.org_id and o.run_step_id = s.id)) else '{"outside_processes": []}' end
        from traveler.run_step s where s.org_id = traveler.current_org() and s.id = p_step
    );
end
$$;
comment on function traveler.step_json is 'A run step with its fields, sessions and what it waits for; null when the org has no such step.';

-- GET /v1/runs/{id}: set-based per kind of row, never a query a step.
create or replace function traveler.run_json(p_run uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
    v_org uuid := traveler.current_org();
    -- By step, looked up by id below: joins would be planned by guesses about one row, and walk every pair.
    v_blockers jsonb;
    v_upstream jsonb;
    v_fields jsonb;
    v_completion jsonb;
begin
    select jsonb_object_agg(x.run_step_id, x.blockers) into v_blockers from (
        select b.run_step_id, jsonb_agg(jsonb_build_object('kind', b.kind, 'blocking_step_id', b.blocking_step_id, 'title', b.blocking_title,
            'state', b.blocking_state) order by b.blocking_title) as blockers
        from traveler_private.run_blockers(p_run) b group by b.run_step_id) x;
    select jsonb_object_agg(x.downstream_id, x.ids) into v_upstream from (
        select e.downstream_id, jsonb_agg(e.upstream_id order by e.upstream_id) as ids
        from traveler.run_step_edge e where e.org_id = v_org and e.run_id = p_run and e.withdrawn_at is null group by e.downstream_id) x;
    select jsonb_object_agg(x.run_step_id, x.counts) into v_fields from (
        select f.run_step_id, jsonb_build_array(count(*), count(*) filter (where f.value is not null or f.not_applicable)) as counts
        from traveler.run_step_field f where f.org_id = v_org and f.run_id = p_run and f.withdrawn_at is null group by f.run_step_id) x;
    v_completion := case when (select r.completed_at is null from traveler.run r where r.org_id = v_org and r.id = p_run)
        then traveler_private.blockers_json(p_run) else '[]' end;
    return (
        select traveler.run_summary_json(r.id) || jsonb_build_object(
            'procedure', (select jsonb_build_object('id', p.id, 'title', p.title, 'version_number', p.version_number)
                from traveler.procedure p where p.org_id = r.org_id and p.id = r.procedure_id),
            'part', (select jsonb_build_object('id', p.id, 'part_number', p.part_number, 'revision', p.revision, 'name', p.name, 'unit', p.unit, 'tracking', p.tracking)
                from traveler.part p where p.org_id = r.org_id and p.id = r.part_id),
            'units', (select coalesce(jsonb_agg(jsonb_build_object('part_inventory_id', i.id, 'serial_number', i.serial_number, 'lot_number', i.lot_number,
                    'quantity', traveler.json_decimal(i.quantity), 'status', i.status, 'taken', ri.taken) order by i.id), '[]')
                from traveler.run_inventory ri join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
                where ri.org_id = v_org and ri.run_id = p_run and ri.run_split_id is null),
            'schedule', traveler_private.run_schedule_json(r),
            'batch', (select jsonb_build_object('id', b.id, 'number', b.number, 'title', b.title) from traveler.batch_run x join traveler.batch b on b.org_id = x.org_id and b.id = x.batch_id
                where x.org_id = v_org and x.run_id = p_run and x.left_at is null),
            'splits', (select coalesce(jsonb_agg(traveler.split_json(d.id) order by d.number), '[]')
                from traveler.run_split d where d.org_id = v_org and d.run_id = p_run),
            'steps', (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'parent_id', s.parent_id, 'depth', s.depth, 'position', s.position,
                    'title', s.title, 'location_id', s.location_id, 'location', l.name, 'required', s.required, 'outside_process', s.outside_process,
                    'sibling_id', s.sibling_id, 'state', s.state,
                    'started_at', traveler.json_time(s.started_at), 'completed_at', traveler.json_time(s.completed_at), 'completed_by', s.completed_by,
                    'scheduled_start', traveler.json_time(s.scheduled_start), 'scheduled_end', traveler.json_time(s.scheduled_end),
                    'effective_start', traveler.json_time(e.starts), 'effective_end', traveler.json_time(e.ends),
                    'available', traveler.is_available(s.state, v_blockers -> s.id::text is not null),
                    'blockers', case when s.state in ('todo', 'in_progress') then coalesce(v_blockers -> s.id::text, '[]') else '[]' end,
                    'upstream_ids', coalesce(v_upstream -> s.id::text, '[]'),
                    'fields_total', coalesce(v_fields -> s.id::text -> 0, '0'), 'fields_filled', coalesce(v_fields -> s.id::text -> 1, '0'),
                    'version', s.version) order by s.depth, s.parent_id, s.position), '[]')
                from traveler.run_step s
                left join traveler.location l on l.org_id = s.org_id and l.id = s.location_id
                left join traveler.nested_schedule h on h.org_id = s.org_id and h.run_step_id = s.id
                cross join lateral traveler_private.effective_times(s.state, s.scheduled_start, s.scheduled_end, h.starts, h.ends) e
                where s.org_id = v_org and s.run_id = p_run and s.withdrawn_at is null),
            'redlines', (select coalesce(jsonb_agg(traveler_private.redline_json(d) - array['before', 'after', 'approvals'] order by d.number), '[]')
                from traveler.redline d where d.org_id = v_org and d.run_id = p_run),
            'build_requirements', (select coalesce(jsonb_agg(jsonb_build_object('id', q.id, 'run_step_id', q.run_step_id, 'part_id', q.part_id,
                    'part_number', p.part_number, 'revision', p.revision, 'part_name', p.name, 'unit', p.unit,
                    'quantity_per_unit', traveler.json_decimal(q.quantity_per_unit), 'quantity_needed', traveler.json_decimal(q.quantity_needed),
                    'quantity_installed', traveler.json_decimal(q.quantity_installed), 'quantity_excepted', traveler.json_decimal(q.quantity_excepted),
                    'quantity_shared', traveler.json_decimal(q.quantity_shared),
                    'quantity_carried', traveler.json_decimal(q.quantity_carried),
                    'carried', case when q.quantity_carried = 0 then '[]' else (
                        select jsonb_agg(jsonb_build_object('installation_id', n.id, 'run_id', n.run_id, 'part_inventory_id', i.id, 'part_id', i.part_id,
                            'serial_number', i.serial_number, 'lot_number', i.lot_number, 'assembly_inventory_id', n.assembly_inventory_id,
                            'quantity', traveler.json_decimal(c.quantity)) order by n.id)
                        from traveler.carried_installation c
                        join traveler.installation n on n.org_id = c.org_id and n.id = c.installation_id
                        join traveler.part_inventory i on i.org_id = n.org_id and i.id = n.part_inventory_id
                        where c.org_id = q.org_id and c.build_requirement_id = q.id and c.ended_at is null) end,
                    'reference_designators', to_jsonb(q.reference_designators), 'made_on_assembly', q.made_on_assembly, 'parent_id', q.parent_id,
                    'quantity_per_assembly', traveler.json_decimal(q.quantity_per_assembly),
                    'made_inventory', case when not q.made_on_assembly then '[]' else (
                        select coalesce(jsonb_agg(jsonb_build_object('part_inventory_id', i.id, 'assembly_inventory_id', n.assembly_inventory_id,
                            'serial_number', i.serial_number, 'lot_number', i.lot_number) order by n.assembly_inventory_id, i.id), '[]')
                        from traveler.installation n join traveler.part_inventory i on i.org_id = n.org_id and i.id = n.part_inventory_id
                        where n.org_id = q.org_id and n.build_requirement_id = q.id and n.removed_at is null) end,
                    'exceptions', case when q.quantity_excepted = 0 then '[]' else (
                        select jsonb_agg(jsonb_build_object('id', e.id, 'issue_id', e.issue_id, 'quantity', traveler.json_decimal(e.quantity),
                            'reason', e.reason, 'created_by', e.created_by, 'created_at', traveler.json_time(e.created_at), 'version', e.version) order by e.id)
                        from traveler.build_requirement_exception e
                        where e.org_id = q.org_id and e.build_requirement_id = q.id and e.withdrawn_at is null) end,
                    'substitute_part_ids', (select coalesce(jsonb_agg(x.part_id order by x.id), '[]') from traveler.build_requirement_substitute x
                        where x.org_id = q.org_id and x.build_requirement_id = q.id and x.withdrawn_at is null)) order by q.id), '[]')
                from traveler.build_requirement q join traveler.part p on p.org_id = q.org_id and p.id = q.part_id
                where q.org_id = v_org and q.run_id = p_run and q.run_split_id is null and q.withdrawn_at is null
                    and not exists (select from traveler.run_step s where s.org_id = v_org and s.id = q.run_step_id and s.withdrawn_at is not null)),
            'assignments', traveler_private.assignments_json(r.id, null),
            'acts', traveler_private.run_acts_json(r.id, v_completion),
            'completion_blockers', v_completion,
            'completion_warnings', traveler_private.warnings_json(r.id, true),
            'as_built_records', (select coalesce(jsonb_agg(jsonb_build_object('number', a.number, 'digest', encode(a.digest, 'hex'),
                    'created_at', traveler.json_time(a.created_at), 'superseded', exists (select from traveler.run_reopening o
                        where o.org_id = v_org and o.run_id = p_run and o.record_number = a.number)) order by a.number), '[]')
                from traveler.as_built_record a where a.org_id = v_org and a.run_id = p_run),
            'reopenings', (select coalesce(jsonb_agg(jsonb_build_object('record_number', o.record_number, 'reason', o.reason,
                    'acknowledged', to_jsonb(o.acknowledged), 'reopened_by', o.reopened_by, 'reopened_at', traveler.json_time(o.created_at))
                    order by o.record_number), '[]')
                from traveler.run_reopening o where o.org_id = v_org and o.run_id = p_run),
            'superseded_content', (select coalesce(jsonb_agg(jsonb_build_object('level', c.level, 'installation_id', c.installation_id,
                    'part_inventory_id', c.part_inventory_id, 'run_id', c.run_id, 'run_number', c.run_number, 'record_number', c.record_number,
                    'reason', c.reason, 'reopened_by', c.reopened_by, 'reopened_at', traveler.json_time(c.reopened_at))), '[]')
                from traveler.superseded_content(p_run) c))
        from traveler.run r where r.org_id = v_org and r.id = p_run
    );
end
$$;
comment on function traveler.run_json is 'A run with its steps, availability, requirements and blockers; null when the org has no such run.';

-- What an act on steps answers: the steps as they are now, and their runs with what still blocks them.
create or replace function traveler_private.step_answer(p_ids uuid[]) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object(
            'steps', (select jsonb_agg(jsonb_build_object('id', s.id, 'run_id', s.run_id, 'state', s.state, 'started_at', traveler.json_time(s.started_at),
                    'completed_at', traveler.json_time(s.completed_at), 'completed_by', s.completed_by, 'version', s.version) order by s.id)
                from traveler.run_step s where s.org_id = traveler_private.org() and s.id = any (p_ids)),
            'runs', (select jsonb_agg(jsonb_build_object('id', r.id, 'number', r.number, 'status', r.status, 'version', r.version,
                    'completed_at', traveler.json_time(r.completed_at),
                    'completion_blockers', case when r.completed_at is null and r.steps_todo + r.steps_in_progress = 0
                        then traveler_private.blockers_json(r.id) else '[]' end,
                    'completion_warnings', case when r.completed_at is null and r.steps_todo + r.steps_in_progress = 0
                        then traveler_private.warnings_json(r.id, false) else '[]' end) order by r.id)
                from traveler.run r where r.org_id = traveler_private.org()
                    and r.id in (select s.run_id from traveler.run_step s where s.org_id = traveler_private.org() and s.id = any (p_ids))))
    );
end
$$;
comment on function traveler_private.step_answer is 'The answer of an act on steps.';

-- GET /v1/runs/{id}/history, newest first.
create or replace function traveler.history_json(p_root uuid, p_before bigint, p_limit integer) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
    return (
        select coalesce(jsonb_agg(x.entry order by x.seq desc), '[]') from (
            select h.seq, jsonb_build_object('seq', h.seq, 'at', traveler.json_time(h.at), 'table', h.table_name, 'row_id', h.row_id,
                'operation', h.operation, 'actor', h.actor,
                'actor_name', (select u.name from traveler.user_account u where u.org_id = h.org_id and h.actor = 'user:' || u.id),
                'via', h.via, 'role', h.db_role, 'request_id', h.request_id, 'reason', h.reason,
                'transaction', h.transaction_id::text, 'digest', encode(h.digest, 'hex'),
                'before', h.payload::jsonb -> 'before', 'after', h.payload::jsonb -> 'after') as entry
            from traveler.transaction_history h
            where h.org_id = traveler.current_org() and h.root_id = p_root and (p_before is null or h.seq < p_before)
            order by h.seq desc limit p_limit) x
    );
end
$$;
comment on function traveler.history_json is 'The transaction history of one root record, newest first (Y1).';

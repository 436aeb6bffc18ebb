-- The acts of splitting a run, and what the API answers of it (X1-X9). The doors judge; an act finds, locks and says what is missing.

-- What a split is now, in the shape that its plan had.
create or replace function traveler_private.split_requirements_json(p_split traveler.run_split) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('id', g.id, 'build_requirement_id', b.id, 'part_id', g.part_id, 'part_number', p.part_number, 'revision', p.revision, 'unit', p.unit,
            'quantity_per_unit', traveler.json_decimal(g.quantity_per_unit), 'shared', traveler.json_decimal(g.quantity_shared),
            'continuing', traveler_private.split_side_json(b), 'split', traveler_private.split_side_json(g)) order by b.id), '[]')
        from traveler.build_requirement g
        join traveler.build_requirement b on b.org_id = g.org_id and b.run_id = g.run_id
            and case when p_split.parent_id is null then b.id = g.origin_id else b.run_split_id = p_split.parent_id and b.origin_id = g.origin_id end
        join traveler.part p on p.org_id = g.org_id and p.id = g.part_id
        where g.org_id = traveler_private.org() and g.run_split_id = p_split.id and g.withdrawn_at is null
    );
end
$$;
comment on function traveler_private.split_requirements_json is 'The requirements of a group beside those of what it was split off from (X2, X3).';

create or replace function traveler_private.split_side_json(b traveler.build_requirement) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return jsonb_build_object('needed', traveler.json_decimal(b.quantity_needed), 'installed', traveler.json_decimal(b.quantity_installed + b.quantity_carried),
        'excepted', traveler.json_decimal(b.quantity_excepted), 'open', traveler.json_decimal(traveler_private.feedable(b)));
end
$$;
comment on function traveler_private.split_side_json is 'What one group needs of a requirement, has and may still be given (X3).';

create or replace function traveler_private.shared_json(p_split uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('installation_id', n.id, 'version', n.version, 'part_number', p.part_number, 'serial_number', i.serial_number, 'lot_number', i.lot_number,
            'quantity', traveler.json_decimal(n.quantity), 'groups', traveler_private.sharing_groups(n.id)) order by p.part_number, n.id), '[]')
        from (
            select x.* from traveler.build_requirement g join traveler.installation x on x.org_id = g.org_id and x.build_requirement_id = g.id and x.removed_at is null and x.shares > 0
            where g.org_id = traveler_private.org() and g.run_split_id = p_split
            union all
            select x.* from traveler.build_requirement g
            join traveler.installation_share s on s.org_id = g.org_id and s.build_requirement_id = g.id and s.ended_at is null
            join traveler.installation x on x.org_id = g.org_id and x.id = s.installation_id
            where g.org_id = traveler_private.org() and g.run_split_id = p_split) n
        join traveler.part_inventory i on i.org_id = n.org_id and i.id = n.part_inventory_id
        join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
    );
end
$$;
comment on function traveler_private.shared_json is 'What a group shares with others of its run (X4).';

create or replace function traveler_private.passed_steps_json(p_split uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('run_step_id', t.id, 'title', t.title, 'attempt', x.attempt) order by t.depth, t.position, t.id), '[]')
        from traveler.run_split_step x join traveler.run_step t on t.org_id = x.org_id and t.id = x.run_step_id
        where x.org_id = traveler_private.org() and x.run_split_id = p_split
    );
end
$$;
comment on function traveler_private.passed_steps_json is 'The steps that a group had passed when it was split off (X9).';

-- GET /v1/splits/{id}
create or replace function traveler.split_json(p_split uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
begin
    return (
        select jsonb_build_object('id', s.id, 'number', s.number, 'run_id', s.run_id, 'run_number', r.number, 'parent_id', s.parent_id, 'quantity', traveler.json_decimal(s.quantity),
            'issue_id', s.issue_id, 'issue_number', u.number, 'location_id', s.location_id, 'reason', s.reason, 'created_by', s.created_by, 'created_at', traveler.json_time(s.created_at),
            'outcome', s.outcome, 'outcome_reason', s.outcome_reason, 'rework_run_id', s.rework_run_id, 'closed_by', s.closed_by, 'closed_at', traveler.json_time(s.closed_at),
            'version', s.version,
            'units', (select coalesce(jsonb_agg(jsonb_build_object('part_inventory_id', i.id, 'serial_number', i.serial_number, 'lot_number', i.lot_number,
                    'quantity', traveler.json_decimal(i.quantity), 'status', i.status) order by i.id), '[]')
                from traveler.run_inventory ri join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
                where ri.org_id = v_org and ri.run_split_id = s.id),
            'passed_steps', traveler_private.passed_steps_json(s.id),
            'requirements', traveler_private.split_requirements_json(s),
            'shared', traveler_private.shared_json(s.id),
            'outcomes', case when s.closed_at is null then (
                select jsonb_agg(jsonb_build_object('outcome', o.outcome, 'allowed', x.obstacles is null, 'refusals', coalesce(x.obstacles, '[]')) order by o.place)
                from (values (1, 'merged'), (2, 'rework'), (3, 'used_as_is'), (4, 'scrapped'), (5, 'returned_to_vendor')) o (place, outcome)
                cross join lateral (select jsonb_agg(jsonb_build_object('code', y.code, 'rule', y.rule, 'message', y.message, 'clear', y.clear)) as obstacles
                    from traveler_private.split_obstacles(s.id, o.outcome) y) x) end)
        from traveler.run_split s
        join traveler.run r on r.org_id = s.org_id and r.id = s.run_id
        join traveler.issue u on u.org_id = s.org_id and u.id = s.issue_id
        where s.org_id = v_org and s.id = p_split
    );
end
$$;
comment on function traveler.split_json is 'A group that was split off a run: units, progress, needs beside those of the others, what it shares, and which outcomes may be; null when the org has no such split (X9).';

-- POST /v1/runs/{id}/split and /v1/splits/{id}/split: {quantity | serial_numbers | part_inventory_ids, issue_id | issue, location_id?, reason?}
create or replace function traveler.split_run(p_run uuid, p_split uuid, p_version integer, p_request jsonb, p_allocation jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_run uuid := coalesce((select s.run_id from traveler.run_split s where s.org_id = v_org and s.id = p_split), p_run);
    v_units uuid[];
    v_now integer;
    v_issue uuid := (p_request ->> 'issue_id')::uuid;
    v_split traveler.run_split;
begin
    perform traveler_private.require('run.split');
    perform traveler_private.demand(num_nonnulls(v_issue, p_request ->> 'issue') = 1, 422, 'issue_missing', 'X1',
        'Units are split off onto an issue.', 'Give issue_id, or issue for a new one.');
    v_units := traveler_private.split_units(v_run, p_split, p_request);
    perform traveler_private.lock_for_split(v_run, p_split, v_issue, v_units, p_allocation);
    if p_split is null then
        select r.version into v_now from traveler.run r where r.org_id = v_org and r.id = v_run;
        perform traveler_private.demand(found, 404, 'run_unknown', 'T1', 'There is no such run.');
        perform traveler_private.expect_version('run', v_run, v_now, p_version);
    else
        select s.version into v_now from traveler.run_split s where s.org_id = v_org and s.id = p_split for no key update;
        perform traveler_private.demand(found, 404, 'split_unknown', 'T1', 'There is no such split.');
        perform traveler_private.expect_version('run_split', p_split, v_now, p_version);
    end if;
    if p_request ->> 'reason' is not null then
        perform traveler_private.give_reason(p_request ->> 'reason');
    end if;
    if v_issue is null then
        v_issue := (traveler.create_issue(jsonb_build_object('run_id', v_run) || (p_request -> 'issue')) ->> 'id')::uuid;
    end if;
    insert into traveler.run_split (org_id, run_id, number, parent_id, issue_id, quantity, part_inventory_ids, location_id, allocation, reason, created_by)
    values (v_org, v_run, 0, p_split, v_issue, traveler_private.split_quantity(v_units, p_request), v_units, (p_request ->> 'location_id')::uuid,
        coalesce(p_allocation, '{}'), p_request ->> 'reason', traveler_private.actor())
    returning * into v_split;
    return jsonb_build_object(
        'split', jsonb_build_object('id', v_split.id, 'number', v_split.number, 'run_id', v_run, 'parent_id', p_split, 'quantity', traveler.json_decimal(v_split.quantity),
            'units', traveler_private.split_units_json(v_units), 'issue_id', v_issue, 'location_id', v_split.location_id,
            'passed_steps', traveler_private.passed_steps_json(v_split.id)),
        'requirements', (select coalesce(jsonb_agg(q - array['id', 'part_id'] order by q ->> 'build_requirement_id'), '[]')
            from jsonb_array_elements(traveler_private.split_requirements_json(v_split)) q),
        'shared', (select coalesce(jsonb_agg(q - array['version', 'groups']), '[]') from jsonb_array_elements(traveler_private.shared_json(v_split.id)) q),
        'reserved', (select coalesce(jsonb_agg(jsonb_build_object('part_inventory_id', a -> 'part_inventory_id', 'part_number', p.part_number, 'serial_number', i.serial_number,
                'quantity', a -> 'quantity') order by i.id), '[]')
            from jsonb_array_elements(v_split.allocation -> 'reserved') a
            join traveler.part_inventory i on i.org_id = v_org and i.id = (a ->> 'part_inventory_id')::uuid
            join traveler.part p on p.org_id = v_org and p.id = i.part_id));
end
$$;
comment on function traveler.split_run is 'Splits units off a run, or off a group, onto an issue, with the allocation that was planned; answers what the plan did (X1-X8).';

-- POST /v1/splits/{id}/installations: as of a run
create or replace function traveler.install_into_split(p_split uuid, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_run uuid;
begin
    perform traveler_private.require('inventory.install');
    select s.run_id into v_run from traveler.run_split s where s.org_id = traveler.current_org() and s.id = p_split;
    perform traveler_private.demand(found, 404, 'split_unknown', 'T1', 'There is no such split.');
    return traveler_private.install_into(v_run, p_split, p_request);
end
$$;
comment on function traveler.install_into_split is 'Installs a quantity of an inventory row to meet a requirement of a group (X3, B2).';

-- POST /v1/installations/{id}/resolve: {assignments: [{split_id | null, quantity?, assembly_inventory_id?}]}
create or replace function traveler.resolve_installation(p_installation uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    n traveler.installation;
    v_line uuid;
    v_missing text;
begin
    perform traveler_private.require('run.split');
    select * into n from traveler.installation x where x.org_id = v_org and x.id = p_installation;
    perform traveler_private.demand(found, 404, 'installation_unknown', 'T1', 'There is no such installation.');
    select coalesce(b.origin_id, b.id) into v_line from traveler.build_requirement b where b.org_id = v_org and b.id = n.build_requirement_id;
    perform from traveler.part_inventory i where i.org_id = v_org and i.id in (
        select n.part_inventory_id
        union select ri.part_inventory_id from traveler.run_inventory ri where ri.org_id = v_org and ri.run_id = n.run_id)
    order by i.id for no key update;
    perform from traveler.run r where r.org_id = v_org and r.id = n.run_id for no key update;
    select * into n from traveler.installation x where x.org_id = v_org and x.id = p_installation;
    perform traveler_private.expect_version('installation', p_installation, n.version, p_version);
    select a ->> 'split_id' into v_missing from jsonb_array_elements(p_request -> 'assignments') a
    where not exists (select from traveler.build_requirement b where b.org_id = v_org and (b.id = v_line or b.origin_id = v_line)
        and b.run_split_id is not distinct from (a ->> 'split_id')::uuid) limit 1;
    perform traveler_private.demand(not found, 422, 'split_unknown', 'X5', 'The run has no such split.');
    insert into traveler.installation_resolution (org_id, run_id, installation_id, build_requirement_id, assembly_inventory_id, quantity, resolved_by)
    select v_org, n.run_id, n.id, b.id, (a ->> 'assembly_inventory_id')::uuid, coalesce(traveler_private.quantity_of(a ->> 'quantity'), n.quantity), traveler_private.actor()
    from jsonb_array_elements(p_request -> 'assignments') a
    join traveler.build_requirement b on b.org_id = v_org and (b.id = v_line or b.origin_id = v_line) and b.run_split_id is not distinct from (a ->> 'split_id')::uuid;
    return (
        select jsonb_build_object('installation_id', n.id, 'run_id', n.run_id, 'installations', jsonb_agg(traveler.installation_json(x.id) order by x.id))
        from traveler.installation x
        where x.org_id = v_org and x.removed_at is null and (x.id = n.id or x.origin_id = n.id)
    );
end
$$;
comment on function traveler.resolve_installation is 'Says whose a shared installation is: one group''s, or several in quantities that add up to it (X5).';

create or replace function traveler_private.lock_open_split(p_split uuid, p_version integer) returns traveler.run_split
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_now traveler.run_split;
begin
    perform from traveler.run_split s where s.org_id = v_org and s.id = p_split;
    perform traveler_private.demand(found, 404, 'split_unknown', 'T1', 'There is no such split.');
    perform traveler_private.lock_for_outcome(p_split);
    select * into v_now from traveler.run_split s where s.org_id = v_org and s.id = p_split for no key update;
    perform traveler_private.expect_version('run_split', p_split, v_now.version, p_version);
    -- The same outcome again would change nothing, and so meet no guard.
    perform traveler_private.demand(v_now.closed_at is null, 409, 'split_closed', 'X7', format('Split %s is closed: %s.', v_now.number, replace(v_now.outcome, '_', ' ')),
        'Act on what became of its units.');
    return v_now;
end
$$;
comment on function traveler_private.lock_open_split is 'Locks a group for an outcome; refuses an unknown one, a stale one (412), or one that is closed (X7).';

-- POST /v1/splits/{id}/merge, scrap, use-as-is, return-to-vendor: {reason}
create or replace function traveler.close_split(p_split uuid, p_version integer, p_outcome text, p_reason text) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
begin
    perform traveler_private.require('run.split');
    perform traveler_private.lock_open_split(p_split, p_version);
    if p_reason is not null then
        perform traveler_private.give_reason(p_reason);
    end if;
    update traveler.run_split s set outcome = p_outcome, outcome_reason = p_reason where s.org_id = v_org and s.id = p_split;
    return traveler.split_json(p_split);
end
$$;
comment on function traveler.close_split is 'Closes a group with what becomes of its units: merged, scrapped, used_as_is or returned_to_vendor (X7).';

-- POST /v1/runs/{id}/scrap: {reason}
create or replace function traveler.scrap_run(p_run uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_reason text;
    v_rows uuid[];
begin
    perform traveler_private.require('inventory.scrap');
    v_reason := traveler_private.inventory_reason(p_request);
    perform traveler_private.demand(exists (select from traveler.run r where r.org_id = v_org and r.id = p_run), 404, 'run_unknown', 'T1', 'There is no such run.');
    perform from traveler.part_inventory i where i.org_id = v_org and i.id in (
        select ri.part_inventory_id from traveler.run_inventory ri where ri.org_id = v_org and ri.run_id = p_run and ri.live)
    order by i.id for no key update;
    perform from traveler.run r where r.org_id = v_org and r.id = p_run for no key update;
    -- What it has now: the cancel may complete the run (C3), which then holds nothing any more.
    v_rows := array(select ri.part_inventory_id from traveler.run_inventory ri where ri.org_id = v_org and ri.run_id = p_run and ri.live);
    -- What its groups share among themselves is not the run's.
    perform traveler_private.demand(not exists (select from traveler.build_requirement q
        where q.org_id = v_org and q.run_id = p_run and q.run_split_id is null and q.quantity_shared > 0),
        409, 'installation_shared', 'X5', 'Parts of the run are shared with units that were split off.', 'Resolve whose they are.');
    -- The rest of its batch goes on without it (K4).
    perform traveler.act_on_run('cancel', p_run, p_version, v_reason, 'none');
    insert into traveler.inventory_movement (org_id, kind, from_inventory_id, quantity, run_id, reason)
    select v_org, 'scrap', i.id, i.quantity, i.building_run_id, v_reason
    from traveler.part_inventory i where i.org_id = v_org and i.id = any (v_rows) and i.quantity > 0 order by i.id;
    return traveler.run_json(p_run);
end
$$;
comment on function traveler.scrap_run is 'Scraps all that a live run builds, and cancels its open steps in the same act (I4, X7).';

-- GET /v1/runs/{id}/unit-progress: a step counts for the units that were there when it was completed.
create or replace function traveler.unit_progress(p_run uuid) returns table (part_inventory_id uuid, serial_number text, lot_number text, quantity numeric, run_split_id uuid,
    run_step_id uuid, title text, attempt integer, passed_at timestamptz)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler.current_org();
begin
    return query
    select i.id, i.serial_number, i.lot_number, i.quantity, ri.run_split_id, s.id, s.title, x.attempt, x.completed_at
    from traveler.run_inventory ri
    join traveler.part_inventory i on i.org_id = v_org and i.id = ri.part_inventory_id
    left join lateral (
        select t.id, t.attempt, t.completed_at from traveler.run_step t
        where ri.run_split_id is null and t.org_id = v_org and t.run_id = p_run and t.state = 'completed'
        union all
        select t.run_step_id, t.attempt, t.completed_at from traveler.run_split_step t
        where t.org_id = v_org and t.run_split_id = ri.run_split_id) x on true
    left join traveler.run_step s on s.org_id = v_org and s.id = x.id
    where ri.org_id = v_org and ri.run_id = p_run
    order by i.id, s.depth, s.position, s.id;
end
$$;
comment on function traveler.unit_progress is 'Which units of a run, and of the groups split off from it, have passed which steps (X9): one row a unit and step; a unit that passed none has one row without a step.';

-- POST /v1/splits/{id}/rework: {procedure_id, title?, requirements?, attributes?, reason?}
create or replace function traveler.rework_split(p_split uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.run_split;
    v_procedure traveler.procedure;
    v_run uuid;
begin
    perform traveler_private.require('run.split');
    perform traveler_private.require('run.create');
    perform from traveler.run_split s where s.org_id = v_org and s.id = p_split;
    perform traveler_private.demand(found, 404, 'split_unknown', 'T1', 'There is no such split.');
    v_procedure := traveler_private.procedure_to_run((p_request ->> 'procedure_id')::uuid);
    v_now := traveler_private.lock_open_split(p_split, p_version);
    perform traveler_private.demand(v_procedure.part_id = (select r.part_id from traveler.run r where r.org_id = v_org and r.id = v_now.run_id), 409, 'part_not_built', 'X7',
        'The procedure builds another part.', 'Rework the units by a procedure of their part.');
    if p_request ->> 'reason' is not null then
        perform traveler_private.give_reason(p_request ->> 'reason');
    end if;
    v_run := traveler_private.new_run(v_procedure, p_request ->> 'title', v_now.quantity, p_request -> 'attributes', coalesce(p_request ->> 'requirements', 'all'), true);
    update traveler.run_split s set outcome = 'rework', outcome_reason = p_request ->> 'reason', rework_run_id = v_run where s.org_id = v_org and s.id = p_split;
    perform traveler_private.take_inventory(v_run, array(select ri.part_inventory_id from traveler.run_inventory ri where ri.org_id = v_org and ri.run_split_id = p_split));
    return traveler.split_json(p_split);
end
$$;
comment on function traveler.rework_split is 'Closes a group by a run of its own, which takes its units as they are (X7, B1).';

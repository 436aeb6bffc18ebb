-- Acts on redlines: opening and closing them, editing a step in redline, adding a step to a run (D1, D3, D6, A4), and reading them.

create or replace function traveler_private.redline_json(p_redline traveler.redline) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return jsonb_build_object('id', p_redline.id, 'run_id', p_redline.run_id, 'run_step_id', p_redline.run_step_id,
        'title', (select s.title from traveler.run_step s where s.org_id = p_redline.org_id and s.id = p_redline.run_step_id),
        'number', p_redline.number, 'kind', p_redline.kind, 'state', p_redline.state, 'reason', p_redline.reason, 'author', p_redline.author,
        'issue_id', p_redline.issue_id, 'source_run_step_id', p_redline.source_run_step_id, 'source_procedure_step_id', p_redline.source_procedure_step_id,
        'applied_from_id', p_redline.applied_from_id, 'came_from', p_redline.came_from, 'opened_at', traveler.json_time(p_redline.opened_at), 'closed_by', p_redline.closed_by,
        'closed_at', traveler.json_time(p_redline.closed_at),
        'merged_into_id', (select m.procedure_id from traveler.redline_merge m where m.org_id = p_redline.org_id and m.redline_id = p_redline.id), 'before', p_redline.before,
        'after', coalesce(p_redline.after, traveler_private.placed_definition(p_redline.run_step_id)),
        'approvals', traveler_private.redline_approvals_json(p_redline), 'version', p_redline.version);
end
$$;
comment on function traveler_private.redline_json is 'A redline as JSON; of an open one the step as it is now stands as after.';

-- GET /v1/runs/{id}/redlines
create or replace function traveler.redlines_json(p_run uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select (select coalesce(jsonb_agg(traveler_private.redline_json(d) order by d.number), '[]')
            from traveler.redline d where d.org_id = r.org_id and d.run_id = r.id)
        from traveler.run r where r.org_id = traveler.current_org() and r.id = p_run
    );
end
$$;
comment on function traveler.redlines_json is 'The redlines of a run with before and after; null when the org has no such run (D1).';

-- A step is redlined before what is nested in it, which its redline would put on hold. Out of redline the steps around lead too, so
-- that a nested one finds them in progress; what is withdrawn goes from the inside out.
create or replace function traveler_private.redline_steps(p_act text, p_ids uuid[], p_reason text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_rows integer;
    v_moved integer := 0;
begin
    perform traveler_private.demand(p_act <> 'redline' or coalesce(trim(p_reason), '') <> '', 422, 'reason_missing', 'S10',
        'Say why: to redline a step needs a reason.', 'Give a reason.');
    for v_level in 1 .. 10 loop
        if p_act = 'redline' then
            insert into traveler.redline (org_id, run_id, run_step_id, reason)
            select v_org, s.run_id, s.id, p_reason from traveler.run_step s
            where s.org_id = v_org and s.id = any (p_ids) and s.depth = v_level order by s.id;
        else
            update traveler.redline d set state = case p_act when 'release_redline' then 'released' else 'canceled' end
            from traveler.run_step s
            where d.org_id = v_org and d.run_step_id = any (p_ids) and d.closed_at is null and s.org_id = v_org and s.id = d.run_step_id
                and v_level = case when traveler_private.redline_target(d.kind, d.came_from, p_act) = 'canceled' then 6 - s.depth else 5 + s.depth end;
        end if;
        get diagnostics v_rows = row_count;
        v_moved := v_moved + v_rows;
    end loop;
    if v_moved <> (select count(distinct i) from unnest(p_ids) i) then
        raise exception 'act %: % of % redlines', p_act, v_moved, cardinality(p_ids);
    end if;
end
$$;
comment on function traveler_private.redline_steps is 'Opens, releases or cancels the redlines of steps that are locked (D1, D3).';

-- The columns of a field that a request names, by their names; the role goes by its own.
create or replace function traveler_private.field_patch(p_field jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_patch jsonb := p_field - array['signoff_role', 'compare'];
    v_role uuid;
    v_key text;
begin
    foreach v_key in array array['minimum', 'maximum', 'target', 'tolerance_minus', 'tolerance_plus'] loop
        if v_patch ? v_key then
            v_patch := v_patch || jsonb_build_object(v_key, traveler_private.decimal_of(v_patch ->> v_key)::text);
        end if;
    end loop;
    if p_field ? 'signoff_role' then
        select r.id into v_role from traveler.role r where r.org_id = traveler_private.org() and r.name = p_field ->> 'signoff_role';
        perform traveler_private.demand(found or p_field ->> 'signoff_role' is null, 422, 'role_unknown', 'P4',
            format('The org has no role %s.', p_field ->> 'signoff_role'));
        v_patch := v_patch || jsonb_build_object('signoff_role_id', v_role);
    end if;
    if p_field ? 'compare' then
        v_patch := v_patch || jsonb_build_object('compare_op', p_field #>> '{compare,op}', 'compare_field_id', p_field #>> '{compare,field_id}');
    end if;
    if p_field ? 'datagrid' then
        v_patch := v_patch || jsonb_build_object('datagrid', traveler_private.datagrid_of(p_field -> 'datagrid'));
    end if;
    return v_patch;
end
$$;
comment on function traveler_private.field_patch is 'What a request says of a field, as columns (D1, P4).';

-- Everything of a step that a redline changes, as one request has it; the guards judge each part.
create or replace function traveler_private.write_redline(p_step uuid, p_request jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_run uuid;
    v_upstream uuid[];
begin
    perform traveler_private.write_redlined_steps(array[p_step], p_request);
    if p_request ? 'after' then
        perform traveler_private.place_steps(array[p_step], array[(p_request ->> 'after')::uuid]);
    end if;
    select s.run_id into strict v_run from traveler.run_step s where s.org_id = v_org and s.id = p_step;
    if p_request ?| array['withdraw_fields', 'change_fields', 'add_fields'] then
        perform traveler_private.write_redlined_fields(p_step, v_run, p_request);
    end if;
    if p_request ?| array['add_requirements', 'change_requirements', 'withdraw_requirements'] then
        perform traveler_private.write_redlined_requirements(p_step, v_run, p_request);
    end if;

    if jsonb_typeof(p_request -> 'upstream_ids') = 'array' then
        v_upstream := array(select distinct x::uuid from jsonb_array_elements_text(p_request -> 'upstream_ids') x);
        update traveler.run_step_edge e set withdrawn_at = clock_timestamp()
        where e.org_id = v_org and e.downstream_id = p_step and e.withdrawn_at is null and e.upstream_id <> all (v_upstream);
        insert into traveler.run_step_edge (org_id, run_id, upstream_id, downstream_id)
        select v_org, v_run, u, p_step from unnest(v_upstream) u
        where not exists (select from traveler.run_step_edge e
            where e.org_id = v_org and e.downstream_id = p_step and e.upstream_id = u and e.withdrawn_at is null);
    end if;
end
$$;
comment on function traveler_private.write_redline is 'Writes a redline''s changes to its step: definition, place, fields, build requirements, upstream dependencies (D1, A4).';

-- What a request says of the steps themselves, the same for each of them.
create or replace function traveler_private.write_redlined_steps(p_steps uuid[], p_request jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if p_request ?| array['title', 'instructions', 'location_id', 'lead_time_seconds', 'required', 'attributes'] then
        update traveler.run_step s set
            title = coalesce(p_request ->> 'title', s.title),
            instructions = coalesce(p_request ->> 'instructions', s.instructions),
            location_id = case when p_request ? 'location_id' then (p_request ->> 'location_id')::uuid else s.location_id end,
            lead_time_seconds = case when p_request ? 'lead_time_seconds' then (p_request ->> 'lead_time_seconds')::integer else s.lead_time_seconds end,
            required = coalesce((p_request ->> 'required')::boolean, s.required),
            attributes = traveler_private.merged_attributes(s.attributes, p_request -> 'attributes')
        where s.org_id = traveler_private.org() and s.id = any (p_steps);
    end if;
end
$$;
comment on function traveler_private.write_redlined_steps is 'Writes what redlines change of steps themselves, not of what is in them (D1).';

create or replace function traveler_private.write_redlined_fields(p_step uuid, p_run uuid, p_request jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_last integer;
    v_rows integer;
begin
    update traveler.run_step_field f set withdrawn_at = clock_timestamp()
    where f.org_id = v_org and f.run_step_id = p_step and f.withdrawn_at is null
        and f.id in (select x::uuid from jsonb_array_elements_text(p_request -> 'withdraw_fields') x);
    get diagnostics v_rows = row_count;
    perform traveler_private.demand(v_rows = coalesce(jsonb_array_length(p_request -> 'withdraw_fields'), 0), 404, 'field_unknown', 'P4',
        'One of the fields to withdraw is not on this step, or given twice.');
    update traveler.run_step_field f set name = n.name, unit = n.unit, required = n.required, allow_not_applicable = n.allow_not_applicable,
        options = n.options, signoff_role_id = n.signoff_role_id, peer = n.peer, meaning = n.meaning, batch_scope = n.batch_scope, minimum = n.minimum, maximum = n.maximum, target = n.target,
        tolerance_minus = n.tolerance_minus, tolerance_plus = n.tolerance_plus, datagrid = n.datagrid, compare_op = n.compare_op,
        compare_field_id = n.compare_field_id
    from jsonb_array_elements(p_request -> 'change_fields') c
    join traveler.run_step_field x on x.org_id = v_org and x.id = (c ->> 'field_id')::uuid
    cross join lateral jsonb_populate_record(x, traveler_private.field_patch(c)) n
    where f.org_id = v_org and f.run_step_id = p_step and f.id = x.id and f.withdrawn_at is null;
    get diagnostics v_rows = row_count;
    perform traveler_private.demand(v_rows = coalesce(jsonb_array_length(p_request -> 'change_fields'), 0), 404, 'field_unknown', 'P4',
        'One of the fields to change is not on this step, or given twice.');
    select coalesce(max(f.position), 0) into v_last from traveler.run_step_field f where f.org_id = v_org and f.run_step_id = p_step;
    insert into traveler.run_step_field (org_id, run_id, run_step_id, position, name, type, unit, required, allow_not_applicable, options, signoff_role_id, peer,
        meaning, batch_scope, minimum, maximum, target, tolerance_minus, tolerance_plus, datagrid, compare_op, compare_field_id)
    select v_org, p_run, p_step, v_last + x.ordinality, n.name, n.type, n.unit, coalesce(n.required, true), coalesce(n.allow_not_applicable, false), n.options,
        n.signoff_role_id, coalesce(n.peer, false), n.meaning, n.batch_scope, n.minimum, n.maximum, n.target, n.tolerance_minus, n.tolerance_plus,
        n.datagrid, n.compare_op, n.compare_field_id
    from jsonb_array_elements(p_request -> 'add_fields') with ordinality x
    cross join lateral jsonb_populate_record(null::traveler.run_step_field, traveler_private.field_patch(x.value)) n;
end
$$;
comment on function traveler_private.write_redlined_fields is 'Writes what a redline changes of its step''s fields (D1).';

-- PATCH /v1/steps/{id}: {title?, instructions?, location_id?, lead_time_seconds?, required?, attributes?, after?: id or null, upstream_ids?: [id],
-- add_fields?: [field], change_fields?: [{field_id, ...}], withdraw_fields?: [id], add_requirements?, change_requirements?, withdraw_requirements?, remove?}: all of
-- it or nothing, on a step in redline. What was submitted is open again, and its approvals void: they were of something else (D3).
create or replace function traveler.edit_redline(p_step uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_ids uuid[] := array[p_step];
begin
    if not exists (select from traveler.redline d where d.org_id = v_org and d.run_step_id = p_step and d.closed_at is null
        and d.author = traveler_private.actor()) then
        perform traveler_private.require('redline.create');
    end if;
    v_ids := traveler_private.lock_batches(v_ids, traveler_private.with_siblings(v_ids), p_request ->> 'siblings');
    perform traveler_private.lock_steps(v_ids);
    perform traveler_private.expect_step_version(array[p_step], p_version);
    update traveler.redline d set state = 'open' where d.org_id = v_org and d.run_step_id = any (v_ids) and d.state in ('submitted', 'approved', 'rejected');
    perform traveler_private.demand_redline(p_step);
    -- What is the same for all is written at once; what has ids is each sibling's own.
    perform traveler_private.write_redlined_steps(v_ids, p_request);
    if p_request ? 'after' then
        perform traveler_private.place_siblings(p_step, v_ids, (p_request ->> 'after')::uuid);
    end if;
    p_request := p_request - array['title', 'instructions', 'location_id', 'lead_time_seconds', 'required', 'attributes', 'after', 'siblings'];
    if p_request <> '{}' then
        perform traveler_private.edit_redlined_step(i, case when i = p_step then p_request else traveler_private.sibling_request(p_step, i, p_request) end)
        from unnest(v_ids) i order by i <> p_step, i;
    end if;
    return traveler.step_json(p_step);
end
$$;
comment on function traveler.edit_redline is 'Edits a step in redline, and its siblings: definition, place, fields and upstream dependencies, or marks it for removal (S7, D1, A4, K3).';

create or replace function traveler_private.edit_redlined_step(p_step uuid, p_request jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_redline traveler.redline;
begin
    perform traveler_private.demand_redline(p_step);
    if p_request ? 'remove' then
        select * into strict v_redline from traveler.redline d where d.org_id = v_org and d.run_step_id = p_step and d.closed_at is null;
        perform traveler_private.demand(v_redline.kind <> 'add', 409, 'redline_adds', 'D6', 'The redline adds this step, and can''t remove it.', 'Cancel the redline.');
        update traveler.redline d set kind = case when (p_request ->> 'remove')::boolean then 'remove' else 'modify' end
        where d.org_id = v_org and d.id = v_redline.id;
    end if;
    perform traveler_private.write_redline(p_step, p_request);
end
$$;
comment on function traveler_private.edit_redlined_step is 'Edits one step in redline, as a request says (D1).';

-- POST /v1/runs/{id}/steps: {reason, title, parent_id?, after?, instructions?, location_id?, lead_time_seconds?, required?, upstream_ids?,
-- add_fields?, add_requirements?}: the step comes last among those around it, or after one of them, or first (null).
create or replace function traveler.add_step(p_run uuid, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_runs uuid[];
    v_sibling uuid;
    v_requests jsonb[];
    v_ids uuid[];
begin
    perform traveler_private.require('redline.create');
    perform traveler_private.begin_act();
    v_runs := traveler_private.batch_runs(p_run, p_request ->> 'siblings');
    -- Inventory is locked before the run: a canceled run is one again (I2).
    perform from traveler.part_inventory i where i.org_id = v_org and i.id = any (array(
        select ri.part_inventory_id from traveler.run_inventory ri where ri.org_id = v_org and ri.run_id = any (v_runs) and (ri.live or ri.taken)))
    order by i.id for no key update;
    v_runs := traveler_private.lock_batch_runs(p_run, v_runs, p_request ->> 'siblings');
    v_sibling := case when cardinality(v_runs) > 1 then traveler.new_id() end;
    -- K3: the same step in each run of the batch, where there is the same place for it.
    v_requests := array(select case when r = p_run then p_request else traveler_private.sibling_place(p_run, r, p_request) end from unnest(v_runs) r order by r <> p_run, r);
    v_runs := array(select r from unnest(v_runs) r order by r <> p_run, r);
    -- By a statement of its own: reading it in the same one would not see it.
    v_ids := traveler_private.add_redlined_steps(v_runs, v_requests, v_sibling);
    return traveler.step_json(v_ids[1]);
end
$$;
comment on function traveler.add_step is 'Adds a step to a run, and to the others of its batch, by a redline of its own (S1, S12, D1, D6, K3).';

-- A request a run, which differ in the ids that are in them.
create or replace function traveler_private.add_redlined_steps(p_runs uuid[], p_requests jsonb[], p_sibling uuid) returns uuid[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_ids uuid[] := array(select traveler.new_id() from generate_series(1, cardinality(p_runs)));
    v_parents uuid[] := array(select (q ->> 'parent_id')::uuid from unnest(p_requests) with ordinality x (q, place) order by x.place);
    v_rest jsonb;
begin
    perform from traveler.run_step s where s.org_id = v_org and s.id = any (v_parents) order by s.id for no key update;
    perform traveler_private.demand(not exists (
            select from unnest(p_runs, v_parents) x (run_id, parent_id) where x.parent_id is not null and not exists (
                select from traveler.run_step s where s.org_id = v_org and s.run_id = x.run_id and s.id = x.parent_id)), 404, 'step_unknown', 'T1',
        'The run has no such step to add one in.');
    insert into traveler.redline (org_id, run_id, run_step_id, kind, reason)
    select v_org, x.run_id, x.id, 'add', p_requests[1] ->> 'reason' from unnest(p_runs, v_ids) with ordinality x (run_id, id, place) order by x.place;
    insert into traveler.run_step (org_id, id, run_id, parent_id, depth, position, title, state, sibling_id)
    select v_org, x.id, x.run_id, x.parent_id, coalesce(p.depth, 0) + 1, traveler_private.place_of(x.run_id, x.parent_id, q.request), p_requests[1] ->> 'title', 'redline', p_sibling
    from unnest(p_runs, v_ids, v_parents) with ordinality x (run_id, id, parent_id, place)
    join unnest(p_requests) with ordinality q (request, place) on q.place = x.place
    left join traveler.run_step p on p.org_id = v_org and p.id = x.parent_id
    order by x.place;
    perform traveler_private.write_redlined_steps(v_ids, p_requests[1] - 'title');
    for i in 1 .. cardinality(v_ids) loop
        v_rest := p_requests[i] - array['reason', 'parent_id', 'after', 'title', 'instructions', 'location_id', 'lead_time_seconds', 'required', 'attributes', 'siblings'];
        if v_rest <> '{}' then
            perform traveler_private.write_redline(v_ids[i], v_rest);
        end if;
    end loop;
    return v_ids;
end
$$;
comment on function traveler_private.add_redlined_steps is 'Adds a step to runs, one to each, by redlines of their own (S1, D1); answers the steps.';

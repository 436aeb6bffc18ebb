-- Steps that a redline adds as copies (D1): of a step of the run, or of one of a released procedure, with what is nested in it. Each step
-- of the copy is added by a redline of its own, which says what it was copied from; no value is copied.

-- Whoever opens such a redline: what it copies is what a run could be made of.
create or replace function traveler_private.guard_redline_source() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_state text;
begin
    select p.state into v_state from traveler.procedure_step s join traveler.procedure p on p.org_id = s.org_id and p.id = s.procedure_id
    where s.org_id = new.org_id and s.id = new.source_procedure_step_id;
    perform traveler_private.demand(v_state = 'released', 409, 'procedure_not_released', 'P1',
        format('Only a step of a released procedure is copied; this version is %s.', coalesce(replace(v_state, '_', ' '), 'unknown')), 'Release it, or copy from the released version.');
    return new;
end
$$;
comment on function traveler_private.guard_redline_source is 'Trigger: a step is copied from a released procedure (P1, D1).';
create or replace trigger _110_guard_redline_source before insert on traveler.redline
    for each row when (new.source_procedure_step_id is not null) execute function traveler_private.guard_redline_source();

create or replace function traveler_private.guard_redline_source_fixed() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'redline_fixed', 'D1', 'What a step was copied from stays.');
    return null;
end
$$;
comment on function traveler_private.guard_redline_source_fixed is 'Trigger: what a step was copied from stays (D1).';
create or replace trigger _110_guard_redline_source_fixed before update of source_run_step_id, source_procedure_step_id on traveler.redline
    for each row when ((old.source_run_step_id, old.source_procedure_step_id) is distinct from (new.source_run_step_id, new.source_procedure_step_id))
    execute function traveler_private.guard_redline_source_fixed();

-- P5: the approvals that a step demands come with it. A redline of a step that is there leaves them as they are.
create or replace function traveler_private.guard_added_approvals() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand(not exists (
            select from new_rows n
            join traveler.run r on r.org_id = n.org_id and r.id = n.run_id and r.created_at <> now()
            where not exists (select from traveler.redline d where d.org_id = n.org_id and d.run_step_id = n.run_step_id and d.kind = 'add' and d.closed_at is null)),
        409, 'run_is_a_copy', 'P5', 'The approvals that a step demands come with the step.', 'Add a step that demands them.');
    return null;
end
$$;
comment on function traveler_private.guard_added_approvals is 'Trigger: the approvals that a step demands are made with the run, or with the step that a redline adds (P5, D1).';
create or replace trigger _110_guard_added_approvals after insert on traveler.run_step_approval_requirement referencing new table as new_rows
    for each statement execute function traveler_private.guard_added_approvals();

-- What is copied: the step and all that is nested in it, outer steps first, as the display has them.
create or replace function traveler_private.copied_steps(p_of text, p_source uuid) returns table (place integer, step jsonb)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    if p_of = 'run' then
        return query
        with recursive nested as (
            select s.id, array[]::double precision[] as way from traveler.run_step s where s.org_id = traveler_private.org() and s.id = p_source
            union all
            select s.id, n.way || s.position from nested n join traveler.run_step s on s.org_id = traveler_private.org() and s.parent_id = n.id and s.withdrawn_at is null
        )
        select row_number() over (order by cardinality(n.way), n.way)::integer, to_jsonb(s)
        from nested n join traveler.run_step s on s.org_id = traveler_private.org() and s.id = n.id;
    else
        return query
        with recursive nested as (
            select s.id, array[]::integer[] as way from traveler.procedure_step s where s.org_id = traveler_private.org() and s.id = p_source
            union all
            select s.id, n.way || s.position from nested n join traveler.procedure_step s on s.org_id = traveler_private.org() and s.parent_id = n.id
        )
        select row_number() over (order by cardinality(n.way), n.way)::integer, to_jsonb(s)
        from nested n join traveler.procedure_step s on s.org_id = traveler_private.org() and s.id = n.id;
    end if;
end
$$;
comment on function traveler_private.copied_steps is 'A step of a run or of a procedure, and what is nested in it, in the order in which copies are made.';

create or replace function traveler_private.copied_fields(p_of text, p_steps uuid[]) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    return case p_of when 'run' then (select coalesce(jsonb_agg(to_jsonb(f) || jsonb_build_object('step', f.run_step_id)), '[]')
            from traveler.run_step_field f where f.org_id = v_org and f.run_step_id = any (p_steps) and f.withdrawn_at is null)
        else (select coalesce(jsonb_agg(to_jsonb(f) || jsonb_build_object('step', f.procedure_step_id)), '[]')
            from traveler.procedure_field f where f.org_id = v_org and f.procedure_step_id = any (p_steps)) end;
end
$$;
comment on function traveler_private.copied_fields is 'The fields of some steps of a run or of a procedure, by their columns'' names.';

-- A copy in one run; p_siblings are what its steps share with those of other runs. Answers the step that is the copy of the source.
create or replace function traveler_private.add_copied_steps(p_run uuid, p_request jsonb, p_siblings uuid[]) returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_of text := case when p_request ->> 'run_step_id' is not null then 'run' else 'procedure' end;
    v_source uuid := coalesce(p_request ->> 'run_step_id', p_request ->> 'procedure_step_id')::uuid;
    v_top traveler.run_step;
    v_steps uuid[];
    v_ids jsonb := '{}'::jsonb;
    v_fields jsonb;
    v_field_ids jsonb;
    v_around uuid;
    v_depth integer := 0;
    v_name text;
    v_id uuid;
    c record;
begin
    select array_agg((s.step ->> 'id')::uuid order by s.place) into v_steps from traveler_private.copied_steps(v_of, v_source) s;
    select * into v_top from traveler.run_step s where s.org_id = v_org and s.id = v_source;
    perform traveler_private.demand(v_steps is not null and (v_of = 'procedure' or v_top.run_id = p_run and v_top.withdrawn_at is null), 404, 'step_unknown', 'T1',
        'There is no such step to copy.');
    select min(p.title) into v_name from unnest(v_steps) i join traveler.procedure_step s on s.org_id = v_org and s.id = i
    join traveler.procedure p on p.org_id = v_org and p.id = s.standard_id;
    perform traveler_private.demand(v_name is null, 409, 'standard_step_referred', 'P2', format('A step there is pulled from the standard step "%s".', v_name),
        'Copy the step of that instead.');
    v_around := case when p_request ? 'parent_id' then (p_request ->> 'parent_id')::uuid when v_of = 'run' then v_top.parent_id end;
    if v_around is not null then
        perform from traveler.run_step s where s.org_id = v_org and s.run_id = p_run and s.id = v_around for no key update;
        perform traveler_private.demand(found, 404, 'step_unknown', 'T1', 'The run has no such step to add one in.');
        perform traveler_private.demand(v_around <> all (v_steps), 409, 'step_in_itself', 'P6', 'A step is not copied into itself.', 'Name a step outside of it, or none.');
        select s.depth into v_depth from traveler.run_step s where s.org_id = v_org and s.id = v_around;
    end if;

    for c in
        select s.place, x.*, s.step ->> 'parent_id' as around from traveler_private.copied_steps(v_of, v_source) s
        cross join lateral jsonb_populate_record(null::traveler.run_step, s.step) x order by s.place
    loop
        v_id := traveler.new_id();
        v_ids := v_ids || jsonb_build_object(c.id::text, v_id);
        insert into traveler.redline (org_id, run_id, run_step_id, kind, reason, source_run_step_id, source_procedure_step_id)
        values (v_org, p_run, v_id, 'add', p_request ->> 'reason', case v_of when 'run' then c.id end, case v_of when 'procedure' then c.id end);
        if c.place = 1 then
            v_depth := v_depth + 1 - c.depth;
            c.position := traveler_private.place_of(p_run, v_around, p_request);
        end if;
        insert into traveler.run_step (org_id, id, run_id, parent_id, depth, position, title, instructions, location_id, lead_time_seconds, required, outside_process,
            attributes, state, sibling_id)
        values (v_org, v_id, p_run, case when c.place = 1 then v_around else (v_ids ->> c.around)::uuid end, v_depth + c.depth, c.position,
            case when c.place = 1 then coalesce(p_request ->> 'title', c.title) else c.title end, c.instructions, c.location_id, c.lead_time_seconds, c.required,
            c.outside_process, coalesce(c.attributes, '{}'), 'redline', case when not c.outside_process then p_siblings[c.place] end);
    end loop;

    v_fields := traveler_private.copied_fields(v_of, v_steps);
    select coalesce(jsonb_object_agg(f ->> 'id', traveler.new_id()), '{}') into v_field_ids from jsonb_array_elements(v_fields) f;
    -- In the run a field may go on being held against one that stays outside the copy; there is none elsewhere.
    select min(f ->> 'name') into v_name from jsonb_array_elements(v_fields) f
    where v_of = 'procedure' and f ->> 'compare_field_id' is not null and not (v_field_ids ? (f ->> 'compare_field_id'));
    perform traveler_private.demand(v_name is null, 409, 'field_held_elsewhere', 'P4', format('"%s" is held against a field of a step that is not copied.', v_name),
        'Copy a step around both.');
    insert into traveler.run_step_field (org_id, id, run_id, run_step_id, position, name, type, unit, required, allow_not_applicable, options, signoff_role_id, peer,
        meaning, batch_scope, minimum, maximum, target, tolerance_minus, tolerance_plus, datagrid, compare_op, compare_field_id)
    select v_org, (v_field_ids ->> n.id::text)::uuid, p_run, (v_ids ->> (f ->> 'step'))::uuid, n.position, n.name, n.type, n.unit, n.required, n.allow_not_applicable, n.options,
        n.signoff_role_id, n.peer, n.meaning, n.batch_scope, n.minimum, n.maximum, n.target, n.tolerance_minus, n.tolerance_plus, n.datagrid, n.compare_op,
        coalesce((v_field_ids ->> n.compare_field_id::text)::uuid, n.compare_field_id)
    from jsonb_array_elements(v_fields) f cross join lateral jsonb_populate_record(null::traveler.procedure_field, f) n
    order by (v_ids ->> (f ->> 'step')), n.position;

    if v_of = 'run' then
        perform traveler_private.write_redlined_requirements((v_ids ->> s::text)::uuid, p_run, jsonb_build_object('add_requirements', traveler_private.step_requirements(s)))
        from unnest(v_steps) s;
        insert into traveler.run_step_approval_requirement (org_id, run_id, run_step_id, role_id, approvers)
        select v_org, p_run, (v_ids ->> a.run_step_id::text)::uuid, a.role_id, a.approvers
        from traveler.run_step_approval_requirement a where a.org_id = v_org and a.run_step_id = any (v_steps) order by a.id;
        insert into traveler.run_step_edge (org_id, run_id, upstream_id, downstream_id)
        select v_org, p_run, coalesce((v_ids ->> e.upstream_id::text)::uuid, e.upstream_id), (v_ids ->> e.downstream_id::text)::uuid
        from traveler.run_step_edge e
        where e.org_id = v_org and e.downstream_id = any (v_steps) and e.withdrawn_at is null and (e.downstream_id <> v_source or not (p_request ? 'upstream_ids'))
        order by e.id;
    else
        perform traveler_private.write_redlined_requirements((v_ids ->> s::text)::uuid, p_run, jsonb_build_object('add_requirements', (
            select coalesce(jsonb_agg(to_jsonb(q) || jsonb_build_object('quantity_per_unit', q.quantity_per_unit::text) order by q.id), '[]')
            from traveler.procedure_requirement q where q.org_id = v_org and q.procedure_step_id = s)))
        from unnest(v_steps) s;
        insert into traveler.run_step_approval_requirement (org_id, run_id, run_step_id, role_id, approvers)
        select v_org, p_run, (v_ids ->> a.procedure_step_id::text)::uuid, a.role_id, a.approvers
        from traveler.procedure_approval a where a.org_id = v_org and a.procedure_step_id = any (v_steps) order by a.id;
        -- What the step waited for in its procedure is not here.
        insert into traveler.run_step_edge (org_id, run_id, upstream_id, downstream_id)
        select v_org, p_run, (v_ids ->> e.upstream_id::text)::uuid, (v_ids ->> e.downstream_id::text)::uuid
        from traveler.procedure_step_edge e where e.org_id = v_org and e.downstream_id = any (v_steps) and e.upstream_id = any (v_steps) order by e.id;
    end if;
    v_id := (v_ids ->> v_source::text)::uuid;
    if jsonb_typeof(p_request -> 'upstream_ids') = 'array' then
        insert into traveler.run_step_edge (org_id, run_id, upstream_id, downstream_id)
        select v_org, p_run, u, v_id from (select distinct x::uuid as u from jsonb_array_elements_text(p_request -> 'upstream_ids') x) y order by u;
    end if;
    return v_id;
end
$$;
comment on function traveler_private.add_copied_steps is 'Adds a copy of a step, with what is nested in it, to one run, by redlines (S1, D1).';

-- POST /v1/runs/{id}/copied-steps: {reason, run_step_id or procedure_step_id, title?, parent_id?, after?, upstream_ids?, siblings?}. A duplicate stands
-- where its step does and waits for what that waits for, unless the request says otherwise; it comes last among those around it, or after one.
create or replace function traveler.copy_step(p_run uuid, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_runs uuid[];
    v_other uuid;
    v_here jsonb;
    v_there jsonb;
    v_siblings uuid[];
    v_number bigint;
    v_id uuid;
begin
    perform traveler_private.require('redline.create');
    perform traveler_private.demand(num_nonnulls(p_request ->> 'run_step_id', p_request ->> 'procedure_step_id') = 1, 422, 'source_not_named', 'D1',
        'Name the step to copy: one of the run, or one of a procedure.', 'Give run_step_id or procedure_step_id.');
    perform traveler_private.begin_act();
    v_runs := traveler_private.batch_runs(p_run, p_request ->> 'siblings');
    -- Inventory is locked before the run: a canceled run is one again (I2).
    perform from traveler.part_inventory i where i.org_id = v_org and i.id = any (array(
        select ri.part_inventory_id from traveler.run_inventory ri where ri.org_id = v_org and ri.run_id = any (v_runs) and (ri.live or ri.taken)))
    order by i.id for no key update;
    v_runs := traveler_private.lock_batch_runs(p_run, v_runs, p_request ->> 'siblings');
    -- The version stays released until the copy is made.
    perform from traveler.procedure p where p.org_id = v_org and p.id = (
        select s.procedure_id from traveler.procedure_step s where s.org_id = v_org and s.id = (p_request ->> 'procedure_step_id')::uuid) for share;
    v_here := traveler_private.copied_titles(p_request);
    v_siblings := case when cardinality(v_runs) > 1 then array(select traveler.new_id() from jsonb_array_elements(v_here)) end;
    v_id := traveler_private.add_copied_steps(p_run, p_request, v_siblings);
    -- K3: the same copy in each run of the batch, of its own step.
    foreach v_other in array array(select r from unnest(v_runs) r where r <> p_run order by r) loop
        v_there := traveler_private.sibling_place(p_run, v_other, p_request);
        if p_request ->> 'run_step_id' is not null then
            v_there := v_there || jsonb_build_object('run_step_id', traveler_private.sibling_steps(v_other, jsonb_build_array(p_request -> 'run_step_id')) -> 0);
        end if;
        if traveler_private.copied_titles(v_there) <> v_here then
            select r.number into v_number from traveler.run r where r.org_id = v_org and r.id = v_other;
            perform traveler_private.refuse(409, 'siblings_differ', 'K3', format('In run %s other steps are nested in it.', v_number), 'Act on this run alone.');
        end if;
        perform traveler_private.add_copied_steps(v_other, v_there, v_siblings);
    end loop;
    return traveler.step_json(v_id);
end
$$;
comment on function traveler.copy_step is 'Adds a copy of a step to a run, and to the others of its batch, by redlines of its own (D1, S1, D6, K3).';

-- What siblings have in common: which steps, in which nesting.
create or replace function traveler_private.copied_titles(p_request jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select coalesce(jsonb_agg(jsonb_build_array(s.step -> 'depth', s.step -> 'title', s.step -> 'outside_process') order by s.place), '[]')
        from traveler_private.copied_steps(case when p_request ->> 'run_step_id' is not null then 'run' else 'procedure' end,
            coalesce(p_request ->> 'run_step_id', p_request ->> 'procedure_step_id')::uuid) s);
end
$$;
comment on function traveler_private.copied_titles is 'The steps that a request copies, by depth and title (K3).';

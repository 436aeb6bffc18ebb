-- A run saved as the draft of a new procedure (D7): its steps as they are now, whether they came by redlines or from a procedure.

-- D6, A2: a withdrawn step is no step of what is saved. Who waits for it waits for what it waited for and, nested, for what the steps
-- around it waited for, but for those that are around the one that waits as well.
create or replace function traveler_private.lasting_edges(p_run uuid) returns table (upstream_id uuid, downstream_id uuid)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
begin
    return query
    with recursive nest (id, parent_id, around, withdrawn) as (
        select s.id, s.parent_id, array[]::uuid[], s.withdrawn_at is not null
        from traveler.run_step s where s.org_id = v_org and s.run_id = p_run and s.parent_id is null
        union all
        select s.id, s.parent_id, n.around || n.id, s.withdrawn_at is not null
        from nest n join traveler.run_step s on s.org_id = v_org and s.run_id = p_run and s.parent_id = n.id
    ), edge as (
        select e.upstream_id, e.downstream_id from traveler.run_step_edge e
        where e.org_id = v_org and e.run_id = p_run and e.withdrawn_at is null
    ), way (downstream_id, around, id, through) as (
        select d.id, d.around, u.id, u.withdrawn
        from edge e join nest d on d.id = e.downstream_id and not d.withdrawn join nest u on u.id = e.upstream_id
        union
        select w.downstream_id, w.around, x.id, x.through
        from way w
        join nest n on n.id = w.id
        cross join lateral (
            select u.id, u.withdrawn as through from edge e join nest u on u.id = e.upstream_id where e.downstream_id = w.id
            union all
            select n.parent_id, true where n.parent_id <> all (w.around)) x
        where w.through
    )
    select distinct w.id, w.downstream_id from way w where not w.through;
end
$$;
comment on function traveler_private.lasting_edges is 'The dependencies of a run''s steps, those through withdrawn steps led on to what stands behind these (D6, A2).';

-- What is saved, written to a draft that is empty. A step that has what its standard step says goes on referring to it (P2). A field is
-- held no more against one that was withdrawn, or that is not written.
create or replace function traveler_private.write_saved_steps(p_run uuid, p_procedure uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_steps jsonb;
    v_fields jsonb;
    v_standards jsonb;
begin
    select coalesce(jsonb_object_agg(s.id, v.family_id), '{}') into v_standards
    from traveler.run_step s join traveler.procedure v on v.org_id = s.org_id and v.id = s.standard_version_id
    where s.org_id = v_org and s.run_id = p_run and not exists (
        select from traveler.redline d where d.org_id = v_org and d.run_step_id = s.id and d.state = 'released');
    select jsonb_object_agg(s.id, traveler.new_id()) into v_steps
    from traveler.run_step s where s.org_id = v_org and s.run_id = p_run and s.withdrawn_at is null;
    select coalesce(jsonb_object_agg(f.id, traveler.new_id()), '{}') into v_fields
    from traveler.run_step_field f where f.org_id = v_org and f.run_id = p_run and f.withdrawn_at is null and v_steps ? f.run_step_id::text
        and not v_standards ? f.run_step_id::text;
    insert into traveler.procedure_step (org_id, id, procedure_id, parent_id, depth, position, title, instructions, location_id, lead_time_seconds, required,
        outside_process, lineage_id, standard_id, attributes)
    select v_org, (v_steps ->> s.id::text)::uuid, p_procedure, (v_steps ->> s.parent_id::text)::uuid, s.depth,
        row_number() over (partition by s.parent_id order by s.position), s.title,
        case when v_standards ? s.id::text then '' else s.instructions end, s.location_id, s.lead_time_seconds, s.required, s.outside_process, s.id,
        (v_standards ->> s.id::text)::uuid, s.attributes
    from traveler.run_step s where s.org_id = v_org and s.run_id = p_run and s.withdrawn_at is null
    order by s.depth, s.position;
    insert into traveler.procedure_step_edge (org_id, procedure_id, upstream_id, downstream_id)
    select v_org, p_procedure, (v_steps ->> e.upstream_id::text)::uuid, (v_steps ->> e.downstream_id::text)::uuid
    from traveler_private.lasting_edges(p_run) e;
    insert into traveler.procedure_field (org_id, id, procedure_id, procedure_step_id, position, name, type, unit, required, allow_not_applicable, options,
        signoff_role_id, peer, meaning, batch_scope, minimum, maximum, target, tolerance_minus, tolerance_plus, datagrid, compare_op, compare_field_id)
    select v_org, (v_fields ->> f.id::text)::uuid, p_procedure, (v_steps ->> f.run_step_id::text)::uuid,
        row_number() over (partition by f.run_step_id order by f.position), f.name, f.type, f.unit, f.required, f.allow_not_applicable, f.options,
        f.signoff_role_id, f.peer, f.meaning, f.batch_scope, f.minimum, f.maximum, f.target, f.tolerance_minus, f.tolerance_plus, f.datagrid,
        case when v_fields ? f.compare_field_id::text then f.compare_op end, (v_fields ->> f.compare_field_id::text)::uuid
    from traveler.run_step_field f where f.org_id = v_org and f.run_id = p_run and v_fields ? f.id::text;
    -- What is needed in a group that was split off is needed in the run as well: it is asked once (X2).
    insert into traveler.procedure_requirement (org_id, procedure_id, procedure_step_id, part_id, quantity_per_unit, reference_designators)
    select v_org, p_procedure, (v_steps ->> q.run_step_id::text)::uuid, q.part_id, q.quantity_per_unit, q.reference_designators
    from traveler.build_requirement q
    where q.org_id = v_org and q.run_id = p_run and q.run_split_id is null and q.withdrawn_at is null and v_steps ? q.run_step_id::text
    order by q.id;
    insert into traveler.procedure_approval (org_id, procedure_id, procedure_step_id, role_id, approvers)
    select v_org, p_procedure, (v_steps ->> a.run_step_id::text)::uuid, a.role_id, a.approvers
    from traveler.run_step_approval_requirement a
    where a.org_id = v_org and a.run_id = p_run and v_steps ? a.run_step_id::text;
end
$$;
comment on function traveler_private.write_saved_steps is 'Writes a run''s steps, as they are now, to the draft that it is saved as (D7).';

-- B2: a procedure's step names no substitutes; whoever saves is told which the run had.
create or replace function traveler_private.unsaved_substitutes(p_run uuid, p_procedure uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('kind', 'substitutes', 'run_step_id', s.id, 'procedure_step_id', o.id, 'title', s.title, 'part_id', p.id, 'part_number', p.part_number,
            'substitute_part_ids', x.parts) order by s.depth, s.position, s.id, p.part_number, q.id), '[]')
        from traveler.build_requirement q
        join traveler.run_step s on s.org_id = v_org and s.id = q.run_step_id and s.withdrawn_at is null
        join traveler.procedure_step o on o.org_id = v_org and o.procedure_id = p_procedure and o.lineage_id = s.id
        join traveler.part p on p.org_id = v_org and p.id = q.part_id
        cross join lateral (
            select jsonb_agg(b.part_id order by b.part_id) as parts from traveler.build_requirement_substitute b
            where b.org_id = v_org and b.build_requirement_id = q.id and b.withdrawn_at is null) x
        where q.org_id = v_org and q.run_id = p_run and q.run_split_id is null and q.withdrawn_at is null and x.parts is not null
    );
end
$$;
comment on function traveler_private.unsaved_substitutes is 'The substitutes of a run''s steps that the procedure it was saved as does not name (D7, B2).';

create or replace function traveler_private.guard_saved_procedure() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand((select r.part_id from traveler.run r where r.org_id = new.org_id and r.id = new.saved_run_id) = new.part_id,
        409, 'part_not_built', 'D7', 'A procedure that a run is saved as builds the part that the run does.');
    return new;
end
$$;
comment on function traveler_private.guard_saved_procedure is 'Trigger: a run is saved as a procedure of its part (D7).';
create or replace trigger _110_guard_saved_procedure before insert on traveler.procedure
    for each row when (new.saved_run_id is not null) execute function traveler_private.guard_saved_procedure();

-- POST /v1/runs/{id}/save-as-procedure: {title?, description?}. What a redline has yet to settle is not saved: it may be canceled. Of a
-- run without a procedure the redlines are merged thereby: they are what it is saved from.
create or replace function traveler.save_run_as_procedure(p_run uuid, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_id uuid := traveler.new_id();
    v_run traveler.run;
    v_title text;
begin
    perform traveler_private.require('procedure.edit');
    -- Whoever writes to a run locks it, so that what is read from here on belongs together.
    perform from traveler.run r where r.org_id = v_org and r.id = p_run for no key update;
    select * into v_run from traveler.run r where r.org_id = v_org and r.id = p_run;
    perform traveler_private.demand(found, 404, 'run_unknown', 'T1', 'There is no such run.');
    select s.title into v_title from traveler.run_step s where s.org_id = v_org and s.run_id = p_run and s.state = 'redline' order by s.depth, s.position limit 1;
    perform traveler_private.demand(not found, 409, 'step_in_redline', 'D7', format('"%s" is in redline: what becomes of it is open.', v_title),
        'Release or cancel the redline first.');
    perform traveler_private.demand(v_run.steps_total > 0, 409, 'run_without_steps', 'D7', 'The run has no step to save.', 'Add its steps first.');
    insert into traveler.procedure (org_id, id, family_id, version_number, title, description, part_id, saved_run_id)
    values (v_org, v_id, v_id, 1, coalesce(p_request ->> 'title', v_run.title), coalesce(p_request ->> 'description', ''), v_run.part_id, p_run);
    perform traveler_private.write_saved_steps(p_run, v_id);
    if v_run.procedure_id is null then
        insert into traveler.redline_merge (org_id, run_id, redline_id, procedure_id, merged_by)
        select v_org, p_run, d.id, v_id, traveler_private.actor()
        from traveler.redline d
        where d.org_id = v_org and d.run_id = p_run and d.state = 'released'
            and not exists (select from traveler.redline_merge m where m.org_id = v_org and m.redline_id = d.id)
        order by d.number;
    end if;
    return traveler.procedure_json(v_id) || jsonb_build_object('left_out', traveler_private.unsaved_substitutes(p_run, v_id));
end
$$;
comment on function traveler.save_run_as_procedure is 'Drafts a new procedure of a run''s steps as they are now, withdrawn ones left out, and says what it can''t hold of them (D7).';

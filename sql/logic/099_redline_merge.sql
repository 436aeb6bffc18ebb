-- Merging a redline into a draft of its procedure (D4). What is in conflict is decided by who merges, member by member.

create or replace function traveler_private.guard_redline_merge() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_redline traveler.redline;
begin
    perform traveler_private.require('procedure.edit');
    select * into v_redline from traveler.redline d where d.org_id = new.org_id and d.run_id = new.run_id and d.id = new.redline_id;
    perform traveler_private.demand(v_redline.state = 'released', 409, 'redline_not_released', 'D4', 'Only a released redline is merged into the procedure.', 'Release it first.');
    -- A run without a procedure is merged as a whole: by the transaction that saves it as one (D7).
    perform traveler_private.demand(exists (
            select from traveler.run r
            join traveler.procedure o on o.org_id = r.org_id and o.id = r.procedure_id
            join traveler.procedure p on p.org_id = o.org_id and p.family_id = o.family_id
            where r.org_id = new.org_id and r.id = new.run_id and p.id = new.procedure_id)
        or exists (
            select from traveler.run r join traveler.procedure p on p.org_id = r.org_id and p.saved_run_id = r.id and p.created_at = now()
            where r.org_id = new.org_id and r.id = new.run_id and r.procedure_id is null and p.id = new.procedure_id), 409, 'other_procedure', 'D4',
        'A redline is merged into the procedure that its run was made from.');
    perform traveler_private.demand(not exists (select from traveler.redline_merge m where m.org_id = new.org_id and m.redline_id = new.redline_id), 409, 'redline_merged', 'D4',
        format('Redline %s is merged already.', v_redline.number));
    new.merged_by := traveler_private.actor();
    return new;
end
$$;
comment on function traveler_private.guard_redline_merge is 'Trigger: a released redline is merged once, into its own procedure, or the one that its run was saved as (D4, D7).';
create or replace trigger _100_guard_redline_merge before insert on traveler.redline_merge
    for each row execute function traveler_private.guard_redline_merge();
create or replace trigger _010_refuse_change before update on traveler.redline_merge
    for each row execute function traveler_private.refuse_change('redline_merge', 'D4');
alter table traveler.redline_merge enable always trigger _010_refuse_change;

-- The redline, and the newest version of its procedure.
create or replace function traveler_private.merge_sides(p_redline uuid, out redline traveler.redline, out made_from traveler.procedure, out newest traveler.procedure)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    select * into redline from traveler.redline d where d.org_id = v_org and d.id = p_redline;
    perform traveler_private.demand(found, 404, 'redline_unknown', 'T1', 'There is no such redline.');
    perform traveler_private.demand(redline.state = 'released', 409, 'redline_not_released', 'D4',
        format('Redline %s is %s: only a released one is merged into the procedure.', redline.number, redline.state), 'Release it first.');
    perform traveler_private.demand(exists (select from traveler.run r where r.org_id = v_org and r.id = redline.run_id and r.procedure_id is not null), 409, 'run_without_procedure',
        'D7', 'The run was made from no procedure that its redlines could be merged into.', 'Save the run as a procedure.');
    select p.* into made_from from traveler.run r join traveler.procedure p on p.org_id = r.org_id and p.id = r.procedure_id where r.org_id = v_org and r.id = redline.run_id;
    select * into newest from traveler.procedure p where p.org_id = v_org and p.family_id = made_from.family_id order by p.version_number desc limit 1;
end
$$;
comment on function traveler_private.merge_sides is 'A released redline, the version that its run was made from, and the newest one (D4).';

-- Which step of a version the redline's step is: as the versions say, or as the request does.
create or replace function traveler_private.merge_step(p_redline traveler.redline, p_newest uuid, p_request jsonb) returns uuid
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_step uuid := (p_request ->> 'procedure_step_id')::uuid;
begin
    if v_step is null then
        return traveler_private.step_of_lineage(p_newest, traveler_private.run_step_lineage(p_redline.run_step_id));
    end if;
    perform traveler_private.demand(p_redline.kind <> 'add' and exists (select from traveler.procedure_step s
            where s.org_id = p_redline.org_id and s.procedure_id = p_newest and s.id = v_step), 422, 'step_unknown', 'D4',
        'The newest version of the procedure has no such step.');
    return v_step;
end
$$;
comment on function traveler_private.merge_step is 'The step of the newest version that a redline is of; null when it has none (D4).';

-- POST /v1/redlines/{id}/merge-preview: {procedure_step_id?, take?}: nothing is written.
create or replace function traveler.redline_merge_preview(p_redline uuid, p_request jsonb) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_sides record;
    v_members jsonb;
begin
    perform traveler.current_org();
    v_sides := traveler_private.merge_sides(p_redline);
    select coalesce(jsonb_agg(jsonb_build_object('member', m.member, 'then', m.was, 'now', m.now_is, 'run', m.run_has, 'outcome', m.outcome, 'why', m.why,
        'takable', m.takable, 'take', p_request -> 'take' -> m.member)), '[]') into v_members
    from traveler_private.merge_plan(v_sides.redline, (v_sides.newest).id, traveler_private.merge_step(v_sides.redline, (v_sides.newest).id, p_request)) m;
    return jsonb_build_object('redline_id', p_redline, 'family_id', (v_sides.newest).family_id,
        'then', jsonb_build_object('procedure_id', (v_sides.made_from).id, 'version_number', (v_sides.made_from).version_number),
        'now', jsonb_build_object('procedure_id', (v_sides.newest).id, 'version_number', (v_sides.newest).version_number, 'state', (v_sides.newest).state),
        'members', v_members,
        'conflicts', (select count(*) from jsonb_array_elements(v_members) m where m ->> 'outcome' = 'conflict'),
        'merged_into_id', (select x.procedure_id from traveler.redline_merge x where x.org_id = traveler_private.org() and x.redline_id = p_redline));
end
$$;
comment on function traveler.redline_merge_preview is 'What merging a redline into the newest version of its procedure would do, and what is in conflict (D4).';

create or replace function traveler_private.merge_added_step(p_redline traveler.redline, p_draft uuid) returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_id uuid := traveler.new_id();
    v_parent uuid;
    v_depth integer;
begin
    select traveler_private.step_of_lineage(p_draft, traveler_private.run_step_lineage(s.parent_id)), s.depth into v_parent, v_depth
    from traveler.run_step s where s.org_id = v_org and s.id = p_redline.run_step_id;
    insert into traveler.procedure_step (org_id, id, procedure_id, parent_id, depth, position, title, instructions, location_id, lead_time_seconds, required, outside_process,
        lineage_id, attributes)
    select v_org, v_id, p_draft, v_parent, v_depth, (
            select coalesce(max(s.position), 0) + 1 from traveler.procedure_step s
            where s.org_id = v_org and s.procedure_id = p_draft and s.parent_id is not distinct from v_parent),
        d.title, d.instructions, d.location_id, d.lead_time_seconds, d.required, s.outside_process, s.id, coalesce(d.attributes, '{}')
    from jsonb_populate_record(null::traveler.procedure_step, p_redline.after - 'position') d
    join traveler.run_step s on s.org_id = v_org and s.id = p_redline.run_step_id;
    insert into traveler.procedure_approval (org_id, procedure_id, procedure_step_id, role_id, approvers)
    select v_org, p_draft, v_id, a.role_id, a.approvers
    from traveler.run_step_approval_requirement a where a.org_id = v_org and a.run_step_id = p_redline.run_step_id order by a.id;
    if p_redline.after -> 'stands_after' = 'null' then
        perform traveler_private.place_procedure_step(v_id, null);
    else
        perform traveler_private.place_procedure_step(v_id, x.id)
        from (
            select t.id from traveler_private.steps_before((p_redline.after ->> 'stands_after')::uuid) b
            join traveler.procedure_step t on t.org_id = v_org and t.id = traveler_private.step_of_lineage(p_draft, traveler_private.run_step_lineage(b.run_step_id))
                and t.parent_id is not distinct from v_parent
            order by b.place limit 1) x;
    end if;
    return v_id;
end
$$;
comment on function traveler_private.merge_added_step is 'Adds a redline''s step to a draft, after the nearest that it came after in its run; where none is there, last (D4).';

-- A draft's steps are numbered from 1 again.
create or replace function traveler_private.place_procedure_step(p_step uuid, p_after uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_step traveler.procedure_step;
begin
    select * into v_step from traveler.procedure_step s where s.org_id = v_org and s.id = p_step;
    update traveler.procedure_step s set position = x.place
    from (
        select o.id, row_number() over (order by case when o.id = p_step then coalesce(a.position, 0) else o.position end, o.id = p_step) as place
        from traveler.procedure_step o left join traveler.procedure_step a on a.org_id = v_org and a.id = p_after
        where o.org_id = v_org and o.procedure_id = v_step.procedure_id and o.parent_id is not distinct from v_step.parent_id) x
    where s.org_id = v_org and s.id = x.id and s.position <> x.place;
end
$$;
comment on function traveler_private.place_procedure_step is 'Moves a step of a draft after another beside it, or before all (D4).';

create or replace function traveler_private.merge_removed_step(p_step uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    delete from traveler.procedure_step_edge e where e.org_id = v_org and p_step in (e.upstream_id, e.downstream_id);
    delete from traveler.procedure_field f where f.org_id = v_org and f.procedure_step_id = p_step;
    delete from traveler.procedure_requirement q where q.org_id = v_org and q.procedure_step_id = p_step;
    delete from traveler.procedure_approval a where a.org_id = v_org and a.procedure_step_id = p_step;
    delete from traveler.procedure_step s where s.org_id = v_org and s.id = p_step;
end
$$;
comment on function traveler_private.merge_removed_step is 'Removes a step from a draft, with all that belongs to it (D4).';

-- What of a plan is to be written, onto a draft. What a field is held against may be another field of the same redline, so it comes last.
create or replace function traveler_private.write_merge(p_redline traveler.redline, p_draft uuid, p_there uuid, p_members jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_there uuid := p_there;
    v_rows jsonb;
    m record;
begin
    if p_redline.kind = 'remove' then
        perform traveler_private.merge_removed_step(p_there) from jsonb_array_elements(p_members) x;
        return;
    elsif p_redline.kind = 'add' then
        v_there := traveler_private.merge_added_step(p_redline, p_draft);
    else
        select jsonb_object_agg(x ->> 'member', x -> 'run') into v_rows from jsonb_array_elements(p_members) x where x ->> 'member' !~ ':' and x ->> 'member' <> 'after';
        update traveler.procedure_step s set title = n.title, instructions = n.instructions, location_id = n.location_id, lead_time_seconds = n.lead_time_seconds, required = n.required, attributes = coalesce(n.attributes, s.attributes)
        from traveler.procedure_step o cross join lateral jsonb_populate_record(o, v_rows) n
        where v_rows is not null and o.org_id = v_org and o.id = v_there and s.org_id = v_org and s.id = v_there;
    end if;
    perform traveler_private.place_procedure_step(v_there, (x ->> 'there_id')::uuid) from jsonb_array_elements(p_members) x where x ->> 'member' = 'after';
    for m in select x ->> 'there_id' as id, x -> 'run' as run_has from jsonb_array_elements(p_members) x where x ->> 'member' ~ '^field:' loop
        if m.run_has = 'null' then
            delete from traveler.procedure_field f where f.org_id = v_org and f.id = m.id::uuid;
        elsif m.id is not null then
            update traveler.procedure_field f set name = n.name, type = n.type, unit = n.unit, required = n.required, allow_not_applicable = n.allow_not_applicable,
                options = n.options, signoff_role_id = n.signoff_role_id, peer = n.peer, meaning = n.meaning, batch_scope = n.batch_scope, minimum = n.minimum, maximum = n.maximum, target = n.target,
                tolerance_minus = n.tolerance_minus, tolerance_plus = n.tolerance_plus, datagrid = n.datagrid, compare_op = null, compare_field_id = null
            from jsonb_populate_record(null::traveler.procedure_field, m.run_has) n where f.org_id = v_org and f.id = m.id::uuid;
        else
            insert into traveler.procedure_field (org_id, procedure_id, procedure_step_id, position, name, type, unit, required, allow_not_applicable, options, signoff_role_id,
                peer, meaning, batch_scope, minimum, maximum, target, tolerance_minus, tolerance_plus, datagrid)
            select v_org, p_draft, v_there, (select coalesce(max(f.position), 0) + 1 from traveler.procedure_field f where f.org_id = v_org and f.procedure_step_id = v_there),
                n.name, n.type, n.unit, n.required, n.allow_not_applicable, n.options, n.signoff_role_id,
                n.peer, n.meaning, n.batch_scope, n.minimum, n.maximum, n.target, n.tolerance_minus, n.tolerance_plus, n.datagrid
            from jsonb_populate_record(null::traveler.procedure_field, m.run_has) n;
        end if;
    end loop;
    update traveler.procedure_field f set compare_op = x #>> '{run,compare,op}',
        compare_field_id = traveler_private.compared_field(p_draft, p_redline.run_step_id, v_there, x #> '{run,compare}')
    from jsonb_array_elements(p_members) x
    where f.org_id = v_org and f.procedure_step_id = v_there and x ->> 'member' ~ '^field:' and x #>> '{run,compare,op}' is not null and f.name = x #>> '{run,name}';
    for m in select x ->> 'there_id' as id, x -> 'run' as run_has from jsonb_array_elements(p_members) x where x ->> 'member' ~ '^requirement:' loop
        if m.run_has = 'null' then
            delete from traveler.procedure_requirement q where q.org_id = v_org and q.id = m.id::uuid;
        elsif m.id is not null then
            update traveler.procedure_requirement q set part_id = n.part_id, quantity_per_unit = n.quantity_per_unit, reference_designators = n.reference_designators
            from jsonb_populate_record(null::traveler.procedure_requirement, m.run_has) n where q.org_id = v_org and q.id = m.id::uuid;
        else
            insert into traveler.procedure_requirement (org_id, procedure_id, procedure_step_id, part_id, quantity_per_unit, reference_designators)
            select v_org, p_draft, v_there, n.part_id, n.quantity_per_unit, n.reference_designators
            from jsonb_populate_record(null::traveler.procedure_requirement, m.run_has) n;
        end if;
    end loop;
    delete from traveler.procedure_step_edge e using jsonb_array_elements(p_members) x
    where e.org_id = v_org and e.downstream_id = v_there and x ->> 'member' ~ '^upstream:' and x -> 'run' = 'null' and e.upstream_id = (x ->> 'there_id')::uuid;
    insert into traveler.procedure_step_edge (org_id, procedure_id, upstream_id, downstream_id)
    select v_org, p_draft, (x ->> 'there_id')::uuid, v_there from jsonb_array_elements(p_members) x where x ->> 'member' ~ '^upstream:' and x -> 'run' <> 'null';
end
$$;
comment on function traveler_private.write_merge is 'Writes what is taken of a redline to a draft of its procedure (D4).';

-- POST /v1/redlines/{id}/merge: {procedure_step_id?, take?: {member: run | procedure}}: into the family's draft, or a new version of the newest.
create or replace function traveler.merge_redline(p_redline uuid, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_sides record;
    v_newest traveler.procedure;
    v_draft uuid;
    v_there uuid;
    v_plan jsonb;
    v_open jsonb;
begin
    perform traveler_private.require('procedure.edit');
    v_sides := traveler_private.merge_sides(p_redline);
    perform from traveler.procedure p where p.org_id = v_org and p.family_id = (v_sides.newest).family_id order by p.id for no key update;
    v_sides := traveler_private.merge_sides(p_redline);
    v_newest := v_sides.newest;
    perform traveler_private.demand(not exists (select from traveler.redline_merge m where m.org_id = v_org and m.redline_id = p_redline), 409, 'redline_merged', 'D4',
        format('Redline %s is merged already.', (v_sides.redline).number));
    v_there := traveler_private.merge_step(v_sides.redline, v_newest.id, p_request);
    v_draft := v_newest.id;
    if v_newest.state <> 'draft' then
        v_draft := (traveler.new_procedure_version(v_newest.id) ->> 'id')::uuid;
        v_there := traveler_private.step_of_lineage(v_draft, traveler_private.step_lineage(v_there));
    end if;
    select coalesce(jsonb_agg(jsonb_build_object('member', m.member, 'there_id', m.there_id, 'run', m.run_has, 'why', m.why, 'take', case
        when m.outcome = 'take' then coalesce(p_request -> 'take' ->> m.member, 'run')
        when m.outcome = 'same' then 'procedure'
        when p_request -> 'take' ->> m.member = 'procedure' or m.takable and p_request -> 'take' ->> m.member = 'run' then p_request -> 'take' ->> m.member end)), '[]') into v_plan
    from traveler_private.merge_plan(v_sides.redline, v_draft, v_there) m;
    select jsonb_agg(x - 'take' - 'there_id') into v_open from jsonb_array_elements(v_plan) x where x ->> 'take' is null;
    perform traveler_private.demand(v_open is null, 409, 'merge_conflict', 'D4',
        format('Redline %s and the procedure changed the same: %s.', (v_sides.redline).number, (select string_agg(x ->> 'member', ', ') from jsonb_array_elements(v_open) x)),
        'Look at the preview, and say of each what to take: the run''s, or the procedure''s.', jsonb_build_object('conflicts', v_open));
    select coalesce(jsonb_agg(x), '[]') into v_open from jsonb_array_elements(v_plan) x where x ->> 'take' = 'run';
    -- An added step is taken whole, or not at all.
    if not (v_plan @> '[{"member": "step", "take": "procedure"}]') then
        perform traveler_private.write_merge(v_sides.redline, v_draft, v_there, v_open);
        -- The steps are part of the draft, so its version counts a change of theirs as well.
        update traveler.procedure p set version = p.version + 1 where p.org_id = v_org and p.id = v_draft;
    end if;
    insert into traveler.redline_merge (org_id, run_id, redline_id, procedure_id, merged_by)
    values (v_org, (v_sides.redline).run_id, p_redline, v_draft, traveler_private.actor());
    return traveler.procedure_json(v_draft);
end
$$;
comment on function traveler.merge_redline is 'Merges a released redline into the draft of its procedure''s family, or a new one (D4).';

-- Procedures: writing drafts, the acyclic dependency graph (P6), review, release (P1).

-- P1: only a draft can be edited. The procedure's row lock keeps an edit and a release apart.
create or replace function traveler_private.guard_procedure_draft() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_ids uuid[];
    v_refused text;
begin
    if tg_op = 'DELETE' then
        select array_agg(distinct o.procedure_id) into v_ids from old_rows o;
    else
        select array_agg(distinct n.procedure_id) into v_ids from new_rows n;
    end if;
    perform from traveler.procedure p where p.org_id = v_org and p.id = any (v_ids) order by p.id for no key update;
    select p.title || ' is ' || replace(p.state, '_', ' ') into v_refused
    from traveler.procedure p where p.org_id = v_org and p.id = any (v_ids) and p.state <> 'draft' limit 1;
    perform traveler_private.demand(v_refused is null, 409, 'procedure_not_draft', 'P1',
        format('Only a draft can be edited: %s.', v_refused), 'Make a new version of the procedure and edit that.');
    return null;
end
$$;
comment on function traveler_private.guard_procedure_draft is 'Trigger: steps, fields, edges and requirements change in a draft only (P1).';

do $$
declare
    v_table text;
begin
    foreach v_table in array array['procedure_step', 'procedure_step_edge', 'procedure_field', 'procedure_requirement', 'procedure_approval'] loop
        execute format('create or replace trigger _100_guard_draft_insert after insert on traveler.%I referencing new table as new_rows
            for each statement execute function traveler_private.guard_procedure_draft()', v_table);
        execute format('create or replace trigger _100_guard_draft_update after update on traveler.%I referencing new table as new_rows
            for each statement execute function traveler_private.guard_procedure_draft()', v_table);
        execute format('create or replace trigger _100_guard_draft_delete after delete on traveler.%I referencing old table as old_rows
            for each statement execute function traveler_private.guard_procedure_draft()', v_table);
    end loop;
end $$;

-- P1: the states of a version and the moves between them.
create or replace function traveler_private.guard_procedure_state() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if new.state <> old.state then
        perform traveler_private.demand((old.state, new.state) in (('draft', 'in_review'), ('in_review', 'draft'), ('draft', 'released'),
            ('in_review', 'released'), ('released', 'archived'), ('draft', 'archived'), ('in_review', 'archived')),
            409, 'procedure_move', 'P1', format('A procedure can''t go from %s to %s.', old.state, new.state),
            'Make a new version of the procedure.');
        perform traveler_private.demand((old.title, old.description, old.part_id, old.attributes) is not distinct from (new.title, new.description, new.part_id, new.attributes),
            409, 'procedure_not_draft', 'P1', 'A version is moved or edited, not both at once.');
    elsif old.state <> 'draft' then
        perform traveler_private.refuse(409, 'procedure_not_draft', 'P1', format('Only a draft can be edited: this version is %s.', replace(old.state, '_', ' ')),
            'Make a new version of the procedure and edit that.');
    end if;
    perform traveler_private.demand((new.family_id, new.version_number, new.saved_run_id, new.standard) is not distinct from (old.family_id, old.version_number, old.saved_run_id, old.standard),
        409, 'procedure_identity', 'P1', 'The family and number of a version never change, nor does the run that it was saved from, or whether it is a standard step.');
    return new;
end
$$;
comment on function traveler_private.guard_procedure_state is 'Trigger: how a version''s state moves, and that only a draft is edited (P1).';
create or replace trigger _100_guard_procedure_state before update on traveler.procedure
    for each row execute function traveler_private.guard_procedure_state();
create or replace trigger _100_guard_procedure_starts_as_draft before insert on traveler.procedure
    for each row when (new.state <> 'draft')
    execute function traveler_private.refuse_derived('procedure', 'P1', 'The state of a new version');

create or replace function traveler.procedure_json(p_procedure uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', p.id, 'family_id', p.family_id, 'version_number', p.version_number, 'title', p.title,
            'description', p.description, 'part_id', p.part_id, 'state', p.state, 'released_at', traveler.json_time(p.released_at),
            'saved_run_id', p.saved_run_id, 'standard', p.standard, 'attributes', p.attributes,
            'created_at', traveler.json_time(p.created_at), 'version', p.version,
            'steps', coalesce((
                select jsonb_agg(jsonb_build_object('id', s.id, 'parent_id', s.parent_id, 'position', s.position, 'title', s.title,
                    'instructions', s.instructions, 'location_id', s.location_id, 'lead_time_seconds', s.lead_time_seconds, 'required', s.required,
                    'outside_process', s.outside_process, 'standard_id', s.standard_id, 'attributes', s.attributes,
                    'lineage_id', coalesce(s.lineage_id, s.id), 'upstream_ids', coalesce((select jsonb_agg(e.upstream_id order by e.upstream_id) from traveler.procedure_step_edge e
                        where e.org_id = s.org_id and e.downstream_id = s.id), '[]'),
                    'fields', coalesce((select jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'type', f.type, 'unit', f.unit,
                            'required', f.required, 'allow_not_applicable', f.allow_not_applicable, 'options', to_jsonb(f.options),
                            'signoff_role', (select r.name from traveler.role r where r.org_id = f.org_id and r.id = f.signoff_role_id), 'peer', f.peer, 'meaning', f.meaning, 'batch_scope', f.batch_scope,
                            'minimum', traveler.json_decimal(f.minimum), 'maximum', traveler.json_decimal(f.maximum), 'target', traveler.json_decimal(f.target),
                            'tolerance_minus', traveler.json_decimal(f.tolerance_minus), 'tolerance_plus', traveler.json_decimal(f.tolerance_plus),
                            'datagrid', f.datagrid, 'compare', traveler_private.compare_json(f.compare_op, f.compare_field_id)) order by f.position)
                        from traveler.procedure_field f where f.org_id = s.org_id and f.procedure_step_id = s.id), '[]'),
                    'requirements', coalesce((select jsonb_agg(jsonb_build_object('id', q.id, 'part_id', q.part_id,
                            'quantity_per_unit', traveler.json_decimal(q.quantity_per_unit), 'reference_designators', to_jsonb(q.reference_designators)) order by q.id)
                        from traveler.procedure_requirement q where q.org_id = s.org_id and q.procedure_step_id = s.id), '[]'),
                    'approvals', coalesce((select jsonb_agg(jsonb_build_object('id', a.id, 'role', r.name, 'approvers', a.approvers) order by r.name)
                        from traveler.procedure_approval a join traveler.role r on r.org_id = a.org_id and r.id = a.role_id
                        where a.org_id = s.org_id and a.procedure_step_id = s.id), '[]'))
                    order by s.depth, s.parent_id, s.position)
                from traveler.procedure_step s where s.org_id = p.org_id and s.procedure_id = p.id), '[]'))
        from traveler.procedure p where p.org_id = traveler.current_org() and p.id = p_procedure
    );
end
$$;
comment on function traveler.procedure_json is 'A procedure version with its steps, fields, dependencies and requirements as JSON.';

-- Writes the steps of a draft from a document: nested lists of steps, each with a key that others name in "after". A step says by lineage_id
-- which one it was in the versions before; without, its title does, where no other step has it.
drop function if exists traveler_private.write_procedure_steps(uuid, jsonb);
create or replace function traveler_private.write_procedure_steps(p_procedure uuid, p_steps jsonb, p_lineage jsonb default '{}') returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_flat jsonb;
    v_fault text;
begin
    with recursive nested as (
        select e.value as step, null::uuid as parent_id, 1 as depth, e.ordinality::integer as position, traveler.new_id() as id
        from jsonb_array_elements(p_steps) with ordinality e
        union all
        select e.value, n.id, n.depth + 1, e.ordinality::integer, traveler.new_id()
        from nested n, jsonb_array_elements(n.step -> 'steps') with ordinality e
        where n.depth < 6
    )
    select jsonb_agg(jsonb_build_object('id', n.id, 'parent_id', n.parent_id, 'depth', n.depth, 'position', n.position, 'step', n.step - 'steps'))
    into v_flat from nested n;
    if v_flat is null then
        return;
    end if;
    perform traveler_private.demand(not exists (select from jsonb_array_elements(v_flat) f where (f ->> 'depth')::integer > 5),
        422, 'step_depth', 'P3', 'Steps nest up to five levels.');
    select f -> 'step' ->> 'key' into v_fault from jsonb_array_elements(v_flat) f
    where f -> 'step' ? 'key' group by 1 having count(*) > 1 limit 1;
    perform traveler_private.demand(v_fault is null, 422, 'step_key_twice', 'P6', format('Two steps have the key %s.', v_fault));
    select a into v_fault from jsonb_array_elements(v_flat) f, jsonb_array_elements_text(f -> 'step' -> 'after') a
    where not exists (select from jsonb_array_elements(v_flat) g where g -> 'step' ->> 'key' = a) limit 1;
    perform traveler_private.demand(v_fault is null, 422, 'step_key_unknown', 'P6', format('"after" names %s, which is no step''s key.', v_fault));
    select x -> 'signoff_role' into v_fault from jsonb_array_elements(v_flat) f, jsonb_array_elements(f -> 'step' -> 'fields') x
    where x ->> 'signoff_role' is not null
        and not exists (select from traveler.role r where r.org_id = v_org and r.name = x ->> 'signoff_role') limit 1;
    perform traveler_private.demand(v_fault is null, 422, 'role_unknown', 'P4', format('The org has no role %s.', v_fault));
    select x ->> 'role' into v_fault from jsonb_array_elements(v_flat) f, jsonb_array_elements(f -> 'step' -> 'approvals') x
    where not exists (select from traveler.role r where r.org_id = v_org and r.name = x ->> 'role') limit 1;
    perform traveler_private.demand(v_fault is null, 422, 'role_unknown', 'P5', format('The org has no role %s.', v_fault));

    select jsonb_agg(x.step || jsonb_build_object('lineage_id', coalesce(x.said, case when x.of_title = 1 and not x.known ? (p_lineage ->> x.title) then p_lineage ->> x.title end)))
    into v_flat
    from (
        select f.value as step, f.value #>> '{step,lineage_id}' as said, f.value #>> '{step,title}' as title, count(*) over (partition by f.value #>> '{step,title}') as of_title,
            jsonb_object_agg(coalesce(f.value #>> '{step,lineage_id}', ''), true) over () as known
        from jsonb_array_elements(v_flat) f) x;
    for v_level in 1 .. 5 loop
        insert into traveler.procedure_step (org_id, id, procedure_id, parent_id, depth, position, title, instructions, location_id,
            lead_time_seconds, required, lineage_id, outside_process, standard_id, attributes)
        select v_org, (f ->> 'id')::uuid, p_procedure, (f ->> 'parent_id')::uuid, v_level, (f ->> 'position')::integer,
            f -> 'step' ->> 'title', coalesce(f -> 'step' ->> 'instructions', ''), (f -> 'step' ->> 'location_id')::uuid,
            (f -> 'step' ->> 'lead_time_seconds')::integer, coalesce((f -> 'step' ->> 'required')::boolean, true), (f ->> 'lineage_id')::uuid,
            coalesce((f -> 'step' ->> 'outside_process')::boolean, false), (f -> 'step' ->> 'standard_id')::uuid, coalesce(f -> 'step' -> 'attributes', '{}')
        from jsonb_array_elements(v_flat) f where (f ->> 'depth')::integer = v_level;
        exit when not found;
    end loop;
    insert into traveler.procedure_field (org_id, procedure_id, procedure_step_id, position, name, type, unit, required, allow_not_applicable,
        options, signoff_role_id, peer, meaning, batch_scope, minimum, maximum, target, tolerance_minus, tolerance_plus, datagrid)
    select v_org, p_procedure, (f ->> 'id')::uuid, x.ordinality::integer, x.value ->> 'name', x.value ->> 'type', x.value ->> 'unit',
        coalesce((x.value ->> 'required')::boolean, true), coalesce((x.value ->> 'allow_not_applicable')::boolean, false),
        case when jsonb_typeof(x.value -> 'options') = 'array' then array(select jsonb_array_elements_text(x.value -> 'options')) end,
        (select r.id from traveler.role r where r.org_id = v_org and r.name = x.value ->> 'signoff_role'),
        coalesce((x.value ->> 'peer')::boolean, false), x.value ->> 'meaning', x.value ->> 'batch_scope', traveler_private.decimal_of(x.value ->> 'minimum'), traveler_private.decimal_of(x.value ->> 'maximum'),
        traveler_private.decimal_of(x.value ->> 'target'),
        traveler_private.decimal_of(x.value ->> 'tolerance_minus'), traveler_private.decimal_of(x.value ->> 'tolerance_plus'),
        traveler_private.datagrid_of(x.value -> 'datagrid')
    from jsonb_array_elements(v_flat) f, jsonb_array_elements(f -> 'step' -> 'fields') with ordinality x;
    perform traveler_private.write_comparisons(p_procedure, v_flat);
    insert into traveler.procedure_requirement (org_id, procedure_id, procedure_step_id, part_id, quantity_per_unit, reference_designators)
    select v_org, p_procedure, (f ->> 'id')::uuid, (q ->> 'part_id')::uuid, traveler_private.quantity_of(q ->> 'quantity_per_unit'),
        coalesce(array(select jsonb_array_elements_text(q -> 'reference_designators')), '{}')
    from jsonb_array_elements(v_flat) f, jsonb_array_elements(f -> 'step' -> 'requirements') q;
    insert into traveler.procedure_approval (org_id, procedure_id, procedure_step_id, role_id, approvers)
    select v_org, p_procedure, (f ->> 'id')::uuid, r.id, coalesce((x ->> 'approvers')::integer, 1)
    from jsonb_array_elements(v_flat) f, jsonb_array_elements(f -> 'step' -> 'approvals') x
    join traveler.role r on r.org_id = v_org and r.name = x ->> 'role';
    insert into traveler.procedure_step_edge (org_id, procedure_id, upstream_id, downstream_id)
    select distinct v_org, p_procedure, (u ->> 'id')::uuid, (d ->> 'id')::uuid
    from jsonb_array_elements(v_flat) d, jsonb_array_elements_text(d -> 'step' -> 'after') a
    join jsonb_array_elements(v_flat) u on u -> 'step' ->> 'key' = a;
end
$$;
comment on function traveler_private.write_procedure_steps is 'Writes a draft''s steps, fields, requirements and dependencies from a nested document.';

-- POST /v1/procedures: {title, description?, part_id?, standard?, attributes?, steps: [{key?, title, instructions?, location_id?, lead_time_seconds?,
-- required?, outside_process?, standard_id?, lineage_id?, attributes?, after?: [key], fields?: [...], requirements?: [...], approvals?: [{role, approvers?}], steps?: [...]}]}
create or replace function traveler.create_procedure(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_id uuid := traveler.new_id();
begin
    perform traveler_private.require('procedure.edit');
    insert into traveler.procedure (org_id, id, family_id, version_number, title, description, part_id, standard, attributes)
    values (traveler.current_org(), v_id, v_id, 1, p_request ->> 'title', coalesce(p_request ->> 'description', ''), (p_request ->> 'part_id')::uuid,
        coalesce((p_request ->> 'standard')::boolean, false), coalesce(p_request -> 'attributes', '{}'));
    perform traveler_private.write_procedure_steps(v_id, p_request -> 'steps');
    return traveler.procedure_json(v_id);
end
$$;
comment on function traveler.create_procedure is 'Drafts the first version of a procedure (P1).';

-- PUT /v1/procedures/{id}: the same document; replaces the draft, but for attributes of its own that it does not give.
create or replace function traveler.replace_procedure(p_procedure uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.procedure;
    v_lineage jsonb;
begin
    perform traveler_private.require('procedure.edit');
    select * into v_now from traveler.procedure p where p.org_id = v_org and p.id = p_procedure for no key update;
    perform traveler_private.demand(found, 404, 'procedure_unknown', 'T1', 'There is no such procedure.');
    perform traveler_private.expect_version('procedure', p_procedure, v_now.version, p_version);
    update traveler.procedure p set title = p_request ->> 'title', description = coalesce(p_request ->> 'description', ''),
        part_id = (p_request ->> 'part_id')::uuid, standard = coalesce((p_request ->> 'standard')::boolean, p.standard),
        attributes = coalesce(p_request -> 'attributes', p.attributes),
        -- The steps are part of the draft, so its version counts a change of theirs as well.
        version = p.version + 1
    where p.org_id = v_org and p.id = p_procedure;
    select coalesce(jsonb_object_agg(x.title, x.lineage), '{}') into v_lineage from (
        select s.title, min(coalesce(s.lineage_id, s.id)::text) as lineage from traveler.procedure_step s
        where s.org_id = v_org and s.procedure_id = p_procedure group by s.title having count(*) = 1) x;
    delete from traveler.procedure_step_edge e where e.org_id = v_org and e.procedure_id = p_procedure;
    delete from traveler.procedure_field f where f.org_id = v_org and f.procedure_id = p_procedure;
    delete from traveler.procedure_approval a where a.org_id = v_org and a.procedure_id = p_procedure;
    delete from traveler.procedure_requirement q where q.org_id = v_org and q.procedure_id = p_procedure;
    delete from traveler.procedure_step s where s.org_id = v_org and s.procedure_id = p_procedure;
    perform traveler_private.write_procedure_steps(p_procedure, p_request -> 'steps', v_lineage);
    return traveler.procedure_json(p_procedure);
end
$$;
comment on function traveler.replace_procedure is 'Replaces the content of a draft (P1).';

create or replace function traveler.move_procedure(p_procedure uuid, p_version integer, p_state text) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.procedure;
begin
    perform traveler_private.require(case when p_state in ('released', 'archived') then 'procedure.release' else 'procedure.edit' end);
    select * into v_now from traveler.procedure p where p.org_id = v_org and p.id = p_procedure;
    perform traveler_private.demand(found, 404, 'procedure_unknown', 'T1', 'There is no such procedure.');
    -- The whole family, so that two versions released at once leave one released.
    perform from traveler.procedure p where p.org_id = v_org and p.family_id = v_now.family_id order by p.id for no key update;
    select * into v_now from traveler.procedure p where p.org_id = v_org and p.id = p_procedure;
    perform traveler_private.expect_version('procedure', p_procedure, v_now.version, p_version);
    perform traveler_private.demand(v_now.state is distinct from p_state, 409, 'procedure_move', 'P1',
        format('The procedure is already %s.', replace(v_now.state, '_', ' ')));
    perform traveler_private.demand(p_state <> 'released' or exists (
        select from traveler.procedure_step s where s.org_id = v_org and s.procedure_id = p_procedure),
        409, 'procedure_empty', 'P1', 'A procedure without a step can''t be released.', 'Add its steps first.');
    if p_state = 'released' then
        update traveler.procedure p set state = 'archived'
        where p.org_id = v_org and p.family_id = v_now.family_id and p.state = 'released' and p.id <> p_procedure;
    end if;
    update traveler.procedure p set state = p_state, released_at = case when p_state = 'released' then now() else p.released_at end
    where p.org_id = v_org and p.id = p_procedure;
    return traveler.procedure_json(p_procedure);
end
$$;
comment on function traveler.move_procedure is 'Submits, returns, releases or archives a version; releasing archives the one before it (P1).';

-- POST /v1/procedures/{id}/new-version
create or replace function traveler.new_procedure_version(p_procedure uuid) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_id uuid := traveler.new_id();
    v_from traveler.procedure;
    v_map jsonb;
begin
    perform traveler_private.require('procedure.edit');
    select * into v_from from traveler.procedure p where p.org_id = v_org and p.id = p_procedure;
    perform traveler_private.demand(found, 404, 'procedure_unknown', 'T1', 'There is no such procedure.');
    perform from traveler.procedure p where p.org_id = v_org and p.family_id = v_from.family_id order by p.id for no key update;
    insert into traveler.procedure (org_id, id, family_id, version_number, title, description, part_id, standard, attributes)
    select v_org, v_id, v_from.family_id, max(p.version_number) + 1, v_from.title, v_from.description, v_from.part_id, v_from.standard, v_from.attributes
    from traveler.procedure p where p.org_id = v_org and p.family_id = v_from.family_id;
    select coalesce(jsonb_object_agg(s.id, traveler.new_id()), '{}') into v_map
    from traveler.procedure_step s where s.org_id = v_org and s.procedure_id = p_procedure;
    for i in 1 .. 5 loop
        insert into traveler.procedure_step (org_id, id, procedure_id, parent_id, depth, position, title, instructions, location_id,
            lead_time_seconds, required, lineage_id, outside_process, standard_id, attributes)
        select v_org, (v_map ->> s.id::text)::uuid, v_id, (v_map ->> s.parent_id::text)::uuid, s.depth, s.position, s.title, s.instructions,
            s.location_id, s.lead_time_seconds, s.required, coalesce(s.lineage_id, s.id), s.outside_process, s.standard_id, s.attributes
        from traveler.procedure_step s where s.org_id = v_org and s.procedure_id = p_procedure and s.depth = i;
        exit when not found;
    end loop;
    insert into traveler.procedure_step_edge (org_id, procedure_id, upstream_id, downstream_id)
    select v_org, v_id, (v_map ->> e.upstream_id::text)::uuid, (v_map ->> e.downstream_id::text)::uuid
    from traveler.procedure_step_edge e where e.org_id = v_org and e.procedure_id = p_procedure;
    insert into traveler.procedure_field (org_id, procedure_id, procedure_step_id, position, name, type, unit, required, allow_not_applicable,
        options, signoff_role_id, peer, meaning, batch_scope, minimum, maximum, target, tolerance_minus, tolerance_plus, datagrid)
    select v_org, v_id, (v_map ->> f.procedure_step_id::text)::uuid, f.position, f.name, f.type, f.unit, f.required, f.allow_not_applicable,
        f.options, f.signoff_role_id, f.peer, f.meaning, f.batch_scope, f.minimum, f.maximum, f.target, f.tolerance_minus, f.tolerance_plus, f.datagrid
    from traveler.procedure_field f where f.org_id = v_org and f.procedure_id = p_procedure;
    perform traveler_private.copy_comparisons(p_procedure, v_map);
    insert into traveler.procedure_requirement (org_id, procedure_id, procedure_step_id, part_id, quantity_per_unit, reference_designators)
    select v_org, v_id, (v_map ->> q.procedure_step_id::text)::uuid, q.part_id, q.quantity_per_unit, q.reference_designators
    from traveler.procedure_requirement q where q.org_id = v_org and q.procedure_id = p_procedure;
    insert into traveler.procedure_approval (org_id, procedure_id, procedure_step_id, role_id, approvers)
    select v_org, v_id, (v_map ->> a.procedure_step_id::text)::uuid, a.role_id, a.approvers
    from traveler.procedure_approval a where a.org_id = v_org and a.procedure_id = p_procedure;
    return traveler.procedure_json(v_id);
end
$$;
comment on function traveler.new_procedure_version is 'Drafts the next version of a procedure from an existing one (P1).';

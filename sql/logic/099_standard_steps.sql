-- Standard steps (P2): a procedure of one step, with versions and states of its own (P1), whose instructions and fields the steps of
-- other procedures have. A run has them at their latest release, as it is made and once more as its step starts.

-- What refers to a standard step has no instructions and fields of its own; and no standard step refers to another.
create or replace function traveler_private.guard_standard_reference() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand(exists (select from traveler.procedure p where p.org_id = new.org_id and p.id = new.standard_id and p.standard and p.family_id = p.id),
        422, 'standard_step_unknown', 'P2', 'The org has no such standard step.', 'Name one by its family_id.');
    perform traveler_private.demand(not exists (select from traveler.procedure p where p.org_id = new.org_id and p.id = new.procedure_id and p.standard),
        422, 'standard_step_nested', 'P2', 'A standard step is written out: it refers to no other.');
    perform traveler_private.demand(not exists (select from traveler.procedure_field f where f.org_id = new.org_id and f.procedure_step_id = new.id),
        409, 'standard_step_content', 'P2', format('"%s" has fields of its own.', new.title), 'Remove them, or leave it as it is.');
    return new;
end
$$;
comment on function traveler_private.guard_standard_reference is 'Trigger: a step refers to a standard step, and has no content of its own then (P2).';
create or replace trigger _120_guard_standard_reference before insert or update of standard_id, procedure_id on traveler.procedure_step
    for each row when (new.standard_id is not null) execute function traveler_private.guard_standard_reference();

create or replace function traveler_private.guard_standard_fields() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_title text;
begin
    select s.title into v_title from new_rows n join traveler.procedure_step s on s.org_id = n.org_id and s.id = n.procedure_step_id
    where s.standard_id is not null limit 1;
    perform traveler_private.demand(not found, 409, 'standard_step_content', 'P2', format('"%s" has the fields of its standard step.', v_title),
        'Make a new version of the standard step, or write the step out.');
    return null;
end
$$;
comment on function traveler_private.guard_standard_fields is 'Trigger: a step that refers to a standard step has that one''s fields (P2).';
create or replace trigger _120_guard_standard_fields_insert after insert on traveler.procedure_field referencing new table as new_rows
    for each statement execute function traveler_private.guard_standard_fields();
create or replace trigger _120_guard_standard_fields_update after update on traveler.procedure_field referencing new table as new_rows
    for each statement execute function traveler_private.guard_standard_fields();

-- The first step, of a procedure's, whose standard step has no release that a run could have.
create or replace function traveler_private.unreleased_standard(p_procedure uuid) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select s.title from traveler.procedure_step s
        where s.org_id = traveler_private.org() and s.procedure_id = p_procedure and s.standard_id is not null
            and not exists (select from traveler.procedure v where v.org_id = s.org_id and v.family_id = s.standard_id and v.state = 'released')
        order by s.depth, s.position limit 1
    );
end
$$;
comment on function traveler_private.unreleased_standard is 'The title of a step whose standard step is not released; null when there is none (P2).';

create or replace function traveler_private.demand_standards(p_procedure uuid) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_title text := traveler_private.unreleased_standard(p_procedure);
begin
    perform traveler_private.demand(v_title is null, 409, 'standard_step_not_released', 'P2', format('The standard step that "%s" refers to has no released version.', v_title),
        'Release a version of it.');
end
$$;
comment on function traveler_private.demand_standards is 'Refuses a procedure that refers to a standard step which is not released (P2).';

-- P1, P2: what is released can be run, or be referred to.
create or replace function traveler_private.guard_standard_release() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if not new.standard then
        perform traveler_private.demand_standards(new.id);
        return new;
    end if;
    perform traveler_private.demand((select count(*) = 1 and bool_and(num_nonnulls(s.location_id, s.lead_time_seconds) = 0 and s.required and not s.outside_process)
            from traveler.procedure_step s where s.org_id = new.org_id and s.procedure_id = new.id)
        and not exists (select from traveler.procedure_requirement q where q.org_id = new.org_id and q.procedure_id = new.id)
        and not exists (select from traveler.procedure_approval a where a.org_id = new.org_id and a.procedure_id = new.id),
        409, 'standard_step_not_one', 'P2', 'A standard step is one step with instructions and fields.',
        'Leave place, time, requirements and approvals to the steps that refer to it.');
    return new;
end
$$;
comment on function traveler_private.guard_standard_release is 'Trigger: a standard step is released as one step; what refers to one, while that is released (P2).';
create or replace trigger _120_guard_standard_release before update of state on traveler.procedure
    for each row when (new.state = 'released' and old.state <> 'released') execute function traveler_private.guard_standard_release();

-- The release that a step which starts pulls; null when it keeps what it has. Siblings pull alike: while one is at it, no release comes
-- in between, and none of them has started before (K3).
create or replace function traveler_private.standard_to_pull(p_step traveler.run_step) returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_family uuid;
    v_latest uuid;
begin
    select p.family_id into strict v_family from traveler.procedure p where p.org_id = v_org and p.id = p_step.standard_version_id;
    if p_step.sibling_id is not null then
        if p_step.attempt > 1 then
            return null;
        end if;
        perform from traveler.procedure p where p.org_id = v_org and p.id = v_family for share;
    end if;
    select p.id into v_latest from traveler.procedure p where p.org_id = v_org and p.family_id = v_family and p.state = 'released';
    if v_latest = p_step.standard_version_id
        or exists (select from traveler.redline d where d.org_id = v_org and d.run_step_id = p_step.id and d.state = 'released')
        or exists (select from traveler.run_step_field f where f.org_id = v_org and f.run_step_id = p_step.id and (f.value is not null or f.not_applicable))
        -- Another step's field that a redline holds against one of these would lose what it is held against.
        or exists (select from traveler.run_step_field f join traveler.run_step_field c on c.org_id = f.org_id and c.compare_field_id = f.id
            where f.org_id = v_org and f.run_step_id = p_step.id and c.run_step_id <> p_step.id and c.withdrawn_at is null) then
        return null;
    end if;
    return v_latest;
end
$$;
comment on function traveler_private.standard_to_pull is 'The release of its standard step that a starting step pulls; null when it keeps what it has (P2).';

create or replace function traveler_private.pull_standard() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_version uuid;
begin
    if tg_op = 'INSERT' then
        select v.id into v_version from traveler.procedure_step o
        join traveler.procedure v on v.org_id = o.org_id and v.family_id = o.standard_id and v.state = 'released'
        where o.org_id = new.org_id and o.id = new.origin_step_id and v.id = new.standard_version_id;
        perform traveler_private.demand(found, 409, 'standard_step_not_released', 'P2', format('"%s" is no copy of a standard step''s release.', new.title));
    else
        v_version := traveler_private.standard_to_pull(new);
        if v_version is null then
            return new;
        end if;
        new.standard_version_id := v_version;
    end if;
    select s.instructions into strict new.instructions from traveler.procedure_step s where s.org_id = new.org_id and s.procedure_id = v_version;
    return new;
end
$$;
comment on function traveler_private.pull_standard is 'Trigger: a run''s step has the instructions of its standard step''s latest release, when it is made and when it starts (P2).';
create or replace trigger _140_pull_standard before insert on traveler.run_step
    for each row when (new.standard_version_id is not null) execute function traveler_private.pull_standard();
create or replace trigger _140_pull_standard_at_start before update of state on traveler.run_step
    for each row when (old.state = 'todo' and new.state = 'in_progress' and new.standard_version_id is not null) execute function traveler_private.pull_standard();
create or replace trigger _120_refuse_derived_standard before update of standard_version_id on traveler.run_step
    for each row when (old.standard_version_id is distinct from new.standard_version_id) execute function traveler_private.refuse_derived('run_step', 'P2', 'What a step is pulled from');

-- The fields follow, of all steps that one statement makes or starts: those that were asked until now are withdrawn (T4), and nothing was
-- entered in them.
create or replace function traveler_private.pull_standard_fields() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_steps uuid[];
    v_version uuid;
    v_of uuid[];
    v_places jsonb;
    v_count integer;
    v_ids uuid[];
begin
    if not exists (select from new_rows n where n.standard_version_id is not null) then
        return null;
    elsif tg_op = 'INSERT' then
        v_steps := array(select n.id from new_rows n where n.standard_version_id is not null);
    else
        v_steps := array(select n.id from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id
            where n.standard_version_id is distinct from o.standard_version_id);
        if v_steps = '{}' then
            return null;
        end if;
        update traveler.run_step_field f set withdrawn_at = clock_timestamp()
        where f.org_id = v_org and f.run_step_id = any (v_steps) and f.withdrawn_at is null;
    end if;
    for v_version, v_of in
        select s.standard_version_id, array_agg(s.id order by s.id) from traveler.run_step s where s.org_id = v_org and s.id = any (v_steps) group by 1 order by 1
    loop
        -- Which copy is held against which is found by its place, step after step: a join would be planned for a few.
        select coalesce(jsonb_object_agg(x.id, x.place), '{}'), count(*) into v_places, v_count
        from (select f.id, row_number() over (order by f.position) as place from traveler.procedure_field f where f.org_id = v_org and f.procedure_id = v_version) x;
        v_ids := array(select traveler.new_id() from generate_series(1, cardinality(v_of) * v_count));
        insert into traveler.run_step_field (org_id, id, run_id, run_step_id, position, name, type, unit, required, allow_not_applicable, options, signoff_role_id, peer, meaning,
            batch_scope, minimum, maximum, target, tolerance_minus, tolerance_plus, datagrid, compare_op, compare_field_id)
        select v_org, v_ids[(o.place - 1) * v_count + (v_places ->> f.id::text)::integer], s.run_id, s.id, l.last + f.position, f.name, f.type, f.unit, f.required,
            f.allow_not_applicable, f.options, f.signoff_role_id, f.peer, f.meaning, f.batch_scope, f.minimum, f.maximum, f.target, f.tolerance_minus, f.tolerance_plus, f.datagrid,
            f.compare_op, v_ids[(o.place - 1) * v_count + (v_places ->> f.compare_field_id::text)::integer]
        from unnest(v_of) with ordinality o (id, place)
        join traveler.run_step s on s.org_id = v_org and s.id = o.id
        cross join lateral (select coalesce(max(x.position), 0) as last from traveler.run_step_field x where x.org_id = v_org and x.run_step_id = o.id) l
        cross join traveler.procedure_field f
        where f.org_id = v_org and f.procedure_id = v_version
        order by o.place, f.position;
    end loop;
    return null;
end
$$;
comment on function traveler_private.pull_standard_fields is 'Trigger: runs'' steps have the fields of the versions that they are pulled from (P2).';
create or replace trigger _490_pull_standard_fields after insert on traveler.run_step referencing new table as new_rows
    for each statement execute function traveler_private.pull_standard_fields();
create or replace trigger _490_pull_standard_fields_at_start after update on traveler.run_step referencing old table as old_rows new table as new_rows
    for each statement execute function traveler_private.pull_standard_fields();

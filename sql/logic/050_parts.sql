-- Parts, locations and manufacturing BOMs.

create or replace function traveler.part_json(p_part uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', p.id, 'part_number', p.part_number, 'revision', p.revision, 'name', p.name,
            'description', p.description, 'tracking', p.tracking, 'unit', p.unit, 'lot_traceability', p.lot_traceability,
            'number_pattern', p.number_pattern,
            'archived_at', traveler.json_time(p.archived_at), 'created_at', traveler.json_time(p.created_at), 'version', p.version,
            'mbom_id', (select m.id from traveler.mbom m where m.org_id = p.org_id and m.part_id = p.id and m.state = 'released'))
        from traveler.part p where p.org_id = traveler.current_org() and p.id = p_part
    );
end
$$;
comment on function traveler.part_json is 'A part as JSON; null when the org has no such part.';

-- POST /v1/parts: {part_number, revision?, name, description?, tracking?, unit?, lot_traceability?, number_pattern?}
create or replace function traveler.create_part(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_id uuid;
begin
    perform traveler_private.require('part.edit');
    insert into traveler.part (org_id, part_number, revision, name, description, tracking, unit, lot_traceability, number_pattern)
    values (traveler.current_org(), p_request ->> 'part_number', coalesce(p_request ->> 'revision', 'A'), p_request ->> 'name',
        coalesce(p_request ->> 'description', ''), coalesce(p_request ->> 'tracking', 'none'),
        coalesce(p_request ->> 'unit', 'each'), coalesce((p_request ->> 'lot_traceability')::boolean, false), p_request ->> 'number_pattern')
    returning id into v_id;
    return traveler.part_json(v_id);
end
$$;
comment on function traveler.create_part is 'Creates a part at one revision.';

-- PATCH /v1/parts/{id}: {name?, description?, lot_traceability?, number_pattern?, archived?}
create or replace function traveler.change_part(p_part uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_now traveler.part;
begin
    perform traveler_private.require('part.edit');
    select * into v_now from traveler.part p where p.org_id = traveler.current_org() and p.id = p_part for no key update;
    perform traveler_private.demand(found, 404, 'part_unknown', 'T1', 'There is no such part.');
    perform traveler_private.expect_version('part', p_part, v_now.version, p_version);
    update traveler.part p set
        name = coalesce(p_request ->> 'name', p.name),
        description = coalesce(p_request ->> 'description', p.description),
        lot_traceability = coalesce((p_request ->> 'lot_traceability')::boolean, p.lot_traceability),
        number_pattern = case when p_request ? 'number_pattern' then p_request ->> 'number_pattern' else p.number_pattern end,
        archived_at = case (p_request ->> 'archived')::boolean when true then coalesce(p.archived_at, now()) when false then null else p.archived_at end
    where p.org_id = traveler.current_org() and p.id = p_part;
    return traveler.part_json(p_part);
end
$$;
comment on function traveler.change_part is 'Changes a part''s description or archives it. Number, revision and tracking are what the part is and never change.';

create or replace function traveler_private.guard_part_identity() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'part_identity', 'I1', 'A part''s number, revision, tracking and unit never change.',
        'Create a new revision.');
    return null;
end
$$;
comment on function traveler_private.guard_part_identity is 'Trigger: what inventory was counted by cannot change under it (I1).';
create or replace trigger _100_guard_part_identity before update of part_number, revision, tracking, unit on traveler.part
    for each row when ((old.part_number, old.revision, old.tracking, old.unit) is distinct from (new.part_number, new.revision, new.tracking, new.unit))
    execute function traveler_private.guard_part_identity();

create or replace function traveler.location_json(p_location uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', l.id, 'name', l.name, 'parent_id', l.parent_id, 'work_center', l.work_center,
            'available', l.available, 'work_calendar_id', l.work_calendar_id, 'capacity', l.capacity, 'archived_at', traveler.json_time(l.archived_at),
            'created_at', traveler.json_time(l.created_at), 'version', l.version)
        from traveler.location l where l.org_id = traveler.current_org() and l.id = p_location
    );
end
$$;
comment on function traveler.location_json is 'A location as JSON; null when the org has no such location.';

-- POST /v1/locations: {name, parent_id?, work_center?, available?}
create or replace function traveler.create_location(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_id uuid;
begin
    perform traveler_private.require('location.edit');
    insert into traveler.location (org_id, name, parent_id, work_center, available)
    values (traveler.current_org(), p_request ->> 'name', (p_request ->> 'parent_id')::uuid,
        coalesce((p_request ->> 'work_center')::boolean, false), coalesce((p_request ->> 'available')::boolean, true))
    returning id into v_id;
    return traveler.location_json(v_id);
end
$$;
comment on function traveler.create_location is 'Creates a location or work center.';

-- A place's parent is set once, when it is made: the tree of places cannot become a ring.
create or replace function traveler_private.guard_location_parent() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'location_parent_fixed', 'P3', 'A location''s parent is fixed when it is made.');
    return null;
end
$$;
comment on function traveler_private.guard_location_parent is 'Trigger: the tree of locations stays a tree.';
create or replace trigger _100_guard_location_parent before update of parent_id on traveler.location
    for each row when (old.parent_id is distinct from new.parent_id) execute function traveler_private.guard_location_parent();

create or replace function traveler.mbom_json(p_mbom uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', m.id, 'part_id', m.part_id, 'version_number', m.version_number, 'state', m.state,
            'released_at', traveler.json_time(m.released_at), 'created_at', traveler.json_time(m.created_at), 'version', m.version,
            'lines', coalesce((
                select jsonb_agg(jsonb_build_object('id', l.id, 'position', l.position, 'part_id', l.part_id,
                    'part_number', p.part_number, 'revision', p.revision, 'part_name', p.name,
                    'quantity_per_unit', traveler.json_decimal(l.quantity_per_unit), 'reference_designators', to_jsonb(l.reference_designators),
                    'made_on_assembly', l.made_on_assembly, 'substitute_part_ids', coalesce((select jsonb_agg(s.part_id order by s.id) from traveler.mbom_substitute s
                        where s.org_id = l.org_id and s.mbom_line_id = l.id), '[]')) order by l.position)
                from traveler.mbom_line l join traveler.part p on p.org_id = l.org_id and p.id = l.part_id
                where l.org_id = m.org_id and l.mbom_id = m.id), '[]'))
        from traveler.mbom m where m.org_id = traveler.current_org() and m.id = p_mbom
    );
end
$$;
comment on function traveler.mbom_json is 'An mBOM with its lines as JSON; null when the org has no such mBOM.';

-- POST /v1/parts/{id}/mboms: {lines: [{part_id, quantity_per_unit, reference_designators?, made_on_assembly?, substitute_part_ids?}]}
create or replace function traveler.create_mbom(p_part uuid, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_id uuid := traveler.new_id();
begin
    perform traveler_private.require('part.edit');
    perform from traveler.part p where p.org_id = v_org and p.id = p_part for no key update;
    perform traveler_private.demand(found, 404, 'part_unknown', 'T1', 'There is no such part.');
    insert into traveler.mbom (org_id, id, part_id, version_number)
    select v_org, v_id, p_part, coalesce(max(m.version_number), 0) + 1
    from traveler.mbom m where m.org_id = v_org and m.part_id = p_part;
    with line as (
        select e.ordinality::integer as position, traveler.new_id() as id, e.value
        from jsonb_array_elements(p_request -> 'lines') with ordinality e
    ), inserted as (
        insert into traveler.mbom_line (org_id, id, mbom_id, position, part_id, quantity_per_unit, reference_designators, made_on_assembly)
        select v_org, l.id, v_id, l.position, (l.value ->> 'part_id')::uuid, traveler_private.quantity_of(l.value ->> 'quantity_per_unit'),
            coalesce(array(select jsonb_array_elements_text(l.value -> 'reference_designators')), '{}'), coalesce((l.value ->> 'made_on_assembly')::boolean, false)
        from line l
    )
    insert into traveler.mbom_substitute (org_id, mbom_id, mbom_line_id, part_id)
    select v_org, v_id, l.id, s::uuid from line l, jsonb_array_elements_text(l.value -> 'substitute_part_ids') s;
    return traveler.mbom_json(v_id);
end
$$;
comment on function traveler.create_mbom is 'Drafts the next version of a part''s mBOM.';

create or replace function traveler.release_mbom(p_mbom uuid, p_version integer) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.mbom;
    v_ring text;
begin
    perform traveler_private.require('part.edit');
    -- One release at a time in an org: two could close a ring of parts between them.
    perform from traveler.org o where o.org_id = v_org for no key update;
    select * into v_now from traveler.mbom m where m.org_id = v_org and m.id = p_mbom for no key update;
    perform traveler_private.demand(found, 404, 'mbom_unknown', 'T1', 'There is no such mBOM.');
    perform traveler_private.expect_version('mbom', p_mbom, v_now.version, p_version);
    perform traveler_private.demand(v_now.state = 'draft', 409, 'mbom_not_draft', 'B1', format('The mBOM is %s.', v_now.state),
        'Draft a new version of it.');
    update traveler.mbom m set state = 'archived' where m.org_id = v_org and m.part_id = v_now.part_id and m.state = 'released';
    update traveler.mbom m set state = 'released', released_at = now() where m.org_id = v_org and m.id = p_mbom;
    with recursive below as (
        select l.part_id from traveler.mbom_line l where l.org_id = v_org and l.mbom_id = p_mbom
        union
        select l.part_id from below b
        join traveler.mbom m on m.org_id = v_org and m.part_id = b.part_id and m.state = 'released'
        join traveler.mbom_line l on l.org_id = v_org and l.mbom_id = m.id
    )
    select p.part_number into v_ring from below b join traveler.part p on p.org_id = v_org and p.id = b.part_id where b.part_id = v_now.part_id;
    perform traveler_private.demand(v_ring is null, 409, 'mbom_contains_itself', 'B2', format('%s would contain itself.', v_ring),
        'Take the line out that leads back to it.');
    return traveler.mbom_json(p_mbom);
end
$$;
comment on function traveler.release_mbom is 'Releases a drafted mBOM and archives the one before it; a part never contains itself.';

-- B1: runs took their snapshot from a released mBOM; it never changes under them.
create or replace function traveler_private.guard_mbom_draft() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_mbom uuid := case when tg_op = 'DELETE' then old.mbom_id else new.mbom_id end;
    v_state text;
begin
    select m.state into v_state from traveler.mbom m where m.org_id = traveler_private.org() and m.id = v_mbom for no key update;
    perform traveler_private.demand(v_state = 'draft', 409, 'mbom_not_draft', 'B1', format('The mBOM is %s.', v_state),
        'Draft a new version of it.');
    return case when tg_op = 'DELETE' then old else new end;
end
$$;
comment on function traveler_private.guard_mbom_draft is 'Trigger: only a draft''s lines change (B1).';
create or replace trigger _100_guard_mbom_draft before insert or update or delete on traveler.mbom_line
    for each row execute function traveler_private.guard_mbom_draft();
create or replace trigger _100_guard_mbom_draft before insert or update or delete on traveler.mbom_substitute
    for each row execute function traveler_private.guard_mbom_draft();

create or replace function traveler_private.guard_mbom_state() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand(old.part_id = new.part_id and (old.state, new.state) in (('draft', 'released'), ('released', 'archived')),
        409, 'mbom_move', 'B1', format('An mBOM can''t go from %s to %s.', old.state, new.state));
    return new;
end
$$;
comment on function traveler_private.guard_mbom_state is 'Trigger: draft, released, archived, in that order.';
create or replace trigger _100_guard_mbom_state before update of state, part_id on traveler.mbom
    for each row execute function traveler_private.guard_mbom_state();

-- The as-built record (C5) and the as-built BOM (B6).

create or replace function traveler_private.actor_json(p_org uuid, p_actor text) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select case when p_actor is null then null else jsonb_build_object('actor', p_actor, 'name', (
            select u.name from traveler.user_account u where u.org_id = p_org and p_actor = 'user:' || u.id)) end
    );
end
$$;
comment on function traveler_private.actor_json is 'An actor with the name they have now.';

-- The document that a completion fixes. Cites its children's records by number and digest and never embeds them.
create or replace function traveler_private.as_built_document(p_run uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object(
            'format', 'traveler.as-built/1',
            'org', (select jsonb_build_object('org_id', o.org_id, 'slug', o.slug, 'name', o.name) from traveler.org o where o.org_id = r.org_id),
            'run', jsonb_build_object('id', r.id, 'number', r.number, 'title', r.title, 'quantity', traveler.json_decimal(r.quantity),
                'created_at', traveler.json_time(r.created_at), 'started_at', traveler.json_time(r.started_at),
                'completed_at', traveler.json_time(r.completed_at), 'completed_by', traveler_private.actor_json(r.org_id, r.completed_by),
                'completion_number', r.completion_number, 'status', r.status),
            'procedure', (select jsonb_build_object('id', p.id, 'family_id', p.family_id, 'version_number', p.version_number, 'title', p.title)
                from traveler.procedure p where p.org_id = r.org_id and p.id = r.procedure_id),
            'part', (select jsonb_build_object('id', p.id, 'part_number', p.part_number, 'revision', p.revision, 'name', p.name, 'unit', p.unit)
                from traveler.part p where p.org_id = r.org_id and p.id = r.part_id),
            'units', (select jsonb_agg(jsonb_build_object('part_inventory_id', i.id, 'serial_number', i.serial_number, 'lot_number', i.lot_number,
                    'quantity', traveler.json_decimal(i.quantity)) order by i.id)
                from traveler.run_inventory ri join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
                where ri.org_id = r.org_id and ri.run_id = r.id),
            'steps', (select jsonb_agg(jsonb_build_object('id', s.id, 'parent_id', s.parent_id, 'position', s.position, 'title', s.title,
                    'instructions', s.instructions, 'required', s.required, 'state', s.state, 'attempt', s.attempt,
                    'location', (select l.name from traveler.location l where l.org_id = s.org_id and l.id = s.location_id),
                    'started_at', traveler.json_time(s.started_at), 'completed_at', traveler.json_time(s.completed_at),
                    'completed_by', traveler_private.actor_json(s.org_id, s.completed_by),
                    'upstream_ids', (select coalesce(jsonb_agg(e.upstream_id order by e.upstream_id), '[]') from traveler.run_step_edge e
                        where e.org_id = s.org_id and e.downstream_id = s.id),
                    'fields', (select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'type', f.type, 'unit', f.unit, 'value', f.value,
                            'not_applicable', f.not_applicable, 'required', f.required,
                            'minimum', traveler.json_decimal(coalesce(f.minimum, f.target - f.tolerance_minus)),
                            'maximum', traveler.json_decimal(coalesce(f.maximum, f.target + f.tolerance_plus)), 'target', traveler.json_decimal(f.target),
                            'entered_by', traveler_private.actor_json(f.org_id, f.entered_by), 'entered_at', traveler.json_time(f.entered_at)) order by f.position), '[]')
                        from traveler.run_step_field f where f.org_id = s.org_id and f.run_step_id = s.id))
                    order by s.depth, s.parent_id, s.position)
                from traveler.run_step s where s.org_id = r.org_id and s.run_id = r.id),
            'build_requirements', (select coalesce(jsonb_agg(jsonb_build_object('id', q.id, 'run_step_id', q.run_step_id,
                    'part_number', p.part_number, 'revision', p.revision, 'needed', traveler.json_decimal(q.quantity_needed),
                    'installed', traveler.json_decimal(q.quantity_installed), 'reference_designators', to_jsonb(q.reference_designators),
                    'installations', (select coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'part_inventory_id', i.id, 'part_number', ip.part_number,
                            'revision', ip.revision, 'serial_number', i.serial_number, 'lot_number', i.lot_number, 'quantity', traveler.json_decimal(n.quantity),
                            'assembly_inventory_id', n.assembly_inventory_id, 'installed_by', traveler_private.actor_json(n.org_id, n.installed_by),
                            'installed_at', traveler.json_time(n.installed_at), 'removed_at', traveler.json_time(n.removed_at), 'removal_reason', n.removal_reason,
                            'as_built', (select jsonb_build_object('run_number', cr.number, 'record_number', a.number, 'digest', encode(a.digest, 'hex'))
                                from traveler.run_inventory cri
                                join traveler.run cr on cr.org_id = cri.org_id and cr.id = cri.run_id
                                join traveler.as_built_record a on a.org_id = cr.org_id and a.run_id = cr.id
                                where cri.org_id = i.org_id and cri.part_inventory_id = i.id
                                order by a.created_at desc, a.number desc limit 1)) order by n.id), '[]')
                        from traveler.installation n
                        join traveler.part_inventory i on i.org_id = n.org_id and i.id = n.part_inventory_id
                        join traveler.part ip on ip.org_id = i.org_id and ip.id = i.part_id
                        where n.org_id = q.org_id and n.build_requirement_id = q.id)) order by q.id), '[]')
                from traveler.build_requirement q join traveler.part p on p.org_id = q.org_id and p.id = q.part_id
                where q.org_id = r.org_id and q.run_id = r.id))
        from traveler.run r where r.org_id = traveler_private.org() and r.id = p_run
    );
end
$$;
comment on function traveler_private.as_built_document is 'What an as-built record says of a run, as of this transaction (C5).';

-- B6, top down: what is in a unit, at any depth, now or as of a past moment.
create or replace function traveler.abom(p_inventory uuid, p_as_of timestamptz default null) returns table (level integer, installation_id uuid, assembly_inventory_id uuid, part_inventory_id uuid, part_id uuid, part_number text, revision text,
    part_name text, serial_number text, lot_number text, quantity numeric, installed_at timestamptz, removed_at timestamptz, run_id uuid)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    with recursive tree as (
        select 0 as level, null::uuid as installation_id, null::uuid as assembly_inventory_id, i.id, null::numeric as quantity,
            null::timestamptz as installed_at, null::timestamptz as removed_at, null::uuid as run_id
        from traveler.part_inventory i where i.org_id = traveler.current_org() and i.id = p_inventory
        union all
        select t.level + 1, n.id, t.id, n.part_inventory_id, n.quantity, n.installed_at, n.removed_at, n.run_id
        from tree t
        join traveler.installation n on n.org_id = traveler.current_org() and n.assembly_inventory_id = t.id
            and case when p_as_of is null then n.removed_at is null
                else n.installed_at <= p_as_of and (n.removed_at is null or n.removed_at > p_as_of) end
    )
    select t.level, t.installation_id, t.assembly_inventory_id, i.id, p.id, p.part_number, p.revision, p.name, i.serial_number, i.lot_number,
        coalesce(t.quantity, i.quantity), t.installed_at, t.removed_at, t.run_id
    from tree t
    join traveler.part_inventory i on i.org_id = traveler.current_org() and i.id = t.id
    join traveler.part p on p.org_id = i.org_id and p.id = i.part_id;
end
$$;
comment on function traveler.abom is 'The as-built BOM of a unit: itself at level 0 and all that is installed in it, at all depths, now or as of a moment (B6).';

-- B6, bottom up: where a row, or all of a part's lot, went.
create or replace function traveler.where_used(p_inventory uuid, p_as_of timestamptz default null) returns table (level integer, installation_id uuid, part_inventory_id uuid, assembly_inventory_id uuid, part_id uuid, part_number text, revision text,
    part_name text, serial_number text, lot_number text, quantity numeric, installed_at timestamptz, removed_at timestamptz, run_id uuid)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    with recursive piece as (
        -- a row and all that was split from it
        select i.id from traveler.part_inventory i where i.org_id = traveler.current_org() and i.id = p_inventory
        union
        select i.id from piece x join traveler.part_inventory i on i.org_id = traveler.current_org() and i.origin_id = x.id
    ), up as (
        select 1 as level, n.id, n.part_inventory_id, n.assembly_inventory_id, n.quantity, n.installed_at, n.removed_at, n.run_id
        from piece x join traveler.installation n on n.org_id = traveler.current_org() and n.part_inventory_id = x.id
            and case when p_as_of is null then n.removed_at is null
                else n.installed_at <= p_as_of and (n.removed_at is null or n.removed_at > p_as_of) end
        union all
        select u.level + 1, n.id, n.part_inventory_id, n.assembly_inventory_id, n.quantity, n.installed_at, n.removed_at, n.run_id
        from up u join traveler.installation n on n.org_id = traveler.current_org() and n.part_inventory_id = u.assembly_inventory_id
            and case when p_as_of is null then n.removed_at is null
                else n.installed_at <= p_as_of and (n.removed_at is null or n.removed_at > p_as_of) end
    )
    select u.level, u.id, u.part_inventory_id, u.assembly_inventory_id, p.id, p.part_number, p.revision, p.name, a.serial_number, a.lot_number,
        u.quantity, u.installed_at, u.removed_at, u.run_id
    from up u
    left join traveler.part_inventory a on a.org_id = traveler.current_org() and a.id = u.assembly_inventory_id
    left join traveler.part p on p.org_id = a.org_id and p.id = a.part_id;
end
$$;
comment on function traveler.where_used is 'The assemblies that a row, or what was split from it, is installed in, at all levels up, now or as of a moment (B6).';

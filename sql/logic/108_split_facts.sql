-- What a split is planned from (X8). The plan is made elsewhere: here is only what it needs to know, as it is now.

-- Which units a request names: by id, by serial number, or by quantity where they have none.
create or replace function traveler_private.split_units(p_run uuid, p_from uuid, p_request jsonb) returns uuid[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_serials text[] := array(select jsonb_array_elements_text(p_request -> 'serial_numbers'));
    v_units uuid[] := array(select jsonb_array_elements_text(p_request -> 'part_inventory_ids')::uuid);
    v_found uuid[];
    v_found_serials text[];
    v_strangers text;
begin
    perform traveler_private.demand(num_nonnulls(p_request ->> 'quantity', p_request ->> 'serial_numbers', p_request ->> 'part_inventory_ids') = 1, 422, 'units_not_named', 'X1',
        'Say which units are split off, once.', 'Give serial_numbers, part_inventory_ids or quantity.');
    if v_serials = '{}' and v_units = '{}' then
        return v_units;
    end if;
    -- Each list is looked through once, however long it is and whatever the tables' statistics say.
    select coalesce(array_agg(i.id order by i.id), '{}'), array_agg(i.serial_number) into v_found, v_found_serials
    from traveler.run_inventory ri join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
    where ri.org_id = v_org and ri.run_id = p_run and ri.run_split_id is not distinct from p_from
        and case when v_units = '{}' then i.serial_number in (select unnest(v_serials)) else i.id in (select unnest(v_units)) end;
    select string_agg(x.name, ', ' order by x.name) into v_strangers from (
        (select unnest(v_serials) except select unnest(v_found_serials))
        union all
        (select u::text from (select unnest(v_units) except select unnest(v_found)) u (u))) x (name);
    perform traveler_private.demand(v_strangers is null, 409, 'unit_not_on_run', 'X1', format('Not among the units here: %s.', v_strangers),
        'Name units of the run, or of the group that is split.');
    return v_found;
end
$$;
comment on function traveler_private.split_units is 'The serialized units that a request to split names; empty for a quantity (X1).';

create or replace function traveler_private.split_quantity(p_units uuid[], p_request jsonb) returns numeric
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return case when p_units = '{}' then traveler_private.quantity_of(p_request ->> 'quantity') else cardinality(p_units) end;
end
$$;
comment on function traveler_private.split_quantity is 'How many units a request to split names (X1).';

-- Who shares an installation: null among them stands for the run's own units (X4).
create or replace function traveler_private.sharing_groups(p_installation uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    return (
        select jsonb_agg(q.run_split_id order by q.run_split_id nulls first) from traveler.build_requirement q
        where q.org_id = v_org and q.id in (
            select n.build_requirement_id from traveler.installation n where n.org_id = v_org and n.id = p_installation
            union all
            select s.build_requirement_id from traveler.installation_share s where s.org_id = v_org and s.installation_id = p_installation and s.ended_at is null)
    );
end
$$;
comment on function traveler_private.sharing_groups is 'The groups that share an installation, as JSON; null among them is the run''s own units (X4).';

-- POST /v1/runs/{id}/split-plan and split: {quantity | serial_numbers | part_inventory_ids, issue_id | issue, location_id?, reason?}
-- In a transaction that may write, what the split will change is locked first, so that the plan made of the facts still holds when it is
-- carried out.
create or replace function traveler.split_facts(p_run uuid, p_split uuid, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_run uuid := p_run;
    v_issue uuid := (p_request ->> 'issue_id')::uuid;
begin
    perform traveler_private.require('run.split');
    if p_split is not null then
        select s.run_id into v_run from traveler.run_split s where s.org_id = v_org and s.id = p_split;
        perform traveler_private.demand(found, 404, 'split_unknown', 'T1', 'There is no such split.');
    end if;
    perform traveler_private.demand(exists (select from traveler.run r where r.org_id = v_org and r.id = v_run), 404, 'run_unknown', 'T1', 'There is no such run.');
    perform traveler_private.demand(num_nonnulls(v_issue, p_request ->> 'issue') = 1, 422, 'issue_missing', 'X1',
        'Units are split off onto an issue.', 'Give issue_id, or issue for a new one.');
    if current_setting('transaction_read_only') = 'off' then
        perform traveler_private.lock_for_split(v_run, p_split, v_issue, traveler_private.split_units(v_run, p_split, p_request),
            jsonb_build_object('reserved', (select coalesce(jsonb_agg(jsonb_build_object('part_inventory_id', i.id)), '[]') from traveler.part_inventory i
                where i.org_id = v_org and i.reserved_run_id = v_run and i.reserved_split_id is not distinct from p_split)));
    end if;
    return traveler_private.split_facts(v_run, p_split, p_request);
end
$$;
comment on function traveler.split_facts is 'What a split of some units of a run, or of a group, is planned from (X8), refused when they can''t be split off (X1). Writes nothing; in a transaction that may write it locks what the split will change.';

create or replace function traveler_private.split_facts(p_run uuid, p_split uuid, p_request jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_org uuid := traveler_private.org();
    v_run traveler.run;
    v_part traveler.part;
    v_from traveler.run_split;
    v_total numeric;
    v_units uuid[];
    v_quantity numeric;
    v_row uuid;
    v_wholes uuid[] := array[]::uuid[];
    v_followed uuid[];
begin
    select * into v_from from traveler.run_split s where s.org_id = v_org and s.id = p_split;
    select * into v_run from traveler.run r where r.org_id = v_org and r.id = p_run;
    select * into v_part from traveler.part p where p.org_id = v_org and p.id = v_run.part_id;
    v_units := traveler_private.split_units(v_run.id, p_split, p_request);
    v_quantity := traveler_private.split_quantity(v_units, p_request);
    perform traveler_private.judge_split(v_run, v_part, v_from, (p_request ->> 'issue_id')::uuid, v_units, v_quantity);
    v_total := coalesce(v_from.quantity, v_run.quantity);
    if v_part.tracking <> 'serial' then
        select ri.part_inventory_id into v_row from traveler.run_inventory ri
        where ri.org_id = v_org and ri.run_id = v_run.id and ri.run_split_id is not distinct from p_split;
        v_wholes := traveler_private.rows_made_in(v_run.id, array[v_row]);
    end if;
    v_followed := traveler_private.rows_made_in(v_run.id, v_units);
    return jsonb_build_object(
        'run', jsonb_build_object('id', v_run.id, 'number', v_run.number, 'version', v_run.version, 'tracking', v_part.tracking, 'unit', v_part.unit, 'part_number', v_part.part_number),
        'from', jsonb_build_object('split_id', p_split, 'number', v_from.number, 'quantity', traveler.json_decimal(v_total)),
        'next_number', (select coalesce(max(s.number), 0) + 1 from traveler.run_split s where s.org_id = v_org and s.run_id = v_run.id),
        'quantity', traveler.json_decimal(v_quantity),
        'units', traveler_private.split_units_json(v_units),
        'passed_steps', (select coalesce(jsonb_agg(jsonb_build_object('run_step_id', s.id, 'title', s.title, 'attempt', x.attempt) order by s.depth, s.position, s.id), '[]')
            from (select t.id, t.attempt from traveler.run_step t where p_split is null and t.org_id = v_org and t.run_id = v_run.id and t.state = 'completed'
                union all
                select t.run_step_id, t.attempt from traveler.run_split_step t where t.org_id = v_org and t.run_split_id = p_split) x
            join traveler.run_step s on s.org_id = v_org and s.id = x.id),
        'requirements', (select coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'part_id', b.part_id, 'part_number', p.part_number, 'revision', p.revision, 'unit', p.unit,
                'quantity_per_unit', traveler.json_decimal(b.quantity_per_unit), 'needed', traveler.json_decimal(b.quantity_needed),
                'excepted', traveler.json_decimal(b.quantity_excepted), 'shared', traveler.json_decimal(b.quantity_shared),
                -- What named units held before the run took them is theirs like what it installed (B1).
                'installed_split', traveler.json_decimal(m.quantity + coalesce(c.quantity, 0)),
                'installed_kept', traveler.json_decimal(b.quantity_installed + b.quantity_carried - m.quantity - coalesce(c.quantity, 0) - coalesce(w.quantity, 0)))
                order by b.id), '[]')
            from traveler.build_requirement b
            join traveler.part p on p.org_id = b.org_id and p.id = b.part_id
            left join (select n.build_requirement_id as id, sum(n.quantity) as quantity
                from unnest(v_followed) u (id)
                join traveler.installation n on n.org_id = v_org and n.assembly_inventory_id = u.id and n.run_id = v_run.id and n.removed_at is null and n.shares = 0
                group by n.build_requirement_id) f on f.id = b.id
            left join (select n.build_requirement_id as id, sum(n.quantity) as quantity
                from traveler.installation n join traveler.build_requirement o on o.org_id = v_org and o.id = n.build_requirement_id and not o.made_on_assembly
                where n.org_id = v_org and n.run_id = v_run.id and n.removed_at is null and n.shares = 0
                    and (n.assembly_inventory_id = any (v_wholes) or v_row is null and n.assembly_inventory_id is null)
                group by n.build_requirement_id) w on w.id = b.id
            -- What was made in a lot divides with it (B7).
            cross join lateral (select case when v_row is not null and b.made_on_assembly then trunc(b.quantity_installed * v_quantity / v_total, case when p.unit = 'each' then 0 else 6 end)
                else coalesce(f.quantity, 0) end as quantity) m
            left join (select x.build_requirement_id as id, sum(x.quantity) as quantity
                from unnest(v_units) u (id)
                join traveler.installation n on n.org_id = v_org and n.assembly_inventory_id = u.id and n.removed_at is null
                join traveler.carried_installation x on x.org_id = v_org and x.installation_id = n.id and x.run_id = v_run.id and x.ended_at is null
                group by x.build_requirement_id) c on c.id = b.id
            where b.org_id = v_org and b.run_id = v_run.id and b.run_split_id is not distinct from p_split and b.withdrawn_at is null),
        'whole', (select coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'build_requirement_id', b.id, 'part_number', p.part_number, 'lot_number', i.lot_number,
                'serial_number', i.serial_number, 'quantity', traveler.json_decimal(n.quantity),
                'groups', case when n.shares = 0 then '[]' else traveler_private.sharing_groups(n.id) end) order by p.part_number, n.id), '[]')
            from (
                select n.id, n.build_requirement_id, n.quantity, n.part_inventory_id, n.shares
                from traveler.installation n join traveler.build_requirement o on o.org_id = v_org and o.id = n.build_requirement_id and not o.made_on_assembly
                where n.org_id = v_org and n.run_id = v_run.id and n.removed_at is null
                    and (n.assembly_inventory_id = any (v_wholes) or v_row is null and n.assembly_inventory_id is null)
                union all
                select n.id, x.build_requirement_id, n.quantity, n.part_inventory_id, n.shares from traveler.installation_share x
                join traveler.installation n on n.org_id = v_org and n.id = x.installation_id
                where x.org_id = v_org and x.run_id = v_run.id and x.ended_at is null) n
            join traveler.build_requirement b on b.org_id = v_org and b.id = n.build_requirement_id
            join traveler.part_inventory i on i.org_id = v_org and i.id = n.part_inventory_id
            join traveler.part p on p.org_id = v_org and p.id = i.part_id
            where b.org_id = v_org and b.run_id = v_run.id and b.run_split_id is not distinct from p_split),
        -- X3: the same lines of the other groups that share something of them, and what those share among themselves.
        'sharing', (select coalesce(jsonb_agg(jsonb_build_object('build_requirement_id', b.id, 'split_id', q.run_split_id, 'needed', traveler.json_decimal(q.quantity_needed),
                'installed', traveler.json_decimal(q.quantity_installed + q.quantity_carried), 'excepted', traveler.json_decimal(q.quantity_excepted)) order by b.id, q.id), '[]')
            from traveler.build_requirement b
            join traveler.build_requirement q on q.org_id = v_org and q.run_id = v_run.id and coalesce(q.origin_id, q.id) = coalesce(b.origin_id, b.id) and q.id <> b.id
            where b.org_id = v_org and b.run_id = v_run.id and b.run_split_id is not distinct from p_split and b.quantity_shared > 0 and q.quantity_shared > 0),
        'elsewhere', (select coalesce(jsonb_agg(jsonb_build_object('build_requirement_id', b.id, 'quantity', traveler.json_decimal(n.quantity),
                'groups', traveler_private.sharing_groups(n.id)) order by b.id, n.id), '[]')
            from traveler.build_requirement b
            join traveler.build_requirement q on q.org_id = v_org and q.run_id = v_run.id and coalesce(q.origin_id, q.id) = coalesce(b.origin_id, b.id) and q.id <> b.id
            join traveler.installation n on n.org_id = v_org and n.build_requirement_id = q.id and n.removed_at is null and n.shares > 0
            where b.org_id = v_org and b.run_id = v_run.id and b.run_split_id is not distinct from p_split and b.quantity_shared > 0 and q.quantity_shared > 0
                and not exists (select from traveler.installation_share x
                    where x.org_id = v_org and x.installation_id = n.id and x.build_requirement_id = b.id and x.ended_at is null)),
        'exceptions', (select coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'build_requirement_id', b.id, 'quantity', traveler.json_decimal(e.quantity)) order by e.id), '[]')
            from traveler.build_requirement b
            join traveler.build_requirement_exception e on e.org_id = v_org and e.build_requirement_id = b.id and e.withdrawn_at is null
            where b.org_id = v_org and b.run_id = v_run.id and b.run_split_id is not distinct from p_split),
        'reserved', (select coalesce(jsonb_agg(jsonb_build_object('part_inventory_id', i.id, 'part_id', p.id, 'part_number', p.part_number, 'serial_number', i.serial_number,
                'quantity', traveler.json_decimal(i.quantity), 'unit', p.unit) order by i.id), '[]')
            from traveler.part_inventory i join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
            where i.org_id = v_org and i.reserved_run_id = v_run.id and i.reserved_split_id is not distinct from p_split and i.quantity > 0));
end
$$;
comment on function traveler_private.split_facts is 'What a split is planned from: units, needs, what is installed in named units and in the whole, what else is shared, exceptions, reserved stock (X8).';

create or replace function traveler_private.split_units_json(p_units uuid[]) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select coalesce(jsonb_agg(jsonb_build_object('part_inventory_id', i.id, 'serial_number', i.serial_number) order by i.id), '[]')
        from traveler.part_inventory i where i.org_id = traveler_private.org() and i.id = any (p_units));
end
$$;
comment on function traveler_private.split_units_json is 'Serialized units as a split lists them.';

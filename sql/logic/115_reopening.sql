-- Reopening a completed run (C6). A row in run_reopening is the reopening: its triggers judge it, whoever adds it, and unlock the
-- run, so that there is neither an unlocked run without its record nor a record without its effect. No setting has a say in it.

-- I5: what a run built, and all that was split from it.
create or replace function traveler_private.built_rows(p_run uuid) returns table (id uuid)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
begin
    return query
    with recursive piece as (
        select ri.part_inventory_id as id from traveler.run_inventory ri where ri.org_id = v_org and ri.run_id = p_run and ri.run_split_id is null
        union
        select i.id from piece x join traveler.part_inventory i on i.org_id = v_org and i.origin_id = x.id
    )
    select p.id from piece p;
end
$$;
comment on function traveler_private.built_rows is 'The rows that a run built, with all that was split from them (I5).';

-- Where what a run built is now installed: in what, by which run, at all levels up. A part that went into a run as a whole may be in
-- any of that run's units.
create or replace function traveler_private.consumers(p_run uuid)
returns table (level integer, installation_id uuid, part_inventory_id uuid, assembly_inventory_id uuid, run_id uuid)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
begin
    return query
    with recursive up as (
        select 1 as level, n.id, n.part_inventory_id, n.assembly_inventory_id, n.run_id, n.run_split_id
        from traveler_private.built_rows(p_run) x join traveler.installation n on n.org_id = v_org and n.part_inventory_id = x.id and n.removed_at is null
        union
        select u.level + 1, n.id, n.part_inventory_id, n.assembly_inventory_id, n.run_id, n.run_split_id
        from up u
        join traveler.run_inventory ri on ri.org_id = v_org and ri.run_id = u.run_id and ri.run_split_id is not distinct from u.run_split_id
            and (u.assembly_inventory_id is null or ri.part_inventory_id = u.assembly_inventory_id)
        join traveler.installation n on n.org_id = v_org and n.part_inventory_id = ri.part_inventory_id and n.removed_at is null
    )
    select min(u.level), u.id, u.part_inventory_id, u.assembly_inventory_id, u.run_id from up u
    group by u.id, u.part_inventory_id, u.assembly_inventory_id, u.run_id;
end
$$;
comment on function traveler_private.consumers is 'The live installations that hold what a run built, at all levels up (C6).';

create or replace function traveler_private.consumers_json(p_run uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('installation_id', c.installation_id, 'level', c.level,
            'part_inventory_id', c.part_inventory_id, 'assembly_inventory_id', c.assembly_inventory_id,
            'assembly_serial_number', a.serial_number, 'assembly_lot_number', a.lot_number,
            'run_id', c.run_id, 'run_number', r.number, 'run_status', r.status, 'completion_number', r.completion_number)
            order by c.level, c.installation_id), '[]')
        from traveler_private.consumers(p_run) c
        join traveler.run r on r.org_id = traveler_private.org() and r.id = c.run_id
        left join traveler.part_inventory a on a.org_id = traveler_private.org() and a.id = c.assembly_inventory_id
    );
end
$$;
comment on function traveler_private.consumers_json is 'The consumers of what a run built, as a refusal lists them (C6).';

-- Locks what a run built, what was split from it and all that holds it, then the run: whoever installs one of these, or takes it out,
-- locks it as well. What came in between is locked in another round.
create or replace function traveler_private.lock_for_reopening(p_run uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_locked uuid[] := array[]::uuid[];
    v_rows uuid[];
begin
    loop
        select coalesce(array_agg(x.id), '{}') into v_rows from (
            select b.id from traveler_private.built_rows(p_run) b
            union
            select unnest(array[c.part_inventory_id, c.assembly_inventory_id]) from traveler_private.consumers(p_run) c
            union
            -- The units of a run that holds a part as a whole.
            select ri.part_inventory_id from traveler_private.consumers(p_run) c
            join traveler.run_inventory ri on ri.org_id = v_org and ri.run_id = c.run_id where c.assembly_inventory_id is null) x
        where x.id is not null and x.id <> all (v_locked);
        exit when v_rows = '{}';
        perform from traveler.part_inventory i where i.org_id = v_org and i.id = any (v_rows) order by i.id for no key update;
        v_locked := v_locked || v_rows;
    end loop;
    perform from traveler.run r where r.org_id = v_org and r.id = p_run for no key update;
end
$$;
comment on function traveler_private.lock_for_reopening is 'Locks what a run built and all that holds it, then the run (C6).';

create or replace function traveler_private.guard_reopening() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_run traveler.run;
    v_consumers uuid[];
    v_missing bigint;
begin
    perform traveler_private.require('run.reopen');
    perform traveler_private.demand(char_length(trim(new.reason)) > 0, 422, 'reason_missing', 'C6', 'Say why the run is reopened.', 'Give a reason.');
    perform traveler_private.lock_for_reopening(new.run_id);
    select * into v_run from traveler.run r where r.org_id = v_org and r.id = new.run_id;
    perform traveler_private.demand_run_act('reopen', new.run_id);
    select coalesce(array_agg(c.installation_id order by c.level, c.installation_id), '{}'),
        count(*) filter (where c.installation_id <> all (coalesce(new.acknowledged, '{}')))
    into v_consumers, v_missing from traveler_private.consumers(new.run_id) c;
    perform traveler_private.demand(v_missing = 0, 409, 'consumers_unacknowledged', 'C6',
        format('What run %s built is installed elsewhere; %s of %s installations are not acknowledged.', v_run.number, v_missing, cardinality(v_consumers)),
        'Look at each, and acknowledge it by the id of its installation.', jsonb_build_object('consumers', traveler_private.consumers_json(new.run_id)));
    new.record_number := v_run.completion_number;
    new.acknowledged := v_consumers;
    new.reopened_by := traveler_private.actor();
    new.created_at := clock_timestamp();
    return new;
end
$$;
comment on function traveler_private.guard_reopening is 'Trigger: who may reopen a run, why, and with which consumers acknowledged (C6).';
create or replace trigger _100_guard_reopening before insert on traveler.run_reopening
    for each row execute function traveler_private.guard_reopening();

-- An installed unit stays installed, where it is: I2 has that win over the run.
create or replace function traveler_private.apply_reopening() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update traveler.run r set completed_at = null where r.org_id = new.org_id and r.id = new.run_id;
    if not found then
        raise exception 'reopening %: its run is missing', new.id;
    end if;
    update traveler.run_inventory ri set live = true where ri.org_id = new.org_id and ri.run_id = new.run_id and not ri.live and ri.run_split_id is null;
    return null;
end
$$;
comment on function traveler_private.apply_reopening is 'Trigger: unlocks the run; what it built is work in progress again (C6).';
create or replace trigger _500_apply_reopening after insert on traveler.run_reopening
    for each row execute function traveler_private.apply_reopening();

create or replace trigger _010_refuse_change before update on traveler.run_reopening
    for each row execute function traveler_private.refuse_change('run_reopening', 'C6');
alter table traveler.run_reopening enable always trigger _010_refuse_change;

-- POST /v1/runs/{id}/reopen: {reason, acknowledged?}
create or replace function traveler.reopen_run(p_run uuid, p_version integer, p_reason text, p_acknowledged uuid[] default '{}') returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.run;
begin
    perform traveler_private.require('run.reopen');
    perform traveler_private.lock_for_reopening(p_run);
    select * into v_now from traveler.run r where r.org_id = v_org and r.id = p_run;
    perform traveler_private.demand(found, 404, 'run_unknown', 'T1', 'There is no such run.');
    perform traveler_private.expect_version('run', p_run, v_now.version, p_version);
    perform traveler_private.give_reason(p_reason);
    insert into traveler.run_reopening (org_id, run_id, record_number, reason, acknowledged, reopened_by)
    values (v_org, p_run, v_now.completion_number, p_reason, coalesce(p_acknowledged, '{}'), traveler_private.actor());
    return traveler.run_json(p_run);
end
$$;
comment on function traveler.reopen_run is 'Reopens a completed run, with a reason and every consumer of what it built acknowledged (C6).';

-- C6: what a run holds that was built under a record since superseded, at all depths. A completed run holds what its record cites, a
-- live one what it would cite now.
create or replace function traveler.superseded_content(p_run uuid) returns table (level integer, installation_id uuid, part_inventory_id uuid, run_id uuid,
    run_number bigint, record_number integer, reason text, reopened_by text, reopened_at timestamptz)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler.current_org();
begin
    -- The usual case, in one look.
    if not exists (select from traveler.run_reopening o where o.org_id = v_org) then
        return;
    end if;
    return query
    with recursive held as (
        select 1 as level, n.id, n.part_inventory_id, c.run_id, p_run as holder_id
        from traveler.installation n
        join traveler.part_inventory i on i.org_id = n.org_id and i.id = n.part_inventory_id
        -- The origins are looked up once for each row, not for each of the org's units that it is compared with.
        cross join lateral unnest(traveler_private.row_and_origins(i)) o (id)
        join traveler.run_inventory c on c.org_id = n.org_id and c.part_inventory_id = o.id
        where n.org_id = v_org and n.removed_at is null and n.id in (
            select x.id from traveler.installation x where x.org_id = v_org and x.run_id = p_run
            union all
            select x.installation_id from traveler.carried_installation x where x.org_id = v_org and x.run_id = p_run and x.ended_at is null)
        union
        select h.level + 1, n.id, n.part_inventory_id, c.run_id, n.run_id
        from held h
        join traveler.installation n on n.org_id = v_org and n.run_id = h.run_id and n.removed_at is null
            and (n.assembly_inventory_id = h.part_inventory_id or n.assembly_inventory_id is null)
        join traveler.part_inventory i on i.org_id = n.org_id and i.id = n.part_inventory_id
        cross join lateral unnest(traveler_private.row_and_origins(i)) o (id)
        join traveler.run_inventory c on c.org_id = n.org_id and c.part_inventory_id = o.id
    ), suspect as materialized (
        -- Documents are opened only where a run was reopened.
        select distinct h.* from held h where exists (select from traveler.run_reopening o where o.org_id = v_org and o.run_id = h.run_id)
    )
    select s.level, s.id, s.part_inventory_id, r.id, r.number, o.record_number, o.reason, o.reopened_by, o.created_at
    from suspect s
    join traveler.run r on r.org_id = v_org and r.id = s.run_id
    join traveler.run holder on holder.org_id = v_org and holder.id = s.holder_id
    cross join lateral (select case when holder.completed_at is null
        then (select max(a.number) from traveler.as_built_record a where a.org_id = v_org and a.run_id = r.id)
        -- The document cites the run that had the unit last; of one before it, the record of that time stands behind.
        else (select coalesce(
                (jsonb_path_query_first(a.document::jsonb, '$.build_requirements[*].*[*] ? (@.id == $id || @.installation_id == $id).as_built ? (@.run_number == $run).record_number',
                    jsonb_build_object('id', s.id, 'run', r.number)) #>> '{}')::integer,
                (select max(b.number) from traveler.as_built_record b where b.org_id = v_org and b.run_id = r.id and b.created_at <= a.created_at))
            from traveler.as_built_record a where a.org_id = v_org and a.run_id = holder.id and a.number = holder.completion_number) end as number) cited
    join traveler.run_reopening o on o.org_id = v_org and o.run_id = r.id and o.record_number = cited.number
    order by s.level, s.id;
end
$$;
comment on function traveler.superseded_content is 'What a run holds that was built under an as-built record since superseded, at all depths (C6).';

-- Two records of one run compared: a leaf a line, found by the ids of what it is in, so that what moved is not reported as changed.
create or replace function traveler.as_built_difference(p_run uuid, p_from integer, p_to integer default null) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_from jsonb;
    v_to jsonb;
begin
    select a.document::jsonb into v_from from traveler.as_built_record a where a.org_id = v_org and a.run_id = p_run and a.number = p_from;
    select a.document::jsonb into v_to from traveler.as_built_record a where a.org_id = v_org and a.run_id = p_run
        and (p_to is null or a.number = p_to) order by a.number desc limit 1;
    if v_from is null or v_to is null then
        return null;
    end if;
    return (
        select coalesce(jsonb_agg(jsonb_build_object('path', coalesce(f.path, t.path), 'before', f.value, 'after', t.value)
            order by coalesce(f.path, t.path) collate "C"), '[]')
        from traveler_private.json_leaves(v_from) f full join traveler_private.json_leaves(v_to) t on t.path = f.path
        where f.value is distinct from t.value
    );
end
$$;
comment on function traveler.as_built_difference is 'What differs between two as-built records of a run, p_to the newest unless given: paths with before and after; null when one is not there (C6).';

-- The as-built BOM (B6): what is in a unit, and where a row or a lot went, at any depth, now or as of a past moment.
--
-- What is installed in a row is
--   what names it: installation.assembly_inventory_id;
--   what was installed in its run as a whole, which may be in any unit of that run, or of that group of a split run (whole_run);
--   what a group shares since its run was split, until that is resolved: it counts once, and shows in each (X4, shared);
--   what was in the row that it was split from before it was (I5), in that row or in this one (from_origin). Of a run that has
--   both rows as its units, the run says itself what is in which.
-- A moment is clock time; 'infinity' reads as now: what was never taken out is in it still.
--
-- Both walks are planned as look-ups in indexes, from row to row: nothing else is linear in what they find, and no statistics foretell
-- how much that is. For the same reason work_mem is small: a recursive union begins with as large a hash table as the planner's guess and
-- work_mem allow, and filling a few megabytes with zeros costs more than most answers.

create or replace function traveler_private.split_at(u traveler.run_inventory, p_at timestamptz) returns uuid
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    -- Named by each split that took it, in their order; merging puts it back onto the run, not onto the group before.
    return (select case when s.outcome = 'merged' and s.closed_at <= p_at then null else s.id end
        from traveler.run_split s
        where s.org_id = u.org_id and s.run_id = u.run_id and s.created_at <= p_at and u.part_inventory_id = any (s.part_inventory_ids)
        order by s.number desc limit 1);
end
$$;
comment on function traveler_private.split_at is 'The group of its run that a serialized unit was with at a past moment (X1); null when it was with the run.';

-- The rows of a tree, each once however many ways lead to it, or with p_ways once a way. With p_shares, share is how much of it there
-- is for one unit of its assembly, an equal part of what was made to several; with both, amount is the same for one unit of the root.
-- Shares are as of now.
create or replace function traveler_private.abom_tree(p_inventory uuid, p_at timestamptz, p_shares boolean default false, p_ways boolean default false)
returns table (level integer, installation_id uuid, assembly_inventory_id uuid, part_inventory_id uuid, part_id uuid, serial_number text, lot_number text,
    quantity numeric, share numeric, amount numeric, installed_at timestamptz, removed_at timestamptz, run_id uuid, build_requirement_id uuid,
    whole_run boolean, shared boolean, from_origin boolean)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set work_mem = '256kB'
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
    v_now boolean := p_at = 'infinity';
begin
    return query
    with recursive tree as (
        select 0 as level, null::uuid as installation_id, null::uuid as assembly_id, i.id as row_id, i.part_id, i.serial_number, i.lot_number,
            i.quantity, null::numeric as share, case when p_ways then 1::numeric end as amount,
            null::timestamptz as installed_at, null::timestamptz as removed_at, null::uuid as run_id, null::uuid as build_requirement_id,
            false as whole_run, false as shared, false as from_origin,
            -- Whose contents come next: the row's own, then its origin's, as they were when the row was split off.
            i.id as holder_id, i.origin_id, i.created_at, 'infinity'::timestamptz as until, '{}'::uuid[] as told_by_runs,
            p.tracking = 'serial' as is_unit, null::uuid as way
        from traveler.part_inventory i join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
        where i.org_id = v_org and i.id = p_inventory
        union
        select x.level, x.installation_id, x.assembly_id, x.row_id, i.part_id, i.serial_number, i.lot_number, x.quantity, x.share,
            case when p_ways and x.holder_id = x.row_id then x.share * x.amount else x.amount end,
            x.installed_at, x.removed_at, x.run_id, x.build_requirement_id, x.whole_run, x.shared, x.from_origin,
            i.id, i.origin_id, i.created_at, x.until, x.told_by_runs, p.tracking = 'serial', case when p_ways then gen_random_uuid() end
        from tree t cross join lateral (
            select t.level + 1 as level, n.id as installation_id, t.row_id as assembly_id, n.part_inventory_id as row_id, n.quantity,
                case when p_shares then n.quantity / case when t.is_unit and not c.whole_run then 1 else (
                    -- What stands under a part that was made on assembly is divided by those of the row.
                    select case when min(q.quantity_per_assembly) is null then nullif(sum(q.quantity_needed / q.quantity_per_unit), 0) else t.quantity end
                    from (
                        select n.build_requirement_id as id
                        union all
                        select s.build_requirement_id from traveler.installation_share s
                        where s.org_id = v_org and s.installation_id = n.id and s.ended_at is null) e
                    join traveler.build_requirement q on q.org_id = v_org and q.id = e.id) end end as share,
                t.amount, n.installed_at, n.removed_at, n.run_id, n.build_requirement_id, c.whole_run,
                case when v_now then n.shares > 0 else exists (
                    select from traveler.installation_share s where s.org_id = v_org and s.installation_id = n.id
                        and s.created_at <= p_at and (s.ended_at is null or s.ended_at > p_at)) end as shared,
                t.holder_id <> t.row_id as from_origin, n.part_inventory_id as holder_id, 'infinity'::timestamptz as until, '{}'::uuid[] as told_by_runs
            from (
                select n.id, false as whole_run from traveler.installation n where n.org_id = v_org and n.assembly_inventory_id = t.holder_id
                union all
                select s.installation_id, false from traveler.installation_share s
                where s.org_id = v_org and s.assembly_inventory_id = t.holder_id and s.created_at <= p_at and (s.ended_at is null or s.ended_at > p_at)
                union all
                select w.id, true
                from traveler.run_inventory u
                cross join lateral (select case when v_now then u.run_split_id else traveler_private.split_at(u, p_at) end as id offset 0) g
                cross join lateral (
                    select n.id from traveler.installation n
                    where n.org_id = v_org and n.run_id = u.run_id and n.assembly_inventory_id is null and n.run_split_id is not distinct from g.id
                    union all
                    select s.installation_id from traveler.build_requirement q
                    join traveler.installation_share s on s.org_id = v_org and s.build_requirement_id = q.id and s.assembly_inventory_id is null
                        and s.created_at <= p_at and (s.ended_at is null or s.ended_at > p_at)
                    where q.org_id = v_org and q.run_split_id = g.id) w
                where u.org_id = v_org and u.part_inventory_id = t.holder_id) c
            join traveler.installation n on n.org_id = v_org and n.id = c.id
                and n.installed_at <= least(p_at, t.until) and (n.removed_at is null or n.removed_at > p_at) and n.run_id <> all (t.told_by_runs)
            union all
            select t.level, t.installation_id, t.assembly_id, t.row_id, t.quantity, t.share, t.amount, t.installed_at, t.removed_at, t.run_id, t.build_requirement_id,
                t.whole_run, t.shared, t.from_origin, t.origin_id,
                -- What was merged into it brought what it was split off with.
                least(t.until, greatest(t.created_at, (select max(f.created_at) from traveler.inventory_movement m
                    join traveler.part_inventory f on f.org_id = v_org and f.id = m.from_inventory_id
                    where m.org_id = v_org and m.to_inventory_id = t.holder_id and m.kind = 'merge' and m.created_at <= p_at))),
                t.told_by_runs || array(select u.run_id from traveler.run_inventory u
                    join traveler.run_inventory o on o.org_id = v_org and o.run_id = u.run_id and o.part_inventory_id = t.origin_id
                    where u.org_id = v_org and u.part_inventory_id = t.holder_id)
            where t.origin_id is not null) x
        join traveler.part_inventory i on i.org_id = v_org and i.id = x.holder_id
        join traveler.part p on p.org_id = v_org and p.id = i.part_id
    )
    select t.level, t.installation_id, t.assembly_id, t.row_id, t.part_id, t.serial_number, t.lot_number, t.quantity, t.share, t.amount, t.installed_at, t.removed_at,
        t.run_id, t.build_requirement_id, t.whole_run, t.shared, t.from_origin
    from tree t where t.holder_id = t.row_id;
end
$$;
comment on function traveler_private.abom_tree is 'What is in a row at all depths, as of a moment (B6).';

create or replace function traveler.abom(p_inventory uuid, p_as_of timestamptz default null) returns table (level integer, installation_id uuid, assembly_inventory_id uuid,
    part_inventory_id uuid, part_id uuid, part_number text, revision text, part_name text, unit text, serial_number text, lot_number text, quantity numeric,
    installed_at timestamptz, removed_at timestamptz, run_id uuid, whole_run boolean, shared boolean, from_origin boolean)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler.current_org();
    v_then numeric;
begin
    perform traveler_private.require_past(p_as_of, 'as_of');
    -- An installed quantity never changes; that of a row by itself does.
    if p_as_of is not null then
        select coalesce(sum(case when m.to_inventory_id = p_inventory then m.quantity else -m.quantity end), 0) into v_then
        from traveler.inventory_movement m
        where m.org_id = v_org and (m.to_inventory_id = p_inventory or m.from_inventory_id = p_inventory) and m.created_at <= p_as_of;
    end if;
    return query
    select t.level, t.installation_id, t.assembly_inventory_id, t.part_inventory_id, p.id, p.part_number, p.revision, p.name, p.unit,
        t.serial_number, t.lot_number, case when t.level = 0 then coalesce(v_then, t.quantity) else t.quantity end, t.installed_at, t.removed_at, t.run_id,
        t.whole_run, t.shared, t.from_origin
    from traveler_private.abom_tree(p_inventory, coalesce(p_as_of, 'infinity')) t
    join traveler.part p on p.org_id = v_org and p.id = t.part_id;
end
$$;
comment on function traveler.abom is 'The as-built BOM of a unit: itself at level 0 and all that is installed in it, at all depths, now or as of a moment (B6).';

-- Bottom up, the same edges from their other ends. What was merged is one row since, which nobody can take apart again: it is followed
-- wherever any of it went.
create or replace function traveler_private.used_in(p_rows uuid[], p_at timestamptz)
returns table (level integer, installation_id uuid, part_inventory_id uuid, assembly_inventory_id uuid, part_id uuid, part_number text, revision text,
    part_name text, unit text, serial_number text, lot_number text, quantity numeric, installed_at timestamptz, removed_at timestamptz, run_id uuid,
    whole_run boolean, shared boolean, from_origin boolean)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set work_mem = '256kB'
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
    v_now boolean := p_at = 'infinity';
begin
    return query
    with recursive piece as (
        -- the rows, all that was split from them, and what took any of these in
        select i.id, i.merged_into_id from traveler.part_inventory i where i.org_id = v_org and i.id = any (p_rows)
        union
        select y.id, y.merged_into_id from piece x cross join lateral (
            select i.id, i.merged_into_id from traveler.part_inventory i where i.org_id = v_org and i.origin_id = x.id
            union all
            select i.id, i.merged_into_id from traveler.part_inventory i where i.org_id = v_org and i.id = x.merged_into_id) y
    ), up as (
        select 0 as level, null::uuid as installation_id, null::uuid as row_id, x.id as assembly_id, null::numeric as quantity,
            null::timestamptz as installed_at, null::timestamptz as removed_at, null::uuid as run_id, false as whole_run, false as shared, false as from_origin
        from piece x
        union
        select y.level, y.installation_id, y.row_id, y.assembly_id, y.quantity, y.installed_at, y.removed_at, y.run_id, y.whole_run, y.shared, y.from_origin
        from up u cross join lateral (
            select u.level + 1 as level, n.id as installation_id, n.part_inventory_id as row_id, a.id as assembly_id, n.quantity, n.installed_at, n.removed_at,
                n.run_id, n.assembly_inventory_id is null as whole_run,
                case when v_now then n.shares > 0 else exists (
                    select from traveler.installation_share s where s.org_id = v_org and s.installation_id = n.id
                        and s.created_at <= p_at and (s.ended_at is null or s.ended_at > p_at)) end as shared, false as from_origin
            from traveler.installation n
            left join lateral (
                select n.assembly_inventory_id as id where n.assembly_inventory_id is not null
                union all
                select s.assembly_inventory_id from traveler.installation_share s
                where s.org_id = v_org and s.installation_id = n.id and s.assembly_inventory_id is not null
                    and s.created_at <= p_at and (s.ended_at is null or s.ended_at > p_at)
                union all
                select r.part_inventory_id
                from (
                    select n.run_split_id as id where n.assembly_inventory_id is null
                    union all
                    select q.run_split_id from traveler.installation_share s
                    join traveler.build_requirement q on q.org_id = v_org and q.id = s.build_requirement_id
                    where s.org_id = v_org and s.installation_id = n.id and s.assembly_inventory_id is null
                        and s.created_at <= p_at and (s.ended_at is null or s.ended_at > p_at)) g
                join traveler.run_inventory r on r.org_id = v_org and r.run_id = n.run_id
                    and case when v_now then r.run_split_id else traveler_private.split_at(r, p_at) end is not distinct from g.id
                where n.assembly_inventory_id is null) a on true
            where n.org_id = v_org and n.part_inventory_id = u.assembly_id
                and n.installed_at <= p_at and (n.removed_at is null or n.removed_at > p_at)
            union all
            -- What was split from the assembly since, or took some of it in.
            select u.level, u.installation_id, u.row_id, b.id, u.quantity, u.installed_at, u.removed_at, u.run_id, u.whole_run, u.shared, true
            from (
                select i.id from traveler.part_inventory i
                where i.org_id = v_org and i.origin_id = u.assembly_id and i.created_at >= u.installed_at and i.created_at <= p_at
                union all
                select m.to_inventory_id from traveler.inventory_movement m
                where m.org_id = v_org and m.from_inventory_id = u.assembly_id and m.kind = 'merge' and m.created_at >= u.installed_at and m.created_at <= p_at) b
            where u.level > 0 and not exists (
                select from traveler.run_inventory r where r.org_id = v_org and r.part_inventory_id = b.id and r.run_id = u.run_id)) y
    )
    select u.level, u.installation_id, u.row_id, u.assembly_id, p.id, p.part_number, p.revision, p.name, p.unit, a.serial_number, a.lot_number,
        u.quantity, u.installed_at, u.removed_at, u.run_id, u.whole_run, u.shared, u.from_origin
    from up u
    left join traveler.part_inventory a on a.org_id = v_org and a.id = u.assembly_id
    left join traveler.part p on p.org_id = v_org and p.id = a.part_id
    where u.level > 0;
end
$$;
comment on function traveler_private.used_in is 'The assemblies that rows, and what was split from them, are in at all levels up, as of a moment (B6).';

create or replace function traveler.where_used(p_inventory uuid, p_as_of timestamptz default null) returns table (level integer, installation_id uuid, part_inventory_id uuid,
    assembly_inventory_id uuid, part_id uuid, part_number text, revision text, part_name text, unit text, serial_number text, lot_number text, quantity numeric,
    installed_at timestamptz, removed_at timestamptz, run_id uuid, whole_run boolean, shared boolean, from_origin boolean)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler.current_org();
    perform traveler_private.require_past(p_as_of, 'as_of');
    return query select * from traveler_private.used_in(array[p_inventory], coalesce(p_as_of, 'infinity'));
end
$$;
comment on function traveler.where_used is 'The assemblies that a row, or what was split from it, is installed in, at all levels up, now or as of a moment (B6).';

-- A lot is all rows of the part that bear its number, however they were received, built, split and merged.
create or replace function traveler.where_lot_used(p_part uuid, p_lot text, p_as_of timestamptz default null) returns table (level integer, installation_id uuid,
    part_inventory_id uuid, assembly_inventory_id uuid, part_id uuid, part_number text, revision text, part_name text, unit text, serial_number text, lot_number text,
    quantity numeric, installed_at timestamptz, removed_at timestamptz, run_id uuid, whole_run boolean, shared boolean, from_origin boolean)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
begin
    perform traveler_private.demand(p_part is not null and p_lot is not null, 422, 'lot_missing', 'B6', 'Say which lot of which part.',
        'Give part_id and lot_number.');
    perform traveler_private.require_past(p_as_of, 'as_of');
    return query select * from traveler_private.used_in(
        array(select i.id from traveler.part_inventory i where i.org_id = v_org and i.part_id = p_part and i.lot_number = p_lot), coalesce(p_as_of, 'infinity'));
end
$$;
comment on function traveler.where_lot_used is 'The assemblies that a part''s lot is installed in, at all levels up, now or as of a moment (B6).';

-- An as-built BOM compared (B6): with what was to be built, and one unit's with another's.

-- Per unit of its assembly, at each level where something says what is to be there: the requirements of the run that built the assembly,
-- which are its snapshot (B1), or the part's released mBOM. Quantities are compared as the record holds them, to six decimals.
create or replace function traveler.abom_difference(p_inventory uuid, p_against text) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
-- Its own rows meet by hash; records are looked up by id (lateral), which a loop is all the same.
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
    v_org uuid := traveler.current_org();
begin
    return (
        with tree as materialized (
            select * from traveler_private.abom_tree(p_inventory, 'infinity', true)
        ), assembly as materialized (
            select distinct on (t.part_inventory_id) t.part_inventory_id, t.level, t.part_id, t.serial_number, t.lot_number,
                case when p_against = 'run' then (
                    -- The first: later ones repaired it.
                    select u.run_id from traveler.part_inventory i
                    cross join lateral unnest(traveler_private.row_and_origins(i)) o (id)
                    cross join lateral (select u.run_id, u.created_at, u.id from traveler.run_inventory u
                        where u.org_id = v_org and u.part_inventory_id = o.id offset 0) u
                    where i.org_id = v_org and i.id = t.part_inventory_id order by u.created_at, u.id limit 1) end as built_by,
                -- What a run made in its assembly is not the run's own unit: what was to be in it stands under the requirement that it meets (B7).
                case when p_against = 'run' then (
                    select o.id from traveler.build_requirement q
                    cross join lateral (select b.id, b.made_on_assembly from traveler.build_requirement b
                        where b.org_id = v_org and b.id = coalesce(q.origin_id, q.id) offset 0) o
                    where q.org_id = v_org and q.id = t.build_requirement_id and o.made_on_assembly) end as made_id
            from tree t order by t.part_inventory_id, t.level
        ), judged as materialized (
            select x.*, coalesce(x.built_by, x.made_id, x.mbom_id) as source_id, coalesce(x.built_by,
                (select q.run_id from traveler.build_requirement q where q.org_id = v_org and q.id = x.made_id)) as run_id
            from (select a.*, case when coalesce(a.built_by, a.made_id) is null then (select m.id from traveler.mbom m
                where m.org_id = v_org and m.part_id = a.part_id and m.state = 'released') end as mbom_id from assembly a) x
            where coalesce(x.built_by, x.made_id, x.mbom_id) is not null
        ), line as materialized (
            select q.run_id as source_id, q.id, q.part_id, q.quantity_per_unit, q.quantity_excepted
            from (select distinct j.built_by from judged j) r cross join lateral (
                select q.* from traveler.build_requirement q
                where q.org_id = v_org and q.run_id = r.built_by and q.run_split_id is null and q.parent_id is null and q.withdrawn_at is null offset 0) q
            union all
            select q.parent_id, q.id, q.part_id, q.quantity_per_assembly, q.quantity_excepted
            from (select distinct j.made_id from judged j where j.built_by is null) m cross join lateral (
                select q.* from traveler.build_requirement q where q.org_id = v_org and q.parent_id = m.made_id and q.run_split_id is null offset 0) q
            union all
            select l.mbom_id, l.id, l.part_id, l.quantity_per_unit, 0
            from (select distinct j.mbom_id from judged j) m cross join lateral (
                select l.* from traveler.mbom_line l where l.org_id = v_org and l.mbom_id = m.mbom_id offset 0) l
        ), expected as materialized (
            select l.source_id, l.part_id, sum(l.quantity_per_unit) as quantity, sum(l.quantity_excepted) as excepted from line l group by l.source_id, l.part_id
        ), approved as materialized (
            select distinct on (x.source_id, x.by_part_id) x.source_id, x.by_part_id, x.for_part_id from (
                select l.source_id, s.part_id as by_part_id, l.part_id as for_part_id
                from line l cross join lateral (
                    select s.part_id from traveler.build_requirement_substitute s where s.org_id = v_org and s.build_requirement_id = l.id and s.withdrawn_at is null
                    union all
                    select s.part_id from traveler.mbom_substitute s where s.org_id = v_org and s.mbom_line_id = l.id) s) x
            order by x.source_id, x.by_part_id, x.for_part_id
        ), content as (
            -- An installation counts for the part that it was to be; else for its own, for what it may replace, for another revision.
            select j.part_inventory_id, c.part_id, coalesce(meant.part_id, same.part_id, replaced.part_id, revised.part_id) as for_part_id, c.share
            from (
                select distinct on (t.assembly_inventory_id, t.installation_id) t.*,
                    (select q.part_id from traveler.build_requirement q where q.org_id = v_org and q.id = t.build_requirement_id) as meant_part_id,
                    (select p.part_number from traveler.part p where p.org_id = v_org and p.id = t.part_id) as part_number
                from tree t where t.level > 0 order by t.assembly_inventory_id, t.installation_id) c
            join judged j on j.part_inventory_id = c.assembly_inventory_id
            left join expected meant on meant.source_id = j.source_id and meant.part_id = c.meant_part_id
            left join expected same on same.source_id = j.source_id and same.part_id = c.part_id
            left join (select s.source_id, s.by_part_id, e.part_id from approved s join expected e on e.source_id = s.source_id and e.part_id = s.for_part_id) replaced
                on replaced.source_id = j.source_id and replaced.by_part_id = c.part_id
            left join (
                select distinct on (e.source_id, p.part_number) e.source_id, p.part_number, e.part_id
                from expected e cross join lateral (select p.part_number, p.revision from traveler.part p where p.org_id = v_org and p.id = e.part_id offset 0) p
                order by e.source_id, p.part_number, p.revision) revised
                on revised.source_id = j.source_id and revised.part_number = c.part_number
        ), found as materialized (
            select c.part_inventory_id, c.for_part_id, c.part_id, round(sum(c.share), 6) as quantity from content c group by 1, 2, 3
        ), counted as materialized (
            select f.part_inventory_id, f.for_part_id, sum(f.quantity) as quantity from found f group by 1, 2
        ), difference as (
            select j.part_inventory_id, case when coalesce(f.quantity, 0) = 0 then 'missing' else 'quantity' end as what, e.part_id, e.quantity as expected,
                coalesce(f.quantity, 0) as found, e.excepted, null::uuid as by_part_id, null::numeric as by_quantity
            from judged j join expected e on e.source_id = j.source_id
            left join counted f on f.part_inventory_id = j.part_inventory_id and f.for_part_id = e.part_id
            where coalesce(f.quantity, 0) <> e.quantity
            union all
            select j.part_inventory_id, 'substituted', e.part_id, e.quantity, c.quantity, e.excepted, f.part_id, f.quantity
            from judged j join expected e on e.source_id = j.source_id
            join counted c on c.part_inventory_id = j.part_inventory_id and c.for_part_id = e.part_id
            join found f on f.part_inventory_id = j.part_inventory_id and f.for_part_id = e.part_id and f.part_id <> e.part_id
            union all
            select f.part_inventory_id, 'extra', f.part_id, 0, f.quantity, 0, null, null from found f where f.for_part_id is null
        )
        select jsonb_build_object('part_inventory_id', i.id, 'part_id', p.id, 'part_number', p.part_number, 'revision', p.revision,
            'serial_number', i.serial_number, 'lot_number', i.lot_number, 'against', p_against, 'with', null, 'parts', '[]'::jsonb,
            'assemblies', (select count(*) from judged),
            'differences', (select coalesce(jsonb_agg(jsonb_build_object('what', d.what, 'level', j.level, 'assembly_inventory_id', j.part_inventory_id,
                    'assembly_part_number', ap.part_number, 'assembly_revision', ap.revision,
                    'assembly_serial_number', j.serial_number, 'assembly_lot_number', j.lot_number, 'run_id', j.run_id, 'mbom_id', j.mbom_id,
                    'part_id', dp.id, 'part_number', dp.part_number, 'revision', dp.revision, 'part_name', dp.name, 'unit', dp.unit,
                    'expected', traveler.json_decimal(d.expected), 'found', traveler.json_decimal(d.found), 'excepted', traveler.json_decimal(d.excepted),
                    'substitute', case when d.by_part_id is not null then jsonb_build_object('part_id', sp.id, 'part_number', sp.part_number, 'revision', sp.revision,
                        'found', traveler.json_decimal(d.by_quantity), 'approved', exists (
                            select from approved s where s.source_id = j.source_id and s.by_part_id = d.by_part_id and s.for_part_id = d.part_id)) end)
                    order by j.level, j.part_inventory_id, dp.part_number collate "C", dp.revision collate "C", d.what, sp.part_number collate "C"), '[]')
                from difference d join judged j on j.part_inventory_id = d.part_inventory_id
                cross join lateral (select p.* from traveler.part p where p.org_id = v_org and p.id = j.part_id offset 0) ap
                cross join lateral (select p.* from traveler.part p where p.org_id = v_org and p.id = d.part_id offset 0) dp
                left join lateral (select p.* from traveler.part p where p.org_id = v_org and p.id = d.by_part_id offset 0) sp on true))
        from traveler.part_inventory i join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
        where i.org_id = v_org and i.id = p_inventory
    );
end
$$;
comment on function traveler.abom_difference is 'How a unit differs from what was to be built: p_against run, the snapshot of the run that built it, or mbom, what is released now (B6); null when the org has no such row.';

-- By part, over all levels, for one unit of each; and where both have as much of a part, which serials and lots of it.
create or replace function traveler.abom_comparison(p_inventory uuid, p_with uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
begin
    perform traveler_private.demand(exists (select from traveler.part_inventory i where i.org_id = v_org and i.id = p_with), 404, 'inventory_unknown', 'T1',
        'There is no such part inventory to compare with.');
    return (
        with content as materialized (
            select x.part_id, x.serial_number, x.lot_number, coalesce(sum(x.amount) filter (where x.ours), 0) as ours, coalesce(sum(x.amount) filter (where not x.ours), 0) as theirs
            from (
                select t.part_id, t.serial_number, t.lot_number, t.amount, true as ours from traveler_private.abom_tree(p_inventory, 'infinity', true, true) t where t.level > 0
                union all
                select t.part_id, t.serial_number, t.lot_number, t.amount, false from traveler_private.abom_tree(p_with, 'infinity', true, true) t where t.level > 0) x
            group by x.part_id, x.serial_number, x.lot_number
        ), part as (
            select c.part_id, round(sum(c.ours), 6) as ours, round(sum(c.theirs), 6) as theirs,
                jsonb_agg(jsonb_build_object('serial_number', c.serial_number, 'lot_number', c.lot_number,
                        'this', traveler.json_decimal(round(c.ours, 6)), 'other', traveler.json_decimal(round(c.theirs, 6)))
                    order by c.lot_number collate "C", c.serial_number collate "C")
                    filter (where round(c.ours, 6) <> round(c.theirs, 6) and num_nulls(c.serial_number, c.lot_number) < 2) as identities
            from content c group by c.part_id
        )
        select jsonb_build_object('part_inventory_id', i.id, 'part_id', p.id, 'part_number', p.part_number, 'revision', p.revision,
            'serial_number', i.serial_number, 'lot_number', i.lot_number, 'against', 'unit',
            'with', (select jsonb_build_object('part_inventory_id', w.id, 'part_id', wp.id, 'part_number', wp.part_number, 'revision', wp.revision,
                    'serial_number', w.serial_number, 'lot_number', w.lot_number)
                from traveler.part_inventory w join traveler.part wp on wp.org_id = w.org_id and wp.id = w.part_id where w.org_id = v_org and w.id = p_with),
            'assemblies', 0, 'differences', '[]'::jsonb,
            'parts', (select coalesce(jsonb_agg(jsonb_build_object('what', case when d.theirs = 0 then 'only_in_this' when d.ours = 0 then 'only_in_other'
                        when d.ours <> d.theirs then 'quantity' else 'identity' end,
                    'part_id', dp.id, 'part_number', dp.part_number, 'revision', dp.revision, 'part_name', dp.name, 'unit', dp.unit,
                    'this', traveler.json_decimal(d.ours), 'other', traveler.json_decimal(d.theirs), 'identities', coalesce(d.identities, '[]'))
                    order by dp.part_number collate "C", dp.revision collate "C"), '[]')
                from part d join traveler.part dp on dp.org_id = v_org and dp.id = d.part_id
                where d.ours <> d.theirs or d.identities is not null))
        from traveler.part_inventory i join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
        where i.org_id = v_org and i.id = p_inventory
    );
end
$$;
comment on function traveler.abom_comparison is 'How what is in one unit differs from what is in another, by part (B6); null when the org has no such row.';

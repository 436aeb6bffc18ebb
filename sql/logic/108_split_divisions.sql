-- What a split divides (X2-X4, X6, B7): the needs of the group that is split, what was made in it and installed in it, what was excepted, and
-- the stock that is kept for it. The door (run_splits) calls each; none is called by anyone else.

-- X2: each group needs per unit x its own units. What stands under another requirement stands under the group's own (B7).
create or replace function traveler_private.divide_requirements(p_split traveler.run_split) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_level uuid[];
begin
    v_level := array(select b.id from traveler.build_requirement b
        where b.org_id = v_org and b.run_id = p_split.run_id and b.run_split_id is not distinct from p_split.parent_id and b.parent_id is null);
    while v_level <> '{}' loop
        with divided as (
            insert into traveler.build_requirement (org_id, run_id, run_step_id, part_id, quantity_per_unit, quantity_needed, reference_designators, made_on_assembly,
                quantity_per_assembly, parent_id, run_split_id, origin_id, withdrawn_at)
            select v_org, b.run_id, b.run_step_id, b.part_id, b.quantity_per_unit, case when b.withdrawn_at is null then b.quantity_per_unit * p_split.quantity else 0 end, b.reference_designators, b.made_on_assembly,
                b.quantity_per_assembly, g.id, p_split.id, coalesce(b.origin_id, b.id), b.withdrawn_at
            from traveler.build_requirement b
            left join traveler.build_requirement u on u.org_id = v_org and u.id = b.parent_id
            left join traveler.build_requirement g on g.org_id = v_org and g.run_split_id = p_split.id and g.origin_id = coalesce(u.origin_id, u.id)
            where b.org_id = v_org and b.id = any (v_level) order by b.id
            returning id, origin_id
        )
        insert into traveler.build_requirement_substitute (org_id, run_id, build_requirement_id, part_id, withdrawn_at)
        select v_org, p_split.run_id, d.id, s.part_id, s.withdrawn_at
        from divided d join traveler.build_requirement_substitute s on s.org_id = v_org and s.build_requirement_id = d.origin_id;
        v_level := array(select b.id from traveler.build_requirement b where b.org_id = v_org and b.parent_id = any (v_level));
    end loop;
end
$$;
comment on function traveler_private.divide_requirements is 'Gives a group requirements of its own, for its own units (X2).';

-- B7: some rows of a run, and all that it made in them.
create or replace function traveler_private.rows_made_in(p_run uuid, p_rows uuid[]) returns uuid[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return array(
        with recursive made as (
            select r as id from unnest(p_rows) r
            union
            select n.part_inventory_id from made m
            join traveler.installation n on n.org_id = traveler_private.org() and n.assembly_inventory_id = m.id and n.run_id = p_run and n.removed_at is null
            join traveler.build_requirement b on b.org_id = traveler_private.org() and b.id = n.build_requirement_id and b.made_on_assembly
        )
        select m.id from made m);
end
$$;
comment on function traveler_private.rows_made_in is 'Rows with the rows that a run made on assembly in them, at any depth (B7).';

-- B7: what was made in a row that is divided divides with it: a lot by quantity, serialized children whole, the first ones by their ids.
create or replace function traveler_private.divide_made(p_split traveler.run_split, p_from numeric, p_row uuid, p_new uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_olds uuid[] := array[p_row];
    v_news uuid[] := array[p_new];
    v_followed uuid[] := array[]::uuid[];
    v_at integer := 1;
    v_part numeric;
    v_row uuid;
    n record;
    x traveler.installation;
begin
    while v_at <= cardinality(v_olds) loop
        for n in
            select i.id, b.id as from_id, g.id as to_id, p.tracking = 'serial' as serialized, p.unit, row_number() over (partition by b.id order by i.part_inventory_id) as place,
                count(*) over (partition by b.id) as count
            from traveler.build_requirement b
            join traveler.build_requirement g on g.org_id = v_org and g.run_split_id = p_split.id and g.origin_id = coalesce(b.origin_id, b.id)
            join traveler.part p on p.org_id = v_org and p.id = b.part_id
            join traveler.installation i on i.org_id = v_org and i.build_requirement_id = b.id and i.assembly_inventory_id = v_olds[v_at] and i.removed_at is null and i.shares = 0
            where b.org_id = v_org and b.run_id = p_split.run_id and b.run_split_id is not distinct from p_split.parent_id and b.made_on_assembly
            order by i.part_inventory_id
        loop
            select * into x from traveler.installation i where i.org_id = v_org and i.id = n.id;
            if n.serialized then
                continue when n.place * p_from > n.count * p_split.quantity;
                update traveler.installation i set removed_at = now(), removed_by = '', removal_reason = format('Split %s.', p_split.number) where i.org_id = v_org and i.id = x.id;
                perform traveler_private.continue_installation(x, x.part_inventory_id, n.to_id, v_news[v_at], 1);
                v_followed := v_followed || x.part_inventory_id;
            else
                v_part := x.quantity * p_split.quantity / p_from;
                v_part := case when n.unit = 'each' then trunc(v_part) else round(v_part, 6) end;
                continue when v_part = 0;
                update traveler.installation i set removed_at = now(), removed_by = '', removal_reason = format('Split %s.', p_split.number) where i.org_id = v_org and i.id = x.id;
                v_row := traveler_private.split_row(x.part_inventory_id, v_part, p_split.run_id);
                perform traveler_private.continue_installation(x, x.part_inventory_id, n.from_id, v_olds[v_at], x.quantity - v_part);
                perform traveler_private.continue_installation(x, v_row, n.to_id, v_news[v_at], v_part);
                v_olds := v_olds || x.part_inventory_id;
                v_news := v_news || v_row;
            end if;
        end loop;
        v_at := v_at + 1;
    end loop;
    perform traveler_private.divide_installations(p_split, traveler_private.rows_made_in(p_split.run_id, v_followed), v_olds, v_news);
end
$$;
comment on function traveler_private.divide_made is 'Divides what was made on assembly in a lot with the lot, at any depth, and then what is in them (B7, X4).';

-- X4: what names a unit follows it; what went into the whole is shared from now on, and so is what the group shared already.
-- The rows that follow are the units, what was made in them, and rows that were divided: p_olds into p_news, one for one.
create or replace function traveler_private.divide_installations(p_split traveler.run_split, p_followed uuid[], p_olds uuid[], p_news uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    if p_followed <> '{}' then
        with followed as (
            update traveler.installation n set run_split_id = p_split.id, build_requirement_id = g.id
            from traveler.build_requirement b, traveler.build_requirement g
            where n.org_id = v_org and n.run_id = p_split.run_id and n.removed_at is null and n.shares = 0
                and n.assembly_inventory_id = any (p_followed) and n.run_split_id is not distinct from p_split.parent_id
                and b.org_id = v_org and b.id = n.build_requirement_id
                and g.org_id = v_org and g.run_split_id = p_split.id and g.origin_id = coalesce(b.origin_id, b.id)
            returning b.id as from_id, g.id as to_id, n.quantity
        ), moved as (
            select x.id, sum(x.quantity) as quantity from (
                select f.from_id as id, -f.quantity as quantity from followed f union all select f.to_id, f.quantity from followed f) x
            group by x.id
        )
        update traveler.build_requirement b set quantity_installed = b.quantity_installed + m.quantity from moved m where b.org_id = v_org and b.id = m.id;
        perform traveler_private.move_carried(p_split.part_inventory_ids, p_split.run_id, p_split.parent_id, p_split.id);
    end if;
    with whole as (
        -- Made to the group that is split, or shared by it already.
        select n.id, n.quantity, b.id as requirement_id, coalesce(b.origin_id, b.id) as line_id, n.shares = 0 as own, p_news[array_position(p_olds, n.assembly_inventory_id)] as row_id
        from traveler.build_requirement b
        join traveler.installation n on n.org_id = v_org and n.build_requirement_id = b.id and n.removed_at is null
        where b.org_id = v_org and b.run_id = p_split.run_id and b.run_split_id is not distinct from p_split.parent_id
            and (n.assembly_inventory_id = any (p_olds) or p_olds = '{}' and n.assembly_inventory_id is null)
            -- What was made in a row was divided with it (B7).
            and (not b.made_on_assembly or n.shares > 0)
        union all
        select n.id, n.quantity, b.id, coalesce(b.origin_id, b.id), false, p_news[array_position(p_olds, s.assembly_inventory_id)]
        from traveler.build_requirement b
        join traveler.installation_share s on s.org_id = v_org and s.build_requirement_id = b.id and s.ended_at is null
        join traveler.installation n on n.org_id = v_org and n.id = s.installation_id
        where b.org_id = v_org and b.run_id = p_split.run_id and b.run_split_id is not distinct from p_split.parent_id
    ), shared as (
        insert into traveler.installation_share (org_id, run_id, installation_id, build_requirement_id, assembly_inventory_id)
        select v_org, p_split.run_id, w.id, g.id, w.row_id
        from whole w join traveler.build_requirement g on g.org_id = v_org and g.run_split_id = p_split.id and g.origin_id = w.line_id
        order by w.id
        returning installation_id, build_requirement_id
    ), counted as (
        update traveler.installation n set shares = n.shares + 1 from shared s where n.org_id = v_org and n.id = s.installation_id returning n.id
    ), changed as (
        select x.id, sum(x.installed) as installed, sum(x.shared) as shared from (
            select w.requirement_id as id, -w.quantity as installed, w.quantity as shared from whole w where w.own
            union all
            select s.build_requirement_id, 0, w.quantity from shared s join whole w on w.id = s.installation_id) x
        group by x.id
    )
    update traveler.build_requirement b set quantity_installed = b.quantity_installed + c.installed, quantity_shared = b.quantity_shared + c.shared
    from changed c where b.org_id = v_org and b.id = c.id;
end
$$;
comment on function traveler_private.divide_installations is 'What was installed follows its unit, or is shared from now on (X4).';

-- The group's part of what was excepted is excepted there, by the same issue (B5).
create or replace function traveler_private.divide_exceptions(p_split traveler.run_split) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_taken record;
begin
    for v_taken in
        select e.*, (a ->> 'quantity')::numeric as taken, g.id as to_id
        from jsonb_array_elements(p_split.allocation -> 'excepted') a
        join traveler.build_requirement_exception e on e.org_id = v_org and e.run_id = p_split.run_id and e.id = (a ->> 'exception_id')::uuid and e.withdrawn_at is null
        join traveler.build_requirement b on b.org_id = v_org and b.id = e.build_requirement_id and b.run_split_id is not distinct from p_split.parent_id
        join traveler.build_requirement g on g.org_id = v_org and g.run_split_id = p_split.id and g.origin_id = coalesce(b.origin_id, b.id)
        order by e.id
    loop
        perform traveler_private.demand(v_taken.taken > 0 and v_taken.taken <= v_taken.quantity, 409, 'not_enough', 'X3',
            format('%s are excepted, not %s.', traveler.json_decimal(v_taken.quantity), traveler.json_decimal(v_taken.taken)));
        update traveler.build_requirement_exception e set withdrawn_at = now(), withdrawn_by = '', withdrawal_reason = format('Divided by split %s.', p_split.number)
        where e.org_id = v_org and e.id = v_taken.id;
        insert into traveler.build_requirement_exception (org_id, run_id, build_requirement_id, issue_id, quantity, reason, created_by)
        select v_org, p_split.run_id, x.requirement_id, v_taken.issue_id, x.quantity, v_taken.reason, v_taken.created_by
        from (values (v_taken.build_requirement_id, v_taken.quantity - v_taken.taken), (v_taken.to_id, v_taken.taken)) x (requirement_id, quantity)
        where x.quantity > 0;
    end loop;
end
$$;
comment on function traveler_private.divide_exceptions is 'Excepts for the group what the allocation gives it of an exception, and for the others the rest (B5, X3).';

-- X6: stock that is kept for the run, or for the group that is split, follows in proportion, never below a unit.
create or replace function traveler_private.divide_reserved(p_split traveler.run_split, p_from numeric) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_taken record;
    v_rows uuid[];
begin
    for v_taken in
        select p.part_number, sum(coalesce(a.quantity, 0)) as taken, sum(i.quantity) as kept,
            coalesce(bool_or(p.unit = 'each' and a.quantity <> trunc(a.quantity)), false) as fraction,
            coalesce(bool_or(a.quantity <= 0 or a.quantity > i.quantity), false) as wrong
        from traveler.part_inventory i
        join traveler.part p on p.org_id = v_org and p.id = i.part_id
        left join (select (x ->> 'part_inventory_id')::uuid as id, (x ->> 'quantity')::numeric as quantity
            from jsonb_array_elements(p_split.allocation -> 'reserved') x) a on a.id = i.id
        where i.org_id = v_org and i.reserved_run_id = p_split.run_id and i.reserved_split_id is not distinct from p_split.parent_id
        group by p.id, p.part_number
    loop
        perform traveler_private.demand(not v_taken.wrong and not v_taken.fraction and v_taken.taken * p_from <= v_taken.kept * p_split.quantity,
            409, 'reserved_out_of_proportion', 'X6',
            format('Of %s of part %s that are reserved, %s are not the group''s.', traveler.json_decimal(v_taken.kept), v_taken.part_number, traveler.json_decimal(v_taken.taken)),
            'Reserve them for the group once it is there.');
    end loop;
    perform traveler_private.demand(not exists (
            select from jsonb_array_elements(p_split.allocation -> 'reserved') a
            where not exists (select from traveler.part_inventory i where i.org_id = v_org and i.id = (a ->> 'part_inventory_id')::uuid
                and i.reserved_run_id = p_split.run_id and i.reserved_split_id is not distinct from p_split.parent_id)),
        409, 'not_reserved', 'X6', 'What is given to the group is not reserved for the run.', 'Ask for a new plan.');
    -- Whole rows as they are; of the others, which are few, a part is cut off.
    v_rows := array(select i.id from jsonb_array_elements(p_split.allocation -> 'reserved') a
        join traveler.part_inventory i on i.org_id = v_org and i.id = (a ->> 'part_inventory_id')::uuid where i.quantity = (a ->> 'quantity')::numeric);
    for v_taken in
        select i.id, (a ->> 'quantity')::numeric as quantity
        from jsonb_array_elements(p_split.allocation -> 'reserved') a
        join traveler.part_inventory i on i.org_id = v_org and i.id = (a ->> 'part_inventory_id')::uuid
        where i.quantity > (a ->> 'quantity')::numeric
        order by i.id
    loop
        v_rows := v_rows || traveler_private.split_row(v_taken.id, v_taken.quantity, p_split.run_id);
    end loop;
    update traveler.part_inventory i set reserved_split_id = p_split.id where i.org_id = v_org and i.id = any (v_rows);
end
$$;
comment on function traveler_private.divide_reserved is 'Keeps for the group what the allocation gives it of the reserved stock (X6).';

-- mBOMs that come in as tables (E, B1): what is wrong with their rows, and the drafts that they become.

-- A row of an mBOM is one line of it. Substitutes are named as NUMBER or NUMBER@REVISION.
create or replace function traveler_private.import_mbom_faults(p_rows jsonb) returns table (row_number integer, column_name text, code text, detail text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        with x as materialized (
            select r.* from jsonb_to_recordset(p_rows) r ("row" integer, part_number text, revision text, component_part_number text, component_revision text,
                quantity_per_unit text, reference_designators jsonb, made_on_assembly text, substitutes jsonb)
        ), substitute as materialized (
            select x."row", s as named, split_part(s, '@', 1) as part_number, nullif(split_part(s, '@', 2), '') as revision
            from x, unnest(traveler_private.import_list(x.substitutes)) s
        ), asked as (
            select x.part_number, x.revision from x union all select x.component_part_number, x.component_revision from x
            union all select s.part_number, s.revision from substitute s
        ), part as materialized (
            select * from traveler_private.import_references((select array_agg(a.part_number order by a.part_number, a.revision) from asked a),
                (select array_agg(a.revision order by a.part_number, a.revision) from asked a))
        )
        select x."row", f.column_name, f.code, f.detail
        from x
        left join part p on p.part_number = x.part_number and p.revision is not distinct from x.revision
        left join part c on c.part_number = x.component_part_number and c.revision is not distinct from x.component_revision
        cross join lateral (values
            ('part_number', 'missing', case when x.part_number is null then 'A line is of the mBOM of a part: its part_number is missing.' end),
            ('part_number', 'part_unknown', p.fault),
            ('component_part_number', 'missing', case when x.component_part_number is null then 'A line names the component_part_number that goes in.' end),
            ('component_part_number', 'part_unknown', c.fault),
            ('component_part_number', 'contains_itself', case when p.part_id = c.part_id then format('%s would contain itself.', x.part_number) end),
            ('quantity_per_unit', 'missing', case when x.quantity_per_unit is null then 'A line has a quantity_per_unit.' end),
            ('quantity_per_unit', 'invalid', case when x.quantity_per_unit !~ '^[0-9]{1,14}(\.[0-9]{1,6})?$' or x.quantity_per_unit !~ '[1-9]'
                then format('%s is not a quantity: above zero, with up to 14 digits before the point and 6 after it.', left(x.quantity_per_unit, 50)) end),
            ('reference_designators', 'length', case when exists (select from unnest(traveler_private.import_list(x.reference_designators)) d where char_length(d) not between 1 and 100)
                then 'A reference designator has 1 to 100 characters.' end),
            ('made_on_assembly', 'invalid', case when x.made_on_assembly not in ('true', 'false') then 'Made_on_assembly is true or false.' end),
            ('made_on_assembly', 'made_in_whole_units', case when x.made_on_assembly = 'true' and c.tracking = 'serial' and x.quantity_per_unit ~ '\.0*[1-9]'
                then format('Part %s is tracked by serial number: it is made on assembly in whole units.', x.component_part_number) end),
            ('substitutes', 'made_has_no_substitute', case when x.made_on_assembly = 'true' and exists (select from substitute s where s."row" = x."row")
                then format('Part %s is made on assembly: nothing is installed in its place.', x.component_part_number) end)
        ) f (column_name, code, detail)
        where f.detail is not null
        union all
        select s."row", 'substitutes', 'part_unknown', p.fault from substitute s
        join part p on p.part_number = s.part_number and p.revision is not distinct from s.revision where p.fault is not null;
end
$$;
comment on function traveler_private.import_mbom_faults is 'What is wrong with rows that are to be lines of mBOMs.';

-- Each part's lines become the next version of its mBOM, which is a draft: whoever releases it looks at it first.
create or replace function traveler_private.import_mboms(p_rows jsonb) returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_parts uuid[];
    v_lines jsonb;
begin
    with x as materialized (
        select r.* from jsonb_to_recordset(p_rows) r ("row" integer, part_number text, revision text, component_part_number text, component_revision text,
            quantity_per_unit text, reference_designators jsonb, made_on_assembly text, substitutes jsonb)
    ), substitute as materialized (
        select x."row", split_part(s.named, '@', 1) as part_number, nullif(split_part(s.named, '@', 2), '') as revision
        from x, unnest(traveler_private.import_list(x.substitutes)) s (named)
    ), asked as (
        select x.part_number, x.revision from x union all select x.component_part_number, x.component_revision from x
        union all select s.part_number, s.revision from substitute s
    ), part as materialized (
        select * from traveler_private.import_references((select array_agg(a.part_number order by a.part_number, a.revision) from asked a),
            (select array_agg(a.revision order by a.part_number, a.revision) from asked a))
    )
    select jsonb_agg(jsonb_build_object('row', x."row", 'id', traveler.new_id(), 'of', p.part_id, 'part_id', c.part_id, 'quantity', x.quantity_per_unit,
        'designators', to_jsonb(traveler_private.import_list(x.reference_designators)), 'made', coalesce(x.made_on_assembly = 'true', false),
        'substitutes', (select coalesce(jsonb_agg(distinct q.part_id), '[]') from substitute s
            join part q on q.part_number = s.part_number and q.revision is not distinct from s.revision where s."row" = x."row")) order by x."row"),
        array_agg(distinct p.part_id)
    into v_lines, v_parts
    from x join part p on p.part_number = x.part_number and p.revision is not distinct from x.revision
    join part c on c.part_number = x.component_part_number and c.revision is not distinct from x.component_revision;
    -- The lock is a statement of its own (law 11 of the conventions): versions are counted one after another.
    perform from traveler.part p where p.org_id = v_org and p.id = any (v_parts) order by p.id for no key update;
    insert into traveler.mbom (org_id, part_id, version_number)
    select v_org, p, coalesce((select max(m.version_number) from traveler.mbom m where m.org_id = v_org and m.part_id = p), 0) + 1
    from unnest(v_parts) p;
    insert into traveler.mbom_line (org_id, id, mbom_id, position, part_id, quantity_per_unit, reference_designators, made_on_assembly)
    select v_org, l.id, m.id, row_number() over (partition by l."of" order by l."row"), l.part_id, l.quantity,
        array(select jsonb_array_elements_text(l.designators)), l.made
    from jsonb_to_recordset(v_lines) l ("row" integer, id uuid, "of" uuid, part_id uuid, quantity numeric, designators jsonb, made boolean)
    join (select distinct on (y.part_id) y.part_id, y.id from traveler.mbom y where y.org_id = v_org and y.part_id = any (v_parts)
        order by y.part_id, y.version_number desc) m on m.part_id = l."of";
    insert into traveler.mbom_substitute (org_id, mbom_id, mbom_line_id, part_id)
    select v_org, n.mbom_id, n.id, s::uuid
    from jsonb_to_recordset(v_lines) l (id uuid, substitutes jsonb)
    cross join lateral jsonb_array_elements_text(l.substitutes) s
    join traveler.mbom_line n on n.org_id = v_org and n.id = l.id;
    return cardinality(v_parts);
end
$$;
comment on function traveler_private.import_mboms is 'Drafts an mBOM for each part that rows without faults name (B1).';

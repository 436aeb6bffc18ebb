-- What comes in as tables (E): parts and stock here, mBOMs, procedures and attributes in files of their own. All of it or nothing, in sets; what is
-- wrong is told row by row and all at once, from one look at the rows, before anything is written.

-- A moment or a date, as people write it; null when it is neither.
create or replace function traveler_private.time_or_null(p_text text) returns timestamptz
language plpgsql stable
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
begin
    if p_text ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?))?$' then
        return p_text::timestamptz;
    end if;
    return null;
exception when data_exception then
    return null;
end
$$;
comment on function traveler_private.time_or_null is 'A moment with its offset from UTC, or the beginning of a date in UTC; null for anything else.';

-- The columns that each kind knows. What a row says beyond is a mistake in a name more often than not, so it is refused.
create or replace function traveler_private.import_columns(p_kind text) returns text[]
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    return case p_kind
        when 'parts' then '{part_number,revision,name,description,tracking,unit,lot_traceability,number_pattern}'::text[]
        when 'mboms' then '{part_number,revision,component_part_number,component_revision,quantity_per_unit,reference_designators,made_on_assembly,substitutes}'::text[]
        when 'inventory' then '{part_number,revision,serial_number,lot_number,quantity,location,expires_at,attributes}'::text[]
        when 'procedures' then '{title,description,part_number,revision,standard,attributes,steps}'::text[] end;
end
$$;
comment on function traveler_private.import_columns is 'The columns of an import by its kind; null for a kind that there is none of.';

-- What every kind asks of its rows: known columns, and texts in them.
create or replace function traveler_private.import_shape_faults(p_kind text, p_rows jsonb) returns table (row_number integer, column_name text, code text, detail text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_columns text[] := traveler_private.import_columns(p_kind);
    -- An attribute's column: its value is judged by its definition, whatever it is.
    v_prefix text := case when 'attributes' = any (v_columns) then 'attribute.' end;
begin
    return query
        select (e.value ->> 'row')::integer, k.key, case when k.key = any (v_columns) then 'cell_invalid' else 'column_unknown' end,
            case when k.key = any (v_columns) then format('%s is a text, not %s.', k.key, jsonb_typeof(k.value))
                else format('There is no column %s: there are %s.', left(k.key, 100), array_to_string(v_columns, ', ')) end
        from jsonb_array_elements(p_rows) e cross join lateral jsonb_each(e.value) k
        where k.key <> 'row' and (k.key <> all (v_columns) and starts_with(k.key, v_prefix) is not true
            or jsonb_typeof(k.value) in ('object', 'array') and k.key = any (v_columns) and k.key not in ('reference_designators', 'substitutes', 'attributes', 'steps'));
end
$$;
comment on function traveler_private.import_shape_faults is 'Columns that an import does not know, and cells that hold what no cell holds.';

create or replace function traveler_private.import_part_faults(p_rows jsonb) returns table (row_number integer, column_name text, code text, detail text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        with x as materialized (
            select r.*, coalesce(r.revision, 'A') as rev, coalesce(r.tracking, 'none') as track,
                first_value(r."row") over (partition by r.part_number, coalesce(r.revision, 'A') order by r."row") as first_row
            from jsonb_to_recordset(p_rows) r ("row" integer, part_number text, revision text, name text, description text, tracking text,
                unit text, lot_traceability text, number_pattern text)
        )
        select x."row", f.column_name, f.code, f.detail
        from x left join traveler.part p on p.org_id = traveler_private.org() and p.part_number = x.part_number and p.revision = x.rev
        cross join lateral (values
            ('part_number', 'missing', case when x.part_number is null then 'A part has a part_number.' end),
            ('part_number', 'length', case when char_length(x.part_number) not between 1 and 100 then 'A part_number has 1 to 100 characters.' end),
            ('part_number', 'twice', case when x.first_row < x."row" and x.part_number is not null
                then format('Part %s, revision %s is in row %s already.', left(x.part_number, 100), left(x.rev, 20), x.first_row) end),
            ('part_number', 'exists', case when p.id is not null then format('There is a part %s, revision %s already.', x.part_number, x.rev) end),
            ('revision', 'length', case when char_length(x.rev) not between 1 and 20 then 'A revision has 1 to 20 characters.' end),
            ('name', 'missing', case when x.name is null then 'A part has a name.' end),
            ('name', 'length', case when char_length(x.name) not between 1 and 200 then 'A name has 1 to 200 characters.' end),
            ('description', 'length', case when char_length(x.description) > 10000 then 'A description has up to 10000 characters.' end),
            ('tracking', 'unknown', case when x.track not in ('serial', 'lot', 'none')
                then format('Tracking is serial, lot or none, not %s.', left(x.track, 50)) end),
            ('unit', 'length', case when char_length(x.unit) not between 1 and 20 then 'A unit has 1 to 20 characters.' end),
            ('lot_traceability', 'invalid', case when x.lot_traceability not in ('true', 'false') then 'Lot_traceability is true or false.' end),
            ('number_pattern', 'invalid', case when x.number_pattern is not null and not (x.track <> 'none' and char_length(x.number_pattern) <= 60 and x.number_pattern ~ '^[^{}[:cntrl:]]*[{]0{1,12}[}][^{}[:cntrl:]]*$')
                then 'A number_pattern is of a tracked part and has its digits as zeros in braces: SN-{0000}.' end)
        ) f (column_name, code, detail)
        where f.detail is not null;
end
$$;
comment on function traveler_private.import_part_faults is 'What is wrong with rows that are to be parts.';

create or replace function traveler_private.import_parts(p_rows jsonb) returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_count integer;
begin
    insert into traveler.part (org_id, part_number, revision, name, description, tracking, unit, lot_traceability, number_pattern)
    select traveler_private.org(), r.part_number, coalesce(r.revision, 'A'), r.name, coalesce(r.description, ''), coalesce(r.tracking, 'none'),
        coalesce(r.unit, 'each'), coalesce(r.lot_traceability, false), r.number_pattern
    from jsonb_to_recordset(p_rows) r ("row" integer, part_number text, revision text, name text, description text, tracking text,
        unit text, lot_traceability boolean, number_pattern text)
    order by r."row";
    get diagnostics v_count = row_count;
    return v_count;
end
$$;
comment on function traveler_private.import_parts is 'Makes parts of rows that have no faults.';

-- Which part each row means: by number and revision or, without a revision, the only one there is.
create or replace function traveler_private.import_references(p_numbers text[], p_revisions text[]) returns table (part_number text, revision text, part_id uuid, tracking text, fault text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        with asked as (
            select distinct n.part_number, n.revision from unnest(p_numbers, p_revisions) n (part_number, revision) where n.part_number is not null
        ), known as (
            select a.part_number, a.revision, count(p.id) filter (where p.archived_at is null) as live, count(p.id) as there,
                (array_agg(p.id) filter (where p.archived_at is null))[1] as part_id, (array_agg(p.tracking) filter (where p.archived_at is null))[1] as tracking,
                string_agg(p.revision, ', ' order by p.revision) filter (where p.archived_at is null) as revisions
            from asked a
            left join traveler.part p on p.org_id = traveler_private.org() and p.part_number = a.part_number and (a.revision is null or p.revision = a.revision)
            group by 1, 2
        )
        select k.part_number, k.revision, k.part_id, k.tracking, case
            when k.there = 0 then format('There is no part %s%s.', left(k.part_number, 100), ', revision ' || left(k.revision, 20))
            when k.live = 0 then format('Part %s%s is archived.', k.part_number, ', revision ' || k.revision)
            when k.live > 1 then format('Part %s has the revisions %s: say which.', k.part_number, left(k.revisions, 200)) end
        from known k;
end
$$;
comment on function traveler_private.import_references is 'The parts that number and revision name, each once, or why there is none.';

create or replace function traveler_private.import_inventory_faults(p_rows jsonb) returns table (row_number integer, column_name text, code text, detail text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        with x as materialized (
            select r.*, first_value(r."row") over (partition by r.part_number, coalesce(r.revision, ''), r.serial_number order by r."row") as first_row
            from jsonb_to_recordset(p_rows) r ("row" integer, part_number text, revision text, serial_number text, lot_number text, quantity text, location text, expires_at text)
        ), part as materialized (
            select * from traveler_private.import_references(array(select x.part_number from x order by x."row"), array(select x.revision from x order by x."row"))
        )
        select x."row", f.column_name, f.code, f.detail
        from x
        left join part p on p.part_number = x.part_number and p.revision is not distinct from x.revision
        left join traveler.part_inventory i on i.org_id = traveler_private.org() and i.part_id = p.part_id and i.serial_number = x.serial_number
        left join traveler.location l on l.org_id = traveler_private.org() and l.name = x.location
        cross join lateral (values
            ('part_number', 'missing', case when x.part_number is null then 'Stock is of a part: its part_number is missing.' end),
            ('part_number', 'part_unknown', p.fault),
            ('serial_number', 'missing', case when p.tracking = 'serial' and x.serial_number is null
                then format('Part %s is tracked by serial number: give one.', x.part_number) end),
            ('serial_number', 'not_tracked', case when p.tracking <> 'serial' and x.serial_number is not null
                then format('Part %s is not tracked by serial number.', x.part_number) end),
            ('serial_number', 'length', case when char_length(x.serial_number) not between 1 and 100
                then 'A serial_number has 1 to 100 characters.' end),
            ('serial_number', 'twice', case when x.serial_number is not null and x.first_row < x."row"
                then format('Serial number %s of part %s is in row %s already.', left(x.serial_number, 100), left(x.part_number, 100), x.first_row) end),
            ('serial_number', 'exists', case when i.id is not null
                then format('There is a unit %s of part %s already.', x.serial_number, x.part_number) end),
            ('lot_number', 'missing', case when p.tracking = 'lot' and x.lot_number is null
                then format('Part %s is tracked by lot number: give one.', x.part_number) end),
            ('lot_number', 'not_tracked', case when p.tracking = 'none' and x.lot_number is not null
                then format('Part %s is not tracked by lot number.', x.part_number) end),
            ('lot_number', 'length', case when char_length(x.lot_number) not between 1 and 100 then 'A lot_number has 1 to 100 characters.' end),
            ('quantity', 'invalid', case when x.quantity !~ '^[0-9]{1,14}(\.[0-9]{1,6})?$' or x.quantity !~ '[1-9]'
                then format('%s is not a quantity: above zero, with up to 14 digits before the point and 6 after it.', left(x.quantity, 50)) end),
            ('quantity', 'serialized_is_one', case when p.tracking = 'serial' and x.quantity ~ '[1-9]' and x.quantity !~ '^0*1(\.0+)?$'
                then format('Part %s is tracked by serial number: a row of it is one unit.', x.part_number) end),
            ('location', 'unknown', case when x.location is not null and l.id is null
                then format('There is no location %s.', left(x.location, 200)) end),
            ('location', 'archived', case when l.archived_at is not null then format('Location %s is archived.', x.location) end),
            ('expires_at', 'invalid', case when x.expires_at is not null and traveler_private.time_or_null(x.expires_at) is null
                then format('%s is no time such as 2026-02-28T13:45:00Z and no date such as 2026-02-28.', left(x.expires_at, 50)) end)
        ) f (column_name, code, detail)
        where f.detail is not null;
end
$$;
comment on function traveler_private.import_inventory_faults is 'What is wrong with rows that are to be stock.';

create or replace function traveler_private.import_inventory(p_rows jsonb) returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_ids uuid[];
    v_parts uuid[];
    v_serials text[];
    v_lots text[];
    v_locations uuid[];
    v_expiries timestamptz[];
    v_quantities numeric[];
    v_attributes jsonb[];
begin
    with x as materialized (
        select r.* from jsonb_to_recordset(p_rows) r ("row" integer, part_number text, revision text, serial_number text, lot_number text, quantity text, location text, expires_at text, attributes jsonb)
    ), part as materialized (
        select * from traveler_private.import_references(array(select x.part_number from x order by x."row"), array(select x.revision from x order by x."row"))
    )
    select array_agg(traveler.new_id() order by x."row"), array_agg(p.part_id order by x."row"), array_agg(x.serial_number order by x."row"),
        array_agg(x.lot_number order by x."row"), array_agg(l.id order by x."row"), array_agg(traveler_private.time_or_null(x.expires_at) order by x."row"),
        array_agg(coalesce(x.quantity, '1')::numeric order by x."row"), array_agg(coalesce(x.attributes, '{}') order by x."row")
    into v_ids, v_parts, v_serials, v_lots, v_locations, v_expiries, v_quantities, v_attributes
    from x join part p on p.part_number = x.part_number and p.revision is not distinct from x.revision
    left join traveler.location l on l.org_id = v_org and l.name = x.location;
    insert into traveler.part_inventory (org_id, id, part_id, serial_number, lot_number, location_id, expires_at, attributes)
    select v_org, u.id, u.part_id, u.serial_number, u.lot_number, u.location_id, u.expires_at, u.attributes
    from unnest(v_ids, v_parts, v_serials, v_lots, v_locations, v_expiries, v_attributes) u (id, part_id, serial_number, lot_number, location_id, expires_at, attributes);
    insert into traveler.inventory_movement (org_id, kind, to_inventory_id, quantity)
    select v_org, 'receive', u.id, u.quantity from unnest(v_ids, v_quantities) u (id, quantity);
    return cardinality(v_ids);
end
$$;
comment on function traveler_private.import_inventory is 'Receives rows that have no faults into stock (I1, I4).';

-- A list in a cell has semicolons between its parts; in JSON it is an array.
create or replace function traveler_private.import_list(p_cell jsonb) returns text[]
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    if jsonb_typeof(p_cell) = 'array' then
        return array(select jsonb_array_elements_text(p_cell));
    end if;
    return array(select trim(s) from unnest(string_to_array(p_cell #>> '{}', ';')) s where trim(s) <> '');
end
$$;
comment on function traveler_private.import_list is 'The texts of a cell that lists them; none of an absent one.';

-- What each kind asks of who imports it.
create or replace function traveler_private.import_permission(p_kind text) returns text
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    return case p_kind when 'inventory' then 'inventory.receive' when 'procedures' then 'procedure.edit' else 'part.edit' end;
end
$$;
comment on function traveler_private.import_permission is 'The permission for an import of a kind (T3).';

-- POST /v1/imports: {kind, rows: [{row?, ...}]}
create or replace function traveler.import_rows(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_kind text := p_request ->> 'kind';
    v_rows jsonb := p_request -> 'rows';
    v_typed jsonb;
    v_total integer;
    v_faults jsonb;
    v_wrong integer;
    v_count integer;
begin
    perform traveler.current_org();
    perform traveler_private.demand(traveler_private.import_columns(v_kind) is not null, 422, 'import_kind_unknown', 'E2',
        format('There is no import of %s.', left(v_kind, 50)), 'Import parts, mboms, inventory or procedures.');
    perform traveler_private.require(traveler_private.import_permission(v_kind));
    v_total := case when jsonb_typeof(v_rows) = 'array' then jsonb_array_length(v_rows) else 0 end;
    perform traveler_private.demand(v_total between 1 and 100000, 422, 'import_size', 'E2', format('An import has 1 to 100000 rows, not %s.', v_total),
        'Divide it.');
    perform traveler_private.demand(not exists (select from jsonb_array_elements(v_rows) e
            where jsonb_typeof(e.value) <> 'object' or e.value ->> 'row' !~ '^[1-9][0-9]{0,8}$'),
        422, 'import_row_invalid', 'E2', 'Each row is an object, whose row, if it has one, is its number in the file.');
    select jsonb_agg(case when e.value ? 'row' then e.value else e.value || jsonb_build_object('row', e.ordinality) end order by e.ordinality) into v_rows
    from jsonb_array_elements(v_rows) with ordinality e;
    perform traveler_private.give_reason('Import of ' || v_kind);
    v_typed := traveler_private.typed_rows(v_kind, v_rows);
    with fault as materialized (
        select f.* from traveler_private.import_shape_faults(v_kind, v_rows) f
        union all select f.* from traveler_private.import_part_faults(v_rows) f where v_kind = 'parts'
        union all select f.* from traveler_private.import_inventory_faults(v_rows) f where v_kind = 'inventory'
        union all select f.* from traveler_private.import_attribute_faults('part_inventory', v_typed) f where v_kind = 'inventory' and v_typed is not null
        union all select f.* from traveler_private.import_mbom_faults(v_rows) f where v_kind = 'mboms'
    )
    select (select count(*) from fault),
        coalesce((select jsonb_agg(jsonb_build_object('row', l.row_number, 'column', l.column_name, 'code', l.code, 'detail', l.detail) order by l.row_number, l.column_name)
            from (select * from fault f order by f.row_number, f.column_name limit 10000) l), '[]')
    into v_wrong, v_faults;
    if v_kind = 'procedures' then
        -- What is wrong with a document shows when it is drafted, also beside rows whose form is wrong.
        v_wrong := v_wrong - jsonb_array_length(v_faults);
        select i.p_faults, i.p_count into v_faults, v_count from traveler_private.import_procedures(v_typed, v_faults) i;
        v_wrong := v_wrong + jsonb_array_length(v_faults);
        select coalesce(jsonb_agg(l.value order by l.place), '[]') into v_faults
        from (select f.value, row_number() over (order by (f.value ->> 'row')::integer, f.value ->> 'column') as place from jsonb_array_elements(v_faults) f) l
        where l.place <= 10000;
    elsif v_wrong = 0 then
        v_count := case v_kind when 'parts' then traveler_private.import_parts(v_rows) when 'mboms' then traveler_private.import_mboms(v_rows)
            else traveler_private.import_inventory(coalesce(v_typed, v_rows)) end;
    end if;
    perform traveler_private.demand(v_wrong = 0, 422, 'import_refused', 'E2',
        format('%s in %s; nothing of it was imported.', case v_wrong when 1 then 'There is a fault' else 'There are ' || v_wrong || ' faults' end,
            case v_total when 1 then 'the row' else v_total || ' rows' end),
        'Mend the rows that are named, and import all of them again.', jsonb_build_object('fault_count', v_wrong, 'faults', v_faults));
    return jsonb_build_object('kind', v_kind, 'rows', v_total, 'created', v_count);
end
$$;
comment on function traveler.import_rows is 'Makes parts, stock, drafts of mBOMs or of procedures of rows: all of them, or none and every fault with its row.';

-- A file has no Idempotency-Key: its digest is one, for the org and not for the user alone, since the same delivery given twice by two
-- people is as wrong. Whoever claims it second waits for the first, and is told of it.
create or replace function traveler.import_file(p_request jsonb, p_digest bytea, p_again boolean) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_key text := format('import %s %s', p_request ->> 'kind', encode(p_digest, 'hex'));
    v_answer jsonb;
begin
    perform traveler_private.demand(traveler_private.import_columns(p_request ->> 'kind') is not null, 422, 'import_kind_unknown', 'E2',
        format('There is no import of %s.', left(p_request ->> 'kind', 50)), 'Import parts, mboms, inventory or procedures.');
    perform traveler_private.demand(octet_length(p_digest) = 32, 422, 'import_digest_invalid', 'E2', 'A file is known by its SHA-256.');
    perform traveler_private.require(traveler_private.import_permission(p_request ->> 'kind'));
    insert into traveler.idempotency_key as k (org_id, user_id, key, request_digest) values (v_org, traveler.current_user_id(), v_key, p_digest)
    on conflict (org_id, key) where key like 'import %'
        do update set user_id = excluded.user_id, created_at = excluded.created_at, status = null, body = null where p_again;
    if not found then
        return (select k.body::jsonb || jsonb_build_object('imported_at', traveler.json_time(k.created_at), 'imported_by', u.name, 'email', u.email)
            from traveler.idempotency_key k join traveler.user_account u on u.org_id = k.org_id and u.id = k.user_id
            where k.org_id = v_org and k.key = v_key and k.key like 'import %');
    end if;
    v_answer := traveler.import_rows(p_request);
    update traveler.idempotency_key k set status = 201, body = v_answer::text where k.org_id = v_org and k.key = v_key and k.key like 'import %';
    perform traveler_private.demand(found, 409, 'import_key_lost', 'E2', 'The import lost its key.');
    return v_answer;
end
$$;
comment on function traveler.import_file is 'Imports the rows of a file once, by its digest: asked again, it answers as it did, with when and by whom it was imported. With p_again the rows are meant once more.';

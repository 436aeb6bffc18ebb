-- What leaves as an export (E2): every table of an org and every column of it, as the catalogue has them, so that a table or column
-- that comes later is in the next export without a word here.

-- Left out: what is no record of the org's (answers kept for a repeated request, refused acts, uploads under way) and what is exported in
-- a form of its own (the history, its seals). Of a credential the digest of its secret stays here.
create or replace function traveler_private.export_tables(p_of_run boolean) returns table (table_name text, record text, cells text, run_column text, row_order text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select c.relname::text,
            string_agg(format('x.%I', a.attname), ', ' order by a.attnum),
            string_agg(format(case when t.typcategory = 'A' then 'to_json(x.%1$I)::text as %1$I' else 'x.%I' end, a.attname), ', ' order by a.attnum),
            max(case when c.relname = 'run' and a.attname = 'id' or a.attname = 'run_id' then a.attname end),
            (select string_agg(format('x.%I', k.attname), ', ' order by u.place)
                from pg_constraint p cross join lateral unnest(p.conkey) with ordinality u (attnum, place)
                join pg_attribute k on k.attrelid = p.conrelid and k.attnum = u.attnum
                where p.conrelid = c.oid and p.contype = 'p')
        from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        join pg_type t on t.oid = a.atttypid
        where c.relnamespace = 'traveler'::regnamespace and c.relkind = 'r' and not c.relispartition
            and exists (select from pg_attribute o where o.attrelid = c.oid and o.attname = 'org_id' and not o.attisdropped)
            and c.relname not in ('idempotency_key', 'refusal', 'attachment_upload', 'history_seal')
            and (c.relname, a.attname) <> ('credential', 'digest')
        group by c.oid, c.relname
        having not p_of_run or bool_or(c.relname = 'run' or a.attname = 'run_id')
        order by c.relname;
end
$$;
comment on function traveler_private.export_tables is 'The tables of an export, or of that of one run: for each its columns as a record and as cells, the column of the run, and the order of its rows (E2).';

-- Rows are fetched from a cursor, so that neither side ever holds a table. As a record a row reads as the history has it (Y1), which is
-- what ties the one to the other.
create or replace function traveler_private.open_export(p_table text, p_as_records boolean, p_org uuid, p_run uuid) returns refcursor
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_rows refcursor := 'export_rows'::refcursor;
    v_of record;
begin
    select * into v_of from traveler_private.export_tables(p_run is not null) e where e.table_name = p_table;
    perform traveler_private.demand(found, 404, 'table_unknown', 'E2', format('There is no table %s in this export.', p_table));
    open v_rows no scroll for execute case when p_as_records
            then format('select json_build_object(''kind'', ''record'', ''table'', %L, ''record'', (select to_json(r) from (select %s) r))::text', p_table, v_of.record)
            else 'select ' || v_of.cells end
        || format(' from traveler.%I x where x.org_id = $1 and ($2::uuid is null or %s) order by %s', p_table,
            case when v_of.run_column is null then 'false' else format('x.%I = $2', v_of.run_column) end, v_of.row_order)
        using p_org, p_run;
    return v_rows;
end
$$;
comment on function traveler_private.open_export is 'Opens the cursor export_rows over a table''s rows of an org, or of one run of it, as JSON lines or as cells. For whom no policy holds: the operator.';

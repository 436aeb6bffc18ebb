-- What analysts may read: the views, and of what these are made of the columns that they name, without the right to name anything in
-- the schema traveler themselves (law 4 of the conventions).
do $$
declare
    r record;
begin
    for r in
        select c.oid::regclass as name from pg_class c
        where c.relnamespace in ('traveler'::regnamespace, 'traveler_private'::regnamespace, 'analytics'::regnamespace)
            and c.relkind in ('r', 'p', 'v')
    loop
        execute format('revoke all on %s from traveler_analyst', r.name);
    end loop;
    for r in
        select p.oid::regprocedure as name from pg_proc p
        where p.pronamespace in ('traveler'::regnamespace, 'traveler_private'::regnamespace, 'analytics'::regnamespace) and p.prokind in ('f', 'a')
    loop
        execute format('revoke all on function %s from traveler_analyst', r.name);
    end loop;
    for r in
        select format('grant select on %s to traveler_analyst', c.oid::regclass) as statement
        from pg_class c where c.relnamespace = 'analytics'::regnamespace and c.relkind = 'v'
        union all
        select format('grant select (%s) on %s to traveler_analyst',
            coalesce(string_agg(quote_ident(a.attname), ', ' order by a.attnum) filter (where a.attnum > 0), 'org_id'), x.object_id::regclass)
        from traveler_private.analyst_reads() x
        join pg_class c on c.oid = x.object_id and c.relnamespace = 'traveler'::regnamespace
        left join pg_attribute a on a.attrelid = x.object_id and a.attnum = x.column_number
        where x.class_id = 'pg_class'::regclass
        group by x.object_id
        union all
        select format('grant execute on function %s to traveler_analyst', x.object_id::regprocedure)
        from traveler_private.analyst_reads() x where x.class_id = 'pg_proc'::regclass
    loop
        execute r.statement;
    end loop;
end $$;

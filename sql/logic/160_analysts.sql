-- The analysts' door (E1, law 4 of the conventions), and what the views behind it are made with.

-- Catalogue only, never a setting, which anybody can change. session_user, because SET ROLE does not change it.
create or replace function analytics.current_org() returns uuid
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_orgs text[];
begin
    with recursive belongs (role_id) as (
        select r.oid from pg_roles r where r.rolname = session_user
        union
        select m.roleid from belongs b join pg_auth_members m on m.member = b.role_id
    )
    select array_agg(right(r.rolname, 32)) into v_orgs
    from belongs b join pg_roles r on r.oid = b.role_id
    where r.rolname ~ '^traveler_org_[0-9a-f]{32}$';
    if cardinality(v_orgs) = 1 then
        return v_orgs[1]::uuid;
    end if;
    raise exception 'The login % belongs to % orgs; an analyst''s belongs to one.', session_user, coalesce(cardinality(v_orgs), 0)
        using errcode = 'TV403', hint = 'Ask the operator for a login made by traveler analyst create.',
            detail = jsonb_build_object('code', 'analyst_org', 'rule', 'E1')::text;
end
$$;
comment on function analytics.current_org is 'The org of the analyst who is signed in: that of the one traveler_org_ role which the login belongs to (E1).';

-- A view's words: what it is, then each column and what it is, all of them, or it refuses. Names of the views and what they hold are a
-- contract, so what stands undescribed does not get out.
create or replace function traveler_private.describe(p_view regclass, p_what text, variadic p_columns text[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_names text[];
    v_described text[];
begin
    select array_agg(a.attname::text order by a.attnum) into v_names
    from pg_attribute a where a.attrelid = p_view and a.attnum > 0 and not a.attisdropped;
    select array_agg(p_columns[n] order by n) into v_described from generate_series(1, cardinality(p_columns), 2) n;
    if v_names <> v_described or cardinality(p_columns) % 2 <> 0 then
        raise exception 'the columns of % are %, and described are %', p_view, v_names, v_described;
    end if;
    execute format('comment on view %s is %L', p_view, p_what);
    for n in 1 .. cardinality(v_names) loop
        execute format('comment on column %s.%I is %L', p_view, v_names[n], p_columns[2 * n]);
    end loop;
end
$$;
comment on function traveler_private.describe is 'Writes the comments of a view of the contract with analysts and of each of its columns.';

-- What the views read, through views and functions of ours in between, told from the catalogue: this, and no more, is granted to
-- analysts, and has a policy for them. Column 0 stands for a relation that is read without naming any.
create or replace function traveler_private.analyst_reads() returns table (class_id oid, object_id oid, column_number smallint)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    with recursive reads (class_id, object_id, column_number) as (
        select 'pg_class'::regclass::oid, c.oid, 0
        from pg_class c where c.relnamespace = 'analytics'::regnamespace and c.relkind = 'v'
        union
        select 'pg_proc'::regclass::oid, p.oid, 0
        from pg_proc p where p.pronamespace = 'analytics'::regnamespace
        union
        select d.refclassid, d.refobjid, d.refobjsubid
        from reads r
        left join pg_rewrite w on w.ev_class = r.object_id and r.class_id = 'pg_class'::regclass
        join pg_depend d on (d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refobjid <> w.ev_class
                or d.classid = 'pg_proc'::regclass and r.class_id = 'pg_proc'::regclass and d.objid = r.object_id)
            and d.deptype = 'n' and d.refclassid in ('pg_class'::regclass, 'pg_proc'::regclass)
    )
    select r.class_id, r.object_id, r.column_number::smallint from reads r
    where r.class_id = 'pg_class'::regclass and exists (
            select from pg_class c where c.oid = r.object_id and c.relnamespace in ('traveler'::regnamespace, 'analytics'::regnamespace))
        or r.class_id = 'pg_proc'::regclass and exists (
            select from pg_proc p where p.oid = r.object_id
                and p.pronamespace in ('traveler'::regnamespace, 'traveler_private'::regnamespace, 'analytics'::regnamespace))
$$;
comment on function traveler_private.analyst_reads is 'The relations, columns and functions that the views for analysts are made of (law 4 of the conventions).';

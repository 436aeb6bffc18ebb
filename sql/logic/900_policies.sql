-- T1: row level security, one form for every table, swapped in one place (law 2 of the conventions).

create or replace function traveler_private.keep_orgs_apart() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    r record;
    v_reference regclass;
    v_read regclass[] := array(select distinct x.object_id::regclass from traveler_private.analyst_reads() x where x.class_id = 'pg_class'::regclass);
begin
    for r in
        select c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'traveler' and c.relkind in ('r', 'p') and not c.relispartition
            and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped)
        order by 1
    loop
        execute format('alter table %s enable row level security', r.name);
        execute format('alter table %s force row level security', r.name);
        execute format('drop policy if exists own_org on %s', r.name);
        execute format('create policy own_org on %s to traveler_service, traveler_worker
            using (org_id = (select traveler.current_org())) with check (org_id = (select traveler.current_org()))', r.name);
        -- The owner's functions have verified the context when they reach a row; checking the signature again for each table of
        -- each of their statements costs more than the statements.
        execute format('drop policy if exists own_org_inside on %s', r.name);
        execute format('create policy own_org_inside on %s to traveler_owner
            using (org_id = (select traveler_private.org())) with check (org_id = (select traveler_private.org()))', r.name);
        -- Analysts by the role that their login belongs to, on what their views read and on nothing else (law 4 of the conventions).
        execute format('drop policy if exists own_org_of_analyst on %s', r.name);
        if r.name = any (v_read) then
            execute format('create policy own_org_of_analyst on %s for select to traveler_analyst
                using (org_id = (select analytics.current_org()))', r.name);
        end if;
    end loop;
    -- Reference tables are the same for everyone and written by migrations alone.
    foreach v_reference in array array['traveler.permission', 'traveler.step_transition', 'traveler.issue_transition', 'traveler.purchase_order_line_transition', 'traveler.unit']::regclass[] loop
        execute format('alter table %s enable row level security', v_reference);
        execute format('alter table %s force row level security', v_reference);
        execute format('drop policy if exists everyone on %s', v_reference);
        execute format('create policy everyone on %s using (true) with check (current_user = ''traveler_owner'')', v_reference);
    end loop;
end
$$;
comment on function traveler_private.keep_orgs_apart is 'Gives every table of an org the same policy (T1).';
select traveler_private.keep_orgs_apart();

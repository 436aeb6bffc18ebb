-- T3: what a later version lets the built-in roles do, the orgs that were there before get as well. What an org took back, it took back.

create or replace function traveler_private.complete_built_in_roles() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid;
begin
    for v_org in select s.org_id from traveler_private.org_slug s order by s.org_id loop
        perform traveler_private.set_context(v_org, null, 'system', 'migrate', null, null);
        insert into traveler.role_permission (org_id, role_id, permission)
        select v_org, r.id, b.permission
        from traveler_private.built_in_role_permissions() b
        join traveler.role r on r.org_id = v_org and r.name = b.role_name and r.built_in
        where b.permission is not null and not exists (
            select from traveler.role_permission rp where rp.org_id = v_org and rp.role_id = r.id and rp.permission = b.permission)
        order by 2, 3;
    end loop;
    perform set_config('traveler.context', '', true);
end
$$;
comment on function traveler_private.complete_built_in_roles is 'Gives the built-in roles of every org what they never held of their permissions (T3).';
select traveler_private.complete_built_in_roles();

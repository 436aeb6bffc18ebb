-- Disposition types (Q1): what an org can decide about what an issue is about, who approves it and who may resolve the issue.

-- A type is what it was made as: issues were disposed, approved and resolved by it.
create or replace trigger _100_refuse_identity_change before update of name, availability, archived_at on traveler.disposition_type
    for each row when ((old.name, old.availability) <> (new.name, new.availability) or old.archived_at is distinct from new.archived_at and old.archived_at is not null)
    execute function traveler_private.refuse_identity_change('disposition_type');
create or replace trigger _010_refuse_change before update on traveler.disposition_type_role
    for each row execute function traveler_private.refuse_change('disposition_type_role', 'Q1');
alter table traveler.disposition_type_role enable always trigger _010_refuse_change;

create or replace function traveler_private.guard_disposition_type_role() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand(exists (select from traveler.disposition_type t
        where t.org_id = new.org_id and t.id = new.disposition_type_id and t.created_at = now()), 409, 'identity_fixed', 'Q1',
        'The roles of a disposition type are given when it is made.', 'Archive the type, and make another.');
    return new;
end
$$;
comment on function traveler_private.guard_disposition_type_role is 'Trigger: a disposition type''s roles come with it (Q1).';
create or replace trigger _100_guard_disposition_type_role before insert on traveler.disposition_type_role
    for each row execute function traveler_private.guard_disposition_type_role();

create or replace function traveler_private.add_disposition_type(p_org uuid, p_name text, p_availability text, p_approvers text[], p_closers text[])
returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_id uuid := traveler.new_id();
    v_unknown text;
begin
    select string_agg(distinct x.name, ', ') into v_unknown from unnest(p_approvers || p_closers) x (name)
    where not exists (select from traveler.role r where r.org_id = p_org and r.name = x.name);
    perform traveler_private.demand(v_unknown is null, 422, 'role_unknown', 'T3', format('The org has no role %s.', v_unknown));
    insert into traveler.disposition_type (org_id, id, name, availability) values (p_org, v_id, p_name, p_availability);
    insert into traveler.disposition_type_role (org_id, disposition_type_id, role_id, duty)
    select distinct p_org, v_id, r.id, x.duty
    from (select unnest(p_approvers) as name, 'approve' as duty union all select unnest(p_closers), 'close') x
    join traveler.role r on r.org_id = p_org and r.name = x.name;
    return v_id;
end
$$;
comment on function traveler_private.add_disposition_type is 'Adds a disposition type with its approver and closure roles, given by name (Q1).';

-- What an org begins with; it archives what it does not want. One that has any has chosen.
create or replace function traveler_private.furnish_dispositions(p_org uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from traveler.disposition_type t where t.org_id = p_org) then
        perform traveler_private.add_disposition_type(p_org, x.name, x.availability, x.approvers, array['admin', 'quality'])
        from (values
            ('Use as is', 'available_immediately', array['engineer', 'quality']),
            ('Rework', 'release_on_resolve', array['engineer']),
            ('Scrap', 'permanently_unavailable', array['quality']),
            ('Return to vendor', 'permanently_unavailable', array['quality'])) x (name, availability, approvers);
    end if;
end
$$;
comment on function traveler_private.furnish_dispositions is 'Gives an org that has no disposition type the usual ones (Q1).';

create or replace function traveler.disposition_type_json(p_type uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', t.id, 'name', t.name, 'availability', t.availability,
            'approver_roles', coalesce(x.approvers, '[]'), 'closure_roles', coalesce(x.closers, '[]'),
            'archived_at', traveler.json_time(t.archived_at), 'created_at', traveler.json_time(t.created_at), 'version', t.version)
        from traveler.disposition_type t
        cross join lateral (
            select jsonb_agg(r.name order by r.name) filter (where a.duty = 'approve') as approvers,
                jsonb_agg(r.name order by r.name) filter (where a.duty = 'close') as closers
            from traveler.disposition_type_role a join traveler.role r on r.org_id = a.org_id and r.id = a.role_id
            where a.org_id = t.org_id and a.disposition_type_id = t.id) x
        where t.org_id = traveler.current_org() and t.id = p_type
    );
end
$$;
comment on function traveler.disposition_type_json is 'A disposition type with its roles as JSON; null when the org has no such type.';

-- GET /v1/disposition-types
create or replace function traveler.disposition_types_json() returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('items', coalesce(jsonb_agg(traveler.disposition_type_json(t.id) order by t.name), '[]'))
        from traveler.disposition_type t where t.org_id = traveler.current_org() and t.archived_at is null
    );
end
$$;
comment on function traveler.disposition_types_json is 'The disposition types that the org offers (Q1).';

-- POST /v1/disposition-types: {name, availability, approver_roles?, closure_roles?}
create or replace function traveler.create_disposition_type(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_id uuid;
begin
    perform traveler_private.require('org.manage');
    v_id := traveler_private.add_disposition_type(traveler.current_org(), p_request ->> 'name', p_request ->> 'availability',
        array(select jsonb_array_elements_text(p_request -> 'approver_roles')), array(select jsonb_array_elements_text(p_request -> 'closure_roles')));
    return traveler.disposition_type_json(v_id);
end
$$;
comment on function traveler.create_disposition_type is 'Adds a disposition type to those that the org offers (Q1).';

-- POST /v1/disposition-types/{id}/archive
create or replace function traveler.archive_disposition_type(p_type uuid, p_version integer) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_now traveler.disposition_type;
begin
    perform traveler_private.require('org.manage');
    select * into v_now from traveler.disposition_type t where t.org_id = traveler.current_org() and t.id = p_type for no key update;
    perform traveler_private.demand(found, 404, 'disposition_type_unknown', 'T1', 'There is no such disposition type.');
    perform traveler_private.expect_version('disposition_type', p_type, v_now.version, p_version);
    perform traveler_private.demand(v_now.archived_at is null, 409, 'disposition_type_archived', 'T4', 'The disposition type is archived already.');
    update traveler.disposition_type t set archived_at = now() where t.org_id = v_now.org_id and t.id = p_type;
    return traveler.disposition_type_json(p_type);
end
$$;
comment on function traveler.archive_disposition_type is 'Offers a disposition type no more; issues that have it keep it (T4).';

-- Orgs that were there before dispositions were. The slugs are outside the policies, and so name all orgs.
do $$
declare
    v_org uuid;
begin
    for v_org in select s.org_id from traveler_private.org_slug s order by s.org_id loop
        perform traveler_private.set_context(v_org, null, 'system', 'upgrade', null, null);
        perform traveler_private.furnish_dispositions(v_org);
    end loop;
    perform set_config('traveler.context', '', true);
end $$;

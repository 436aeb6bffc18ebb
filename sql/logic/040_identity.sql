-- Orgs, users, credentials, sign-in (T1-T4).

-- T3: the last active admin of an org can't be removed or demoted. The org row's lock orders those who try at once.
create or replace function traveler_private.guard_last_admin() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    perform from traveler.org o where o.org_id = v_org for no key update;
    perform traveler_private.demand(exists (
        select from traveler.user_account u
        join traveler.user_role ur on ur.org_id = u.org_id and ur.user_id = u.id and ur.revoked_at is null
        join traveler.role r on r.org_id = ur.org_id and r.id = ur.role_id and r.name = 'admin' and r.built_in
        where u.org_id = v_org and u.active),
        409, 'last_admin', 'T3', 'The last active admin of an org can''t be removed or demoted.',
        'Make someone else an admin first.');
    return null;
end
$$;
comment on function traveler_private.guard_last_admin is 'Trigger: an org keeps an active admin (T3).';
create or replace trigger _100_guard_last_admin after update of active on traveler.user_account
    for each row when (old.active and not new.active) execute function traveler_private.guard_last_admin();
create or replace trigger _100_guard_last_admin after update of revoked_at on traveler.user_role
    for each row when (new.revoked_at is not null) execute function traveler_private.guard_last_admin();

-- A grant ties what it ties until it is taken back, and the built-in roles stay what they are: else the last admin could be
-- moved to another role, or the role renamed, around the guard above.
create or replace trigger _100_refuse_identity_change before update of role_id on traveler.user_role
    for each row when (old.role_id <> new.role_id) execute function traveler_private.refuse_identity_change('user_role');
create or replace trigger _100_refuse_identity_change before update of role_id, permission on traveler.role_permission
    for each row when ((old.role_id, old.permission) <> (new.role_id, new.permission))
    execute function traveler_private.refuse_identity_change('role_permission');
create or replace trigger _100_refuse_identity_change before update of name, built_in on traveler.role
    for each row when (old.built_in and (old.name, old.built_in) <> (new.name, new.built_in) or not old.built_in and new.built_in)
    execute function traveler_private.refuse_identity_change('role');

create or replace function traveler.create_org(p_slug text, p_name text) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.new_id();
begin
    perform traveler_private.set_context(v_org, null, 'system', 'operator', null, null);
    insert into traveler.org (org_id, slug, name) values (v_org, p_slug, p_name);
    insert into traveler.role (org_id, name, built_in)
    select v_org, b.role_name, true from (select distinct role_name from traveler_private.built_in_role_permissions()) b order by 2;
    insert into traveler.role_permission (org_id, role_id, permission)
    select v_org, r.id, b.permission
    from traveler_private.built_in_role_permissions() b
    join traveler.role r on r.org_id = v_org and r.name = b.role_name
    where b.permission is not null order by 2, 3;
    perform traveler_private.furnish_dispositions(v_org);
    insert into traveler.org_counter (org_id, name) values (v_org, 'run');
    return v_org;
end
$$;
comment on function traveler.create_org is 'Creates an org with its built-in roles and dispositions. The operator''s act.';

-- Finds an org by its slug before any context exists; nothing but the operator's functions and the sign-in may ask.
create or replace function traveler_private.org_of_slug(p_slug text) returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid;
begin
    select s.org_id into v_org from traveler_private.org_slug s where s.slug = p_slug;
    return v_org;
end
$$;
comment on function traveler_private.org_of_slug is 'The org of a slug, or null.';

create or replace function traveler_private.mirror_org_slug() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into traveler_private.org_slug (slug, org_id) values (new.slug, new.org_id);
    return null;
end
$$;
comment on function traveler_private.mirror_org_slug is 'Trigger: keeps the slugs where the sign-in can look them up without a context.';
create or replace trigger _500_mirror_org_slug after insert on traveler.org
    for each row execute function traveler_private.mirror_org_slug();

create or replace function traveler_private.guard_org_slug() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'slug_fixed', 'T4', 'An org''s slug never changes.');
    return null;
end
$$;
comment on function traveler_private.guard_org_slug is 'Trigger: an org''s slug is fixed; addresses and sign-ins name it.';
create or replace trigger _100_guard_org_slug before update of slug on traveler.org
    for each row when (old.slug <> new.slug) execute function traveler_private.guard_org_slug();

create or replace function traveler_private.make_secret(p_org uuid, p_user uuid, p_kind text, p_name text, p_expires_at timestamptz)
returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_secret bytea := extensions.gen_random_bytes(32);
    v_id uuid := traveler.new_id();
begin
    insert into traveler.credential (org_id, id, user_id, kind, name, digest, expires_at)
    values (p_org, v_id, p_user, p_kind, p_name, sha256(v_secret), p_expires_at);
    return concat_ws('_', 'tvl', replace(p_org::text, '-', ''), replace(v_id::text, '-', ''), encode(v_secret, 'hex'));
end
$$;
comment on function traveler_private.make_secret is 'Makes a credential and returns it in clear, the only time it is (T2).';

create or replace function traveler_private.add_user(p_org uuid, p_email text, p_name text, p_role text, p_password text)
returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user uuid := traveler.new_id();
    v_role uuid := (select r.id from traveler.role r where r.org_id = p_org and r.name = p_role);
begin
    perform traveler_private.demand(v_role is not null, 422, 'role_unknown', 'T3', format('The org has no role %s.', p_role));
    perform traveler_private.demand(p_password is null or char_length(p_password) between 12 and 72 and octet_length(p_password) <= 72,
        422, 'password_length', 'T2', 'A password has 12 to 72 characters (72 bytes in UTF-8).');
    insert into traveler.user_account (org_id, id, email, name) values (p_org, v_user, lower(p_email), p_name);
    insert into traveler.user_role (org_id, user_id, role_id) values (p_org, v_user, v_role);
    if p_password is not null then
        insert into traveler_private.password (org_id, user_id, hash)
        values (p_org, v_user, extensions.crypt(p_password, extensions.gen_salt('bf', 10)));
    end if;
    return v_user;
end
$$;
comment on function traveler_private.add_user is 'Adds a user with one role and, if given, a password.';

create or replace function traveler.create_user(p_org_slug text, p_email text, p_name text, p_role text, p_password text default null)
returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org_of_slug(p_org_slug);
begin
    perform traveler_private.demand(v_org is not null, 404, 'org_unknown', 'T1', format('There is no org %s.', p_org_slug));
    perform traveler.enter_system(v_org, 'operator');
    return traveler_private.add_user(v_org, p_email, p_name, p_role, p_password);
end
$$;
comment on function traveler.create_user is 'Adds a user to an org. The operator''s act.';

create or replace function traveler.create_token(p_org_slug text, p_email text, p_name text) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org_of_slug(p_org_slug);
    v_user uuid;
begin
    perform traveler_private.demand(v_org is not null, 404, 'org_unknown', 'T1', format('There is no org %s.', p_org_slug));
    perform traveler.enter_system(v_org, 'operator');
    select u.id into v_user from traveler.user_account u where u.org_id = v_org and u.email = lower(p_email) and u.active;
    perform traveler_private.demand(v_user is not null, 404, 'user_unknown', 'T1',
        format('The org %s has no active user %s.', p_org_slug, p_email));
    return traveler_private.make_secret(v_org, v_user, 'token', p_name, null);
end
$$;
comment on function traveler.create_token is 'Makes an API token for a user and returns it in clear. The operator''s act.';

-- The page's sign-in. Answers rather than raises, so that a failure is counted; five failures close the address for a while.
create or replace function traveler.sign_in(p_org_slug text, p_email text, p_password text, p_hours integer default 12)
returns table (token text, retry_after_seconds integer)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    c_window constant interval := interval '5 minutes';
    c_limit constant integer := 5;
    v_org uuid := traveler_private.org_of_slug(p_org_slug);
    v_email text := left(lower(p_email), 254);
    v_user uuid;
    v_hash text;
    v_attempt traveler_private.sign_in_attempt;
begin
    if v_org is not null then
        select * into v_attempt from traveler_private.sign_in_attempt a
        where a.org_id = v_org and a.email = v_email and a.window_started_at > now() - c_window;
        if v_attempt.failures >= c_limit then
            return query select null::text, ceil(extract(epoch from v_attempt.window_started_at + c_window - now()))::integer;
            return;
        end if;
        perform traveler_private.set_context(v_org, null, 'service', 'sign-in', null, null);
        select u.id, p.hash into v_user, v_hash
        from traveler.user_account u join traveler_private.password p on p.org_id = u.org_id and p.user_id = u.id
        where u.org_id = v_org and u.email = v_email and u.active;
    end if;
    -- An unknown address costs a hash as well, so that time tells nothing.
    if extensions.crypt(left(p_password, 72), coalesce(v_hash, '$2a$10$CwTycUXWue0Thq9StjUM0u')) = v_hash then
        delete from traveler_private.sign_in_attempt a where a.org_id = v_org and a.email = v_email;
        perform traveler_private.set_context(v_org, v_user, 'service', null, null, null);
        return query select traveler_private.make_secret(v_org, v_user, 'session', 'page', now() + make_interval(hours => p_hours)), null::integer;
        return;
    end if;
    -- Who gave no password enters nothing: the look-up's own context ends here.
    perform set_config('traveler.context', '', true);
    if v_org is not null then
        insert into traveler_private.sign_in_attempt as a (org_id, email, failures, window_started_at)
        values (v_org, v_email, 1, now())
        on conflict (org_id, email) do update set
            failures = case when a.window_started_at > now() - c_window then a.failures + 1 else 1 end,
            window_started_at = case when a.window_started_at > now() - c_window then a.window_started_at else now() end;
    end if;
    return query select null::text, null::integer;
end
$$;
comment on function traveler.sign_in is 'Checks a password and answers a session token for the page; null when it is wrong, with retry_after_seconds when the address is closed after too many failures.';

create or replace function traveler.sign_out() returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update traveler.credential c set revoked_at = now()
    where c.org_id = traveler.current_org() and c.user_id = traveler.current_user_id()
        and c.kind = 'session' and c.revoked_at is null;
end
$$;
comment on function traveler.sign_out is 'Ends every session of the page that the acting user has.';

-- What the page and clients show of the caller.
create or replace function traveler.me() returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object(
            'user_id', u.id, 'email', u.email, 'name', u.name,
            'org', jsonb_build_object('org_id', o.org_id, 'slug', o.slug, 'name', o.name),
            'roles', (select coalesce(jsonb_agg(r.name order by r.name), '[]')
                from traveler.user_role ur join traveler.role r on r.org_id = ur.org_id and r.id = ur.role_id
                where ur.org_id = u.org_id and ur.user_id = u.id and ur.revoked_at is null),
            'permissions', (select coalesce(jsonb_agg(p.name order by p.name), '[]')
                from traveler.permission p where traveler.has_permission(p.name)))
        from traveler.user_account u join traveler.org o on o.org_id = u.org_id
        where u.org_id = traveler.current_org() and u.id = traveler.current_user_id()
    );
end
$$;
comment on function traveler.me is 'The acting user, their org, roles and permissions.';

-- POST /v1/users: {email, name, role, password?}
create or replace function traveler.add_user(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user uuid;
begin
    perform traveler_private.require('org.manage');
    v_user := traveler_private.add_user(traveler.current_org(), p_request ->> 'email', p_request ->> 'name',
        p_request ->> 'role', p_request ->> 'password');
    return traveler.user_json(v_user);
end
$$;
comment on function traveler.add_user(jsonb) is 'Adds a user to the caller''s org.';

create or replace function traveler.user_json(p_user uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', u.id, 'email', u.email, 'name', u.name, 'active', u.active, 'version', u.version,
            'created_at', traveler.json_time(u.created_at),
            'roles', (select coalesce(jsonb_agg(r.name order by r.name), '[]')
                from traveler.user_role ur join traveler.role r on r.org_id = ur.org_id and r.id = ur.role_id
                where ur.org_id = u.org_id and ur.user_id = u.id and ur.revoked_at is null))
        from traveler.user_account u
        where u.org_id = traveler.current_org() and u.id = p_user
    );
end
$$;
comment on function traveler.user_json is 'A user as JSON; null when the org has no such user.';

-- PATCH /v1/users/{id}: {name?, active?, roles?}
create or replace function traveler.change_user(p_user uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.user_account;
    v_unknown text;
begin
    perform traveler_private.require('org.manage');
    perform from traveler.org o where o.org_id = v_org for no key update;
    select * into v_now from traveler.user_account u where u.org_id = v_org and u.id = p_user for no key update;
    perform traveler_private.demand(found, 404, 'user_unknown', 'T1', 'There is no such user.');
    perform traveler_private.expect_version('user_account', p_user, v_now.version, p_version);
    update traveler.user_account u set
        name = coalesce(p_request ->> 'name', u.name), active = coalesce((p_request ->> 'active')::boolean, u.active)
    where u.org_id = v_org and u.id = p_user;
    if p_request ? 'roles' then
        select string_agg(x.name, ', ') into v_unknown
        from jsonb_array_elements_text(p_request -> 'roles') x (name)
        where not exists (select from traveler.role r where r.org_id = v_org and r.name = x.name);
        perform traveler_private.demand(v_unknown is null, 422, 'role_unknown', 'T3', format('The org has no role %s.', v_unknown));
        insert into traveler.user_role (org_id, user_id, role_id)
        select v_org, p_user, r.id from traveler.role r
        where r.org_id = v_org and p_request -> 'roles' ? r.name
        on conflict (org_id, user_id, role_id) where revoked_at is null do nothing;
        update traveler.user_role ur set revoked_at = now()
        from traveler.role r
        where ur.org_id = v_org and ur.user_id = p_user and ur.revoked_at is null
            and r.org_id = ur.org_id and r.id = ur.role_id and not p_request -> 'roles' ? r.name;
    end if;
    return traveler.user_json(p_user);
end
$$;
comment on function traveler.change_user is 'Changes a user''s name, activity or roles; the last active admin stays one (T3).';

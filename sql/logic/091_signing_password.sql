-- The password given again with a signature, where the org asks for it (T2).

-- Whoever has just proven a password may sign for a minute. The proof is bound to the org and the user, and made with a key that
-- nobody but the owner's functions read.
create or replace function traveler_private.signing_proof(p_org uuid, p_user uuid, p_until bigint) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select p_until || '|' || encode(extensions.hmac(convert_to(concat_ws('|', 'signing', p_org, p_user, p_until), 'UTF8'), s.secret, 'sha256'), 'hex')
        from traveler_private.context_secret s);
end
$$;
comment on function traveler_private.signing_proof is 'The proof that a user has given their password, good until a moment in seconds since 1970 (T2).';

create or replace function traveler_private.require_password() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    c text[] := traveler_private.context();
    v_proof text := current_setting('traveler.signing', true);
begin
    if v_proof ~ '^[0-9]{1,12}\|[0-9a-f]{64}$' and c[2] <> '' and split_part(v_proof, '|', 1)::bigint >= extract(epoch from now())
        and v_proof = traveler_private.signing_proof(c[1]::uuid, c[2]::uuid, split_part(v_proof, '|', 1)::bigint) then
        return;
    end if;
    perform traveler_private.refuse(403, 'signature_password_missing', 'T2', 'Your org asks for your password when you sign.', 'Give your password with it.');
end
$$;
comment on function traveler_private.require_password is 'Refuses unless the acting user has just proven their password (T2).';

-- Asked in a transaction of its own, before the one that signs: a wrong password is no error, so that it is kept and counted. One
-- guess at a time: the user's row orders them.
create or replace function traveler.confirm_password(p_password text) returns table (proof text, retry_after_seconds integer)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    c_window constant interval := interval '5 minutes';
    c_limit constant integer := 5;
    v_org uuid := traveler.current_org();
    v_user uuid := traveler.current_user_id();
    v_failures integer;
    v_first timestamptz;
    v_hash text;
begin
    perform from traveler.user_account u where u.org_id = v_org and u.id = v_user for no key update;
    perform traveler_private.demand(found, 403, 'signature_person', 'T2', 'A person signs, not a job.');
    select count(*), min(x.created_at) into v_failures, v_first from (
        select f.created_at from traveler.signature_failure f
        where f.org_id = v_org and f.user_id = v_user and f.created_at > clock_timestamp() - c_window
        order by f.created_at desc limit c_limit) x;
    if v_failures >= c_limit then
        return query select null::text, greatest(1, ceil(extract(epoch from v_first + c_window - clock_timestamp())))::integer;
        return;
    end if;
    select p.hash into v_hash from traveler_private.password p where p.org_id = v_org and p.user_id = v_user;
    if extensions.crypt(left(p_password, 72), coalesce(v_hash, '$2a$10$CwTycUXWue0Thq9StjUM0u')) = v_hash then
        return query select traveler_private.signing_proof(v_org, v_user, extract(epoch from clock_timestamp())::bigint + 60), null::integer;
        return;
    end if;
    insert into traveler.signature_failure (org_id, user_id, created_at) values (v_org, v_user, clock_timestamp());
    return query select null::text, null::integer;
end
$$;
comment on function traveler.confirm_password is 'Answers the proof that traveler.signing must hold while its user signs within a minute; null when the password is wrong, with retry_after_seconds after too many wrong ones.';

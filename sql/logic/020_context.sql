-- Who acts (T1, T2). enter() checks a credential and signs the transaction's context; everything else only reads it.
--
-- The context is a transaction-local setting, so anyone may write it; nobody but the owner's functions can sign it. The
-- signature covers the backend and the transaction's start, so that a context overheard elsewhere or earlier is worth nothing.

create or replace function traveler_private.sign_context(p_payload text) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select encode(extensions.hmac(
            convert_to(p_payload || '|' || pg_backend_pid() || '|' || extract(epoch from now()), 'UTF8'),
            s.secret, 'sha256'), 'hex')
        from traveler_private.context_secret s
    );
end
$$;
comment on function traveler_private.sign_context is 'HMAC-SHA-256 of a context payload, bound to this backend and this transaction (T2).';

-- Fields of the payload: org, user, via, job, request id, reason; the last two in hex, since they are free text.
--
-- Acts lock first and read the facts in a later statement (law 11), which is worth nothing under a snapshot that was taken
-- before the lock: whoever enters to write does so in READ COMMITTED.
create or replace function traveler_private.set_context(
    p_org uuid, p_user uuid, p_via text, p_job text, p_request_id text, p_reason text
) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_payload text := concat_ws('|', p_org, coalesce(p_user::text, ''), p_via, coalesce(p_job, ''),
        encode(convert_to(coalesce(p_request_id, ''), 'UTF8'), 'hex'),
        encode(convert_to(coalesce(p_reason, ''), 'UTF8'), 'hex'));
begin
    if current_setting('transaction_isolation') <> 'read committed' and current_setting('transaction_read_only') = 'off' then
        perform traveler_private.refuse(409, 'isolation_level', 'T2', 'A transaction that may write runs at READ COMMITTED.',
            'Begin it at READ COMMITTED, or READ ONLY.');
    end if;
    perform set_config('traveler.context', v_payload || '|' || traveler_private.sign_context(v_payload), true);
end
$$;
comment on function traveler_private.set_context is 'Signs and sets the transaction''s context. No grants: only the owner''s functions call it.';

create or replace function traveler_private.context() returns text[]
language plpgsql stable security definer parallel restricted
set search_path = pg_catalog, pg_temp
as $$
declare
    v_setting text := current_setting('traveler.context', true);
    v_payload text := left(v_setting, -65);
begin
    if length(v_setting) > 65 and v_setting = v_payload || '|' || traveler_private.sign_context(v_payload) then
        return string_to_array(v_payload, '|');
    end if;
    perform traveler_private.refuse(401, 'no_context', 'T2', 'This transaction has not entered an org.',
        'Call traveler.enter with a valid credential first in the transaction.');
end
$$;
comment on function traveler_private.context is 'The transaction''s context if its signature is right; refuses otherwise (T2).';

-- What the context says, unverified, for the owner's own code: every function that the service may call verifies the context
-- before it reads a row, and nothing but the owner's functions can change it from then on. Inlined: no call at all. An error where
-- there is no context, never an empty answer.
create or replace function traveler_private.org() returns uuid
language sql stable parallel restricted
as $$ select split_part(current_setting('traveler.context'), '|', 1)::uuid $$;
comment on function traveler_private.org is 'The org of a context that was verified before, for triggers and for the owner''s policies (law 3 of the conventions).';

create or replace function traveler.current_org() returns uuid
language plpgsql stable security definer parallel restricted
set search_path = pg_catalog, pg_temp
as $$
begin
    return ((traveler_private.context())[1])::uuid;
end
$$;
comment on function traveler.current_org is 'The org that this transaction acts in; refuses when there is none (T1, T2). What every policy reads.';

create or replace function traveler.current_user_id() returns uuid
language plpgsql stable security definer parallel restricted
set search_path = pg_catalog, pg_temp
as $$
begin
    return nullif((traveler_private.context())[2], '')::uuid;
end
$$;
comment on function traveler.current_user_id is 'The user who acts; null for the system''s own work.';

create or replace function traveler_private.actor() returns text
language plpgsql stable security definer parallel restricted
set search_path = pg_catalog, pg_temp
as $$
declare
    c text[] := traveler_private.context();
begin
    return case when c[2] <> '' then 'user:' || c[2] else 'system:' || c[4] end;
end
$$;
comment on function traveler_private.actor is 'Who acts, as the record keeps it: user:<id> or system:<job>.';

-- The same without verifying the signature again, for a trigger on every row of a statement whose history verifies it. Inlined.
create or replace function traveler_private.unverified_actor() returns text
language sql stable parallel restricted
as $$
    select case when split_part(current_setting('traveler.context'), '|', 2) <> '' then 'user:' || split_part(current_setting('traveler.context'), '|', 2)
        else 'system:' || split_part(current_setting('traveler.context'), '|', 4) end
$$;
comment on function traveler_private.unverified_actor is 'Who acts, for a row of a table under the history, which verifies the context of each statement (Y1).';

-- The reason of an act, for the history entries that follow in this transaction (S10, Y1).
create or replace function traveler_private.give_reason(p_reason text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    c text[] := traveler_private.context();
begin
    perform traveler_private.set_context(c[1]::uuid, nullif(c[2], '')::uuid, c[3], nullif(c[4], ''),
        convert_from(decode(c[5], 'hex'), 'UTF8'), p_reason);
end
$$;
comment on function traveler_private.give_reason is 'Adds the act''s reason to the context, so that its history entries carry it.';

-- The service's door: first statement of every transaction (T2). A token is tvl_<org>_<credential>_<secret>, each in hex.
create or replace function traveler.enter(
    p_credential text, p_request_id text default null, p_timeout_ms integer default null
) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_parts text[] := string_to_array(p_credential, '_');
    v_org uuid;
    v_credential uuid;
    v_secret bytea;
    v_user uuid;
    v_digest bytea;
begin
    if p_credential ~ '^tvl_[0-9a-f]{32}_[0-9a-f]{32}_[0-9a-f]{64}$' then
        v_org := v_parts[2]::uuid;
        v_credential := v_parts[3]::uuid;
        v_secret := decode(v_parts[4], 'hex');
        -- For the policies of the look-up below; signed once the secret is proven.
        perform set_config('traveler.context', v_org || '|', true);
        select c.user_id, c.digest into v_user, v_digest
        from traveler.credential c
        join traveler.user_account u on u.org_id = c.org_id and u.id = c.user_id and u.active
        where c.org_id = v_org and c.id = v_credential and c.revoked_at is null
            and (c.expires_at is null or c.expires_at > now());
    end if;
    if v_digest is null or v_digest <> sha256(v_secret) then
        perform set_config('traveler.context', '', true);
        perform traveler_private.refuse(401, 'credential_invalid', 'T2',
            'The credential is missing, unknown, expired or revoked.', 'Sign in again, or use a live API token.');
    end if;
    perform traveler_private.set_context(v_org, v_user, 'service', null, p_request_id, null);
    if p_timeout_ms is not null then
        perform set_config('statement_timeout', p_timeout_ms::text, true);
    end if;
end
$$;
comment on function traveler.enter is 'Enters the org of a credential for this transaction: the context of everything that follows (T2). p_timeout_ms bounds each later statement.';

-- The door of work that no person asked for: the operator's commands and background jobs.
create or replace function traveler.enter_system(p_org uuid, p_job text) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if p_job is null or p_job !~ '^[a-z][a-z0-9_-]{0,62}$' then
        perform traveler_private.refuse(422, 'job_invalid', 'T2', 'A job is named by lower-case letters, digits, - and _.');
    end if;
    perform traveler_private.set_context(p_org, null, 'system', p_job, null, null);
    if not exists (select from traveler.org o where o.org_id = p_org) then
        perform traveler_private.refuse(404, 'org_unknown', 'T1', 'There is no such org.');
    end if;
end
$$;
comment on function traveler.enter_system is 'Enters an org as system:<job>. Granted to the worker and the operator only.';

-- T3. What the acting user may do. The system's own work is not asked; a caller without a user who came by another door, half way
-- through it, may do nothing.
create or replace function traveler.has_permission(p_permission text) returns boolean
language plpgsql stable security definer parallel restricted
set search_path = pg_catalog, pg_temp
as $$
declare
    c text[] := traveler_private.context();
begin
    return c[3] = 'system' or exists (
        select from traveler.user_role ur
        join traveler.role_permission rp on rp.org_id = ur.org_id and rp.role_id = ur.role_id
            and rp.permission = p_permission and rp.revoked_at is null
        where ur.org_id = c[1]::uuid and ur.user_id = nullif(c[2], '')::uuid and ur.revoked_at is null);
end
$$;
comment on function traveler.has_permission is 'Whether the acting user holds a permission through one of their roles (T3).';

create or replace function traveler_private.require(p_permission text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if not traveler.has_permission(p_permission) then
        perform traveler_private.refuse(403, 'permission_missing', 'T3',
            format('This needs the permission %s.', p_permission),
            'Ask an admin of your org for a role that holds it.', jsonb_build_object('permission', p_permission));
    end if;
end
$$;
comment on function traveler_private.require is 'Refuses, naming the permission, unless the acting user holds it (T3).';

-- A stale write is told apart from a fresh one (If-Match); null asks for no check.
create or replace function traveler_private.expect_version(p_table text, p_id uuid, p_actual integer, p_expected integer)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if p_expected is not null and p_expected <> p_actual then
        perform traveler_private.refuse(412, 'stale', null,
            format('The record is at version %s, not %s.', p_actual, p_expected),
            'Read it again, look at what changed, and repeat the change on top of it.',
            jsonb_build_object('version', p_actual, 'changes', coalesce((
                select jsonb_agg(x.entry order by x.seq desc) from (
                    select h.seq, jsonb_build_object('at', traveler.json_time(h.at), 'actor', h.actor, 'operation', h.operation,
                        'changed', (select coalesce(jsonb_agg(a.key order by a.key), '[]')
                                    from jsonb_each(h.payload::jsonb -> 'after') a
                                    where a.key <> 'version' and a.value is distinct from h.payload::jsonb -> 'before' -> a.key)) as entry
                    from traveler.transaction_history h
                    where h.org_id = traveler_private.org() and h.row_id = p_id and h.table_name = p_table
                        and (h.payload::jsonb -> 'after' ->> 'version')::integer > p_expected
                    order by h.seq desc limit 20) x), '[]')));
    end if;
end
$$;
comment on function traveler_private.expect_version is 'Refuses a stale version with who changed what since (412).';

-- Safe retries: a POST with an Idempotency-Key is done once; asked again, it answers the same bytes.

create or replace function traveler.claim_key(p_key text, p_request_digest bytea) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand(p_key ~ '^[\x21-\x7e]{1,255}$', 422, 'idempotency_key_invalid', null,
        'An Idempotency-Key is 1 to 255 visible ASCII characters.');
    insert into traveler.idempotency_key (org_id, user_id, key, request_digest)
    values (traveler.current_org(), traveler.current_user_id(), p_key, p_request_digest);
end
$$;
comment on function traveler.claim_key is 'Claims a key for this transaction''s work. A key taken before raises unique_violation on idempotency_key_pkey: replay it.';

create or replace function traveler.answer(p_key text, p_status integer, p_body jsonb) returns table (body text, version integer)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_body text := p_body::text;
begin
    if p_key is not null then
        update traveler.idempotency_key k set status = p_status, body = v_body
        where k.org_id = traveler.current_org() and k.user_id = traveler.current_user_id() and k.key = p_key and k.status is null;
        if not found then
            raise exception 'idempotency key % was not claimed, or is answered', p_key;
        end if;
    end if;
    return query select v_body, (p_body ->> 'version')::integer;
end
$$;
comment on function traveler.answer is 'The answer of an act as text, kept under the claimed key when there is one.';

create or replace function traveler.replay(p_key text, p_request_digest bytea) returns table (status integer, body text, version integer)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_kept traveler.idempotency_key;
begin
    select * into v_kept from traveler.idempotency_key k
    where k.org_id = traveler.current_org() and k.user_id = traveler.current_user_id() and k.key = p_key;
    perform traveler_private.demand(found and v_kept.status is not null, 409, 'idempotency_key_unknown', null, 'The key has no kept answer.');
    perform traveler_private.demand(v_kept.request_digest = p_request_digest, 422, 'idempotency_key_reused', null,
        'This Idempotency-Key was used for another request.', 'Use a new key for a new request.');
    return query select v_kept.status, v_kept.body, (v_kept.body::jsonb ->> 'version')::integer;
end
$$;
comment on function traveler.replay is 'The kept answer of a key; refuses when it was used for another request.';

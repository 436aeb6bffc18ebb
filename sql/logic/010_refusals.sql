-- How Postgres says no: one function, one SQLSTATE class, so that a client can tell every refusal apart (T3, and every rule).

-- SQLSTATE 'TV' followed by the HTTP status that the refusal amounts to. The detail is JSON: code, rule, and what helps.
create or replace function traveler_private.refuse(
    p_status integer, p_code text, p_rule text, p_message text, p_clear text default null, p_detail jsonb default '{}'
) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception using
        errcode = 'TV' || p_status,
        message = p_message,
        hint = coalesce(p_clear, ''),
        detail = (jsonb_build_object('code', p_code, 'rule', p_rule) || p_detail)::text;
end
$$;
comment on function traveler_private.refuse is 'Raises a refusal: status, stable code, rule, sentence, what would clear it, details.';

-- A refusal inside an expression: refuses unless the condition holds. Keeps the acts readable.
create or replace function traveler_private.demand(
    p_condition boolean, p_status integer, p_code text, p_rule text, p_message text, p_clear text default null,
    p_detail jsonb default '{}'
) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if p_condition is not true then
        perform traveler_private.refuse(p_status, p_code, p_rule, p_message, p_clear, p_detail);
    end if;
end
$$;
comment on function traveler_private.demand is 'Refuses unless the condition is true.';

-- T4: what was part of a record is archived, withdrawn, superseded or reversed, never deleted.
create or replace function traveler_private.refuse_delete() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'record_kept', 'T4',
        format('Nothing is deleted from %s.', tg_argv[0]),
        'Archive, revoke or reverse the record instead.', jsonb_build_object('table', tg_argv[0]));
    return null;
end
$$;
comment on function traveler_private.refuse_delete is 'Trigger: refuses DELETE and TRUNCATE (T4).';

-- Y2, C5: append-only tables refuse changes as well.
create or replace function traveler_private.refuse_change() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'append_only', tg_argv[1],
        format('%s is append only: %s is refused.', tg_argv[0], lower(tg_op)),
        'Record a new entry that corrects the old one.', jsonb_build_object('table', tg_argv[0]));
    return null;
end
$$;
comment on function traveler_private.refuse_change is 'Trigger: refuses UPDATE, DELETE and TRUNCATE of an append-only table (Y2).';

-- Derived columns have one writer: a trigger. A statement of its own that sets one is refused, whoever sends it (R2, I2).
create or replace function traveler_private.refuse_derived() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'derived', tg_argv[1],
        format('%s of %s is derived and cannot be set.', tg_argv[2], tg_argv[0]),
        'Change what it is derived from.', jsonb_build_object('table', tg_argv[0]));
    return null;
end
$$;
comment on function traveler_private.refuse_derived is 'Trigger: refuses to set a derived column from outside a trigger (R2, I2).';

-- The history pairs a record before and after a change by its id, in the chain of its root: both stay (Y1), as does what a
-- record only ties together.
create or replace function traveler_private.refuse_identity_change() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'identity_fixed', 'Y1', format('What identifies a record of %s never changes.', tg_argv[0]),
        'Make a new record.', jsonb_build_object('table', tg_argv[0]));
    return null;
end
$$;
comment on function traveler_private.refuse_identity_change is 'Trigger: refuses to change what identifies a record (Y1).';

-- A version counts the changes of a record, so that a stale write can be told (If-Match).
create or replace function traveler_private.count_version() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    new.version := old.version + 1;
    return new;
end
$$;
comment on function traveler_private.count_version is 'Trigger: counts the version of a changed record.';

-- Y2: the seals of the history, made by the background job. A chain shows every change but one: its tail cut off together with its
-- head. A seal holds where each chain stood, and a chain that ends before that was cut.
--
-- What a seal begins from is how far each chain was sealed before, never a time or a transaction's number: those of a transaction
-- that commits late lie behind what was sealed already, and after a restore into another cluster they start over. A chain's
-- writers wait for each other at its head, so that the entry that a head names is visible with all those before it.

-- The bytes before a seal's lines. The same words make and verify them.
create or replace function traveler_private.seal_header(
    p_org uuid, p_number bigint, p_sealed_at timestamptz, p_entries bigint, p_roots integer, p_complete boolean, p_previous bytea
) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return format(E'traveler history seal 1\norg %s\nnumber %s\nsealed_at %s\nentries %s\nroots %s\ncomplete %s\nprevious %s\n', p_org, p_number,
        traveler.json_time(p_sealed_at), p_entries, p_roots, case when p_complete then 'true' else 'false' end, encode(p_previous, 'hex'));
end
$$;
comment on function traveler_private.seal_header is 'The head of a seal''s payload: format, version, columns, the digest of the seal before it.';

create or replace function traveler_private.seal_genesis(p_org uuid) returns bytea
language sql stable parallel safe
as $$ select sha256(convert_to('traveler:seal:1:' || p_org, 'UTF8')) $$;
comment on function traveler_private.seal_genesis is 'Where an org''s chain of seals starts.';

-- By place in the line, since a regular expression costs a hundred times as much. What is no line is left out, and a payload that
-- can't be read has none: that it was changed is found by its digest.
create or replace function traveler_private.seal_lines(p_payload text) returns table (root_id uuid, seq bigint, digest bytea)
language plpgsql immutable rows 10000
set search_path = pg_catalog, pg_temp
as $$
begin
    return query select left(l, 36)::uuid, substr(l, 38, length(l) - 102)::bigint, decode(right(l, 64), 'hex')
    from string_to_table(p_payload, E'\n') l
    where length(l) between 103 and 120 and substr(l, 37, 1) = ' ' and substr(l, length(l) - 64, 1) = ' ' and not starts_with(l, 'detached ');
exception when data_exception then
    return;
end
$$;
comment on function traveler_private.seal_lines is 'Where a seal says that each chain stood.';

create or replace function traveler_private.detachment_line(p_month date, p_entries bigint, p_digest bytea, p_anchor_digest bytea) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return format('detached %s %s %s %s', to_char(p_month, 'YYYY-MM'), p_entries, encode(p_digest, 'hex'), encode(p_anchor_digest, 'hex'));
end
$$;
comment on function traveler_private.detachment_line is 'The line by which a seal tells of a detached month.';

create or replace function traveler.seal_history(p_limit integer default 10000) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_at timestamptz;
    v_head traveler_private.history_seal_head;
    v_entries bigint;
    v_roots uuid[];
    v_seqs bigint[];
    v_digests bytea[];
    v_lines text;
    v_complete boolean;
    v_detached text;
    v_detachments integer;
    v_payload text;
begin
    perform traveler_private.demand((traveler_private.context())[3] = 'system', 403, 'system_only', 'Y2', 'Seals are the background job''s to make.');
    perform traveler_private.demand(p_limit between 1 and 100000, 422, 'limit_invalid', 'Y2', 'A seal holds from 1 to 100000 chains.');
    -- An org in which nothing happened costs a look and no write.
    if not exists (
            select from traveler_private.history_head h
            left join traveler_private.history_sealed s on s.org_id = h.org_id and s.root_id = h.root_id
            where h.org_id = v_org and h.seq > coalesce(s.seq, 0))
        and not exists (
            select from traveler_private.history_detachment d
            where d.org_id = v_org and d.number > coalesce((select x.detachments from traveler_private.history_seal_head x where x.org_id = v_org), 0))
    then
        return null;
    end if;
    -- Only where there is no head yet: an insert would wait for whoever holds the head, instead of going by.
    if not exists (select from traveler_private.history_seal_head h where h.org_id = v_org) then
        insert into traveler_private.history_seal_head (org_id, number, digest) values (v_org, 0, traveler_private.seal_genesis(v_org))
        on conflict (org_id) do nothing;
    end if;
    select h.* into v_head from traveler_private.history_seal_head h where h.org_id = v_org for no key update skip locked;
    if not found then
        return null;
    end if;
    -- Before the snapshot of the next statement: what was committed by now, that one sees.
    v_at := clock_timestamp();
    with due as (
        select h.root_id, h.seq, h.digest, h.seq - coalesce(s.seq, 0) as entries, row_number() over (order by h.root_id) as place
        from traveler_private.history_head h
        left join traveler_private.history_sealed s on s.org_id = h.org_id and s.root_id = h.root_id
        where h.org_id = v_org and h.seq > coalesce(s.seq, 0)
        order by h.root_id limit p_limit + 1
    )
    select coalesce(sum(d.entries), 0), array_agg(d.root_id order by d.root_id), array_agg(d.seq order by d.root_id), array_agg(d.digest order by d.root_id),
        coalesce(string_agg(format(E'%s %s %s\n', d.root_id, d.seq, encode(d.digest, 'hex')), '' order by d.root_id), ''),
        not exists (select from due x where x.place > p_limit)
    into v_entries, v_roots, v_seqs, v_digests, v_lines, v_complete
    from due d where d.place <= p_limit;
    select coalesce(string_agg(traveler_private.detachment_line(d.month, d.entries, d.digest, d.anchor_digest) || E'\n', '' order by d.number), ''), count(*)
    into v_detached, v_detachments
    from traveler_private.history_detachment d where d.org_id = v_org and d.number > v_head.detachments;
    if v_roots is null and v_detachments = 0 then
        -- Another has sealed it between the look and the lock.
        return null;
    end if;

    v_payload := traveler_private.seal_header(v_org, v_head.number + 1, v_at, v_entries, coalesce(cardinality(v_roots), 0), v_complete, v_head.digest)
        || v_detached || v_lines;
    insert into traveler.history_seal (org_id, number, sealed_at, entries, roots, complete, payload, digest)
    values (v_org, v_head.number + 1, v_at, v_entries, coalesce(cardinality(v_roots), 0), v_complete, v_payload, sha256(convert_to(v_payload, 'UTF8')));
    insert into traveler_private.history_sealed (org_id, root_id, seq, digest)
    select v_org, u.root_id, u.seq, u.digest from unnest(v_roots, v_seqs, v_digests) u (root_id, seq, digest)
    on conflict (org_id, root_id) do update set seq = excluded.seq, digest = excluded.digest;
    update traveler_private.history_seal_head h
    set number = h.number + 1, digest = sha256(convert_to(v_payload, 'UTF8')), detachments = h.detachments + v_detachments,
        complete_at = case when v_complete then v_at else h.complete_at end
    where h.org_id = v_org;
    if not found then
        raise exception 'sealing the history of %: the head of the seals was not found', v_org;
    end if;
    return jsonb_build_object('number', v_head.number + 1, 'entries', v_entries, 'roots', coalesce(cardinality(v_roots), 0), 'complete', v_complete,
        'lag_ms', (extract(epoch from v_at - v_head.complete_at) * 1000)::bigint);
end
$$;
comment on function traveler.seal_history is 'Seals what was added to the org''s history since the last seal, at most p_limit chains of it (Y2). Null when there is nothing to seal or another is sealing; lag_ms is the time since the last complete seal. Granted to the worker only.';

-- The worker's work is in every org; it enters each of them for it.
create or replace function traveler.work_orgs() returns setof uuid
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return query select o.org_id from traveler_private.org_slug o order by o.org_id;
end
$$;
comment on function traveler.work_orgs is 'The ids of all orgs, for the background jobs. Granted to the worker only.';

-- Append only in layers, as the history is: no grants, no change, no TRUNCATE, whatever the session says.
create or replace function traveler_private.keep_append_only(p_table regclass, p_name text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    execute format('create or replace trigger _010_refuse_change before update or delete on %s
        for each statement execute function traveler_private.refuse_change(%L, ''Y2'')', p_table, p_name);
    execute format('create or replace trigger _010_refuse_truncate before truncate on %s
        for each statement execute function traveler_private.refuse_change(%L, ''Y2'')', p_table, p_name);
    execute format('alter table %s enable always trigger _010_refuse_change', p_table);
    execute format('alter table %s enable always trigger _010_refuse_truncate', p_table);
end
$$;
comment on function traveler_private.keep_append_only is 'Has a table refuse UPDATE, DELETE and TRUNCATE, whoever asks (Y2).';
select traveler_private.keep_append_only(t.name, t.name::text) from unnest(array[
    'traveler.history_seal', 'traveler_private.history_anchor', 'traveler_private.history_detachment']::regclass[]) t (name);

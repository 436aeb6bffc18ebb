-- Y2: detaching an old month of the history. The chains go on from anchors, the month's table moves to traveler_archive, still
-- protected, and is verified by itself for as long as it is there.

-- Walks every chain of the history, or of one detached month, link by link, and compares each entry's columns with the payload
-- that was hashed. A chain begins at its root's identity, or where a detached month left it.
create or replace function traveler_private.chain_violations(p_relation regclass, p_month date default null)
returns table (org_id uuid, root_table text, root_id uuid, seq bigint, what text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return query execute format($q$
        with base as (
            select distinct on (a.org_id, a.root_id) a.org_id, a.root_id, case when $1 is null then a.seq else a.first_seq - 1 end as seq,
                case when $1 is null then a.digest else a.previous_digest end as digest
            from traveler_private.history_anchor a where $1 is null or a.month = $1
            order by a.org_id, a.root_id, a.seq desc
        ), link as (
            select h.org_id, h.root_id, h.root_table, h.seq, h.at, h.table_name, h.row_id, h.operation, h.actor, h.via, h.db_role, h.request_id, h.reason,
                h.transaction_id, h.payload, h.digest,
                coalesce(lag(h.digest) over w, b.digest, traveler_private.chain_genesis(h.org_id, h.root_id)) as previous_digest,
                coalesce(lag(h.seq) over w, b.seq, 0) as previous_seq
            from %s h
            left join base b on b.org_id = h.org_id and b.root_id = h.root_id
            window w as (partition by h.org_id, h.root_id order by h.seq)
        )
        select l.org_id, l.root_table, l.root_id, l.seq, case
                when l.seq <> l.previous_seq + 1 then format('entries %%s to %%s are missing', l.previous_seq + 1, l.seq - 1)
                when l.digest <> traveler_private.chain_step(null, l.previous_digest, l.payload)
                    then 'the digest does not match the entry and the one before it'
                else 'a column differs from the payload' end
        from link l
        -- Parsed once an entry, not once for each column that is compared.
        cross join lateral (select traveler_private.entry_of(l.payload) as p offset 0) x
        where l.seq <> l.previous_seq + 1
            or l.digest <> traveler_private.chain_step(null, l.previous_digest, l.payload)
            or (l.table_name, l.operation, l.actor, l.via, l.db_role, l.request_id, l.reason, traveler.json_time(l.at), l.transaction_id::text, l.root_id::text,
                    l.row_id::text)
                is distinct from (p ->> 'table', p ->> 'operation', p ->> 'actor', p ->> 'via', p ->> 'role', p ->> 'request_id', p ->> 'reason', p ->> 'at',
                    p ->> 'transaction', p ->> 'root', coalesce(coalesce(p -> 'after', p -> 'before') ->> 'id', coalesce(p -> 'after', p -> 'before') ->> 'org_id'))
    $q$, p_relation) using p_month;
end
$$;
comment on function traveler_private.chain_violations is 'Every broken link in a table of history entries: the history itself, or the month that p_month names, detached (Y2).';

-- What a detachment records of each org's entries, recomputed.
create or replace function traveler_private.archive_digests(p_relation regclass, p_month date)
returns table (org_id uuid, entries bigint, roots bigint, digest bytea)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return query execute format($q$
        select h.org_id, count(*), count(distinct h.root_id),
            traveler_private.chain(sha256(convert_to('traveler:archive:1:' || h.org_id || ':' || $1, 'UTF8')),
                format(E'%%s %%s %%s\n', h.root_id, h.seq, encode(h.digest, 'hex')) order by h.root_id, h.seq)
        from %s h group by h.org_id
    $q$, p_relation) using p_month;
end
$$;
comment on function traveler_private.archive_digests is 'How many entries of each org a month''s table holds, and the running digest over them.';

create or replace function traveler_private.anchor_digest(p_org uuid, p_month date) returns bytea
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select traveler_private.chain(sha256(convert_to('traveler:anchors:1:' || p_org || ':' || p_month, 'UTF8')),
            format(E'%s %s %s %s %s\n', a.root_id, a.first_seq, encode(a.previous_digest, 'hex'), a.seq, encode(a.digest, 'hex')) order by a.root_id)
        from traveler_private.history_anchor a where a.org_id = p_org and a.month = p_month);
end
$$;
comment on function traveler_private.anchor_digest is 'The running digest over an org''s anchors of a detached month.';

-- The operator's own: a superuser who has said so, because the guard over the history lets nobody else detach. DETACH, the move and
-- the anchors are one transaction.
create or replace function traveler_private.detach_history_partition(p_month date) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
declare
    v_month date := date_trunc('month', p_month)::date;
    v_name text := 'transaction_history_' || to_char(v_month, 'YYYY_MM');
    v_partition regclass := to_regclass('traveler.' || v_name);
    v_org uuid;
    v_root uuid;
    v_first bigint;
    v_last bigint;
    v_sealed_to bigint;
    v_detached_to bigint;
    v_what text;
    v_entries bigint;
begin
    perform traveler_private.demand(extensions.history_removal_allowed(), 403, 'operator_only', 'Y2', 'A month of the history is detached by a superuser who has said so.',
        'As a superuser: set traveler.allow_history_removal = ''on'';');
    perform traveler_private.demand(v_partition is not null, 404, 'month_unknown', 'Y2', format('There is no partition of %s.', to_char(v_month, 'YYYY-MM')));
    perform traveler_private.demand(v_month + interval '1 month' <= date_trunc('month', clock_timestamp()), 409, 'month_open', 'Y2',
        format('%s is not over.', to_char(v_month, 'YYYY-MM')), 'Wait until it is.');
    -- Writers out first; then what is there is read by later statements.
    execute format('lock table traveler.%I in share row exclusive mode', v_name);

    execute format($q$
        with part as (
            select h.org_id, h.root_id, min(h.seq) as first_seq, max(h.seq) as seq, count(*) as entries from traveler.%1$I h group by h.org_id, h.root_id
        )
        select p.org_id, p.root_id, p.first_seq, p.seq, coalesce(s.seq, 0) as sealed_to, coalesce(b.seq, 0) as detached_to
        from part p
        left join traveler_private.history_sealed s on s.org_id = p.org_id and s.root_id = p.root_id
        left join lateral (select max(a.seq) as seq from traveler_private.history_anchor a where a.org_id = p.org_id and a.root_id = p.root_id) b on true
        where p.seq > coalesce(s.seq, 0) or p.first_seq <> coalesce(b.seq, 0) + 1 or p.entries <> p.seq - p.first_seq + 1
        order by p.seq > coalesce(s.seq, 0) desc, p.org_id, p.root_id limit 1
    $q$, v_name) into v_org, v_root, v_first, v_last, v_sealed_to, v_detached_to;
    if v_last > v_sealed_to then
        perform traveler_private.refuse(409, 'month_not_sealed', 'Y2', format('Entry %s of the chain %s of org %s is not sealed yet.', v_sealed_to + 1, v_root, v_org),
            'Run: traveler work --once', jsonb_build_object('org', v_org, 'root', v_root, 'seq', v_sealed_to + 1));
    elsif v_last is not null then
        perform traveler_private.refuse(409, 'month_not_first', 'Y2', format('The month''s entries %s to %s of the chain %s of org %s are not the first that are left of it: it begins at %s.',
                v_first, v_last, v_root, v_org, v_detached_to + 1),
            'Detach the months before it first.', jsonb_build_object('org', v_org, 'root', v_root, 'seq', v_first));
    end if;

    execute format($q$
        insert into traveler_private.history_anchor (org_id, root_id, month, first_seq, previous_digest, seq, digest)
        select p.org_id, p.root_id, $1, p.first_seq, coalesce(b.digest, traveler_private.chain_genesis(p.org_id, p.root_id)), p.seq, l.digest
        from (select h.org_id, h.root_id, min(h.seq) as first_seq, max(h.seq) as seq from traveler.%1$I h group by h.org_id, h.root_id) p
        join traveler.%1$I l on l.org_id = p.org_id and l.root_id = p.root_id and l.seq = p.seq
        left join lateral (select a.digest from traveler_private.history_anchor a where a.org_id = p.org_id and a.root_id = p.root_id order by a.seq desc limit 1) b on true
    $q$, v_name) using v_month;
    select v.org_id, v.root_id, v.seq, v.what into v_org, v_root, v_first, v_what from traveler_private.chain_violations(v_partition, v_month) v limit 1;
    if found then
        perform traveler_private.refuse(409, 'month_broken', 'Y2', format('Entry %s of the chain %s of org %s: %s.', v_first, v_root, v_org, v_what),
            'Find out what happened first: traveler verify', jsonb_build_object('org', v_org, 'root', v_root, 'seq', v_first));
    end if;
    insert into traveler_private.history_detachment (org_id, number, month, entries, roots, digest, anchor_digest, detached_at, detached_by)
    select d.org_id, 1 + (select count(*) from traveler_private.history_detachment x where x.org_id = d.org_id), v_month, d.entries, d.roots, d.digest,
        traveler_private.anchor_digest(d.org_id, v_month), clock_timestamp(), session_user
    from traveler_private.archive_digests(v_partition, v_month) d;
    -- A record whose newest entry goes: the newest in the month, unless the history that stays has a newer one.
    execute format($q$
        insert into traveler_private.history_detached_record (org_id, table_name, row_id, operation)
        select n.org_id, n.table_name, n.row_id, n.operation
        from (select distinct on (h.org_id, h.table_name, h.row_id) h.org_id, h.table_name, h.row_id, h.operation, h.seq from traveler.%1$I h
            order by h.org_id, h.table_name, h.row_id, h.seq desc) n
        where not exists (select from traveler.transaction_history x where x.org_id = n.org_id and x.row_id = n.row_id and x.table_name = n.table_name and x.seq > n.seq)
        on conflict (org_id, table_name, row_id) do update set operation = excluded.operation
    $q$, v_name);
    select coalesce(sum(d.entries), 0) into v_entries from traveler_private.history_detachment d where d.month = v_month;

    execute format('alter table traveler.transaction_history detach partition traveler.%I', v_name);
    execute format('alter table traveler.%I set schema traveler_archive', v_name);
    -- The trigger against UPDATE and DELETE was the parent's; that against TRUNCATE, and row security, are the table's own.
    perform traveler_private.keep_append_only(format('traveler_archive.%I', v_name)::regclass, v_name);
    return v_entries;
end
$$;
comment on function traveler_private.detach_history_partition is 'Detaches a month that is over, sealed, whole and the oldest of its chains'' into traveler_archive, and returns how many entries it holds; refuses otherwise (Y2). For a superuser under traveler.allow_history_removal.';

create or replace function traveler_private.archive_violations(p_month date default null)
returns table (month date, org_id uuid, root_id uuid, seq bigint, what text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_month date;
    v_archive regclass;
begin
    for v_month in
        select distinct d.month from traveler_private.history_detachment d where p_month is null or d.month = date_trunc('month', p_month)::date order by 1
    loop
        v_archive := to_regclass('traveler_archive.transaction_history_' || to_char(v_month, 'YYYY_MM'));
        -- Dumped and dropped: the anchors and the detachment's digests stay.
        continue when v_archive is null;
        return query
            select v_month, v.org_id, v.root_id, v.seq, format('history of %s, entry %s: %s', v.root_table, v.seq, v.what)
            from traveler_private.chain_violations(v_archive, v_month) v
            union all
            select v_month, coalesce(d.org_id, x.org_id), null, null, format('it holds %s entries of %s chains, where %s of %s were detached, or others',
                coalesce(x.entries, 0), coalesce(x.roots, 0), coalesce(d.entries, 0), coalesce(d.roots, 0))
            from (select * from traveler_private.history_detachment y where y.month = v_month) d
            full join traveler_private.archive_digests(v_archive, v_month) x on x.org_id = d.org_id
            where (d.entries, d.roots, d.digest) is distinct from (x.entries, x.roots, x.digest);
    end loop;
end
$$;
comment on function traveler_private.archive_violations is 'What is broken in the detached months that are still here, or in the one of p_month: each verified by itself, from its anchors (Y2).';

-- Y1, Y2: what must always be true of the history, as queries that find where it is not.

-- A payload that someone changed need not be JSON any more: it is named, not stumbled over.
create or replace function traveler_private.entry_of(p_payload text) returns jsonb
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    return p_payload::jsonb;
exception when data_exception then
    return null;
end
$$;
comment on function traveler_private.entry_of is 'A history payload as JSON; null when it is none.';

-- Y2: every chain walked link by link, its head compared with its last link.
create or replace view traveler.history_violations with (security_invoker = true) as
    select v.org_id, v.root_table, v.root_id, v.seq, v.what from traveler_private.chain_violations('traveler.transaction_history') v
    union all
    select h.org_id, h.root_table, h.root_id, h.seq, case when t.seq = h.seq then 'the head is not the last entry''s'
        else format('the chain ends at %s, its head says %s', coalesce(t.seq, 0), h.seq) end
    from traveler_private.history_head h
    left join lateral (
        select x.seq, x.digest from (
            (select e.seq, e.digest from traveler.transaction_history e where e.org_id = h.org_id and e.root_id = h.root_id order by e.seq desc limit 1)
            union all
            (select a.seq, a.digest from traveler_private.history_anchor a where a.org_id = h.org_id and a.root_id = h.root_id order by a.seq desc limit 1)) x
        order by x.seq desc limit 1) t on true
    where (t.seq, t.digest) is distinct from (h.seq, h.digest)
    union all
    select distinct x.org_id, x.root_table, x.root_id, 0::bigint, 'the chain has no head'
    from traveler.transaction_history x
    where not exists (
        select from traveler_private.history_head h where h.org_id = x.org_id and h.root_id = x.root_id and h.root_table = x.root_table);
comment on view traveler.history_violations is 'Every broken link of every history chain: empty when the history is whole (Y2).';

-- Y2: the seals, each against the one before it, and the history against what they say. Of a chain that was cut the first entry
-- missing that a seal holds is named, once.
create or replace view traveler.history_seal_violations with (security_invoker = true) as
    with seal as (
        select s.*, coalesce(lag(s.number) over w, 0) as previous_number, coalesce(lag(s.digest) over w, traveler_private.seal_genesis(s.org_id)) as previous_digest
        from traveler.history_seal s window w as (partition by s.org_id order by s.number)
    ), line as (
        select s.org_id, s.number, l.root_id, l.seq, l.digest from traveler.history_seal s cross join lateral traveler_private.seal_lines(s.payload) l
    ), anchor as (
        select distinct on (a.org_id, a.root_id) a.org_id, a.root_id, a.seq, a.digest from traveler_private.history_anchor a order by a.org_id, a.root_id, a.seq desc
    )
    select s.org_id, s.number, null::text as root_table, null::uuid as root_id, null::bigint as seq, case
            when s.number <> s.previous_number + 1 then format('seals %s to %s are missing', s.previous_number + 1, s.number - 1)
            when s.digest <> sha256(convert_to(s.payload, 'UTF8')) then 'the digest does not match the seal'
            else 'it does not follow the seal before it, or a column differs from the payload' end as what
    from seal s
    where s.number <> s.previous_number + 1 or s.digest <> sha256(convert_to(s.payload, 'UTF8'))
        or not starts_with(s.payload, traveler_private.seal_header(s.org_id, s.number, s.sealed_at, s.entries, s.roots, s.complete, s.previous_digest))
    union all
    select coalesce(h.org_id, t.org_id), coalesce(t.number, 0), null, null, null, format('the seals end here, their head says %s', coalesce(h.number, 0))
    from traveler_private.history_seal_head h
    full join (select distinct on (s.org_id) s.org_id, s.number, s.digest from traveler.history_seal s order by s.org_id, s.number desc) t on t.org_id = h.org_id
    where (h.number, h.digest) is distinct from (t.number, t.digest) and (h.number, t.number) is distinct from (0, null)
    union all
    (select distinct on (l.org_id, l.root_id) l.org_id, l.number, coalesce(h.root_table, 'a lost root'), l.root_id, l.seq, case
            when e.digest is not null then format('it differs from what seal %s holds', l.number)
            else format('it is gone, and seal %s holds it: the chain was cut after entry %s', l.number, coalesce(
                (select max(x.seq) from traveler.transaction_history x where x.org_id = l.org_id and x.root_id = l.root_id), a.seq, 0)) end
    from line l
    left join traveler.transaction_history e on e.org_id = l.org_id and e.root_id = l.root_id and e.seq = l.seq
    left join anchor a on a.org_id = l.org_id and a.root_id = l.root_id
    left join traveler_private.history_head h on h.org_id = l.org_id and h.root_id = l.root_id
    where e.digest is distinct from l.digest and (a.seq > l.seq or a.seq = l.seq and a.digest = l.digest) is not true
    order by l.org_id, l.root_id, l.seq)
    union all
    select coalesce(s.org_id, l.org_id), coalesce(l.number, 0), 'history', coalesce(s.root_id, l.root_id), coalesce(s.seq, 0),
        format('what the next seal begins from is not what seal %s says: %s', coalesce(l.number, 0), coalesce(l.seq, 0))
    from traveler_private.history_sealed s
    full join (select distinct on (x.org_id, x.root_id) x.* from line x order by x.org_id, x.root_id, x.seq desc) l on l.org_id = s.org_id and l.root_id = s.root_id
    where (s.seq, s.digest) is distinct from (l.seq, l.digest)
    union all
    select d.org_id, coalesce(d.sealed, 0), null, null, null, format('the detachment of %s differs from what a seal or its anchors say of it', to_char(d.month, 'YYYY-MM'))
    from (
        select x.*, h.detachments, (select min(s.number) from traveler.history_seal s where s.org_id = x.org_id
            and strpos(s.payload, E'\n' || traveler_private.detachment_line(x.month, x.entries, x.digest, x.anchor_digest) || E'\n') > 0) as sealed
        from traveler_private.history_detachment x left join traveler_private.history_seal_head h on h.org_id = x.org_id) d
    where d.number <= d.detachments and d.sealed is null or d.anchor_digest is distinct from traveler_private.anchor_digest(d.org_id, d.month)
    union all
    select h.org_id, h.number, null, null, null, format('%s detachments are told in the seals, %s are kept', h.detachments, c.kept)
    from traveler_private.history_seal_head h
    cross join lateral (select count(*) as kept from traveler_private.history_detachment d where d.org_id = h.org_id and d.number <= h.detachments) c
    where c.kept <> h.detachments
    union all
    select distinct a.org_id, 0::bigint, null, a.root_id, a.seq, 'an anchor of a month that was not detached'
    from traveler_private.history_anchor a
    where not exists (select from traveler_private.history_detachment d where d.org_id = a.org_id and d.month = a.month);
comment on view traveler.history_seal_violations is 'Seals that are missing or changed, and chains that were cut or changed below a seal: empty when the history is whole (Y2).';

-- The newest image of every record in the history against the record itself: a change made around the triggers shows here. The history is
-- read once, not once for each table.
create or replace function traveler_private.record_violations() returns table (org_id uuid, table_name text, row_id uuid, what text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set datestyle = 'ISO'
set intervalstyle = 'iso_8601'
set bytea_output = 'hex'
as $$
begin
    return query execute format($q$
        with newest as (
            select distinct on (h.org_id, h.row_id, h.table_name) h.org_id, h.row_id, h.table_name, h.operation, traveler_private.entry_of(h.payload) -> 'after' as image
            from traveler.transaction_history h where h.table_name in (select t.table_name from traveler_private.history_table t)
            order by h.org_id, h.row_id, h.table_name, h.seq desc
        ), known as (
            -- Of a record whose newest entry went with a detached month only that it was there is known.
            select n.org_id, n.row_id, n.table_name, n.operation, n.image, false as detached from newest n
            union all
            select d.org_id, d.row_id, d.table_name, d.operation, null, true from traveler_private.history_detached_record d
            where not exists (select from newest n where n.org_id = d.org_id and n.row_id = d.row_id and n.table_name = d.table_name)
        ), present as (
            -- Made once a record, not once for each column that is compared.
            select * from (%s) x offset 0
        )
        select coalesce(p.org_id, n.org_id), coalesce(p.table_name, n.table_name), coalesce(p.row_id, n.row_id), case
            when n.row_id is null then 'the record has no history'
            when p.row_id is null then 'the record is gone without a trace in the history'
            else 'the record differs from its newest history entry in: ' || (
                select string_agg(k.key, ', ' order by k.key) from jsonb_each(n.image) k where p.image -> k.key is distinct from k.value) end
        from present p full join known n on n.org_id = p.org_id and n.row_id = p.row_id and n.table_name = p.table_name
        -- A column that came after the entry is not in its image, so the image's own columns are what is compared.
        where case when p.row_id is null then n.operation <> 'delete' else n.detached is not true and n.image is null
            or p.image <> n.image and exists (select from jsonb_each(n.image) k where p.image -> k.key is distinct from k.value) end
    $q$, (select string_agg(format('select %1$L::text as table_name, x.org_id, x.%2$I as row_id, to_jsonb(x) - %3$L::text[] as image from traveler.%1$I x',
            t.table_name, t.id_column, t.left_out), ' union all ' order by t.table_name) from traveler_private.history_table t));
end
$$;
comment on function traveler_private.record_violations is 'Records that differ from the newest image that the history has of them (Y1).';

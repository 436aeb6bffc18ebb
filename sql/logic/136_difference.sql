-- What changed of a run between two moments (Y3). Only the entries between them are read: the first of a row has it as it was, the
-- last as it became.

create or replace function traveler_private.run_status_at(p_run uuid, p_seq bigint) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select traveler_private.status_of_states(
            coalesce(array_agg(i.image ->> 'state') filter (where i.table_name = 'run_step' and i.image ->> 'withdrawn_at' is null), '{}'),
            bool_or(i.image ->> 'completed_at' is not null) filter (where i.table_name = 'run'))
        from traveler_private.run_images(p_run, p_seq, array['run', 'run_step']) i
        having count(*) > 0
    );
end
$$;
comment on function traveler_private.run_status_at is 'The status of a run after so many entries of its history (R1); null before the first.';

create or replace function traveler_private.entries_between(p_root uuid, p_after bigint, p_seq bigint)
returns table (seq bigint, at timestamptz, table_name text, row_id uuid, operation text, actor text, before jsonb, after jsonb)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
    return query
    select h.seq, h.at, h.table_name, h.row_id, h.operation, h.actor, x.entry -> 'before', x.entry -> 'after'
    from traveler.transaction_history h cross join lateral (select h.payload::jsonb as entry offset 0) x
    where h.org_id = traveler_private.org() and h.root_id = p_root and h.seq > p_after and h.seq <= p_seq;
end
$$;
comment on function traveler_private.entries_between is 'The entries of a chain between two places, read (Y3).';

-- GET /v1/runs/{id}/difference. Records go by a label for people, of present names; a value, whatever it holds, is one value.
create or replace function traveler.run_difference(p_run uuid, p_from timestamptz, p_to timestamptz default null) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
    v_org uuid := traveler.current_org();
    v_to_at timestamptz := coalesce(p_to, clock_timestamp());
    v_from bigint;
    v_to bigint;
    v_columns jsonb;
    v_changes jsonb;
    v_acts jsonb;
    v_actors jsonb;
begin
    perform traveler_private.demand(p_from is not null, 422, 'moment_missing', 'Y3', 'Say since when: give from.');
    perform traveler_private.require_past(p_from, 'from');
    perform traveler_private.require_past(p_to, 'to');
    perform traveler_private.demand(p_from <= v_to_at, 422, 'moments_reversed', 'Y3', 'from is after to.', 'Give the earlier moment as from.');
    if not exists (select from traveler.run r where r.org_id = v_org and r.id = p_run) then
        return null;
    end if;
    v_from := coalesce(traveler_private.chain_at(p_run, p_from), 0);
    v_to := traveler_private.chain_at(p_run, p_to);
    if v_to is null then
        return null;
    end if;
    -- By row, looked up below: a join would be planned by a guess about one row, and walk every pair.
    select jsonb_object_agg(x.table_name || x.row_id, x.columns) into v_columns from (
        select c.table_name, c.row_id, jsonb_agg(jsonb_build_object('column', c.key, 'before', c.before, 'after', c.after, 'seq', c.seq)
            order by c.key collate "C") as columns
        from (
            select l.table_name, l.row_id, l.key, max(l.seq) as seq, (array_agg(l.before order by l.seq))[1] as before,
                (array_agg(l.after order by l.seq desc))[1] as after
            from (
                -- What an entry changed. An insert has no before, a delete no after; else both have the same columns.
                select e.table_name, e.row_id, e.seq, k.key, nullif(e.before -> k.key, 'null') as before,
                    case when e.operation <> 'delete' then nullif(k.value, 'null') end as after
                from traveler_private.entries_between(p_run, v_from, v_to) e cross join lateral jsonb_each(coalesce(e.after, e.before)) k
                where k.key <> all (array['org_id', 'id', 'run_id', 'version'])) l
            where l.before is distinct from l.after group by l.table_name, l.row_id, l.key) c
        where c.before is distinct from c.after group by c.table_name, c.row_id) x;
    select coalesce(jsonb_agg(jsonb_build_object('table', r.table_name, 'row_id', r.row_id, 'what', r.what, 'seq', r.seq, 'at', traveler.json_time(r.at),
            'actor', r.actor,
            'label', case r.table_name when 'run' then 'Run ' || (r.image ->> 'number')
                when 'run_step_edge' then concat_ws(' → ', up.title, down.title)
                when 'as_built_record' then 'As-built record ' || (r.image ->> 'number')
                else concat_ws(': ', s.title, nullif(concat_ws(' ', coalesce(r.image ->> 'title', r.image ->> 'name'), p.part_number, p.revision,
                    i.serial_number, i.lot_number, u.name), '')) end,
            'columns', v_columns -> (r.table_name || r.row_id)) order by r.seq, r.row_id), '[]') into v_changes
    from (
        select e.table_name, e.row_id, max(e.seq) as seq, max(e.at) as at, (array_agg(e.actor order by e.seq desc))[1] as actor,
            coalesce((array_agg(e.after order by e.seq desc))[1], (array_agg(e.before order by e.seq))[1]) as image,
            case when (array_agg(e.operation order by e.seq))[1] = 'insert' then 'added'
                when (array_agg(e.operation order by e.seq desc))[1] = 'delete' then 'removed' else 'changed' end as what
        from traveler_private.entries_between(p_run, v_from, v_to) e
        where v_columns ? (e.table_name || e.row_id) group by e.table_name, e.row_id) r
    left join traveler.run_step s on s.org_id = v_org and s.id = (r.image ->> 'run_step_id')::uuid
    left join traveler.run_step up on up.org_id = v_org and up.id = (r.image ->> 'upstream_id')::uuid
    left join traveler.run_step down on down.org_id = v_org and down.id = (r.image ->> 'downstream_id')::uuid
    left join traveler.part_inventory i on i.org_id = v_org and i.id = (r.image ->> 'part_inventory_id')::uuid
    left join traveler.part p on p.org_id = v_org and p.id = coalesce((r.image ->> 'part_id')::uuid, i.part_id)
    left join traveler.user_account u on u.org_id = v_org and u.id = (r.image ->> 'user_id')::uuid;
    select coalesce(jsonb_agg(jsonb_build_object('first_seq', x.first_seq, 'last_seq', x.last_seq, 'at', traveler.json_time(x.at), 'actor', x.actor,
            'via', x.via, 'request_id', x.request_id, 'reason', x.reason, 'transaction', x.transaction_id::text, 'tables', to_jsonb(x.tables))
            order by x.first_seq), '[]'),
        (select coalesce(jsonb_agg(jsonb_build_object('actor', a.actor, 'name', traveler_private.actor_json(v_org, a.actor) -> 'name')
            order by a.actor), '[]') from (select distinct unnest(array_agg(x.actor)) as actor) a)
    into v_acts, v_actors
    from (
        select h.transaction_id, min(h.seq) as first_seq, max(h.seq) as last_seq, min(h.at) as at, max(h.actor) as actor, max(h.via) as via,
            max(h.request_id) as request_id, (array_agg(h.reason order by h.seq desc) filter (where h.reason is not null))[1] as reason,
            array_agg(distinct h.table_name order by h.table_name) as tables
        from traveler.transaction_history h where h.org_id = v_org and h.root_id = p_run and h.seq > v_from and h.seq <= v_to
        group by h.transaction_id) x;
    return jsonb_build_object('id', p_run,
        'from', jsonb_build_object('at', traveler.json_time(p_from), 'seq', v_from, 'status', traveler_private.run_status_at(p_run, v_from)),
        'to', jsonb_build_object('at', traveler.json_time(v_to_at), 'seq', v_to, 'status', traveler_private.run_status_at(p_run, v_to)),
        'changes', v_changes, 'acts', v_acts, 'actors', v_actors);
end
$$;
comment on function traveler.run_difference is 'What was added, removed and changed of a run between two moments, p_to now unless given, and by which acts (Y3); null when there was no such run at the later one.';

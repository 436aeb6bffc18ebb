-- K3: a change to one sibling changes all, or none. Acts are over sets of steps: here a set is widened to its siblings, judged as a
-- whole, and whoever changes one alone by hand is refused.

-- The siblings of some steps, in runs that are live: a completed run takes no part (K4).
create or replace function traveler_private.with_siblings(p_ids uuid[]) returns uuid[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_siblings uuid[];
begin
    select array_agg(distinct s.sibling_id) into v_siblings from traveler.run_step s where s.org_id = v_org and s.id = any (p_ids) and s.sibling_id is not null;
    if v_siblings is null then
        return p_ids;
    end if;
    return array(
        select i from unnest(p_ids) i
        union
        select s.id from traveler.run_step s join traveler.run r on r.org_id = s.org_id and r.id = s.run_id
        where s.org_id = v_org and s.sibling_id = any (v_siblings) and r.completed_at is null
        order by 1);
end
$$;
comment on function traveler_private.with_siblings is 'Steps with all their siblings (K2).';

create or replace function traveler_private.leave_batches(p_runs uuid[], p_reason text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    update traveler.batch_run b set left_at = now(), left_by = '', left_reason = p_reason
    where b.org_id = traveler_private.org() and b.run_id = any (p_runs) and b.left_at is null;
end
$$;
comment on function traveler_private.leave_batches is 'Takes runs out of their batches (K4).';

-- The batches of an act are locked after its inventory and before its runs. Answers the steps that the act is over from here on; p_wide
-- is what they were widened to before, when inventory was locked for it.
create or replace function traveler_private.lock_batches(p_ids uuid[], p_wide uuid[], p_siblings text) returns uuid[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_batches uuid[];
    v_wide uuid[];
begin
    perform traveler_private.demand(coalesce(p_siblings, 'all') in ('all', 'able', 'none'), 422, 'siblings_unknown', 'K3',
        'An act is on all siblings, on those that are able to follow, or on none.', 'Give all, able or none.');
    v_batches := array(select distinct b.batch_id from traveler.run_step s join traveler.batch_run b on b.org_id = v_org and b.run_id = s.run_id and b.left_at is null
        where s.org_id = v_org and s.id = any (p_ids));
    if v_batches = '{}' then
        return p_ids;
    end if;
    perform from traveler.batch b where b.org_id = v_org and b.id = any (v_batches) order by b.id for no key update;
    if p_siblings = 'none' then
        perform from traveler.run r where r.org_id = v_org and r.id in (select s.run_id from traveler.run_step s where s.org_id = v_org and s.id = any (p_ids))
        order by r.id for no key update;
        perform traveler_private.leave_batches(array(select distinct s.run_id from traveler.run_step s where s.org_id = v_org and s.id = any (p_ids)), 'It was acted on alone.');
        return p_ids;
    end if;
    v_wide := traveler_private.with_siblings(p_ids);
    if not (v_wide <@ p_wide) then
        -- Someone joined in between: again, from the beginning.
        raise exception 'the batch changed' using errcode = 'serialization_failure';
    end if;
    return v_wide;
end
$$;
comment on function traveler_private.lock_batches is 'Locks the batches of an act''s steps, and widens the steps to their siblings, or takes their runs out (K3, K4).';

-- Why siblings can''t follow an act, one row an obstacle: by the same sources as the guard.
create or replace function traveler_private.sibling_obstacles(p_act text, p_ids uuid[])
returns table (run_step_id uuid, code text, rule text, message text, clear text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
    v_move record;
begin
    for v_move in
        select s.state as from_state, case p_act when 'release' then s.held_from else t.to_state end as to_state, array_agg(s.id order by s.id) as ids, min(s.title) as title
        from traveler.run_step s
        left join (select t.from_state, min(t.to_state) as to_state from traveler.step_transition t where t.act = p_act group by t.from_state) t on t.from_state = s.state
        where s.org_id = v_org and s.id = any (p_ids)
        group by 1, 2
    loop
        if v_move.to_state is null then
            return query select i, 'move_not_allowed', 'S2', format('"%s" is %s there: it can''t %s.', v_move.title, replace(v_move.from_state, '_', ' '), replace(p_act, '_', ' ')),
                null::text from unnest(v_move.ids) i;
        else
            return query select o.run_step_id, o.code, o.rule, o.message, o.clear from traveler_private.move_obstacles(v_move.from_state, v_move.to_state, v_move.ids) o;
        end if;
    end loop;
end
$$;
comment on function traveler_private.sibling_obstacles is 'What keeps siblings from following an act (K3, S16).';

create or replace function traveler_private.misfits_json(p_act text, p_ids uuid[]) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('run_id', r.id, 'run_number', r.number, 'run_step_id', s.id, 'state', s.state, 'code', o.code, 'rule', o.rule,
            'message', o.message, 'clear', o.clear) order by r.number), '[]')
        from (select distinct on (x.run_step_id) x.* from traveler_private.sibling_obstacles(p_act, p_ids) x order by x.run_step_id) o
        join traveler.run_step s on s.org_id = v_org and s.id = o.run_step_id
        join traveler.run r on r.org_id = v_org and r.id = s.run_id
    );
end
$$;
comment on function traveler_private.misfits_json is 'The siblings that can''t follow an act: each run, and why (K3).';

-- After the locks: all follow, or the answer names each that can''t; where those that are able suffice, the others leave, named.
create or replace function traveler_private.judge_siblings(p_act text, p_ids uuid[], p_wide uuid[], p_siblings text) returns uuid[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_misfits jsonb;
    v_runs uuid[];
begin
    -- What is in the way of the step itself, the act says of it.
    if cardinality(p_wide) = cardinality(p_ids) or exists (select from traveler_private.sibling_obstacles(p_act, p_ids)) then
        return p_wide;
    end if;
    v_misfits := traveler_private.misfits_json(p_act, array(select i from unnest(p_wide) i where i <> all (p_ids)));
    if v_misfits = '[]' then
        return p_wide;
    end if;
    if coalesce(p_siblings, 'all') = 'all' then
        perform traveler_private.refuse(409, 'siblings_differ', 'K3',
            format('%s of %s siblings can''t follow: run %s, because: %s', jsonb_array_length(v_misfits), cardinality(p_wide) - cardinality(p_ids),
                v_misfits -> 0 ->> 'run_number', v_misfits -> 0 ->> 'message'),
            'Clear that, act on those that are able (the others leave the batch), or on this run alone.', jsonb_build_object('siblings', v_misfits));
    end if;
    v_runs := array(select distinct (m ->> 'run_id')::uuid from jsonb_array_elements(v_misfits) m);
    perform traveler_private.leave_batches(v_runs, format('It could not follow "%s": %s', replace(p_act, '_', ' '), left(v_misfits -> 0 ->> 'message', 800)));
    return array(select s.id from traveler.run_step s where s.org_id = v_org and s.id = any (p_wide) and s.run_id <> all (v_runs) order by s.id);
end
$$;
comment on function traveler_private.judge_siblings is 'Answers the siblings that an act goes over; refuses, or takes out, those that can''t follow (K3).';

-- Whoever moves a step, its siblings move with it: never a silent divergence.
create or replace function traveler_private.guard_siblings() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_left record;
begin
    -- What a redline moves is judged with the redlines of one statement.
    if pg_trigger_depth() > 1 then
        return null;
    end if;
    -- Each set of siblings once, not each pair of them; and only what moved can leave others behind.
    select n.title, r.number, x.state into v_left
    from (
        select y.sibling_id, y.state, min(y.title) as title from new_rows y
        join old_rows o on o.org_id = y.org_id and o.id = y.id and o.state <> y.state
        where y.sibling_id is not null group by y.sibling_id, y.state) n
    join traveler.run_step x on x.org_id = v_org and x.sibling_id = n.sibling_id and x.state <> n.state
    join traveler.run r on r.org_id = v_org and r.id = x.run_id and r.completed_at is null limit 1;
    if found then
        perform traveler_private.refuse_left_sibling(v_left.title, v_left.number, v_left.state);
    end if;
    return null;
end
$$;
comment on function traveler_private.guard_siblings is 'Trigger: siblings move together, whoever moves them (K3).';

create or replace function traveler_private.refuse_left_sibling(p_title text, p_run bigint, p_state text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'sibling_left', 'K3', format('"%s" has a sibling in run %s that would be left behind, %s.', p_title, p_run, replace(p_state, '_', ' ')),
        'Change them together, or take the run out of its batch.');
end
$$;
comment on function traveler_private.refuse_left_sibling is 'Refuses a change that leaves a sibling behind (K3).';

-- The redlines of siblings are opened, released and canceled by one statement, and released when they say the same.
create or replace function traveler_private.guard_sibling_redlines() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_left record;
begin
    select s.title, r.number, x.state into v_left
    from (
        select y.sibling_id, y.state, min(y.title) as title from new_rows n
        join traveler.run_step y on y.org_id = v_org and y.id = n.run_step_id and y.sibling_id is not null
        group by y.sibling_id, y.state) s
    join traveler.run_step x on x.org_id = v_org and x.sibling_id = s.sibling_id and x.state <> s.state
    join traveler.run r on r.org_id = v_org and r.id = x.run_id and r.completed_at is null
    limit 1;
    if found then
        perform traveler_private.refuse_left_sibling(v_left.title, v_left.number, v_left.state);
    end if;
    if tg_op = 'UPDATE' then
        select min(d.title) as title, (array_agg(d.number order by d.number))[2] as number into v_left
        from (
            select s.sibling_id, s.title, r.number, traveler_private.sibling_definition(s.id)
                || jsonb_build_object('moved', n.before -> 'position' is distinct from n.after -> 'position') as definition
            from new_rows n
            join traveler.run_step s on s.org_id = v_org and s.id = n.run_step_id and s.sibling_id is not null
            join traveler.run r on r.org_id = v_org and r.id = s.run_id
            where n.state = 'released') d
        group by d.sibling_id having count(distinct d.definition) > 1 limit 1;
        perform traveler_private.demand(not found, 409, 'siblings_differ', 'K3',
            format('"%s" was edited otherwise in run %s.', v_left.title, v_left.number), 'Edit them alike, or take the run out of its batch.');
    end if;
    return null;
end
$$;
comment on function traveler_private.guard_sibling_redlines is 'Trigger: siblings are redlined together, and released alike (K3, D1).';
create or replace trigger _120_guard_siblings after update on traveler.run_step referencing old table as old_rows new table as new_rows
    for each statement execute function traveler_private.guard_siblings();
create or replace trigger _120_guard_siblings_insert after insert on traveler.redline referencing new table as new_rows
    for each statement execute function traveler_private.guard_sibling_redlines();
create or replace trigger _120_guard_siblings_update after update on traveler.redline referencing new table as new_rows
    for each statement execute function traveler_private.guard_sibling_redlines();

-- K3: values of these types are each run's own, unless the field says otherwise.
create or replace function traveler_private.is_shared(p_type text, p_scope text) returns boolean
language sql immutable parallel safe
as $$ select coalesce(p_scope, case when p_type in ('number', 'pass_fail', 'part', 'tool', 'file') then 'per_run' else 'shared' end) = 'shared' $$;
comment on function traveler_private.is_shared is 'Whether a field''s value is one for all runs of a batch (K3).';

create or replace function traveler_private.guard_shared_values() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_siblings uuid[];
    v_left record;
begin
    if pg_trigger_depth() > 1 then
        return null;
    end if;
    -- Each set of siblings once, not each pair of them.
    v_siblings := array(select distinct s.sibling_id from traveler.run_step s
        where s.org_id = v_org and s.sibling_id is not null and s.id = any (array(select n.run_step_id from new_rows n)));
    if v_siblings = '{}' then
        return null;
    end if;
    select min(f.name) as name, min(r.number) as number into v_left
    from traveler.run_step x
    join traveler.run r on r.org_id = v_org and r.id = x.run_id and r.completed_at is null
    join traveler.run_step_field f on f.org_id = v_org and f.run_step_id = x.id and f.withdrawn_at is null
        and traveler_private.is_shared(f.type, f.batch_scope)
    where x.org_id = v_org and x.sibling_id = any (v_siblings)
    group by x.sibling_id, f.position, f.type
    having count(distinct (f.value, f.not_applicable)::text) > 1
    limit 1;
    if found then
        perform traveler_private.refuse(409, 'sibling_left', 'K3', format('"%s" is one value for all siblings, run %s among them.', v_left.name, v_left.number),
            'Enter it for all of them, or take the run out of its batch.');
    end if;
    return null;
end
$$;
comment on function traveler_private.guard_shared_values is 'Trigger: a shared value is the same in all siblings, whoever writes it (K3).';
create or replace trigger _120_guard_shared_values after update on traveler.run_step_field referencing new table as new_rows
    for each statement execute function traveler_private.guard_shared_values();

-- An act on a whole run is one on all live runs of its batch.
create or replace function traveler_private.batch_runs(p_run uuid, p_siblings text) returns uuid[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    return case when p_siblings = 'none' then array[p_run] else array(
        select p_run
        union
        select y.run_id from traveler.batch_run x
        join traveler.batch_run y on y.org_id = v_org and y.batch_id = x.batch_id and y.left_at is null
        join traveler.run r on r.org_id = v_org and r.id = y.run_id and r.completed_at is null
        where x.org_id = v_org and x.run_id = p_run and x.left_at is null
        order by 1) end;
end
$$;
comment on function traveler_private.batch_runs is 'A run with the live ones of its batch (K3, K4).';

create or replace function traveler_private.lock_batch_runs(p_run uuid, p_wide uuid[], p_siblings text) returns uuid[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_runs uuid[];
begin
    perform traveler_private.demand(coalesce(p_siblings, 'all') in ('all', 'none'), 422, 'siblings_unknown', 'K3',
        'An act on a whole run is on all runs of its batch, or on it alone.', 'Give all or none.');
    perform from traveler.batch b where b.org_id = v_org and b.id in (
        select x.batch_id from traveler.batch_run x where x.org_id = v_org and x.run_id = p_run and x.left_at is null) order by b.id for no key update;
    v_runs := traveler_private.batch_runs(p_run, p_siblings);
    if not (v_runs <@ p_wide) then
        raise exception 'the batch changed' using errcode = 'serialization_failure';
    end if;
    perform from traveler.run r where r.org_id = v_org and r.id = any (v_runs) order by r.id for no key update;
    perform traveler_private.demand(found and exists (select from traveler.run r where r.org_id = v_org and r.id = p_run), 404, 'run_unknown', 'T1', 'There is no such run.');
    if p_siblings = 'none' then
        perform traveler_private.leave_batches(array[p_run], 'It was acted on alone.');
    end if;
    return v_runs;
end
$$;
comment on function traveler_private.lock_batch_runs is 'Locks a batch and then its runs for an act on one of them (K3); alone, the run leaves first (K4).';

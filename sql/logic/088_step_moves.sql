-- The step machine (S2): what each move asks for, and the guard that judges whoever moves a step.

-- The reason that the acting user gave; null without one.
create or replace function traveler_private.reason() returns text
language sql stable
as $$ select nullif(convert_from(decode(split_part(current_setting('traveler.context'), '|', 6), 'hex'), 'UTF8'), '') $$;
comment on function traveler_private.reason is 'The reason of the act under way (S10).';

-- All that one act moves carries its id, so that the same act can be undone as a whole (S8, S15). A mark, no authority.
create or replace function traveler_private.begin_act() returns void
language sql volatile
as $$ select set_config('traveler.act', traveler.new_id()::text, true) $$;
comment on function traveler_private.begin_act is 'Gives the act that begins its id.';

-- Moves by plain SQL begin no act: then the transaction stands for it.
create or replace function traveler_private.act_id() returns uuid
language sql stable
as $$ select coalesce(nullif(current_setting('traveler.act', true), '')::uuid, md5(pg_current_xact_id()::text || now()::text)::uuid) $$;
comment on function traveler_private.act_id is 'The id of the act under way.';

-- Whether a move asks for a reason: none, optional or required (S10).
create or replace function traveler_private.reason_policy(p_org uuid, p_act text, p_reason text) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return case p_reason when 'org' then (
            select case p_act when 'fail' then o.fail_reason else o.cancel_reason end from traveler.org o where o.org_id = p_org)
        when 'none' then 'off' else p_reason end;
end
$$;
comment on function traveler_private.reason_policy is 'What an org asks of a move: off, optional or required (S10).';

create or replace function traveler_private.refuse_move(p_title text, p_from text, p_to text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'move_not_allowed', 'S2',
        format('"%s" is %s and can''t go to %s.', p_title, replace(p_from, '_', ' '), replace(p_to, '_', ' ')),
        coalesce((select 'From here a step can: ' || string_agg(distinct t.act, ', ' order by t.act) || '.' from traveler.step_transition t
            where t.from_state = p_from), 'There is no way out of this state.'),
        jsonb_build_object('state', p_from, 'allowed', coalesce((select jsonb_agg(distinct t.to_state order by t.to_state)
            from traveler.step_transition t where t.from_state = p_from), '[]')));
end
$$;
comment on function traveler_private.refuse_move is 'Refuses a move that the transition table does not have, and names the moves that there are (S2).';

-- All steps nested in some, at any depth.
create or replace function traveler_private.nested_steps(p_ids uuid[]) returns table (id uuid, parent_id uuid, state text, title text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    with recursive below as (
        select s.id, s.parent_id, s.state, s.title from traveler.run_step s where s.org_id = traveler_private.org() and s.parent_id = any (p_ids)
        union
        select s.id, s.parent_id, s.state, s.title from below b
        join traveler.run_step s on s.org_id = traveler_private.org() and s.parent_id = b.id
    )
    select * from below;
end
$$;
comment on function traveler_private.nested_steps is 'The steps nested in the given ones, at all depths (S8, S12).';

-- A step and all around it.
create or replace function traveler_private.ancestor_steps(p_step uuid) returns table (id uuid, parent_id uuid, state text, title text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    with recursive up as (
        select s.id, s.parent_id, s.state, s.title from traveler.run_step s where s.org_id = traveler_private.org() and s.id = p_step
        union
        select s.id, s.parent_id, s.state, s.title from up u join traveler.run_step s on s.org_id = traveler_private.org() and s.id = u.parent_id
    )
    select * from up;
end
$$;
comment on function traveler_private.ancestor_steps is 'A step and the steps that it is nested in, at all depths (S12).';

-- A3, S2: what is downstream of a step, at any depth, and has started. A nested step also holds up what waits for its ancestors.
create or replace function traveler_private.started_downstream(p_step uuid) returns table (id uuid, state text, title text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    with recursive reach (id, is_after) as (
        select p_step, false
        union
        select x.id, x.is_after from reach r
        cross join lateral (
            select e.downstream_id as id, true as is_after from traveler.run_step_edge e
            where e.org_id = traveler_private.org() and e.upstream_id = r.id and e.withdrawn_at is null
            union all
            select s.parent_id, false from traveler.run_step s
            where s.org_id = traveler_private.org() and s.id = r.id and s.parent_id is not null and not r.is_after) x
    )
    select s.id, s.state, s.title from (select distinct r.id from reach r where r.is_after) r
    join traveler.run_step s on s.org_id = traveler_private.org() and s.id = r.id
    where s.state in ('in_progress', 'completed', 'failed') or s.state = 'hold' and s.held_from = 'in_progress'
        or s.state = 'redline' and s.started_at is not null;
end
$$;
comment on function traveler_private.started_downstream is 'The steps downstream of a step that have started (A3).';

-- S2: a field that was entered or signed since the attempt began; what earlier attempts left is only a starting point (S14).
create or replace function traveler_private.work_entered(p_step uuid, p_since timestamptz) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select min(f.name) from traveler.run_step_field f
        where f.org_id = traveler_private.org() and f.run_step_id = p_step and f.entered_at >= p_since);
end
$$;
comment on function traveler_private.work_entered is 'The name of a field that was entered since a moment; null when none was (S2).';

-- What stands in the way of moving steps from one state to another, one row an obstacle, the step's own state aside: asked by the
-- guard after the move, and before it by whoever wants to know what can be done now (S16).
create or replace function traveler_private.move_obstacles(p_from text, p_to text, p_ids uuid[])
returns table (run_step_id uuid, code text, rule text, message text, clear text, detail jsonb)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
begin
    if p_from = 'todo' and p_to = 'in_progress' or p_from = 'in_progress' and p_to in ('completed', 'failed') then
        return query
        select m.run_step_id, 'not_assigned', 'S11', format('"%s" is assigned to %s.', s.title, m.assigned_to), 'Ask for it to be assigned to you.', '{}'::jsonb
        from traveler_private.meant_for_others(p_ids) m join traveler.run_step s on s.org_id = v_org and s.id = m.run_step_id;
    end if;
    if p_from = 'redline' and p_to in ('in_progress', 'completed', 'failed') then
        -- Back to what was: its own fields were judged then. What happened around it meanwhile was not.
        return query
        select b.run_step_id, 'step_not_available', 'A1', format('"%s" can''t be %s again: it waits for "%s", which is %s.', s.title, replace(p_to, '_', ' '),
                b.blocking_title, replace(b.blocking_state, '_', ' ')), 'Complete that first, or release the redline.',
            jsonb_build_object('blocking_step_id', b.blocking_step_id)
        from traveler_private.redline_blockers(p_ids) b join traveler.run_step s on s.org_id = v_org and s.id = b.run_step_id
        where b.kind = 'upstream' or p_to = 'in_progress'
        union all
        select i, 'step_not_complete', 'S5', format('"%s" can''t be completed again: %s', s.title, b.what), b.clear || '.', jsonb_build_object('subject_id', b.subject_id)
        from unnest(p_ids) i
        join traveler.run_step s on s.org_id = v_org and s.id = i
        join traveler.run_step_completion_blocker b on b.org_id = v_org and b.run_step_id = i and b.kind = 'nested_step_open'
        where p_to = 'completed';
    elsif p_to = 'in_progress' then
        return query
        select b.run_step_id, 'step_not_available', 'A1', format('"%s" is not available to work.', min(s.title)),
            'Complete what it waits for: ' || string_agg(distinct format('"%s" (%s)', b.blocking_title, replace(b.blocking_state, '_', ' ')), ', ') || '.',
            jsonb_build_object('blockers', jsonb_agg(jsonb_build_object('run_step_id', b.run_step_id, 'kind', b.kind,
                'blocking_step_id', b.blocking_step_id, 'title', b.blocking_title, 'state', b.blocking_state) order by b.blocking_title))
        from traveler.run_step_blocker b join traveler.run_step s on s.org_id = b.org_id and s.id = b.run_step_id
        where b.org_id = v_org and b.run_step_id = any (p_ids) group by b.run_step_id order by b.run_step_id;
    elsif p_to = 'completed' then
        return query
        select b.run_step_id, 'step_not_complete', 'S5', format('"%s" can''t be signed off yet: %s', min(s.title), min(b.what)),
            (array_agg(b.clear order by b.what))[1] || '.',
            jsonb_build_object('blockers', jsonb_agg(jsonb_build_object('run_step_id', b.run_step_id, 'kind', b.kind, 'subject_id', b.subject_id,
                'what', b.what, 'clear', b.clear) order by b.what))
        from traveler.run_step_completion_blocker b join traveler.run_step s on s.org_id = b.org_id and s.id = b.run_step_id
        where b.org_id = v_org and b.run_step_id = any (p_ids) group by b.run_step_id order by b.run_step_id;
    elsif p_to = 'canceled' then
        return query
        select i, case p_from when 'redline' then 'nested_step_left' else 'nested_step_failed' end, case p_from when 'redline' then 'D6' else 'S8' end,
            format('"%s" can''t be %s while nested "%s" is %s.', s.title, case p_from when 'redline' then 'withdrawn' else 'canceled' end, n.title, replace(n.state, '_', ' ')),
            'Deal with the nested step first.', jsonb_build_object('blocking_step_id', n.id)
        from unnest(p_ids) i
        join traveler.run_step s on s.org_id = v_org and s.id = i
        cross join lateral traveler_private.nested_steps(array[i]) n where n.state in ('failed', 'redline') or p_from = 'redline' and n.state <> 'canceled';
        if p_from = 'redline' then
            return query
            select i, 'step_has_installations', 'D6', format('"%s" can''t be withdrawn: part %s is installed for it.', s.title, p.part_number), 'Uninstall it first.',
                jsonb_build_object('build_requirement_id', q.id)
            from unnest(p_ids) i
            join traveler.run_step s on s.org_id = v_org and s.id = i
            join traveler.build_requirement q on q.org_id = v_org and q.run_step_id = i and q.quantity_installed + q.quantity_shared > 0
            join traveler.part p on p.org_id = v_org and p.id = q.part_id;
            return query
            select i, 'requirement_waited_for', 'H3', format('"%s" can''t be withdrawn: run %s builds %s for it.', s.title, r.number, p.part_number),
                'End that the run waits for it first.', jsonb_build_object('build_requirement_id', q.id, 'run_supply_id', w.id)
            from unnest(p_ids) i
            join traveler.run_step s on s.org_id = v_org and s.id = i
            join traveler.build_requirement q on q.org_id = v_org and q.run_step_id = i
            join traveler.run_supply w on w.org_id = v_org and w.build_requirement_id = q.id and w.ended_at is null
            join traveler.run r on r.org_id = v_org and r.id = w.supplying_run_id
            join traveler.part p on p.org_id = v_org and p.id = r.part_id;
        end if;
    end if;
    if p_from in ('in_progress', 'hold') and p_to in ('todo', 'failed', 'redline', 'canceled') then
        return query select * from traveler_private.away_obstacles(p_to, p_ids);
    end if;
    if p_from = 'in_progress' and p_to in ('todo', 'failed') then
        return query
        select i, 'nested_step_in_progress', 'S12', format('"%s" can''t be moved while nested "%s" is in progress.', s.title, n.title),
            'Complete, fail or hold the nested step first.', jsonb_build_object('blocking_step_id', n.id)
        from unnest(p_ids) i
        join traveler.run_step s on s.org_id = v_org and s.id = i
        cross join lateral traveler_private.nested_steps(array[i]) n where n.state = 'in_progress';
    end if;
    if p_from = 'in_progress' and p_to = 'todo' then
        -- Before the move; after it the start of the attempt is gone, so the stamp has asked the same (see stamp_step).
        return query
        select s.id, 'work_entered', 'S2', format('"%s" was entered already, so this is no wrong start.', w.name),
            'Fail the step, or clear what was entered.', '{}'::jsonb
        from traveler.run_step s cross join lateral (select traveler_private.work_entered(s.id, s.started_at) as name) w
        where s.org_id = v_org and s.id = any (p_ids) and s.state = 'in_progress' and w.name is not null;
    end if;
    if p_to = 'todo' and p_from in ('canceled', 'completed') or p_to = 'redline' and p_from = 'completed' then
        return query
        select i, 'downstream_started', case p_from when 'canceled' then 'A3' else 'S2' end,
            format('"%s" can''t be brought back: downstream "%s" is %s.', s.title, d.title, replace(d.state, '_', ' ')),
            'Bring the downstream steps back first.', jsonb_build_object('blocking_step_id', d.id)
        from unnest(p_ids) i
        join traveler.run_step s on s.org_id = v_org and s.id = i
        cross join lateral traveler_private.started_downstream(i) d;
    end if;
    if p_to = 'todo' and p_from in ('canceled', 'completed') or p_to = 'redline' then
        return query
        select u.id, 'ancestor_closed', 'S12', format('"%s" can''t %s: the step around it, "%s", is %s.', u.title,
                case p_to when 'redline' then 'go into redline' else 'be brought back' end, p.title, p.state),
            'Bring the step around it back first.', jsonb_build_object('blocking_step_id', p.id)
        from traveler.run_step u cross join lateral traveler_private.ancestor_steps(u.parent_id) p
        where u.org_id = v_org and u.id = any (p_ids) and p.state in ('completed', 'canceled');
    end if;
end
$$;
comment on function traveler_private.move_obstacles is 'What stands in the way of a move: upstream, nested and downstream steps, fields (S3, S5, S8, S12, A1, A3).';

-- The guard over every move, whoever makes it: the transition exists, is permitted, gives its reason, and meets no obstacle.
create or replace function traveler_private.guard_step_move() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_move record;
    v_obstacle record;
    v_left record;
begin
    for v_move in
        select o.state as from_state, n.state as to_state, t.permission, t.act, t.rule, t.reason, array_agg(n.id) as ids, min(n.title) as title
        from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id
        left join traveler.step_transition t on t.from_state = o.state and t.to_state = n.state
            and case o.state when 'redline' then t.act = traveler_private.redline_act(n.id) else true end
        where o.state <> n.state
        group by o.state, n.state, t.permission, t.act, t.rule, t.reason
    loop
        if v_move.permission is null then
            perform traveler_private.refuse_move(v_move.title, v_move.from_state, v_move.to_state);
        end if;
        perform traveler_private.require(v_move.permission);
        if v_move.reason <> 'none' and traveler_private.reason_policy(v_org, v_move.act, v_move.reason) = 'required'
            and coalesce(trim(traveler_private.reason()), '') = '' then
            perform traveler_private.refuse(422, 'reason_missing', 'S10', format('Say why: to %s a step needs a reason.', v_move.act), 'Give a reason.');
        end if;
        select * into v_obstacle from traveler_private.move_obstacles(v_move.from_state, v_move.to_state, v_move.ids) limit 1;
        if found then
            perform traveler_private.refuse(case v_obstacle.code when 'not_assigned' then 403 else 409 end, v_obstacle.code, v_obstacle.rule, v_obstacle.message, v_obstacle.clear,
                jsonb_build_object('run_step_id', v_obstacle.run_step_id) || v_obstacle.detail);
        end if;
        -- S8, S12: what is nested in a held, redlined or canceled step goes with it, in the same statement.
        if v_move.to_state in ('hold', 'redline', 'canceled') then
            select x.title, x.state into v_left from traveler_private.nested_steps(v_move.ids) x
            where x.state = 'in_progress' or v_move.to_state = 'canceled' and x.state in ('todo', 'hold') limit 1;
            if found then
                perform traveler_private.refuse(409, 'nested_step_left', case v_move.to_state when 'canceled' then 'S8' else 'S12' end,
                    format('Nested "%s" is %s: it goes with the step around it.', v_left.title, replace(v_left.state, '_', ' ')));
            end if;
        end if;
    end loop;
    return null;
end
$$;
comment on function traveler_private.guard_step_move is 'Trigger: judges every move of a step by the transition table, the permission, the reason and the obstacles (S2, S10, S12).';
create or replace trigger _110_guard_step_move after update on traveler.run_step referencing old table as old_rows new table as new_rows
    for each statement execute function traveler_private.guard_step_move();

create or replace function traveler_private.guard_step_starts_todo() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_title text;
    v_state text;
begin
    -- The redline that adds a step is there before it.
    if new.state = 'redline' and num_nonnulls(new.started_at, new.state_changed_at, new.withdrawn_at) = 0 and new.attempt = 1 and exists (
        select from traveler.redline o where o.org_id = new.org_id and o.run_step_id = new.id and o.kind = 'add' and o.closed_at is null) then
        -- S12: ancestors first.
        select p.title, p.state into v_title, v_state from traveler_private.ancestor_steps(new.parent_id) p where p.state in ('completed', 'canceled') limit 1;
        perform traveler_private.demand(not found, 409, 'ancestor_closed', 'S12',
            format('No step is added in "%s", which is %s.', v_title, v_state), 'Bring the step around it back first.');
        new.state_changed_at := clock_timestamp();
        new.state_changed_by := traveler_private.actor();
        new.state_reason := traveler_private.reason();
        new.state_act := traveler_private.act_id();
        return new;
    end if;
    perform traveler_private.refuse(409, 'step_starts_todo', 'S1', 'A step starts in todo, and one that a redline adds starts in redline.');
    return null;
end
$$;
comment on function traveler_private.guard_step_starts_todo is 'Trigger: a step starts in todo, or in the redline that adds it, untouched (S1).';
create or replace trigger _110_guard_step_starts_todo before insert on traveler.run_step
    for each row when (new.state <> 'todo' or new.started_at is not null or new.attempt <> 1 or new.state_changed_at is not null or new.withdrawn_at is not null)
    execute function traveler_private.guard_step_starts_todo();

-- The stamps of a move come from the move, not from the writer (S5, S9, S10, S14). They are the clock's, here and in what follows,
-- not the transaction's: one that began earlier and waited for the run would date its move before the moves that it waited for.
create or replace function traveler_private.stamp_step() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if new.state = old.state then
        new.started_at := old.started_at;
        new.completed_at := old.completed_at;
        new.completed_by := old.completed_by;
        new.attempt := old.attempt;
        new.held_from := old.held_from;
        new.state_reason := old.state_reason;
        new.state_changed_at := old.state_changed_at;
        new.state_changed_by := old.state_changed_by;
        new.state_act := old.state_act;
        new.withdrawn_at := old.withdrawn_at;
        return new;
    end if;
    if old.withdrawn_at is not null then
        perform traveler_private.refuse(409, 'step_withdrawn', 'D6', format('"%s" was withdrawn by a redline, for good.', new.title), 'Add the step anew.');
    end if;
    if 'redline' in (old.state, new.state) then
        return traveler_private.stamp_redline_move(old, new);
    end if;
    -- What the table's own checks would refuse without a word for people: only a started step is completed or failed, only one in todo
    -- starts, only an open one is held. All other moves are the guard's to judge.
    if old.started_at is null and (new.state in ('completed', 'failed') or new.state = 'in_progress' and old.state not in ('todo', 'hold'))
        or new.state = 'hold' and old.state not in ('todo', 'in_progress') then
        perform traveler_private.refuse_move(new.title, old.state, new.state);
    end if;
    if old.state = 'hold' and new.state in ('todo', 'in_progress') and new.state <> old.held_from then
        perform traveler_private.refuse(409, 'release_elsewhere', 'S9', format('"%s" was held in %s, and is released to it.', new.title, replace(old.held_from, '_', ' ')));
    end if;
    -- O1: what a supplier does begins when it is sent there.
    if new.outside_process and old.state = 'todo' and new.state = 'in_progress' then
        perform traveler_private.refuse(409, o.code, o.rule, o.message, o.clear) from traveler_private.start_obstacle(old.id) o;
    end if;
    if old.state = 'in_progress' and new.state = 'todo' and traveler_private.work_entered(old.id, old.started_at) is not null then
        perform traveler_private.refuse(409, 'work_entered', 'S2', format('"%s" was entered already, so this is no wrong start.',
            traveler_private.work_entered(old.id, old.started_at)), 'Fail the step, or clear what was entered.');
    end if;
    new.state_changed_at := clock_timestamp();
    new.state_changed_by := traveler_private.actor();
    new.state_reason := traveler_private.reason();
    new.state_act := traveler_private.act_id();
    new.held_from := case when new.state = 'hold' then old.state end;
    new.completed_at := case when new.state = 'completed' then new.state_changed_at end;
    new.completed_by := case when new.state = 'completed' then new.state_changed_by end;
    -- S14: a started step that returns to todo begins a new attempt.
    new.attempt := old.attempt + case when new.state = 'todo' and old.started_at is not null then 1 else 0 end;
    new.started_at := case when new.state = 'todo' then null when old.state = 'todo' and new.state = 'in_progress' then new.state_changed_at else old.started_at end;
    return new;
end
$$;
comment on function traveler_private.stamp_step is 'Trigger: stamps each move: who, when, why, in which act, and which attempt it is (S5, S9, S10, S14).';
create or replace trigger _300_stamp_step before update of state, started_at, completed_at, completed_by, attempt, held_from, state_reason,
    state_changed_at, state_changed_by, state_act, withdrawn_at on traveler.run_step
    for each row execute function traveler_private.stamp_step();

-- Applying a redline to other runs (D4): the same redline in each, with its change in it, left open. Its release is an act of its own over
-- the steps that it is in, so that approvals and what follows from a release are asked in each run as of any other redline.

-- Whoever says that a redline repeats another: a released one, of another run, that does the same.
create or replace function traveler_private.guard_application() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_source traveler.redline;
begin
    if tg_op = 'UPDATE' then
        perform traveler_private.demand(new.applied_from_id is not distinct from old.applied_from_id, 409, 'redline_fixed', 'D4',
            'Which redline another was applied from stays.', 'Cancel it, and open another.');
        return new;
    end if;
    select * into v_source from traveler.redline d where d.org_id = new.org_id and d.id = new.applied_from_id;
    perform traveler_private.demand(found and v_source.run_id <> new.run_id, 422, 'redline_unknown', 'D4', 'A redline is applied from another run of the org.');
    perform traveler_private.demand(v_source.state = 'released' and v_source.kind = new.kind, 409, 'redline_not_released', 'D4',
        format('Redline %s is %s: only a released one is applied to other runs, as it is.', v_source.number, v_source.state), 'Release it first.');
    return new;
end
$$;
comment on function traveler_private.guard_application is 'Trigger: a redline is applied from a released one of another run, and that stays (D4).';
create or replace trigger _110_guard_application_insert before insert on traveler.redline
    for each row when (new.applied_from_id is not null) execute function traveler_private.guard_application();
create or replace trigger _110_guard_application_update before update of applied_from_id on traveler.redline
    for each row execute function traveler_private.guard_application();

create or replace function traveler_private.applicable_redline(p_redline uuid) returns traveler.redline
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_redline traveler.redline;
begin
    select * into v_redline from traveler.redline d where d.org_id = traveler_private.org() and d.id = p_redline;
    perform traveler_private.demand(found, 404, 'redline_unknown', 'T1', 'There is no such redline.');
    perform traveler_private.demand(v_redline.state = 'released', 409, 'redline_not_released', 'D4',
        format('Redline %s is %s: only a released one is applied to other runs.', v_redline.number, v_redline.state), 'Release it first.');
    return v_redline;
end
$$;
comment on function traveler_private.applicable_redline is 'A redline that can be applied to other runs; refuses another (D4).';

-- K3: what one run is given, its siblings are given.
create or replace function traveler_private.application_reach(p_redline traveler.redline, p_runs uuid[], p_siblings text) returns uuid[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    return array(
        select r from unnest(p_runs) r
        union
        select y.run_id from traveler.batch_run x
        join traveler.batch_run y on y.org_id = v_org and y.batch_id = x.batch_id and y.left_at is null
        join traveler.run r on r.org_id = v_org and r.id = y.run_id and r.completed_at is null
        where p_redline.kind = 'add' and p_siblings is distinct from 'none' and x.org_id = v_org and x.run_id = any (p_runs) and x.left_at is null
            -- A step that was there before the others joined is its run's own.
            and y.run_id <> p_redline.run_id and not exists (select from traveler_private.steps_alike(p_redline.run_step_id, array[y.run_id]))
        union
        select s.run_id from traveler.run_step s
        where p_redline.kind <> 'add' and p_siblings is distinct from 'none' and s.org_id = v_org and s.id = any (traveler_private.with_siblings(
            array(select a.run_step_id from traveler_private.steps_alike(p_redline.run_step_id, p_runs) a)))
        order by 1);
end
$$;
comment on function traveler_private.application_reach is 'The runs that applying a redline to some would change (D4, K3).';

-- What is asked to be taken of a member: by its name or, for all of a kind, by the word before the colon.
create or replace function traveler_private.application_take(p_take jsonb, p_member text) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce(p_take ->> p_member, p_take ->> split_part(p_member, ':', 1));
end
$$;
comment on function traveler_private.application_take is 'Which side a request takes of a member, the redline''s or the run''s; null when it says nothing (D4).';

-- One row a run: what would be done there, or why nothing is. A conflict is decided by who takes a side of it, or refused.
create or replace function traveler_private.judge_application(p_redline traveler.redline, p_runs uuid[], p_take jsonb)
returns table (run_id uuid, run_number bigint, batch_id uuid, run_step_id uuid, sibling_id uuid, state text, code text, rule text, message text, clear text, members jsonb)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
    v_adds boolean := p_redline.kind = 'add';
    v_step traveler.run_step;
begin
    select * into v_step from traveler.run_step s where s.org_id = v_org and s.id = p_redline.run_step_id;
    return query
    with place as materialized (
        select a.run_id, min(a.run_step_id::text)::uuid as step, count(*) as found
        from traveler_private.steps_alike(case when v_adds then v_step.parent_id else v_step.id end, p_runs) a group by a.run_id
    ), target as materialized (
        select r.id, r.number, b.batch_id, case when p.found = 1 then s.id end as step, case when p.found = 1 then s.sibling_id end as sibling, case when p.found = 1 then s.state end as state, o.*
        from traveler.run r
        left join traveler.batch_run b on b.org_id = v_org and b.run_id = r.id and b.left_at is null
        left join place p on p.run_id = r.id
        left join traveler.run_step s on s.org_id = v_org and s.id = p.step
        left join traveler.redline d on d.org_id = v_org and d.applied_from_id = p_redline.id and d.run_id = r.id and d.state <> 'canceled'
        left join lateral (
            select x.* from (values
                (r.id = p_redline.run_id, 'redline_of_run', 'D4', format('Redline %s is of this run.', p_redline.number), null),
                (r.completed_at is not null, 'run_completed', 'C5', format('Run %s is completed: its records are locked.', r.number), 'An admin can reopen the run with a reason.'),
                (r.status = 'canceled', 'run_ended', 'D4', format('Run %s is canceled.', r.number), 'Bring its steps back first.'),
                (d.id is not null, 'redline_applied', 'D4', format('It is applied already, as redline %s.', d.number), 'Cancel that to apply it anew.'),
                (v_adds and exists (select from traveler_private.steps_alike(v_step.id, array[r.id])), 'step_exists', 'D4', format('"%s" is there already.', v_step.title), null),
                (p.found is null and (not v_adds or v_step.parent_id is not null), 'step_missing', 'D4', case when v_adds then format('Run %s has no step to add it in.', r.number)
                    else format('Run %s has no such step.', r.number) end, null),
                (p.found > 1, 'step_ambiguous', 'D4', format('Run %s has several such steps.', r.number), null),
                (not v_adds and s.state = 'redline', 'redline_open', 'D1', format('"%s" is in redline there.', s.title), 'Release or cancel that redline first.'))
                x (holds, code, rule, message, clear)
            where x.holds limit 1) o on true
        where r.org_id = v_org and r.id = any (p_runs)
    ), obstacle as materialized (
        select distinct on (o.run_step_id) o.* from (
            select m.run_step_id, m.code, m.rule, m.message, m.clear
            from traveler_private.sibling_obstacles('redline', array(select t.step from target t where not v_adds and t.code is null)) m
            union all
            select t.step, 'ancestor_closed', 'S12', format('No step is added in "%s", which is %s.', a.title, a.state), 'Bring the step around it back first.'
            from target t cross join lateral traveler_private.ancestor_steps(t.step) a where v_adds and t.code is null and a.state in ('completed', 'canceled')) o
        order by o.run_step_id
    ), member as materialized (
        select m.run_id, jsonb_agg(jsonb_build_object('member', m.member, 'there_id', m.there_id, 'before', m.was, 'now', m.now_is, 'after', m.becomes,
                'outcome', m.outcome, 'why', m.why, 'takable', m.takable, 'take', k.take, 'written', w.written) order by m.member) as members,
            string_agg(m.member, ', ' order by m.member) filter (where m.outcome = 'conflict' and not w.written and k.take is distinct from 'run') as conflicts,
            bool_and(not w.written) as same
        from (select array_agg(t.id order by t.id) as runs, array_agg(case when not v_adds then t.step end order by t.id) as steps from target t where t.code is null) t
        cross join lateral traveler_private.application_plan(p_redline, t.runs, t.steps) m
        cross join lateral (select traveler_private.application_take(p_take, m.member) as take) k
        cross join lateral (select m.outcome = 'take' and k.take is distinct from 'run' or m.outcome = 'conflict' and m.takable and k.take is not distinct from 'redline' as written) w
        where t.runs is not null group by m.run_id
    )
    select t.id, t.number, t.batch_id, t.step, t.sibling, t.state,
        coalesce(t.code, o.code, case when m.conflicts is not null then 'redline_conflict' when m.same is not false then 'nothing_to_apply' end),
        case when t.code is not null then t.rule when o.code is not null then o.rule when m.conflicts is not null or m.same is not false then 'D4' end,
        case when t.code is not null then t.message when o.code is not null then o.message
            when m.conflicts is not null then format('Run %s differs in what the redline changes: %s.', t.number, m.conflicts)
            when m.same is not false then case when m.members @? '$[*] ? (@.outcome != "same")' then 'The run''s side is taken of all of it.' else 'It is so there already.' end end,
        case when t.code is not null then t.clear when o.code is not null then o.clear when m.conflicts is not null then 'Say of each which side to take, or redline that run by hand.' end,
        coalesce(m.members, '[]')
    from target t left join obstacle o on o.run_step_id = t.step left join member m on m.run_id = t.id
    order by t.number;
end
$$;
comment on function traveler_private.judge_application is 'What applying a redline to runs would do in each, or why it does nothing there (D4).';

create or replace function traveler_private.application_runs(p_request jsonb) returns uuid[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_runs uuid[] := array(select distinct x::uuid from jsonb_array_elements_text(p_request -> 'run_ids') x order by 1);
begin
    perform traveler_private.demand(coalesce(p_request ->> 'siblings', 'all') in ('all', 'able', 'none'), 422, 'siblings_unknown', 'K3',
        'An act is on all siblings, on those that are able to follow, or on none.', 'Give all, able or none.');
    perform traveler_private.demand(v_runs <> '{}' and (select count(*) from traveler.run r where r.org_id = traveler_private.org() and r.id = any (v_runs)) = cardinality(v_runs),
        422, 'run_unknown', 'T1', 'One of the runs does not exist.');
    return v_runs;
end
$$;
comment on function traveler_private.application_runs is 'The runs that a redline is to be applied to, as a request names them (D4).';

-- The sides that a request takes: of members that the redline has.
create or replace function traveler_private.demand_takes(p_take jsonb, p_judged jsonb) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_key text;
    v_side text;
begin
    select t.key into v_key from jsonb_each(p_take) t
    where not exists (select from jsonb_array_elements(p_judged) j cross join jsonb_array_elements(j -> 'members') m where t.key in (m ->> 'member', split_part(m ->> 'member', ':', 1)))
        and p_judged @? '$[*].members[*]' order by t.key limit 1;
    perform traveler_private.demand(not found, 422, 'take_unknown', 'D4', format('The redline changes no "%s".', left(v_key, 200)),
        'Name members as the preview does, or a kind of them, as "field".');
    select t.value into v_side from jsonb_each_text(p_take) t where t.value is null or t.value not in ('redline', 'run') limit 1;
    perform traveler_private.demand(not found, 422, 'take_side', 'D4', 'What is taken is the redline''s or the run''s.', 'Give redline or run.');
end
$$;
comment on function traveler_private.demand_takes is 'Refuses sides of what a redline does not change, and sides that there are not (D4).';

-- POST /v1/redlines/{id}/apply-preview: {run_ids, siblings?, take?}: nothing is written.
create or replace function traveler.redline_application_preview(p_redline uuid, p_request jsonb) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_redline traveler.redline;
    v_runs uuid[];
    v_judged jsonb;
begin
    perform traveler.current_org();
    v_redline := traveler_private.applicable_redline(p_redline);
    v_runs := traveler_private.application_runs(p_request);
    select coalesce(jsonb_agg(to_jsonb(j) order by j.run_number), '[]') into v_judged
    from traveler_private.judge_application(v_redline, traveler_private.application_reach(v_redline, v_runs, p_request ->> 'siblings'), p_request -> 'take') j;
    perform traveler_private.demand_takes(p_request -> 'take', v_judged);
    return (
        select jsonb_build_object('redline_id', p_redline, 'kind', v_redline.kind, 'before', v_redline.before, 'after', v_redline.after,
            'able', count(*) filter (where j.code is null),
            'runs', coalesce(jsonb_agg(jsonb_build_object('run_id', j.run_id, 'run_number', j.run_number, 'named', j.run_id = any (v_runs), 'run_step_id', j.run_step_id, 'state', j.state,
                'able', j.code is null, 'code', j.code, 'rule', j.rule, 'message', j.message, 'clear', j.clear,
                'members', (select coalesce(jsonb_agg(m - 'there_id'), '[]') from jsonb_array_elements(j.members) m)) order by j.run_number), '[]'))
        from jsonb_to_recordset(v_judged) j (run_id uuid, run_number bigint, run_step_id uuid, state text, code text, rule text, message text, clear text, members jsonb)
    );
end
$$;
comment on function traveler.redline_application_preview is 'What applying a redline to other runs would change in each, both sides, or why it can''t (D4).';

-- POST /v1/redlines/{id}/apply: {run_ids, siblings?, reason?, take?: {member: redline | run}}: in all of them or none (all, none), or in those
-- that are able (able).
create or replace function traveler.apply_redline(p_redline uuid, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_siblings text := p_request ->> 'siblings';
    v_redline traveler.redline;
    v_runs uuid[];
    v_reach uuid[];
    v_able jsonb;
    v_misfits jsonb;
begin
    perform traveler_private.require('redline.create');
    v_redline := traveler_private.applicable_redline(p_redline);
    v_runs := traveler_private.application_runs(p_request);
    perform traveler_private.begin_act();
    v_reach := traveler_private.application_reach(v_redline, v_runs, v_siblings);
    perform from traveler.batch b where b.org_id = v_org and b.id in (
        select x.batch_id from traveler.batch_run x where x.org_id = v_org and x.run_id = any (v_reach) and x.left_at is null) order by b.id for no key update;
    perform from traveler.run r where r.org_id = v_org and r.id = any (v_reach) order by r.id for no key update;
    perform from traveler.run_step s where s.org_id = v_org and s.id in (
        select a.run_step_id from traveler_private.steps_alike(v_redline.run_step_id, v_reach) a) order by s.id for no key update;
    if not (traveler_private.application_reach(v_redline, v_runs, v_siblings) <@ v_reach) then
        raise exception 'the batch changed' using errcode = 'serialization_failure';
    end if;
    if v_siblings = 'none' then
        perform traveler_private.leave_batches(v_runs, 'It was acted on alone.');
    end if;
    select coalesce(jsonb_agg(to_jsonb(j) order by j.run_number) filter (where j.code is null), '[]'), coalesce(jsonb_agg(to_jsonb(j) order by j.run_number) filter (where j.code is not null), '[]')
    into v_able, v_misfits from traveler_private.judge_application(v_redline, v_reach, p_request -> 'take') j;
    perform traveler_private.demand_takes(p_request -> 'take', v_able || v_misfits);
    if v_able = '[]' or v_misfits <> '[]' and v_siblings is distinct from 'able' then
        perform traveler_private.refuse(409, 'redline_misfits', 'D4',
            format('%s of %s runs can''t take redline %s: run %s, because: %s', jsonb_array_length(v_misfits), cardinality(v_reach), v_redline.number,
                v_misfits -> 0 ->> 'run_number', v_misfits -> 0 ->> 'message'),
            case when v_able <> '[]' then 'Clear that, leave those runs out, or apply it to those that are able.' end,
            jsonb_build_object('runs', (select jsonb_agg(traveler_private.misfit_json(m)) from jsonb_array_elements(v_misfits) m)));
    end if;
    -- K3: siblings that can't follow the others leave them, never in silence.
    perform traveler_private.leave_batches(array(
        select (m ->> 'run_id')::uuid from jsonb_array_elements(v_misfits) m
        where m ->> 'code' <> 'run_completed' and exists (select from jsonb_array_elements(v_able) a
            where a -> 'batch_id' = m -> 'batch_id' and (v_redline.kind = 'add' or a -> 'sibling_id' = m -> 'sibling_id'))),
        format('It could not take redline %s: %s', v_redline.number, left(v_misfits -> 0 ->> 'message', 800)));
    perform traveler_private.write_application(v_redline, coalesce(p_request ->> 'reason', v_redline.reason), v_able);
    return jsonb_build_object('redline_id', p_redline,
        'applied', (select jsonb_agg(jsonb_build_object('run_id', r.id, 'run_number', r.number, 'run_step_id', d.run_step_id, 'redline_id', d.id) order by r.number)
            from jsonb_array_elements(v_able) a
            join traveler.redline d on d.org_id = v_org and d.run_id = (a ->> 'run_id')::uuid and d.applied_from_id = p_redline and d.state <> 'canceled'
            join traveler.run r on r.org_id = v_org and r.id = d.run_id),
        'left_out', (select coalesce(jsonb_agg(traveler_private.misfit_json(m)), '[]') from jsonb_array_elements(v_misfits) m));
end
$$;
comment on function traveler.apply_redline is 'Makes a released redline in other runs, and leaves it open there (D4); in all of them, or in those that are able (K3).';

create or replace function traveler_private.misfit_json(p_misfit jsonb) returns jsonb
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select jsonb_object_agg(k, p_misfit -> k) from unnest(array['run_id', 'run_number', 'run_step_id', 'state', 'code', 'rule', 'message', 'clear']) k);
end
$$;
comment on function traveler_private.misfit_json is 'A run that a redline is not applied to, and why.';
